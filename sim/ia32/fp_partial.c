/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partial remainder, scaling by powers of two, exponent and significand.
 * SDM 325462, Vol 2A, "FPREM--Partial Remainder", "FPREM1--Partial
 * Remainder", "FSCALE--Scale", "FXTRACT--Extract Exponent and
 * Significand".  None of them looks at precision control. */
#include "sim/ia32/fp_priv.h"

/* One step of the reduction leaves at most this difference of exponents to
 * the next; the manual wants 32..63 bits a step. */
static unsigned step_bits(unsigned apart)
{
    return (apart & 31) | 32;
}

/* a mod b in units of b's last bit, where a's exponent is `apart` above b's,
 * below 64.  *quotient: its low 64 bits. */
static uint64_t reduce(uint64_t a, uint64_t b, unsigned apart,
                       uint64_t *quotient)
{
    uint64_t q = 0;
    bool carry = false; /* bit 64 of a */
    for (;;) {
        q <<= 1;
        if (carry || a >= b) {
            a -= b;
            q |= 1;
        }
        if (apart-- == 0)
            break;
        carry = a >> 63;
        a <<= 1;
    }
    *quotient = q;
    return a;
}

/* FPREM1: the remainder r of |b| may be nearer to the next multiple. */
static void to_nearest(struct fp_num *r, const struct fp_num *b, uint64_t *q)
{
    uint64_t other = b->sig - r->sig;
    if (r->sig > other || (r->sig == other && *q & 1)) {
        r->sig = other;
        r->sign = !r->sign;
        ++*q;
    }
}

/* |a| < |b|: a itself, but FPREM1 takes a - b where |a| > |b| / 2. */
static struct fp_num remainder_below(struct fp_num a, const struct fp_num *b,
                                     bool nearest, uint64_t *q)
{
    if (nearest && a.exp == b->exp - 1 && a.sig > b->sig) {
        a.sig = b->sig - (a.sig - b->sig);
        a.sign = !a.sign;
        *q = 1;
    }
    return a;
}

static struct fp_num remainder_of(struct fp_num a, const struct fp_num *b,
                                  bool nearest, bool *partial, uint64_t *q)
{
    int32_t apart = a.exp - b->exp;
    *q = 0;
    if (apart < 0)
        return remainder_below(a, b, nearest, q);
    *partial = apart >= 64;
    unsigned bits = *partial ? step_bits((unsigned)apart) : (unsigned)apart;
    a.sig = reduce(a.sig, b->sig, bits, q);
    a.exp = b->exp + apart - (int32_t)bits;
    if (nearest && !*partial)
        to_nearest(&a, b, q);
    return a;
}

struct ia32_f80 fp80_rem(struct fp_env *env, struct ia32_f80 av,
                         struct ia32_f80 bv, bool nearest,
                         struct fp_quotient *quotient)
{
    struct fp_num a = fp_from80(av), b = fp_from80(bv), r;
    uint64_t q;
    env->rounded_up = false;
    *quotient = (struct fp_quotient){.none = true};
    if (fp_special_operands(env, true, &a, &b, &r))
        return fp_together80(r);
    if (a.cls == FPN_INF || b.cls == FPN_ZERO)
        return fp_together80(fp_invalid(env));
    quotient->none = false;
    if (fp_denormal_stops(env, &a, &b) || a.cls == FPN_ZERO)
        return av;
    if (b.cls == FPN_INF)
        return fp_together80(fp_round(env, FP_FORMAT80(64), a, 0));
    r = remainder_of(a, &b, nearest, &quotient->partial, &q);
    quotient->low = quotient->partial ? 0 : (uint8_t)(q & 7);
    if (r.sig == 0)
        return fp_together80(fp_zero(a.sign));
    unsigned zeros = fp_leading_zeros(r.sig);
    r.sig <<= zeros;
    r.exp -= (int32_t)zeros;
    return fp_together80(fp_round(env, FP_FORMAT80(64), r, 0));
}

/* trunc(b), no further from 0 than makes any number overflow or vanish. */
static int32_t scale_of(const struct fp_num *b)
{
    if (b->cls == FPN_ZERO || b->exp < 0)
        return 0;
    int32_t v = b->exp > 16 ? 1 << 17 : (int32_t)(b->sig >> (63 - b->exp));
    return b->sign ? -v : v;
}

/* An infinite scale: infinity or zero, and no sense the other way. */
static struct fp_num scale_infinitely(struct fp_env *env, struct fp_num a,
                                      bool down)
{
    if (a.cls == (down ? FPN_INF : FPN_ZERO))
        return fp_invalid(env);
    return down ? fp_zero(a.sign) : fp_infinity(a.sign);
}

static struct fp_num scale(struct fp_env *env, struct fp_num a,
                           struct fp_num b)
{
    struct fp_num r;
    if (fp_special_operands(env, true, &a, &b, &r))
        return r;
    if (b.cls == FPN_INF) {
        r = scale_infinitely(env, a, b.sign);
        return env->flags & FP_IE || !fp_denormal_stops(env, &a, &b) ? r : a;
    }
    if (fp_denormal_stops(env, &a, &b) || a.cls == FPN_ZERO ||
        a.cls == FPN_INF)
        return a;
    a.exp += scale_of(&b);
    return fp_round(env, FP_FORMAT80(64), a, 0);
}

struct ia32_f80 fp80_scale(struct fp_env *env, struct ia32_f80 a, struct ia32_f80 b)
{
    env->rounded_up = false;
    return fp_together80(scale(env, fp_from80(a), fp_from80(b)));
}

struct ia32_f80 fp80_extract(struct fp_env *env, struct ia32_f80 a,
                         struct ia32_f80 *exponent)
{
    struct fp_num n = fp_from80(a), r;
    env->rounded_up = false;
    if (fp_special_operands(env, true, &n, &n, &r)) {
        *exponent = fp_together80(r);
        return *exponent;
    }
    if (n.cls == FPN_ZERO)
        env->flags |= FP_ZE;
    if (n.cls == FPN_ZERO || n.cls == FPN_INF) {
        *exponent = fp_together80(fp_infinity(n.cls == FPN_ZERO));
        return a;
    }
    if (n.cls == FPN_DENORMAL)
        env->flags |= FP_DE;
    *exponent = fp_together80(fp_from_int(n.exp));
    n.exp = 0;
    n.cls = FPN_NORMAL;
    return fp_together80(n);
}
