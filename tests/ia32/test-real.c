/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segments and far transfers without descriptors: real-address mode with its
 * "unreal" limits, virtual-8086 mode, and the ways in and out of the former.
 * SDM Vol 3B, "8086 Emulation"; Vol 3A, "Mode Switching"; Vol 2, pages of
 * the instructions. */
#include "tests/ia32/realrig.h"
#include "tests/ia32/syscase.h"

/* CS 0100h, SS 2000h with SP 1000h, DS and ES 3000h, FS 3001h, GS 3002h. */
#define STACK 0x20000u
#define DATA 0x30000u

static const struct insn_case real_cases[] = {
    /* loads: the base moves, nothing else */
    {"MOV DS: base is selector * 16", {0x8e, 0xd8}, {{GPR(RAX), 0x1234}}, OK,
     {{SEL(DS), 0x1234}, {BASE(DS), 0x12340}}},
    {"MOV ES: FFFFh reaches above 1 MiB", {0x8e, 0xc0},
     {{GPR(RAX), 0xffff}}, OK, {{SEL(ES), 0xffff}, {BASE(ES), 0xffff0}}},
    {"MOV FS: null is a selector like others", {0x8e, 0xe0},
     {{GPR(RAX), 0}}, OK, {{SEL(FS), 0}, {BASE(FS), 0}}},
    {"MOV SS: the same", {0x8e, 0xd0}, {{GPR(RAX), 0x777}}, OK,
     {{SEL(SS), 0x777}, {BASE(SS), 0x7770}}},
    {"MOV DS: an unreal limit stays", {0x8e, 0xd8},
     {{GPR(RAX), 0x1234}, {LIMIT(DS), 0xffffffff}, {AR(DS), 0xc093}}, OK,
     {{SEL(DS), 0x1234}, {BASE(DS), 0x12340}}},
    {"MOV GS: read-only stays read-only", {0x8e, 0xe8},
     {{GPR(RAX), 3}, {AR(GS), 0x91}}, OK, {{SEL(GS), 3}, {BASE(GS), 0x30}}},
    {"MOV DS: one that was null is data of 64 KiB", {0x8e, 0xd8},
     {{GPR(RAX), 0x1234}, {LIMIT(DS), 0}, {AR(DS), AR_UNUSABLE}}, OK,
     {{SEL(DS), 0x1234}, {BASE(DS), 0x12340}, {LIMIT(DS), 0xffff},
      {AR(DS), 0x93}}},
    {"MOV CS is #UD", {0x8e, 0xc8}, {{GPR(RAX), 0}}, UD, NONE},
    {"POP ES", {0x07}, {{M16(STACK + 0x1000), 0xabcd}}, OK,
     {{SEL(ES), 0xabcd}, {BASE(ES), 0xabcd0}, {GPR(RSP), 0x1002}}},
    {"POP GS with 32 bits: 4 bytes of stack", {0x66, 0x0f, 0xa9},
     {{M32(STACK + 0x1000), 0xffff0004}}, OK,
     {{SEL(GS), 4}, {BASE(GS), 0x40}, {GPR(RSP), 0x1004}}},
    {"POP DS at SP FFFFh is #SS", {0x1f}, {{GPR(RSP), 0xffff}}, SS0, NONE},
    {"LES: pointer of 16:16", {0xc4, 0x1e, 0x10, 0x00},
     {{M32(DATA + 0x10), 0x56781234}}, OK,
     {{GPR(RBX), 0x1234}, {SEL(ES), 0x5678}, {BASE(ES), 0x56780}}},
    {"LGS: pointer of 16:32", {0x66, 0x0f, 0xb5, 0x1e, 0x10, 0x00},
     {{M32(DATA + 0x10), 0x89abcdef}, {M16(DATA + 0x14), 0x1000}}, OK,
     {{GPR(RBX), 0x89abcdef}, {SEL(GS), 0x1000}, {BASE(GS), 0x10000}}},
    {"LDS: the selector wraps to offset 0", {0xc5, 0x1e, 0xfe, 0xff},
     {{M16(DATA + 0xfffe), 0x1111}, {M16(DATA), 0x2222}}, OK,
     {{GPR(RBX), 0x1111}, {SEL(DS), 0x2222}, {BASE(DS), 0x22220}}},
    {"LES: the offset does not", {0xc4, 0x1e, 0xff, 0xff}, NONE, GP0, NONE},

    /* limits */
    {"word at FFFEh", {0xa1, 0xfe, 0xff}, {{M16(DATA + 0xfffe), 0x4321}},
     OK, {{GPR(RAX), 0x4321}}},
    {"word at FFFFh is #GP", {0xa1, 0xff, 0xff}, NONE, GP0, NONE},
    {"word at FFFFh of SS is #SS", {0x36, 0xa1, 0xff, 0xff}, NONE, SS0, NONE},
    {"above 64 KiB is #GP", {0x67, 0x8b, 0x03}, {{GPR(RBX), 0x10000}}, GP0, NONE},
    {"above 64 KiB with an unreal limit", {0x67, 0x8b, 0x03},
     {{GPR(RBX), 0x10000}, {LIMIT(DS), 0xffffffff},
      {M16(DATA + 0x10000), 0x4242}}, OK, {{GPR(RAX), 0x4242}}},
    {"16-bit addresses wrap, whatever the limit", {0x8b, 0x00},
     {{GPR(RBX), 0xffff}, {GPR(RSI), 0x11}, {LIMIT(DS), 0xffffffff},
      {M16(DATA + 0x10), 0x4343}}, OK, {{GPR(RAX), 0x4343}}},
    {"a write through CS", {0x2e, 0xa3, 0x00, 0x20},
     {{GPR(RAX), 0x9876}}, OK, {{M16(0x3000), 0x9876}}},
    {"a push at SP 1 is #SS", {0x50}, {{GPR(RSP), 1}}, SS0, NONE},
    {"a push at SP 0 goes to FFFEh", {0x50},
     {{GPR(RSP), 0}, {GPR(RAX), 0x77}}, OK,
     {{GPR(RSP), 0xfffe}, {M16(STACK + 0xfffe), 0x77}}},

    /* far transfers */
    {"JMP far", {0xea, 0x34, 0x12, 0x00, 0x40}, NONE, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000}}},
    {"JMP far: CS becomes writable data, limit and D stay",
     {0x66, 0xea, 0x34, 0x12, 0x00, 0x00, 0x00, 0x40},
     {{AR(CS), 0x809b}, {LIMIT(CS), 0xffffffff}}, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000},
      {AR(CS), 0x8093}}},
    {"JMP far of 32 bits beyond the limit",
     {0x66, 0xea, 0x00, 0x00, 0x01, 0x00, 0x00, 0x40}, NONE, GP0, NONE},
    {"JMP far of 32 bits with an unreal limit",
     {0x66, 0xea, 0x00, 0x00, 0x01, 0x00, 0x00, 0x40},
     {{LIMIT(CS), 0xffffffff}}, OK,
     {{RIP, 0x10000}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000}}},
    {"JMP far through memory", {0xff, 0x2e, 0x10, 0x00},
     {{M32(DATA + 0x10), 0x40001234}}, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000}}},
    {"CALL far", {0x9a, 0x34, 0x12, 0x00, 0x40}, NONE, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000},
      {GPR(RSP), 0xffc}, {M16(STACK + 0xffc), 5},
      {M16(STACK + 0xffe), REAL_CODE}}},
    {"CALL far of 32 bits", {0x66, 0xff, 0x1e, 0x10, 0x00},
     {{M32(DATA + 0x10), 0x1234}, {M16(DATA + 0x14), 0x4000}}, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000},
      {GPR(RSP), 0xff8}, {M32(STACK + 0xff8), 5},
      {M32(STACK + 0xffc), REAL_CODE}}},
    {"CALL far without room is #SS", {0x9a, 0x34, 0x12, 0x00, 0x40},
     {{GPR(RSP), 3}}, SS0, NONE},
    {"CALL far: room is looked at before the limit",
     {0x66, 0x9a, 0x00, 0x00, 0x01, 0x00, 0x00, 0x40}, {{GPR(RSP), 3}}, SS0, NONE},
    {"CALL far beyond the limit is #GP",
     {0x66, 0x9a, 0x00, 0x00, 0x01, 0x00, 0x00, 0x40}, NONE, GP0, NONE},
    {"RETF", {0xcb}, {{M32(STACK + 0x1000), 0x40001234}}, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000},
      {GPR(RSP), 0x1004}}},
    {"RETF: selector 0 and RPL do not matter", {0xcb},
     {{M32(STACK + 0x1000), 0x00031234}}, OK,
     {{RIP, 0x1234}, {SEL(CS), 3}, {BASE(CS), 0x30}, {GPR(RSP), 0x1004}}},
    {"RETF of 32 bits, releasing", {0x66, 0xca, 0x10, 0x00},
     {{M32(STACK + 0x1000), 0x1234}, {M32(STACK + 0x1004), 0xffff4000}}, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000},
      {GPR(RSP), 0x1018}}},
    {"RETF beyond the limit", {0x66, 0xcb},
     {{M32(STACK + 0x1000), 0x10000}, {M32(STACK + 0x1004), 0x4000}}, GP0, NONE},
    {"RETF without two words on the stack", {0xcb}, {{GPR(RSP), 0xffff}},
     SS0, NONE},

    /* tables and control registers */
    {"LGDT: 24 bits of base", {0x0f, 0x01, 0x16, 0x10, 0x00},
     {{M16(DATA + 0x10), 0x1ff}, {M32(DATA + 0x12), 0x12345678}}, OK,
     {{GDT_LIMIT, 0x1ff}, {GDT_BASE, 0x345678}}},
    {"LIDT with 32 bits", {0x66, 0x0f, 0x01, 0x1e, 0x10, 0x00},
     {{M16(DATA + 0x10), 0x1ff}, {M32(DATA + 0x12), 0x12345678}}, OK,
     {{IDT_LIMIT, 0x1ff}, {IDT_BASE, 0x12345678}}},
    {"SGDT", {0x0f, 0x01, 0x06, 0x10, 0x00},
     {{GDT_LIMIT, 0x1ff}, {GDT_BASE, 0x12345678}}, OK,
     {{M16(DATA + 0x10), 0x1ff}, {M32(DATA + 0x12), 0x12345678}}},
    {"SMSW", {0x0f, 0x01, 0xe0}, {{CR0, CR0_ET | CR0_MP}}, OK,
     {{GPR(RAX), 0x12}}},
    {"LMSW sets PE; segments stay", {0x0f, 0x01, 0xf0},
     {{GPR(RAX), 0xfff1}}, OK, {{CR0, CR0_ET | CR0_PE}}},
    {"MOV CR0 sets PE; segments stay", {0x0f, 0x22, 0xc0},
     {{GPR(RAX), CR0_ET | CR0_PE}}, OK, {{CR0, CR0_ET | CR0_PE}}},
    {"MOV CR0: PG needs PE", {0x0f, 0x22, 0xc0},
     {{GPR(RAX), CR0_ET | CR0_PG}}, GP0, NONE},

    /* what is for protected mode */
    {"LLDT is #UD", {0x0f, 0x00, 0xd0}, NONE, UD, NONE},
    {"LTR is #UD", {0x0f, 0x00, 0xd8}, NONE, UD, NONE},
    {"SLDT is #UD", {0x0f, 0x00, 0xc0}, NONE, UD, NONE},
    {"STR is #UD", {0x0f, 0x00, 0xc8}, NONE, UD, NONE},
    {"VERR is #UD", {0x0f, 0x00, 0xe0}, NONE, UD, NONE},
    {"VERW is #UD", {0x0f, 0x00, 0xe8}, NONE, UD, NONE},
    {"LAR is #UD", {0x0f, 0x02, 0xc0}, NONE, UD, NONE},
    {"LSL is #UD", {0x0f, 0x03, 0xc0}, NONE, UD, NONE},
    {"ARPL is #UD", {0x63, 0xc0}, NONE, UD, NONE},
    {"RSM is #UD", {0x0f, 0xaa}, NONE, UD, NONE},
    {"GETSEC is #UD", {0x0f, 0x37}, NONE, UD, NONE},
};

static const struct insn_case vm86_cases[] = {
    {"MOV DS: rights and limit are fixed", {0x8e, 0xd8},
     {{GPR(RAX), 0x1234}, {LIMIT(DS), 0xffffffff}, {AR(DS), 0xc0f3}}, OK,
     {{SEL(DS), 0x1234}, {BASE(DS), 0x12340}, {LIMIT(DS), 0xffff},
      {AR(DS), 0xf3}}},
    {"MOV SS: CPL stays 3", {0x8e, 0xd0}, {{GPR(RAX), 0x777}}, OK,
     {{SEL(SS), 0x777}, {BASE(SS), 0x7770}}},
    {"POP ES: null is no fault", {0x07}, {{M16(STACK + 0x1000), 0}}, OK,
     {{SEL(ES), 0}, {BASE(ES), 0}, {GPR(RSP), 0x1002}}},
    {"JMP far", {0xea, 0x34, 0x12, 0x00, 0x40}, NONE, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000}}},
    {"JMP far beyond the limit",
     {0x66, 0xea, 0x00, 0x00, 0x01, 0x00, 0x00, 0x40}, NONE, GP0, NONE},
    {"CALL far", {0x9a, 0x34, 0x12, 0x00, 0x40}, NONE, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000},
      {GPR(RSP), 0xffc}, {M16(STACK + 0xffc), 5},
      {M16(STACK + 0xffe), REAL_CODE}}},
    {"RETF: RPL does not matter", {0xcb},
     {{M32(STACK + 0x1000), 0x40001234}}, OK,
     {{RIP, 0x1234}, {SEL(CS), 0x4000}, {BASE(CS), 0x40000},
      {GPR(RSP), 0x1004}}},
    {"a write through CS", {0x2e, 0xa3, 0x00, 0x20}, {{GPR(RAX), 0x9876}},
     OK, {{M16(0x3000), 0x9876}}},

    {"HLT is #GP", {0xf4}, NONE, GP0, NONE},
    {"LGDT is #GP", {0x0f, 0x01, 0x16, 0x10, 0x00}, NONE, GP0, NONE},
    {"LIDT is #GP", {0x0f, 0x01, 0x1e, 0x10, 0x00}, NONE, GP0, NONE},
    {"LMSW is #GP", {0x0f, 0x01, 0xf0}, NONE, GP0, NONE},
    {"CLTS is #GP", {0x0f, 0x06}, NONE, GP0, NONE},
    {"MOV CR0 is #GP", {0x0f, 0x22, 0xc0}, {{GPR(RAX), 0x10}}, GP0, NONE},
    {"MOV from CR0 is #GP", {0x0f, 0x20, 0xc0}, NONE, GP0, NONE},
    {"MOV DR7 is #GP", {0x0f, 0x23, 0xf8}, NONE, GP0, NONE},
    {"RDMSR is #GP", {0x0f, 0x32}, NONE, GP0, NONE},
    {"WRMSR is #GP", {0x0f, 0x30}, NONE, GP0, NONE},
    {"INVLPG is #GP", {0x0f, 0x01, 0x3f}, NONE, GP0, NONE},
    {"WBINVD is #GP", {0x0f, 0x09}, NONE, GP0, NONE},
    {"SGDT is allowed", {0x0f, 0x01, 0x06, 0x10, 0x00}, NONE, OK,
     {{M16(DATA + 0x10), GDT_BYTES - 1}, {M32(DATA + 0x12), SYS_GDT}}},
    {"SMSW is allowed", {0x0f, 0x01, 0xe0}, {{GPR(RAX), 0}}, OK,
     {{GPR(RAX), 0x11}}},
    {"LLDT is #UD", {0x0f, 0x00, 0xd0}, NONE, UD, NONE},
    {"LTR is #UD", {0x0f, 0x00, 0xd8}, NONE, UD, NONE},
    {"SLDT is #UD", {0x0f, 0x00, 0xc0}, NONE, UD, NONE},
    {"STR is #UD", {0x0f, 0x00, 0xc8}, NONE, UD, NONE},
    {"VERR is #UD", {0x0f, 0x00, 0xe0}, NONE, UD, NONE},
    {"VERW is #UD", {0x0f, 0x00, 0xe8}, NONE, UD, NONE},
    {"LAR is #UD", {0x0f, 0x02, 0xc0}, NONE, UD, NONE},
    {"LSL is #UD", {0x0f, 0x03, 0xc0}, NONE, UD, NONE},
    {"ARPL is #UD", {0x63, 0xc0}, NONE, UD, NONE},
};

static void real_address_mode(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(real_cases); i++) {
        struct sys s;
        real_init(&s, "merom");
        case_run(&s, &real_cases[i]);
        sys_done(&s);
    }
}

static void virtual_8086_mode(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(vm86_cases); i++) {
        struct sys s;
        vm86_init(&s, "merom", 0);
        case_run(&s, &vm86_cases[i]);
        sys_done(&s);
    }
}

/* --- in and out -------------------------------------------------------- */

/* CR0.PE from 1 to 0: what the segment registers hold stays in force until
 * they are loaded. */
static const struct insn_case leave_cases[] = {
    {"MOV CR0 clears PE; segments stay", {0x0f, 0x22, 0xc0},
     {{GPR(RAX), CR0_ET}}, OK, {{CR0, CR0_ET}}},
    {"LMSW does not clear PE", {0x0f, 0x01, 0xf0}, {{GPR(RAX), 0}}, OK, NONE},
    {"MOV CR0: PE cannot go with PG set", {0x0f, 0x22, 0xc0},
     {{GPR(RAX), CR0_ET | CR0_PG}}, GP0, NONE},
};

static void leaving_protected_mode(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(leave_cases); i++) {
        struct sys s;
        sys_init(&s, "merom", 0);
        case_run(&s, &leave_cases[i]);
        sys_done(&s);
    }
}

/* The way the manual tells: 16-bit segments, PE off, far JMP. */
static void there_and_back(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    sys_put64(&s, SYS_GDT + SLOT_A, sys_descriptor(0x1000, 0xffff, 0x9b));
    sys_put64(&s, SYS_GDT + SLOT_B, sys_descriptor(0x30000, 0xfffff, 0x8093));
    SYS_CODE_BYTES(&s, 0x66, 0xea, 0x06, 0x00, SLOT_A, 0x00, /* jmp A:6 */
                   0xb8, SLOT_B, 0x00,                       /* mov ax, B */
                   0x8e, 0xd8,                               /* mov ds, ax */
                   0x0f, 0x20, 0xc0, 0x24, 0xfe,             /* PE off */
                   0x0f, 0x22, 0xc0,
                   0xea, 0x18, 0x00, REAL_CODE & 0xff, REAL_CODE >> 8,
                   0x0c, 0x01,                               /* PE on */
                   0x0f, 0x22, 0xc0);
    for (unsigned i = 0; i < 6; i++)
        CU_ASSERT(sys_exec(&s) != IA32_FAULT);
    CU_ASSERT_EQUAL(s.cpu->cr0 & CR0_PE, 0);
    CU_ASSERT_EQUAL(s.cpu->mode, IA32_MODE_STACK32); /* SS.B stays */
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].ar, 0x9b);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].limit, 0xffffffff);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].base, 0x30000);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x18);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].selector, REAL_CODE);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].ar, 0x93);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->cr0 & CR0_PE, CR0_PE);
    CU_ASSERT_EQUAL(s.cpu->cpl, 0);
    sys_done(&s);
}

/* SDM Vol 3A, table "IA-32 and Intel 64 Processor States Following Power-up,
 * Reset, or INIT". */
static void reset_state(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    s.cpu->base.ops->reset(&s.cpu->base);
    const struct ia32_cpu *cpu = s.cpu;
    CU_ASSERT_EQUAL(cpu->rip, 0xfff0);
    CU_ASSERT_EQUAL(cpu->mode, 0);
    CU_ASSERT_EQUAL(cpu->cpl, 0);
    CU_ASSERT_EQUAL(ia32_get_rflags(cpu), FL_FIXED1);
    CU_ASSERT_EQUAL(cpu->cr0, CR0_CD | CR0_NW | CR0_ET);
    for (unsigned i = IA32_ES; i <= IA32_GS; i++) {
        bool code = i == IA32_CS;
        CU_ASSERT_EQUAL(cpu->seg[i].selector, code ? 0xf000 : 0);
        CU_ASSERT_EQUAL(cpu->seg[i].base, code ? 0xffff0000 : 0);
        CU_ASSERT_EQUAL(cpu->seg[i].limit, 0xffff);
        CU_ASSERT_EQUAL(cpu->seg[i].ar, 0x93); /* present, R/W, accessed */
    }
    CU_ASSERT_EQUAL(cpu->idtr.limit, 0xffff);
    CU_ASSERT_EQUAL(cpu->gdtr.limit, 0xffff);
    sys_done(&s);
}

/* "First Instruction Executed": FFFFFFF0H, until the first far jump. */
static void reset_vector(void)
{
    static const uint8_t jump[] = {0xea, 0x00, 0x00, REAL_CODE & 0xff,
                                   REAL_CODE >> 8};
    static const uint8_t there[] = {0xb8, 0x34, 0x12}; /* mov ax, 1234h */
    struct vt_error err;
    struct sys s;
    sys_init(&s, "merom", 0);
    sys_must(vt_physmem_add_ram(s.pm, 0xffff0000, 0x10000, &err) == VT_OK &&
                 vt_physmem_put(s.pm, 0xfffffff0, jump, sizeof jump) &&
                 vt_physmem_put(s.pm, SYS_CODE, there, sizeof there),
             "ROM");
    s.cpu->base.ops->reset(&s.cpu->base);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_CS].base, SYS_CODE);
    CU_ASSERT_EQUAL(s.cpu->rip, 0);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], 0x1234);
    CU_ASSERT_EQUAL(s.events[VT_EV_FAULT], 0);
    sys_done(&s);
}

/* The last byte of the segment is code; the one behind it is not. */
static void code_ends_at_the_limit(void)
{
    struct sys s;
    real_init(&s, "merom");
    s.cpu->rip = 0xffff;
    SYS_CODE_BYTES(&s, 0x90, 0x90);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x10000);
    CU_ASSERT_EQUAL(s.events[VT_EV_FAULT], 0);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.vector, IA32_GP);
    CU_ASSERT_EQUAL(s.cpu->rip, REAL_HANDLER(IA32_GP));
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"real-address mode, a case a line", real_address_mode},
    {"virtual-8086 mode, a case a line", virtual_8086_mode},
    {"leaving protected mode", leaving_protected_mode},
    {"to real-address mode and back, as the manual says", there_and_back},
    {"reset: registers", reset_state},
    {"reset: the first instruction", reset_vector},
    {"code ends at the limit of CS", code_ends_at_the_limit},
};

int main(void)
{
    return sys_main("real", cases, ARRAY_SIZE(cases));
}
