/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Far JMP and CALL: to a code segment directly, or through a call gate,
 * which may lead to a more privileged level and its stack.
 *
 * The manual's sections keep their names: CONFORMING-CODE-SEGMENT,
 * NONCONFORMING-CODE-SEGMENT, CALL-GATE (MORE-PRIVILEGE, SAME-PRIVILEGE),
 * TASK-GATE, TASK-STATE-SEGMENT.  Every check comes before every change: room
 * on the stack, then the target, then the stack's pages.
 *
 * In IA-32e mode there are no tasks to switch to, call gates have 16 bytes
 * and lead to 64-bit code only, and an inner stack has no segment.
 *
 * SDM 325462, Vol 2A, "CALL--Call Procedure" and "JMP--Jump"; Vol 3A,
 * "Program Control Transfer", "IA-32e Mode Call Gates". */
#include "sim/ia32/operand.h"
#include "sim/ia32/task.h"

/* One far transfer while its checks run. */
struct far {
    const struct ia32_insn *insn;
    bool call;
    uint16_t selector; /* operand of the instruction, or the gate's */
    uint64_t offset;
    unsigned size;     /* of a pushed item: by operand size, or by gate */
    struct ia32_desc target;
};

static uint32_t error_of(const struct far *f)
{
    return ia32_selector_error(f->selector, 0);
}

/* The last steps: nothing can fault any more but the accessed bit. */
static enum ia32_status enter(struct ia32_cpu *cpu, struct far *f)
{
    IA32_TRY(ia32_set_accessed(cpu, &f->target));
    ia32_load_seg(cpu, IA32_CS, &f->target,
                  (uint16_t)((f->selector & ~3u) | cpu->cpl));
    cpu->rip = f->offset;
    return IA32_JUMP;
}

/* Return address of a CALL on a stack that has room for it. */
static enum ia32_status push_return(struct ia32_cpu *cpu,
                                    struct ia32_stack *st,
                                    const struct far *f)
{
    IA32_TRY(ia32_stack_push(cpu, st, f->size, cpu->seg[IA32_CS].selector));
    return ia32_stack_push(cpu, st, f->size, ia32_next_rip(cpu));
}

/* Same privilege: with or without a gate. */
static enum ia32_status same_level(struct ia32_cpu *cpu, struct far *f,
                                   struct ia32_stack *st)
{
    if (f->call)
        IA32_TRY(ia32_stack_room(cpu, st, 2, f->size));
    if (!ia32_code_offset_ok(cpu, &f->target.seg, f->offset))
        return ia32_fault(cpu, IA32_GP, 0);
    if (f->call)
        IA32_TRY(ia32_stack_reserve(cpu, st, 2, f->size));
    IA32_TRY(ia32_set_accessed(cpu, &f->target));
    if (f->call) {
        IA32_TRY(push_return(cpu, st, f));
        cpu->gpr[IA32_RSP] = st->sp;
    }
    return enter(cpu, f);
}

static enum ia32_status to_code(struct ia32_cpu *cpu, struct far *f)
{
    struct ia32_stack st = ia32_current_stack(cpu, 0);
    uint32_t ar = f->target.seg.ar;
    unsigned dpl = ia32_ar_dpl(ar);
    if (ia32_is_bad_code64(cpu, ar))
        return ia32_fault(cpu, IA32_GP, error_of(f));
    if (ia32_ar_is_conforming(ar) ? dpl > cpu->cpl
                                  : (f->selector & 3) > cpu->cpl ||
                                        dpl != cpu->cpl)
        return ia32_fault(cpu, IA32_GP, error_of(f));
    if (!(ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error_of(f));
    return same_level(cpu, f, &st);
}

/* Real-address and virtual-8086 mode: the limit of CS is the one thing to
 * check, and it stays. */
static enum ia32_status without_descriptor(struct ia32_cpu *cpu,
                                           struct far *f)
{
    struct ia32_stack st = ia32_current_stack(cpu, 0);
    if (f->call)
        IA32_TRY(ia32_stack_room(cpu, &st, 2, f->size));
    if (f->offset > cpu->seg[IA32_CS].limit)
        return ia32_fault(cpu, IA32_GP, 0);
    if (f->call) {
        IA32_TRY(ia32_stack_reserve(cpu, &st, 2, f->size));
        IA32_TRY(push_return(cpu, &st, f));
        cpu->gpr[IA32_RSP] = st.sp;
    }
    ia32_load_real_seg(cpu, IA32_CS, f->selector);
    cpu->rip = f->offset;
    return IA32_JUMP;
}

/* --- call gates ------------------------------------------------------- */

/* Parameters travel from the caller's stack to the new one; the gate says
 * how many. */
static enum ia32_status read_parameters(struct ia32_cpu *cpu, unsigned count,
                                        unsigned size, uint64_t param[31])
{
    uint64_t mask = ia32_mask(ia32_stack_size(cpu));
    for (unsigned i = 0; i < count; i++)
        IA32_TRY(ia32_read(cpu, IA32_SS,
                           (cpu->gpr[IA32_RSP] + (uint64_t)i * size) & mask,
                           size, &param[i]));
    return IA32_OK;
}

static enum ia32_status push_old_stack(struct ia32_cpu *cpu,
                                       struct ia32_stack *st,
                                       const struct far *f)
{
    IA32_TRY(ia32_stack_push(cpu, st, f->size, cpu->seg[IA32_SS].selector));
    return ia32_stack_push(cpu, st, f->size, cpu->gpr[IA32_RSP]);
}

/* MORE-PRIVILEGE: frame on the new stack, top first:
 *   EIP, CS, parameters, old ESP, old SS */
static enum ia32_status to_inner_level(struct ia32_cpu *cpu, struct far *f,
                                       unsigned parameters)
{
    struct ia32_stack st;
    struct ia32_desc ss;
    uint64_t param[31];
    unsigned dpl = ia32_ar_dpl(f->target.seg.ar);
    IA32_TRY(ia32_inner_stack(cpu, dpl, 0, &st, &ss));
    IA32_TRY(ia32_stack_room(cpu, &st, 4 + parameters, f->size));
    if (f->offset > f->target.seg.limit)
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_stack_reserve(cpu, &st, 4 + parameters, f->size));
    IA32_TRY(read_parameters(cpu, parameters, f->size, param));
    IA32_TRY(ia32_set_accessed(cpu, &f->target));

    IA32_TRY(push_old_stack(cpu, &st, f));
    for (unsigned i = parameters; i-- > 0;)
        IA32_TRY(ia32_stack_push(cpu, &st, f->size, param[i]));
    IA32_TRY(push_return(cpu, &st, f));
    ia32_load_seg(cpu, IA32_SS, &ss, ss.seg.selector); /* CPL = DPL */
    ia32_set_sp(cpu, &ss.seg, st.sp);
    return enter(cpu, f);
}

/* The same in IA-32e mode: no parameters, and a null SS. */
static enum ia32_status to_inner_level64(struct ia32_cpu *cpu, struct far *f)
{
    struct ia32_stack st;
    unsigned dpl = ia32_ar_dpl(f->target.seg.ar);
    IA32_TRY(ia32_long_stack(cpu, dpl, 0, 0, &st));
    IA32_TRY(ia32_stack_room(cpu, &st, 4, f->size));
    if (!ia32_canonical(f->offset))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_stack_reserve(cpu, &st, 4, f->size));
    IA32_TRY(ia32_set_accessed(cpu, &f->target));

    IA32_TRY(push_old_stack(cpu, &st, f));
    IA32_TRY(push_return(cpu, &st, f));
    ia32_load_null_ss(cpu, dpl); /* CPL = DPL */
    cpu->gpr[IA32_RSP] = st.sp;
    return enter(cpu, f);
}

/* What a gate points to.  A CALL may go inward; a JMP stays. */
static bool gate_target_ok(const struct ia32_cpu *cpu, const struct far *f)
{
    uint32_t ar = f->target.seg.ar;
    unsigned dpl = ia32_ar_dpl(ar);
    if (!ia32_ar_is_code(ar) ||
        (ia32_long(cpu) && !ia32_is_code64(cpu, ar)))
        return false;
    if (f->call || ia32_ar_is_conforming(ar))
        return dpl <= cpu->cpl;
    return dpl == cpu->cpl;
}

/* Gates of all kinds: DPL against CPL and RPL, then present. */
static enum ia32_status check_gate(struct ia32_cpu *cpu, const struct far *f)
{
    uint32_t ar = f->target.seg.ar;
    unsigned dpl = ia32_ar_dpl(ar);
    if (dpl < cpu->cpl || dpl < (f->selector & 3u))
        return ia32_fault(cpu, IA32_GP, error_of(f));
    if (!(ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error_of(f));
    return IA32_OK;
}

/* What the gate says replaces what the instruction said. */
static enum ia32_status read_gate(struct ia32_cpu *cpu, struct far *f)
{
    struct ia32_desc gate = f->target;
    uint64_t upper;
    IA32_TRY(ia32_read_upper(cpu, &gate, IA32_GP, 0, &upper));
    IA32_TRY(check_gate(cpu, f));
    f->selector = ia32_gate_selector(&gate);
    f->offset = ia32_gate_offset(&gate) | upper << 32;
    f->size = ia32_long(cpu)                              ? 8
              : ia32_desc_type(&gate) == IA32_CALL_GATE32 ? 4
                                                          : 2;
    return IA32_OK;
}

/* SAME-PRIVILEGE: 64-bit code begins on a 64-bit stack, whatever called. */
static enum ia32_status gate_to_same_level(struct ia32_cpu *cpu,
                                           struct far *f)
{
    struct ia32_stack st = ia32_current_stack(cpu, 0);
    if (ia32_long(cpu))
        ia32_stack_make_long(&st, st.sp & st.mask);
    return same_level(cpu, f, &st);
}

static enum ia32_status call_gate(struct ia32_cpu *cpu, struct far *f)
{
    unsigned parameters = (unsigned)(f->target.raw >> 32) & 31;
    IA32_TRY(read_gate(cpu, f));
    if (ia32_selector_null(f->selector))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_get_descriptor(cpu, f->selector, IA32_GP, 0, &f->target));
    if (!gate_target_ok(cpu, f))
        return ia32_fault(cpu, IA32_GP, error_of(f));
    uint32_t ar = f->target.seg.ar;
    if (!(ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error_of(f));
    if (ia32_ar_is_conforming(ar) || ia32_ar_dpl(ar) >= cpu->cpl)
        return gate_to_same_level(cpu, f);
    return ia32_long(cpu) ? to_inner_level64(cpu, f)
                          : to_inner_level(cpu, f, parameters);
}

/* --- tasks ------------------------------------------------------------ */

static enum ia32_task_source task_source(const struct far *f)
{
    return f->call ? IA32_TASK_CALL : IA32_TASK_JMP;
}

static enum ia32_status task_gate(struct ia32_cpu *cpu, struct far *f)
{
    IA32_TRY(check_gate(cpu, f));
    return ia32_task_switch(cpu, ia32_gate_selector(&f->target),
                            task_source(f), f->insn);
}

static enum ia32_status task_state_segment(struct ia32_cpu *cpu,
                                           struct far *f)
{
    unsigned dpl = ia32_ar_dpl(f->target.seg.ar);
    if (dpl < cpu->cpl || dpl < (f->selector & 3u))
        return ia32_fault(cpu, IA32_GP, error_of(f));
    return ia32_task_switch(cpu, f->selector, task_source(f), f->insn);
}

/* --- by type of descriptor --------------------------------------------- */

static enum ia32_status by_system_type(struct ia32_cpu *cpu, struct far *f)
{
    unsigned type = ia32_desc_type(&f->target);
    if (type == IA32_CALL_GATE32)
        return call_gate(cpu, f);
    if (ia32_long(cpu))
        return ia32_fault(cpu, IA32_GP, error_of(f));
    switch (type) {
    case IA32_CALL_GATE16:
        return call_gate(cpu, f);
    case IA32_TASK_GATE:
        return task_gate(cpu, f);
    case IA32_TSS16:
    case IA32_TSS32:
    case IA32_TSS16_BUSY:
    case IA32_TSS32_BUSY:
        return task_state_segment(cpu, f);
    default:
        return ia32_fault(cpu, IA32_GP, error_of(f));
    }
}

static enum ia32_status far_transfer(struct ia32_cpu *cpu, struct far *f)
{
    ia32_settle(cpu);
    if (!ia32_has_descriptors(cpu))
        return without_descriptor(cpu, f);
    if (ia32_selector_null(f->selector))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_get_descriptor(cpu, f->selector, IA32_GP, 0, &f->target));
    if (ia32_ar_is_code(f->target.seg.ar))
        return to_code(cpu, f);
    if (f->target.seg.ar & AR_S)
        return ia32_fault(cpu, IA32_GP, error_of(f));
    return by_system_type(cpu, f);
}

static enum ia32_status far_direct(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn, bool call)
{
    struct far f = {.insn = insn,
                    .call = call,
                    .selector = insn->imm2,
                    .offset = insn->opsize == 2 ? (uint16_t)insn->imm
                                                : (uint32_t)insn->imm,
                    .size = insn->opsize};
    return far_transfer(cpu, &f);
}

static enum ia32_status far_indirect(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn, bool call)
{
    struct far f = {.insn = insn, .call = call, .size = insn->opsize};
    uint64_t selector, ea = ia32_ea(cpu, insn);
    uint64_t second = (ea + insn->opsize) & ia32_mask(insn->addrsize);
    IA32_TRY(ia32_read(cpu, insn->seg, ea, insn->opsize, &f.offset));
    IA32_TRY(ia32_read(cpu, insn->seg, second, 2, &selector));
    f.selector = (uint16_t)selector;
    return far_transfer(cpu, &f);
}

enum ia32_status ia32_op_jmp_ap(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    return far_direct(cpu, insn, false);
}

enum ia32_status ia32_op_jmp_mp(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    return far_indirect(cpu, insn, false);
}

enum ia32_status ia32_op_call_ap(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    return far_direct(cpu, insn, true);
}

enum ia32_status ia32_op_call_mp(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    return far_indirect(cpu, insn, true);
}
