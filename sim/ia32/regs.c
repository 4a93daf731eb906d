/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The register table: what `info registers`, gdb, snapshots and trace
 * comparison know of a processor, one row a register.  Hidden rows are state
 * that software cannot read but that a restored machine needs.
 *
 * Not here: TLB and virtualization model (they save themselves), decoded
 * blocks (made again), the clock and the ledger (the machine's).
 * Names and widths are those of a 32-bit processor; the objects are 64 bits
 * wide and saved whole.
 * SDM 325462, Vol 1, "Basic Execution Environment"; Vol 3A, "System
 * Architecture Overview". */
#include "sim/ia32/regs.h"

#define BEE "SDM Vol 1, \"Basic Execution Environment\""
#define CRS "SDM Vol 3A, \"Control Registers\""
#define DRS "SDM Vol 3B, \"Debug Registers\""
#define MSRS "SDM Vol 4, \"Architectural MSRs\""
#define SEGS "SDM Vol 3A, \"Segment Registers\""

#define REG(field, name, bits, group, fmt, flags, cite) \
    VT_REG(struct ia32_cpu, field, name, bits, group, VT_FMT_##fmt, flags, cite)
#define GPR(name_, number)                                      \
    {.name = name_, .bits = 32, .size_bytes = 8, .count = 1,    \
     .offset = offsetof(struct ia32_cpu, gpr) + 8 * (number),   \
     .group = "general", .format = VT_FMT_HEX, .cite = BEE}
#define FLAGS(field, name_, group_, names, cite_)               \
    {.name = name_, .bits = 32,                                 \
     .size_bytes = sizeof(((struct ia32_cpu *)0)->field),       \
     .count = 1, .offset = offsetof(struct ia32_cpu, field),    \
     .group = group_, .format = VT_FMT_FLAGS,                   \
     .flag_names = names, .cite = cite_}
#define SEG(index, name)                                              \
    REG(seg[index].selector, name, 16, "segment", HEX, 0, SEGS),      \
    REG(seg[index].base, name "_base", 32, "segment", HEX, 0, SEGS),  \
    REG(seg[index].limit, name "_limit", 32, "segment", HEX, 0, SEGS), \
    REG(seg[index].ar, name "_ar", 17, "segment", HEX, 0, SEGS)
#define HIDDEN(field, name, bits) \
    REG(field, name, bits, "hidden", HEX, VT_REG_HIDDEN, "")

static const struct vt_reg table[] = {
    GPR("eax", IA32_RAX),
    GPR("ebx", IA32_RBX),
    GPR("ecx", IA32_RCX),
    GPR("edx", IA32_RDX),
    GPR("esi", IA32_RSI),
    GPR("edi", IA32_RDI),
    GPR("ebp", IA32_RBP),
    GPR("esp", IA32_RSP),
    REG(rip, "eip", 32, "general", HEX, 0, BEE),
    FLAGS(rflags, "eflags", "general",
          "CF - PF - AF - ZF SF TF IF DF OF IOPL0 IOPL1 NT - RF VM AC VIF "
          "VIP ID",
          "SDM Vol 1, \"EFLAGS Register\""),
    SEG(IA32_CS, "cs"),
    SEG(IA32_SS, "ss"),
    SEG(IA32_DS, "ds"),
    SEG(IA32_ES, "es"),
    SEG(IA32_FS, "fs"),
    SEG(IA32_GS, "gs"),
    SEG(IA32_LDTR, "ldtr"),
    SEG(IA32_TR, "tr"),
    REG(gdtr.base, "gdtr_base", 32, "segment", HEX, 0, SEGS),
    REG(gdtr.limit, "gdtr_limit", 16, "segment", HEX, 0, SEGS),
    REG(idtr.base, "idtr_base", 32, "segment", HEX, 0, SEGS),
    REG(idtr.limit, "idtr_limit", 16, "segment", HEX, 0, SEGS),
    REG(cpl, "cpl", 2, "segment", DEC, VT_REG_READONLY, SEGS),
    FLAGS(cr0, "cr0", "control",
          "PE MP EM TS ET NE - - - - - - - - - - WP - AM - - - - - - - - - "
          "- NW CD PG",
          CRS),
    REG(cr2, "cr2", 32, "control", HEX, 0, CRS),
    REG(cr3, "cr3", 32, "control", HEX, 0, CRS),
    FLAGS(cr4, "cr4", "control",
          "VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT UMIP - VMXE "
          "SMXE",
          CRS),
    REG(efer, "efer", 32, "control", HEX, VT_REG_HIDDEN, CRS),
    VT_REG_ARRAY(struct ia32_cpu, dr, "dr", 32, "debug", 0, DRS),
    REG(sysenter_cs, "sysenter_cs", 32, "msr", HEX, 0, MSRS),
    REG(sysenter_esp, "sysenter_esp", 32, "msr", HEX, 0, MSRS),
    REG(sysenter_eip, "sysenter_eip", 32, "msr", HEX, 0, MSRS),
    REG(pat, "pat", 64, "msr", HEX, 0, MSRS),
    REG(debugctl, "debugctl", 32, "msr", HEX, 0, MSRS),
    REG(apic_base, "apic_base", 64, "msr", HEX, VT_REG_HIDDEN, MSRS),
    REG(feature_control, "feature_control", 32, "msr", HEX, 0, MSRS),
    REG(misc_enable, "misc_enable", 64, "msr", HEX, VT_REG_HIDDEN, MSRS),
    REG(tsc_offset_base, "tsc_offset_base", 64, "hidden", HEX, VT_REG_HIDDEN,
        "TSC minus clock"),
    REG(in_vmx, "in_vmx", 1, "hidden", BOOL,
        VT_REG_HIDDEN | VT_REG_READONLY, ""),
    REG(non_root, "non_root", 1, "hidden", BOOL,
        VT_REG_HIDDEN | VT_REG_READONLY, ""),
    HIDDEN(blocking, "blocking", 4),
    HIDDEN(pending_debug, "pending_debug", 16),
    HIDDEN(repeating, "repeating", 1),
    HIDDEN(nmi_pending, "nmi_pending", 1),
    HIDDEN(intr_line, "intr_line", 1),
    HIDDEN(a20, "a20", 1),
};

const struct vt_reg *ia32_regs(const struct vt_cpu *base, size_t *rows)
{
    (void)base;
    *rows = ARRAY_SIZE(table);
    return table;
}
