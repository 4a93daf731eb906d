/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot information that a Multiboot kernel finds through EBX. */
#ifndef VT_MBINFO_H
#define VT_MBINFO_H

#include "sim/devices/elf32.h"
#include "sim/devices/multiboot.h"

/* What the boot information tells; the caller owns everything. */
struct mb_contents {
    struct vt_physmem *pm; /* for the memory map */
    const struct vt_boot_file *kernel;
    const struct vt_boot_file *modules;
    const struct vt_boot_module *placed;
    unsigned module_count;
    const struct elf32 *elf;
    /* Physical address of each section that was loaded beside the segments,
     * 0 for those that lie within them; shnum entries. */
    const uint32_t *section_pa;
};

/* Bytes that the information takes, all its tables and strings included. */
size_t mb_info_bytes(const struct mb_contents *contents);
/* Build it for physical address pa into to (mb_info_bytes, zeroed). */
void mb_info_build(const struct mb_contents *contents, uint32_t pa,
                   uint8_t *to);

#endif
