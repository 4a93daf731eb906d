/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small machine with one of everything that a snapshot holds: two fake
 * CPUs, 64 KiB of RAM, a device with registers and a buffer, two timers. */
#ifndef TESTS_MACHINE_SMALL_MACHINE_H
#define TESTS_MACHINE_SMALL_MACHINE_H

#include "tests/machine/fake_cpu.h"

#define SMALL_RAM_BYTES 0x10000u

struct small_device {
    struct vt_device base;
    struct vt_machine *machine;
    struct vt_timer *tick;
    uint32_t ticks;
    uint16_t levels[3];
    bool is_on;
    uint8_t buffer[16]; /* beyond the register table */
    size_t buffered;
};

struct small_machine {
    struct vt_machine *m;
    struct fake_cpu *cpu[2];
    struct small_device *device;
    struct vt_timer *spare;
};

/* profile must live as long as the machine. */
void small_machine_open(struct small_machine *s,
                        const struct vt_profile *profile, unsigned cpus);
void small_machine_close(struct small_machine *s);

#endif
