/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A system in IA-32e mode for tests, on the machine of sysrig.h: 4-level page
 * tables, GDT with 64-bit and compatibility-mode segments, LDT, IDT of
 * 256 gates of 16 bytes, 64-bit TSS with all its stacks.
 *
 * The first megabyte is mapped to itself, and again from LONG_HIGH on, in the
 * upper half of the address space; both with user rights, so that a test of
 * paging changes single entries (long_pte).  The tables are not used before
 * long_paging: most cases are not about addresses.  Segments are flat.
 *
 * SDM Vol 3A, "IA-32e Mode Descriptor Tables", "Task Management in 64-bit
 * Mode", "4-Level Paging". */
#ifndef TEST_LONGRIG_H
#define TEST_LONGRIG_H

#include "tests/ia32/sysrig.h"

/* Any model with Intel 64. */
#define LONG_MODEL "merom"

#define LONG_PML4 0xe0000u
#define LONG_PDPT 0xe1000u
#define LONG_PD 0xe2000u
#define LONG_PT 0xe3000u
#define LONG_HIGH UINT64_C(0xffff800000000000)
#define LONG_IST(n) (0x60000u + (n) * 0x1000u) /* top of a stack */
#define LONG_STACK2 0x2c000u
#define LONG_TSS_LIMIT 0x67u

/* Selectors without RPL.  CS and SS of CPL n are L_CODE0 + 16n and 8 more.
 * TSS and LDT take 16 bytes, and so do the slots that a case is about. */
enum {
    L_CODE0 = 0x08, L_DATA0 = 0x10, L_CODE1 = 0x18, L_DATA1 = 0x20,
    L_CODE2 = 0x28, L_DATA2 = 0x30, L_CODE3 = 0x38, L_DATA3 = 0x40,
    L_TSS = 0x48, L_LDT = 0x58,
    L_COMPAT0 = 0x68, L_COMPAT3 = 0x70, /* 32-bit code */
    L_CODE16_3 = 0x78,                  /* 16-bit code */
    L_CONF0 = 0x80,                     /* 64-bit, conforming */
    L_SLOT_A = 0x90, L_SLOT_B = 0xa0, L_GDT_BYTES = 0xb0
};

#define A_LONG(dpl) (0xa09bu | (dpl) << 5)
#define A_LONG_CONF(dpl) (0xa09fu | (dpl) << 5)
#define A_CODE16(dpl) (0x009bu | (dpl) << 5)

static inline uint64_t long_get(struct sys *s, uint64_t pa)
{
    return vt_physmem_read(s->pm, pa, 8);
}

/* 8 or 16 bytes: upper is what a system descriptor adds. */
static inline void long_gdt(struct sys *s, unsigned selector, uint64_t raw,
                            uint64_t upper)
{
    sys_put64(s, SYS_GDT + (selector & 0xfff8u), raw);
    if (!(raw >> 44 & 1)) /* S = 0 */
        sys_put64(s, SYS_GDT + (selector & 0xfff8u) + 8, upper);
}

static inline void long_flat(struct sys *s, unsigned selector, uint32_t ar)
{
    long_gdt(s, selector, sys_descriptor(0, 0xfffff, ar), 0);
}

/* A gate of 16 bytes for an interrupt or trap. */
static inline void long_idt(struct sys *s, unsigned vector, unsigned type,
                            unsigned dpl, bool present, uint16_t selector,
                            uint64_t offset, unsigned ist)
{
    sys_put64(s, SYS_IDT + vector * 16,
              sys_gate(type, dpl, present, selector, (uint32_t)offset, ist));
    sys_put64(s, SYS_IDT + vector * 16 + 8, offset >> 32);
}

static inline void long_pte(struct sys *s, uint64_t la, uint64_t entry)
{
    sys_put64(s, LONG_PT + (unsigned)(la >> 12 & 511) * 8, entry);
}

static inline void long_page_tables(struct sys *s)
{
    sys_put64(s, LONG_PML4, LONG_PDPT | 7);
    sys_put64(s, LONG_PML4 + 256 * 8u, LONG_PDPT | 7);
    sys_put64(s, LONG_PDPT, LONG_PD | 7);
    sys_put64(s, LONG_PD, LONG_PT | 7);
    for (uint64_t la = 0; la < 0x100000; la += 0x1000)
        long_pte(s, la, la | 7);
}

static inline void long_tables(struct sys *s)
{
    for (unsigned cpl = 0; cpl < 4; cpl++) {
        long_flat(s, L_CODE0 + 16 * cpl, A_LONG(cpl));
        long_flat(s, L_DATA0 + 16 * cpl, A_DATA(cpl));
    }
    long_flat(s, L_COMPAT0, A_CODE(0));
    long_flat(s, L_COMPAT3, A_CODE(3));
    long_flat(s, L_CODE16_3, A_CODE16(3));
    long_flat(s, L_CONF0, A_LONG_CONF(0));
    long_gdt(s, L_TSS,
             sys_descriptor(SYS_TSS, LONG_TSS_LIMIT,
                            A_SYS(IA32_TSS32_BUSY, 0)),
             0);
    long_gdt(s, L_LDT,
             sys_descriptor(SYS_LDT, LDT_BYTES - 1, A_SYS(IA32_LDT, 0)), 0);
    for (unsigned v = 0; v < 256; v++)
        long_idt(s, v, IA32_INT_GATE32, v >= 32 ? 3 : 0, true, L_CODE0,
                 SYS_HANDLER(v), 0);
    sys_put64(s, SYS_TSS + 4, SYS_STACK0);
    sys_put64(s, SYS_TSS + 12, SYS_STACK1);
    sys_put64(s, SYS_TSS + 20, LONG_STACK2);
    for (unsigned ist = 1; ist < 8; ist++)
        sys_put64(s, SYS_TSS + 28 + 8 * ist, LONG_IST(ist));
    vt_physmem_write(s->pm, SYS_TSS + 102, 0x68, 2); /* no I/O bit map */
}

/* Run at this level: bits 64, 32 or 16 (CPL 3 only). */
static inline void long_enter(struct sys *s, unsigned cpl, unsigned bits)
{
    struct ia32_cpu *cpu = s->cpu;
    unsigned code = bits == 64   ? L_CODE0 + 16 * cpl
                    : bits == 16 ? L_CODE16_3
                    : cpl == 0   ? L_COMPAT0
                                 : L_COMPAT3;
    uint32_t code_ar = bits == 64   ? A_LONG(cpl)
                       : bits == 16 ? A_CODE16(cpl)
                                    : A_CODE(cpl);
    struct ia32_seg cs =
        sys_seg(code | cpl, 0, bits == 16 ? 0xfffff : 0xffffffff, code_ar);
    struct ia32_seg ss =
        sys_seg((L_DATA0 + 16 * cpl) | cpl, 0, 0xffffffff, A_DATA(cpl));
    cpu->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
    cpu->cr4 |= CR4_PAE;
    cpu->cr3 = LONG_PML4;
    cpu->cr0 |= CR0_WP;
    cpu->gdtr = (struct ia32_dtr){SYS_GDT, L_GDT_BYTES - 1};
    cpu->idtr = (struct ia32_dtr){SYS_IDT, 256 * 16 - 1};
    ia32_set_seg(cpu, IA32_SS, &ss);
    ia32_set_seg(cpu, IA32_CS, &cs);
    static const enum ia32_seg_index data[] = {IA32_ES, IA32_DS, IA32_FS,
                                               IA32_GS};
    for (unsigned i = 0; i < 4; i++)
        cpu->seg[data[i]] = ss;
    cpu->seg[IA32_TR] =
        sys_seg(L_TSS, SYS_TSS, LONG_TSS_LIMIT, A_SYS(IA32_TSS32_BUSY, 0));
    cpu->seg[IA32_LDTR] =
        sys_seg(L_LDT, SYS_LDT, LDT_BYTES - 1, A_SYS(IA32_LDT, 0));
    cpu->gpr[IA32_RSP] = cpl == 0   ? SYS_STACK0 - 0x100
                         : cpl == 1 ? SYS_STACK1 - 0x100
                         : cpl == 2 ? LONG_STACK2 - 0x100
                                    : SYS_STACK3;
    cpu->rip = SYS_CODE;
    ia32_update_mode(cpu);
}

/* From here on through the tables. */
static inline void long_paging(struct sys *s)
{
    s->cpu->cr0 |= CR0_PG;
    ia32_tlb_flush_all(s->cpu);
    ia32_update_mode(s->cpu);
}

static inline void long_init(struct sys *s, unsigned cpl, unsigned bits)
{
    sys_init(s, LONG_MODEL, 0);
    long_page_tables(s);
    long_tables(s);
    long_enter(s, cpl, bits);
}

/* Item n of the frame at RSP; the stack is mapped to itself. */
static inline uint64_t long_stack(struct sys *s, unsigned n)
{
    return long_get(s, (s->cpu->gpr[IA32_RSP] & 0xfffff) + 8 * n);
}

#endif
