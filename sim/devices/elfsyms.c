/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symbols of an ELF image; see elfsyms.h.  Kept are functions, objects, and
 * the plain labels of assembly code; local labels that begin with a dot and
 * mapping symbols ($...) are left out.
 * Source: System V ABI, edition 4.1, "Symbol Table". */
#include "sim/devices/elfsyms.h"

#include "sim/devices/elf32.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SHN_LORESERVE 0xff00u

/* A symbol while it is gathered: the end of its section closes a label that
 * has no size. */
struct draft {
    uint64_t address, bytes, section_end;
    const char *name; /* in the file */
    bool is_code;
};

static bool keeps_name(const char *name)
{
    return name && name[0] && name[0] != '.' && name[0] != '$';
}

/* Look at symbol i; false when it is none to show. */
static bool draft_symbol(const struct elf32 *elf,
                         const struct elf32_section *table,
                         const struct elf32_section *strings, uint32_t i,
                         struct draft *to)
{
    struct elf32_symbol sym;
    struct elf32_section home;
    elf32_symbol(elf, table, i, &sym);
    if (sym.type > ELF_STT_FUNC || sym.section == 0 ||
        sym.section >= elf->shnum || sym.section >= SHN_LORESERVE)
        return false;
    if (elf32_section(elf, sym.section, &home, NULL) ||
        !(home.flags & ELF_SHF_ALLOC))
        return false;
    to->name = elf32_string(elf, strings, sym.name);
    to->address = sym.value;
    to->bytes = sym.size;
    to->section_end = (uint64_t)home.addr + home.size;
    to->is_code = home.flags & ELF_SHF_EXECINSTR;
    return keeps_name(to->name) && to->address < to->section_end;
}

static int compare_drafts(const void *a, const void *b)
{
    const struct draft *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if ((x->bytes == 0) != (y->bytes == 0))
        return x->bytes ? -1 : 1; /* the one with a size names the place */
    return strcmp(x->name, y->name);
}

/* One name an address: the first after sorting.  Returns how many stay. */
static size_t drop_aliases(struct draft *d, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || d[kept - 1].address != d[i].address)
            d[kept++] = d[i];
    return kept;
}

/* A label reaches to the next symbol or the end of its section. */
static void close_labels(struct draft *d, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t end = d[i].section_end;
        if (i + 1 < count && d[i + 1].address < end)
            end = d[i + 1].address;
        if (d[i].bytes == 0)
            d[i].bytes = end - d[i].address;
    }
}

/* Copy what stays out of the file, which may go away. */
static void keep(struct vt_symbols *s, const struct draft *d, size_t count,
                 uint64_t base)
{
    size_t chars = 1;
    for (size_t i = 0; i < count; i++)
        chars += strlen(d[i].name) + 1;
    s->names = vt_alloc(chars, 1);
    s->rows = vt_alloc(count + 1, sizeof *s->rows);
    s->count = count;
    char *to = s->names;
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(d[i].name) + 1;
        memcpy(to, d[i].name, n);
        s->rows[i] = (struct vt_symbol){.address = d[i].address + base,
                                        .bytes = d[i].bytes,
                                        .name = to,
                                        .is_code = d[i].is_code};
        to += n;
    }
}

static void gather(const struct elf32 *elf, const struct elf32_section *table,
                   const struct elf32_section *strings, uint64_t base,
                   struct vt_symbols *to)
{
    uint32_t rows = table->size / ELF32_SYM_BYTES;
    struct draft *d = vt_alloc((size_t)rows + 1, sizeof *d);
    size_t count = 0;
    for (uint32_t i = 0; i < rows; i++)
        if (draft_symbol(elf, table, strings, i, &d[count]))
            count++;
    qsort(d, count, sizeof *d, compare_drafts);
    count = drop_aliases(d, count);
    close_labels(d, count);
    keep(to, d, count, base);
    free(d);
}

/* Find the symbol table and its strings; *found false when stripped. */
static enum vt_err find_tables(const struct elf32 *elf,
                               struct elf32_section *table,
                               struct elf32_section *strings, bool *found,
                               struct vt_error *err)
{
    *found = false;
    for (unsigned i = 0; i < elf->shnum; i++) {
        enum vt_err failed = elf32_section(elf, i, table, err);
        if (failed)
            return failed;
        if (table->type != ELF_SHT_SYMTAB)
            continue;
        if (table->link >= elf->shnum)
            return vt_fail(err, VT_ERR_INPUT,
                           "%s: the symbol table (section %u) names string "
                           "table %" PRIu32 ", but there are %u sections",
                           elf->name, i, table->link, elf->shnum);
        failed = elf32_section(elf, table->link, strings, err);
        if (failed)
            return failed;
        if (strings->type != ELF_SHT_STRTAB)
            return vt_fail(err, VT_ERR_INPUT,
                           "%s: section %" PRIu32 ", which the symbol table "
                           "(section %u) names, holds no strings",
                           elf->name, table->link, i);
        *found = true;
        return VT_OK;
    }
    return VT_OK;
}

enum vt_err vt_symbols_read(const void *data, size_t bytes, const char *name,
                            uint64_t base, struct vt_symbols **to,
                            struct vt_error *err)
{
    struct elf32 elf;
    struct elf32_section table, strings;
    bool found;
    enum vt_err failed = elf32_open(&elf, data, bytes, name, err);
    if (!failed)
        failed = find_tables(&elf, &table, &strings, &found, err);
    if (failed)
        return failed;
    struct vt_symbols *s = vt_alloc(1, sizeof *s);
    s->image = vt_strdup(name);
    if (found)
        gather(&elf, &table, &strings, base, s);
    *to = s;
    return VT_OK;
}

void vt_symbols_free(struct vt_symbols *s)
{
    if (!s)
        return;
    free(s->rows);
    free(s->names);
    free(s->image);
    free(s);
}

const struct vt_symbol *vt_symbols_at(const struct vt_symbols *s,
                                      uint64_t address)
{
    size_t low = 0, high = s ? s->count : 0;
    while (low < high) { /* the first row beyond address */
        size_t middle = low + (high - low) / 2;
        if (s->rows[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct vt_symbol *row = &s->rows[low - 1];
    return address - row->address < row->bytes ? row : NULL;
}

const struct vt_symbol *vt_symbols_named(const struct vt_symbols *s,
                                         const char *name)
{
    for (size_t i = 0; s && i < s->count; i++)
        if (strcmp(s->rows[i].name, name) == 0)
            return &s->rows[i];
    return NULL;
}

void vt_symbol_describe(const struct vt_symbol *symbol, uint64_t address,
                        char *to, size_t size)
{
    if (!symbol)
        snprintf(to, size, "0x%08" PRIx64, address);
    else if (address == symbol->address)
        snprintf(to, size, "%s", symbol->name);
    else
        snprintf(to, size, "%s+0x%" PRIx64, symbol->name,
                 address - symbol->address);
}
