/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Option parsing, help and messages from the tables of cmd.h.  Our own and
 * not getopt_long, which POSIX does not have. */
#include "debugger/cmd/cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int cmd_usage_error(const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    /* One line, whatever the user's words hold. */
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    fflush(stdout);
    fprintf(stderr, "vtsim: %s\n", text);
    return CMD_USAGE;
}

int cmd_fail(const struct vt_error *err)
{
    cmd_usage_error("%s", err->text);
    return err->kind == VT_ERR_OUTPUT ? CMD_OUTPUT
           : err->kind == VT_ERR_LIMIT ? CMD_LIMIT
                                       : CMD_USAGE;
}

int cmd_finish_output(int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    /* An earlier write may have failed: stdio does not keep its errno. */
    cmd_usage_error("standard output could not be written%s%s",
                    errno ? ": " : "", errno ? strerror(errno) : "");
    return CMD_OUTPUT;
}

/* Row number i over both tables, or NULL. */
static const struct cmd_option *option_at(const struct cmd_command *command,
                                          size_t i)
{
    for (unsigned t = 0; t < CMD_TABLES; t++) {
        if (i < command->options[t].count)
            return &command->options[t].rows[i];
        i -= command->options[t].count;
    }
    return NULL;
}

static size_t option_count(const struct cmd_command *command)
{
    size_t count = 0;
    while (option_at(command, count))
        count++;
    return count;
}

/* Number of the option whose name is the first length characters. */
static bool find_option(const struct cmd_command *command, const char *name,
                        size_t length, size_t *number)
{
    const struct cmd_option *option;
    for (size_t i = 0; (option = option_at(command, i)); i++)
        if (strlen(option->name) == length &&
            strncmp(option->name, name, length) == 0) {
            *number = i;
            return true;
        }
    return false;
}

const char *cmd_value(const struct cmd_args *args, const char *name)
{
    size_t number;
    vt_assert(find_option(args->command, name, strlen(name), &number));
    return args->values[number];
}

/* One "--name[=value]"; *i moves over a value that is a word of its own. */
static int parse_option(struct cmd_args *args, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2, *value = strchr(name, '=');
    size_t length = value ? (size_t)(value - name) : strlen(name), number;

    if (!find_option(args->command, name, length, &number)) {
        return cmd_usage_error("%s: unknown option '--%.*s'; try 'vtsim %s "
                               "--help'", args->command->name, (int)length,
                               name, args->command->name);
    }
    const struct cmd_option *option = option_at(args->command, number);
    bool optional = option->argument && option->argument[0] == '[';
    if (value)
        value++;
    if (value && !option->argument)
        return cmd_usage_error("--%s takes no value", option->name);
    if (!value && option->argument && !optional) {
        if (*i + 1 >= argc)
            return cmd_usage_error("--%s needs %s", option->name,
                                   option->argument);
        value = argv[++*i];
    }
    if (value && !*value && strcmp(option->argument, "STR") != 0)
        return cmd_usage_error("--%s needs %s, not ''", option->name,
                               option->argument);
    args->values[number] = value ? value : "";
    if (option->repeats)
        args->list[args->list_count++] = value;
    return CMD_OK;
}

static int parse(struct cmd_args *args, int argc, char **argv)
{
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && strncmp(argv[i], "--", 2) == 0) {
            int status = parse_option(args, argc, argv, &i);
            if (status != CMD_OK)
                return status;
        } else if (!only_operands && argv[i][0] == '-' && argv[i][1]) {
            return cmd_usage_error("%s: unknown option '%s'; try 'vtsim %s "
                                   "--help'", args->command->name, argv[i],
                                   args->command->name);
        } else if (!argv[i][0]) {
            return cmd_usage_error("%s: an operand is empty",
                                   args->command->name);
        } else if (args->operand_count == args->command->most) {
            return cmd_usage_error("%s: unexpected operand '%s'",
                                   args->command->name, argv[i]);
        } else {
            args->operands[args->operand_count++] = argv[i];
        }
    }
    if (args->operand_count < args->command->least) {
        return cmd_usage_error("%s: %s is missing; try 'vtsim %s --help'",
                               args->command->name, args->command->operands,
                               args->command->name);
    }
    return CMD_OK;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int cmd_dispatch(const struct cmd_command *command, int argc, char **argv)
{
    if (asks_help(argc, argv)) {
        cmd_print_help(command);
        return cmd_finish_output(CMD_OK);
    }
    vt_assert(command->most <= CMD_OPERANDS_MAX);
    struct cmd_args args = {.command = command};
    args.values =
        vt_alloc(option_count(command) + 1, sizeof(*args.values));
    args.list = vt_alloc((size_t)argc + 1, sizeof(*args.list));
    int status = parse(&args, argc, argv);
    if (status == CMD_OK)
        status = command->run(&args);
    free(args.values);
    free(args.list);
    return status;
}

/* Break text at blanks, so that lines end before column 79. */
static void print_wrapped(const char *text, int indent)
{
    int column = indent;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (column > indent && column + 1 + (int)length > 78) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)length, text);
        column += (int)length;
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_option(const struct cmd_option *option)
{
    char left[64], text[400];
    snprintf(left, sizeof(left), "--%s%s%s", option->name,
             option->argument && option->argument[0] != '[' ? " " : "",
             option->argument ? option->argument : "");
    if (strlen(left) > 24)
        printf("  %s\n%27s", left, "");
    else
        printf("  %-24s ", left);
    snprintf(text, sizeof(text), "%s%s%s%s", option->help,
             option->standard ? " [" : "",
             option->standard ? option->standard : "",
             option->standard ? "]" : "");
    print_wrapped(text, 27);
}

void cmd_print_help(const struct cmd_command *command)
{
    const struct cmd_option *option;
    printf("usage: vtsim %s%s %s\n", command->name,
           option_count(command) ? " [OPTION]..." : "", command->operands);
    print_wrapped(command->summary, 0);
    for (size_t i = 0; (option = option_at(command, i)); i++)
        print_option(option);
    if (option_count(command))
        puts("What holds without an option stands in brackets.  "
             "vtsim(1) has the rest.");
}

bool cmd_parse_number(const char *option, const char *text, uint64_t least,
                      uint64_t most, uint64_t *n)
{
    if (!vt_parse_u64(text, n)) {
        cmd_usage_error("--%s: '%s' is not a number", option, text);
        return false;
    }
    if (*n < least || *n > most) {
        cmd_usage_error("--%s: %s is not from %" PRIu64 " to %" PRIu64,
                        option, text, least, most);
        return false;
    }
    return true;
}
