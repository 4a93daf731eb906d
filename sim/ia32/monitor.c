/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MONITOR and MWAIT: wait until somebody writes to a line of memory.
 *
 * MONITOR arms a line of 64 bytes, in which physical memory then announces
 * every write, whoever makes it, as it does for lines that hold code
 * (blocks.c); the first one disarms it.  MWAIT waits like HLT while the
 * monitor is armed; it ends with a write, or with what ends HLT, and with
 * ECX[0] = 1 also with an interrupt that is masked.  Hints in EAX are
 * ignored: there is one C-state.
 * SDM 325462, Vol 2B, "MONITOR--Set Up Monitor Address" and "MWAIT--Monitor
 * Wait"; Vol 3A, "MONITOR/MWAIT Instruction".  Only RAM can be monitored. */
#include "sim/ia32/monitor.h"

#include "sim/ia32/boundary.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/msr.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/virt.h"

#define LINE_BYTES 64u

void ia32_monitor_written(struct ia32_cpu *cpu, uint64_t page_pa,
                          uint64_t granules)
{
    if (!cpu->monitor_armed || (cpu->monitor_pa & ~VT_PAGE_MASK) != page_pa ||
        !(granules >> (cpu->monitor_pa >> VT_CODE_GRANULE_SHIFT & 63) & 1))
        return;
    cpu->monitor_armed = false;
    if (cpu->mwait)
        ia32_attend(cpu);
}

bool ia32_mwait_over(const struct ia32_cpu *cpu)
{
    return cpu->mwait &&
           (!cpu->monitor_armed || (cpu->mwait_masked && cpu->intr_line));
}

static bool usable(const struct ia32_cpu *cpu)
{
    return cpu->cpl == 0 && ia32_monitor_offered(cpu);
}

enum ia32_status ia32_op_monitor(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    uint64_t offset = cpu->gpr[IA32_RAX], la, pa;
    if (!usable(cpu))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (cpu->non_root)
        IA32_TRY(cpu->virt->ops->intercept(cpu->virt, IA32_IX_MONITOR, insn,
                                           0, 0));
    if ((uint32_t)cpu->gpr[IA32_RCX] != 0)
        return ia32_fault(cpu, IA32_GP, 0);
    if (insn->addrsize != 8)
        offset = insn->addrsize == 4 ? (uint32_t)offset : (uint16_t)offset;
    IA32_TRY(ia32_linear(cpu, insn->seg, offset, 1, IA32_ACC_X, &la));
    IA32_TRY(ia32_translate(cpu, la, IA32_ACC_R, &pa));
    cpu->monitor_armed = vt_physmem_is_ram(cpu->base.physmem, pa);
    cpu->monitor_pa = pa & ~(uint64_t)(LINE_BYTES - 1);
    if (cpu->monitor_armed)
        vt_physmem_mark_code(cpu->base.physmem, cpu->monitor_pa, LINE_BYTES);
    return IA32_OK;
}

enum ia32_status ia32_op_mwait(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    uint32_t extensions = (uint32_t)cpu->gpr[IA32_RCX];
    /* CPUID.05H:ECX[1]: masked interrupts may break the wait. */
    uint32_t allowed = cpu->model->mwait[0] >> 1 & 1;
    if (!usable(cpu))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (cpu->non_root)
        IA32_TRY(cpu->virt->ops->intercept(cpu->virt, IA32_IX_MWAIT, insn,
                                           cpu->monitor_armed, 0));
    if (extensions & ~allowed)
        return ia32_fault(cpu, IA32_GP, 0);
    if (!cpu->monitor_armed)
        return IA32_OK;
    ia32_settle(cpu);
    ia32_emit_place(cpu, VT_EV_HALT);
    cpu->rip = ia32_next_rip(cpu);
    cpu->base.activity = VT_HALTED;
    cpu->mwait = true;
    cpu->mwait_masked = extensions & 1;
    ia32_attend(cpu);
    return IA32_JUMP;
}
