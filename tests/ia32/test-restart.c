/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Precise restart: an instruction that faults has changed nothing.  Random
 * instances of every row of the decode table run in every mode, with
 * operands at the ends of pages that are writable, read-only and not there;
 * after a fault all registers and the memory they point to must be as they
 * were.
 *
 * Not looked at, because the manual says otherwise: repeated instructions
 * (part-way), blocking of NMIs (IRET ends it also when it faults), status
 * flags in MXCSR of #XM, accessed bits; and what ENTER pushed below ESP,
 * which it pushes again.  Faults behind the commit point of a task switch do
 * not occur: the only TSS is busy.
 * SDM Vol 3A, "Restarting of Programs or Tasks". */
#include "tests/ia32/longrig.h"
#include "tests/ia32/realrig.h"

#define PAGE_DIRECTORY 0xe8000u
#define PAGE_TABLE 0xe9000u
#define REGION SYS_DATA /* eight pages: RW, absent, RW, read-only, ... */
#define REGION_BYTES 0x8000u
#define TRIALS 12u

static uint32_t seed = 1;

static uint32_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static uint32_t below(uint32_t n)
{
    return (any() >> 8) % n;
}

/* --- systems ------------------------------------------------------------------- */

enum where { REAL, VM86, PROT0, PROT3, COMPAT3, LONG0, LONG3, WHERES };

static uint32_t region_entry(uint32_t la)
{
    static const uint32_t rights[] = {7, 0, 7, 5};
    uint32_t n = (la - REGION) / 0x1000;
    return la < REGION || la >= REGION + REGION_BYTES ? la | 7
           : rights[n % 4]                            ? la | rights[n % 4]
                                                      : 0;
}

static void paging32(struct sys *s)
{
    sys_put32(s, PAGE_DIRECTORY, PAGE_TABLE | 7);
    for (uint32_t la = 0; la < 0x100000; la += 0x1000)
        sys_put32(s, PAGE_TABLE + (la >> 10), region_entry(la));
    s->cpu->cr3 = PAGE_DIRECTORY;
    s->cpu->cr0 |= CR0_PG | CR0_WP;
    ia32_tlb_flush_all(s->cpu);
}

static void begin(struct sys *s, enum where where)
{
    switch (where) {
    case REAL: real_init(s, LONG_MODEL); break;
    case VM86: vm86_init(s, LONG_MODEL, FL_IOPL); break;
    case PROT0: sys_init(s, LONG_MODEL, 0); break;
    case PROT3: sys_init(s, LONG_MODEL, 3); break;
    case COMPAT3: long_init(s, 3, 32); break;
    case LONG0: long_init(s, 0, 64); break;
    default: long_init(s, 3, 64); break;
    }
    if (where == VM86 || where == PROT0 || where == PROT3)
        paging32(s);
    for (uint32_t la = REGION; where >= COMPAT3 && la < REGION + REGION_BYTES;
         la += 0x1000)
        long_pte(s, la, region_entry(la));
    if (where >= COMPAT3)
        long_paging(s);
    memset(s->cpu->features, 0xff, sizeof s->cpu->features);
    s->cpu->cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE |
                   CR4_FSGSBASE;
    s->cpu->cr0 |= CR0_NE;
    s->cpu->xcr0 = 3;
    ia32_update_mode(s->cpu);
}

/* An offset near the end of a page of the region. */
static uint64_t address(const struct sys *s)
{
    uint32_t la = REGION + 0x1000 * (1 + below(7)) - 24 + below(32);
    if (s->cpu->mode & IA32_MODE_PROT && !(s->cpu->mode & IA32_MODE_VM86))
        return below(8) ? la : any();
    return la - REAL_DATA * 16; /* ES and DS begin there */
}

static void random_state(struct sys *s)
{
    struct ia32_cpu *cpu = s->cpu;
    unsigned count = cpu->mode & IA32_MODE_LONG64 ? 16 : 8;
    for (unsigned r = 0; r < count; r++)
        cpu->gpr[r] = r == IA32_RSP && below(3)
                          ? cpu->gpr[r]
                          : below(4) ? address(s) : below(6);
    if (below(3) == 0)
        cpu->gpr[IA32_RSP] = address(s);
    ia32_set_rflags(cpu, (cpu->rflags & (FL_VM | FL_IOPL)) |
                             (any() & (FL_ARITH | FL_DF | FL_AC)));
    for (unsigned i = 0; i < 8; i++) {
        cpu->fpu.r[i].frac = (uint64_t)any() << 32 | any();
        cpu->fpu.r[i].se = (uint16_t)any();
        cpu->xmm[i].q[0] = (uint64_t)any() << 32 | any();
        cpu->xmm[i].q[1] = (uint64_t)any() << 32 | any();
    }
    cpu->fpu.valid = (uint8_t)any();
    cpu->fpu.cw = (uint16_t)(0x340 | below(0x40));
    cpu->fpu.sw = (uint16_t)(below(8) << 11);
    cpu->mxcsr = 0x1f80 & any();
}

/* --- instructions --------------------------------------------------------------- */

static unsigned put_vex(const struct ia32_row *row, bool is64, uint8_t *b)
{
    unsigned map = row->map == IA32_MAP_VEX_0F38   ? 2
                   : row->map == IA32_MAP_VEX_0F3A ? 3
                                                   : 1;
    unsigned pp = row->prefix > 0 ? (unsigned)row->prefix : 0;
    b[0] = 0xc4;
    b[1] = (uint8_t)(map | (is64 ? any() & 0xe0 : 0xe0));
    b[2] = (uint8_t)(pp | (any() & 0xf8 & ~4u));
    if (!is64)
        b[2] |= 0x40;
    return 3;
}

static unsigned put_prefixes(const struct ia32_row *row, bool is64,
                             uint8_t *b)
{
    static const uint8_t mandatory[] = {0, 0x66, 0xf3, 0xf2};
    unsigned n = 0;
    if (row->map >= IA32_MAP_VEX_0F38)
        return put_vex(row, is64, b);
    if (row->prefix > 0)
        b[n++] = mandatory[row->prefix];
    else if (row->prefix < 0 && below(3) == 0)
        b[n++] = 0x66;
    if (below(8) == 0)
        b[n++] = 0x67;
    if (is64 && below(2))
        b[n++] = (uint8_t)(0x40 | below(16));
    if (row->map > 1)
        b[n++] = 0x0f;
    if (row->map == 3 || row->map == 4)
        b[n++] = row->map == 3 ? 0x38 : 0x3a;
    return n;
}

static void put_insn(const struct ia32_row *row, bool is64, uint8_t b[32])
{
    for (unsigned i = 0; i < 32; i++)
        b[i] = (uint8_t)any();
    unsigned n = put_prefixes(row, is64, b);
    b[n++] = (uint8_t)(row->opcode + (ia32_row_has_z(row) ? below(8) : 0));
    unsigned mod = row->mod == 1 ? 3 : row->mod == 0 || below(2) ? below(3)
                                                                 : 3;
    b[n] = (uint8_t)(mod << 6 | below(64));
    if (row->ext >= 0)
        b[n] = (uint8_t)((b[n] & ~0x38u) | (unsigned)row->ext << 3);
    if (row->rm >= 0)
        b[n] = (uint8_t)((b[n] & ~7u) | (unsigned)row->rm);
    if (mod == 2) /* a displacement of 32 bits that is small */
        b[n + 2] = b[n + 3] = b[n + 4] = b[n + 5] = 0;
}

/* --- what must be the same ---------------------------------------------------------- */

static bool same_fpu(const struct ia32_fpu *a, const struct ia32_fpu *b)
{
    bool same = a->cw == b->cw && a->sw == b->sw && a->fop == b->fop &&
                a->valid == b->valid && a->fip == b->fip &&
                a->fdp == b->fdp && a->fcs == b->fcs && a->fds == b->fds;
    for (unsigned i = 0; i < 8; i++)
        same = same && a->r[i].frac == b->r[i].frac &&
               a->r[i].se == b->r[i].se;
    return same;
}

static bool same(const struct ia32_cpu *a, const struct ia32_cpu *b)
{
    bool is_xm = b->pending.vector == IA32_XM;
    return sys_same_state(a, b) && same_fpu(&a->fpu, &b->fpu) &&
           memcmp(a->xmm, b->xmm, sizeof a->xmm) == 0 &&
           (a->mxcsr == b->mxcsr || is_xm) && a->efer == b->efer &&
           a->mode == b->mode && a->gdtr.limit == b->gdtr.limit &&
           a->idtr.limit == b->idtr.limit && a->xcr0 == b->xcr0 &&
           ((a->blocking ^ b->blocking) & ~IA32_BLOCK_NMI) == 0 &&
           a->pending_debug == b->pending_debug &&
           a->kernel_gs_base == b->kernel_gs_base && a->star == b->star &&
           a->base.activity == b->base.activity;
}

static void read_region(struct sys *s, uint8_t to[REGION_BYTES])
{
    sys_must(vt_physmem_get(s->pm, REGION, to, REGION_BYTES), "no region");
}

static uint8_t pattern[REGION_BYTES], found[REGION_BYTES];

/* The CPU as it was, but for its clock and its caches. */
static void restore(struct sys *s, const struct ia32_cpu *before)
{
    struct ia32_cpu *cpu = s->cpu, copy = *before;
    copy.base = cpu->base;
    copy.base.activity = VT_ACTIVE;
    *cpu = copy;
    ia32_tlb_flush_all(cpu);
    ia32_tlb_drop_fast(cpu);
    ia32_update_mode(cpu);
    cpu->base.attention = 0;
    sys_must(vt_physmem_put(s->pm, REGION, pattern, REGION_BYTES),
             "no region");
}

static unsigned faults, runs;

static bool trial(struct sys *s, const struct ia32_row *row)
{
    bool is64 = (s->cpu->mode & IA32_MODE_LONG64) != 0;
    uint8_t bytes[32];
    static struct ia32_insn insn;
    struct ia32_cpu start = *s->cpu;
    bool ok = true;
    random_state(s);
    put_insn(row, is64, bytes);
    memset(&insn, 0, sizeof insn);
    if (ia32_decode(bytes, 15, s->cpu->mode, s->cpu->features, &insn) ==
            DECODE_OK &&
        &ia32_rows[insn.row] == row) {
        ia32_begin_alone(s->cpu, &insn);
        struct ia32_cpu before = *s->cpu;
        runs++;
        if (ia32_op_guarded(s->cpu, &insn) == IA32_FAULT) {
            faults++;
            read_region(s, found);
            ok = same(&before, s->cpu) &&
                 (memcmp(found, pattern, REGION_BYTES) == 0 ||
                  strcmp(row->mnemonic, "ENTER") == 0);
        }
        if (!ok) {
            fprintf(stderr, "\n    %s mode %u vector %u:", row->id,
                    (unsigned)before.mode, s->cpu->pending.vector);
            for (unsigned i = 0; i < insn.length; i++)
                fprintf(stderr, " %02x", bytes[i]);
        }
    }
    s->cpu->insn = NULL;
    restore(s, &start);
    return ok;
}

static void all_rows_in(enum where where)
{
    struct sys s;
    begin(&s, where);
    for (unsigned i = 0; i < REGION_BYTES; i++)
        pattern[i] = (uint8_t)any();
    sys_must(vt_physmem_put(s.pm, REGION, pattern, REGION_BYTES),
             "no region");
    for (unsigned r = 0; r < IA32_ROW_COUNT; r++)
        for (unsigned i = 0; i < TRIALS; i++)
            CU_ASSERT(trial(&s, &ia32_rows[r]));
    sys_done(&s);
}

static void all_rows(void)
{
    for (unsigned w = 0; w < WHERES; w++)
        all_rows_in((enum where)w);
    printf("\n  RESULT %u rows, %u instructions, %u faults, seed 1\n",
           (unsigned)IA32_ROW_COUNT, runs, faults);
    CU_ASSERT(faults > runs / 10);
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"an instruction that faults has changed nothing", all_rows},
    };
    return sys_main("restart", cases, ARRAY_SIZE(cases));
}
