/* SPDX-License-Identifier: GPL-3.0-or-later */
/* String instructions: MOVS CMPS SCAS LODS STOS, alone and repeated.  INS
 * and OUTS are the system's and use ia32_repeat too.
 * SDM 325462, Vol 1, "String Operations"; Vol 2, "REP/REPE/REPZ/REPNE/REPNZ".
 *
 * Between two iterations there is an instruction boundary: registers are up
 * to date, and an interrupt that is taken there returns to the instruction.
 * What an iteration changes, it changes only once nothing can fault.
 *
 * Where many iterations would follow each other without anybody looking, and
 * their elements lie in memory that the fast TLB knows, they are done at once
 * (runs), to the end of a page: the same elements in the same order, the same
 * price.  Left out of that: the direction of DF = 1. */
#include "sim/ia32/string.h"

/* --- one iteration ---------------------------------------------------------- */

IA32_INLINE uint64_t source(const struct ia32_cpu *cpu,
                            const struct ia32_insn *insn)
{
    return cpu->gpr[IA32_RSI] & ia32_mask(insn->addrsize);
}

IA32_INLINE uint64_t destination(const struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    return cpu->gpr[IA32_RDI] & ia32_mask(insn->addrsize);
}

/* Move on by one element in the direction of EFLAGS.DF. */
IA32_INLINE void advance(struct ia32_cpu *cpu, const struct ia32_insn *insn,
                         unsigned r, unsigned size)
{
    uint64_t v = cpu->gpr[r];
    ia32_set_reg(cpu, r, insn->addrsize,
                 cpu->rflags & FL_DF ? v - size : v + size);
}

IA32_INLINE enum ia32_status movs(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read(cpu, insn->seg, source(cpu, insn), size, &v));
    IA32_TRY(ia32_write(cpu, IA32_ES, destination(cpu, insn), size, v));
    advance(cpu, insn, IA32_RSI, size);
    advance(cpu, insn, IA32_RDI, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status stos(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    IA32_TRY(ia32_write(cpu, IA32_ES, destination(cpu, insn), size,
                        ia32_get_gpr(cpu, IA32_RAX, size)));
    advance(cpu, insn, IA32_RDI, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status lods(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read(cpu, insn->seg, source(cpu, insn), size, &v));
    ia32_set_gpr(cpu, IA32_RAX, size, v);
    advance(cpu, insn, IA32_RSI, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status cmps(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    uint64_t a, b;
    IA32_TRY(ia32_read(cpu, insn->seg, source(cpu, insn), size, &a));
    IA32_TRY(ia32_read(cpu, IA32_ES, destination(cpu, insn), size, &b));
    ia32_alu(cpu, IA32_CMP, a, b, size);
    advance(cpu, insn, IA32_RSI, size);
    advance(cpu, insn, IA32_RDI, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status scas(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    uint64_t b;
    IA32_TRY(ia32_read(cpu, IA32_ES, destination(cpu, insn), size, &b));
    ia32_alu(cpu, IA32_CMP, ia32_get_gpr(cpu, IA32_RAX, size), b, size);
    advance(cpu, insn, IA32_RDI, size);
    return IA32_OK;
}

/* --- runs ---------------------------------------------------------------------- */

/* Iterations of one element each, at most `most' (2 or more) of them, done at
 * once: accesses, eSI, eDI, eAX and flags; not eCX.  Returns how many; 0 when
 * they have to be done one by one.  `until' is for those that compare: stop
 * after an element that made ZF so. */
typedef uint64_t run_of(struct ia32_cpu *cpu, const struct ia32_insn *insn,
                        uint64_t most, bool until);

/* Bytes that may be asked for from offset on: no wrap of the address size. */
static unsigned run_bytes(const struct ia32_insn *insn, uint64_t offset,
                          uint64_t most, unsigned size)
{
    uint64_t room = ia32_mask(insn->addrsize) - offset;
    uint64_t elements = VT_PAGE_BYTES / size;

    if (elements > most)
        elements = most;
    return room < VT_PAGE_BYTES && elements * size > room + 1
               ? (unsigned)room + 1
               : (unsigned)elements * size;
}

/* Host memory of the elements at eSI, and how many they are. */
static const uint8_t *run_source(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn, uint64_t most,
                                 unsigned size, uint64_t *count)
{
    unsigned bytes = run_bytes(insn, source(cpu, insn), most, size);
    const uint8_t *p =
        ia32_host_read(cpu, insn->seg, source(cpu, insn), bytes, &bytes);

    *count = bytes / size;
    return p;
}

/* And at eDI, to be read or to be written. */
static uint8_t *run_destination(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, uint64_t most,
                                unsigned size, uint64_t *count)
{
    unsigned bytes = run_bytes(insn, destination(cpu, insn), most, size);
    uint8_t *p = ia32_host_write(cpu, IA32_ES, destination(cpu, insn), bytes,
                                 &bytes);

    *count = bytes / size;
    return p;
}

static const uint8_t *run_compared(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   uint64_t most, unsigned size,
                                   uint64_t *count)
{
    unsigned bytes = run_bytes(insn, destination(cpu, insn), most, size);
    const uint8_t *p = ia32_host_read(cpu, IA32_ES, destination(cpu, insn),
                                      bytes, &bytes);

    *count = bytes / size;
    return p;
}

IA32_INLINE uint64_t element(const uint8_t *p, unsigned size)
{
    switch (size) {
    case 1: return *p;
    case 2: return vt_ld16le(p);
    case 4: return vt_ld32le(p);
    default: return vt_ld64le(p);
    }
}

IA32_INLINE void put_element(uint8_t *p, unsigned size, uint64_t v)
{
    switch (size) {
    case 1: *p = (uint8_t)v; break;
    case 2: vt_st16le(p, (uint16_t)v); break;
    case 4: vt_st32le(p, (uint32_t)v); break;
    default: vt_st64le(p, v); break;
    }
}

static void advance_by(struct ia32_cpu *cpu, const struct ia32_insn *insn,
                       unsigned r, uint64_t bytes)
{
    ia32_set_reg(cpu, r, insn->addrsize, cpu->gpr[r] + bytes);
}

/* A destination inside the source gets what was just written: programs fill
 * memory that way. */
IA32_INLINE void move_elements(uint8_t *to, const uint8_t *from,
                               uint64_t count, unsigned size)
{
    uintptr_t distance = (uintptr_t)to - (uintptr_t)from;

    if (distance >= count * size) { /* also: `to' lies before `from' */
        memmove(to, from, (size_t)(count * size));
        return;
    }
    for (uint64_t i = 0; i < count; i++, to += size, from += size)
        put_element(to, size, element(from, size));
}

IA32_INLINE uint64_t movs_run(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn, uint64_t most,
                              unsigned size)
{
    uint64_t count, room;
    const uint8_t *from = run_source(cpu, insn, most, size, &count);
    uint8_t *to = run_destination(cpu, insn, most, size, &room);

    if (!from || !to)
        return 0;
    count = count < room ? count : room;
    move_elements(to, from, count, size);
    advance_by(cpu, insn, IA32_RSI, count * size);
    advance_by(cpu, insn, IA32_RDI, count * size);
    return count;
}

IA32_INLINE uint64_t stos_run(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn, uint64_t most,
                              unsigned size)
{
    uint64_t count, v = ia32_get_gpr(cpu, IA32_RAX, size);
    uint8_t *to = run_destination(cpu, insn, most, size, &count);

    if (!to)
        return 0;
    if (v == 0)
        memset(to, 0, (size_t)(count * size));
    else
        for (uint64_t i = 0; i < count; i++)
            put_element(to + i * size, size, v);
    advance_by(cpu, insn, IA32_RDI, count * size);
    return count;
}

/* Only the last element is kept. */
IA32_INLINE uint64_t lods_run(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn, uint64_t most,
                              unsigned size)
{
    uint64_t count;
    const uint8_t *from = run_source(cpu, insn, most, size, &count);

    if (!from || count == 0)
        return 0;
    ia32_set_gpr(cpu, IA32_RAX, size,
                 element(from + (count - 1) * size, size));
    advance_by(cpu, insn, IA32_RSI, count * size);
    return count;
}

IA32_INLINE uint64_t cmps_run(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn, uint64_t most,
                              bool until, unsigned size)
{
    uint64_t count, other, done = 0, a = 0, b = 0;
    const uint8_t *from = run_source(cpu, insn, most, size, &count);
    const uint8_t *to = run_compared(cpu, insn, most, size, &other);

    if (!from || !to)
        return 0;
    count = count < other ? count : other;
    while (done < count) {
        a = element(from + done * size, size);
        b = element(to + done * size, size);
        done++;
        if ((a == b) == until)
            break;
    }
    if (done == 0)
        return 0;
    ia32_alu(cpu, IA32_CMP, a, b, size);
    advance_by(cpu, insn, IA32_RSI, done * size);
    advance_by(cpu, insn, IA32_RDI, done * size);
    return done;
}

IA32_INLINE uint64_t scas_run(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn, uint64_t most,
                              bool until, unsigned size)
{
    uint64_t count, done = 0, b = 0;
    uint64_t a = ia32_get_gpr(cpu, IA32_RAX, size);
    const uint8_t *to = run_compared(cpu, insn, most, size, &count);

    if (!to)
        return 0;
    while (done < count) {
        b = element(to + done * size, size);
        done++;
        if ((a == b) == until)
            break;
    }
    if (done == 0)
        return 0;
    ia32_alu(cpu, IA32_CMP, a, b, size);
    advance_by(cpu, insn, IA32_RDI, done * size);
    return done;
}

/* --- for each size --------------------------------------------------------------- */

#define RUN(name, size, call)                                                \
    static uint64_t name##_run_##size(struct ia32_cpu *cpu,                  \
                                      const struct ia32_insn *insn,          \
                                      uint64_t most, bool until)             \
    {                                                                        \
        (void)until;                                                         \
        return call;                                                         \
    }
#define MOVING(name, size) RUN(name, size, name##_run(cpu, insn, most, size))
#define COMPARING(name, size)                                                \
    RUN(name, size, name##_run(cpu, insn, most, until, size))
#define RUNS(KIND, name) KIND(name, 1) KIND(name, 2) KIND(name, 4) KIND(name, 8)
RUNS(MOVING, movs)
RUNS(MOVING, stos)
RUNS(MOVING, lods)
RUNS(COMPARING, cmps)
RUNS(COMPARING, scas)

#define ITERATION(name, body)                                                \
    static enum ia32_status name##_b(struct ia32_cpu *cpu,                   \
                                     const struct ia32_insn *insn)           \
    {                                                                        \
        return body(cpu, insn, 1);                                           \
    }                                                                        \
    static enum ia32_status name##_16(struct ia32_cpu *cpu,                  \
                                      const struct ia32_insn *insn)          \
    {                                                                        \
        return body(cpu, insn, 2);                                           \
    }                                                                        \
    static enum ia32_status name##_32(struct ia32_cpu *cpu,                  \
                                      const struct ia32_insn *insn)          \
    {                                                                        \
        return body(cpu, insn, 4);                                           \
    }                                                                        \
    static enum ia32_status name##_64(struct ia32_cpu *cpu,                  \
                                      const struct ia32_insn *insn)          \
    {                                                                        \
        return body(cpu, insn, 8);                                           \
    }
ITERATION(movs1, movs)
ITERATION(stos1, stos)
ITERATION(lods1, lods)
ITERATION(cmps1, cmps)
ITERATION(scas1, scas)

/* --- repetition -------------------------------------------------------------- */

/* REPE and REPNE of the comparing ones end when ZF says so. */
static bool ends_by_zf(const struct ia32_cpu *cpu,
                       const struct ia32_insn *insn, bool compares)
{
    if (!compares)
        return false;
    return ia32_zf(cpu) != ((insn->prefixes & IA32_PFX_REP) != 0);
}

/* Iterations at once, if that may be: how many were done. */
static uint64_t try_run(struct ia32_cpu *cpu, const struct ia32_insn *insn,
                        run_of *run, uint64_t left)
{
    uint64_t most = ia32_more_repeats(cpu);

    if (!run || left < 2 || most == 0 || (cpu->rflags & FL_DF))
        return 0;
    most = most < left ? most + 1 : left;
    return run(cpu, insn, most, !(insn->prefixes & IA32_PFX_REP));
}

/* All iterations but the last done are charged here, the last by the caller:
 * when it goes on, or in the run loop. */
static enum ia32_status iterate(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn,
                                ia32_handler *iteration, run_of *run,
                                uint64_t *left)
{
    uint64_t done = try_run(cpu, insn, run, *left);

    if (done == 0) {
        IA32_TRY(iteration(cpu, insn));
        done = 1;
    }
    *left -= done;
    ia32_set_reg(cpu, IA32_RCX, insn->addrsize, *left);
    if (done > 1)
        ia32_charge(cpu, VT_WHAT_INSTRUCTION, (done - 1) * insn->cycles);
    return IA32_OK;
}

static enum ia32_status repeat(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn,
                               ia32_handler *iteration, run_of *run,
                               bool compares)
{
    uint64_t left = cpu->gpr[IA32_RCX] & ia32_mask(insn->addrsize);

    if (!(insn->prefixes & (IA32_PFX_REP | IA32_PFX_REPNE)))
        return iteration(cpu, insn);
    if (left == 0)
        return IA32_OK;
    for (;;) {
        IA32_TRY(iterate(cpu, insn, iteration, run, &left));
        if (left == 0 || ends_by_zf(cpu, insn, compares))
            return IA32_OK;
        if (ia32_more_repeats(cpu) == 0) {
            cpu->rip = ia32_insn_rip(cpu);
            cpu->repeating = true;
            return IA32_JUMP;
        }
        ia32_charge(cpu, VT_WHAT_INSTRUCTION, insn->cycles);
    }
}

enum ia32_status ia32_repeat(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn,
                             ia32_handler *iteration, bool compares)
{
    return repeat(cpu, insn, iteration, NULL, compares);
}

#define REPEATED(name, compares)                                             \
    IA32_OP(name##_b, repeat, name##1_b, name##_run_1, compares)             \
    IA32_OP(name##_v_16, repeat, name##1_16, name##_run_2, compares)         \
    IA32_OP(name##_v_32, repeat, name##1_32, name##_run_4, compares)         \
    IA32_OP(name##_v_64, repeat, name##1_64, name##_run_8, compares)
REPEATED(movs, false)
REPEATED(stos, false)
REPEATED(lods, false)
REPEATED(cmps, true)
REPEATED(scas, true)
