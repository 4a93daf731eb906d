/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ELF files for the Intel 386; see elf32.h.  Offsets and sizes in the file
 * are 32 bits wide and are added as 64 bits, so no sum wraps.
 * Source: System V Application Binary Interface, edition 4.1, "ELF Header",
 * "Sections", "Symbol Table", "Program Header"; Intel386 Processor
 * Supplement, "Machine Information".
 * Left out: extended numbering (more than 65279 sections), relocation,
 * ELF64 (an i386 kernel has no use for it). */
#include "sim/devices/elf32.h"

#include <inttypes.h>

#define EHDR_BYTES 52u
#define PHDR_BYTES 32u
#define ET_EXEC 2u
#define EM_386 3u

bool elf32_has_magic(const void *data, size_t bytes)
{
    return bytes >= 4 && memcmp(data, "\177ELF", 4) == 0;
}

/* Is offset..offset+bytes in the file?  what names it in the message. */
static enum vt_err inside(const struct elf32 *elf, const char *what,
                          uint64_t offset, uint64_t bytes,
                          struct vt_error *err)
{
    if (offset + bytes <= elf->bytes)
        return VT_OK;
    return vt_fail(err, VT_ERR_INPUT,
                   "%s: truncated: %s at byte 0x%" PRIx64
                   " should end at byte 0x%" PRIx64
                   ", but the file has only 0x%" PRIx64 " bytes",
                   elf->name, what, offset, offset + bytes,
                   (uint64_t)elf->bytes);
}

/* What must stand in the header; the first row that differs is told. */
static enum vt_err check_identity(const struct elf32 *elf,
                                  struct vt_error *err)
{
    const uint8_t *d = elf->data;
    const struct {
        unsigned offset, expected, found;
        const char *is;
    } rows[] = {
        {4, 1, d[4], "not a 32-bit ELF file (EI_CLASS)"},
        {5, 1, d[5], "not little-endian (EI_DATA)"},
        {6, 1, d[6], "of an unknown ELF version (EI_VERSION)"},
        {16, ET_EXEC, vt_ld16le(d + 16), "not an executable file (e_type)"},
        {18, EM_386, vt_ld16le(d + 18),
         "not for the Intel 386 (e_machine)"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].found != rows[i].expected)
            return vt_fail(err, VT_ERR_INPUT,
                           "%s: is %s: byte 0x%x holds %u, not %u", elf->name,
                           rows[i].is, rows[i].offset, rows[i].found,
                           rows[i].expected);
    return VT_OK;
}

static enum vt_err check_entry_size(const struct elf32 *elf, const char *what,
                                    unsigned offset, unsigned expected,
                                    unsigned count, struct vt_error *err)
{
    unsigned found = vt_ld16le(elf->data + offset);
    if (count == 0 || found == expected)
        return VT_OK;
    return vt_fail(err, VT_ERR_INPUT,
                   "%s: %s entries have %u bytes instead of %u (byte 0x%x)",
                   elf->name, what, found, expected, offset);
}

enum vt_err elf32_open(struct elf32 *elf, const void *data, size_t bytes,
                       const char *name, struct vt_error *err)
{
    *elf = (struct elf32){.data = data, .bytes = bytes, .name = name};
    if (!elf32_has_magic(data, bytes))
        return vt_fail(err, VT_ERR_INPUT, "%s: is not an ELF file", name);
    enum vt_err failed = inside(elf, "the ELF header", 0, EHDR_BYTES, err);
    if (failed || (failed = check_identity(elf, err)))
        return failed;
    const uint8_t *d = data;
    elf->entry = vt_ld32le(d + 24);
    elf->phoff = vt_ld32le(d + 28);
    elf->shoff = vt_ld32le(d + 32);
    elf->phnum = vt_ld16le(d + 44);
    elf->shnum = vt_ld16le(d + 48);
    elf->shstrndx = vt_ld16le(d + 50);
    failed = check_entry_size(elf, "program header", 42, PHDR_BYTES,
                              elf->phnum, err);
    if (!failed)
        failed = check_entry_size(elf, "section header", 46,
                                  ELF32_SHDR_BYTES, elf->shnum, err);
    if (!failed && elf->phnum)
        failed = inside(elf, "the program header table", elf->phoff,
                        (uint64_t)elf->phnum * PHDR_BYTES, err);
    if (!failed && elf->shnum)
        failed = inside(elf, "the section header table", elf->shoff,
                        (uint64_t)elf->shnum * ELF32_SHDR_BYTES, err);
    return failed;
}

enum vt_err elf32_segment(const struct elf32 *elf, unsigned i,
                          struct elf32_segment *to, struct vt_error *err)
{
    vt_assert(i < elf->phnum);
    const uint8_t *p = elf->data + elf->phoff + (size_t)i * PHDR_BYTES;
    *to = (struct elf32_segment){.type = vt_ld32le(p),
                                 .offset = vt_ld32le(p + 4),
                                 .vaddr = vt_ld32le(p + 8),
                                 .paddr = vt_ld32le(p + 12),
                                 .filesz = vt_ld32le(p + 16),
                                 .memsz = vt_ld32le(p + 20),
                                 .flags = vt_ld32le(p + 24)};
    if (to->type != ELF_PT_LOAD)
        return VT_OK;
    return inside(elf, "a segment", to->offset, to->filesz, err);
}

enum vt_err elf32_section(const struct elf32 *elf, unsigned i,
                          struct elf32_section *to, struct vt_error *err)
{
    vt_assert(i < elf->shnum);
    const uint8_t *p = elf->data + elf->shoff + (size_t)i * ELF32_SHDR_BYTES;
    *to = (struct elf32_section){.name = vt_ld32le(p),
                                 .type = vt_ld32le(p + 4),
                                 .flags = vt_ld32le(p + 8),
                                 .addr = vt_ld32le(p + 12),
                                 .offset = vt_ld32le(p + 16),
                                 .size = vt_ld32le(p + 20),
                                 .link = vt_ld32le(p + 24),
                                 .addralign = vt_ld32le(p + 32),
                                 .entsize = vt_ld32le(p + 36)};
    if (to->type == 0 || to->type == ELF_SHT_NOBITS)
        return VT_OK; /* it takes no bytes of the file */
    return inside(elf, "a section", to->offset, to->size, err);
}

void elf32_symbol(const struct elf32 *elf, const struct elf32_section *table,
                  uint32_t i, struct elf32_symbol *to)
{
    vt_assert(i < table->size / ELF32_SYM_BYTES);
    const uint8_t *p =
        elf->data + table->offset + (size_t)i * ELF32_SYM_BYTES;
    *to = (struct elf32_symbol){.name = vt_ld32le(p),
                                .value = vt_ld32le(p + 4),
                                .size = vt_ld32le(p + 8),
                                .type = p[12] & 0xfu,
                                .section = vt_ld16le(p + 14)};
}

const char *elf32_string(const struct elf32 *elf,
                         const struct elf32_section *table, uint32_t offset)
{
    if (offset >= table->size)
        return NULL;
    const char *text = (const char *)elf->data + table->offset + offset;
    return memchr(text, 0, table->size - offset) ? text : NULL;
}
