/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cost profiles: the parser, and the built-in ones.  A profile is data from
 * the user, so each mistake gives one line with file, line number and word.
 * docs/cost.md says what the numbers mean and where they come from. */
#include "sim/machine/profile.h"
#include "sim/machine/profiles.h"
#include "sim/machine/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_PROFILE_BYTES ((size_t)1 << 20)
#define MAX_WORDS 6
#define MAX_WORD_BYTES 200

/* --- words -------------------------------------------------------------- */

/* Where the parser is, and the words of the present line. */
struct parser {
    const char *at, *end;
    unsigned line;
    struct vt_profile *profile;
    bool has_profile, has_clock;
    char words[MAX_WORDS][MAX_WORD_BYTES];
    bool quoted[MAX_WORDS];
    unsigned word_count;
    struct vt_error *err;
};

static enum vt_err bad(struct parser *p, const char *what, const char *word)
{
    return vt_fail(p->err, VT_ERR_INPUT, "%s:%u: %s: \"%.60s\"",
                   p->profile->origin, p->line, what, word);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Append c to word; bytes that a terminal should not see become '?'. */
static bool append(char *word, size_t *length, char c)
{
    if (*length + 1 >= MAX_WORD_BYTES)
        return false;
    word[(*length)++] = c >= ' ' && c <= '~' ? c : '?';
    word[*length] = '\0';
    return true;
}

/* Take the word at p->at, which is neither blank nor the line's end. */
static enum vt_err take_word(struct parser *p)
{
    if (p->word_count == MAX_WORDS)
        return bad(p, "too many words after", p->words[MAX_WORDS - 1]);
    char *word = p->words[p->word_count];
    bool quoted = *p->at == '"';
    size_t length = 0;
    word[0] = '\0';
    p->quoted[p->word_count++] = quoted;
    p->at += quoted;
    while (p->at < p->end && *p->at != '\n' && *p->at != '"' &&
           (quoted || !is_blank(*p->at)))
        if (!append(word, &length, *p->at++))
            return bad(p, "this word is too long", word);
    bool closed = p->at < p->end && *p->at == '"';
    if (quoted != closed)
        return bad(p, quoted ? "no quote ends the text"
                             : "a quote inside a word", word);
    p->at += closed;
    return VT_OK;
}

static void skip_comment(struct parser *p)
{
    while (p->at < p->end && *p->at != '\n')
        p->at++;
}

/* Split the next line into words. */
static enum vt_err take_line(struct parser *p)
{
    p->line++;
    p->word_count = 0;
    while (p->at < p->end && *p->at != '\n') {
        if (is_blank(*p->at)) {
            p->at++;
        } else if (*p->at == '#') {
            skip_comment(p);
        } else {
            enum vt_err e = take_word(p);
            if (e != VT_OK)
                return e;
        }
    }
    p->at += p->at < p->end;
    return VT_OK;
}

/* --- values ------------------------------------------------------------- */

static enum vt_err take_number(struct parser *p, const char *word,
                               uint64_t min, uint64_t max, uint64_t *value)
{
    *value = 0;
    if (!*word)
        return bad(p, "a number is missing", word);
    for (const char *c = word; *c; c++) {
        if (*c < '0' || *c > '9')
            return bad(p, "not a decimal number", word);
        unsigned digit = (unsigned)(*c - '0');
        if (*value > (max - digit) / 10)
            return bad(p, "the number is too large", word);
        *value = *value * 10 + digit;
    }
    if (*value < min)
        return bad(p, "the number is too small", word);
    return VT_OK;
}

static enum vt_err take_text(struct parser *p, const char *word, char *to,
                             size_t size)
{
    if (strlen(word) >= size)
        return bad(p, "this text is too long", word);
    if (!*word)
        return bad(p, "an empty text", word);
    memcpy(to, word, strlen(word) + 1);
    return VT_OK;
}

static enum vt_err take_sure(struct parser *p, const char *word, char *sure)
{
    if (strlen(word) != 1 || !strchr("VMDA", word[0]))
        return bad(p, "not one of the letters V, M, D, A", word);
    *sure = word[0];
    return VT_OK;
}

/* "NUMBER UNIT LETTER "SOURCE"", the end of every row. */
static enum vt_err take_amount(struct parser *p, unsigned first,
                               const char *unit, uint64_t min, uint64_t max,
                               uint64_t *value, char *sure, char *source,
                               size_t source_size)
{
    if (p->word_count != first + 4)
        return bad(p, "a number, its unit, a letter and a source should "
                      "follow", p->words[first - 1]);
    enum vt_err e = take_number(p, p->words[first], min, max, value);
    if (e == VT_OK && strcmp(p->words[first + 1], unit) != 0)
        e = bad(p, "the wrong unit", p->words[first + 1]);
    if (e == VT_OK)
        e = take_sure(p, p->words[first + 2], sure);
    if (e == VT_OK)
        e = take_text(p, p->words[first + 3], source, source_size);
    return e;
}

/* --- rows --------------------------------------------------------------- */

static enum vt_err take_profile_row(struct parser *p)
{
    if (p->has_profile)
        return bad(p, "a second profile row", p->words[0]);
    if (p->word_count != 3)
        return bad(p, "a name and a title should follow", p->words[0]);
    p->has_profile = true;
    struct vt_profile *to = p->profile;
    enum vt_err e = take_text(p, p->words[1], to->name, sizeof to->name);
    if (e == VT_OK)
        e = take_text(p, p->words[2], to->title, sizeof to->title);
    return e;
}

static enum vt_err take_clock_row(struct parser *p)
{
    if (p->has_clock)
        return bad(p, "a second clock row", p->words[0]);
    p->has_clock = true;
    char sure, source[sizeof p->profile->costs->source];
    return take_amount(p, 1, "Hz", VT_HZ_MIN, VT_HZ_MAX, &p->profile->hz,
                       &sure, source, sizeof source);
}

static enum vt_err take_cost_row(struct parser *p)
{
    if (p->word_count < 2)
        return bad(p, "a key should follow", p->words[0]);
    if (vt_profile_find(p->profile, p->words[1]))
        return bad(p, "this key has a row already", p->words[1]);
    struct vt_cost row = {.line = p->line};
    enum vt_err e = take_text(p, p->words[1], row.key, sizeof row.key);
    if (e == VT_OK)
        e = take_amount(p, 2, "cycles", 0, VT_COST_MAX, &row.cycles,
                        &row.sure, row.source, sizeof row.source);
    if (e != VT_OK)
        return e;
    struct vt_profile *to = p->profile;
    to->costs = vt_realloc(to->costs, to->cost_count + 1, sizeof row);
    to->costs[to->cost_count++] = row;
    return VT_OK;
}

static enum vt_err take_row(struct parser *p)
{
    static const struct {
        const char *word;
        enum vt_err (*take)(struct parser *p);
    } rows[] = {
        {"profile", take_profile_row},
        {"clock", take_clock_row},
        {"cost", take_cost_row},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (strcmp(p->words[0], rows[i].word) == 0)
            return rows[i].take(p);
    return bad(p, "a row starts with profile, clock or cost, not with",
               p->words[0]);
}

static enum vt_err parse_rows(struct parser *p)
{
    while (p->at < p->end) {
        enum vt_err e = take_line(p);
        if (e == VT_OK && p->word_count > 0)
            e = take_row(p);
        if (e != VT_OK)
            return e;
    }
    if (!p->has_profile)
        return bad(p, "the file ends without a row", "profile");
    if (!p->has_clock)
        return bad(p, "the file ends without a row", "clock");
    return VT_OK;
}

enum vt_err vt_profile_parse(const char *text, size_t bytes,
                             const char *name_for_errors,
                             struct vt_profile **profile,
                             struct vt_error *err)
{
    struct parser *p = vt_alloc(1, sizeof *p);
    p->at = text;
    p->end = text + bytes;
    p->err = err;
    p->profile = vt_alloc(1, sizeof *p->profile);
    snprintf(p->profile->origin, sizeof p->profile->origin, "%s",
             name_for_errors);
    enum vt_err e = parse_rows(p);
    if (e != VT_OK) {
        vt_profile_free(p->profile);
        p->profile = NULL;
    }
    *profile = p->profile;
    free(p);
    return e;
}

/* --- the public rest ---------------------------------------------------- */

static const struct {
    const char *name;
    const char *text;
} builtin[] = {
    {"unit", vt_profile_text_unit},
    {"prescott", vt_profile_text_prescott},
    {"merom", vt_profile_text_merom},
};

const char *vt_profile_builtin(unsigned i, const char **name)
{
    if (i >= ARRAY_SIZE(builtin))
        return NULL;
    if (name)
        *name = builtin[i].name;
    return builtin[i].text;
}

enum vt_err vt_profile_open(const char *name_or_path,
                            struct vt_profile **profile,
                            struct vt_error *err)
{
    *profile = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(builtin); i++)
        if (strcmp(name_or_path, builtin[i].name) == 0)
            return vt_profile_parse(builtin[i].text, strlen(builtin[i].text),
                                    builtin[i].name, profile, err);
    uint8_t *data;
    size_t bytes;
    struct vt_error why = {.kind = VT_OK};
    enum vt_err e = vt_read_file(name_or_path, MAX_PROFILE_BYTES, &data,
                                 &bytes, &why);
    if (e != VT_OK)
        return vt_fail(err, e, "profile %s is not built in (unit, prescott, "
                       "merom), and as a file: %s", name_or_path, why.text);
    e = vt_profile_parse((const char *)data, bytes, name_or_path, profile,
                         err);
    free(data);
    return e;
}

void vt_profile_free(struct vt_profile *profile)
{
    if (!profile)
        return;
    free(profile->costs);
    free(profile);
}

enum vt_err vt_profile_check_keys(const struct vt_profile *profile,
                                  const char *const *keys, size_t count,
                                  struct vt_error *err)
{
    for (size_t i = 0; i < profile->cost_count; i++) {
        const struct vt_cost *row = &profile->costs[i];
        size_t k = 0;
        while (k < count && strcmp(keys[k], row->key) != 0)
            k++;
        if (k == count)
            return vt_fail(err, VT_ERR_INPUT,
                           "%s:%u: nothing has a price called: \"%s\"",
                           profile->origin, row->line, row->key);
    }
    return VT_OK;
}

const struct vt_cost *vt_profile_find(const struct vt_profile *profile,
                                      const char *key)
{
    for (size_t i = 0; i < profile->cost_count; i++)
        if (strcmp(profile->costs[i].key, key) == 0)
            return &profile->costs[i];
    return NULL;
}

uint64_t vt_profile_cost(const struct vt_profile *profile, const char *key,
                         uint64_t fallback)
{
    const struct vt_cost *row = vt_profile_find(profile, key);
    return row ? row->cycles : fallback;
}

uint32_t vt_profile_crc(const struct vt_profile *profile)
{
    struct {
        char key[sizeof ((struct vt_cost *)0)->key];
        uint8_t cycles[8];
    } *rows = vt_alloc(profile->cost_count + 1, sizeof *rows);
    for (size_t i = 0; i < profile->cost_count; i++) {
        memcpy(rows[i].key, profile->costs[i].key, sizeof rows[i].key);
        vt_st64le(rows[i].cycles, profile->costs[i].cycles);
    }
    uint32_t crc = vt_crc32(rows, profile->cost_count * sizeof *rows);
    free(rows);
    return crc;
}
