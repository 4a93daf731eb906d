/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Debug registers: MOV DR, with general detect (DR7.GD).  What breakpoints
 * do is in breakpoint.c.  The registers have 64 bits; outside 64-bit mode the
 * lower half is read, and the upper one written with 0.
 * SDM 325462, Vol 3B, "Debug Registers", "Debug Registers and Intel 64
 * Processors"; Vol 2B, "MOV--Move to/from Debug Registers". */
#include "sim/ia32/event.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/virt.h"

/* The checks in their order: the VM exit, which for this instruction alone
 * comes before faults of opcode and privilege; #UD for DR4 and DR5 with
 * CR4.DE; #GP for the CPL; #DB for general detect.  *number: the register
 * meant.
 * SDM Vol 3C, "Instructions That Cause VM Exits Conditionally": MOV DR. */
static enum ia32_status begin_mov_dr(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     unsigned *number)
{
    if (cpu->non_root)
        IA32_TRY(cpu->virt->ops->intercept(cpu->virt, IA32_IX_MOV_DR, insn,
                                           0, 0));
    *number = insn->reg;
    if (*number == 4 || *number == 5) {
        if (cpu->cr4 & CR4_DE)
            return ia32_fault_noerr(cpu, IA32_UD);
        *number += 2;
    }
    if (cpu->cpl != 0)
        return ia32_fault(cpu, IA32_GP, 0);
    if (cpu->dr[7] & DR7_GD) {
        ia32_fault_noerr(cpu, IA32_DB);
        cpu->pending.dr6 = DR6_BD;
        return IA32_FAULT;
    }
    return IA32_OK;
}

/* Operand-size prefixes are ignored. */
static unsigned width(const struct ia32_cpu *cpu)
{
    return cpu->mode & IA32_MODE_LONG64 ? 8 : 4;
}

enum ia32_status ia32_op_mov_dd_rd(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    unsigned number;
    IA32_TRY(begin_mov_dr(cpu, insn, &number));
    uint64_t value = cpu->gpr[insn->rm];
    if (width(cpu) == 4)
        value = (uint32_t)value;
    /* Any address will do for the others, canonical or not. */
    if (number >= 6 && value >> 32)
        return ia32_fault(cpu, IA32_GP, 0);
    if (number == 6)
        value = (value & DR6_WRITABLE) | DR6_FIXED1;
    else if (number == 7)
        value = (value & ~DR7_FIXED0) | DR7_FIXED1;
    cpu->dr[number] = value;
    ia32_attend(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_mov_rd_dd(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    unsigned number;
    IA32_TRY(begin_mov_dr(cpu, insn, &number));
    ia32_set_reg(cpu, insn->rm, width(cpu), cpu->dr[number]);
    return IA32_OK;
}
