/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bits of EFLAGS an instruction may read and change (eflags.c).
 * SDM 325462, Vol 2B, "POPF/POPFD/POPFQ--Pop Stack Into EFLAGS Register";
 * Vol 2A, "IRET/IRETD/IRETQ--Interrupt Return". */
#ifndef IA32_EFLAGS_H
#define IA32_EFLAGS_H

#include "sim/ia32/cpu.h"

static inline unsigned ia32_iopl(const struct ia32_cpu *cpu)
{
    return (unsigned)((cpu->rflags & FL_IOPL) >> FL_IOPL_SHIFT);
}

/* Bits that the image popped by IRET replaces; the privilege that counts is
 * the one before the return.  size of an item: 2, 4, 8. */
uint64_t ia32_iret_bits(const struct ia32_cpu *cpu, unsigned size);

/* PUSHF, POPF and IRET in virtual-8086 mode with IOPL < 3: #GP(0), or, with
 * CR4.VME and 16 bits, VIF in place of IF.  *virtual_if is false in all other
 * modes. */
enum ia32_status ia32_check_vm86_flags(struct ia32_cpu *cpu, unsigned size,
                                       bool *virtual_if) IA32_MUST_CHECK;
/* Flags as such a program sees them: VIF where IF is, IOPL 3. */
uint64_t ia32_show_vif(uint64_t flags);
/* The other way: IF of the image means VIF.  IA32_FAULT: an interrupt is
 * pending (VIP) and would have to be taken now. */
enum ia32_status ia32_take_vif(struct ia32_cpu *cpu, uint64_t *image,
                               uint64_t *bits) IA32_MUST_CHECK;

#endif
