/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/machine/small_machine.h"

#include <stdlib.h>

#define TICK_CYCLES 97

static const struct vt_reg rows[] = {
    VT_REG(struct small_device, ticks, "ticks", 32, "device", VT_FMT_DEC, 0,
           ""),
    VT_REG_ARRAY(struct small_device, levels, "levels", 16, "device", 0, ""),
    VT_REG(struct small_device, is_on, "is_on", 1, "device", VT_FMT_BOOL, 0,
           ""),
};

/* Each tick raises CPU 0's line and puts a byte in the buffer. */
static void on_tick(void *opaque, uint64_t cycle)
{
    struct small_device *d = opaque;
    d->ticks++;
    d->levels[d->ticks % 3] = (uint16_t)cycle;
    d->buffer[d->buffered] = (uint8_t)d->ticks;
    d->buffered = (d->buffered + 1) % sizeof d->buffer;
    struct vt_cpu *cpu = vt_machine_cpu(d->machine, 0);
    cpu->ops->set_intr(cpu, true);
    vt_timer_arm(d->tick, cycle + TICK_CYCLES);
}

static void device_reset(struct vt_device *base)
{
    struct small_device *d = (struct small_device *)base;
    d->ticks = 0;
    d->is_on = true;
    d->buffered = 0;
    vt_timer_arm(d->tick, vt_machine_now(d->machine) + TICK_CYCLES);
}

static void device_free(struct vt_device *base)
{
    free(base);
}

static void device_save(struct vt_device *base, struct vt_writer *w)
{
    struct small_device *d = (struct small_device *)base;
    vt_save_bytes(w, "buffer", d->buffer, d->buffered);
}

static void device_load(struct vt_device *base, struct vt_reader *r)
{
    struct small_device *d = (struct small_device *)base;
    const void *bytes = vt_load_blob(r, "buffer", sizeof d->buffer - 1,
                                     &d->buffered);
    if (bytes)
        memcpy(d->buffer, bytes, d->buffered);
}

static const struct vt_device_ops device_ops = {
    .reset = device_reset,
    .free = device_free,
    .save = device_save,
    .load = device_load,
};

static void do_nothing(void *opaque, uint64_t cycle)
{
    (void)opaque;
    (void)cycle;
}

static const struct fake_insn program0[] = {
    {FAKE_STI, 1, 0, NULL},       {FAKE_ADD, 3, 5, NULL},
    {FAKE_WORK, 4, 0x1004, NULL}, {FAKE_LOAD, 2, 0x2000, NULL},
    {FAKE_HALT, 2, 0, NULL},      {FAKE_JUMP, 2, 1, NULL}};
static const struct fake_insn program1[] = {{FAKE_ADD, 6, 11, NULL},
                                            {FAKE_WORK, 5, 0x2000, NULL},
                                            {FAKE_LOAD, 1, 0x1004, NULL},
                                            {FAKE_JUMP, 2, 0, NULL}};

void small_machine_open(struct small_machine *s,
                        const struct vt_profile *profile, unsigned cpus)
{
    struct vt_error err;
    memset(s, 0, sizeof *s);
    s->m = vt_machine_new(profile);
    vt_machine_set_config(s->m, "small machine of the tests");
    vt_assert(vt_physmem_add_ram(vt_machine_physmem(s->m), 0,
                                 SMALL_RAM_BYTES, &err) == VT_OK);
    s->cpu[0] = fake_cpu_new(s->m, program0);
    if (cpus > 1)
        s->cpu[1] = fake_cpu_new(s->m, program1);
    struct small_device *d = vt_alloc(1, sizeof *d);
    d->base.ops = &device_ops;
    d->base.name = "ticker";
    d->base.regs = rows;
    d->base.reg_rows = ARRAY_SIZE(rows);
    d->machine = s->m;
    d->tick = vt_timer_new(s->m, "tick", on_tick, d);
    s->device = d;
    s->spare = vt_timer_new(s->m, "spare", do_nothing, NULL);
    vt_machine_add_device(s->m, &d->base);
    vt_machine_reset(s->m);
}

void small_machine_close(struct small_machine *s)
{
    vt_machine_free(s->m);
}
