/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floating-point core against the host's own processor, where that is an
 * x86-64: SSE scalar operations and x87 instructions with random operands,
 * rounding, precision and masks.  Results, flags, C1, condition codes and
 * whether an exception stops the instruction must agree. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, fpregs */
#include <stdio.h>

#include "sim/ia32/fp.h"
#include "tests/asked.h"
#include "tests/ia32/fprandom.h"

#ifndef __x86_64__
int main(void)
{
    puts("SKIP: the host is no x86-64");
    return 77;
}
#else
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#define STANDARD_COUNT 20000u /* runs of an operation */
#define SHOWN 4u              /* disagreements shown of each */

/* What the code in the thunk works on; rdi points here. */
struct context {
    struct ia32_f80 st0;           /*  0: SSE: a in frac */
    struct ia32_f80 st1;           /* 16: SSE: b in frac */
    uint32_t cw;               /* 32: or MXCSR */
    uint32_t mxcsr_after;      /* 36 */
    uint64_t memory[2];        /* 40: of an x87 instruction; SSE: RAX */
    uint32_t default_mxcsr;    /* 56 */
    uint32_t unused;
    uint8_t image[512];        /* 64: FXSAVE */
};
_Static_assert(offsetof(struct context, image) == 64, "FXSAVE image");

/* What must agree. */
struct outcome {
    uint64_t value[2];
    uint16_t se[2];
    uint8_t flags, cc; /* cc: C3 C2 C1 C0 in bits 3..0 */
};

/* --- SSE --------------------------------------------------------------- */

/* op xmm0, xmm1, or op eax/rax, xmm1, or op xmm0, eax/rax. */
struct simd_op {
    const char *name;
    uint8_t bytes[6], length;
    uint8_t width; /* of the operands, 32 or 64 */
    uint8_t result; /* bits of the result; 0: in RAX, 64 bits; 1: EAX */
    uint64_t (*model)(struct fp_env *env, uint64_t a, uint64_t b);
};

#define MODEL(name, expr)                                                    \
    static uint64_t m_##name(struct fp_env *e, uint64_t a, uint64_t b)       \
    {                                                                        \
        (void)e;                                                             \
        (void)a;                                                             \
        (void)b;                                                             \
        return (uint64_t)(expr);                                             \
    }
#define A32 (uint32_t)a, (uint32_t)b
MODEL(addss, fp32_add(e, A32))
MODEL(subss, fp32_sub(e, A32))
MODEL(mulss, fp32_mul(e, A32))
MODEL(divss, fp32_div(e, A32))
MODEL(minss, fp32_min(e, A32))
MODEL(maxss, fp32_max(e, A32))
MODEL(sqrtss, fp32_sqrt(e, (uint32_t)b))
MODEL(addsd, fp64_add(e, a, b))
MODEL(subsd, fp64_sub(e, a, b))
MODEL(mulsd, fp64_mul(e, a, b))
MODEL(divsd, fp64_div(e, a, b))
MODEL(minsd, fp64_min(e, a, b))
MODEL(maxsd, fp64_max(e, a, b))
MODEL(sqrtsd, fp64_sqrt(e, b))
MODEL(cvtss2sd, fp32_to_64(e, (uint32_t)b))
MODEL(cvtsd2ss, fp64_to_32(e, b))
MODEL(cvtss2si, fp32_to_int(e, (uint32_t)b, 32, e->rounding))
MODEL(cvttss2si, fp32_to_int(e, (uint32_t)b, 32, FP_TRUNCATE))
MODEL(cvtsd2si, fp64_to_int(e, b, 32, e->rounding))
MODEL(cvttsd2si, fp64_to_int(e, b, 32, FP_TRUNCATE))
MODEL(cvtss2si64, fp32_to_int(e, (uint32_t)b, 64, e->rounding))
MODEL(cvttss2si64, fp32_to_int(e, (uint32_t)b, 64, FP_TRUNCATE))
MODEL(cvtsd2si64, fp64_to_int(e, b, 64, e->rounding))
MODEL(cvttsd2si64, fp64_to_int(e, b, 64, FP_TRUNCATE))
MODEL(cvtsi2ss, fp32_from_int(e, (int32_t)(uint32_t)a))
MODEL(cvtsi2sd, fp64_from_int(e, (int32_t)(uint32_t)a))
MODEL(cvtsi2ss64, fp32_from_int(e, (int64_t)a))
MODEL(cvtsi2sd64, fp64_from_int(e, (int64_t)a))
MODEL(roundss_up, fp32_round(e, (uint32_t)b, FP_UP))
MODEL(roundsd, fp64_round(e, b, e->rounding))
#define PREDICATE(p)                                                         \
    MODEL(cmpss##p, fp32_cmp(e, A32, p) ? UINT32_MAX : 0)                    \
    MODEL(cmpsd##p, fp64_cmp(e, a, b, p) ? UINT64_MAX : 0)
PREDICATE(0) PREDICATE(1) PREDICATE(2) PREDICATE(3)
PREDICATE(4) PREDICATE(5) PREDICATE(6) PREDICATE(7)

#define SS(name, op) {#name, {0xf3, 0x0f, op, 0xc1}, 4, 32, 32, m_##name}
#define SD(name, op) {#name, {0xf2, 0x0f, op, 0xc1}, 4, 64, 64, m_##name}
#define SI(name, p, op, width)                                               \
    {#name, {p, 0x0f, op, 0xc1}, 4, width, 1, m_##name},                     \
    {#name "64", {p, 0x48, 0x0f, op, 0xc1}, 5, width, 0, m_##name##64}
#define FROM(name, p, width)                                                 \
    {#name, {p, 0x0f, 0x2a, 0xc0}, 4, 64, width, m_##name},                  \
    {#name "64", {p, 0x48, 0x0f, 0x2a, 0xc0}, 5, 64, width, m_##name##64}
#define CMP(p)                                                               \
    {"cmpss" #p, {0xf3, 0x0f, 0xc2, 0xc1, p}, 5, 32, 32, m_cmpss##p},        \
    {"cmpsd" #p, {0xf2, 0x0f, 0xc2, 0xc1, p}, 5, 64, 64, m_cmpsd##p}
static const struct simd_op simd_ops[] = {
    SS(addss, 0x58), SS(subss, 0x5c), SS(mulss, 0x59), SS(divss, 0x5e),
    SS(minss, 0x5d), SS(maxss, 0x5f), SS(sqrtss, 0x51),
    SD(addsd, 0x58), SD(subsd, 0x5c), SD(mulsd, 0x59), SD(divsd, 0x5e),
    SD(minsd, 0x5d), SD(maxsd, 0x5f), SD(sqrtsd, 0x51),
    {"cvtss2sd", {0xf3, 0x0f, 0x5a, 0xc1}, 4, 32, 64, m_cvtss2sd},
    {"cvtsd2ss", {0xf2, 0x0f, 0x5a, 0xc1}, 4, 64, 32, m_cvtsd2ss},
    SI(cvtss2si, 0xf3, 0x2d, 32), SI(cvttss2si, 0xf3, 0x2c, 32),
    SI(cvtsd2si, 0xf2, 0x2d, 64), SI(cvttsd2si, 0xf2, 0x2c, 64),
    FROM(cvtsi2ss, 0xf3, 32), FROM(cvtsi2sd, 0xf2, 64),
    CMP(0), CMP(1), CMP(2), CMP(3), CMP(4), CMP(5), CMP(6), CMP(7),
};
/* SSE4.1 */
static const struct simd_op round_ops[] = {
    {"roundss up", {0x66, 0x0f, 0x3a, 0x0a, 0xc1, 2}, 6, 32, 32,
     m_roundss_up},
    {"roundsd", {0x66, 0x0f, 0x3a, 0x0b, 0xc1, 4}, 6, 64, 64, m_roundsd},
};

static const uint8_t simd_before[] = {
    0x0f, 0xae, 0x57, 0x20,             /* ldmxcsr [rdi+32] */
    0xf3, 0x0f, 0x7e, 0x07,             /* movq xmm0, [rdi] */
    0xf3, 0x0f, 0x7e, 0x4f, 0x10,       /* movq xmm1, [rdi+16] */
    0x48, 0x8b, 0x47, 0x28,             /* mov rax, [rdi+40] */
};
static const uint8_t simd_after[] = {
    0x0f, 0xae, 0x5f, 0x24,             /* stmxcsr [rdi+36] */
    0x0f, 0xae, 0x57, 0x38,             /* ldmxcsr [rdi+56] */
    0x66, 0x0f, 0xd6, 0x07,             /* movq [rdi], xmm0 */
    0x48, 0x89, 0x47, 0x28,             /* mov [rdi+40], rax */
    0xc3,                               /* ret */
};

typedef void thunk(struct context *context);

static void make_thunk(uint8_t *page, const uint8_t *before, size_t nbefore,
                       const uint8_t *code, size_t ncode,
                       const uint8_t *after, size_t nafter)
{
    memcpy(page, before, nbefore);
    memcpy(page + nbefore, code, ncode);
    memcpy(page + nbefore + ncode, after, nafter);
}

static void call_thunk(uint8_t *page, struct context *context)
{
    thunk *code;
    memcpy(&code, &page, sizeof code);
    code(context);
}

static volatile uint32_t faulted_mxcsr;

/* Keep the flags of the fault, mask everything and go on. */
static void on_sigfpe(int number, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    (void)number;
    (void)info;
    faulted_mxcsr = uc->uc_mcontext.fpregs->mxcsr | VT_BIT(31);
    uc->uc_mcontext.fpregs->mxcsr |= 0x1f80;
}

static uint64_t result_of(const struct simd_op *op, uint64_t v)
{
    return op->result == 1 || op->result == 32 ? (uint32_t)v : v;
}

static struct outcome simd_host(const struct simd_op *op, uint8_t *page,
                                struct context *c)
{
    struct outcome out = {{0}, {0}, 0, 0};
    faulted_mxcsr = 0;
    call_thunk(page, c);
    if (faulted_mxcsr) {
        out.flags = faulted_mxcsr & FP_ALL;
        out.cc = 1;
        return out;
    }
    out.flags = c->mxcsr_after & FP_ALL;
    out.value[0] =
        result_of(op, op->result <= 1 ? c->memory[0] : c->st0.frac);
    return out;
}

static struct outcome simd_model(const struct simd_op *op,
                                 const struct context *c)
{
    struct fp_env env = fp_env_mxcsr(c->cw);
    uint64_t v = op->model(&env, c->st0.frac, c->st1.frac);
    struct outcome out = {{result_of(op, v)}, {0},
                          (uint8_t)fp_simd_flags(&env),
                          fp_unmasked(&env) != 0};
    if (out.cc)
        out.value[0] = 0;
    return out;
}

static void simd_random(const struct simd_op *op, uint64_t *state,
                        struct context *c)
{
    uint64_t r = fp_random(state);
    c->st0.frac = op->width == 32 ? fp_random32(state) : fp_random64(state);
    c->st1.frac = op->width == 32
        ? fp_random32_near(state, (uint32_t)c->st0.frac)
        : fp_random64_near(state, c->st0.frac);
    if (op->bytes[op->length - 1] == 0xc0) /* from an integer */
        c->st0.frac = fp_random_field(state, 64);
    c->memory[0] = c->st0.frac;
    c->cw = (uint32_t)(r >> 8 & 0xe040); /* RC, FZ, DAZ */
    /* Most runs mask everything: a fault takes its time. */
    c->cw |= (r & 7) != 0 ? 0x1f80 : (uint32_t)(r >> 24 & 0x1f80);
    c->default_mxcsr = 0x1f80;
}

/* --- x87 --------------------------------------------------------------- */

/* Any instruction; a memory operand is [rdi+40]: ModRM 47 28 with /digit. */
struct x87_op {
    const char *name;
    uint8_t bytes[2], memory; /* memory: bytes of the operand; 0: none */
    uint8_t cc;               /* condition codes that are defined, C1 too */
    void (*model)(struct fp_env *env, const struct context *c,
                  struct outcome *out);
};
#define C0 1u
#define C1 2u
#define C2 4u
#define C3 8u

static void result(struct outcome *out, const struct fp_env *env,
                   struct ia32_f80 v)
{
    if (fp_blocked(env))
        return;
    out->value[0] = v.frac;
    out->se[0] = v.se;
}

#define X87(name, expr)                                                      \
    static void x_##name(struct fp_env *e, const struct context *c,          \
                         struct outcome *out)                                \
    {                                                                        \
        struct fp_num a = fp_from80(c->st0), b = fp_from80(c->st1);          \
        (void)a;                                                             \
        (void)b;                                                             \
        result(out, e, expr);                                                \
    }
#define MEM32 fp_from32((uint32_t)c->memory[0])
#define MEM64 fp_from64(c->memory[0])
X87(fadd, fp80_add(e, a, b))
X87(fsub, fp80_sub(e, a, b))
X87(fsubr, fp80_sub(e, b, a))
X87(fmul, fp80_mul(e, a, b))
X87(fdiv, fp80_div(e, a, b))
X87(fdivr, fp80_div(e, b, a))
X87(fadd32, fp80_add(e, a, MEM32))
X87(fsubr64, fp80_sub(e, MEM64, a))
X87(fmul64, fp80_mul(e, a, MEM64))
X87(fdivr32, fp80_div(e, MEM32, a))
X87(fiadd, fp80_add(e, a, fp_from_int((int32_t)(uint32_t)c->memory[0])))
X87(fidiv, fp80_div(e, a, fp_from_int((int16_t)(uint16_t)c->memory[0])))
X87(fsqrt, fp80_sqrt(e, a))
X87(frndint, fp80_rndint(e, a))
X87(fscale, fp80_scale(e, c->st0, c->st1))

static void condition(struct outcome *out, enum fp_order order)
{
    static const uint8_t codes[] = {[FP_LESS] = C0, [FP_EQUAL] = C3,
                                    [FP_GREATER] = 0,
                                    [FP_UNORDERED] = C3 | C2 | C0};
    out->cc = codes[order];
}

static void x_fcom(struct fp_env *e, const struct context *c,
                   struct outcome *out)
{
    condition(out, fp80_compare(e, fp_from80(c->st0), fp_from80(c->st1),
                                false));
}

static void x_fucom(struct fp_env *e, const struct context *c,
                    struct outcome *out)
{
    condition(out, fp80_compare(e, fp_from80(c->st0), fp_from80(c->st1),
                                true));
}

static void x_fcom32(struct fp_env *e, const struct context *c,
                     struct outcome *out)
{
    condition(out, fp80_compare(e, fp_from80(c->st0), MEM32, false));
}

static void x_ftst(struct fp_env *e, const struct context *c,
                   struct outcome *out)
{
    condition(out,
              fp80_compare(e, fp_from80(c->st0), fp_from_int(0), false));
}

static void remainder_model(struct fp_env *e, const struct context *c,
                            struct outcome *out, bool nearest)
{
    struct fp_quotient q;
    result(out, e, fp80_rem(e, c->st0, c->st1, nearest, &q));
    out->cc = (uint8_t)((q.low & 4 ? C0 : 0) | (q.low & 2 ? C3 : 0) |
                        (q.low & 1 ? C1 : 0) | (q.partial ? C2 : 0));
}

static void x_fprem(struct fp_env *e, const struct context *c,
                    struct outcome *out)
{
    remainder_model(e, c, out, false);
}

static void x_fprem1(struct fp_env *e, const struct context *c,
                     struct outcome *out)
{
    remainder_model(e, c, out, true);
}

/* ST(0) becomes the exponent, above it the significand. */
static void x_fxtract(struct fp_env *e, const struct context *c,
                      struct outcome *out)
{
    struct ia32_f80 exponent, significand = fp80_extract(e, c->st0, &exponent);
    if (fp_blocked(e))
        return;
    out->value[0] = significand.frac;
    out->se[0] = significand.se;
    out->value[1] = exponent.frac;
    out->se[1] = exponent.se;
}

static void load_model(struct fp_env *e, const struct context *c,
                       struct outcome *out, struct fp_num n)
{
    struct ia32_f80 v = fp80_load(e, n);
    if (fp_unmasked(e) & FP_IE)
        return;
    out->value[0] = v.frac;
    out->se[0] = v.se;
    out->value[1] = c->st0.frac;
    out->se[1] = c->st0.se;
}

static void x_fld32(struct fp_env *e, const struct context *c,
                    struct outcome *out)
{
    load_model(e, c, out, MEM32);
}

static void x_fld64(struct fp_env *e, const struct context *c,
                    struct outcome *out)
{
    load_model(e, c, out, MEM64);
}

static void x_fild64(struct fp_env *e, const struct context *c,
                     struct outcome *out)
{
    load_model(e, c, out, fp_from_int((int64_t)c->memory[0]));
}

/* Stores: the value in memory, and whether ST(0) was popped. */
static void stored(struct fp_env *e, const struct context *c,
                   struct outcome *out, uint64_t v, bool pops)
{
    if (fp_unmasked(e) & ~FP_PE)
        return;
    out->value[1] = v;
    if (pops) {
        out->value[0] = c->st1.frac;
        out->se[0] = c->st1.se;
    }
}

#define STORE(name, expr, pops)                                              \
    static void x_##name(struct fp_env *e, const struct context *c,          \
                         struct outcome *out)                                \
    {                                                                        \
        stored(e, c, out, (uint64_t)(expr), pops);                           \
    }
STORE(fst32, fp80_to_32(e, c->st0), false)
STORE(fst64, fp80_to_64(e, c->st0), false)
STORE(fist16, (uint16_t)fp80_to_int(e, c->st0, 16, e->rounding), false)
STORE(fist32, (uint32_t)fp80_to_int(e, c->st0, 32, e->rounding), false)
STORE(fistp64, fp80_to_int(e, c->st0, 64, e->rounding), true)
STORE(fisttp16, (uint16_t)fp80_to_int(e, c->st0, 16, FP_TRUNCATE), true)
STORE(fisttp64, fp80_to_int(e, c->st0, 64, FP_TRUNCATE), true)

static uint64_t bcd_of(struct fp_env *e, struct ia32_f80 v)
{
    uint8_t bcd[10];
    fp80_to_bcd(e, v, bcd);
    return vt_ld64le(bcd) ^ (uint64_t)bcd[8] << 56 ^ (uint64_t)bcd[9] << 48;
}
STORE(fbstp, bcd_of(e, c->st0), true)

static void x_fbld(struct fp_env *e, const struct context *c,
                   struct outcome *out)
{
    uint8_t bcd[10];
    memcpy(bcd, c->memory, 10);
    load_model(e, c, out, fp_from80(fp80_from_bcd(bcd)));
}

#define CMPS (C3 | C2 | C1 | C0)
static const struct x87_op x87_ops[] = {
    {"fadd", {0xd8, 0xc1}, 0, C1, x_fadd},
    {"fsub", {0xd8, 0xe1}, 0, C1, x_fsub},
    {"fsubr", {0xd8, 0xe9}, 0, C1, x_fsubr},
    {"fmul", {0xd8, 0xc9}, 0, C1, x_fmul},
    {"fdiv", {0xd8, 0xf1}, 0, C1, x_fdiv},
    {"fdivr", {0xd8, 0xf9}, 0, C1, x_fdivr},
    {"fadd m32", {0xd8, 0x47}, 4, C1, x_fadd32},
    {"fsubr m64", {0xdc, 0x6f}, 8, C1, x_fsubr64},
    {"fmul m64", {0xdc, 0x4f}, 8, C1, x_fmul64},
    {"fdivr m32", {0xd8, 0x7f}, 4, C1, x_fdivr32},
    {"fiadd m32", {0xda, 0x47}, 4, C1, x_fiadd},
    {"fidiv m16", {0xde, 0x77}, 2, C1, x_fidiv},
    {"fsqrt", {0xd9, 0xfa}, 0, C1, x_fsqrt},
    {"frndint", {0xd9, 0xfc}, 0, C1, x_frndint},
    {"fscale", {0xd9, 0xfd}, 0, C1, x_fscale},
    {"fprem", {0xd9, 0xf8}, 0, CMPS, x_fprem},
    {"fprem1", {0xd9, 0xf5}, 0, CMPS, x_fprem1},
    {"fxtract", {0xd9, 0xf4}, 0, C1, x_fxtract},
    {"fcom", {0xd8, 0xd1}, 0, CMPS, x_fcom},
    {"fucom", {0xdd, 0xe1}, 0, CMPS, x_fucom},
    {"fcom m32", {0xd8, 0x57}, 4, CMPS, x_fcom32},
    {"ftst", {0xd9, 0xe4}, 0, CMPS, x_ftst},
    {"fld m32", {0xd9, 0x47}, 4, C1, x_fld32},
    {"fld m64", {0xdd, 0x47}, 8, C1, x_fld64},
    {"fild m64", {0xdf, 0x6f}, 8, C1, x_fild64},
    {"fbld", {0xdf, 0x67}, 10, C1, x_fbld},
    {"fst m32", {0xd9, 0x57}, 4, C1, x_fst32},
    {"fst m64", {0xdd, 0x57}, 8, C1, x_fst64},
    {"fist m16", {0xdf, 0x57}, 2, C1, x_fist16},
    {"fist m32", {0xdb, 0x57}, 4, C1, x_fist32},
    {"fistp m64", {0xdf, 0x7f}, 8, C1, x_fistp64},
    {"fbstp", {0xdf, 0x77}, 10, C1, x_fbstp},
};
/* SSE3 */
static const struct x87_op fisttp_ops[] = {
    {"fisttp m16", {0xdf, 0x4f}, 2, C1, x_fisttp16},
    {"fisttp m64", {0xdd, 0x4f}, 8, C1, x_fisttp64},
};

static const uint8_t x87_before[] = {
    0xdb, 0xe3,             /* fninit */
    0xdb, 0x6f, 0x10,       /* fld tbyte [rdi+16] */
    0xdb, 0x2f,             /* fld tbyte [rdi] */
    0xd9, 0x6f, 0x20,       /* fldcw [rdi+32] */
};
static const uint8_t x87_after[] = {
    0x0f, 0xae, 0x47, 0x40, /* fxsave [rdi+64] */
    0xdb, 0xe3, 0xc3,       /* fninit; ret */
};

static bool stores(const struct x87_op *op)
{
    return op->name[0] == 'f' && strstr(op->name, "st") &&
           op->memory != 0 && !strstr(op->name, "sub");
}

static struct outcome x87_host(const struct x87_op *op, uint8_t *page,
                               struct context *c)
{
    uint64_t memory[2] = {c->memory[0], c->memory[1]};
    call_thunk(page, c);
    unsigned sw = vt_ld16le(c->image + 2);
    unsigned cc = (sw >> 8 & 7) | (sw >> 11 & 8);
    struct outcome out = {
        {vt_ld64le(c->image + 32), vt_ld64le(c->image + 48)},
        {vt_ld16le(c->image + 40), vt_ld16le(c->image + 56)},
        sw & FP_ALL, (uint8_t)(cc & op->cc)};
    if (stores(op)) {
        out.value[1] = op->memory == 10
            ? c->memory[0] ^ (c->memory[1] & 0xff) << 56 ^
                  (c->memory[1] >> 8 & 0xff) << 48
            : op->memory == 8 ? c->memory[0]
                              : c->memory[0] & (VT_BIT(8 * op->memory) - 1);
        out.se[1] = 0;
    }
    c->memory[0] = memory[0];
    c->memory[1] = memory[1];
    return out;
}

static struct outcome x87_model(const struct x87_op *op,
                                const struct context *c)
{
    static const uint8_t precision[] = {24, 64, 53, 64};
    struct fp_env env = {.rounding = c->cw >> 10 & 3,
                         .masks = c->cw & FP_ALL,
                         .precision = precision[c->cw >> 8 & 3]};
    struct outcome out = {{c->st0.frac, c->st1.frac}, {c->st0.se, c->st1.se},
                          0, 0};
    if (stores(op)) {
        out.value[1] = op->memory == 10
            ? c->memory[0] ^ (c->memory[1] & 0xff) << 56 ^
                  (c->memory[1] >> 8 & 0xff) << 48
            : op->memory == 8 ? c->memory[0]
                              : c->memory[0] & (VT_BIT(8 * op->memory) - 1);
        out.se[1] = 0;
    }
    op->model(&env, c, &out);
    out.flags = env.flags;
    if (op->cc == C1)
        out.cc = env.rounded_up ? C1 : 0;
    return out;
}

static void x87_random(const struct x87_op *op, uint64_t *state,
                       struct context *c)
{
    uint64_t r = fp_random(state);
    static const uint8_t precision[] = {0, 2, 3, 3};
    c->st0 = fp_random80(state);
    c->st1 = fp_random80_near(state, c->st0);
    /* Memory: a neighbour where it is in range. */
    c->memory[0] = r & 1 ? fp_random_field(state, 64)
                   : op->memory == 4 ? fp_random32(state)
                                     : fp_random64(state);
    c->memory[1] = fp_random(state);
    if (op->memory == 10 && !stores(op))
        for (unsigned i = 0; i < 9; i++) {
            uint64_t d = fp_random(state);
            ((uint8_t *)c->memory)[i] =
                (uint8_t)(d % 10 << 4 | (d >> 32) % 10);
        }
    c->cw = 0x40 | (uint32_t)precision[r >> 8 & 3] << 8 |
            (uint32_t)(r >> 16 & 0xc00);
    c->cw |= r & 2 ? FP_ALL : (uint32_t)(r >> 32) & FP_ALL;
}

/* --- comparison -------------------------------------------------------- */

struct counts {
    uint32_t runs, failed, operations;
};

static bool same(const struct outcome *x, const struct outcome *y)
{
    return x->value[0] == y->value[0] && x->value[1] == y->value[1] &&
           x->se[0] == y->se[0] && x->se[1] == y->se[1] &&
           x->flags == y->flags && x->cc == y->cc;
}

static void show(const char *name, const struct context *c,
                 const struct outcome *host, const struct outcome *model)
{
    printf("%s cw=%x st0=%04x:%016llx st1=%04x:%016llx mem=%016llx\n", name,
           c->cw, c->st0.se, (unsigned long long)c->st0.frac, c->st1.se,
           (unsigned long long)c->st1.frac,
           (unsigned long long)c->memory[0]);
    for (unsigned i = 0; i < 2; i++) {
        const struct outcome *o = i ? model : host;
        printf("  %s %04x:%016llx %04x:%016llx flags=%02x cc=%x\n",
               i ? "model" : "host ", o->se[0],
               (unsigned long long)o->value[0], o->se[1],
               (unsigned long long)o->value[1], o->flags, o->cc);
    }
}

static void count_run(struct counts *counts, uint32_t *failed,
                      const char *name, const struct context *c,
                      const struct outcome *host,
                      const struct outcome *model)
{
    counts->runs++;
    if (same(host, model))
        return;
    counts->failed++;
    if (++*failed <= SHOWN)
        show(name, c, host, model);
}

static void run_simd(const struct simd_op *op, uint32_t count, uint8_t *page,
                     uint64_t *state, struct counts *counts)
{
    uint32_t failed = 0;
    make_thunk(page, simd_before, sizeof simd_before, op->bytes, op->length,
               simd_after, sizeof simd_after);
    counts->operations++;
    for (uint32_t i = 0; i < count; i++) {
        struct context c = {.cw = 0}, before;
        simd_random(op, state, &c);
        before = c;
        struct outcome model = simd_model(op, &c);
        struct outcome host = simd_host(op, page, &c);
        count_run(counts, &failed, op->name, &before, &host, &model);
    }
}

static void run_x87(const struct x87_op *op, uint32_t count, uint8_t *page,
                    uint64_t *state, struct counts *counts)
{
    uint32_t failed = 0;
    uint8_t code[3] = {op->bytes[0], op->bytes[1], 0x28};
    make_thunk(page, x87_before, sizeof x87_before, code,
               op->memory ? 3 : 2, x87_after, sizeof x87_after);
    counts->operations++;
    for (uint32_t i = 0; i < count; i++) {
        _Alignas(16) struct context c = {.cw = 0};
        x87_random(op, state, &c);
        struct outcome model = x87_model(op, &c);
        struct outcome host = x87_host(op, page, &c);
        model.cc &= op->cc;
        count_run(counts, &failed, op->name, &c, &host, &model);
    }
}

static void run_all(uint32_t count, uint8_t *page, uint64_t *state,
                    struct counts *counts)
{
    for (unsigned i = 0; i < ARRAY_SIZE(simd_ops); i++)
        run_simd(&simd_ops[i], count, page, state, counts);
    if (__builtin_cpu_supports("sse4.1"))
        for (unsigned i = 0; i < ARRAY_SIZE(round_ops); i++)
            run_simd(&round_ops[i], count, page, state, counts);
    for (unsigned i = 0; i < ARRAY_SIZE(x87_ops); i++)
        run_x87(&x87_ops[i], count, page, state, counts);
    if (__builtin_cpu_supports("sse3"))
        for (unsigned i = 0; i < ARRAY_SIZE(fisttp_ops); i++)
            run_x87(&fisttp_ops[i], count, page, state, counts);
}

int main(void)
{
    struct counts counts = {0};
    uint32_t count = asked_count(STANDARD_COUNT);
    uint32_t seed = asked_seed(0x7f4a7c15);
    uint64_t state = seed;
    struct sigaction action = {.sa_sigaction = on_sigfpe,
                               .sa_flags = SA_SIGINFO};
    uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || sigaction(SIGFPE, &action, NULL) != 0) {
        puts("SKIP: the host gives no executable memory");
        return 77;
    }
    run_all(count, page, &state, &counts);
    printf("RESULT %u runs of %u floating-point operations on this "
           "processor, %u differ, seed %u\n",
           counts.runs, counts.operations, counts.failed, (unsigned)seed);
    return counts.failed != 0 || counts.runs == 0;
}
#endif
