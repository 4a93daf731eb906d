/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sine, cosine, tangent and arctangent.
 * SDM 325462, Vol 1, "Trigonometric Instructions", "Approximation of Pi",
 * "Transcendental Instruction Accuracy"; Vol 2A, "FSIN", "FCOS", "FSINCOS",
 * "FPTAN", "FPATAN".
 *
 * The argument is reduced, exactly, by multiples of pi/2 with the manual's
 * pi of 66 bits; the series then has an error of a few units of 2^-120.
 * fp_wide.h rounds the result once. */
#include "sim/ia32/fp_wide.h"

/* --- reduction ------------------------------------------------------------ */

/* 0.f * 2^2 with f = C90FDAA2 2168C234 C, as an integer of 66 bits: pi in
 * units of 2^-64, pi/2 in units of 2^-65. */
#define PI66_HI UINT64_C(0x3)
#define PI66_LO UINT64_C(0x243f6a8885a308d3)

struct reduced {
    struct fp_wide r; /* from -pi/4 to pi/4 */
    unsigned quadrant; /* x = r + quadrant * pi/2, modulo 2 pi */
};

static bool at_least(uint64_t hi, uint64_t lo, uint64_t bhi, uint64_t blo)
{
    return hi > bhi || (hi == bhi && lo >= blo);
}

/* hi:lo modulo pi/2, in units of 2^-65; the quotient's low bits. */
static unsigned modulo_half_pi(uint64_t *hi, uint64_t *lo)
{
    unsigned q = 0;
    for (int shift = 62; shift >= 0; shift--) {
        uint64_t dlo = PI66_LO << shift;
        uint64_t dhi = PI66_HI << shift |
                       (shift ? PI66_LO >> (64 - shift) : 0);
        q <<= 1;
        if (at_least(*hi, *lo, dhi, dlo)) {
            *hi -= dhi + (*lo < dlo);
            *lo -= dlo;
            q |= 1;
        }
    }
    return q & 3;
}

/* |x| below 2^63.  Below 1/4 nothing is to be done; above, x is a multiple
 * of 2^-65. */
static struct reduced reduce(struct fp_num x)
{
    struct reduced out = {fp_wide_of(x), 0};
    if (x.exp < -2)
        return out;
    unsigned up = (unsigned)(x.exp + 2); /* 0..64 */
    uint64_t hi = up == 0 ? 0 : up == 64 ? x.sig : x.sig >> (64 - up);
    uint64_t lo = up == 64 ? 0 : x.sig << up;
    unsigned q = modulo_half_pi(&hi, &lo);
    bool negative = at_least(hi << 1 | lo >> 63, lo << 1, PI66_HI, PI66_LO);
    if (negative) {
        hi = PI66_HI - hi - (PI66_LO < lo);
        lo = PI66_LO - lo;
        q++;
    }
    out.r = fp_wide_normal(negative != x.sign, 62, hi, lo);
    out.quadrant = (x.sign ? 0 - q : q) & 3;
    return out;
}

/* --- series ------------------------------------------------------------------ */

#define COEFFICIENT(sign, exp, hi, lo) \
    {UINT64_C(hi), UINT64_C(lo), exp, (sign) != 0}
#define INVERSE_FACTORIAL(n, exp, hi, lo) \
    [n] = COEFFICIENT((n) / 2 & 1, exp, hi, lo),
#define INVERSE_ODD(n, exp, hi, lo)
#define ARCTANGENT(n, exp, hi, lo)
#define LOGARITHM(n, exp, hi, lo)
#define POWER(n, exp, hi, lo)
/* 1/n! with the signs of sine (odd n) and cosine (even n). */
static const struct fp_wide circular[] = {
    [0] = {FP_TOP, 0, 0, false},
    [1] = {FP_TOP, 0, 0, false},
#include "sim/ia32/fp_tables.def"
};
#undef INVERSE_FACTORIAL
#undef INVERSE_ODD
#undef ARCTANGENT
#define INVERSE_FACTORIAL(n, exp, hi, lo)
/* 1 - z/3 + z^2/5 ..., z at most 1/64^2 */
#define ARCTANGENT_TERMS 11u
#define INVERSE_ODD(n, exp, hi, lo) \
    [(n) / 2] = COEFFICIENT((n) / 2 & 1, exp, hi, lo),
#define ARCTANGENT(n, exp, hi, lo)
static const struct fp_wide arctangent_series[] = {
    [0] = {FP_TOP, 0, 0, false},
#include "sim/ia32/fp_tables.def"
};
#undef INVERSE_ODD
#undef ARCTANGENT
#define INVERSE_ODD(n, exp, hi, lo)
#define ARCTANGENT(n, exp, hi, lo) [n] = COEFFICIENT(0, exp, hi, lo),
/* atan(n / 32) */
static const struct fp_wide arctangents[] = {
    [0] = {0, 0, 0, false},
#include "sim/ia32/fp_tables.def"
};

#define CIRCULAR_TERMS 16u

/* Every second entry of circular, from the first: sin(r) / r or cos(r). */
static struct fp_wide circular_series(unsigned first, struct fp_wide z)
{
    struct fp_wide sum = circular[first + 2 * (CIRCULAR_TERMS - 1)];
    for (unsigned i = CIRCULAR_TERMS - 1; i-- > 0;)
        sum = fp_wide_add(circular[first + 2 * i], fp_wide_mul(sum, z));
    return sum;
}

static struct fp_wide sine_of(struct fp_wide r)
{
    return fp_wide_mul(r, circular_series(1, fp_wide_mul(r, r)));
}

static struct fp_wide cosine_of(struct fp_wide r)
{
    return circular_series(0, fp_wide_mul(r, r));
}

/* sin(x) (add = 0) or cos(x) (add = 1) from the reduced argument. */
static struct ia32_f80 circular_function(struct fp_env *env,
                                         const struct reduced *x,
                                         unsigned add)
{
    unsigned quadrant = x->quadrant + add;
    struct fp_wide v = quadrant & 1 ? cosine_of(x->r) : sine_of(x->r);
    if (quadrant & 2)
        v = fp_wide_neg(v);
    /* Where a series has vanished beside its first term, that was above. */
    return fp_wide_round(env, v, FP_WIDE_BELOW);
}

/* --- FSIN FCOS FSINCOS FPTAN --------------------------------------------------- */

/* Zero, infinity, NaN, denormal, too large: true when *v (and *w, the
 * second result) is decided. */
static bool decided(struct fp_env *env, const struct fp_num *x,
                    bool *out_of_range, struct ia32_f80 *v)
{
    *out_of_range = false;
    if (fp_wide_operand(env, x, v))
        return true;
    if (x->cls == FPN_INF) {
        *v = fp_together80(fp_invalid(env));
        return true;
    }
    *out_of_range = x->cls != FPN_ZERO && x->exp >= 63;
    return *out_of_range;
}

struct ia32_f80 fp80_sin(struct fp_env *env, struct ia32_f80 a,
                         bool *out_of_range)
{
    struct fp_num x = fp_from80(a);
    struct ia32_f80 v = a;
    if (decided(env, &x, out_of_range, &v) || x.cls == FPN_ZERO)
        return v;
    struct reduced r = reduce(x);
    return circular_function(env, &r, 0);
}

struct ia32_f80 fp80_cos(struct fp_env *env, struct ia32_f80 a,
                         bool *out_of_range)
{
    struct fp_num x = fp_from80(a);
    struct ia32_f80 v = a;
    if (decided(env, &x, out_of_range, &v))
        return v;
    if (x.cls == FPN_ZERO)
        return fp80_constant(FP_ONE, FP_NEAREST);
    struct reduced r = reduce(x);
    return circular_function(env, &r, 1);
}

struct ia32_f80 fp80_sincos(struct fp_env *env, struct ia32_f80 a,
                            struct ia32_f80 *cosine, bool *out_of_range)
{
    struct ia32_f80 sine = fp80_sin(env, a, out_of_range);
    if (!*out_of_range)
        *cosine = fp80_cos(env, a, out_of_range);
    return sine;
}

/* The tangent, and in *one what FPTAN pushes after it: 1, or the NaN. */
struct ia32_f80 fp80_tan(struct fp_env *env, struct ia32_f80 a,
                         struct ia32_f80 *one, bool *out_of_range)
{
    struct fp_num x = fp_from80(a);
    struct ia32_f80 v = a;
    if (decided(env, &x, out_of_range, &v)) {
        *one = v;
        return v;
    }
    *one = fp80_constant(FP_ONE, FP_NEAREST);
    if (x.cls == FPN_ZERO)
        return v;
    struct reduced r = reduce(x);
    struct fp_wide sine = sine_of(r.r), cosine = cosine_of(r.r);
    struct fp_wide t = r.quadrant & 1
        ? fp_wide_neg(fp_wide_div(cosine, sine)) : fp_wide_div(sine, cosine);
    return fp_wide_round(env, t, FP_WIDE_ABOVE);
}

/* --- FPATAN ------------------------------------------------------------------------ */

/* round(32 a / b), for 0 < a <= b. */
static unsigned nearest_32nd(const struct fp_wide *a, const struct fp_wide *b)
{
    int32_t below = b->exp - a->exp;
    if (below > 10)
        return 0;
    uint64_t ratio = (a->hi >> 16 >> below) / (b->hi >> 32);
    /* 16 bits of fraction */
    return (unsigned)((ratio * 32 + 0x8000) >> 16);
}

/* atan(a / b), 0 < a <= b: the table's nearest, and a series for the
 * difference (a - c b) / (b + c a), at most 1/64. */
static struct fp_wide arctangent(struct fp_wide a, struct fp_wide b)
{
    unsigned k = nearest_32nd(&a, &b);
    struct fp_wide c = fp_wide_scale(fp_wide_of_int((int32_t)k), -5);
    struct fp_wide above = a, below = b;
    if (k != 0) {
        above = fp_wide_add(a, fp_wide_neg(fp_wide_mul(c, b)));
        below = fp_wide_add(b, fp_wide_mul(c, a));
    }
    struct fp_wide v = fp_wide_div(above, below);
    struct fp_wide s =
        fp_wide_series(arctangent_series, ARCTANGENT_TERMS,
                       fp_wide_mul(v, v));
    return fp_wide_add(arctangents[k], fp_wide_mul(v, s));
}

/* y and x are finite and not 0. */
static struct fp_wide angle(struct fp_num y, struct fp_num x)
{
    struct fp_wide a = fp_wide_of(y), b = fp_wide_of(x), v;
    a.sign = b.sign = false;
    bool steep = y.exp > x.exp || (y.exp == x.exp && y.sig > x.sig);
    v = steep ? arctangent(b, a) : arctangent(a, b);
    if (steep)
        v = fp_wide_add(fp_wide_half_pi, fp_wide_neg(v));
    if (x.sign)
        v = fp_wide_add(fp_wide_pi, fp_wide_neg(v));
    v.sign = y.sign;
    return v;
}

/* y / x below 2^-63, x above 0: the quotient, of which the series would take
 * off less than its remainder adds. */
static struct ia32_f80 small_angle(struct fp_env *env, struct fp_num y,
                                   struct fp_num x)
{
    uint64_t rest, hi, lo;
    struct fp_wide v = {0, 0, y.exp - x.exp, y.sign};
    bool less = y.sig < x.sig;
    hi = less ? fp_divide(y.sig, 0, x.sig, &rest)
              : fp_divide(y.sig >> 1, y.sig << 63, x.sig, &rest);
    lo = fp_divide(rest, 0, x.sig, &rest);
    v.hi = hi;
    v.lo = lo;
    v.exp -= less;
    return fp_wide_round(env, v, rest ? FP_WIDE_ABOVE : FP_WIDE_BELOW);
}

/* An operand is zero or infinite: eighths of a turn, by the rows of "FPATAN
 * Results". */
static struct ia32_f80 special_angle(struct fp_env *env, struct fp_num y,
                                     struct fp_num x)
{
    bool flat = y.cls == FPN_ZERO || (x.cls == FPN_INF && y.cls != FPN_INF);
    bool diagonal = x.cls == FPN_INF && y.cls == FPN_INF;
    int32_t eighths = diagonal ? (x.sign ? 3 : 1)
                      : flat ? (x.sign ? 4 : 0) : 2;
    struct fp_wide v = fp_wide_mul(fp_wide_scale(fp_wide_pi, -2),
                                   fp_wide_of_int(eighths));
    v.sign = y.sign;
    return fp_wide_round(env, v, FP_WIDE_ABOVE);
}

struct ia32_f80 fp80_atan(struct fp_env *env, struct ia32_f80 yv,
                          struct ia32_f80 xv)
{
    struct fp_num y = fp_from80(yv), x = fp_from80(xv), r;
    env->rounded_up = false;
    if (fp_special_operands(env, true, &y, &x, &r))
        return fp_together80(r);
    if (fp_denormal_stops(env, &y, &x))
        return yv;
    if (y.cls == FPN_ZERO || x.cls == FPN_ZERO || y.cls == FPN_INF ||
        x.cls == FPN_INF)
        return special_angle(env, y, x);
    if (!x.sign && y.exp - x.exp - (y.sig < x.sig) < -63)
        return small_angle(env, y, x);
    return fp_wide_round(env, angle(y, x), FP_WIDE_BELOW);
}
