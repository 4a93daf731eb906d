/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What deliver.c and boundary.c share with the rest of the system part. */
#ifndef IA32_BOUNDARY_H
#define IA32_BOUNDARY_H

#include "sim/ia32/event.h"
#include "sim/machine/event.h"

/* Leave the HLT or shutdown state, if the CPU is in it: charges, emits
 * VT_EV_WAKE. */
void ia32_wake(struct ia32_cpu *cpu);

/* Linear address of CS:RIP. */
static inline uint64_t ia32_place(const struct ia32_cpu *cpu)
{
    if (cpu->mode & IA32_MODE_LONG64)
        return cpu->rip;
    return (uint32_t)(cpu->seg[IA32_CS].base + cpu->rip);
}

/* FAULT, DELIVER or IRET at the current CS:RIP; event may be NULL. */
void ia32_emit_intr(struct ia32_cpu *cpu, enum vt_event_kind kind,
                    const struct ia32_event *event);
/* INSN-shaped events: HALT, WAKE. */
void ia32_emit_place(struct ia32_cpu *cpu, enum vt_event_kind kind);

/* struct vt_cpu_ops. */
void ia32_set_intr(struct vt_cpu *base, bool level);
void ia32_raise_nmi(struct vt_cpu *base);
bool ia32_wakes_on_intr(const struct vt_cpu *base);

#endif
