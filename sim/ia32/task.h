/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hardware task switches (task.c, task_load.c).
 * SDM 325462, Vol 3A, "Task Management". */
#ifndef IA32_TASK_H
#define IA32_TASK_H

#include "sim/ia32/segment.h"

/* What asks for a task switch; numbered as VM exits tell it. */
enum ia32_task_source { IA32_TASK_CALL, IA32_TASK_IRET, IA32_TASK_JMP,
                        IA32_TASK_GATE_IDT };

/* CALL, JMP and IRET: check the TSS and switch to it.  IA32_FAULT comes from
 * the old task, in which nothing has changed; an exception in the new one has
 * been delivered there when this returns. */
enum ia32_status ia32_task_switch(struct ia32_cpu *cpu, uint16_t selector,
                                  enum ia32_task_source source,
                                  const struct ia32_insn *insn);
/* The same for an event that met a task gate in the IDT.  IA32_OK: the new
 * task begins.  IA32_FAULT: in the old task or in the new one, as the state
 * is now. */
enum ia32_status ia32_task_event(struct ia32_cpu *cpu, uint16_t selector,
                                 const struct ia32_event *event,
                                 bool injected) IA32_MUST_CHECK;

/* What a TSS says of a task (task.c reads it, task_load.c loads the
 * segments). */
struct ia32_task_image {
    uint64_t gpr[8], rip, rflags, cr3;
    uint16_t selector[6]; /* ES CS SS DS FS GS */
    uint16_t ldt;
    bool trap;            /* T flag */
};

/* The new task's selectors without descriptors: what its handlers find when
 * one of them is refused.  Sets CPL. */
void ia32_task_selectors(struct ia32_cpu *cpu,
                         const struct ia32_task_image *image);
/* Load and qualify the descriptors.  IA32_FAULT: what was not loaded yet is
 * unusable. */
enum ia32_status ia32_task_segments(struct ia32_cpu *cpu,
                                    const struct ia32_task_image *image,
                                    unsigned ext) IA32_MUST_CHECK;

#endif
