/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Far RET and IRET: back to the same or to an outer privilege level.
 *
 * Both read a code segment selector from the stack and check it the same
 * way; IRET adds EFLAGS, RET the release of parameters.
 *
 * SDM 325462, Vol 2B, "RET--Return from Procedure"; Vol 2A,
 * "IRET/IRETD/IRETQ--Interrupt Return".  Left out: real-address and
 * virtual-8086 mode (IRET with VM = 1 in the image stops the machine),
 * IA-32e mode, and what follows the checks of a task return. */
#include "sim/ia32/boundary.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/segment.h"
#include "sim/ia32/virt.h"

/* One return while its checks run. */
struct ret {
    unsigned size;     /* of a popped item */
    unsigned items;    /* popped before an outer ESP: 2 for RET, 3 for IRET */
    unsigned release;  /* bytes of parameters */
    uint16_t selector; /* of the code segment */
    uint64_t rip, sp;
    struct ia32_desc cs, ss;
    bool outer;
};

static uint64_t stack_mask(const struct ia32_cpu *cpu)
{
    return cpu->seg[IA32_SS].ar & AR_DB ? 0xffffffff : 0xffff;
}

/* The item number i of the stack, counted from its top. */
static enum ia32_status peek(struct ia32_cpu *cpu, const struct ret *r,
                             unsigned i, unsigned extra_bytes,
                             uint64_t *value)
{
    uint64_t offset = cpu->gpr[IA32_RSP] + (uint64_t)i * r->size + extra_bytes;
    return ia32_read(cpu, IA32_SS, offset & stack_mask(cpu), r->size, value);
}

static enum ia32_status check_code(struct ia32_cpu *cpu, struct ret *r)
{
    uint32_t error = ia32_selector_error(r->selector, 0);
    unsigned rpl = r->selector & 3;
    if (ia32_selector_null(r->selector))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_get_descriptor(cpu, r->selector, IA32_GP, 0, &r->cs));
    uint32_t ar = r->cs.seg.ar;
    if (!ia32_ar_is_code(ar) || rpl < cpu->cpl)
        return ia32_fault(cpu, IA32_GP, error);
    if (ia32_ar_is_conforming(ar) ? ia32_ar_dpl(ar) > rpl
                                  : ia32_ar_dpl(ar) != rpl)
        return ia32_fault(cpu, IA32_GP, error);
    if (!(ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error);
    r->outer = rpl > cpu->cpl;
    return IA32_OK;
}

/* RETURN-TO-OUTER-PRIVILEGE-LEVEL: the stack to go back to. */
static enum ia32_status check_outer_stack(struct ia32_cpu *cpu,
                                          struct ret *r)
{
    uint64_t selector;
    unsigned rpl = r->selector & 3;
    IA32_TRY(peek(cpu, r, r->items, r->release, &r->sp));
    IA32_TRY(peek(cpu, r, r->items + 1, r->release, &selector));
    uint16_t ss = (uint16_t)selector;
    uint32_t error = ia32_selector_error(ss, 0);
    if (ia32_selector_null(ss))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_get_descriptor(cpu, ss, IA32_GP, 0, &r->ss));
    if ((ss & 3u) != rpl || !ia32_ar_is_writable_data(r->ss.seg.ar) ||
        ia32_ar_dpl(r->ss.seg.ar) != rpl)
        return ia32_fault(cpu, IA32_GP, error);
    if (!(r->ss.seg.ar & AR_P))
        return ia32_fault(cpu, IA32_SSF, error);
    return IA32_OK;
}

static enum ia32_status check_return(struct ia32_cpu *cpu, struct ret *r)
{
    IA32_TRY(check_code(cpu, r));
    if (r->outer)
        IA32_TRY(check_outer_stack(cpu, r));
    if (r->rip > r->cs.seg.limit)
        return ia32_fault(cpu, IA32_GP, 0);
    if (r->outer)
        IA32_TRY(ia32_set_accessed(cpu, &r->ss));
    return ia32_set_accessed(cpu, &r->cs);
}

static enum ia32_status finish_return(struct ia32_cpu *cpu, struct ret *r)
{
    if (r->outer) {
        ia32_load_seg(cpu, IA32_SS, &r->ss, r->ss.seg.selector);
        ia32_set_sp(cpu, &r->ss.seg, r->sp + r->release);
    } else {
        ia32_set_sp(cpu, &cpu->seg[IA32_SS],
                    cpu->gpr[IA32_RSP] + (uint64_t)r->items * r->size +
                        r->release);
    }
    ia32_load_seg(cpu, IA32_CS, &r->cs, r->selector);
    cpu->rip = r->rip;
    if (r->outer)
        ia32_drop_inner_segments(cpu);
    return IA32_JUMP;
}

static enum ia32_status far_return(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned release)
{
    struct ret r = {.size = insn->opsize, .items = 2, .release = release};
    uint64_t selector;
    ia32_settle(cpu);
    IA32_TRY(peek(cpu, &r, 0, 0, &r.rip));
    IA32_TRY(peek(cpu, &r, 1, 0, &selector));
    r.selector = (uint16_t)selector;
    IA32_TRY(check_return(cpu, &r));
    return finish_return(cpu, &r);
}

enum ia32_status ia32_op_retf(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return far_return(cpu, insn, 0);
}

enum ia32_status ia32_op_retf_iw(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    return far_return(cpu, insn, (uint16_t)insn->imm);
}

/* --- IRET ------------------------------------------------------------- */

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
    IA32_TRY(ia32_check_tss(cpu, (uint16_t)link, IA32_TS, 0, true));
    return ia32_task_switch(cpu, (uint16_t)link, 1, insn);
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
    struct ret r = {.size = insn->opsize, .items = 3};
    uint64_t selector, image;
    if (cpu->rflags & FL_NT)
        return task_return(cpu, insn);
    IA32_TRY(peek(cpu, &r, 0, 0, &r.rip));
    IA32_TRY(peek(cpu, &r, 1, 0, &selector));
    IA32_TRY(peek(cpu, &r, 2, 0, &image));
    if (r.size == 4 && (image & FL_VM) && cpu->cpl == 0)
        return ia32_unmodelled(cpu, "virtual-8086 mode (IRET with VM set)");
    r.selector = (uint16_t)selector;
    IA32_TRY(check_return(cpu, &r));

    uint64_t mask = iret_mask(cpu, r.size);
    uint64_t flags =
        (ia32_get_rflags(cpu) & ~mask) | (image & mask) | FL_FIXED1;
    enum ia32_status st = finish_return(cpu, &r);
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
