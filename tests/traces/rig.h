/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CPU whose ledger and events the test writes itself: the traces must give
 * a true account of whatever a model does. */
#ifndef TESTS_TRACES_RIG_H
#define TESTS_TRACES_RIG_H

#include "sim/machine/machine.h"
#include "tests/machine/fake_cpu.h"

struct rig {
    struct vt_profile *profile;
    struct vt_machine *m;
    struct vt_cpu *cpu;
    unsigned guest; /* row of the ledger */
};

static inline void rig_init(struct rig *rig)
{
    static const struct fake_insn program[] = {{.op = FAKE_WORK}};
    struct vt_error err;
    memset(rig, 0, sizeof(*rig));
    vt_assert(vt_profile_open("unit", &rig->profile, &err) == VT_OK);
    rig->m = vt_machine_new(rig->profile);
    rig->cpu = &fake_cpu_new(rig->m, program)->base;
    rig->guest = vt_ledger_guest_row(&rig->cpu->ledger, 0x1000);
}

static inline void rig_free(struct rig *rig)
{
    vt_machine_free(rig->m);
    vt_profile_free(rig->profile);
}

static inline void charge(struct rig *rig, unsigned who, enum vt_what what,
                          uint64_t cycles)
{
    rig->cpu->who = who;
    vt_cpu_charge(rig->cpu, what, cycles);
}

static inline void emit_vm(struct rig *rig, enum vt_event_kind kind,
                           uint32_t reason, uint64_t guest_pc,
                           uint64_t host_pc)
{
    struct vt_event event = {.cycle = rig->cpu->now_cycles, .kind = kind};
    event.u.vm.reason = reason;
    event.u.vm.guest_pc = guest_pc;
    event.u.vm.host_pc = host_pc;
    vt_event_emit(vt_machine_bus(rig->m), &event);
}

/* One instruction of who at pc. */
static inline void insn(struct rig *rig, unsigned who, uint64_t pc,
                        uint64_t cycles)
{
    struct vt_event event = {.cycle = rig->cpu->now_cycles,
                             .kind = VT_EV_INSN};
    event.u.insn.pc = pc;
    rig->cpu->who = who;
    vt_event_emit(vt_machine_bus(rig->m), &event);
    charge(rig, who, VT_WHAT_INSTRUCTION, cycles);
}

static inline void vm_exit(struct rig *rig, uint32_t reason, uint64_t from,
                           uint64_t cycles)
{
    charge(rig, rig->guest, VT_WHAT_VM_EXIT, cycles);
    rig->cpu->who = VT_WHO_VMM;
    emit_vm(rig, VT_EV_VM_EXIT, reason, from, 0x100000);
}

static inline void vm_entry(struct rig *rig, uint64_t to, uint64_t cycles)
{
    charge(rig, rig->guest, VT_WHAT_VM_ENTRY, cycles);
    emit_vm(rig, VT_EV_VM_ENTRY, 0, to, 0x100000);
}

#endif
