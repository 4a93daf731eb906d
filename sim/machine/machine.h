/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine: CPUs, physical memory, ports, devices, timed events, an event
 * bus, and the loop that runs them.  Nothing here is global: a process may
 * hold any number of machines, each used by one thread at a time. */
#ifndef VT_MACHINE_H
#define VT_MACHINE_H

#include "sim/machine/cpu.h"
#include "sim/machine/device.h"
#include "sim/machine/event.h"
#include "sim/machine/physmem.h"
#include "sim/machine/profile.h"
#include "sim/machine/vt.h"

enum vt_stop_kind {
    VT_STOP_NONE,
    VT_STOP_POWER_OFF,    /* the guest switched the machine off */
    VT_STOP_DEBUG_EXIT,   /* value written to the debug-exit port */
    VT_STOP_TRIPLE_FAULT, /* and no VMM to take it */
    VT_STOP_LIMIT,        /* the cycle limit was reached */
    VT_STOP_DEADLOCK,     /* every CPU waits and nothing can wake it */
    VT_STOP_UNMODELLED,   /* the guest used what vtsim does not model */
    VT_STOP_BREAK,        /* a listener or the debugger asked for it */
    VT_STOP_OUTPUT        /* output of the guest could not be written */
};

struct vt_stop {
    enum vt_stop_kind kind;
    unsigned cpu;
    uint64_t value;
    char text[200]; /* one sentence for the user; may be empty */
};

struct vt_machine;

/* A machine with nothing in it; its clock shows 0.  profile must live as
 * long as the machine; it may be NULL, and then vt_machine_set_hz says how
 * fast the clock runs. */
struct vt_machine *vt_machine_new(const struct vt_profile *profile);
void vt_machine_free(struct vt_machine *m);

/* The machine owns what is added and frees it.  At most 8 CPUs, numbered in
 * the order they come; names of devices differ. */
void vt_machine_add_cpu(struct vt_machine *m, struct vt_cpu *cpu);
void vt_machine_add_device(struct vt_machine *m, struct vt_device *device);

/* What it is made of.  i is below the count. */
struct vt_physmem *vt_machine_physmem(struct vt_machine *m);
struct vt_ports *vt_machine_ports(struct vt_machine *m);
struct vt_event_bus *vt_machine_bus(struct vt_machine *m);
const struct vt_profile *vt_machine_profile(const struct vt_machine *m);
unsigned vt_machine_cpu_count(const struct vt_machine *m);
struct vt_cpu *vt_machine_cpu(struct vt_machine *m, unsigned i);
unsigned vt_machine_device_count(const struct vt_machine *m);
struct vt_device *vt_machine_device(struct vt_machine *m, unsigned i);

/* Cycles a second of the time base; from the profile unless set here, which
 * must happen before devices are added: they count in it. */
uint64_t vt_machine_hz(const struct vt_machine *m);
void vt_machine_set_hz(struct vt_machine *m, uint64_t cycles_per_second);

/* Time, as the running CPU has it (outside of a run: the one whose turn is
 * next; with one CPU, simply its clock). */
uint64_t vt_machine_now(const struct vt_machine *m);

/* Timed events.  A timer belongs to a device; fn runs at the first
 * instruction boundary at or after its cycle, in order of (cycle, the order
 * in which the timers were made).  Arming an armed timer moves it.  The
 * timer's cycle is saved by the machine, under name, in snapshots. */
struct vt_timer;
struct vt_timer *vt_timer_new(struct vt_machine *m, const char *name,
                              void (*fn)(void *opaque, uint64_t cycle),
                              void *opaque);
/* A timer that follows the world outside instead of the guest: live input.
 * Snapshots hold it, the hash of the state does not.
 *   after_load  a snapshot has been loaded: the timer stands where it stood
 *               when the snapshot was saved, perhaps by a run whose input
 *               came from elsewhere.  May be NULL
 *   wait        every CPU waits, only timers of this kind are armed, and the
 *               run has no limit: may sleep in the host until the outside
 *               speaks, or cancel the timer when it cannot help.  Simulated
 *               time stands still meanwhile.  May be NULL */
struct vt_outside_ops {
    void (*fire)(void *opaque, uint64_t cycle);
    void (*after_load)(void *opaque);
    void (*wait)(void *opaque);
};
/* ops must live as long as the machine. */
struct vt_timer *vt_timer_new_outside(struct vt_machine *m, const char *name,
                                      const struct vt_outside_ops *ops,
                                      void *opaque);
void vt_timer_arm(struct vt_timer *t, uint64_t cycle);
void vt_timer_cancel(struct vt_timer *t);
bool vt_timer_armed(const struct vt_timer *t, uint64_t *cycle);

/* Reset CPUs and devices; memory stays. */
void vt_machine_reset(struct vt_machine *m);

/* Run until the clock reaches until_cycles (an absolute time; UINT64_MAX for
 * no limit) or something stops the machine.  Idle time is skipped: when all
 * CPUs wait, the clock moves to the next timed event.
 *   observed  run the loop that emits INSN events
 * Returns why it stopped; VT_STOP_LIMIT at the first instruction boundary at
 * or after until_cycles, when the timers due there have fired.  With several
 * CPUs that is the clock of the one whose turn it is; the others are at most
 * one quantum (run.c) away.  A machine without CPUs has a clock too: it moves
 * from timer to timer. */
struct vt_stop vt_machine_run(struct vt_machine *m, uint64_t until_cycles,
                              bool observed);
/* One instruction or event delivery of one CPU, and what falls due.  A CPU
 * that waits is moved to what wakes it first.  Returns VT_STOP_NONE, or why
 * the machine stopped instead or by it. */
struct vt_stop vt_machine_step(struct vt_machine *m, unsigned cpu);
/* Stop at the next instruction boundary; outside of a run, when the next one
 * begins.  The first request wins.  cpu and value go into struct vt_stop,
 * format gives its text and may be "". */
void vt_machine_request_stop(struct vt_machine *m, enum vt_stop_kind kind,
                             unsigned cpu, uint64_t value,
                             const char *format, ...) VT_PRINTF(5, 6);

/* Snapshots of everything (docs/snapshots.md); not from within a run.  load
 * needs a machine built with the same options and leaves it as it was when
 * the data are refused (VT_ERR_INPUT).  save_file gives VT_ERR_OUTPUT when
 * the file cannot be written, and then keeps what was there. */
void vt_machine_save(struct vt_machine *m, struct vt_writer *w);
enum vt_err vt_machine_load(struct vt_machine *m, const void *data,
                            size_t bytes, struct vt_error *err) VT_MUST_CHECK;
enum vt_err vt_machine_save_file(struct vt_machine *m, const char *path,
                                 struct vt_error *err) VT_MUST_CHECK;
enum vt_err vt_machine_load_file(struct vt_machine *m, const char *path,
                                 struct vt_error *err) VT_MUST_CHECK;
/* A line that says how the machine was built ("cpu=merom memory=..."); a
 * snapshot of another configuration is refused with both lines. */
void vt_machine_set_config(struct vt_machine *m, const char *config);
/* A hash of all state that a guest can see and of the clock (FNV-1a over
 * the snapshot's sections).  A recorded run and its replay have the same. */
uint64_t vt_machine_hash(struct vt_machine *m);

#endif
