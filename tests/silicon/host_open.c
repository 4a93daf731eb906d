/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening the host's half: the arena in this process, the LDT, what the host
 * is.
 *
 * The arena is one file in memory mapped twice: at the addresses that
 * instructions see, with the rights they have, and once more for us. */
#define _GNU_SOURCE
#include "tests/silicon/host_enter.h"

#if SILICON_HOST

#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asm/ldt.h>
#include <cpuid.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef HWCAP2_FSGSBASE
#define HWCAP2_FSGSBASE 2
#endif
#define ARCH_GET_FS_CODE 0x1003
#define ARCH_SET_GS_CODE 0x1001

static struct host_page *const page = (void *)(uintptr_t)HOST_PAGE;
static uint8_t *const stubs = (void *)(uintptr_t)HOST_STUBS;

/* --- what is mapped --------------------------------------------------------- */

#define RANGES 512
static struct {
    uint64_t from, to;
} ranges[RANGES];
static unsigned range_count;

static bool read_ranges(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512];
    if (!f)
        return false;
    range_count = 0;
    while (range_count < RANGES && fgets(line, sizeof line, f)) {
        unsigned long long from, to;
        if (sscanf(line, "%llx-%llx", &from, &to) != 2)
            continue;
        ranges[range_count].from = from;
        ranges[range_count++].to = to;
    }
    fclose(f);
    return range_count > 0 && range_count < RANGES;
}

/* Below 4 GiB nothing of ours moves once it is mapped.  Above, only what no
 * process has: the kernel's half and what is not canonical (and no vsyscall
 * page, which the kernel emulates). */
bool sil_host_unmapped(uint64_t la, unsigned bytes)
{
    uint64_t end = la + bytes;
    if (end < la)
        return false;
    if (la >= UINT64_C(0x100000000))
        return la >= UINT64_C(0x800000000000) &&
               end <= UINT64_C(0xffffffffff000000);
    for (unsigned i = 0; i < range_count; i++)
        if (la < ranges[i].to && end > ranges[i].from)
            return false;
    return true;
}

static void *map_fixed(uint64_t at, size_t bytes, int rights, int file,
                       off_t offset)
{
    /* Present from the start: whether a page fault says so must not depend
     * on what the kernel has brought in. */
    int flags = MAP_FIXED_NOREPLACE | MAP_POPULATE |
                (file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
    void *wanted = (void *)(uintptr_t)at;
    void *got = mmap(wanted, bytes, rights, flags, file, offset);
    if (got != MAP_FAILED && got != wanted) {
        munmap(got, bytes);
        return NULL;
    }
    if (got != MAP_FAILED)
        (void)mlock(got, bytes); /* not allowed everywhere */
    return got == MAP_FAILED ? NULL : got;
}

static const char *map_arena(struct sil_host *h)
{
    static char why[80];
    int file = (int)syscall(SYS_memfd_create, "arena", 0);
    if (file < 0 || ftruncate(file, SIL_PAGES * SIL_PAGE_BYTES) != 0)
        return "the host gives no file in memory";
    uint8_t *all = mmap(NULL, SIL_PAGES * SIL_PAGE_BYTES,
                        PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (all == MAP_FAILED)
        return "the host gives no file in memory";
    for (unsigned i = 0; i < SIL_PAGES; i++) {
        const struct sil_page *p = &sil_pages[i];
        int rights = PROT_READ | (p->rights & SIL_W ? PROT_WRITE : 0) |
                     (p->rights & SIL_X ? PROT_EXEC : 0);
        h->page[i] = all + i * SIL_PAGE_BYTES;
        if (!map_fixed(p->la, SIL_PAGE_BYTES, rights, file,
                       (off_t)(i * SIL_PAGE_BYTES))) {
            snprintf(why, sizeof why, "the host's address %llx is not free",
                     (unsigned long long)p->la);
            return why;
        }
    }
    close(file);
    memset(h->page[SIL_CODE0], 0xcc, SIL_PAGE_BYTES);
    memset(h->page[SIL_CODE1], 0xcc, SIL_PAGE_BYTES);
    if (!map_fixed(HOST_PAGE, SIL_PAGE_BYTES, PROT_READ | PROT_WRITE, -1, 0) ||
        !map_fixed(HOST_STUBS, SIL_PAGE_BYTES, PROT_READ | PROT_WRITE, -1, 0))
        return "the host's low addresses are not free";
    memcpy(stubs, host_stub_sequential,
           (size_t)(host_stubs_end - host_stub_sequential));
    if (mprotect(stubs, SIL_PAGE_BYTES, PROT_READ | PROT_EXEC) != 0)
        return "the host gives no executable memory";
    return NULL;
}

/* --- opening --------------------------------------------------------------------- */

void sil_host_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    memset(out, 0, 16);
    if (leaf <= (uint32_t)__get_cpuid_max(leaf & 0x80000000, NULL))
        __cpuid_count(leaf, subleaf, out[0], out[1], out[2], out[3]);
}

static void identify(struct sil_host *h)
{
    uint32_t r[4];
    char vendor[13] = "", line[4096];
    sil_host_cpuid(0, 0, r);
    memcpy(vendor, &r[1], 4);
    memcpy(vendor + 4, &r[3], 4);
    memcpy(vendor + 8, &r[2], 4);
    h->amd = strcmp(vendor, "AuthenticAMD") == 0 ||
             strcmp(vendor, "HygonGenuine") == 0;
    h->fsgsbase = (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) != 0;
    host_has_fsgsbase = h->fsgsbase;
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (strstr(line, "split_lock_detect"))
            h->split_lock = true;
    if (f)
        fclose(f);
}

static bool install_ldt(void)
{
    for (unsigned i = 0; i < SIL_LDT_ENTRIES; i++) {
        const struct sil_segment *s = &sil_ldt[i];
        struct user_desc d;
        memset(&d, 0, sizeof d);
        d.entry_number = i;
        d.base_addr = s->base;
        d.limit = s->limit;
        d.seg_32bit = s->big;
        d.contents = s->expand_down ? MODIFY_LDT_CONTENTS_STACK
                                    : MODIFY_LDT_CONTENTS_DATA;
        d.read_exec_only = s->read_only;
        d.limit_in_pages = s->limit_in_pages;
        d.seg_not_present = s->absent;
        if (syscall(SYS_modify_ldt, 0x11, &d, sizeof d) != 0)
            return false;
    }
    return true;
}

/* A NOP in 32-bit code comes back where the kernel has such segments. */
static bool has_code32(const struct sil_host *h)
{
    struct sil_case c;
    struct sil_outcome out;
    memset(&c, 0, sizeof c);
    c.mode = 32;
    c.bytes[0] = 0x90;
    c.length = 1;
    c.before.rip = sil_pages[SIL_CODE0].la;
    c.before.rflags = 0x202;
    c.before.gpr[IA32_RSP] = sil_pages[SIL_STACK1].la;
    c.before.sel[IA32_CS] = SIL_CS32;
    c.before.sel[IA32_SS] = SIL_DS;
    memcpy(c.before.fx, page->clean_fx, sizeof c.before.fx);
    sil_host_run(h, &c, c.before.rip + 1, &out);
    return out.result == SIL_DONE && out.after.rip == c.before.rip + 1;
}

const char *sil_host_open(struct sil_host *h)
{
    memset(h, 0, sizeof *h);
    identify(h);
    const char *why = map_arena(h);
    if (why)
        return why;
    page->leave = (uint64_t)(uintptr_t)host_leave;
    __asm__ volatile("fxsave64 %0" : "=m"(page->clean_fx));
    if (syscall(SYS_arch_prctl, ARCH_GET_FS_CODE, &page->host_fs_base) != 0 ||
        !host_install_handlers())
        return "the host gives no signal stack";
    h->ldt = install_ldt();
    if (!read_ranges())
        return "/proc/self/maps cannot be read";
    h->code32 = has_code32(h);
    return NULL;
}

void sil_host_mode(const struct sil_host *h, unsigned mode)
{
    uint32_t data = SIL_DS, gs = mode == 32 && h->ldt ? SIL_LDT_GS : 0;
    __asm__ volatile("movl %0, %%ds\n\tmovl %0, %%es\n\tmovl %1, %%gs" ::"r"(
                         data), "r"(gs));
    if (mode == 64)
        syscall(SYS_arch_prctl, ARCH_SET_GS_CODE, SIL_GS_BASE64);
}

#else

const char *sil_host_open(struct sil_host *h)
{
    memset(h, 0, sizeof *h);
    #ifdef SILICON_SANITIZED
    return "built with a sanitizer";
#else
    return "the host is no x86-64 with Linux";
#endif
}

void sil_host_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    (void)leaf;
    (void)subleaf;
    memset(out, 0, 4 * sizeof out[0]);
}

void sil_host_mode(const struct sil_host *h, unsigned mode)
{
    (void)h;
    (void)mode;
}

bool sil_host_unmapped(uint64_t la, unsigned bytes)
{
    (void)la;
    (void)bytes;
    return true;
}

#endif
