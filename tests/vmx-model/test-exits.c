/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VM exits of instructions: every reason with its information fields, what
 * the controls, bitmaps, masks and shadows decide.
 * SDM 325462, Vol 3C, "Instructions That Cause VM Exits", "VM Exits". */
#include "tests/vmx-model/exits.h"

/* --- instructions with one control ------------------------------------------- */

static void simple(void)
{
    static const struct {
        uint8_t code[3], length;
        int8_t bit; /* of the processor-based controls; -1: always */
        uint8_t reason;
        uint64_t qualification;
    } rows[] = {
        {{0x0f, 0xa2}, 2, -1, 10, 0},            /* CPUID */
        {{0xf4}, 1, 7, 12, 0},                   /* HLT */
        {{0x0f, 0x08}, 2, -1, 13, 0},            /* INVD */
        {{0x0f, 0x01, 0x3b}, 3, 9, 14, 0x1234},  /* INVLPG [EBX] */
        {{0x0f, 0x31}, 2, 12, 16, 0},            /* RDTSC */
        {{0xf3, 0x90}, 2, 30, 40, 0},            /* PAUSE */
        {{0x0f, 0x01, 0xc1}, 3, -1, 18, 0},      /* VMCALL */
        {{0x0f, 0x01, 0xc2}, 3, -1, 20, 0},      /* VMLAUNCH */
        {{0x0f, 0x01, 0xc3}, 3, -1, 24, 0},      /* VMRESUME */
        {{0x0f, 0x01, 0xc4}, 3, -1, 26, 0},      /* VMXOFF */
        {{0x0f, 0x23, 0xcb}, 3, 23, 29, 0x301},  /* MOV DR1, EBX */
        {{0x0f, 0x21, 0xf0}, 3, 23, 29, 0x16},   /* MOV EAX, DR6 */
        {{0x0f, 0x33}, 2, 11, 15, 0},            /* RDPMC */
    };
    struct rig r;
    rig_open(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        unsigned bit = rows[i].bit < 0 ? 1 : (unsigned)rows[i].bit;
        START(&r, PROC(bit));
        r.cpu->gpr[IA32_RBX] = 0x1234;
        rig_step(&r, rows[i].code, rows[i].length);
        if (!insn_exited(&r, rows[i].reason, rows[i].qualification,
                         rows[i].length))
            printf("\n  reason %u: got %u, qualification %x\n",
                   rows[i].reason, (unsigned)r.vmx->exit.reason,
                   (unsigned)r.vmx->exit.qualification);
        CU_ASSERT(insn_exited(&r, rows[i].reason, rows[i].qualification,
                              rows[i].length));
        if (rows[i].bit < 0 || rows[i].reason == VMX_EXIT_RDPMC)
            continue;
        START(&r, SET(PROC_BASED_CONTROLS, PROC_DEFAULT));
        r.cpu->gpr[IA32_RBX] = 0x400;
        rig_step(&r, rows[i].code, rows[i].length);
        CU_ASSERT(went_on(&r, rows[i].length));
    }
    rig_close(&r);
}

static void vmx_operands(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(1)); /* VMPTRLD [EBX + ECX * 4 + 12345678H] */
    RIG(&r, 0x0f, 0xc7, 0xb4, 0x8b, 0x78, 0x56, 0x34, 0x12);
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMPTRLD, 0x12345678, 8));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_INFO),
                    2 | 1u << 7 | 3u << 15 | 1u << 18 | 3u << 23);
    START(&r, PROC(1)); /* VMXON FS:[-8] */
    RIG(&r, 0x64, 0xf3, 0x0f, 0xc7, 0x35, 0xf8, 0xff, 0xff, 0xff);
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMXON, 0xfffffff8, 9));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_INFO),
                    1u << 7 | 4u << 15 | 1u << 22 | 1u << 27);
    START(&r, PROC(1));
    RIG(&r, 0x66, 0x0f, 0xc7, 0x36); /* VMCLEAR [ESI] */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMCLEAR, 0, 4));
    START(&r, PROC(1));
    RIG(&r, 0x0f, 0xc7, 0x3e); /* VMPTRST [ESI] */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMPTRST, 0, 3));
    START(&r, PROC(1));
    RIG(&r, 0x0f, 0x78, 0xca); /* VMREAD EDX, ECX */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMREAD, 0, 3));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_INFO),
                    2u << 3 | 1u << 10 | 1u << 28);
    START(&r, PROC(1));
    RIG(&r, 0x0f, 0x79, 0x5e, 0x10); /* VMWRITE EBX, [ESI + 10H] */
    CU_ASSERT(insn_exited(&r, VMX_EXIT_VMWRITE, 0x10, 4));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_INFO),
                    1u << 7 | 3u << 15 | 1u << 22 | 6u << 23 | 3u << 28);
    rig_close(&r);
}

/* --- I/O ------------------------------------------------------------------------ */

static void io(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(24));
    RIG(&r, 0xe4, 0x60); /* IN AL, 60H */
    CU_ASSERT(insn_exited(&r, 30, 0x600048, 2));
    START(&r, PROC(24));
    r.cpu->gpr[IA32_RDX] = 0x3f8;
    RIG(&r, 0xef); /* OUT DX, EAX */
    CU_ASSERT(insn_exited(&r, 30, 0x3f80003, 1));
    START(&r, PROC(24));
    r.cpu->gpr[IA32_RDX] = 0x3f8;
    r.cpu->gpr[IA32_RSI] = 0x6010;
    r.cpu->gpr[IA32_RCX] = 3;
    RIG(&r, 0xf3, 0x6e); /* REP OUTSB */
    CU_ASSERT(insn_exited(&r, 30, 0x3f80030, 2));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_LINEAR_ADDRESS), 0x6010);
    START(&r, SET(PROC_BASED_CONTROLS, PROC_DEFAULT));
    RIG(&r, 0xe4, 0x60);
    CU_ASSERT(went_on(&r, 2));
    rig_close(&r);
}

/* Every encoding: bits 6:0 of the qualification; DX is 3F8H, imm8 60H. */
static void io_forms(void)
{
    static const struct {
        uint8_t code[4], length, low;
    } rows[] = {
        {{0xe4, 0x60}, 2, 0x48},       {{0xe5, 0x60}, 2, 0x4b},
        {{0x66, 0xe5, 0x60}, 3, 0x49}, {{0xe6, 0x60}, 2, 0x40},
        {{0xe7, 0x60}, 2, 0x43},       {{0x66, 0xe7, 0x60}, 3, 0x41},
        {{0xec}, 1, 0x08},             {{0xed}, 1, 0x0b},
        {{0x66, 0xed}, 2, 0x09},       {{0xee}, 1, 0x00},
        {{0xef}, 1, 0x03},             {{0x66, 0xef}, 2, 0x01},
        {{0x6c}, 1, 0x18},             {{0x6d}, 1, 0x1b},
        {{0x66, 0x6d}, 2, 0x19},       {{0x6e}, 1, 0x10},
        {{0x6f}, 1, 0x13},             {{0x66, 0x6f}, 2, 0x11},
        {{0xf3, 0x6c}, 2, 0x38},       {{0xf3, 0x66, 0x6d}, 3, 0x39},
        {{0xf3, 0x6f}, 2, 0x33},       {{0xf3, 0xec}, 2, 0x08},
    };
    struct rig r;
    rig_open(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        bool immediate = rows[i].low & 0x40, string = rows[i].low & 0x10;
        START(&r, PROC(24));
        r.cpu->gpr[IA32_RDX] = 0x3f8;
        r.cpu->gpr[IA32_RCX] = 2;
        r.cpu->gpr[IA32_RSI] = 0x6010;
        r.cpu->gpr[IA32_RDI] = 0x50006020; /* not mapped: the exit is first */
        rig_step(&r, rows[i].code, rows[i].length);
        CU_ASSERT(insn_exited(&r, 30,
                              rows[i].low | (immediate ? 0x60u : 0x3f8u) << 16,
                              rows[i].length));
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_LINEAR_ADDRESS),
                        !string              ? 0
                        : rows[i].low & 0x08 ? 0x50006020
                                             : 0x6010);
    }
    START(&r, PROC(24)); /* nothing to do: no exit */
    r.cpu->gpr[IA32_RCX] = 0;
    RIG(&r, 0xf3, 0x6e);
    CU_ASSERT(went_on(&r, 2));
    rig_close(&r);
}

/* Port, bytes, does it exit? with 60H, 7FFFH and 8000H set in the bitmaps. */
static void io_bitmaps(void)
{
    static const struct {
        uint16_t port;
        uint8_t opcode; /* EC IN AL, DX; ED IN EAX, DX */
        bool exits;
    } rows[] = {
        {0x60, 0xec, true},   {0x61, 0xec, false},  {0x5d, 0xed, true},
        {0x5c, 0xed, false},  {0x7fff, 0xec, true}, {0x8000, 0xec, true},
        {0x7ffe, 0xec, false}, {0x7ffc, 0xed, true}, {0x8001, 0xec, false},
        {0xfffd, 0xed, true}, {0xfffc, 0xed, false},
    };
    struct rig r;
    rig_open(&r);
    rig_poke(&r, AT_BITMAP_A + 0x60 / 8, 1, 1);
    rig_poke(&r, AT_BITMAP_A + 0xfff, 1, 0x80);
    rig_poke(&r, AT_BITMAP_B, 1, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        /* "unconditional I/O exiting" is ignored with bitmaps */
        START(&r, SET(PROC_BASED_CONTROLS, PROC_DEFAULT | 3u << 24));
        r.cpu->gpr[IA32_RDX] = rows[i].port;
        rig_step(&r, &rows[i].opcode, 1);
        CU_ASSERT_EQUAL(r.exits == 1, rows[i].exits);
    }
    rig_close(&r);
}

/* --- MSRs ------------------------------------------------------------------------- */

static void msrs(void)
{
    static const struct {
        uint32_t msr;
        bool write, exits;
    } rows[] = {
        {0x174, false, true}, {0x174, true, false}, {0x175, true, true},
        {0x175, false, false}, {0x2000, false, true},
        {0xc0000080, true, true}, {0x40000000, true, true},
    };
    struct rig r;
    rig_open(&r);
    rig_poke(&r, AT_MSR_BITMAP + 0x174 / 8, 1, 1u << 4);
    rig_poke(&r, AT_MSR_BITMAP + 2048 + 0x175 / 8, 1, 1u << 5);
    rig_poke(&r, AT_MSR_BITMAP + 3072 + 0x80 / 8, 1, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        START(&r, PROC(28));
        r.cpu->gpr[IA32_RCX] = rows[i].msr;
        r.cpu->gpr[IA32_RAX] = r.cpu->gpr[IA32_RDX] = 0;
        if (rows[i].write)
            RIG(&r, 0x0f, 0x30);
        else
            RIG(&r, 0x0f, 0x32);
        CU_ASSERT(rows[i].exits ? insn_exited(&r, rows[i].write ? 32 : 31,
                                              0, 2)
                                : went_on(&r, 2));
    }
    START(&r, PROC(1)); /* without bitmaps: always */
    r.cpu->gpr[IA32_RCX] = 0x174;
    RIG(&r, 0x0f, 0x32);
    CU_ASSERT(insn_exited(&r, 31, 0, 2));
    rig_close(&r);
}

static void tsc_offset(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(3), SET(TSC_OFFSET, UINT64_C(0x500000000)));
    uint64_t before = ia32_tsc(r.cpu);
    RIG(&r, 0x0f, 0x31);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDX], 5);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], before);
    START(&r, SET(PROC_BASED_CONTROLS, PROC_DEFAULT | 1u << 3 | 1u << 28),
          SET(TSC_OFFSET, ~UINT64_C(0)));
    before = ia32_tsc(r.cpu);
    r.cpu->gpr[IA32_RCX] = MSR_TSC;
    RIG(&r, 0x0f, 0x32); /* RDMSR: the offset is signed */
    CU_ASSERT(went_on(&r, 2));
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], (uint32_t)(before - 1));
    rig_close(&r);
}

/* --- control registers ---------------------------------------------------------- */

#define CR0_MASKS(mask, shadow) \
    SET(CR0_GUEST_HOST_MASK, mask), SET(CR0_READ_SHADOW, shadow)

static void control_registers(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, CR0_MASKS(CR0_TS | CR0_PG, CR0_TS));
    RIG(&r, 0x0f, 0x20, 0xc0); /* MOV EAX, CR0: shadow for owned bits */
    CU_ASSERT(went_on(&r, 3));
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0x39);
    START(&r, CR0_MASKS(CR0_TS, 0));
    r.cpu->gpr[IA32_RBX] = 0x80000039;
    RIG(&r, 0x0f, 0x22, 0xc3); /* MOV CR0, EBX: TS differs from shadow */
    CU_ASSERT(insn_exited(&r, 28, 0x300, 3));
    START(&r, CR0_MASKS(CR0_TS, CR0_TS));
    r.cpu->gpr[IA32_RBX] = 0x8001003b; /* TS as in the shadow; MP, WP new */
    RIG(&r, 0x0f, 0x22, 0xc3);
    CU_ASSERT(went_on(&r, 3));
    CU_ASSERT_EQUAL(r.cpu->cr0, 0x80010033);
    START(&r, SET(CR4_GUEST_HOST_MASK, CR4_VMXE), SET(CR4_READ_SHADOW, 0));
    RIG(&r, 0x0f, 0x20, 0xe0); /* MOV EAX, CR4 */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], CR4_PSE);
    START(&r, SET(CR4_GUEST_HOST_MASK, CR4_VMXE), SET(CR4_READ_SHADOW, 0));
    r.cpu->gpr[IA32_RDX] = CR4_VMXE;
    RIG(&r, 0x0f, 0x22, 0xe2);
    CU_ASSERT(insn_exited(&r, 28, 0x204, 3));
    rig_close(&r);
}

static void cr3(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(1));
    RIG(&r, 0x0f, 0x20, 0xdf); /* MOV EDI, CR3 */
    CU_ASSERT(insn_exited(&r, 28, 0x713, 3));
    START(&r, SET(CR3_TARGET_COUNT, 1), SET(CR3_TARGET_VALUE_0, AT_PAGES),
          SET(CR3_TARGET_VALUE_1, 0x5000));
    r.cpu->gpr[IA32_RAX] = AT_PAGES;
    RIG(&r, 0x0f, 0x22, 0xd8); /* MOV CR3, EAX: a target */
    CU_ASSERT(went_on(&r, 3));
    START(&r, SET(CR3_TARGET_COUNT, 1), SET(CR3_TARGET_VALUE_1, 0x5000));
    r.cpu->gpr[IA32_RAX] = 0x5000; /* beyond the count */
    RIG(&r, 0x0f, 0x22, 0xd8);
    CU_ASSERT(insn_exited(&r, 28, 0x3, 3));
    rig_close(&r);
}

static void clts_lmsw(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, CR0_MASKS(CR0_TS, CR0_TS));
    RIG(&r, 0x0f, 0x06); /* CLTS */
    CU_ASSERT(insn_exited(&r, 28, 0x20, 2));
    START(&r, CR0_MASKS(CR0_TS, 0), SET(GUEST_CR0, 0x80000039));
    RIG(&r, 0x0f, 0x06); /* the guest sees TS = 0 already: nothing */
    CU_ASSERT(went_on(&r, 2));
    CU_ASSERT(r.cpu->cr0 & CR0_TS);
    START(&r, SET(GUEST_CR0, 0x80000039));
    RIG(&r, 0x0f, 0x06);
    CU_ASSERT(went_on(&r, 2) && !(r.cpu->cr0 & CR0_TS));
    START(&r, CR0_MASKS(CR0_MP, 0));
    r.cpu->gpr[IA32_RAX] = 0x123;
    RIG(&r, 0x0f, 0x01, 0xf0); /* LMSW AX */
    CU_ASSERT(insn_exited(&r, 28, 0x1230030, 3));
    START(&r, CR0_MASKS(CR0_MP, 0));
    rig_poke(&r, 0x6020, 2, 2);
    RIG(&r, 0x0f, 0x01, 0x35, 0x20, 0x60, 0, 0); /* LMSW [6020H] */
    CU_ASSERT(insn_exited(&r, 28, 0x20070, 7));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_LINEAR_ADDRESS), 0x6020);
    START(&r, CR0_MASKS(CR0_PE, 0)); /* would set PE that the guest sees 0 */
    r.cpu->gpr[IA32_RAX] = 1;
    RIG(&r, 0x0f, 0x01, 0xf0);
    CU_ASSERT(insn_exited(&r, 28, 0x10030, 3));
    START(&r, CR0_MASKS(CR0_EM, CR0_EM)); /* would clear EM */
    r.cpu->gpr[IA32_RAX] = 0;
    RIG(&r, 0x0f, 0x01, 0xf0);
    CU_ASSERT(insn_exited(&r, 28, 0x30, 3));
    START(&r, CR0_MASKS(0xfffffff0, 0)); /* no business of LMSW */
    r.cpu->gpr[IA32_RAX] = 0xfff3;
    RIG(&r, 0x0f, 0x01, 0xf0);
    CU_ASSERT(went_on(&r, 3));
    CU_ASSERT_EQUAL(r.cpu->cr0, 0x80000033);
    START(&r, CR0_MASKS(CR0_MP, 0), SET(EXCEPTION_BITMAP, 1u << IA32_PF));
    RIG(&r, 0x0f, 0x01, 0x35, 0, 0, 0, 0x50); /* the operand is not there */
    CU_ASSERT(exited(&r, 0, 0x50000000));
    START(&r, CR0_MASKS(CR0_PE, CR0_PE));
    r.cpu->gpr[IA32_RAX] = 0x0a; /* cannot clear PE: no exit */
    RIG(&r, 0x0f, 0x01, 0xf0);
    CU_ASSERT(went_on(&r, 3));
    CU_ASSERT_EQUAL(r.cpu->cr0 & 0xf, 0xb);
    rig_close(&r);
}

/* --- faults before exits ------------------------------------------------------------ */

static void privilege_first(void)
{
    static const uint8_t hlt[] = {0xf4};
    struct rig r;
    rig_open(&r);
    /* CPL 3 with #GP exiting: HLT must give reason 0, not 12. */
    START(&r, PROC(7), SET(EXCEPTION_BITMAP, 1u << IA32_GP),
          SET(GUEST_CS_SELECTOR, 0x0b), SET(GUEST_CS_AR, 0xc0fb),
          SET(GUEST_SS_SELECTOR, 0x13), SET(GUEST_SS_AR, 0xc0f3));
    rig_step(&r, hlt, 1);
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0xb0d);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_ERROR_CODE), 0);
    CU_ASSERT(rig_field(&r, VMX_F_GUEST_RFLAGS) & FL_RF);
    /* MOV DR is the exception: it exits before #GP and before #UD. */
    START(&r, PROC(23), SET(EXCEPTION_BITMAP, 1u << IA32_GP),
          SET(GUEST_CS_SELECTOR, 0x0b), SET(GUEST_CS_AR, 0xc0fb),
          SET(GUEST_SS_SELECTOR, 0x13), SET(GUEST_SS_AR, 0xc0f3));
    RIG(&r, 0x0f, 0x21, 0xf8); /* MOV EAX, DR7 */
    CU_ASSERT(insn_exited(&r, 29, 0x17, 3));
    START(&r, PROC(23), SET(EXCEPTION_BITMAP, 1u << IA32_UD),
          SET(GUEST_CR4, CR4_PSE | CR4_VMXE | CR4_DE));
    RIG(&r, 0x0f, 0x23, 0xe3); /* MOV DR4, EBX */
    CU_ASSERT(insn_exited(&r, 29, 0x304, 3));
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_UD),
          SET(GUEST_CR4, CR4_PSE | CR4_VMXE | CR4_DE));
    RIG(&r, 0x0f, 0x23, 0xe3);
    CU_ASSERT(exited(&r, 0, 0)); /* without the control: #UD */
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x306);
    /* CPUID exits at any privilege. */
    START(&r, SET(GUEST_CS_SELECTOR, 0x0b), SET(GUEST_CS_AR, 0xc0fb),
          SET(GUEST_SS_SELECTOR, 0x13), SET(GUEST_SS_AR, 0xc0f3));
    RIG(&r, 0x0f, 0xa2);
    CU_ASSERT(insn_exited(&r, 10, 0, 2));
    rig_close(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"instructions: reason, qualification, length; no exit without the control",
         simple},
        {"VMX instructions: displacement and instruction information",
         vmx_operands},
        {"I/O: qualification and linear address", io},
        {"I/O: every encoding", io_forms},
        {"I/O bitmaps: every byte of the access counts", io_bitmaps},
        {"RDMSR and WRMSR: bitmaps", msrs},
        {"RDTSC and RDMSR: offset", tsc_offset},
        {"CR0 and CR4: masks and shadows", control_registers},
        {"CR3: always but for targets", cr3},
        {"CLTS and LMSW", clts_lmsw},
        {"privilege faults come before exits", privilege_first},
    };
    return run_suite("VM exits: instructions", cases, ARRAY_SIZE(cases));
}
