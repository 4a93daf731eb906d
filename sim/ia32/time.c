/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time-stamp counter and the (absent) performance counters.
 *
 * The TSC is the simulated clock: cycles, one for one, since reset or since
 * software wrote it.
 * SDM 325462, Vol 3B, "Time-Stamp Counter"; Vol 2B, "RDTSC" and "RDPMC".
 * No performance counter is modelled, so RDPMC finds none: #GP(0). */
#include "sim/ia32/event.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/virt.h"

uint64_t ia32_tsc(struct ia32_cpu *cpu)
{
    ia32_settle(cpu);
    return cpu->base.now_cycles + cpu->tsc_offset_base;
}

enum ia32_status ia32_op_rdtsc(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    uint64_t tsc, offset = 0;
    if ((cpu->cr4 & CR4_TSD) && cpu->cpl != 0)
        return ia32_fault(cpu, IA32_GP, 0);
    if (cpu->non_root) {
        IA32_TRY(cpu->virt->ops->intercept(cpu->virt, IA32_IX_RDTSC, insn, 0,
                                           0));
        offset = cpu->virt->ops->tsc_offset(cpu->virt);
    }
    tsc = ia32_tsc(cpu) + offset;
    cpu->gpr[IA32_RAX] = (uint32_t)tsc;
    cpu->gpr[IA32_RDX] = tsc >> 32;
    return IA32_OK;
}

enum ia32_status ia32_op_rdpmc(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    if (!(cpu->cr4 & CR4_PCE) && cpu->cpl != 0)
        return ia32_fault(cpu, IA32_GP, 0);
    if (cpu->non_root)
        IA32_TRY(cpu->virt->ops->intercept(cpu->virt, IA32_IX_RDPMC, insn, 0,
                                           0));
    return ia32_fault(cpu, IA32_GP, 0);
}
