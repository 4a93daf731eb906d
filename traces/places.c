/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for linear addresses; see places.h.  What is left out: inlined
 * functions and source lines, which need debugging information. */
#include "traces/places.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trc_places {
    const struct vt_symbols **images;
    const struct vt_symbols **modules;
    unsigned image_count, module_count;
};

struct trc_places *trc_places_new(void)
{
    return vt_alloc(1, sizeof(struct trc_places));
}

void trc_places_free(struct trc_places *places)
{
    if (!places)
        return;
    free(places->images);
    free(places->modules);
    free(places);
}

static void add(const struct vt_symbols ***list, unsigned *count,
                const struct vt_symbols *syms)
{
    if (!syms)
        return;
    *list = vt_realloc(*list, *count + 1u, sizeof(**list));
    (*list)[(*count)++] = syms;
}

void trc_places_add_image(struct trc_places *places,
                          const struct vt_symbols *syms)
{
    add(&places->images, &places->image_count, syms);
}

void trc_places_add_module(struct trc_places *places,
                           const struct vt_symbols *syms)
{
    add(&places->modules, &places->module_count, syms);
}

static const struct vt_symbol *look_up(const struct vt_symbols *const *list,
                                       unsigned count, uint64_t la)
{
    for (unsigned i = 0; i < count; i++) {
        const struct vt_symbol *symbol = vt_symbols_at(list[i], la);
        if (symbol)
            return symbol;
    }
    return NULL;
}

static const struct vt_symbol *symbol_at(const struct trc_places *places,
                                         enum vt_who_kind who, uint64_t la)
{
    if (!places)
        return NULL;
    if (who == VT_WHO_GUEST) {
        const struct vt_symbol *symbol =
            look_up(places->modules, places->module_count, la);
        if (symbol)
            return symbol;
    }
    return look_up(places->images, places->image_count, la);
}

void trc_places_region(const struct trc_places *places, enum vt_who_kind who,
                       uint64_t la, struct trc_region *region)
{
    const struct vt_symbol *symbol = symbol_at(places, who, la);
    region->is_symbol = symbol != NULL;
    if (symbol) {
        region->start = symbol->address;
        region->end = symbol->address + symbol->bytes;
        snprintf(region->name, sizeof(region->name), "%s", symbol->name);
        return;
    }
    region->start = la & ~UINT64_C(0xfff);
    region->end = region->start + 0x1000;
    snprintf(region->name, sizeof(region->name), "page 0x%08" PRIx64,
             region->start);
}

void trc_places_describe(const struct trc_places *places,
                         enum vt_who_kind who, uint64_t la, char *to,
                         size_t size)
{
    vt_symbol_describe(symbol_at(places, who, la), la, to, size);
}

/* Image tables come first, then the modules'. */
static const struct vt_symbols *table_at(const struct trc_places *places,
                                         unsigned i)
{
    if (i < places->image_count)
        return places->images[i];
    i -= places->image_count;
    return i < places->module_count ? places->modules[i] : NULL;
}

bool trc_places_find(const struct trc_places *places, const char *name,
                     enum trc_side *side, uint64_t *la)
{
    const struct vt_symbols *table;
    for (unsigned i = 0; places && (table = table_at(places, i)); i++) {
        enum trc_side here = i < places->image_count ? TRC_VMM : TRC_GUEST;
        const struct vt_symbol *symbol = vt_symbols_named(table, name);
        if (symbol && (*side == TRC_ANY || *side == here)) {
            *la = symbol->address;
            *side = here;
            return true;
        }
    }
    return false;
}

const char *trc_places_complete(const struct trc_places *places,
                                const char *prefix, unsigned i)
{
    size_t length = strlen(prefix);
    const struct vt_symbols *table;
    for (unsigned t = 0; places && (table = table_at(places, t)); t++)
        for (size_t s = 0; s < table->count; s++)
            if (strncmp(table->rows[s].name, prefix, length) == 0 &&
                i-- == 0)
                return table->rows[s].name;
    return NULL;
}
