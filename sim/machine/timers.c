/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timed events.  A machine has a handful of timers (PIT, UART, input), so
 * the queue is an array and the next one is found by looking at all. */
#include "sim/machine/machine_priv.h"

#include <stdlib.h>

struct vt_timer *vt_timer_new(struct vt_machine *m, const char *name,
                              void (*fn)(void *opaque, uint64_t cycle),
                              void *opaque)
{
    for (unsigned i = 0; i < m->timer_count; i++)
        vt_assert(strcmp(m->timers[i]->name, name) != 0);
    struct vt_timer *t = vt_alloc(1, sizeof *t);
    t->machine = m;
    t->name = vt_strdup(name);
    t->fn = fn;
    t->opaque = opaque;
    m->timers = vt_realloc(m->timers, m->timer_count + (size_t)1,
                           sizeof *m->timers);
    m->timers[m->timer_count++] = t;
    return t;
}

struct vt_timer *vt_timer_new_outside(struct vt_machine *m, const char *name,
                                      const struct vt_outside_ops *ops,
                                      void *opaque)
{
    struct vt_timer *t = vt_timer_new(m, name, ops->fire, opaque);
    t->outside = ops;
    return t;
}

void vt_timers_free(struct vt_machine *m)
{
    for (unsigned i = 0; i < m->timer_count; i++) {
        free(m->timers[i]->name);
        free(m->timers[i]);
    }
    free(m->timers);
}

/* If the running CPU would run past the timer, make it stop there: its
 * deadline comes nearer and it looks up at the next boundary. */
void vt_timer_arm(struct vt_timer *t, uint64_t cycle)
{
    struct vt_machine *m = t->machine;
    t->is_armed = true;
    t->cycle = cycle;
    if (cycle < m->slice_end)
        m->slice_end = cycle;
    struct vt_cpu *cpu = m->running;
    if (cpu && cycle < cpu->deadline_cycles) {
        cpu->deadline_cycles = cycle;
        cpu->ops->kick(cpu);
    }
}

void vt_timer_cancel(struct vt_timer *t)
{
    t->is_armed = false;
}

bool vt_timer_armed(const struct vt_timer *t, uint64_t *cycle)
{
    if (t->is_armed && cycle)
        *cycle = t->cycle;
    return t->is_armed;
}

struct vt_timer *vt_timer_first(const struct vt_machine *m)
{
    struct vt_timer *first = NULL;
    for (unsigned i = 0; i < m->timer_count; i++) {
        struct vt_timer *t = m->timers[i];
        if (t->is_armed && (!first || t->cycle < first->cycle))
            first = t;
    }
    return first;
}

bool vt_timers_fire(struct vt_machine *m, uint64_t now)
{
    bool any = false;
    for (;;) {
        struct vt_timer *t = vt_timer_first(m);
        if (!t || t->cycle > now)
            return any;
        t->is_armed = false; /* first, so that fn can arm it again */
        t->fn(t->opaque, t->cycle);
        any = true;
    }
}

/* Any other timer is something that will happen without the outside: then
 * time goes on. */
void vt_timers_wait_outside(struct vt_machine *m)
{
    for (unsigned i = 0; i < m->timer_count; i++)
        if (m->timers[i]->is_armed && !m->timers[i]->outside)
            return;
    struct vt_timer *t = vt_timer_first(m);
    if (t && t->outside->wait)
        t->outside->wait(t->opaque);
}

void vt_timers_after_load(struct vt_machine *m)
{
    for (unsigned i = 0; i < m->timer_count; i++) {
        struct vt_timer *t = m->timers[i];
        if (t->outside && t->outside->after_load)
            t->outside->after_load(t->opaque);
    }
}
