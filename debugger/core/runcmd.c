/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that run the machine, and what stops it: breakpoints by the
 * observed loop's INSN events, transitions by VM_EXIT and VM_ENTRY. */
#include "debugger/core/dbg_priv.h"

#include <inttypes.h>

static bool breaks_at(struct dbg *d, const struct vt_event *event)
{
    /* The instruction at which a run starts is not one it runs into. */
    if (event->cycle == d->start_cycle && event->u.insn.pc == d->start_pc)
        return false;
    enum trc_side now =
        dbg_who(d) == VT_WHO_GUEST ? TRC_GUEST : TRC_VMM;
    for (unsigned i = 0; i < d->breakpoint_count; i++)
        if (d->breakpoints[i].la == event->u.insn.pc &&
            (d->breakpoints[i].side == TRC_ANY ||
             d->breakpoints[i].side == now))
            return true;
    return false;
}

static void on_insn(void *opaque, const struct vt_event *event)
{
    struct dbg *d = opaque;
    if (breaks_at(d, event))
        vt_machine_request_stop(d->m, VT_STOP_BREAK, event->cpu, 0, "%s",
                                "breakpoint");
}

static void on_event(void *opaque, const struct vt_event *event)
{
    struct dbg *d = opaque;
    d->events[d->event_total++ % DBG_EVENTS_KEPT] = *event;
    if (event->kind == VT_EV_VM_EXIT) {
        d->has_failed = false;
        if (d->until == DBG_UNTIL_EXIT)
            vt_machine_request_stop(d->m, VT_STOP_BREAK, event->cpu, 0, "%s",
                                    "VM exit");
    } else if (event->kind == VT_EV_VM_ENTRY) {
        if (d->until == DBG_UNTIL_ENTRY)
            vt_machine_request_stop(d->m, VT_STOP_BREAK, event->cpu, 0, "%s",
                                    "VM entry");
    } else if (event->kind == VT_EV_VM_FAIL) {
        d->has_failed = true;
    }
}

/* All but what would make the machine slow. */
void dbg_start_listening(struct dbg *d)
{
    vt_event_listen(vt_machine_bus(d->m),
                    VT_EV_ALL & ~VT_EV_MASK(VT_EV_INSN) &
                        ~VT_EV_MASK(VT_EV_STALE),
                    on_event, d);
}

void dbg_stop_listening(struct dbg *d)
{
    vt_event_unlisten(vt_machine_bus(d->m), on_event, d);
}

static bool at_limit(const struct dbg *d)
{
    return vt_machine_now(d->m) >= d->setup.max_cycles;
}

static void say_stop(struct dbg *d, const struct vt_stop *stop)
{
    static const char *const words[] = {
        [VT_STOP_NONE] = "stopped",
        [VT_STOP_POWER_OFF] = "the guest switched the machine off",
        [VT_STOP_DEBUG_EXIT] = "the guest wrote to the debug-exit port",
        [VT_STOP_TRIPLE_FAULT] = "triple fault",
        [VT_STOP_LIMIT] = "that cycle is reached",
        [VT_STOP_DEADLOCK] = "the CPU waits and nothing can wake it",
        [VT_STOP_UNMODELLED] = "the guest used what vtsim does not model",
        [VT_STOP_BREAK] = "stopped",
        [VT_STOP_OUTPUT] = "output of the guest could not be written",
    };
    /* These two say it themselves, in more detail. */
    bool text_alone = (stop->kind == VT_STOP_TRIPLE_FAULT ||
                       stop->kind == VT_STOP_DEADLOCK) && stop->text[0];
    if (stop->kind == VT_STOP_LIMIT && at_limit(d))
        dbg_say(d, "the limit of --max-cycles was reached");
    else if (!text_alone)
        dbg_say(d, "%s", words[stop->kind]);
    if (stop->kind == VT_STOP_DEBUG_EXIT)
        dbg_say(d, ": value %" PRIu64, stop->value);
    else if (stop->text[0] && stop->kind != VT_STOP_LIMIT)
        dbg_say(d, "%s%s", text_alone ? "" : ": ", stop->text);
    dbg_say(d, "\n");
}

/* After any run: the guest's output first, then why and where. */
static void after_run(struct dbg *d, const struct vt_stop *stop)
{
    if (d->setup.flush_guest)
        d->setup.flush_guest(d->setup.opaque);
    if (stop->kind != VT_STOP_NONE)
        say_stop(d, stop);
    if (stop->kind != VT_STOP_NONE && stop->kind != VT_STOP_LIMIT &&
        stop->kind != VT_STOP_BREAK)
        d->ended = *stop;
    dbg_say_where(d);
}

/* Has the user asked since the last time? */
static bool is_interrupted(struct dbg *d)
{
    return d->setup.interrupted && d->setup.interrupted(d->setup.opaque);
}

static bool can_run(struct dbg *d)
{
    if (d->ended.kind == VT_STOP_NONE && !at_limit(d)) {
        /* A Ctrl-C from before the run is not meant for it. */
        is_interrupted(d);
        return true;
    }
    if (d->ended.kind == VT_STOP_NONE) {
        dbg_error(d, "the limit of --max-cycles was reached");
        return false;
    }
    dbg_error(d, "the machine has stopped for good; load a snapshot or quit");
    return false;
}

/* How long the machine runs before the user is asked again. */
#define SLICE_CYCLES UINT64_C(20000000)
#define SLICE_STEPS 100000u

/* Run in slices, so that the user can interrupt.  A slice's end is an exact
 * instruction boundary like any other and changes nothing in the machine. */
static struct vt_stop run_slices(struct dbg *d, uint64_t to, bool observed)
{
    for (;;) {
        uint64_t now = vt_machine_now(d->m);
        uint64_t end = to - now > SLICE_CYCLES ? now + SLICE_CYCLES : to;
        struct vt_stop stop = vt_machine_run(d->m, end, observed);
        if (stop.kind != VT_STOP_LIMIT || vt_machine_now(d->m) >= to)
            return stop;
        if (is_interrupted(d)) {
            stop.kind = VT_STOP_BREAK;
            snprintf(stop.text, sizeof(stop.text), "interrupted");
            return stop;
        }
    }
}

static enum dbg_next run(struct dbg *d, enum dbg_until until, uint64_t to)
{
    if (!can_run(d))
        return DBG_GO_ON;
    struct vt_event_bus *bus = vt_machine_bus(d->m);
    bool observed = d->breakpoint_count > 0;
    if (to > d->setup.max_cycles)
        to = d->setup.max_cycles;

    fflush(d->setup.out);
    d->until = until;
    d->start_cycle = dbg_cpu(d)->now_cycles;
    d->start_pc = dbg_cpu(d)->ops->get_pc(dbg_cpu(d));
    if (observed)
        vt_event_listen(bus, VT_EV_MASK(VT_EV_INSN), on_insn, d);
    struct vt_stop stop = run_slices(d, to, observed);
    if (observed)
        vt_event_unlisten(bus, on_insn, d);
    d->until = DBG_UNTIL_STOP;
    after_run(d, &stop);
    return DBG_GO_ON;
}

DBG_COMMAND(dbg_next_exit)
{
    (void)argc, (void)argv;
    return run(d, DBG_UNTIL_EXIT, UINT64_MAX);
}

DBG_COMMAND(dbg_next_entry)
{
    (void)argc, (void)argv;
    return run(d, DBG_UNTIL_ENTRY, UINT64_MAX);
}

DBG_COMMAND(dbg_continue)
{
    (void)argc, (void)argv;
    return run(d, DBG_UNTIL_STOP, UINT64_MAX);
}

DBG_COMMAND(dbg_run_to)
{
    uint64_t cycle;
    (void)argc;
    if (!dbg_parse_number(d, "run-to-cycle", argv[1], &cycle))
        return DBG_GO_ON;
    if (cycle <= vt_machine_now(d->m))
        return dbg_error(d, "cycle %" PRIu64 " is past: the clock shows %"
                         PRIu64, cycle, vt_machine_now(d->m));
    return run(d, DBG_UNTIL_STOP, cycle);
}

DBG_COMMAND(dbg_step)
{
    uint64_t count = 1;
    struct vt_stop stop = {.kind = VT_STOP_NONE};
    if (argc > 1 && !dbg_parse_number(d, "step", argv[1], &count))
        return DBG_GO_ON;
    if (!can_run(d))
        return DBG_GO_ON;
    fflush(d->setup.out);
    for (uint64_t i = 0; i < count && stop.kind == VT_STOP_NONE; i++) {
        stop = vt_machine_step(d->m, 0);
        if (stop.kind != VT_STOP_NONE)
            break;
        if (at_limit(d)) {
            stop.kind = VT_STOP_LIMIT;
        } else if (i % SLICE_STEPS == SLICE_STEPS - 1 && is_interrupted(d)) {
            stop.kind = VT_STOP_BREAK;
            snprintf(stop.text, sizeof(stop.text), "interrupted");
        }
    }
    after_run(d, &stop);
    return DBG_GO_ON;
}

DBG_COMMAND(dbg_break)
{
    enum trc_side side;
    uint64_t la;
    (void)argc;
    if (!dbg_parse_place(d, argv[1], &la, &side))
        return DBG_GO_ON;
    d->breakpoints = vt_realloc(d->breakpoints, d->breakpoint_count + 1u,
                                sizeof(*d->breakpoints));
    struct dbg_breakpoint *b = &d->breakpoints[d->breakpoint_count++];
    b->number = ++d->last_number;
    b->la = la;
    b->side = side;
    snprintf(b->text, sizeof(b->text), "%s", argv[1]);
    dbg_say(d, "breakpoint %u at %s (0x%08" PRIx64 ")\n", b->number, b->text,
            b->la);
    return DBG_GO_ON;
}

DBG_COMMAND(dbg_delete)
{
    uint64_t number;
    if (argc == 1) {
        d->breakpoint_count = 0;
        return DBG_GO_ON;
    }
    if (!dbg_parse_number(d, "delete", argv[1], &number))
        return DBG_GO_ON;
    for (unsigned i = 0; i < d->breakpoint_count; i++)
        if (d->breakpoints[i].number == number) {
            d->breakpoint_count--;
            memmove(&d->breakpoints[i], &d->breakpoints[i + 1],
                    (d->breakpoint_count - i) * sizeof(*d->breakpoints));
            return DBG_GO_ON;
        }
    return dbg_error(d, "there is no breakpoint %" PRIu64, number);
}

DBG_COMMAND(dbg_breakpoints)
{
    (void)argc, (void)argv;
    if (!d->breakpoint_count)
        dbg_say(d, "no breakpoints\n");
    for (unsigned i = 0; i < d->breakpoint_count; i++)
        dbg_say(d, "%u  0x%08" PRIx64 "  %s\n", d->breakpoints[i].number,
                d->breakpoints[i].la, d->breakpoints[i].text);
    return DBG_GO_ON;
}
