/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machine-check architecture: the banks that the part has, in which nothing
 * is ever reported, because nothing goes wrong in a simulated machine.
 * SDM 325462, Vol 3B, "Machine-Check MSRs".  Left out: corrected-error
 * interrupts, software error recovery, local machine checks, the extended
 * state registers of the Pentium 4. */
#include "sim/ia32/msr.h"

/* Only the P6 family has IA32_MCG_CTL. */
static bool has_mcg_ctl(const struct ia32_cpu *cpu)
{
    return cpu->model->has_mcg_ctl;
}

bool ia32_msr_read_mcg_cap(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                           unsigned index, uint64_t *value)
{
    (void)msr;
    (void)index;
    *value = cpu->model->mc_banks | (has_mcg_ctl(cpu) ? VT_BIT(8) : 0);
    return true;
}

bool ia32_msr_read_mcg_ctl(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                           unsigned index, uint64_t *value)
{
    return has_mcg_ctl(cpu) && ia32_msr_read_plain(cpu, msr, index, value);
}

bool ia32_msr_write_mcg_ctl(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                            unsigned index, uint64_t value, bool commit)
{
    return has_mcg_ctl(cpu) &&
           ia32_msr_write_plain(cpu, msr, index, value, commit);
}

bool ia32_msr_read_mc_bank(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                           unsigned index, uint64_t *value)
{
    return index / 4 < cpu->model->mc_banks &&
           ia32_msr_read_plain(cpu, msr, index, value);
}

/* Four registers a bank: CTL takes anything; STATUS, ADDR and MISC can only
 * be cleared. */
bool ia32_msr_write_mc_bank(struct ia32_cpu *cpu, const struct ia32_msr *msr,
                            unsigned index, uint64_t value, bool commit)
{
    if (index / 4 >= cpu->model->mc_banks || (index % 4 != 0 && value != 0))
        return false;
    return ia32_msr_write_plain(cpu, msr, index, value, commit);
}
