/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vtsim run: boot an image, run it to its end, report.
 *
 * Standard output carries the guest's serial line and, after it and an empty
 * line, the exit table; everything else goes to standard error. */
#include <inttypes.h>
#include <stdio.h>

#include "debugger/cmd/board.h"
#include "debugger/cmd/graphfile.h"
#include "debugger/cmd/stale.h"
#include "debugger/cmd/why.h"
#include "traces/exits.h"

static const struct cmd_option run_options[] = {
    {"exits", "[=table|json]",
     "Print what each kind of VM exit cost, after the guest's output.",
     "no; table", false},
    {"graph", "FILE.dot|FILE.svg", "Draw where the guest was, why it left "
                                   "and who handled it.",
     "no", false},
    {"explain", NULL, "Say why each VM entry or VMX instruction failed, and "
                      "why the first exit of each kind happened.",
     "no", false},
    {"warn-stale", NULL, "Say when the guest uses a translation that it "
                         "changed in the page tables but did not invalidate.",
     "no", false},
    {"snapshot-at", "CYCLE=FILE", "Save the machine when the clock reaches "
                                  "CYCLE, and go on.",
     "no", false},
    {"state-hash", NULL, "Print a hash of all state at the end.", "no",
     false},
};

struct run {
    struct board board;
    struct trc_exits *exits;
    struct graph_file *graph;
    struct why *why;
    struct stale *stale;
    bool json;
    uint64_t snapshot_cycle; /* UINT64_MAX: none */
    const char *snapshot_path;
};

static int parse_exits(struct run *r, const char *value)
{
    r->json = value && strcmp(value, "json") == 0;
    if (value && *value && !r->json && strcmp(value, "table") != 0)
        return cmd_usage_error("--exits: '%s' is neither table nor json",
                               value);
    return CMD_OK;
}

static int parse_snapshot(struct run *r, const char *value)
{
    char cycle[32];
    const char *equals = value ? strchr(value, '=') : NULL;
    r->snapshot_cycle = UINT64_MAX;
    if (!value)
        return CMD_OK;
    if (!equals || !equals[1] || (size_t)(equals - value) >= sizeof(cycle))
        return cmd_usage_error("--snapshot-at: '%s' is not CYCLE=FILE",
                               value);
    memcpy(cycle, value, (size_t)(equals - value));
    cycle[equals - value] = '\0';
    r->snapshot_path = equals + 1;
    return cmd_parse_number("snapshot-at", cycle, 0, UINT64_MAX - 1,
                            &r->snapshot_cycle)
               ? CMD_OK
               : CMD_USAGE;
}

/* Run to the end, with a halt on the way for the snapshot. */
static int run_machine(struct run *r, struct vt_stop *stop)
{
    struct vt_machine *m = r->board.m;
    struct vt_error err = {.kind = VT_OK};
    bool observed = r->graph != NULL;

    if (r->snapshot_cycle < r->board.max_cycles) {
        *stop = vt_machine_run(m, r->snapshot_cycle, observed);
        if (stop->kind != VT_STOP_LIMIT)
            return CMD_OK;
        if (vt_machine_save_file(m, r->snapshot_path, &err) != VT_OK)
            return cmd_fail(&err);
    }
    *stop = vt_machine_run(m, r->board.max_cycles, observed);
    return CMD_OK;
}

static void print_exits(const struct run *r)
{
    struct trc_exit_report *report = trc_exits_report(r->exits);
    putchar('\n');
    if (r->json)
        trc_exits_write_json(report, stdout);
    else
        trc_exits_write_text(report, stdout);
    trc_exit_report_free(report);
}

/* Everything that is written after the run.  What could not be written is
 * told instead of how the run ended, and the rest is still written. */
static int report(struct run *r, const struct cmd_args *args,
                  const struct vt_stop *stop)
{
    int written = board_finish(&r->board, CMD_OK);
    if (r->exits)
        print_exits(r);
    if (cmd_value(args, "state-hash"))
        printf("state %016" PRIx64 "\n", vt_machine_hash(r->board.m));
    if (r->graph) {
        int drawn = graph_file_write(r->graph);
        written = written ? written : drawn;
    }
    if (!written) /* else what could not be written has been told */
        written = cmd_finish_output(CMD_OK);
    return written ? written : board_say_stop(&r->board, stop);
}

static void release(struct run *r)
{
    stale_free(r->stale);
    why_free(r->why);
    graph_file_free(r->graph);
    trc_exits_free(r->exits);
    board_free(&r->board);
}

static int run_command(const struct cmd_args *args)
{
    struct run r = {.snapshot_cycle = UINT64_MAX};
    struct vt_stop stop = {.kind = VT_STOP_NONE};
    const char *graph = cmd_value(args, "graph");
    int status = parse_exits(&r, cmd_value(args, "exits"));
    if (status == CMD_OK)
        status = parse_snapshot(&r, cmd_value(args, "snapshot-at"));
    if (status == CMD_OK && graph)
        status = graph_file_check(graph);
    if (status == CMD_OK)
        status = board_build(&r.board, args, "stdio");
    if (status != CMD_OK)
        return status;
    if (cmd_value(args, "exits"))
        r.exits = trc_exits_new(r.board.m);
    if (cmd_value(args, "explain"))
        r.why = why_new(&r.board);
    if (cmd_value(args, "warn-stale"))
        r.stale = stale_new(&r.board);
    if (graph)
        status = graph_file_open(graph, &r.board, args->operands[0],
                                 &r.graph);
    if (status == CMD_OK)
        status = run_machine(&r, &stop);
    if (status == CMD_OK)
        status = report(&r, args, &stop);
    release(&r);
    return status;
}

const struct cmd_command cmd_run = {
    .name = "run",
    .operands = "IMAGE",
    .least = 1,
    .most = 1,
    .summary = "Boot a Multiboot image and run it to its end.",
    .options = {{board_options, BOARD_OPTION_COUNT},
                {run_options, ARRAY_SIZE(run_options)}},
    .run = run_command,
};
