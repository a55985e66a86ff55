#if defined(__GNUC__)
#define UNUSED __attribute__((unused))
#else
#define UNUSED
#endif

/* As in the network file, what is not a number stays so. */
static UNUSED inline double lhnets_larger(double a, double b) { return a >= b || a != a ? a : b; }
static UNUSED inline double lhnets_smaller(double a, double b) { return a <= b || a != a ? a : b; }

#if FLT_EVAL_METHOD != 0 || defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__)
#define lhnets_exp exp
#define lhnets_log log
#define lhnets_tanh tanh
#else
/*
 * exp, log and tanh without branches and calls, which compilers turn into vector instructions;
 * right to 2 in the last digit. They rest on the order of operations: fast math takes libm's.
 */
static UNUSED inline double from_bits(uint64_t bits)
{
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static UNUSED inline uint64_t to_bits(double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* The nearest whole number, in the last bits of what is returned. */
static UNUSED inline double shift_to_whole(double x) { return x + 6755399441055744.0; }

static UNUSED inline double power_of_two(double shifted)
{
  return from_bits((to_bits(shifted) + 1023) << 52);
}

/* exp(r) - 1 for |r| <= ln(2) / 2, by its Taylor series. */
static UNUSED inline double expm1_of_rest(double r)
{
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  return r + r * r * p;
}

/* x without n times ln(2). */
static UNUSED inline double rest_of(double x, double n)
{
  return (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
}

static UNUSED inline double lhnets_exp(double x)
{
  const double y = x > 1000 ? 1000 : x < -1000 ? -1000 : x;
  const double shifted = shift_to_whole(y * 1.44269504088896338700e+00);
  const double n = shifted - 6755399441055744.0;
  const double half = shift_to_whole(0.5 * n);
  const double other = shift_to_whole(n - (half - 6755399441055744.0));
  const double p = 1 + expm1_of_rest(rest_of(y, n));
  return p * power_of_two(half) * power_of_two(other);
}

static UNUSED inline double lhnets_tanh(double x)
{
  const double size = fabs(x), y = size > 22 ? 44 : 2 * size;
  const double shifted = shift_to_whole(y * 1.44269504088896338700e+00);
  const double scale = power_of_two(shifted);
  const double p = expm1_of_rest(rest_of(y, shifted - 6755399441055744.0));
  const double e = scale * p + (scale - 1);
  return copysign(e / (e + 2), x);
}

static UNUSED inline double lhnets_log(double x)
{
  const int tiny = x < DBL_MIN;
  const uint64_t bits = to_bits(tiny ? x * 18014398509481984.0 : x);
  const double whole = from_bits((bits >> 52) | 0x4330000000000000ULL) - 4503599627371519.0;
  const double m = from_bits((bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
  const int large = m > 1.4142135623730951;
  const double f = (large ? 0.5 * m : m) - 1;
  const double n = whole + (large ? 1.0 : 0.0) - (tiny ? 54.0 : 0.0);
  const double s = f / (2 + f), z = s * s, square = 0.5 * f * f;
  double p = 1.479819860511658591e-01;
  p = p * z + 1.531383769920937332e-01;
  p = p * z + 1.818357216161805012e-01;
  p = p * z + 2.222219843214978396e-01;
  p = p * z + 2.857142874366239149e-01;
  p = p * z + 3.999999999940941908e-01;
  p = p * z + 6.666666666666735130e-01;
  const double found = n * 6.93147180369123816490e-01
      - ((square - (s * (square + p * z) + n * 1.90821492927058770002e-10)) - f);
  return x > DBL_MAX ? x : x == 0 ? -HUGE_VAL : x > 0 ? found : (double)NAN;
}
#endif
