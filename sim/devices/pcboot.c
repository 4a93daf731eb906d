/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Booting a PC from files of the host, and the sizes users write.
 *
 * Command lines begin with the file's name without its directory, as GRUB
 * and QEMU have it; the directory is left out because the guest's run must
 * not depend on where the user keeps the file. */
#include "sim/devices/pc.h"

#include "sim/devices/elf32.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX_BYTES ((size_t)1 << 30)

static const char *basename_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A file in memory, with its command line. */
struct image {
    uint8_t *data;
    size_t bytes;
    char *string;
};

static enum vt_err read_image(const struct vt_pc_image *from,
                              struct image *to, struct vt_error *err)
{
    const char *name = basename_of(from->path);
    const char *args = from->args ? from->args : "";
    size_t size = strlen(name) + strlen(args) + 2;
    to->string = vt_alloc(size, 1);
    snprintf(to->string, size, "%s%s%s", name, args[0] ? " " : "", args);
    return vt_read_file(from->path, FILE_MAX_BYTES, &to->data, &to->bytes, err);
}

static struct vt_boot_file boot_file(const struct vt_pc_image *from,
                                     const struct image *image)
{
    return (struct vt_boot_file){.name = from->path,
                                 .data = image->data,
                                 .bytes = image->bytes,
                                 .string = image->string};
}

/* A module is just bytes: one without usable symbols is no error. */
static void read_module_symbols(const struct vt_pc_image *from,
                                const struct image *image,
                                struct vt_symbols **to)
{
    struct vt_error ignored;
    if (vt_symbols_read(image->data, image->bytes,
                        basename_of(from->path), 0, to, &ignored))
        *to = NULL;
}

/* images[0] is the kernel. */
static enum vt_err boot_images(struct vt_pc *pc,
                               const struct vt_pc_image *kernel,
                               const struct vt_pc_image *modules,
                               const struct image *images,
                               struct vt_boot_file *files,
                               struct vt_pc_booted *to, struct vt_error *err)
{
    files[0] = boot_file(kernel, &images[0]);
    for (unsigned i = 0; i < to->module_count; i++)
        files[i + 1] = boot_file(&modules[i], &images[i + 1]);
    enum vt_err failed = vt_multiboot_load(
        vt_machine_physmem(vt_pc_machine(pc)), &files[0], &files[1],
        to->module_count, &to->start, to->modules, err);
    if (!failed)
        failed = vt_symbols_read(images[0].data, images[0].bytes,
                                 basename_of(kernel->path), 0,
                                 &to->kernel_symbols, err);
    for (unsigned i = 0; i < to->module_count && !failed; i++)
        read_module_symbols(&modules[i], &images[i + 1],
                            &to->module_symbols[i]);
    return failed;
}

enum vt_err vt_pc_boot(struct vt_pc *pc, const struct vt_pc_image *kernel,
                       const struct vt_pc_image *modules,
                       unsigned module_count, struct vt_pc_booted *to,
                       struct vt_error *err)
{
    size_t files = (size_t)module_count + 1;
    struct image *images = vt_alloc(files, sizeof *images);
    struct vt_boot_file *boot = vt_alloc(files, sizeof *boot);
    *to = (struct vt_pc_booted){.module_count = module_count};
    to->modules = vt_alloc(files, sizeof *to->modules);
    to->module_symbols = vt_alloc(files, sizeof *to->module_symbols);
    enum vt_err failed = read_image(kernel, &images[0], err);
    for (unsigned i = 0; i < module_count && !failed; i++)
        failed = read_image(&modules[i], &images[i + 1], err);
    if (!failed)
        failed = boot_images(pc, kernel, modules, images, boot, to, err);
    for (size_t i = 0; i < files; i++) {
        free(images[i].data);
        free(images[i].string);
    }
    free(images);
    free(boot);
    if (failed)
        vt_pc_booted_free(to);
    return failed;
}

void vt_pc_booted_free(struct vt_pc_booted *booted)
{
    vt_symbols_free(booted->kernel_symbols);
    for (unsigned i = 0; i < booted->module_count; i++)
        vt_symbols_free(booted->module_symbols[i]);
    free(booted->module_symbols);
    free(booted->modules);
    *booted = (struct vt_pc_booted){0};
}

/* ---- sizes ---- */

/* The shift that a suffix stands for, -1 if it is none. */
static int suffix_shift(const char *suffix)
{
    static const char letters[] = "KMGT";
    if (suffix[0] == '\0')
        return 20;
    char letter = suffix[0];
    if (letter >= 'a' && letter <= 'z')
        letter = (char)(letter - 'a' + 'A');
    const char *found = strchr(letters, letter);
    const char *rest = suffix + 1;
    if (!found || (rest[0] && strcmp(rest, "B") && strcmp(rest, "iB")))
        return -1;
    return 10 * (int)(found - letters + 1);
}

enum vt_err vt_pc_parse_size(const char *text, uint64_t *bytes,
                             struct vt_error *err)
{
    const char *p = text;
    uint64_t n = 0;
    bool fits = true;
    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');
        fits = fits && n <= (UINT64_MAX - digit) / 10;
        n = n * 10 + digit;
    }
    int shift = suffix_shift(p);
    if (p == text || shift < 0)
        return vt_fail(err, VT_ERR_INPUT,
                       "'%s' is not a memory size; write 512K, 128M or 2G",
                       text);
    if (!fits || n > UINT64_MAX >> shift)
        return vt_fail(err, VT_ERR_INPUT, "memory size %s is too large",
                       text);
    *bytes = n << shift;
    return VT_OK;
}
