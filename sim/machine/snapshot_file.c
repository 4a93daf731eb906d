/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshot files.  A file is written beside its place and then renamed, so
 * that a full disk never costs the user the snapshot that was there. */
#include "sim/machine/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Devices and pipes are written to as they are: renaming over /dev/full
 * would replace it. */
static bool is_special(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

/* A device such as /dev/zero may have no end. */
static bool is_device(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 &&
           (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode));
}

/* Write all of data; on trouble say why in *why and return false. */
static bool write_whole(const char *path, const void *data, size_t bytes,
                        int *why)
{
    errno = 0;
    FILE *file = fopen(path, "wb");
    if (!file) {
        *why = errno;
        return false;
    }
    bool good = fwrite(data, 1, bytes, file) == bytes;
    *why = errno;
    if (fclose(file) != 0 && good) {
        *why = errno;
        good = false;
    }
    return good;
}

static enum vt_err write_beside(const char *path, const void *data,
                                size_t bytes, struct vt_error *err)
{
    static const char suffix[] = ".part";
    size_t length = strlen(path);
    char *part = vt_alloc(length + sizeof suffix, 1);
    memcpy(part, path, length);
    memcpy(part + length, suffix, sizeof suffix);
    const char *target = is_special(path) ? path : part;
    int why = 0;
    bool good = write_whole(target, data, bytes, &why);
    if (good && target == part && rename(part, path) != 0) {
        why = errno;
        good = false;
    }
    if (!good && target == part)
        remove(part);
    free(part);
    if (good)
        return VT_OK;
    return vt_fail(err, VT_ERR_OUTPUT, "cannot write snapshot %s: %s", path,
                   strerror(why));
}

enum vt_err vt_machine_save_file(struct vt_machine *m, const char *path,
                                 struct vt_error *err)
{
    struct vt_writer *w = vt_writer_new();
    vt_machine_save(m, w);
    size_t bytes;
    const void *data = vt_writer_finish(w, &bytes);
    enum vt_err e = write_beside(path, data, bytes, err);
    vt_writer_free(w);
    return e;
}

enum vt_err vt_machine_load_file(struct vt_machine *m, const char *path,
                                 struct vt_error *err)
{
    struct vt_error why = {.kind = VT_OK};
    uint8_t *data;
    size_t bytes;
    if (is_device(path))
        return vt_fail(err, VT_ERR_INPUT,
                       "%s: a device, and no snapshot of vtsim", path);
    enum vt_err e = vt_read_file(path, SIZE_MAX, &data, &bytes, &why);
    if (e == VT_OK) {
        e = vt_machine_load(m, data, bytes, &why);
        free(data);
        if (e != VT_OK)
            return vt_fail(err, e, "%s: %s", path, why.text);
        return VT_OK;
    }
    return vt_fail(err, e, "%s", why.text);
}
