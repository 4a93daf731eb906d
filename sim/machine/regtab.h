/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Register tables: one row a register of a CPU or device.  The debugger's
 * views, gdb's target description, snapshots and trace comparison all read
 * the same row (SIMH's REG arrays are the model). */
#ifndef VT_REGTAB_H
#define VT_REGTAB_H

#include "sim/machine/vt.h"

enum vt_reg_format {
    VT_FMT_HEX,   /* plain number */
    VT_FMT_FLAGS, /* bits with names, see struct vt_reg.flag_names */
    VT_FMT_DEC,
    VT_FMT_BOOL
};

#define VT_REG_HIDDEN 1u   /* in snapshots, not in `info registers` */
#define VT_REG_READONLY 2u /* the debugger may not write it */

struct vt_reg {
    const char *name;
    uint8_t bits;       /* width that is shown: 1..64 */
    uint8_t size_bytes; /* of the C object: 1, 2, 4 or 8 */
    uint16_t count;     /* array length, 1 for a scalar */
    size_t offset;      /* from the start of the state struct */
    const char *group;  /* "general", "segment", "control", ... */
    enum vt_reg_format format;
    unsigned flags;
    const char *flag_names; /* space-separated, bit 0 first; "-" unnamed */
    const char *cite;
};

/* Row helpers: field must be an unsigned integer (or bool) member. */
#define VT_REG(type, field, name_, bits_, group_, format_, flags_, cite_)  \
    {.name = (name_),                                                      \
     .bits = (bits_),                                                      \
     .size_bytes = sizeof(((type *)0)->field),                             \
     .count = 1,                                                           \
     .offset = offsetof(type, field),                                      \
     .group = (group_),                                                    \
     .format = (format_),                                                  \
     .flags = (flags_),                                                    \
     .cite = (cite_)}
#define VT_REG_ARRAY(type, field, name_, bits_, group_, flags_, cite_)     \
    {.name = (name_),                                                      \
     .bits = (bits_),                                                      \
     .size_bytes = sizeof(((type *)0)->field[0]),                          \
     .count = ARRAY_SIZE(((type *)0)->field),                              \
     .offset = offsetof(type, field),                                      \
     .group = (group_),                                                    \
     .format = VT_FMT_HEX,                                                 \
     .flags = (flags_),                                                    \
     .cite = (cite_)}

/* One register of the struct at state; index is below reg->count.  A value
 * that is wider than the C object is cut; a register of one bit becomes 0 or
 * 1. */
uint64_t vt_reg_get(const struct vt_reg *reg, const void *state,
                    unsigned index);
void vt_reg_set(const struct vt_reg *reg, void *state, unsigned index,
                uint64_t value);
/* Row with this name, or NULL.  "name[3]" is not parsed here. */
const struct vt_reg *vt_reg_find(const struct vt_reg *table, size_t rows,
                                 const char *name);
/* "0x00000046 ZF PF" and the like; at most size - 1 characters. */
void vt_reg_format(const struct vt_reg *reg, uint64_t value, char *to,
                   size_t size);

#endif
