/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exit table's bookkeeping; see exits.h for what a row means.
 *
 * At any moment one row is the owner: the last exit, or `before` while there
 * has been none.  At each VM exit the ledger's advance since the last one is
 * posted to the owner's columns; the advance of the VM_EXIT column alone is
 * the new exit's.  Nothing is measured twice and nothing is left out,
 * whatever row of the ledger the model charges a transition to. */
#include "traces/exits.h"

#include <stdlib.h>

#define KINDS 3 /* enum vt_who_kind */

/* The ledger, summed over the guests. */
struct sums {
    uint64_t cycles[KINDS][VT_WHAT_COUNT];
};

/* Index of the owner in rows, or this for `before`. */
#define OWNER_BEFORE UINT32_MAX

struct cpu_state {
    struct sums last;
    uint64_t start_cycles; /* clock when watching began */
    uint32_t owner;
};

struct trc_exits {
    struct vt_machine *m;
    struct cpu_state *cpus;
    unsigned cpu_count;
    struct trc_exit_report sum; /* grows while we watch; not sorted */
};

static void read_sums(struct vt_machine *m, unsigned cpu, struct sums *to)
{
    const struct vt_ledger *ledger = &vt_machine_cpu(m, cpu)->ledger;
    memset(to, 0, sizeof(*to));
    for (unsigned i = 0; i < ledger->row_count; i++)
        for (unsigned what = 0; what < VT_WHAT_COUNT; what++)
            to->cycles[ledger->rows[i].kind][what] +=
                ledger->rows[i].cycles[what];
}

static uint64_t column(const struct sums *d, enum vt_what what)
{
    uint64_t cycles = 0;
    for (unsigned kind = 0; kind < KINDS; kind++)
        cycles += d->cycles[kind][what];
    return cycles;
}

/* Post an advance to the owner's row and to the rows that are no exit's. */
static void post(struct trc_exit_report *sum, struct trc_price *owner,
                 const struct sums *d)
{
    const uint64_t *vmm = d->cycles[VT_WHO_VMM];
    const uint64_t *guest = d->cycles[VT_WHO_GUEST];
    const uint64_t *native = d->cycles[VT_WHO_NATIVE];

    owner->vmm_instruction += vmm[VT_WHAT_INSTRUCTION];
    owner->vmm_delivery += vmm[VT_WHAT_DELIVERY];
    owner->vmm_device += vmm[VT_WHAT_DEVICE];
    owner->hw_entry += column(d, VT_WHAT_VM_ENTRY);
    owner->refill += vmm[VT_WHAT_REFILL] + vmm[VT_WHAT_NESTED_REFILL] +
                     guest[VT_WHAT_REFILL] + guest[VT_WHAT_NESTED_REFILL];
    sum->guest_instruction += guest[VT_WHAT_INSTRUCTION];
    sum->guest_delivery += guest[VT_WHAT_DELIVERY];
    sum->guest_device += guest[VT_WHAT_DEVICE];
    sum->native += native[VT_WHAT_INSTRUCTION] + native[VT_WHAT_REFILL] +
                   native[VT_WHAT_NESTED_REFILL] +
                   native[VT_WHAT_DELIVERY] + native[VT_WHAT_DEVICE];
    sum->idle += column(d, VT_WHAT_IDLE);
}

static struct trc_price *owner_price(struct trc_exits *x, uint32_t owner)
{
    return owner == OWNER_BEFORE ? &x->sum.before.price
                                 : &x->sum.rows[owner].price;
}

/* Post what was charged since the last time.  Returns the advance of the
 * VM_EXIT column, which is not posted yet. */
static uint64_t take_in(struct trc_exits *x, unsigned cpu)
{
    struct cpu_state *state = &x->cpus[cpu];
    struct sums now, d;
    read_sums(x->m, cpu, &now);
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (unsigned what = 0; what < VT_WHAT_COUNT; what++)
            d.cycles[kind][what] = now.cycles[kind][what] -
                                   state->last.cycles[kind][what];
    state->last = now;
    post(&x->sum, owner_price(x, state->owner), &d);
    return column(&d, VT_WHAT_VM_EXIT);
}

static uint32_t row_of(struct trc_exit_report *sum, uint32_t reason)
{
    for (uint32_t i = 0; i < sum->row_count; i++)
        if (sum->rows[i].reason == reason)
            return i;
    sum->rows = vt_realloc(sum->rows, sum->row_count + 1u,
                           sizeof(*sum->rows));
    struct trc_exit_row *row = &sum->rows[sum->row_count];
    memset(row, 0, sizeof(*row));
    row->reason = reason;
    return sum->row_count++;
}

static void count_failure(struct trc_exit_report *sum, uint32_t error)
{
    for (unsigned i = 0; i < sum->fail_count; i++)
        if (sum->fails[i].error == error) {
            sum->fails[i].count++;
            return;
        }
    sum->fails = vt_realloc(sum->fails, sum->fail_count + 1u,
                            sizeof(*sum->fails));
    sum->fails[sum->fail_count].error = error;
    sum->fails[sum->fail_count++].count = 1;
}

/* Basic exit reason and the entry-failure bit; the rest of the field (exit
 * from VMX root operation and the like) does not make another kind. */
static uint32_t reason_key(uint32_t reason)
{
    return reason & (UINT32_C(0xffff) | UINT32_C(1) << 31);
}

static void on_event(void *opaque, const struct vt_event *event)
{
    struct trc_exits *x = opaque;
    struct cpu_state *state = &x->cpus[event->cpu];
    uint64_t hw_exit;

    switch (event->kind) {
    case VT_EV_VM_EXIT:
        hw_exit = take_in(x, event->cpu);
        state->owner = row_of(&x->sum, reason_key(event->u.vm.reason));
        x->sum.rows[state->owner].count++;
        x->sum.rows[state->owner].price.hw_exit += hw_exit;
        break;
    case VT_EV_VM_ENTRY:
        x->sum.entries++;
        if (state->owner == OWNER_BEFORE)
            x->sum.before.count++;
        break;
    case VT_EV_VM_FAIL:
        count_failure(&x->sum, event->u.vm.reason);
        break;
    default:
        break;
    }
}

static void forget(struct trc_exit_report *sum)
{
    free(sum->rows);
    free(sum->fails);
    memset(sum, 0, sizeof(*sum));
}

void trc_exits_restart(struct trc_exits *x)
{
    forget(&x->sum);
    for (unsigned i = 0; i < x->cpu_count; i++) {
        read_sums(x->m, i, &x->cpus[i].last);
        x->cpus[i].start_cycles = vt_machine_cpu(x->m, i)->now_cycles;
        x->cpus[i].owner = OWNER_BEFORE;
    }
}

struct trc_exits *trc_exits_new(struct vt_machine *m)
{
    struct trc_exits *x = vt_alloc(1, sizeof(*x));
    x->m = m;
    x->cpu_count = vt_machine_cpu_count(m);
    x->cpus = vt_alloc(x->cpu_count, sizeof(*x->cpus));
    trc_exits_restart(x);
    vt_event_listen(vt_machine_bus(m),
                    VT_EV_MASK(VT_EV_VM_EXIT) | VT_EV_MASK(VT_EV_VM_ENTRY) |
                        VT_EV_MASK(VT_EV_VM_FAIL),
                    on_event, x);
    return x;
}

void trc_exits_free(struct trc_exits *x)
{
    if (!x)
        return;
    vt_event_unlisten(vt_machine_bus(x->m), on_event, x);
    forget(&x->sum);
    free(x->cpus);
    free(x);
}

uint64_t trc_price_vmm(const struct trc_price *price)
{
    return price->vmm_instruction + price->vmm_delivery + price->vmm_device;
}

uint64_t trc_price_total(const struct trc_price *price)
{
    return price->hw_exit + trc_price_vmm(price) + price->hw_entry +
           price->refill;
}

static int by_total(const void *a, const void *b)
{
    const struct trc_exit_row *ra = a, *rb = b;
    uint64_t ta = trc_price_total(&ra->price);
    uint64_t tb = trc_price_total(&rb->price);
    if (ta != tb)
        return ta < tb ? 1 : -1;
    return ra->reason < rb->reason ? -1 : ra->reason > rb->reason;
}

static int by_error(const void *a, const void *b)
{
    const struct trc_fail_row *ra = a, *rb = b;
    return ra->error < rb->error ? -1 : ra->error > rb->error;
}

static void add_row(struct trc_exit_row *to, const struct trc_exit_row *row)
{
    to->count += row->count;
    to->price.hw_exit += row->price.hw_exit;
    to->price.vmm_instruction += row->price.vmm_instruction;
    to->price.vmm_delivery += row->price.vmm_delivery;
    to->price.vmm_device += row->price.vmm_device;
    to->price.hw_entry += row->price.hw_entry;
    to->price.refill += row->price.refill;
}

/* A copy of count rows; never NULL, so that qsort may have it. */
static void *copy_rows(const void *from, unsigned count, size_t size_bytes)
{
    void *to = vt_alloc(count + 1u, size_bytes);
    if (count)
        memcpy(to, from, count * size_bytes);
    return to;
}

struct trc_exit_report *trc_exits_report(struct trc_exits *x)
{
    struct trc_exit_report *r = vt_alloc(1, sizeof(*r));
    uint64_t total = 0;
    for (unsigned i = 0; i < x->cpu_count; i++) {
        uint64_t late = take_in(x, i);
        owner_price(x, x->cpus[i].owner)->hw_exit += late;
        total += vt_machine_cpu(x->m, i)->now_cycles -
                 x->cpus[i].start_cycles;
    }
    *r = x->sum;
    r->rows = copy_rows(x->sum.rows, r->row_count, sizeof(*r->rows));
    r->fails = copy_rows(x->sum.fails, r->fail_count, sizeof(*r->fails));
    qsort(r->rows, r->row_count, sizeof(*r->rows), by_total);
    qsort(r->fails, r->fail_count, sizeof(*r->fails), by_error);
    for (unsigned i = 0; i < r->row_count; i++)
        add_row(&r->all, &r->rows[i]);
    r->total = total;
    r->unaccounted = total - trc_price_total(&r->all.price) -
                     trc_price_total(&r->before.price) - r->native -
                     r->guest_instruction - r->guest_delivery -
                     r->guest_device - r->idle;
    return r;
}

void trc_exit_report_free(struct trc_exit_report *report)
{
    if (!report)
        return;
    free(report->rows);
    free(report->fails);
    free(report);
}
