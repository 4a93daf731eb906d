/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addition, subtraction, multiplication, division and square root, written
 * once for numbers taken apart and made into functions for each format.
 * SDM 325462, Vol 1, "Overview of Floating-Point Exceptions", "Floating-Point
 * Exception Priority"; x87: Vol 2A, "FADD/FADDP/FIADD" and the like, whose
 * tables of results are followed here.
 *
 * Order of checks in each: unsupported encodings and NaNs, other invalid
 * operations and division by zero, denormal operands, then the result. */
#include "sim/ia32/fp_priv.h"

/* Significands of the same sign: b is the smaller by shift bits. */
FP_INLINE struct fp_num add_magnitudes(struct fp_env *env, struct fp_format f,
                                       struct fp_num a, struct fp_num b)
{
    uint64_t bhi = b.sig, blo = 0;
    int32_t apart = a.exp - b.exp;
    fp_shift_right(&bhi, &blo, apart > 128 ? 128 : (unsigned)apart);
    a.sig += bhi;
    if (a.sig < bhi) {
        blo = a.sig << 63 | blo >> 1 | (blo & 1);
        a.sig = FP_TOP | a.sig >> 1;
        a.exp++;
    }
    return fp_round(env, f, a, blo);
}

/* |a| is larger than |b|. */
FP_INLINE struct fp_num sub_magnitudes(struct fp_env *env, struct fp_format f,
                                       struct fp_num a, struct fp_num b)
{
    uint64_t bhi = b.sig, blo = 0;
    int32_t apart = a.exp - b.exp;
    fp_shift_right(&bhi, &blo, apart > 128 ? 128 : (unsigned)apart);
    uint64_t lo = 0 - blo;
    a.sig -= bhi + (blo != 0);
    a.exp -= (int32_t)fp_normalize(&a.sig, &lo);
    return fp_round(env, f, a, lo);
}

/* A sum that is exactly 0 is -0 only when rounding down. */
FP_INLINE struct fp_num exact_zero(const struct fp_env *env)
{
    return fp_zero(env->rounding == FP_DOWN);
}

static FP_NOINLINE struct fp_num add_rare(struct fp_env *env,
                                          struct fp_format f,
                                          struct fp_num a, struct fp_num b)
{
    struct fp_num r;
    if (fp_special_operands(env, f.x87, &a, &b, &r))
        return r;
    if (a.cls == FPN_INF && b.cls == FPN_INF && a.sign != b.sign)
        return fp_invalid(env);
    if (fp_denormal_stops(env, &a, &b))
        return a;
    if (a.cls == FPN_INF || b.cls == FPN_INF)
        return a.cls == FPN_INF ? a : b;
    if (a.cls == FPN_ZERO && b.cls == FPN_ZERO)
        return a.sign == b.sign ? a : exact_zero(env);
    /* One is zero: the other, rounded. */
    return fp_round(env, f, a.cls == FPN_ZERO ? b : a, 0);
}

FP_INLINE struct fp_num add(struct fp_env *env, struct fp_format f,
                            struct fp_num a, struct fp_num b)
{
    env->rounded_up = false;
    if (VT_UNLIKELY(a.cls != FPN_NORMAL || b.cls != FPN_NORMAL)) {
        if ((a.cls != FPN_NORMAL && a.cls != FPN_DENORMAL) ||
            (b.cls != FPN_NORMAL && b.cls != FPN_DENORMAL))
            return add_rare(env, f, a, b);
        if (fp_denormal_stops(env, &a, &b))
            return a;
    }
    if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
        struct fp_num larger = b;
        b = a;
        a = larger;
    }
    if (a.sign == b.sign)
        return add_magnitudes(env, f, a, b);
    if (a.exp == b.exp && a.sig == b.sig)
        return exact_zero(env);
    return sub_magnitudes(env, f, a, b);
}

/* A NaN keeps its sign. */
FP_INLINE struct fp_num negate(struct fp_num n)
{
    if (!fp_is_special(&n))
        n.sign = !n.sign;
    return n;
}

FP_INLINE struct fp_num subtract(struct fp_env *env, struct fp_format f,
                                 struct fp_num a, struct fp_num b)
{
    return add(env, f, a, negate(b));
}

static FP_NOINLINE struct fp_num mul_rare(struct fp_env *env, bool x87,
                                          struct fp_num a, struct fp_num b)
{
    struct fp_num r;
    if (fp_special_operands(env, x87, &a, &b, &r))
        return r;
    if ((a.cls == FPN_INF && b.cls == FPN_ZERO) ||
        (a.cls == FPN_ZERO && b.cls == FPN_INF))
        return fp_invalid(env);
    if (fp_denormal_stops(env, &a, &b))
        return a;
    bool sign = a.sign != b.sign;
    if (a.cls == FPN_INF || b.cls == FPN_INF)
        return fp_infinity(sign);
    return fp_zero(sign);
}

FP_INLINE struct fp_num multiply(struct fp_env *env, struct fp_format f,
                                 struct fp_num a, struct fp_num b)
{
    uint64_t hi, lo;
    env->rounded_up = false;
    if (VT_UNLIKELY(a.cls != FPN_NORMAL || b.cls != FPN_NORMAL)) {
        if ((a.cls != FPN_NORMAL && a.cls != FPN_DENORMAL) ||
            (b.cls != FPN_NORMAL && b.cls != FPN_DENORMAL))
            return mul_rare(env, f.x87, a, b);
        if (fp_denormal_stops(env, &a, &b))
            return a;
    }
    fp_multiply(a.sig, b.sig, &hi, &lo);
    a.sign = a.sign != b.sign;
    a.exp += b.exp + 1;
    if (!(hi & FP_TOP)) {
        hi = hi << 1 | lo >> 63;
        lo <<= 1;
        a.exp--;
    }
    a.sig = hi;
    return fp_round(env, f, a, lo);
}

static FP_NOINLINE struct fp_num div_rare(struct fp_env *env, bool x87,
                                          struct fp_num a, struct fp_num b)
{
    struct fp_num r;
    if (fp_special_operands(env, x87, &a, &b, &r))
        return r;
    if (a.cls == b.cls && (a.cls == FPN_INF || a.cls == FPN_ZERO))
        return fp_invalid(env);
    bool sign = a.sign != b.sign;
    if (b.cls == FPN_ZERO && a.cls != FPN_INF) {
        env->flags |= FP_ZE;
        return fp_infinity(sign);
    }
    if (fp_denormal_stops(env, &a, &b))
        return a;
    return a.cls == FPN_INF ? fp_infinity(sign) : fp_zero(sign);
}

/* Quotient of 64 bits; round bit and sticky come from the remainder. */
FP_INLINE struct fp_num divide(struct fp_env *env, struct fp_format f,
                               struct fp_num a, struct fp_num b)
{
    uint64_t remainder;
    env->rounded_up = false;
    if (VT_UNLIKELY(a.cls != FPN_NORMAL || b.cls != FPN_NORMAL)) {
        if ((a.cls != FPN_NORMAL && a.cls != FPN_DENORMAL) ||
            (b.cls != FPN_NORMAL && b.cls != FPN_DENORMAL))
            return div_rare(env, f.x87, a, b);
        if (fp_denormal_stops(env, &a, &b))
            return a;
    }
    a.sign = a.sign != b.sign;
    a.exp -= b.exp;
    if (a.sig < b.sig) {
        a.sig = fp_divide(a.sig, 0, b.sig, &remainder);
        a.exp--;
    } else {
        a.sig = fp_divide(a.sig >> 1, a.sig << 63, b.sig, &remainder);
    }
    uint64_t lo = 0;
    if (remainder >= b.sig - remainder) {
        lo = FP_TOP;
        remainder -= b.sig - remainder; /* twice it, less b */
    }
    return fp_round(env, f, a, lo | (remainder != 0));
}

FP_INLINE struct fp_num square_root(struct fp_env *env, struct fp_format f,
                                    struct fp_num a)
{
    struct fp_num r;
    env->rounded_up = false;
    if (fp_is_special(&a) && fp_special_operands(env, f.x87, &a, &a, &r))
        return r;
    if (a.cls == FPN_ZERO)
        return a;
    if (a.sign)
        return fp_invalid(env);
    if (fp_denormal_stops(env, &a, &a) || a.cls == FPN_INF)
        return a;
    /* The radicand is sig, or half of it, as a fraction: the exponent taken
     * out of the root is even. */
    bool odd = a.exp & 1, exact, above;
    uint64_t hi = odd ? a.sig : a.sig >> 1, lo = odd ? 0 : a.sig << 63;
    a.exp = (a.exp - odd) / 2;
    a.sig = fp_root64(hi, lo, &exact, &above);
    return fp_round(env, f, a, above ? FP_TOP | 1 : !exact);
}

/* --- the formats of SSE ------------------------------------------------ */

#define BINARY(name, op)                                                     \
    uint32_t fp32_##name(struct fp_env *env, uint32_t a, uint32_t b)         \
    {                                                                        \
        return fp_together32(op(env, FP_FORMAT32, fp_operand32(env, a),      \
                                fp_operand32(env, b)));                      \
    }                                                                        \
    uint64_t fp64_##name(struct fp_env *env, uint64_t a, uint64_t b)         \
    {                                                                        \
        return fp_together64(op(env, FP_FORMAT64, fp_operand64(env, a),      \
                                fp_operand64(env, b)));                      \
    }                                                                        \
    struct ia32_f80 fp80_##name(struct fp_env *env, struct fp_num a,             \
                            struct fp_num b)                                 \
    {                                                                        \
        return fp_together80(op(env, FP_FORMAT80(env->precision), a, b));    \
    }

BINARY(add, add)
BINARY(sub, subtract)
BINARY(mul, multiply)
BINARY(div, divide)

uint32_t fp32_sqrt(struct fp_env *env, uint32_t a)
{
    return fp_together32(
        square_root(env, FP_FORMAT32, fp_operand32(env, a)));
}

uint64_t fp64_sqrt(struct fp_env *env, uint64_t a)
{
    return fp_together64(
        square_root(env, FP_FORMAT64, fp_operand64(env, a)));
}

struct ia32_f80 fp80_sqrt(struct fp_env *env, struct fp_num a)
{
    return fp_together80(square_root(env, FP_FORMAT80(env->precision), a));
}

/* --- approximations ---------------------------------------------------- */

/* The operand of RCPSS and RSQRTSS: denormals are zeros, whatever DAZ. */
static struct fp_num approximated(uint32_t v)
{
    struct fp_num n = fp_apart32(v);
    if (n.cls == FPN_DENORMAL)
        n.cls = FPN_ZERO;
    if (n.cls == FPN_SNAN) {
        n.cls = FPN_QNAN;
        n.sig |= FP_QUIET;
    }
    return n;
}

#define APPROXIMATE ((struct fp_format){-126, 127, 12, false, false})

uint32_t fp32_rcp(uint32_t v)
{
    struct fp_env env = {.masks = FP_ALL, .ftz = true};
    struct fp_num one = fp_from_int(1);
    return fp_together32(divide(&env, APPROXIMATE, one, approximated(v)));
}

uint32_t fp32_rsqrt(uint32_t v)
{
    struct fp_env env = {.masks = FP_ALL, .ftz = true, .precision = 64};
    struct fp_num one = fp_from_int(1);
    struct fp_num root =
        square_root(&env, FP_FORMAT80(64), approximated(v));
    return fp_together32(divide(&env, APPROXIMATE, one, root));
}
