/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot loader: puts a Multiboot 1 kernel in ELF32 format, its modules and
 * the boot information into memory, and says where the CPU is to start.
 * Source: Multiboot Specification 0.6.96. */
#ifndef VT_MULTIBOOT_H
#define VT_MULTIBOOT_H

#include "sim/machine/physmem.h"
#include "sim/machine/vt.h"

/* What EAX holds when the kernel starts ("Machine state"). */
#define VT_MULTIBOOT_EAX 0x2badb002u

/* A file in memory that is to be booted; the loader keeps no pointer. */
struct vt_boot_file {
    const char *name; /* for messages */
    const void *data;
    size_t bytes;
    const char *string; /* command line or module string; NULL means "" */
};

struct vt_boot_module {
    uint32_t start_pa, end_pa; /* end is the first byte after it */
};

struct vt_boot_result {
    uint32_t entry; /* physical address of the first instruction */
    uint32_t eax;   /* VT_MULTIBOOT_EAX */
    uint32_t ebx;   /* physical address of the boot information */
    uint32_t kernel_start_pa, kernel_end_pa; /* all segments are within */
};

/* Load kernel and modules into the RAM of pm.
 *   placed  out: where each module went; may be NULL
 * Nothing is written before everything has been checked.
 * Returns VT_ERR_INPUT with one line: which file, what, where. */
enum vt_err vt_multiboot_load(struct vt_physmem *pm,
                              const struct vt_boot_file *kernel,
                              const struct vt_boot_file *modules,
                              unsigned module_count,
                              struct vt_boot_result *result,
                              struct vt_boot_module *placed,
                              struct vt_error *err) VT_MUST_CHECK;

#endif
