/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exit graph as Graphviz DOT.  Lines are sorted by what they show, so
 * that two runs that did the same give the same text. */
#include "traces/graph_priv.h"

#include <inttypes.h>
#include <stdlib.h>

/* Colours of the reasons, told apart on white (ColorBrewer's Dark2 and
 * Paired, the dark ones). */
static const char *const palette[] = {
    "#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#b8860b",
    "#a6761d", "#1f78b4", "#e31a1c", "#6a3d9a", "#33a02c", "#b15928",
};

static const struct node_style {
    const char *attributes;
} node_styles[] = {
    [TRC_NODE_GUEST] = {"shape=box, style=filled, fillcolor=\"#e8f1fa\""},
    [TRC_NODE_REASON] = {"shape=ellipse, style=filled, fillcolor=\"#ffffff\""},
    [TRC_NODE_VMM] = {"shape=box, style=\"filled,rounded\", "
                      "fillcolor=\"#fdf3e1\""},
    [TRC_NODE_ENTRY] = {"shape=hexagon, style=filled, "
                        "fillcolor=\"#eeeeee\""},
    [TRC_NODE_START] = {"shape=oval, style=dashed"},
    [TRC_NODE_END] = {"shape=doubleoctagon, style=filled, "
                      "fillcolor=\"#eeeeee\""},
};

static void write_escaped(const char *text, FILE *to)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
}

/* 1234567 as 1,234,567. */
static void write_number(uint64_t n, FILE *to)
{
    char digits[32];
    int length = snprintf(digits, sizeof(digits), "%" PRIu64, n);
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            fputc(',', to);
        fputc(digits[i], to);
    }
}

static void write_id(const struct trc_node *node, FILE *to)
{
    static const char letters[] = {[TRC_NODE_GUEST] = 'g',
                                   [TRC_NODE_REASON] = 'r',
                                   [TRC_NODE_VMM] = 'v',
                                   [TRC_NODE_ENTRY] = 'e',
                                   [TRC_NODE_START] = 's',
                                   [TRC_NODE_END] = 'z'};
    fprintf(to, "%c%" PRIx64, letters[node->kind], node->key);
}

static void write_node_label(const struct trc_node *node, FILE *to)
{
    switch (node->kind) {
    case TRC_NODE_GUEST:
        write_escaped(node->name, to);
        fputs("\\n", to);
        write_number(node->self_cycles, to);
        fputs(" cycles of its own", to);
        break;
    case TRC_NODE_REASON:
        write_escaped(node->name, to);
        break;
    case TRC_NODE_VMM:
        write_escaped(node->name, to);
        break;
    case TRC_NODE_ENTRY:
        fputs("VM entry", to);
        break;
    case TRC_NODE_START:
        fputs("VMM before\\nits first entry", to);
        break;
    case TRC_NODE_END:
        fputs("end of the run", to);
        break;
    }
}

/* Only nodes that an edge touches are drawn. */
static void mark_drawn(struct trc_graph *g)
{
    for (unsigned i = 0; i < g->edge_count; i++) {
        g->nodes[g->edges[i].from].drawn = true;
        g->nodes[g->edges[i].to].drawn = true;
    }
}

static int by_kind(const void *a, const void *b)
{
    const struct trc_node *na = *(const struct trc_node *const *)a;
    const struct trc_node *nb = *(const struct trc_node *const *)b;
    if (na->kind != nb->kind)
        return na->kind < nb->kind ? -1 : 1;
    return na->key < nb->key ? -1 : na->key > nb->key;
}

static unsigned colour_of(const struct trc_graph *g, unsigned reason)
{
    return (unsigned)(g->nodes[reason].key % ARRAY_SIZE(palette));
}

/* Guest code, reasons, handlers and VM entry stand in columns, in the order
 * in which an exit passes through them. */
static void write_columns(const struct trc_node *const *sorted,
                          unsigned count, FILE *to)
{
    for (unsigned i = 0; i < count;) {
        enum trc_node_kind kind = sorted[i]->kind;
        fputs("  {rank=same;", to);
        for (; i < count && sorted[i]->kind == kind; i++) {
            fputc(' ', to);
            write_id(sorted[i], to);
            fputc(';', to);
        }
        fputs("}\n", to);
    }
}

static void write_nodes(const struct trc_graph *g, FILE *to)
{
    const struct trc_node **sorted =
        vt_alloc(g->node_count + 1u, sizeof(*sorted));
    unsigned count = 0;
    for (unsigned i = 0; i < g->node_count; i++)
        if (g->nodes[i].drawn)
            sorted[count++] = &g->nodes[i];
    qsort(sorted, count, sizeof(*sorted), by_kind);
    for (unsigned i = 0; i < count; i++) {
        fputs("  ", to);
        write_id(sorted[i], to);
        fputs(" [label=\"", to);
        write_node_label(sorted[i], to);
        fprintf(to, "\", %s", node_styles[sorted[i]->kind].attributes);
        if (sorted[i]->kind == TRC_NODE_REASON)
            fprintf(to, ", color=\"%s\", penwidth=2",
                    palette[colour_of(g, (unsigned)(sorted[i] - g->nodes))]);
        fputs("];\n", to);
    }
    write_columns(sorted, count, to);
    free(sorted);
}

/* Tenths of a point, from 0.8 to 6, in proportion to the cycles. */
static unsigned pen_tenths(uint64_t cycles, uint64_t most)
{
    while (most > UINT64_MAX / 100) {
        most >>= 1;
        cycles >>= 1;
    }
    return 8 + (unsigned)(most ? cycles * 52 / most : 0);
}

struct sorted_edge {
    const struct trc_edge *edge;
    const struct trc_node *from, *to;
};

static int by_ends(const void *a, const void *b)
{
    const struct sorted_edge *ea = a, *eb = b;
    int order = by_kind(&ea->from, &eb->from);
    if (order == 0)
        order = by_kind(&ea->to, &eb->to);
    if (order == 0)
        order = ea->edge->reason < eb->edge->reason
                    ? -1
                    : ea->edge->reason > eb->edge->reason;
    return order;
}

static void write_edge(const struct trc_graph *g,
                       const struct sorted_edge *row, uint64_t most,
                       FILE *to)
{
    unsigned reason = row->edge->reason;
    unsigned pen = pen_tenths(row->edge->cycles, most);
    const char *colour =
        reason != TRC_NO_NODE && g->nodes[reason].kind == TRC_NODE_REASON
            ? palette[colour_of(g, reason)]
            : "#777777";
    fputs("  ", to);
    write_id(row->from, to);
    fputs(" -> ", to);
    write_id(row->to, to);
    fputs(" [label=\" ", to);
    write_number(row->edge->count, to);
    fputs(" x, ", to);
    write_number(row->edge->cycles, to);
    /* The way back to the guest must not turn the columns around. */
    fprintf(to, " \", penwidth=%u.%u, color=\"%s\"%s];\n", pen / 10, pen % 10,
            colour,
            row->from->kind == TRC_NODE_ENTRY ? ", constraint=false" : "");
}

static void write_edges(const struct trc_graph *g, FILE *to)
{
    struct sorted_edge *sorted =
        vt_alloc(g->edge_count + 1u, sizeof(*sorted));
    uint64_t most = 0;
    for (unsigned i = 0; i < g->edge_count; i++) {
        sorted[i].edge = &g->edges[i];
        sorted[i].from = &g->nodes[g->edges[i].from];
        sorted[i].to = &g->nodes[g->edges[i].to];
        if (g->edges[i].cycles > most)
            most = g->edges[i].cycles;
    }
    qsort(sorted, g->edge_count, sizeof(*sorted), by_ends);
    for (unsigned i = 0; i < g->edge_count; i++)
        write_edge(g, &sorted[i], most, to);
    free(sorted);
}

void trc_graph_write_dot(struct trc_graph *g, const char *title, FILE *to)
{
    trc_graph_finish(g);
    mark_drawn(g);
    fputs("digraph exits {\n"
          "  graph [rankdir=LR, nodesep=0.35, ranksep=0.7, labelloc=b,\n"
          "         fontname=\"Helvetica,Arial,sans-serif\", fontsize=12,\n"
          "         label=\"",
          to);
    write_escaped(title, to);
    fputs("\\n"
          "box: guest code; ellipse: exit reason; rounded: VMM handler.  "
          "Edges say \\\"times x, cycles\\\"; wide means many cycles.\\n"
          "into a reason: hardware exit; into a handler: its own work; into "
          "VM entry: the VMM code that many exits share;\\n"
          "out of VM entry: hardware entry and the TLB refills after it\"];\n"
          "  node [fontname=\"Helvetica,Arial,sans-serif\", fontsize=12];\n"
          "  edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=10,\n"
          "        arrowsize=0.6];\n",
          to);
    write_nodes(g, to);
    write_edges(g, to);
    fputs("}\n", to);
}
