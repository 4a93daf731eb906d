/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Architectural constants of IA-32 and Intel 64, named as the manual names
 * them.  SDM 325462, Vol 1, "Basic Execution Environment", and Vol 3A,
 * "System Architecture Overview". */
#ifndef IA32_DEFS_H
#define IA32_DEFS_H

#include "sim/machine/vt.h"

enum { IA32_RAX, IA32_RCX, IA32_RDX, IA32_RBX,
       IA32_RSP, IA32_RBP, IA32_RSI, IA32_RDI };
/* Slot 16 of the register array always holds 0: "no register" in an
 * effective address.  Byte registers AH CH DH BH are numbered 20..23. */
#define IA32_REG_ZERO 16
/* Slot 17 holds the running block's RIP: the base of RIP-relative addresses,
 * whose displacements count from there. */
#define IA32_REG_RIP 17
#define IA32_REG_HIGH8 20

enum ia32_seg_index { IA32_ES, IA32_CS, IA32_SS, IA32_DS, IA32_FS, IA32_GS,
                      IA32_LDTR, IA32_TR, IA32_SEG_COUNT };

/* Linear addresses have 48 bits; the others repeat bit 47.  SDM Vol 1,
 * "Canonical Addressing". */
static inline bool ia32_canonical(uint64_t la)
{
    return la + VT_BIT(47) < VT_BIT(48);
}

/* EFLAGS */
#define FL_CF VT_BIT(0)
#define FL_FIXED1 VT_BIT(1)
#define FL_PF VT_BIT(2)
#define FL_AF VT_BIT(4)
#define FL_ZF VT_BIT(6)
#define FL_SF VT_BIT(7)
#define FL_TF VT_BIT(8)
#define FL_IF VT_BIT(9)
#define FL_DF VT_BIT(10)
#define FL_OF VT_BIT(11)
#define FL_IOPL_SHIFT 12
#define FL_IOPL (UINT64_C(3) << FL_IOPL_SHIFT)
#define FL_NT VT_BIT(14)
#define FL_RF VT_BIT(16)
#define FL_VM VT_BIT(17)
#define FL_AC VT_BIT(18)
#define FL_VIF VT_BIT(19)
#define FL_VIP VT_BIT(20)
#define FL_ID VT_BIT(21)
/* The six that arithmetic sets; kept in another form, see flags.h. */
#define FL_ARITH (FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_OF)

#define CR0_PE VT_BIT(0)
#define CR0_MP VT_BIT(1)
#define CR0_EM VT_BIT(2)
#define CR0_TS VT_BIT(3)
#define CR0_ET VT_BIT(4)
#define CR0_NE VT_BIT(5)
#define CR0_WP VT_BIT(16)
#define CR0_AM VT_BIT(18)
#define CR0_NW VT_BIT(29)
#define CR0_CD VT_BIT(30)
#define CR0_PG VT_BIT(31)

#define CR4_VME VT_BIT(0)
#define CR4_PVI VT_BIT(1)
#define CR4_TSD VT_BIT(2)
#define CR4_DE VT_BIT(3)
#define CR4_PSE VT_BIT(4)
#define CR4_PAE VT_BIT(5)
#define CR4_MCE VT_BIT(6)
#define CR4_PGE VT_BIT(7)
#define CR4_PCE VT_BIT(8)
#define CR4_OSFXSR VT_BIT(9)
#define CR4_OSXMMEXCPT VT_BIT(10)
#define CR4_UMIP VT_BIT(11)
#define CR4_VMXE VT_BIT(13)
#define CR4_SMXE VT_BIT(14)
#define CR4_FSGSBASE VT_BIT(16)
#define CR4_PCIDE VT_BIT(17)
#define CR4_OSXSAVE VT_BIT(18)
#define CR4_SMEP VT_BIT(20)
#define CR4_SMAP VT_BIT(21)

/* Entries of PAE paging's first table, which the processor keeps. */
#define IA32_PDPTES 4

/* DR6 and DR7.  SDM Vol 3B, "Debug Registers". */
#define DR6_B0 VT_BIT(0)
#define DR6_BD VT_BIT(13)
#define DR6_BS VT_BIT(14)
#define DR6_BT VT_BIT(15)
#define DR6_FIXED1 UINT64_C(0xffff0ff0)
#define DR6_WRITABLE UINT64_C(0xe00f)
#define DR7_GD VT_BIT(13)
#define DR7_FIXED1 VT_BIT(10)
#define DR7_FIXED0 UINT64_C(0xd800)

/* IA32_APIC_BASE and IA32_MISC_ENABLE. */
#define APIC_BASE_BSP VT_BIT(8)
#define APIC_BASE_EXTD VT_BIT(10)
#define APIC_BASE_EN VT_BIT(11)
#define APIC_BASE_RESET UINT64_C(0xfee00000)
#define MISC_ENABLE_FAST_STRINGS VT_BIT(0)
#define MISC_ENABLE_PERFMON VT_BIT(7)
#define MISC_ENABLE_NO_BTS VT_BIT(11)
#define MISC_ENABLE_NO_PEBS VT_BIT(12)
#define MISC_ENABLE_MONITOR VT_BIT(18)
#define MISC_ENABLE_LIMIT_CPUID VT_BIT(22)
#define MISC_ENABLE_XD_DISABLE VT_BIT(34)

#define EFER_SCE VT_BIT(0)
#define EFER_LME VT_BIT(8)
#define EFER_LMA VT_BIT(10)
#define EFER_NXE VT_BIT(11)

/* x87 status word: exception waiting, top of stack. */
#define FSW_ES 0x80u
#define FSW_TOP 0x3800u

/* Exceptions.  SDM Vol 3A, "Interrupt and Exception Handling". */
enum ia32_vector {
    IA32_DE = 0, IA32_DB = 1, IA32_NMI = 2, IA32_BP = 3, IA32_OF = 4,
    IA32_BR = 5, IA32_UD = 6, IA32_NM = 7, IA32_DF = 8, IA32_TS = 10,
    IA32_NP = 11, IA32_SSF = 12, IA32_GP = 13, IA32_PF = 14, IA32_MF = 16,
    IA32_AC = 17, IA32_MC = 18, IA32_XM = 19
};

/* Type of an event on its way to the IDT; the numbers are those of the
 * VM-entry and VM-exit interruption-information fields.
 * SDM Vol 3C, "VM-Entry Controls for Event Injection". */
enum ia32_event_type {
    IA32_EXT_INT = 0, IA32_EV_NMI = 2, IA32_HW_EXC = 3, IA32_SW_INT = 4,
    IA32_PRIV_SW_EXC = 5, IA32_SW_EXC = 6, IA32_OTHER_EVENT = 7
};

/* Page-fault error code.  SDM Vol 3A, "Page-Fault Exceptions". */
#define PF_P 1u
#define PF_W 2u
#define PF_U 4u
#define PF_RSVD 8u
#define PF_I 16u

/* Segment access rights as the VMCS holds them.  SDM Vol 3C, "Guest
 * Register State", table "Format of Access Rights". */
#define AR_TYPE 0xfu
#define AR_S 0x10u
#define AR_DPL_SHIFT 5
#define AR_DPL 0x60u
#define AR_P 0x80u
#define AR_AVL 0x1000u
#define AR_L 0x2000u
#define AR_DB 0x4000u
#define AR_G 0x8000u
#define AR_UNUSABLE 0x10000u

/* MSRs */
#define MSR_TSC 0x10u
#define MSR_APIC_BASE 0x1bu
#define MSR_FEATURE_CONTROL 0x3au
#define MSR_BIOS_SIGN_ID 0x8bu
#define MSR_MTRRCAP 0xfeu
#define MSR_SYSENTER_CS 0x174u
#define MSR_SYSENTER_ESP 0x175u
#define MSR_SYSENTER_EIP 0x176u
#define MSR_MISC_ENABLE 0x1a0u
#define MSR_DEBUGCTL 0x1d9u
#define MSR_PAT 0x277u
#define MSR_VMX_BASIC 0x480u
#define MSR_EFER 0xc0000080u

#endif
