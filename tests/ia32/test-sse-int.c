/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SSE to SSE4.2 without floating point: what differs from MMX in results,
 * alignment, partial writes, operand sizes; the string instructions.
 * SDM 325462, Vol 1, "Programming with Streaming SIMD Extensions 2 (SSE2)"
 * and the chapters after it; Vol 2, the pages. */
#include "sim/ia32/flags.h"
#include "tests/ia32/simdrig.h"

#define P66(op) { 0x66, 0x0f, op }, 3
#define P38(op) { 0x66, 0x0f, 0x38, op }, 4
#define P3A(op) { 0x66, 0x0f, 0x3a, op }, 4
#define X(v) UINT64_C(0x##v)

static const struct simd_case cases[] = {
    { "PADDQ: no carry from word to word", P66(0xd4), -1,
      { ~UINT64_C(0), 5 }, { 1, 6 }, { 0, 11 } },
    { "PMULUDQ: lanes 0 and 2", P66(0xf4), -1, { X(100000002), X(100000003) },
      { X(200000005), X(300000007) }, { 10, 21 } },
    { "PMULDQ is signed", P38(0x28), -1, { X(ffffffff), 3 },
      { 2, X(ffffffff) }, { X(fffffffffffffffe), X(fffffffffffffffd) } },
    { "PMULLD", P38(0x40), -1, { X(8000000000010001), 0 },
      { X(0000000300010001), 0 }, { X(8000000000020001), 0 } },
    { "PSLLW: the count is the low quadword", P66(0xf1), -1,
      { X(0001000100010001), X(0001000100010001) }, { 4, 9 },
      { X(0010001000100010), X(0010001000100010) } },
    { "PSLLQ: the count is 64 bits", P66(0xf3), -1, { 1, 1 },
      { X(100000001), 0 }, { 0, 0 } },
    { "PACKSSDW: destination below source", P66(0x6b), -1,
      { X(0000800000007fff), X(ffff7fffffff8000) }, { 1, X(2) },
      { X(800080007fff7fff), X(0000000200000001) } },
    { "PACKUSDW", P38(0x2b), -1, { X(00010000ffffffff), 0 },
      { X(8000000000001234), X(000000000000ffff) },
      { X(000000000000ffff) << 16, X(0000ffff00001234) } },
    { "PUNPCKLBW: low halves", P66(0x60), -1,
      { X(0706050403020100), X(1111111111111111) },
      { X(f7f6f5f4f3f2f1f0), X(2222222222222222) },
      { X(f303f202f101f000), X(f707f606f505f404) } },
    { "PUNPCKHQDQ", P66(0x6d), -1, { 1, 2 }, { 3, 4 }, { 2, 4 } },
    { "PUNPCKLQDQ", P66(0x6c), -1, { 1, 2 }, { 3, 4 }, { 1, 3 } },
    { "PSHUFD", P66(0x70), 0x1b, { 0, 0 },
      { X(1111111100000000), X(3333333322222222) },
      { X(2222222233333333), X(0000000011111111) } },
    { "PSHUFHW: the low half is copied", { 0xf3, 0x0f, 0x70 }, 3, 0x00,
      { 0, 0 }, { 7, X(3333222211110000) }, { 7, 0 } },
    { "PSHUFLW: the high half is copied", { 0xf2, 0x0f, 0x70 }, 3, 0xff,
      { 0, 0 }, { X(3333222211110000), 7 }, { X(3333333333333333), 7 } },
    { "SHUFPS: two of each", { 0x0f, 0xc6 }, 2, 0xe1,
      { X(1111111100000000), X(3333333322222222) },
      { X(5555555544444444), X(7777777766666666) },
      { X(0000000011111111), X(7777777766666666) } },
    { "SHUFPD", P66(0xc6), 1, { 1, 2 }, { 3, 4 }, { 2, 3 } },
    { "UNPCKLPS", { 0x0f, 0x14 }, 2, -1, { X(1111111100000000), 9 },
      { X(5555555544444444), 9 },
      { X(4444444400000000), X(5555555511111111) } },
    { "UNPCKHPD", P66(0x15), -1, { 1, 2 }, { 3, 4 }, { 2, 4 } },
    { "ANDNPS", { 0x0f, 0x55 }, 2, -1, { X(ff), ~UINT64_C(0) },
      { X(0ff0), 1 }, { X(0f00), 0 } },
    { "PHADDD", P38(0x02), -1, { X(0000000200000001), X(0000000400000003) },
      { X(0000000600000005), X(0000000800000007) },
      { X(0000000700000003), X(0000000f0000000b) } },
    { "PSHUFB: index modulo 16", P38(0x00), -1,
      { X(0706050403020100), X(0f0e0d0c0b0a0908) },
      { X(7f8001101f0f0e00), X(8080808080808080) },
      { X(0f0001000f0f0e00), 0 } },
    { "PALIGNR", P3A(0x0f), 12,
      { X(1716151413121110), X(1f1e1d1c1b1a1918) },
      { X(0706050403020100), X(0f0e0d0c0b0a0908) },
      { X(131211100f0e0d0c), X(1b1a191817161514) } },
    { "PALIGNR: past both", P3A(0x0f), 32, { 1, 1 }, { 1, 1 }, { 0, 0 } },
    { "PALIGNR: past the source", P3A(0x0f), 24, { 1, 2 }, { 3, 4 },
      { 2, 0 } },
    { "PBLENDW", P3A(0x0e), 0x81, { 0, 0 },
      { ~UINT64_C(0), ~UINT64_C(0) }, { X(ffff), X(ffff000000000000) } },
    { "BLENDPS", P3A(0x0c), 0xfa, { 0, 0 },
      { ~UINT64_C(0), ~UINT64_C(0) },
      { X(ffffffff00000000), X(ffffffff00000000) } },
    { "BLENDPD", P3A(0x0d), 2, { 1, 2 }, { 3, 4 }, { 1, 4 } },
    { "PMOVSXBW", P38(0x20), -1, { 0, 0 }, { X(80ff7f0100fe0302), 9 },
      { X(0000fffe00030002), X(ff80ffff007f0001) } },
    { "PMOVZXWD", P38(0x33), -1, { 0, 0 }, { X(8000ffff00017fff), 9 },
      { X(0000000100007fff), X(000080000000ffff) } },
    { "PMOVSXBQ", P38(0x22), -1, { 0, 0 }, { X(7f80), 9 },
      { X(ffffffffffffff80), X(7f) } },
    { "PMOVSXDQ", P38(0x25), -1, { 0, 0 }, { X(8000000000000001), 9 },
      { 1, X(ffffffff80000000) } },
    { "PMINUW", P38(0x3a), -1, { X(8000), 1 }, { X(7fff), 2 },
      { X(7fff), 1 } },
    { "PMAXSB", P38(0x3c), -1, { X(80ff), 0 }, { X(7f80), 0 },
      { X(7fff), 0 } },
    { "PCMPEQQ", P38(0x29), -1, { 5, 6 }, { 5, 7 }, { ~UINT64_C(0), 0 } },
    { "PCMPGTQ is signed", P38(0x37), -1, { 0, X(8000000000000000) },
      { ~UINT64_C(0), 1 }, { ~UINT64_C(0), 0 } },
    { "PHMINPOSUW: the first of the smallest", P38(0x41), -1, { 9, 9 },
      { X(0003000200090003), X(000a000200020004) }, { X(20002), 0 } },
    { "MPSADBW", P3A(0x42), 5, { X(0706050403020100), X(0f0e0d0c0b0a0908) },
      { X(0707070700000000), 0 },
      { X(0006000400040006), X(00160012000e000a) } },
    { "MOVDDUP", { 0xf2, 0x0f, 0x12 }, 3, -1, { 0, 0 }, { 5, 6 }, { 5, 5 } },
    { "MOVSHDUP", { 0xf3, 0x0f, 0x16 }, 3, -1, { 0, 0 },
      { X(0000000200000001), X(0000000400000003) },
      { X(0000000200000002), X(0000000400000004) } },
    { "MOVQ clears the upper half", { 0xf3, 0x0f, 0x7e }, 3, -1, { 1, 2 },
      { 3, 4 }, { 3, 0 } },
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

/* --- partial writes ------------------------------------------------------- */

static void movss_keeps_or_clears_the_rest(void)
{
    struct rig r;
    simd_init(&r);
    set_xmm(&r, 1, X(1111111111111111), X(2222222222222222));
    set_xmm(&r, 2, X(3333333344444444), X(5555555555555555));
    simd_put(&r, 0, X(6666666677777777));
    SIMD_OK(&r, 0xf3, 0x0f, 0x10, 0xca); /* MOVSS XMM1,XMM2 */
    CU_ASSERT(xmm_is(&r, 1, X(1111111144444444), X(2222222222222222)));
    SIMD_OK(&r, 0xf2, 0x0f, 0x11, 0xd1); /* MOVSD XMM1,XMM2 */
    CU_ASSERT(xmm_is(&r, 1, X(3333333344444444), X(2222222222222222)));
    SIMD_OK(&r, 0xf3, 0x0f, 0x10, 0x0b); /* MOVSS XMM1,[EBX] */
    CU_ASSERT(xmm_is(&r, 1, X(77777777), 0));
    SIMD_OK(&r, 0xf2, 0x0f, 0x10, 0x13); /* MOVSD XMM2,[EBX] */
    CU_ASSERT(xmm_is(&r, 2, X(6666666677777777), 0));
    rig_done(&r);
}

static void halves_move_alone(void)
{
    struct rig r;
    simd_init(&r);
    set_xmm(&r, 1, 1, 2);
    set_xmm(&r, 2, 3, 4);
    simd_put(&r, 0, 5);
    SIMD_OK(&r, 0x0f, 0x12, 0xca); /* MOVHLPS XMM1,XMM2 */
    CU_ASSERT(xmm_is(&r, 1, 4, 2));
    SIMD_OK(&r, 0x0f, 0x16, 0xca); /* MOVLHPS XMM1,XMM2 */
    CU_ASSERT(xmm_is(&r, 1, 4, 3));
    SIMD_OK(&r, 0x0f, 0x12, 0x0b); /* MOVLPS XMM1,[EBX] */
    CU_ASSERT(xmm_is(&r, 1, 5, 3));
    SIMD_OK(&r, 0x66, 0x0f, 0x16, 0x0b); /* MOVHPD XMM1,[EBX] */
    CU_ASSERT(xmm_is(&r, 1, 5, 5));
    SIMD_OK(&r, 0x0f, 0x17, 0x53, 0x08); /* MOVHPS [EBX+8],XMM2 */
    CU_ASSERT_EQUAL(simd_get(&r, 8), 4);
    rig_done(&r);
}

static void a_lane_goes_out_zero_extended(void)
{
    struct rig r;
    simd_init(&r);
    simd_long_mode(&r);
    set_xmm(&r, 1, X(8877665544332211), X(ffeeddccbbaa9988));
    r.cpu->gpr[IA32_RDX] = ~UINT64_C(0);
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x14, 0xca, 15); /* PEXTRB EDX */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], 0xff);
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x16, 0xca, 5); /* PEXTRD EDX,XMM1,1 */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], X(88776655));
    SIMD_OK(&r, 0x66, 0x48, 0x0f, 0x3a, 0x16, 0xca, 1); /* PEXTRQ */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], X(ffeeddccbbaa9988));
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x14, 0xcc, 0); /* ESP, not AH */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RSP], 0x11);
    SIMD_OK(&r, 0x66, 0x0f, 0xd7, 0xd1); /* PMOVMSKB EDX,XMM1 */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], 0xff80 | 0x80);
    SIMD_OK(&r, 0x0f, 0x50, 0xd1); /* MOVMSKPS EDX,XMM1 */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], 14);
    rig_done(&r);
}

static void a_lane_goes_in_alone(void)
{
    struct rig r;
    simd_init(&r);
    simd_long_mode(&r);
    r.cpu->gpr[IA32_RDX] = X(1122334455667788);
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x20, 0xca, 0x1f); /* PINSRB XMM1,EDX */
    CU_ASSERT(xmm_is(&r, 1, 0, X(8800000000000000)));
    SIMD_OK(&r, 0x66, 0x48, 0x0f, 0x3a, 0x22, 0xca, 2); /* PINSRQ */
    CU_ASSERT(xmm_is(&r, 1, X(1122334455667788), X(8800000000000000)));
    SIMD_OK(&r, 0x66, 0x0f, 0xc4, 0xca, 9); /* PINSRW XMM1,EDX,1 */
    CU_ASSERT(xmm_is(&r, 1, X(1122334477887788), X(8800000000000000)));
    rig_done(&r);
}

static void insertps_takes_moves_and_clears(void)
{
    struct rig r;
    simd_init(&r);
    set_xmm(&r, 1, X(1111111100000000), X(3333333322222222));
    set_xmm(&r, 2, X(5555555544444444), X(7777777766666666));
    simd_put(&r, 0, X(8888888899999999));
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x21, 0xca, 0xd8); /* 3 to 1, clear 3 */
    CU_ASSERT(xmm_is(&r, 1, X(7777777700000000), X(22222222)));
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x21, 0x0b, 0xc0); /* memory: its only */
    CU_ASSERT(xmm_is(&r, 1, X(7777777799999999), X(22222222)));
    rig_done(&r);
}

static void byte_shifts_are_of_the_whole(void)
{
    struct rig r;
    simd_init(&r);
    set_xmm(&r, 1, X(0706050403020100), X(0f0e0d0c0b0a0908));
    SIMD_OK(&r, 0x66, 0x0f, 0x73, 0xd9, 5); /* PSRLDQ */
    CU_ASSERT(xmm_is(&r, 1, X(0c0b0a0908070605), X(00000000000f0e0d)));
    SIMD_OK(&r, 0x66, 0x0f, 0x73, 0xf9, 8); /* PSLLDQ */
    CU_ASSERT(xmm_is(&r, 1, 0, X(0c0b0a0908070605)));
    SIMD_OK(&r, 0x66, 0x0f, 0x73, 0xf9, 16);
    CU_ASSERT(xmm_is(&r, 1, 0, 0));
    rig_done(&r);
}

static void variable_blends_look_at_xmm0(void)
{
    struct rig r;
    simd_init(&r);
    set_xmm(&r, 0, X(8000000000000080), X(0000000080000000));
    set_xmm(&r, 1, 0, 0);
    set_xmm(&r, 2, ~UINT64_C(0), ~UINT64_C(0));
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x14, 0xca); /* BLENDVPS */
    CU_ASSERT(xmm_is(&r, 1, X(ffffffff00000000), X(ffffffff)));
    set_xmm(&r, 1, 0, 0);
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x15, 0xca); /* BLENDVPD */
    CU_ASSERT(xmm_is(&r, 1, ~UINT64_C(0), 0));
    set_xmm(&r, 1, 0, 0);
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x10, 0xca); /* PBLENDVB */
    CU_ASSERT(xmm_is(&r, 1, X(ff000000000000ff), X(ff000000)));
    rig_done(&r);
}

static void ptest_sets_zf_and_cf_alone(void)
{
    struct rig r;
    simd_init(&r);
    ia32_set_rflags(r.cpu, FL_ARITH);
    set_xmm(&r, 1, 6, 0);
    set_xmm(&r, 2, 1, 0);
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x17, 0xca);
    CU_ASSERT_EQUAL(ia32_get_rflags(r.cpu) & FL_ARITH, FL_ZF);
    set_xmm(&r, 2, 2, 0);
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x17, 0xca);
    CU_ASSERT_EQUAL(ia32_get_rflags(r.cpu) & FL_ARITH, FL_CF);
    set_xmm(&r, 2, 2, 8);
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x17, 0xca);
    CU_ASSERT_EQUAL(ia32_get_rflags(r.cpu) & FL_ARITH, 0);
    set_xmm(&r, 2, 0, 0);
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x17, 0xca);
    CU_ASSERT_EQUAL(ia32_get_rflags(r.cpu) & FL_ARITH, FL_ZF | FL_CF);
    rig_done(&r);
}

/* --- alignment and size of memory operands ----------------------------------- */

static void sixteen_bytes_must_be_aligned(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->gpr[IA32_RBX] = SIMD_PLACE + 8;
    SIMD_FAULTS(&r, IA32_GP, 0x66, 0x0f, 0xfc, 0x0b); /* PADDB */
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0x28, 0x0b);       /* MOVAPS */
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0x29, 0x0b);
    SIMD_FAULTS(&r, IA32_GP, 0x66, 0x0f, 0xe7, 0x0b); /* MOVNTDQ */
    SIMD_FAULTS(&r, IA32_GP, 0x66, 0x0f, 0x38, 0x2a, 0x0b); /* MOVNTDQA */
    SIMD_FAULTS(&r, IA32_GP, 0x66, 0x0f, 0x14, 0x0b); /* UNPCKLPD */
    CU_ASSERT_EQUAL(r.cpu->pending.error_code, 0);
    r.cpu->gpr[IA32_RSP] = SIMD_PLACE + 8; /* #GP in the stack segment too */
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0x28, 0x0c, 0x24);
    rig_done(&r);
}

static void these_need_no_alignment(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->gpr[IA32_RBX] = SIMD_PLACE + 3;
    SIMD_OK(&r, 0x0f, 0x10, 0x0b);             /* MOVUPS */
    SIMD_OK(&r, 0x66, 0x0f, 0x11, 0x0b);       /* MOVUPD */
    SIMD_OK(&r, 0xf3, 0x0f, 0x6f, 0x0b);       /* MOVDQU */
    SIMD_OK(&r, 0xf2, 0x0f, 0xf0, 0x0b);       /* LDDQU */
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x63, 0x0b, 0); /* PCMPISTRI */
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x20, 0x0b); /* PMOVSXBW */
    SIMD_OK(&r, 0xf2, 0x0f, 0x12, 0x0b);       /* MOVDDUP */
    rig_done(&r);
}

static void narrow_operands_read_no_more(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->seg[IA32_DS].limit = 0x5001;
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x22, 0x0b);     /* PMOVSXBQ: 2 */
    SIMD_OK(&r, 0x66, 0x0f, 0xc4, 0x0b, 0);        /* PINSRW: 2 */
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x20, 0x0b, 0);  /* PINSRB: 1 */
    SIMD_FAULTS(&r, IA32_GP, 0x66, 0x0f, 0x38, 0x21, 0x0b); /* PMOVSXBD: 4 */
    r.cpu->seg[IA32_DS].limit = 0x5003;
    SIMD_OK(&r, 0x66, 0x0f, 0x38, 0x21, 0x0b);
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x21, 0x0b, 0);  /* INSERTPS: 4 */
    SIMD_FAULTS(&r, IA32_GP, 0xf3, 0x0f, 0x7e, 0x0b); /* MOVQ: 8 */
    r.cpu->seg[IA32_DS].limit = 0x5007;
    SIMD_OK(&r, 0xf3, 0x0f, 0x7e, 0x0b);
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0x10, 0x0b);    /* MOVUPS: 16 */
    rig_done(&r);
}

static void stores_change_nothing_when_they_fault(void)
{
    struct rig r;
    simd_init(&r);
    set_xmm(&r, 1, 7, 7);
    r.cpu->seg[IA32_DS].limit = 0x500e;
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0x11, 0x0b); /* MOVUPS [EBX],XMM1 */
    CU_ASSERT_EQUAL(simd_get(&r, 0), 0);
    r.cpu->gpr[IA32_RDI] = SIMD_PLACE;
    set_xmm(&r, 2, 0x80, 0);
    SIMD_FAULTS(&r, IA32_GP, 0x66, 0x0f, 0xf7, 0xca); /* MASKMOVDQU */
    CU_ASSERT_EQUAL(simd_get(&r, 0), 0);
    r.cpu->seg[IA32_DS].limit = 0x500f;
    SIMD_OK(&r, 0x66, 0x0f, 0xf7, 0xca);
    CU_ASSERT_EQUAL(simd_get(&r, 0), 7);
    rig_done(&r);
}

static void osfxsr_em_and_ts_are_looked_at(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->fpu.sw |= FSW_ES; /* no matter of XMM registers */
    SIMD_OK(&r, 0x66, 0x0f, 0xfc, 0xca);
    r.cpu->cr0 |= CR0_TS;
    SIMD_FAULTS(&r, IA32_NM, 0x66, 0x0f, 0xfc, 0xca);
    r.cpu->cr4 &= ~CR4_OSFXSR;
    SIMD_FAULTS(&r, IA32_UD, 0x66, 0x0f, 0xfc, 0xca);
    r.cpu->cr4 |= CR4_OSFXSR;
    r.cpu->cr0 |= CR0_EM;
    SIMD_FAULTS(&r, IA32_UD, 0x66, 0x0f, 0xfc, 0xca);
    rig_done(&r);
}

/* --- strings ------------------------------------------------------------------ */

static uint64_t ascii(const char *text, unsigned from)
{
    uint64_t word = 0;
    size_t length = strlen(text);
    for (unsigned i = 0; i < 8; i++)
        if (from + i < length)
            word |= (uint64_t)(uint8_t)text[from + i] << 8 * i;
    return word;
}

/* op: 60 PCMPESTRM, 61 PCMPESTRI, 62 PCMPISTRM, 63 PCMPISTRI. */
static void compare_strings(struct rig *r, uint8_t op, uint8_t imm,
                            const char *set, const char *text)
{
    set_xmm(r, 1, ascii(set, 0), ascii(set, 8));
    set_xmm(r, 2, ascii(text, 0), ascii(text, 8));
    SIMD_OK(r, 0x66, 0x0f, 0x3a, op, 0xca, imm);
}

static uint64_t flags(const struct rig *r)
{
    return ia32_get_rflags(r->cpu) & FL_ARITH;
}

static void equal_any_finds_a_character_of_the_set(void)
{
    struct rig r;
    simd_init(&r);
    ia32_set_rflags(r.cpu, FL_ARITH);
    compare_strings(&r, 0x63, 0x00, "aeiou", "xyzzy, plugh");
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 9);
    CU_ASSERT_EQUAL(flags(&r), FL_CF | FL_ZF | FL_SF);
    compare_strings(&r, 0x63, 0x00, "q", "0123456789abcdef");
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 16);
    CU_ASSERT_EQUAL(flags(&r), FL_SF);
    compare_strings(&r, 0x63, 0x40, "a", "abacus"); /* the last */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 2);
    CU_ASSERT_EQUAL(flags(&r), FL_CF | FL_ZF | FL_SF | FL_OF);
    rig_done(&r);
}

static void ranges_are_pairs(void)
{
    struct rig r;
    simd_init(&r);
    compare_strings(&r, 0x62, 0x04, "09AF", "x0/9:AF@G");
    CU_ASSERT(xmm_is(&r, 0, 0x6a, 0)); /* 0 9 A F */
    compare_strings(&r, 0x62, 0x44, "09A", "A5"); /* A has no partner */
    CU_ASSERT(xmm_is(&r, 0, X(ff00), 0));
    compare_strings(&r, 0x62, 0x34, "09", "A5"); /* masked negative */
    CU_ASSERT(xmm_is(&r, 0, 1, 0));
    compare_strings(&r, 0x62, 0x14, "09", "A5"); /* negative */
    CU_ASSERT(xmm_is(&r, 0, 0xfffd, 0));
    rig_done(&r);
}

static void equal_each_compares_strings(void)
{
    struct rig r;
    simd_init(&r);
    compare_strings(&r, 0x63, 0x18, "sample", "sampler"); /* difference */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 6);
    compare_strings(&r, 0x63, 0x18, "same", "same");
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 16);
    CU_ASSERT_EQUAL(flags(&r), FL_ZF | FL_SF);
    rig_done(&r);
}

static void equal_ordered_finds_a_string(void)
{
    struct rig r;
    simd_init(&r);
    compare_strings(&r, 0x63, 0x0c, "nee", "a needle, a nee");
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 2);
    compare_strings(&r, 0x63, 0x0c, "def", "0123456789abcdde");
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 14); /* may go on */
    compare_strings(&r, 0x63, 0x0c, "", "abc"); /* stands anywhere */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 0);
    rig_done(&r);
}

static void explicit_lengths_are_absolute_and_saturate(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->gpr[IA32_RAX] = (uint32_t)-3;
    r.cpu->gpr[IA32_RDX] = 16;
    compare_strings(&r, 0x61, 0x0c, "abcx", "zzabcyzzzzzzzzzz");
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 2);
    CU_ASSERT_EQUAL(flags(&r), FL_CF | FL_SF);
    r.cpu->gpr[IA32_RAX] = 0x80000000; /* as long as can be */
    r.cpu->gpr[IA32_RDX] = 0x80000000;
    compare_strings(&r, 0x60, 0x08, "", "");
    CU_ASSERT(xmm_is(&r, 0, 0xffff, 0));
    CU_ASSERT_EQUAL(flags(&r), FL_CF | FL_OF);
    simd_long_mode(&r);
    r.cpu->gpr[IA32_RAX] = X(100000000); /* 0 as EAX, 16 as RAX */
    r.cpu->gpr[IA32_RDX] = 16;
    set_xmm(&r, 1, 0, 0);
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x60, 0xc9, 0x08);
    CU_ASSERT(xmm_is(&r, 0, 0, 0));
    SIMD_OK(&r, 0x66, 0x48, 0x0f, 0x3a, 0x60, 0xc9, 0x08);
    CU_ASSERT(xmm_is(&r, 0, 0xffff, 0));
    rig_done(&r);
}

static void words_may_be_signed(void)
{
    struct rig r;
    simd_init(&r);
    set_xmm(&r, 1, X(0001fffe), 0);         /* -2 to 1 */
    set_xmm(&r, 2, X(0002ffff0001fffd), 0); /* -3 1 -1 2 */
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x62, 0xca, 0x47);
    CU_ASSERT(xmm_is(&r, 0, X(0000ffffffff0000), 0));
    SIMD_OK(&r, 0x66, 0x0f, 0x3a, 0x62, 0xca, 0x45); /* unsigned: none */
    CU_ASSERT(xmm_is(&r, 0, 0, 0));
    rig_done(&r);
}

int main(void)
{
    static const struct test_case tests[] = {
        { "results are those of the manual",
          results_are_those_of_the_manual },
        { "MOVSS and MOVSD keep the rest of a register, memory clears it",
          movss_keeps_or_clears_the_rest },
        { "halves move alone", halves_move_alone },
        { "a lane goes out zero-extended", a_lane_goes_out_zero_extended },
        { "a lane goes in alone", a_lane_goes_in_alone },
        { "INSERTPS takes, moves and clears",
          insertps_takes_moves_and_clears },
        { "PSRLDQ and PSLLDQ shift the whole",
          byte_shifts_are_of_the_whole },
        { "variable blends look at XMM0", variable_blends_look_at_xmm0 },
        { "PTEST sets ZF and CF alone", ptest_sets_zf_and_cf_alone },
        { "16 bytes must be aligned, else #GP(0)",
          sixteen_bytes_must_be_aligned },
        { "moves that say so need no alignment", these_need_no_alignment },
        { "narrow operands read no more than they need",
          narrow_operands_read_no_more },
        { "stores change nothing when they fault",
          stores_change_nothing_when_they_fault },
        { "CR4.OSFXSR and CR0.EM are #UD, CR0.TS is #NM, ES is nothing",
          osfxsr_em_and_ts_are_looked_at },
        { "equal any finds a character of the set",
          equal_any_finds_a_character_of_the_set },
        { "ranges are pairs of bounds", ranges_are_pairs },
        { "equal each compares strings", equal_each_compares_strings },
        { "equal ordered finds a string", equal_ordered_finds_a_string },
        { "explicit lengths are absolute and saturate",
          explicit_lengths_are_absolute_and_saturate },
        { "words may be signed", words_may_be_signed },
    };
    return run_suite("ia32-sse-int", tests, ARRAY_SIZE(tests));
}
