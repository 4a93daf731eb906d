/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multiboot 1 loader for ELF32 kernels.  Memory afterwards:
 *
 *     9000h   boot information (mbinfo.c), if it fits below 640 KiB
 *     100000h kernel segments, each where p_paddr says
 *             the sections that no segment loads: symbols, strings
 *             modules, page-aligned
 *
 * Everything is checked and placed first and written last, so a bad image
 * leaves memory as it was.
 *
 * Source: Multiboot Specification 0.6.96, "OS image format", "Machine
 * state", "Boot information format".
 *
 * NOTE: the entry point is a physical address: where e_entry lies in a
 * segment that is linked elsewhere than it is loaded, it is moved along with
 * it, as GRUB does.  An image that is ELF and has the address fields of the
 * header, too (bit 16), is loaded as ELF.
 * Left out: images that are not ELF (the "a.out kludge"), video modes. */
#include "sim/devices/multiboot.h"

#include "sim/devices/elf32.h"
#include "sim/devices/mbinfo.h"

#include <inttypes.h>
#include <stdlib.h>

#define SEARCH_BYTES 8192u
#define HEADER_BYTES 12u
#define HEADER_MAGIC 0x1badb002u
#define FLAG_PAGE_ALIGN 0x00000001u /* always done */
#define FLAG_MEMORY_INFO 0x00000002u /* always given */
#define FLAG_VIDEO 0x00000004u
#define FLAGS_MANDATORY 0x0000ffffu /* refuse what is not known */
#define FLAGS_HONOURED (FLAG_PAGE_ALIGN | FLAG_MEMORY_INFO)

#define SEGMENTS_MAX 64u
#define LOW_START 0x9000u
#define LOW_END 0x9f000u
#define ADDRESS_END (UINT64_C(1) << 32)

struct range {
    uint64_t start, end;
};

struct loader {
    struct vt_physmem *pm;
    const struct vt_boot_file *kernel;
    struct vt_error *err;
    struct elf32 elf;
    struct elf32_segment segments[SEGMENTS_MAX];
    unsigned segment_count;
    struct range *used; /* everything that has its place */
    unsigned used_count;
    uint32_t *section_pa; /* see struct mb_contents */
};

/* ---- the Multiboot header ---- */

static enum vt_err check_flags(const struct loader *l, uint32_t flags,
                               size_t at)
{
    if (flags & FLAG_VIDEO)
        return vt_fail(l->err, VT_ERR_INPUT,
                       "%s: the Multiboot header at byte 0x%zx asks for a "
                       "video mode (flags bit 2); the machine has no display",
                       l->kernel->name, at);
    uint32_t unknown = flags & FLAGS_MANDATORY & ~FLAGS_HONOURED;
    if (unknown)
        return vt_fail(l->err, VT_ERR_INPUT,
                       "%s: the Multiboot header at byte 0x%zx requires what "
                       "this loader does not know (flags 0x%04" PRIx32 ")",
                       l->kernel->name, at, unknown);
    return VT_OK;
}

static enum vt_err find_header(const struct loader *l)
{
    const uint8_t *d = l->kernel->data;
    size_t end = l->kernel->bytes < SEARCH_BYTES ? l->kernel->bytes
                                                 : SEARCH_BYTES;
    size_t broken = SIZE_MAX;
    for (size_t at = 0; at + HEADER_BYTES <= end; at += 4) {
        if (vt_ld32le(d + at) != HEADER_MAGIC)
            continue;
        uint32_t flags = vt_ld32le(d + at + 4);
        if ((uint32_t)(HEADER_MAGIC + flags + vt_ld32le(d + at + 8)) == 0)
            return check_flags(l, flags, at);
        if (broken == SIZE_MAX)
            broken = at;
    }
    if (broken != SIZE_MAX)
        return vt_fail(l->err, VT_ERR_INPUT,
                       "%s: the Multiboot header at byte 0x%zx has a wrong "
                       "checksum",
                       l->kernel->name, broken);
    return vt_fail(l->err, VT_ERR_INPUT,
                   "%s: no Multiboot header in the first %u bytes",
                   l->kernel->name, (unsigned)end);
}

/* ---- places in memory ---- */

/* The RAM region that holds all of start..end. */
static bool in_ram(const struct vt_physmem *pm, uint64_t start, uint64_t end)
{
    uint64_t pa, bytes;
    for (unsigned i = 0; vt_physmem_ram_region(pm, i, &pa, &bytes); i++)
        if (start >= pa && end <= pa + bytes)
            return true;
    return false;
}

static const struct range *overlap(const struct loader *l, uint64_t start,
                                   uint64_t end)
{
    for (unsigned i = 0; i < l->used_count; i++)
        if (start < l->used[i].end && l->used[i].start < end)
            return &l->used[i];
    return NULL;
}

static void use(struct loader *l, uint64_t start, uint64_t end)
{
    l->used[l->used_count++] = (struct range){start, end};
}

/* The lowest page in from..to where bytes fit, 0 if there is none. */
static uint64_t find_room(const struct loader *l, uint64_t from, uint64_t to,
                          uint64_t bytes)
{
    uint64_t pa, region;
    for (unsigned i = 0; vt_physmem_ram_region(l->pm, i, &pa, &region); i++) {
        uint64_t at = pa > from ? pa : from;
        uint64_t end = pa + region < to ? pa + region : to;
        const struct range *hit;
        while (at + bytes <= end && (hit = overlap(l, at, at + bytes)))
            at = (hit->end + VT_PAGE_MASK) & ~VT_PAGE_MASK;
        if (at + bytes <= end)
            return at;
    }
    return 0;
}

/* Find and take a place above the kernel. */
static enum vt_err place(struct loader *l, const char *name, uint64_t bytes,
                         uint32_t *to)
{
    uint64_t above = 0x100000;
    for (unsigned i = 0; i < l->segment_count; i++)
        if (l->used[i].end > above)
            above = l->used[i].end;
    above = (above + VT_PAGE_MASK) & ~VT_PAGE_MASK;
    uint64_t at = find_room(l, above, ADDRESS_END, bytes ? bytes : 1);
    if (!at)
        return vt_fail(l->err, VT_ERR_INPUT,
                       "%s: its %" PRIu64 " bytes do not fit into memory "
                       "above the kernel's end at 0x%" PRIx64,
                       name, bytes, above);
    use(l, at, at + bytes);
    *to = (uint32_t)at;
    return VT_OK;
}

/* ---- the kernel's segments ---- */

static enum vt_err check_segment(struct loader *l, unsigned i,
                                 const struct elf32_segment *s)
{
    uint64_t start = s->paddr, end = start + s->memsz;
    const char *name = l->kernel->name;
    if (s->filesz > s->memsz)
        return vt_fail(l->err, VT_ERR_INPUT,
                       "%s: program header %u: 0x%" PRIx32 " bytes of the "
                       "file for 0x%" PRIx32 " bytes of memory",
                       name, i, s->filesz, s->memsz);
    if (end > ADDRESS_END || !in_ram(l->pm, start, end))
        return vt_fail(l->err, VT_ERR_INPUT,
                       "%s: program header %u: the segment at 0x%" PRIx64
                       "..0x%" PRIx64 " is outside memory",
                       name, i, start, end - 1);
    const struct range *other = overlap(l, start, end);
    if (other)
        return vt_fail(l->err, VT_ERR_INPUT,
                       "%s: program header %u: the segment at 0x%" PRIx64
                       "..0x%" PRIx64 " overlaps the one at 0x%" PRIx64
                       "..0x%" PRIx64,
                       name, i, start, end - 1, other->start, other->end - 1);
    return VT_OK;
}

static enum vt_err plan_segments(struct loader *l)
{
    for (unsigned i = 0; i < l->elf.phnum; i++) {
        struct elf32_segment s;
        enum vt_err failed = elf32_segment(&l->elf, i, &s, l->err);
        if (failed)
            return failed;
        if (s.type != ELF_PT_LOAD || s.memsz == 0)
            continue;
        if (l->segment_count == SEGMENTS_MAX)
            return vt_fail(l->err, VT_ERR_INPUT,
                           "%s: more than %u segments to load",
                           l->kernel->name, SEGMENTS_MAX);
        failed = check_segment(l, i, &s);
        if (failed)
            return failed;
        l->segments[l->segment_count++] = s;
        use(l, s.paddr, (uint64_t)s.paddr + s.memsz);
    }
    if (l->segment_count == 0)
        return vt_fail(l->err, VT_ERR_INPUT, "%s: no segment to load",
                       l->kernel->name);
    return VT_OK;
}

/* Physical address of e_entry; see NOTE at the top. */
static enum vt_err find_entry(const struct loader *l, uint32_t *entry)
{
    uint32_t e = l->elf.entry;
    for (unsigned i = 0; i < l->segment_count; i++) {
        const struct elf32_segment *s = &l->segments[i];
        if (e >= s->vaddr && e - s->vaddr < s->memsz) {
            *entry = e - s->vaddr + s->paddr;
            return VT_OK;
        }
    }
    return vt_fail(l->err, VT_ERR_INPUT,
                   "%s: the entry point 0x%" PRIx32 " is in no segment",
                   l->kernel->name, e);
}

/* ---- sections that no segment loads ---- */

static bool wants_place(const struct elf32_section *s)
{
    return s->type != 0 && s->type != ELF_SHT_NOBITS && s->size > 0 &&
           !(s->flags & ELF_SHF_ALLOC) && s->addr == 0;
}

/* All of them go into one place, each at a multiple of 16 bytes. */
static enum vt_err plan_sections(struct loader *l)
{
    struct elf32_section s;
    uint64_t total = 0;
    for (unsigned i = 0; i < l->elf.shnum; i++) {
        enum vt_err failed = elf32_section(&l->elf, i, &s, l->err);
        if (failed)
            return failed;
        if (wants_place(&s))
            total += ((uint64_t)s.size + 15) & ~UINT64_C(15);
    }
    if (total == 0)
        return VT_OK;
    uint32_t at;
    enum vt_err failed = place(l, l->kernel->name, total, &at);
    for (unsigned i = 0; i < l->elf.shnum && !failed; i++) {
        failed = elf32_section(&l->elf, i, &s, l->err);
        if (failed || !wants_place(&s))
            continue;
        l->section_pa[i] = at;
        at += (s.size + 15) & ~UINT32_C(15);
    }
    return failed;
}

/* ---- writing ---- */

static void put(struct loader *l, uint64_t pa, const void *from, size_t bytes)
{
    bool done = bytes == 0 || vt_physmem_put(l->pm, pa, from, bytes);
    vt_assert(done); /* in_ram has seen to it */
}

/* Zeros; a page that nobody touched is zero and stays untouched, so that a
 * large .bss costs no memory of the host. */
static void put_zeros(struct loader *l, uint64_t pa, uint64_t bytes)
{
    static const uint8_t zeros[VT_PAGE_BYTES];
    while (bytes > 0) {
        uint64_t n = VT_PAGE_BYTES - (pa & VT_PAGE_MASK);
        if (n > bytes)
            n = bytes;
        if (vt_physmem_peek_page(l->pm, pa))
            put(l, pa, zeros, (size_t)n);
        pa += n;
        bytes -= n;
    }
}

static void write_kernel(struct loader *l)
{
    for (unsigned i = 0; i < l->segment_count; i++) {
        const struct elf32_segment *s = &l->segments[i];
        put(l, s->paddr, l->elf.data + s->offset, s->filesz);
        put_zeros(l, (uint64_t)s->paddr + s->filesz, s->memsz - s->filesz);
    }
    for (unsigned i = 0; i < l->elf.shnum; i++) {
        struct elf32_section s;
        if (l->section_pa[i] && !elf32_section(&l->elf, i, &s, NULL))
            put(l, l->section_pa[i], l->elf.data + s.offset, s.size);
    }
}

/* The information goes below 640 KiB, where kernels that use the memory
 * behind themselves without looking do not overwrite it. */
static enum vt_err write_info(struct loader *l,
                              const struct mb_contents *contents,
                              uint32_t *ebx)
{
    size_t bytes = mb_info_bytes(contents);
    uint64_t at = find_room(l, LOW_START, LOW_END, bytes);
    *ebx = (uint32_t)at;
    if (!at) {
        enum vt_err failed = place(l, "boot information", bytes, ebx);
        if (failed)
            return failed;
    }
    uint8_t *block = vt_alloc(bytes, 1);
    mb_info_build(contents, *ebx, block);
    put(l, *ebx, block, bytes);
    free(block);
    return VT_OK;
}

/* ---- all together ---- */

/* ELF first: of a truncated file it should be said that it is truncated, not
 * that the part with the Multiboot header is missing. */
static enum vt_err open_kernel(struct loader *l)
{
    const struct vt_boot_file *k = l->kernel;
    if (elf32_has_magic(k->data, k->bytes)) {
        enum vt_err failed =
            elf32_open(&l->elf, k->data, k->bytes, k->name, l->err);
        return failed ? failed : find_header(l);
    }
    enum vt_err failed = find_header(l);
    if (failed)
        return failed;
    return vt_fail(l->err, VT_ERR_INPUT,
                   "%s: has a Multiboot header but is not an ELF file; only "
                   "ELF kernels can be booted",
                   k->name);
}

static enum vt_err plan(struct loader *l, const struct vt_boot_file *modules,
                        unsigned module_count, struct vt_boot_module *placed,
                        struct vt_boot_result *result)
{
    enum vt_err failed = open_kernel(l);
    if (failed)
        return failed;
    l->used = vt_alloc(SEGMENTS_MAX + (size_t)module_count + 2,
                       sizeof *l->used);
    l->section_pa = vt_alloc((size_t)l->elf.shnum + 1,
                             sizeof *l->section_pa);
    failed = plan_segments(l);
    if (!failed)
        failed = find_entry(l, &result->entry);
    if (!failed)
        failed = plan_sections(l);
    for (unsigned i = 0; i < module_count && !failed; i++) {
        failed = place(l, modules[i].name, modules[i].bytes,
                       &placed[i].start_pa);
        placed[i].end_pa = placed[i].start_pa + (uint32_t)modules[i].bytes;
    }
    return failed;
}

static void note_extent(const struct loader *l, struct vt_boot_result *result)
{
    uint64_t start = UINT64_MAX, end = 0;
    for (unsigned i = 0; i < l->segment_count; i++) {
        start = l->used[i].start < start ? l->used[i].start : start;
        end = l->used[i].end > end ? l->used[i].end : end;
    }
    result->kernel_start_pa = (uint32_t)start;
    result->kernel_end_pa = (uint32_t)end;
}

static enum vt_err load(struct loader *l, const struct vt_boot_file *modules,
                        unsigned module_count, struct vt_boot_module *placed,
                        struct vt_boot_result *result)
{
    enum vt_err failed = plan(l, modules, module_count, placed, result);
    if (failed)
        return failed;
    const struct mb_contents contents = {.pm = l->pm,
                                         .kernel = l->kernel,
                                         .modules = modules,
                                         .placed = placed,
                                         .module_count = module_count,
                                         .elf = &l->elf,
                                         .section_pa = l->section_pa};
    failed = write_info(l, &contents, &result->ebx);
    if (failed)
        return failed;
    write_kernel(l);
    for (unsigned i = 0; i < module_count; i++)
        put(l, placed[i].start_pa, modules[i].data, modules[i].bytes);
    result->eax = VT_MULTIBOOT_EAX;
    note_extent(l, result);
    return VT_OK;
}

enum vt_err vt_multiboot_load(struct vt_physmem *pm,
                              const struct vt_boot_file *kernel,
                              const struct vt_boot_file *modules,
                              unsigned module_count,
                              struct vt_boot_result *result,
                              struct vt_boot_module *placed,
                              struct vt_error *err)
{
    struct loader l = {.pm = pm, .kernel = kernel, .err = err};
    struct vt_boot_module *where =
        vt_alloc((size_t)module_count + 1, sizeof *where);
    *result = (struct vt_boot_result){0};
    enum vt_err failed = load(&l, modules, module_count, where, result);
    if (!failed && placed)
        memcpy(placed, where, module_count * sizeof *where);
    free(where);
    free(l.used);
    free(l.section_pa);
    return failed;
}
