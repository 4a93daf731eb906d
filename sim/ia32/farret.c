/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Far RET, and what IRET (return.c) shares with it: back to the same or to
 * an outer privilege level, in 64-bit mode perhaps to one without a stack
 * segment.
 *
 * SDM 325462, Vol 2B, "RET--Return from Procedure", whose names for the
 * cases are kept. */
#include "sim/ia32/return.h"

#include "sim/ia32/operand.h"

enum ia32_status ia32_return_peek(struct ia32_cpu *cpu,
                                  const struct ia32_return *r, unsigned i,
                                  unsigned extra_bytes, uint64_t *value)
{
    uint64_t offset = cpu->gpr[IA32_RSP] + (uint64_t)i * r->size + extra_bytes;
    return ia32_read(cpu, IA32_SS, offset & ia32_mask(ia32_stack_size(cpu)),
                     r->size, value);
}

static enum ia32_status check_code(struct ia32_cpu *cpu,
                                   struct ia32_return *r)
{
    uint32_t error = ia32_selector_error(r->selector, 0);
    unsigned rpl = r->selector & 3;
    if (ia32_selector_null(r->selector))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_get_descriptor(cpu, r->selector, IA32_GP, 0, &r->cs));
    uint32_t ar = r->cs.seg.ar;
    if (!ia32_ar_is_code(ar) || ia32_is_bad_code64(cpu, ar) ||
        rpl < cpu->cpl)
        return ia32_fault(cpu, IA32_GP, error);
    if (ia32_ar_is_conforming(ar) ? ia32_ar_dpl(ar) > rpl
                                  : ia32_ar_dpl(ar) != rpl)
        return ia32_fault(cpu, IA32_GP, error);
    if (!(ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error);
    r->outer = rpl > cpu->cpl;
    r->new_stack = r->outer || r->always_new_stack;
    return IA32_OK;
}

/* No stack segment: in 64-bit mode below CPL 3. */
static enum ia32_status check_null_stack(struct ia32_cpu *cpu,
                                         struct ia32_return *r)
{
    unsigned rpl = r->selector & 3u;
    r->null_ss = true;
    if (!ia32_is_code64(cpu, r->cs.seg.ar) || rpl == 3 ||
        r->ss.seg.selector != rpl)
        return ia32_fault(cpu, IA32_GP, 0);
    return IA32_OK;
}

/* RETURN-OUTER-PRIVILEGE-LEVEL: the stack to go back to. */
static enum ia32_status check_new_stack(struct ia32_cpu *cpu,
                                        struct ia32_return *r)
{
    uint64_t selector;
    unsigned rpl = r->selector & 3u;
    IA32_TRY(ia32_return_peek(cpu, r, r->items, r->release, &r->sp));
    IA32_TRY(ia32_return_peek(cpu, r, r->items + 1, r->release, &selector));
    uint16_t ss = r->ss.seg.selector = (uint16_t)selector;
    uint32_t error = ia32_selector_error(ss, 0);
    if (ia32_selector_null(ss))
        return check_null_stack(cpu, r);
    IA32_TRY(ia32_get_descriptor(cpu, ss, IA32_GP, 0, &r->ss));
    if ((ss & 3u) != rpl || !ia32_ar_is_writable_data(r->ss.seg.ar) ||
        ia32_ar_dpl(r->ss.seg.ar) != rpl)
        return ia32_fault(cpu, IA32_GP, error);
    if (!(r->ss.seg.ar & AR_P))
        return ia32_fault(cpu, IA32_SSF, error);
    return IA32_OK;
}

enum ia32_status ia32_return_check(struct ia32_cpu *cpu,
                                   struct ia32_return *r)
{
    IA32_TRY(check_code(cpu, r));
    if (r->new_stack)
        IA32_TRY(check_new_stack(cpu, r));
    if (!ia32_code_offset_ok(cpu, &r->cs.seg, r->rip))
        return ia32_fault(cpu, IA32_GP, 0);
    if (r->new_stack && !r->null_ss)
        IA32_TRY(ia32_set_accessed(cpu, &r->ss));
    return ia32_set_accessed(cpu, &r->cs);
}

/* RSP when the same stack goes on. */
static void pop_items(struct ia32_cpu *cpu, const struct ia32_return *r)
{
    ia32_set_reg(cpu, IA32_RSP, ia32_stack_size(cpu),
                 cpu->gpr[IA32_RSP] + (uint64_t)r->items * r->size +
                     r->release);
}

static void load_new_stack(struct ia32_cpu *cpu, const struct ia32_return *r)
{
    if (r->null_ss)
        ia32_load_null_ss(cpu, r->selector & 3u);
    else
        ia32_load_seg(cpu, IA32_SS, &r->ss, r->ss.seg.selector);
    if (ia32_is_code64(cpu, r->cs.seg.ar))
        cpu->gpr[IA32_RSP] = r->sp + r->release;
    else
        ia32_set_sp(cpu, &r->ss.seg, r->sp + r->release);
}

enum ia32_status ia32_return_finish(struct ia32_cpu *cpu,
                                    struct ia32_return *r)
{
    if (r->new_stack)
        load_new_stack(cpu, r);
    else
        pop_items(cpu, r);
    ia32_load_seg(cpu, IA32_CS, &r->cs, r->selector);
    cpu->rip = r->rip;
    if (r->outer)
        ia32_drop_inner_segments(cpu);
    return IA32_JUMP;
}

/* Real-address and virtual-8086 mode. */
static enum ia32_status without_descriptor(struct ia32_cpu *cpu,
                                           const struct ia32_return *r)
{
    if (r->rip > cpu->seg[IA32_CS].limit)
        return ia32_fault(cpu, IA32_GP, 0);
    pop_items(cpu, r);
    ia32_load_real_seg(cpu, IA32_CS, r->selector);
    cpu->rip = r->rip;
    return IA32_JUMP;
}

static enum ia32_status far_return(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned release)
{
    struct ia32_return r = {
        .size = insn->opsize, .items = 2, .release = release};
    uint64_t selector;
    ia32_settle(cpu);
    IA32_TRY(ia32_return_peek(cpu, &r, 0, 0, &r.rip));
    IA32_TRY(ia32_return_peek(cpu, &r, 1, 0, &selector));
    r.selector = (uint16_t)selector;
    if (!ia32_has_descriptors(cpu))
        return without_descriptor(cpu, &r);
    IA32_TRY(ia32_return_check(cpu, &r));
    return ia32_return_finish(cpu, &r);
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
