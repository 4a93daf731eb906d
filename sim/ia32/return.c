/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IRET: back to where an event came from, which may be another mode.
 *
 *   real-address mode     CS:IP and FLAGS
 *   virtual-8086 mode     the same, where IOPL or CR4.VME allow it
 *   protected mode        far RET's checks (farret.c), and EFLAGS; or to
 *                         virtual-8086 mode (VM in the image, CPL 0), or to
 *                         the calling task (NT)
 *   compatibility mode    as in protected mode; no VM, NT is #GP(0)
 *   64-bit mode           the same, and SS:RSP at every level
 *
 * SDM 325462, Vol 2A, "IRET/IRETD/IRETQ--Interrupt Return", whose names for
 * the cases are kept. */
#include "sim/ia32/return.h"

#include "sim/ia32/boundary.h"
#include "sim/ia32/eflags.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/operand.h"
#include "sim/ia32/task.h"
#include "sim/ia32/virt.h"

/* What stands on the stack of every IRET. */
struct frame {
    struct ia32_return r;
    uint64_t flags; /* the image */
    uint64_t bits;  /* of it that count */
};

static enum ia32_status read_frame(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   struct frame *f)
{
    uint64_t selector;
    *f = (struct frame){.r = {.size = insn->opsize, .items = 3}};
    IA32_TRY(ia32_return_peek(cpu, &f->r, 0, 0, &f->r.rip));
    IA32_TRY(ia32_return_peek(cpu, &f->r, 1, 0, &selector));
    IA32_TRY(ia32_return_peek(cpu, &f->r, 2, 0, &f->flags));
    f->r.selector = (uint16_t)selector;
    f->bits = ia32_iret_bits(cpu, insn->opsize);
    return IA32_OK;
}

static uint64_t new_flags(const struct ia32_cpu *cpu, const struct frame *f)
{
    return (ia32_get_rflags(cpu) & ~f->bits) | (f->flags & f->bits);
}

/* --- 8086 programs ---------------------------------------------------------- */

/* REAL-ADDRESS-MODE and RETURN-FROM-VIRTUAL-8086-MODE.  The limit of CS
 * stays, and is checked. */
static enum ia32_status without_descriptor(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn)
{
    struct frame f;
    bool virtual_if;
    IA32_TRY(ia32_check_vm86_flags(cpu, insn->opsize, &virtual_if));
    IA32_TRY(read_frame(cpu, insn, &f));
    if (f.r.rip > cpu->seg[IA32_CS].limit)
        return ia32_fault(cpu, IA32_GP, 0);
    if (virtual_if)
        IA32_TRY(ia32_take_vif(cpu, &f.flags, &f.bits));
    ia32_set_reg(cpu, IA32_RSP, ia32_stack_size(cpu),
                 cpu->gpr[IA32_RSP] + 3u * insn->opsize);
    ia32_load_real_seg(cpu, IA32_CS, f.r.selector);
    cpu->rip = f.r.rip;
    ia32_set_rflags(cpu, new_flags(cpu, &f));
    return IA32_JUMP;
}

/* RETURN-TO-VIRTUAL-8086-MODE: ESP, SS, ES, DS, FS and GS follow.  EFLAGS
 * first: VM says what a segment register means. */
static enum ia32_status to_vm86(struct ia32_cpu *cpu, struct frame *f)
{
    static const enum ia32_seg_index seg[] = {IA32_SS, IA32_ES, IA32_DS,
                                              IA32_FS, IA32_GS};
    uint64_t esp, selector[ARRAY_SIZE(seg)];
    IA32_TRY(ia32_return_peek(cpu, &f->r, 3, 0, &esp));
    for (unsigned i = 0; i < ARRAY_SIZE(seg); i++)
        IA32_TRY(ia32_return_peek(cpu, &f->r, 4 + i, 0, &selector[i]));
    if (f->r.rip > 0xffff)
        return ia32_fault(cpu, IA32_GP, 0);
    f->bits |= FL_VM;
    ia32_set_rflags(cpu, new_flags(cpu, f));
    ia32_load_real_seg(cpu, IA32_CS, f->r.selector);
    for (unsigned i = 0; i < ARRAY_SIZE(seg); i++)
        ia32_load_real_seg(cpu, seg[i], (uint16_t)selector[i]);
    cpu->gpr[IA32_RSP] = esp;
    cpu->rip = f->r.rip;
    return IA32_JUMP;
}

/* --- protected and IA-32e mode ------------------------------------------------ */

/* TASK-RETURN: NT says that this task was called by another. */
static enum ia32_status task_return(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    const struct ia32_seg *tr = &cpu->seg[IA32_TR];
    uint64_t link;
    if (tr->limit < 1)
        return ia32_fault(cpu, IA32_TS, ia32_selector_error(tr->selector, 0));
    IA32_TRY(ia32_la_read(cpu, (uint32_t)tr->base, 2,
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

static enum ia32_status with_descriptor(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn)
{
    struct frame f;
    if ((cpu->rflags & FL_NT) && ia32_long(cpu))
        return ia32_fault(cpu, IA32_GP, 0);
    if (cpu->rflags & FL_NT)
        return task_return(cpu, insn);
    IA32_TRY(read_frame(cpu, insn, &f));
    if (f.r.size == 4 && (f.flags & FL_VM) && cpu->cpl == 0 &&
        !ia32_long(cpu))
        return to_vm86(cpu, &f);
    f.r.always_new_stack = (cpu->mode & IA32_MODE_LONG64) != 0;
    IA32_TRY(ia32_return_check(cpu, &f.r));
    uint64_t flags = new_flags(cpu, &f);
    enum ia32_status st = ia32_return_finish(cpu, &f.r);
    ia32_set_rflags(cpu, flags);
    return st;
}

enum ia32_status ia32_op_iret(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    ia32_settle(cpu);
    /* An IRET that faults unblocks NMIs all the same.
     * SDM Vol 3A, "Handling Multiple NMIs". */
    unblock_nmi(cpu);
    enum ia32_status st = ia32_has_descriptors(cpu)
                              ? with_descriptor(cpu, insn)
                              : without_descriptor(cpu, insn);
    if (st != IA32_FAULT)
        cpu->iret_unblocked = false;
    if (st == IA32_JUMP) {
        ia32_attend(cpu);
        ia32_emit_intr(cpu, VT_EV_IRET, NULL);
    }
    return st;
}
