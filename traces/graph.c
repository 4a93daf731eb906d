/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Watching for the exit graph; see graph.h for what the graph says and
 * handlers.c for how the functions of an exit become its handler.
 *
 * Every instruction of the observed loop is looked at: the ledger's advance
 * since the last one belongs to the region that ran.  That reads the machine
 * and changes nothing, so the cycles are those of an unwatched run. */
#include "traces/graph_priv.h"

#include <stdlib.h>

#include "traces/exits.h"

#define WATCHED                                                          \
    (VT_EV_MASK(VT_EV_INSN) | VT_EV_MASK(VT_EV_VM_EXIT) |                \
     VT_EV_MASK(VT_EV_VM_ENTRY))

unsigned trc_graph_node(struct trc_graph *g, enum trc_node_kind kind,
                        uint64_t key)
{
    for (unsigned i = 0; i < g->node_count; i++)
        if (g->nodes[i].kind == kind && g->nodes[i].key == key)
            return i;
    g->nodes = vt_realloc(g->nodes, g->node_count + 1u, sizeof(*g->nodes));
    struct trc_node *node = &g->nodes[g->node_count];
    memset(node, 0, sizeof(*node));
    node->kind = kind;
    node->key = key;
    return g->node_count++;
}

unsigned trc_graph_edge(struct trc_graph *g, unsigned from, unsigned to,
                        unsigned reason)
{
    for (unsigned i = 0; i < g->edge_count; i++)
        if (g->edges[i].from == from && g->edges[i].to == to &&
            g->edges[i].reason == reason)
            return i;
    g->edges = vt_realloc(g->edges, g->edge_count + 1u, sizeof(*g->edges));
    struct trc_edge *edge = &g->edges[g->edge_count];
    memset(edge, 0, sizeof(*edge));
    edge->from = from;
    edge->to = to;
    edge->reason = reason;
    return g->edge_count++;
}

/* Node of the guest region or VMM function at la. */
static unsigned region_node(struct trc_graph *g, enum trc_node_kind kind,
                            uint64_t la)
{
    for (unsigned i = 0; i < g->node_count; i++) {
        const struct trc_node *node = &g->nodes[i];
        if (node->kind == kind && la >= node->key && la < node->end)
            return i;
    }
    struct trc_region region;
    trc_places_region(g->places,
                      kind == TRC_NODE_GUEST ? VT_WHO_GUEST : VT_WHO_VMM, la,
                      &region);
    unsigned i = trc_graph_node(g, kind, region.start);
    g->nodes[i].end = region.end;
    memcpy(g->nodes[i].name, region.name, sizeof(region.name));
    return i;
}

static uint64_t sum_row(const struct vt_ledger *ledger,
                        enum vt_who_kind kind, bool refills)
{
    uint64_t refill = vt_ledger_sum(ledger, kind, VT_WHAT_REFILL) +
                      vt_ledger_sum(ledger, kind, VT_WHAT_NESTED_REFILL);
    if (refills)
        return refill;
    return vt_ledger_sum(ledger, kind, VT_WHAT_INSTRUCTION) +
           vt_ledger_sum(ledger, kind, VT_WHAT_DELIVERY) +
           vt_ledger_sum(ledger, kind, VT_WHAT_DEVICE);
}

static uint64_t sum_column(const struct vt_ledger *ledger, enum vt_what what)
{
    return vt_ledger_sum(ledger, VT_WHO_NATIVE, what) +
           vt_ledger_sum(ledger, VT_WHO_VMM, what) +
           vt_ledger_sum(ledger, VT_WHO_GUEST, what);
}

static uint64_t advance(uint64_t *last, uint64_t now)
{
    uint64_t by = now - *last;
    *last = now;
    return by;
}

static const struct vt_ledger *ledger_of(struct trc_graph *g, unsigned cpu)
{
    return &vt_machine_cpu(g->m, cpu)->ledger;
}

/* What root operation has cost since the last look (its refills too) goes
 * to the function that was running. */
static void charge_vmm(struct trc_graph *g, unsigned cpu)
{
    struct trc_graph_cpu *c = &g->cpus[cpu];
    const struct vt_ledger *ledger = ledger_of(g, cpu);
    uint64_t cycles = advance(&c->vmm, sum_row(ledger, VT_WHO_VMM, false) +
                                           sum_row(ledger, VT_WHO_VMM, true));
    if (!c->open) { /* VMRESUME's own price comes after the entry */
        if (c->entry_edge != TRC_NO_NODE)
            g->edges[c->entry_edge].cycles += cycles;
        return;
    }
    if (!cycles)
        return;
    unsigned i = 0;
    while (i < c->step_count && c->steps[i].node != c->now)
        i++;
    if (i == c->step_count) {
        c->steps = vt_realloc(c->steps, i + 1u, sizeof(*c->steps));
        c->steps[i].node = c->now;
        c->steps[i].cycles = 0;
        c->step_count++;
    }
    c->steps[i].cycles += cycles;
}

static void charge_guest(struct trc_graph *g, unsigned cpu)
{
    struct trc_graph_cpu *c = &g->cpus[cpu];
    const struct vt_ledger *ledger = ledger_of(g, cpu);
    uint64_t cycles =
        advance(&c->guest, sum_row(ledger, VT_WHO_GUEST, false));
    if (c->now != TRC_NO_NODE && g->nodes[c->now].kind == TRC_NODE_GUEST)
        g->nodes[c->now].self_cycles += cycles;
    cycles = advance(&c->guest_refill, sum_row(ledger, VT_WHO_GUEST, true));
    if (c->entry_edge != TRC_NO_NODE)
        g->edges[c->entry_edge].cycles += cycles;
}

static bool same_path(const struct trc_path *path, unsigned to,
                      const struct trc_graph_cpu *c)
{
    if (path->reason != c->reason || path->to != to ||
        path->step_count != c->step_count)
        return false;
    for (unsigned i = 0; i < c->step_count; i++)
        if (path->steps[i].node != c->steps[i].node)
            return false;
    return true;
}

/* The VMM is done with an exit: count its path. */
static void close_path(struct trc_graph *g, struct trc_graph_cpu *c,
                       unsigned to)
{
    unsigned i = 0;
    while (i < g->path_count && !same_path(&g->paths[i], to, c))
        i++;
    if (i == g->path_count) {
        g->paths = vt_realloc(g->paths, i + 1u, sizeof(*g->paths));
        g->paths[i] = (struct trc_path){.reason = c->reason, .to = to,
                                        .step_count = c->step_count};
        g->paths[i].steps =
            vt_alloc(c->step_count + 1u, sizeof(struct trc_step));
        for (unsigned s = 0; s < c->step_count; s++)
            g->paths[i].steps[s].node = c->steps[s].node;
        g->path_count++;
    }
    g->paths[i].count++;
    for (unsigned s = 0; s < c->step_count; s++)
        g->paths[i].steps[s].cycles += c->steps[s].cycles;
    c->step_count = 0;
    c->open = false;
}

static void on_exit(struct trc_graph *g, const struct vt_event *event)
{
    struct trc_graph_cpu *c = &g->cpus[event->cpu];
    uint32_t reason =
        event->u.vm.reason & (UINT32_C(0xffff) | UINT32_C(1) << 31);
    unsigned from;

    charge_guest(g, event->cpu);
    charge_vmm(g, event->cpu);
    if (c->open) { /* the entry failed: there was no guest */
        from = trc_graph_node(g, TRC_NODE_ENTRY, 0);
        close_path(g, c, from);
    } else {
        from = region_node(g, TRC_NODE_GUEST, event->u.vm.guest_pc);
    }
    unsigned node = trc_graph_node(g, TRC_NODE_REASON, reason);
    trc_reason_name(reason, g->nodes[node].name,
                    sizeof(g->nodes[node].name));
    g->nodes[node].count++;
    unsigned edge = trc_graph_edge(g, from, node, node);
    g->edges[edge].count++;
    g->edges[edge].cycles += advance(
        &c->hw_exit, sum_column(ledger_of(g, event->cpu), VT_WHAT_VM_EXIT));
    c->open = true;
    c->reason = node;
    c->now = region_node(g, TRC_NODE_VMM, event->u.vm.host_pc);
}

static void on_entry(struct trc_graph *g, const struct vt_event *event)
{
    struct trc_graph_cpu *c = &g->cpus[event->cpu];
    unsigned entry = trc_graph_node(g, TRC_NODE_ENTRY, 0);

    charge_vmm(g, event->cpu);
    charge_guest(g, event->cpu);
    if (c->open)
        close_path(g, c, entry);
    c->now = region_node(g, TRC_NODE_GUEST, event->u.vm.guest_pc);
    c->entry_edge = trc_graph_edge(g, entry, c->now, TRC_NO_NODE);
    g->edges[c->entry_edge].count++;
    g->edges[c->entry_edge].cycles += advance(
        &c->hw_entry,
        sum_column(ledger_of(g, event->cpu), VT_WHAT_VM_ENTRY));
}

static void on_insn(struct trc_graph *g, const struct vt_event *event)
{
    struct trc_graph_cpu *c = &g->cpus[event->cpu];
    const struct vt_cpu *cpu = vt_machine_cpu(g->m, event->cpu);
    enum vt_who_kind who = cpu->ledger.rows[cpu->who].kind;
    enum trc_node_kind kind =
        who == VT_WHO_GUEST ? TRC_NODE_GUEST : TRC_NODE_VMM;
    uint64_t la = event->u.insn.pc;

    if (c->now != TRC_NO_NODE) {
        const struct trc_node *now = &g->nodes[c->now];
        if (now->kind == kind && la >= now->key && la < now->end)
            return; /* still the same function: charged when it is left */
    }
    charge_vmm(g, event->cpu);
    charge_guest(g, event->cpu);
    c->now = region_node(g, kind, la);
}

static void on_event(void *opaque, const struct vt_event *event)
{
    if (event->kind == VT_EV_INSN)
        on_insn(opaque, event);
    else if (event->kind == VT_EV_VM_EXIT)
        on_exit(opaque, event);
    else if (event->kind == VT_EV_VM_ENTRY)
        on_entry(opaque, event);
}

static void start_cpu(struct trc_graph *g, unsigned cpu)
{
    struct trc_graph_cpu *c = &g->cpus[cpu];
    const struct vt_ledger *ledger = ledger_of(g, cpu);
    c->open = true;
    c->reason = trc_graph_node(g, TRC_NODE_START, 0);
    c->now = region_node(g, TRC_NODE_VMM,
                         vt_machine_cpu(g->m, cpu)->ops->get_pc(
                             vt_machine_cpu(g->m, cpu)));
    c->entry_edge = TRC_NO_NODE;
    c->hw_exit = sum_column(ledger, VT_WHAT_VM_EXIT);
    c->hw_entry = sum_column(ledger, VT_WHAT_VM_ENTRY);
    c->vmm = sum_row(ledger, VT_WHO_VMM, false) +
             sum_row(ledger, VT_WHO_VMM, true);
    c->guest = sum_row(ledger, VT_WHO_GUEST, false);
    c->guest_refill = sum_row(ledger, VT_WHO_GUEST, true);
}

struct trc_graph *trc_graph_new(struct vt_machine *m,
                                const struct trc_places *places)
{
    struct trc_graph *g = vt_alloc(1, sizeof(*g));
    g->m = m;
    g->places = places;
    g->cpu_count = vt_machine_cpu_count(m);
    g->cpus = vt_alloc(g->cpu_count, sizeof(*g->cpus));
    for (unsigned i = 0; i < g->cpu_count; i++)
        start_cpu(g, i);
    vt_event_listen(vt_machine_bus(m), WATCHED, on_event, g);
    return g;
}

void trc_graph_free(struct trc_graph *g)
{
    if (!g)
        return;
    vt_event_unlisten(vt_machine_bus(g->m), on_event, g);
    for (unsigned i = 0; i < g->path_count; i++)
        free(g->paths[i].steps);
    for (unsigned i = 0; i < g->cpu_count; i++)
        free(g->cpus[i].steps);
    free(g->paths);
    free(g->cpus);
    free(g->edges);
    free(g->nodes);
    free(g);
}

/* Close what is open, with an end node for a run that ended in the VMM. */
void trc_graph_close_open(struct trc_graph *g)
{
    for (unsigned i = 0; i < g->cpu_count; i++) {
        charge_vmm(g, i);
        charge_guest(g, i);
        if (g->cpus[i].open)
            close_path(g, &g->cpus[i], trc_graph_node(g, TRC_NODE_END, 0));
    }
}
