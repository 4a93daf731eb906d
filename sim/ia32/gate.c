/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a vector to its handler, through a gate of the IDT:
 *
 *   gate -> code segment -> stack -> room, target -> push -> jump
 *
 *                     protected mode          IA-32e mode
 *   gates             16, 32 bits, task       64 bits
 *   handler           any code segment        64-bit code segment
 *   stack, inner      SSn:ESPn of the TSS     RSPn, SS null
 *   stack, same       as it is                as it is, or by IST
 *   frame             GS FS DS ES (from VM86), SS:ESP (inner), EFLAGS,
 *                     CS:EIP, error code; in IA-32e mode always SS:RSP, from
 *                     a multiple of 16 down
 *
 * All checks come before all changes.
 *
 * SDM 325462, Vol 2A, "INT n/INTO/INT3/INT1--Call to Interrupt Procedure",
 * whose names for the cases are kept; Vol 3A, "Exception and Interrupt
 * Handling in 64-bit Mode".  Left out: shadow stacks. */
#include "sim/ia32/gate.h"

#include "sim/ia32/flags.h"
#include "sim/ia32/segment.h"
#include "sim/ia32/task.h"

/* One delivery, from gate to frame. */
struct delivery {
    const struct ia32_event *event;
    bool injected;  /* by VM entry: RF in the frame stays as it is */
    bool software;
    unsigned ext;   /* EXT bit of error codes */
    struct ia32_desc gate, cs, ss;
    uint64_t offset; /* of the handler */
    unsigned ist;   /* IA-32e mode */
    struct ia32_stack stack;
    unsigned size;  /* of a push: 2, 4 or 8 */
    bool inner;     /* to a more privileged level, on its stack */
    bool from_vm86;
};

static void begin(struct ia32_cpu *cpu, struct delivery *d,
                  const struct ia32_event *event, bool injected)
{
    *d = (struct delivery){.event = event, .injected = injected};
    d->software = ia32_is_software(event);
    /* "External to the program": interrupts, and exceptions too, but not
     * the three software interrupts.  SDM Vol 3A, "Error Code". */
    d->ext = !d->software;
    d->from_vm86 = (cpu->rflags & FL_VM) != 0;
}

/* --- the gate ----------------------------------------------------------- */

static bool is_interrupt_gate(const struct ia32_desc *gate)
{
    unsigned type = ia32_desc_type(gate);
    return type == IA32_INT_GATE16 || type == IA32_INT_GATE32;
}

/* In IA-32e mode the types of 32-bit gates mean 64-bit ones, and there are
 * no others. */
static bool is_idt_gate(const struct ia32_cpu *cpu,
                        const struct ia32_desc *gate)
{
    if (gate->seg.ar & AR_S)
        return false;
    switch (ia32_desc_type(gate)) {
    case IA32_INT_GATE32:
    case IA32_TRAP_GATE32:
        return true;
    case IA32_INT_GATE16:
    case IA32_TRAP_GATE16:
    case IA32_TASK_GATE:
        return !ia32_long(cpu);
    default:
        return false;
    }
}

/* The gate's bytes; 16 of them in IA-32e mode. */
static enum ia32_status read_gate(struct ia32_cpu *cpu, struct delivery *d,
                                  uint32_t error)
{
    bool is_long = ia32_long(cpu);
    unsigned bytes = is_long ? 16 : 8;
    unsigned acc = IA32_ACC_R | IA32_ACC_IMPLICIT;
    uint64_t upper = 0;
    uint32_t at = d->event->vector * bytes;
    if (at + bytes - 1 > cpu->idtr.limit)
        return ia32_fault(cpu, IA32_GP, error);
    d->gate.la = ia32_system_la(cpu, cpu->idtr.base + at);
    if (is_long && (!ia32_canonical(d->gate.la) ||
                    !ia32_canonical(d->gate.la + 15)))
        return ia32_fault(cpu, IA32_GP, error);
    IA32_TRY(ia32_la_read(cpu, d->gate.la, 8, acc, &d->gate.raw));
    if (is_long)
        IA32_TRY(ia32_la_read(cpu, d->gate.la + 8, 4, acc, &upper));
    ia32_parse_descriptor(&d->gate, 0);
    d->offset = ia32_gate_offset(&d->gate) | upper << 32;
    d->ist = is_long ? (unsigned)(d->gate.raw >> 32) & 7 : 0;
    d->size = is_long ? 8 : ia32_desc_type(&d->gate) & 8 ? 4 : 2;
    return IA32_OK;
}

/* PROTECTED-MODE and IA-32e-MODE, first half. */
static enum ia32_status find_gate(struct ia32_cpu *cpu, struct delivery *d)
{
    uint32_t error = d->event->vector * 8u | 2 | d->ext;
    IA32_TRY(read_gate(cpu, d, error));
    if (!is_idt_gate(cpu, &d->gate))
        return ia32_fault(cpu, IA32_GP, error);
    if (d->software && ia32_ar_dpl(d->gate.seg.ar) < cpu->cpl)
        return ia32_fault(cpu, IA32_GP, error);
    if (!(d->gate.seg.ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error);
    return IA32_OK;
}

/* --- the handler's code segment ------------------------------------------ */

/* L and D: a handler in IA-32e mode is 64-bit code.
 * NOTE: Vol 3A, "64-Bit Mode IDT", has the vector as error code when it is
 * not; the page of INT n, like processors, the selector. */
static bool is_handler_code(const struct ia32_cpu *cpu, uint32_t ar)
{
    if (!ia32_ar_is_code(ar))
        return false;
    return !ia32_long(cpu) || (ar & (AR_L | AR_DB)) == AR_L;
}

/* TRAP-OR-INTERRUPT-GATE.  From virtual-8086 mode only to CPL 0, and not
 * through conforming code. */
static enum ia32_status read_code(struct ia32_cpu *cpu, struct delivery *d)
{
    uint16_t selector = ia32_gate_selector(&d->gate);
    uint32_t error = ia32_selector_error(selector, d->ext);
    if (ia32_selector_null(selector))
        return ia32_fault(cpu, IA32_GP, d->ext);
    IA32_TRY(ia32_get_descriptor(cpu, selector, IA32_GP, d->ext, &d->cs));
    uint32_t ar = d->cs.seg.ar;
    unsigned dpl = ia32_ar_dpl(ar);
    if (!is_handler_code(cpu, ar) || dpl > cpu->cpl)
        return ia32_fault(cpu, IA32_GP, error);
    if (!(ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error);
    d->inner = !ia32_ar_is_conforming(ar) && dpl < cpu->cpl;
    if (d->from_vm86 && (!d->inner || dpl != 0))
        return ia32_fault(cpu, IA32_GP, error);
    return IA32_OK;
}

/* --- the stack ------------------------------------------------------------ */

/* In IA-32e mode: RSPn, an IST entry or RSP, made a multiple of 16. */
static enum ia32_status long_stack(struct ia32_cpu *cpu, struct delivery *d)
{
    d->stack = ia32_current_stack(cpu, d->ext);
    unsigned acc = d->inner ? IA32_ACC_IMPLICIT : d->stack.acc;
    uint64_t sp = d->stack.sp;
    if (d->inner || d->ist) {
        IA32_TRY(ia32_long_stack(cpu, ia32_ar_dpl(d->cs.seg.ar), d->ist,
                                 d->ext, &d->stack));
        sp = d->stack.sp;
    }
    if (!ia32_canonical(sp))
        return ia32_fault(cpu, IA32_SSF, d->ext);
    d->stack.acc = acc;
    ia32_stack_make_long(&d->stack, sp & ~UINT64_C(15));
    return IA32_OK;
}

static enum ia32_status choose_stack(struct ia32_cpu *cpu, struct delivery *d)
{
    if (ia32_long(cpu))
        return long_stack(cpu, d);
    if (d->inner)
        return ia32_inner_stack(cpu, ia32_ar_dpl(d->cs.seg.ar), d->ext,
                                &d->stack, &d->ss);
    d->stack = ia32_current_stack(cpu, d->ext);
    return IA32_OK;
}

static unsigned slots(const struct ia32_cpu *cpu, const struct delivery *d)
{
    return 3u + d->event->has_error_code +
           (d->inner || ia32_long(cpu) ? 2 : 0) + (d->from_vm86 ? 4 : 0);
}

/* Is there room, is the target inside its segment, and can the stack be
 * written?  In the manual's order. */
static enum ia32_status check_frame(struct ia32_cpu *cpu, struct delivery *d)
{
    unsigned count = slots(cpu, d);
    IA32_TRY(ia32_stack_room(cpu, &d->stack, count, d->size));
    if (ia32_long(cpu) ? !ia32_canonical(d->offset)
                       : d->offset > d->cs.seg.limit)
        return ia32_fault(cpu, IA32_GP, d->ext);
    IA32_TRY(ia32_stack_reserve(cpu, &d->stack, count, d->size));
    return ia32_set_accessed(cpu, &d->cs);
}

/* --- the frame -------------------------------------------------------------- */

uint64_t ia32_event_rip(const struct ia32_cpu *cpu,
                        const struct ia32_event *event)
{
    uint64_t rip = cpu->rip;
    if (ia32_is_software(event) || event->type == IA32_PRIV_SW_EXC)
        rip += event->insn_length;
    return cpu->mode & IA32_MODE_LONG64 ? rip : (uint32_t)rip;
}

uint64_t ia32_event_flags(const struct ia32_cpu *cpu,
                          const struct ia32_event *event, bool injected)
{
    uint64_t flags = ia32_get_rflags(cpu);
    /* "The value pushed for the RF flag is not modified based on the type of
     * event": SDM Vol 3C, "Details of Vectored-Event Injection". */
    if ((ia32_event_sets_rf(event) && !injected) || cpu->repeating)
        flags |= FL_RF;
    return flags;
}

static enum ia32_status push_frame(struct ia32_cpu *cpu, struct delivery *d)
{
    static const enum ia32_seg_index vm86[] = {IA32_GS, IA32_FS, IA32_DS,
                                               IA32_ES};
    uint64_t frame[10];
    unsigned n = 0;
    for (unsigned i = 0; d->from_vm86 && i < ARRAY_SIZE(vm86); i++)
        frame[n++] = cpu->seg[vm86[i]].selector;
    if (d->inner || ia32_long(cpu)) {
        frame[n++] = cpu->seg[IA32_SS].selector;
        frame[n++] = cpu->gpr[IA32_RSP];
    }
    frame[n++] = ia32_event_flags(cpu, d->event, d->injected);
    frame[n++] = cpu->seg[IA32_CS].selector;
    frame[n++] = ia32_event_rip(cpu, d->event);
    if (d->event->has_error_code)
        frame[n++] = d->event->error_code;
    for (unsigned i = 0; i < n; i++)
        IA32_TRY(ia32_stack_push(cpu, &d->stack, d->size, frame[i]));
    return IA32_OK;
}

/* --- there ------------------------------------------------------------------ */

/* SS:RSP of the handler.  In IA-32e mode SS is null at an inner level. */
static void enter_stack(struct ia32_cpu *cpu, struct delivery *d)
{
    if (d->inner && ia32_long(cpu))
        ia32_load_null_ss(cpu, ia32_ar_dpl(d->cs.seg.ar));
    else if (d->inner)
        ia32_load_seg(cpu, IA32_SS, &d->ss, d->ss.seg.selector);
    if (d->inner && !ia32_long(cpu))
        ia32_set_sp(cpu, &d->ss.seg, d->stack.sp);
    else
        cpu->gpr[IA32_RSP] = d->stack.sp;
}

/* The handler's first instruction is next.  Flags first: EFLAGS.VM says what
 * a segment register means. */
static void enter_handler(struct ia32_cpu *cpu, struct delivery *d)
{
    uint64_t clear = FL_TF | FL_VM | FL_RF | FL_NT;
    if (is_interrupt_gate(&d->gate))
        clear |= FL_IF;
    cpu->rflags &= ~clear;
    enter_stack(cpu, d);
    ia32_load_seg(cpu, IA32_CS, &d->cs,
                  (uint16_t)((d->cs.seg.selector & ~3u) | cpu->cpl));
    if (d->from_vm86) {
        ia32_load_null(cpu, IA32_GS, 0);
        ia32_load_null(cpu, IA32_FS, 0);
        ia32_load_null(cpu, IA32_DS, 0);
        ia32_load_null(cpu, IA32_ES, 0);
    }
    cpu->rip = d->offset;
    cpu->repeating = false;
}

enum ia32_status ia32_through_idt(struct ia32_cpu *cpu,
                                  const struct ia32_event *event,
                                  bool injected)
{
    struct delivery d;
    begin(cpu, &d, event, injected);
    IA32_TRY(find_gate(cpu, &d));
    if (ia32_desc_type(&d.gate) == IA32_TASK_GATE)
        return ia32_task_event(cpu, ia32_gate_selector(&d.gate), event,
                               injected);
    IA32_TRY(read_code(cpu, &d));
    IA32_TRY(choose_stack(cpu, &d));
    IA32_TRY(check_frame(cpu, &d));
    IA32_TRY(push_frame(cpu, &d));
    enter_handler(cpu, &d);
    return IA32_OK;
}
