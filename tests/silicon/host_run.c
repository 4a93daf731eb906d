/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host's half: the arena in this process, signals, and one case from
 * bytes to outcome.
 *
 * The arena is one file in memory mapped twice: at the addresses that
 * instructions see, with the rights they have, and once more for us.
 *
 * What follows an instruction.  Both code pages are full of INT3.  Behind the
 * instruction, and where it is expected to jump, stands a jump to a stub
 * ("pad"), so that the common case needs no signal.  Control that arrives
 * anywhere else is told by the trap's RIP, or by the page fault of the fetch.
 *
 * Left out: hosts without sigaltstack's cousin for 16-bit stacks; the CPU is
 * always left through 64-bit code. */
#define _GNU_SOURCE
#include "tests/silicon/host_enter.h"

#if SILICON_HOST

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <asm/ldt.h>
#include <cpuid.h>

extern uint8_t host_has_fsgsbase;

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

/* --- signals ------------------------------------------------------------------ */

/* EFLAGS.AC may still be set; a push of new flags must not touch the red
 * zone. */
static inline void clean_flags(void)
{
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\tpushq $2\n\tpopfq\n\t"
                     "leaq 128(%%rsp), %%rsp" ::: "cc", "memory");
}

static inline uint64_t segment_register(unsigned which)
{
    uint32_t v = 0;
    switch (which) {
    case 0: __asm__("movl %%ds, %0" : "=r"(v)); break;
    case 1: __asm__("movl %%es, %0" : "=r"(v)); break;
    case 2: __asm__("movl %%fs, %0" : "=r"(v)); break;
    default: __asm__("movl %%gs, %0" : "=r"(v)); break;
    }
    return v;
}

static inline void read_bases(void)
{
    if (page->load != HOST_LOAD_BASES)
        return;
    __asm__ volatile("rdfsbase %0" : "=r"(page->fs_base));
    __asm__ volatile("rdgsbase %0" : "=r"(page->gs_base));
}

/* In gregs by the number of the register. */
static const uint8_t greg[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15
};

static void take_context(const ucontext_t *uc)
{
    const greg_t *g = uc->uc_mcontext.gregs;
    for (unsigned i = 0; i < 16; i++)
        page->gpr[i] = (uint64_t)g[greg[i]];
    page->rip = (uint64_t)g[REG_RIP];
    page->rflags = (uint64_t)g[REG_EFL];
    page->cs = (uint64_t)g[REG_CSGSFS] & 0xffff;
    page->ss = (uint64_t)g[REG_CSGSFS] >> 48;
    page->ds = segment_register(0);
    page->es = segment_register(1);
    page->fs = segment_register(2);
    page->gs = segment_register(3);
    read_bases();
    page->trap = (uint64_t)g[REG_TRAPNO];
    page->error = (uint64_t)g[REG_ERR];
    page->cr2 = (uint64_t)g[REG_CR2];
    const uint64_t *from = (const void *)uc->uc_mcontext.fpregs;
    for (unsigned i = 0; i < 64; i++)
        ((uint64_t *)(void *)page->fx)[i] = from[i];
}

/* FS may not be the C library's here: nothing of it may be called. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    clean_flags();
    (void)info;
    if (!page->running) { /* a bug of this program, not of a case */
        signal(number, SIG_DFL);
        return;
    }
    take_context(context);
    page->exit = HOST_EXIT_SIGNAL;
    host_unwind();
}

/* Every second: is it still the case it was? */
static void on_watchdog(int number, siginfo_t *info, void *context)
{
    clean_flags();
    (void)number;
    (void)info;
    if (!page->running || page->watched != page->cases) {
        page->watched = page->cases;
        return;
    }
    take_context(context);
    page->exit = HOST_EXIT_WATCHDOG;
    host_unwind();
}

static bool install_handlers(void)
{
    static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
    size_t bytes = 1 << 16; /* AVX-512 frames are large */
    stack_t stack = { .ss_sp = malloc(bytes), .ss_size = bytes };
    struct sigaction act = { .sa_sigaction = on_signal,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK |
                                         SA_NODEFER };
    if (!stack.ss_sp || sigaltstack(&stack, NULL) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
        if (sigaction(faults[i], &act, NULL) != 0)
            return false;
    act.sa_sigaction = on_watchdog;
    act.sa_flags |= SA_RESTART;
    struct itimerval second = { { 1, 0 }, { 1, 0 } };
    return sigaction(SIGALRM, &act, NULL) == 0 &&
           setitimer(ITIMER_REAL, &second, NULL) == 0;
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
        !install_handlers())
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

/* --- one case ---------------------------------------------------------------------- */

/* Our view of code at la; NULL when its length bytes are not all there. */
static uint8_t *code_at(const struct sil_host *h, uint64_t la, unsigned length)
{
    uint64_t base = sil_pages[SIL_CODE0].la;
    if (la < base || la + length > base + 2 * SIL_PAGE_BYTES)
        return NULL;
    return h->page[SIL_CODE0] + (la - base); /* the two follow each other */
}

#define PAD_BYTES 7u

static bool put_pad(const struct sil_host *h, const struct sil_case *c,
                    uint64_t at, const char *stub)
{
    uint8_t *p = code_at(h, at, PAD_BYTES);
    if (!p)
        return false;
    uint64_t to = HOST_STUBS + (uint64_t)(stub - host_stub_sequential);
    if (c->mode == 64) {
        uint32_t distance = (uint32_t)(to - (at + 5));
        p[0] = 0xe9; /* JMP rel32 */
        memcpy(p + 1, &distance, 4);
    } else {
        uint32_t low = (uint32_t)to;
        p[0] = 0xea; /* JMP ptr16:32 */
        memcpy(p + 1, &low, 4);
        p[5] = SIL_CS64;
        p[6] = 0;
    }
    return true;
}

static void clear_pad(const struct sil_host *h, uint64_t at)
{
    memset(code_at(h, at, PAD_BYTES), 0xcc, PAD_BYTES);
}

static bool apart(uint64_t a, unsigned a_bytes, uint64_t b, unsigned b_bytes)
{
    return a + a_bytes <= b || b + b_bytes <= a;
}

static void load_state(const struct sil_host *h, const struct sil_case *c)
{
    const struct sil_state *s = &c->before;
    memcpy(page->gpr, s->gpr, sizeof page->gpr);
    page->rip = s->rip;
    page->rflags = s->rflags;
    page->cs = s->sel[IA32_CS];
    page->ss = s->sel[IA32_SS];
    page->ds = s->sel[IA32_DS];
    page->es = s->sel[IA32_ES];
    page->fs = s->sel[IA32_FS];
    page->gs = s->sel[IA32_GS];
    page->fs_base = s->fs_base;
    page->gs_base = s->gs_base;
    memcpy(page->fx, s->fx, sizeof page->fx);
    page->load = !c->uses_fs      ? HOST_LOAD_NONE
                 : c->mode == 32  ? HOST_LOAD_SELECTORS
                 : h->fsgsbase    ? HOST_LOAD_BASES
                                  : HOST_LOAD_BY_KERNEL;
}

static void store_state(const struct sil_case *c, struct sil_state *s)
{
    memcpy(s->gpr, page->gpr, sizeof s->gpr);
    s->rip = page->rip;
    s->rflags = page->rflags;
    s->sel[IA32_CS] = (uint16_t)page->cs;
    s->sel[IA32_SS] = (uint16_t)page->ss;
    s->sel[IA32_DS] = (uint16_t)page->ds;
    s->sel[IA32_ES] = (uint16_t)page->es;
    s->sel[IA32_FS] = c->uses_fs ? (uint16_t)page->fs : c->before.sel[IA32_FS];
    s->sel[IA32_GS] = (uint16_t)page->gs;
    s->fs_base = page->load == HOST_LOAD_BASES ? page->fs_base
                                               : c->before.fs_base;
    s->gs_base = page->load == HOST_LOAD_BASES ? page->gs_base
                                               : c->before.gs_base;
    memcpy(s->fx, page->fx, sizeof s->fx);
}

static bool is_code(uint64_t la)
{
    int found = sil_find_page(la);
    return found >= 0 && (sil_pages[found].rights & SIL_X);
}

static uint64_t next_rip(const struct sil_case *c)
{
    uint64_t next = c->before.rip + c->length;
    return c->mode == 64 ? next : (uint32_t)next;
}

static void signalled(const struct sil_case *c, struct sil_outcome *out)
{
    out->after.rip = page->rip;
    out->result = SIL_FAULT;
    out->vector = (unsigned)page->trap;
    out->error_code = (uint32_t)page->error;
    out->cr2 = page->trap == IA32_PF ? page->cr2 : 0;
    if (page->trap == IA32_BP && is_code(page->rip - 1) &&
        !(c->traps && page->rip == next_rip(c))) {
        out->result = SIL_DONE; /* it arrived at an INT3 */
        out->after.rip = page->rip - 1;
    } else if (page->trap == IA32_PF && page->rip == page->cr2 &&
               page->rip != c->before.rip) {
        out->result = SIL_DONE; /* nothing can be fetched where it went */
    }
}

void sil_host_run(const struct sil_host *h, const struct sil_case *c,
                  uint64_t expected_rip, struct sil_outcome *out)
{
    uint64_t start = c->before.rip, next = next_rip(c);
    uint8_t *code = code_at(h, start, 1);
    unsigned room = (unsigned)(sil_pages[SIL_CODE0].la + 2 * SIL_PAGE_BYTES -
                               start);
    unsigned length = c->length < room ? c->length : room;
    bool wants_target = !c->leaves_cs && expected_rip != next &&
                        apart(expected_rip, PAD_BYTES, start,
                              c->length + PAD_BYTES);
    bool shared = expected_rip != next && !wants_target;
    memcpy(code, c->bytes, length);
    bool sequential = !c->leaves_cs && !shared &&
                      put_pad(h, c, next, host_stub_sequential);
    bool target = wants_target &&
                  put_pad(h, c, expected_rip, host_stub_target);
    load_state(h, c);
    page->cases++;
    page->exit = HOST_EXIT_WATCHDOG;
    host_enter();
    out->vector = 0;
    out->error_code = 0;
    out->cr2 = 0;
    out->result = SIL_DONE;
    store_state(c, &out->after);
    switch (page->exit) {
    case HOST_EXIT_SEQUENTIAL: out->after.rip = next; break;
    case HOST_EXIT_TARGET: out->after.rip = expected_rip; break;
    case HOST_EXIT_SIGNAL: signalled(c, out); break;
    default: out->result = SIL_HANG; break;
    }
    memset(code, 0xcc, length);
    if (sequential)
        clear_pad(h, next);
    if (target)
        clear_pad(h, expected_rip);
    if (page->load != HOST_LOAD_NONE || page->ds != SIL_DS ||
        page->es != SIL_DS)
        sil_host_mode(h, c->mode);
}

#else

const char *sil_host_open(struct sil_host *h)
{
    memset(h, 0, sizeof *h);
    return "the host is no x86-64 with Linux";
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

void sil_host_run(const struct sil_host *h, const struct sil_case *c,
                  uint64_t expected_rip, struct sil_outcome *out)
{
    (void)h;
    (void)expected_rip;
    memset(out, 0, sizeof *out);
    out->after = c->before;
    out->result = SIL_LOST;
}

bool sil_host_unmapped(uint64_t la, unsigned bytes)
{
    (void)la;
    (void)bytes;
    return true;
}

#endif
