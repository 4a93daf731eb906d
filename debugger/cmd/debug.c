/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vtsim debug: boot an image and take commands before its first
 * instruction.  Commands come from standard input, so the guest gets no
 * input unless it is replayed from a file. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "debugger/cli/cli.h"
#include "debugger/cmd/board.h"

static const struct cmd_option debug_options[] = {
    {"commands", "FILE", "Read commands from a file.", "standard input",
     false},
};

static void flush_guest(void *opaque)
{
    struct board *b = opaque;
    if (!vt_pc_flush(b->pc))
        vt_machine_request_stop(b->m, VT_STOP_OUTPUT, 0, 0, "%s", "");
    vt_pc_end_line(b->pc);
}

/* SIGINT is blocked during the session; between slices of a run we look
 * whether one is waiting.  No handler, so no global flag. */
static bool interrupted(void *opaque)
{
    sigset_t pending, wanted;
    int number;
    (void)opaque;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    if (sigpending(&pending) != 0 || !sigismember(&pending, SIGINT))
        return false;
    return sigwait(&wanted, &number) == 0;
}

static void block_interrupt(void)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
}

static bool session(struct board *b, FILE *in)
{
    const struct dbg_setup setup = {.m = b->m,
                                    .places = b->places,
                                    .max_cycles = b->max_cycles,
                                    .out = stdout,
                                    .flush_guest = flush_guest,
                                    .interrupted = interrupted,
                                    .opaque = b};
    bool terminal = in == stdin && isatty(STDIN_FILENO);
    struct dbg *d = dbg_new(&setup);
    if (terminal && !dbg_cli_has_readline())
        puts("(built without GNU readline: plain lines, no completion)");
    if (terminal) {
        puts("'help' lists the commands.");
        block_interrupt();
    }
    dbg_execute(d, "where");
    errno = 0;
    bool read = dbg_cli(d, in, stdout, terminal);
    int why = errno;
    dbg_free(d);
    fflush(stdout); /* before what the guest still has to say */
    errno = why;
    return read;
}

static int cannot_read(const char *path)
{
    return cmd_usage_error("--commands: cannot read %s: %s",
                           path ? path : "standard input",
                           errno ? strerror(errno) : "this is no text");
}

static int debug_command(const struct cmd_args *args)
{
    struct board b;
    const char *path = cmd_value(args, "commands"), *serial;
    FILE *in = stdin;

    serial = cmd_value(args, "serial");
    if (serial && strcmp(serial, "stdio") == 0)
        return cmd_usage_error("debug: --serial stdio: standard input is "
                               "for commands; use stdout");
    if (path && !(in = fopen(path, "r")))
        return cannot_read(path);
    int status = board_build(&b, args, "stdout");
    if (status == CMD_OK) {
        if (!session(&b, in))
            status = cannot_read(path);
        status = board_finish(&b, status);
        status = cmd_finish_output(status);
        board_free(&b);
    }
    if (in != stdin)
        fclose(in);
    return status;
}

const struct cmd_command cmd_debug = {
    .name = "debug",
    .operands = "IMAGE",
    .least = 1,
    .most = 1,
    .summary = "Boot an image and take debugger commands ('help' lists "
               "them).",
    .options = {{board_options, BOARD_OPTION_COUNT},
                {debug_options, ARRAY_SIZE(debug_options)}},
    .run = debug_command,
};
