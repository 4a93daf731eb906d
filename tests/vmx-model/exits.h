/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guests with given VMCS fields, and what an exit must leave behind. */
#ifndef TESTS_VMX_EXITS_H
#define TESTS_VMX_EXITS_H

#include "tests/suite.h"
#include "tests/vmx-model/vmx_test.h"

#define PROC_DEFAULT 0x0401e172u
#define VALID 0x80000000u

/* A guest with these settings on top of the valid VMCS. */
struct setting {
    enum vmx_field_id id;
    uint64_t value;
};

static inline void start(struct rig *r, const struct setting *set, unsigned count)
{
    rig_root(r);
    for (unsigned i = 0; i < count; i++)
        r->vmx->field[set[i].id] = set[i].value;
    rig_vmlaunch(r);
    CU_ASSERT_FATAL(r->cpu->non_root);
    r->exits = 0;
}
#define START(r, ...)                                              \
    start((r), (const struct setting[]){__VA_ARGS__},              \
          ARRAY_SIZE(((const struct setting[]){__VA_ARGS__})))
#define SET(field, value) {VMX_F_##field, value}
#define PROC(bit) SET(PROC_BASED_CONTROLS, PROC_DEFAULT | 1u << (bit))

/* The last step was a VM exit: the host runs, the VMM pays, the books are
 * right and the event says the same as the VMCS. */
static inline bool exited(const struct rig *r, uint32_t reason,
                   uint64_t qualification)
{
    const struct ia32_cpu *cpu = r->cpu;
    return r->exits == 1 && !cpu->non_root && cpu->rip == AT_EXIT &&
           cpu->base.who == VT_WHO_VMM && ia32_get_rflags(cpu) == 2 &&
           rig_field(r, VMX_F_EXIT_REASON) == reason &&
           rig_field(r, VMX_F_EXIT_QUALIFICATION) == qualification &&
           r->last.u.vm.reason == reason &&
           r->last.u.vm.qualification == qualification &&
           r->last.u.vm.guest_id == AT_VMCS &&
           vt_ledger_total(&cpu->base.ledger) == cpu->base.now_cycles;
}

/* ... for the instruction at AT_GUEST. */
static inline bool insn_exited(const struct rig *r, uint32_t reason,
                        uint64_t qualification, unsigned length)
{
    return exited(r, reason, qualification) &&
           rig_field(r, VMX_F_EXIT_INSN_LENGTH) == length &&
           rig_field(r, VMX_F_GUEST_RIP) == AT_GUEST &&
           rig_field(r, VMX_F_EXIT_INTR_INFO) == 0 &&
           rig_field(r, VMX_F_IDT_VECTORING_INFO) == 0 &&
           r->last.u.vm.guest_pc == AT_GUEST &&
           r->last.u.vm.insn_bytes == length;
}

static inline bool went_on(const struct rig *r, unsigned length)
{
    return r->exits == 0 && r->cpu->non_root &&
           r->cpu->rip == AT_GUEST + length;
}

#endif
