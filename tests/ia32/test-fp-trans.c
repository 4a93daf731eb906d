/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transcendental functions against GNU MPFR: with 64 bits kept of 128,
 * every result should be the correctly rounded one, flags and C1 too.  The
 * manual allows an error of one unit in the last place.  Circular functions
 * are compared after an exact reduction with the manual's pi of 66 bits.
 * The tables of constants are compared as well. */
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

#define STANDARD_COUNT 3000u /* runs of a function */
#define SHOWN 5u
#define LONG 500 /* bits of intermediate results */

enum function { SIN, COS, TAN, ATAN, YL2X, YL2XP1, TWO_XM1, FUNCTIONS };
static const char *const names[] = {"sin", "cos", "tan", "atan", "yl2x",
                                    "yl2xp1", "2xm1"};

struct answer {
    struct fp_num n;
    uint8_t flags;
    bool rounded_up;
};

/* --- MPFR's side -------------------------------------------------------------- */

/* r = x modulo pi/2, nearest to 0; which quarter. */
static unsigned reduce(mpfr_t r, mpfr_t x)
{
    long quotient;
    mpfr_t half_pi;
    mpfr_init2(half_pi, 66);
    mpfr_set_str(half_pi, "3243f6a8885a308d3", 16, MPFR_RNDN);
    mpfr_mul_2si(half_pi, half_pi, -65, MPFR_RNDN);
    mpfr_remquo(r, &quotient, x, half_pi, MPFR_RNDN);
    mpfr_clear(half_pi);
    return (unsigned)quotient & 3;
}

/* sin(r), cos(r), -sin(r), -cos(r) for quadrant 0 to 3; t: as if the
 * negation had been rounded too. */
static int circular(mpfr_t v, mpfr_t r, unsigned quadrant, unsigned rounding)
{
    static const uint8_t mirrored[] = {FP_NEAREST, FP_UP, FP_DOWN,
                                       FP_TRUNCATE};
    bool minus = quadrant & 2;
    mpfr_rnd_t rnd = fpm_rounding[minus ? mirrored[rounding] : rounding];
    int t = quadrant & 1 ? mpfr_cos(v, r, rnd) : mpfr_sin(v, r, rnd);
    if (minus)
        mpfr_neg(v, v, rnd);
    return minus ? -t : t;
}

static int tangent(mpfr_t v, mpfr_t r, unsigned quadrant, mpfr_rnd_t rnd)
{
    mpfr_t w;
    int t;
    if (!(quadrant & 1))
        return mpfr_tan(v, r, rnd);
    mpfr_init2(w, LONG);
    mpfr_cot(w, r, MPFR_RNDN);
    mpfr_neg(w, w, MPFR_RNDN);
    t = mpfr_set(v, w, rnd);
    mpfr_clear(w);
    return t;
}

/* y * log2(x), or y * log2(1 + x). */
static int product(mpfr_t v, mpfr_t y, mpfr_t x, bool plus_1, mpfr_rnd_t rnd)
{
    mpfr_t log, ln2;
    mpfr_inits2(LONG, log, ln2, (mpfr_ptr)0);
    if (!plus_1) {
        mpfr_log2(log, x, MPFR_RNDN);
    } else if (mpfr_get_exp(x) > -100 && mpfr_get_exp(x) < 100) {
        mpfr_add_ui(log, x, 1, MPFR_RNDN); /* exact */
        mpfr_log2(log, log, MPFR_RNDN);
    } else {
        mpfr_log1p(log, x, MPFR_RNDN);
        mpfr_const_log2(ln2, MPFR_RNDN);
        mpfr_div(log, log, ln2, MPFR_RNDN);
    }
    int t = mpfr_mul(v, y, log, rnd);
    mpfr_clears(log, ln2, (mpfr_ptr)0);
    return t;
}

static int power_less_1(mpfr_t v, mpfr_t x, mpfr_rnd_t rnd)
{
    mpfr_t w;
    mpfr_init2(w, LONG);
    mpfr_const_log2(w, MPFR_RNDN);
    mpfr_mul(w, w, x, MPFR_RNDN);
    mpfr_expm1(w, w, MPFR_RNDN);
    int t = mpfr_set(v, w, rnd);
    mpfr_clear(w);
    return t;
}

static struct answer ask_mpfr(enum function f, unsigned rounding,
                              struct fp_num a, struct fp_num b)
{
    mpfr_rnd_t rnd = fpm_rounding[rounding];
    mpfr_t x, y, r, v;
    unsigned quadrant;
    int t = 0;
    fpm_widest();
    mpfr_inits2(64, x, y, v, (mpfr_ptr)0);
    mpfr_init2(r, 200);
    fpm_set(x, a);
    fpm_set(y, b);
    switch (f) {
    case SIN: case COS:
        quadrant = reduce(r, x) + (f == COS);
        t = circular(v, r, quadrant, rounding);
        break;
    case TAN:
        quadrant = reduce(r, x);
        t = tangent(v, r, quadrant, rnd);
        break;
    case ATAN: t = mpfr_atan2(v, y, x, rnd); break;
    case YL2X: t = product(v, y, x, false, rnd); break;
    case YL2XP1: t = product(v, y, x, true, rnd); break;
    default: t = power_less_1(v, x, rnd); break;
    }
    struct answer out = {.flags = 0};
    out.n = fpm_finish(v, t, 64, -16382, 16383, rounding, &out.flags,
                       &out.rounded_up);
    mpfr_clears(x, y, r, v, (mpfr_ptr)0);
    return out;
}

/* --- ours ------------------------------------------------------------------------ */

static struct answer ask_core(enum function f, unsigned rounding,
                              struct ia32_f80 x, struct ia32_f80 y)
{
    struct fp_env env = {.rounding = (uint8_t)rounding, .masks = FP_ALL,
                         .precision = 64};
    bool out_of_range;
    struct ia32_f80 v, unused;
    switch (f) {
    case SIN: v = fp80_sin(&env, x, &out_of_range); break;
    case COS: v = fp80_cos(&env, x, &out_of_range); break;
    case TAN: v = fp80_tan(&env, x, &unused, &out_of_range); break;
    case ATAN: v = fp80_atan(&env, y, x); break;
    case YL2X: v = fp80_yl2x(&env, y, x); break;
    case YL2XP1: v = fp80_yl2xp1(&env, y, x); break;
    default: v = fp80_2xm1(&env, x); break;
    }
    struct answer out = {fp_from80(v), env.flags & (FP_ALL ^ FP_DE),
                         env.rounded_up};
    if (out.n.cls == FPN_DENORMAL)
        out.n.cls = FPN_NORMAL;
    return out;
}

static void set_exponent(struct ia32_f80 *v, int exponent)
{
    v->se = (uint16_t)((v->se & 0x8000) | (exponent + 16383));
    v->frac |= UINT64_C(1) << 63;
}

/* Arguments from all over the range, most of them from its middle. */
static void random_arguments(enum function f, uint64_t *state,
                             struct ia32_f80 *x, struct ia32_f80 *y)
{
    uint64_t r = fp_random(state);
    bool anywhere = (r & 15) == 0;
    *x = fp_random80(state);
    *y = fp_random80_near(state, *x);
    int middle = (int)(r >> 8 & 63) - 40;
    switch (f) {
    case SIN: case COS: case TAN:
        if (!anywhere || (x->se & 0x7fff) >= 16383 + 63)
            set_exponent(x, (r >> 16 & 1) ? middle : (int)(r >> 8 & 3) - 2);
        break;
    case TWO_XM1:
        if (!anywhere || (x->se & 0x7fff) >= 16383)
            set_exponent(x, -1 - (int)(r >> 8 & (r >> 16 & 1 ? 63 : 7)));
        break;
    case YL2X:
        x->se &= 0x7fff;
        if (!anywhere)
            set_exponent(x, (r >> 16 & 1) ? middle : (int)(r >> 8 & 3) - 2);
        if (r >> 20 & 1)
            *y = fp80_pack(fp_from_int(1));
        break;
    case YL2XP1:
        if (!anywhere || (x->se & 0x7fff) >= 16383 - 1)
            set_exponent(x, -2 - (int)(r >> 8 & (r >> 16 & 1 ? 63 : 7)));
        if (r >> 20 & 1)
            *y = fp80_pack(fp_from_int(1));
        break;
    default:
        break;
    }
}

static bool is_finite(struct ia32_f80 v)
{
    struct fp_num n = fp_from80(v);
    return n.cls == FPN_NORMAL || n.cls == FPN_DENORMAL;
}

static bool same(const struct answer *x, const struct answer *y)
{
    if (x->n.cls != y->n.cls || x->n.sign != y->n.sign)
        return false;
    if (x->n.cls == FPN_NORMAL &&
        (x->n.sig != y->n.sig || x->n.exp != y->n.exp))
        return false;
    return x->flags == y->flags && x->rounded_up == y->rounded_up;
}

static void show(enum function f, unsigned rounding, struct ia32_f80 x,
                 struct ia32_f80 y, const struct answer out[2])
{
    printf("%s, rounding %u: x %04x:%016llx y %04x:%016llx\n", names[f],
           rounding, x.se, (unsigned long long)x.frac, y.se,
           (unsigned long long)y.frac);
    for (unsigned i = 0; i < 2; i++)
        printf("  %s %c%016llx exp %ld class %u flags %02x up %d\n",
               i ? "ours" : "MPFR", out[i].n.sign ? '-' : '+',
               (unsigned long long)out[i].n.sig, (long)out[i].n.exp,
               out[i].n.cls, out[i].flags, out[i].rounded_up);
}

static unsigned run_function(enum function f, uint32_t count,
                             uint64_t *state, uint64_t *runs)
{
    unsigned failed = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct ia32_f80 x, y;
        random_arguments(f, state, &x, &y);
        if (!is_finite(x) || !is_finite(y))
            continue;
        unsigned rounding = i & 3;
        ++*runs;
        struct answer out[2] = {
            ask_mpfr(f, rounding, fp_from80(x), fp_from80(y)),
            ask_core(f, rounding, x, y)};
        if (!same(&out[0], &out[1]) && failed++ < SHOWN)
            show(f, rounding, x, y, out);
    }
    printf("%-7s %u differ\n", names[f], failed);
    return failed;
}

/* --- tables ------------------------------------------------------------------------ */

enum kind { FACTORIAL, ODD, ARCTAN, LOG, EXP2 };
struct constant {
    enum kind kind;
    unsigned index;
    int exp;
    uint64_t hi, lo;
};
#define ROW(kind, n, exp, hi, lo) \
    {kind, n, exp, UINT64_C(hi), UINT64_C(lo)},
#define INVERSE_FACTORIAL(n, exp, hi, lo) ROW(FACTORIAL, n, exp, hi, lo)
#define INVERSE_ODD(n, exp, hi, lo) ROW(ODD, n, exp, hi, lo)
#define ARCTANGENT(n, exp, hi, lo) ROW(ARCTAN, n, exp, hi, lo)
#define LOGARITHM(n, exp, hi, lo) ROW(LOG, n, exp, hi, lo)
#define POWER(n, exp, hi, lo) ROW(EXP2, n, exp, hi, lo)
static const struct constant constants[] = {
#include "sim/ia32/fp_tables.def"
};

static unsigned check_tables(void)
{
    unsigned failed = 0;
    mpfr_t wanted, found, part;
    fpm_widest();
    mpfr_inits2(128, wanted, found, part, (mpfr_ptr)0);
    for (unsigned i = 0; i < ARRAY_SIZE(constants); i++) {
        const struct constant *c = &constants[i];
        mpfr_set_ui_2exp(part, c->index, -5, MPFR_RNDN);
        switch (c->kind) {
        case FACTORIAL:
            mpfr_set_prec(part, 300);
            mpfr_fac_ui(part, c->index, MPFR_RNDN);
            mpfr_ui_div(wanted, 1, part, MPFR_RNDN);
            mpfr_set_prec(part, 128);
            break;
        case ODD:
            mpfr_set_ui(part, c->index, MPFR_RNDN);
            mpfr_ui_div(wanted, 1, part, MPFR_RNDN);
            break;
        case ARCTAN: mpfr_atan(wanted, part, MPFR_RNDN); break;
        case LOG: mpfr_log2(wanted, part, MPFR_RNDN); break;
        default: mpfr_exp2(wanted, part, MPFR_RNDN); break;
        }
        mpfr_abs(wanted, wanted, MPFR_RNDN);
        mpfr_set_uj_2exp(found, c->hi, c->exp - 63, MPFR_RNDN);
        mpfr_set_uj_2exp(part, c->lo, c->exp - 127, MPFR_RNDN);
        mpfr_add(found, found, part, MPFR_RNDN);
        if (!mpfr_equal_p(wanted, found)) {
            printf("constant %u of kind %u\n", c->index, c->kind);
            failed++;
        }
    }
    mpfr_clears(wanted, found, part, (mpfr_ptr)0);
    return failed;
}

int main(void)
{
    uint32_t count = asked_count(STANDARD_COUNT);
    uint32_t seed = asked_seed(0x7f4a7c15);
    uint64_t state = seed, runs = 0;
    unsigned failed = check_tables();
    for (unsigned f = 0; f < FUNCTIONS; f++)
        failed += run_function((enum function)f, count, &state, &runs);
    mpfr_free_cache();
    printf("RESULT %llu transcendental results and %u constants rounded as "
           "GNU MPFR does, %u differ, seed %u\n", (unsigned long long)runs,
           (unsigned)ARRAY_SIZE(constants), failed, (unsigned)seed);
    return failed != 0 || runs == 0;
}
#endif
