/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the test programs of the devices share beside tests/suite.h:
 * a machine without CPUs whose clock the test moves. */
#ifndef TEST_DEVICES_SUITE_H
#define TEST_DEVICES_SUITE_H

#include "sim/machine/machine.h"

#include "tests/suite.h"

/* A machine without CPUs; profile must outlive it. */
static inline struct vt_machine *new_machine(struct vt_profile *profile,
                                             uint64_t hz)
{
    memset(profile, 0, sizeof *profile);
    memcpy(profile->name, "test", 5);
    profile->hz = hz;
    return vt_machine_new(profile);
}

/* Let time pass until cycle.  Returns why the machine stopped. */
static inline enum vt_stop_kind run_to(struct vt_machine *m, uint64_t cycle)
{
    return vt_machine_run(m, cycle, false).kind;
}

static inline void out8(struct vt_machine *m, uint16_t port, unsigned value)
{
    vt_ports_write(vt_machine_ports(m), port, value, 1);
}

static inline unsigned in8(struct vt_machine *m, uint16_t port)
{
    return vt_ports_read(vt_machine_ports(m), port, 1);
}

/* Save m and load what was saved into other.  Returns whether the two have
 * the same state then. */
static inline bool copy_state(struct vt_machine *m, struct vt_machine *other)
{
    struct vt_writer *w = vt_writer_new();
    size_t bytes;
    struct vt_error err = {0};
    vt_machine_save(m, w);
    const void *data = vt_writer_finish(w, &bytes);
    bool same = vt_machine_load(other, data, bytes, &err) == VT_OK &&
                vt_machine_hash(m) == vt_machine_hash(other);
    if (err.text[0])
        CU_FAIL(err.text);
    vt_writer_free(w);
    return same;
}

#endif
