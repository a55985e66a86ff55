/*
 * $identity: $title
 *
 * Written by lhnets $version from the network file with the SHA-256
 * $sha256
 *
$table
 */
#ifndef ${macro}_H
#define ${macro}_H

#include <float.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LHNETS_OK
#define LHNETS_OK 0         /* the point lies inside the region of the training */
#define LHNETS_OUTSIDE 1    /* it lies outside: value and uncertainty are not a number */
#define LHNETS_NOT_FINITE 2 /* an input is infinite or not a number */
#endif

#define ${macro}_INPUTS $inputs
#define ${macro}_OUTPUTS $outputs

extern const char *const ${prefix}_identity;
extern const char *const ${prefix}_sha256;
extern const char *const ${prefix}_input_names[${macro}_INPUTS];
extern const char *const ${prefix}_input_units[${macro}_INPUTS];
extern const double ${prefix}_input_low[${macro}_INPUTS];
extern const double ${prefix}_input_high[${macro}_INPUTS];
extern const char *const ${prefix}_output_names[${macro}_OUTPUTS];
extern const char *const ${prefix}_output_units[${macro}_OUTPUTS];

/*
 * One point: `in` has ${macro}_INPUTS numbers, `value` and `uncertainty` (one standard deviation
 * of the network against its truth) have room for ${macro}_OUTPUTS, `reach` for one: at most 1
 * inside the region of the training. Returns LHNETS_OK, LHNETS_OUTSIDE or LHNETS_NOT_FINITE.
 */
int $prefix(const double *in, double *value, double *uncertainty, double *reach);

/*
 * The same with the derivatives of the values by the inputs, (outputs, inputs) in the order of C.
 */
int ${prefix}_jacobian(const double *in, double *value, double *uncertainty, double *reach,
                       double *jacobian);

/*
 * Many points, one after another: `in` is (rows, inputs) in the order of C, which is
 * (inputs, rows) in the order of Fortran; `value` and `uncertainty` are (rows, outputs), `reach`
 * (rows). Returns for how many the one-point function would not return LHNETS_OK; their value and
 * uncertainty are not a number.
 */
size_t ${prefix}_rows(size_t rows, const double *in, double *value, double *uncertainty,
                      double *reach);

/* The same three without looking: what has a reach above 1 is a guess. */
void ${prefix}_jacobian_unchecked(size_t rows, const double *in, double *value,
                                  double *uncertainty, double *reach, double *jacobian);
void ${prefix}_point(const double *in, double *value, double *uncertainty, double *reach);
void ${prefix}_unchecked(size_t rows, const double *in, double *value, double *uncertainty,
                         double *reach);

#ifdef __cplusplus
}
#endif

#endif
