/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the host's processor raises: the kernel makes signals of it, whose
 * handlers take the whole state out of the context and leave straight to
 * where the case was entered.  No handler returns, but for the watchdog's. */
#define _GNU_SOURCE
#include "tests/silicon/host_enter.h"

#if SILICON_HOST

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <ucontext.h>

static struct host_page *const page = (void *)(uintptr_t)HOST_PAGE;

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

bool host_install_handlers(void)
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

#endif
