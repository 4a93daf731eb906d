/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for linear addresses.  A VMM and its guest may use the same linear
 * addresses for different code, so an address is looked up in the symbols of
 * the side that runs: the booted image for native and root operation, the
 * modules (and then the image, for a guest that is part of it) for non-root
 * operation. */
#ifndef TRC_PLACES_H
#define TRC_PLACES_H

#include "sim/devices/elfsyms.h"
#include "sim/machine/ledger.h"

struct trc_places;

/* Whose symbols: those of the image, those of the modules. */
enum trc_side { TRC_ANY, TRC_VMM, TRC_GUEST };

/* A stretch of code that one name covers: a symbol, or the page where there
 * is none. */
struct trc_region {
    uint64_t start, end; /* linear; end is the first address after it */
    char name[80];
    bool is_symbol;
};

struct trc_places *trc_places_new(void);
void trc_places_free(struct trc_places *places);
/* syms must live as long as places; NULL is ignored. */
void trc_places_add_image(struct trc_places *places,
                          const struct vt_symbols *syms);
void trc_places_add_module(struct trc_places *places,
                           const struct vt_symbols *syms);

/* The region that la is in, seen from who.  Never fails: without a symbol it
 * is the page.  places may be NULL. */
void trc_places_region(const struct trc_places *places, enum vt_who_kind who,
                       uint64_t la, struct trc_region *region);
/* "name+0x12", or "0x00401012" without a symbol. */
void trc_places_describe(const struct trc_places *places,
                         enum vt_who_kind who, uint64_t la, char *to,
                         size_t size);
/* The address of a name.  False: unknown.
 *   side  in: where to look, TRC_ANY the image first; out: where it was */
bool trc_places_find(const struct trc_places *places, const char *name,
                     enum trc_side *side, uint64_t *la);
/* The i-th name that begins with prefix (for completion); NULL past the
 * last.  The order is that of the tables. */
const char *trc_places_complete(const struct trc_places *places,
                                const char *prefix, unsigned i);

#endif
