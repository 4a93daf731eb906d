/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floating-point core against GNU MPFR, which rounds correctly when its
 * precision and exponent range are those of the format: random finite
 * operands, every rounding mode, every format and x87 precision.  What MPFR
 * does not know (NaNs, denormal operands) is test-fp's and test-fp-host's
 * matter. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <stdio.h>

#ifndef HAVE_MPFR
int main(void)
{
    puts("SKIP: no GNU MPFR (Debian: libmpfr-dev)");
    return 77;
}
#else
#include "tests/ia32/fpmpfr.h"

#include "tests/asked.h"
#include "tests/ia32/fprandom.h"

#define STANDARD_COUNT 30000u /* runs of an operation in a format */
#define SHOWN 5u

enum operation { ADD, SUB, MUL, DIV, SQRT, CONVERT, OPERATIONS };
static const char *const names[] = {"add", "sub", "mul", "div", "sqrt",
                                    "convert"};

struct format {
    const char *name;
    unsigned bits; /* of the format: 32, 64 or 80 */
    int precision, emin, emax;
};
static const struct format formats[] = {
    {"binary32", 32, 24, -126, 127},
    {"binary64", 64, 53, -1022, 1023},
    {"x87, 24 bits", 80, 24, -16382, 16383},
    {"x87, 53 bits", 80, 53, -16382, 16383},
    {"x87, 64 bits", 80, 64, -16382, 16383},
};

/* A result with its flags, as either side has it. */
struct answer {
    struct fp_num n;
    uint8_t flags;
    bool rounded_up;
};

/* The exact result rounded with MPFR.  DE is ours. */
static struct answer ask_mpfr(const struct format *f, enum operation op,
                              unsigned rounding, struct fp_num a,
                              struct fp_num b)
{
    mpfr_rnd_t rnd = fpm_rounding[rounding];
    mpfr_t x, y, r;
    int t;
    fpm_widest();
    mpfr_inits2(64, x, y, (mpfr_ptr)0);
    mpfr_init2(r, f->precision);
    fpm_set(x, a);
    fpm_set(y, b);
    switch (op) {
    case ADD: t = mpfr_add(r, x, y, rnd); break;
    case SUB: t = mpfr_sub(r, x, y, rnd); break;
    case MUL: t = mpfr_mul(r, x, y, rnd); break;
    case DIV: t = mpfr_div(r, x, y, rnd); break;
    case SQRT: t = mpfr_sqrt(r, x, rnd); break;
    default: t = mpfr_set(r, x, rnd); break;
    }
    struct answer out = {.flags = 0};
    out.n = fpm_finish(r, t, f->precision, f->emin, f->emax, rounding,
                       &out.flags, &out.rounded_up);
    mpfr_clears(x, y, r, (mpfr_ptr)0);
    return out;
}

#define OURS(call32, call64, call80)                                         \
    (f->bits == 32   ? fp_from32(call32)                                     \
     : f->bits == 64 ? fp_from64(call64)                                     \
                     : fp_from80(call80))
static struct answer ask_core(const struct format *f, enum operation op,
                              unsigned rounding, struct fp_num a,
                              struct fp_num b, const uint64_t bits[2])
{
    struct fp_env env = {.rounding = (uint8_t)rounding, .masks = FP_ALL,
                         .precision = (uint8_t)f->precision}, *e = &env;
    uint32_t a32 = (uint32_t)bits[0], b32 = (uint32_t)bits[1];
    uint64_t a64 = bits[0], b64 = bits[1];
    struct ia32_f80 a80 = fp80_pack(a);
    struct answer out;
    switch (op) {
    case ADD:
        out.n = OURS(fp32_add(e, a32, b32), fp64_add(e, a64, b64),
                     fp80_add(e, a, b));
        break;
    case SUB:
        out.n = OURS(fp32_sub(e, a32, b32), fp64_sub(e, a64, b64),
                     fp80_sub(e, a, b));
        break;
    case MUL:
        out.n = OURS(fp32_mul(e, a32, b32), fp64_mul(e, a64, b64),
                     fp80_mul(e, a, b));
        break;
    case DIV:
        out.n = OURS(fp32_div(e, a32, b32), fp64_div(e, a64, b64),
                     fp80_div(e, a, b));
        break;
    case SQRT:
        out.n = OURS(fp32_sqrt(e, a32), fp64_sqrt(e, a64), fp80_sqrt(e, a));
        break;
    default: /* from the widest format, or 64 to 32 bits */
        out.n = OURS(fp80_to_32(e, a80), fp80_to_64(e, a80),
                     fp80_load(e, fp_from64(a64)));
        break;
    }
    if (out.n.cls == FPN_DENORMAL)
        out.n.cls = FPN_NORMAL;
    out.flags = env.flags & (FP_ALL ^ FP_DE);
    out.rounded_up = env.rounded_up;
    return out;
}

static void random_operands(const struct format *f, enum operation op,
                            uint64_t *state, uint64_t bits[2],
                            struct fp_num *a, struct fp_num *b)
{
    bits[0] = fp_random64(state);
    if (op == CONVERT) {
        *a = f->bits == 80 ? fp_from64(bits[0])
                           : fp_from80(fp_random80(state));
        *b = *a;
    } else if (f->bits == 32) {
        bits[0] = fp_random32(state);
        bits[1] = fp_random32_near(state, (uint32_t)bits[0]);
        *a = fp_from32((uint32_t)bits[0]);
        *b = fp_from32((uint32_t)bits[1]);
    } else if (f->bits == 64) {
        bits[1] = fp_random64_near(state, bits[0]);
        *a = fp_from64(bits[0]);
        *b = fp_from64(bits[1]);
    } else {
        struct ia32_f80 x = fp_random80(state);
        *a = fp_from80(x);
        *b = fp_from80(fp_random80_near(state, x));
    }
}

/* Finite, not 0 (signs of zeros are test-fp's), and a root exists. */
static bool suits(enum operation op, const struct fp_num *a,
                  const struct fp_num *b)
{
    if (a->cls != FPN_NORMAL && a->cls != FPN_DENORMAL)
        return false;
    if (op == SQRT)
        return !a->sign;
    return b->cls == FPN_NORMAL || b->cls == FPN_DENORMAL;
}

/* MPFR's exact zeros have their own rule for signs. */
static bool same(const struct answer *x, const struct answer *y)
{
    bool zeros = x->n.cls == FPN_ZERO && y->n.cls == FPN_ZERO;
    bool ones = x->n.cls == y->n.cls && x->n.sig == y->n.sig &&
                x->n.exp == y->n.exp && x->n.sign == y->n.sign;
    if (x->n.cls == FPN_INF && y->n.cls == FPN_INF)
        ones = x->n.sign == y->n.sign;
    return (zeros || ones) && x->flags == y->flags &&
           x->rounded_up == y->rounded_up;
}

static void show(const struct format *f, enum operation op, unsigned rounding,
                 const struct fp_num *in, const struct answer *out)
{
    printf("%s %s, rounding %u\n", f->name, names[op], rounding);
    for (unsigned i = 0; i < 4; i++) {
        const struct fp_num *n = i < 2 ? &in[i] : &out[i - 2].n;
        static const char *const what[] = {"a", "b", "MPFR", "ours"};
        printf("  %-4s class %u %c%016llx exp %ld", what[i], n->cls,
               n->sign ? '-' : '+', (unsigned long long)n->sig,
               (long)n->exp);
        if (i >= 2)
            printf(" flags %02x up %d", out[i - 2].flags,
                   out[i - 2].rounded_up);
        puts("");
    }
}

static unsigned run_operation(const struct format *f, enum operation op,
                              uint32_t count, uint64_t *state,
                              uint64_t *runs)
{
    unsigned failed = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t bits[2] = {0, 0};
        struct fp_num in[2];
        random_operands(f, op, state, bits, &in[0], &in[1]);
        if (!suits(op, &in[0], &in[1]))
            continue;
        unsigned rounding = i & 3;
        ++*runs;
        struct answer out[2] = {
            ask_mpfr(f, op, rounding, in[0], in[1]),
            ask_core(f, op, rounding, in[0], in[1], bits)};
        if (!same(&out[0], &out[1]) && failed++ < SHOWN)
            show(f, op, rounding, in, out);
    }
    return failed;
}

int main(void)
{
    uint32_t count = asked_count(STANDARD_COUNT);
    uint32_t seed = asked_seed(0x7f4a7c15);
    uint64_t state = seed, runs = 0;
    unsigned failed = 0;
    for (unsigned f = 0; f < ARRAY_SIZE(formats); f++)
        for (unsigned op = 0; op < OPERATIONS; op++) {
            /* Loads do not look at precision control. */
            if (op == CONVERT && formats[f].bits == 80 &&
                formats[f].precision != 64)
                continue;
            failed += run_operation(&formats[f], (enum operation)op, count,
                                    &state, &runs);
        }
    mpfr_free_cache();
    printf("RESULT %llu operations rounded as GNU MPFR does, %u differ, "
           "seed %u\n", (unsigned long long)runs, failed, (unsigned)seed);
    return failed != 0 || runs == 0;
}
#endif
