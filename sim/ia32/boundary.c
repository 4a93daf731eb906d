/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens between two instructions: debug traps, NMIs, interrupts, the
 * shadows of STI and MOV SS, and the attention bits that make the run loop
 * look.
 *
 * The run loop takes the shadows and EFLAGS.RF away after one instruction
 * and asks for the debug traps (event.h); instruction breakpoints, which come
 * before the instruction, are looked for here.
 *
 * SDM 325462, Vol 3A, "Priority Among Simultaneous Exceptions and
 * Interrupts", "Masking Exceptions and Interrupts When Switching Stacks",
 * "Masking Maskable Hardware Interrupts"; Vol 3B, "Debug Exceptions".  Left
 * out: SMI, INIT, machine checks. */
#include "sim/ia32/boundary.h"

#include "sim/ia32/blocks.h"
#include "sim/ia32/breakpoint.h"
#include "sim/ia32/eflags.h"
#include "sim/ia32/exec.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/monitor.h"
#include "sim/ia32/virt.h"

#define SHADOWS (IA32_BLOCK_STI | IA32_BLOCK_MOV_SS)

/* --- attention -------------------------------------------------------- */

/* Could a raised INTR line be taken, shadows aside? */
static bool intr_open(const struct ia32_cpu *cpu)
{
    if (cpu->rflags & FL_IF)
        return true;
    return cpu->non_root &&
           cpu->virt->ops->external_interrupt_exits(cpu->virt);
}

/* "If the processor finds that both the VIF and VIP flags are set at the
 * beginning of an instruction, it generates a general-protection exception";
 * it looks at them only where IOPL < 3 and VME or PVI are in use.
 * SDM Vol 3B, "Class 2--Maskable Hardware Interrupt Handling in Virtual-8086
 * Mode Using the Virtual Interrupt Mechanism"; Vol 3A, "System Flags and
 * Fields in the EFLAGS Register". */
static bool virtual_interrupt_due(const struct ia32_cpu *cpu)
{
    uint64_t both = FL_VIF | FL_VIP;
    bool in_use = cpu->rflags & FL_VM ? (cpu->cr4 & CR4_VME) != 0
                                      : (cpu->cr4 & CR4_PVI) && cpu->cpl == 3;
    return (cpu->rflags & both) == both && in_use &&
           ia32_iopl(cpu) < 3;
}

static bool wants_boundary(const struct ia32_cpu *cpu)
{
    return cpu->pending_debug || virtual_interrupt_due(cpu) ||
           (cpu->rflags & FL_RF) || (cpu->blocking & SHADOWS) || cpu->armed ||
           ia32_mwait_over(cpu);
}

static void set_attention(struct ia32_cpu *cpu, uint32_t bit, bool on)
{
    cpu->base.attention =
        on ? cpu->base.attention | bit : cpu->base.attention & ~bit;
}

static void update_lines(struct ia32_cpu *cpu)
{
    set_attention(cpu, VT_ATT_INTR, cpu->intr_line && intr_open(cpu));
    set_attention(cpu, VT_ATT_NMI, cpu->nmi_pending);
}

void ia32_attend(struct ia32_cpu *cpu)
{
    update_lines(cpu);
    ia32_arm(cpu);
    if (wants_boundary(cpu) || cpu->non_root)
        set_attention(cpu, VT_ATT_MODEL, true);
    if (cpu->base.attention)
        ia32_end_block(cpu);
}

/* --- lines ------------------------------------------------------------ */

void ia32_set_intr(struct vt_cpu *base, bool level)
{
    struct ia32_cpu *cpu = ia32_from(base);
    cpu->intr_line = level;
    ia32_attend(cpu);
}

void ia32_raise_nmi(struct vt_cpu *base)
{
    struct ia32_cpu *cpu = ia32_from(base);
    cpu->nmi_pending = true;
    ia32_attend(cpu);
}

bool ia32_wakes_on_intr(const struct vt_cpu *base)
{
    const struct ia32_cpu *cpu = (const struct ia32_cpu *)base;
    return intr_open(cpu) || (cpu->mwait && cpu->mwait_masked);
}

/* --- the boundary ----------------------------------------------------- */

void ia32_emit_place(struct ia32_cpu *cpu, enum vt_event_kind kind)
{
    struct vt_event ev = {.kind = kind};
    ev.u.insn.pc = ia32_place(cpu);
    ia32_emit(cpu, &ev);
}

void ia32_wake(struct ia32_cpu *cpu)
{
    if (cpu->base.activity != VT_HALTED &&
        cpu->base.activity != VT_SHUTDOWN)
        return;
    cpu->base.activity = VT_ACTIVE;
    cpu->mwait = cpu->monitor_armed = false;
    ia32_charge(cpu, VT_WHAT_DELIVERY, cpu->cost[IA32_COST_WAKE]);
    ia32_emit_place(cpu, VT_EV_WAKE);
}

static enum ia32_status debug_trap(struct ia32_cpu *cpu)
{
    /* Bit 12 of the VMCS field ("enabled breakpoint") is not one of DR6. */
    struct ia32_event event = {.vector = IA32_DB,
                               .type = IA32_HW_EXC,
                               .dr6 = cpu->pending_debug & DR6_WRITABLE};
    cpu->pending_debug = 0;
    return ia32_deliver(cpu, &event, false);
}

static enum ia32_status non_maskable(struct ia32_cpu *cpu)
{
    struct ia32_event event = {.vector = IA32_NMI, .type = IA32_EV_NMI};
    cpu->nmi_pending = false;
    return ia32_deliver(cpu, &event, false);
}

static enum ia32_status external_interrupt(struct ia32_cpu *cpu)
{
    if (cpu->non_root)
        IA32_TRY(cpu->virt->ops->external_interrupt(cpu->virt));
    struct ia32_event event = {.type = IA32_EXT_INT};
    event.vector = (uint8_t)cpu->base.int_ack(cpu->base.int_ack_opaque);
    /* The model has had its say: do not ask it again. */
    return ia32_deliver(cpu, &event, true);
}

static enum ia32_status model_window(struct ia32_cpu *cpu)
{
    if (!cpu->non_root) {
        set_attention(cpu, VT_ATT_MODEL, wants_boundary(cpu));
        return IA32_OK;
    }
    enum ia32_status st = cpu->virt->ops->boundary(cpu->virt);
    if (st == IA32_OK && wants_boundary(cpu))
        set_attention(cpu, VT_ATT_MODEL, true);
    return st;
}

/* "Code Breakpoint Fault": after all interrupts, before anything about the
 * instruction is looked at.  RF = 1 suppresses it, and so does the shadow of
 * MOV SS; a repeated instruction is looked at once, not at each iteration.
 * It costs a plain instruction, so that a handler that breaks on itself does
 * so in some time. */
static enum ia32_status code_breakpoint(struct ia32_cpu *cpu)
{
    struct ia32_event event = {.vector = IA32_DB, .type = IA32_HW_EXC};
    if (!(cpu->armed & IA32_ARMED_CODE) || cpu->base.activity != VT_ACTIVE ||
        (cpu->rflags & FL_RF) || cpu->repeating ||
        (cpu->blocking & IA32_BLOCK_MOV_SS))
        return IA32_OK;
    event.dr6 = ia32_code_breakpoints(cpu);
    if (!event.dr6)
        return IA32_OK;
    ia32_charge(cpu, VT_WHAT_INSTRUCTION, ia32_undefined_cycles(cpu));
    return ia32_deliver(cpu, &event, false);
}

static enum ia32_status virtual_interrupt(struct ia32_cpu *cpu)
{
    struct ia32_event event = {.vector = IA32_GP,
                               .type = IA32_HW_EXC,
                               .has_error_code = true};
    if (!virtual_interrupt_due(cpu) || cpu->base.activity != VT_ACTIVE)
        return IA32_OK;
    ia32_charge(cpu, VT_WHAT_INSTRUCTION, ia32_undefined_cycles(cpu));
    return ia32_deliver(cpu, &event, false);
}

enum ia32_status ia32_boundary(struct ia32_cpu *cpu)
{
    uint32_t shadow = cpu->blocking;
    update_lines(cpu);
    if (ia32_mwait_over(cpu))
        ia32_wake(cpu);
    if (cpu->pending_debug && !(shadow & IA32_BLOCK_MOV_SS))
        return debug_trap(cpu);
    if (cpu->nmi_pending &&
        !(shadow & (IA32_BLOCK_NMI | IA32_BLOCK_MOV_SS)))
        return non_maskable(cpu);
    if (cpu->base.attention & VT_ATT_MODEL)
        IA32_TRY(model_window(cpu));
    /* In the shutdown state only an NMI is heard. */
    if (cpu->base.activity == VT_SHUTDOWN)
        return IA32_OK;
    if ((cpu->base.attention & VT_ATT_INTR) && !(shadow & SHADOWS))
        return external_interrupt(cpu);
    IA32_TRY(code_breakpoint(cpu));
    return virtual_interrupt(cpu);
}
