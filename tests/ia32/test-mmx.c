/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MMX: results of each kind of instruction from the manual's pages, and what
 * MMX does to the state of the x87 FPU.
 * SDM 325462, Vol 1, "Programming with Intel MMX Technology"; Vol 3A,
 * "Intel MMX Technology System Programming". */
#include "tests/ia32/simdrig.h"

#define MM(op) { 0x0f, op }, 2
#define MM38(op) { 0x0f, 0x38, op }, 3
#define X(v) UINT64_C(0x##v)

static const struct simd_case cases[] = {
    { "PADDB wraps", MM(0xfc), -1, { X(ff80010203040506) },
      { X(0180010203040506) }, { X(0000020406080a0c) } },
    { "PADDW wraps", MM(0xfd), -1, { X(ffff800000010002) },
      { X(0001800000010002) }, { X(0000000000020004) } },
    { "PADDD wraps", MM(0xfe), -1, { X(ffffffff00000001) },
      { X(0000000280000000) }, { X(0000000180000001) } },
    { "PADDQ carries through", MM(0xd4), -1, { X(00000000ffffffff) },
      { 1 }, { X(0000000100000000) } },
    { "PADDSB saturates", MM(0xec), -1, { X(7f80017f80ff00fe) },
      { X(01ff01ff01ffff02) }, { X(7f80027e81feff00) } },
    { "PADDUSB saturates", MM(0xdc), -1, { X(ff80010000000000) },
      { X(0180ff0000000000) }, { X(ffffff0000000000) } },
    { "PADDSW saturates", MM(0xed), -1, { X(7fff800000010000) },
      { X(0001ffffffff0000) }, { X(7fff800000000000) } },
    { "PSUBB wraps", MM(0xf8), -1, { 0 }, { X(0102ff0000000080) },
      { X(fffe010000000080) } },
    { "PSUBUSW stops at 0", MM(0xd9), -1, { X(0001ffff00050000) },
      { X(0002000100030000) }, { X(0000fffe00020000) } },
    { "PSUBSW saturates", MM(0xe9), -1, { X(80007fff00000000) },
      { X(0001ffff00010000) }, { X(80007fffffff0000) } },
    { "PMULLW keeps the low words", MM(0xd5), -1, { X(ffff800000027fff) },
      { X(ffff000280007fff) }, { X(0001000000000001) } },
    { "PMULHW keeps the high words", MM(0xe5), -1, { X(ffff800080007fff) },
      { X(ffff800000027fff) }, { X(00004000ffff3fff) } },
    { "PMULHUW is unsigned", MM(0xe4), -1, { X(ffff800000030000) },
      { X(ffff000280000000) }, { X(fffe000100010000) } },
    { "PMULUDQ: low doublewords to a quadword", MM(0xf4), -1,
      { X(77777777ffffffff) }, { X(88888888ffffffff) },
      { X(fffffffe00000001) } },
    { "PMADDWD: the one sum that wraps", MM(0xf5), -1,
      { X(8000800000030002) }, { X(8000800000050007) },
      { X(800000000000001d) } },
    { "PSADBW: one sum", MM(0xf6), -1, { X(ff000a0000000000) },
      { X(00ff050000000000) }, { X(0203) } },
    { "PAVGB rounds up", MM(0xe0), -1, { X(ff00010000000000) },
      { X(fe01020000000000) }, { X(ff01020000000000) } },
    { "PCMPEQW", MM(0x75), -1, { X(0001000200030004) },
      { X(0001000000030000) }, { X(ffff0000ffff0000) } },
    { "PCMPGTB is signed", MM(0x64), -1, { X(7f80000000000000) },
      { X(807fff0000000000) }, { X(ff00ff0000000000) } },
    { "PMINUB", MM(0xda), -1, { X(ff00800000000000) },
      { X(01ff7f0000000000) }, { X(01007f0000000000) } },
    { "PMAXSW", MM(0xee), -1, { X(8000ffff00050000) },
      { X(7fff000000040000) }, { X(7fff000000050000) } },
    { "PAND", MM(0xdb), -1, { X(ff00ff00ff00ff00) },
      { X(f0f0f0f0f0f0f0f0) }, { X(f000f000f000f000) } },
    { "PANDN inverts the destination", MM(0xdf), -1,
      { X(ff00ff00ff00ff00) }, { X(f0f0f0f0f0f0f0f0) },
      { X(00f000f000f000f0) } },
    { "PSLLW: a count of 15", MM(0xf1), -1, { X(0003000200018000) }, { 15 },
      { X(8000000080000000) } },
    { "PSLLD: too large a count clears", MM(0xf2), -1,
      { X(ffffffffffffffff) }, { 32 }, { 0 } },
    { "PSRLQ: the count has 64 bits", MM(0xd3), -1, { ~UINT64_C(0) },
      { X(100000001) }, { 0 } },
    { "PSRAW: too large a count leaves signs", MM(0xe1), -1,
      { X(80007fff00018001) }, { X(8000000000000000) },
      { X(ffff00000000ffff) } },
    { "PACKSSWB: destination below source", MM(0x63), -1,
      { X(7fff8000007fff80) }, { X(0080ff7f00010000) },
      { X(7f8001007f807f80) } },
    { "PACKUSWB: negative is 0", MM(0x67), -1, { X(7fff800000ff0100) },
      { X(0001ffff00800000) }, { X(01008000ff00ffff) } },
    { "PACKSSDW", MM(0x6b), -1, { X(7fffffff80000000) },
      { X(00007fffffff8000) }, { X(7fff80007fff8000) } },
    { "PUNPCKHBW", MM(0x68), -1, { X(0706050403020100) },
      { X(f7f6f5f4f3f2f1f0) }, { X(f707f606f505f404) } },
    { "PUNPCKLWD", MM(0x61), -1, { X(3333222211110000) },
      { X(7777666655554444) }, { X(5555111144440000) } },
    { "PSHUFW: reversed", MM(0x70), 0x1b, { 0 }, { X(3333222211110000) },
      { X(0000111122223333) } },
    { "PSHUFB: bit 7 clears", MM38(0x00), -1, { X(7766554433221100) },
      { X(8001020304050f77) }, { X(0011223344557777) } },
    { "PHADDW: destination below source", MM38(0x01), -1,
      { X(0004000300020001) }, { X(00400030ffff0001) },
      { X(0070000000070003) } },
    { "PHADDSW saturates", MM38(0x03), -1, { X(7fff000180008000) },
      { X(00010001ffffffff) }, { X(0002fffe7fff8000) } },
    { "PHSUBD: low less high", MM38(0x06), -1, { X(0000000100000005) },
      { X(0000000500000001) }, { X(fffffffc00000004) } },
    { "PMADDUBSW: the destination is unsigned", MM38(0x04), -1,
      { X(ffff000000000102) }, { X(7f7f000000008001) },
      { X(7fff00000000ff82) } },
    { "PMULHRSW rounds", MM38(0x0b), -1, { X(7fff800040000001) },
      { X(7fff800000014000) }, { X(7ffe800000010001) } },
    { "PSIGNW: negative, zero, positive", MM38(0x09), -1,
      { X(0005000500058000) }, { X(ffff00000001ffff) },
      { X(fffb000000058000) } },
    { "PABSB: 80h stays", MM38(0x1c), -1, { 0 }, { X(80ff7f0100fe81c0) },
      { X(80017f0100027f40) } },
    { "PALIGNR", { 0x0f, 0x3a, 0x0f }, 3, 3, { X(0f0e0d0c0b0a0908) },
      { X(0706050403020100) }, { X(0a09080706050403) } },
    { "PALIGNR: past the source", { 0x0f, 0x3a, 0x0f }, 3, 10,
      { X(0f0e0d0c0b0a0908) }, { X(0706050403020100) },
      { X(00000f0e0d0c0b0a) } },
    { "PALIGNR: past both", { 0x0f, 0x3a, 0x0f }, 3, 16, { ~UINT64_C(0) },
      { ~UINT64_C(0) }, { 0 } },
};

static void results_are_those_of_the_manual(void)
{
    simd_run_table(cases, ARRAY_SIZE(cases), simd_one_mmx);
}

/* --- x87 state --------------------------------------------------------- */

static void spoil_fpu(struct rig *r)
{
    r->cpu->fpu.sw = 0x7d00; /* C3 C2 C0, TOP 7 */
    r->cpu->fpu.valid = 0x12;
    r->cpu->fpu.r[1].se = 0x4000;
    r->cpu->fpu.r[2].se = 0x4001;
}

static void a_write_sets_tags_top_and_exponent(void)
{
    struct rig r;
    simd_init(&r);
    spoil_fpu(&r);
    SIMD_OK(&r, 0x0f, 0xef, 0xca); /* PXOR MM1,MM2 */
    CU_ASSERT_EQUAL(r.cpu->fpu.valid, 0xff);
    CU_ASSERT_EQUAL(r.cpu->fpu.sw, 0x4500);
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].se, 0xffff);
    CU_ASSERT_EQUAL(r.cpu->fpu.r[2].se, 0x4001);
    rig_done(&r);
}

static void a_read_sets_tags_and_top_only(void)
{
    struct rig r;
    simd_init(&r);
    spoil_fpu(&r);
    SIMD_OK(&r, 0x0f, 0x7f, 0x0b); /* MOVQ [EBX],MM1 */
    CU_ASSERT_EQUAL(r.cpu->fpu.valid, 0xff);
    CU_ASSERT_EQUAL(r.cpu->fpu.sw, 0x4500);
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].se, 0x4000);
    spoil_fpu(&r);
    SIMD_OK(&r, 0x0f, 0xd7, 0xc1); /* PMOVMSKB EAX,MM1 */
    CU_ASSERT_EQUAL(r.cpu->fpu.valid, 0xff);
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].se, 0x4000);
    rig_done(&r);
}

static void emms_empties_all(void)
{
    struct rig r;
    simd_init(&r);
    spoil_fpu(&r);
    SIMD_OK(&r, 0x0f, 0x77);
    CU_ASSERT_EQUAL(r.cpu->fpu.valid, 0);
    CU_ASSERT_EQUAL(r.cpu->fpu.sw, 0x4500);
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].se, 0x4000);
    rig_done(&r);
}

static void a_fault_leaves_the_fpu_alone(void)
{
    struct rig r;
    simd_init(&r);
    spoil_fpu(&r);
    r.cpu->seg[IA32_DS].limit = 0x5006;
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0xfc, 0x0b); /* PADDB MM1,[EBX] */
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0x7f, 0x0b); /* MOVQ [EBX],MM1 */
    CU_ASSERT_EQUAL(r.cpu->fpu.valid, 0x12);
    CU_ASSERT_EQUAL(r.cpu->fpu.sw, 0x7d00);
    rig_done(&r);
}

/* --- checks before ------------------------------------------------------ */

static void em_then_ts_then_mf(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->cr0 |= CR0_EM | CR0_TS;
    r.cpu->fpu.sw |= FSW_ES;
    r.cpu->seg[IA32_DS].limit = 0;
    SIMD_FAULTS(&r, IA32_UD, 0x0f, 0xfc, 0x0b);
    r.cpu->cr0 &= ~CR0_EM;
    SIMD_FAULTS(&r, IA32_NM, 0x0f, 0xfc, 0x0b);
    r.cpu->cr0 &= ~CR0_TS;
    SIMD_FAULTS(&r, IA32_MF, 0x0f, 0xfc, 0x0b);
    SIMD_FAULTS(&r, IA32_MF, 0x0f, 0x77); /* EMMS */
    r.cpu->fpu.sw = 0;
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0xfc, 0x0b);
    rig_done(&r);
}

/* "128-bit operations only": CR4.OSFXSR is about XMM registers. */
static void osfxsr_does_not_matter(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->cr4 &= ~CR4_OSFXSR;
    SIMD_OK(&r, 0x0f, 0xe0, 0xca);       /* PAVGB, SSE */
    SIMD_OK(&r, 0x0f, 0xd4, 0xca);       /* PADDQ, SSE2 */
    SIMD_OK(&r, 0x0f, 0x38, 0x00, 0xca); /* PSHUFB, SSSE3 */
    rig_done(&r);
}

static void movdq2q_and_movq2dq_ask_for_both(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->fpu.sw |= FSW_ES;
    SIMD_FAULTS(&r, IA32_MF, 0xf2, 0x0f, 0xd6, 0xca);
    SIMD_FAULTS(&r, IA32_MF, 0xf3, 0x0f, 0xd6, 0xca);
    r.cpu->cr4 &= ~CR4_OSFXSR;
    SIMD_FAULTS(&r, IA32_UD, 0xf2, 0x0f, 0xd6, 0xca);
    SIMD_FAULTS(&r, IA32_UD, 0xf3, 0x0f, 0xd6, 0xca);
    rig_done(&r);
}

/* --- operands -------------------------------------------------------------- */

static void unpack_low_reads_four_bytes(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->seg[IA32_DS].limit = 0x5003;
    simd_put(&r, 0, X(4444333322221111));
    r.cpu->fpu.r[1].frac = X(ddddccccbbbbaaaa);
    SIMD_OK(&r, 0x0f, 0x61, 0x0b); /* PUNPCKLWD MM1,[EBX] */
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].frac, X(2222bbbb1111aaaa));
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0x69, 0x0b); /* PUNPCKHWD */
    rig_done(&r);
}

static void movd_zero_extends_and_rex_w_makes_it_a_quadword(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->gpr[IA32_RDX] = X(1122334455667788);
    r.cpu->gpr[IA32_RAX] = ~UINT64_C(0);
    SIMD_OK(&r, 0x0f, 0x6e, 0xca); /* MOVD MM1,EDX */
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].frac, X(55667788));
    simd_long_mode(&r);
    SIMD_OK(&r, 0x48, 0x0f, 0x6e, 0xca); /* MOVQ MM1,RDX */
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].frac, X(1122334455667788));
    SIMD_OK(&r, 0x0f, 0x7e, 0xc8); /* MOVD EAX,MM1 */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], X(55667788));
    SIMD_OK(&r, 0x48, 0x0f, 0x7e, 0xc8); /* MOVQ RAX,MM1 */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], X(1122334455667788));
    rig_done(&r);
}

static void words_go_in_and_out(void)
{
    struct rig r;
    simd_init(&r);
    r.cpu->gpr[IA32_RDX] = 0xabcd1234;
    r.cpu->gpr[IA32_RAX] = ~UINT64_C(0);
    r.cpu->fpu.r[1].frac = ~UINT64_C(0);
    SIMD_OK(&r, 0x0f, 0xc4, 0xca, 0x06); /* PINSRW MM1,EDX,6 is 2 */
    CU_ASSERT_EQUAL(r.cpu->fpu.r[1].frac, X(ffff1234ffffffff));
    SIMD_OK(&r, 0x0f, 0xc5, 0xc1, 0xfe); /* PEXTRW EAX,MM1,FEh is 2 */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0x1234);
    rig_done(&r);
}

static void maskmovq_stores_selected_bytes(void)
{
    struct rig r;
    simd_init(&r);
    simd_put(&r, 0, X(eeeeeeeeeeeeeeee));
    r.cpu->gpr[IA32_RDI] = SIMD_PLACE;
    r.cpu->fpu.r[1].frac = X(8877665544332211);
    r.cpu->fpu.r[2].frac = X(80007f00ff0001c0);
    SIMD_OK(&r, 0x0f, 0xf7, 0xca);
    CU_ASSERT_EQUAL(simd_get(&r, 0), X(88eeeeee44eeee11));
    r.cpu->seg[IA32_DS].limit = 0x5006;
    SIMD_FAULTS(&r, IA32_GP, 0x0f, 0xf7, 0xca);
    CU_ASSERT_EQUAL(simd_get(&r, 0), X(88eeeeee44eeee11));
    SIMD_OK(&r, 0x26, 0x0f, 0xf7, 0xca); /* ES: instead */
    rig_done(&r);
}

int main(void)
{
    static const struct test_case tests[] = {
        { "results are those of the manual",
          results_are_those_of_the_manual },
        { "a write sets tags, TOP and exponent",
          a_write_sets_tags_top_and_exponent },
        { "a read sets tags and TOP only", a_read_sets_tags_and_top_only },
        { "EMMS empties all", emms_empties_all },
        { "a fault leaves the FPU alone", a_fault_leaves_the_fpu_alone },
        { "#UD for EM, then #NM, then #MF, then memory",
          em_then_ts_then_mf },
        { "CR4.OSFXSR does not matter", osfxsr_does_not_matter },
        { "MOVDQ2Q and MOVQ2DQ ask for MMX and SSE",
          movdq2q_and_movq2dq_ask_for_both },
        { "PUNPCKLWD reads 4 bytes", unpack_low_reads_four_bytes },
        { "MOVD zero-extends, REX.W makes it MOVQ",
          movd_zero_extends_and_rex_w_makes_it_a_quadword },
        { "PINSRW and PEXTRW take the count modulo 4",
          words_go_in_and_out },
        { "MASKMOVQ stores the selected bytes",
          maskmovq_stores_selected_bytes },
    };
    return run_suite("ia32-mmx", tests, ARRAY_SIZE(tests));
}
