/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A machine as a collection: what it is made of, its time base, reset, and
 * the wish to stop.  Running it is run.c, timed events are timers.c,
 * snapshots machine_snapshot.c. */
#include "sim/machine/machine_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct vt_machine *vt_machine_new(const struct vt_profile *profile)
{
    struct vt_machine *m = vt_alloc(1, sizeof *m);
    m->profile = profile;
    m->hz = profile ? profile->hz : 0;
    m->config = vt_strdup("");
    m->physmem = vt_physmem_new();
    m->ports = vt_ports_new();
    m->bus = vt_event_bus_new();
    return m;
}

void vt_machine_free(struct vt_machine *m)
{
    if (!m)
        return;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        vt_ledger_free(&m->cpus[i]->ledger);
        if (m->cpus[i]->ops->free)
            m->cpus[i]->ops->free(m->cpus[i]);
    }
    for (unsigned i = 0; i < m->device_count; i++)
        if (m->devices[i]->ops->free)
            m->devices[i]->ops->free(m->devices[i]);
    free(m->devices);
    vt_timers_free(m);
    vt_event_bus_free(m->bus);
    vt_ports_free(m->ports);
    vt_physmem_free(m->physmem);
    free(m->config);
    free(m);
}

void vt_machine_add_cpu(struct vt_machine *m, struct vt_cpu *cpu)
{
    vt_assert(m->cpu_count < VT_CPUS_MAX);
    cpu->id = m->cpu_count;
    cpu->machine = m;
    cpu->physmem = m->physmem;
    if (!cpu->ledger.rows)
        vt_ledger_init(&cpu->ledger);
    m->cpus[m->cpu_count++] = cpu;
}

void vt_machine_add_device(struct vt_machine *m, struct vt_device *device)
{
    for (unsigned i = 0; i < m->device_count; i++)
        vt_assert(strcmp(m->devices[i]->name, device->name) != 0);
    m->devices = vt_realloc(m->devices, m->device_count + (size_t)1,
                            sizeof *m->devices);
    m->devices[m->device_count++] = device;
}

struct vt_physmem *vt_machine_physmem(struct vt_machine *m)
{
    return m->physmem;
}

struct vt_ports *vt_machine_ports(struct vt_machine *m)
{
    return m->ports;
}

struct vt_event_bus *vt_machine_bus(struct vt_machine *m)
{
    return m->bus;
}

const struct vt_profile *vt_machine_profile(const struct vt_machine *m)
{
    return m->profile;
}

unsigned vt_machine_cpu_count(const struct vt_machine *m)
{
    return m->cpu_count;
}

struct vt_cpu *vt_machine_cpu(struct vt_machine *m, unsigned i)
{
    return i < m->cpu_count ? m->cpus[i] : NULL;
}

unsigned vt_machine_device_count(const struct vt_machine *m)
{
    return m->device_count;
}

struct vt_device *vt_machine_device(struct vt_machine *m, unsigned i)
{
    return i < m->device_count ? m->devices[i] : NULL;
}

uint64_t vt_machine_hz(const struct vt_machine *m)
{
    return m->hz;
}

void vt_machine_set_hz(struct vt_machine *m, uint64_t cycles_per_second)
{
    m->hz = cycles_per_second;
}

uint64_t vt_machine_now(const struct vt_machine *m)
{
    const struct vt_cpu *cpu = m->running;
    if (!cpu)
        cpu = vt_next_turn(m);
    return cpu ? cpu->now_cycles : vt_slowest(m);
}

void vt_machine_set_config(struct vt_machine *m, const char *config)
{
    char *copy = vt_strdup(config);
    free(m->config);
    m->config = copy;
}

/* The clock goes on: a reset is an event in time, not its beginning. */
void vt_machine_reset(struct vt_machine *m)
{
    for (unsigned i = 0; i < m->device_count; i++)
        if (m->devices[i]->ops->reset)
            m->devices[i]->ops->reset(m->devices[i]);
    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct vt_cpu *cpu = m->cpus[i];
        cpu->activity = VT_ACTIVE;
        cpu->attention = 0;
        cpu->who = 0;
        m->turns[i] = (struct vt_turn){false, false};
        if (cpu->ops->reset)
            cpu->ops->reset(cpu);
    }
    m->stop.kind = VT_STOP_NONE;
}

void vt_machine_request_stop(struct vt_machine *m, enum vt_stop_kind kind,
                             unsigned cpu, uint64_t value,
                             const char *format, ...)
{
    if (m->stop.kind != VT_STOP_NONE)
        return;
    va_list args;
    va_start(args, format);
    m->stop.kind = kind;
    m->stop.cpu = cpu;
    m->stop.value = value;
    vsnprintf(m->stop.text, sizeof m->stop.text, format, args);
    va_end(args);
    if (m->running) {
        m->running->attention |= VT_ATT_STOP;
        m->running->ops->kick(m->running);
    }
}
