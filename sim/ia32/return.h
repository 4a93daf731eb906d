/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What far RET (farret.c) and IRET (return.c) have in common: a code segment
 * selector from the stack, the stack of an outer level, the checks of both.
 * SDM 325462, Vol 2B, "RET--Return from Procedure"; Vol 2A,
 * "IRET/IRETD/IRETQ--Interrupt Return". */
#ifndef IA32_RETURN_H
#define IA32_RETURN_H

#include "sim/ia32/segment.h"

/* One return while its checks run. */
struct ia32_return {
    unsigned size;     /* of a popped item */
    unsigned items;    /* popped before an outer ESP: 2 for RET, 3 for IRET */
    unsigned release;  /* bytes of parameters */
    uint16_t selector; /* of the code segment */
    bool always_new_stack; /* SS:RSP are popped at the same level, too: IRET
                              in 64-bit mode */
    uint64_t rip, sp;
    struct ia32_desc cs, ss;
    bool outer, new_stack; /* set by ia32_return_check */
    bool null_ss;          /* which 64-bit mode allows */
};

/* The item number i of the stack, counted from its top. */
enum ia32_status ia32_return_peek(struct ia32_cpu *cpu,
                                  const struct ia32_return *r, unsigned i,
                                  unsigned extra_bytes,
                                  uint64_t *value) IA32_MUST_CHECK;
/* All checks of protected and IA-32e mode on r->selector and r->rip, and on
 * the new stack if there is one; accessed bits set.  The last thing that may
 * fault. */
enum ia32_status ia32_return_check(struct ia32_cpu *cpu,
                                   struct ia32_return *r) IA32_MUST_CHECK;
/* Load CS, SS, ESP and EIP.  Returns IA32_JUMP. */
enum ia32_status ia32_return_finish(struct ia32_cpu *cpu,
                                    struct ia32_return *r);

#endif
