/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What somebody may have meant who asks for a topic that there is not: the
 * topics that have the words in their names ("cr3"), or else those that are
 * spelt almost like it ("hltt").  No manual is modelled here; the names are
 * those of the tables. */
#include "vmx-model/vmx.h"

#include <ctype.h>
#include <stdio.h>

#define NAME_MAX_BYTES 64u

/* Case does not count; '-', '_' and ' ' are the same. */
static int folded(char c)
{
    return c == '-' || c == ' ' ? '_' : tolower((unsigned char)c);
}

static bool is_in(const char *text, const char *part)
{
    for (; *text; text++) {
        size_t i = 0;
        while (part[i] && folded(text[i]) == folded(part[i]))
            i++;
        if (!part[i])
            return true;
    }
    return false;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, taken out or changed to make b of a
 * (Levenshtein): one row of the usual table, kept in place. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[NAME_MAX_BYTES + 1], n = (unsigned)strlen(b);
    if (n > NAME_MAX_BYTES)
        return NAME_MAX_BYTES;
    for (unsigned j = 0; j <= n; j++)
        row[j] = j;
    for (unsigned i = 1; *a; i++, a++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= n; j++) {
            unsigned changed =
                diagonal + (folded(*a) != folded(b[j - 1]));
            diagonal = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[n];
}

/* A topic's name that can be asked for, and the manual's name for it. */
typedef void name_fn(void *opaque, const char *ask, const char *name);

static void each_name(name_fn *f, void *opaque)
{
    for (size_t i = 0; i < vmx_reason_count; i++)
        f(opaque, vmx_reasons[i].id, vmx_reasons[i].name);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++)
        f(opaque, vmx_fields[i].id, vmx_fields[i].name);
    for (unsigned i = 0; i < VMX_CONTROL_COUNT; i++)
        f(opaque, vmx_controls[i].id, vmx_controls[i].name);
    for (unsigned i = 0; i < vmx_check_count(); i++)
        f(opaque, vmx_check_at(i)->id, vmx_check_at(i)->id);
}

struct search {
    const char *topic;
    unsigned limit; /* offer names at most so far away */
    vmx_line_fn *line; /* of the first search */
    void *opaque;
    bool any;
    char *names; /* of the second */
    size_t used, size;
};

static void offer_containing(void *opaque, const char *ask, const char *name)
{
    struct search *s = opaque;
    if (!is_in(ask, s->topic) && !is_in(name, s->topic))
        return;
    s->any = true;
    s->line(s->opaque, ask);
}

static void offer_similar(void *opaque, const char *ask, const char *name)
{
    struct search *s = opaque;
    if (distance(s->topic, ask) > s->limit &&
        distance(s->topic, name) > s->limit)
        return;
    snprintf(s->names + s->used, s->size - s->used, "%s%s",
             s->used ? ", " : "", ask);
    s->used += strlen(s->names + s->used);
}

bool vmx_explain_containing(const char *topic, vmx_line_fn *line,
                            void *opaque)
{
    struct search s = {.topic = topic, .line = line, .opaque = opaque};
    if (strlen(topic) >= 2)
        each_name(offer_containing, &s);
    return s.any;
}

bool vmx_explain_similar(const char *topic, char *names, size_t size)
{
    struct search s = {.topic = topic, .names = names, .size = size};
    unsigned most = least((unsigned)strlen(topic) / 4 + 1, 3);
    /* The nearest only. */
    for (s.limit = 1; !s.used && s.limit <= most && topic[0]; s.limit++)
        each_name(offer_similar, &s);
    return s.used > 0;
}
