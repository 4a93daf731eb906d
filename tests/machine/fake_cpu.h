/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CPU with a handful of instructions, to test the machine without an
 * instruction set. */
#ifndef TESTS_MACHINE_FAKE_CPU_H
#define TESTS_MACHINE_FAKE_CPU_H

#include "sim/machine/machine.h"

enum fake_op {
    FAKE_WORK, /* cost cycles; writes acc to memory at a, if a is not 0 */
    FAKE_ADD,  /* acc = acc * 3 + a */
    FAKE_LOAD, /* acc += 4 bytes of memory at a */
    FAKE_JUMP, /* to instruction a */
    FAKE_STI,
    FAKE_CLI,
    FAKE_HALT,
    FAKE_CALL /* calls fn */
};

struct fake_cpu;

struct fake_insn {
    enum fake_op op;
    uint64_t cycles;
    uint64_t a;
    void (*fn)(struct fake_cpu *cpu);
};

#define FAKE_LOG_MAX 64

struct fake_cpu {
    struct vt_cpu base;
    const struct fake_insn *program;
    uint64_t pc, acc;
    bool takes_intr; /* interrupts are on */
    bool intr;       /* the line; falls when the interrupt is taken */
    bool nmi;
    uint64_t intr_count;
    /* not state: what a test looks at */
    uint64_t intr_cycles[FAKE_LOG_MAX];
    unsigned kicks, runs;
    void *test;
};

#define FAKE_DELIVERY_CYCLES 5

/* Made and added to m; starts at program[0] with interrupts off. */
struct fake_cpu *fake_cpu_new(struct vt_machine *m,
                              const struct fake_insn *program);

#endif
