/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with a significand of 128 bits, in which the transcendental
 * functions are computed: the same on every host, and 64 bits more than the
 * result keeps, so that what is lost on the way (some units of 2^-127 for
 * each operation) shows in the result once in 2^50 cases.
 *
 * The value is hi:lo * 2^(exp - 127); bit 63 of hi is set, or both are 0.
 * Operations truncate. */
#ifndef IA32_FP_WIDE_H
#define IA32_FP_WIDE_H

#include "sim/ia32/fp_priv.h"

struct fp_wide {
    uint64_t hi, lo;
    int32_t exp;
    bool sign;
};

struct fp_wide fp_wide_add(struct fp_wide a, struct fp_wide b);
struct fp_wide fp_wide_mul(struct fp_wide a, struct fp_wide b);
struct fp_wide fp_wide_div(struct fp_wide a, struct fp_wide b);
/* v * 2^(exp - 127), from any hi and lo. */
struct fp_wide fp_wide_normal(bool sign, int32_t exp, uint64_t hi,
                              uint64_t lo);
/* c[0] + c[1] z + c[2] z^2 + ... */
struct fp_wide fp_wide_series(const struct fp_wide *c, unsigned count,
                              struct fp_wide z);

static inline struct fp_wide fp_wide_of(struct fp_num n)
{
    struct fp_wide w = {n.cls == FPN_ZERO ? 0 : n.sig, 0, n.exp, n.sign};
    return w;
}

static inline struct fp_wide fp_wide_of_int(int32_t v)
{
    return fp_wide_of(fp_from_int(v));
}

static inline bool fp_wide_is_zero(const struct fp_wide *w)
{
    return (w->hi | w->lo) == 0;
}

static inline struct fp_wide fp_wide_neg(struct fp_wide w)
{
    w.sign = !w.sign;
    return w;
}

static inline struct fp_wide fp_wide_scale(struct fp_wide w, int32_t by)
{
    w.exp += by;
    return w;
}

/* Round to the 80-bit format.  An inexact result lies above what w says, by
 * less than w can show, or (below) below it: that decides directed rounding
 * and C1 where the rest of w is zero. */
enum fp_wide_is { FP_WIDE_EXACT, FP_WIDE_ABOVE, FP_WIDE_BELOW };
struct ia32_f80 fp_wide_round(struct fp_env *env, struct fp_wide w,
                              enum fp_wide_is is);

/* Constants. */
extern const struct fp_wide fp_wide_pi, fp_wide_half_pi, fp_wide_ln2,
    fp_wide_2_log2e;

/* The operand of a function of one: NaNs, unsupported encodings and
 * denormals.  True: *v is the result, or nothing may be computed. */
bool fp_wide_operand(struct fp_env *env, const struct fp_num *a,
                     struct ia32_f80 *v);

#endif
