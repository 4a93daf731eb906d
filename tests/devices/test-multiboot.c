/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot loader and the symbol reader, with images good and bad. */
#include "tests/devices/suite.h"

#include "tests/devices/elfimage.h"

#include "sim/devices/elfsyms.h"
#include "sim/devices/multiboot.h"

#include <stdio.h>
#include <stdlib.h>

#define RAM_END 0x800000u

static struct vt_physmem *new_memory(void)
{
    struct vt_physmem *pm = vt_physmem_new();
    enum vt_err failed = vt_physmem_add_ram(pm, 0, 0xa0000, NULL);
    CU_ASSERT_EQUAL_FATAL(failed, VT_OK);
    failed = vt_physmem_add_ram(pm, 0x100000, RAM_END - 0x100000, NULL);
    CU_ASSERT_EQUAL_FATAL(failed, VT_OK);
    return pm;
}

static struct vt_boot_file file_of(const struct image *e)
{
    return (struct vt_boot_file){.name = "kernel.elf",
                                 .data = e->bytes,
                                 .bytes = sizeof e->bytes,
                                 .string = "kernel.elf -v"};
}

static uint32_t word(struct vt_physmem *pm, uint64_t pa)
{
    return (uint32_t)vt_physmem_read(pm, pa, 4);
}

static bool text_at(struct vt_physmem *pm, uint64_t pa, const char *expected)
{
    char text[80] = "";
    return strlen(expected) < sizeof text &&
           vt_physmem_get(pm, pa, text, strlen(expected) + 1) &&
           strcmp(text, expected) == 0;
}

static void load_good(struct vt_physmem *pm, const struct vt_boot_file *mods,
                      unsigned count, struct vt_boot_result *result,
                      struct vt_boot_module *placed)
{
    struct image e = good_image();
    struct vt_boot_file kernel = file_of(&e);
    struct vt_error err = {0};
    enum vt_err failed =
        vt_multiboot_load(pm, &kernel, mods, count, result, placed, &err);
    CU_ASSERT_STRING_EQUAL(err.text, "");
    CU_ASSERT_EQUAL_FATAL(failed, VT_OK);
}

static void segments(void)
{
    struct vt_physmem *pm = new_memory();
    struct vt_boot_result r;
    vt_physmem_write(pm, 0x200020, 0x55, 1); /* stale byte in .bss */
    load_good(pm, NULL, 0, &r, NULL);
    CU_ASSERT_EQUAL(r.entry, 0x10000c);
    CU_ASSERT_EQUAL(r.eax, 0x2badb002);
    CU_ASSERT_EQUAL(r.kernel_start_pa, 0x100000);
    CU_ASSERT_EQUAL(r.kernel_end_pa, 0x203000);
    CU_ASSERT_EQUAL(word(pm, 0x10000c), 0x45444f43);
    CU_ASSERT_TRUE(text_at(pm, 0x200000, "some data here!"));
    CU_ASSERT_EQUAL(word(pm, 0x200020), 0);
    /* Memory that is zero anyway is not touched. */
    CU_ASSERT_PTR_NULL(vt_physmem_peek_page(pm, 0x202000));
    vt_physmem_free(pm);
}

static void information(void)
{
    struct vt_physmem *pm = new_memory();
    struct vt_boot_result r;
    load_good(pm, NULL, 0, &r, NULL);
    CU_ASSERT_EQUAL(word(pm, r.ebx), 0x26d);
    CU_ASSERT_EQUAL(word(pm, r.ebx + 4), 640);
    CU_ASSERT_EQUAL(word(pm, r.ebx + 8), (RAM_END - 0x100000) / 1024);
    CU_ASSERT_TRUE(text_at(pm, word(pm, r.ebx + 16), "kernel.elf -v"));
    CU_ASSERT_EQUAL(word(pm, r.ebx + 20), 0);
    CU_ASSERT_TRUE(text_at(pm, word(pm, r.ebx + 64), "vtsim"));
    vt_physmem_free(pm);
}

static void memory_map(void)
{
    struct vt_physmem *pm = new_memory();
    struct vt_boot_result r;
    load_good(pm, NULL, 0, &r, NULL);
    CU_ASSERT_EQUAL(word(pm, r.ebx + 44), 48);
    uint32_t map = word(pm, r.ebx + 48);
    static const uint64_t rows[][2] = {{0, 0xa0000},
                                       {0x100000, RAM_END - 0x100000}};
    for (size_t i = 0; i < 2; i++, map += word(pm, map) + 4) {
        CU_ASSERT_EQUAL(word(pm, map), 20);
        CU_ASSERT_EQUAL(vt_physmem_read(pm, map + 4, 8), rows[i][0]);
        CU_ASSERT_EQUAL(vt_physmem_read(pm, map + 12, 8), rows[i][1]);
        CU_ASSERT_EQUAL(word(pm, map + 20), 1);
    }
    vt_physmem_free(pm);
}

static void modules(void)
{
    struct vt_physmem *pm = new_memory();
    struct vt_boot_result r;
    struct vt_boot_module placed[3];
    static const char big[5000] = "big";
    const struct vt_boot_file mods[] = {
        {.name = "a", .data = big, .bytes = sizeof big, .string = "a one"},
        {.name = "b", .data = "two", .bytes = 3, .string = NULL},
        {.name = "c", .data = NULL, .bytes = 0, .string = "empty"}};
    load_good(pm, mods, 3, &r, placed);
    CU_ASSERT_EQUAL(word(pm, r.ebx + 20), 3);
    uint32_t list = word(pm, r.ebx + 24);
    uint32_t last = r.kernel_end_pa;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t start = word(pm, list + 16 * i);
        CU_ASSERT_EQUAL(start, placed[i].start_pa);
        CU_ASSERT_EQUAL(word(pm, list + 16 * i + 4), placed[i].end_pa);
        CU_ASSERT_EQUAL(placed[i].end_pa - start, mods[i].bytes);
        CU_ASSERT_EQUAL(start & 0xfff, 0);
        CU_ASSERT_TRUE(start >= last);
        last = placed[i].end_pa;
    }
    CU_ASSERT_TRUE(text_at(pm, placed[0].start_pa, "big"));
    CU_ASSERT_TRUE(text_at(pm, word(pm, list + 8), "a one"));
    CU_ASSERT_TRUE(text_at(pm, word(pm, list + 16 + 8), ""));
    CU_ASSERT_TRUE(text_at(pm, word(pm, list + 32 + 8), "empty"));
    vt_physmem_free(pm);
}

/* Sections that no segment loads are found through their headers. */
static void sections(void)
{
    struct vt_physmem *pm = new_memory();
    struct vt_boot_result r;
    load_good(pm, NULL, 0, &r, NULL);
    CU_ASSERT_EQUAL(word(pm, r.ebx + 28), 5);
    CU_ASSERT_EQUAL(word(pm, r.ebx + 32), 40);
    CU_ASSERT_EQUAL(word(pm, r.ebx + 40), 4);
    uint32_t table = word(pm, r.ebx + 36);
    CU_ASSERT_EQUAL(word(pm, table + 40 + 12), 0x100000); /* .text: as was */
    uint32_t symtab = word(pm, table + 3 * 40 + 12);
    uint32_t strtab = word(pm, table + 4 * 40 + 12);
    CU_ASSERT_TRUE(symtab >= r.kernel_end_pa);
    CU_ASSERT_EQUAL(word(pm, symtab + 16 + 4), 0x10000c);
    CU_ASSERT_TRUE(text_at(pm, strtab + 1, "start"));
    vt_physmem_free(pm);
}

static void entry_moves_with_its_segment(void)
{
    struct vt_physmem *pm = new_memory();
    struct image e = good_image();
    struct vt_boot_file kernel = file_of(&e);
    struct vt_boot_result r;
    vt_st32le(e.bytes + IMAGE_PHDR(0) + 8, 0xc0100000); /* p_vaddr */
    vt_st32le(e.bytes + 24, 0xc010000c);                /* e_entry */
    enum vt_err failed =
        vt_multiboot_load(pm, &kernel, NULL, 0, &r, NULL, NULL);
    CU_ASSERT_EQUAL(failed, VT_OK);
    CU_ASSERT_EQUAL(r.entry, 0x10000c);
    vt_physmem_free(pm);
}

/* A kernel that fills low memory gets its information elsewhere. */
static void information_avoids_the_kernel(void)
{
    struct vt_physmem *pm = new_memory();
    struct image e = good_image();
    struct vt_boot_file kernel = file_of(&e);
    struct vt_boot_result r;
    vt_st32le(e.bytes + IMAGE_PHDR(1) + 12, 0x1000);  /* p_paddr */
    vt_st32le(e.bytes + IMAGE_PHDR(1) + 20, 0x9e800); /* p_memsz */
    enum vt_err failed =
        vt_multiboot_load(pm, &kernel, NULL, 0, &r, NULL, NULL);
    CU_ASSERT_EQUAL(failed, VT_OK);
    CU_ASSERT_TRUE(r.ebx >= 0x100020);
    CU_ASSERT_EQUAL(word(pm, r.ebx), 0x26d);
    vt_physmem_free(pm);
}

/* ---- bad images ---- */

static void refuse_file(const struct vt_boot_file *kernel,
                        const struct vt_boot_file *mods, unsigned count,
                        const char *expected)
{
    struct vt_physmem *pm = new_memory();
    struct vt_boot_result r;
    struct vt_error err = {0};
    enum vt_err failed =
        vt_multiboot_load(pm, kernel, mods, count, &r, NULL, &err);
    CU_ASSERT_EQUAL(failed, VT_ERR_INPUT);
    if (!strstr(err.text, expected) || strchr(err.text, '\n')) {
        fprintf(stderr, "\n  got      %s\n  expected %s\n", err.text,
                expected);
        CU_FAIL("message");
    }
    /* Nothing was written. */
    CU_ASSERT_PTR_NULL(vt_physmem_peek_page(pm, 0x100000));
    CU_ASSERT_PTR_NULL(vt_physmem_peek_page(pm, 0x9000));
    vt_physmem_free(pm);
}

static void bad_fields(void)
{
    static const struct {
        unsigned offset, bytes;
        uint32_t value;
        const char *expected;
    } rows[] = {
        {0, 1, 0, "has a Multiboot header but is not an ELF file"},
        {4, 1, 2, "not a 32-bit ELF file"},
        {5, 1, 2, "not little-endian"},
        {6, 1, 0, "unknown ELF version"},
        {16, 2, 3, "not an executable"},
        {18, 2, 62, "not for the Intel 386"},
        {24, 4, 0x300000, "entry point 0x300000 is in no segment"},
        {28, 4, 0xfffffff0, "program header table at byte 0xfffffff0"},
        {32, 4, 0x1e0, "section header table at byte 0x1e0"},
        {42, 2, 31, "program header entries have 31 bytes"},
        {44, 2, 0, "no segment to load"},
        {44, 2, 0xffff, "program header table"},
        {46, 2, 41, "section header entries have 41 bytes"},
        {48, 2, 0xffff, "section header table"},
        {IMAGE_PHDR(0) + 4, 4, 0x1e0, "a segment at byte 0x1e0"},
        {IMAGE_PHDR(0) + 4, 4, 0xffffffff, "a segment at byte 0xffffffff"},
        {IMAGE_PHDR(0) + 12, 4, 0xa0000, "outside memory"},
        {IMAGE_PHDR(0) + 12, 4, 0xfffffff0, "outside memory"},
        {IMAGE_PHDR(0) + 12, 4, 0x201000, "overlaps the one at 0x201000"},
        {IMAGE_PHDR(0) + 16, 4, 0x21, "program header 0: 0x21 bytes"},
        {IMAGE_PHDR(1) + 20, 4, 0xffffffff, "program header 1: the segment "
                                            "at 0x200000..0x1001ffffe"},
        {IMAGE_PHDR(1) + 20, 4, 0x600001, "at 0x200000..0x800000 is outside"},
        {IMAGE_SHDR(3) + 20, 4, 0xffffff00, "a section at byte 0xd0"},
        {IMAGE_HEADER + 8, 4, 1, "header at byte 0x80 has a wrong checksum"},
        {IMAGE_HEADER, 4, 0, "no Multiboot header in the first 488 bytes"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct image e = good_image();
        struct vt_boot_file kernel = file_of(&e);
        vt_stle(e.bytes + rows[i].offset, rows[i].value, rows[i].bytes);
        refuse_file(&kernel, NULL, 0, rows[i].expected);
    }
}

static void bad_flags(void)
{
    static const struct {
        uint32_t flags;
        const char *expected;
    } rows[] = {{0x4, "asks for a video mode"},
                {0x8, "does not know (flags 0x0008)"},
                {0x8003, "does not know (flags 0x8000)"}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct image e = good_image();
        struct vt_boot_file kernel = file_of(&e);
        put_multiboot_header(&e, rows[i].flags);
        refuse_file(&kernel, NULL, 0, rows[i].expected);
    }
}

/* Optional features (bits 16 up) may be passed over. */
static void optional_flags(void)
{
    struct vt_physmem *pm = new_memory();
    struct image e = good_image();
    struct vt_boot_file kernel = file_of(&e);
    struct vt_boot_result r;
    put_multiboot_header(&e, 0xffff0003);
    enum vt_err failed =
        vt_multiboot_load(pm, &kernel, NULL, 0, &r, NULL, NULL);
    CU_ASSERT_EQUAL(failed, VT_OK);
    vt_physmem_free(pm);
}

static void every_truncation(void)
{
    struct image e = good_image();
    for (size_t n = 0; n < sizeof e.bytes; n++) {
        struct vt_boot_file kernel = file_of(&e);
        kernel.bytes = n;
        refuse_file(&kernel, NULL, 0,
                    n < 4 ? "no Multiboot header" : "truncated: ");
    }
}

static void header_beyond_8_kib(void)
{
    uint8_t *big = vt_alloc(1, 16384);
    struct image e = good_image();
    memcpy(big + 8184, e.bytes + IMAGE_HEADER, 12); /* 4 bytes too far */
    const struct vt_boot_file kernel = {
        .name = "kernel.elf", .data = big, .bytes = 16384};
    refuse_file(&kernel, NULL, 0,
                "no Multiboot header in the first 8192 bytes");
    free(big);
}

static void module_too_large(void)
{
    struct image e = good_image();
    struct vt_boot_file kernel = file_of(&e);
    size_t bytes = RAM_END - 0x200000;
    uint8_t *data = vt_alloc(1, bytes);
    const struct vt_boot_file mod = {
        .name = "initrd", .data = data, .bytes = bytes};
    refuse_file(&kernel, &mod, 1, "initrd: its 6291456 bytes do not fit");
    free(data);
}

/* ---- symbols ---- */

static struct vt_symbols *symbols_of(const struct image *e, uint64_t base)
{
    struct vt_symbols *s = NULL;
    enum vt_err failed =
        vt_symbols_read(e->bytes, sizeof e->bytes, "k", base, &s, NULL);
    CU_ASSERT_EQUAL_FATAL(failed, VT_OK);
    return s;
}

static void describe(const struct vt_symbols *s, uint64_t address, char *to,
                     size_t size)
{
    vt_symbol_describe(vt_symbols_at(s, address), address, to, size);
}

static void symbol_lookup(void)
{
    struct image e = good_image();
    struct vt_symbols *s = symbols_of(&e, 0);
    char text[40];
    CU_ASSERT_EQUAL(s->count, 3); /* not the local label */
    CU_ASSERT_PTR_NULL(vt_symbols_at(s, 0x10000b));
    describe(s, 0x10000c, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "start");
    describe(s, 0x10000f, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "start+0x3");
    describe(s, 0x100010, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "0x00100010");
    /* A label without a size reaches to the end of its section. */
    describe(s, 0x10001f, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "label+0xb");
    CU_ASSERT_PTR_NULL(vt_symbols_at(s, 0x100020));
    CU_ASSERT_FALSE(vt_symbols_at(s, 0x200010)->is_code);
    CU_ASSERT_EQUAL(vt_symbols_named(s, "counter")->bytes, 8);
    CU_ASSERT_PTR_NULL(vt_symbols_named(s, "none"));
    vt_symbols_free(s);
    CU_ASSERT_PTR_NULL(vt_symbols_at(NULL, 0));
}

/* Of several names for one place the one with a size is shown; a label
 * ends where the next symbol begins. */
static void symbol_aliases(void)
{
    struct image e = good_image();
    put_symbol(&e, 2, 7, 0x10000c, 0, 0, 1);  /* label: at start */
    put_symbol(&e, 3, 13, 0x100014, 0, 0, 1); /* counter: a label */
    put_symbol(&e, 4, 8, 0x100018, 0, 0, 1);  /* "abel" */
    struct vt_symbols *s = symbols_of(&e, 0);
    CU_ASSERT_EQUAL(s->count, 3);
    CU_ASSERT_STRING_EQUAL(vt_symbols_at(s, 0x10000c)->name, "start");
    CU_ASSERT_EQUAL(vt_symbols_named(s, "counter")->bytes, 4);
    CU_ASSERT_EQUAL(vt_symbols_named(s, "abel")->bytes, 8);
    vt_symbols_free(s);
}

static void symbol_base(void)
{
    struct image e = good_image();
    struct vt_symbols *s = symbols_of(&e, 0x40000000);
    CU_ASSERT_STRING_EQUAL(vt_symbols_at(s, 0x4010000d)->name, "start");
    CU_ASSERT_PTR_NULL(vt_symbols_at(s, 0x10000d));
    vt_symbols_free(s);
}

static void stripped(void)
{
    struct image e = good_image();
    vt_st16le(e.bytes + 48, 0);
    struct vt_symbols *s = symbols_of(&e, 0);
    CU_ASSERT_EQUAL(s->count, 0);
    vt_symbols_free(s);
}

static void bad_symbols(void)
{
    static const struct {
        unsigned offset;
        uint32_t value;
        const char *expected;
    } rows[] = {
        {IMAGE_SHDR(3) + 24, 5, "names string table 5, but there are 5"},
        {IMAGE_SHDR(3) + 24, 1, "section 1, which the symbol table"},
        {IMAGE_SHDR(4) + 20, 0x10000, "truncated: a section at byte 0xb0"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct image e = good_image();
        struct vt_symbols *s = NULL;
        struct vt_error err = {0};
        vt_st32le(e.bytes + rows[i].offset, rows[i].value);
        CU_ASSERT_EQUAL(vt_symbols_read(e.bytes, sizeof e.bytes, "k", 0, &s,
                                        &err),
                        VT_ERR_INPUT);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, rows[i].expected));
    }
    struct image e = good_image(); /* names outside the table are dropped */
    vt_st32le(e.bytes + IMAGE_SYMTAB + 16, 0xffff);
    struct vt_symbols *s = symbols_of(&e, 0);
    CU_ASSERT_EQUAL(s->count, 2);
    vt_symbols_free(s);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"segments go where p_paddr says, .bss is zero", segments},
        {"the boot information says what is there", information},
        {"the memory map lists all RAM", memory_map},
        {"modules are page-aligned, behind the kernel, with strings",
         modules},
        {"unloaded sections are placed and their headers say where",
         sections},
        {"the entry point moves with its segment",
         entry_moves_with_its_segment},
        {"the boot information avoids the kernel",
         information_avoids_the_kernel},
        {"each bad field is refused by name", bad_fields},
        {"mandatory flags it cannot honour are refused", bad_flags},
        {"optional flags are passed over", optional_flags},
        {"every truncation is refused", every_truncation},
        {"a header beyond 8 KiB does not count", header_beyond_8_kib},
        {"a module that does not fit is refused", module_too_large},
        {"symbols are found by address and name", symbol_lookup},
        {"one symbol is shown for each place", symbol_aliases},
        {"a base moves the symbols", symbol_base},
        {"a stripped file has no symbols", stripped},
        {"damaged symbol tables are refused", bad_symbols},
    };
    return run_suite("multiboot", cases, ARRAY_SIZE(cases));
}
