/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CPU with every feature, ready for MMX and SSE, and tables of operations:
 * what destination and source hold before, what the destination holds after.
 * Every entry is run with a register and with memory as its source. */
#ifndef TEST_SIMDRIG_H
#define TEST_SIMDRIG_H

#include "tests/ia32/rig.h"

#define SIMD_PLACE 0x5000u /* EBX points here; 64 bytes are filled */

static inline void simd_init(struct rig *r)
{
    static const uint64_t all[IA32_FEATURE_WORDS] = IA32_ALL_FEATURES;
    rig_init(r);
    memcpy(r->cpu->features, all, sizeof all);
    r->cpu->cr0 = (r->cpu->cr0 | CR0_NE) & ~(CR0_EM | CR0_TS);
    r->cpu->cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
    r->cpu->mxcsr = 0x1f80;
    r->cpu->fpu.cw = 0x37f;
    r->cpu->gpr[IA32_RBX] = SIMD_PLACE;
    for (unsigned i = 0; i < 64; i += 8)
        vt_physmem_write(r->pm, SIMD_PLACE + i, 0, 8);
}

/* 64-bit code over the same flat memory. */
static inline void simd_long_mode(struct rig *r)
{
    r->cpu->mode |= IA32_MODE_LONG64;
}

static inline void simd_put(struct rig *r, unsigned offset, uint64_t value)
{
    vt_physmem_write(r->pm, SIMD_PLACE + offset, value, 8);
}

static inline uint64_t simd_get(struct rig *r, unsigned offset)
{
    return vt_physmem_read(r->pm, SIMD_PLACE + offset, 8);
}

/* Decode and run one instruction. */
static inline enum ia32_status simd_run(struct rig *r, const uint8_t *bytes,
                                        unsigned length)
{
    struct ia32_insn insn;
    CU_ASSERT_EQUAL_FATAL(ia32_decode(bytes, length, r->cpu->mode,
                                      r->cpu->features, &insn), DECODE_OK);
    CU_ASSERT_EQUAL(insn.length, length);
    insn.cycles = 1;
    ia32_begin_alone(r->cpu, &insn);
    enum ia32_status status = insn.handler(r->cpu, &insn);
    r->cpu->insn = NULL;
    return status;
}

#define SIMD_RUN(r, ...)                                                     \
    simd_run(r, (const uint8_t[]){__VA_ARGS__},                              \
             sizeof((const uint8_t[]){__VA_ARGS__}))

/* Run it and expect an exception. */
#define SIMD_FAULTS(r, expected, ...)                                        \
    do {                                                                     \
        CU_ASSERT_EQUAL(SIMD_RUN(r, __VA_ARGS__), IA32_FAULT);               \
        CU_ASSERT_EQUAL((r)->cpu->pending.vector, expected);                 \
    } while (0)
#define SIMD_OK(r, ...) CU_ASSERT_EQUAL(SIMD_RUN(r, __VA_ARGS__), IA32_OK)

/* op xmm1, source or op mm1, source. */
struct simd_case {
    const char *name;
    uint8_t bytes[4];  /* prefix and opcode, as many as length */
    uint8_t length;
    int16_t imm;       /* -1: none */
    uint64_t before[2], source[2], after[2];
};

static inline unsigned simd_encode(const struct simd_case *c, uint8_t modrm,
                                   uint8_t bytes[8])
{
    unsigned n = c->length;
    memcpy(bytes, c->bytes, n);
    bytes[n++] = modrm;
    if (c->imm >= 0)
        bytes[n++] = (uint8_t)c->imm;
    return n;
}

static inline void simd_check(const struct simd_case *c, bool memory,
                              const uint64_t *got, unsigned words)
{
    bool same = got[0] == c->after[0] &&
                (words == 1 || got[1] == c->after[1]);
    if (!same)
        printf("\n    %s, %s: %016llx %016llx ", c->name,
               memory ? "memory" : "register",
               (unsigned long long)(words > 1 ? got[1] : 0),
               (unsigned long long)got[0]);
    CU_ASSERT(same);
}

static inline void simd_one_xmm(struct rig *r, const struct simd_case *c,
                                bool memory)
{
    uint8_t bytes[8];
    unsigned n = simd_encode(c, memory ? 0x0b : 0xca, bytes);
    memcpy(r->cpu->xmm[1].q, c->before, 16);
    memcpy(r->cpu->xmm[2].q, c->source, 16);
    simd_put(r, 0, c->source[0]);
    simd_put(r, 8, c->source[1]);
    CU_ASSERT_EQUAL(simd_run(r, bytes, n), IA32_OK);
    simd_check(c, memory, r->cpu->xmm[1].q, 2);
    CU_ASSERT(memcmp(r->cpu->xmm[2].q, c->source, 16) == 0);
}

static inline void simd_one_mmx(struct rig *r, const struct simd_case *c,
                                bool memory)
{
    uint8_t bytes[8];
    unsigned n = simd_encode(c, memory ? 0x0b : 0xca, bytes);
    r->cpu->fpu.r[1].frac = c->before[0];
    r->cpu->fpu.r[2].frac = c->source[0];
    simd_put(r, 0, c->source[0]);
    CU_ASSERT_EQUAL(simd_run(r, bytes, n), IA32_OK);
    simd_check(c, memory, &r->cpu->fpu.r[1].frac, 1);
    CU_ASSERT_EQUAL(r->cpu->fpu.r[1].se, 0xffff);
}

typedef void simd_runner(struct rig *r, const struct simd_case *c,
                         bool memory);

static inline void simd_run_table(const struct simd_case *cases, size_t count,
                                  simd_runner *run)
{
    struct rig r;
    simd_init(&r);
    for (size_t i = 0; i < count; i++) {
        run(&r, &cases[i], false);
        run(&r, &cases[i], true);
    }
    rig_done(&r);
}

#endif
