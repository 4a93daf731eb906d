/* SPDX-License-Identifier: MIT */
/* Put an ELF program that came as a Multiboot module into its place. */
#ifndef LAB_LOADER_H
#define LAB_LOADER_H

#include "labs/lib/multiboot.h"

/* Copy the program's segments to their physical addresses, which must lie
 * in the given bytes of memory at base; returns its entry point.  A program
 * that does not fit ends everything with a message. */
uint32_t load_elf(const struct multiboot_module *module, uint32_t base,
                  uint32_t bytes);

#endif
