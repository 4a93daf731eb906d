/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots: the whole state of a machine as a file that any host reads.
 *
 *   file    = magic "VTSNAP\r\n" | version u32 | section... | end section
 *   section = name length u8, name | payload bytes u64 | payload | CRC-32
 *             of all that precedes it in the section
 *   payload = field...
 *   field   = name length u8, name | size of an element u8 | count u32 |
 *             elements, little-endian
 *
 * Every field says its name and size, so a reader that meets something else
 * than it expects can say what and where instead of loading nonsense. */
#ifndef VT_SNAPSHOT_H
#define VT_SNAPSHOT_H

#include "sim/machine/regtab.h"
#include "sim/machine/vt.h"

#define VT_SNAPSHOT_VERSION 1u

struct vt_writer;
struct vt_reader;

/* Names of sections and fields are 1 to 63 printable ASCII characters.
 *
 * Who writes what: the machine opens and closes the sections ("cpu0",
 * "dev:uart0"); save and load of CPUs and devices write fields only.  A CPU's
 * own save writes its registers too (vt_save_regs); for a device the machine
 * has written the register table before it calls save. */

/* Writing goes to memory; the caller puts the bytes where it wants them. */
struct vt_writer *vt_writer_new(void); /* magic and version are written */
void vt_writer_free(struct vt_writer *w);
void vt_writer_begin(struct vt_writer *w, const char *section);
void vt_writer_end(struct vt_writer *w);
void vt_save_u64(struct vt_writer *w, const char *name, uint64_t value);
void vt_save_bytes(struct vt_writer *w, const char *name, const void *from,
                   size_t bytes);
void vt_save_regs(struct vt_writer *w, const struct vt_reg *table,
                  size_t rows, const void *state);
/* The finished file; valid until the writer is freed. */
const void *vt_writer_finish(struct vt_writer *w, size_t *bytes);

/* Reading checks magic, version, lengths and all CRCs before the first field
 * is handed out.  data must live as long as the reader. */
enum vt_err vt_reader_open(const void *data, size_t bytes,
                           struct vt_reader **r,
                           struct vt_error *err) VT_MUST_CHECK;
void vt_reader_free(struct vt_reader *r);
/* Sections may come in any order; each call goes to the one named. */
enum vt_err vt_reader_section(struct vt_reader *r, const char *section,
                              struct vt_error *err) VT_MUST_CHECK;
/* Fields come in the order they were saved.  The first mismatch is kept in
 * the reader and makes all later loads give zeros; vt_reader_close_section
 * reports it (also when fields are left over). */
uint64_t vt_load_u64(struct vt_reader *r, const char *name);
/* The same, rejected when it is above max. */
uint64_t vt_load_max(struct vt_reader *r, const char *name, uint64_t max);
void vt_load_bytes(struct vt_reader *r, const char *name, void *to,
                   size_t bytes);
/* A blob of a length that the file says, at most max_bytes; the pointer is
 * into the reader's data. */
const void *vt_load_blob(struct vt_reader *r, const char *name,
                         size_t max_bytes, size_t *bytes);
void vt_load_regs(struct vt_reader *r, const struct vt_reg *table,
                  size_t rows, void *state);
/* For loaders that find a value out of its range. */
void vt_reader_reject(struct vt_reader *r, const char *format, ...)
    VT_PRINTF(2, 3);
/* Has anything in the open section been rejected so far? */
bool vt_reader_rejected(const struct vt_reader *r);
enum vt_err vt_reader_close_section(struct vt_reader *r,
                                    struct vt_error *err) VT_MUST_CHECK;

/* VT_ERR_INPUT when a section of the file was never asked for. */
enum vt_err vt_reader_all_opened(const struct vt_reader *r,
                                 struct vt_error *err) VT_MUST_CHECK;

uint32_t vt_crc32(const void *data, size_t bytes);

#endif
