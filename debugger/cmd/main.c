/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vtsim: the program.  Finds the command and hands it the rest. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include "debugger/cmd/cmd.h"

static const struct cmd_command *const commands[] = {
    &cmd_run, &cmd_debug, &cmd_cpu, &cmd_explain};

static void print_program_help(void)
{
    puts("usage: vtsim COMMAND [OPTION]... [OPERAND]...\n"
         "A cycle-counting simulator of Intel's virtualization hardware.\n");
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        printf("  %-8s %-20s %s\n", commands[i]->name, commands[i]->operands,
               commands[i]->summary);
    puts("\n"
         "  vtsim COMMAND --help   the command's options and what holds\n"
         "                         without them\n"
         "  vtsim --version        version and licence\n"
         "Odd exit statuses are the guest's; the even ones: 0 power-off or\n"
         "done, 2 usage or input error, 4 triple fault, 6 a limit, 8 output\n"
         "could not be written, 10 the guest can never wake, 12 not\n"
         "modelled.");
}

static void print_version(void)
{
    puts("vtsim " PACKAGE_VERSION "\n"
         "Licence GPL-3.0-or-later; there is NO WARRANTY, to the extent\n"
         "permitted by law.");
}

/* A standard stream that the caller has closed must not become the next file
 * that is opened: the guest's output would go into it.  In its place stands
 * one that can be neither read nor written. */
static void hold_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return;
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    /* A closed pipe is an output error like any other. */
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        cmd_usage_error("a command is missing; try 'vtsim --help'");
        return CMD_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_program_help();
        return cmd_finish_output(CMD_OK);
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return cmd_finish_output(CMD_OK);
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (strcmp(commands[i]->name, argv[1]) == 0)
            return cmd_dispatch(commands[i], argc - 2, argv + 2);
    return cmd_usage_error("unknown command '%s'; try 'vtsim --help'",
                           argv[1]);
}
