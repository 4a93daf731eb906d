/* SPDX-License-Identifier: MIT */
/* What a Multiboot loader hands over, as far as the labs look.
 * Multiboot Specification 0.6.96, "Boot information format". */
#ifndef LAB_MULTIBOOT_H
#define LAB_MULTIBOOT_H

#include <stdint.h>

#define MULTIBOOT_BOOTLOADER_MAGIC 0x2badb002u
#define MULTIBOOT_INFO_MODULES (1u << 3)

struct multiboot_module {
    uint32_t start, end; /* physical addresses; end is exclusive */
    uint32_t string, reserved;
};

struct multiboot_info {
    uint32_t flags;
    uint32_t mem_lower, mem_upper;
    uint32_t boot_device;
    uint32_t cmdline;
    uint32_t module_count, modules;
};

#endif
