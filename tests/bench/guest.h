/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The benchmark guest: what its files share. */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUFFER_BYTES (256u * 1024)

extern uint32_t result;                  /* what the loop computed */
extern uint32_t buffer[BUFFER_BYTES / 4]; /* whole pages */
#define TABLES 4u
extern uint32_t directory[2][1024];      /* page directories, equal */
extern uint32_t page_table[TABLES][1024]; /* their tables: 16 MiB */

struct multiboot_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
};
void guest_main(uint32_t magic, const struct multiboot_info *info);

void run_in_ring3(void (*loop)(uint32_t count), uint32_t count);
void loop_integer(uint32_t count);
void loop_memory(uint32_t count);
void loop_sysenter(uint32_t count); /* in ring 3, like the next */
void loop_int80(uint32_t count);
void loop_fault(uint32_t count);
void loop_cr3(uint32_t count);
void loop_string(uint32_t count);
void loop_mix(uint32_t count);
/* Entry points. */
void sysenter_entry(void), int80(void), int81(void), page_fault(void);

#endif
