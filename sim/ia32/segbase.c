/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bases of FS and GS without descriptors: RDFSBASE and its like, SWAPGS.
 * They exist in 64-bit mode only (decode rows).
 * SDM 325462, Vol 2B, "RDFSBASE/RDGSBASE", "SWAPGS", "WRFSBASE/WRGSBASE". */
#include "sim/ia32/operand.h"

static enum ia32_status read_base(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  enum ia32_seg_index seg)
{
    if (!(cpu->cr4 & CR4_FSGSBASE))
        return ia32_fault_noerr(cpu, IA32_UD);
    ia32_set_reg(cpu, insn->rm, insn->opsize == 8 ? 8 : 4,
                 cpu->seg[seg].base);
    return IA32_OK;
}

/* A 32-bit source is zero-extended, and so always canonical. */
static enum ia32_status write_base(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   enum ia32_seg_index seg)
{
    uint64_t base = ia32_get_gpr(cpu, insn->rm, insn->opsize == 8 ? 8 : 4);
    if (!(cpu->cr4 & CR4_FSGSBASE))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (!ia32_canonical(base))
        return ia32_fault(cpu, IA32_GP, 0);
    cpu->seg[seg].base = base;
    return IA32_OK;
}

IA32_OP(rdfsbase, read_base, IA32_FS)
IA32_OP(rdgsbase, read_base, IA32_GS)
IA32_OP(wrfsbase, write_base, IA32_FS)
IA32_OP(wrgsbase, write_base, IA32_GS)

enum ia32_status ia32_op_swapgs(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    uint64_t base = cpu->seg[IA32_GS].base;
    (void)insn;
    cpu->seg[IA32_GS].base = cpu->kernel_gs_base;
    cpu->kernel_gs_base = base;
    return IA32_OK;
}
