/* SPDX-License-Identifier: MIT */
/* Put an ELF program that came as a Multiboot module into its place. */
#include "labs/lib/loader.h"

#include "labs/lib/console.h"

#define ELF_MAGIC 0x464c457fu /* 7Fh "ELF" */
#define ELF_PT_LOAD 1u

/* System V ABI, "Object Files". */
struct elf32_header {
    uint32_t magic;
    uint8_t ident[12];
    uint16_t type, machine;
    uint32_t version, entry, phoff, shoff, flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf32_segment {
    uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

uint32_t load_elf(const struct multiboot_module *module, uint32_t base,
                  uint32_t bytes)
{
    const struct elf32_header *elf = (const void *)module->start;
    const struct elf32_segment *segment =
        (const void *)(module->start + elf->phoff);

    if (module->end > base && module->start < base + bytes)
        fail("the module is where its program wants to be", module->start);
    if (elf->magic != ELF_MAGIC)
        fail("the module is no ELF program", module->start);
    for (unsigned left = elf->phnum; left > 0; left--, segment++) {
        if (segment->type != ELF_PT_LOAD)
            continue;
        if (segment->paddr < base || segment->memsz > bytes ||
            segment->paddr - base > bytes - segment->memsz ||
            segment->filesz > segment->memsz)
            fail("a segment outside its memory", segment->paddr);
        memcpy((void *)segment->paddr,
               (const void *)(module->start + segment->offset),
               segment->filesz);
        memset((void *)(segment->paddr + segment->filesz), 0, /* .bss */
               segment->memsz - segment->filesz);
    }
    return elf->entry;
}
