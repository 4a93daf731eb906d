/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rare ends of rounding, overflow and underflow, and the table of NaN
 * results; and the conversions between the formats of registers and memory.
 * SDM 325462, Vol 1, "Numeric Overflow Exception (#O)", "Numeric Underflow
 * Exception (#U)", "Operating on SNaNs and QNaNs", "Unsupported Double
 * Extended-Precision Floating-Point Encodings and Pseudo-Denormals".
 *
 * Tininess is detected after rounding, as if the exponent had no bounds. */
#include "sim/ia32/fp_priv.h"

/* SSE with FZ: a tiny result is zero. */
static struct fp_num flush(struct fp_env *env, bool sign)
{
    env->flags |= FP_UE | FP_PE;
    env->rounded_up = false;
    return fp_zero(sign);
}

/* Underflow is unmasked: the handler gets the result with another exponent,
 * or zero where that is still too small (FSCALE's "massive" underflow).  A
 * store delivers nothing, and then nothing is inexact. */
static struct fp_num wrap_tiny(struct fp_env *env, struct fp_format f,
                               struct fp_num n, struct fp_cut c)
{
    bool store = f.x87 && !f.wraps;
    n.sig = c.sig;
    n.exp += c.carry + FP_WRAP;
    n.cls = FPN_NORMAL;
    bool massive = n.exp < f.emin;
    env->flags |= FP_UE;
    if (!store && (c.inexact || massive))
        env->flags |= FP_PE;
    env->rounded_up = c.up && !store && !massive;
    return massive ? fp_zero(n.sign) : n;
}

FP_NOINLINE struct fp_num fp_round_tiny(struct fp_env *env,
                                        struct fp_format f, struct fp_num n,
                                        uint64_t lo)
{
    struct fp_cut unbounded =
        fp_cut(env->rounding, n.sign, n.sig, lo, f.precision);
    bool tiny = n.exp < f.emin - 1 || !unbounded.carry;
    if (tiny && !(env->masks & FP_UE))
        return wrap_tiny(env, f, n, unbounded);
    if (tiny && env->ftz && !f.x87)
        return flush(env, n.sign);

    int32_t below = f.emin - n.exp;
    fp_shift_right(&n.sig, &lo, below > 128 ? 128 : (unsigned)below);
    struct fp_cut c = fp_cut(env->rounding, n.sign, n.sig, lo, f.precision);
    env->rounded_up = c.up;
    if (c.inexact)
        env->flags |= FP_PE | (tiny ? FP_UE : 0);
    n.sig = c.sig;
    n.exp = f.emin;
    n.cls = c.sig == 0 ? FPN_ZERO : FPN_NORMAL;
    return n;
}

/* The same for overflow; "massive" overflow is infinity. */
static struct fp_num wrap_huge(struct fp_env *env, struct fp_format f,
                               struct fp_num n, struct fp_cut c)
{
    bool store = f.x87 && !f.wraps;
    n.exp -= FP_WRAP;
    bool massive = n.exp > f.emax;
    if (!store && (c.inexact || massive))
        env->flags |= FP_PE;
    env->rounded_up = (c.up || massive) && !store;
    return massive ? fp_infinity(n.sign) : n;
}

/* n has been rounded, as if the exponent had no bounds, to c. */
FP_NOINLINE struct fp_num fp_round_huge(struct fp_env *env,
                                        struct fp_format f, struct fp_num n,
                                        struct fp_cut c)
{
    env->flags |= FP_OE;
    if (!(env->masks & FP_OE))
        return wrap_huge(env, f, n, c);
    env->flags |= FP_PE;
    env->rounded_up = env->rounding == FP_NEAREST ||
                      env->rounding == (n.sign ? FP_DOWN : FP_UP);
    if (env->rounded_up)
        return fp_infinity(n.sign);
    n.exp = f.emax;
    n.sig = ~(VT_BIT(64 - f.precision) - 1);
    return n;
}

/* Of two NaNs x87 takes the one with the larger significand, but a QNaN
 * before an SNaN; SSE takes the first operand. */
static const struct fp_num *choose_nan(bool x87, const struct fp_num *a,
                                       const struct fp_num *b)
{
    if (!fp_is_nan(b))
        return a;
    if (!fp_is_nan(a))
        return b;
    if (!x87)
        return a;
    if (a->cls != b->cls)
        return a->cls == FPN_QNAN ? a : b;
    if (a->sig != b->sig)
        return a->sig > b->sig ? a : b;
    return a->sign ? b : a;
}

FP_NOINLINE bool fp_special_operands(struct fp_env *env, bool x87,
                                     const struct fp_num *a,
                                     const struct fp_num *b, struct fp_num *r)
{
    if (a->cls == FPN_UNSUPPORTED || b->cls == FPN_UNSUPPORTED) {
        *r = fp_invalid(env);
        return true;
    }
    if (!fp_is_nan(a) && !fp_is_nan(b))
        return false;
    if (a->cls == FPN_SNAN || b->cls == FPN_SNAN)
        env->flags |= FP_IE;
    *r = *choose_nan(x87, a, b);
    r->sig |= FP_QUIET;
    r->cls = FPN_QNAN;
    return true;
}

struct fp_num fp_from32(uint32_t v)
{
    return fp_apart32(v);
}

struct fp_num fp_from64(uint64_t v)
{
    return fp_apart64(v);
}

/* With an exponent other than 0 the integer bit must be set; with exponent
 * 0 a set one makes a pseudo-denormal, a denormal operand by its value. */
struct fp_num fp_from80(struct ia32_f80 v)
{
    unsigned exponent = v.se & 0x7fff;
    struct fp_num n = {v.frac, (int32_t)exponent - 16383, FPN_NORMAL,
                       v.se >> 15};
    if (VT_LIKELY(exponent != 0 && exponent != 0x7fff && v.frac & FP_TOP))
        return n;
    if (exponent == 0) {
        n.cls = v.frac == 0 ? FPN_ZERO : FPN_DENORMAL;
        if (v.frac != 0) {
            unsigned zeros = fp_leading_zeros(v.frac);
            n.sig <<= zeros;
            n.exp += 1 - (int32_t)zeros;
        }
    } else if (!(v.frac & FP_TOP)) {
        n.cls = FPN_UNSUPPORTED;
    } else {
        n.cls = v.frac == FP_TOP ? FPN_INF
                : v.frac & FP_QUIET ? FPN_QNAN : FPN_SNAN;
    }
    return n;
}

struct fp_num fp_from_int(int64_t v)
{
    struct fp_num n = fp_zero(v < 0);
    if (v == 0)
        return n;
    n.sig = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    unsigned zeros = fp_leading_zeros(n.sig);
    n.sig <<= zeros;
    n.exp = 63 - (int32_t)zeros;
    n.cls = FPN_NORMAL;
    return n;
}

/* A denormal of a shorter format is a normal number here. */
struct ia32_f80 fp80_pack(struct fp_num a)
{
    if (a.cls == FPN_SNAN) /* as it stands */
        a.cls = FPN_QNAN;
    if (a.cls == FPN_DENORMAL && a.exp < -16382) {
        uint64_t lo = 0;
        fp_shift_right(&a.sig, &lo, (unsigned)(-16382 - a.exp));
        a.exp = -16382;
    }
    return fp_together80(a);
}

struct ia32_f80 fp80_load(struct fp_env *env, struct fp_num a)
{
    struct fp_num r;
    env->rounded_up = false;
    if (fp_is_special(&a) && fp_special_operands(env, true, &a, &a, &r))
        return fp_together80(r);
    if (a.cls == FPN_DENORMAL)
        env->flags |= FP_DE;
    return fp80_pack(a);
}

/* Stores: no exception for a denormal operand.  A store with unmasked
 * overflow or underflow delivers nothing, so nothing wraps. */
static struct fp_num shorten(struct fp_env *env, struct fp_format f,
                             struct ia32_f80 v)
{
    struct fp_num n = fp_from80(v), r;
    env->rounded_up = false;
    if (fp_is_special(&n) && fp_special_operands(env, true, &n, &n, &r))
        return r;
    if (n.cls == FPN_ZERO || n.cls == FPN_INF)
        return n;
    f.x87 = true; /* no flush-to-zero */
    return fp_round(env, f, n, 0);
}

uint32_t fp80_to_32(struct fp_env *env, struct ia32_f80 v)
{
    return fp_together32(shorten(env, FP_FORMAT32, v));
}

uint64_t fp80_to_64(struct fp_env *env, struct ia32_f80 v)
{
    return fp_together64(shorten(env, FP_FORMAT64, v));
}
