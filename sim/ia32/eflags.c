/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EFLAGS as a whole: PUSHF, POPF, CLI, STI, CLAC, STAC, and which of its
 * bits a return from an interrupt may change.
 *
 * Whether IF is theirs to change depends on CPL and IOPL; where it is not,
 * they fault, leave it alone, or work on VIF in its place:
 *
 *                         IF theirs when  else
 *   real-address mode     always
 *   protected, IA-32e     CPL <= IOPL     PUSHF, POPF: IF stays
 *                                         CLI, STI: #GP(0), with CR4.PVI at
 *                                         CPL 3 VIF
 *   virtual-8086 mode     IOPL = 3        #GP(0), with CR4.VME VIF (PUSHF and
 *                                         POPF of 16 bits)
 *
 * SDM 325462, Vol 2, pages of the instructions; Vol 3B, "8086 Emulation",
 * "Protected-Mode Virtual Interrupts". */
#include "sim/ia32/eflags.h"

#include "sim/ia32/event.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"

static bool is_vm86(const struct ia32_cpu *cpu)
{
    return (cpu->rflags & FL_VM) != 0;
}

/* In real-address mode CPL is 0, in virtual-8086 mode 3. */
static bool owns_if(const struct ia32_cpu *cpu)
{
    return cpu->cpl <= ia32_iopl(cpu);
}

/* --- which bits change ---------------------------------------------------- */

/* AC and ID came with the processors that have them. */
static uint64_t common_bits(const struct ia32_cpu *cpu, unsigned size)
{
    uint64_t bits = FL_ARITH | FL_TF | FL_DF | FL_NT;
    if (size >= 4 && ia32_has(cpu, IA32_F_I486))
        bits |= FL_AC;
    if (size >= 4 && ia32_has(cpu, IA32_F_CPUID))
        bits |= FL_ID;
    if (owns_if(cpu))
        bits |= FL_IF;
    if (cpu->cpl == 0)
        bits |= FL_IOPL;
    return bits;
}

/* VM is not among them: going to virtual-8086 mode is IRET's own affair. */
uint64_t ia32_iret_bits(const struct ia32_cpu *cpu, unsigned size)
{
    uint64_t bits = common_bits(cpu, size);
    bool real = !(cpu->cr0 & CR0_PE);
    if (size >= 4)
        bits |= FL_RF;
    if (size >= 4 && cpu->cpl == 0 && !real && ia32_has(cpu, IA32_F_VME))
        bits |= FL_VIF | FL_VIP;
    return bits;
}

/* --- virtual-8086 mode with CR4.VME ----------------------------------------- */

enum ia32_status ia32_check_vm86_flags(struct ia32_cpu *cpu, unsigned size,
                                       bool *virtual_if)
{
    *virtual_if = is_vm86(cpu) && !owns_if(cpu);
    if (*virtual_if && (size != 2 || !(cpu->cr4 & CR4_VME)))
        return ia32_fault(cpu, IA32_GP, 0);
    return IA32_OK;
}

uint64_t ia32_show_vif(uint64_t flags)
{
    return (flags & ~FL_IF) | FL_IOPL | (flags & FL_VIF ? FL_IF : 0);
}

/* "IF (EFLAGS.VIP = 1 AND tempFLAGS[9] = 1) THEN #GP(0)": page of POPF.
 * NOTE: other makers' manuals refuse TF in the image as well; Intel's does
 * not. */
enum ia32_status ia32_take_vif(struct ia32_cpu *cpu, uint64_t *image,
                               uint64_t *bits)
{
    if ((*image & FL_IF) && (cpu->rflags & FL_VIP))
        return ia32_fault(cpu, IA32_GP, 0);
    *image = (*image & ~FL_VIF) | (*image & FL_IF ? FL_VIF : 0);
    *bits |= FL_VIF;
    return IA32_OK;
}

/* --- PUSHF and POPF --------------------------------------------------------- */

/* VM and RF are pushed as 0. */
enum ia32_status ia32_op_pushf(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    uint64_t flags = ia32_get_rflags(cpu) & ~(FL_VM | FL_RF);
    bool virtual_if;
    IA32_TRY(ia32_check_vm86_flags(cpu, insn->opsize, &virtual_if));
    if (virtual_if)
        flags = ia32_show_vif(flags);
    return ia32_push(cpu, insn->opsize, flags);
}

/* What the CPL does not allow to change stays, silently: the reason why a
 * deprivileged kernel cannot be caught at POPF. */
enum ia32_status ia32_op_popf(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    uint64_t image, bits = common_bits(cpu, insn->opsize);
    uint64_t rsp = cpu->gpr[IA32_RSP];
    bool virtual_if;
    IA32_TRY(ia32_check_vm86_flags(cpu, insn->opsize, &virtual_if));
    IA32_TRY(ia32_pop(cpu, insn->opsize, &image));
    if (virtual_if && ia32_take_vif(cpu, &image, &bits) != IA32_OK) {
        cpu->gpr[IA32_RSP] = rsp;
        return IA32_FAULT;
    }
    ia32_set_rflags(cpu, (ia32_get_rflags(cpu) & ~(bits | FL_RF)) |
                             (image & bits));
    ia32_attend(cpu);
    return IA32_OK;
}

/* --- CLI and STI ------------------------------------------------------------ */

/* May they work on VIF where IF is not theirs? */
static bool has_virtual_if(const struct ia32_cpu *cpu)
{
    if (is_vm86(cpu))
        return (cpu->cr4 & CR4_VME) != 0;
    return cpu->cpl == 3 && (cpu->cr4 & CR4_PVI);
}

enum ia32_status ia32_op_cli(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    if (owns_if(cpu))
        cpu->rflags &= ~FL_IF;
    else if (has_virtual_if(cpu))
        cpu->rflags &= ~FL_VIF;
    else
        return ia32_fault(cpu, IA32_GP, 0);
    ia32_attend(cpu);
    return IA32_OK;
}

/* The instruction after an STI that sets IF runs before any interrupt, so
 * that "sti; hlt" and "sti; ret" have no gap. */
enum ia32_status ia32_op_sti(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    if (owns_if(cpu)) {
        if (!(cpu->rflags & FL_IF))
            cpu->blocking |= IA32_BLOCK_STI;
        cpu->rflags |= FL_IF;
    } else if (has_virtual_if(cpu) && !(cpu->rflags & FL_VIP)) {
        cpu->rflags |= FL_VIF;
    } else {
        return ia32_fault(cpu, IA32_GP, 0);
    }
    ia32_attend(cpu);
    return IA32_OK;
}

/* --- AC ---------------------------------------------------------------- */

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
