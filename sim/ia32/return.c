/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IRET: far RET's checks (farret.c), and EFLAGS.
 *
 * SDM 325462, Vol 2A, "IRET/IRETD/IRETQ--Interrupt Return".  Left out:
 * real-address and virtual-8086 mode (IRET with VM = 1 in the image stops
 * the machine), IA-32e mode, and what follows the checks of a task return. */
#include "sim/ia32/return.h"

#include "sim/ia32/boundary.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/task.h"
#include "sim/ia32/virt.h"

/* Bits of EFLAGS that the image on the stack replaces.  The privilege that
 * counts is the one before the return. */
static uint64_t iret_mask(const struct ia32_cpu *cpu, unsigned size)
{
    uint64_t mask = FL_ARITH | FL_TF | FL_DF | FL_NT;
    unsigned iopl = (unsigned)((cpu->rflags & FL_IOPL) >> FL_IOPL_SHIFT);
    if (size == 4)
        mask |= FL_RF;
    if (size == 4 && ia32_has(cpu, IA32_F_I486))
        mask |= FL_AC;
    if (size == 4 && ia32_has(cpu, IA32_F_CPUID))
        mask |= FL_ID;
    if (cpu->cpl <= iopl)
        mask |= FL_IF;
    if (cpu->cpl == 0)
        mask |= FL_IOPL;
    return mask;
}

/* TASK-RETURN: NT says that this task was called by another. */
static enum ia32_status task_return(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    uint64_t link;
    IA32_TRY(ia32_la_read(cpu, (uint32_t)cpu->seg[IA32_TR].base, 2,
                          IA32_ACC_R | IA32_ACC_IMPLICIT, &link));
    return ia32_task_switch(cpu, (uint16_t)link, IA32_TASK_IRET, insn);
}

static void unblock_nmi(struct ia32_cpu *cpu)
{
    bool blocked = (cpu->blocking & IA32_BLOCK_NMI) != 0;
    if (cpu->non_root && cpu->virt->ops->iret_unblocks_nmi &&
        !cpu->virt->ops->iret_unblocks_nmi(cpu->virt))
        return;
    cpu->blocking &= ~IA32_BLOCK_NMI;
    cpu->iret_unblocked = blocked;
}

static enum ia32_status iret(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    struct ia32_return r = {.size = insn->opsize, .items = 3};
    uint64_t selector, image;
    if (cpu->rflags & FL_NT)
        return task_return(cpu, insn);
    IA32_TRY(ia32_return_peek(cpu, &r, 0, 0, &r.rip));
    IA32_TRY(ia32_return_peek(cpu, &r, 1, 0, &selector));
    IA32_TRY(ia32_return_peek(cpu, &r, 2, 0, &image));
    if (r.size == 4 && (image & FL_VM) && cpu->cpl == 0)
        return ia32_unmodelled(cpu, "virtual-8086 mode (IRET with VM set)");
    r.selector = (uint16_t)selector;
    IA32_TRY(ia32_return_check(cpu, &r));

    uint64_t mask = iret_mask(cpu, r.size);
    uint64_t flags =
        (ia32_get_rflags(cpu) & ~mask) | (image & mask) | FL_FIXED1;
    enum ia32_status st = ia32_return_finish(cpu, &r);
    ia32_set_rflags(cpu, flags);
    ia32_attend(cpu);
    ia32_emit_intr(cpu, VT_EV_IRET, NULL);
    return st;
}

enum ia32_status ia32_op_iret(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    ia32_settle(cpu);
    /* An IRET that faults unblocks NMIs all the same.
     * SDM Vol 3A, "Handling Multiple NMIs". */
    unblock_nmi(cpu);
    enum ia32_status st = iret(cpu, insn);
    if (st != IA32_FAULT)
        cpu->iret_unblocked = false;
    return st;
}
