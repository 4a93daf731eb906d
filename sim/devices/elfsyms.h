/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symbols of an ELF image, for people: the debugger and the exit graph show
 * `handle_exit+0x12` instead of an address.
 *
 * Each image (kernel, module) has its own table: a VMM and its guest may use
 * the same linear addresses, and only the reader knows which of the two is
 * meant. */
#ifndef VT_ELFSYMS_H
#define VT_ELFSYMS_H

#include "sim/machine/vt.h"

struct vt_symbol {
    uint64_t address; /* linear, base included */
    uint64_t bytes;   /* never 0: a label without a size reaches to the next
                         symbol of its section */
    const char *name;
    bool is_code; /* in an executable section */
};

struct vt_symbols {
    struct vt_symbol *rows; /* by address, then by name; no two equal */
    size_t count;
    char *image; /* name of the file */
    char *names; /* what the rows' names point into */
};

/* Read the symbol table of an ELF32 i386 file.  base is added to every
 * address: 0 for an image that runs where it was linked to.
 * Returns VT_OK with an empty table for a file that was stripped;
 * VT_ERR_INPUT for one that is not ELF or is damaged. */
enum vt_err vt_symbols_read(const void *elf, size_t bytes, const char *name,
                            uint64_t base, struct vt_symbols **syms,
                            struct vt_error *err) VT_MUST_CHECK;
void vt_symbols_free(struct vt_symbols *syms);

/* The symbol that covers address, or NULL.  syms may be NULL. */
const struct vt_symbol *vt_symbols_at(const struct vt_symbols *syms,
                                      uint64_t address);
const struct vt_symbol *vt_symbols_named(const struct vt_symbols *syms,
                                         const char *name);
/* What to call address: "name" or "name+0x12"; symbol is the one that covers
 * it.  With no symbol (NULL), "0x00100000". */
void vt_symbol_describe(const struct vt_symbol *symbol, uint64_t address,
                        char *to, size_t size);

#endif
