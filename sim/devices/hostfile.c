/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a whole file of the host; see hostfile.h.  The size is found by
 * reading, not by asking: a pipe or /dev/stdin has none to tell. */
#include "sim/devices/hostfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES 65536

/* Read to the end of the file; the buffer doubles as it fills. */
static enum vt_err read_all(FILE *f, const char *path, uint8_t **data,
                            size_t *bytes, struct vt_error *err)
{
    size_t room = CHUNK_BYTES, used = 0, n;
    uint8_t *buffer = vt_alloc(room, 1);
    while ((n = fread(buffer + used, 1, room - used, f)) > 0) {
        used += n;
        if (used > VT_FILE_MAX_BYTES) {
            free(buffer);
            return vt_fail(err, VT_ERR_INPUT, "%s: larger than 1 GiB", path);
        }
        if (used == room) {
            room *= 2;
            buffer = vt_realloc(buffer, room, 1);
        }
    }
    if (ferror(f)) {
        free(buffer);
        return vt_fail(err, VT_ERR_INPUT, "cannot read %s: %s", path,
                       strerror(errno));
    }
    *data = buffer;
    *bytes = used;
    return VT_OK;
}

enum vt_err vt_file_read(const char *path, uint8_t **data, size_t *bytes,
                         struct vt_error *err)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return vt_fail(err, VT_ERR_INPUT, "cannot read %s: %s", path,
                       strerror(errno));
    enum vt_err failed = read_all(f, path, data, bytes, err);
    fclose(f);
    return failed;
}

const char *vt_file_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
