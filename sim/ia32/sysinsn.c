/* SPDX-License-Identifier: GPL-3.0-or-later */
/* System instructions without a file of their own: flags (PUSHF, POPF, CLI,
 * STI), HLT.
 * SDM 325462, Vol 2, pages of the instructions; Vol 3A, "System
 * Instructions". */
#include "sim/ia32/boundary.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"

/* --- EFLAGS ----------------------------------------------------------- */

static unsigned iopl(const struct ia32_cpu *cpu)
{
    return (unsigned)((cpu->rflags & FL_IOPL) >> FL_IOPL_SHIFT);
}

/* VM and RF are pushed as 0. */
enum ia32_status ia32_op_pushf(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    return ia32_push(cpu, insn->opsize,
                     ia32_get_rflags(cpu) & ~(FL_VM | FL_RF));
}

/* What the CPL does not allow to change stays, silently: the reason why a
 * deprivileged kernel cannot be caught at POPF.
 * SDM Vol 2B, "POPF/POPFD/POPFQ", table "Effect of POPF/POPFD on the EFLAGS
 * Register". */
static uint64_t popf_mask(const struct ia32_cpu *cpu, unsigned size)
{
    uint64_t mask = FL_ARITH | FL_TF | FL_DF | FL_NT;
    if (size == 4 && ia32_has(cpu, IA32_F_I486))
        mask |= FL_AC;
    if (size == 4 && ia32_has(cpu, IA32_F_CPUID))
        mask |= FL_ID;
    if (cpu->cpl <= iopl(cpu))
        mask |= FL_IF;
    if (cpu->cpl == 0)
        mask |= FL_IOPL;
    return mask;
}

enum ia32_status ia32_op_popf(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    uint64_t image, mask = popf_mask(cpu, insn->opsize);
    IA32_TRY(ia32_pop(cpu, insn->opsize, &image));
    uint64_t flags =
        (ia32_get_rflags(cpu) & ~(mask | FL_RF)) | (image & mask);
    ia32_set_rflags(cpu, flags);
    ia32_attend(cpu);
    return IA32_OK;
}

/* CLI and STI need CPL <= IOPL (no CR4.PVI, no CR4.VME here). */
enum ia32_status ia32_op_cli(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    if (cpu->cpl > iopl(cpu))
        return ia32_fault(cpu, IA32_GP, 0);
    cpu->rflags &= ~FL_IF;
    ia32_attend(cpu);
    return IA32_OK;
}

/* The instruction after an STI that sets IF runs before any interrupt, so
 * that "sti; hlt" and "sti; ret" have no gap. */
enum ia32_status ia32_op_sti(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    if (cpu->cpl > iopl(cpu))
        return ia32_fault(cpu, IA32_GP, 0);
    if (!(cpu->rflags & FL_IF))
        cpu->blocking |= IA32_BLOCK_STI;
    cpu->rflags |= FL_IF;
    ia32_attend(cpu);
    return IA32_OK;
}

/* CLAC and STAC: whether supervisor code may touch user pages under SMAP. */
static enum ia32_status set_ac(struct ia32_cpu *cpu, bool on)
{
    if (cpu->cpl != 0)
        return ia32_fault_noerr(cpu, IA32_UD);
    cpu->rflags = on ? cpu->rflags | FL_AC : cpu->rflags & ~FL_AC;
    return IA32_OK;
}

enum ia32_status ia32_op_clac(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    (void)insn;
    return set_ac(cpu, false);
}

enum ia32_status ia32_op_stac(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    (void)insn;
    return set_ac(cpu, true);
}

/* --- HLT -------------------------------------------------------------- */

enum ia32_status ia32_op_hlt(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    ia32_settle(cpu);
    ia32_emit_place(cpu, VT_EV_HALT);
    cpu->rip = ia32_next_rip(cpu);
    cpu->base.activity = VT_HALTED;
    return IA32_JUMP;
}
