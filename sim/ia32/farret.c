/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Far RET, and what IRET (return.c) shares with it: back to the same or to
 * an outer privilege level.
 *
 * SDM 325462, Vol 2B, "RET--Return from Procedure".  Left out: real-address
 * and virtual-8086 mode, IA-32e mode. */
#include "sim/ia32/return.h"

#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"

static uint64_t stack_mask(const struct ia32_cpu *cpu)
{
    return cpu->seg[IA32_SS].ar & AR_DB ? 0xffffffff : 0xffff;
}

enum ia32_status ia32_return_peek(struct ia32_cpu *cpu,
                                  const struct ia32_return *r, unsigned i,
                                  unsigned extra_bytes, uint64_t *value)
{
    uint64_t offset = cpu->gpr[IA32_RSP] + (uint64_t)i * r->size + extra_bytes;
    return ia32_read(cpu, IA32_SS, offset & stack_mask(cpu), r->size, value);
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
                                          struct ia32_return *r)
{
    uint64_t selector;
    unsigned rpl = r->selector & 3;
    IA32_TRY(ia32_return_peek(cpu, r, r->items, r->release, &r->sp));
    IA32_TRY(ia32_return_peek(cpu, r, r->items + 1, r->release, &selector));
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

enum ia32_status ia32_return_check(struct ia32_cpu *cpu,
                                   struct ia32_return *r)
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

enum ia32_status ia32_return_finish(struct ia32_cpu *cpu,
                                    struct ia32_return *r)
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
    struct ia32_return r = {
        .size = insn->opsize, .items = 2, .release = release};
    uint64_t selector;
    ia32_settle(cpu);
    IA32_TRY(ia32_return_peek(cpu, &r, 0, 0, &r.rip));
    IA32_TRY(ia32_return_peek(cpu, &r, 1, 0, &selector));
    r.selector = (uint16_t)selector;
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
