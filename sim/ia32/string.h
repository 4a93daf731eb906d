/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repetition of string instructions, for string.c and for INS and OUTS. */
#ifndef IA32_STRING_H
#define IA32_STRING_H

#include "sim/ia32/alu.h"

/* Run a string instruction: once without a REP prefix, else eCX times.
 *   iteration  one element: accesses, then registers and flags
 *   compares   CMPS and SCAS: ZF may end the repetition (F3 when it is 0,
 *              F2 when it is 1); for the others F2 is as F3
 * Returns IA32_OK when all is done; IA32_JUMP with rip at the instruction
 * itself when iterations are left and a boundary has to be looked at; what
 * iteration returned otherwise, eCX counting the iterations left.
 * Cost: insn->cycles an iteration; the run loop charges the last one. */
enum ia32_status ia32_repeat(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn,
                             ia32_handler *iteration,
                             bool compares) IA32_MUST_CHECK;

#endif
