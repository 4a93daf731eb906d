/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floating-point core gives the same bits on every host: everything it
 * computes from a fixed sequence of operands is folded into one number,
 * which was the same on x86-64, on 32-bit x86 and on big-endian s390x. */
#include <inttypes.h>
#include <stdio.h>

#include "sim/ia32/fp.h"
#include "tests/ia32/fprandom.h"

#define EXPECTED UINT64_C(0x843f58259fd5ae46)
#define ROUNDS 20000u

struct fold {
    uint64_t hash;
    struct fp_env env;
};

static void fold(struct fold *f, uint64_t v)
{
    f->hash = (f->hash ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    f->hash ^= f->hash >> 29;
}

static void fold_real(struct fold *f, struct ia32_f80 v)
{
    fold(f, v.frac);
    fold(f, v.se);
    fold(f, f->env.flags);
    fold(f, f->env.rounded_up);
}

static void basic(struct fold *f, struct ia32_f80 a, struct ia32_f80 b)
{
    struct fp_env *e = &f->env;
    struct fp_num x = fp_from80(a), y = fp_from80(b);
    struct fp_quotient q;
    struct ia32_f80 exponent;
    fold_real(f, fp80_add(e, x, y));
    fold_real(f, fp80_sub(e, x, y));
    fold_real(f, fp80_mul(e, x, y));
    fold_real(f, fp80_div(e, x, y));
    fold_real(f, fp80_sqrt(e, x));
    fold_real(f, fp80_rndint(e, x));
    fold_real(f, fp80_rem(e, a, b, a.frac & 1, &q));
    fold(f, q.low);
    fold_real(f, fp80_scale(e, a, b));
    fold_real(f, fp80_extract(e, a, &exponent));
    fold_real(f, exponent);
    fold(f, fp80_compare(e, x, y, false));
}

static void transcendental(struct fold *f, struct ia32_f80 a,
                           struct ia32_f80 b)
{
    struct fp_env *e = &f->env;
    struct ia32_f80 second = a;
    bool out_of_range;
    fold_real(f, fp80_sin(e, a, &out_of_range));
    fold_real(f, fp80_cos(e, a, &out_of_range));
    fold_real(f, fp80_tan(e, a, &second, &out_of_range));
    fold_real(f, second);
    fold_real(f, fp80_atan(e, a, b));
    fold_real(f, fp80_yl2x(e, a, b));
    fold_real(f, fp80_yl2xp1(e, a, b));
    fold_real(f, fp80_2xm1(e, a));
}

static void conversions(struct fold *f, struct ia32_f80 a)
{
    uint8_t bcd[10];
    struct fp_env *e = &f->env;
    fold(f, fp80_to_32(e, a));
    fold(f, fp80_to_64(e, a));
    fold(f, (uint64_t)fp80_to_int(e, a, 16, e->rounding));
    fold(f, (uint64_t)fp80_to_int(e, a, 64, FP_TRUNCATE));
    fp80_to_bcd(e, a, bcd);
    for (unsigned i = 0; i < sizeof bcd; i++)
        fold(f, bcd[i]);
    fold_real(f, fp80_from_bcd(bcd));
}

static void simd32(struct fold *f, uint32_t a, uint32_t b)
{
    struct fp_env *e = &f->env;
    fold(f, fp32_add(e, a, b));
    fold(f, fp32_sub(e, a, b));
    fold(f, fp32_mul(e, a, b));
    fold(f, fp32_div(e, a, b));
    fold(f, fp32_sqrt(e, a));
    fold(f, fp32_min(e, a, b));
    fold(f, fp32_max(e, a, b));
    fold(f, fp32_to_64(e, a));
    fold(f, fp32_round(e, a, FP_DOWN));
    fold(f, fp32_rcp(a));
    fold(f, fp32_rsqrt(a));
    fold(f, e->flags);
}

static void simd64(struct fold *f, uint64_t a, uint64_t b)
{
    struct fp_env *e = &f->env;
    fold(f, fp64_add(e, a, b));
    fold(f, fp64_sub(e, a, b));
    fold(f, fp64_mul(e, a, b));
    fold(f, fp64_div(e, a, b));
    fold(f, fp64_sqrt(e, a));
    fold(f, fp64_to_32(e, a));
    fold(f, fp64_cmp(e, a, b, (unsigned)(a >> 3 & 7)));
    fold(f, (uint64_t)fp64_to_int(e, a, 32, e->rounding));
    fold(f, fp64_from_int(e, (int64_t)a));
    fold(f, e->flags);
}

int main(void)
{
    static const uint8_t precision[] = {24, 53, 64, 64};
    struct fold f = {0, {0}};
    uint64_t state = 3;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t bits = fp_random(&state);
        struct ia32_f80 a = fp_random80(&state);
        struct ia32_f80 b = fp_random80_near(&state, a);
        uint32_t a32 = fp_random32(&state);
        uint32_t b32 = fp_random32_near(&state, a32);
        uint64_t a64 = fp_random64(&state);
        uint64_t b64 = fp_random64_near(&state, a64);
        f.env = (struct fp_env){.rounding = bits & 3,
                                .masks = bits & 4 ? FP_ALL
                                                  : bits >> 8 & FP_ALL,
                                .precision = precision[bits >> 16 & 3],
                                .ftz = bits >> 20 & 1,
                                .daz = bits >> 21 & 1};
        basic(&f, a, b);
        transcendental(&f, a, b);
        conversions(&f, a);
        simd32(&f, a32, b32);
        simd64(&f, a64, b64);
    }
    printf("%u rounds: %016" PRIx64 "\n", ROUNDS, f.hash);
    return f.hash != EXPECTED;
}
