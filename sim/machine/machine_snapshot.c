/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots of a whole machine.  Sections:
 *
 *   config      the line that says how the machine was built
 *   machine     clock, run-loop state, pending stop, timers by name
 *   events      the event bus's next number (not part of the hash: it
 *               depends on who listens)
 *   memory      regions, and the pages that hold anything but zeros
 *   cpuN        the machine's part (clock, ledger, activity), then the CPU's
 *   dev:NAME    register table, then the device's own
 *
 * Ports have no state of their own.
 *
 * Loading changes the machine while it reads; when something is wrong half
 * way, the machine is put back from a snapshot taken just before. */
#include "sim/machine/machine_priv.h"
#include "sim/machine/snapshot_priv.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_LEDGER_ROWS 65536u
#define MAX_CONFIG_BYTES 4096u

/* --- saving ------------------------------------------------------------- */

/* Who reads it: a snapshot goes on, a hash compares.  When the outside is
 * asked next, and where that cuts slices, differs between a live run and its
 * replay and is nothing a guest can see. */
enum purpose { FOR_SNAPSHOT, FOR_HASH };

static void save_timers(const struct vt_machine *m, enum purpose purpose,
                        struct vt_writer *w)
{
    vt_save_u64(w, "timers", m->timer_count);
    for (unsigned i = 0; i < m->timer_count; i++) {
        const struct vt_timer *t = m->timers[i];
        if (t->outside && purpose == FOR_HASH)
            continue;
        vt_save_bytes(w, "timer", t->name, strlen(t->name));
        vt_save_u64(w, "armed", t->is_armed);
        vt_save_u64(w, "cycle", t->is_armed ? t->cycle : 0);
    }
}

static void save_machine_part(const struct vt_machine *m,
                              enum purpose purpose, struct vt_writer *w)
{
    vt_writer_begin(w, "machine");
    vt_save_u64(w, "hz", m->hz);
    vt_save_u64(w, "bare_cycles", m->bare_cycles);
    if (purpose == FOR_SNAPSHOT)
        vt_save_u64(w, "slice_end", m->slice_end);
    vt_save_u64(w, "stop_kind", m->stop.kind);
    vt_save_u64(w, "stop_cpu", m->stop.cpu);
    vt_save_u64(w, "stop_value", m->stop.value);
    vt_save_bytes(w, "stop_text", m->stop.text, strlen(m->stop.text));
    save_timers(m, purpose, w);
    vt_writer_end(w);
}

static bool is_zero_page(const struct vt_page *page)
{
    return page->data[0] == 0 &&
           memcmp(page->data, page->data + 1, VT_PAGE_BYTES - 1) == 0;
}

static void count_page(void *opaque, uint64_t pa, const struct vt_page *page)
{
    (void)pa;
    uint64_t *count = opaque;
    *count += !is_zero_page(page);
}

static void save_page(void *opaque, uint64_t pa, const struct vt_page *page)
{
    struct vt_writer *w = opaque;
    if (is_zero_page(page))
        return;
    vt_save_u64(w, "pa", pa);
    vt_save_bytes(w, "data", page->data, VT_PAGE_BYTES);
}

static void save_memory(const struct vt_machine *m, struct vt_writer *w)
{
    uint64_t pa = 0, bytes = 0, pages = 0;
    unsigned regions = vt_physmem_ram_regions(m->physmem);
    vt_writer_begin(w, "memory");
    vt_save_u64(w, "regions", regions);
    for (unsigned i = 0; i < regions; i++) {
        vt_physmem_ram_region(m->physmem, i, &pa, &bytes);
        vt_save_u64(w, "region_pa", pa);
        vt_save_u64(w, "region_bytes", bytes);
    }
    vt_physmem_each_page(m->physmem, count_page, &pages);
    vt_save_u64(w, "pages", pages);
    vt_physmem_each_page(m->physmem, save_page, w);
    vt_writer_end(w);
}

static void save_ledger(const struct vt_ledger *ledger, struct vt_writer *w)
{
    vt_save_u64(w, "ledger_rows", ledger->row_count);
    for (unsigned i = 0; i < ledger->row_count; i++) {
        const struct vt_account_row *row = &ledger->rows[i];
        vt_save_u64(w, "who", row->kind);
        vt_save_u64(w, "guest_id", row->guest_id);
        for (unsigned what = 0; what < VT_WHAT_COUNT; what++)
            vt_save_u64(w, vt_what_name(what), row->cycles[what]);
    }
}

static void cpu_section(char name[16], unsigned i)
{
    snprintf(name, 16, "cpu%u", i);
}

static void save_cpu(struct vt_machine *m, unsigned i, struct vt_writer *w)
{
    struct vt_cpu *cpu = m->cpus[i];
    char name[16];
    cpu_section(name, i);
    vt_writer_begin(w, name);
    vt_save_u64(w, "activity", cpu->activity);
    vt_save_u64(w, "attention", cpu->attention);
    vt_save_u64(w, "may_wake", m->turns[i].may_wake);
    vt_save_u64(w, "now_cycles", cpu->now_cycles);
    vt_save_u64(w, "who_pays", cpu->who);
    save_ledger(&cpu->ledger, w);
    if (cpu->ops->save)
        cpu->ops->save(cpu, w);
    vt_writer_end(w);
}

static void device_section(char name[SNAP_NAME_MAX + 1],
                           const struct vt_device *device)
{
    snprintf(name, SNAP_NAME_MAX + 1, "dev:%s", device->name);
}

static void save_device(struct vt_device *device, struct vt_writer *w)
{
    char name[SNAP_NAME_MAX + 1];
    device_section(name, device);
    vt_writer_begin(w, name);
    vt_save_regs(w, device->regs, device->reg_rows, device);
    if (device->ops->save)
        device->ops->save(device, w);
    vt_writer_end(w);
}

static void save_state(struct vt_machine *m, enum purpose purpose,
                       struct vt_writer *w)
{
    vt_assert(!m->running);
    save_machine_part(m, purpose, w);
    save_memory(m, w);
    for (unsigned i = 0; i < m->cpu_count; i++)
        save_cpu(m, i, w);
    for (unsigned i = 0; i < m->device_count; i++)
        save_device(m->devices[i], w);
}

void vt_machine_save(struct vt_machine *m, struct vt_writer *w)
{
    vt_writer_begin(w, "config");
    vt_save_bytes(w, "config", m->config, strlen(m->config));
    vt_writer_end(w);
    vt_writer_begin(w, "events");
    vt_save_u64(w, "seq", vt_event_seq(m->bus));
    vt_writer_end(w);
    save_state(m, FOR_SNAPSHOT, w);
}

/* --- loading ------------------------------------------------------------ */

static enum vt_err load_config(struct vt_machine *m, struct vt_reader *r,
                               struct vt_error *err)
{
    size_t bytes;
    enum vt_err e = vt_reader_section(r, "config", err);
    if (e != VT_OK)
        return e;
    const char *config = vt_load_blob(r, "config", MAX_CONFIG_BYTES, &bytes);
    e = vt_reader_close_section(r, err);
    if (e != VT_OK)
        return e;
    if (bytes == strlen(m->config) && memcmp(config, m->config, bytes) == 0)
        return VT_OK;
    return vt_fail(err, VT_ERR_INPUT,
                   "the snapshot is of another machine: it has \"%.*s\", "
                   "this one is \"%s\"",
                   bytes < 160 ? (int)bytes : 160, config, m->config);
}

static enum vt_err load_events(struct vt_machine *m, struct vt_reader *r,
                               struct vt_error *err)
{
    enum vt_err e = vt_reader_section(r, "events", err);
    if (e != VT_OK)
        return e;
    vt_event_set_seq(m->bus, vt_load_u64(r, "seq"));
    return vt_reader_close_section(r, err);
}

static void load_timer(struct vt_timer *t, struct vt_reader *r)
{
    size_t bytes;
    const char *name = vt_load_blob(r, "timer", SNAP_NAME_MAX, &bytes);
    if (name && (bytes != strlen(t->name) ||
                 memcmp(name, t->name, bytes) != 0))
        vt_reader_reject(r, "timer \"%.*s\" stands where \"%s\" should",
                         (int)bytes, name, t->name);
    t->is_armed = vt_load_max(r, "armed", 1) != 0;
    t->cycle = vt_load_u64(r, "cycle");
}

static void load_stop(struct vt_machine *m, struct vt_reader *r)
{
    size_t bytes;
    m->stop.kind = (enum vt_stop_kind)vt_load_max(r, "stop_kind",
                                                  VT_STOP_OUTPUT);
    m->stop.cpu = (unsigned)vt_load_max(r, "stop_cpu", UINT_MAX);
    m->stop.value = vt_load_u64(r, "stop_value");
    const char *text = vt_load_blob(r, "stop_text",
                                    sizeof m->stop.text - 1, &bytes);
    memset(m->stop.text, 0, sizeof m->stop.text);
    if (text)
        memcpy(m->stop.text, text, bytes);
}

static void load_machine_fields(struct vt_machine *m, struct vt_reader *r)
{
    uint64_t hz = vt_load_u64(r, "hz");
    if (hz != m->hz) /* devices were built for this rate */
        vt_reader_reject(r, "a clock of %" PRIu64 " Hz, this machine has %"
                         PRIu64 " Hz", hz, m->hz);
    m->bare_cycles = vt_load_u64(r, "bare_cycles");
    m->slice_end = vt_load_u64(r, "slice_end");
    load_stop(m, r);
    uint64_t timers = vt_load_u64(r, "timers");
    if (timers != m->timer_count)
        vt_reader_reject(r, "%" PRIu64 " timers, this machine has %u",
                         timers, m->timer_count);
    for (unsigned i = 0; i < m->timer_count; i++)
        load_timer(m->timers[i], r);
}

static void load_region(struct vt_physmem *pm, unsigned i,
                        struct vt_reader *r)
{
    uint64_t pa = 0, bytes = 0;
    bool exists = vt_physmem_ram_region(pm, i, &pa, &bytes);
    uint64_t file_pa = vt_load_u64(r, "region_pa");
    uint64_t file_bytes = vt_load_u64(r, "region_bytes");
    if (!exists || file_pa != pa || file_bytes != bytes)
        vt_reader_reject(r, "RAM of 0x%" PRIx64 " bytes at 0x%" PRIx64
                         ", which this machine does not have", file_bytes,
                         file_pa);
}

static void load_page(struct vt_physmem *pm, uint64_t *least_pa,
                      struct vt_reader *r)
{
    uint8_t data[VT_PAGE_BYTES];
    uint64_t pa = vt_load_u64(r, "pa");
    vt_load_bytes(r, "data", data, sizeof data);
    if ((pa & VT_PAGE_MASK) || pa < *least_pa)
        vt_reader_reject(r, "page 0x%" PRIx64 " is out of order", pa);
    if (vt_reader_rejected(r))
        return;
    *least_pa = pa + VT_PAGE_BYTES;
    if (!vt_physmem_put(pm, pa, data, sizeof data))
        vt_reader_reject(r, "page 0x%" PRIx64 " is not RAM", pa);
}

static void load_memory_fields(struct vt_machine *m, struct vt_reader *r)
{
    unsigned here = vt_physmem_ram_regions(m->physmem);
    uint64_t regions = vt_load_u64(r, "regions");
    if (regions != here)
        vt_reader_reject(r, "%" PRIu64 " RAM regions, this machine has %u",
                         regions, here);
    for (unsigned i = 0; i < here; i++)
        load_region(m->physmem, i, r);
    uint64_t pages = vt_load_u64(r, "pages");
    uint64_t least_pa = 0;
    vt_physmem_clear(m->physmem);
    for (uint64_t i = 0; i < pages && !vt_reader_rejected(r); i++)
        load_page(m->physmem, &least_pa, r);
}

static void load_row(struct vt_account_row *row, struct vt_reader *r)
{
    row->kind = (enum vt_who_kind)vt_load_max(r, "who", VT_WHO_GUEST);
    row->guest_id = vt_load_u64(r, "guest_id");
    for (unsigned what = 0; what < VT_WHAT_COUNT; what++)
        row->cycles[what] = vt_load_u64(r, vt_what_name(what));
}

/* Rows 0 and 1 are always there, in this order; guests follow. */
static void load_ledger(struct vt_ledger *ledger, struct vt_reader *r)
{
    uint64_t rows = vt_load_max(r, "ledger_rows", MAX_LEDGER_ROWS);
    vt_ledger_free(ledger);
    vt_ledger_init(ledger);
    for (uint64_t i = 0; i < rows && !vt_reader_rejected(r); i++) {
        struct vt_account_row row;
        load_row(&row, r);
        unsigned at = (unsigned)i;
        if (row.kind == VT_WHO_GUEST)
            at = vt_ledger_guest_row(ledger, row.guest_id);
        enum vt_who_kind due = i < 2 ? (enum vt_who_kind)i : VT_WHO_GUEST;
        if (row.kind != due || at != i)
            vt_reader_reject(r, "ledger row %" PRIu64 " is out of place", i);
        else
            ledger->rows[at] = row;
    }
}

static void load_cpu_fields(struct vt_machine *m, unsigned i,
                            struct vt_reader *r)
{
    struct vt_cpu *cpu = m->cpus[i];
    cpu->activity =
        (enum vt_activity)vt_load_max(r, "activity", VT_WAIT_SIPI);
    cpu->attention = (uint32_t)vt_load_max(r, "attention", UINT32_MAX);
    if (cpu->attention & VT_ATT_STOP) /* it would return at once, for ever */
        vt_reader_reject(r, "CPU %u heeds a stop outside of a run", i);
    m->turns[i].may_wake = vt_load_max(r, "may_wake", 1) != 0;
    m->turns[i].did_not_wake = false;
    cpu->now_cycles = vt_load_u64(r, "now_cycles");
    uint64_t who = vt_load_max(r, "who_pays", UINT_MAX);
    load_ledger(&cpu->ledger, r);
    if (who >= cpu->ledger.row_count) {
        vt_reader_reject(r, "ledger row %" PRIu64 " does not exist", who);
        who = 0;
    }
    cpu->who = (unsigned)who;
    if (vt_ledger_total(&cpu->ledger) != cpu->now_cycles)
        vt_reader_reject(r, "the ledger does not add up to the clock");
    if (cpu->ops->load && !vt_reader_rejected(r))
        cpu->ops->load(cpu, r);
}

static enum vt_err load_cpu(struct vt_machine *m, unsigned i,
                            struct vt_reader *r, struct vt_error *err)
{
    char name[16];
    cpu_section(name, i);
    enum vt_err e = vt_reader_section(r, name, err);
    if (e != VT_OK)
        return e;
    load_cpu_fields(m, i, r);
    return vt_reader_close_section(r, err);
}

static enum vt_err load_device(struct vt_device *device, struct vt_reader *r,
                               struct vt_error *err)
{
    char name[SNAP_NAME_MAX + 1];
    device_section(name, device);
    enum vt_err e = vt_reader_section(r, name, err);
    if (e != VT_OK)
        return e;
    vt_load_regs(r, device->regs, device->reg_rows, device);
    if (device->ops->load && !vt_reader_rejected(r))
        device->ops->load(device, r);
    return vt_reader_close_section(r, err);
}

/* A section with the machine's own fields. */
static enum vt_err load_part(struct vt_machine *m, const char *section,
                             void (*load)(struct vt_machine *m,
                                          struct vt_reader *r),
                             struct vt_reader *r, struct vt_error *err)
{
    enum vt_err e = vt_reader_section(r, section, err);
    if (e != VT_OK)
        return e;
    load(m, r);
    return vt_reader_close_section(r, err);
}

/* Memory first, so that loaders may look at it; CPUs after devices and the
 * machine's timers last, so that a device's loader that moves an interrupt
 * line or a timer does no harm. */
static enum vt_err load_state(struct vt_machine *m, struct vt_reader *r,
                              struct vt_error *err)
{
    enum vt_err e = load_part(m, "memory", load_memory_fields, r, err);
    for (unsigned i = 0; e == VT_OK && i < m->device_count; i++)
        e = load_device(m->devices[i], r, err);
    for (unsigned i = 0; e == VT_OK && i < m->cpu_count; i++)
        e = load_cpu(m, i, r, err);
    if (e == VT_OK)
        e = load_events(m, r, err);
    if (e == VT_OK)
        e = load_part(m, "machine", load_machine_fields, r, err);
    return e == VT_OK ? vt_reader_all_opened(r, err) : e;
}

/* Put back what was there before a load went wrong. */
static void restore(struct vt_machine *m, struct vt_writer *before)
{
    size_t bytes;
    const void *data = vt_writer_finish(before, &bytes);
    struct vt_reader *r;
    enum vt_err e = vt_reader_open(data, bytes, &r, NULL);
    vt_assert(e == VT_OK);
    e = load_config(m, r, NULL);
    vt_assert(e == VT_OK);
    e = load_state(m, r, NULL);
    vt_assert(e == VT_OK);
    vt_reader_free(r);
}

enum vt_err vt_machine_load(struct vt_machine *m, const void *data,
                            size_t bytes, struct vt_error *err)
{
    vt_assert(!m->running);
    struct vt_reader *r;
    enum vt_err e = vt_reader_open(data, bytes, &r, err);
    if (e != VT_OK)
        return e;
    e = load_config(m, r, err);
    if (e == VT_OK) {
        struct vt_writer *before = vt_writer_new();
        vt_machine_save(m, before);
        e = load_state(m, r, err);
        if (e != VT_OK)
            restore(m, before);
        vt_writer_free(before);
    }
    if (e == VT_OK)
        vt_timers_after_load(m);
    vt_reader_free(r);
    return e;
}

/* --- hash --------------------------------------------------------------- */

uint64_t vt_machine_hash(struct vt_machine *m)
{
    struct vt_writer *w = vt_writer_new();
    save_state(m, FOR_HASH, w);
    size_t bytes;
    const uint8_t *data = vt_writer_finish(w, &bytes);
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a, 64 bits */
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
    vt_writer_free(w);
    return hash;
}
