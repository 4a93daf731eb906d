/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A PC: memory, interrupt controllers, timer, serial port and the small
 * ports around a CPU, wired together; and its boot loader. */
#ifndef VT_PC_H
#define VT_PC_H

#include "sim/devices/elfsyms.h"
#include "sim/devices/multiboot.h"
#include "sim/machine/input.h"
#include "sim/machine/machine.h"

#define VT_PC_MEMORY_MIN_BYTES (UINT64_C(2) << 20)
#define VT_PC_MEMORY_DEFAULT_BYTES (UINT64_C(128) << 20)

struct vt_pc_options {
    uint64_t memory_bytes;
    const char *serial;   /* as in chardev.h; NULL: "none" */
    const char *debugcon; /* the same for port E9h */
    bool serial_instant;  /* characters take no time on the line */
};

struct vt_pc;

/* Build the platform around a machine that has at least CPU 0.  On failure
 * the machine is not to be used.
 * Returns VT_ERR_INPUT (clock rate, memory size, serial specification),
 * VT_ERR_OUTPUT (a file that cannot be written), each with one line. */
enum vt_err vt_pc_build(struct vt_machine *m,
                        const struct vt_pc_options *options,
                        struct vt_pc **pc, struct vt_error *err) VT_MUST_CHECK;
/* Send what is still in the transmitter, flush and close the host ends and
 * the input recording.  Returns VT_ERR_OUTPUT when something was lost.
 * Call it once, when the machine has stopped for good. */
enum vt_err vt_pc_finish(struct vt_pc *pc, struct vt_error *err) VT_MUST_CHECK;
/* Show what the guest has written so far; false when it cannot be written. */
bool vt_pc_flush(struct vt_pc *pc) VT_MUST_CHECK;
/* After a flush, before somebody else writes to standard output: end a line
 * that the guest has begun there. */
void vt_pc_end_line(struct vt_pc *pc);
/* Call before vt_machine_free. */
void vt_pc_free(struct vt_pc *pc);

/* Input of the serial line, device "uart0"; for recording and replay. */
struct vt_input *vt_pc_input(struct vt_pc *pc);

/* The machine it was built around. */
struct vt_machine *vt_pc_machine(struct vt_pc *pc);

/* A kernel or module to boot.  args: what follows the file's name in the
 * command line or module string; may be NULL. */
struct vt_pc_image {
    const char *path;
    const char *args;
};

/* What was booted, with the symbols of every file that is ELF. */
struct vt_pc_booted {
    struct vt_boot_result start;
    struct vt_symbols *kernel_symbols;
    unsigned module_count;
    struct vt_boot_module *modules;
    struct vt_symbols **module_symbols; /* NULL where a module is not ELF */
};

/* Read the files and load them. */
enum vt_err vt_pc_boot(struct vt_pc *pc, const struct vt_pc_image *kernel,
                       const struct vt_pc_image *modules,
                       unsigned module_count, struct vt_pc_booted *booted,
                       struct vt_error *err) VT_MUST_CHECK;
void vt_pc_booted_free(struct vt_pc_booted *booted);

/* "128M", "4GiB", "65536K": bytes.  Suffixes K, M, G, T (with or without
 * "iB" or "B") are binary; no suffix means MiB, as QEMU's -m has it. */
enum vt_err vt_pc_parse_size(const char *text, uint64_t *bytes,
                             struct vt_error *err) VT_MUST_CHECK;

#endif
