/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The snapshot reader.  vt_reader_open walks the whole file once and checks
 * every length and CRC, so the loaders behind it only meet files that some
 * vtsim wrote, perhaps with another idea of the machine; those mistakes are
 * found field by field, by name and size.  No length from the file is used
 * before it was compared with what is left. */
#include "sim/machine/snapshot.h"
#include "sim/machine/snapshot_priv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct section {
    char name[SNAP_NAME_MAX + 1];
    size_t payload, bytes; /* offset in the file, length */
    bool was_opened;
};

struct vt_reader {
    const uint8_t *data;
    struct section *sections;
    size_t section_count;
    struct section *open; /* NULL between sections */
    size_t at, end;       /* next byte and end of the open payload */
    struct vt_error trouble; /* the first one in the open section */
};

/* --- opening ------------------------------------------------------------ */

/* Copy a name at data[at] (before end) to name; returns the offset after it,
 * or 0 when it is cut off, empty, too long or not plain ASCII. */
static size_t take_name(const uint8_t *data, size_t at, size_t end,
                        char name[SNAP_NAME_MAX + 1])
{
    if (at >= end)
        return 0;
    size_t length = data[at++];
    if (length == 0 || length > SNAP_NAME_MAX || length > end - at)
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (data[at + i] < 0x20 || data[at + i] > 0x7e)
            return 0;
        name[i] = (char)data[at + i];
    }
    name[length] = '\0';
    return at + length;
}

/* Find the section at *at and check its CRC; moves *at past it. */
static bool take_section(const uint8_t *data, size_t *at, size_t bytes,
                         struct section *to)
{
    size_t start = *at;
    size_t next = take_name(data, start, bytes, to->name);
    if (next == 0 || bytes - next < 8)
        return false;
    uint64_t payload_bytes = vt_ld64le(data + next);
    next += 8;
    if (bytes - next < 4 || payload_bytes > bytes - next - 4)
        return false;
    to->payload = next;
    to->bytes = (size_t)payload_bytes;
    to->was_opened = false;
    next += to->bytes;
    if (vt_crc32(data + start, next - start) != vt_ld32le(data + next))
        return false;
    *at = next + 4;
    return true;
}

static enum vt_err check_header(const uint8_t *data, size_t bytes,
                                struct vt_error *err)
{
    if (bytes < SNAP_HEADER_BYTES ||
        memcmp(data, SNAP_MAGIC, SNAP_MAGIC_BYTES) != 0)
        return vt_fail(err, VT_ERR_INPUT,
                       "this is no snapshot of vtsim (its first bytes are "
                       "not those of one)");
    uint32_t version = vt_ld32le(data + SNAP_MAGIC_BYTES);
    if (version != VT_SNAPSHOT_VERSION)
        return vt_fail(err, VT_ERR_INPUT,
                       "the snapshot has format version %" PRIu32
                       "; this vtsim reads version %u",
                       version, VT_SNAPSHOT_VERSION);
    return VT_OK;
}

static struct section *find_section(struct vt_reader *r, const char *name)
{
    for (size_t i = 0; i < r->section_count; i++)
        if (strcmp(r->sections[i].name, name) == 0)
            return &r->sections[i];
    return NULL;
}

/* List all sections up to and with the end section. */
static enum vt_err take_sections(struct vt_reader *r, size_t bytes,
                                 struct vt_error *err)
{
    size_t at = SNAP_HEADER_BYTES;
    for (;;) {
        struct section s;
        size_t start = at;
        if (!take_section(r->data, &at, bytes, &s))
            return vt_fail(err, VT_ERR_INPUT,
                           "the snapshot is damaged or cut off in the part "
                           "that starts at byte %zu of %zu",
                           start, bytes);
        if (strcmp(s.name, SNAP_END) == 0)
            break;
        if (find_section(r, s.name))
            return vt_fail(err, VT_ERR_INPUT,
                           "the snapshot has section \"%s\" twice", s.name);
        r->sections = vt_realloc(r->sections, r->section_count + 1,
                                 sizeof *r->sections);
        r->sections[r->section_count++] = s;
    }
    if (at != bytes)
        return vt_fail(err, VT_ERR_INPUT,
                       "the snapshot has %zu bytes after its end",
                       bytes - at);
    return VT_OK;
}

enum vt_err vt_reader_open(const void *data, size_t bytes,
                           struct vt_reader **r, struct vt_error *err)
{
    *r = NULL;
    enum vt_err e = check_header(data, bytes, err);
    if (e != VT_OK)
        return e;
    struct vt_reader *reader = vt_alloc(1, sizeof *reader);
    reader->data = data;
    e = take_sections(reader, bytes, err);
    if (e != VT_OK)
        vt_reader_free(reader);
    else
        *r = reader;
    return e;
}

void vt_reader_free(struct vt_reader *r)
{
    if (!r)
        return;
    free(r->sections);
    free(r);
}

/* --- sections ----------------------------------------------------------- */

enum vt_err vt_reader_section(struct vt_reader *r, const char *section,
                              struct vt_error *err)
{
    struct section *s = find_section(r, section);
    if (!s)
        return vt_fail(err, VT_ERR_INPUT, "the snapshot has no section "
                       "\"%s\"", section);
    r->open = s;
    r->at = s->payload;
    r->end = s->payload + s->bytes;
    r->trouble.kind = VT_OK;
    s->was_opened = true;
    return VT_OK;
}

void vt_reader_reject(struct vt_reader *r, const char *format, ...)
{
    if (r->trouble.kind != VT_OK)
        return;
    char what[240];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    vt_fail(&r->trouble, VT_ERR_INPUT, "snapshot section \"%s\": %s",
            r->open ? r->open->name : "?", what);
}

bool vt_reader_rejected(const struct vt_reader *r)
{
    return r->trouble.kind != VT_OK;
}

enum vt_err vt_reader_close_section(struct vt_reader *r,
                                    struct vt_error *err)
{
    if (r->trouble.kind == VT_OK && r->at != r->end)
        vt_reader_reject(r, "%zu bytes are left over", r->end - r->at);
    r->open = NULL;
    if (r->trouble.kind == VT_OK)
        return VT_OK;
    return vt_fail(err, r->trouble.kind, "%s", r->trouble.text);
}

enum vt_err vt_reader_all_opened(const struct vt_reader *r,
                                 struct vt_error *err)
{
    for (size_t i = 0; i < r->section_count; i++)
        if (!r->sections[i].was_opened)
            return vt_fail(err, VT_ERR_INPUT,
                           "the snapshot has a section \"%s\" that this "
                           "machine has no place for",
                           r->sections[i].name);
    return VT_OK;
}

/* --- fields ------------------------------------------------------------- */

/* Read a field's head.  Returns its elements, or NULL after a mismatch.
 * *count is what the file says; all of it lies inside the section. */
static const uint8_t *take_field(struct vt_reader *r, const char *name,
                                 unsigned size_bytes, size_t *count)
{
    vt_assert(r->open);
    *count = 0;
    if (r->trouble.kind != VT_OK)
        return NULL;
    char found[SNAP_NAME_MAX + 1];
    size_t at = take_name(r->data, r->at, r->end, found);
    if (at == 0 || r->end - at < 5) {
        vt_reader_reject(r, "ends before field \"%s\"", name);
        return NULL;
    }
    if (strcmp(found, name) != 0) {
        vt_reader_reject(r, "field \"%s\" stands where \"%s\" should",
                         found, name);
        return NULL;
    }
    unsigned found_size = r->data[at];
    uint32_t found_count = vt_ld32le(r->data + at + 1);
    at += 5;
    if (found_size != size_bytes || found_count > (r->end - at) / size_bytes) {
        vt_reader_reject(r, "field \"%s\" has %" PRIu32 " elements of %u "
                         "bytes, which cannot be", name, found_count,
                         found_size);
        return NULL;
    }
    r->at = at + (size_t)found_count * size_bytes;
    *count = found_count;
    return r->data + at;
}

/* The same for a field whose element count is known. */
static const uint8_t *take_exactly(struct vt_reader *r, const char *name,
                                   unsigned size_bytes, size_t count)
{
    size_t found;
    const uint8_t *at = take_field(r, name, size_bytes, &found);
    if (at && found != count) {
        vt_reader_reject(r, "field \"%s\" has %zu elements, not %zu", name,
                         found, count);
        return NULL;
    }
    return at;
}

uint64_t vt_load_u64(struct vt_reader *r, const char *name)
{
    const uint8_t *at = take_exactly(r, name, 8, 1);
    return at ? vt_ld64le(at) : 0;
}

uint64_t vt_load_max(struct vt_reader *r, const char *name, uint64_t max)
{
    uint64_t value = vt_load_u64(r, name);
    if (value <= max)
        return value;
    vt_reader_reject(r, "field \"%s\" is %" PRIu64 ", above %" PRIu64, name,
                     value, max);
    return 0;
}

void vt_load_bytes(struct vt_reader *r, const char *name, void *to,
                   size_t bytes)
{
    const uint8_t *at = take_exactly(r, name, 1, bytes);
    if (bytes == 0)
        return;
    if (at)
        memcpy(to, at, bytes);
    else
        memset(to, 0, bytes);
}

const void *vt_load_blob(struct vt_reader *r, const char *name,
                         size_t max_bytes, size_t *bytes)
{
    const uint8_t *at = take_field(r, name, 1, bytes);
    if (at && *bytes > max_bytes) {
        vt_reader_reject(r, "field \"%s\" has %zu bytes, more than %zu",
                         name, *bytes, max_bytes);
        at = NULL;
    }
    if (!at)
        *bytes = 0;
    return at;
}

static bool fits_bool(const struct vt_reg *reg, uint64_t value)
{
    return value <= 1 || (reg->format != VT_FMT_BOOL && reg->bits != 1);
}

void vt_load_regs(struct vt_reader *r, const struct vt_reg *table,
                  size_t rows, void *state)
{
    for (size_t i = 0; i < rows; i++) {
        const struct vt_reg *reg = &table[i];
        const uint8_t *at =
            take_exactly(r, reg->name, reg->size_bytes, reg->count);
        for (unsigned k = 0; k < reg->count; k++) {
            uint64_t value = 0;
            if (at)
                value = vt_ldle(at + (size_t)k * reg->size_bytes,
                                reg->size_bytes);
            if (!fits_bool(reg, value))
                vt_reader_reject(r, "field \"%s\" is neither 0 nor 1",
                                 reg->name);
            vt_reg_set(reg, state, k, value);
        }
    }
}
