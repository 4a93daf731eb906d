/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a guest does, the state that its VM exit saves is one that a VM
 * entry takes back: random programs, random controls, interrupts and NMIs at
 * random.  One exception is the manual's own: a debug exception that exits
 * while STI or MOV SS blocks, or from HLT, with TF = 1 (docs/vmx.md).
 * After every step the ledger's total is the clock. */
#include "tests/asked.h"
#include "tests/vmx-model/exits.h"

#include <inttypes.h>

static const struct {
    uint8_t length, code[7];
} menu[] = {
    {2, {0x0f, 0xa2}}, {1, {0xf4}}, {1, {0xfb}}, {1, {0xfa}}, {1, {0x90}},
    {2, {0x8e, 0xd0}}, {2, {0x8e, 0xd8}}, {1, {0x17}}, {1, {0x1f}}, /* SS, DS */
    {2, {0xcd, 0x40}}, {1, {0xcc}}, {1, {0xce}}, {1, {0xf1}}, {2, {0x0f, 0x0b}},
    {3, {0x0f, 0x22, 0xc0}}, {3, {0x0f, 0x22, 0xd8}}, {3, {0x0f, 0x22, 0xe0}},
    {3, {0x0f, 0x20, 0xd8}}, {3, {0x0f, 0x01, 0xf0}}, {2, {0x0f, 0x06}},
    {2, {0xe4, 0x60}}, {1, {0x6e}}, {2, {0xf3, 0x6c}},
    {1, {0xcf}}, {1, {0xcb}}, {1, {0x9d}}, {1, {0x9c}}, {2, {0x6a, 0x10}},
    {2, {0x6a, 0x08}}, {5, {0x68, 0x02, 0x01}}, {5, {0x68, 0x02, 0x03}},
    {3, {0x0f, 0x23, 0xf8}}, {3, {0x0f, 0x21, 0xf8}},
    {5, {0xb8, 0x10}}, {5, {0xb8}}, {5, {0xb8, 0x20}},
    {5, {0xb8, 0x39, 0, 0, 0x80}}, {5, {0xb9, 0x10}}, {5, {0xba, 0, 0x60}},
    {2, {0x0f, 0x31}}, {2, {0x0f, 0x32}}, {2, {0x0f, 0x30}},
    {3, {0x0f, 0x00, 0xd0}}, {3, {0x0f, 0x00, 0xd8}}, /* LLDT, LTR */
    {7, {0xea, 7, AT_GUEST >> 8 & 0xff, 0, 0, 0x20, 0}},
    {5, {0xa1, 0, 0, 0, 0x40}}, {2, {0xf3, 0x90}},
    {2, {0x0f, 0x34}}, {2, {0x0f, 0x35}}, /* SYSENTER, SYSEXIT */
};

static const uint64_t descriptors[] = { /* selector 20H */
    UINT64_C(0x00cf92000000ffff), UINT64_C(0x00cf9a000000ffff),
    UINT64_C(0x0000890070000067), UINT64_C(0x00cf96000000ffff),
    UINT64_C(0x00cff3000000ffff), UINT64_C(0x0000820060000fff),
    UINT64_C(0x00cf9c000000ffff), UINT64_C(0x0000850000180000),
};

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static unsigned ack(void *opaque)
{
    (void)opaque;
    return 0x40;
}

static void set_up(struct rig *r, uint32_t *seed)
{
    uint64_t *f;
    uint32_t at = AT_GUEST;
    rig_root(r);
    f = r->vmx->field;
    rig_poke(r, AT_GDT + 0x20, 8,
             descriptors[next(seed) % ARRAY_SIZE(descriptors)]);
    f[VMX_F_GUEST_GDTR_LIMIT] = 0x27;
    f[VMX_F_PROC_BASED_CONTROLS] = PROC_DEFAULT | (next(seed) & 0x41801284);
    f[VMX_F_PIN_BASED_CONTROLS] = 0x16 | (next(seed) & 9);
    f[VMX_F_EXIT_CONTROLS] = 0x36dff | (next(seed) & 0x8000);
    f[VMX_F_EXCEPTION_BITMAP] = next(seed) * 257u;
    f[VMX_F_GUEST_RFLAGS] = 2 | (next(seed) & FL_IF) |
                            (next(seed) % 4 ? 0 : FL_TF);
    f[VMX_F_CR0_GUEST_HOST_MASK] = next(seed) & 15;
    f[VMX_F_CR0_READ_SHADOW] = next(seed) & 15;
    f[VMX_F_GUEST_SYSENTER_CS] = 8;
    f[VMX_F_GUEST_SYSENTER_EIP] = AT_GUEST;
    f[VMX_F_GUEST_SYSENTER_ESP] = AT_STACK;
    for (unsigned i = 0; i < 24; i++) {
        unsigned m = next(seed) % ARRAY_SIZE(menu);
        for (unsigned j = 0; j < menu[m].length; j++)
            rig_poke(r, at++, 1, menu[m].code[j]);
    }
}

static void guest_step(struct rig *r, uint32_t *seed)
{
    struct vt_cpu *base = &r->cpu->base;
    if (next(seed) % 8 == 0)
        base->ops->set_intr(base, next(seed) & 1);
    if (next(seed) % (base->activity == VT_ACTIVE ? 16 : 2) == 0)
        base->ops->raise_nmi(base);
    if (next(seed) % 4 == 0 && r->cpu->rip < 0x40000)
        rig_poke(r, r->cpu->rip, 2, 0xa20f); /* CPUID: an exit just here */
    rig_go(r);
    CU_ASSERT_EQUAL_FATAL(vt_ledger_total(&base->ledger), base->now_cycles);
}

static bool needs_bs(const struct rig *r)
{
    return rig_field(r, VMX_F_EXIT_REASON) == VMX_EXIT_EXCEPTION_NMI &&
           (rig_field(r, VMX_F_EXIT_INTR_INFO) & 0xff) == IA32_DB &&
           (rig_field(r, VMX_F_GUEST_RFLAGS) & FL_TF);
}

/* What a VMM does that wants to get on: past the instruction. */
static void skip(struct rig *r)
{
    uint64_t *f = r->vmx->field, length = f[VMX_F_EXIT_INSN_LENGTH];
    f[VMX_F_GUEST_RIP] += length ? length : 2;
    f[VMX_F_GUEST_RIP] &= 0xfffff;
    f[VMX_F_GUEST_INTERRUPTIBILITY] = f[VMX_F_GUEST_PENDING_DEBUG] = 0;
    f[VMX_F_GUEST_ACTIVITY] = VMX_ACTIVE;
}

/* false: the guest's way ends here. */
static bool resume(struct rig *r, uint32_t *seed, uint32_t number)
{
    bool excepted = needs_bs(r);
    if (rig_field(r, VMX_F_EXIT_REASON) == VMX_EXIT_TRIPLE_FAULT)
        return false;
    r->cpu->base.ops->set_intr(&r->cpu->base, false);
    if (next(seed) & 1)
        skip(r);
    r->fails = 0;
    rig_vmresume(r);
    if (r->fails && !excepted) {
        printf("\n  program %" PRIu32 ": %s\n", number,
               r->vmx->failure.check ? r->vmx->failure.check->id : "?");
        CU_FAIL("an entry refuses what an exit has saved");
    }
    return !r->fails;
}

static void programs(void)
{
    const uint32_t count = asked_count(1500), first = asked_seed(1);
    unsigned long entries = 0;
    struct rig r;
    rig_open(&r);
    r.cpu->base.int_ack = ack;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t seed = (i + first) * 2654435761u;
        set_up(&r, &seed);
        rig_vmlaunch(&r);
        for (unsigned s = 0; s < 120 && r.stop.kind == VT_STOP_NONE; s++) {
            if (r.cpu->non_root) {
                guest_step(&r, &seed);
                continue;
            }
            if (!resume(&r, &seed, i))
                break;
            entries++;
        }
        if (r.stop.kind == VT_STOP_NONE)
            continue;
        rig_close(&r);
        rig_open(&r);
        r.cpu->base.int_ack = ack;
    }
    printf("\n  RESULT %" PRIu32 " programs, %lu entries, seed %" PRIu32 "\n",
           count, entries, first);
    CU_ASSERT(entries > count);
    rig_close(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"an entry takes back what an exit saves", programs},
    };
    return run_suite("VM exits: resumed", cases, ARRAY_SIZE(cases));
}
