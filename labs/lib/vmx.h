/* SPDX-License-Identifier: MIT */
/* The VMX instructions and the numbers that go with them.  Names of VMCS
 * fields, exit reasons and control bits are in vmcs.h, which is made from
 * the simulator's own tables: a student and vtsim call things the same. */
#ifndef LAB_VMX_H
#define LAB_VMX_H

#include <stdbool.h>
#include <stdint.h>

#include "labs/lib/vmcs.h"

/* SDM 325462, Vol 3D, "VMX Capability Reporting Facility". */
#define MSR_VMX_BASIC 0x480u
#define MSR_VMX_PINBASED_CTLS 0x481u
#define MSR_VMX_PROCBASED_CTLS 0x482u
#define MSR_VMX_EXIT_CTLS 0x483u
#define MSR_VMX_ENTRY_CTLS 0x484u
#define MSR_VMX_MISC 0x485u
#define MSR_VMX_CR0_FIXED0 0x486u
#define MSR_VMX_CR0_FIXED1 0x487u
#define MSR_VMX_CR4_FIXED0 0x488u
#define MSR_VMX_CR4_FIXED1 0x489u

#define FEATURE_CONTROL_LOCK (1u << 0)
#define FEATURE_CONTROL_VMXON (1u << 2)
#define VMX_MISC_ACTIVITY_HLT (1u << 6)

/* Event information, the same for VM entry, VM exit and IDT vectoring.
 * SDM Vol 3C, "VM-Entry Controls for Event Injection". */
#define EVENT_VALID (1u << 31)
#define EVENT_ERROR_CODE (1u << 11)
#define EVENT_EXTERNAL_INTERRUPT (0u << 8)
#define EVENT_HARDWARE_EXCEPTION (3u << 8)
#define EVENT_VECTOR 0xffu

/* Guest interruptibility state and activity state.  SDM Vol 3C, "Guest
 * Non-Register State". */
#define BLOCKING_BY_STI 1u
#define BLOCKING_BY_MOV_SS 2u
#define ACTIVITY_ACTIVE 0u
#define ACTIVITY_HLT 1u

#define VMX_EXIT_ENTRY_FAILURE (1u << 31) /* in the exit-reason field */

/* Each instruction says how it went in the flags: CF for VMfailInvalid, ZF
 * for VMfailValid (and a number in the VM-instruction error field).  These
 * functions return true when it succeeded: neither is set, "above". */
static inline bool vmxon(uint64_t region_pa)
{
    bool ok;
    __asm__ volatile("vmxon %1; seta %0"
                     : "=qm"(ok) : "m"(region_pa) : "cc", "memory");
    return ok;
}

static inline bool vmclear(uint64_t vmcs_pa)
{
    bool ok;
    __asm__ volatile("vmclear %1; seta %0"
                     : "=qm"(ok) : "m"(vmcs_pa) : "cc", "memory");
    return ok;
}

static inline bool vmptrld(uint64_t vmcs_pa)
{
    bool ok;
    __asm__ volatile("vmptrld %1; seta %0"
                     : "=qm"(ok) : "m"(vmcs_pa) : "cc", "memory");
    return ok;
}

static inline bool vmread_ok(uint32_t field, uint32_t *value)
{
    bool ok;
    __asm__ volatile("vmread %2, %1; seta %0"
                     : "=qm"(ok), "=rm"(*value) : "r"(field) : "cc");
    return ok;
}

static inline bool vmwrite_ok(uint32_t field, uint32_t value)
{
    bool ok;
    __asm__ volatile("vmwrite %2, %1; seta %0"
                     : "=qm"(ok) : "r"(field), "rm"(value) : "cc");
    return ok;
}

/* vmx.c: the same, but a failure ends the program with a message. */
uint32_t vmread(uint32_t field);
void vmwrite(uint32_t field, uint32_t value);
/* Turn VMX operation on, with an empty current VMCS and paging set up so
 * that linear = physical. */
void vmx_on(void);
/* Write a control field: the bits wanted, and those that must be 1. */
void vmx_write_controls(uint32_t field, uint32_t msr, uint32_t wanted);
/* A value for CR0 or CR4 with the bits that VMX operation demands. */
uint32_t vmx_fixed(uint32_t value, uint32_t fixed0_msr);

static inline void vmxoff(void)
{
    __asm__ volatile("vmxoff" : : : "cc", "memory");
}

#endif
