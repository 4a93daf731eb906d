/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A decoded instruction, the decode table's rows, and the guard that runs
 * what a row asks for before its handler. */
#ifndef IA32_INSN_H
#define IA32_INSN_H

#include "sim/ia32/cpu.h"

/* A handler executes one instruction; see enum ia32_status. */
typedef enum ia32_status ia32_handler(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn);

/* struct ia32_insn.prefixes */
#define IA32_PFX_LOCK 1u
#define IA32_PFX_REP 2u   /* F3 */
#define IA32_PFX_REPNE 4u /* F2 */
#define IA32_PFX_OPSIZE 8u /* 66 */

struct ia32_block;

/* A form runs one instruction and goes on to the next; form.h. */
typedef const struct ia32_insn *ia32_form(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn);

struct ia32_insn {
    ia32_form *form;        /* in a chain of blocks */
    ia32_handler *handler;  /* the row's, or the guard */
    union {
        uint64_t imm;       /* immediate, sign-extended as the row says;
                               branch displacement; far offset; moffs */
        const struct ia32_block *block; /* of a block's end: itself */
    };
    union {
        int64_t disp;       /* memory operand; with base RIP, from the
                               block's first byte */
        const struct ia32_block *link; /* of a relative branch and a block's
                               end: where it led last time; never NULL */
    };
    uint32_t cycles_left;   /* price of the block from here to its end */
    uint32_t cycles;        /* price of this one */
    uint16_t row;           /* enum ia32_row */
    uint16_t offset;        /* from the block's first byte */
    uint16_t imm2;          /* far pointer's selector; ENTER's level */
    uint8_t length;         /* bytes, 1..15 */
    uint8_t prefixes;
    uint8_t opsize;         /* operand size in bytes: 2, 4, 8 */
    uint8_t addrsize;       /* address size in bytes: 2, 4, 8 */
    uint8_t reg;            /* ModRM.reg or opcode register; byte operands:
                               IA32_REG_HIGH8.. for AH CH DH BH */
    uint8_t rm;             /* ModRM.rm as a register, when is_reg */
    bool is_reg;            /* ModRM.mod = 3 */
    uint8_t base, index, scale; /* memory operand; IA32_REG_ZERO = none;
                                   scale is a shift count */
    uint8_t seg;            /* enum ia32_seg_index after overrides */
    uint8_t modrm;
    uint8_t vvvv;           /* register of a VEX prefix */
    int16_t near_delta;     /* of a branch inside the page: its target, from
                               the block's first byte */
};

/* Opcode maps 1 to 4 are those without a VEX prefix. */
enum { IA32_MAP_VEX_0F38 = 5, IA32_MAP_VEX_0F3A = 6, IA32_MAP_VEX_0F = 7 };

/* What must hold before the handler runs; struct ia32_row.checks.  In this
 * order: #UD checks, then privilege (#GP(0)), then the intercept. */
#define CHK_NONE 0u
#define CHK_PROT 1u    /* #UD in real-address and virtual-8086 mode */
#define CHK_LOCKABLE 2u /* LOCK allowed with a memory destination; without
                           this bit LOCK is #UD at decode */
#define CHK_CPL0 4u    /* #GP(0) unless CPL is 0 */
#define CHK_VMX 8u     /* #UD unless a virtualization model is attached */
#define CHK_FPU 16u    /* #NM when CR0.EM or CR0.TS is set */
#define CHK_MMX 32u    /* #UD when CR0.EM is set; #NM when CR0.TS is; #MF
                          for a pending x87 exception */
#define CHK_SSE 64u    /* #UD when CR0.EM is set or CR4.OSFXSR clear; #NM
                          when CR0.TS is set */
#define CHK_SSE_MMX (CHK_SSE | CHK_MMX)
#define CHK_MF 128u    /* after #NM: raise a pending unmasked x87 exception;
                          CHK_MMX implies it */
#define CHK_ROOT 0x1000u /* #UD in VMX non-root operation: a VM-execution
                          control would have to enable it, and no VMX here
                          has one */
/* What the decoder looks at, and no guard.  64-bit mode: */
#define CHK_I64 0x100u /* invalid: the row does not exist there */
#define CHK_O64 0x200u /* only there */
#define CHK_D64 0x400u /* operand size is 64 by default, 16 with 66 */
#define CHK_F64 0x800u /* operand size is 64 whatever prefixes say */
#define CHK_LOCKABLE_I64 (CHK_LOCKABLE | CHK_I64)
#define CHK_DECODER (CHK_LOCKABLE | CHK_I64 | CHK_O64 | CHK_D64 | CHK_F64)

/* Where in an instruction's course the VM exit is looked for. */
enum ia32_stage { IA32_ST_NONE, IA32_ST_EARLY, IA32_ST_BODY };

/* Instructions that a VMM may intercept, by what it is told; the list is
 * intercepts.def: X(id, "SDM name"). */
enum ia32_ix {
#define X(id, name) IA32_IX_##id,
#include "sim/ia32/intercepts.def"
#undef X
    IA32_IX_COUNT
};

/* A row of the decode table: one instruction form.  The columns of
 * decode.def, in order. */
struct ia32_row {
    const char *id;       /* unique: "ADD_Eb_Gb" */
    uint8_t map;          /* 1: one-byte, 2: 0F, 3: 0F 38, 4: 0F 3A; with
                             VEX 5: 0F 38, 6: 0F 3A */
    uint8_t opcode;
    int8_t prefix;        /* -1 any; else 0, 0x66, 0xF3, 0xF2 mandatory
                             (stored as 0, 1, 2, 3) */
    int8_t ext;           /* -1; else ModRM.reg must be this (/digit) */
    int8_t mod;           /* -1 any; 0 memory only; 1 register only */
    int8_t rm;            /* -1; else ModRM.rm must be this */
    const char *mnemonic;
    const char *operands; /* SDM letters, "Ev,Gv"; drives the decoder */
    uint32_t checks;
    uint8_t ix;           /* enum ia32_ix; IA32_IX_NONE */
    uint8_t stage;        /* enum ia32_stage */
    uint8_t ends_block;   /* control transfer, mode or mapping change */
    uint8_t cost;         /* enum ia32_cost */
    uint8_t feature;      /* enum ia32_feature */
    ia32_handler *handler[3]; /* by operand size 16, 32, 64; the same three
                                 times where size does not matter; NULL
                                 for 64 with CHK_I64 */
    const char *cite;     /* title of its page in the reference */
};

enum ia32_row_id {
#define ROW(id, ...) IA32_ROW_##id,
#include "sim/ia32/decode.def"
#undef ROW
    IA32_ROW_COUNT
};
extern const struct ia32_row ia32_rows[IA32_ROW_COUNT];

/* Decode the instruction at bytes (available of them can be read).
 *   mode      IA32_MODE_*
 *   features  of the CPU: rows whose feature is absent do not decode
 * Returns DECODE_OK with *insn filled (handler = the row's for its operand
 * size; cycles fields 0), DECODE_UD for an undefined opcode, DECODE_LONG
 * when it would be over 15 bytes (#GP), DECODE_MORE when available bytes do
 * not suffice. */
enum ia32_decode { DECODE_OK, DECODE_UD, DECODE_LONG, DECODE_MORE };
enum ia32_decode ia32_decode(const uint8_t *bytes, unsigned available,
                             unsigned mode,
                             const uint64_t features[IA32_FEATURE_WORDS],
                             struct ia32_insn *insn) VT_MUST_CHECK;

/* Handler put in place of a row's own when the row has checks or an early
 * intercept: runs them in the manual's order, then the row's handler. */
enum ia32_status ia32_op_guarded(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn);

/* Linear text of one instruction through Zydis (disasm.c); false when the
 * library is absent or the bytes are no instruction. */
bool ia32_disassemble(const uint8_t *bytes, unsigned available,
                      unsigned mode, uint64_t rip, char *text, size_t size,
                      unsigned *length);
bool ia32_can_disassemble(void);

#endif
