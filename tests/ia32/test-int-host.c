/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integer instructions against the host's own processor, where that is an
 * x86-64: every row that works on registers alone is encoded, run here and
 * there with the same random registers and flags, and compared.
 *
 * Flags that the manual leaves undefined may differ from host to host: they
 * are compared too, but only counted (our choice was measured on Intel).
 * Memory operands, and what 64-bit mode has not (INC Zv, BCD, PUSHA, alias
 * 82), are other tests' matter. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <stdio.h>

#include "sim/ia32/flags.h"
#include "sim/ia32/rows.h"
#include "tests/asked.h"

#ifndef __x86_64__
int main(void)
{
    puts("SKIP: the host is no x86-64");
    return 77;
}
#else
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define STANDARD_COUNT 3000u /* runs of a form */

/* eAX eCX eDX eBX and the flags, as thunk() loads and stores them. */
struct regs {
    uint64_t gpr[4], flags;
};

/* --- the host's side --------------------------------------------------------- */

typedef void thunk(struct regs *regs);

static const uint8_t prologue[] = {
    0x53,                   /* push rbx */
    0x57,                   /* push rdi */
    0xff, 0x77, 0x20, 0x9d, /* push [rdi+32]; popfq */
    0x48, 0x8b, 0x07,       /* mov rax, [rdi] */
    0x48, 0x8b, 0x4f, 0x08, /* mov rcx, [rdi+8] */
    0x48, 0x8b, 0x57, 0x10, /* mov rdx, [rdi+16] */
    0x48, 0x8b, 0x5f, 0x18, /* mov rbx, [rdi+24] */
};
static const uint8_t epilogue[] = {
    0x9c, 0x5e, 0x5f,       /* pushfq; pop rsi; pop rdi */
    0x48, 0x89, 0x07,       /* mov [rdi], rax */
    0x48, 0x89, 0x4f, 0x08, /* mov [rdi+8], rcx */
    0x48, 0x89, 0x57, 0x10, /* mov [rdi+16], rdx */
    0x48, 0x89, 0x5f, 0x18, /* mov [rdi+24], rbx */
    0x48, 0x89, 0x77, 0x20, /* mov [rdi+32], rsi */
    0x5b, 0xc3,             /* pop rbx; ret */
};

static sigjmp_buf after_divide_error;

static void on_sigfpe(int signal_number)
{
    (void)signal_number;
    siglongjmp(after_divide_error, 1);
}

static bool make_thunk(uint8_t *page, const uint8_t *bytes, unsigned length)
{
    if (mprotect(page, 4096, PROT_READ | PROT_WRITE) != 0)
        return false;
    memcpy(page, prologue, sizeof prologue);
    memcpy(page + sizeof prologue, bytes, length);
    memcpy(page + sizeof prologue + length, epilogue, sizeof epilogue);
    return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

/* false: #DE. */
static bool run_there(uint8_t *page, struct regs *regs)
{
    thunk *fn;
    memcpy(&fn, &page, sizeof fn);
    if (sigsetjmp(after_divide_error, 1))
        return false;
    fn(regs);
    return true;
}

/* --- our side ------------------------------------------------------------------ */

static bool run_here(const struct ia32_insn *insn, struct regs *regs)
{
    struct ia32_cpu cpu;
    memset(&cpu, 0, sizeof cpu);
    memcpy(cpu.gpr, regs->gpr, sizeof regs->gpr);
    ia32_set_rflags(&cpu, regs->flags);
    if (insn->handler(&cpu, insn) != IA32_OK)
        return false;
    memcpy(regs->gpr, cpu.gpr, sizeof regs->gpr);
    regs->flags = ia32_get_rflags(&cpu);
    return true;
}

/* --- which rows, and what of them is defined ------------------------------------- */

#define NZ_UNDEFINED (FL_CF | FL_OF | FL_SF | FL_AF | FL_PF)
enum kind { PLAIN, SHIFT, ROTATE };
static const struct {
    const char *mnemonic;
    enum kind kind;
    uint64_t undefined; /* flags, always */
} tested[] = {
    { "ADD", PLAIN, 0 },        { "OR", PLAIN, FL_AF },
    { "ADC", PLAIN, 0 },        { "SBB", PLAIN, 0 },
    { "AND", PLAIN, FL_AF },    { "SUB", PLAIN, 0 },
    { "XOR", PLAIN, FL_AF },    { "CMP", PLAIN, 0 },
    { "TEST", PLAIN, FL_AF },   { "NOT", PLAIN, 0 },
    { "NEG", PLAIN, 0 },        { "INC", PLAIN, 0 },
    { "DEC", PLAIN, 0 },        { "MOV", PLAIN, 0 },
    { "MOVZX", PLAIN, 0 },      { "MOVSX", PLAIN, 0 },
    { "XCHG", PLAIN, 0 },       { "XADD", PLAIN, 0 },
    { "CMPXCHG", PLAIN, 0 },    { "BSWAP", PLAIN, 0 },
    { "CBW", PLAIN, 0 },        { "CWD", PLAIN, 0 },
    { "CLC", PLAIN, 0 },        { "STC", PLAIN, 0 },
    { "CMC", PLAIN, 0 },        { "LAHF", PLAIN, 0 },
    { "SAHF", PLAIN, 0 },       { "NOP", PLAIN, 0 },
    { "MUL", PLAIN, FL_SF | FL_ZF | FL_AF | FL_PF },
    { "IMUL", PLAIN, FL_SF | FL_ZF | FL_AF | FL_PF },
    { "DIV", PLAIN, FL_ARITH }, { "IDIV", PLAIN, FL_ARITH },
    { "BT", PLAIN, FL_OF | FL_SF | FL_AF | FL_PF },
    { "BTS", PLAIN, FL_OF | FL_SF | FL_AF | FL_PF },
    { "BTR", PLAIN, FL_OF | FL_SF | FL_AF | FL_PF },
    { "BTC", PLAIN, FL_OF | FL_SF | FL_AF | FL_PF },
    { "BSF", PLAIN, NZ_UNDEFINED },
    { "BSR", PLAIN, NZ_UNDEFINED },
    { "SHL", SHIFT, 0 },        { "SHR", SHIFT, 0 },
    { "SAR", SHIFT, 0 },        { "SHLD", SHIFT, 0 },
    { "SHRD", SHIFT, 0 },       { "ROL", ROTATE, 0 },
    { "ROR", ROTATE, 0 },       { "RCL", ROTATE, 0 },
    { "RCR", ROTATE, 0 },
};

static int find_tested(const struct ia32_row *row)
{
    for (unsigned i = 0; i < ARRAY_SIZE(tested); i++)
        if (strcmp(tested[i].mnemonic, row->mnemonic) == 0)
            return (int)i;
    /* SETcc and CMOVcc change no flags: as MOV. */
    bool conditional = strncmp(row->mnemonic, "SET", 3) == 0 ||
                       strncmp(row->mnemonic, "CMOV", 4) == 0;
    return conditional ? 13 : -1;
}

static bool same_in_64_bit_mode(const struct ia32_row *row)
{
    if (row->map == 1 && (row->opcode == 0x82 ||
                          (row->opcode & 0xf0) == 0x40))
        return false;
    char letter, size;
    for (const char *p = row->operands;
         (p = ia32_next_operand(p, &letter, &size)) != NULL;)
        if (letter && strchr("MORSCDXYJA", letter))
            return false;
    return true;
}

static bool is_byte_sized(const struct ia32_row *row)
{
    const char *o = row->operands;
    return o[0] == 'A' || (o[0] && o[1] == 'b');
}

/* Flags that may differ, for this operand size and count. */
static uint64_t undefined_flags(const struct ia32_row *row, int which,
                                unsigned bits, unsigned count)
{
    if (tested[which].kind == PLAIN)
        return tested[which].undefined;
    count &= 31;
    if (count == 0)
        return 0;
    uint64_t undefined = count == 1 ? 0 : FL_OF;
    if (tested[which].kind == SHIFT) {
        undefined |= FL_AF;
        if (count >= bits && strcmp(row->mnemonic, "SAR") != 0)
            undefined |= FL_CF;
    }
    return undefined;
}

/* "If the count is greater than the operand size, the result is undefined"
 * (SHLD, SHRD); a 16-bit BSWAP is undefined always. */
static bool result_undefined(const struct ia32_row *row, unsigned bits,
                             unsigned count)
{
    if (strcmp(row->mnemonic, "BSWAP") == 0)
        return bits == 16;
    return strncmp(row->mnemonic, "SH", 2) == 0 && row->mnemonic[3] == 'D' &&
           (count & 31) > bits;
}

/* --- comparison ---------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Corner values as often as any others. */
static uint64_t random_operand(uint64_t *state)
{
    static const uint32_t corners[] = { 0, 1, 0x7f, 0x80, 0xff, 0x7fff,
        0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x8080, 2, 31,
        16, 0xfffffffe };
    uint64_t r = next_random(state);
    if (r >> 63)
        return corners[r & 15];
    return r >> 62 & 1 ? (uint32_t)(r >> 20) : (r >> 20) & 0xff;
}

static unsigned encode(const struct ia32_row *row, bool opsize16,
                       uint64_t *state, uint8_t bytes[16])
{
    unsigned r = (unsigned)(next_random(state) >> 20);
    /* eAX..eBX only; as byte registers all eight lie in those. */
    unsigned mask = is_byte_sized(row) ? 7 : 3, rm = r & mask;
    unsigned reg = row->ext >= 0 ? (unsigned)row->ext : r >> 8 & mask;
    if (strstr(row->operands, ",Eb")) {
        rm = r & 7;
        reg = row->operands[1] == 'b' ? reg : reg & 3;
    }
    unsigned n = 0;
    memset(bytes, 0, 16);
    if (opsize16)
        bytes[n++] = 0x66;
    if (row->map == 2)
        bytes[n++] = 0x0f;
    bytes[n++] = (uint8_t)(row->opcode +
                           (ia32_row_has_z(row) ? r >> 16 & 3 : 0));
    if (ia32_row_has_modrm(row))
        bytes[n++] = (uint8_t)(0xc0 | reg << 3 | rm);
    uint64_t imm = random_operand(state);
    for (unsigned i = 0; i < 4; i++)
        bytes[n + i] = (uint8_t)(imm >> (8 * i));
    return n;
}

struct counts {
    unsigned rows, runs, faults, failed, undefined;
};

static void say(const struct ia32_row *row, const struct regs *before,
                const struct regs *here, const struct regs *there)
{
    const struct regs *all[] = { before, here, there };
    static const char *const names[] = { "before", "here", "there" };
    printf("%s differs\n", row->id);
    for (unsigned i = 0; i < 3; i++)
        printf("  %-6s eax %08x ecx %08x edx %08x ebx %08x flags %03x\n",
               names[i], (unsigned)all[i]->gpr[0], (unsigned)all[i]->gpr[1],
               (unsigned)all[i]->gpr[2], (unsigned)all[i]->gpr[3],
               (unsigned)all[i]->flags & 0xfff);
}

static bool registers_same(const struct regs *a, const struct regs *b)
{
    for (unsigned i = 0; i < 4; i++)
        if ((uint32_t)a->gpr[i] != (uint32_t)b->gpr[i])
            return false;
    return true;
}

static void compare(const struct ia32_row *row, int which, uint8_t *page,
                    const struct ia32_insn *insn, const struct regs *before,
                    struct counts *counts)
{
    struct regs here = *before, there = *before;
    bool ok_here = run_here(insn, &here);
    bool ok_there = run_there(page, &there);
    unsigned bits = is_byte_sized(row) ? 8 : 8 * insn->opsize;
    unsigned count = strstr(row->operands, ",1") ? 1
                     : strstr(row->operands, "CL") ? before->gpr[1] & 31
                                                   : insn->imm & 31;
    counts->runs++;
    counts->faults += !ok_there;
    bool same = ok_here == ok_there;
    if (same && ok_here && !result_undefined(row, bits, count)) {
        uint64_t flags = (here.flags ^ there.flags) & FL_ARITH;
        uint64_t undefined = undefined_flags(row, which, bits, count);
        same = registers_same(&here, &there) && !(flags & ~undefined);
        counts->undefined += (flags & undefined) != 0;
    }
    if (!same && counts->failed++ < 10)
        say(row, before, &here, &there);
}

static void random_regs(uint64_t *state, struct regs *regs)
{
    for (unsigned i = 0; i < 4; i++)
        regs->gpr[i] = random_operand(state);
    regs->flags = (next_random(state) & FL_ARITH) | FL_FIXED1 | FL_IF;
}

static bool run_row(const struct ia32_row *row, bool opsize16, uint32_t count,
                    uint8_t *page, uint64_t *state, struct counts *counts)
{
    static const uint64_t all[IA32_FEATURE_WORDS] = IA32_ALL_FEATURES;
    int which = find_tested(row);
    if (which < 0 || !same_in_64_bit_mode(row))
        return true;
    counts->rows++;
    for (unsigned i = 0; i < count; i++) {
        uint8_t bytes[16];
        struct ia32_insn insn;
        struct regs before;
        if (i % 20 == 0) {
            do /* until it is no NOP, as XCHG eAX,eAX is */
                encode(row, opsize16, state, bytes);
            while (ia32_decode(bytes, 15, IA32_MODE_CODE32, all, &insn) ==
                       DECODE_OK && &ia32_rows[insn.row] != row);
            if (!make_thunk(page, bytes, insn.length))
                return false;
        }
        random_regs(state, &before);
        compare(row, which, page, &insn, &before, counts);
    }
    return true;
}

static bool run_all(uint8_t *page, uint32_t count, uint32_t seed,
                    struct counts *counts)
{
    uint64_t state = UINT64_C(0x9e3779b9) << 32 | seed;
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++) {
        const struct ia32_row *row = &ia32_rows[i];
        if (!run_row(row, false, count, page, &state, counts))
            return false;
        if (row->handler[0] != row->handler[1] &&
            !run_row(row, true, count, page, &state, counts))
            return false;
    }
    return true;
}

int main(void)
{
    struct counts counts = { 0 };
    uint32_t count = asked_count(STANDARD_COUNT);
    uint32_t seed = asked_seed(0x7f4a7c15);
    struct sigaction action = { .sa_handler = on_sigfpe };
    uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || sigaction(SIGFPE, &action, NULL) != 0 ||
        !run_all(page, count, seed, &counts)) {
        puts("SKIP: the host gives no executable memory");
        return 77;
    }
    printf("%u runs differ in a flag that the manual leaves undefined\n",
           counts.undefined);
    printf("RESULT %u runs of %u instruction forms on this processor (%u of "
           "them #DE), %u differ in a result or a defined flag, seed %u\n",
           counts.runs, counts.rows, counts.faults, counts.failed,
           (unsigned)seed);
    return counts.failed != 0 || counts.runs == 0;
}
#endif
