/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forms (form.h), lint: template.  Included by forms_loop.c and
 * forms_tail.c, which say how to go on:
 *
 *   IA32_TAIL  1: by a call that is the last thing done; 0: by returning
 *
 * This file: going on, entering blocks, the form for everything.  Then
 * forms_data.h and forms_flow.h.
 *
 * A link is right as long as the block it names is alive and its first byte
 * is where the branch goes.  Dropping a block makes its toll IA32_NO_ENTRY,
 * so that the comparison with the deadline, which every entry makes, finds
 * it out.  As to the place:
 *
 *   near  target in the page that runs: nothing but an instruction that
 *         leaves the chain can change where the page is, so it is where it
 *         was when it was entered
 *   far   the fast code TLB is asked where the target's page is now; it
 *         knows only what the modelled code TLB holds, so an access that the
 *         modelled one would miss is never skipped
 *
 * Links are made only between blocks of one mode, all of FLAT_CODE: there
 * are no limits to check. */

#include "sim/ia32/form.h"
#include "sim/ia32/operand.h"
#include "sim/ia32/rows.h"
#include "sim/ia32/shift.h"
#include "sim/ia32/tlb.h"

#if IA32_TAIL
#if defined(__clang__)
#define GO(next) __attribute__((musttail)) return (next)->form(cpu, (next))
#define GO_TO(form) __attribute__((musttail)) return form(cpu, insn)
#else
#define GO(next) return (next)->form(cpu, (next))
#define GO_TO(form) return form(cpu, insn)
#endif
#else
#define GO(next) return (void)cpu, (next)
#define GO_TO(form) return form(cpu, insn)
#endif

#define FORM(name)                                              \
    static const struct ia32_insn *name(struct ia32_cpu *cpu,   \
                                        const struct ia32_insn *insn)

/* Back to the run loop after the instruction `done'. */
static const struct ia32_insn *leave(struct ia32_cpu *cpu,
                                     const struct ia32_insn *done,
                                     enum ia32_status status)
{
    cpu->insn = done;
    cpu->leave = (uint8_t)status;
    return NULL;
}

/* Any instruction: what its handler does. */
FORM(any)
{
    enum ia32_status status;

    cpu->insn = insn;
    status = insn->handler(cpu, insn);
    if (VT_UNLIKELY(status != IA32_OK || cpu->block_cut))
        return leave(cpu, insn, status);
    insn++;
    GO(insn);
}

/* --- entering blocks ------------------------------------------------------- */

/* Make block the running one, at rip, if its price fits. */
static inline bool enter(struct ia32_cpu *cpu, const struct ia32_block *block,
                         uint64_t rip)
{
    uint64_t end = cpu->end_cycle + block->toll;

    if (VT_UNLIKELY(end > cpu->run_until))
        return false;
    cpu->end_cycle = end;
    cpu->gpr[IA32_REG_RIP] = rip;
    return true;
}

/* Where the fast code TLB says that the code at la is; false: nowhere. */
static inline bool find_code(const struct ia32_cpu *cpu, uint64_t la,
                             uint64_t *pa)
{
    const struct ia32_fast_code *e =
        ia32_fast_find_code(cpu->tlb, cpu->cpl == 3, la);

    if (VT_UNLIKELY(!e))
        return false;
    *pa = e->pa | (la & VT_PAGE_MASK);
    return true;
}

static inline bool is_at(const struct ia32_cpu *cpu,
                         const struct ia32_block *block, uint64_t la)
{
    uint64_t pa;

    return find_code(cpu, la, &pa) && block->pa == pa;
}

static bool same_page(const struct ia32_block *a, const struct ia32_block *b)
{
    return (a->pa ^ b->pa) <= VT_PAGE_MASK;
}

/* The block at cpu->rip, to which `last', its block's last instruction, has
 * come: entered if it is there and fits, and linked to the instruction
 * `linked'.  near: only if it is in the same page. */
static const struct ia32_block *look_up(struct ia32_cpu *cpu,
                                        const struct ia32_insn *last,
                                        const struct ia32_insn *linked,
                                        bool near)
{
    const struct ia32_block *from = last[1].block, *to;
    uint64_t pa;

    if (!find_code(cpu, cpu->rip, &pa))
        return NULL;
    to = ia32_blocks_find(cpu->blocks, pa, cpu->mode);
    if (!to || !enter(cpu, to, cpu->rip))
        return NULL;
    if (from->toll != IA32_NO_ENTRY && (!near || same_page(from, to)))
        ia32_blocks_link(from, linked, to);
    return to;
}

/* The slow ends of branches: insn has done all but go to cpu->rip. */
#define LOOK_UP(name, linked, near)                                       \
    FORM(name)                                                            \
    {                                                                     \
        const struct ia32_block *to = look_up(cpu, insn, linked, near);   \
                                                                          \
        if (!to)                                                          \
            return leave(cpu, insn, IA32_JUMP);                           \
        insn = to->insn;                                                  \
        GO(insn);                                                         \
    }
LOOK_UP(look_up_near, insn, true)
LOOK_UP(look_up_far, insn, false)
LOOK_UP(look_up_next_near, insn + 1, true)
LOOK_UP(look_up_next_far, insn + 1, false)

/* --- the end of a block ------------------------------------------------------ */

/* After an instruction that the run loop must look behind. */
FORM(end_leave)
{
    return leave(cpu, insn - 1, IA32_OK);
}

FORM(end_near)
{
    const struct ia32_block *to = insn->link;
    uint64_t rip = cpu->gpr[IA32_REG_RIP] + (uint64_t)insn->near_delta;

    if (VT_LIKELY(enter(cpu, to, rip))) {
        insn = to->insn;
        GO(insn);
    }
    cpu->rip = rip;
    insn--;
    GO_TO(look_up_next_near);
}

FORM(end_far)
{
    const struct ia32_block *to = insn->link;
    uint64_t rip = (cpu->gpr[IA32_REG_RIP] + insn->offset) & cpu->la_mask;

    if (VT_LIKELY(is_at(cpu, to, rip) && enter(cpu, to, rip))) {
        insn = to->insn;
        GO(insn);
    }
    cpu->rip = rip;
    insn--;
    GO_TO(look_up_next_far);
}

#include "sim/ia32/forms_data.h"
#include "sim/ia32/forms_flow.h"
#include "sim/ia32/forms_choose.h"
