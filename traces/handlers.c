/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the functions that ran for an exit to its handler.
 *
 * There is one VM-exit entry point for all reasons, so the hardware does not
 * say which function is the handler.  But a function that runs for many
 * reasons (entry stub, dispatcher, a helper that moves RIP on) is no one's
 * handler, and one that runs for a single reason surely is.  So: the handler
 * is the function that serves the fewest reasons, at most a third of them;
 * of several, the one that ran first, which is the caller of the others.
 * Where there is none (a compiler has put all handlers into the dispatcher)
 * it is the dispatcher: the first function that the entry stub calls. */
#include "traces/graph_priv.h"

/* For each VMM function, count the kinds of exit it ran for. */
static void count_reasons(struct trc_graph *g)
{
    for (unsigned r = 0; r < g->node_count; r++) {
        if (g->nodes[r].kind != TRC_NODE_REASON)
            continue;
        for (unsigned p = 0; p < g->path_count; p++) {
            const struct trc_path *path = &g->paths[p];
            for (unsigned s = 0; path->reason == r && s < path->step_count;
                 s++) {
                struct trc_node *node = &g->nodes[path->steps[s].node];
                if (node->last_reason != r + UINT64_C(1)) {
                    node->last_reason = r + UINT64_C(1);
                    node->reasons++;
                }
            }
        }
    }
}

static uint64_t kinds_of_exit(const struct trc_graph *g)
{
    uint64_t kinds = 0;
    for (unsigned i = 0; i < g->node_count; i++)
        kinds += g->nodes[i].kind == TRC_NODE_REASON;
    return kinds;
}

/* Runs for too many reasons to be the handler of one? */
static bool is_common(const struct trc_graph *g, unsigned node,
                      uint64_t kinds)
{
    return g->nodes[node].reasons > 1 && g->nodes[node].reasons * 3 > kinds;
}

/* TRC_NO_NODE when no function ran (an entry at once). */
static unsigned handler_of(const struct trc_graph *g,
                           const struct trc_path *path, uint64_t kinds)
{
    unsigned best = TRC_NO_NODE;
    for (unsigned s = 0; s < path->step_count; s++) {
        unsigned node = path->steps[s].node;
        if (!is_common(g, node, kinds) &&
            (best == TRC_NO_NODE ||
             g->nodes[node].reasons < g->nodes[best].reasons))
            best = node;
    }
    if (best == TRC_NO_NODE && path->step_count)
        best = path->steps[path->step_count > 1 ? 1 : 0].node;
    return best;
}

static void post_edge(struct trc_graph *g, unsigned from, unsigned to,
                      unsigned reason, uint64_t count, uint64_t cycles)
{
    unsigned edge = trc_graph_edge(g, from, to, reason);
    g->edges[edge].count += count;
    g->edges[edge].cycles += cycles;
}

static void path_to_edges(struct trc_graph *g, const struct trc_path *path,
                          uint64_t kinds)
{
    uint64_t own = 0, common = 0;
    unsigned handler = handler_of(g, path, kinds);
    for (unsigned s = 0; s < path->step_count; s++) {
        unsigned node = path->steps[s].node;
        if (node != handler && is_common(g, node, kinds))
            common += path->steps[s].cycles;
        else
            own += path->steps[s].cycles;
    }
    if (g->nodes[path->reason].kind == TRC_NODE_START ||
        handler == TRC_NO_NODE) {
        post_edge(g, path->reason, path->to, path->reason, path->count,
                  own + common);
        return;
    }
    post_edge(g, path->reason, handler, path->reason, path->count, own);
    post_edge(g, handler, path->to, TRC_NO_NODE, path->count, common);
}

void trc_graph_finish(struct trc_graph *g)
{
    if (g->finished)
        return;
    g->finished = true;
    trc_graph_close_open(g);
    count_reasons(g);
    uint64_t kinds = kinds_of_exit(g);
    for (unsigned p = 0; p < g->path_count; p++)
        path_to_edges(g, &g->paths[p], kinds);
}

uint64_t trc_graph_cycles(struct trc_graph *g)
{
    uint64_t cycles = 0;
    trc_graph_finish(g);
    for (unsigned i = 0; i < g->edge_count; i++)
        cycles += g->edges[i].cycles;
    return cycles;
}
