/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host ends of serial lines; see chardev.h.  Every write is checked: a full
 * disk must not look like a guest that fell silent.
 *
 * Output is gathered in a buffer, except on a terminal, where each character
 * is shown at once.  Input is read only when poll(2) says that it will not
 * block, so that the host's descriptor keeps its flags (O_NONBLOCK would be
 * shared with the user's shell).
 *
 * Left out: raw terminal mode; the user's line editing stays on. */
#include "sim/devices/chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define BUFFER_BYTES 4096

struct vt_chardev {
    int out, in;  /* descriptors, -1 for none */
    bool close_out;
    bool at_once; /* the output is a terminal */
    bool failed;
    bool in_line; /* the last character was no line feed */
    size_t used;
    uint8_t buffer[BUFFER_BYTES];
    char name[300]; /* "stdout" or the path */
    char error[400];
};

static void copy_text(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);
    if (n >= size)
        n = size - 1;
    memcpy(to, from, n);
    to[n] = '\0';
}

static void note_failure(struct vt_chardev *cd, int error)
{
    cd->failed = true;
    cd->used = 0;
    copy_text(cd->error, sizeof cd->error, cd->name);
    size_t n = strlen(cd->error);
    copy_text(cd->error + n, sizeof cd->error - n, ": ");
    copy_text(cd->error + n + 2, sizeof cd->error - n - 2, strerror(error));
}

static enum vt_err open_file(struct vt_chardev *cd, const char *path,
                             const char *what, struct vt_error *err)
{
    if (path[0] == '\0')
        return vt_fail(err, VT_ERR_INPUT, "%s: file: needs a path after it",
                       what);
    copy_text(cd->name, sizeof cd->name, path);
    cd->out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (cd->out < 0)
        return vt_fail(err, VT_ERR_OUTPUT, "%s: cannot write %s: %s", what,
                       path, strerror(errno));
    cd->close_out = true;
    return VT_OK;
}

static enum vt_err open_spec(struct vt_chardev *cd, const char *spec,
                             const char *what, struct vt_error *err)
{
    if (!spec || strcmp(spec, "none") == 0)
        return VT_OK;
    if (strncmp(spec, "file:", 5) == 0)
        return open_file(cd, spec + 5, what, err);
    bool both = strcmp(spec, "stdio") == 0;
    if (!both && strcmp(spec, "stdout") != 0)
        return vt_fail(err, VT_ERR_INPUT,
                       "%s: '%s' is none of stdio, stdout, file:PATH, none",
                       what, spec);
    copy_text(cd->name, sizeof cd->name, "stdout");
    cd->out = STDOUT_FILENO;
    cd->in = both ? STDIN_FILENO : -1;
    return VT_OK;
}

enum vt_err vt_chardev_open(const char *spec, const char *what,
                            struct vt_chardev **to, struct vt_error *err)
{
    struct vt_chardev *cd = vt_alloc(1, sizeof *cd);
    cd->out = cd->in = -1;
    enum vt_err failed = open_spec(cd, spec, what, err);
    if (failed) {
        free(cd);
        return failed;
    }
    cd->at_once = cd->out >= 0 && isatty(cd->out);
    *to = cd;
    return VT_OK;
}

enum vt_err vt_chardev_close(struct vt_chardev *cd, struct vt_error *err)
{
    bool ok = vt_chardev_flush(cd);
    if (cd->close_out && close(cd->out) != 0 && ok) {
        note_failure(cd, errno);
        ok = false;
    }
    enum vt_err result = VT_OK;
    if (!ok)
        result = vt_fail(err, VT_ERR_OUTPUT, "%s", cd->error);
    free(cd);
    return result;
}

bool vt_chardev_flush(struct vt_chardev *cd)
{
    size_t done = 0;
    while (!cd->failed && done < cd->used) {
        ssize_t n = write(cd->out, cd->buffer + done, cd->used - done);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            poll(&(struct pollfd){.fd = cd->out, .events = POLLOUT}, 1, -1);
        else if (n < 0 && errno != EINTR)
            note_failure(cd, errno);
    }
    cd->used = 0;
    return !cd->failed;
}

bool vt_chardev_put(struct vt_chardev *cd, uint8_t byte)
{
    if (cd->out < 0)
        return true;
    if (cd->failed)
        return false;
    cd->in_line = byte != '\n';
    cd->buffer[cd->used++] = byte;
    /* Whole lines go out at once, so that a run that is killed keeps them. */
    if (cd->at_once || byte == '\n' || cd->used == BUFFER_BYTES)
        return vt_chardev_flush(cd);
    return true;
}

void vt_chardev_end_line(struct vt_chardev *cd)
{
    if (cd->out == STDOUT_FILENO && cd->in_line &&
        vt_chardev_put(cd, '\n'))
        (void)!vt_chardev_flush(cd);
}

const char *vt_chardev_error(const struct vt_chardev *cd)
{
    return cd->error;
}

bool vt_chardev_has_input(const struct vt_chardev *cd)
{
    return cd->in >= 0;
}

size_t vt_chardev_poll(struct vt_chardev *cd, uint8_t *bytes, size_t max)
{
    struct pollfd ready = {.fd = cd->in, .events = POLLIN};
    if (cd->in < 0 || max == 0 || poll(&ready, 1, 0) <= 0)
        return 0;
    ssize_t n = read(cd->in, bytes, max);
    if (n > 0)
        return (size_t)n;
    if (n == 0 || (errno != EINTR && errno != EAGAIN))
        cd->in = -1; /* end of file, or no use asking again */
    return 0;
}

void vt_chardev_wait(struct vt_chardev *cd)
{
    if (cd->in >= 0)
        poll(&(struct pollfd){.fd = cd->in, .events = POLLIN}, 1, -1);
}
