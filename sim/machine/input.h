/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input from outside: bytes that reach a device (a serial line, a keyboard)
 * at a cycle.  Live input is polled at fixed simulated times and may be
 * recorded; a recording replays with the same stamps, so the same run
 * happens again.
 *
 * The recording is a text file, one line an event:
 *   vtsim-input 1
 *   <cycle> <device> <byte in hex>...
 */
#ifndef VT_INPUT_H
#define VT_INPUT_H

#include "sim/machine/machine.h"

struct vt_input;

/* period_cycles: how often live sources are polled. */
struct vt_input *vt_input_new(struct vt_machine *m, uint64_t period_cycles);
void vt_input_free(struct vt_input *in);
/* A device that takes input; take returns how many bytes it accepted now
 * (the rest is offered again at the next poll). */
void vt_input_add_sink(struct vt_input *in, const char *device,
                       size_t (*take)(void *opaque, const uint8_t *bytes,
                                      size_t count),
                       void *opaque);
/* A live source for a sink: poll returns the bytes that are there, without
 * waiting; 0 for none.  A poll that meets the end of its input calls this
 * again with poll NULL, and polling ends once all was accepted. */
void vt_input_set_source(struct vt_input *in, const char *device,
                         size_t (*poll)(void *opaque, uint8_t *bytes,
                                        size_t max),
                         void *opaque);
/* What lets the host sleep while only live input can wake the machine: wait
 * returns when a source has bytes or has ended, or sooner.  Without it, idle
 * time is polled through, which keeps a host's CPU busy. */
void vt_input_set_wait(struct vt_input *in, void (*wait)(void *opaque),
                       void *opaque);
/* path is overwritten; VT_ERR_OUTPUT when it cannot be opened. */
enum vt_err vt_input_record(struct vt_input *in, const char *path,
                            struct vt_error *err) VT_MUST_CHECK;
/* From now on input comes from the recording and live sources are not asked.
 * Call it after the sinks have been added.  VT_ERR_INPUT: cannot be read, or
 * a line is not right. */
enum vt_err vt_input_replay(struct vt_input *in, const char *path,
                            struct vt_error *err) VT_MUST_CHECK;
/* Flush and close the recording; says whether it could all be written. */
enum vt_err vt_input_finish(struct vt_input *in,
                            struct vt_error *err) VT_MUST_CHECK;

#endif
