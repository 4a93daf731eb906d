/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversions between formats, integers and packed BCD; rounding to an
 * integer in the same format.
 * SDM 325462, Vol 1, "x87 FPU Integer Data Types" and "Packed BCD
 * Integers"; Vol 2A, "CVTSD2SI", "FIST/FISTP", "FBSTP", "FRNDINT". */
#include "sim/ia32/fp_priv.h"

/* Magnitude of n as an integer of up to 64 bits, n.exp below 64.  Denormal
 * operands are no exception here. */
FP_INLINE uint64_t integer_part(struct fp_env *env, const struct fp_num *n,
                                unsigned rounding, bool *inexact)
{
    uint64_t hi = n->sig, lo = 0;
    fp_shift_right(&hi, &lo, n->exp < -64 ? 128 : (unsigned)(63 - n->exp));
    env->rounded_up = fp_goes_up(rounding, n->sign, hi & 1, lo);
    *inexact = lo != 0;
    return hi + env->rounded_up;
}

/* Out of range and NaN: the integer indefinite, the most negative one. */
FP_INLINE int64_t indefinite(struct fp_env *env, unsigned bits)
{
    env->flags |= FP_IE;
    env->rounded_up = false;
    return (int64_t)(~UINT64_C(0) << (bits - 1));
}

FP_INLINE int64_t to_int(struct fp_env *env, struct fp_num n, unsigned bits,
                         unsigned rounding)
{
    bool inexact;
    env->rounded_up = false;
    if (n.cls == FPN_ZERO)
        return 0;
    if (n.cls >= FPN_INF || n.exp > 63)
        return indefinite(env, bits);
    uint64_t v = integer_part(env, &n, rounding, &inexact);
    uint64_t limit = VT_BIT(bits - 1);
    if (n.sign ? v > limit : v >= limit)
        return indefinite(env, bits);
    if (inexact)
        env->flags |= FP_PE;
    return (int64_t)(n.sign ? 0 - v : v);
}

int64_t fp32_to_int(struct fp_env *env, uint32_t v, unsigned bits,
                    unsigned rounding)
{
    return to_int(env, fp_operand32(env, v), bits, rounding);
}

int64_t fp64_to_int(struct fp_env *env, uint64_t v, unsigned bits,
                    unsigned rounding)
{
    return to_int(env, fp_operand64(env, v), bits, rounding);
}

int64_t fp80_to_int(struct fp_env *env, struct ia32_f80 v, unsigned bits,
                    unsigned rounding)
{
    return to_int(env, fp_from80(v), bits, rounding);
}

uint32_t fp32_from_int(struct fp_env *env, int64_t v)
{
    env->rounded_up = false;
    return v == 0 ? 0 : fp_together32(fp_round(env, FP_FORMAT32,
                                               fp_from_int(v), 0));
}

uint64_t fp64_from_int(struct fp_env *env, int64_t v)
{
    env->rounded_up = false;
    return v == 0 ? 0 : fp_together64(fp_round(env, FP_FORMAT64,
                                               fp_from_int(v), 0));
}

/* --- between binary32 and binary64 ------------------------------------- */

FP_INLINE struct fp_num resize(struct fp_env *env, struct fp_format f,
                               struct fp_num n)
{
    struct fp_num r;
    env->rounded_up = false;
    if (fp_is_special(&n) && fp_special_operands(env, false, &n, &n, &r))
        return r;
    if (fp_denormal_stops(env, &n, &n) || n.cls == FPN_ZERO ||
        n.cls == FPN_INF)
        return n;
    return fp_round(env, f, n, 0);
}

uint64_t fp32_to_64(struct fp_env *env, uint32_t v)
{
    return fp_together64(resize(env, FP_FORMAT64, fp_operand32(env, v)));
}

uint32_t fp64_to_32(struct fp_env *env, uint64_t v)
{
    return fp_together32(resize(env, FP_FORMAT32, fp_operand64(env, v)));
}

/* --- integers in the same format --------------------------------------- */

/* n is finite and not 0. */
FP_INLINE struct fp_num to_integral(struct fp_env *env, struct fp_num n,
                                    unsigned rounding)
{
    bool inexact;
    if (n.exp >= 63)
        return n;
    uint64_t v = integer_part(env, &n, rounding, &inexact);
    if (inexact)
        env->flags |= FP_PE;
    if (v == 0)
        return fp_zero(n.sign);
    unsigned zeros = fp_leading_zeros(v);
    n.sig = v << zeros;
    n.exp = 63 - (int32_t)zeros;
    n.cls = FPN_NORMAL;
    return n;
}

FP_INLINE struct fp_num round_to_int(struct fp_env *env, struct fp_num n,
                                     bool x87, unsigned rounding)
{
    struct fp_num r;
    env->rounded_up = false;
    if (fp_is_special(&n) && fp_special_operands(env, x87, &n, &n, &r))
        return r;
    if (x87 && fp_denormal_stops(env, &n, &n))
        return n;
    if (n.cls == FPN_ZERO || n.cls == FPN_INF)
        return n;
    return to_integral(env, n, rounding);
}

uint32_t fp32_round(struct fp_env *env, uint32_t v, unsigned rounding)
{
    return fp_together32(
        round_to_int(env, fp_operand32(env, v), false, rounding));
}

uint64_t fp64_round(struct fp_env *env, uint64_t v, unsigned rounding)
{
    return fp_together64(
        round_to_int(env, fp_operand64(env, v), false, rounding));
}

struct ia32_f80 fp80_rndint(struct fp_env *env, struct fp_num a)
{
    return fp_together80(round_to_int(env, a, true, env->rounding));
}

/* --- packed BCD -------------------------------------------------------- */

/* byte 9      bytes 8..0
 * S0000000    D17 D16 ... D1 D0, four bits each */
#define BCD_LIMIT UINT64_C(1000000000000000000)

static void bcd_indefinite(struct fp_env *env, uint8_t bcd[10])
{
    env->flags |= FP_IE;
    env->rounded_up = false;
    memset(bcd, 0, 10);
    bcd[9] = bcd[8] = 0xff;
    bcd[7] = 0xc0;
}

void fp80_to_bcd(struct fp_env *env, struct ia32_f80 v, uint8_t bcd[10])
{
    struct fp_num n = fp_from80(v);
    bool inexact = false;
    uint64_t magnitude = 0;
    env->rounded_up = false;
    if (n.cls >= FPN_INF || (n.cls != FPN_ZERO && n.exp > 63)) {
        bcd_indefinite(env, bcd);
        return;
    }
    if (n.cls != FPN_ZERO)
        magnitude = integer_part(env, &n, env->rounding, &inexact);
    if (magnitude >= BCD_LIMIT) {
        bcd_indefinite(env, bcd);
        return;
    }
    if (inexact)
        env->flags |= FP_PE;
    for (unsigned i = 0; i < 9; i++) {
        unsigned two = (unsigned)(magnitude % 100);
        magnitude /= 100;
        bcd[i] = (uint8_t)(two / 10 << 4 | two % 10);
    }
    bcd[9] = n.sign ? 0x80 : 0;
}

/* Digits above 9 are undefined; they count as what they are. */
struct ia32_f80 fp80_from_bcd(const uint8_t bcd[10])
{
    uint64_t v = 0;
    for (unsigned i = 9; i-- > 0;)
        v = v * 100 + (bcd[i] >> 4) * 10u + (bcd[i] & 15);
    struct fp_num n = fp_from_int((int64_t)v);
    n.sign = bcd[9] >> 7;
    return fp_together80(n);
}
