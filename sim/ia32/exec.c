/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run loops: fetch a block, run its instructions, keep the books, and
 * look up at every instruction boundary where something may have to be seen.
 *
 * Time inside a block.  Instructions are not charged one by one.  The clock
 * at the start of an instruction is
 *
 *     end_cycle - insn->cycles_left
 *
 * the time at which its block will have ended, less the price of the block
 * from there on.  Clock and ledger (base.now_cycles, base.ledger) are
 * brought up to it when somebody looks (ia32_settle) and when the run loop
 * is back.  An instruction that completes or faults is charged its price;
 * one that a VM exit replaces is not (the exit has a price of its own).
 *
 * Exact boundaries.  A block is entered as a whole only if it ends no later
 * than the deadline; otherwise it runs only as far as the boundaries inside
 * it lie before the deadline.  Charges that come up on the way (walks,
 * devices) move end_cycle, and cut the block short where it no longer fits.
 * So a limit or timer falls at the same instruction whatever the block cache
 * holds.
 *
 * SDM Vol 3A, "Interrupt and Exception Handling"; the order of what happens
 * at a boundary is ia32_boundary's (deliver.c). */
#include "sim/ia32/exec.h"

#include "sim/ia32/blocks.h"
#include "sim/ia32/breakpoint.h"
#include "sim/ia32/event.h"
#include "sim/ia32/form.h"
#include "sim/ia32/tlb.h"

#define SHADOW (IA32_BLOCK_STI | IA32_BLOCK_MOV_SS)
#define DEBUG_BS VT_BIT(14) /* single step: DR6 and pending debug */

/* --- time and place --------------------------------------------------- */

/* The clock at the start of the current instruction, and after it. */
static uint64_t boundary_before(const struct ia32_cpu *cpu)
{
    return cpu->end_cycle - cpu->insn->cycles_left;
}

static uint64_t boundary_after(const struct ia32_cpu *cpu)
{
    return boundary_before(cpu) + cpu->insn->cycles;
}

void ia32_settle(struct ia32_cpu *cpu)
{
    uint64_t now;

    if (!cpu->insn)
        return;
    /* Every instruction costs at least a cycle, so equal means settled (or
     * the run loop's first): then rip is left alone, because a handler may
     * have set it to its target since. */
    now = boundary_before(cpu);
    if (now == cpu->base.now_cycles)
        return;
    vt_cpu_charge(&cpu->base, VT_WHAT_INSTRUCTION,
                  now - cpu->base.now_cycles);
    cpu->rip = ia32_insn_rip(cpu);
}

/* Offsets wrap at 4 GiB except in 64-bit mode.  In a 16-bit segment the
 * limit, not a wrap, ends sequential execution. */
static uint64_t wrap_rip(const struct ia32_cpu *cpu, uint64_t rip)
{
    return cpu->mode & IA32_MODE_LONG64 ? rip : (uint32_t)rip;
}

uint64_t ia32_insn_rip(const struct ia32_cpu *cpu)
{
    if (!cpu->insn)
        return cpu->rip;
    return wrap_rip(cpu, cpu->gpr[IA32_REG_RIP] + cpu->insn->offset);
}

uint64_t ia32_next_rip(const struct ia32_cpu *cpu)
{
    if (!cpu->insn)
        return cpu->rip;
    return wrap_rip(cpu, cpu->gpr[IA32_REG_RIP] + cpu->insn->offset +
                             cpu->insn->length);
}

void ia32_end_block(struct ia32_cpu *cpu)
{
    if (!cpu->insn)
        return;
    cpu->block_end = cpu->insn + 1;
    cpu->block_cut = true;
    cpu->run_until = 0;
}

uint64_t ia32_more_repeats(const struct ia32_cpu *cpu)
{
    uint64_t now = boundary_before(cpu);

    if (now >= cpu->run_until)
        return 0;
    return (cpu->run_until - 1 - now) / cpu->insn->cycles;
}

void ia32_charge(struct ia32_cpu *cpu, enum vt_what what, uint64_t cycles)
{
    ia32_settle(cpu);
    vt_cpu_charge(&cpu->base, what, cycles);
    if (!cpu->insn)
        return;
    cpu->end_cycle += cycles;
    if (cpu->end_cycle > cpu->run_until)
        ia32_end_block(cpu);
}

/* --- events ------------------------------------------------------------ */

bool ia32_wants(const struct ia32_cpu *cpu, enum vt_event_kind kind)
{
    const struct vt_event_bus *bus = vt_machine_bus(cpu->base.machine);

    return (vt_event_mask(bus) & VT_EV_MASK(kind)) != 0;
}

void ia32_emit(struct ia32_cpu *cpu, struct vt_event *event)
{
    if (!ia32_wants(cpu, event->kind))
        return;
    ia32_settle(cpu);
    event->cycle = cpu->base.now_cycles;
    event->cpu = cpu->base.id;
    vt_event_emit(vt_machine_bus(cpu->base.machine), event);
}

static void emit_insn(struct ia32_cpu *cpu)
{
    struct vt_event event = {.kind = VT_EV_INSN};

    ia32_settle(cpu);
    event.u.insn.pc = ia32_get_pc(&cpu->base);
    ia32_emit(cpu, &event);
}

/* --- one block ---------------------------------------------------------- */

/* The first instruction of the block that must not start before somebody
 * has looked at the deadline.  The block's first always may: its boundary
 * is behind us. */
static const struct ia32_insn *end_by_deadline(const struct ia32_cpu *cpu,
                                               const struct ia32_block *block)
{
    const struct ia32_insn *end = block->insn + block->count;
    const struct ia32_insn *insn = block->insn + 1;

    if (VT_LIKELY(cpu->end_cycle <= cpu->run_until))
        return end;
    while (insn != end &&
           cpu->end_cycle - insn->cycles_left < cpu->base.deadline_cycles)
        insn++;
    return insn;
}

/* Find the block at RIP and make it the running one.  IA32_FAULT: the fetch
 * failed, nothing runs. */
static enum ia32_status begin_block(struct ia32_cpu *cpu,
                                    const struct ia32_block **block)
{
    IA32_TRY(ia32_fetch_block(cpu, block));
    cpu->gpr[IA32_REG_RIP] = cpu->rip;
    cpu->end_cycle = cpu->base.now_cycles + (*block)->cycles;
    /* Fetching may have made something that has to be looked at. */
    cpu->run_until = cpu->base.attention ? 0 : cpu->base.deadline_cycles;
    if (cpu->run_until > IA32_RUN_LIMIT)
        cpu->run_until = IA32_RUN_LIMIT;
    cpu->block_cut = false;
    cpu->insn = (*block)->insn;
    return IA32_OK;
}

/* A chain of whole blocks, beginning with this one. */
void ia32_run_chain(struct ia32_cpu *cpu, const struct ia32_insn *insn)
{
    while (insn)
        insn = insn->form(cpu, insn);
}

/* No hooks: this is where simulated programs spend their time. */
static enum ia32_status run_fast(struct ia32_cpu *cpu,
                                 const struct ia32_block *block,
                                 bool one_only)
{
    const struct ia32_insn *insn = block->insn;
    const struct ia32_insn *end = block->insn + block->count;
    enum ia32_status status;

    cpu->repeating = false;
    cpu->block_end = one_only ? insn + 1 : end_by_deadline(cpu, block);
    if (VT_LIKELY(cpu->block_end == end && !one_only)) {
        ia32_run_chain(cpu, insn);
        return (enum ia32_status)cpu->leave;
    }
    if (one_only)
        cpu->run_until = 0;
    do {
        cpu->insn = insn;
        status = insn->handler(cpu, insn);
        insn++;
    } while (status == IA32_OK && insn != cpu->block_end);
    return status;
}

/* The same with an event before each instruction, and before each iteration
 * of a repeated one: each runs as if it were alone in its block.  A listener
 * that asks to stop, stops the machine before the instruction it was told
 * of (unless this is a step, which always does its one instruction). */
static enum ia32_status run_observed(struct ia32_cpu *cpu,
                                     const struct ia32_block *block,
                                     bool one_only, bool may_stop)
{
    const struct ia32_insn *insn = block->insn;
    const struct ia32_insn *end = insn + (one_only ? 1u : block->count);
    enum ia32_status status;

    cpu->run_until = 0;
    do {
        cpu->insn = insn;
        cpu->block_end = insn + 1;
        cpu->block_cut = false;
        emit_insn(cpu);
        if (may_stop && (cpu->base.attention & VT_ATT_STOP))
            return IA32_STOP;
        cpu->repeating = false;
        status = insn->handler(cpu, insn);
        insn++;
    } while (status == IA32_OK && insn != end && !cpu->block_cut &&
             boundary_after(cpu) < cpu->base.deadline_cycles);
    return status;
}

/* Charge the block up to and including the instruction that ran last.  who:
 * the payer when it started, since VM entry changes base.who on its way. */
static void charge_completed(struct ia32_cpu *cpu, unsigned who)
{
    uint64_t cycles = boundary_after(cpu) - cpu->base.now_cycles;

    cpu->base.now_cycles += cycles;
    cpu->base.ledger.rows[who].cycles[VT_WHAT_INSTRUCTION] += cycles;
}

/* Leave the block: books, RIP, and the exception if there is one. */
static enum ia32_status end_block(struct ia32_cpu *cpu,
                                  enum ia32_status status, unsigned who)
{
    struct ia32_event pending;
    uint64_t rip;

    switch (status) {
    case IA32_OK:
        rip = ia32_next_rip(cpu);
        charge_completed(cpu, who);
        cpu->rip = rip;
        break;
    case IA32_JUMP:
        charge_completed(cpu, who);
        break;
    case IA32_FAULT:
        rip = ia32_insn_rip(cpu);
        charge_completed(cpu, who);
        cpu->rip = rip;
        cpu->insn = NULL;
        pending = cpu->pending;
        return ia32_deliver(cpu, &pending, false);
    case IA32_VMEXIT: /* the model has settled; all state is the host's */
        break;
    case IA32_STOP:
        ia32_settle(cpu);
        break;
    }
    cpu->insn = NULL;
    return status;
}

/* A fetch that faults is charged as a cheap instruction: otherwise a
 * handler that cannot be fetched would fault for ever in no time. */
static enum ia32_status fetch_failed(struct ia32_cpu *cpu,
                                     enum ia32_status status)
{
    struct ia32_event pending = cpu->pending;

    if (status != IA32_FAULT)
        return status;
    ia32_charge(cpu, VT_WHAT_INSTRUCTION, ia32_undefined_cycles(cpu));
    return ia32_deliver(cpu, &pending, false);
}

enum loop { FAST, OBSERVED, STEP };

/* Run from RIP to the end of the block, or one instruction.  The result is
 * after delivery: OK, JUMP, VMEXIT or STOP; *completed says whether the
 * last instruction did what it is for. */
static enum ia32_status run_block(struct ia32_cpu *cpu, enum loop loop,
                                  bool one_only, bool *completed)
{
    unsigned who = cpu->base.who;
    const struct ia32_block *block;
    enum ia32_status status = begin_block(cpu, &block);

    *completed = false;
    if (VT_UNLIKELY(status != IA32_OK))
        return fetch_failed(cpu, status);
    status = loop == FAST
                 ? run_fast(cpu, block, one_only)
                 : run_observed(cpu, block, one_only, loop != STEP);
    *completed = status == IA32_OK || status == IA32_JUMP;
    return end_block(cpu, status, who);
}

/* One instruction, when the boundary after it needs a look: TF or RF is set,
 * breakpoints are armed, the instruction is in the shadow of STI or MOV SS,
 * or the model asked.
 *
 * A shadow covers exactly this instruction: the bits that were set before
 * it go when it is done (bits that it sets itself stay; a MOV SS after a
 * MOV SS blocks nothing more: "Masking Exceptions and Interrupts When
 * Switching Stacks").  They are still there while it runs, because a VM exit
 * saves them.
 *
 * RF goes when the instruction starts ("Instruction-Breakpoint Exception
 * Condition"), and stays when it did not. */
static enum ia32_status run_single(struct ia32_cpu *cpu, enum loop loop)
{
    uint32_t shadow = cpu->blocking & SHADOW;
    uint64_t rf = cpu->rflags & FL_RF;
    bool non_root = cpu->non_root;
    bool completed;
    enum ia32_status status;

    cpu->single_step = (cpu->rflags & FL_TF) != 0;
    cpu->rflags &= ~FL_RF;
    cpu->debug_hits = 0;
    status = run_block(cpu, loop, true, &completed);
    if (status == IA32_STOP)
        cpu->rflags |= rf;
    if (status != IA32_STOP && status != IA32_VMEXIT &&
        cpu->non_root == non_root) {
        cpu->blocking &= ~shadow;
        if (completed && cpu->single_step) {
            cpu->pending_debug |= DEBUG_BS;
            cpu->base.attention |= VT_ATT_MODEL;
        }
        if (completed)
            ia32_collect_hits(cpu);
    }
    cpu->single_step = false;
    return status;
}

/* --- the loops ----------------------------------------------------------- */

static bool must_step(const struct ia32_cpu *cpu)
{
    return ((cpu->base.attention & VT_ATT_MODEL) |
            (cpu->blocking & SHADOW) | (cpu->rflags & FL_TF)) != 0;
}

/* Attention bits other than MODEL need no look inside a block: whatever can
 * unblock an interrupt or NMI (STI, POPF, IRET, VM entry) ends its block. */
void ia32_run(struct vt_cpu *base, bool observed)
{
    struct ia32_cpu *cpu = ia32_from(base);
    enum loop loop = observed ? OBSERVED : FAST;
    enum ia32_status status = IA32_OK;
    bool completed;

    ia32_tlb_watch(cpu);
    while (base->now_cycles < base->deadline_cycles &&
           !(base->attention & VT_ATT_STOP) && status != IA32_STOP) {
        if (base->attention) {
            status = ia32_boundary(cpu);
            if (status != IA32_OK)
                continue;
        }
        if (base->activity != VT_ACTIVE)
            return;
        if (VT_UNLIKELY(must_step(cpu)))
            status = run_single(cpu, loop);
        else
            status = run_block(cpu, loop, false, &completed);
    }
}

void ia32_step(struct vt_cpu *base)
{
    struct ia32_cpu *cpu = ia32_from(base);

    ia32_tlb_watch(cpu);
    if ((base->attention & ~VT_ATT_STOP) && ia32_boundary(cpu) != IA32_OK)
        return;
    if (base->activity == VT_ACTIVE)
        (void)!run_single(cpu, ia32_wants(cpu, VT_EV_INSN) ? STEP : FAST);
}

void ia32_kick(struct vt_cpu *base)
{
    ia32_end_block(ia32_from(base));
}

uint64_t ia32_get_pc(const struct vt_cpu *base)
{
    const struct ia32_cpu *cpu = (const struct ia32_cpu *)base;

    return wrap_rip(cpu, cpu->seg[IA32_CS].base + ia32_insn_rip(cpu));
}
