/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host ends of serial lines: where the characters of a guest go to and come
 * from.  The one place in sim/devices that knows files and terminals.
 *
 * NOTE: a closed pipe is reported as an error (EPIPE) only when the program
 * ignores SIGPIPE; main() does that, a library may not. */
#ifndef VT_CHARDEV_H
#define VT_CHARDEV_H

#include "sim/machine/vt.h"

struct vt_chardev;

/* Open a host end.
 *   spec  "stdio"      standard output, and standard input as the source
 *         "stdout"     standard output; no input
 *         "file:PATH"  output to a file, made anew; no input
 *         "none"       output is thrown away; no input.  NULL means "none"
 *   what  how messages name the line: "--serial"
 * Returns VT_ERR_INPUT for a spec that is none of these, VT_ERR_OUTPUT for a
 * file that cannot be written. */
enum vt_err vt_chardev_open(const char *spec, const char *what,
                            struct vt_chardev **cd,
                            struct vt_error *err) VT_MUST_CHECK;
/* Flush and close; free in every case.  Returns the first error that any
 * write met, also when it was reported before. */
enum vt_err vt_chardev_close(struct vt_chardev *cd,
                             struct vt_error *err) VT_MUST_CHECK;

/* Write one character.  False once anything could not be written; what had
 * been written before is kept. */
bool vt_chardev_put(struct vt_chardev *cd, uint8_t byte) VT_MUST_CHECK;
bool vt_chardev_flush(struct vt_chardev *cd) VT_MUST_CHECK;
/* Before somebody else writes to standard output: end the line that the guest
 * has begun there.  Call after a flush. */
void vt_chardev_end_line(struct vt_chardev *cd);
/* What went wrong ("stdout: No space left on device"); "" when nothing. */
const char *vt_chardev_error(const struct vt_chardev *cd);

/* Could characters ever come from here?  False after end of file. */
bool vt_chardev_has_input(const struct vt_chardev *cd);
/* Sleep until there is input or its end has come, or a signal; returns at
 * once when there can be none. */
void vt_chardev_wait(struct vt_chardev *cd);
/* Up to max characters that are there now, without waiting. */
size_t vt_chardev_poll(struct vt_chardev *cd, uint8_t *bytes, size_t max);

#endif
