/*
 * $identity: $title
 *
 * Written by lhnets $version from the network file with the SHA-256
 * $sha256
 * Interface: $prefix.h. It needs the C library and libm, nothing else:
 *     cc -O3 -c $prefix.c
 * Its own reference points:
 *     cc -O2 -DLHNETS_SELFTEST $prefix.c -lm && ./a.out
 */
#include "$prefix.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef LHNETS_SELFTEST
#include <stdio.h>
#endif

#define INPUTS ${macro}_INPUTS
#define OUTPUTS ${macro}_OUTPUTS
#define LANES $lanes

const char *const ${prefix}_identity = $identity_string;
const char *const ${prefix}_sha256 = "$sha256";
const char *const ${prefix}_input_names[INPUTS] = {$input_names};
const char *const ${prefix}_input_units[INPUTS] = {$input_units};
const double ${prefix}_input_low[INPUTS] = {$input_low};
const double ${prefix}_input_high[INPUTS] = {$input_high};
const char *const ${prefix}_output_names[OUTPUTS] = {$output_names};
const char *const ${prefix}_output_units[OUTPUTS] = {$output_units};

$constants

$functions
static void evaluate_point(const double *x, double *value, double *uncertainty, double *reach)
{
$point
}

/* The same for LANES points side by side. */
static void evaluate_block(const double (*x)[LANES], double (*value)[LANES],
                           double (*uncertainty)[LANES], double (*reach)[LANES])
{
$block
}

/* With the derivatives of each output by each input, by the rules of differentiation. */
static void evaluate_jacobian(const double *x, double *value, double *uncertainty, double *reach,
                              double *jacobian)
{
$jacobian
}

static int check(const double *in, double reach)
{
  for (int i = 0; i < INPUTS; i++)
    if (!(fabs(in[i]) <= DBL_MAX)) return LHNETS_NOT_FINITE;
  return reach <= 1.0 + $reach_tolerance ? LHNETS_OK : LHNETS_OUTSIDE;
}

static void refuse(double *value, double *uncertainty)
{
  for (int j = 0; j < OUTPUTS; j++) value[j] = uncertainty[j] = NAN;
}

int $prefix(const double *in, double *value, double *uncertainty, double *reach)
{
  evaluate_point(in, value, uncertainty, reach);
  const int code = check(in, *reach);
  if (code == LHNETS_NOT_FINITE) *reach = NAN;
  if (code != LHNETS_OK) refuse(value, uncertainty);
  return code;
}

int ${prefix}_jacobian(const double *in, double *value, double *uncertainty, double *reach,
                       double *jacobian)
{
  evaluate_jacobian(in, value, uncertainty, reach, jacobian);
  const int code = check(in, *reach);
  if (code == LHNETS_NOT_FINITE) *reach = NAN;
  if (code != LHNETS_OK) {
    refuse(value, uncertainty);
    for (int i = 0; i < OUTPUTS * INPUTS; i++) jacobian[i] = NAN;
  }
  return code;
}

void ${prefix}_jacobian_unchecked(size_t rows, const double *in, double *value,
                                  double *uncertainty, double *reach, double *jacobian)
{
  for (size_t k = 0; k < rows; k++)
    evaluate_jacobian(in + k * INPUTS, value + k * OUTPUTS, uncertainty + k * OUTPUTS, reach + k,
                      jacobian + k * OUTPUTS * INPUTS);
}

void ${prefix}_point(const double *in, double *value, double *uncertainty, double *reach)
{
  evaluate_point(in, value, uncertainty, reach);
}

void ${prefix}_unchecked(size_t rows, const double *in, double *value, double *uncertainty,
                         double *reach)
{
  double x[INPUTS][LANES], v[OUTPUTS][LANES], u[OUTPUTS][LANES], r[1][LANES];
  for (size_t start = 0; start < rows; start += LANES) {
    const size_t count = rows - start < LANES ? rows - start : LANES;
    for (size_t l = 0; l < LANES; l++)
      for (size_t i = 0; i < INPUTS; i++)
        x[i][l] = in[(start + (l < count ? l : count - 1)) * INPUTS + i];
    evaluate_block((const double (*)[LANES])x, v, u, r);
    for (size_t l = 0; l < count; l++) {
      for (size_t j = 0; j < OUTPUTS; j++) {
        value[(start + l) * OUTPUTS + j] = v[j][l];
        uncertainty[(start + l) * OUTPUTS + j] = u[j][l];
      }
      reach[start + l] = r[0][l];
    }
  }
}

size_t ${prefix}_rows(size_t rows, const double *in, double *value, double *uncertainty,
                      double *reach)
{
  size_t refused = 0;
  ${prefix}_unchecked(rows, in, value, uncertainty, reach);
  for (size_t k = 0; k < rows; k++) {
    const int code = check(in + k * INPUTS, reach[k]);
    if (code == LHNETS_NOT_FINITE) reach[k] = NAN;
    if (code == LHNETS_OK) continue;
    refuse(value + k * OUTPUTS, uncertainty + k * OUTPUTS);
    refused++;
  }
  return refused;
}

#ifdef LHNETS_SELFTEST
$reference

static int differ(const char *what, int point, const double *found, const double *expected,
                  const double *scale, int count)
{
  int wrong = 0;
  for (int j = 0; j < count; j++) {
    const double size = fabs(expected[j]) > scale[j] ? fabs(expected[j]) : scale[j];
    if (fabs(found[j] - expected[j]) <= $tolerance * size) continue;
    printf("reference point %d, %s %d: expected %.17g, got %.17g\n", point, what, j, expected[j],
           found[j]);
    wrong++;
  }
  return wrong;
}

int main(void)
{
  static double value[POINTS * OUTPUTS], uncertainty[POINTS * OUTPUTS], reach[POINTS];
  double v[OUTPUTS], u[OUTPUTS], r;
  int wrong = 0;
  ${prefix}_unchecked(POINTS, reference_in, value, uncertainty, reach);
  for (int p = 0; p < POINTS; p++) {
    const double *const in = reference_in + p * INPUTS;
    const double *const expected = reference_value + p * OUTPUTS;
    const double *const deviation = reference_uncertainty + p * OUTPUTS;
    evaluate_point(in, v, u, &r);
    wrong += differ("value", p, v, expected, scale_value, OUTPUTS);
    wrong += differ("uncertainty", p, u, deviation, scale_uncertainty, OUTPUTS);
    wrong += differ("reach", p, &r, reference_reach + p, scale_reach, 1);
    wrong += differ("value in a batch", p, value + p * OUTPUTS, expected, scale_value, OUTPUTS);
    wrong += differ("uncertainty in a batch", p, uncertainty + p * OUTPUTS, deviation,
                    scale_uncertainty, OUTPUTS);
    wrong += differ("reach in a batch", p, reach + p, reference_reach + p, scale_reach, 1);
    const int code = $prefix(in, v, u, &r);
    if (code != check(in, reference_reach[p])) {
      printf("reference point %d: code %d, expected %d\n", p, code,
             check(in, reference_reach[p]));
      wrong++;
    }
  }
  if (wrong == 0) printf("%s: %d reference points pass\n", ${prefix}_identity, POINTS);
  return wrong != 0;
}
#endif
