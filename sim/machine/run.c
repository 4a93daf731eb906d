/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run loop.
 *
 * Simulated time is cut into slices.  In each slice every CPU that can run
 * has one turn, in the order of their numbers, and runs from its own clock
 * to the slice's end (or a few cycles past it: a CPU stops at instruction
 * boundaries only).  Between slices, and nowhere else, timers fire and
 * waiting CPUs get the chance to wake.
 *
 *   one CPU       a slice ends at the next timer
 *   several CPUs  a slice also ends at each multiple of QUANTUM_CYCLES, so
 *                 that no CPU is more than that ahead of another
 *
 * What happens next depends on the machine's state alone (clocks, slice_end,
 * timers), never on where an earlier call of vt_machine_run ended.  So a run
 * that is stopped by a limit, saved, loaded and continued is the same run.
 *
 * Idle time is skipped: when no CPU can run, all clocks move to the next
 * timer and the cycles are charged to VT_WHAT_IDLE, which keeps each ledger
 * equal to its clock.  When only live input can end the wait, the host sleeps
 * until there is some, instead of polling its way through idle time.
 *
 * Left out: an interrupt that one CPU sends to another is seen at the next
 * slice, up to one quantum late. */
#include "sim/machine/machine_priv.h"

#include <inttypes.h>
#include <stdio.h>

#define QUANTUM_CYCLES UINT64_C(1000)

/* --- whose turn --------------------------------------------------------- */

static bool is_waiting(const struct vt_cpu *cpu)
{
    return cpu->activity != VT_ACTIVE;
}

struct vt_cpu *vt_next_turn(const struct vt_machine *m)
{
    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct vt_cpu *cpu = m->cpus[i];
        if (cpu->now_cycles < m->slice_end &&
            (!is_waiting(cpu) || m->turns[i].may_wake))
            return cpu;
    }
    return NULL;
}

/* The smallest clock, of all CPUs or of the active ones; VT_NEVER if there
 * is none. */
static uint64_t smallest_clock(const struct vt_machine *m, bool only_active)
{
    uint64_t least = VT_NEVER;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        const struct vt_cpu *cpu = m->cpus[i];
        if (!(only_active && is_waiting(cpu)) && cpu->now_cycles < least)
            least = cpu->now_cycles;
    }
    return least;
}

uint64_t vt_slowest(const struct vt_machine *m)
{
    return m->cpu_count ? smallest_clock(m, false) : m->bare_cycles;
}

/* Whoever waits gets to time without doing anything. */
static void idle_until(struct vt_machine *m, uint64_t time)
{
    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct vt_cpu *cpu = m->cpus[i];
        if (is_waiting(cpu) && cpu->now_cycles < time) {
            vt_cpu_charge(cpu, VT_WHAT_IDLE, time - cpu->now_cycles);
            m->turns[i].did_not_wake = false;
        }
    }
    if (m->cpu_count == 0 && m->bare_cycles < time)
        m->bare_cycles = time;
}

/* --- one turn ----------------------------------------------------------- */

enum turn_kind { TURN_FAST, TURN_OBSERVED, TURN_STEP };

static void take_turn(struct vt_machine *m, struct vt_cpu *cpu,
                      uint64_t deadline, enum turn_kind kind)
{
    struct vt_turn *turn = &m->turns[cpu->id];
    bool was_waiting = is_waiting(cpu);
    uint64_t before = cpu->now_cycles;
    turn->may_wake = false;
    cpu->deadline_cycles = deadline;
    m->running = cpu;
    if (kind == TURN_STEP)
        cpu->ops->step(cpu);
    else
        cpu->ops->run(cpu, kind == TURN_OBSERVED);
    m->running = NULL;
    turn->did_not_wake =
        was_waiting && is_waiting(cpu) && cpu->now_cycles == before;
}

/* Hand out the stop that was asked for. */
static struct vt_stop take_stop(struct vt_machine *m)
{
    struct vt_stop stop = m->stop;
    memset(&m->stop, 0, sizeof m->stop);
    for (unsigned i = 0; i < m->cpu_count; i++)
        m->cpus[i]->attention &= ~VT_ATT_STOP;
    return stop;
}

static struct vt_stop limit_stop(uint64_t until)
{
    struct vt_stop stop = {.kind = VT_STOP_LIMIT, .value = until};
    snprintf(stop.text, sizeof stop.text,
             "the limit of %" PRIu64 " cycles was reached", until);
    return stop;
}

/* --- when all wait ------------------------------------------------------ */

/* Could a timer's device wake this CPU through its INTR pin? */
static bool can_wake(const struct vt_cpu *cpu)
{
    return cpu->activity == VT_HALTED &&
           (!cpu->ops->wakes_on_intr || cpu->ops->wakes_on_intr(cpu));
}

static bool any_can_wake(const struct vt_machine *m)
{
    for (unsigned i = 0; i < m->cpu_count; i++)
        if (can_wake(m->cpus[i]))
            return true;
    return m->cpu_count == 0;
}

static const char *waiting_word(enum vt_activity activity)
{
    switch (activity) {
    case VT_SHUTDOWN:
        return "is shut down";
    case VT_WAIT_SIPI:
        return "waits for a start-up interrupt";
    default:
        return "is halted";
    }
}

/* Nothing will ever happen again: say who waits, where, and for what. */
static struct vt_stop deadlock_stop(const struct vt_machine *m)
{
    struct vt_stop stop = {.kind = VT_STOP_DEADLOCK};
    if (m->cpu_count == 0) {
        snprintf(stop.text, sizeof stop.text,
                 "the machine has no CPU and no timer is armed");
        return stop;
    }
    const struct vt_cpu *cpu = m->cpus[0];
    for (unsigned i = 0; i < m->cpu_count; i++)
        if (can_wake(m->cpus[i])) { /* the one that still hopes */
            cpu = m->cpus[i];
            break;
        }
    stop.cpu = cpu->id;
    snprintf(stop.text, sizeof stop.text, "CPU %u %s at 0x%08" PRIx64
             " and %s", cpu->id, waiting_word(cpu->activity),
             cpu->ops->get_pc ? cpu->ops->get_pc(cpu) : 0,
             can_wake(cpu) ? "no device will raise an interrupt"
                           : "no interrupt can wake it");
    return stop;
}

/* --- between slices ----------------------------------------------------- */

/* Let each waiting CPU with something to look at have a turn.  Returns
 * whether there is one. */
static bool offer_wake(struct vt_machine *m)
{
    bool any = false;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        const struct vt_cpu *cpu = m->cpus[i];
        struct vt_turn *turn = &m->turns[i];
        turn->may_wake = is_waiting(cpu) && cpu->attention != 0 &&
                         !turn->did_not_wake;
        any = any || turn->may_wake;
    }
    return any;
}

static void set_slice_end(struct vt_machine *m)
{
    const struct vt_timer *timer = vt_timer_first(m);
    m->slice_end = timer ? timer->cycle : VT_NEVER;
    if (m->cpu_count > 1) {
        uint64_t now = vt_slowest(m);
        uint64_t line = now - now % QUANTUM_CYCLES;
        if (line <= VT_NEVER - QUANTUM_CYCLES &&
            line + QUANTUM_CYCLES < m->slice_end)
            m->slice_end = line + QUANTUM_CYCLES;
    }
}

/* No CPU can run.  Move to the next timer or to the limit, whichever comes
 * first.  Returns false and fills *stop when there is nothing to move to. */
static bool skip_idle(struct vt_machine *m, uint64_t until,
                      struct vt_stop *stop)
{
    if (until == VT_NEVER && any_can_wake(m))
        vt_timers_wait_outside(m); /* a limit is reached without anybody */
    const struct vt_timer *timer = vt_timer_first(m);
    uint64_t target = timer && timer->cycle < until ? timer->cycle : until;
    /* A machine without CPUs (device tests) may idle to its limit. */
    bool has_hope = timer || (m->cpu_count == 0 && until != VT_NEVER);
    if (!has_hope || !any_can_wake(m)) {
        *stop = deadlock_stop(m);
        return false;
    }
    if (vt_slowest(m) >= until) {
        *stop = limit_stop(until);
        return false;
    }
    idle_until(m, target);
    return true;
}

/* Between runs a debugger or a test may have raised a line, so every waiting
 * CPU may try again (which changes nothing when it was in vain). */
static void forget_vain_turns(struct vt_machine *m)
{
    for (unsigned i = 0; i < m->cpu_count; i++)
        m->turns[i].did_not_wake = false;
}

/* Fire what is due on every clock.  Whatever a timer did may be what a CPU
 * waits for, so each may try again. */
static void fire_due(struct vt_machine *m)
{
    if (vt_timers_fire(m, vt_slowest(m)))
        forget_vain_turns(m);
}

/* All turns of the last slice are over: bring the waiting CPUs along, fire
 * what is due, and begin the next slice.  Returns false with *stop filled
 * when the run ends here. */
static bool begin_slice(struct vt_machine *m, uint64_t until,
                        struct vt_stop *stop)
{
    uint64_t active = smallest_clock(m, true);
    const struct vt_timer *timer = vt_timer_first(m);
    if (active != VT_NEVER) /* but not past a timer that may wake them */
        idle_until(m, timer && timer->cycle < active ? timer->cycle : active);
    fire_due(m);
    if (m->stop.kind != VT_STOP_NONE)
        return true; /* the caller looks */
    set_slice_end(m);
    if (offer_wake(m) || active != VT_NEVER)
        return true;
    return skip_idle(m, until, stop);
}

/* --- running ------------------------------------------------------------ */

struct vt_stop vt_machine_run(struct vt_machine *m, uint64_t until_cycles,
                              bool observed)
{
    struct vt_stop stop;
    forget_vain_turns(m);
    for (;;) {
        if (m->stop.kind != VT_STOP_NONE)
            return take_stop(m);
        struct vt_cpu *cpu = vt_next_turn(m);
        if (!cpu) {
            if (!begin_slice(m, until_cycles, &stop))
                return stop;
            continue;
        }
        if (cpu->now_cycles >= until_cycles)
            return limit_stop(until_cycles);
        take_turn(m, cpu,
                  m->slice_end < until_cycles ? m->slice_end : until_cycles,
                  observed ? TURN_OBSERVED : TURN_FAST);
    }
}

/* How often a step looks for something to do before it lets the user look:
 * enough to skip idle time, fire the timer and offer the CPU its wake. */
#define STEP_ROUNDS 8

static bool can_step(const struct vt_machine *m, const struct vt_cpu *cpu)
{
    return cpu->now_cycles < m->slice_end &&
           (!is_waiting(cpu) || m->turns[cpu->id].may_wake);
}

/* Whatever must happen before cpu has its turn.  Returns false with *stop
 * filled when the machine stops instead. */
static bool reach_turn(struct vt_machine *m, const struct vt_cpu *cpu,
                       struct vt_stop *stop)
{
    for (int i = 0; i < STEP_ROUNDS && !can_step(m, cpu); i++) {
        struct vt_cpu *other = vt_next_turn(m);
        if (other)
            take_turn(m, other, m->slice_end, TURN_FAST);
        else if (!begin_slice(m, VT_NEVER, stop))
            return false;
        if (m->stop.kind != VT_STOP_NONE) {
            *stop = take_stop(m);
            return false;
        }
    }
    return true;
}

struct vt_stop vt_machine_step(struct vt_machine *m, unsigned i)
{
    vt_assert(i < m->cpu_count);
    struct vt_cpu *cpu = m->cpus[i];
    struct vt_stop stop = {.kind = VT_STOP_NONE};
    if (m->stop.kind != VT_STOP_NONE)
        return take_stop(m);
    forget_vain_turns(m);
    if (!reach_turn(m, cpu, &stop) || !can_step(m, cpu))
        return stop;
    take_turn(m, cpu, m->slice_end, TURN_STEP);
    if (!vt_next_turn(m))
        fire_due(m);
    return m->stop.kind != VT_STOP_NONE ? take_stop(m) : stop;
}
