/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: the boot loader and the symbol reader.  The first byte says
 * how many modules come along; the rest is the kernel.  Whatever the bytes,
 * both either succeed with consistent results or refuse with one line. */
#include "tests/fuzz/fuzz.h"

#include "tests/devices/elfimage.h"

#include "sim/devices/elfsyms.h"
#include "sim/devices/multiboot.h"

#include <stdlib.h>

#define RAM_BYTES (UINT64_C(8) << 20)

const unsigned long fuzz_default_count = 300000;

/* The good image with 0, 1 and 3 modules. */
size_t fuzz_seed(unsigned i, uint8_t *to, size_t max_bytes)
{
    static const uint8_t modules[] = {0, 1, 3};
    struct image e = good_image();
    if (i >= ARRAY_SIZE(modules))
        return SIZE_MAX;
    vt_assert(sizeof e.bytes + 1 <= max_bytes);
    to[0] = modules[i];
    memcpy(to + 1, e.bytes, sizeof e.bytes);
    return sizeof e.bytes + 1;
}

static void check_refusal(enum vt_err failed, const struct vt_error *err)
{
    if (failed)
        vt_assert(err->text[0] != '\0' && !strchr(err->text, '\n'));
}

static void load(const uint8_t *data, size_t bytes, unsigned modules)
{
    struct vt_physmem *pm = vt_physmem_new();
    if (vt_physmem_add_ram(pm, 0, 0xa0000, NULL) ||
        vt_physmem_add_ram(pm, 0x100000, RAM_BYTES - 0x100000, NULL))
        abort();
    const struct vt_boot_file kernel = {
        .name = "fuzz", .data = data, .bytes = bytes, .string = "fuzz"};
    const struct vt_boot_file mods[3] = {kernel, kernel, kernel};
    struct vt_boot_result r;
    struct vt_boot_module placed[3];
    struct vt_error err = {0};
    enum vt_err failed =
        vt_multiboot_load(pm, &kernel, mods, modules, &r, placed, &err);
    check_refusal(failed, &err);
    if (!failed) {
        vt_assert(vt_physmem_is_ram(pm, r.entry));
        vt_assert(vt_physmem_is_ram(pm, r.ebx));
        for (unsigned i = 0; i < modules; i++)
            vt_assert(placed[i].end_pa - placed[i].start_pa == bytes);
    }
    vt_physmem_free(pm);
}

static void read_symbols(const uint8_t *data, size_t bytes)
{
    struct vt_symbols *s = NULL;
    struct vt_error err = {0};
    enum vt_err failed = vt_symbols_read(data, bytes, "fuzz", 0, &s, &err);
    check_refusal(failed, &err);
    for (size_t i = 0; !failed && i < s->count; i++) {
        vt_assert(s->rows[i].bytes > 0);
        vt_assert(i == 0 || s->rows[i].address > s->rows[i - 1].address);
        vt_assert(vt_symbols_at(s, s->rows[i].address) == &s->rows[i]);
    }
    vt_symbols_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0)
        return 0;
    load(data + 1, bytes - 1, data[0] % 4);
    read_symbols(data + 1, bytes - 1);
    return 0;
}
