/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a whole file into memory: profiles, snapshots, recordings. */
#include "sim/machine/vt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Read to the end or past max_bytes.  Does not look at ferror. */
static uint8_t *read_all(FILE *file, size_t max_bytes, size_t *bytes)
{
    size_t capacity = 65536, used = 0, got;
    uint8_t *data = vt_alloc(capacity, 1);
    while ((got = fread(data + used, 1, capacity - used, file)) > 0) {
        used += got;
        if (used > max_bytes)
            break;
        if (used == capacity) {
            data = vt_realloc(data, capacity, 2);
            capacity *= 2;
        }
    }
    *bytes = used;
    return data;
}

enum vt_err vt_read_file(const char *path, size_t max_bytes, uint8_t **data,
                         size_t *bytes, struct vt_error *err)
{
    *data = NULL;
    *bytes = 0;
    errno = 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return vt_fail(err, VT_ERR_INPUT, "cannot read %s: %s", path,
                       strerror(errno));
    uint8_t *all = read_all(file, max_bytes, bytes);
    int why = ferror(file) ? errno : 0;
    fclose(file);
    if (why || *bytes > max_bytes) {
        free(all);
        return vt_fail(err, VT_ERR_INPUT, "cannot read %s: %s", path,
                       why ? strerror(why) : "the file is too large");
    }
    *data = all;
    return VT_OK;
}
