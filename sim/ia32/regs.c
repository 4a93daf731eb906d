/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The register table: what `info registers`, gdb, snapshots and trace
 * comparison know of a processor, one row a register.  Hidden rows are state
 * that software cannot read but that a restored machine needs.
 *
 * Not here: TLB and virtualization model (they save themselves), decoded
 * blocks (made again), the clock and the ledger (the machine's).
 * A processor with Intel 64 has a table of its own: the names and widths of
 * its wider registers, and R8 to R15.  The objects are 64 bits wide in both
 * and saved whole.
 * SDM 325462, Vol 1, "Basic Execution Environment"; Vol 3A, "System
 * Architecture Overview". */
#include "sim/ia32/regs.h"

#define BEE "SDM Vol 1, \"Basic Execution Environment\""
#define CRS "SDM Vol 3A, \"Control Registers\""
#define DRS "SDM Vol 3B, \"Debug Registers\""
#define MSRS "SDM Vol 4, \"Architectural MSRs\""
#define FPU "SDM Vol 1, \"x87 FPU Execution Environment\""
#define XMMS "SDM Vol 1, \"SSE Programming Environment\""
#define SEGS "SDM Vol 3A, \"Segment Registers\""

#define REG(field, name, bits, group, fmt, flags, cite) \
    VT_REG(struct ia32_cpu, field, name, bits, group, VT_FMT_##fmt, flags, cite)
#define GPR(name_, number, bits_)                               \
    {.name = name_, .bits = bits_, .size_bytes = 8, .count = 1, \
     .offset = offsetof(struct ia32_cpu, gpr) + 8 * (number),   \
     .group = "general", .format = VT_FMT_HEX, .cite = BEE}
#define FLAGS(field, name_, group_, names, cite_)               \
    {.name = name_, .bits = 32,                                 \
     .size_bytes = sizeof(((struct ia32_cpu *)0)->field),       \
     .count = 1, .offset = offsetof(struct ia32_cpu, field),    \
     .group = group_, .format = VT_FMT_FLAGS,                   \
     .flag_names = names, .cite = cite_}
#define SEG(index, name, bits)                                        \
    REG(seg[index].selector, name, 16, "segment", HEX, 0, SEGS),      \
    REG(seg[index].base, name "_base", bits, "segment", HEX, 0, SEGS), \
    REG(seg[index].limit, name "_limit", 32, "segment", HEX, 0, SEGS), \
    REG(seg[index].ar, name "_ar", 17, "segment", HEX, 0, SEGS)
#define HIDDEN(field, name, bits) \
    REG(field, name, bits, "hidden", HEX, VT_REG_HIDDEN, "")

/* General registers: w is "e" and 32, or "r" and 64. */
#define GENERAL(w, bits)                                             \
    GPR(w "ax", IA32_RAX, bits), GPR(w "bx", IA32_RBX, bits),        \
        GPR(w "cx", IA32_RCX, bits), GPR(w "dx", IA32_RDX, bits),    \
        GPR(w "si", IA32_RSI, bits), GPR(w "di", IA32_RDI, bits),    \
        GPR(w "bp", IA32_RBP, bits), GPR(w "sp", IA32_RSP, bits)
#define GENERAL64                                                    \
    GPR("r8", 8, 64), GPR("r9", 9, 64), GPR("r10", 10, 64),          \
        GPR("r11", 11, 64), GPR("r12", 12, 64), GPR("r13", 13, 64),  \
        GPR("r14", 14, 64), GPR("r15", 15, 64)
#define POINTER_AND_FLAGS(w, bits)                                   \
    REG(rip, w "ip", bits, "general", HEX, 0, BEE),                  \
        FLAGS(rflags, w "flags", "general",                          \
              "CF - PF - AF - ZF SF TF IF DF OF IOPL0 IOPL1 NT - RF " \
              "VM AC VIF VIP ID",                                    \
              "SDM Vol 1, \"EFLAGS Register\"")
#define SEGMENTS(bits)                                               \
    SEG(IA32_CS, "cs", bits), SEG(IA32_SS, "ss", bits),              \
        SEG(IA32_DS, "ds", bits), SEG(IA32_ES, "es", bits),          \
        SEG(IA32_FS, "fs", bits), SEG(IA32_GS, "gs", bits),          \
        SEG(IA32_LDTR, "ldtr", bits), SEG(IA32_TR, "tr", bits),      \
        REG(gdtr.base, "gdtr_base", bits, "segment", HEX, 0, SEGS),  \
        REG(gdtr.limit, "gdtr_limit", 16, "segment", HEX, 0, SEGS),  \
        REG(idtr.base, "idtr_base", bits, "segment", HEX, 0, SEGS),  \
        REG(idtr.limit, "idtr_limit", 16, "segment", HEX, 0, SEGS),  \
        REG(cpl, "cpl", 2, "segment", DEC, VT_REG_READONLY, SEGS)
#define CONTROL(bits)                                                \
    FLAGS(cr0, "cr0", "control",                                     \
          "PE MP EM TS ET NE - - - - - - - - - - WP - AM - - - - - - " \
          "- - - - NW CD PG",                                        \
          CRS),                                                      \
        REG(cr2, "cr2", bits, "control", HEX, 0, CRS),               \
        REG(cr3, "cr3", bits, "control", HEX, 0, CRS),               \
        FLAGS(cr4, "cr4", "control",                                 \
              "VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT " \
              "UMIP - VMXE SMXE - FSGSBASE PCIDE OSXSAVE - SMEP SMAP", \
              CRS),                                                  \
        REG(cr8, "cr8", 4, "control", HEX, VT_REG_HIDDEN, CRS)
#define EFER_ROW(flags) REG(efer, "efer", 32, "control", HEX, flags, CRS)
#define DEBUG(bits) \
    VT_REG_ARRAY(struct ia32_cpu, dr, "dr", bits, "debug", 0, DRS)
#define ONE_MSR(field, bits) REG(field, #field, bits, "msr", HEX, 0, MSRS)
#define MSRS_64                                                     \
    ONE_MSR(star, 64), ONE_MSR(lstar, 64), ONE_MSR(cstar, 64),      \
        ONE_MSR(fmask, 64), ONE_MSR(kernel_gs_base, 64)
#define MSRS_ALL(bits)                                              \
    ONE_MSR(sysenter_cs, 32), ONE_MSR(sysenter_esp, bits),          \
        ONE_MSR(sysenter_eip, bits), ONE_MSR(pat, 64),              \
        ONE_MSR(debugctl, 32),                                      \
        REG(apic_base, "apic_base", 64, "msr", HEX, VT_REG_HIDDEN,  \
            MSRS),                                                  \
        ONE_MSR(feature_control, 32),                               \
        REG(misc_enable, "misc_enable", 64, "msr", HEX,             \
            VT_REG_HIDDEN, MSRS),                                   \
        REG(tsc_aux, "tsc_aux", 32, "msr", HEX, VT_REG_HIDDEN, MSRS), \
        REG(xcr0, "xcr0", 64, "control", HEX, VT_REG_HIDDEN, CRS),  \
        REG(xss, "xss", 64, "msr", HEX, VT_REG_HIDDEN, MSRS)
#define FPR(n)                                                      \
    REG(fpu.r[n].frac, "fpr" #n "_frac", 64, "x87", HEX, 0, FPU),   \
        REG(fpu.r[n].se, "fpr" #n "_se", 16, "x87", HEX, 0, FPU)
#define X87                                                         \
    FPR(0), FPR(1), FPR(2), FPR(3), FPR(4), FPR(5), FPR(6), FPR(7), \
        REG(fpu.cw, "fcw", 16, "x87", HEX, 0, FPU),                 \
        FLAGS(fpu.sw, "fsw", "x87",                                 \
              "IE DE ZE OE UE PE SF ES C0 C1 C2 TOP0 TOP1 TOP2 C3 B", \
              FPU),                                                 \
        REG(fpu.valid, "fvalid", 8, "x87", HEX, 0, FPU),            \
        REG(fpu.fop, "fop", 11, "x87", HEX, 0, FPU),                \
        REG(fpu.fip, "fip", 64, "x87", HEX, 0, FPU),                \
        REG(fpu.fdp, "fdp", 64, "x87", HEX, 0, FPU),                \
        REG(fpu.fcs, "fcs", 16, "x87", HEX, 0, FPU),                \
        REG(fpu.fds, "fds", 16, "x87", HEX, 0, FPU)
#define XMM(n)                                                      \
    REG(xmm[n].q[0], "xmm" #n "_low", 64, "sse", HEX, 0, XMMS),     \
        REG(xmm[n].q[1], "xmm" #n "_high", 64, "sse", HEX, 0, XMMS)
#define XMM_0_7 \
    XMM(0), XMM(1), XMM(2), XMM(3), XMM(4), XMM(5), XMM(6), XMM(7)
#define XMM_8_15 \
    XMM(8), XMM(9), XMM(10), XMM(11), XMM(12), XMM(13), XMM(14), XMM(15)
#define MXCSR                                                        \
    FLAGS(mxcsr, "mxcsr", "sse",                                     \
          "IE DE ZE OE UE PE DAZ IM DM ZM OM UM PM RC0 RC1 FTZ", XMMS)
#define HIDDEN_MSR(field, name) \
    REG(field, name, 64, "msr", HEX, VT_REG_HIDDEN, MSRS)
#define HIDDEN_MSRS(field, name) \
    VT_REG_ARRAY(struct ia32_cpu, field, name, 64, "msr", VT_REG_HIDDEN, MSRS)
#define MACHINE_MSRS                                                 \
    HIDDEN_MSR(tsc_adjust, "tsc_adjust"),                            \
        HIDDEN_MSR(bios_sign_id, "bios_sign_id"),                    \
        HIDDEN_MSR(pkg_cst, "pkg_cst"),                              \
        HIDDEN_MSR(power_ctl, "power_ctl"),                          \
        HIDDEN_MSR(mtrr.def_type, "mtrr_def_type"),                  \
        HIDDEN_MSR(mtrr.fix64k, "mtrr_fix64k"),                      \
        HIDDEN_MSRS(mtrr.fix16k, "mtrr_fix16k"),                     \
        HIDDEN_MSRS(mtrr.fix4k, "mtrr_fix4k"),                       \
        HIDDEN_MSRS(mtrr.variable, "mtrr_variable"),                 \
        HIDDEN_MSR(mca.status, "mcg_status"),                        \
        HIDDEN_MSR(mca.ctl, "mcg_ctl"),                              \
        HIDDEN_MSRS(mca.bank, "mc_bank")
#define HIDDEN_ROWS                                                  \
    REG(tsc_offset_base, "tsc_offset_base", 64, "hidden", HEX,       \
        VT_REG_HIDDEN, "TSC minus clock"),                           \
        REG(in_vmx, "in_vmx", 1, "hidden", BOOL,                     \
            VT_REG_HIDDEN | VT_REG_READONLY, ""),                    \
        REG(non_root, "non_root", 1, "hidden", BOOL,                 \
            VT_REG_HIDDEN | VT_REG_READONLY, ""),                    \
        VT_REG_ARRAY(struct ia32_cpu, pdpte, "pdpte", 64, "hidden",  \
                     VT_REG_HIDDEN, "SDM Vol 3A, \"PDPTE Registers\""), \
        REG(monitor_pa, "monitor_pa", 64, "hidden", HEX,             \
            VT_REG_HIDDEN, ""),                                      \
        HIDDEN(monitor_armed, "monitor_armed", 1),                   \
        HIDDEN(mwait, "mwait", 1),                                   \
        HIDDEN(mwait_masked, "mwait_masked", 1),                     \
        REG(random, "random", 64, "hidden", HEX, VT_REG_HIDDEN, ""), \
        HIDDEN(blocking, "blocking", 4),                             \
        HIDDEN(pending_debug, "pending_debug", 16),                  \
        HIDDEN(repeating, "repeating", 1),                           \
        HIDDEN(nmi_pending, "nmi_pending", 1),                       \
        HIDDEN(intr_line, "intr_line", 1), HIDDEN(a20, "a20", 1)

static const struct vt_reg table32[] = {
    GENERAL("e", 32), POINTER_AND_FLAGS("e", 32), SEGMENTS(32), CONTROL(32),
    EFER_ROW(VT_REG_HIDDEN), DEBUG(32), MSRS_ALL(32), MACHINE_MSRS,
    X87, XMM_0_7, MXCSR, HIDDEN_ROWS,
};

static const struct vt_reg table64[] = {
    GENERAL("r", 64), GENERAL64, POINTER_AND_FLAGS("r", 64), SEGMENTS(64),
    CONTROL(64), EFER_ROW(0), DEBUG(64), MSRS_64, MSRS_ALL(64),
    MACHINE_MSRS, X87, XMM_0_7, XMM_8_15, MXCSR, HIDDEN_ROWS,
};

const struct vt_reg *ia32_regs(const struct vt_cpu *base, size_t *rows)
{
    const struct ia32_cpu *cpu = (const struct ia32_cpu *)base;
    bool is64 = ia32_has(cpu, IA32_F_LM);
    *rows = is64 ? ARRAY_SIZE(table64) : ARRAY_SIZE(table32);
    return is64 ? table64 : table32;
}
