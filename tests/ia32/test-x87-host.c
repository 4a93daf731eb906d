/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x87 instructions against the host's own processor, where that is an
 * x86-64: random instructions of D8 to DF and WAIT on random states, here
 * and there.  All of the state must agree: control, status and tag word,
 * registers, last instruction and operand, EFLAGS, AX, memory, and which
 * exception is raised.
 *
 * Where processors differ or the manual leaves things open, a few lines
 * below say so (excused). */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <stdio.h>

#include "sim/ia32/rows.h"
#include "sim/ia32/x87.h"
#include "tests/asked.h"
#include "tests/ia32/fprandom.h"

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

#include "sim/ia32/flags.h"
#include "tests/ia32/rig.h"

#define STANDARD_COUNT 300000u
#define SHOWN 10u
#define OPERAND_BYTES 128u
#define MODEL_BASE 0x20000u /* EDI in the model */
#define MODEL_RIP 0x5000u

/* rdi points here; ModRM 10xxx111 reaches the operand. */
struct context {
    uint8_t env[32];     /* 0: FNSTENV afterwards */
    uint64_t flags, flags_after, rax, unused; /* 32 */
    uint8_t before[512]; /* 64: FXRSTOR */
    uint8_t after[512];  /* 576: FXSAVE */
    uint8_t operand[OPERAND_BYTES]; /* 1088 */
};
_Static_assert(offsetof(struct context, operand) == 1088, "operand");

/* What must agree. */
struct state {
    struct ia32_f80 r[8];
    uint16_t cw, sw, tags, fop;
    uint32_t fip, fdp; /* from the instruction's start and from rdi */
    uint64_t flags, rax;
    uint8_t operand[OPERAND_BYTES];
    int vector; /* -1: none */
};

static const uint8_t prologue[] = {
    0x0f, 0xae, 0x4f, 0x40, /* fxrstor [rdi+64] */
    0x48, 0x8b, 0x47, 0x30, /* mov rax, [rdi+48] */
    0xff, 0x77, 0x20, 0x9d, /* push [rdi+32]; popfq */
};
static const uint8_t epilogue[] = {
    0x9c, 0x8f, 0x47, 0x28, /* pushfq; pop [rdi+40] */
    0x48, 0x89, 0x47, 0x30, /* mov [rdi+48], rax */
    0xd9, 0x37,             /* fnstenv [rdi] */
    0x0f, 0xae, 0x87, 0x40, 2, 0, 0, /* fxsave [rdi+576] */
    0xdb, 0xe3, 0xc3,       /* fninit; ret */
};
typedef void thunk(struct context *context);

static sigjmp_buf after_fault;

static void on_fault(int signal_number)
{
    siglongjmp(after_fault, signal_number == SIGFPE  ? IA32_MF
                            : signal_number == SIGILL ? IA32_UD
                                                      : IA32_GP);
}

/* --- the two sides ---------------------------------------------------------- */

static void host_state(const struct context *c, uint64_t code,
                       struct state *s)
{
    unsigned top = vt_ld16le(c->env + 4) >> 11 & 7;
    s->cw = vt_ld16le(c->env);
    s->sw = vt_ld16le(c->env + 4);
    s->tags = vt_ld16le(c->env + 8);
    s->fip = vt_ld32le(c->env + 12);
    s->fop = vt_ld16le(c->env + 18) & 0x7ff;
    s->fdp = vt_ld32le(c->env + 20);
    if (code != 0 && s->fop != 0)
        s->fip -= (uint32_t)code;
    if (code != 0 && s->fdp != 0)
        s->fdp -= (uint32_t)(uintptr_t)c;
    for (unsigned i = 0; i < 8; i++)
        s->r[(top + i) & 7] =
            ia32_x87_from_bytes(c->after + 32 + 16 * i);
    s->flags = c->flags_after & FL_ARITH;
    s->rax = c->rax;
    memcpy(s->operand, c->operand, OPERAND_BYTES);
}

static bool loads_pointers(const struct ia32_insn *insn)
{
    return insn->row == IA32_ROW_FLDENV_M || insn->row == IA32_ROW_FRSTOR_M;
}

static void run_host(uint8_t *page, const uint8_t *bytes,
                     const struct ia32_insn *insn, const struct context *in,
                     struct state *s)
{
    unsigned length = insn->length;
    static _Alignas(16) struct context c;
    thunk *code;
    uint8_t *at = page;
    memcpy(&c, in, sizeof c);
    memcpy(at, prologue, sizeof prologue);
    memcpy(at + sizeof prologue, bytes, length);
    memcpy(at + sizeof prologue + length, epilogue, sizeof epilogue);
    memcpy(&code, &page, sizeof code);
    memset(s, 0, sizeof *s);
    s->vector = sigsetjmp(after_fault, 1);
    if (s->vector != 0) {
        __asm__ volatile("fninit");
        return;
    }
    s->vector = -1;
    code(&c);
    host_state(&c, loads_pointers(insn)
                       ? 0 : (uint64_t)(uintptr_t)page + sizeof prologue, s);
}

static void load_model(struct rig *r, const struct context *in)
{
    struct ia32_cpu *cpu = r->cpu;
    memset(&cpu->fpu, 0, sizeof cpu->fpu);
    ia32_x87_set_words(cpu, vt_ld16le(in->before),
                       vt_ld16le(in->before + 2));
    cpu->fpu.valid = in->before[4];
    for (unsigned i = 0; i < 8; i++)
        cpu->fpu.r[ia32_x87_physical(cpu, i)] =
            ia32_x87_from_bytes(in->before + 32 + 16 * i);
    ia32_set_arith_flags(cpu, in->flags & FL_ARITH);
    cpu->gpr[IA32_RAX] = in->rax;
    cpu->gpr[IA32_RDI] = MODEL_BASE;
    cpu->cr0 |= CR0_NE;
    cpu->rip = MODEL_RIP;
    rig_put(r, MODEL_BASE + 1088, in->operand, OPERAND_BYTES);
}

static void model_state(struct rig *r, const struct ia32_insn *insn,
                        struct state *s)
{
    struct ia32_cpu *cpu = r->cpu;
    memcpy(s->r, cpu->fpu.r, sizeof s->r);
    s->cw = cpu->fpu.cw;
    s->sw = cpu->fpu.sw;
    s->tags = ia32_x87_tag_word(cpu);
    s->fop = cpu->fpu.fop;
    s->fip = (uint32_t)cpu->fpu.fip;
    s->fdp = (uint32_t)cpu->fpu.fdp;
    if (!loads_pointers(insn) && s->fop != 0)
        s->fip -= MODEL_RIP;
    if (!loads_pointers(insn) && s->fdp != 0)
        s->fdp -= MODEL_BASE;
    s->flags = ia32_get_rflags(cpu) & FL_ARITH;
    s->rax = cpu->gpr[IA32_RAX];
    for (unsigned i = 0; i < OPERAND_BYTES; i++)
        s->operand[i] = (uint8_t)vt_physmem_read(
            r->pm, MODEL_BASE + 1088 + i, 1);
}

static void run_model(struct rig *r, const struct ia32_insn *insn,
                      const struct context *in, struct state *s)
{
    load_model(r, in);
    memset(s, 0, sizeof *s);
    s->vector = -1;
    enum ia32_status status = insn->handler(r->cpu, insn);
    if (status == IA32_OK)
        model_state(r, insn, s);
    else
        s->vector = r->cpu->pending.vector;
}

/* --- random states --------------------------------------------------------------- */

static void random_context(uint64_t *state, struct context *c)
{
    uint64_t bits = fp_random(state);
    unsigned cw = 0x40 | (unsigned)(bits & 0x1f00);
    unsigned sw = (unsigned)(bits >> 16 & 0x7f7f);
    memset(c, 0, sizeof *c);
    cw |= bits >> 32 & 3 ? FP_ALL : (unsigned)(bits >> 40 & FP_ALL);
    if (bits >> 34 & 7) /* mostly nothing pending */
        sw &= cw | ~FP_ALL;
    c->before[0] = (uint8_t)cw;
    c->before[1] = (uint8_t)(cw >> 8);
    c->before[2] = (uint8_t)sw;
    c->before[3] = (uint8_t)(sw >> 8);
    c->before[4] = (uint8_t)(fp_random(state) | (bits >> 48 & 1 ? 0 : 0xff));
    if (bits >> 49 & 1) /* room for a push */
        c->before[4] &= (uint8_t)~(1u << (((sw >> 11) + 7) & 7));
    c->before[24] = 0x80;
    c->before[25] = 0x1f;
    struct ia32_f80 last = {0, 0};
    for (unsigned i = 0; i < 8; i++) {
        last = fp_random(state) & 1 ? fp_random80(state)
                                    : fp_random80_near(state, last);
        ia32_x87_to_bytes(last, c->before + 32 + 16 * i);
    }
    c->flags = (fp_random(state) & FL_ARITH) | 2;
    c->rax = fp_random(state);
    for (unsigned i = 0; i < OPERAND_BYTES; i += 8) {
        uint64_t v = fp_random64(state);
        memcpy(c->operand + i, &v, 8);
    }
    if (bits >> 50 & 1) {
        uint32_t v = fp_random32(state);
        memcpy(c->operand, &v, 4);
    }
}

/* Bytes of one instruction; its length. */
static unsigned random_instruction(uint64_t *state, uint8_t bytes[16])
{
    uint64_t bits = fp_random(state);
    unsigned n = 0;
    if ((bits & 0x1ff) == 0) {
        bytes[n++] = 0x9b;
        return n;
    }
    if ((bits & 0x38) == 0)
        bytes[n++] = 0x66;
    bytes[n++] = (uint8_t)(0xd8 | (bits >> 8 & 7));
    if (bits >> 11 & 1) {
        bytes[n++] = (uint8_t)(0xc0 | bits >> 16);
        return n;
    }
    bytes[n++] = (uint8_t)(0x87 | (bits >> 16 & 0x38));
    bytes[n++] = 0x40; /* 1088 */
    bytes[n++] = 4;
    bytes[n++] = 0;
    bytes[n++] = 0;
    return n;
}

/* The functions of D9 F0..FF with arguments where something happens. */
static void aim(uint64_t *state, const uint8_t *bytes, struct context *c)
{
    uint64_t r = fp_random(state);
    if (bytes[0] != 0xd9 || bytes[1] < 0xf0 || r & 1)
        return;
    int exponent = bytes[1] == 0xf0 || bytes[1] == 0xf9
        ? -3 - (int)(r >> 8 & 15)
        : (int)(r >> 8 & 63) - (r >> 16 & 1 ? 60 : 2);
    unsigned se = (unsigned)(16383 + exponent) | (unsigned)(r >> 17 & 0x8000);
    c->before[39] |= 0x80;
    c->before[40] = (uint8_t)se;
    c->before[41] = (uint8_t)(se >> 8);
}

/* --- comparison --------------------------------------------------------------------- */

struct counts {
    uint32_t runs, faults, failed;
};

static bool same(const struct state *x, const struct state *y)
{
    if (x->vector != y->vector)
        return false;
    if (x->vector >= 0)
        return true;
    for (unsigned i = 0; i < 8; i++)
        if (x->r[i].frac != y->r[i].frac || x->r[i].se != y->r[i].se)
            return false;
    return x->cw == y->cw && x->sw == y->sw && x->tags == y->tags &&
           x->fop == y->fop && x->fip == y->fip && x->fdp == y->fdp &&
           x->flags == y->flags && x->rax == y->rax &&
           memcmp(x->operand, y->operand, OPERAND_BYTES) == 0;
}

/* Comparisons: an unmasked invalid operation leaves condition codes and
 * flags alone, other makers set them to "unordered"; and FCOMI and its like
 * clear C1, which other makers leave. */
static void excuse(const struct ia32_insn *insn, struct state *host,
                   struct state *model)
{
    static const char *const names[] = {
        "FCOM", "FCOMP", "FCOMPP", "FUCOM", "FUCOMP", "FUCOMPP", "FICOM",
        "FICOMP", "FTST", "FCOMI", "FCOMIP", "FUCOMI", "FUCOMIP"};
    const unsigned conditions = X87_C3 | X87_C2 | X87_C1 | X87_C0;
    if (strstr(ia32_rows[insn->row].mnemonic, "COMI")) {
        host->sw |= X87_C1;
        model->sw |= X87_C1;
    }
    if (!(model->sw & ~model->cw & FP_IE))
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(ia32_rows[insn->row].mnemonic, names[i]) == 0) {
            host->sw |= conditions;
            model->sw |= conditions;
            host->flags = model->flags = 0;
        }
}

/* How many representable numbers lie between two of the same sign. */
static uint64_t distance(struct ia32_f80 x, struct ia32_f80 y)
{
    struct fp_num a = fp_from80(x), b = fp_from80(y);
    uint64_t carry = (uint64_t)(x.se - y.se) << 63;
    if (a.sign != b.sign || a.cls >= FPN_INF || b.cls >= FPN_INF)
        return UINT64_MAX;
    uint64_t d = x.frac - y.frac + carry;
    return d >> 63 ? 0 - d : d;
}

/* Transcendental functions: results within a unit of the last place of the
 * exact one, on either side; C1 and PE may follow from that. */
static void excuse_last_place(const struct ia32_insn *insn,
                              struct state *host, const struct state *model)
{
    if (ia32_rows[insn->row].cost != IA32_COST_FTRANS)
        return;
    for (unsigned i = 0; i < 8; i++)
        if (distance(host->r[i], model->r[i]) <= 2)
            host->r[i] = model->r[i];
    const unsigned follow = X87_C1 | FP_PE | (model->cw & FP_PE
                                              ? 0 : X87_ES | X87_B);
    host->sw = (uint16_t)((host->sw & ~follow) | (model->sw & follow));
}

/* F2XM1 beyond -1 to 1 and FYL2XP1 beyond 1 - sqrt(2)/2 are undefined. */
static bool is_undefined(const struct ia32_insn *insn,
                         const struct context *in)
{
    struct fp_num x = fp_from80(ia32_x87_from_bytes(in->before + 32));
    if (x.cls == FPN_ZERO)
        return false;
    return (insn->row == IA32_ROW_F2XM1 && x.exp >= 0) ||
           (insn->row == IA32_ROW_FYL2XP1 && x.exp >= -2);
}

static void show_state(const char *who, const struct state *s,
                       const struct state *other)
{
    printf("  %s vector %d cw %04x sw %04x tags %04x fop %03x fip %x fdp %x "
           "flags %03x\n", who, s->vector, s->cw, s->sw, s->tags, s->fop,
           s->fip, s->fdp, (unsigned)s->flags);
    for (unsigned i = 0; i < 8; i++)
        if (s->r[i].frac != other->r[i].frac || s->r[i].se != other->r[i].se)
            printf("    R%u %04x:%016llx\n", i, s->r[i].se,
                   (unsigned long long)s->r[i].frac);
    for (unsigned i = 0; i < OPERAND_BYTES; i++)
        if (s->operand[i] != other->operand[i])
            printf("    operand[%u] %02x\n", i, s->operand[i]);
}

static void show(const uint8_t *bytes, unsigned length, const char *id,
                 const struct context *in, const struct state *host,
                 const struct state *model)
{
    printf("%s:", id);
    for (unsigned i = 0; i < length; i++)
        printf(" %02x", bytes[i]);
    printf(" cw %04x sw %04x valid %02x operand %016llx\n",
           vt_ld16le(in->before), vt_ld16le(in->before + 2), in->before[4],
           (unsigned long long)vt_ld64le(in->operand));
    for (unsigned i = 0; i < 2; i++)
        printf("  st%u %04x:%016llx", i, vt_ld16le(in->before + 40 + 16 * i),
               (unsigned long long)vt_ld64le(in->before + 32 + 16 * i));
    puts("");
    show_state("host ", host, model);
    show_state("model", model, host);
}

static void run_one(struct rig *r, uint8_t *page, uint64_t *state,
                    uint32_t *shown, struct counts *counts)
{
    static _Alignas(16) struct context in;
    uint8_t bytes[16] = {0};
    struct ia32_insn insn;
    struct state host, model;
    unsigned length = random_instruction(state, bytes);
    random_context(state, &in);
    aim(state, bytes, &in);
    if (ia32_decode(bytes, 15, r->cpu->mode, r->cpu->features, &insn) !=
            DECODE_OK ||
        is_undefined(&insn, &in))
        return;
    run_model(r, &insn, &in, &model);
    run_host(page, bytes, &insn, &in, &host);
    counts->runs++;
    counts->faults += host.vector >= 0;
    for (unsigned again = 0; again < 3 && !same(&host, &model); again++)
        run_host(page, bytes, &insn, &in, &host);
    excuse(&insn, &host, &model);
    excuse_last_place(&insn, &host, &model);
    if (same(&host, &model))
        return;
    counts->failed++;
    if (shown[insn.row]++ < SHOWN)
        show(bytes, length, ia32_rows[insn.row].id, &in, &host, &model);
}

static bool all_x87_features(struct rig *r)
{
    static const enum ia32_feature wanted[] = {IA32_F_FPU, IA32_F_CMOV,
                                               IA32_F_SSE3};
    for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++)
        r->cpu->features[wanted[i] / 64] |= VT_BIT(wanted[i] % 64);
    return __builtin_cpu_supports("sse3");
}

int main(void)
{
    static uint32_t shown[IA32_ROW_COUNT];
    struct rig r;
    struct counts counts = {0};
    uint32_t count = asked_count(STANDARD_COUNT);
    uint32_t seed = asked_seed(0x7f4a7c15);
    uint64_t state = seed;
    struct sigaction action = {.sa_handler = on_fault};
    uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    rig_init(&r);
    if (page == MAP_FAILED || sigaction(SIGFPE, &action, NULL) != 0 ||
        sigaction(SIGILL, &action, NULL) != 0 || !all_x87_features(&r)) {
        puts("SKIP: no executable memory, or no SSE3");
        return 77;
    }
    for (uint32_t i = 0; i < count; i++)
        run_one(&r, page, &state, shown, &counts);
    rig_done(&r);
    printf("RESULT %u runs of x87 instructions on this processor (%u of them "
           "faults), %u differ, seed %u\n",
           counts.runs, counts.faults, counts.failed, (unsigned)seed);
    return counts.failed != 0 || counts.runs == 0;
}
#endif
