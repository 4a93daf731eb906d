/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session and what the command files share. */
#ifndef DBG_PRIV_H
#define DBG_PRIV_H

#include "debugger/core/dbg.h"
#include "traces/exits.h"

#define DBG_EVENTS_KEPT 64
#define DBG_MAX_WORDS 16

struct dbg_breakpoint {
    unsigned number;
    uint64_t la;
    enum trc_side side;
    char text[80]; /* as the user wrote it */
};

/* What the running command waits for besides breakpoints. */
enum dbg_until { DBG_UNTIL_STOP, DBG_UNTIL_EXIT, DBG_UNTIL_ENTRY };

struct dbg {
    struct dbg_setup setup;
    struct vt_machine *m;
    struct trc_exits *exits;
    struct dbg_breakpoint *breakpoints;
    unsigned breakpoint_count, last_number;
    struct vt_event events[DBG_EVENTS_KEPT]; /* ring, newest last */
    uint64_t event_total;
    enum dbg_until until;
    uint64_t start_cycle, start_pc; /* do not break where we stand */
    bool has_failed;         /* last of VM_EXIT and VM_FAIL was a failure */
    struct vt_stop ended;    /* why the machine can run no further */
};

struct vt_cpu *dbg_cpu(struct dbg *d);
enum vt_who_kind dbg_who(struct dbg *d);
void dbg_say(struct dbg *d, const char *format, ...) VT_PRINTF(2, 3);
/* One line "error: ..."; returns DBG_GO_ON. */
enum dbg_next dbg_error(struct dbg *d, const char *format, ...)
    VT_PRINTF(2, 3);
/* "0x1000", "4096", "symbol", "symbol+0x10", "." for the next instruction;
 * "vmm:" or "guest:" before it says whose.
 *   side  out: whose place it is; may be NULL
 * False after having said what is wrong. */
bool dbg_parse_place(struct dbg *d, const char *text, uint64_t *la,
                     enum trc_side *side);
/* A count or cycle; no sign. */
bool dbg_parse_number(struct dbg *d, const char *what, const char *text,
                      uint64_t *n);
/* The line that says where the CPU stands. */
void dbg_say_where(struct dbg *d);
/* Bring what was derived from the past up to date after a load. */
void dbg_forget_past(struct dbg *d);

/* Commands, by file. */
#define DBG_COMMAND(name) \
    enum dbg_next name(struct dbg *d, int argc, char **argv)
/* runcmd.c */
DBG_COMMAND(dbg_step);
DBG_COMMAND(dbg_next_exit);
DBG_COMMAND(dbg_next_entry);
DBG_COMMAND(dbg_continue);
DBG_COMMAND(dbg_run_to);
DBG_COMMAND(dbg_break);
DBG_COMMAND(dbg_delete);
DBG_COMMAND(dbg_breakpoints);
void dbg_start_listening(struct dbg *d);
void dbg_stop_listening(struct dbg *d);
/* show.c */
DBG_COMMAND(dbg_where);
DBG_COMMAND(dbg_registers);
DBG_COMMAND(dbg_memory);
DBG_COMMAND(dbg_disassemble);
DBG_COMMAND(dbg_ledger);
DBG_COMMAND(dbg_events);
/* virt.c */
DBG_COMMAND(dbg_vmcs);
DBG_COMMAND(dbg_exits);
DBG_COMMAND(dbg_explain);
/* state.c */
DBG_COMMAND(dbg_snapshot);
DBG_COMMAND(dbg_hash);
/* session.c */
DBG_COMMAND(dbg_help);
DBG_COMMAND(dbg_quit);

#endif
