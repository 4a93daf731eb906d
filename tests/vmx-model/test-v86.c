/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guests in virtual-8086 mode.
 * SDM 325462, Vol 3C, "Checks on Guest Segment Registers", "Details of
 * Vectored-Event Injection". */
#include "tests/vmx-model/exits.h"

#define V86_SEGMENT(S, selector)                                       \
    SET(GUEST_##S##_SELECTOR, selector), SET(GUEST_##S##_BASE, (selector) << 4), \
        SET(GUEST_##S##_LIMIT, 0xffff), SET(GUEST_##S##_AR, 0xf3)

/* Such a guest runs, exits as others do, and can be entered again. */
static void virtual_8086_guest(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_RFLAGS, FL_VM | FL_FIXED1), SET(GUEST_RIP, 0),
          SET(GUEST_RSP, 0x1000), V86_SEGMENT(CS, AT_GUEST >> 4),
          V86_SEGMENT(SS, AT_SCRATCH >> 4), V86_SEGMENT(DS, AT_SCRATCH >> 4),
          V86_SEGMENT(ES, 0x10u), V86_SEGMENT(FS, 0x11u),
          V86_SEGMENT(GS, 0x12u));
    CU_ASSERT_EQUAL(r.cpu->cpl, 3);
    CU_ASSERT(r.cpu->mode & IA32_MODE_VM86);
    static const uint8_t code[] = {0xb8, 0x34, 0x12, 0x0f, 0xa2};
    for (unsigned i = 0; i < sizeof code; i++)
        rig_poke(&r, AT_GUEST + i, 1, code[i]);
    rig_go(&r); /* MOV AX, 1234H */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX] & 0xffff, 0x1234);
    CU_ASSERT_EQUAL(r.exits, 0);
    rig_go(&r); /* CPUID */
    CU_ASSERT(exited(&r, 10, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RFLAGS) & FL_VM, FL_VM);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), 3);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_CS_AR), 0xf3);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_GS_BASE), 0x120);
    CU_ASSERT_EQUAL(r.cpu->cpl, 0);
    rig_vmresume(&r);
    CU_ASSERT(r.cpu->non_root && r.cpu->mode & IA32_MODE_VM86);
    rig_close(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a guest in virtual-8086 mode", virtual_8086_guest},
    };
    return run_suite("VMX: virtual-8086 guests", cases, ARRAY_SIZE(cases));
}
