/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page through which state goes into the host's processor and comes back
 * (host_enter.c).  Its address is below 2 GiB, so that assembly reaches it
 * from anywhere without a register. */
#ifndef TESTS_SILICON_HOST_ENTER_H
#define TESTS_SILICON_HOST_ENTER_H

#include "tests/silicon/silicon.h"

#define HOST_PAGE 0x30000000
#define HOST_STUBS 0x30001000

/* Offsets that the assembly knows stand beside their fields. */
struct host_page {
    uint64_t gpr[16];       /* 0 */
    uint64_t rip, rflags;   /* 128 136 */
    uint64_t cs, ss, ds, es, fs, gs; /* 144 152 160 168 176 184 */
    uint64_t fs_base, gs_base; /* 192 200 */
    uint64_t load;          /* 208: enum host_load */
    uint64_t exit;          /* 216: enum host_exit */
    uint64_t host_rsp;      /* 224 */
    uint64_t leave;         /* 232: address of host_leave */
    uint64_t host_fs_base;  /* 240 */
    uint64_t trap, error, cr2; /* 248 256 264 */
    uint64_t running;       /* 272: between host_enter and its return */
    uint64_t cases, watched; /* 280 288: for the watchdog */
    uint64_t unused[27];
    _Alignas(16) uint8_t fx[512]; /* 512 */
    _Alignas(16) uint8_t clean_fx[512]; /* 1024: what C code wants */
};

enum host_load {
    HOST_LOAD_NONE,      /* DS ES FS GS stay as they are */
    HOST_LOAD_SELECTORS, /* 32-bit code */
    HOST_LOAD_BASES,     /* 64-bit code, by WRFSBASE and WRGSBASE */
    HOST_LOAD_BY_KERNEL  /* 64-bit code, by arch_prctl */
};

enum host_exit {
    HOST_EXIT_SEQUENTIAL = 1, HOST_EXIT_TARGET, HOST_EXIT_SIGNAL,
    HOST_EXIT_WATCHDOG
};

/* Handlers for everything that a case may raise; once (host_signal.c). */
bool host_install_handlers(void);
extern uint8_t host_has_fsgsbase;
/* Run from the state in the host page, until something comes back. */
void host_enter(void);
/* Leave a signal handler straight to where host_enter was called. */
_Noreturn void host_unwind(void);
/* The end of the way back of an instruction that went through a pad. */
extern const char host_leave[];
/* To be copied to HOST_STUBS: two entries, then what they have in common. */
extern const char host_stub_sequential[], host_stub_target[],
    host_stubs_end[];

#endif
