/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulator's half: a machine with nothing but a CPU and RAM, whose page
 * tables give CPL 3 the arena at the addresses it has in the host, and the
 * descriptors that Linux has.
 *
 * Code of 32 bits runs in protected mode and, as in the host, in
 * compatibility mode. */
#include "tests/silicon/sim_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/ia32/mem.h"
#include "sim/ia32/segment.h"
#include "sim/machine/machine.h"

void sil_must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "silicon: the simulator's half: %s\n", what);
        exit(2);
    }
}

/* --- physical memory ----------------------------------------------------------- */

#define PA_GDT 0x0u
#define PA_IDT 0x1000u
#define PA_TSS 0x2000u
#define PA_LDT 0x3000u
#define SYSTEM_BYTES 0x8000u /* so much is mapped for CPL 0 */
#define PA_TABLES 0x10000u
#define RAM_BYTES 0x60000u

/* --- page tables ------------------------------------------------------------------ */

#define PTE_P 1u
#define PTE_W 2u
#define PTE_U 4u
#define PTE_XD VT_BIT(63)

static uint64_t table_entry(struct sil_sim *s, uint64_t pa)
{
    return vt_physmem_read(s->pm, pa, s->entry_bytes);
}

static void map_page(struct sil_sim *s, uint64_t la, uint64_t pa,
                     uint64_t rights)
{
    unsigned bits = s->entry_bytes == 4 ? 10 : 9;
    uint64_t table = PA_TABLES;
    for (unsigned level = s->levels - 1; level > 0; level--) {
        uint64_t at = table + (la >> (12 + level * bits) &
                               ((1u << bits) - 1)) * s->entry_bytes;
        if (!(table_entry(s, at) & PTE_P)) {
            s->tables_end += 0x1000;
            sil_must(s->tables_end < PA_ARENA, "too many page tables");
            vt_physmem_write(s->pm, at, s->tables_end | PTE_P | PTE_W | PTE_U,
                             s->entry_bytes);
        }
        table = table_entry(s, at) & UINT64_C(0xffffffffff000);
    }
    vt_physmem_write(s->pm, table + (la >> 12 & ((1u << bits) - 1)) *
                                        s->entry_bytes,
                     pa | rights | PTE_P, s->entry_bytes);
}

static void build_tables(struct sil_sim *s)
{
    s->levels = s->ia32e ? 4 : 2;
    s->entry_bytes = s->ia32e ? 8 : 4;
    s->tables_end = PA_TABLES;
    for (uint64_t pa = 0; pa < SYSTEM_BYTES; pa += SIL_PAGE_BYTES)
        map_page(s, system_la(s) + pa, pa, PTE_W);
    for (unsigned i = 0; i < SIL_PAGES; i++) {
        const struct sil_page *p = &sil_pages[i];
        if ((p->rights & SIL_64) && s->mode != 64)
            continue;
        uint64_t rights = PTE_U | (p->rights & SIL_W ? PTE_W : 0);
        if (s->nx && !(p->rights & SIL_X))
            rights |= PTE_XD;
        map_page(s, p->la, PA_ARENA + i * SIL_PAGE_BYTES, rights);
    }
}

/* --- descriptors --------------------------------------------------------------------- */

static uint64_t descriptor(uint32_t base, uint32_t limit, uint32_t ar)
{
    return (limit & 0xffffu) | (uint64_t)(base & 0xffffffu) << 16 |
           (uint64_t)(ar & 0xf0ffu) << 40 |
           (uint64_t)(limit & 0xf0000u) << 32 |
           (uint64_t)(base & 0xff000000u) << 32;
}

static void put64(struct sil_sim *s, uint64_t pa, uint64_t value)
{
    vt_physmem_write(s->pm, pa, value, 8);
}

#define AR_CODE64 0xa09bu
#define AR_CODE32 0xc09bu
#define AR_DATA 0xc093u
#define DPL3 0x60u
#define GDT_BYTES 0x80u
#define TSS_BYTES 0x68u

/* Linux's GDT: entry 1 32-bit kernel code, 2 64-bit kernel code, 3 kernel
 * data, 4 32-bit user code, 5 user data, 6 64-bit user code, 8 and 9 TSS, 10
 * and 11 LDT, 12 to 14 a thread's own (none), 15 the processor's number. */
static void build_gdt(struct sil_sim *s)
{
    uint64_t la = system_la(s);
    static const uint32_t flat[] = { 0, AR_CODE32, AR_CODE64, AR_DATA,
                                     AR_CODE32 | DPL3, AR_DATA | DPL3,
                                     AR_CODE64 | DPL3 };
    for (unsigned i = 1; i < ARRAY_SIZE(flat); i++)
        put64(s, PA_GDT + 8 * i, descriptor(0, 0xfffff, flat[i]));
    put64(s, PA_GDT + 0x40,
          descriptor((uint32_t)la + PA_TSS, TSS_BYTES - 1, 0x8b));
    put64(s, PA_GDT + 0x50,
          descriptor((uint32_t)la + PA_LDT, 8 * SIL_LDT_ENTRIES - 1, 0x82));
    if (s->ia32e) {
        put64(s, PA_GDT + 0x48, la >> 32);
        put64(s, PA_GDT + 0x58, la >> 32);
    }
    put64(s, PA_GDT + 0x78, descriptor(0, 0, 0x40f5));
    for (unsigned i = 0; i < SIL_LDT_ENTRIES; i++) {
        const struct sil_segment *d = &sil_ldt[i];
        uint32_t ar = 0x71u | (d->read_only ? 0 : AR_WRITABLE) |
                      (d->expand_down ? AR_EXPAND_DOWN : 0) |
                      (d->absent ? 0 : AR_P) | (d->big ? AR_DB : 0) |
                      (d->limit_in_pages ? AR_G : 0);
        put64(s, PA_LDT + 8 * i, descriptor(d->base, d->limit, ar));
    }
}

/* As Linux: INT3 and INTO, and no other vector that CPL 3 may call. */
static void build_idt(struct sil_sim *s)
{
    for (unsigned v = 0; v < 256; v++) {
        uint64_t offset = system_la(s) + HANDLERS + v * 16;
        unsigned dpl = v == IA32_BP || v == IA32_OF ? 3 : 0;
        uint64_t low = (offset & 0xffff) |
                       (uint64_t)(s->ia32e ? 0x10 : 0x08) << 16 |
                       (uint64_t)(IA32_INT_GATE32 | dpl << 5 | AR_P) << 40 |
                       (offset >> 16 & 0xffff) << 48;
        put64(s, PA_IDT + v * (s->ia32e ? 16 : 8), low);
        if (s->ia32e)
            put64(s, PA_IDT + v * 16 + 8, offset >> 32);
    }
}

static void build_tss(struct sil_sim *s)
{
    uint64_t top = system_la(s) + PA_STACK0;
    vt_physmem_write(s->pm, PA_TSS + 102, TSS_BYTES, 2); /* no I/O map */
    vt_physmem_write(s->pm, PA_TSS + 4, top, s->ia32e ? 8 : 4);
    if (!s->ia32e)
        vt_physmem_write(s->pm, PA_TSS + 8, 0x18, 2);
}

/* --- the CPU --------------------------------------------------------------------------- */

static const struct {
    uint32_t leaf, subleaf, reg, bit;
} shown[] = {
#define EAX 0
#define EBX 1
#define ECX 2
#define EDX 3
#define X(id, name, leaf, subleaf, reg, bit, who, meaning) \
    { leaf, subleaf, reg, bit },
#include "sim/ia32/features.def"
#undef X
#undef EAX
#undef EBX
#undef ECX
#undef EDX
};

/* What both have.  VMX goes: a VMM may run this very host. */
static void share_features(struct sil_sim *s, const struct sil_host *host)
{
    memset(s->cpu->features, 0, sizeof s->cpu->features);
    for (unsigned f = 0; f < IA32_FEATURE_COUNT; f++) {
        uint32_t r[4] = { ~0u, ~0u, ~0u, ~0u };
        if (f == IA32_F_VMX)
            continue;
        if (host && shown[f].leaf != IA32_NO_LEAF)
            sil_host_cpuid(shown[f].leaf, shown[f].subleaf, r);
        if (r[shown[f].reg] >> shown[f].bit & 1)
            s->cpu->features[f / 64] |= VT_BIT(f % 64);
    }
}

static struct ia32_seg flat_segment(uint16_t selector, uint32_t ar)
{
    return (struct ia32_seg){ .limit = 0xffffffff, .ar = ar,
                              .selector = selector };
}

static void set_control(struct sil_sim *s, const struct sil_host *host)
{
    struct ia32_cpu *cpu = s->cpu;
    uint64_t la = system_la(s);
    cpu->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
    cpu->cr3 = PA_TABLES;
    cpu->cr4 = (CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_PSE |
                (s->ia32e ? CR4_PAE : 0) | CR4_OSXSAVE |
                (!host || host->fsgsbase ? CR4_FSGSBASE : 0)) &
               ia32_cr4_allowed(cpu);
    if (s->ia32e) {
        cpu->cr4 |= CR4_PAE;
        cpu->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
    }
    cpu->xcr0 = 3;
    cpu->gdtr = (struct ia32_dtr){ la + PA_GDT, GDT_BYTES - 1 };
    cpu->idtr = (struct ia32_dtr){ la + PA_IDT,
                                   s->ia32e ? 0xfff : 0x7ff };
    cpu->seg[IA32_TR] = (struct ia32_seg){ la + PA_TSS, TSS_BYTES - 1, 0x8b,
                                           0x40 };
    cpu->seg[IA32_LDTR] = (struct ia32_seg){
        la + PA_LDT, 8 * SIL_LDT_ENTRIES - 1, 0x82, 0x50 };
    if (host && !host->ldt)
        cpu->seg[IA32_LDTR] = (struct ia32_seg){ .ar = AR_UNUSABLE };
    s->user_cs = flat_segment(s->mode == 64 ? SIL_CS64 : SIL_CS32,
                              (s->mode == 64 ? AR_CODE64 : AR_CODE32) | DPL3);
    s->user_data = flat_segment(SIL_DS, AR_DATA | DPL3);
}

struct sil_sim *sil_sim_new(unsigned mode, bool ia32e,
                            const struct sil_host *host)
{
    struct vt_error err = { VT_OK, "" };
    struct sil_sim *s = vt_alloc(1, sizeof *s);
    s->mode = mode;
    s->ia32e = ia32e;
    s->m = vt_machine_new(NULL);
    s->pm = vt_machine_physmem(s->m);
    sil_must(vt_physmem_add_ram(s->pm, 0, RAM_BYTES, &err) == VT_OK, err.text);
    sil_must(ia32_new(s->m, "merom", &s->cpu, &err) == VT_OK, err.text);
    vt_machine_add_cpu(s->m, &s->cpu->base);
    share_features(s, host);
    set_control(s, host);
    build_tables(s);
    build_gdt(s);
    build_idt(s);
    build_tss(s);
    s->cpu->base.deadline_cycles = UINT64_MAX;
    for (unsigned i = 0; i < SIL_PAGES; i++) {
        s->page[i] = vt_physmem_page(s->pm, PA_ARENA + i * SIL_PAGE_BYTES);
        sil_must(s->page[i] != NULL, "no RAM");
        if (sil_pages[i].rights & SIL_X)
            memset(s->page[i]->data, 0xcc, SIL_PAGE_BYTES);
    }
    ia32_tlb_flush_all(s->cpu);
    return s;
}

void sil_sim_free(struct sil_sim *s)
{
    if (!s)
        return;
    vt_machine_free(s->m);
    free(s);
}

uint8_t *sil_sim_page(struct sil_sim *s, enum sil_page_id page)
{
    return s->page[page]->data;
}
