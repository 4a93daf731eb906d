/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A debugging session: the table of commands, command lines to commands,
 * numbers and places. */
#include "debugger/core/dbg_priv.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

static const struct dbg_command commands[] = {
    {"step", "s", "[N]", DBG_ARG_NONE,
     "Run one instruction (or N); an event delivery counts as one.",
     dbg_step},
    {"next-exit", "nx", "", DBG_ARG_NONE,
     "Run until the next VM exit is complete.", dbg_next_exit},
    {"next-entry", "ne", "", DBG_ARG_NONE,
     "Run until the next VM entry is complete.", dbg_next_entry},
    {"continue", "c", "", DBG_ARG_NONE,
     "Run until a breakpoint or until the machine stops.", dbg_continue},
    {"run-to-cycle", "rc", "N", DBG_ARG_NONE,
     "Run until the clock reaches cycle N.", dbg_run_to},
    {"break", "b", "PLACE", DBG_ARG_PLACE,
     "Stop before the instruction at a symbol or linear address; vmm: or "
     "guest: before it says whose.",
     dbg_break},
    {"delete", "d", "[NUMBER]", DBG_ARG_NONE,
     "Remove a breakpoint, or all.", dbg_delete},
    {"breakpoints", "info", "", DBG_ARG_NONE,
     "List the breakpoints.", dbg_breakpoints},
    {"where", "w", "", DBG_ARG_NONE,
     "Say which instruction is next, whose it is, and the cycle.",
     dbg_where},
    {"registers", "r", "[GROUP|NAME]", DBG_ARG_GROUP,
     "Show registers: all, one group, or one.", dbg_registers},
    {"vmcs", "v", "[PATTERN]", DBG_ARG_FIELD,
     "Show fields of the current VMCS whose name has the pattern in it.",
     dbg_vmcs},
    {"memory", "x", "[p:]PLACE [BYTES]", DBG_ARG_PLACE,
     "Show memory at a linear (p: physical) address.", dbg_memory},
    {"disassemble", "u", "[PLACE] [N]", DBG_ARG_PLACE,
     "Show the next instruction, or N at a place.", dbg_disassemble},
    {"exits", "t", "", DBG_ARG_NONE,
     "Show the exit table so far.", dbg_exits},
    {"explain", "e", "[TOPIC]", DBG_ARG_TOPIC,
     "Say why the last VM exit or failure happened, or what a word of the "
     "manual means.",
     dbg_explain},
    {"events", NULL, "[N]", DBG_ARG_NONE,
     "List the last N events (10 unless told; 64 are kept).", dbg_events},
    {"ledger", "l", "", DBG_ARG_NONE,
     "Show who spent how many cycles on what.", dbg_ledger},
    {"snapshot", NULL, "save|load FILE", DBG_ARG_FILE,
     "Save the whole machine to a file, or go back to one.", dbg_snapshot},
    {"hash", NULL, "", DBG_ARG_NONE,
     "Print the hash of all state.", dbg_hash},
    {"help", "h", "[COMMAND]", DBG_ARG_COMMAND,
     "List the commands, or say what one does.", dbg_help},
    {"quit", "q", "", DBG_ARG_NONE, "End the session.", dbg_quit},
};

const struct dbg_command *dbg_commands(size_t *count)
{
    *count = ARRAY_SIZE(commands);
    return commands;
}

struct vt_cpu *dbg_cpu(struct dbg *d)
{
    return vt_machine_cpu(d->m, 0);
}

enum vt_who_kind dbg_who(struct dbg *d)
{
    struct vt_cpu *cpu = dbg_cpu(d);
    return cpu->ledger.rows[cpu->who].kind;
}

void dbg_say(struct dbg *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(d->setup.out, format, args);
    va_end(args);
}

enum dbg_next dbg_error(struct dbg *d, const char *format, ...)
{
    va_list args;
    fputs("error: ", d->setup.out);
    va_start(args, format);
    vfprintf(d->setup.out, format, args);
    va_end(args);
    fputc('\n', d->setup.out);
    return DBG_GO_ON;
}

bool dbg_parse_number(struct dbg *d, const char *what, const char *text,
                      uint64_t *n)
{
    if (vt_parse_u64(text, n))
        return true;
    dbg_error(d, "%s: '%s' is no number", what, text);
    return false;
}

/* Take "vmm:" or "guest:" off the beginning. */
static enum trc_side take_side(const char **text)
{
    if (strncmp(*text, "vmm:", 4) == 0) {
        *text += 4;
        return TRC_VMM;
    }
    if (strncmp(*text, "guest:", 6) == 0) {
        *text += 6;
        return TRC_GUEST;
    }
    return TRC_ANY;
}

bool dbg_parse_place(struct dbg *d, const char *text, uint64_t *la,
                     enum trc_side *side)
{
    char name[128];
    uint64_t offset = 0;
    enum trc_side where = take_side(&text);
    const char *plus = strchr(text, '+');
    size_t length = plus ? (size_t)(plus - text) : strlen(text);

    if (plus && !vt_parse_u64(plus + 1, &offset)) {
        dbg_error(d, "'%s' is no offset", plus + 1);
        return false;
    }
    if (length >= sizeof(name))
        length = sizeof(name) - 1;
    memcpy(name, text, length);
    name[length] = '\0';
    if (strcmp(name, ".") == 0)
        *la = dbg_cpu(d)->ops->get_pc(dbg_cpu(d));
    else if (!vt_parse_u64(name, la) &&
             !trc_places_find(d->setup.places, name, &where, la)) {
        dbg_error(d, "'%s' is neither an address nor a symbol", name);
        return false;
    }
    *la += offset;
    if (side)
        *side = where;
    return true;
}

static const struct dbg_command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (strcmp(commands[i].name, name) == 0 ||
            (commands[i].alias && strcmp(commands[i].alias, name) == 0))
            return &commands[i];
    return NULL;
}

/* A unique beginning of a name will do. */
static const struct dbg_command *find_beginning(struct dbg *d,
                                                const char *name)
{
    const struct dbg_command *found = find_command(name);
    for (size_t i = 0; !found && i < ARRAY_SIZE(commands); i++)
        if (strncmp(commands[i].name, name, strlen(name)) == 0) {
            for (size_t k = i + 1; k < ARRAY_SIZE(commands); k++)
                if (strncmp(commands[k].name, name, strlen(name)) == 0) {
                    dbg_error(d, "'%s' could be %s or %s", name,
                              commands[i].name, commands[k].name);
                    return NULL;
                }
            found = &commands[i];
        }
    if (!found)
        dbg_error(d, "unknown command '%s'; try help", name);
    return found;
}

static int split(char *line, char **words)
{
    int count = 0;
    for (char *p = line; *p && count < DBG_MAX_WORDS;) {
        while (isspace((unsigned char)*p))
            *p++ = '\0';
        if (!*p || *p == '#')
            break;
        words[count++] = p;
        while (*p && !isspace((unsigned char)*p))
            p++;
    }
    return count;
}

/* How many arguments the synopsis asks for and allows: "PLACE" must be
 * there, "[N]" may. */
static void bounds(const struct dbg_command *command, int *least, int *most)
{
    char text[64];
    char *words[DBG_MAX_WORDS];
    snprintf(text, sizeof(text), "%s", command->arguments);
    *most = split(text, words);
    *least = 0;
    for (int i = 0; i < *most; i++)
        *least += words[i][0] != '[' || strchr(words[i], ']')[1] != '\0';
    if (command->run == dbg_explain)
        *most = DBG_MAX_WORDS; /* topics have blanks in them */
}

enum dbg_next dbg_execute(struct dbg *d, const char *line)
{
    char *copy = vt_strdup(line);
    char *words[DBG_MAX_WORDS];
    int count = split(copy, words), least, most;
    enum dbg_next next = DBG_GO_ON;

    const struct dbg_command *command =
        count ? find_beginning(d, words[0]) : NULL;
    if (command) {
        bounds(command, &least, &most);
        if (count - 1 < least || count - 1 > most)
            dbg_error(d, "usage: %s%s%s", command->name,
                      *command->arguments ? " " : "", command->arguments);
        else
            next = command->run(d, count, words);
    }
    free(copy);
    return next;
}

DBG_COMMAND(dbg_help)
{
    if (argc > 1) {
        const struct dbg_command *c = find_beginning(d, argv[1]);
        if (c) {
            dbg_say(d, "%s %s\n", c->name, c->arguments);
            if (c->alias)
                dbg_say(d, "short form: %s\n", c->alias);
            dbg_say(d, "%s\n", c->help);
        }
        return DBG_GO_ON;
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct dbg_command *c = &commands[i];
        char synopsis[64];
        snprintf(synopsis, sizeof(synopsis), "%s %s", c->name, c->arguments);
        dbg_say(d, "%-4s %-28s %s\n", c->alias ? c->alias : "", synopsis,
                c->help);
    }
    return DBG_GO_ON;
}

DBG_COMMAND(dbg_quit)
{
    (void)d, (void)argc, (void)argv;
    return DBG_QUIT;
}

void dbg_forget_past(struct dbg *d)
{
    trc_exits_restart(d->exits);
    d->event_total = 0;
    d->has_failed = false;
    d->ended = (struct vt_stop){.kind = VT_STOP_NONE};
}

struct dbg *dbg_new(const struct dbg_setup *setup)
{
    struct dbg *d = vt_alloc(1, sizeof(*d));
    d->setup = *setup;
    d->m = setup->m;
    if (!d->setup.max_cycles)
        d->setup.max_cycles = UINT64_MAX;
    d->exits = trc_exits_new(d->m);
    dbg_start_listening(d);
    return d;
}

void dbg_free(struct dbg *d)
{
    if (!d)
        return;
    dbg_stop_listening(d);
    trc_exits_free(d->exits);
    free(d->breakpoints);
    free(d);
}
