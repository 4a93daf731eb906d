/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The snapshot writer: fields and sections into one growing buffer.  The
 * format is drawn in snapshot.h and told at length in docs/snapshots.md. */
#include "sim/machine/snapshot.h"
#include "sim/machine/snapshot_priv.h"

#include <stdlib.h>

#define NO_SECTION SIZE_MAX

struct vt_writer {
    uint8_t *data;
    size_t bytes, capacity;
    size_t section; /* where the open section begins, or NO_SECTION */
    size_t payload; /* where its payload begins */
    bool is_finished;
};

/* Room for bytes more at the end; the caller fills it. */
static uint8_t *extend(struct vt_writer *w, size_t bytes)
{
    vt_assert(!w->is_finished && bytes <= SIZE_MAX / 2 - w->bytes);
    if (w->bytes + bytes > w->capacity) {
        w->capacity = 2 * (w->bytes + bytes) + 4096;
        w->data = vt_realloc(w->data, w->capacity, 1);
    }
    uint8_t *at = w->data + w->bytes;
    w->bytes += bytes;
    return at;
}

static void put_bytes(struct vt_writer *w, const void *from, size_t bytes)
{
    if (bytes > 0)
        memcpy(extend(w, bytes), from, bytes);
}

static void put_name(struct vt_writer *w, const char *name)
{
    size_t length = strlen(name);
    vt_assert(length > 0 && length <= SNAP_NAME_MAX);
    *extend(w, 1) = (uint8_t)length;
    put_bytes(w, name, length);
}

struct vt_writer *vt_writer_new(void)
{
    struct vt_writer *w = vt_alloc(1, sizeof *w);
    w->section = NO_SECTION;
    put_bytes(w, SNAP_MAGIC, SNAP_MAGIC_BYTES);
    vt_st32le(extend(w, 4), VT_SNAPSHOT_VERSION);
    return w;
}

void vt_writer_free(struct vt_writer *w)
{
    if (!w)
        return;
    free(w->data);
    free(w);
}

void vt_writer_begin(struct vt_writer *w, const char *section)
{
    vt_assert(w->section == NO_SECTION);
    w->section = w->bytes;
    put_name(w, section);
    extend(w, 8); /* the payload's length, known at the end */
    w->payload = w->bytes;
}

void vt_writer_end(struct vt_writer *w)
{
    vt_assert(w->section != NO_SECTION);
    vt_st64le(w->data + w->payload - 8, w->bytes - w->payload);
    uint32_t crc =
        vt_crc32(w->data + w->section, w->bytes - w->section);
    vt_st32le(extend(w, 4), crc);
    w->section = NO_SECTION;
}

static void put_field(struct vt_writer *w, const char *name,
                      unsigned size_bytes, size_t count)
{
    vt_assert(w->section != NO_SECTION && count <= UINT32_MAX);
    put_name(w, name);
    *extend(w, 1) = (uint8_t)size_bytes;
    vt_st32le(extend(w, 4), (uint32_t)count);
}

void vt_save_u64(struct vt_writer *w, const char *name, uint64_t value)
{
    put_field(w, name, 8, 1);
    vt_st64le(extend(w, 8), value);
}

void vt_save_bytes(struct vt_writer *w, const char *name, const void *from,
                   size_t bytes)
{
    put_field(w, name, 1, bytes);
    put_bytes(w, from, bytes);
}

void vt_save_regs(struct vt_writer *w, const struct vt_reg *table,
                  size_t rows, const void *state)
{
    for (size_t i = 0; i < rows; i++) {
        const struct vt_reg *reg = &table[i];
        put_field(w, reg->name, reg->size_bytes, reg->count);
        for (unsigned k = 0; k < reg->count; k++)
            vt_stle(extend(w, reg->size_bytes), vt_reg_get(reg, state, k),
                    reg->size_bytes);
    }
}

const void *vt_writer_finish(struct vt_writer *w, size_t *bytes)
{
    if (!w->is_finished) {
        vt_writer_begin(w, SNAP_END);
        vt_writer_end(w);
        w->is_finished = true;
    }
    *bytes = w->bytes;
    return w->data;
}
