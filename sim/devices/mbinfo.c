/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Multiboot information structure with all that it points to, in one
 * block:
 *
 *     +0   information structure (88 bytes)
 *          module structures, 16 bytes each
 *          memory map, 24 bytes an entry
 *          ELF section headers, 40 bytes each
 *          strings: boot loader, command line, one for each module
 *
 * Source: Multiboot Specification 0.6.96, "Boot information format".
 * Left out, with their flag bits clear: boot device, drives, ROM
 * configuration, APM and VBE tables; the machine has none of these. */
#include "sim/devices/mbinfo.h"

#define INFO_BYTES 88u
#define MODULE_BYTES 16u
#define MMAP_BYTES 24u
#define MMAP_AVAILABLE 1u
#define LOADER_NAME "vtsim"

#define HAS_MEMORY 0x001u
#define HAS_COMMAND_LINE 0x004u
#define HAS_MODULES 0x008u
#define HAS_ELF_SECTIONS 0x020u
#define HAS_MEMORY_MAP 0x040u
#define HAS_LOADER_NAME 0x200u

/* Where each part begins in the block. */
struct layout {
    size_t modules, mmap, sections, strings, end;
    unsigned mmap_entries;
};

static const char *string_of(const struct vt_boot_file *file)
{
    return file->string ? file->string : "";
}

static struct layout lay_out(const struct mb_contents *c)
{
    struct layout l = {.modules = INFO_BYTES,
                       .mmap_entries = vt_physmem_ram_regions(c->pm)};
    l.mmap = l.modules + (size_t)c->module_count * MODULE_BYTES;
    l.sections = l.mmap + (size_t)l.mmap_entries * MMAP_BYTES;
    l.strings = l.sections + (size_t)c->elf->shnum * ELF32_SHDR_BYTES;
    l.end = l.strings + sizeof LOADER_NAME + strlen(string_of(c->kernel)) + 1;
    for (unsigned i = 0; i < c->module_count; i++)
        l.end += strlen(string_of(&c->modules[i])) + 1;
    return l;
}

size_t mb_info_bytes(const struct mb_contents *contents)
{
    return lay_out(contents).end;
}

/* KiB of the RAM region that begins at pa, 0 if none does. */
static uint32_t region_kib(const struct vt_physmem *pm, uint64_t pa)
{
    uint64_t start, bytes;
    for (unsigned i = 0; vt_physmem_ram_region(pm, i, &start, &bytes); i++)
        if (start == pa)
            return (uint32_t)(bytes >> 10);
    return 0;
}

static void build_mmap(const struct mb_contents *c, uint8_t *to)
{
    uint64_t pa, bytes;
    for (unsigned i = 0; vt_physmem_ram_region(c->pm, i, &pa, &bytes); i++) {
        vt_st32le(to, MMAP_BYTES - 4); /* size, itself not counted */
        vt_st64le(to + 4, pa);
        vt_st64le(to + 12, bytes);
        vt_st32le(to + 20, MMAP_AVAILABLE);
        to += MMAP_BYTES;
    }
}

/* The headers as in the file, but with the address of those sections that
 * the program headers did not load. */
static void build_sections(const struct mb_contents *c, uint8_t *to)
{
    size_t bytes = (size_t)c->elf->shnum * ELF32_SHDR_BYTES;
    if (bytes)
        memcpy(to, c->elf->data + c->elf->shoff, bytes);
    for (unsigned i = 0; i < c->elf->shnum; i++)
        if (c->section_pa[i])
            vt_st32le(to + i * ELF32_SHDR_BYTES + 12, c->section_pa[i]);
}

/* Append a string at *offset and return its physical address. */
static uint32_t put_string(uint8_t *block, uint32_t pa, size_t *offset,
                           const char *text)
{
    uint32_t at = pa + (uint32_t)*offset;
    memcpy(block + *offset, text, strlen(text) + 1);
    *offset += strlen(text) + 1;
    return at;
}

void mb_info_build(const struct mb_contents *c, uint32_t pa, uint8_t *to)
{
    struct layout l = lay_out(c);
    size_t strings = l.strings;
    uint32_t flags = HAS_MEMORY | HAS_COMMAND_LINE | HAS_MODULES |
                     HAS_MEMORY_MAP | HAS_LOADER_NAME;
    vt_st32le(to + 64, put_string(to, pa, &strings, LOADER_NAME));
    vt_st32le(to + 4, region_kib(c->pm, 0));
    vt_st32le(to + 8, region_kib(c->pm, 0x100000));
    vt_st32le(to + 16, put_string(to, pa, &strings, string_of(c->kernel)));
    vt_st32le(to + 20, c->module_count);
    vt_st32le(to + 24, pa + (uint32_t)l.modules);
    for (unsigned i = 0; i < c->module_count; i++) {
        uint8_t *m = to + l.modules + i * MODULE_BYTES;
        vt_st32le(m, c->placed[i].start_pa);
        vt_st32le(m + 4, c->placed[i].end_pa);
        vt_st32le(m + 8,
                  put_string(to, pa, &strings, string_of(&c->modules[i])));
    }
    if (c->elf->shnum) {
        flags |= HAS_ELF_SECTIONS;
        vt_st32le(to + 28, c->elf->shnum);
        vt_st32le(to + 32, ELF32_SHDR_BYTES);
        vt_st32le(to + 36, pa + (uint32_t)l.sections);
        vt_st32le(to + 40, c->elf->shstrndx);
        build_sections(c, to + l.sections);
    }
    vt_st32le(to + 44, l.mmap_entries * MMAP_BYTES);
    vt_st32le(to + 48, pa + (uint32_t)l.mmap);
    build_mmap(c, to + l.mmap);
    vt_st32le(to, flags);
}
