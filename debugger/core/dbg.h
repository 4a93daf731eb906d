/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The debugger without a face: one const table of commands that works on a
 * machine and writes lines to a stream.  A front end (cli) reads command
 * lines and hands them in; completion, `help` and the manual come from the
 * table.  The core knows registers by their tables, memory by physmem and
 * translation by the CPU's operation; what it does to a machine is to run
 * it, stop it, save it and load it. */
#ifndef DBG_DBG_H
#define DBG_DBG_H

#include <stdio.h>

#include "sim/machine/machine.h"
#include "traces/places.h"

struct dbg;

struct dbg_setup {
    struct vt_machine *m;
    const struct trc_places *places;
    FILE *out; /* everything the debugger says */
    uint64_t max_cycles; /* where the clock stops; 0: nowhere */
    /* Called before the debugger says something: what the guest has written
     * so far comes first.  May be NULL. */
    void (*flush_guest)(void *opaque);
    /* Asked now and then while the machine runs: does the user want it to
     * stop?  May be NULL. */
    bool (*interrupted)(void *opaque);
    void *opaque; /* for both */
};

/* setup is copied; what it points to must outlive the debugger. */
struct dbg *dbg_new(const struct dbg_setup *setup);
/* Call before vt_machine_free. */
void dbg_free(struct dbg *d);

enum dbg_next { DBG_GO_ON, DBG_QUIT };
/* Run one command line.  A command that cannot be done says why in one line
 * that begins with "error:"; nothing ends the session but quit.  An empty
 * line does nothing; what follows # is a comment. */
enum dbg_next dbg_execute(struct dbg *d, const char *line);

/* What completion offers. */
enum dbg_arguments {
    DBG_ARG_NONE,
    DBG_ARG_PLACE,    /* symbol or address */
    DBG_ARG_GROUP,    /* of registers */
    DBG_ARG_FIELD,    /* of the VMCS */
    DBG_ARG_COMMAND,
    DBG_ARG_FILE,     /* the front end's own completion */
    DBG_ARG_TOPIC
};

struct dbg_command {
    const char *name, *alias; /* alias may be NULL */
    const char *arguments;    /* "[N]", "" */
    enum dbg_arguments completes;
    const char *help;         /* one sentence */
    enum dbg_next (*run)(struct dbg *d, int argc, char **argv);
};
const struct dbg_command *dbg_commands(size_t *count);
/* The i-th completion of the last word of line; NULL past the last.  The
 * result belongs to the caller (free). */
char *dbg_complete(const struct dbg *d, const char *line, const char *word,
                   unsigned i);

#endif
