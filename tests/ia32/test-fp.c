/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the floating-point core owes to the manual rather than to
 * arithmetic: NaNs, unsupported encodings, flags and their order, overflow
 * and underflow masked and not, signs of zeros, indefinites.
 * SDM 325462, Vol 1, "Overview of Floating-Point Exceptions" and its tables,
 * here one line a row. */
#include "sim/ia32/fp.h"
#include "tests/suite.h"

#define QNAN32 0x7fc00001u
#define SNAN32 0x7f800001u
#define INF32 0x7f800000u
#define ONE32 0x3f800000u
#define MIN32 0x00800000u /* smallest normal */
#define MAX32 0x7f7fffffu
#define DEN32 0x00000001u
#define MINUS 0x80000000u

static struct fp_env masked(unsigned rounding)
{
    return (struct fp_env){.rounding = (uint8_t)rounding, .masks = FP_ALL,
                           .precision = 64};
}

/* --- SSE --------------------------------------------------------------- */

typedef uint32_t binary32(struct fp_env *env, uint32_t a, uint32_t b);

struct row32 {
    binary32 *op;
    uint32_t a, b;
    uint32_t result;
    uint8_t flags, unmasked, rounding;
    bool ftz, daz;
};
#define R(op, a, b, r, flags) {op, a, b, r, flags, 0, 0, false, false}
#define UNMASKED(op, a, b, r, flags, which)                                  \
    {op, a, b, r, flags, which, 0, false, false}
#define ROUNDED(op, a, b, r, flags, rounding)                                \
    {op, a, b, r, flags, 0, rounding, false, false}
#define MODE(op, a, b, r, flags, which, ftz, daz)                            \
    {op, a, b, r, flags, which, 0, ftz, daz}

static void check32(const struct row32 *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row32 *r = &rows[i];
        struct fp_env env = masked(r->rounding);
        env.ftz = r->ftz;
        env.daz = r->daz;
        env.masks = FP_ALL ^ r->unmasked;
        uint32_t v = r->op(&env, r->a, r->b);
        bool same = env.flags == r->flags &&
                    (fp_unmasked(&env) || v == r->result);
        if (!same)
            printf("\nrow %zu: %08x %08x gives %08x flags %02x\n", i, r->a,
                   r->b, v, env.flags);
        CU_ASSERT_TRUE(same);
    }
}

static void simd_nans(void)
{
    /* SDM Vol 1, "Rules for Handling NaNs". */
    static const struct row32 rows[] = {
        R(fp32_add, SNAN32, QNAN32 + 8, SNAN32 | 0x400000, FP_IE),
        R(fp32_add, QNAN32, SNAN32 + 8, QNAN32, FP_IE),
        R(fp32_add, SNAN32, SNAN32 + 8, SNAN32 | 0x400000, FP_IE),
        R(fp32_mul, QNAN32, QNAN32 + 8, QNAN32, 0),
        R(fp32_mul, ONE32, SNAN32 | MINUS, 0xffc00001, FP_IE),
        R(fp32_div, QNAN32, 0, QNAN32, 0),
        R(fp32_sub, DEN32, QNAN32, QNAN32, 0),
        R(fp32_sub, ONE32, QNAN32, QNAN32, 0), /* keeps its sign */
        R(fp32_min, QNAN32, ONE32, ONE32, FP_IE),
        R(fp32_max, ONE32, SNAN32, SNAN32, FP_IE),
        R(fp32_min, MINUS, 0, 0, 0),
        R(fp32_max, 0, MINUS, MINUS, 0),
        R(fp32_max, ONE32, DEN32, ONE32, FP_DE),
    };
    check32(rows, ARRAY_SIZE(rows));
}

static void simd_invalid(void)
{
    static const struct row32 rows[] = {
        R(fp32_add, INF32, INF32 | MINUS, FP32_INDEFINITE, FP_IE),
        R(fp32_sub, INF32, INF32, FP32_INDEFINITE, FP_IE),
        R(fp32_mul, INF32, 0, FP32_INDEFINITE, FP_IE),
        R(fp32_div, INF32, INF32, FP32_INDEFINITE, FP_IE),
        R(fp32_div, 0, MINUS, FP32_INDEFINITE, FP_IE),
        R(fp32_div, ONE32, MINUS, INF32 | MINUS, FP_ZE),
        R(fp32_div, DEN32, 0, INF32, FP_ZE), /* ZE comes before DE */
        R(fp32_div, INF32, 0, INF32, 0),
        R(fp32_add, INF32, DEN32, INF32, FP_DE),
        R(fp32_mul, DEN32, 0, 0, FP_DE),
    };
    check32(rows, ARRAY_SIZE(rows));
}

static void simd_zeros(void)
{
    static const struct row32 rows[] = {
        R(fp32_add, 0, MINUS, 0, 0),
        ROUNDED(fp32_add, 0, MINUS, MINUS, 0, FP_DOWN),
        ROUNDED(fp32_sub, ONE32, ONE32, 0, 0, FP_UP),
        ROUNDED(fp32_sub, ONE32, ONE32, MINUS, 0, FP_DOWN),
        R(fp32_add, MINUS, MINUS, MINUS, 0),
        R(fp32_mul, ONE32, MINUS, MINUS, 0),
        R(fp32_div, MINUS, INF32, MINUS, 0),
    };
    check32(rows, ARRAY_SIZE(rows));
}

static void simd_overflow(void)
{
    /* SDM Vol 1, "Masked Responses to Numeric Overflow", row by row. */
    static const struct row32 rows[] = {
        ROUNDED(fp32_add, MAX32, MAX32, INF32, FP_OE | FP_PE, FP_NEAREST),
        ROUNDED(fp32_add, MAX32 | MINUS, MAX32 | MINUS,
                INF32 | MINUS, FP_OE | FP_PE, FP_NEAREST),
        ROUNDED(fp32_add, MAX32, MAX32, MAX32, FP_OE | FP_PE, FP_DOWN),
        ROUNDED(fp32_add, MAX32 | MINUS, MAX32 | MINUS,
                INF32 | MINUS, FP_OE | FP_PE, FP_DOWN),
        ROUNDED(fp32_add, MAX32, MAX32, INF32, FP_OE | FP_PE, FP_UP),
        ROUNDED(fp32_add, MAX32 | MINUS, MAX32 | MINUS,
                MAX32 | MINUS, FP_OE | FP_PE, FP_UP),
        ROUNDED(fp32_add, MAX32, MAX32, MAX32, FP_OE | FP_PE, FP_TRUNCATE),
        /* Unmasked: no result, and PE only where it was inexact. */
        UNMASKED(fp32_add, MAX32, MAX32, 0, FP_OE, FP_OE),
        UNMASKED(fp32_mul, MAX32, MAX32, 0, FP_OE | FP_PE, FP_OE),
    };
    check32(rows, ARRAY_SIZE(rows));
}

static void simd_underflow(void)
{
    static const struct row32 rows[] = {
        /* Tiny and exact: no exception while masked. */
        R(fp32_sub, MIN32 + 1, MIN32, DEN32, 0),
        UNMASKED(fp32_sub, MIN32 + 1, MIN32, 0, FP_UE, FP_UE),
        R(fp32_mul, MIN32, 0x3f000001, MIN32 / 2, FP_UE | FP_PE),
        /* Rounded up to the smallest normal number: not tiny. */
        ROUNDED(fp32_mul, MIN32 + 1, 0x3f7ffffe, MIN32, FP_PE, FP_UP),
        ROUNDED(fp32_mul, MIN32, 0x3f7fffff, MIN32, FP_UE | FP_PE, FP_UP),
        /* Flush to zero, also of what would be exact; not if unmasked. */
        MODE(fp32_sub, MIN32 + 1, MIN32, 0, FP_UE | FP_PE, 0, true, false),
        MODE(fp32_sub, MIN32, MIN32 + 1, MINUS, FP_UE | FP_PE, 0, true, false),
        MODE(fp32_sub, MIN32 + 1, MIN32, 0, FP_UE, FP_UE, true, false),
        /* Denormals are zeros. */
        R(fp32_add, DEN32, ONE32, ONE32, FP_DE | FP_PE),
        MODE(fp32_add, DEN32, ONE32, ONE32, 0, 0, false, true),
        MODE(fp32_div, ONE32, DEN32 | MINUS,
             INF32 | MINUS, FP_ZE, 0, false, true),
        /* DE unmasked: nothing is computed. */
        UNMASKED(fp32_add, DEN32, ONE32, 0, FP_DE, FP_DE),
    };
    check32(rows, ARRAY_SIZE(rows));
}

static void simd_flags_before_results(void)
{
    /* One element overflows, another has an unmasked denormal operand: the
     * flags of the result are not reported. */
    struct fp_env env = masked(FP_NEAREST);
    env.masks = FP_ALL ^ FP_DE;
    fp32_add(&env, MAX32, MAX32);
    CU_ASSERT_EQUAL(fp_simd_flags(&env), FP_OE | FP_PE);
    fp32_add(&env, DEN32, ONE32);
    CU_ASSERT_EQUAL(fp_simd_flags(&env), FP_DE);
    CU_ASSERT_EQUAL(fp_unmasked(&env), FP_DE);
}

static void mxcsr_is_understood(void)
{
    struct fp_env env = fp_env_mxcsr(0x1f80);
    CU_ASSERT_EQUAL(env.masks, FP_ALL);
    CU_ASSERT_EQUAL(env.rounding, FP_NEAREST);
    CU_ASSERT_FALSE(env.ftz || env.daz);
    env = fp_env_mxcsr(0x8040 | FP_UP << 13 | FP_PE << 7 | FP_IE);
    CU_ASSERT_EQUAL(env.masks, FP_PE);
    CU_ASSERT_EQUAL(env.rounding, FP_UP);
    CU_ASSERT_TRUE(env.ftz && env.daz);
    CU_ASSERT_EQUAL(env.flags, 0);
}

static void predicates(void)
{
    /* EQ LT LE UNORD NEQ NLT NLE ORD, for less, equal, greater, NaN. */
    static const char expected[4][9] = {"01101001", "10100101", "00001111",
                                        "00011110"};
    static const uint32_t pairs[4][2] = {
        {MINUS | ONE32, ONE32}, {0, MINUS}, {ONE32, DEN32}, {QNAN32, ONE32}};
    for (unsigned i = 0; i < 4; i++)
        for (unsigned p = 0; p < 8; p++) {
            struct fp_env env = masked(FP_NEAREST);
            bool holds = fp32_cmp(&env, pairs[i][0], pairs[i][1], p);
            CU_ASSERT_EQUAL(holds, expected[i][p] == '1');
            /* LT, LE and their opposites signal a QNaN. */
            CU_ASSERT_EQUAL((env.flags & FP_IE) != 0,
                            i == 3 && ((p + 1) & 2));
        }
}

static void integers(void)
{
    static const struct {
        uint64_t v;
        unsigned bits, rounding;
        int64_t result;
        uint8_t flags;
    } rows[] = {
        {0x41dfffffffc00000, 32, FP_NEAREST, INT32_MAX, 0},
        {0x41dfffffffe00000, 32, FP_NEAREST, INT32_MIN, FP_IE},
        {0x41dfffffffe00000, 32, FP_TRUNCATE, INT32_MAX, FP_PE},
        {0xc1e0000000000000, 32, FP_NEAREST, INT32_MIN, 0},
        {0xc1e0000000100000, 32, FP_NEAREST, INT32_MIN, FP_PE},
        {0xc1e0000000100000, 32, FP_DOWN, INT32_MIN, FP_IE},
        {0x43e0000000000000, 64, FP_NEAREST, INT64_MIN, FP_IE},
        {0xc3e0000000000000, 64, FP_NEAREST, INT64_MIN, 0},
        {0x7ff8000000000000, 64, FP_NEAREST, INT64_MIN, FP_IE},
        {0x3fe0000000000000, 32, FP_NEAREST, 0, FP_PE},
        {0x3ff8000000000000, 32, FP_NEAREST, 2, FP_PE},
        {0x4004000000000000, 32, FP_NEAREST, 2, FP_PE},
        {0x0000000000000001, 32, FP_UP, 1, FP_PE}, /* no DE */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct fp_env env = masked(FP_NEAREST);
        CU_ASSERT_EQUAL(
            fp64_to_int(&env, rows[i].v, rows[i].bits, rows[i].rounding),
            rows[i].result);
        CU_ASSERT_EQUAL(env.flags, rows[i].flags);
    }
}

/* The distance from 1 of v / 2^bits is within 2^-12 * 1.5 * factor. */
static bool near_one(uint64_t v, unsigned bits, unsigned factor)
{
    uint64_t one = UINT64_C(1) << bits;
    return (v > one ? v - one : one - v) <= one / 8192 * 3 * factor;
}

/* Significands have 24 bits, of approximations 12 are not 0. */
static void approximations(void)
{
    unsigned bad = 0;
    for (uint32_t f = 0; f < 0x800000; f += 37) {
        uint64_t a = 0x800000 | f;
        uint32_t r = fp32_rcp(ONE32 | f);
        uint64_t top = 0x800 | (r >> 12 & 0x7ff);
        bad += (r & 0xfff) != 0 || r > ONE32 ||
               !near_one(a * top, 34 + 127 - (r >> 23), 1);
        /* Arguments from 1 to 4: roots from 1/2 to 1. */
        for (unsigned odd = 0; odd < 2; odd++) {
            r = fp32_rsqrt((ONE32 | f) + (odd << 23));
            top = 0x800 | (r >> 12 & 0x7ff);
            bad += (r & 0xfff) != 0 || r > ONE32 ||
                   !near_one(top * top * a, 45 - odd + 2 * (127 - (r >> 23)),
                             2);
        }
    }
    CU_ASSERT_EQUAL(bad, 0);
    CU_ASSERT_EQUAL(fp32_rcp(0x40800000), 0x3e800000);
    CU_ASSERT_EQUAL(fp32_rcp(MINUS), INF32 | MINUS);
    CU_ASSERT_EQUAL(fp32_rcp(DEN32), INF32);
    CU_ASSERT_EQUAL(fp32_rcp(INF32), 0);
    CU_ASSERT_EQUAL(fp32_rcp(MAX32 | MINUS), MINUS); /* tiny: zero */
    CU_ASSERT_EQUAL(fp32_rcp(SNAN32), SNAN32 | 0x400000);
    CU_ASSERT_EQUAL(fp32_rsqrt(0x40800000), 0x3f000000);
    CU_ASSERT_EQUAL(fp32_rsqrt(MINUS), INF32 | MINUS);
    CU_ASSERT_EQUAL(fp32_rsqrt(DEN32 | MINUS), INF32 | MINUS);
    CU_ASSERT_EQUAL(fp32_rsqrt(ONE32 | MINUS), FP32_INDEFINITE);
    CU_ASSERT_EQUAL(fp32_rsqrt(INF32), 0);
}

/* --- x87 --------------------------------------------------------------- */

#define E(se_, frac_) {UINT64_C(frac_), se_}
#define QNAN E(0x7fff, 0xc000000000000001)
#define SNAN E(0x7fff, 0x8000000000000001)
#define BIG_QNAN E(0x7fff, 0xe000000000000000)
#define BIG_SNAN E(0xffff, 0xa000000000000000)
#define INDEFINITE E(0xffff, 0xc000000000000000)
#define INF E(0x7fff, 0x8000000000000000)
#define NINF E(0xffff, 0x8000000000000000)
#define ONE E(0x3fff, 0x8000000000000000)
#define ZERO E(0, 0)
#define NZERO E(0x8000, 0)
#define MAX E(0x7ffe, 0xffffffffffffffff)
#define MIN E(1, 0x8000000000000000)
#define DEN E(0, 1)
#define PSEUDO_DENORMAL E(0, 0x8000000000000000)
#define UNNORMAL E(0x3fff, 0x7000000000000000)
#define PSEUDO_INF E(0x7fff, 0)
#define PSEUDO_NAN E(0x7fff, 0x4000000000000000)

typedef struct ia32_f80 binary80(struct fp_env *env, struct fp_num a,
                             struct fp_num b);

struct row80 {
    binary80 *op;
    struct ia32_f80 a, b, result;
    uint8_t flags, unmasked, precision;
};
#define UNMASKED80(op, a, b, r, flags, which)                                \
    {op, a, b, r, flags, which, 64}
#define R80(op, a, b, r, flags) {op, a, b, r, flags, 0, 64}
#define PRECISE80(op, a, b, r, flags, precision)                             \
    {op, a, b, r, flags, 0, precision}

static bool same80(struct ia32_f80 x, struct ia32_f80 y)
{
    return x.frac == y.frac && x.se == y.se;
}

static void check80(const struct row80 *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row80 *r = &rows[i];
        struct fp_env env = masked(FP_NEAREST);
        env.masks = FP_ALL ^ r->unmasked;
        env.precision = r->precision;
        struct ia32_f80 v = r->op(&env, fp_from80(r->a), fp_from80(r->b));
        bool same = env.flags == r->flags &&
                    (fp_blocked(&env) || same80(v, r->result));
        if (!same)
            printf("\nrow %zu: %04x:%016llx flags %02x\n", i, v.se,
                   (unsigned long long)v.frac, env.flags);
        CU_ASSERT_TRUE(same);
    }
}

static void x87_nans(void)
{
    static const struct row80 rows[] = {
        R80(fp80_add, QNAN, BIG_QNAN, BIG_QNAN, 0),
        R80(fp80_add, BIG_QNAN, QNAN, BIG_QNAN, 0),
        R80(fp80_add, SNAN, QNAN, QNAN, FP_IE),
        R80(fp80_add, QNAN, BIG_SNAN, QNAN, FP_IE),
        R80(fp80_add, SNAN, BIG_SNAN, E(0xffff, 0xe000000000000000), FP_IE),
        R80(fp80_mul, SNAN, ONE, E(0x7fff, 0xc000000000000001), FP_IE),
        R80(fp80_div, ZERO, QNAN, QNAN, 0),
        R80(fp80_sub, INF, INF, INDEFINITE, FP_IE),
    };
    check80(rows, ARRAY_SIZE(rows));
}

static void x87_unsupported(void)
{
    static const struct row80 rows[] = {
        R80(fp80_add, UNNORMAL, ONE, INDEFINITE, FP_IE),
        R80(fp80_mul, ONE, PSEUDO_INF, INDEFINITE, FP_IE),
        R80(fp80_div, QNAN, PSEUDO_NAN, INDEFINITE, FP_IE),
        R80(fp80_add, PSEUDO_DENORMAL, ZERO, MIN, FP_DE),
        R80(fp80_add, DEN, ZERO, DEN, FP_DE),
        UNMASKED80(fp80_add, DEN, ZERO, DEN, FP_DE, FP_DE),
    };
    check80(rows, ARRAY_SIZE(rows));
}

static void x87_wraps(void)
{
    static const struct row80 rows[] = {
        R80(fp80_mul, MAX, MAX, INF, FP_OE | FP_PE),
        UNMASKED80(fp80_mul, MAX, MAX,
                   E(0x5ffe, 0xfffffffffffffffe), FP_OE | FP_PE, FP_OE),
        UNMASKED80(fp80_add, MAX, MAX,
                   E(0x1fff, 0xffffffffffffffff), FP_OE, FP_OE),
        R80(fp80_mul, MIN, MIN, ZERO, FP_UE | FP_PE),
        UNMASKED80(fp80_mul, MIN, MIN,
                   E(0x2003, 0x8000000000000000), FP_UE, FP_UE),
        /* Precision control cuts the significand, not the exponent. */
        PRECISE80(fp80_add, E(0x4017, 0x8000000000000000), ONE,
                  E(0x4017, 0x8000000000000000), FP_PE, 24),
        PRECISE80(fp80_add, E(0x7ffe, 0xffffff0000000000),
                  E(0x7fe6, 0xffffff0000000000), INF, FP_OE | FP_PE, 24),
    };
    check80(rows, ARRAY_SIZE(rows));
}

static void x87_scale(void)
{
    /* "Results Obtained from FSCALE", row by row. */
    static const struct {
        struct ia32_f80 a, b, result;
        uint8_t flags;
    } rows[] = {
        {NINF, NINF, INDEFINITE, FP_IE}, {NINF, INF, NINF, 0},
        {NINF, ONE, NINF, 0},            {ONE, NINF, ZERO, 0},
        {E(0xbfff, 0x8000000000000000), NINF, NZERO, 0},
        {ONE, INF, INF, 0},              {ZERO, NINF, ZERO, 0},
        {NZERO, INF, INDEFINITE, FP_IE}, {ZERO, ONE, ZERO, 0},
        {ONE, ONE, E(0x4000, 0x8000000000000000), 0},
        {ONE, E(0xbffe, 0xffffffffffffffff), ONE, 0}, /* chopped */
        {ONE, QNAN, QNAN, 0},            {SNAN, QNAN, QNAN, FP_IE},
        {ONE, MAX, INF, FP_OE | FP_PE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct fp_env env = masked(FP_NEAREST);
        CU_ASSERT_TRUE(same80(fp80_scale(&env, rows[i].a, rows[i].b),
                              rows[i].result));
        CU_ASSERT_EQUAL(env.flags, rows[i].flags);
    }
}

static void x87_remainder(void)
{
    static const struct ia32_f80 seven = E(0x4001, 0xe000000000000000),
                             four = E(0x4001, 0x8000000000000000),
                             three = E(0x4000, 0xc000000000000000),
                             minus_one = E(0xbfff, 0x8000000000000000),
                             one = ONE, huge = MAX, inf = INF, zero = ZERO;
    struct fp_env env = masked(FP_NEAREST);
    struct fp_quotient q;
    CU_ASSERT_TRUE(
        same80(fp80_rem(&env, seven, four, false, &q), three));
    CU_ASSERT_EQUAL(q.low, 1);
    CU_ASSERT_TRUE(
        same80(fp80_rem(&env, seven, four, true, &q), minus_one));
    CU_ASSERT_EQUAL(q.low, 2);
    CU_ASSERT_TRUE(
        same80(fp80_rem(&env, one, inf, false, &q), one));
    CU_ASSERT_EQUAL(env.flags, 0);
    /* Partial: exponents come at least 32 nearer, the sign stays. */
    struct ia32_f80 r = fp80_rem(&env, huge, three, false, &q);
    CU_ASSERT_TRUE(q.partial);
    CU_ASSERT_EQUAL(q.low, 0);
    CU_ASSERT_TRUE(r.se <= 0x7ffe - 32);
    unsigned steps = 0;
    for (; q.partial && steps < 1000; steps++)
        r = fp80_rem(&env, r, three, false, &q);
    CU_ASSERT_TRUE(same80(r, zero)); /* MAX is 2^16320 * (2^64 - 1) */
    CU_ASSERT_FALSE(q.partial);
    CU_ASSERT_EQUAL(env.flags, 0);
    fp80_rem(&env, one, zero, false, &q);
    CU_ASSERT_EQUAL(env.flags, FP_IE);
}

static void x87_bcd(void)
{
    static const struct {
        struct ia32_f80 v;
        uint8_t top, b8, b7, low, flags;
    } rows[] = {
        {E(0x4002, 0xc000000000000000), 0, 0, 0, 0x12, 0},
        {NZERO, 0x80, 0, 0, 0, 0},
        {E(0xbffd, 0x8000000000000000), 0x80, 0, 0, 0, FP_PE},
        {E(0x403a, 0xde0b6b3a763fffff), 0xff, 0xff, 0xc0, 0, FP_IE},
        {E(0x403a, 0xde0b6b3a763fffe0), 0, 0x99, 0x99, 0x98, 0},
        {QNAN, 0xff, 0xff, 0xc0, 0, FP_IE},
        {NINF, 0xff, 0xff, 0xc0, 0, FP_IE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t bcd[10];
        struct fp_env env = masked(FP_NEAREST);
        fp80_to_bcd(&env, rows[i].v, bcd);
        CU_ASSERT_EQUAL(bcd[9], rows[i].top);
        CU_ASSERT_EQUAL(bcd[8], rows[i].b8);
        CU_ASSERT_EQUAL(bcd[7], rows[i].b7);
        CU_ASSERT_EQUAL(bcd[0], rows[i].low);
        CU_ASSERT_EQUAL(env.flags, rows[i].flags);
        if (!(env.flags & (FP_IE | FP_PE)))
            CU_ASSERT_TRUE(same80(fp80_from_bcd(bcd), rows[i].v));
    }
}

static void x87_extract(void)
{
    static const struct {
        struct ia32_f80 v, significand, exponent;
        uint8_t flags;
    } rows[] = {
        {E(0xc000, 0xc000000000000000), E(0xbfff, 0xc000000000000000), ONE,
         0},
        {NZERO, NZERO, NINF, FP_ZE},
        {NINF, NINF, INF, 0},
        {SNAN, QNAN, QNAN, FP_IE},
        {DEN, ONE, E(0xc00d, 0x807a000000000000), FP_DE}, /* -16445... */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct ia32_f80 exponent;
        struct fp_env env = masked(FP_NEAREST);
        struct ia32_f80 v = fp80_extract(&env, rows[i].v, &exponent);
        CU_ASSERT_TRUE(same80(v, rows[i].significand));
        CU_ASSERT_TRUE(same80(exponent, rows[i].exponent));
        CU_ASSERT_EQUAL(env.flags, rows[i].flags);
    }
}

static void x87_stores(void)
{
    static const struct ia32_f80 big = MAX, snan = SNAN;
    struct fp_env env = masked(FP_NEAREST);
    CU_ASSERT_EQUAL(fp80_to_32(&env, big), INF32);
    CU_ASSERT_EQUAL(env.flags, FP_OE | FP_PE);
    CU_ASSERT_TRUE(env.rounded_up);
    env = masked(FP_NEAREST);
    env.masks ^= FP_OE;
    fp80_to_32(&env, big);
    CU_ASSERT_EQUAL(env.flags, FP_OE); /* nothing was rounded */
    CU_ASSERT_FALSE(env.rounded_up);
    env = masked(FP_NEAREST);
    CU_ASSERT_EQUAL(fp80_to_64(&env, snan), UINT64_C(0x7ff8000000000000));
    CU_ASSERT_EQUAL(env.flags, FP_IE);
}

static void x87_loads(void)
{
    struct fp_env env = masked(FP_NEAREST);
    struct ia32_f80 v = fp80_load(&env, fp_from32(DEN32));
    CU_ASSERT_EQUAL(v.se, 0x3fff - 149);
    CU_ASSERT_EQUAL(v.frac, UINT64_C(1) << 63);
    CU_ASSERT_EQUAL(env.flags, FP_DE);
    env = masked(FP_NEAREST);
    v = fp80_load(&env, fp_from32(SNAN32));
    CU_ASSERT_EQUAL(v.frac, UINT64_C(0xc000010000000000));
    CU_ASSERT_EQUAL(env.flags, FP_IE);
    v = fp80_pack(fp_from_int(INT64_MIN));
    CU_ASSERT_EQUAL(v.se, 0xc03e);
    CU_ASSERT_EQUAL(v.frac, UINT64_C(1) << 63);
}

/* --- transcendental functions: the manual's tables ------------------------- */

#define PI_4 E(0x3ffe, 0xc90fdaa22168c235)
#define PI_2 E(0x3fff, 0xc90fdaa22168c235)
#define PI_3_4 E(0x4000, 0x96cbe3f9990e91a8)
#define PI_ E(0x4000, 0xc90fdaa22168c235)
#define NPI_2 E(0xbfff, 0xc90fdaa22168c235)
#define NPI E(0xc000, 0xc90fdaa22168c235)
#define TWO E(0x4000, 0x8000000000000000)
#define HALF E(0x3ffe, 0x8000000000000000)
#define NONE_ E(0xbfff, 0x8000000000000000)
#define HUGE_ E(0x403e, 0x8000000000000000)

typedef struct ia32_f80 two_of(struct fp_env *env, struct ia32_f80 y,
                               struct ia32_f80 x);

static void x87_two_operand_tables(void)
{
    /* "FPATAN Results", "FYL2X Results", "FYL2XP1 Results" at their
     * corners. */
    static const struct {
        two_of *op;
        struct ia32_f80 y, x, result;
        uint8_t flags;
    } rows[] = {
        {fp80_atan, INF, INF, PI_4, FP_PE},
        {fp80_atan, INF, NINF, PI_3_4, FP_PE},
        {fp80_atan, NINF, ONE, NPI_2, FP_PE},
        {fp80_atan, ONE, NZERO, PI_2, FP_PE},
        {fp80_atan, ONE, INF, ZERO, 0},
        {fp80_atan, ONE, NINF, PI_, FP_PE},
        {fp80_atan, NZERO, ONE, NZERO, 0},
        {fp80_atan, NZERO, NZERO, NPI, FP_PE},
        {fp80_atan, ZERO, NONE_, PI_, FP_PE},
        {fp80_atan, ONE, ONE, PI_4, FP_PE},
        {fp80_atan, QNAN, SNAN, QNAN, FP_IE},
        {fp80_atan, DEN, ONE, DEN, FP_DE | FP_UE | FP_PE},
        {fp80_yl2x, ONE, NONE_, INDEFINITE, FP_IE},
        {fp80_yl2x, ONE, NINF, INDEFINITE, FP_IE},
        {fp80_yl2x, ZERO, NZERO, INDEFINITE, FP_IE},
        {fp80_yl2x, ONE, ZERO, NINF, FP_ZE},
        {fp80_yl2x, NONE_, NZERO, INF, FP_ZE},
        {fp80_yl2x, NINF, ZERO, INF, 0},
        {fp80_yl2x, INF, ONE, INDEFINITE, FP_IE},
        {fp80_yl2x, NONE_, ONE, NZERO, 0},
        {fp80_yl2x, INF, HALF, NINF, 0},
        {fp80_yl2x, ZERO, HALF, NZERO, 0},
        {fp80_yl2x, NINF, TWO, NINF, 0},
        {fp80_yl2x, ZERO, INF, INDEFINITE, FP_IE},
        {fp80_yl2x, NONE_, INF, NINF, 0},
        {fp80_yl2x, TWO, HALF, E(0xc000, 0x8000000000000000), 0},
        {fp80_yl2xp1, INF, ZERO, INDEFINITE, FP_IE},
        {fp80_yl2xp1, NONE_, ZERO, NZERO, 0},
        {fp80_yl2xp1, INF, NZERO, INDEFINITE, FP_IE},
        {fp80_yl2xp1, NINF, HALF, NINF, 0},
        {fp80_yl2xp1, TWO, ONE, TWO, 0},
        {fp80_yl2xp1, ONE, DEN, DEN, FP_DE | FP_UE | FP_PE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct fp_env env = masked(FP_NEAREST);
        struct ia32_f80 v = rows[i].op(&env, rows[i].y, rows[i].x);
        bool same = same80(v, rows[i].result) && env.flags == rows[i].flags;
        if (!same)
            printf("\nrow %zu: %04x:%016llx flags %02x\n", i, v.se,
                   (unsigned long long)v.frac, env.flags);
        CU_ASSERT_TRUE(same);
    }
}

static void x87_circular_range(void)
{
    static const struct ia32_f80 huge = HUGE_, inf = INF, zero = NZERO,
                                 one = ONE, last = E(0x403d,
                                                     0xffffffffffffffff),
                                 pi = PI_;
    struct fp_env env = masked(FP_NEAREST);
    struct ia32_f80 second;
    bool out;
    CU_ASSERT_TRUE(same80(fp80_sin(&env, huge, &out), huge));
    CU_ASSERT_TRUE(out);
    fp80_cos(&env, huge, &out);
    CU_ASSERT_TRUE(out);
    fp80_tan(&env, huge, &second, &out);
    CU_ASSERT_TRUE(out);
    CU_ASSERT_EQUAL(env.flags, 0);
    CU_ASSERT_TRUE(same80(fp80_sin(&env, zero, &out), zero));
    CU_ASSERT_TRUE(same80(fp80_cos(&env, zero, &out), one));
    CU_ASSERT_TRUE(same80(fp80_tan(&env, zero, &second, &out), zero));
    CU_ASSERT_TRUE(same80(second, one));
    CU_ASSERT_FALSE(out);
    CU_ASSERT_EQUAL(env.flags, 0);
    fp80_sin(&env, last, &out);
    CU_ASSERT_FALSE(out);
    CU_ASSERT_EQUAL(env.flags, FP_PE);
    /* The number nearest to pi is 2^-64 above the processor's pi, and less
     * than that above the true one. */
    struct ia32_f80 sine = fp80_sin(&env, pi, &out);
    CU_ASSERT_EQUAL(sine.se, 0x8000 + 0x3fff - 64);
    CU_ASSERT_EQUAL(sine.frac, UINT64_C(0x8000000000000000));
    env = masked(FP_NEAREST);
    fp80_sincos(&env, inf, &second, &out);
    CU_ASSERT_EQUAL(env.flags, FP_IE);
    CU_ASSERT_EQUAL(second.se, FP80_INDEFINITE_SE);
}

static void x87_power(void)
{
    static const struct {
        struct ia32_f80 x, result;
        uint8_t flags;
    } rows[] = {
        {ONE, ONE, 0}, {NONE_, E(0xbffe, 0x8000000000000000), 0},
        {NZERO, NZERO, 0}, {NINF, NONE_, 0}, {INF, INF, 0},
        {SNAN, QNAN, FP_IE}, {UNNORMAL, INDEFINITE, FP_IE},
        {HALF, E(0x3ffd, 0xd413cccfe7799211), FP_PE}, /* sqrt(2) - 1 */
        {DEN, DEN, FP_DE | FP_UE | FP_PE}, /* 0.69 of it, rounded */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct fp_env env = masked(FP_NEAREST);
        CU_ASSERT_TRUE(same80(fp80_2xm1(&env, rows[i].x), rows[i].result));
        CU_ASSERT_EQUAL(env.flags, rows[i].flags);
    }
}

int main(void)
{
    static const struct test_case cases[] = {
        {"SSE takes the first NaN, MIN and MAX the second operand",
         simd_nans},
        {"SSE: invalid operations, and ZE before DE", simd_invalid},
        {"an exact zero is -0 only when rounding down", simd_zeros},
        {"SSE: overflow by rounding mode, and unmasked", simd_overflow},
        {"SSE: underflow, flush to zero, denormals are zeros",
         simd_underflow},
        {"an unmasked exception of an operand hides those of results",
         simd_flags_before_results},
        {"MXCSR sets rounding, masks, FZ and DAZ", mxcsr_is_understood},
        {"the eight predicates, and which signal a QNaN", predicates},
        {"conversion to integers: rounding, range, indefinite", integers},
        {"RCPSS and RSQRTSS are within 1.5 * 2^-12", approximations},
        {"x87 takes the larger significand, a QNaN before an SNaN",
         x87_nans},
        {"unsupported encodings are invalid, pseudo-denormals denormal",
         x87_unsupported},
        {"x87: unmasked overflow and underflow wrap the exponent",
         x87_wraps},
        {"FSCALE: the manual's table", x87_scale},
        {"FPREM and FPREM1: quotient bits, partial remainders",
         x87_remainder},
        {"packed BCD: sign, range, indefinite, and back", x87_bcd},
        {"FXTRACT: zero, infinity, NaN, denormal", x87_extract},
        {"stores to shorter formats: masked and unmasked", x87_stores},
        {"loads from shorter formats", x87_loads},
        {"FPATAN, FYL2X, FYL2XP1: corners of the manual's tables",
         x87_two_operand_tables},
        {"FSIN, FCOS, FPTAN: range, zeros, infinity, pi of 66 bits",
         x87_circular_range},
        {"F2XM1: exact results, zeros, infinities, NaNs", x87_power},
    };
    return run_suite("ia32-fp", cases, ARRAY_SIZE(cases));
}
