/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of struct vt_machine, for the files of this folder only. */
#ifndef VT_MACHINE_PRIV_H
#define VT_MACHINE_PRIV_H

#include "sim/machine/machine.h"

#define VT_CPUS_MAX 8u
#define VT_NEVER UINT64_MAX /* a time that does not come */

struct vt_timer {
    struct vt_machine *machine;
    char *name;
    void (*fn)(void *opaque, uint64_t cycle);
    void *opaque;
    const struct vt_outside_ops *outside; /* NULL: a timer of the guest's */
    bool is_armed;
    uint64_t cycle;
};

/* What the run loop keeps of each CPU. */
struct vt_turn {
    /* A waiting CPU with attention gets one turn in which it may wake. */
    bool may_wake;
    /* It had that turn and did not wake; nothing has happened since. */
    bool did_not_wake;
};

struct vt_machine {
    const struct vt_profile *profile;
    uint64_t hz;
    char *config;
    struct vt_physmem *physmem;
    struct vt_ports *ports;
    struct vt_event_bus *bus;

    struct vt_cpu *cpus[VT_CPUS_MAX];
    struct vt_turn turns[VT_CPUS_MAX];
    unsigned cpu_count;
    struct vt_device **devices;
    unsigned device_count;
    struct vt_timer **timers; /* in the order they were made */
    unsigned timer_count;

    struct vt_cpu *running; /* whose turn it is now; NULL outside */
    uint64_t slice_end;     /* CPUs take turns up to this time (run.c) */
    uint64_t bare_cycles;   /* the clock of a machine without CPUs */
    struct vt_stop stop;    /* asked for and not yet returned */
};

/* The CPU whose turn it is in the present slice, or NULL. */
struct vt_cpu *vt_next_turn(const struct vt_machine *m);
/* The slowest CPU's clock. */
uint64_t vt_slowest(const struct vt_machine *m);

/* The armed timer that is first in (cycle, order made), or NULL. */
struct vt_timer *vt_timer_first(const struct vt_machine *m);
/* Fire all timers due at now, in order.  Returns whether there was one. */
bool vt_timers_fire(struct vt_machine *m, uint64_t now);
/* Let the host sleep when only the outside can wake the machine. */
void vt_timers_wait_outside(struct vt_machine *m);
/* A snapshot has been loaded. */
void vt_timers_after_load(struct vt_machine *m);
void vt_timers_free(struct vt_machine *m);

#endif
