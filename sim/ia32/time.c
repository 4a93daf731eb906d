/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time-stamp counter and the (absent) performance counters.
 *
 * The TSC is the simulated clock: cycles, one for one, since reset or since
 * software wrote it.
 * SDM 325462, Vol 3B, "Time-Stamp Counter"; Vol 2B, "RDTSC" and "RDPMC".
 * No performance counter is modelled, so RDPMC finds none: #GP(0). */
#include "sim/ia32/event.h"
#include "sim/ia32/msr.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/virt.h"

uint64_t ia32_tsc(struct ia32_cpu *cpu)
{
    ia32_settle(cpu);
    return cpu->base.now_cycles + cpu->tsc_offset_base;
}

/* Older parts take only the low 32 bits of a write and clear the others;
 * from family 0FH model 3 and family 06H model 0EH on, all 64 bits count.
 * SDM Vol 3B, "Time-Stamp Counter". */
static bool tsc_takes_64_bits(const struct ia32_model *model)
{
    unsigned family = model->signature >> 8 & 15;
    unsigned number = (model->signature >> 4 & 15) |
                      (model->signature >> 12 & 0xf0);
    return family == 15 ? number >= 3 : number >= 14;
}

bool ia32_msr_read_tsc(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                       unsigned index, uint64_t *value)
{
    (void)msr;
    (void)index;
    *value = ia32_tsc(cpu);
    return true;
}

/* What a write adds to the TSC or takes from it, it adds to or takes from
 * IA32_TSC_ADJUST, and the other way round.  SDM Vol 3B, "IA32_TSC_ADJUST
 * Register Support". */
static void move_tsc(struct ia32_cpu *cpu, uint64_t by)
{
    cpu->tsc_offset_base += by;
    cpu->tsc_adjust += by;
}

bool ia32_msr_write_tsc(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                        unsigned index, uint64_t value, bool commit)
{
    (void)msr;
    (void)index;
    if (!commit)
        return true;
    if (!tsc_takes_64_bits(cpu->model))
        value = (uint32_t)value;
    move_tsc(cpu, value - ia32_tsc(cpu));
    return true;
}

bool ia32_msr_write_tsc_adjust(struct ia32_cpu *cpu,
                               const struct ia32_msr *msr, unsigned index,
                               uint64_t value, bool commit)
{
    (void)msr;
    (void)index;
    if (commit)
        move_tsc(cpu, value - cpu->tsc_adjust);
    return true;
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

enum ia32_status ia32_op_rdtscp(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    IA32_TRY(ia32_op_rdtsc(cpu, insn));
    cpu->gpr[IA32_RCX] = cpu->tsc_aux;
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
