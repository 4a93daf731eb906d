/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the floating-point core: formats, taking bits apart and putting
 * them together, rounding.  Everything is inline so that a function for one
 * format keeps only what that format needs. */
#ifndef IA32_FP_PRIV_H
#define IA32_FP_PRIV_H

#include "sim/ia32/fp.h"
#include "sim/ia32/fp_bits.h"

/* Where a result goes. */
struct fp_format {
    int32_t emin, emax; /* exponents of normal numbers */
    uint8_t precision;  /* bits of the significand */
    bool x87;           /* rules of x87 for NaNs, no flush-to-zero */
    bool wraps;         /* unmasked overflow and underflow deliver a result
                           with the exponent 24576 nearer to 0 */
};

#define FP_FORMAT32 ((struct fp_format){-126, 127, 24, false, false})
#define FP_FORMAT64 ((struct fp_format){-1022, 1023, 53, false, false})
#define FP_FORMAT80(bits) \
    ((struct fp_format){-16382, 16383, bits, true, true})
#define FP_WRAP 24576

#define FP_TOP VT_BIT(63)
#define FP_QUIET VT_BIT(62)

/* --- apart and together ------------------------------------------------ */

/* exponent: the biased field, its highest value all_ones; fraction: moved up
 * so that its first bit is bit 62. */
FP_INLINE struct fp_num fp_apart(bool sign, unsigned exponent,
                                 unsigned all_ones, uint64_t fraction)
{
    struct fp_num n = {FP_TOP | fraction,
                       (int32_t)exponent - (int32_t)(all_ones / 2),
                       FPN_NORMAL, sign};
    if (VT_UNLIKELY(exponent == all_ones)) {
        n.cls = fraction == 0 ? FPN_INF
                : fraction & FP_QUIET ? FPN_QNAN : FPN_SNAN;
    } else if (VT_UNLIKELY(exponent == 0)) {
        n.cls = FPN_ZERO;
        n.sig = fraction;
        if (fraction != 0) {
            unsigned zeros = fp_leading_zeros(fraction);
            n.cls = FPN_DENORMAL;
            n.sig = fraction << zeros;
            n.exp += 1 - (int32_t)zeros;
        }
    }
    return n;
}

FP_INLINE struct fp_num fp_apart32(uint32_t v)
{
    return fp_apart(v >> 31, v >> 23 & 0xff, 0xff,
                    (uint64_t)(v & 0x7fffff) << 40);
}

FP_INLINE struct fp_num fp_apart64(uint64_t v)
{
    return fp_apart(v >> 63, v >> 52 & 0x7ff, 0x7ff,
                    (v & VT_BITS(51, 0)) << 11);
}

/* Operands of SSE: denormals are zeros where MXCSR.DAZ says so. */
FP_INLINE struct fp_num fp_operand32(const struct fp_env *env, uint32_t v)
{
    struct fp_num n = fp_apart32(v);
    if (VT_UNLIKELY(n.cls == FPN_DENORMAL) && env->daz)
        n.cls = FPN_ZERO;
    return n;
}

FP_INLINE struct fp_num fp_operand64(const struct fp_env *env, uint64_t v)
{
    struct fp_num n = fp_apart64(v);
    if (VT_UNLIKELY(n.cls == FPN_DENORMAL) && env->daz)
        n.cls = FPN_ZERO;
    return n;
}

/* The bits of a number that fits.  A denormal has exp = emin and bit 63 of
 * sig clear, and then its exponent field is 0. */
FP_INLINE uint32_t fp_together32(struct fp_num n)
{
    uint32_t sign = (uint32_t)n.sign << 31;
    uint32_t fraction = (uint32_t)(n.sig >> 40) & 0x7fffff;
    switch (n.cls) {
    case FPN_ZERO: return sign;
    case FPN_INF: return sign | 0x7f800000;
    case FPN_QNAN: return sign | 0x7f800000 | fraction;
    default: break;
    }
    uint32_t exponent = n.sig & FP_TOP ? (uint32_t)(n.exp + 127) : 0;
    return sign | exponent << 23 | fraction;
}

FP_INLINE uint64_t fp_together64(struct fp_num n)
{
    uint64_t sign = (uint64_t)n.sign << 63;
    uint64_t fraction = n.sig >> 11 & VT_BITS(51, 0);
    switch (n.cls) {
    case FPN_ZERO: return sign;
    case FPN_INF: return sign | VT_BITS(62, 52);
    case FPN_QNAN: return sign | VT_BITS(62, 52) | fraction;
    default: break;
    }
    uint64_t exponent = n.sig & FP_TOP ? (uint64_t)(n.exp + 1023) : 0;
    return sign | exponent << 52 | fraction;
}

FP_INLINE struct ia32_f80 fp_together80(struct fp_num n)
{
    struct ia32_f80 v = {n.sig, (uint16_t)(n.sign ? 0x8000 : 0)};
    switch (n.cls) {
    case FPN_ZERO:
        v.frac = 0;
        return v;
    case FPN_INF:
        v.frac = FP_TOP;
        v.se |= 0x7fff;
        return v;
    case FPN_QNAN:
        v.se |= 0x7fff;
        return v;
    default:
        break;
    }
    if (n.sig & FP_TOP)
        v.se = (uint16_t)(v.se | (n.exp + 16383));
    return v;
}

static const struct fp_num fp_indefinite = {FP_TOP | FP_QUIET, 0, FPN_QNAN,
                                            true};

FP_INLINE struct fp_num fp_zero(bool sign)
{
    return (struct fp_num){0, 0, FPN_ZERO, sign};
}

FP_INLINE struct fp_num fp_infinity(bool sign)
{
    return (struct fp_num){FP_TOP, 0, FPN_INF, sign};
}

FP_INLINE struct fp_num fp_invalid(struct fp_env *env)
{
    env->flags |= FP_IE;
    return fp_indefinite;
}

/* --- rounding ---------------------------------------------------------- */

/* Does the magnitude go up?  odd: the last bit kept; rest: what is cut off,
 * its first bit in bit 63, sticky below. */
FP_INLINE bool fp_goes_up(unsigned rounding, bool sign, bool odd,
                          uint64_t rest)
{
    if (rounding == FP_NEAREST)
        return rest > FP_TOP || (rest == FP_TOP && odd);
    return rest != 0 && rounding == (sign ? FP_DOWN : FP_UP);
}

struct fp_cut {
    uint64_t sig;
    bool inexact, up, carry; /* carry: sig wrapped and is 1.0 again */
};

/* Keep the upper precision bits of hi. */
FP_INLINE struct fp_cut fp_cut(unsigned rounding, bool sign, uint64_t hi,
                               uint64_t lo, unsigned precision)
{
    uint64_t rest = precision == 64 ? lo : hi << precision | (lo != 0);
    uint64_t last = VT_BIT(64 - precision);
    struct fp_cut c = {.sig = hi & ~(last - 1), .inexact = rest != 0};
    if (fp_goes_up(rounding, sign, (hi & last) != 0, rest)) {
        c.up = true;
        c.sig += last;
        c.carry = c.sig == 0;
        if (c.carry)
            c.sig = FP_TOP;
    }
    return c;
}

struct fp_num fp_round_tiny(struct fp_env *env, struct fp_format f,
                            struct fp_num n, uint64_t lo);
struct fp_num fp_round_huge(struct fp_env *env, struct fp_format f,
                            struct fp_num n, struct fp_cut c);

/* The number n, with lo below its sig (sticky in bit 0), rounded to format f.
 * Bit 63 of n.sig is set. */
FP_INLINE struct fp_num fp_round(struct fp_env *env, struct fp_format f,
                                 struct fp_num n, uint64_t lo)
{
    if (VT_UNLIKELY(n.exp < f.emin))
        return fp_round_tiny(env, f, n, lo);
    struct fp_cut c = fp_cut(env->rounding, n.sign, n.sig, lo, f.precision);
    n.sig = c.sig;
    n.exp += c.carry;
    n.cls = FPN_NORMAL;
    if (VT_UNLIKELY(n.exp > f.emax))
        return fp_round_huge(env, f, n, c);
    env->rounded_up = c.up;
    if (c.inexact)
        env->flags |= FP_PE;
    return n;
}

/* --- operands ---------------------------------------------------------- */

/* NaNs and unsupported encodings: true when they decide, with *r the
 * result and IE where it is due. */
bool fp_special_operands(struct fp_env *env, bool x87, const struct fp_num *a,
                         const struct fp_num *b, struct fp_num *r);

FP_INLINE bool fp_is_special(const struct fp_num *n)
{
    return n->cls >= FPN_QNAN;
}

/* DE for denormal operands; true when it is unmasked and nothing may be
 * computed. */
FP_INLINE bool fp_denormal_stops(struct fp_env *env, const struct fp_num *a,
                                 const struct fp_num *b)
{
    if (VT_LIKELY(a->cls != FPN_DENORMAL && b->cls != FPN_DENORMAL))
        return false;
    env->flags |= FP_DE;
    return !(env->masks & FP_DE);
}

#endif
