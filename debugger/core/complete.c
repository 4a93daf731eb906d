/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What could the last word of a command line become? */
#include "debugger/core/dbg_priv.h"

#include <strings.h>

#include "vmx-model/vmx.h"

/* Counts down the candidates that begin with word; keeps the i-th. */
struct pick {
    const char *word;
    unsigned i;
    const char *last; /* of a run of equal candidates */
    char *found;
};

static void offer(struct pick *p, const char *candidate)
{
    if (p->found || strncasecmp(candidate, p->word, strlen(p->word)) != 0 ||
        (p->last && strcmp(p->last, candidate) == 0))
        return;
    p->last = candidate;
    if (p->i-- == 0)
        p->found = vt_strdup(candidate);
}

static void offer_line(void *opaque, const char *line)
{
    struct pick *p = opaque;
    p->last = NULL; /* line may be a buffer that is used again */
    offer(p, line);
}

static void offer_commands(struct pick *p)
{
    size_t count;
    const struct dbg_command *commands = dbg_commands(&count);
    for (size_t i = 0; i < count; i++)
        offer(p, commands[i].name);
}

static void offer_groups(const struct dbg *d, struct pick *p)
{
    struct vt_cpu *cpu = vt_machine_cpu(d->m, 0);
    size_t rows;
    const struct vt_reg *regs = cpu->ops->regs(cpu, &rows);
    for (size_t i = 0; i < rows; i++)
        if (!(regs[i].flags & VT_REG_HIDDEN))
            offer(p, regs[i].group);
}

static const struct dbg_command *command_of(const char *line)
{
    size_t count, length = strcspn(line, " \t");
    const struct dbg_command *commands = dbg_commands(&count);
    for (size_t i = 0; i < count; i++)
        if ((strlen(commands[i].name) == length &&
             strncmp(commands[i].name, line, length) == 0) ||
            (commands[i].alias && strlen(commands[i].alias) == length &&
             strncmp(commands[i].alias, line, length) == 0))
            return &commands[i];
    return NULL;
}

/* A symbol; what stands before its last colon (guest:, vmm:, p:) stays. */
static char *complete_place(const struct dbg *d, const char *word, unsigned i)
{
    const char *colon = strrchr(word, ':');
    size_t head = colon ? (size_t)(colon + 1 - word) : 0;
    const char *name =
        trc_places_complete(d->setup.places, word + head, i);
    if (!name)
        return NULL;
    char *whole = vt_alloc(head + strlen(name) + 1, 1);
    memcpy(whole, word, head);
    memcpy(whole + head, name, strlen(name));
    return whole;
}

char *dbg_complete(const struct dbg *d, const char *line, const char *word,
                   unsigned i)
{
    struct pick p = {.word = word, .i = i};
    line += strspn(line, " \t");
    const struct dbg_command *command = command_of(line);

    if (!line[strcspn(line, " \t")]) {
        offer_commands(&p);
        return p.found;
    }
    switch (command ? command->completes : DBG_ARG_NONE) {
    case DBG_ARG_PLACE:
        return complete_place(d, word, i);
    case DBG_ARG_GROUP:
        offer_groups(d, &p);
        break;
    case DBG_ARG_FIELD:
        for (unsigned f = 0; f < VMX_FIELD_COUNT; f++)
            offer(&p, vmx_fields[f].id);
        break;
    case DBG_ARG_COMMAND:
        offer_commands(&p);
        break;
    case DBG_ARG_TOPIC:
        vmx_explain_topics(offer_line, &p);
        break;
    case DBG_ARG_FILE:
    case DBG_ARG_NONE:
        break;
    }
    return p.found;
}
