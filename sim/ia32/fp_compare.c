/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparisons, minimum and maximum.
 * SDM 325462, Vol 1, "Comparison Instructions"; Vol 2A, "CMPPS--Compare
 * Packed Single-Precision Floating-Point Values", "FCOM/FCOMP/FCOMPP". */
#include "sim/ia32/fp_priv.h"

FP_INLINE enum fp_order opposite(enum fp_order order)
{
    return order == FP_LESS ? FP_GREATER
           : order == FP_GREATER ? FP_LESS : order;
}

/* Neither is a NaN. */
FP_INLINE enum fp_order order_of(const struct fp_num *a,
                                 const struct fp_num *b)
{
    bool azero = a->cls == FPN_ZERO, bzero = b->cls == FPN_ZERO;
    if (azero || bzero) {
        if (azero && bzero)
            return FP_EQUAL;
        return azero ? (b->sign ? FP_GREATER : FP_LESS)
                     : (a->sign ? FP_LESS : FP_GREATER);
    }
    if (a->sign != b->sign)
        return a->sign ? FP_LESS : FP_GREATER;
    enum fp_order order;
    bool ainf = a->cls == FPN_INF, binf = b->cls == FPN_INF;
    if (ainf || binf)
        order = ainf == binf ? FP_EQUAL : ainf ? FP_GREATER : FP_LESS;
    else if (a->exp != b->exp)
        order = a->exp > b->exp ? FP_GREATER : FP_LESS;
    else
        order = a->sig == b->sig  ? FP_EQUAL
                : a->sig > b->sig ? FP_GREATER
                                  : FP_LESS;
    return a->sign ? opposite(order) : order;
}

FP_INLINE enum fp_order compare(struct fp_env *env, struct fp_num a,
                                struct fp_num b, bool quiet)
{
    env->rounded_up = false;
    if (VT_UNLIKELY(fp_is_special(&a) || fp_is_special(&b))) {
        if (!quiet || a.cls >= FPN_SNAN || b.cls >= FPN_SNAN)
            env->flags |= FP_IE;
        return FP_UNORDERED;
    }
    if (a.cls == FPN_DENORMAL || b.cls == FPN_DENORMAL)
        env->flags |= FP_DE;
    return order_of(&a, &b);
}

/* Bit p: predicate p holds (0 EQ, 1 LT, 2 LE; 3 UNORD; 4..7 their
 * opposites). */
static const uint8_t holds[] = {
    [FP_LESS] = 0x96, [FP_EQUAL] = 0xa5, [FP_GREATER] = 0xf0,
    [FP_UNORDERED] = 0x78};

/* LT, LE, NLT and NLE signal any NaN. */
FP_INLINE bool is_quiet(unsigned predicate)
{
    unsigned kind = predicate & 3;
    return kind == 0 || kind == 3;
}

#define COMPARES(bits, type)                                                 \
    enum fp_order fp##bits##_compare(struct fp_env *env, type a, type b,     \
                                     bool quiet)                             \
    {                                                                        \
        return compare(env, fp_operand##bits(env, a),                        \
                       fp_operand##bits(env, b), quiet);                     \
    }                                                                        \
    bool fp##bits##_cmp(struct fp_env *env, type a, type b,                  \
                        unsigned predicate)                                  \
    {                                                                        \
        enum fp_order order =                                                \
            fp##bits##_compare(env, a, b, is_quiet(predicate));              \
        return holds[order] >> (predicate & 7) & 1;                          \
    }                                                                        \
    /* The chosen operand goes through as it is, but for DAZ. */             \
    static type take##bits(const struct fp_env *env, type v)                 \
    {                                                                        \
        struct fp_num n = fp_operand##bits(env, v);                          \
        return n.cls == FPN_ZERO ? fp_together##bits(n) : v;                  \
    }                                                                        \
    type fp##bits##_min(struct fp_env *env, type a, type b)                  \
    {                                                                        \
        bool less = fp##bits##_compare(env, a, b, false) == FP_LESS;         \
        return take##bits(env, less ? a : b);                                \
    }                                                                        \
    type fp##bits##_max(struct fp_env *env, type a, type b)                  \
    {                                                                        \
        bool more = fp##bits##_compare(env, a, b, false) == FP_GREATER;      \
        return take##bits(env, more ? a : b);                                \
    }

COMPARES(32, uint32_t)
COMPARES(64, uint64_t)

enum fp_order fp80_compare(struct fp_env *env, struct fp_num a,
                           struct fp_num b, bool quiet)
{
    return compare(env, a, b, quiet);
}
