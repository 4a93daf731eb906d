/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exceptions and interrupts on their way to a handler, and what becomes of
 * those that meet another on the way: double faults, triple faults.
 *
 * One event at a time:
 *   ask the virtualization model (non-root only) -> set CR2, DR6 -> gate.c,
 *   ivt.c; a fault there is combined with the event and the round starts
 *   again.
 *
 * SDM 325462, Vol 3A, "Interrupt and Exception Handling". */
#include <inttypes.h>
#include <stdio.h>

#include "sim/ia32/blocks.h"
#include "sim/ia32/boundary.h"
#include "sim/ia32/breakpoint.h"
#include "sim/ia32/exec.h"
#include "sim/ia32/gate.h"
#include "sim/ia32/virt.h"

/* --- raising ---------------------------------------------------------- */

static enum ia32_status raise(struct ia32_cpu *cpu, enum ia32_vector vector,
                              bool has_error_code, uint32_t error_code)
{
    cpu->pending = (struct ia32_event){.vector = (uint8_t)vector,
                                       .type = IA32_HW_EXC,
                                       .has_error_code = has_error_code,
                                       .error_code = error_code};
    return IA32_FAULT;
}

enum ia32_status ia32_fault(struct ia32_cpu *cpu, enum ia32_vector vector,
                            uint32_t error_code)
{
    return raise(cpu, vector, true, error_code);
}

enum ia32_status ia32_fault_noerr(struct ia32_cpu *cpu,
                                  enum ia32_vector vector)
{
    return raise(cpu, vector, false, 0);
}

enum ia32_status ia32_page_fault(struct ia32_cpu *cpu, uint64_t la,
                                 uint32_t error_code)
{
    raise(cpu, IA32_PF, true, error_code);
    cpu->pending.cr2 = la;
    return IA32_FAULT;
}

void ia32_emit_intr(struct ia32_cpu *cpu, enum vt_event_kind kind,
                    const struct ia32_event *event)
{
    if (!ia32_wants(cpu, kind))
        return;
    struct vt_event ev = {.kind = kind};
    ev.u.intr.pc = ia32_place(cpu);
    if (event) {
        ev.u.intr.vector = event->vector;
        ev.u.intr.type = event->type;
        ev.u.intr.has_error_code = event->has_error_code;
        ev.u.intr.error_code = event->error_code;
        ev.u.intr.address = event->cr2;
    }
    ia32_emit(cpu, &ev);
}

/* --- classes ---------------------------------------------------------- */

enum class { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT };

/* SDM Vol 3A, "Interrupt 8--Double Fault Exception (#DF)", table "Interrupt
 * and Exception Classes".  Interrupts, NMIs and software interrupts are
 * benign whatever their vector. */
static enum class class_of(const struct ia32_event *event)
{
    if (event->type != IA32_HW_EXC)
        return BENIGN;
    switch (event->vector) {
    case IA32_DE:
    case IA32_TS:
    case IA32_NP:
    case IA32_SSF:
    case IA32_GP:
        return CONTRIBUTORY;
    case IA32_PF:
        return PAGE_FAULT;
    case IA32_DF:
        return DOUBLE_FAULT;
    default:
        return BENIGN;
    }
}

/* What the second exception becomes when it arises during delivery of the
 * first.  SDM Vol 3A, table "Conditions for Generating a Double Fault". */
enum outcome { SERIAL, DOUBLE, TRIPLE };

static enum outcome combine(const struct ia32_event *first,
                            const struct ia32_event *second)
{
    static const enum outcome table[4][4] = {
        /* second:         benign  contributory  page fault  #DF */
        [BENIGN]       = {SERIAL, SERIAL, SERIAL, SERIAL},
        [CONTRIBUTORY] = {SERIAL, DOUBLE, SERIAL, SERIAL},
        [PAGE_FAULT]   = {SERIAL, DOUBLE, DOUBLE, SERIAL},
        [DOUBLE_FAULT] = {SERIAL, TRIPLE, TRIPLE, SERIAL},
    };
    return table[class_of(first)][class_of(second)];
}

/* Faults restart their instruction, so their handler finds RF set in the
 * saved image.  Traps, aborts and interrupts find what it was, and so does
 * the one fault that RF is there for, the instruction breakpoint; of #DB
 * only general detect is another fault.
 * SDM Vol 3B, "Instruction-Breakpoint Exception Condition". */
bool ia32_event_sets_rf(const struct ia32_event *event)
{
    if (event->type != IA32_HW_EXC)
        return false;
    if (event->vector == IA32_DB)
        return (event->dr6 & DR6_BD) != 0;
    return event->vector != IA32_DF && event->vector != IA32_MC;
}

/* --- one event and its consequences ----------------------------------- */

/* What delivery changes whether or not the handler is reached.  An event
 * that VM entry injects leaves CR2, DR6 and DR7 as they are: SDM Vol 3C,
 * "Details of Vectored-Event Injection". */
static void note_event(struct ia32_cpu *cpu, const struct ia32_event *event,
                       bool injected)
{
    ia32_wake(cpu);
    cpu->blocking &= ~(IA32_BLOCK_STI | IA32_BLOCK_MOV_SS);
    cpu->single_step = false;
    if (event->type == IA32_EV_NMI)
        cpu->blocking |= IA32_BLOCK_NMI;
    if (event->type != IA32_HW_EXC || injected)
        return;
    if (event->vector == IA32_PF) {
        cpu->cr2 = event->cr2;
    } else if (event->vector == IA32_DB) {
        cpu->dr[6] |= event->dr6;
        cpu->dr[7] &= ~DR7_GD;
    }
}

static void describe(char *to, size_t size, const struct ia32_event *event)
{
    static const char *const names[32] = {
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM",
        "#DF", NULL, "#TS", "#NP", "#SS", "#GP", "#PF", NULL,
        "#MF", "#AC", "#MC", "#XM"};
    const char *name = event->type != IA32_EXT_INT &&
                               event->type != IA32_SW_INT &&
                               event->vector < 32
                           ? names[event->vector]
                           : NULL;
    if (!name)
        snprintf(to, size, "interrupt %u", event->vector);
    else if (event->type == IA32_HW_EXC && event->vector == IA32_PF)
        snprintf(to, size, "%s(%04Xh) at %08" PRIX64 "h", name,
                 (unsigned)event->error_code, event->cr2);
    else if (event->has_error_code)
        snprintf(to, size, "%s(%04Xh)", name, (unsigned)event->error_code);
    else
        snprintf(to, size, "%s", name);
}

/* Real-address mode knows no error codes. */
static struct ia32_event as_raised(const struct ia32_cpu *cpu,
                                   struct ia32_event event)
{
    if (!(cpu->cr0 & CR0_PE))
        event.has_error_code = false;
    return event;
}

/* Everything that one call of ia32_deliver goes through. */
#define HISTORY 6
struct round {
    struct ia32_event now;  /* being delivered */
    bool ask;               /* the model, about now */
    bool injected;          /* now comes from VM entry */
    /* For the message of a triple fault: the event that started it and the
     * exceptions that arose on the way; double faults do not count. */
    struct ia32_event history[HISTORY];
    unsigned count;
};

static void remember(struct round *r, const struct ia32_event *event)
{
    if (r->count < HISTORY)
        r->history[r->count++] = *event;
}

/* "; nor #GP's: #NP(0030h)": the handler of history[i - 1] was not entered
 * because of history[i].  The last one met #DF's handler. */
static void describe_step(const struct round *r, unsigned i, char *to,
                          size_t size)
{
    char why[40], whose[40];
    describe(why, sizeof why, &r->history[i]);
    describe(whose, sizeof whose, &r->history[i - 1]);
    whose[strcspn(whose, "(")] = 0;
    if (i == 1)
        snprintf(to, size, "; could not enter its handler: %s", why);
    else
        snprintf(to, size, "; nor %s's: %s",
                 i == r->count - 1 ? "#DF" : whose, why);
}

/* The machine shuts down: say what started it and what was in the way. */
static enum ia32_status triple_fault(struct ia32_cpu *cpu,
                                     const struct round *r)
{
    char first[40], why[160] = "";
    if (cpu->non_root)
        return cpu->virt->ops->triple_fault(cpu->virt);
    describe(first, sizeof first, &r->history[0]);
    for (unsigned i = 1; i < r->count; i++) {
        size_t used = strlen(why);
        describe_step(r, i, why + used, sizeof why - used);
    }
    cpu->base.activity = VT_SHUTDOWN;
    bool is_long = (cpu->mode & IA32_MODE_LONG64) != 0;
    vt_machine_request_stop(cpu->base.machine, VT_STOP_TRIPLE_FAULT,
                            cpu->base.id, r->history[0].vector,
                            "triple fault: %s at CS:%s %04X:%0*" PRIX64
                            "h%s",
                            first, is_long ? "RIP" : "EIP",
                            (unsigned)cpu->seg[IA32_CS].selector,
                            is_long ? 16 : 8, cpu->rip, why);
    return IA32_STOP;
}

/* cpu->pending arose while r->now was delivered.  IA32_OK: r->now is what
 * has to be delivered instead. */
static enum ia32_status meet(struct ia32_cpu *cpu, struct round *r)
{
    struct ia32_event second = as_raised(cpu, cpu->pending);
    ia32_emit_intr(cpu, VT_EV_FAULT, &second);
    /* The exception bitmap is asked for the second exception before it is
     * made into a double fault.  SDM Vol 3C, "Information for VM Exits That
     * Occur During Event Delivery". */
    if (cpu->non_root)
        IA32_TRY(cpu->virt->ops->event(cpu->virt, &second));
    r->ask = r->injected = false;
    remember(r, &second);
    switch (combine(&r->now, &second)) {
    case SERIAL:
        r->now = second;
        break;
    case DOUBLE:
        if (second.vector == IA32_PF)
            cpu->cr2 = second.cr2;
        r->now = as_raised(cpu,
                           (struct ia32_event){.vector = IA32_DF,
                                               .type = IA32_HW_EXC,
                                               .has_error_code = true});
        ia32_emit_intr(cpu, VT_EV_FAULT, &r->now);
        r->ask = true;
        break;
    case TRIPLE:
        cpu->delivering = false;
        return triple_fault(cpu, r);
    }
    return IA32_OK;
}

/* INT n in virtual-8086 mode may go to the program itself.  When VM entry
 * injects it, IOPL alone does not forbid it: SDM Vol 3C, "Details of
 * Vectored-Event Injection". */
static enum ia32_status to_handler(struct ia32_cpu *cpu,
                                   const struct round *r)
{
    bool to_program = false;
    if (!(cpu->cr0 & CR0_PE))
        return ia32_through_ivt(cpu, &r->now);
    if ((cpu->rflags & FL_VM) && r->now.type == IA32_SW_INT &&
        (!r->injected || (cpu->cr4 & CR4_VME)))
        IA32_TRY(ia32_vm86_int(cpu, r->now.vector, &to_program));
    return to_program ? ia32_redirect(cpu, &r->now)
                      : ia32_through_idt(cpu, &r->now, r->injected);
}

static enum ia32_status one_round(struct ia32_cpu *cpu, struct round *r)
{
    /* An event that exits by itself, a double fault included, is not "on
     * its way": no IDT-vectoring information. */
    cpu->delivering = false;
    cpu->debug_hits = 0; /* what was met on the way counts, no more */
    if (r->ask && cpu->non_root)
        IA32_TRY(cpu->virt->ops->event(cpu->virt, &r->now));
    note_event(cpu, &r->now, r->injected);
    cpu->delivering = true;
    cpu->vectoring = r->now;
    ia32_charge(cpu, VT_WHAT_DELIVERY, cpu->cost[IA32_COST_DELIVERY]);
    ia32_emit_intr(cpu, VT_EV_DELIVER, &r->now);
    return to_handler(cpu, r);
}

enum ia32_status ia32_deliver(struct ia32_cpu *cpu,
                              const struct ia32_event *event, bool injected)
{
    struct round r = {.now = as_raised(cpu, *event),
                      .ask = !injected,
                      .injected = injected};
    remember(&r, &r.now);
    ia32_settle(cpu);
    if (event->type == IA32_HW_EXC && !injected)
        ia32_emit_intr(cpu, VT_EV_FAULT, &r.now);
    enum ia32_status st;
    do {
        st = one_round(cpu, &r);
        if (st == IA32_FAULT)
            st = meet(cpu, &r);
        else if (st == IA32_OK)
            st = IA32_JUMP;
    } while (st == IA32_OK);
    cpu->delivering = cpu->iret_unblocked = false;
    if (st == IA32_JUMP && ia32_collect_hits(cpu))
        /* #DB that pushes over a breakpoint brings the next one */
        ia32_charge(cpu, VT_WHAT_DELIVERY, ia32_undefined_cycles(cpu));
    ia32_attend(cpu);
    return st;
}
