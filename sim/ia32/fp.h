/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Floating-point arithmetic as pure functions over integers, the same on
 * every host: binary32 and binary64 as SSE computes them, and the 80-bit
 * double extended-precision format as the x87 FPU does.
 * SDM 325462, Vol 1, "Floating-Point Data Types", "Overview of
 * Floating-Point Exceptions", and Appendix D and E on exception handling.
 *
 * Every operation takes a struct fp_env: rounding and masks go in, exception
 * flags come out.  No operation reads or changes anything else.
 *
 * What the caller does about exceptions:
 *   SSE  write nothing when fp_unmasked(env) is not 0 after all elements of
 *        the instruction have been computed; the flags that go into MXCSR
 *        are fp_simd_flags(env).
 *   x87  fp_blocked(env): the destination keeps its value.  Otherwise the
 *        result is delivered, with the wrapped exponent where overflow or
 *        underflow is unmasked.  A store to memory delivers nothing either
 *        when overflow or underflow is unmasked.
 * Left out: fused multiply-add, half precision. */
#ifndef IA32_FP_H
#define IA32_FP_H

#include "sim/machine/vt.h"

/* Exceptions, as MXCSR and the x87 status word number their flags. */
#define FP_IE 1u  /* invalid operation */
#define FP_DE 2u  /* denormal operand */
#define FP_ZE 4u  /* division by zero */
#define FP_OE 8u  /* numeric overflow */
#define FP_UE 16u /* numeric underflow */
#define FP_PE 32u /* inexact result */
/* Found before anything is computed; the others come with the result. */
#define FP_BEFORE (FP_IE | FP_DE | FP_ZE)
#define FP_ALL 63u

/* Rounding, as RC encodes it. */
#define FP_NEAREST 0u
#define FP_DOWN 1u
#define FP_UP 2u
#define FP_TRUNCATE 3u

struct fp_env {
    uint8_t rounding;  /* FP_NEAREST.. */
    uint8_t masks;     /* FP_IE..: these exceptions are masked */
    uint8_t precision; /* x87 results: significand of 24, 53 or 64 bits */
    bool ftz, daz;     /* SSE: MXCSR.FZ and MXCSR.DAZ */
    uint8_t flags;     /* out, accumulated: FP_IE.. */
    bool rounded_up;   /* out, of the last operation: the magnitude of the
                          result is above the exact one (C1) */
};

/* The exceptions of SSE as MXCSR asks for them; flags start at 0. */
static inline struct fp_env fp_env_mxcsr(uint32_t mxcsr)
{
    struct fp_env env = {.rounding = mxcsr >> 13 & 3,
                         .masks = mxcsr >> 7 & FP_ALL,
                         .precision = 64,
                         .ftz = mxcsr >> 15 & 1,
                         .daz = mxcsr >> 6 & 1};
    return env;
}

static inline unsigned fp_unmasked(const struct fp_env *env)
{
    return env->flags & ~env->masks & FP_ALL;
}

/* An unmasked exception was found before the computation. */
static inline bool fp_blocked(const struct fp_env *env)
{
    return (fp_unmasked(env) & FP_BEFORE) != 0;
}

/* Flags to be set in MXCSR after all elements: those that come with results
 * are not looked for when one found before is unmasked.
 * SDM Vol 1, "Generating SIMD Floating-Point Exceptions". */
static inline unsigned fp_simd_flags(const struct fp_env *env)
{
    return fp_blocked(env) ? env->flags & FP_BEFORE : env->flags;
}

/* --- numbers taken apart ----------------------------------------------- */

/* What an operand is; the order matters to the tests below. */
enum fp_class { FPN_ZERO, FPN_NORMAL, FPN_DENORMAL, FPN_INF, FPN_QNAN, FPN_SNAN,
                FPN_UNSUPPORTED };

/* The value is sig * 2^(exp - 63), with bit 63 of sig set, for FPN_NORMAL
 * and FPN_DENORMAL (an operand encoded as a denormal of its format).  A NaN
 * has bit 63 set and its fraction below, from bit 62 down, as it would
 * stand in the 80-bit format. */
struct fp_num {
    uint64_t sig;
    int32_t exp;
    uint8_t cls; /* enum fp_class */
    bool sign;
};

/* An 80-bit extended-precision number: sign and exponent, and the 64 bits of
 * the significand with its integer bit.  SDM Vol 1, "Floating-Point Data
 * Types". */
struct ia32_f80 {
    uint64_t frac;
    uint16_t se; /* 15 sign, 14:0 exponent biased by 16383 */
};

struct fp_num fp_from32(uint32_t v);
struct fp_num fp_from64(uint64_t v);
struct fp_num fp_from80(struct ia32_f80 v);
struct fp_num fp_from_int(int64_t v); /* exact */

static inline bool fp_is_nan(const struct fp_num *n)
{
    return n->cls == FPN_QNAN || n->cls == FPN_SNAN;
}

/* Default NaN, "QNaN floating-point indefinite". */
#define FP32_INDEFINITE UINT32_C(0xffc00000)
#define FP64_INDEFINITE UINT64_C(0xfff8000000000000)
#define FP80_INDEFINITE_SE 0xffffu
#define FP80_INDEFINITE_FRAC UINT64_C(0xc000000000000000)

/* --- SSE: binary32 and binary64 ---------------------------------------- */

uint32_t fp32_add(struct fp_env *env, uint32_t a, uint32_t b);
uint32_t fp32_sub(struct fp_env *env, uint32_t a, uint32_t b);
uint32_t fp32_mul(struct fp_env *env, uint32_t a, uint32_t b);
uint32_t fp32_div(struct fp_env *env, uint32_t a, uint32_t b);
uint32_t fp32_sqrt(struct fp_env *env, uint32_t a);
uint64_t fp64_add(struct fp_env *env, uint64_t a, uint64_t b);
uint64_t fp64_sub(struct fp_env *env, uint64_t a, uint64_t b);
uint64_t fp64_mul(struct fp_env *env, uint64_t a, uint64_t b);
uint64_t fp64_div(struct fp_env *env, uint64_t a, uint64_t b);
uint64_t fp64_sqrt(struct fp_env *env, uint64_t a);

/* MINxx and MAXxx: b when either is a NaN or both are zeros. */
uint32_t fp32_min(struct fp_env *env, uint32_t a, uint32_t b);
uint32_t fp32_max(struct fp_env *env, uint32_t a, uint32_t b);
uint64_t fp64_min(struct fp_env *env, uint64_t a, uint64_t b);
uint64_t fp64_max(struct fp_env *env, uint64_t a, uint64_t b);

/* How two operands stand.  quiet: only an SNaN is invalid (UCOMISS, CMPEQ);
 * otherwise any NaN is (COMISS, CMPLT). */
enum fp_order { FP_LESS, FP_EQUAL, FP_GREATER, FP_UNORDERED };
enum fp_order fp32_compare(struct fp_env *env, uint32_t a, uint32_t b,
                           bool quiet);
enum fp_order fp64_compare(struct fp_env *env, uint64_t a, uint64_t b,
                           bool quiet);
/* CMPPS and its like: predicate 0..7 (EQ LT LE UNORD NEQ NLT NLE ORD). */
bool fp32_cmp(struct fp_env *env, uint32_t a, uint32_t b,
              unsigned predicate);
bool fp64_cmp(struct fp_env *env, uint64_t a, uint64_t b,
              unsigned predicate);

/* Conversions.  To integers of bits 32 or 64 with the environment's rounding
 * or (rounding = FP_TRUNCATE) another one; what does not fit gives the
 * integer indefinite, sign-extended. */
uint64_t fp32_to_64(struct fp_env *env, uint32_t v);
uint32_t fp64_to_32(struct fp_env *env, uint64_t v);
uint32_t fp32_from_int(struct fp_env *env, int64_t v);
uint64_t fp64_from_int(struct fp_env *env, int64_t v);
int64_t fp32_to_int(struct fp_env *env, uint32_t v, unsigned bits,
                    unsigned rounding);
int64_t fp64_to_int(struct fp_env *env, uint64_t v, unsigned bits,
                    unsigned rounding);
/* ROUNDxx: to an integer in the same format.  Does set PE: the caller of
 * an instruction that suppresses it takes it out of the flags. */
uint32_t fp32_round(struct fp_env *env, uint32_t v, unsigned rounding);
uint64_t fp64_round(struct fp_env *env, uint64_t v, unsigned rounding);

/* RCPSS and RSQRTSS: no exceptions, no rounding mode.  12 significant bits,
 * rounded to nearest: within the manual's 1.5 * 2^-12. */
uint32_t fp32_rcp(uint32_t v);
uint32_t fp32_rsqrt(uint32_t v);

/* --- x87 --------------------------------------------------------------- */

/* Operands are taken apart, because they also come from memory in shorter
 * formats, where a denormal must be told from what it becomes. */
struct ia32_f80 fp80_add(struct fp_env *env, struct fp_num a, struct fp_num b);
struct ia32_f80 fp80_sub(struct fp_env *env, struct fp_num a, struct fp_num b);
struct ia32_f80 fp80_mul(struct fp_env *env, struct fp_num a, struct fp_num b);
struct ia32_f80 fp80_div(struct fp_env *env, struct fp_num a, struct fp_num b);
struct ia32_f80 fp80_sqrt(struct fp_env *env, struct fp_num a);
struct ia32_f80 fp80_rndint(struct fp_env *env, struct fp_num a);
enum fp_order fp80_compare(struct fp_env *env, struct fp_num a,
                           struct fp_num b, bool quiet);

/* FLD m32, m64: IE for an SNaN, DE; the value itself is exact, and loaded
 * even when DE is unmasked.  FLD m80 and registers move bits without looking
 * at them.
 * NOTE: the manual says of an unmasked denormal-operand exception that TOP
 * and operands stay; processors load the value, then signal. */
struct ia32_f80 fp80_load(struct fp_env *env, struct fp_num a);
/* Bits of a number that needs no rounding to 64 bits. */
struct ia32_f80 fp80_pack(struct fp_num a);
/* FST m32, m64. */
uint32_t fp80_to_32(struct fp_env *env, struct ia32_f80 v);
uint64_t fp80_to_64(struct fp_env *env, struct ia32_f80 v);
/* FIST, FISTTP; bits 16, 32 or 64. */
int64_t fp80_to_int(struct fp_env *env, struct ia32_f80 v, unsigned bits,
                    unsigned rounding);
/* FBSTP, FBLD: 18 decimal digits, two a byte, sign in byte 9. */
void fp80_to_bcd(struct fp_env *env, struct ia32_f80 v, uint8_t bcd[10]);
struct ia32_f80 fp80_from_bcd(const uint8_t bcd[10]);

/* FPREM (nearest = false) and FPREM1. */
struct fp_quotient {
    bool none;     /* a NaN or an invalid operation: there is no quotient */
    bool partial;  /* the remainder is still to be reduced */
    uint8_t low;   /* three bits of the quotient when it is not */
};
struct ia32_f80 fp80_rem(struct fp_env *env, struct ia32_f80 a,
                         struct ia32_f80 b, bool nearest,
                         struct fp_quotient *quotient);
/* a * 2^trunc(b). */
struct ia32_f80 fp80_scale(struct fp_env *env, struct ia32_f80 a, struct ia32_f80 b);
/* FXTRACT. */
struct ia32_f80 fp80_extract(struct fp_env *env, struct ia32_f80 a,
                         struct ia32_f80 *exponent);

/* What FLD1, FLDPI and their like load, rounded to 64 bits. */
enum fp_constant { FP_ONE, FP_LOG2_10, FP_LOG2_E, FP_PI, FP_LOG10_2, FP_LN_2,
                   FP_ZERO_CONSTANT };
struct ia32_f80 fp80_constant(enum fp_constant which, unsigned rounding);

/* Transcendental functions: rounded by RC to 64 bits from a value whose error
 * is below 2^-110 of it, so well within the manual's bound of one unit in the
 * last place.  *out_of_range: |a| is 2^63 or more, and nothing was done. */
struct ia32_f80 fp80_sin(struct fp_env *env, struct ia32_f80 a,
                         bool *out_of_range);
struct ia32_f80 fp80_cos(struct fp_env *env, struct ia32_f80 a,
                         bool *out_of_range);
struct ia32_f80 fp80_sincos(struct fp_env *env, struct ia32_f80 a,
                            struct ia32_f80 *cosine, bool *out_of_range);
struct ia32_f80 fp80_tan(struct fp_env *env, struct ia32_f80 a,
                         struct ia32_f80 *one, bool *out_of_range);
/* The angle of the point x, y. */
struct ia32_f80 fp80_atan(struct fp_env *env, struct ia32_f80 y,
                          struct ia32_f80 x);
/* 2^a - 1; y log2(x); y log2(x + 1). */
struct ia32_f80 fp80_2xm1(struct fp_env *env, struct ia32_f80 a);
struct ia32_f80 fp80_yl2x(struct fp_env *env, struct ia32_f80 y,
                          struct ia32_f80 x);
struct ia32_f80 fp80_yl2xp1(struct fp_env *env, struct ia32_f80 y,
                            struct ia32_f80 x);

#endif
