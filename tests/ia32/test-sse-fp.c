/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Floating point of SSE to SSE4.1: what MXCSR says before and after, which
 * exception is raised when, results of the special cases that the manual's
 * tables list.  Ordinary results are compared with a processor's and with
 * MPFR's elsewhere.
 * SDM 325462, Vol 1, "SSE, SSE2, and SSE3 Exceptions"; Vol 2, the pages. */
#include "sim/ia32/flags.h"
#include "sim/ia32/fp.h"
#include "tests/ia32/simdrig.h"

#define NP(op) { 0x0f, op }, 2
#define P66(op) { 0x66, 0x0f, op }, 3
#define PF2(op) { 0xf2, 0x0f, op }, 3
#define PF3(op) { 0xf3, 0x0f, op }, 3
#define P3A(op) { 0x66, 0x0f, 0x3a, op }, 4
#define X(v) UINT64_C(0x##v)

/* Singles by two in a word, and doubles. */
#define S_1 X(3f800000)
#define S_2 X(40000000)
#define S_3 X(40400000)
#define S_4 X(40800000)
#define S_INF X(7f800000)
#define S_QNAN X(7fc12345)
#define S_SNAN X(7f812345)
#define S_QUIETED X(7fc12345)
#define S_MAX X(7f7fffff)
#define S_MIN X(00800000)
#define S_DENORMAL X(00000001)
#define S_MINUS X(80000000)
#define D_1 X(3ff0000000000000)
#define D_2 X(4000000000000000)
#define D_3 X(4008000000000000)
#define D_INF X(7ff0000000000000)
#define D_QNAN X(7ff8000000000123)
#define PAIR(high, low) ((uint64_t)(high) << 32 | (low))

static const struct simd_case cases[] = {
    { "ADDPS: each lane", NP(0x58), -1, { PAIR(S_1, S_2), PAIR(S_3, S_1) },
      { PAIR(S_1, S_1), PAIR(S_1, S_1) },
      { PAIR(S_2, S_3), PAIR(S_4, S_2) } },
    { "ADDSS: the low lane", PF3(0x58), -1, { PAIR(7, S_1), 8 },
      { PAIR(9, S_1), 9 }, { PAIR(7, S_2), 8 } },
    { "SUBSD: the low lane", PF2(0x5c), -1, { D_3, 8 }, { D_1, 9 },
      { D_2, 8 } },
    { "SQRTSS: of the source", PF3(0x51), -1, { PAIR(7, 7), 8 },
      { S_4, 9 }, { PAIR(7, S_2), 8 } },
    { "MINPS: the source for NaNs and zeros", NP(0x5d), -1,
      { PAIR(S_QNAN, S_1), PAIR(S_MINUS, UINT64_C(0)) },
      { PAIR(S_1, S_QNAN), PAIR(UINT64_C(0), S_MINUS) },
      { PAIR(S_1, S_QNAN), PAIR(UINT64_C(0), S_MINUS) } },
    { "MAXPD", P66(0x5f), -1, { D_1, D_QNAN }, { D_2, D_INF },
      { D_2, D_INF } },
    { "ADDSD: two NaNs, the destination's", PF2(0x58), -1,
      { X(7ff8000000000111), 5 }, { X(fff8000000000222), 6 },
      { X(7ff8000000000111), 5 } },
    { "MULSS: infinity by zero is the default NaN", PF3(0x59), -1,
      { S_INF, 0 }, { 0, 0 }, { X(ffc00000), 0 } },
    { "SQRTSD of a negative is the default NaN", PF2(0x51), -1, { 0, 0 },
      { X(bff0000000000000), 0 }, { X(fff8000000000000), 0 } },
    { "SQRTSD of -0 is -0", PF2(0x51), -1, { 0, 0 },
      { X(8000000000000000), 0 }, { X(8000000000000000), 0 } },
    { "CMPPS: LE", NP(0xc2), 2, { PAIR(S_1, S_2), PAIR(S_1, S_QNAN) },
      { PAIR(S_1, S_1), PAIR(S_2, S_1) },
      { X(ffffffff00000000), X(ffffffff00000000) } },
    { "CMPPD: UNORD", P66(0xc2), 3, { D_1, D_QNAN }, { D_1, D_1 },
      { 0, ~UINT64_C(0) } },
    { "CMPSD: NLT of unordered is true", PF2(0xc2), 5, { D_1, 5 },
      { D_QNAN, 0 }, { ~UINT64_C(0), 5 } },
    { "CMPSS: ORD", PF3(0xc2), 7, { PAIR(1, S_1), 5 }, { S_1, 0 },
      { X(1ffffffff), 5 } },
    { "ADDSUBPS: even lanes subtract", PF2(0xd0), -1,
      { PAIR(S_3, S_3), PAIR(S_3, S_3) }, { PAIR(S_1, S_1), PAIR(S_1, S_1) },
      { PAIR(S_4, S_2), PAIR(S_4, S_2) } },
    { "ADDSUBPD", P66(0xd0), -1, { D_3, D_1 }, { D_1, D_1 }, { D_2, D_2 } },
    { "HADDPS: destination below source", PF2(0x7c), -1,
      { PAIR(S_1, S_1), PAIR(S_2, S_1) }, { PAIR(S_3, S_1), PAIR(S_2, S_2) },
      { PAIR(S_3, S_2), PAIR(S_4, S_4) } },
    { "HSUBPD: low less high", P66(0x7d), -1, { D_3, D_1 }, { D_2, D_1 },
      { D_2, D_1 } },
    { "DPPS: two of four products, to two places", P3A(0x40), 0x35,
      { PAIR(S_1, S_1), PAIR(S_4, S_4) }, { PAIR(S_2, S_1), PAIR(S_4, S_4) },
      { S_3, S_3 } },
    { "DPPD: to the upper half", P3A(0x41), 0x32, { D_1, D_1 },
      { D_1, D_2 }, { 0, D_3 } },
    { "ROUNDPS: up", P3A(0x08), 2, { 0, 0 },
      { PAIR(X(3fa00000), X(bfa00000)), PAIR(S_INF, S_MINUS) },
      { PAIR(S_2, X(bf800000)), PAIR(S_INF, S_MINUS) } },
    { "ROUNDSD: to even", P3A(0x0b), 0, { 0, 7 },
      { X(4004000000000000), 0 }, { D_2, 7 } }, /* 2.5 */
    { "CVTPS2PD", NP(0x5a), -1, { 0, 0 }, { PAIR(S_2, S_1), 9 },
      { D_1, D_2 } },
    { "CVTPD2PS clears the upper half", P66(0x5a), -1, { 7, 7 },
      { D_1, D_2 }, { PAIR(S_2, S_1), 0 } },
    { "CVTSS2SD leaves the upper half", PF3(0x5a), -1, { 7, 7 },
      { PAIR(9, S_2), 9 }, { D_2, 7 } },
    { "CVTSD2SS leaves three quarters", PF2(0x5a), -1, { PAIR(7, 7), 7 },
      { D_2, 9 }, { PAIR(7, S_2), 7 } },
    { "CVTDQ2PS", NP(0x5b), -1, { 0, 0 },
      { PAIR(X(ffffffff), X(1)), PAIR(X(80000000), X(2)) },
      { PAIR(X(bf800000), S_1), PAIR(X(cf000000), S_2) } },
    { "CVTPS2DQ: indefinite where it does not fit", P66(0x5b), -1, { 0, 0 },
      { PAIR(S_QNAN, X(4f000000)), PAIR(X(cf000000), X(40200000)) },
      { PAIR(X(80000000), X(80000000)), PAIR(X(80000000), X(2)) } },
    { "CVTTPS2DQ truncates", PF3(0x5b), -1, { 0, 0 },
      { PAIR(X(bfe00000), X(3fe00000)), 0 },
      { PAIR(X(ffffffff), X(1)), 0 } }, /* -1.75 and 1.75 */
    { "CVTDQ2PD", PF3(0xe6), -1, { 0, 0 }, { PAIR(X(ffffffff), X(2)), 9 },
      { D_2, X(bff0000000000000) } },
    { "CVTPD2DQ clears the upper half", PF2(0xe6), -1, { 7, 7 },
      { X(3ff8000000000000), X(bff8000000000000) },
      { PAIR(X(fffffffe), X(2)), 0 } },
    { "CVTTPD2DQ truncates", P66(0xe6), -1, { 7, 7 },
      { X(3ff8000000000000), X(bff8000000000000) },
      { PAIR(X(ffffffff), X(1)), 0 } },
    { "RCPPS: of 0 and infinity", NP(0x53), -1, { 0, 0 },
      { PAIR(S_MINUS, UINT64_C(0)), PAIR(S_INF | S_MINUS, S_INF) },
      { PAIR(S_INF | S_MINUS, S_INF), PAIR(S_MINUS, UINT64_C(0)) } },
    { "RSQRTPS: of -0, -1, 0 and infinity", NP(0x52), -1, { 0, 0 },
      { PAIR(S_MINUS, S_MINUS | S_1), PAIR(UINT64_C(0), S_INF) },
      { PAIR(S_MINUS | S_INF, X(ffc00000)), PAIR(S_INF, UINT64_C(0)) } },
};

static void results_are_those_of_the_manual(void)
{
    simd_run_table(cases, ARRAY_SIZE(cases), simd_one_xmm);
}

static bool xmm_is(const struct rig *r, unsigned n, uint64_t low,
                   uint64_t high)
{
    return r->cpu->xmm[n].q[0] == low && r->cpu->xmm[n].q[1] == high;
}

static void set_xmm(struct rig *r, unsigned n, uint64_t low, uint64_t high)
{
    r->cpu->xmm[n] = (struct ia32_xmm){ { low, high } };
}

/* --- MXCSR ---------------------------------------------------------------- */

#define MASKED 0x1f80u
#define IM 0x80u
#define DM 0x100u
#define ZM 0x200u
#define OM 0x400u
#define UM 0x800u
#define PM 0x1000u
#define FTZ 0x8000u
#define DAZ 0x40u

/* op XMM1, XMM2 of two bytes: which flags does it set? */
static unsigned flags_of(uint32_t mxcsr, const uint8_t bytes[4],
                         uint64_t a, uint64_t b, uint64_t *result)
{
    struct rig r;
    simd_init(&r);
    r.cpu->mxcsr = mxcsr;
    set_xmm(&r, 1, a, 0);
    set_xmm(&r, 2, b, 0);
    CU_ASSERT_EQUAL(simd_run(&r, bytes, 4), IA32_OK);
    *result = r.cpu->xmm[1].q[0];
    unsigned flags = r.cpu->mxcsr & 0x3f;
    rig_done(&r);
    return flags;
}

static void masked_exceptions_set_flags_and_give_results(void)
{
    static const struct {
        uint8_t op;
        uint32_t control;
        uint64_t a, b;
        unsigned flags;
        uint64_t result;
    } t[] = {
        { 0x58, 0, S_SNAN, S_1, FP_IE, S_QUIETED },
        { 0x58, 0, S_QNAN, S_DENORMAL, 0, S_QNAN }, /* NaN before denormal */
        { 0x58, 0, S_1, S_DENORMAL, FP_DE | FP_PE, S_1 },
        { 0x58, DAZ, S_1, S_DENORMAL, 0, S_1 },
        { 0x5e, 0, S_1, S_MINUS, FP_ZE, S_INF | S_MINUS },
        { 0x5e, 0, 0, 0, FP_IE, X(ffc00000) },
        { 0x59, 0, S_MAX, S_2, FP_OE | FP_PE, S_INF },
        { 0x59, 0x6000, S_MAX, S_2, FP_OE | FP_PE, S_MAX }, /* truncate */
        { 0x59, 0x2000, S_MAX, S_2, FP_OE | FP_PE, S_MAX }, /* down */
        { 0x59, 0x4000, S_MAX, S_2, FP_OE | FP_PE, S_INF }, /* up */
        { 0x59, 0, S_MIN, X(3f000000), 0, X(00400000) },    /* exact */
        { 0x59, 0, S_MIN, X(33800000), FP_UE | FP_PE, 0 },
        { 0x59, FTZ, S_MIN, X(3f000000), FP_UE | FP_PE, 0 },
        { 0x59, FTZ, S_MIN | S_MINUS, X(3f000000), FP_UE | FP_PE, S_MINUS },
        { 0x5e, 0, S_1, S_3, FP_PE, X(3eaaaaab) },
        { 0x5e, 0x6000, S_1, S_3, FP_PE, X(3eaaaaaa) },
        { 0x5d, 0, S_1, S_QNAN, FP_IE, S_QNAN }, /* MIN: any NaN */
        { 0x51, 0, 0, S_MINUS | S_1, FP_IE, X(ffc00000) },
        { 0x53, 0, 0, S_SNAN, 0, S_QUIETED },    /* RCP: no exceptions */
        { 0x53, 0, 0, S_DENORMAL, 0, S_INF },
    };
    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        const uint8_t bytes[] = { 0xf3, 0x0f, t[i].op, 0xca };
        uint64_t result;
        unsigned flags = flags_of(MASKED | t[i].control, bytes, t[i].a,
                                  t[i].b, &result);
        if (flags != t[i].flags || result != t[i].result)
            printf("\n    row %u: flags %02x result %08x ", (unsigned)i,
                   flags, (unsigned)result);
        CU_ASSERT_EQUAL(flags, t[i].flags);
        CU_ASSERT_EQUAL(result, t[i].result);
    }
}

static void flags_stay_until_cleared(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->mxcsr = MASKED | FP_ZE;
    set_xmm(&r, 1, S_1, 0);
    set_xmm(&r, 2, S_1, 0);
    SIMD_OK(&r, 0xf3, 0x0f, 0x58, 0xca);
    CU_ASSERT_EQUAL(r.cpu->mxcsr, MASKED | FP_ZE);
    /* an old flag raises nothing when it is unmasked */
    r.cpu->mxcsr = (MASKED & ~ZM) | FP_ZE;
    SIMD_OK(&r, 0xf3, 0x0f, 0x58, 0xca);
    rig_done(&r);
}

static void unmasked_is_xm_and_writes_nothing(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->mxcsr = MASKED & ~ZM;
    set_xmm(&r, 1, PAIR(S_1, S_1), PAIR(S_1, S_1));
    set_xmm(&r, 2, PAIR(S_3, S_1), PAIR(S_1, UINT64_C(0)));
    SIMD_FAULTS(&r, IA32_XM, 0x0f, 0x5e, 0xca); /* DIVPS */
    CU_ASSERT(xmm_is(&r, 1, PAIR(S_1, S_1), PAIR(S_1, S_1)));
    /* Found before: no flag for the inexact third. */
    CU_ASSERT_EQUAL(r.cpu->mxcsr, (MASKED & ~ZM) | FP_ZE);
    CU_ASSERT_FALSE(r.cpu->pending.has_error_code);
    rig_done(&r);
}

static void without_osxmmexcpt_it_is_ud(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->cr4 &= ~CR4_OSXMMEXCPT;
    r.cpu->mxcsr = MASKED & ~IM;
    set_xmm(&r, 2, S_SNAN, 0);
    SIMD_FAULTS(&r, IA32_UD, 0xf3, 0x0f, 0x58, 0xca);
    rig_done(&r);
}

static void all_elements_count_before_any_result(void)
{
    struct rig r;
    simd_init(&r);
    /* Element 0 overflows (unmasked), element 3 has an SNaN (masked): both
     * flags, since nothing found before is unmasked. */
    r.cpu->mxcsr = MASKED & ~OM;
    set_xmm(&r, 1, S_MAX, PAIR(S_SNAN, S_1));
    set_xmm(&r, 2, S_2, PAIR(S_1, S_1));
    SIMD_FAULTS(&r, IA32_XM, 0x0f, 0x59, 0xca);
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_IE | FP_OE);
    /* The other way round: the SNaN stops what comes with results. */
    r.cpu->mxcsr = MASKED & ~IM;
    SIMD_FAULTS(&r, IA32_XM, 0x0f, 0x59, 0xca);
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_IE);
    rig_done(&r);
}

static void unmasked_underflow_needs_no_inexact_result(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->mxcsr = (MASKED & ~UM) | FTZ; /* and FTZ counts for nothing */
    set_xmm(&r, 1, S_MIN, 0);
    set_xmm(&r, 2, X(3f000000), 0);
    SIMD_FAULTS(&r, IA32_XM, 0xf3, 0x0f, 0x59, 0xca);
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_UE);
    rig_done(&r);
}

static void a_memory_fault_comes_before_xm(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->mxcsr = MASKED & ~IM;
    r.cpu->seg[IA32_DS].limit = 0x5002;
    set_xmm(&r, 1, S_SNAN, 0);
    SIMD_FAULTS(&r, IA32_GP, 0xf3, 0x0f, 0x58, 0x0b);
    CU_ASSERT_EQUAL(r.cpu->mxcsr, MASKED & ~IM);
    rig_done(&r);
}

/* --- comparisons to EFLAGS ------------------------------------------------------ */

static void comi_sets_three_flags_and_clears_three(void)
{
    static const struct {
        uint64_t a, b, flags;
    } t[] = {
        { D_2, D_1, 0 },
        { D_1, D_2, FL_CF },
        { D_1, D_1, FL_ZF },
        { X(8000000000000000), 0, FL_ZF },
        { D_QNAN, D_1, FL_ZF | FL_PF | FL_CF },
    };
    struct rig r;
    simd_init(&r);
    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        set_xmm(&r, 1, t[i].a, 0);
        set_xmm(&r, 2, t[i].b, 0);
        ia32_set_rflags(r.cpu, FL_ARITH);
        SIMD_OK(&r, 0x66, 0x0f, 0x2e, 0xca); /* UCOMISD */
        CU_ASSERT_EQUAL(ia32_get_rflags(r.cpu) & FL_ARITH, t[i].flags);
    }
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, 0); /* a QNaN is nothing to it */
    SIMD_OK(&r, 0x66, 0x0f, 0x2f, 0xca); /* COMISD */
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_IE);
    r.cpu->mxcsr = MASKED & ~IM;
    ia32_set_rflags(r.cpu, FL_OF);
    SIMD_FAULTS(&r, IA32_XM, 0x66, 0x0f, 0x2f, 0xca);
    CU_ASSERT_EQUAL(ia32_get_rflags(r.cpu) & FL_ARITH, FL_OF);
    rig_done(&r);
}

/* --- conversions ------------------------------------------------------------------ */

static void scalars_come_from_general_registers(void)
{
    struct rig r;
    simd_init(&r);
    simd_long_mode(&r);
    r.cpu->gpr[IA32_RDX] = X(00000001ffffffff);
    set_xmm(&r, 1, PAIR(7, 7), 8);
    SIMD_OK(&r, 0xf2, 0x0f, 0x2a, 0xca); /* CVTSI2SD XMM1,EDX: -1 */
    CU_ASSERT(xmm_is(&r, 1, X(bff0000000000000), 8));
    SIMD_OK(&r, 0xf2, 0x48, 0x0f, 0x2a, 0xca); /* RDX */
    CU_ASSERT(xmm_is(&r, 1, X(41fffffffff00000), 8));
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, 0);
    SIMD_OK(&r, 0xf3, 0x48, 0x0f, 0x2a, 0xca); /* CVTSI2SS: inexact */
    CU_ASSERT(xmm_is(&r, 1, X(41ffffff50000000), 8));
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_PE);
    rig_done(&r);
}

static void scalars_go_to_general_registers(void)
{
    struct rig r;
    simd_init(&r);
    simd_long_mode(&r);
    r.cpu->gpr[IA32_RDX] = ~UINT64_C(0);
    set_xmm(&r, 1, X(41e0000000000000), 0); /* 2^31 */
    SIMD_OK(&r, 0xf2, 0x0f, 0x2d, 0xd1); /* CVTSD2SI EDX,XMM1 */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], X(80000000));
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_IE);
    SIMD_OK(&r, 0xf2, 0x48, 0x0f, 0x2d, 0xd1); /* RDX: fits */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], X(80000000));
    set_xmm(&r, 1, D_QNAN, 0);
    SIMD_OK(&r, 0xf2, 0x48, 0x0f, 0x2c, 0xd1); /* CVTTSD2SI */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], X(8000000000000000));
    set_xmm(&r, 1, X(c0200000), 0); /* -2.5 */
    SIMD_OK(&r, 0xf3, 0x0f, 0x2d, 0xd1); /* CVTSS2SI: to even */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], X(fffffffe));
    r.cpu->mxcsr = 0x3f80; /* down */
    SIMD_OK(&r, 0xf3, 0x48, 0x0f, 0x2d, 0xd1);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], X(fffffffffffffffd));
    r.cpu->mxcsr = MASKED & ~PM;
    SIMD_FAULTS(&r, IA32_XM, 0xf3, 0x0f, 0x2c, 0xd1);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], X(fffffffffffffffd));
    rig_done(&r);
}

/* CVTPI2PD from memory is no MMX instruction, CVTPI2PS always is. */
static void mmx_operands_make_mmx_instructions(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->fpu.valid = 0;
    r.cpu->fpu.sw = 0x3800;
    simd_put(&r, 0, PAIR(X(ffffffff), X(2)));
    SIMD_OK(&r, 0x66, 0x0f, 0x2a, 0x0b); /* CVTPI2PD XMM1,[EBX] */
    CU_ASSERT(xmm_is(&r, 1, D_2, X(bff0000000000000)));
    CU_ASSERT_EQUAL(r.cpu->fpu.sw, 0x3800);
    set_xmm(&r, 1, 0, 9);
    SIMD_OK(&r, 0x0f, 0x2a, 0x0b); /* CVTPI2PS */
    CU_ASSERT(xmm_is(&r, 1, PAIR(X(bf800000), S_2), 9));
    CU_ASSERT_EQUAL(r.cpu->fpu.sw, 0);
    CU_ASSERT_EQUAL(r.cpu->fpu.valid, 0xff);
    r.cpu->fpu.sw = FSW_ES;
    SIMD_OK(&r, 0x66, 0x0f, 0x2a, 0x0b);
    SIMD_FAULTS(&r, IA32_MF, 0x66, 0x0f, 0x2a, 0xca);
    SIMD_FAULTS(&r, IA32_MF, 0x0f, 0x2a, 0x0b);
    SIMD_FAULTS(&r, IA32_MF, 0x0f, 0x2d, 0xca); /* CVTPS2PI */
    r.cpu->fpu.sw = 0x3800;
    r.cpu->fpu.r[1].frac = 7;
    set_xmm(&r, 2, PAIR(S_QNAN, X(40200000)), 0);
    SIMD_OK(&r, 0x0f, 0x2d, 0xca);
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].frac, PAIR(X(80000000), X(2)));
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].se, 0xffff);
    r.cpu->fpu.sw = 0x3800;
    r.cpu->mxcsr = MASKED & ~IM;
    SIMD_FAULTS(&r, IA32_XM, 0x0f, 0x2c, 0xca); /* CVTTPS2PI */
    CU_ASSERT_EQUAL(r.cpu->fpu.sw, 0x3800);
    rig_done(&r);
}

/* --- SSE4.1 ------------------------------------------------------------------------ */

static void round_can_hold_its_tongue(void)
{
    struct rig r;
    simd_init(&r);
    set_xmm(&r, 2, X(3fc00000), 0); /* 1.5 */
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x0a, 0xca, 0x09); /* down, no PE */
    CU_ASSERT_EQUAL((uint32_t)r.cpu->xmm[1].q[0], S_1);
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, 0);
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x0a, 0xca, 0x01);
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_PE);
    r.cpu->mxcsr = 0x5f80; /* up, asked for by bit 2 */
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x0a, 0xca, 0x0d);
    CU_ASSERT_EQUAL((uint32_t)r.cpu->xmm[1].q[0], S_2);
    set_xmm(&r, 2, S_SNAN, 0); /* still invalid */
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x0a, 0xca, 0x08);
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_IE);
    rig_done(&r);
}

/* An unmasked exception of a product is raised before the sums. */
static void dot_products_go_step_by_step(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->mxcsr = MASKED & ~OM;
    set_xmm(&r, 1, PAIR(S_MAX, S_1), PAIR(S_INF, S_INF | S_MINUS));
    set_xmm(&r, 2, PAIR(S_2, S_3), PAIR(S_1, S_1));
    SIMD_FAULTS(&r, IA32_XM, 0x66, 0x0f, 0x3a, 0x40, 0xca, 0xff);
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_OE);
    r.cpu->mxcsr = MASKED; /* and the sum of two infinities is invalid */
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x40, 0xca, 0xff);
    CU_ASSERT_EQUAL(r.cpu->mxcsr & 0x3f, FP_OE | FP_PE | FP_IE);
    rig_done(&r);
}

/* --- approximations ---------------------------------------------------------------- */

/* |1 - x * r| and |1 - x * r * r| within 1.5 * 2^-12 and twice that: exact
 * enough in double precision. */
static void approximations_are_within_their_bound(void)
{
    struct rig r;
    simd_init(&r);
    for (uint32_t i = 0; i < 2 << 12; i++) {
        uint32_t bits = 0x3f000000u + (i << 11) + 0x3ff, got;
        float x, y;
        set_xmm(&r, 2, bits, 0);
        memcpy(&x, &bits, 4);
        SIMD_OK(&r, 0xf3, 0x0f, 0x53, 0xca); /* RCPSS */
        got = (uint32_t)r.cpu->xmm[1].q[0];
        memcpy(&y, &got, 4);
        double error = 1 - (double)x * (double)y;
        CU_ASSERT(error < 1.5 / 4096 && error > -1.5 / 4096);
        SIMD_OK(&r, 0xf3, 0x0f, 0x52, 0xca); /* RSQRTSS */
        got = (uint32_t)r.cpu->xmm[1].q[0];
        memcpy(&y, &got, 4);
        error = 1 - (double)x * (double)y * (double)y;
        CU_ASSERT(error < 2.99 / 4096 && error > -2.99 / 4096);
    }
    CU_ASSERT_EQUAL(r.cpu->mxcsr, MASKED);
    rig_done(&r);
}

int main(void)
{
    static const struct test_case tests[] = {
        { "results are those of the manual",
          results_are_those_of_the_manual },
        { "masked exceptions set flags and give results",
          masked_exceptions_set_flags_and_give_results },
        { "flags stay until they are cleared", flags_stay_until_cleared },
        { "an unmasked exception is #XM and writes nothing",
          unmasked_is_xm_and_writes_nothing },
        { "without CR4.OSXMMEXCPT it is #UD", without_osxmmexcpt_it_is_ud },
        { "all elements are looked at before any result",
          all_elements_count_before_any_result },
        { "unmasked underflow needs no inexact result",
          unmasked_underflow_needs_no_inexact_result },
        { "a memory fault comes before #XM",
          a_memory_fault_comes_before_xm },
        { "COMISD and UCOMISD set ZF PF CF, clear OF SF AF",
          comi_sets_three_flags_and_clears_three },
        { "integers come from general registers",
          scalars_come_from_general_registers },
        { "integers go to general registers",
          scalars_go_to_general_registers },
        { "MMX operands make MMX instructions",
          mmx_operands_make_mmx_instructions },
        { "ROUNDSS can suppress the precision exception",
          round_can_hold_its_tongue },
        { "DPPS raises exceptions step by step",
          dot_products_go_step_by_step },
        { "RCPSS and RSQRTSS are within 1.5 * 2^-12",
          approximations_are_within_their_bound },
    };
    return run_suite("ia32-sse-fp", tests, ARRAY_SIZE(tests));
}
