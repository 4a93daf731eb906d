/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the engine puts into the CPU's struct vt_cpu_ops (exec.c, paging.c),
 * and how everything below a handler tells the event bus. */
#ifndef IA32_EXEC_H
#define IA32_EXEC_H

#include "sim/ia32/insn.h"

/* struct vt_cpu_ops.run, step, kick, get_pc; their contracts stand there. */
void ia32_run(struct vt_cpu *base, bool observed);
void ia32_step(struct vt_cpu *base);
void ia32_kick(struct vt_cpu *base);
uint64_t ia32_get_pc(const struct vt_cpu *base);
/* struct vt_cpu_ops.translate (paging.c): what the data TLB says, else what
 * the tables say. */
bool ia32_debug_translate(const struct vt_cpu *base, uint64_t la,
                          struct vt_translation *to);

/* Does anybody listen to this kind of event? */
bool ia32_wants(const struct ia32_cpu *cpu, enum vt_event_kind kind);
/* Settle the accounts, stamp the event with cycle and CPU, hand it out.
 * Cheap when nobody listens.  The caller fills kind and u. */
void ia32_emit(struct ia32_cpu *cpu, struct vt_event *event);

/* Make an instruction of no block the current one, at RIP, for a test that
 * calls its handler; cpu->insn = NULL ends it. */
static inline void ia32_begin_alone(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    cpu->insn = insn;
    cpu->block_end = insn + 1;
    cpu->gpr[IA32_REG_RIP] = cpu->rip;
    cpu->end_cycle = cpu->base.now_cycles + insn->cycles_left;
    cpu->run_until = 0;
    cpu->block_cut = false;
}

#endif
