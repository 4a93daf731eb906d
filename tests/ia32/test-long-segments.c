/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segmentation in IA-32e mode: loads, far transfers, call gates and returns
 * in 64-bit and compatibility mode, 16-byte descriptors, the registers of
 * the tables.  One line of the manual's pseudocode a case.
 * SDM Vol 2, "MOV", "JMP", "CALL", "RET", "LLDT", "LTR", "LGDT/LIDT", "LAR",
 * "LSL"; Vol 3A, "Segment Loading Instructions in IA-32e Mode", "IA-32e Mode
 * Call Gates", "Stack Switching in IA-32e Mode". */
#include "tests/ia32/longrig.h"
#include "tests/ia32/syscase.h"

#define A_AT (SYS_GDT + L_SLOT_A)
#define B_AT (SYS_GDT + L_SLOT_B)
#define STACK (SYS_STACK0 - 0x100)
#define HIGH UINT64_C(0xffff800000012345)
#define HOLE UINT64_C(0x0000800000000000) /* not canonical */
#define GPS(selector) IA32_GP, (selector)
#define CGATE IA32_CALL_GATE32

/* LEA-free addressing: [disp32] absolute is ModRM 04 SIB 25. */
#define AT(address)                                                         \
    0x25, (uint8_t)(address), (uint8_t)((address) >> 8),                    \
        (uint8_t)((address) >> 16), 0

/* --- 64-bit mode, CPL 0 ------------------------------------------------- */

static const struct insn_case mode64[] = {
    /* MOV to segment registers */
    {"SS: null at CPL 0", {0x8e, 0xd0}, {{GPR(RAX), 0}}, OK,
     {{SEL(SS), 0}, {BASE(SS), 0}, {LIMIT(SS), 0}, {AR(SS), AR_UNUSABLE}}},
    {"SS: null with another RPL", {0x8e, 0xd0}, {{GPR(RAX), 3}}, GP0, NONE},
    {"SS: checked like in protected mode", {0x8e, 0xd0},
     {{GPR(RAX), L_DATA3 | 3}}, GPS(L_DATA3), NONE},
    {"DS: null", {0x8e, 0xd8}, {{GPR(RAX), 0}}, OK,
     {{SEL(DS), 0}, {LIMIT(DS), 0}, {AR(DS), AR_UNUSABLE}}},
    {"FS: a load sets 32 bits of base and clears the others", {0x8e, 0xe0},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), DESC(0x87654321, 0x1000, 0x93)},
      {BASE(FS), HIGH}}, OK,
     {{SEL(FS), L_SLOT_A}, {BASE(FS), 0x87654321}, {LIMIT(FS), 0x1000},
      {AR(FS), 0x93}}},
    {"GS: null clears the base", {0x8e, 0xe8},
     {{GPR(RAX), 0}, {BASE(GS), HIGH}}, OK,
     {{SEL(GS), 0}, {BASE(GS), 0}, {LIMIT(GS), 0}, {AR(GS), AR_UNUSABLE}}},
    {"GS: execute-only code", {0x8e, 0xe8},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), FLAT(A_CODE_X(0))}},
     GPS(L_SLOT_A), NONE},
    {"DS: absent is #NP", {0x8e, 0xd8},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), FLAT(A_ABSENT(A_DATA(0)))}},
     IA32_NP, L_SLOT_A, NONE},
    {"ES: descriptor at an address that is not canonical", {0x8e, 0xc0},
     {{GPR(RAX), L_SLOT_A}, {GDT_BASE, HOLE - 8}}, GPS(L_SLOT_A), NONE},
    {"MOV r64, Sreg is zero-extended", {0x48, 0x8c, 0xd8},
     {{GPR(RAX), ~UINT64_C(0)}}, OK, {{GPR(RAX), L_DATA0}}},
    {"POP FS takes 8 bytes", {0x0f, 0xa1},
     {{M64(STACK), UINT64_C(0xdeadbeef00000000) | L_DATA3}}, OK,
     {{SEL(FS), L_DATA3}, {AR(FS), A_DATA(3)}, {GPR(RSP), STACK + 8}}},
    {"POP GS with 66 takes 2", {0x66, 0x0f, 0xa9}, {{M16(STACK), L_DATA3}},
     OK, {{SEL(GS), L_DATA3}, {AR(GS), A_DATA(3)}, {GPR(RSP), STACK + 2}}},
    {"POP GS from an address that is not canonical", {0x0f, 0xa9},
     {{GPR(RSP), HOLE}}, SS0, NONE},
    {"POP DS is #UD", {0x1f}, NONE, UD, NONE},
    {"LFS m16:64", {0x48, 0x0f, 0xb4, 0x0c, AT(SYS_DATA)},
     {{M64(SYS_DATA), HIGH}, {M16(SYS_DATA + 8), L_DATA3}}, OK,
     {{GPR(RCX), HIGH}, {SEL(FS), L_DATA3}, {AR(FS), A_DATA(3)}}},
    {"LSS m16:32 clears the upper half", {0x0f, 0xb2, 0x0c, AT(SYS_DATA)},
     {{GPR(RCX), ~UINT64_C(0)}, {M32(SYS_DATA), 0x89abcdef},
      {M16(SYS_DATA + 4), L_DATA0}}, OK, {{GPR(RCX), 0x89abcdef}}},
    {"LES is a VEX prefix or #UD", {0xc4, 0x0c, AT(SYS_DATA)}, NONE, UD,
     NONE},

    /* far JMP */
    {"JMP m16:64 to 64-bit code", {0x48, 0xff, 0x2c, AT(SYS_DATA)},
     {{M64(SYS_DATA), HIGH}, {M16(SYS_DATA + 8), L_CODE0}}, OK,
     {{RIP, HIGH}}},
    {"JMP m16:32 to 64-bit code", {0xff, 0x2c, AT(SYS_DATA)},
     {{M32(SYS_DATA), 0x89abcdef}, {M16(SYS_DATA + 4), L_CODE0}}, OK,
     {{RIP, 0x89abcdef}}},
    {"JMP m16:16", {0x66, 0xff, 0x2c, AT(SYS_DATA)},
     {{M16(SYS_DATA), 0x9abc}, {M16(SYS_DATA + 2), L_CODE0}}, OK,
     {{RIP, 0x9abc}}},
    {"JMP to compatibility mode", {0xff, 0x2c, AT(SYS_DATA)},
     {{M32(SYS_DATA), 0x89abcdef}, {M16(SYS_DATA + 4), L_COMPAT0}}, OK,
     {{RIP, 0x89abcdef}, {SEL(CS), L_COMPAT0}, {AR(CS), A_CODE(0)}}},
    {"JMP to compatibility mode beyond the limit",
     {0x48, 0xff, 0x2c, AT(SYS_DATA)},
     {{M64(SYS_DATA), VT_BIT(32)}, {M16(SYS_DATA + 8), L_COMPAT0}}, GP0,
     NONE},
    {"JMP to an address that is not canonical",
     {0x48, 0xff, 0x2c, AT(SYS_DATA)},
     {{M64(SYS_DATA), HOLE}, {M16(SYS_DATA + 8), L_CODE0}}, GP0, NONE},
    {"JMP: the limit of 64-bit code does not matter",
     {0xff, 0x2c, AT(SYS_DATA)},
     {{M32(SYS_DATA), 0x5000}, {M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), DESC(0, 0xff, 0x209b)}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_SLOT_A}, {LIMIT(CS), 0xff},
      {AR(CS), 0x209b}}},
    {"JMP: null", {0xff, 0x2c, AT(SYS_DATA)},
     {{M32(SYS_DATA), 0x5000}, {M16(SYS_DATA + 4), 0}}, GP0, NONE},
    {"JMP: L and D both set", {0xff, 0x2c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A}, {M64(A_AT), FLAT(0xe09b)}},
     GPS(L_SLOT_A), NONE},
    {"JMP: L and D are looked at before P", {0xff, 0x2c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A}, {M64(A_AT), FLAT(0xe01b)}},
     GPS(L_SLOT_A), NONE},
    {"JMP: DPL not CPL", {0xff, 0x2c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_CODE3}}, GPS(L_CODE3), NONE},
    {"JMP: absent", {0xff, 0x2c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A}, {M64(A_AT), FLAT(0x201b)}}, IA32_NP,
     L_SLOT_A, NONE},
    {"JMP to an available TSS is #GP", {0xff, 0x2c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), DESC(SYS_TSS, 0x67, A_SYS(IA32_TSS32, 0))},
      {M64(A_AT + 8), 0}}, GPS(L_SLOT_A), NONE},
    {"JMP to a task gate is #GP", {0xff, 0x2c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), GATE(IA32_TASK_GATE, 0, L_TSS, 0)}}, GPS(L_SLOT_A), NONE},
    {"JMP ptr16:32 is #UD", {0xea, 0, 0, 0, 0, 8, 0}, NONE, UD, NONE},

    /* far CALL */
    {"CALL m16:64", {0x48, 0xff, 0x1c, AT(SYS_DATA)},
     {{M64(SYS_DATA), HIGH}, {M16(SYS_DATA + 8), L_CODE0}}, OK,
     {{RIP, HIGH}, {GPR(RSP), STACK - 16}, {M64(STACK - 16), SYS_CODE + 8},
      {M64(STACK - 8), L_CODE0}}},
    {"CALL m16:32 pushes 2 * 4 bytes", {0xff, 0x1c, AT(SYS_DATA)},
     {{M32(SYS_DATA), 0x5000}, {M16(SYS_DATA + 4), L_COMPAT0}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_COMPAT0}, {AR(CS), A_CODE(0)},
      {GPR(RSP), STACK - 8}, {M32(STACK - 8), SYS_CODE + 7},
      {M32(STACK - 4), L_CODE0}}},
    {"CALL m16:16 pushes 2 * 2 bytes", {0x66, 0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA), 0x5000}, {M16(SYS_DATA + 2), L_CODE0}}, OK,
     {{RIP, 0x5000}, {GPR(RSP), STACK - 4}, {M16(STACK - 4), SYS_CODE + 8},
      {M16(STACK - 2), L_CODE0}}},
    {"CALL: the stack is looked at before the target",
     {0x48, 0xff, 0x1c, AT(SYS_DATA)},
     {{M64(SYS_DATA), HOLE}, {M16(SYS_DATA + 8), L_CODE0},
      {GPR(RSP), HOLE + 16}}, SS0, NONE},
    {"CALL to an address that is not canonical",
     {0x48, 0xff, 0x1c, AT(SYS_DATA)},
     {{M64(SYS_DATA), HOLE}, {M16(SYS_DATA + 8), L_CODE0}}, GP0, NONE},

    /* call gates */
    {"gate: same level, 64-bit offset", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), GATE(CGATE, 0, L_CODE0, 0x12345678)},
      {M64(A_AT + 8), 0xffff8000}}, OK,
     {{RIP, UINT64_C(0xffff800012345678)}, {GPR(RSP), STACK - 16},
      {M64(STACK - 16), SYS_CODE + 7}, {M64(STACK - 8), L_CODE0}}},
    {"gate: JMP", {0xff, 0x2c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), GATE(CGATE, 0, L_CODE0, 0x5000)}, {M64(A_AT + 8), 0}}, OK,
     {{RIP, 0x5000}}},
    {"gate: offset is not canonical", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), GATE(CGATE, 0, L_CODE0, 0)}, {M64(A_AT + 8), 0x8000}}, GP0,
     NONE},
    {"gate: its upper type is not 0", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), GATE(CGATE, 0, L_CODE0, 0)}, {M64(A_AT + 8), VT_BIT(44)}},
     GPS(L_SLOT_A), NONE},
    {"gate: bits 63:45 of the upper half are ignored",
     {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), GATE(CGATE, 0, L_CODE0, 0x5000)},
      {M64(A_AT + 8), UINT64_C(0xffffe0ff00000000)}}, OK,
     {{RIP, 0x5000}, {GPR(RSP), STACK - 16}}},
    {"gate: its upper half is outside the table", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_B + 8},
      {M64(B_AT + 8), GATE(CGATE, 0, L_CODE0, 0)}, {M64(B_AT + 16), 0}},
     GPS(L_SLOT_B + 8), NONE},
    {"gate: 16-bit gates are #GP", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), GATE(IA32_CALL_GATE16, 0, L_CODE0, 0x5000)},
      {M64(A_AT + 8), 0}}, GPS(L_SLOT_A), NONE},
    {"gate: target in compatibility mode", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A},
      {M64(A_AT), GATE(CGATE, 0, L_COMPAT0, 0)}, {M64(A_AT + 8), 0}},
     GPS(L_COMPAT0), NONE},
    {"gate: target with L and D", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A}, {M64(B_AT), FLAT(0xe09b)},
      {M64(A_AT), GATE(CGATE, 0, L_SLOT_B, 0)}, {M64(A_AT + 8), 0}},
     GPS(L_SLOT_B), NONE},
    {"gate: target is looked at before its presence",
     {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A}, {M64(B_AT), FLAT(0x401b)},
      {M64(A_AT), GATE(CGATE, 0, L_SLOT_B, 0)}, {M64(A_AT + 8), 0}},
     GPS(L_SLOT_B), NONE},
    {"gate: absent target", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A}, {M64(B_AT), FLAT(0x201b)},
      {M64(A_AT), GATE(CGATE, 0, L_SLOT_B, 0)}, {M64(A_AT + 8), 0}}, IA32_NP,
     L_SLOT_B, NONE},

    /* far RET */
    {"RETF of 64 bits", {0x48, 0xcb},
     {{M64(STACK), HIGH}, {M64(STACK + 8), L_CODE0}}, OK,
     {{RIP, HIGH}, {GPR(RSP), STACK + 16}}},
    {"RETF of 32 bits is the default", {0xcb},
     {{M32(STACK), 0x89abcdef}, {M32(STACK + 4), L_CODE0}}, OK,
     {{RIP, 0x89abcdef}, {GPR(RSP), STACK + 8}}},
    {"RETF of 16 bits", {0x66, 0xcb},
     {{M16(STACK), 0x9abc}, {M16(STACK + 2), L_CODE0}}, OK,
     {{RIP, 0x9abc}, {GPR(RSP), STACK + 4}}},
    {"RETF to compatibility mode", {0xca, 0x20, 0x00},
     {{M32(STACK), 0x5000}, {M32(STACK + 4), L_COMPAT0}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_COMPAT0}, {AR(CS), A_CODE(0)},
      {GPR(RSP), STACK + 0x28}}},
    {"RETF to an address that is not canonical", {0x48, 0xcb},
     {{M64(STACK), HOLE}, {M64(STACK + 8), L_CODE0}}, GP0, NONE},
    {"RETF: L and D both set", {0x48, 0xcb},
     {{M64(STACK + 8), L_SLOT_A}, {M64(A_AT), FLAT(0xe09b)}}, GPS(L_SLOT_A),
     NONE},
    {"RETF outward", {0x48, 0xcb},
     {{M64(STACK), HIGH}, {M64(STACK + 8), L_CODE3 | 3},
      {M64(STACK + 16), HIGH + 1}, {M64(STACK + 24), L_DATA3 | 3},
      {AR(ES), AR_UNUSABLE}, {AR(FS), A_DATA(3)}, {AR(GS), A_DATA(3)},
      {AR(DS), A_DATA(3)}}, OK,
     {{RIP, HIGH}, {SEL(CS), L_CODE3 | 3}, {AR(CS), A_LONG(3)}, {CPL, 3},
      {GPR(RSP), HIGH + 1}, {SEL(SS), L_DATA3 | 3}, {AR(SS), A_DATA(3)}}},
    {"RETF outward: what CPL 3 may not use is dropped, base and all",
     {0x48, 0xcb},
     {{M64(STACK), 0x5000}, {M64(STACK + 8), L_CODE3 | 3},
      {M64(STACK + 16), 0x6000}, {M64(STACK + 24), L_DATA3 | 3},
      {AR(ES), AR_UNUSABLE}, {AR(GS), A_DATA(3)}, {AR(DS), A_DATA(3)},
      {BASE(FS), HIGH}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_CODE3 | 3}, {AR(CS), A_LONG(3)}, {CPL, 3},
      {GPR(RSP), 0x6000}, {SEL(SS), L_DATA3 | 3}, {AR(SS), A_DATA(3)},
      {SEL(FS), 0}, {BASE(FS), 0}, {LIMIT(FS), 0}, {AR(FS), AR_UNUSABLE}}},
    {"RETF to CPL 1 without SS", {0x48, 0xcb},
     {{M64(STACK), 0x5000}, {M64(STACK + 8), L_CODE1 | 1},
      {M64(STACK + 16), 0x6000}, {M64(STACK + 24), 1},
      {AR(ES), AR_UNUSABLE}, {AR(FS), AR_UNUSABLE}, {AR(GS), AR_UNUSABLE},
      {AR(DS), AR_UNUSABLE}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_CODE1 | 1}, {AR(CS), A_LONG(1)}, {CPL, 1},
      {GPR(RSP), 0x6000}, {SEL(SS), 1}, {BASE(SS), 0}, {LIMIT(SS), 0},
      {AR(SS), AR_UNUSABLE | 0x20}}},
    {"RETF to CPL 3 without SS", {0x48, 0xcb},
     {{M64(STACK + 8), L_CODE3 | 3}, {M64(STACK + 24), 3}}, GP0, NONE},
    {"RETF to CPL 1: null SS with another RPL", {0x48, 0xcb},
     {{M64(STACK + 8), L_CODE1 | 1}, {M64(STACK + 24), 0}}, GP0, NONE},
    {"RETF to compatibility mode without SS", {0x48, 0xcb},
     {{M64(STACK + 8), L_SLOT_A | 1}, {M64(A_AT), FLAT(A_CODE(1))},
      {M64(STACK + 24), 1}}, GP0, NONE},
    {"RETF outward: SS is looked at before RIP", {0x48, 0xcb},
     {{M64(STACK), HOLE}, {M64(STACK + 8), L_CODE3 | 3},
      {M64(STACK + 24), L_DATA0 | 3}}, GPS(L_DATA0), NONE},
    {"RETF to compatibility mode outward takes ESP", {0x48, 0xcb},
     {{M64(STACK), 0x5000}, {M64(STACK + 8), L_COMPAT3 | 3},
      {M64(STACK + 16), HIGH}, {M64(STACK + 24), L_DATA3 | 3},
      {AR(ES), AR_UNUSABLE}, {AR(FS), AR_UNUSABLE}, {AR(GS), AR_UNUSABLE},
      {AR(DS), AR_UNUSABLE}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_COMPAT3 | 3}, {AR(CS), A_CODE(3)}, {CPL, 3},
      {GPR(RSP), HIGH & 0xffffffff}, {SEL(SS), L_DATA3 | 3},
      {AR(SS), A_DATA(3)}}},

    /* tables */
    {"LGDT takes 10 bytes", {0x0f, 0x01, 0x14, AT(SYS_DATA)},
     {{M16(SYS_DATA), 0x7f}, {M64(SYS_DATA + 2), HIGH}}, OK,
     {{GDT_LIMIT, 0x7f}, {GDT_BASE, HIGH}}},
    {"LGDT with 66 too", {0x66, 0x0f, 0x01, 0x14, AT(SYS_DATA)},
     {{M16(SYS_DATA), 0x7f}, {M64(SYS_DATA + 2), HIGH}}, OK,
     {{GDT_LIMIT, 0x7f}, {GDT_BASE, HIGH}}},
    {"LIDT: base is not canonical", {0x0f, 0x01, 0x1c, AT(SYS_DATA)},
     {{M64(SYS_DATA + 2), HOLE}}, GP0, NONE},
    {"SIDT stores 10 bytes", {0x0f, 0x01, 0x0c, AT(SYS_DATA)},
     {{IDT_LIMIT, 0x7f}, {IDT_BASE, HIGH}}, OK,
     {{M16(SYS_DATA), 0x7f}, {M64(SYS_DATA + 2), HIGH}}},
    {"SLDT r64 is zero-extended", {0x48, 0x0f, 0x00, 0xc0},
     {{GPR(RAX), ~UINT64_C(0)}}, OK, {{GPR(RAX), L_LDT}}},
    {"STR r16 leaves the rest", {0x66, 0x0f, 0x00, 0xc8},
     {{GPR(RAX), ~UINT64_C(0)}}, OK,
     {{GPR(RAX), UINT64_C(0xffffffffffff0000) | L_TSS}}},
    {"LLDT: 64 bits of base", {0x0f, 0x00, 0xd0},
     {{GPR(RAX), L_SLOT_A},
      {M64(A_AT), DESC(0x89abcdef, 0xff, A_SYS(IA32_LDT, 0))},
      {M64(A_AT + 8), 0xffff8000}}, OK,
     {{SEL(LDTR), L_SLOT_A}, {BASE(LDTR), UINT64_C(0xffff800089abcdef)},
      {LIMIT(LDTR), 0xff}}},
    {"LLDT: base is not canonical", {0x0f, 0x00, 0xd0},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), DESC(0, 0xff, A_SYS(IA32_LDT, 0))},
      {M64(A_AT + 8), 0x8000}}, GPS(L_SLOT_A), NONE},
    {"LLDT: its upper type is not 0", {0x0f, 0x00, 0xd0},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), DESC(0, 0xff, A_SYS(IA32_LDT, 0))},
      {M64(A_AT + 8), VT_BIT(40)}}, GPS(L_SLOT_A), NONE},
    {"LLDT: its upper half is outside the table", {0x0f, 0x00, 0xd0},
     {{GPR(RAX), L_SLOT_B + 8},
      {M64(B_AT + 8), DESC(0, 0xff, A_SYS(IA32_LDT, 0))}},
     GPS(L_SLOT_B + 8), NONE},
    {"LLDT: null", {0x0f, 0x00, 0xd0}, {{GPR(RAX), 0}}, OK,
     {{SEL(LDTR), 0}, {BASE(LDTR), 0}, {LIMIT(LDTR), 0},
      {AR(LDTR), AR_UNUSABLE}}},
    {"LTR: 64 bits of base, and busy", {0x0f, 0x00, 0xd8},
     {{GPR(RAX), L_SLOT_A},
      {M64(A_AT), DESC(0x89abcdef, 0x67, A_SYS(IA32_TSS32, 0))},
      {M64(A_AT + 8), 0xffff8000}}, OK,
     {{SEL(TR), L_SLOT_A}, {BASE(TR), UINT64_C(0xffff800089abcdef)},
      {M8(A_AT + 5), 0x8b}}},
    {"LTR: base is not canonical", {0x0f, 0x00, 0xd8},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), DESC(0, 0x67, A_SYS(IA32_TSS32, 0))},
      {M64(A_AT + 8), 0x8000}}, GPS(L_SLOT_A), NONE},
    {"LTR: 16-bit TSS", {0x0f, 0x00, 0xd8},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), DESC(0, 0x67, A_SYS(IA32_TSS16, 0))},
      {M64(A_AT + 8), 0}}, GPS(L_SLOT_A), NONE},
    {"LTR: absent", {0x0f, 0x00, 0xd8},
     {{GPR(RAX), L_SLOT_A},
      {M64(A_AT), DESC(0, 0x67, A_ABSENT(A_SYS(IA32_TSS32, 0)))},
      {M64(A_AT + 8), 0}}, IA32_NP, L_SLOT_A, NONE},

    /* questions: what IA-32e mode does not have, they do not find */
    {"LAR: 64-bit TSS", {0x0f, 0x02, 0xc8}, {{GPR(RAX), L_TSS}}, OK,
     {{GPR(RCX), 0x8b00}, {FLAGS, 0x42}}},
    {"LAR: 64-bit operand", {0x48, 0x0f, 0x02, 0xc8},
     {{GPR(RAX), L_CODE0}, {GPR(RCX), ~UINT64_C(0)}}, OK,
     {{GPR(RCX), 0xa09b00}, {FLAGS, 0x42}}},
    {"LAR: call gate", {0x0f, 0x02, 0xc8},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), GATE(CGATE, 0, L_CODE0, 0)}}, OK,
     {{GPR(RCX), 0x8c00}, {FLAGS, 0x42}}},
    {"LAR: 16-bit TSS", {0x0f, 0x02, 0xc8},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), FLAT(A_SYS(IA32_TSS16, 0))}}, OK,
     {{FLAGS, 2}}},
    {"LAR: 16-bit call gate", {0x0f, 0x02, 0xc8},
     {{GPR(RAX), L_SLOT_A},
      {M64(A_AT), GATE(IA32_CALL_GATE16, 0, L_CODE0, 0)}}, OK, {{FLAGS, 2}}},
    {"LAR: task gate", {0x0f, 0x02, 0xc8},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), GATE(IA32_TASK_GATE, 0, L_TSS, 0)}},
     OK, {{FLAGS, 2}}},
    {"LSL: 64-bit operand is zero-extended", {0x48, 0x0f, 0x03, 0xc8},
     {{GPR(RAX), L_DATA0}, {GPR(RCX), ~UINT64_C(0)}}, OK,
     {{GPR(RCX), 0xffffffff}, {FLAGS, 0x42}}},
    {"LSL: 16-bit TSS", {0x0f, 0x03, 0xc8},
     {{GPR(RAX), L_SLOT_A}, {M64(A_AT), FLAT(A_SYS(IA32_TSS16, 0))}}, OK,
     {{FLAGS, 2}}},
    {"ARPL is MOVSXD", {0x48, 0x63, 0xc8}, {{GPR(RAX), 0x80000000}}, OK,
     {{GPR(RCX), UINT64_C(0xffffffff80000000)}}},
};

/* --- 64-bit mode, CPL 3 ------------------------------------------------- */

#define STACK_INNER (SYS_STACK0)
#define OUTER_SP SYS_STACK3

static const struct insn_case mode64_user[] = {
    {"SS: null at CPL 3", {0x8e, 0xd0}, {{GPR(RAX), 3}}, GP0, NONE},
    {"gate: inward, RSP0 and a null SS", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A | 3},
      {M64(A_AT), GATE(CGATE, 3, L_CODE0, 0x5000)}, {M64(A_AT + 8), 0}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_CODE0}, {AR(CS), A_LONG(0)}, {CPL, 0},
      {SEL(SS), 0}, {LIMIT(SS), 0}, {AR(SS), AR_UNUSABLE},
      {GPR(RSP), STACK_INNER - 32}, {M64(STACK_INNER - 32), SYS_CODE + 7},
      {M64(STACK_INNER - 24), L_CODE3 | 3}, {M64(STACK_INNER - 16), OUTER_SP},
      {M64(STACK_INNER - 8), L_DATA3 | 3}}},
    {"gate: to CPL 2, RSP2; parameters are not copied",
     {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A | 3},
      {M64(A_AT), GATE(CGATE, 3, L_CODE2, 0x5000) | (uint64_t)31 << 32},
      {M64(A_AT + 8), 0}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_CODE2 | 2}, {AR(CS), A_LONG(2)}, {CPL, 2},
      {SEL(SS), 2}, {LIMIT(SS), 0}, {AR(SS), AR_UNUSABLE | 0x40},
      {GPR(RSP), LONG_STACK2 - 32}, {M64(LONG_STACK2 - 16), OUTER_SP},
      {M64(LONG_STACK2 - 8), L_DATA3 | 3}}},
    {"gate: TSS too short for RSP0", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A | 3}, {LIMIT(TR), 10},
      {M64(A_AT), GATE(CGATE, 3, L_CODE0, 0x5000)}, {M64(A_AT + 8), 0}},
     IA32_TS, L_TSS, NONE},
    {"gate: RSP0 is not canonical", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A | 3}, {M64(SYS_TSS + 4), HOLE + 8},
      {M64(A_AT), GATE(CGATE, 3, L_CODE0, 0x5000)}, {M64(A_AT + 8), 0}},
     SS0, NONE},
    {"gate: the stack is looked at before the offset",
     {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A | 3}, {M64(SYS_TSS + 4), HOLE + 8},
      {M64(A_AT), GATE(CGATE, 3, L_CODE0, 0)}, {M64(A_AT + 8), 0x8000}},
     SS0, NONE},
    {"gate: inward to an address that is not canonical",
     {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A | 3},
      {M64(A_AT), GATE(CGATE, 3, L_CODE0, 0)}, {M64(A_AT + 8), 0x8000}},
     GP0, NONE},
    {"gate: DPL below CPL", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A | 3},
      {M64(A_AT), GATE(CGATE, 0, L_CODE0, 0x5000)}, {M64(A_AT + 8), 0}},
     GPS(L_SLOT_A), NONE},
    {"gate: conforming code stays at CPL 3", {0xff, 0x1c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A | 3},
      {M64(A_AT), GATE(CGATE, 3, L_CONF0, 0x5000)}, {M64(A_AT + 8), 0}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_CONF0 | 3}, {AR(CS), A_LONG_CONF(0)},
      {GPR(RSP), OUTER_SP - 16}}},
    {"gate: JMP does not go inward", {0xff, 0x2c, AT(SYS_DATA)},
     {{M16(SYS_DATA + 4), L_SLOT_A | 3},
      {M64(A_AT), GATE(CGATE, 3, L_CODE0, 0x5000)}, {M64(A_AT + 8), 0}},
     GPS(L_CODE0), NONE},
    {"LGDT", {0x0f, 0x01, 0x14, AT(SYS_DATA)}, NONE, GP0, NONE},
    {"SGDT without UMIP", {0x0f, 0x01, 0x04, AT(SYS_DATA)}, NONE, OK,
     {{M16(SYS_DATA), L_GDT_BYTES - 1}, {M64(SYS_DATA + 2), SYS_GDT}}},
    {"SGDT with UMIP", {0x0f, 0x01, 0x04, AT(SYS_DATA)}, {{CR4, CR4_UMIP}},
     GP0, NONE},
    {"SIDT with UMIP", {0x0f, 0x01, 0x0c, AT(SYS_DATA)}, {{CR4, CR4_UMIP}},
     GP0, NONE},
    {"SLDT with UMIP", {0x0f, 0x00, 0xc0}, {{CR4, CR4_UMIP}}, GP0, NONE},
    {"STR with UMIP", {0x0f, 0x00, 0xc8}, {{CR4, CR4_UMIP}}, GP0, NONE},
    {"SMSW with UMIP", {0x0f, 0x01, 0xe0}, {{CR4, CR4_UMIP}}, GP0, NONE},
};

/* --- compatibility mode -------------------------------------------------- */

/* [disp32] */
#define AT32(address)                                                       \
    (uint8_t)(address), (uint8_t)((address) >> 8),                          \
        (uint8_t)((address) >> 16), 0

static const struct insn_case compat[] = {
    {"SS: null is #GP", {0x8e, 0xd0}, {{GPR(RAX), 0}}, GP0, NONE},
    {"JMP to 64-bit code", {0xea, 0x00, 0x50, 0, 0, L_CODE0, 0}, NONE, OK,
     {{RIP, 0x5000}, {SEL(CS), L_CODE0}, {AR(CS), A_LONG(0)}}},
    {"CALL to 64-bit code uses this stack",
     {0x9a, 0x00, 0x50, 0, 0, L_CODE0, 0},
     {{BASE(SS), 0x1000}, {GPR(RSP), STACK}}, OK,
     {{RIP, 0x5000}, {SEL(CS), L_CODE0}, {AR(CS), A_LONG(0)},
      {GPR(RSP), STACK - 8}, {M32(STACK + 0x1000 - 8), SYS_CODE + 7},
      {M32(STACK + 0x1000 - 4), L_COMPAT0}}},
    {"JMP beyond the limit", {0xea, 0x00, 0x50, 0, 0, L_SLOT_A, 0},
     {{M64(A_AT), DESC(0, 0xfff, 0x409b)}}, GP0, NONE},
    {"gate: 64-bit frame", {0x9a, 0, 0, 0, 0, L_SLOT_A, 0},
     {{M64(A_AT), GATE(CGATE, 0, L_CODE0, 0x5000)},
      {M64(A_AT + 8), 0xffff8000}}, OK,
     {{RIP, UINT64_C(0xffff800000005000)}, {SEL(CS), L_CODE0},
      {AR(CS), A_LONG(0)}, {GPR(RSP), STACK - 16},
      {M64(STACK - 16), SYS_CODE + 7}, {M64(STACK - 8), L_COMPAT0}}},
    {"JMP to a TSS is #GP", {0xea, 0, 0, 0, 0, L_SLOT_A, 0},
     {{M64(A_AT), DESC(SYS_TSS, 0x67, A_SYS(IA32_TSS32, 0))},
      {M64(A_AT + 8), 0}}, GPS(L_SLOT_A), NONE},
    {"RETF to 64-bit code", {0xcb},
     {{M32(STACK), 0x89abcdef}, {M32(STACK + 4), L_CODE0}}, OK,
     {{RIP, 0x89abcdef}, {SEL(CS), L_CODE0}, {AR(CS), A_LONG(0)},
      {GPR(RSP), STACK + 8}}},
    {"LGDT takes 6 bytes", {0x0f, 0x01, 0x15, AT32(SYS_DATA)},
     {{M16(SYS_DATA), 0x7f}, {M64(SYS_DATA + 2), HIGH}}, OK,
     {{GDT_LIMIT, 0x7f}, {GDT_BASE, HIGH & 0xffffffff}}},
    {"SGDT stores 6 bytes", {0x0f, 0x01, 0x05, AT32(SYS_DATA)},
     {{GDT_LIMIT, 0x7f}, {GDT_BASE, HIGH}, {M64(SYS_DATA), 0}}, OK,
     {{M16(SYS_DATA), 0x7f}, {M64(SYS_DATA + 2), HIGH & 0xffffffff}}},
    {"LLDT: 16 bytes here, too", {0x0f, 0x00, 0xd0},
     {{GPR(RAX), L_SLOT_A},
      {M64(A_AT), DESC(0x89abcdef, 0xff, A_SYS(IA32_LDT, 0))},
      {M64(A_AT + 8), 0xffff8000}}, OK,
     {{SEL(LDTR), L_SLOT_A}, {BASE(LDTR), UINT64_C(0xffff800089abcdef)},
      {LIMIT(LDTR), 0xff}}},
    {"LES is there", {0xc4, 0x0d, AT32(SYS_DATA)},
     {{M32(SYS_DATA), 0x1234}, {M16(SYS_DATA + 4), L_DATA3}}, OK,
     {{GPR(RCX), 0x1234}, {SEL(ES), L_DATA3}, {AR(ES), A_DATA(3)}}},
};

static void run_table(const struct insn_case *table, size_t rows,
                      unsigned cpl, unsigned bits)
{
    for (size_t i = 0; i < rows; i++) {
        struct sys s;
        long_init(&s, cpl, bits);
        case_run(&s, &table[i]);
        sys_done(&s);
    }
}

static void in_64_bit_mode(void)
{
    run_table(mode64, ARRAY_SIZE(mode64), 0, 64);
}

static void in_64_bit_mode_at_cpl_3(void)
{
    run_table(mode64_user, ARRAY_SIZE(mode64_user), 3, 64);
}

static void in_compatibility_mode(void)
{
    run_table(compat, ARRAY_SIZE(compat), 0, 32);
}

/* Descriptors and stacks above 4 GiB, through the page tables. */
static void tables_in_the_upper_half(void)
{
    struct sys s;
    long_init(&s, 3, 32);
    s.cpu->gdtr.base = LONG_HIGH + SYS_GDT;
    s.cpu->seg[IA32_TR].base = LONG_HIGH + SYS_TSS;
    sys_put64(&s, SYS_TSS + 4, LONG_HIGH + SYS_STACK0);
    long_gdt(&s, L_SLOT_A, GATE(CGATE, 3, L_CODE0, SYS_CODE),
             LONG_HIGH >> 32);
    SYS_CODE_BYTES(&s, 0x9a, 0, 0, 0, 0, L_SLOT_A | 3, 0);
    long_paging(&s);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, LONG_HIGH + SYS_CODE);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], LONG_HIGH + SYS_STACK0 - 32);
    CU_ASSERT_EQUAL(long_stack(&s, 0), SYS_CODE + 7);
    CU_ASSERT_EQUAL(long_stack(&s, 1), L_COMPAT3 | 3);
    CU_ASSERT_EQUAL(long_stack(&s, 2), SYS_STACK3);
    CU_ASSERT_EQUAL(long_stack(&s, 3), L_DATA3 | 3);
    CU_ASSERT(s.cpu->mode & IA32_MODE_LONG64);
    /* and back: the frame fits RETF with REX.W */
    SYS_CODE_BYTES(&s, 0x48, 0xcb);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 7);
    CU_ASSERT_EQUAL(s.cpu->cpl, 3);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], SYS_STACK3);
    CU_ASSERT_FALSE(s.cpu->mode & IA32_MODE_LONG64);
    sys_done(&s);
}

/* Room on the stack, then the target, then the stack's pages. */
static void pages_of_the_stack_come_last(void)
{
    struct sys s;
    long_init(&s, 0, 64);
    SYS_CODE_BYTES(&s, 0x48, 0xff, 0x1c, AT(SYS_DATA)); /* CALL m16:64 */
    sys_put64(&s, SYS_DATA, HOLE);
    sys_put64(&s, SYS_DATA + 8, L_CODE0);
    long_pte(&s, SYS_STACK0 - 0x1000, 0);
    long_paging(&s);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    sys_put64(&s, SYS_DATA, SYS_CODE);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_PF, PF_W));
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"64-bit mode, a case a line", in_64_bit_mode},
    {"64-bit mode at CPL 3, a case a line", in_64_bit_mode_at_cpl_3},
    {"compatibility mode, a case a line", in_compatibility_mode},
    {"tables and stacks in the upper half", tables_in_the_upper_half},
    {"CALL: pages of the stack come last", pages_of_the_stack_come_last},
};

int main(void)
{
    return sys_main("long-segments", cases, ARRAY_SIZE(cases));
}
