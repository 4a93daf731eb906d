/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast simulated programs run: million instructions a second of host
 * time for hot loops.  Not a test; run it by hand and trust the ratios. */
#include <time.h>

#include "tests/ia32/rig.h"

#define CODE 0x1000u

static const struct loop {
    const char *name;
    bool paging;
    unsigned insns, bytes; /* of the loop */
    uint8_t code[32];
} loops[] = {
    /* ADD EAX,EBX; XOR EDX,EAX; LEA ESI,[EAX+4]; INC EBX; DEC ECX; JNZ */
    {"registers", false, 6, 11,
     {0x01, 0xd8, 0x31, 0xc2, 0x8d, 0x70, 4, 0x43, 0x49, 0x75, 0xf5}},
    /* MOV [2000h],EAX; ADD EAX,[2004h]; INC DWORD [EDI]; DEC ECX; JNZ */
    {"memory, no paging", false, 5, 17,
     {0x89, 0x05, 0, 0x20, 0, 0, 0x03, 0x05, 4, 0x20, 0, 0, 0xff, 0x07,
      0x49, 0x75, 0xef}},
    {"memory, paging", true, 5, 17,
     {0x89, 0x05, 0, 0x20, 0, 0, 0x03, 0x05, 4, 0x20, 0, 0, 0xff, 0x07,
      0x49, 0x75, 0xef}},
    /* The same, but with the data in the page of the code. */
    {"memory, code page", false, 5, 17,
     {0x89, 0x05, 0, 0x1e, 0, 0, 0x03, 0x05, 4, 0x1e, 0, 0, 0xff, 0x07,
      0x49, 0x75, 0xef}},
    /* PUSH EAX; CALL +3; POP EAX; DEC ECX; JNZ -10; (CALL target:) RET */
    {"calls, paging", true, 6, 11,
     {0x50, 0xe8, 4, 0, 0, 0, 0x58, 0x49, 0x75, 0xf6, 0xc3}},
    /* JMP +0; JMP +0; DEC ECX; JNZ: blocks of one instruction */
    {"jumps", false, 4, 7, {0xeb, 0, 0xeb, 0, 0x49, 0x75, 0xf9}},
};

static double seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double run(const struct loop *loop, bool observed)
{
    struct rig r;
    double start, spent;
    uint32_t rounds = observed ? 2000000 : 5000000;
    uint64_t cycles;

    rig_init(&r);
    if (loop->paging)
        rig_paging(&r, 0, 0);
    rig_put(&r, CODE, loop->code, loop->bytes);
    r.cpu->gpr[IA32_RCX] = rounds;
    r.cpu->gpr[IA32_RSP] = 0x9000;
    r.cpu->gpr[IA32_RDI] = loop->code[3] == 0x1e ? 0x1f00 : 0x3000;
    cycles = 0;
    start = seconds();
    while (r.cpu->gpr[IA32_RCX] > 100000) {
        cycles += 100000;
        (void)vt_machine_run(r.m, cycles, observed);
    }
    spent = seconds() - start;
    rig_done(&r);
    return (rounds - 100000.0) * loop->insns / spent / 1e6;
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(loops); i++)
        printf("%-20s %7.1f M/s   observed, no listener %7.1f M/s\n",
               loops[i].name, run(&loops[i], false), run(&loops[i], true));
    return 0;
}
