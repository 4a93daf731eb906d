/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small Multiboot kernel in ELF32 format, made in memory so that tests can
 * break it byte by byte:
 *
 *     000h  ELF header
 *     034h  2 program headers: code at 1 MiB, data at 2 MiB with .bss
 *     080h  Multiboot header, then code ("CODE" at 08Ch)
 *     0A0h  data
 *     0B0h  string table, 0D0h symbol table
 *     120h  5 section headers: null, .text, .bss, .symtab, .strtab
 */
#ifndef TEST_DEVICES_ELFIMAGE_H
#define TEST_DEVICES_ELFIMAGE_H

#include "sim/machine/vt.h"

#define IMAGE_BYTES 0x1e8u
#define IMAGE_PHDR(i) (0x34u + 32u * (i))
#define IMAGE_HEADER 0x80u
#define IMAGE_STRTAB 0xb0u
#define IMAGE_SYMTAB 0xd0u
#define IMAGE_SHDR(i) (0x120u + 40u * (i))

struct image {
    uint8_t bytes[IMAGE_BYTES];
};

static inline void put_words(uint8_t *at, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        vt_st32le(at + 4 * i, words[i]);
}

static inline void put_symbol(struct image *e, unsigned i, uint32_t name,
                              uint32_t value, uint32_t size, unsigned type,
                              unsigned section)
{
    uint8_t *at = e->bytes + IMAGE_SYMTAB + 16 * i;
    const uint32_t words[] = {name, value, size};
    put_words(at, words, 3);
    at[12] = (uint8_t)(1 << 4 | type);
    vt_st16le(at + 14, (uint16_t)section);
}

static inline void put_multiboot_header(struct image *e, uint32_t flags)
{
    const uint32_t words[] = {0x1badb002, flags, 0u - 0x1badb002u - flags};
    put_words(e->bytes + IMAGE_HEADER, words, 3);
}

static inline struct image good_image(void)
{
    struct image e = {{0}};
    static const uint8_t identity[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    memcpy(e.bytes, identity, sizeof identity);
    vt_st16le(e.bytes + 16, 2); /* executable */
    vt_st16le(e.bytes + 18, 3); /* Intel 386 */
    const uint32_t header[] = {1, 0x10000c, 0x34, 0x120, 0};
    put_words(e.bytes + 20, header, 5);
    vt_st16le(e.bytes + 40, 52);
    vt_st16le(e.bytes + 42, 32);
    vt_st16le(e.bytes + 44, 2);
    vt_st16le(e.bytes + 46, 40);
    vt_st16le(e.bytes + 48, 5);
    vt_st16le(e.bytes + 50, 4);
    const uint32_t code[] = {1, 0x80, 0x100000, 0x100000, 0x20, 0x20, 5, 4};
    const uint32_t data[] = {1, 0xa0, 0x200000, 0x200000, 0x10, 0x3000, 6, 4};
    put_words(e.bytes + IMAGE_PHDR(0), code, 8);
    put_words(e.bytes + IMAGE_PHDR(1), data, 8);
    put_multiboot_header(&e, 3);
    memcpy(e.bytes + 0x8c, "CODE", 4);
    memcpy(e.bytes + 0xa0, "some data here!", 16);
    memcpy(e.bytes + IMAGE_STRTAB, "\0start\0label\0counter\0.L1", 25);
    put_symbol(&e, 1, 1, 0x10000c, 4, 2, 1);   /* start: function */
    put_symbol(&e, 2, 7, 0x100014, 0, 0, 1);   /* label */
    put_symbol(&e, 3, 13, 0x200010, 8, 1, 2);  /* counter: object */
    put_symbol(&e, 4, 21, 0x100018, 0, 0, 1);  /* .L1: local label */
    const uint32_t text[] = {0, 1, 6, 0x100000, 0x80, 0x20, 0, 0, 4, 0};
    const uint32_t bss[] = {0, 8, 3, 0x200010, 0xb0, 0x2ff0, 0, 0, 4, 0};
    const uint32_t symtab[] = {0, 2, 0, 0, IMAGE_SYMTAB, 80, 4, 1, 4, 16};
    const uint32_t strtab[] = {0, 3, 0, 0, IMAGE_STRTAB, 25, 0, 0, 1, 0};
    put_words(e.bytes + IMAGE_SHDR(1), text, 10);
    put_words(e.bytes + IMAGE_SHDR(2), bss, 10);
    put_words(e.bytes + IMAGE_SHDR(3), symtab, 10);
    put_words(e.bytes + IMAGE_SHDR(4), strtab, 10);
    return e;
}

#endif
