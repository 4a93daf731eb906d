/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host-physical memory of a machine: RAM in pages that exist once they are
 * touched, memory-mapped devices, and holes (reads give all ones, writes are
 * lost, as on a PC bus that nobody answers).
 *
 * Each RAM page carries a dirty bit (for snapshots) and a code mask (one bit
 * for each 64 bytes from which some CPU has decoded instructions).  A write
 * that touches a marked granule tells every registered code watcher, which
 * is how decoded blocks stay coherent whoever writes: a CPU, a device or a
 * debugger, through whatever alias. */
#ifndef VT_PHYSMEM_H
#define VT_PHYSMEM_H

#include "sim/machine/vt.h"

#define VT_PAGE_SHIFT 12
#define VT_PAGE_BYTES (1u << VT_PAGE_SHIFT)
#define VT_PAGE_MASK (UINT64_C(0xfff))
#define VT_CODE_GRANULE_SHIFT 6 /* 64 bytes, so 64 granules a page */
#define VT_RAM_MAX_BYTES (UINT64_C(64) << 30)

struct vt_physmem;

/* One RAM page.  data never moves or goes away while the machine lives, so
 * a CPU may keep the pointer in its TLB.  A CPU may write through it
 * directly only while code_mask is 0 and dirty is true; otherwise it goes
 * through vt_physmem_write. */
struct vt_page {
    uint8_t *data;      /* VT_PAGE_BYTES bytes */
    uint64_t code_mask; /* bit n: decoded code in bytes 64n..64n+63 */
    bool dirty;         /* written since the mark was last cleared */
};

/* A device in the memory map.  offset is from the start of its region;
 * size_bytes is 1, 2, 4 or 8 and never crosses the region's end. */
struct vt_mmio_ops {
    uint64_t (*read)(void *opaque, uint64_t offset, unsigned size_bytes);
    void (*write)(void *opaque, uint64_t offset, uint64_t value,
                  unsigned size_bytes);
};

/* code_written is called before a write to marked code granules lands;
 * granules has the bits of struct vt_page.code_mask that the write touches.
 * Whoever watches drops every block that has bytes there; afterwards
 * physmem takes these marks off.  became_code is called when a page gains
 * its first mark, so that CPUs drop the right to write to it directly. */
struct vt_code_watcher {
    void (*code_written)(void *opaque, uint64_t page_pa, uint64_t granules);
    void (*became_code)(void *opaque, uint64_t page_pa);
    void *opaque;
};

struct vt_physmem *vt_physmem_new(void);
void vt_physmem_free(struct vt_physmem *pm);

/* Add RAM at pa (both multiples of 4 KiB, total at most VT_RAM_MAX_BYTES) or
 * a device.  Regions may not overlap.
 * Returns VT_ERR_INPUT with a line that names the two regions otherwise. */
enum vt_err vt_physmem_add_ram(struct vt_physmem *pm, uint64_t pa,
                               uint64_t bytes,
                               struct vt_error *err) VT_MUST_CHECK;
enum vt_err vt_physmem_add_mmio(struct vt_physmem *pm, const char *name,
                                uint64_t pa, uint64_t bytes,
                                const struct vt_mmio_ops *ops, void *opaque,
                                struct vt_error *err) VT_MUST_CHECK;
uint64_t vt_physmem_ram_bytes(const struct vt_physmem *pm);
/* Pages that were touched and so cost host memory. */
size_t vt_physmem_page_count(const struct vt_physmem *pm);
/* RAM regions, and the one with index i in address order; false past the last. */
unsigned vt_physmem_ram_regions(const struct vt_physmem *pm);
bool vt_physmem_ram_region(const struct vt_physmem *pm, unsigned i,
                           uint64_t *pa, uint64_t *bytes);

/* The RAM page that holds pa, created when first asked for; NULL where
 * there is no RAM. */
struct vt_page *vt_physmem_page(struct vt_physmem *pm, uint64_t pa);
/* The same without creating: NULL where there is no RAM or no one has
 * touched it (such a page reads as zeros). */
const struct vt_page *vt_physmem_peek_page(const struct vt_physmem *pm,
                                           uint64_t pa);
bool vt_physmem_is_ram(const struct vt_physmem *pm, uint64_t pa);

/* Access of 1, 2, 4 or 8 bytes, at any alignment; one that crosses a page is
 * split.  Writes keep dirty bits and code marks.  Holes as said above. */
uint64_t vt_physmem_read(struct vt_physmem *pm, uint64_t pa,
                         unsigned size_bytes);
void vt_physmem_write(struct vt_physmem *pm, uint64_t pa, uint64_t value,
                      unsigned size_bytes);
/* Any length; for loaders, debuggers and tests.  Devices are not touched:
 * returns false (and stops at that byte) where there is no RAM. */
bool vt_physmem_get(const struct vt_physmem *pm, uint64_t pa, void *to,
                    size_t bytes);
bool vt_physmem_put(struct vt_physmem *pm, uint64_t pa, const void *from,
                    size_t bytes);

/* Code marks.  watcher must live as long as pm. */
void vt_physmem_watch_code(struct vt_physmem *pm,
                           const struct vt_code_watcher *watcher);
void vt_physmem_mark_code(struct vt_physmem *pm, uint64_t pa, size_t bytes);

/* Visit every page that was touched, in address order. */
void vt_physmem_each_page(const struct vt_physmem *pm,
                          void (*visit)(void *opaque, uint64_t pa,
                                        const struct vt_page *page),
                          void *opaque);
/* Forget all contents: RAM reads as zeros again, code watchers are told.
 * Pointers stay valid. */
void vt_physmem_clear(struct vt_physmem *pm);

#endif
