/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms: how instructions run in a chain of blocks.
 *
 * A handler executes one instruction and returns a status; that is enough to
 * run anything.  A form does the same for an instruction of a certain shape
 * and then goes on by itself to the next instruction, or through a link to
 * the next block, until something has to be seen by the run loop:
 *
 *   - a block whose price does not fit before run_until
 *   - a block that is not decoded yet, or not known at that address
 *   - any status but IA32_OK, and whatever called ia32_end_block
 *
 * Then it returns NULL, and cpu->leave and cpu->insn say what the last
 * instruction did.  Between two instructions of a chain nothing is looked at
 * and no clock moves: what runs there could not have been interrupted.
 *
 * The shapes are in forms.h: what is frequent has a form of its own, made
 * from the same inline bodies as its handler, for registers and for memory
 * that the fast TLB knows; if anything is unusual, and for every other
 * instruction, the form is the one that calls the handler.
 *
 * forms.h is compiled twice: forms_loop.c returns the next instruction to a
 * loop, forms_tail.c calls it as the last thing it does. */
#ifndef IA32_FORM_H
#define IA32_FORM_H

#include "sim/ia32/blocks.h"

struct ia32_forms {
    const char *name;
    /* The form of an instruction of a block of this mode that begins at
     * page_offset of its page.  Fills near_delta. */
    ia32_form *(*choose)(struct ia32_insn *insn, unsigned mode,
                         unsigned page_offset);
    /* Of the block's end, last being its last instruction. */
    ia32_form *(*choose_end)(struct ia32_insn *end,
                             const struct ia32_insn *last, unsigned mode,
                             unsigned page_offset);
};

extern const struct ia32_forms ia32_forms_loop;
/* The same as ia32_forms_loop where tail calls cannot be relied on. */
extern const struct ia32_forms *const ia32_forms_tail;

/* Run from the first instruction of a chain.  The status is cpu->leave. */
void ia32_run_chain(struct ia32_cpu *cpu, const struct ia32_insn *insn);

/* Where a link leads that is not made yet: never entered. */
extern const struct ia32_block ia32_no_block;
/* Price of a block that must not be entered: more than any clock has left. */
#define IA32_NO_ENTRY VT_BIT(63)
/* The largest value of run_until: sums with prices do not wrap. */
#define IA32_RUN_LIMIT (VT_BIT(62))

#endif
