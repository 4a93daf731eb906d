/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding rows of the decode table (rows.c).  For the decoder, the guard
 * and the tests; handlers need none of it. */
#ifndef IA32_ROWS_H
#define IA32_ROWS_H

#include "sim/ia32/insn.h"

/* Mandatory prefixes as struct ia32_row.prefix has them. */
enum { IA32_RP_ANY = -1, IA32_RP_NP, IA32_RP_P66, IA32_RP_PF3, IA32_RP_PF2 };

/* What is known of an instruction when its row is looked for. */
struct ia32_encoding {
    unsigned map, opcode;
    int prefix;         /* IA32_RP_NP..IA32_RP_PF2: what stands there */
    unsigned modrm;     /* where the opcode has one */
    bool long64;        /* 64-bit mode */
    bool z_only;        /* no row for a single opcode: 90 with REX.B is no
                           NOP */
    const uint64_t *features;
};

/* Is the byte after the opcode a ModRM byte?  All rows of an opcode agree
 * (tested).  False for an opcode without rows. */
bool ia32_opcode_has_modrm(const struct ia32_encoding *e);
/* The best row, or NULL: an undefined opcode. */
const struct ia32_row *ia32_find_row(const struct ia32_encoding *e);

/* Does this row read a ModRM byte?  Does it cover eight opcodes? */
bool ia32_row_has_modrm(const struct ia32_row *row);
bool ia32_row_has_z(const struct ia32_row *row);

/* Next operand of a list: its letter and size letter ("Eb" 'E', 'b').  An
 * implied operand such as "AL" or "eAX" gives 0.  Returns the rest, NULL
 * after the last one. */
const char *ia32_next_operand(const char *list, char *letter, char *size);

/* The row's own handler for an operand size of 2, 4 or 8 bytes. */
static inline ia32_handler *ia32_row_handler(const struct ia32_row *row,
                                             unsigned opsize)
{
    return row->handler[opsize == 2 ? 0 : opsize == 4 ? 1 : 2];
}

#endif
