/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a machine knows of a CPU, whatever its instruction set.  A CPU struct
 * begins with a struct vt_cpu and gives a table of operations; machine loop
 * and debugger use nothing else. */
#ifndef VT_CPU_H
#define VT_CPU_H

#include "sim/machine/ledger.h"
#include "sim/machine/physmem.h"
#include "sim/machine/regtab.h"
#include "sim/machine/snapshot.h"
#include "sim/machine/vt.h"

struct vt_machine;
struct vt_cpu;

/* Reasons to look up before the next instruction; bits of attention. */
#define VT_ATT_INTR 1u  /* an interrupt line is raised */
#define VT_ATT_NMI 2u   /* an NMI is pending */
#define VT_ATT_STOP 4u  /* vt_machine_request_stop was called */
#define VT_ATT_MODEL 8u /* the CPU's own: windows, traps, shadows */

enum vt_activity { VT_ACTIVE, VT_HALTED, VT_SHUTDOWN, VT_WAIT_SIPI };

/* Result of a debugger's question about an address. */
struct vt_translation {
    uint64_t pa;
    bool writable, user, executable;
};

struct vt_cpu_ops {
    const char *isa;    /* "ia32", "itanium" */
    void (*reset)(struct vt_cpu *cpu);
    void (*free)(struct vt_cpu *cpu);
    /* Run until now_cycles >= cpu->deadline_cycles, the CPU is not ACTIVE
     * any more, or attention has VT_ATT_STOP; events fall at exact
     * instruction boundaries.  observed: emit INSN events and honour
     * stop_points. */
    void (*run)(struct vt_cpu *cpu, bool observed);
    /* Exactly one instruction or event delivery. */
    void (*step)(struct vt_cpu *cpu);
    /* Bring registers that are kept in another form up to date in the state
     * struct (before regs are read), and take them over (after written). */
    void (*sync_out)(struct vt_cpu *cpu);
    void (*sync_in)(struct vt_cpu *cpu);
    const struct vt_reg *(*regs)(const struct vt_cpu *cpu, size_t *rows);
    /* Linear to host-physical without changing anything: no fault, no A/D
     * bits, no TLB entry, no cycles. */
    bool (*translate)(const struct vt_cpu *cpu, uint64_t la,
                      struct vt_translation *to);
    /* Linear address of the next instruction. */
    uint64_t (*get_pc)(const struct vt_cpu *cpu);
    void (*save)(struct vt_cpu *cpu, struct vt_writer *w);
    void (*load)(struct vt_cpu *cpu, struct vt_reader *r);
    /* HALTED: would a raised INTR line wake it? */
    bool (*wakes_on_intr)(const struct vt_cpu *cpu);
    /* Level of the INTR pin, edge of the NMI pin. */
    void (*set_intr)(struct vt_cpu *cpu, bool level);
    void (*raise_nmi)(struct vt_cpu *cpu);
    /* attention or deadline changed while the CPU may be inside a block:
     * make it look at the next instruction boundary. */
    void (*kick)(struct vt_cpu *cpu);
};

struct vt_cpu {
    const struct vt_cpu_ops *ops;
    struct vt_machine *machine;
    struct vt_physmem *physmem; /* of the machine, one hop shorter */
    unsigned id;
    uint32_t attention;       /* VT_ATT_* */
    enum vt_activity activity;
    uint64_t now_cycles;      /* the clock; see ia32_settle for its meaning
                                 inside a block */
    uint64_t deadline_cycles; /* run returns at the first boundary >= this */
    struct vt_ledger ledger;
    unsigned who;             /* row of ledger that pays now */
    /* The interrupt controller's answer to an INTA cycle: a vector. */
    unsigned (*int_ack)(void *opaque);
    void *int_ack_opaque;
};

/* Put cycles on the clock and on one account. */
static inline void vt_cpu_charge(struct vt_cpu *cpu, enum vt_what what,
                                 uint64_t cycles)
{
    cpu->now_cycles += cycles;
    cpu->ledger.rows[cpu->who].cycles[what] += cycles;
}

#endif
