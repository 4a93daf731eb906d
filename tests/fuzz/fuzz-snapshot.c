/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz the snapshot reader and the loaders behind it.  Each input is tried
 * as it is, where a CRC mostly refuses it, and again with its CRCs made
 * right, so that the fields are reached.  What must hold: no crash; a
 * refused file leaves the machine as it was; an accepted one gives a machine
 * whose own snapshot loads, and which can run. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mend.h"
#include "tests/machine/small_machine.h"

#include <stdlib.h>

const unsigned long fuzz_default_count = 20000;

static const struct vt_profile profile = {.hz = 1000000};

/* A machine at some cycle, always the same. */
static void open_at(struct small_machine *s, unsigned cpus, uint64_t cycle)
{
    small_machine_open(s, &profile, cpus);
    vt_machine_run(s->m, cycle, false);
}

size_t fuzz_seed(unsigned i, uint8_t *to, size_t max_bytes)
{
    static const uint64_t cycles[] = {0, 5, 100, 333, 1500};
    if (i >= ARRAY_SIZE(cycles))
        return SIZE_MAX;
    struct small_machine s;
    open_at(&s, 1, cycles[i]);
    struct vt_writer *w = vt_writer_new();
    vt_machine_save(s.m, w);
    size_t bytes;
    const void *data = vt_writer_finish(w, &bytes);
    vt_assert(bytes <= max_bytes);
    memcpy(to, data, bytes);
    vt_writer_free(w);
    small_machine_close(&s);
    return bytes;
}

/* A machine that was loaded must be one that can be saved and loaded. */
static void check_accepted(struct small_machine *s)
{
    struct vt_writer *w = vt_writer_new();
    size_t bytes;
    vt_machine_save(s->m, w);
    const void *data = vt_writer_finish(w, &bytes);
    uint64_t hash = vt_machine_hash(s->m);
    vt_assert(vt_machine_load(s->m, data, bytes, NULL) == VT_OK);
    vt_assert(vt_machine_hash(s->m) == hash);
    vt_writer_free(w);
    struct vt_cpu *cpu = vt_machine_cpu(s->m, 0);
    vt_assert(vt_ledger_total(&cpu->ledger) == cpu->now_cycles);
}

static void try_input(const uint8_t *data, size_t bytes)
{
    struct small_machine s;
    open_at(&s, 1, 200);
    uint64_t hash = vt_machine_hash(s.m);
    struct vt_error err = {.text = ""};
    if (vt_machine_load(s.m, data, bytes, &err) == VT_OK) {
        check_accepted(&s);
    } else {
        vt_assert(err.kind == VT_ERR_INPUT && err.text[0] != '\0');
        vt_assert(!strchr(err.text, '\n'));
        vt_assert(vt_machine_hash(s.m) == hash);
    }
    small_machine_close(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    try_input(data, bytes);
    uint8_t *mended = vt_alloc(bytes, 1);
    memcpy(mended, data, bytes);
    mend_crcs(mended, bytes);
    try_input(mended, bytes);
    free(mended);
    return 0;
}
