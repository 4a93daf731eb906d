/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Page tables of every mode and page size for tests: one path from the root
 * to one page, whose entries a test changes.
 *
 * A shape is a paging mode with a page size.  Level 0 is the table that CR3
 * (in PAE paging: a PDPTE register) points to. */
#ifndef TEST_PGRIG_H
#define TEST_PGRIG_H

#include "tests/ia32/rig.h"

/* Everything that paging knows. */
#define PG_MODEL                                                       \
    "skylake-sp,+fpu,+mmx,+fxsr,+sse,+sse2,+pae,+nx,+syscall,+lm,"     \
    "+pdpe1gb,+pcid,+smep,+smap,+invpcid,+pse36"

#define E_P UINT64_C(1)
#define E_W UINT64_C(2)
#define E_U UINT64_C(4)
#define E_A UINT64_C(0x20)
#define E_D UINT64_C(0x40)
#define E_PS UINT64_C(0x80)
#define E_G UINT64_C(0x100)
#define E_XD (UINT64_C(1) << 63)
#define E_PWU (E_P | E_W | E_U)

#define PG_ROOT UINT64_C(0x100000) /* tables, 4 KiB apart; PAE: the PDPT
                                      stands right before them */
#define PG_PDPT (PG_ROOT - 0x1000)

enum pg_mode { PG_32BIT, PG_PAE, PG_4LEVEL };

static const struct pg_shape {
    const char *name;
    enum pg_mode mode;
    unsigned page_bits;
    unsigned depth; /* entries on the path, in memory */
    uint64_t la;    /* the page */
    uint64_t pa;    /* where it is */
} pg_shapes[] = {
    {"32-bit, 4 KiB", PG_32BIT, 12, 2, 0x40403000, 0x205000},
    {"32-bit, 4 MiB", PG_32BIT, 22, 1, 0x40400000, 0x400000},
    {"PAE, 4 KiB", PG_PAE, 12, 2, 0x40403000, 0x205000},
    {"PAE, 2 MiB", PG_PAE, 21, 1, 0x40400000, 0x600000},
    {"4-level, 4 KiB", PG_4LEVEL, 12, 4, UINT64_C(0xffffc0c040403000),
     0x205000},
    {"4-level, 2 MiB", PG_4LEVEL, 21, 3, UINT64_C(0xffffc0c040400000),
     0x600000},
    {"4-level, 1 GiB", PG_4LEVEL, 30, 2, UINT64_C(0xffffc0c040000000),
     0x80000000},
};

struct pg {
    struct rig r;
    const struct pg_shape *shape;
    struct ia32_cpu *cpu;
};

static inline unsigned pg_entry_bytes(const struct pg_shape *shape)
{
    return shape->mode == PG_32BIT ? 4 : 8;
}

/* Where the entry of the path at this level is. */
static inline uint64_t pg_entry_at(const struct pg *p, unsigned level)
{
    const struct pg_shape *s = p->shape;
    unsigned bits = s->mode == PG_32BIT ? 10 : 9;
    unsigned top = s->mode == PG_4LEVEL ? 39 : s->mode == PG_PAE ? 21 : 22;
    uint64_t index = s->la >> (top - bits * level) & (VT_BIT(bits) - 1);

    return PG_ROOT + level * UINT64_C(0x1000) + index * pg_entry_bytes(s);
}

static inline uint64_t pg_get(struct pg *p, unsigned level)
{
    return vt_physmem_read(p->r.pm, pg_entry_at(p, level),
                           pg_entry_bytes(p->shape));
}

static inline void pg_put(struct pg *p, unsigned level, uint64_t entry)
{
    vt_physmem_write(p->r.pm, pg_entry_at(p, level), entry,
                     pg_entry_bytes(p->shape));
    ia32_tlb_flush_all(p->cpu);
}

/* What stands there at first: present, writable, user. */
static inline uint64_t pg_plain(const struct pg *p, unsigned level)
{
    if (level + 1 < p->shape->depth)
        return (PG_ROOT + (level + 1) * UINT64_C(0x1000)) | E_PWU;
    return p->shape->pa | E_PWU | (p->shape->page_bits > 12 ? E_PS : 0);
}

static inline void pg_plain_path(struct pg *p)
{
    for (unsigned level = 0; level < p->shape->depth; level++)
        pg_put(p, level, pg_plain(p, level));
}

static inline void pg_init_model(struct pg *p, const struct pg_shape *shape,
                                 const char *model)
{
    rig_init_model(&p->r, model);
    p->shape = shape;
    p->cpu = p->r.cpu;
    p->cpu->cr0 |= CR0_PG | CR0_WP;
    p->cpu->cr4 |= shape->mode == PG_32BIT ? CR4_PSE : CR4_PAE;
    p->cpu->cr3 = shape->mode == PG_PAE ? PG_PDPT : PG_ROOT;
    if (shape->mode != PG_32BIT)
        p->cpu->efer = EFER_NXE;
    if (shape->mode == PG_4LEVEL)
        p->cpu->efer |= EFER_LME | EFER_LMA;
    for (unsigned i = 0; i < 4; i++)
        p->cpu->pdpte[i] = PG_ROOT | E_P;
    pg_plain_path(p);
}

static inline void pg_init(struct pg *p, const struct pg_shape *shape)
{
    pg_init_model(p, shape, PG_MODEL);
}

static inline void pg_done(struct pg *p)
{
    rig_done(&p->r);
}

/* The page fault's error code, or -1 when the access is allowed, -2 when
 * something else came.  Nothing is cached before. */
static inline int pg_try(struct pg *p, uint64_t la, unsigned acc)
{
    uint64_t pa;
    enum ia32_status status;

    ia32_tlb_flush_all(p->cpu);
    status = ia32_translate(p->cpu, la, acc, &pa);
    if (status == IA32_OK)
        return -1;
    if (status != IA32_FAULT || p->cpu->pending.vector != IA32_PF ||
        p->cpu->pending.cr2 != la)
        return -2;
    return (int)p->cpu->pending.error_code;
}

#endif
