/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading, writing and showing registers through their table rows.  Values
 * travel as uint64_t, so nothing here depends on the host's byte order. */
#include "sim/machine/regtab.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t vt_reg_get(const struct vt_reg *reg, const void *state,
                    unsigned index)
{
    vt_assert(index < reg->count);
    const char *at = (const char *)state + reg->offset +
                     (size_t)index * reg->size_bytes;
    uint8_t v8;
    uint16_t v16;
    uint32_t v32;
    uint64_t v64 = 0;
    switch (reg->size_bytes) {
    case 1:
        memcpy(&v8, at, sizeof v8);
        return v8;
    case 2:
        memcpy(&v16, at, sizeof v16);
        return v16;
    case 4:
        memcpy(&v32, at, sizeof v32);
        return v32;
    default:
        vt_assert(reg->size_bytes == 8);
        memcpy(&v64, at, sizeof v64);
        return v64;
    }
}

/* A C bool must never hold anything but 0 and 1. */
static bool is_bool(const struct vt_reg *reg)
{
    return reg->format == VT_FMT_BOOL || reg->bits == 1;
}

void vt_reg_set(const struct vt_reg *reg, void *state, unsigned index,
                uint64_t value)
{
    vt_assert(index < reg->count);
    char *at =
        (char *)state + reg->offset + (size_t)index * reg->size_bytes;
    if (is_bool(reg))
        value = value != 0;
    uint8_t v8 = (uint8_t)value;
    uint16_t v16 = (uint16_t)value;
    uint32_t v32 = (uint32_t)value;
    switch (reg->size_bytes) {
    case 1:
        memcpy(at, &v8, sizeof v8);
        break;
    case 2:
        memcpy(at, &v16, sizeof v16);
        break;
    case 4:
        memcpy(at, &v32, sizeof v32);
        break;
    default:
        vt_assert(reg->size_bytes == 8);
        memcpy(at, &value, sizeof value);
    }
}

const struct vt_reg *vt_reg_find(const struct vt_reg *table, size_t rows,
                                 const char *name)
{
    for (size_t i = 0; i < rows; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

/* Append " NAME" for each set bit that has a name; *used may pass size, as
 * with snprintf. */
static void append_flags(const struct vt_reg *reg, uint64_t value, char *to,
                         size_t size, size_t *used)
{
    const char *name = reg->flag_names;
    for (unsigned bit = 0; name && *name && bit < 64; bit++) {
        size_t length = strcspn(name, " ");
        bool named = !(length == 1 && *name == '-');
        if (named && (value >> bit & 1) && *used + length + 1 < size) {
            to[(*used)++] = ' ';
            memcpy(to + *used, name, length);
            *used += length;
            to[*used] = '\0';
        }
        name += length;
        name += strspn(name, " ");
    }
}

void vt_reg_format(const struct vt_reg *reg, uint64_t value, char *to,
                   size_t size)
{
    int digits = (reg->bits + 3) / 4;
    int n;
    switch (reg->format) {
    case VT_FMT_DEC:
        n = snprintf(to, size, "%" PRIu64, value);
        break;
    case VT_FMT_BOOL:
        n = snprintf(to, size, "%s", value ? "true" : "false");
        break;
    default:
        n = snprintf(to, size, "0x%0*" PRIx64, digits, value);
    }
    size_t used = n < 0 ? 0 : (size_t)n;
    if (reg->format == VT_FMT_FLAGS && used < size)
        append_flags(reg, value, to, size, &used);
}
