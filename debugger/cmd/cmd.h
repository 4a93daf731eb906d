/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program's commands and their options.  One const table an option list:
 * parsing, --help and the test of the manual page read the same rows. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "sim/machine/vt.h"

/* Exit statuses; odd ones are the guest's.  vtsim(1), "EXIT STATUS". */
enum cmd_status {
    CMD_OK = 0,
    CMD_USAGE = 2,
    CMD_TRIPLE_FAULT = 4,
    CMD_LIMIT = 6,
    CMD_OUTPUT = 8,
    CMD_DEADLOCK = 10,
    CMD_UNMODELLED = 12
};

struct cmd_option {
    const char *name;     /* without the dashes */
    const char *argument; /* "FILE"; NULL for a switch; "[=X]" may be left
                             out; only "STR" may be empty */
    const char *help;     /* one sentence */
    const char *standard; /* what holds without the option; shown */
    bool repeats;
};

struct cmd_options {
    const struct cmd_option *rows;
    size_t count;
};

#define CMD_TABLES 2
#define CMD_OPERANDS_MAX 8

struct cmd_args;
struct cmd_command {
    const char *name;
    const char *operands; /* "IMAGE" */
    unsigned least, most; /* number of operands */
    const char *summary;
    struct cmd_options options[CMD_TABLES];
    int (*run)(const struct cmd_args *args);
};

/* A parsed command line; strings belong to argv. */
struct cmd_args {
    const struct cmd_command *command;
    const char **values; /* by number of option over all tables */
    const char **list;   /* values of the option that repeats, in order */
    unsigned list_count;
    const char *operands[CMD_OPERANDS_MAX];
    unsigned operand_count;
};

/* The value of an option, "" for a switch or an argument left out, NULL when
 * it was not given. */
const char *cmd_value(const struct cmd_args *args, const char *name);
/* Parse and run.  Prints usage errors and answers --help itself. */
int cmd_dispatch(const struct cmd_command *command, int argc, char **argv);
void cmd_print_help(const struct cmd_command *command);

/* "vtsim: ..." on standard error; returns CMD_USAGE. */
int cmd_usage_error(const char *format, ...) VT_PRINTF(1, 2);
/* The same for an error that a module reports; returns its status. */
int cmd_fail(const struct vt_error *err);
/* Flush standard output; CMD_OUTPUT with a line when that fails, else
 * status. */
int cmd_finish_output(int status);
/* A number, decimal or 0x hexadecimal, from least to most. */
bool cmd_parse_number(const char *option, const char *text, uint64_t least,
                      uint64_t most, uint64_t *n);

extern const struct cmd_command cmd_run, cmd_cpu, cmd_explain, cmd_debug;

#endif
