/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic on significands of 128 bits (fp_wide.h). */
#include "sim/ia32/fp_wide.h"

const struct fp_wide fp_wide_pi = {UINT64_C(0xc90fdaa22168c234),
                                   UINT64_C(0xc4c6628b80dc1cd1), 1, false};
const struct fp_wide fp_wide_half_pi = {UINT64_C(0xc90fdaa22168c234),
                                        UINT64_C(0xc4c6628b80dc1cd1), 0,
                                        false};
const struct fp_wide fp_wide_ln2 = {UINT64_C(0xb17217f7d1cf79ab),
                                    UINT64_C(0xc9e3b39803f2f6af), -1, false};
const struct fp_wide fp_wide_2_log2e = {UINT64_C(0xb8aa3b295c17f0bb),
                                        UINT64_C(0xbe87fed0691d3e89), 1,
                                        false};

struct fp_wide fp_wide_normal(bool sign, int32_t exp, uint64_t hi,
                              uint64_t lo)
{
    struct fp_wide w = {hi, lo, exp, sign};
    if ((hi | lo) != 0)
        w.exp -= (int32_t)fp_normalize(&w.hi, &w.lo);
    return w;
}

static bool less(const struct fp_wide *a, const struct fp_wide *b)
{
    if (a->exp != b->exp)
        return a->exp < b->exp;
    return a->hi < b->hi || (a->hi == b->hi && a->lo < b->lo);
}

/* Neither is 0; |a| >= |b|. */
static struct fp_wide add_ordered(struct fp_wide a, struct fp_wide b)
{
    int32_t apart = a.exp - b.exp;
    if (apart > 127)
        return a;
    fp_shift_right(&b.hi, &b.lo, (unsigned)apart);
    if (a.sign != b.sign) {
        uint64_t lo = a.lo - b.lo;
        return fp_wide_normal(a.sign, a.exp,
                              a.hi - b.hi - (a.lo < b.lo), lo);
    }
    uint64_t lo = a.lo + b.lo, carry = lo < b.lo;
    uint64_t hi = a.hi + b.hi + carry;
    if (hi < a.hi || (carry && hi == a.hi)) {
        lo = hi << 63 | lo >> 1;
        hi = FP_TOP | hi >> 1;
        a.exp++;
    }
    a.hi = hi;
    a.lo = lo;
    return a;
}

struct fp_wide fp_wide_add(struct fp_wide a, struct fp_wide b)
{
    if (fp_wide_is_zero(&a))
        return b;
    if (fp_wide_is_zero(&b))
        return a;
    return less(&a, &b) ? add_ordered(b, a) : add_ordered(a, b);
}

/* Upper half of 256 bits; the lowest of the four partial products counts
 * only through a carry. */
struct fp_wide fp_wide_mul(struct fp_wide a, struct fp_wide b)
{
    uint64_t h1, l1, h2, l2, hi, lo, dropped, unused;
    if (fp_wide_is_zero(&a) || fp_wide_is_zero(&b))
        return (struct fp_wide){0, 0, 0, a.sign != b.sign};
    fp_multiply(a.hi, b.hi, &hi, &lo);
    fp_multiply(a.hi, b.lo, &h1, &l1);
    fp_multiply(a.lo, b.hi, &h2, &l2);
    fp_multiply(a.lo, b.lo, &dropped, &unused);
    uint64_t low = l1 + l2, carry = low < l2;
    low += dropped;
    carry += low < dropped;
    lo += h1;
    hi += lo < h1;
    lo += h2;
    hi += lo < h2;
    lo += carry;
    hi += lo < carry;
    a.exp += b.exp + 1;
    a.sign = a.sign != b.sign;
    if (!(hi & FP_TOP)) {
        hi = hi << 1 | lo >> 63;
        lo = lo << 1 | low >> 63;
        a.exp--;
    }
    a.hi = hi;
    a.lo = lo;
    return a;
}

/* 1 / b to 63 bits, from the upper half of b. */
static struct fp_wide reciprocal(struct fp_wide b)
{
    uint64_t unused;
    struct fp_wide r = {0, 0, -b.exp - 1, b.sign};
    if (b.hi == FP_TOP) {
        r.hi = FP_TOP;
        r.exp++;
        return r;
    }
    /* 2^63 / (hi / 2^64), below 2^64 */
    r.hi = fp_divide(FP_TOP, 0, b.hi, &unused);
    return r;
}

/* A quotient of 63 bits, and once more for what is left. */
struct fp_wide fp_wide_div(struct fp_wide a, struct fp_wide b)
{
    struct fp_wide r = reciprocal(b);
    struct fp_wide q = fp_wide_mul(a, r);
    q.lo = 0; /* then q * b is almost exact */
    struct fp_wide left = fp_wide_add(a, fp_wide_neg(fp_wide_mul(q, b)));
    struct fp_wide more = fp_wide_mul(left, r);
    q = fp_wide_add(q, more);
    left = fp_wide_add(left, fp_wide_neg(fp_wide_mul(more, b)));
    return fp_wide_add(q, fp_wide_mul(left, r));
}

struct fp_wide fp_wide_series(const struct fp_wide *c, unsigned count,
                              struct fp_wide z)
{
    struct fp_wide sum = c[count - 1];
    for (unsigned i = count - 1; i-- > 0;)
        sum = fp_wide_add(c[i], fp_wide_mul(sum, z));
    return sum;
}

struct ia32_f80 fp_wide_round(struct fp_env *env, struct fp_wide w,
                              enum fp_wide_is is)
{
    if (fp_wide_is_zero(&w))
        return fp_together80(fp_zero(w.sign));
    if (is == FP_WIDE_BELOW) {
        bool borrow = w.lo == 0;
        w.lo--;
        w.hi -= borrow;
        if (!(w.hi & FP_TOP)) /* it was a power of two */
            w = fp_wide_normal(w.sign, w.exp, w.hi, w.lo);
    }
    struct fp_num n = {w.hi, w.exp, FPN_NORMAL, w.sign};
    return fp_together80(fp_round(env, FP_FORMAT80(64), n,
                                  w.lo | (is != FP_WIDE_EXACT)));
}

bool fp_wide_operand(struct fp_env *env, const struct fp_num *a,
                     struct ia32_f80 *v)
{
    struct fp_num r = *a;
    env->rounded_up = false;
    if (fp_special_operands(env, true, a, a, &r) ||
        fp_denormal_stops(env, a, a)) {
        *v = fp_together80(r);
        return true;
    }
    return false;
}
