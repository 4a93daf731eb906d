/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small machine with a Merom, in VMX root operation, with a VMCS that
 * passes every check; instructions are assembled by hand and really run. */
#ifndef TESTS_VMX_TEST_H
#define TESTS_VMX_TEST_H

#include "vmx-model/vmx_priv.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Physical memory; linear addresses are the same. */
#define AT_PAGES 0x1000u   /* page directory, 4-MiB pages */
#define AT_GDT 0x2000u
#define AT_IDT 0x2800u     /* the guest's; every gate leads to AT_HANDLER */
#define AT_VMXON 0x3000u
#define AT_VMCS 0x4000u
#define AT_VMCS2 0x5000u
#define AT_SCRATCH 0x6000u /* operands, MSR areas */
#define AT_STACK 0x8000u
#define AT_HOST 0x9000u    /* host code: here the instructions go */
#define AT_EXIT 0xa000u    /* host RIP in the VMCS */
#define AT_GUEST 0xb000u   /* guest code */
#define AT_HANDLER 0xc000u
#define AT_BITMAP_A 0xd000u
#define AT_BITMAP_B 0xe000u
#define AT_MSR_BITMAP 0xf000u

#define AT_PML4 0x10000u   /* the same memory for IA-32e paging */
#define AT_PDPT 0x11000u
#define AT_PD 0x12000u

/* End of what a Merom can address. */
#define AT_TOP (UINT64_C(1) << 36)

struct rig {
    struct vt_profile *profile;
    struct vt_machine *m;
    struct ia32_cpu *cpu;
    struct vmx *vmx;
    struct vt_stop stop;   /* of the last step */
    struct vt_event last;  /* VM_FAIL, VM_EXIT or VM_ENTRY */
    unsigned fails, exits, entries, faults;
    struct vt_event fault; /* the last exception */
};

void rig_open(struct rig *r); /* a Merom with Intel 64 */
void rig_open_cpu(struct rig *r, const char *cpu);
#define RIG_CPU32 "pentium4-northwood,+vmx"
void rig_close(struct rig *r);
/* Native: protected mode with paging, not in VMX operation. */
void rig_native(struct rig *r);
/* VMX root operation, AT_VMCS current, clear and valid. */
void rig_root(struct rig *r);
/* Go on in 64-bit mode. */
void rig_long(struct rig *r);
/* The guest is running at AT_GUEST. */
void rig_guest(struct rig *r);

/* Put code at RIP (linear = offset) and run its first instruction. */
void rig_step(struct rig *r, const void *code, size_t bytes);
#define RIG(r, ...)                                                \
    rig_step((r), (const uint8_t[]){__VA_ARGS__},                  \
             sizeof((const uint8_t[]){__VA_ARGS__}))
/* One more instruction or delivery where RIP is. */
void rig_go(struct rig *r);
uint64_t rig_mem(struct rig *r, uint64_t pa, unsigned size_bytes);
void rig_poke(struct rig *r, uint64_t pa, unsigned size_bytes, uint64_t v);

static inline uint64_t rig_field(const struct rig *r, enum vmx_field_id id)
{
    return r->vmx->field[id];
}

/* The instructions, with operands where the rig wants them. */
void rig_vmlaunch(struct rig *r);
void rig_vmresume(struct rig *r);
void rig_pointer(struct rig *r, enum ia32_vmx_insn which, uint64_t pointer);
uint64_t rig_vmread(struct rig *r, uint32_t encoding);
void rig_vmwrite(struct rig *r, uint32_t encoding, uint32_t value);

/* Flags after a VMX instruction. */
bool rig_succeeded(const struct rig *r);
bool rig_fail_invalid(const struct rig *r);
bool rig_fail_valid(const struct rig *r, unsigned error);

#endif
