/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instructions about caches and the order of memory accesses: fences,
 * CLFLUSH and its like, MOVNTI.  There are no caches, and accesses happen in
 * program order, so only their checks and MOVNTI's store remain.
 * SDM 325462, Vol 1, "Cacheability Control, Prefetch, and Memory Ordering
 * Instructions"; Vol 2, the pages. */
#include "sim/ia32/operand.h"

enum ia32_status ia32_op_fence(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    (void)cpu;
    (void)insn;
    return IA32_OK;
}

/* "Subject to all permission checking and faults associated with a byte
 * load", except that the segment may be execute-only. */
enum ia32_status ia32_op_clflush(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    uint64_t la;
    IA32_TRY(ia32_linear(cpu, insn->seg, ia32_ea(cpu, insn), 1, IA32_ACC_X,
                         &la));
    return ia32_la_probe(cpu, la, 1, IA32_ACC_R);
}

IA32_INLINE enum ia32_status store(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    return ia32_write_e(cpu, insn, size, ia32_get_g(cpu, insn, size));
}

enum ia32_status ia32_op_movnti(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    return insn->opsize == 8 ? store(cpu, insn, 8) : store(cpu, insn, 4);
}
