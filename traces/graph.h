/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exit graph: where the guest was, why it left, which VMM code took the
 * exit, and where the guest went on, as a Graphviz drawing.
 *
 *   guest region --> exit reason --> VMM handler --> VM entry --> guest region
 *
 * Each edge has a count and cycles; the cycles of all edges together are the
 * prices of all exits and first entries (exits.h), posted to the step that
 * cost them:
 *   region -> reason   hardware exit
 *   reason -> handler  the handler's instructions and devices
 *   handler -> entry   the VMM code that many reasons share: save, find the
 *                      handler, move RIP on, restore
 *   entry -> region    hardware entry and the TLB refills that follow it
 *
 * Handlers are found by watching the VMM; handlers.c has the rule.
 * The machine must therefore run in the observed loop. */
#ifndef TRC_GRAPH_H
#define TRC_GRAPH_H

#include <stdio.h>

#include "sim/machine/machine.h"
#include "traces/places.h"

struct trc_graph;

/* Start watching.  places must live as long as the graph. */
struct trc_graph *trc_graph_new(struct vt_machine *m,
                                const struct trc_places *places);
void trc_graph_free(struct trc_graph *g);
/* Write DOT; the order of lines depends on the run alone.  The caller looks
 * at ferror(to). */
void trc_graph_write_dot(struct trc_graph *g, const char *title, FILE *to);
/* Sum of the cycles of all edges. */
uint64_t trc_graph_cycles(struct trc_graph *g);

/* Turn DOT text into SVG with the Graphviz library, or with the program dot
 * when vtsim was built without it.
 * Returns VT_ERR_INPUT when neither is there or it refuses the text,
 * VT_ERR_OUTPUT when to cannot be written. */
enum vt_err trc_dot_to_svg(const char *dot, FILE *to,
                           struct vt_error *err) VT_MUST_CHECK;

/* Can SVG be made here at all?  Asked before a run, so that none is lost for
 * want of Graphviz.  Errors as trc_dot_to_svg. */
enum vt_err trc_svg_check(struct vt_error *err) VT_MUST_CHECK;

#endif
