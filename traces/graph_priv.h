/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two halves of the exit graph share: graph.c watches and fills
 * these tables, dot.c draws them. */
#ifndef TRC_GRAPH_PRIV_H
#define TRC_GRAPH_PRIV_H

#include "traces/graph.h"

/* A node: guest region, VMM function, exit reason, or one of the fixed
 * ones. */
enum trc_node_kind {
    TRC_NODE_GUEST,
    TRC_NODE_REASON,
    TRC_NODE_VMM,
    TRC_NODE_ENTRY, /* VM entry */
    TRC_NODE_START, /* the VMM before its first entry */
    TRC_NODE_END    /* the run ended in the VMM */
};

struct trc_node {
    enum trc_node_kind kind;
    uint64_t key;   /* start address, or exit reason */
    uint64_t end;   /* of a region */
    uint64_t count; /* exits of a reason */
    uint64_t self_cycles; /* instructions of a region */
    uint64_t reasons; /* VMM: for how many kinds of exit it ran */
    uint64_t last_reason; /* VMM: while counting them */
    char name[80];
    bool drawn;
};

struct trc_edge {
    unsigned from, to; /* nodes */
    unsigned reason;   /* node whose colour it has */
    uint64_t count, cycles;
};

#define TRC_NO_NODE (~0u)

/* One function's share of an exit, in the order in which they first ran. */
struct trc_step {
    unsigned node;
    uint64_t cycles;
};

/* The functions that ran between an exit and the next entry; exits with the
 * same reason and the same functions are counted together. */
struct trc_path {
    unsigned reason; /* node; TRC_NODE_START for the way to the first entry */
    unsigned to;     /* TRC_NODE_ENTRY or TRC_NODE_END */
    uint64_t count;
    struct trc_step *steps;
    unsigned step_count;
};

struct trc_graph_cpu {
    bool open;             /* root operation, a path is being gathered */
    unsigned reason;       /* its node */
    unsigned now;          /* region that is running */
    unsigned entry_edge;   /* of the last VM entry: refills go there */
    uint64_t hw_exit, hw_entry, vmm, guest, guest_refill; /* ledger, so far */
    struct trc_step *steps;
    unsigned step_count;
};

struct trc_graph {
    struct vt_machine *m;
    const struct trc_places *places;
    struct trc_node *nodes;
    unsigned node_count;
    struct trc_edge *edges;
    unsigned edge_count;
    struct trc_path *paths;
    unsigned path_count;
    struct trc_graph_cpu *cpus;
    unsigned cpu_count;
    bool finished;
};

unsigned trc_graph_node(struct trc_graph *g, enum trc_node_kind kind,
                        uint64_t key);
unsigned trc_graph_edge(struct trc_graph *g, unsigned from, unsigned to,
                        unsigned reason);
/* Close the paths that are still open at the end of the run. */
void trc_graph_close_open(struct trc_graph *g);
/* The same, then choose handlers and turn paths into edges; does its work
 * once (handlers.c). */
void trc_graph_finish(struct trc_graph *g);

#endif
