/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ELF files for the Intel 386, read byte by byte so that the host's byte
 * order and alignment do not matter, with every offset checked against the
 * file before it is followed.
 * Source: System V Application Binary Interface, edition 4.1, "Object
 * Files"; Intel386 Processor Supplement, "Object Files". */
#ifndef VT_ELF32_H
#define VT_ELF32_H

#include "sim/machine/vt.h"

#define ELF_PT_LOAD 1u
#define ELF_SHT_SYMTAB 2u
#define ELF_SHT_STRTAB 3u
#define ELF_SHT_NOBITS 8u
#define ELF_SHF_ALLOC 2u
#define ELF_SHF_EXECINSTR 4u
#define ELF_STT_NOTYPE 0u
#define ELF_STT_OBJECT 1u
#define ELF_STT_FUNC 2u
#define ELF32_SHDR_BYTES 40u
#define ELF32_SYM_BYTES 16u

/* An ELF file in memory.  bytes and name belong to the caller. */
struct elf32 {
    const uint8_t *data;
    size_t bytes;
    const char *name; /* how messages call the file */
    uint32_t entry, phoff, shoff;
    uint16_t phnum, shnum, shstrndx;
};

struct elf32_segment {
    uint32_t type, offset, vaddr, paddr, filesz, memsz, flags;
};

struct elf32_section {
    uint32_t name, type, flags, addr, offset, size, link, entsize, addralign;
};

struct elf32_symbol {
    uint32_t name, value, size;
    unsigned type;
    uint16_t section;
};

/* Does the file begin as any ELF file does? */
bool elf32_has_magic(const void *data, size_t bytes);
/* Check the header: class, byte order, version, machine, an executable, and
 * both header tables inside the file.
 * Returns VT_ERR_INPUT with a line that says what is wrong and where. */
enum vt_err elf32_open(struct elf32 *elf, const void *data, size_t bytes,
                       const char *name, struct vt_error *err) VT_MUST_CHECK;
/* Program header i < phnum; fails when its bytes are not in the file. */
enum vt_err elf32_segment(const struct elf32 *elf, unsigned i,
                          struct elf32_segment *to,
                          struct vt_error *err) VT_MUST_CHECK;
/* Section header i < shnum; fails when its bytes are not in the file. */
enum vt_err elf32_section(const struct elf32 *elf, unsigned i,
                          struct elf32_section *to,
                          struct vt_error *err) VT_MUST_CHECK;
/* Symbol i of a symbol table section that elf32_section has returned. */
void elf32_symbol(const struct elf32 *elf, const struct elf32_section *table,
                  uint32_t i, struct elf32_symbol *to);
/* The string at offset of a string table section, or NULL when it does not
 * end inside the section. */
const char *elf32_string(const struct elf32 *elf,
                         const struct elf32_section *table, uint32_t offset);

#endif
