/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of the floating-point core as GNU MPFR's, and back. */
#ifndef TESTS_IA32_FPMPFR_H
#define TESTS_IA32_FPMPFR_H

#include <inttypes.h> /* before mpfr.h: its functions for uintmax_t */
#include <mpfr.h>

#include "sim/ia32/fp.h"

static const mpfr_rnd_t fpm_rounding[] = {
    [FP_NEAREST] = MPFR_RNDN, [FP_DOWN] = MPFR_RNDD, [FP_UP] = MPFR_RNDU,
    [FP_TRUNCATE] = MPFR_RNDZ};

static inline void fpm_widest(void)
{
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
}

/* MPFR's significands are fractions: exponents are one more than ours. */
static inline void fpm_limit(int precision, int emin, int emax)
{
    mpfr_set_emin(emin - precision + 2);
    mpfr_set_emax(emax + 1);
}

/* n is finite; exact with 64 bits. */
static inline void fpm_set(mpfr_t r, struct fp_num n)
{
    mpfr_set_uj_2exp(r, n.cls == FPN_ZERO ? 0 : n.sig, n.exp - 63, MPFR_RNDN);
    mpfr_setsign(r, r, n.sign, MPFR_RNDN);
}

/* r is no NaN and has at most 64 bits; class FPN_NORMAL or FPN_DENORMAL is
 * for the caller to tell. */
static inline struct fp_num fpm_get(mpfr_t r)
{
    struct fp_num n = {.cls = FPN_ZERO, .sign = mpfr_signbit(r) != 0};
    if (mpfr_inf_p(r))
        n.cls = FPN_INF;
    if (!mpfr_regular_p(r))
        return n;
    mpfr_t whole;
    mpfr_exp_t exponent = mpfr_get_exp(r);
    fpm_widest();
    mpfr_init2(whole, 64);
    mpfr_abs(whole, r, MPFR_RNDN);
    mpfr_mul_2si(whole, whole, 64 - (long)exponent, MPFR_RNDN);
    n.sig = mpfr_get_uj(whole, MPFR_RNDN);
    n.exp = (int32_t)exponent - 1;
    n.cls = FPN_NORMAL;
    mpfr_clear(whole);
    return n;
}

/* r has been rounded to precision with t as the ternary value and without
 * bounds: give it those of the format.  *flags: OE, UE, PE. */
static inline struct fp_num fpm_finish(mpfr_t r, int t, int precision,
                                       int emin, int emax, unsigned rounding,
                                       uint8_t *flags, bool *rounded_up)
{
    mpfr_rnd_t rnd = fpm_rounding[rounding];
    bool tiny = mpfr_regular_p(r) && mpfr_get_exp(r) - 1 < emin;
    fpm_limit(precision, emin, emax);
    mpfr_clear_flags();
    t = mpfr_check_range(r, t, rnd);
    *flags = mpfr_overflow_p() ? FP_OE : 0;
    t = mpfr_subnormalize(r, t, rnd);
    if (t != 0)
        *flags |= (uint8_t)(FP_PE | (tiny ? FP_UE : 0));
    *rounded_up = mpfr_signbit(r) ? t < 0 : t > 0;
    return fpm_get(r);
}

#endif
