/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logarithms and the exponential function, to the base 2.
 * SDM 325462, Vol 1, "Logarithmic, Exponential, and Scale"; Vol 2A, "F2XM1",
 * "FYL2X", "FYL2XP1".
 *
 * A table takes the argument to within 1/64 of 1 (or of 0); a series does
 * the rest, in numbers of 128 bits (fp_wide.h). */
#include "sim/ia32/fp_wide.h"

#define COEFFICIENT(sign, exp, hi, lo) \
    {UINT64_C(hi), UINT64_C(lo), exp, (sign) != 0}
#define INVERSE_FACTORIAL(n, exp, hi, lo) \
    [(n) - 1] = COEFFICIENT(0, exp, hi, lo),
#define INVERSE_ODD(n, exp, hi, lo)
#define ARCTANGENT(n, exp, hi, lo)
#define LOGARITHM(n, exp, hi, lo)
#define POWER(n, exp, hi, lo)
/* 1 + z/2! + z^2/3! ..., of which so many are needed for z below 1/90 */
#define EXPONENTIAL_TERMS 15u
static const struct fp_wide exponential[] = {
    [0] = {FP_TOP, 0, 0, false},
#include "sim/ia32/fp_tables.def"
};
#undef INVERSE_FACTORIAL
#undef INVERSE_ODD
#undef LOGARITHM
#undef POWER
#define INVERSE_FACTORIAL(n, exp, hi, lo)
/* 1 + z/3 + z^2/5 ..., z below 1/64^2 */
#define LOGARITHM_TERMS 11u
#define INVERSE_ODD(n, exp, hi, lo) [(n) / 2] = COEFFICIENT(0, exp, hi, lo),
#define LOGARITHM(n, exp, hi, lo)
#define POWER(n, exp, hi, lo)
static const struct fp_wide logarithm_series[] = {
    [0] = {FP_TOP, 0, 0, false},
#include "sim/ia32/fp_tables.def"
};
#undef INVERSE_ODD
#undef LOGARITHM
#define INVERSE_ODD(n, exp, hi, lo)
/* log2(n / 32) */
#define LOGARITHM(n, exp, hi, lo) [n] = COEFFICIENT((n) < 32, exp, hi, lo),
static const struct fp_wide logarithms[] = {
    [32] = {0, 0, 0, false},
#include "sim/ia32/fp_tables.def"
};
#undef LOGARITHM
#undef POWER
#define LOGARITHM(n, exp, hi, lo)
/* 2^(n / 32) */
#define POWER(n, exp, hi, lo) [n] = COEFFICIENT(0, exp, hi, lo),
static const struct fp_wide powers[] = {
    [0] = {FP_TOP, 0, 0, false},
#include "sim/ia32/fp_tables.def"
};

/* --- logarithms ---------------------------------------------------------------- */

/* log2((1 + s) / (1 - s)) = 2 log2(e) atanh(s), |s| below 1/64. */
static struct fp_wide log_ratio(struct fp_wide s)
{
    struct fp_wide t =
        fp_wide_series(logarithm_series, LOGARITHM_TERMS, fp_wide_mul(s, s));
    return fp_wide_mul(fp_wide_2_log2e, fp_wide_mul(s, t));
}

/* x above 0.  x = 2^n m, with m between 1/sqrt(2) and sqrt(2), near k/32. */
static struct fp_wide logarithm(struct fp_wide x)
{
    int32_t n = x.exp;
    x.exp = 0;
    if (x.hi >= UINT64_C(0xb504f333f9de6484)) {
        x.exp = -1;
        n++;
    }
    unsigned k = (unsigned)(((x.hi >> (57 - x.exp)) + 1) >> 1);
    struct fp_wide c = fp_wide_scale(fp_wide_of_int((int32_t)k), -5);
    struct fp_wide s = fp_wide_div(fp_wide_add(x, fp_wide_neg(c)),
                                   fp_wide_add(x, c));
    struct fp_wide v = fp_wide_add(logarithms[k], log_ratio(s));
    return fp_wide_add(fp_wide_of_int(n), v);
}

/* y log2(x) where something is zero or infinite; minus: log2(x) < 0. */
static struct ia32_f80 special_product(struct fp_env *env,
                                       const struct fp_num *y,
                                       bool log_is_zero, bool log_is_infinite,
                                       bool minus)
{
    bool sign = y->sign != minus;
    if ((y->cls == FPN_INF && log_is_zero) ||
        (y->cls == FPN_ZERO && log_is_infinite))
        return fp_together80(fp_invalid(env));
    if (y->cls == FPN_INF || log_is_infinite)
        return fp_together80(fp_infinity(sign));
    return fp_together80(fp_zero(sign));
}

/* FYL2X of a zero: log2 is minus infinity, by a division. */
static struct ia32_f80 log_of_zero(struct fp_env *env,
                                   const struct fp_num *y)
{
    if (y->cls != FPN_ZERO && y->cls != FPN_INF)
        env->flags |= FP_ZE;
    return special_product(env, y, false, true, true);
}

struct ia32_f80 fp80_yl2x(struct fp_env *env, struct ia32_f80 yv,
                          struct ia32_f80 xv)
{
    struct fp_num y = fp_from80(yv), x = fp_from80(xv), r;
    env->rounded_up = false;
    if (fp_special_operands(env, true, &y, &x, &r))
        return fp_together80(r);
    if (x.sign && x.cls != FPN_ZERO)
        return fp_together80(fp_invalid(env));
    if (x.cls == FPN_ZERO)
        return log_of_zero(env, &y);
    bool power = x.cls != FPN_INF && x.sig == FP_TOP;
    bool one = power && x.exp == 0, below_one = x.cls != FPN_INF && x.exp < 0;
    if ((y.cls == FPN_INF && one) ||
        (y.cls == FPN_ZERO && x.cls == FPN_INF))
        return fp_together80(fp_invalid(env));
    if (fp_denormal_stops(env, &y, &x))
        return yv;
    if (y.cls == FPN_ZERO || y.cls == FPN_INF || x.cls == FPN_INF || one)
        return special_product(env, &y, one, x.cls == FPN_INF, below_one);
    struct fp_wide log = power ? fp_wide_of_int(x.exp)
                               : logarithm(fp_wide_of(x));
    return fp_wide_round(env, fp_wide_mul(fp_wide_of(y), log),
                         power ? FP_WIDE_EXACT : FP_WIDE_ABOVE);
}

/* log2(1 + x), x above -1 and not 0.  Near 0 the ratio is x / (2 + x). */
static struct fp_wide logarithm_of_1_plus(struct fp_num x)
{
    struct fp_wide w = fp_wide_of(x);
    if (x.exp >= -7)
        return logarithm(fp_wide_add(fp_wide_of_int(1), w));
    return log_ratio(fp_wide_div(w, fp_wide_add(fp_wide_of_int(2), w)));
}

/* Is 1 + x an integer power of two?  Then its logarithm is exact. */
static bool is_power_less_1(const struct fp_num *x, int32_t *log)
{
    struct fp_wide sum = fp_wide_add(fp_wide_of_int(1), fp_wide_of(*x));
    *log = sum.exp;
    return x->exp >= -63 && x->exp < 64 && sum.hi == FP_TOP && sum.lo == 0;
}

/* Outside of the manual's range, 1 - sqrt(2)/2 to either side of 0, results
 * are undefined: they are the logarithm as long as there is one. */
struct ia32_f80 fp80_yl2xp1(struct fp_env *env, struct ia32_f80 yv,
                            struct ia32_f80 xv)
{
    struct fp_num y = fp_from80(yv), x = fp_from80(xv), r;
    int32_t exact;
    env->rounded_up = false;
    if (fp_special_operands(env, true, &y, &x, &r))
        return fp_together80(r);
    if (x.sign && (x.cls == FPN_INF || (x.cls != FPN_ZERO && x.exp >= 0)))
        return fp_together80(fp_invalid(env));
    if ((y.cls == FPN_INF && x.cls == FPN_ZERO) ||
        (y.cls == FPN_ZERO && x.cls == FPN_INF))
        return fp_together80(fp_invalid(env));
    if (fp_denormal_stops(env, &y, &x))
        return yv;
    if (y.cls == FPN_ZERO || y.cls == FPN_INF || x.cls == FPN_INF ||
        x.cls == FPN_ZERO)
        return special_product(env, &y, x.cls == FPN_ZERO,
                               x.cls == FPN_INF, x.sign);
    bool power = is_power_less_1(&x, &exact);
    struct fp_wide log = power ? fp_wide_of_int(exact)
                               : logarithm_of_1_plus(x);
    return fp_wide_round(env, fp_wide_mul(fp_wide_of(y), log),
                         power ? FP_WIDE_EXACT : FP_WIDE_ABOVE);
}

/* --- 2^x - 1 --------------------------------------------------------------------------- */

/* e^z - 1, |z| below 1/90. */
static struct fp_wide exponential_less_1(struct fp_wide z)
{
    return fp_wide_mul(z, fp_wide_series(exponential, EXPONENTIAL_TERMS, z));
}

/* |x| below 1: x = k/32 + r, and 2^x - 1 = (T - 1) + T (2^r - 1) with
 * T = 2^(k/32). */
static struct fp_wide power_less_1(struct fp_num x)
{
    struct fp_wide w = fp_wide_of(x), t;
    int32_t k = 0;
    if (x.exp >= -6)
        k = (int32_t)(((x.sig >> (57 - x.exp)) + 1) >> 1);
    if (x.sign)
        k = -k;
    struct fp_wide c = fp_wide_scale(fp_wide_of_int(k), -5);
    struct fp_wide r = fp_wide_add(w, fp_wide_neg(c));
    struct fp_wide e = exponential_less_1(fp_wide_mul(r, fp_wide_ln2));
    if (k == 0)
        return e;
    t = k < 0 ? fp_wide_scale(powers[k + 32], -1)
              : fp_wide_scale(powers[k & 31], k == 32);
    return fp_wide_add(fp_wide_add(t, fp_wide_of_int(-1)),
                       fp_wide_mul(t, e));
}

/* Outside of -1 to 1 results are undefined: the operand as it is. */
struct ia32_f80 fp80_2xm1(struct fp_env *env, struct ia32_f80 a)
{
    struct fp_num x = fp_from80(a);
    struct ia32_f80 v;
    if (fp_wide_operand(env, &x, &v))
        return v;
    if (x.cls == FPN_INF)
        return x.sign ? fp80_pack(fp_from_int(-1)) : a;
    if (x.cls == FPN_ZERO || x.exp > 0 || (x.exp == 0 && x.sig != FP_TOP))
        return a;
    if (x.exp == 0) { /* 1 and -1/2 */
        struct fp_num one = fp_from_int(x.sign ? -1 : 1);
        one.exp -= x.sign;
        return fp80_pack(one);
    }
    return fp_wide_round(env, power_less_1(x), FP_WIDE_ABOVE);
}
