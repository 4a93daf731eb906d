/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See check_cases.h.  Cases for single rows are a table; those that every
 * segment has are generated. */
#include "tests/vmx-model/check_cases.h"

#include "tests/vmx-model/vmx_test.h"

#define S(field, value) {VMX_F_##field + 1, value}
#define MEM(address, value) {CASE_MEMORY + (address), value}
#define BROKEN .broken =
#define EDGE .edge =

#define BITMAPS(bit) S(PROC_BASED_CONTROLS, 0x0401e172u | 1u << (bit))
#define AREA(name, address, count) \
    S(name##_ADDR, address), S(name##_COUNT, count)
#define INJECT(info) S(ENTRY_INTR_INFO, 0x80000000u | (info))
#define EXT_INT 0x020u
#define NMI 0x202u
#define SOFT_INT 0x420u
#define IF_1 S(GUEST_RFLAGS, 0x202)
/* A guest at CPL 3. */
#define USER_CS S(GUEST_CS_SELECTOR, 0x0b), S(GUEST_CS_AR, 0xc0fb)
#define USER_SS S(GUEST_SS_SELECTOR, 0x13), S(GUEST_SS_AR, 0xc0f3)
/* One entry at 6110H. */
#define MSR_ENTRY(index, reserved, value)                             \
    AREA(ENTRY_MSR_LOAD, 0x6110, 1), MEM(0x6110, index),              \
        MEM(0x6114, reserved), MEM(0x6118, value), MEM(0x611c, 0)

/* The first address beyond a Merom's 36 bits, and one that is not
 * canonical. */
#define TOO_WIDE AT_TOP
#define NOT_CANONICAL UINT64_C(0x0000800000000000)
#define FOUR_GIB UINT64_C(0x100000000)
/* VMLAUNCH is executed in 64-bit mode, with a 64-bit host. */
#define LONG_HOST                                                     \
    {CASE_LONG, 1}, S(EXIT_CONTROLS, 0x36fff), S(HOST_CR3, AT_PML4),  \
        S(HOST_CR4, CR4_PAE | CR4_VMXE)
/* ... and a guest in IA-32e mode; in 64-bit mode. */
#define LONG_GUEST                                                    \
    LONG_HOST, S(ENTRY_CONTROLS, 0x13ff), S(GUEST_CR3, AT_PML4),      \
        S(GUEST_CR4, CR4_PAE | CR4_VMXE)
#define GUEST_64 LONG_GUEST, S(GUEST_CS_AR, 0xa09b)

static const struct check_case single[] = {
    {"ctl.pin.reserved", BROKEN{S(PIN_BASED_CONTROLS, 0x36)},
     EDGE{S(PIN_BASED_CONTROLS, 0x1f)}},
    {"ctl.proc.reserved", BROKEN{S(PROC_BASED_CONTROLS, 0x0401e170)},
     EDGE{S(PROC_BASED_CONTROLS, 0x7799fffe)}},
    {"ctl.cr3-target-count", BROKEN{S(CR3_TARGET_COUNT, 5)},
     EDGE{S(CR3_TARGET_COUNT, 4)}},
    {"ctl.io-bitmap-a.align", BROKEN{BITMAPS(25), S(IO_BITMAP_A, 0xd001)},
     EDGE{S(IO_BITMAP_A, 0xd001)}},
    {"ctl.io-bitmap-a.width",
     BROKEN{BITMAPS(25), S(IO_BITMAP_A, TOO_WIDE)},
     EDGE{BITMAPS(25), S(IO_BITMAP_A, TOO_WIDE - 4096)}},
    {"ctl.io-bitmap-b.align", BROKEN{BITMAPS(25), S(IO_BITMAP_B, 0xe800)},
     EDGE{S(IO_BITMAP_B, 0xe800)}},
    {"ctl.io-bitmap-b.width",
     BROKEN{BITMAPS(25), S(IO_BITMAP_B, UINT64_C(0x8000000000000000))},
     EDGE{BITMAPS(25), S(IO_BITMAP_B, TOO_WIDE - 4096)}},
    {"ctl.msr-bitmap.align", BROKEN{BITMAPS(28), S(MSR_BITMAP, 0xf800)},
     EDGE{S(MSR_BITMAP, 0xf800)}},
    {"ctl.msr-bitmap.width",
     BROKEN{BITMAPS(28), S(MSR_BITMAP, TOO_WIDE)},
     EDGE{BITMAPS(28), S(MSR_BITMAP, TOO_WIDE - 4096)}},
    {"ctl.exit.reserved", BROKEN{S(EXIT_CONTROLS, 0x36dfb)},
     EDGE{S(EXIT_CONTROLS, 0x3edff)}},
    {"ctl.exit.msr-store.align", BROKEN{AREA(EXIT_MSR_STORE, 0x6108, 1)},
     EDGE{AREA(EXIT_MSR_STORE, 0x6110, 1)}},
    {"ctl.exit.msr-store.width",
     BROKEN{AREA(EXIT_MSR_STORE, TOO_WIDE, 1)},
     EDGE{AREA(EXIT_MSR_STORE, TOO_WIDE, 0)}},
    {"ctl.exit.msr-store.end", BROKEN{AREA(EXIT_MSR_STORE, TOO_WIDE - 16, 2)},
     EDGE{AREA(EXIT_MSR_STORE, TOO_WIDE - 16, 1)}},
    {"ctl.exit.msr-load.align", BROKEN{AREA(EXIT_MSR_LOAD, 0x6101, 1)},
     EDGE{AREA(EXIT_MSR_LOAD, 0x6110, 1)}},
    {"ctl.exit.msr-load.width",
     BROKEN{AREA(EXIT_MSR_LOAD, TOO_WIDE, 1)},
     EDGE{AREA(EXIT_MSR_LOAD, TOO_WIDE, 0)}},
    {"ctl.exit.msr-load.end",
     BROKEN{AREA(EXIT_MSR_LOAD, TOO_WIDE - 256, 17)},
     EDGE{AREA(EXIT_MSR_LOAD, TOO_WIDE - 256, 16)}},
    {"ctl.entry.reserved", BROKEN{S(ENTRY_CONTROLS, 0x15ff)}},
    {"ctl.inject.type", BROKEN{INJECT(0x120)},
     EDGE{INJECT(SOFT_INT), S(ENTRY_INSN_LENGTH, 2)}},
    {"ctl.inject.nmi-vector", BROKEN{INJECT(0x203)}, EDGE{INJECT(NMI)}},
    {"ctl.inject.exception-vector", BROKEN{INJECT(0x320)},
     EDGE{INJECT(0x31f)}},
    {"ctl.inject.deliver-error-code", BROKEN{INJECT(0x30d)},
     EDGE{INJECT(0xb0d)}},
    {"ctl.inject.reserved", BROKEN{INJECT(0x1300)}, EDGE{INJECT(0x300)}},
    {"ctl.inject.error-code",
     BROKEN{INJECT(0xb0d), S(ENTRY_ERROR_CODE, 0x8000)},
     EDGE{INJECT(0xb0d), S(ENTRY_ERROR_CODE, 0x7fff)}},
    {"ctl.inject.insn-length",
     BROKEN{INJECT(SOFT_INT), S(ENTRY_INSN_LENGTH, 16)},
     EDGE{INJECT(SOFT_INT), S(ENTRY_INSN_LENGTH, 15)}},
    {"ctl.entry.msr-load.align",
     BROKEN{AREA(ENTRY_MSR_LOAD, CASE_MISALIGNED, 1)},
     EDGE{AREA(ENTRY_MSR_LOAD, CASE_MSRS + 16, 1)}},
    {"ctl.entry.msr-load.width",
     BROKEN{AREA(ENTRY_MSR_LOAD, TOO_WIDE, 1)},
     EDGE{AREA(ENTRY_MSR_LOAD, TOO_WIDE, 0)}},
    {"ctl.entry.msr-load.end", BROKEN{AREA(ENTRY_MSR_LOAD, TOO_WIDE - 16, 2)},
     EDGE{AREA(ENTRY_MSR_LOAD, CASE_MSRS, 2)}},

    {"host.cr0", BROKEN{S(HOST_CR0, 0x80000011)},
     EDGE{S(HOST_CR0, 0xffffffff)}},
    {"host.cr4", BROKEN{S(HOST_CR4, CR4_PSE)},
     EDGE{S(HOST_CR4, CR4_VMXE)}},
    {"host.cs.selector", BROKEN{S(HOST_CS_SELECTOR, 0x09)}},
    {"host.ss.selector", BROKEN{S(HOST_SS_SELECTOR, 0x12)}},
    {"host.ds.selector", BROKEN{S(HOST_DS_SELECTOR, 0x14)},
     EDGE{S(HOST_DS_SELECTOR, 0)}},
    {"host.es.selector", BROKEN{S(HOST_ES_SELECTOR, 1)},
     EDGE{S(HOST_ES_SELECTOR, 0)}},
    {"host.fs.selector", BROKEN{S(HOST_FS_SELECTOR, 2)}},
    {"host.gs.selector", BROKEN{S(HOST_GS_SELECTOR, 4)}},
    {"host.tr.selector", BROKEN{S(HOST_TR_SELECTOR, 0x1c)}},
    {"host.cs.null", BROKEN{S(HOST_CS_SELECTOR, 0)}},
    {"host.tr.null", BROKEN{S(HOST_TR_SELECTOR, 0)}},
    {"host.ss.null", BROKEN{S(HOST_SS_SELECTOR, 0)},
     EDGE{LONG_HOST, S(HOST_SS_SELECTOR, 0)}},
    {"host.cr3.width", BROKEN{S(HOST_CR3, TOO_WIDE)},
     EDGE{S(HOST_CR3, TOO_WIDE - 4096)}},
    {"host.sysenter-esp", BROKEN{S(HOST_SYSENTER_ESP, NOT_CANONICAL)},
     EDGE{S(HOST_SYSENTER_ESP, NOT_CANONICAL - 1)}},
    {"host.sysenter-eip", BROKEN{S(HOST_SYSENTER_EIP, NOT_CANONICAL)},
     EDGE{S(HOST_SYSENTER_EIP, 0 - NOT_CANONICAL)}},
    {"host.fs.base", BROKEN{S(HOST_FS_BASE, NOT_CANONICAL)},
     EDGE{S(HOST_FS_BASE, 0 - NOT_CANONICAL)}},
    {"host.gs.base", BROKEN{S(HOST_GS_BASE, NOT_CANONICAL)},
     EDGE{S(HOST_GS_BASE, NOT_CANONICAL - 1)}},
    {"host.gdtr.base", BROKEN{S(HOST_GDTR_BASE, NOT_CANONICAL)}},
    {"host.idtr.base", BROKEN{S(HOST_IDTR_BASE, NOT_CANONICAL)}},
    {"host.tr.base", BROKEN{S(HOST_TR_BASE, 0 - NOT_CANONICAL - 1)}},
    {"host.space.guest",
     BROKEN{S(ENTRY_CONTROLS, 0x13ff), S(GUEST_CR3, AT_PML4),
            S(GUEST_CR4, CR4_PAE | CR4_VMXE)},
     EDGE{LONG_GUEST}},
    {"host.space.32bit",
     BROKEN{S(EXIT_CONTROLS, 0x36fff), S(HOST_CR4, CR4_PAE | CR4_VMXE)},
     EDGE{LONG_HOST}},
    {"host.space.64bit", BROKEN{{CASE_LONG, 1}}, EDGE{LONG_HOST}},
    {"host.space.rip-high", BROKEN{S(HOST_RIP, FOUR_GIB)},
     EDGE{LONG_HOST, S(HOST_RIP, FOUR_GIB)}},
    {"host.space.pae", BROKEN{LONG_HOST, S(HOST_CR4, CR4_VMXE)},
     EDGE{LONG_HOST}},
    {"host.space.rip", BROKEN{LONG_HOST, S(HOST_RIP, NOT_CANONICAL)},
     EDGE{LONG_HOST, S(HOST_RIP, 0 - NOT_CANONICAL)}},

    {"guest.cr0", BROKEN{S(GUEST_CR0, 0x80000011)},
     EDGE{S(GUEST_CR0, 0xe0000021)}},
    {"guest.cr4", BROKEN{S(GUEST_CR4, CR4_PSE)},
     EDGE{S(GUEST_CR4, CR4_PSE | CR4_VMXE | CR4_PGE | CR4_TSD)}},
    {"guest.debugctl", BROKEN{S(GUEST_DEBUGCTL, UINT64_C(1) << 63)}},
    {"guest.cr4.ia32e", BROKEN{LONG_GUEST, S(GUEST_CR4, CR4_VMXE)},
     EDGE{LONG_GUEST}},
    {"guest.cr3.width", BROKEN{S(GUEST_CR3, TOO_WIDE)},
     EDGE{S(GUEST_CR3, TOO_WIDE - 4096)}},
    {"guest.dr7.high", BROKEN{S(GUEST_DR7, FOUR_GIB + 0x400)},
     EDGE{S(GUEST_DR7, FOUR_GIB - 1)}},
    {"guest.sysenter-esp", BROKEN{S(GUEST_SYSENTER_ESP, NOT_CANONICAL)},
     EDGE{S(GUEST_SYSENTER_ESP, 0 - NOT_CANONICAL)}},
    {"guest.sysenter-eip", BROKEN{S(GUEST_SYSENTER_EIP, NOT_CANONICAL)},
     EDGE{S(GUEST_SYSENTER_EIP, NOT_CANONICAL - 1)}},
    {"guest.tr.base.canonical", BROKEN{S(GUEST_TR_BASE, NOT_CANONICAL)},
     EDGE{S(GUEST_TR_BASE, 0 - NOT_CANONICAL)}},
    {"guest.fs.base.canonical", BROKEN{S(GUEST_FS_BASE, NOT_CANONICAL)},
     EDGE{S(GUEST_FS_BASE, 0 - NOT_CANONICAL)}},
    {"guest.gs.base.canonical", BROKEN{S(GUEST_GS_BASE, NOT_CANONICAL)},
     EDGE{S(GUEST_GS_BASE, NOT_CANONICAL - 1)}},
    {"guest.ldtr.base.canonical",
     BROKEN{S(GUEST_LDTR_AR, 0x82), S(GUEST_LDTR_BASE, NOT_CANONICAL)},
     EDGE{S(GUEST_LDTR_BASE, NOT_CANONICAL)}},
    {"guest.cs.base.high", BROKEN{S(GUEST_CS_BASE, FOUR_GIB)}},
    {"guest.ss.base.high", BROKEN{S(GUEST_SS_BASE, FOUR_GIB)},
     EDGE{S(GUEST_SS_BASE, FOUR_GIB), S(GUEST_SS_AR, AR_UNUSABLE)}},
    {"guest.ds.base.high", BROKEN{S(GUEST_DS_BASE, FOUR_GIB)},
     EDGE{S(GUEST_DS_BASE, FOUR_GIB), S(GUEST_DS_AR, AR_UNUSABLE)}},
    {"guest.es.base.high", BROKEN{S(GUEST_ES_BASE, FOUR_GIB)},
     EDGE{S(GUEST_ES_BASE, FOUR_GIB), S(GUEST_ES_AR, AR_UNUSABLE)}},
    {"guest.cs.d", BROKEN{LONG_GUEST, S(GUEST_CS_AR, 0xe09b)},
     EDGE{GUEST_64}},
    {"guest.tr.type.ia32e", BROKEN{LONG_GUEST, S(GUEST_TR_AR, 0x83)},
     EDGE{S(GUEST_TR_AR, 0x83)}},
    {"guest.gdtr.base", BROKEN{S(GUEST_GDTR_BASE, NOT_CANONICAL)},
     EDGE{S(GUEST_GDTR_BASE, 0 - NOT_CANONICAL)}},
    {"guest.idtr.base", BROKEN{S(GUEST_IDTR_BASE, NOT_CANONICAL)}},
    {"guest.rip.high", BROKEN{LONG_GUEST, S(GUEST_RIP, FOUR_GIB)},
     EDGE{GUEST_64, S(GUEST_RIP, FOUR_GIB)}},
    {"guest.rip.canonical", BROKEN{GUEST_64, S(GUEST_RIP, NOT_CANONICAL)},
     EDGE{GUEST_64, S(GUEST_RIP, 0 - NOT_CANONICAL)}},
    {"guest.pdpte",
     BROKEN{S(GUEST_CR4, CR4_PAE | CR4_VMXE), S(GUEST_CR3, 0x7000),
            MEM(0x7000, 7)},
     EDGE{S(GUEST_CR4, CR4_PAE | CR4_VMXE), S(GUEST_CR3, 0x7000),
          MEM(0x7000, 1)}},
    {"guest.tr.ti", BROKEN{S(GUEST_TR_SELECTOR, 0x1c)}},
    {"guest.ldtr.ti",
     BROKEN{S(GUEST_LDTR_SELECTOR, 4), S(GUEST_LDTR_AR, 0x82)},
     EDGE{S(GUEST_LDTR_SELECTOR, 4)}},
    {"guest.ss.rpl",
     BROKEN{S(GUEST_SS_SELECTOR, 0x11), S(GUEST_SS_AR, 0xc0b3)},
     EDGE{USER_CS, USER_SS}},
    {"guest.cs.type", BROKEN{S(GUEST_CS_AR, 0xc09a)},
     EDGE{S(GUEST_CS_AR, 0xc09f)}},
    {"guest.ss.type", BROKEN{S(GUEST_SS_AR, 0xc095)},
     EDGE{S(GUEST_SS_AR, 0xc097)}},
    {"guest.cs.dpl.non-conforming", BROKEN{S(GUEST_CS_AR, 0xc0bb)},
     EDGE{USER_CS, USER_SS}},
    {"guest.cs.dpl.conforming", BROKEN{S(GUEST_CS_AR, 0xc0bf)},
     EDGE{S(GUEST_CS_SELECTOR, 0x0b), S(GUEST_CS_AR, 0xc0df), USER_SS}},
    {"guest.ss.dpl", BROKEN{S(GUEST_SS_AR, 0xc0b3)},
     EDGE{USER_CS, USER_SS}},
    {"guest.tr.type", BROKEN{S(GUEST_TR_AR, 0x89)},
     EDGE{S(GUEST_TR_AR, 0x83)}},
    {"guest.tr.s", BROKEN{S(GUEST_TR_AR, 0x9b)}},
    {"guest.tr.p", BROKEN{S(GUEST_TR_AR, 0x0b)}},
    {"guest.tr.reserved-low", BROKEN{S(GUEST_TR_AR, 0x18b)},
     EDGE{S(GUEST_TR_AR, 0x708b)}},
    {"guest.tr.g.low", BROKEN{S(GUEST_TR_AR, 0x808b)},
     EDGE{S(GUEST_TR_AR, 0x808b), S(GUEST_TR_LIMIT, 0xfff)}},
    {"guest.tr.g.high", BROKEN{S(GUEST_TR_LIMIT, 0x100067)},
     EDGE{S(GUEST_TR_LIMIT, 0xfffff)}},
    {"guest.tr.unusable", BROKEN{S(GUEST_TR_AR, 0x1008b)}},
    {"guest.tr.reserved-high", BROKEN{S(GUEST_TR_AR, 0x2008b)}},
    {"guest.ldtr.type", BROKEN{S(GUEST_LDTR_AR, 0x83)},
     EDGE{S(GUEST_LDTR_AR, 0x82)}},
    {"guest.ldtr.s", BROKEN{S(GUEST_LDTR_AR, 0x92)},
     EDGE{S(GUEST_LDTR_AR, 0x82)}},
    {"guest.ldtr.p", BROKEN{S(GUEST_LDTR_AR, 0x02)},
     EDGE{S(GUEST_LDTR_AR, 0x10002)}},
    {"guest.ldtr.reserved-low", BROKEN{S(GUEST_LDTR_AR, 0x882)},
     EDGE{S(GUEST_LDTR_AR, 0x10882)}},
    {"guest.ldtr.g.low", BROKEN{S(GUEST_LDTR_AR, 0x8082)},
     EDGE{S(GUEST_LDTR_AR, 0x8082), S(GUEST_LDTR_LIMIT, 0xfff)}},
    {"guest.ldtr.g.high",
     BROKEN{S(GUEST_LDTR_AR, 0x82), S(GUEST_LDTR_LIMIT, 0x80000000)},
     EDGE{S(GUEST_LDTR_AR, 0x82), S(GUEST_LDTR_LIMIT, 0xfffff)}},
    {"guest.ldtr.reserved-high", BROKEN{S(GUEST_LDTR_AR, 0x80000082)},
     EDGE{S(GUEST_LDTR_AR, 0x80010082)}},
    {"guest.gdtr.limit", BROKEN{S(GUEST_GDTR_LIMIT, 0x10000)},
     EDGE{S(GUEST_GDTR_LIMIT, 0xffff)}},
    {"guest.idtr.limit", BROKEN{S(GUEST_IDTR_LIMIT, 0x80000000)},
     EDGE{S(GUEST_IDTR_LIMIT, 0xffff)}},
    {"guest.rflags.reserved", BROKEN{S(GUEST_RFLAGS, 0x8002)},
     EDGE{S(GUEST_RFLAGS, 0x3c7ed7)}},
    {"guest.rflags.fixed", BROKEN{S(GUEST_RFLAGS, 0)}},
    {"guest.rflags.if", BROKEN{INJECT(EXT_INT)}, EDGE{INJECT(EXT_INT), IF_1}},

    {"guest.activity.supported", BROKEN{S(GUEST_ACTIVITY, 3)},
     EDGE{S(GUEST_ACTIVITY, 2)}},
    {"guest.activity.hlt-dpl", BROKEN{S(GUEST_ACTIVITY, 1), USER_CS, USER_SS},
     EDGE{S(GUEST_ACTIVITY, 1)}},
    {"guest.activity.blocking",
     BROKEN{S(GUEST_ACTIVITY, 1), S(GUEST_INTERRUPTIBILITY, 1), IF_1},
     EDGE{S(GUEST_INTERRUPTIBILITY, 1), IF_1}},
    {"guest.activity.hlt-event",
     BROKEN{S(GUEST_ACTIVITY, 1), INJECT(SOFT_INT), S(ENTRY_INSN_LENGTH, 2)},
     EDGE{S(GUEST_ACTIVITY, 1), INJECT(EXT_INT), IF_1}},
    {"guest.activity.shutdown-event",
     BROKEN{S(GUEST_ACTIVITY, 2), INJECT(EXT_INT), IF_1},
     EDGE{S(GUEST_ACTIVITY, 2), INJECT(NMI)}},
    {"guest.interruptibility.reserved",
     BROKEN{S(GUEST_INTERRUPTIBILITY, 0x10)},
     EDGE{S(GUEST_INTERRUPTIBILITY, 8)}},
    {"guest.interruptibility.both",
     BROKEN{S(GUEST_INTERRUPTIBILITY, 3), IF_1},
     EDGE{S(GUEST_INTERRUPTIBILITY, 2), IF_1}},
    {"guest.interruptibility.sti-if", BROKEN{S(GUEST_INTERRUPTIBILITY, 1)},
     EDGE{S(GUEST_INTERRUPTIBILITY, 1), IF_1}},
    {"guest.interruptibility.ext-sti",
     BROKEN{S(GUEST_INTERRUPTIBILITY, 1), INJECT(EXT_INT), IF_1},
     EDGE{S(GUEST_INTERRUPTIBILITY, 8), INJECT(EXT_INT), IF_1}},
    {"guest.interruptibility.ext-mov-ss",
     BROKEN{S(GUEST_INTERRUPTIBILITY, 2), INJECT(EXT_INT), IF_1},
     EDGE{S(GUEST_INTERRUPTIBILITY, 2), INJECT(0x300)}},
    {"guest.interruptibility.nmi-mov-ss",
     BROKEN{S(GUEST_INTERRUPTIBILITY, 2), INJECT(NMI)},
     EDGE{S(GUEST_INTERRUPTIBILITY, 8), INJECT(NMI)}},
    {"guest.interruptibility.smi", BROKEN{S(GUEST_INTERRUPTIBILITY, 4)}},
    {"guest.interruptibility.nmi-sti",
     BROKEN{S(GUEST_INTERRUPTIBILITY, 1), INJECT(NMI), IF_1},
     EDGE{S(GUEST_INTERRUPTIBILITY, 1), INJECT(0x300), IF_1}},
    {"guest.pending-debug.reserved", BROKEN{S(GUEST_PENDING_DEBUG, 0x10)},
     EDGE{S(GUEST_PENDING_DEBUG, 0x500f)}},
    {"guest.pending-debug.bs-set",
     BROKEN{S(GUEST_INTERRUPTIBILITY, 2), S(GUEST_RFLAGS, 0x102)},
     EDGE{S(GUEST_INTERRUPTIBILITY, 2), S(GUEST_RFLAGS, 0x102),
          S(GUEST_PENDING_DEBUG, 0x4000)}},
    {"guest.pending-debug.bs-clear",
     BROKEN{S(GUEST_ACTIVITY, 1), S(GUEST_PENDING_DEBUG, 0x4000)},
     EDGE{S(GUEST_PENDING_DEBUG, 0x4000)}},
    {"guest.link.align", BROKEN{S(VMCS_LINK_POINTER, AT_VMCS2 + 0x800)},
     EDGE{S(VMCS_LINK_POINTER, AT_VMCS2)}},
    {"guest.link.width",
     BROKEN{S(VMCS_LINK_POINTER, TOO_WIDE + AT_VMCS2)},
     EDGE{S(VMCS_LINK_POINTER, AT_VMCS2)}},
    {"guest.link.revision",
     BROKEN{S(VMCS_LINK_POINTER, 0x7000), MEM(0x7000, VMX_REVISION + 1)},
     EDGE{S(VMCS_LINK_POINTER, 0x7000), MEM(0x7000, VMX_REVISION)}},
    {"guest.link.current", BROKEN{S(VMCS_LINK_POINTER, AT_VMCS)},
     EDGE{S(VMCS_LINK_POINTER, AT_VMCS2)}},

    {"entry.msr-load.reserved", BROKEN{MSR_ENTRY(0x174, 1, 8)},
     EDGE{MSR_ENTRY(0x174, 0, 8)}},
    {"entry.msr-load.base", BROKEN{MSR_ENTRY(0xc0000100, 0, 0)},
     EDGE{MSR_ENTRY(0xc0000102, 0, 0)}},
    {"entry.msr-load.microcode", BROKEN{MSR_ENTRY(MSR_BIOS_SIGN_ID, 0, 0)}},
    {"entry.msr-load.wrmsr", BROKEN{MSR_ENTRY(0x12345678, 0, 0)}},
    {"entry.msr-load.count", BROKEN{AREA(ENTRY_MSR_LOAD, CASE_MSRS, 513)},
     EDGE{AREA(ENTRY_MSR_LOAD, CASE_MSRS, 512)}},
};

/* --- rows that segments share ------------------------------------------------ */

static const char *const names[] = {"es", "cs", "ss", "ds", "fs", "gs"};

static uint32_t ar(unsigned s)
{
    return VMX_F_GUEST_ES_AR + s + 1;
}

static uint32_t limit(unsigned s)
{
    return VMX_F_GUEST_ES_LIMIT + s + 1;
}

static uint32_t selector(unsigned s)
{
    return VMX_F_GUEST_ES_SELECTOR + s + 1;
}

static uint32_t base(unsigned s)
{
    return VMX_F_GUEST_ES_BASE + s + 1;
}

static struct check_case *start(struct check_case *c, unsigned s,
                                const char *row)
{
    *c = (struct check_case){.id = ""};
    snprintf(c->id, sizeof c->id, "guest.%s.%s", names[s], row);
    return c;
}

/* A virtual-8086 guest, with one thing wrong. */
static void v86(struct check_case *c, unsigned s, const char *row,
                uint32_t what, uint64_t value)
{
    struct case_set sets[CASE_SETS] = {{VMX_F_GUEST_RFLAGS + 1, 0x20002}};
    unsigned n = 1;
    start(c, s, row);
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        sets[n++] = (struct case_set){ar(i), 0xf3};
        sets[n++] = (struct case_set){limit(i), 0xffff};
        sets[n++] = (struct case_set){base(i), i == IA32_CS ? 0x80 : 0x100};
    }
    memcpy(c->edge, sets, sizeof sets);
    memcpy(c->broken, sets, sizeof sets);
    c->broken[n] = (struct case_set){what, value};
}

/* A guest in virtual-8086 mode and in IA-32e mode. */
static void v86_ia32e(struct check_case *c)
{
    static const struct check_case more = {
        "guest.rflags.vm", BROKEN{LONG_GUEST}, EDGE{LONG_GUEST}};
    unsigned n = 0, from = 0;
    v86(c, IA32_CS, "v86.ar", ar(IA32_CS), 0xf3);
    memcpy(c->id, more.id, sizeof c->id);
    memcpy(c->edge, more.edge, sizeof c->edge);
    while (c->broken[n].what)
        n++;
    while (more.broken[from].what)
        c->broken[n++] = more.broken[from++];
}

static void any_segment(struct check_case *c, unsigned s)
{
    uint32_t good = s == IA32_CS ? 0xc09b : 0xc093;
    uint32_t unusable = AR_UNUSABLE | 0x8ff00;
    v86(c++, s, "v86.base", base(s), 0x101);
    v86(c++, s, "v86.limit", limit(s), 0xfffff);
    v86(c++, s, "v86.ar", ar(s), 0x93);
    start(c, s, "s")->broken[0] = (struct case_set){ar(s), good & ~0x10u};
    c++;
    start(c, s, "p")->broken[0] = (struct case_set){ar(s), good & ~0x80u};
    c++;
    start(c, s, "reserved-low")->broken[0] =
        (struct case_set){ar(s), good | 0x200};
    c->edge[0] = (struct case_set){ar(s), good | 0x3000};
    c++;
    start(c, s, "g.low")->broken[0] =
        (struct case_set){limit(s), 0xffffeffe};
    c->edge[0] = (struct case_set){limit(s), 0xffffffff};
    c++;
    start(c, s, "g.high")->broken[0] =
        (struct case_set){ar(s), good & ~0x8000u};
    c->edge[0] = (struct case_set){ar(s), good & ~0x8000u};
    c->edge[1] = (struct case_set){limit(s), 0xfffff};
    c++;
    start(c, s, "reserved-high")->broken[0] =
        (struct case_set){ar(s), good | 0x20000};
    if (s != IA32_CS) /* unusable: nothing of it is looked at */
        c->edge[0] = (struct case_set){ar(s), unusable};
}
#define ANY_SEGMENT_CASES 9

static void data_segment(struct check_case *c, unsigned s)
{
    start(c, s, "type.accessed")->broken[0] =
        (struct case_set){ar(s), 0xc092};
    c->edge[0] = (struct case_set){ar(s), 0xc091};
    c++;
    start(c, s, "type.readable")->broken[0] =
        (struct case_set){ar(s), 0xc099};
    c->edge[0] = (struct case_set){ar(s), 0xc09b};
    c++;
    start(c, s, "dpl")->broken[0] = (struct case_set){selector(s), 0x13};
    c->edge[0] = (struct case_set){selector(s), 0x13};
    c->edge[1] = (struct case_set){ar(s), 0xc09f};
}
#define DATA_SEGMENT_CASES 3

unsigned check_cases(struct check_case *to, unsigned max)
{
    unsigned n = ARRAY_SIZE(single);
    vt_assert(max >= 1 + n + 6 * (ANY_SEGMENT_CASES + DATA_SEGMENT_CASES));
    memcpy(to, single, sizeof single);
    v86_ia32e(&to[n++]);
    for (unsigned s = 0; s < ARRAY_SIZE(names); s++) {
        any_segment(&to[n], s);
        n += ANY_SEGMENT_CASES;
        if (s == IA32_CS || s == IA32_SS)
            continue;
        data_segment(&to[n], s);
        n += DATA_SEGMENT_CASES;
    }
    return n;
}
