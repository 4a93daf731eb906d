/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a whole file of the host into memory. */
#ifndef VT_HOSTFILE_H
#define VT_HOSTFILE_H

#include "sim/machine/vt.h"

#define VT_FILE_MAX_BYTES (UINT64_C(1) << 30)

/* Read path; *data is to be given to free(3).
 * Returns VT_ERR_INPUT with a line that names the file for one that cannot
 * be read, is a directory, or is larger than VT_FILE_MAX_BYTES. */
enum vt_err vt_file_read(const char *path, uint8_t **data, size_t *bytes,
                         struct vt_error *err) VT_MUST_CHECK;
/* The part of path after the last slash. */
const char *vt_file_basename(const char *path);

#endif
