/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Golden tests of integer instructions: bytes, what was before, what has
 * changed.  What a case does not mention must be as it was: registers,
 * flags, memory and stack.  Expected values are from the manual's pages,
 * not from this program.  SDM 325462, Vol 2, "Instruction Set Reference".
 *
 * All instructions are compared with a real processor by tests/silicon; here
 * is what is special about memory, stack, branches, strings, decimal
 * adjustment, and faults. */
#include "tests/ia32/rig.h"

/* What a case sets or expects. */
enum item {
    END, EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI,
    FLAGS,   /* whole EFLAGS but bit 1 */
    MEM,     /* 8 bytes at 5000, DS's and EBX's and ESI's */
    MEM2,    /* 8 bytes at 6000, EDI's */
    STACK,   /* 8 bytes at 8000, where ESP points */
    PUSHED,  /* 8 bytes at 7FF8, below it */
    EIP,     /* expected only; otherwise after the instruction */
    FAULT,   /* expected only: vector */
    ERROR,   /* expected only: its error code */
    STATUS,  /* expected only: enum ia32_status, for repeated strings */
    CS_LIMIT, DS_LIMIT, SS_LIMIT, DS_READ_ONLY, ITEM_COUNT
};

struct value {
    enum item item;
    uint64_t v;
};

enum { S16 = 0x40 }; /* 16-bit stack; beside IA32_MODE_CODE32 */
#define C32 IA32_MODE_CODE32
#define C16 0u

struct golden {
    const char *name;
    uint8_t bytes[12];
    uint8_t mode;
    struct value before[7], after[9];
};

#define CF FL_CF
#define PF FL_PF
#define AF FL_AF
#define ZF FL_ZF
#define SF FL_SF
#define OF FL_OF
#define DF FL_DF

static const struct golden golden[] = {
    /* --- memory destinations ------------------------------------------ */
    { "ADD Eb,Gb: memory byte and flags", { 0x00, 0x0b }, C32,
      { { MEM, 0xff }, { ECX, 1 } },
      { { MEM, 0 }, { FLAGS, CF | PF | AF | ZF } } },
    { "ADD Ev,Gv: memory dword", { 0x01, 0x0b }, C32,
      { { MEM, 0x7fffffff }, { ECX, 1 } },
      { { MEM, 0x80000000 }, { FLAGS, OF | SF | AF | PF } } },
    { "SBB Ev,Ibs: borrow in, 16 bits", { 0x66, 0x83, 0x1b, 0xff }, C32,
      { { MEM, 0x10000 }, { FLAGS, CF } },
      { { MEM, 0x10000 }, { FLAGS, CF | AF | ZF | PF } } },
    { "CMP Eb,Ib: writes nothing", { 0x80, 0x3b, 0x01 }, C32,
      { { MEM, 0 }, { DS_READ_ONLY, 1 } },
      { { FLAGS, CF | AF | SF | PF } } },
    { "ADD: read-only segment is #GP(0), flags as before", { 0x01, 0x0b },
      C32, { { MEM, 1 }, { ECX, 1 }, { FLAGS, ZF }, { DS_READ_ONLY, 1 } },
      { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "NEG Ev: beyond the limit is #GP(0)", { 0xf7, 0x1b }, C32,
      { { MEM, 1 }, { DS_LIMIT, 0x5002 } },
      { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "NEG Ev: up to the limit is right", { 0xf7, 0x1b }, C32,
      { { MEM, 1 }, { DS_LIMIT, 0x5003 } },
      { { MEM, 0xffffffff }, { FLAGS, CF | AF | SF | PF } } },
    { "NOT Eb: no flags", { 0xf6, 0x13 }, C32,
      { { MEM, 0x0f }, { FLAGS, CF | OF } }, { { MEM, 0xf0 } } },
    { "INC Ev: keeps CF", { 0xff, 0x03 }, C32,
      { { MEM, 0xffffffff }, { FLAGS, CF } },
      { { MEM, 0 }, { FLAGS, CF | PF | AF | ZF } } },
    { "DEC Zv: 16 bits keep the upper half", { 0x66, 0x48 }, C32,
      { { EAX, 0x12340000 } },
      { { EAX, 0x1234ffff }, { FLAGS, SF | AF | PF } } },
    { "INC Zv: OF at the largest positive", { 0x41 }, C32,
      { { ECX, 0x7fffffff } },
      { { ECX, 0x80000000 }, { FLAGS, OF | SF | AF | PF } } },
    { "SUB Eb,Ib: alias 82", { 0x82, 0x2b, 0x01 }, C32, { { MEM, 3 } },
      { { MEM, 2 }, { FLAGS, 0 } } },
    { "SHL Eb,1: memory", { 0xd0, 0x23 }, C32, { { MEM, 0x81 } },
      { { MEM, 0x02 }, { FLAGS, CF | OF } } },
    { "SHL: a count of 0 still needs a writable destination",
      { 0xd3, 0x23 }, C32, { { MEM, 1 }, { ECX, 32 }, { DS_READ_ONLY, 1 } },
      { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "SHRD Ev,Gv,Ib: memory", { 0x0f, 0xac, 0x0b, 0x08 }, C32,
      { { MEM, 0x12345678 }, { ECX, 0xab } },
      { { MEM, 0xab123456 }, { FLAGS, OF | SF | PF } } },
    { "TEST Ev,Iz: reads only", { 0xf7, 0x03, 0x80, 0, 0, 0 }, C32,
      { { MEM, 0x80 }, { DS_READ_ONLY, 1 } }, { { FLAGS, 0 } } },

    /* --- moves ---------------------------------------------------------- */
    { "MOV Eb,Gb: AH", { 0x88, 0x23 }, C32, { { EAX, 0x5500 } },
      { { MEM, 0x55 } } },
    { "MOV Ev,Iz: memory, 16 bits", { 0x66, 0xc7, 0x03, 0x34, 0x12 }, C32,
      { { MEM, 0xffffffff } }, { { MEM, 0xffff1234 } } },
    { "MOV eAX,Ov: offset", { 0xa1, 0x00, 0x50, 0, 0 }, C32,
      { { MEM, 0xcafe } }, { { EAX, 0xcafe } } },
    { "MOV Ob,AL: 16-bit address", { 0x67, 0xa2, 0x00, 0x50 }, C32,
      { { EAX, 0x77 } }, { { MEM, 0x77 } } },
    { "MOVSX Gv,Ew: memory", { 0x0f, 0xbf, 0x0b }, C32, { { MEM, 0x8000 } },
      { { ECX, 0xffff8000 } } },
    { "MOVZX Gv,Eb: 16-bit destination", { 0x66, 0x0f, 0xb6, 0x0b }, C32,
      { { MEM, 0x80 }, { ECX, 0x12345678 } }, { { ECX, 0x12340080 } } },
    { "LEA: 16-bit address, zero-extended", { 0x67, 0x8d, 0x48, 0xff }, C32,
      { { ESI, 0 }, { EBX, 0x10000 } }, { { ECX, 0xffff } } },
    { "LEA: 32-bit address cut to 16 bits", { 0x66, 0x8d, 0x4b, 0x10 }, C32,
      { { EBX, 0x12345ff8 }, { ECX, 0xaaaa0000 } },
      { { ECX, 0xaaaa6008 } } },
    { "LEA: no access, so no fault", { 0x8d, 0x0b }, C32,
      { { DS_LIMIT, 0 } }, { { ECX, 0x5000 } } },
    { "XLAT: AL beyond EBX", { 0xd7 }, C32, { { EAX, 0x103 },
      { MEM, UINT64_C(0x99000000) } }, { { EAX, 0x199 } } },
    { "XCHG Ev,Gv: the address register itself", { 0x87, 0x1b }, C32,
      { { MEM, 7 } }, { { MEM, 0x5000 }, { EBX, 7 } } },
    { "XADD Ev,Gv: memory", { 0x0f, 0xc1, 0x0b }, C32,
      { { MEM, 5 }, { ECX, 3 } },
      { { MEM, 8 }, { ECX, 5 }, { FLAGS, 0 } } },
    { "XADD of a register to itself doubles it", { 0x0f, 0xc1, 0xc9 }, C32,
      { { ECX, 3 } }, { { ECX, 6 }, { FLAGS, PF } } },
    { "CMPXCHG: equal", { 0x0f, 0xb1, 0x0b }, C32,
      { { MEM, 5 }, { EAX, 5 }, { ECX, 9 } },
      { { MEM, 9 }, { FLAGS, ZF | PF } } },
    { "CMPXCHG: not equal", { 0x0f, 0xb1, 0x0b }, C32,
      { { MEM, 5 }, { EAX, 6 }, { ECX, 9 } },
      { { EAX, 5 }, { FLAGS, 0 } } },
    { "CMPXCHG: not equal still needs a writable destination",
      { 0x0f, 0xb1, 0x0b }, C32,
      { { MEM, 5 }, { EAX, 6 }, { DS_READ_ONLY, 1 } },
      { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "CMPXCHG8B: equal, only ZF", { 0xf0, 0x0f, 0xc7, 0x0f }, C32,
      { { MEM2, UINT64_C(0x200000001) }, { EDX, 2 }, { EAX, 1 },
        { ECX, 4 }, { EBX, 3 }, { FLAGS, CF | OF | PF | SF } },
      { { MEM2, UINT64_C(0x400000003) },
        { FLAGS, CF | OF | PF | SF | ZF } } },
    { "CMPXCHG8B: not equal", { 0x0f, 0xc7, 0x0f }, C32,
      { { MEM2, UINT64_C(0x200000001) }, { FLAGS, ZF | CF } },
      { { EDX, 2 }, { EAX, 1 }, { FLAGS, CF } } },
    { "CMOVcc: false reads all the same", { 0x0f, 0x44, 0x0b }, C32,
      { { DS_LIMIT, 0x100 } }, { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "CMOVcc: true", { 0x0f, 0x44, 0x0b }, C32,
      { { MEM, 6 }, { FLAGS, ZF } }, { { ECX, 6 } } },
    { "SETcc: memory byte", { 0x0f, 0x9c, 0x03 }, C32,
      { { MEM, 0xffff }, { FLAGS, SF } }, { { MEM, 0xff01 } } },
    { "SALC: carry", { 0xd6 }, C32, { { EAX, 0x1200 }, { FLAGS, CF } },
      { { EAX, 0x12ff } } },
    { "NOP Ev: touches nothing", { 0x0f, 0x1f, 0x03 }, C32,
      { { DS_LIMIT, 0 } }, { { END, 0 } } },
    { "STD", { 0xfd }, C32, { { END, 0 } }, { { FLAGS, DF } } },
    { "CLD", { 0xfc }, C32, { { FLAGS, DF | CF } }, { { FLAGS, CF } } },
    { "UD2 is #UD", { 0x0f, 0x0b }, C32, { { END, 0 } },
      { { FAULT, IA32_UD } } },

    /* --- bits ------------------------------------------------------------ */
    { "BT Ev,Gv: reaches up the bit string", { 0x0f, 0xa3, 0x0b }, C32,
      { { ECX, 32 + 5 }, { MEM, UINT64_C(0x20) << 32 }, { FLAGS, ZF } },
      { { FLAGS, ZF | CF } } },
    { "BTS Ev,Gv: reaches down, negative offset", { 0x0f, 0xab, 0x4b, 0x08 },
      C32, { { ECX, 0xffffffff } },
      { { MEM, UINT64_C(1) << 63 }, { FLAGS, 0 } } },
    { "BTR Ev,Gv: 16 bits step by words", { 0x66, 0x0f, 0xb3, 0x0b }, C32,
      { { ECX, 17 }, { MEM, 0xffffffff } },
      { { MEM, 0xfffdffff }, { FLAGS, CF } } },
    { "BTC Ev,Ib: stays inside the operand", { 0x0f, 0xba, 0x3b, 33 }, C32,
      { { MEM, 0 } }, { { MEM, 2 }, { FLAGS, 0 } } },
    { "BT: read-only is enough", { 0x0f, 0xba, 0x23, 0 }, C32,
      { { MEM, 1 }, { DS_READ_ONLY, 1 } }, { { FLAGS, CF } } },
    { "BSF of zero leaves the destination", { 0x0f, 0xbc, 0x0b }, C32,
      { { ECX, 77 }, { MEM, 0 } }, { { FLAGS, ZF | PF } } },

    /* --- multiplication, division, decimal -------------------------------- */
    { "DIV by zero is #DE", { 0xf7, 0x33 }, C32, { { EAX, 5 } },
      { { FAULT, IA32_DE } } },
    { "DIV: quotient too large is #DE", { 0xf6, 0x33 }, C32,
      { { EAX, 0x200 }, { MEM, 2 } }, { { FAULT, IA32_DE } } },
    { "IDIV: -128 fits", { 0xf6, 0x3b }, C32,
      { { EAX, 0xff00 }, { MEM, 2 } }, { { EAX, 0x0080 } } },
    { "IDIV: +128 does not", { 0xf6, 0x3b }, C32,
      { { EAX, 0x0100 }, { MEM, 2 } }, { { FAULT, IA32_DE } } },
    { "IDIV: the most negative by -1 is #DE", { 0xf7, 0x3b }, C32,
      { { EAX, 0 }, { EDX, 0x80000000 }, { MEM, 0xffffffff } },
      { { FAULT, IA32_DE } } },
    { "IDIV: remainder has the dividend's sign", { 0xf7, 0x3b }, C32,
      { { EAX, 0xfffffff9 }, { EDX, 0xffffffff }, { MEM, 2 } },
      { { EAX, 0xfffffffd }, { EDX, 0xffffffff } } },
    { "DAA: 79 + 35 = 114", { 0x27 }, C32, { { EAX, 0xae } },
      { { EAX, 0x14 }, { FLAGS, CF | AF | PF } } },
    { "DAS: 35 - 47 = -12", { 0x2f }, C32,
      { { EAX, 0xee }, { FLAGS, CF | AF | SF } },
      { { EAX, 0x88 }, { FLAGS, CF | AF | SF | PF } } },
    { "DAS: the borrow of AL - 6 is a carry", { 0x2f }, C32,
      { { EAX, 0x05 }, { FLAGS, AF } },
      { { EAX, 0xff }, { FLAGS, CF | AF | SF | PF } } },
    { "AAA: carry into AH", { 0x37 }, C32, { { EAX, 0x010b } },
      { { EAX, 0x0201 }, { FLAGS, CF | AF } } },
    { "AAS: borrow from AH", { 0x3f }, C32,
      { { EAX, 0x02ff }, { FLAGS, AF } },
      { { EAX, 0x0109 }, { FLAGS, CF | AF | PF } } },
    { "AAM", { 0xd4, 10 }, C32, { { EAX, 0x003f } },
      { { EAX, 0x0603 }, { FLAGS, PF } } },
    { "AAM by zero is #DE", { 0xd4, 0 }, C32, { { EAX, 5 } },
      { { FAULT, IA32_DE } } },
    { "AAD", { 0xd5, 10 }, C32, { { EAX, 0x0603 } },
      { { EAX, 0x003f }, { FLAGS, PF } } },

    { "AAD: CF and AF are those of the sum", { 0xd5, 10 }, C32,
      { { EAX, 0x1aff } }, { { EAX, 0x0003 }, { FLAGS, CF | PF | AF } } },

    /* --- stack -------------------------------------------------------------- */
    { "PUSH Zv", { 0x51 }, C32, { { ECX, 0x1234 } },
      { { ESP, 0x7ffc }, { PUSHED, UINT64_C(0x1234) << 32 } } },
    { "PUSH ESP pushes the old value", { 0x54 }, C32, { { END, 0 } },
      { { ESP, 0x7ffc }, { PUSHED, UINT64_C(0x8000) << 32 } } },
    { "PUSH Ibs: sign-extended to the operand size", { 0x6a, 0x80 }, C32,
      { { END, 0 } },
      { { ESP, 0x7ffc }, { PUSHED, UINT64_C(0xffffff80) << 32 } } },
    { "PUSH Iz: 16 bits", { 0x66, 0x68, 0x34, 0x12 }, C32, { { END, 0 } },
      { { ESP, 0x7ffe }, { PUSHED, UINT64_C(0x1234) << 48 } } },
    { "PUSH Ev: address by the old ESP", { 0xff, 0x34, 0x24 }, C32,
      { { STACK, 0x42 } },
      { { ESP, 0x7ffc }, { PUSHED, UINT64_C(0x42) << 32 } } },
    { "PUSH DS: half of the slot is left alone", { 0x1e }, C32,
      { { PUSHED, ~UINT64_C(0) } },
      { { ESP, 0x7ffc }, { PUSHED, UINT64_C(0xffff0010ffffffff) } } },
    { "PUSH: 16-bit stack wraps SP alone", { 0x66, 0x51 },
      C32 | S16, { { ESP, 0x12348000 }, { ECX, 0x77 } },
      { { ESP, 0x12347ffe }, { PUSHED, UINT64_C(0x77) << 48 } } },
    { "PUSH: beyond the stack's limit is #SS(0)", { 0x51 }, C32,
      { { SS_LIMIT, 0x100 } }, { { FAULT, IA32_SSF }, { ERROR, 0 } } },
    { "POP Zv", { 0x59 }, C32, { { STACK, 0x99 } },
      { { ECX, 0x99 }, { ESP, 0x8004 } } },
    { "POP ESP: the popped value stays", { 0x5c }, C32, { { STACK, 0x99 } },
      { { ESP, 0x99 } } },
    { "POP [ESP]: address by the new ESP", { 0x8f, 0x04, 0x24 }, C32,
      { { STACK, 0x55 } },
      { { ESP, 0x8004 }, { STACK, UINT64_C(0x5500000055) } } },
    { "POP Ev: a fault in the destination leaves ESP", { 0x8f, 0x03 }, C32,
      { { DS_READ_ONLY, 1 }, { STACK, 5 } },
      { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "PUSHA, the part that shows: EDI ESI", { 0x60 }, C32,
      { { ESP, 0x8018 }, { EDI, 0x1d }, { ESI, 0x15 } },
      { { ESP, 0x7ff8 }, { PUSHED, UINT64_C(0x150000001d) },
        { STACK, UINT64_C(0x801800007000) } } },
    { "POPA: all but ESP", { 0x61 }, C32,
      { { STACK, UINT64_C(0x150000001d) } },
      { { ESP, 0x8020 }, { EDI, 0x1d }, { ESI, 0x15 }, { EBP, 0 },
        { EBX, 0 } } },
    { "POPA: fault half-way changes nothing", { 0x61 }, C32,
      { { SS_LIMIT, 0x8010 } }, { { FAULT, IA32_SSF }, { ERROR, 0 } } },
    { "ENTER 8,0", { 0xc8, 8, 0, 0 }, C32, { { EBP, 0x1111 } },
      { { EBP, 0x7ffc }, { ESP, 0x7ff4 },
        { PUSHED, UINT64_C(0x1111) << 32 } } },
    { "ENTER 0,1: pushes its own frame pointer", { 0xc8, 0, 0, 1 }, C32,
      { { EBP, 0x1111 } },
      { { EBP, 0x7ffc }, { ESP, 0x7ff8 },
        { PUSHED, UINT64_C(0x111100007ffc) } } },
    { "ENTER 0,2: copies the enclosing frame pointer", { 0xc8, 0, 0, 2 },
      C32, { { ESP, 0x8004 }, { EBP, 0x6004 }, { MEM2, 0xabcd } },
      { { EBP, 0x8000 }, { ESP, 0x7ff8 }, { STACK, 0x6004 },
        { PUSHED, UINT64_C(0xabcd00008000) } } },
    { "ENTER: the level is taken modulo 32", { 0xc8, 0, 0, 33 }, C32,
      { { EBP, 0x1111 } },
      { { EBP, 0x7ffc }, { ESP, 0x7ff8 },
        { PUSHED, UINT64_C(0x111100007ffc) } } },
    { "ENTER: ESP must end where the stack can be written",
      { 0xc8, 0xff, 0xff, 0 }, C32, { { SS_LIMIT, 0x9000 } },
      { { FAULT, IA32_SSF }, { ERROR, 0 },
        { PUSHED, UINT64_C(0x7000) << 32 } } },
    { "LEAVE", { 0xc9 }, C32, { { EBP, 0x8000 }, { ESP, 0x10 },
      { STACK, 0x2222 } }, { { ESP, 0x8004 }, { EBP, 0x2222 } } },
    { "LEAVE: fault leaves ESP", { 0xc9 }, C32,
      { { EBP, 0x9000 }, { SS_LIMIT, 0x8100 } },
      { { FAULT, IA32_SSF }, { ERROR, 0 } } },
    { "BOUND: inside", { 0x62, 0x0b }, C32,
      { { ECX, 5 }, { MEM, UINT64_C(0x5fffffffe) } }, { { END, 0 } } },
    { "BOUND: below, signed", { 0x62, 0x0b }, C32,
      { { ECX, 0xfffffffd }, { MEM, UINT64_C(0x5fffffffe) } },
      { { FAULT, IA32_BR } } },
    { "BOUND: above", { 0x62, 0x0b }, C32,
      { { ECX, 6 }, { MEM, UINT64_C(0x5fffffffe) } },
      { { FAULT, IA32_BR } } },

    /* --- branches ------------------------------------------------------------- */
    { "JMP Jb: backwards", { 0xeb, 0xfe }, C32, { { END, 0 } },
      { { EIP, 0x1000 } } },
    { "JMP Jz: 16-bit operand cuts EIP", { 0x66, 0xe9, 0xff, 0x7f }, C32,
      { { END, 0 } }, { { EIP, 0x9003 } } },
    { "JMP Jz: 16-bit wraps at 64 KiB", { 0x66, 0xe9, 0xf8, 0xef }, C32,
      { { END, 0 } }, { { EIP, 0xfffc } } },
    { "JMP: beyond the limit of CS is #GP(0)", { 0xeb, 0x7f }, C32,
      { { CS_LIMIT, 0x1080 } }, { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "Jcc: not taken, nothing is checked", { 0x74, 0x7f }, C32,
      { { CS_LIMIT, 0x1010 } }, { { END, 0 } } },
    { "Jcc: taken beyond the limit", { 0x75, 0x7f }, C32,
      { { CS_LIMIT, 0x1010 } }, { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "JLE: taken on SF != OF", { 0x7e, 0x10 }, C32, { { FLAGS, SF } },
      { { EIP, 0x1012 } } },
    { "JMP Ev: memory", { 0xff, 0x23 }, C32, { { MEM, 0x4321 } },
      { { EIP, 0x4321 } } },
    { "CALL Jz", { 0xe8, 0x10, 0, 0, 0 }, C32, { { END, 0 } },
      { { EIP, 0x1015 }, { ESP, 0x7ffc },
        { PUSHED, UINT64_C(0x1005) << 32 } } },
    { "CALL: target beyond the limit pushes nothing",
      { 0xe8, 0, 0, 1, 0 }, C32, { { CS_LIMIT, 0xffff } },
      { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "CALL: no room on the stack", { 0xe8, 0, 0, 0, 0 }, C32,
      { { SS_LIMIT, 0x10 } }, { { FAULT, IA32_SSF }, { ERROR, 0 } } },
    { "CALL Ev: 16 bits", { 0x66, 0xff, 0x13 }, C32, { { MEM, 0x54321 } },
      { { EIP, 0x4321 }, { ESP, 0x7ffe },
        { PUSHED, UINT64_C(0x1003) << 48 } } },
    { "CALL [ESP]: address by the old ESP", { 0xff, 0x14, 0x24 }, C32,
      { { STACK, 0x2000 } },
      { { EIP, 0x2000 }, { ESP, 0x7ffc },
        { PUSHED, UINT64_C(0x1003) << 32 } } },
    { "RET", { 0xc3 }, C32, { { STACK, 0x2222 } },
      { { EIP, 0x2222 }, { ESP, 0x8004 } } },
    { "RET Iw", { 0xc2, 0x08, 0 }, C32, { { STACK, 0x2222 } },
      { { EIP, 0x2222 }, { ESP, 0x800c } } },
    { "RET: beyond the limit leaves ESP", { 0xc3 }, C32,
      { { STACK, 0x22222 }, { CS_LIMIT, 0xffff } },
      { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "LOOP: taken", { 0xe2, 0x10 }, C32, { { ECX, 2 } },
      { { ECX, 1 }, { EIP, 0x1012 } } },
    { "LOOP: ends", { 0xe2, 0x10 }, C32, { { ECX, 1 } }, { { ECX, 0 } } },
    { "LOOP: 16-bit counter", { 0x67, 0xe2, 0x10 }, C32,
      { { ECX, 0x10000 } }, { { ECX, 0x1ffff }, { EIP, 0x1013 } } },
    { "LOOP: a target beyond the limit leaves ECX", { 0xe2, 0x10 }, C32,
      { { ECX, 2 }, { CS_LIMIT, 0x1008 } },
      { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "LOOPE: ends when ZF is 0", { 0xe1, 0x10 }, C32, { { ECX, 2 } },
      { { ECX, 1 } } },
    { "LOOPNE: goes on when ZF is 0", { 0xe0, 0x10 }, C32, { { ECX, 2 } },
      { { ECX, 1 }, { EIP, 0x1012 } } },
    { "JCXZ: CX by address size", { 0x67, 0xe3, 0x10 }, C32,
      { { ECX, 0x10000 } }, { { EIP, 0x1013 } } },
    { "JECXZ: ECX", { 0xe3, 0x10 }, C32, { { ECX, 0x10000 } },
      { { END, 0 } } },

    /* --- 16-bit code ------------------------------------------------------ */
    { "16-bit code: ADD [BX],CX", { 0x01, 0x0f }, C16,
      { { EBX, 0xffff5000 }, { MEM, 0x1ffff }, { ECX, 0xffff0001 } },
      { { MEM, 0x10000 }, { FLAGS, CF | PF | AF | ZF } } },
    { "16-bit code: [BP+SI] is in SS", { 0x8a, 0x02 }, C16,
      { { EBP, 0x7000 }, { ESI, 0x1000 }, { STACK, 0x5a },
        { DS_LIMIT, 0 } }, { { EAX, 0x5a } } },
    { "16-bit code: 66 67 give 32-bit operand and address",
      { 0x66, 0x67, 0x89, 0x0b }, C16, { { ECX, 0x12345678 } },
      { { MEM, 0x12345678 } } },
    { "16-bit code: CALL pushes IP", { 0xe8, 0x00, 0x01 }, C16 | S16,
      { { END, 0 } }, { { EIP, 0x1103 }, { ESP, 0x7ffe },
        { PUSHED, UINT64_C(0x1003) << 48 } } },
    { "16-bit code: 66 CALL pushes EIP", { 0x66, 0xe8, 0, 1, 0, 0 },
      C16 | S16, { { END, 0 } }, { { EIP, 0x1106 }, { ESP, 0x7ffc },
        { PUSHED, UINT64_C(0x1006) << 32 } } },
    { "16-bit code: REP STOSB counts CX, stores at ES:DI", { 0xf3, 0xaa },
      C16, { { ECX, 0xabcd0001 }, { EDI, 0x10006000 }, { EAX, 7 } },
      { { MEM2, 7 }, { ECX, 0xabcd0000 }, { EDI, 0x10006001 } } },

    /* --- strings ----------------------------------------------------------------- */
    { "MOVSB", { 0xa4 }, C32, { { MEM, 0xab } },
      { { MEM2, 0xab }, { ESI, 0x5001 }, { EDI, 0x6001 } } },
    { "MOVSD backwards", { 0xa5 }, C32, { { MEM, 0xabcdef01 },
      { FLAGS, DF } },
      { { MEM2, 0xabcdef01 }, { ESI, 0x4ffc }, { EDI, 0x5ffc } } },
    { "MOVSW: 16-bit registers wrap alone", { 0x67, 0x66, 0xa5 }, C32,
      { { ESI, 0x15000 }, { EDI, 0x26000 }, { MEM, 0x1234 } },
      { { MEM2, 0x1234 }, { ESI, 0x15002 }, { EDI, 0x26002 } } },
    { "STOSD", { 0xab }, C32, { { EAX, 0x12345678 } },
      { { MEM2, 0x12345678 }, { EDI, 0x6004 } } },
    { "LODSB", { 0xac }, C32, { { EAX, 0x1100 }, { MEM, 0x7f } },
      { { EAX, 0x117f }, { ESI, 0x5001 } } },
    { "CMPSB: [ESI] - [EDI]", { 0xa6 }, C32, { { MEM, 1 }, { MEM2, 2 } },
      { { ESI, 0x5001 }, { EDI, 0x6001 },
        { FLAGS, CF | AF | SF | PF } } },
    { "SCASB: AL - [EDI]", { 0xae }, C32, { { EAX, 2 }, { MEM2, 2 } },
      { { EDI, 0x6001 }, { FLAGS, ZF | PF } } },
    { "REP with ECX 0 does nothing", { 0xf3, 0xa4 }, C32,
      { { MEM, 1 }, { DS_LIMIT, 0 } }, { { END, 0 } } },
    { "REP MOVSB: one of three, then back to itself", { 0xf3, 0xa4 }, C32,
      { { ECX, 3 }, { MEM, 0x030201 } },
      { { MEM2, 1 }, { ECX, 2 }, { ESI, 0x5001 }, { EDI, 0x6001 },
        { EIP, 0x1000 } } },
    { "REP STOSB: the last one falls through", { 0xf3, 0xaa }, C32,
      { { ECX, 1 }, { EAX, 9 } },
      { { MEM2, 9 }, { ECX, 0 }, { EDI, 0x6001 } } },
    { "REPE CMPSB: ends when unequal", { 0xf3, 0xa6 }, C32,
      { { ECX, 3 }, { MEM, 1 }, { MEM2, 0 } },
      { { ECX, 2 }, { ESI, 0x5001 }, { EDI, 0x6001 }, { FLAGS, 0 } } },
    { "REPNE SCASB: goes on when unequal", { 0xf2, 0xae }, C32,
      { { ECX, 3 }, { EAX, 1 } },
      { { ECX, 2 }, { EDI, 0x6001 }, { FLAGS, 0 }, { EIP, 0x1000 } } },
    { "REP: CX counts with 16-bit addresses", { 0x67, 0xf3, 0xaa }, C32,
      { { ECX, 0x10000 } }, { { END, 0 } } },
    { "REP MOVSB: a fault keeps ECX, ESI, EDI", { 0xf3, 0xa4 }, C32,
      { { ECX, 3 }, { DS_LIMIT, 0x4fff } },
      { { FAULT, IA32_GP }, { ERROR, 0 } } },
    { "MOVSB: ES cannot be overridden, DS can", { 0x36, 0xa4 }, C32,
      { { ESI, 0x8000 }, { STACK, 0x66 }, { DS_LIMIT, 0x10 } },
      { { MEM2, 0x66 }, { ESI, 0x8001 }, { EDI, 0x6001 } } },
};

/* --- machinery ---------------------------------------------------------------- */

static const uint64_t default_gpr[8] = { 0, 0, 0, 0x5000,
                                         0x8000, 0x7000, 0x5000, 0x6000 };
static const struct {
    enum item item;
    uint64_t pa;
} memory[] = {
    { MEM, 0x5000 }, { MEM2, 0x6000 }, { STACK, 0x8000 }, { PUSHED, 0x7ff8 },
};

/* All that a case can see, by item. */
struct state {
    uint64_t v[ITEM_COUNT];
};

static void read_state(struct rig *r, struct state *state)
{
    memset(state, 0, sizeof *state);
    for (unsigned i = 0; i < 8; i++)
        state->v[EAX + i] = r->cpu->gpr[i];
    state->v[FLAGS] = ia32_get_rflags(r->cpu) & ~FL_FIXED1;
    for (unsigned i = 0; i < ARRAY_SIZE(memory); i++)
        state->v[memory[i].item] = vt_physmem_read(r->pm, memory[i].pa, 8);
}

static void set_value(struct rig *r, const struct value *value)
{
    struct ia32_cpu *cpu = r->cpu;
    switch (value->item) {
    case FLAGS: ia32_set_rflags(cpu, value->v); break;
    case CS_LIMIT: cpu->seg[IA32_CS].limit = (uint32_t)value->v; break;
    case DS_LIMIT: cpu->seg[IA32_DS].limit = (uint32_t)value->v; break;
    case SS_LIMIT: cpu->seg[IA32_SS].limit = (uint32_t)value->v; break;
    case DS_READ_ONLY: cpu->seg[IA32_DS].ar &= ~2u; break;
    default: break;
    }
    if (value->item >= EAX && value->item <= EDI)
        cpu->gpr[value->item - EAX] = value->v;
    for (unsigned i = 0; i < ARRAY_SIZE(memory); i++)
        if (memory[i].item == value->item)
            vt_physmem_write(r->pm, memory[i].pa, value->v, 8);
}

static void set_up(struct rig *r, const struct golden *g)
{
    rig_init(r);
    memcpy(r->cpu->gpr, default_gpr, sizeof default_gpr);
    if (!(g->mode & C32))
        r->cpu->seg[IA32_CS].ar &= ~AR_DB;
    if (g->mode & S16)
        r->cpu->seg[IA32_SS].ar &= ~AR_DB;
    for (unsigned i = 0; i < 7 && g->before[i].item != END; i++)
        set_value(r, &g->before[i]);
    ia32_update_mode(r->cpu);
}

/* Decode and run one instruction as the run loop would, but keep a fault
 * from being delivered. */
static enum ia32_status run_one(struct rig *r, const struct golden *g,
                                struct ia32_insn *insn)
{
    struct ia32_cpu *cpu = r->cpu;
    enum ia32_decode result =
        ia32_decode(g->bytes, sizeof g->bytes, cpu->mode, cpu->features,
                    insn);
    CU_ASSERT_EQUAL_FATAL(result, DECODE_OK);
    insn->cycles = 1;
    ia32_begin_alone(cpu, insn);
    enum ia32_status status = insn->handler(cpu, insn);
    if (status == IA32_OK)
        cpu->rip = ia32_next_rip(cpu);
    cpu->insn = NULL;
    return status;
}

/* The state before, changed as the case says. */
static void expect(const struct golden *g, const struct ia32_insn *insn,
                   struct state *state)
{
    state->v[EIP] = 0x1000u + insn->length;
    state->v[FAULT] = state->v[ERROR] = ~UINT64_C(0);
    for (unsigned i = 0; i < 9 && g->after[i].item != END; i++) {
        state->v[g->after[i].item] = g->after[i].v;
        if (g->after[i].item == FAULT)
            state->v[EIP] = 0x1000;
    }
}

static void run_golden(const struct golden *g)
{
    static const char *const names[] = { "", "eax", "ecx", "edx", "ebx",
        "esp", "ebp", "esi", "edi", "flags", "mem", "mem2", "stack",
        "pushed", "eip", "fault", "error" };
    struct rig r;
    struct state wanted, got;
    struct ia32_insn insn;
    set_up(&r, g);
    read_state(&r, &wanted);
    enum ia32_status status = run_one(&r, g, &insn);
    expect(g, &insn, &wanted);
    read_state(&r, &got);
    bool fault = status == IA32_FAULT;
    const struct ia32_event *e = &r.cpu->pending;
    got.v[EIP] = r.cpu->rip;
    got.v[FAULT] = fault ? e->vector : ~UINT64_C(0);
    got.v[ERROR] = fault && e->has_error_code ? e->error_code : ~UINT64_C(0);
    for (unsigned i = EAX; i <= ERROR; i++) {
        if (got.v[i] != wanted.v[i])
            printf("\n    %s: %s %llx, not %llx ", g->name, names[i],
                   (unsigned long long)got.v[i],
                   (unsigned long long)wanted.v[i]);
        CU_ASSERT_EQUAL(got.v[i], wanted.v[i]);
    }
    rig_done(&r);
}

static void golden_cases_hold(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(golden); i++)
        run_golden(&golden[i]);
    printf("%u cases ", (unsigned)ARRAY_SIZE(golden));
}

/* --- repeated strings through the run loop ------------------------------------- */

static const uint8_t rep_stosb[] = { 0xf3, 0xaa, 0x40, 0xeb, 0xfe };

static void set_up_rep(struct rig *r, uint32_t count)
{
    rig_init(r);
    rig_put(r, 0x1000, rep_stosb, sizeof rep_stosb);
    r->cpu->gpr[IA32_RCX] = count;
    r->cpu->gpr[IA32_RDI] = 0x6000;
    r->cpu->gpr[IA32_RAX] = 0x5a;
}

/* 11 cycles an iteration in rig.h's profile. */
static void a_limit_falls_between_iterations(void)
{
    for (uint64_t limit = 1; limit <= 200; limit++) {
        struct rig r;
        set_up_rep(&r, 10);
        vt_machine_run(r.m, limit, false);
        uint64_t done = (limit + 10) / 11;
        if (done < 10) {
            CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 10 - done);
            CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDI], 0x6000 + done);
            CU_ASSERT_EQUAL(r.cpu->rip, 0x1000);
            CU_ASSERT_EQUAL(r.cpu->base.now_cycles, 11 * done);
        } else {
            CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 0);
        }
        CU_ASSERT(rig_balanced(&r));
        rig_done(&r);
    }
}

static void a_step_is_one_iteration(void)
{
    struct rig r;
    set_up_rep(&r, 3);
    rig_step(&r, 1);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 2);
    CU_ASSERT_EQUAL(r.cpu->rip, 0x1000);
    rig_step(&r, 2);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 0);
    CU_ASSERT_EQUAL(r.cpu->rip, 0x1002);
    CU_ASSERT_EQUAL(r.cpu->base.now_cycles, 33);
    rig_done(&r);
}

/* A block end that comes near, because a write needs a page walk, ends the
 * repetition too: time stays exact whatever is charged on the way. */
static void walks_count_toward_the_limit(void)
{
    for (uint64_t limit = 1; limit <= 200; limit += 3) {
        struct rig r;
        uint64_t boundary = 34 + 34 + 11;
        set_up_rep(&r, 10);
        rig_paging(&r, 0, 0);
        vt_machine_run(r.m, limit, false);
        /* Fetch and first write walk two levels each, 17 cycles a level. */
        while (boundary < limit)
            boundary += 11;
        if (r.cpu->rip == 0x1000)
            CU_ASSERT_EQUAL(r.cpu->base.now_cycles, boundary);
        CU_ASSERT(r.cpu->base.now_cycles >= limit);
        CU_ASSERT(rig_balanced(&r));
        rig_done(&r);
    }
}

/* REP STOSB of F4 (HLT) over itself and what follows: the instruction is
 * gone after its first iteration, so HLT is what runs next. */
static void a_string_that_overwrites_itself_is_noticed(void)
{
    struct rig r;
    set_up_rep(&r, 5);
    r.cpu->gpr[IA32_RDI] = 0x1000;
    r.cpu->gpr[IA32_RAX] = 0xf4;
    vt_machine_run(r.m, 1000, false);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 4);
    CU_ASSERT_EQUAL(r.cpu->rip, 0x1001);
    rig_done(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        { "golden: each case changes what it says and nothing else",
          golden_cases_hold },
        { "REP: a limit falls exactly between iterations",
          a_limit_falls_between_iterations },
        { "REP: walks count toward the limit",
          walks_count_toward_the_limit },
        { "REP: a step is one iteration", a_step_is_one_iteration },
        { "REP: a string that overwrites itself is noticed",
          a_string_that_overwrites_itself_is_noticed },
    };
    return run_suite("ia32-int", cases, ARRAY_SIZE(cases));
}
