/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row asks for before its handler: invalid-opcode checks, device
 * not available, pending x87 exception, privilege, and then, in VMX non-root operation, the VMM's
 * wish to have the instruction.  The order is the manual's: "certain
 * exceptions have priority over VM exits", among them invalid opcode and
 * faults based on privilege level.
 * SDM 325462, Vol 3C, "Relative Priority of Faults and VM Exits".
 *
 * Rows whose exit comes later (stage BODY: after operands have been
 * fetched) ask the model from their handlers. */
#include "sim/ia32/event.h"
#include "sim/ia32/rows.h"
#include "sim/ia32/virt.h"
#include "sim/ia32/x87.h"

static bool is_undefined(const struct ia32_cpu *cpu, unsigned checks)
{
    if ((checks & CHK_PROT) &&
        (!(cpu->cr0 & CR0_PE) || (cpu->rflags & FL_VM)))
        return true;
    if ((checks & (CHK_MMX | CHK_SSE)) && (cpu->cr0 & CR0_EM))
        return true;
    if ((checks & CHK_SSE) && !(cpu->cr4 & CR4_OSFXSR))
        return true;
    if ((checks & CHK_ROOT) && cpu->non_root)
        return true;
    return (checks & CHK_VMX) && !cpu->virt;
}

/* "Device Not Available Exception (#NM)". */
static bool is_not_available(const struct ia32_cpu *cpu, unsigned checks)
{
    if ((checks & CHK_FPU) && (cpu->cr0 & (CR0_EM | CR0_TS)))
        return true;
    return (checks & (CHK_MMX | CHK_SSE)) && (cpu->cr0 & CR0_TS);
}

/* An x87 exception that waits is taken before the next waiting x87 or MMX
 * instruction begins.  "x87 FPU Floating-Point Error (#MF)". */
static bool is_fpu_error(const struct ia32_cpu *cpu, unsigned checks)
{
    return (checks & (CHK_MF | CHK_MMX)) && ia32_x87_pending(cpu);
}

enum ia32_status ia32_op_guarded(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    const struct ia32_row *row = &ia32_rows[insn->row];
    if ((row->checks & CHK_FPU) && !ia32_has(cpu, IA32_F_FPU))
        return ia32_op_esc(cpu, insn); /* FCMOVcc: its feature is another */
    if (is_undefined(cpu, row->checks))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (is_not_available(cpu, row->checks))
        return ia32_fault_noerr(cpu, IA32_NM);
    if (is_fpu_error(cpu, row->checks))
        return ia32_x87_raise(cpu);
    if ((row->checks & CHK_CPL0) && cpu->cpl != 0)
        return ia32_fault(cpu, IA32_GP, 0);
    if (row->stage == IA32_ST_EARLY && cpu->non_root)
        IA32_TRY(cpu->virt->ops->intercept(cpu->virt,
                                           (enum ia32_ix)row->ix, insn, 0, 0));
    return ia32_row_handler(row, insn->opsize)(cpu, insn);
}
