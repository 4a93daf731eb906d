/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every row of the decode table that user mode may execute, in random
 * instances, on the host's own x86 processor and in the simulator; what
 * differs is printed and fails.
 *
 *   test-silicon [--cases N] [--seed S] [--mode 32|compat|64] [--rows NAMES]
 *                [--case N] [--list] [--counts FILE]
 *     --mode     32: 32-bit code, the simulator in protected mode; compat: the
 *                same in compatibility mode; 64: 64-bit code
 *     --rows     comma-separated beginnings of row ids or whole mnemonics:
 *                --rows SHL,BT_Ev --rows X87 matches by beginning
 *     --case     run the one case of that number, and say all about it
 *     --list     the rows, and why the host is no judge of some
 *     --counts   write the cases of each row to a file
 *
 * A case is a function of seed and number.  Cases come in batches of 256 that
 * share memory: pages are filled anew at the start of a batch, and compared
 * at its end.  When anything differs, the batch is run again with all of
 * memory compared after each case, and that run is the one that is
 * reported.
 *
 * SKIP on hosts that are not x86-64 with Linux.  Built with a sanitizer, the
 * simulator's half runs alone: the sanitizer's own memory lies where cases
 * reach. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/ia32/rows.h"
#include "tests/asked.h"
#include "tests/silicon/silicon.h"

#define STANDARD_CASES 1000000u
#define BATCH 256u
#define MODES 3u

struct row_counts {
    uint32_t cases, defined, faults, differ;
};

struct run {
    struct sil_host host;
    const char *no_host;
    struct sil_sim *sim[MODES];
    uint64_t seed;
    const char *wanted_rows;
    int wanted_mode; /* index; -1: all */
    int64_t only_case;
    const char *counts_file;
    const struct ia32_row *row[MODES][IA32_ROW_COUNT];
    unsigned row_count[MODES];
    struct row_counts counts[MODES][IA32_ROW_COUNT];
    uint64_t cases, faults, differ, hash, not_run;
    unsigned printed;
};

static const unsigned mode_of[MODES] = { 32, 32, 64 };
static const char *const mode_names[MODES] = { "32", "compat", "64" };

/* --- which rows ----------------------------------------------------------------- */

static bool is_wanted(const struct run *run, const struct ia32_row *row)
{
    const char *p = run->wanted_rows;
    if (!p)
        return true;
    while (*p) {
        size_t length = strcspn(p, ",");
        if (strncmp(row->id, p, length) == 0 ||
            (strlen(row->mnemonic) == length &&
             strncmp(row->mnemonic, p, length) == 0))
            return true;
        p += length + (p[length] == ',');
    }
    return false;
}

static bool exists(const struct run *run, const struct ia32_row *row,
                   unsigned m)
{
    const uint64_t *features = sil_sim_features(run->sim[m]);
    return (features[row->feature / 64] >> (row->feature % 64) & 1) &&
           !(row->checks & (mode_of[m] == 64 ? CHK_I64 : CHK_O64));
}

/* Rows that 64-bit mode has lost are run too: they must be undefined. */
static bool lost_in_64(const struct ia32_row *row, unsigned m)
{
    return mode_of[m] == 64 && (row->checks & CHK_I64) &&
           sil_nobody_took(row);
}

static void choose_rows(struct run *run)
{
    for (unsigned m = 0; m < MODES; m++)
        for (unsigned i = 0; run->sim[m] && i < IA32_ROW_COUNT; i++) {
            const struct ia32_row *row = &ia32_rows[i];
            if (is_wanted(run, row) &&
                (exists(run, row, m) || lost_in_64(row, m)) &&
                !sil_no_judge(row, mode_of[m], &run->host))
                run->row[m][run->row_count[m]++] = row;
        }
}

static void list_rows(const struct run *run)
{
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++)
        for (unsigned m = 0; m < MODES; m++) {
            const struct ia32_row *row = &ia32_rows[i];
            if (!run->sim[m] || !is_wanted(run, row))
                continue;
            const char *why = sil_no_judge(row, mode_of[m], &run->host);
            if (!exists(run, row, m))
                why = lost_in_64(row, m) ? "must be undefined"
                                         : "absent here";
            printf("%-24s %-6s  %s\n", row->id, mode_names[m],
                   why ? why : "");
        }
}

/* --- memory ------------------------------------------------------------------------ */

static uint64_t mix(uint64_t a, uint64_t b)
{
    struct sil_random r = { a };
    r.state = sil_next(&r) ^ b;
    return sil_next(&r);
}

static void fill_memory(struct run *run, unsigned m, uint64_t batch)
{
    struct sil_random r = { mix(run->seed, ~batch) };
    uint8_t content[SIL_PAGE_BYTES];
    sil_fill(&r, content, sizeof content);
    for (unsigned i = 0; i < SIL_PAGES; i++) {
        if (sil_pages[i].rights & SIL_X)
            continue;
        content[sil_below(&r, SIL_PAGE_BYTES)] ^= 0xff;
        memcpy(sil_sim_page(run->sim[m], i), content, sizeof content);
        if (run->host.page[i])
            memcpy(run->host.page[i], content, sizeof content);
    }
}

/* The first byte that differs; false: none. */
static bool memory_differs(const struct run *run, unsigned m, char *why,
                           size_t size)
{
    for (unsigned i = 0; i < SIL_PAGES && !run->no_host; i++) {
        const uint8_t *here = sil_sim_page(run->sim[m], i);
        const uint8_t *there = run->host.page[i];
        if ((sil_pages[i].rights & SIL_X) ||
            memcmp(here, there, SIL_PAGE_BYTES) == 0)
            continue;
        unsigned at = 0;
        while (here[at] == there[at])
            at++;
        snprintf(why, size, "memory at %" PRIx64 ": simulator %02x, host %02x",
                 sil_pages[i].la + at, here[at], there[at]);
        return true;
    }
    return false;
}

static void take_hosts_memory(const struct run *run, unsigned m)
{
    for (unsigned i = 0; i < SIL_PAGES && !run->no_host; i++)
        if (!(sil_pages[i].rights & SIL_X))
            memcpy(sil_sim_page(run->sim[m], i), run->host.page[i],
                   SIL_PAGE_BYTES);
}

static void poke_byte(const struct run *run, unsigned m, uint64_t la,
                      uint8_t byte)
{
    int page = sil_find_page(la);
    if (page < 0 || (sil_pages[page].rights & SIL_X))
        return;
    sil_sim_page(run->sim[m], (enum sil_page_id)page)[la & 0xfff] = byte;
    if (run->host.page[page])
        run->host.page[page][la & 0xfff] = byte;
}

static void poke_all(const struct run *run, unsigned m,
                     const struct sil_case *c)
{
    for (unsigned b = 0; b < c->image_length; b++)
        poke_byte(run, m, c->image_la + b, c->image[b]);
    for (unsigned i = 0; i < c->pokes; i++)
        for (unsigned b = 0; b < c->poke[i].length; b++)
            poke_byte(run, m, c->poke[i].la + b, c->poke[i].bytes[b]);
}

/* --- what is said of a difference ----------------------------------------------------- */

static void say_state(const char *name, const struct sil_case *c,
                      const struct sil_state *s)
{
    printf("  %-9s rip %" PRIx64 " flags %" PRIx64 "\n", name, s->rip,
           s->rflags);
    for (unsigned i = 0; i < (c->mode == 64 ? 16u : 8u); i += 4)
        printf("            %016" PRIx64 " %016" PRIx64 " %016" PRIx64
               " %016" PRIx64 "\n", s->gpr[i], s->gpr[i + 1], s->gpr[i + 2],
               s->gpr[i + 3]);
}

static void say_fx(const struct sil_state *s)
{
    printf("            fcw %02x%02x fsw %02x%02x tags %02x mxcsr %02x%02x\n",
           s->fx[1], s->fx[0], s->fx[3], s->fx[2], s->fx[4], s->fx[25],
           s->fx[24]);
    for (unsigned i = 0; i < 8; i++) {
        printf("            st%u ", i);
        for (int b = 9; b >= 0; b--)
            printf("%02x", s->fx[32 + 16 * i + (unsigned)b]);
        printf("  xmm%u ", i);
        for (int b = 15; b >= 0; b--)
            printf("%02x", s->fx[160 + 16 * i + (unsigned)b]);
        putchar('\n');
    }
}

static void say_case(const struct run *run, unsigned m, uint64_t number,
                     const struct sil_case *c, const char *why)
{
    char text[96] = "";
    unsigned length;
    printf("%s, mode %s: %s\n  bytes    ", ia32_rows[c->row].id,
           mode_names[m], why);
    for (unsigned i = 0; i < c->length; i++)
        printf(" %02x", c->bytes[i]);
    if (!c->undefined &&
        ia32_disassemble(c->bytes, 15, sil_sim_mode_bits(run->sim[m]),
                         c->before.rip, text, sizeof text, &length))
        printf("  %s", text);
    printf("\n  again with --seed %" PRIu64 "%s%s --case %" PRIu64 "%s%s\n",
           run->seed, run->wanted_mode < 0 ? "" : " --mode ",
           run->wanted_mode < 0 ? "" : mode_names[m], number,
           run->wanted_rows ? " --rows " : "",
           run->wanted_rows ? run->wanted_rows : "");
}

static void say(const struct run *run, unsigned m, uint64_t number,
                const struct sil_case *c, const struct sil_outcome *here,
                const struct sil_outcome *there, const char *why)
{
    bool fx = (ia32_rows[c->row].checks & (CHK_FPU | CHK_MMX | CHK_SSE)) ||
              run->only_case >= 0;
    say_case(run, m, number, c, why);
    if (c->target)
        printf("  operand at %" PRIx64 "\n", c->target);
    for (unsigned i = 0; i < c->pokes && i < 2; i++) {
        printf("  memory at %" PRIx64 ":", c->poke[i].la);
        for (unsigned b = 0; b < c->poke[i].length && b < 32; b++)
            printf(" %02x", c->poke[i].bytes[b]);
        putchar('\n');
    }
    say_state("before", c, &c->before);
    if (fx)
        say_fx(&c->before);
    say_state("simulator", c, &here->after);
    if (fx)
        say_fx(&here->after);
    say_state("host", c, &there->after);
    if (fx)
        say_fx(&there->after);
}

/* --- one case -------------------------------------------------------------------------- */

/* Whether an access over the end of 4 GiB wraps is left open. */
static bool is_top(uint64_t la)
{
    return (uint32_t)(la + 0x100) < 0x200;
}

/* May the host be let go where the simulator says that it will go? */
static bool is_safe(const struct sil_case *c, const struct sil_outcome *here)
{
    uint64_t rip = here->after.rip, start = c->before.rip;
    if (here->result == SIL_HANG || here->result == SIL_LOST ||
        (here->after.rflags & ~c->before.rflags & FL_TF))
        return false;
    if (c->mode == 32 && here->result == SIL_FAULT &&
        (is_top(c->before.gpr[IA32_RSP]) ||
         (here->vector == IA32_PF && is_top(here->cr2))))
        return false;
    if (here->result == SIL_FAULT && here->vector == IA32_PF)
        return sil_find_page(here->cr2) >= 0 ||
               sil_host_unmapped(here->cr2 & ~UINT64_C(63), 128);
    if (here->result == SIL_FAULT)
        return true;
    if (rip - start < c->length)
        return false;
    int page = sil_find_page(rip);
    return page >= 0 ? (sil_pages[page].rights & SIL_X) != 0
                     : sil_host_unmapped(rip, 16);
}

static bool make_case(struct run *run, unsigned m, uint64_t number,
                      const struct ia32_row *row, const uint8_t fx[512],
                      struct sil_case *c, struct sil_outcome *here)
{
    struct sil_random r = { mix(run->seed ^ m, number) };
    for (unsigned tries = 0; tries < 30; tries++) {
        memcpy(c->before.fx, fx, 512);
        c->nx = sil_sim_has_nx(run->sim[m]);
        if (!sil_generate(&r, row, mode_of[m],
                          sil_sim_mode_bits(run->sim[m]),
                          sil_sim_features(run->sim[m]), &run->host, c) ||
            sil_no_judge(&ia32_rows[c->row], mode_of[m], &run->host) ||
            sil_no_case(c, &run->host))
            continue;
        poke_all(run, m, c);
        sil_sim_code(run->sim[m], c->before.rip, c->bytes, c->length);
        sil_sim_run(run->sim[m], c, here);
        static const uint8_t int3[16] = { 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
                                          0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
                                          0xcc, 0xcc, 0xcc, 0xcc };
        sil_sim_code(run->sim[m], c->before.rip, int3, c->length);
        if (is_safe(c, here))
            return true;
        run->not_run++;
        take_hosts_memory(run, m);
    }
    return false;
}

/* Lay the host's bytes into the simulator where they are undefined. */
static void accept_bytes(const struct run *run, unsigned m, uint64_t from,
                         uint64_t to)
{
    for (uint64_t la = from; la != to; la++) {
        int page = sil_find_page(la);
        if (page >= 0 && !(sil_pages[page].rights & SIL_X))
            sil_sim_page(run->sim[m], (enum sil_page_id)page)[la & 0xfff] =
                run->host.page[page][la & 0xfff];
    }
}

static void accept_undefined(const struct run *run, unsigned m,
                             const struct sil_case *c,
                             const struct sil_outcome *there)
{
    unsigned pushed = sil_free_push(c);
    uint64_t sp = there->after.gpr[IA32_RSP];
    if (sil_free_result(c, &run->host))
        accept_bytes(run, m, c->target - 64, c->target + 64);
    unsigned first, end;
    for (unsigned i = 0; there->result == SIL_DONE &&
                         sil_free_memory(c, &run->host, i, &first, &end); i++)
        accept_bytes(run, m, c->target + first, c->target + end);
    if (pushed > 2 && there->result == SIL_DONE)
        accept_bytes(run, m, sp + 2, sp + pushed);
}

struct done { /* what a case was */
    uint16_t row;
    bool ran, defined, fault, differs;
};

static void report(struct run *run, unsigned m, uint64_t number,
                   const struct sil_case *c, const struct sil_outcome *here,
                   const struct sil_outcome *there, bool differs,
                   const char *why)
{
    bool wanted = run->only_case == (int64_t)number;
    struct row_counts *counts = &run->counts[m][c->row];
    if (differs)
        run->hash = mix(run->hash, mix(number, c->row));
    if (wanted || (run->only_case < 0 && differs && run->printed < 40 &&
                   counts->differ < (run->wanted_rows ? 5 : 1))) {
        run->printed++;
        say(run, m, number, c, here, there, differs ? why : "agrees");
    }
}

static struct done run_case(struct run *run, unsigned m, uint64_t number,
                            const struct ia32_row *row,
                            const uint8_t fx[512], bool careful)
{
    struct sil_case c;
    struct sil_outcome here, there;
    char why[200] = "";
    if (!make_case(run, m, number, row, fx, &c, &here))
        return (struct done){ .ran = false };
    struct done done = { .row = (uint16_t)c.row, .ran = true,
                         .defined = !c.undefined,
                         .fault = here.result == SIL_FAULT };
    if (run->no_host)
        return done;
    sil_host_run(&run->host, &c, here.after.rip, &there);
    accept_undefined(run, m, &c, &there);
    done.differs = sil_compare(&c, &run->host, &here, &there, why,
                               sizeof why) == SIL_DIFFER;
    if (!careful)
        return done;
    if (!done.differs)
        done.differs = memory_differs(run, m, why, sizeof why);
    report(run, m, number, &c, &here, &there, done.differs, why);
    if (done.differs)
        take_hosts_memory(run, m);
    return done;
}

static void count(struct run *run, unsigned m, const struct done *done)
{
    struct row_counts *counts = &run->counts[m][done->row];
    if (!done->ran)
        return;
    counts->cases++;
    counts->defined += done->defined;
    counts->faults += done->fault;
    counts->differ += done->differs;
    run->cases++;
    run->faults += done->fault;
    run->differ += done->differs;
}

/* --- batches ------------------------------------------------------------------------------ */

static unsigned modes_here(const struct run *run)
{
    unsigned count = 0;
    for (unsigned m = 0; m < MODES; m++)
        count += run->row_count[m] != 0;
    return count;
}

/* The modes take turns, a batch each. */
static unsigned mode_of_batch(const struct run *run, uint64_t batch)
{
    unsigned turn = (unsigned)(batch % modes_here(run)), m = 0;
    while (run->row_count[m] == 0 || turn-- > 0)
        m++;
    return m;
}

/* false: something differs, and careful was not asked for. */
static bool run_batch(struct run *run, uint64_t batch, unsigned cases,
                      bool careful)
{
    static struct done done[BATCH];
    unsigned m = mode_of_batch(run, batch);
    struct sil_random r = { mix(run->seed, ~(batch << 1)) };
    uint8_t fx[512];
    char why[200];
    sil_fill_fx(&r, fx);
    fill_memory(run, m, batch);
    if (!run->no_host)
        sil_host_mode(&run->host, mode_of[m]);
    for (unsigned i = 0; i < cases; i++) {
        uint64_t turn = batch / modes_here(run) * BATCH + i;
        const struct ia32_row *row =
            run->row[m][turn % run->row_count[m]];
        done[i] = run_case(run, m, batch * BATCH + i, row, fx, careful);
        if (careful)
            count(run, m, &done[i]);
        else if (done[i].differs)
            return false;
    }
    if (!careful && memory_differs(run, m, why, sizeof why))
        return false;
    for (unsigned i = 0; i < cases && !careful; i++)
        count(run, m, &done[i]);
    return true;
}

static void run_all(struct run *run, uint64_t cases)
{
    if (run->only_case >= 0) {
        uint64_t number = (uint64_t)run->only_case;
        run_batch(run, number / BATCH, (unsigned)(number % BATCH) + 1, true);
        return;
    }
    for (uint64_t at = 0; at < cases; at += BATCH) {
        unsigned n = cases - at < BATCH ? (unsigned)(cases - at) : BATCH;
        if (!run_batch(run, at / BATCH, n, false))
            run_batch(run, at / BATCH, n, true);
    }
}

/* --- the end of it -------------------------------------------------------------------------- */

/* Rows that should have had cases and had none. */
static unsigned count_missed(const struct run *run, unsigned *covered)
{
    unsigned missed = 0;
    *covered = 0;
    for (unsigned m = 0; m < MODES; m++)
        for (unsigned i = 0; i < run->row_count[m]; i++) {
            const struct ia32_row *row = run->row[m][i];
            const struct row_counts *c = &run->counts[m][row - ia32_rows];
            if (exists(run, row, m) ? c->defined : c->cases) {
                ++*covered;
            } else {
                printf("%s, mode %s: no case\n", row->id, mode_names[m]);
                missed++;
            }
        }
    return missed;
}

static unsigned count_unjudged(const struct run *run)
{
    unsigned unjudged = 0;
    for (unsigned m = 0; m < MODES; m++)
        for (unsigned i = 0; i < IA32_ROW_COUNT && run->sim[m]; i++)
            unjudged += exists(run, &ia32_rows[i], m) &&
                        sil_no_judge(&ia32_rows[i], mode_of[m], &run->host);
    return unjudged;
}

static void say_rows(const struct run *run)
{
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++)
        for (unsigned m = 0; m < MODES; m++) {
            const struct row_counts *c = &run->counts[m][i];
            if (c->differ)
                printf("%-24s %-6s %9u cases %9u faults %7u differ\n",
                       ia32_rows[i].id, mode_names[m], c->cases, c->faults,
                       c->differ);
        }
}

/* Cases of each row and mode, faults among them, differences; "-" where the
 * row does not exist, "?" where the host cannot judge it. */
static bool write_counts(const struct run *run)
{
    FILE *f = fopen(run->counts_file, "w");
    if (!f)
        return false;
    fprintf(f, "%-24s %20s %20s %20s  (cases/faults/differ)\n", "row",
            mode_names[0], mode_names[1], mode_names[2]);
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++) {
        fprintf(f, "%-24s", ia32_rows[i].id);
        for (unsigned m = 0; m < MODES; m++) {
            const struct row_counts *c = &run->counts[m][i];
            char text[48] = "-";
            if (c->cases)
                snprintf(text, sizeof text, "%" PRIu32 "/%" PRIu32 "/%" PRIu32,
                         c->cases, c->faults, c->differ);
            else if (run->sim[m] && exists(run, &ia32_rows[i], m))
                strcpy(text, "?");
            fprintf(f, " %20s", text);
        }
        fputc('\n', f);
    }
    return fclose(f) == 0;
}

static int finish(const struct run *run, uint64_t cases)
{
    unsigned covered;
    say_rows(run);
    if (run->counts_file && !write_counts(run))
        fprintf(stderr, "test-silicon: %s cannot be written\n",
                run->counts_file);
    if (run->only_case >= 0)
        return run->differ != 0;
    unsigned missed = count_missed(run, &covered);
    unsigned rows = 0;
    for (unsigned m = 0; m < MODES; m++)
        rows += run->row_count[m];
    if (cases < 50 * rows)
        missed = 0; /* too few to tell */
    printf("%" PRIu64 " tries were not let loose on the host\n",
           run->not_run);
    printf("RESULT %" PRIu64 " cases of %u rows (modes counted apart; %u "
           "rows the host cannot judge), %" PRIu64 " faults, %"
           PRIu64 " differ, hash of the differences %016" PRIx64
           ", seed %" PRIu64 "\n",
           run->cases, covered, count_unjudged(run), run->faults,
           run->differ, run->hash, run->seed);
    return run->differ != 0 || missed != 0 || run->cases == 0;
}

/* --- options ---------------------------------------------------------------------------------- */

static uint64_t number(const char *text)
{
    char *end;
    unsigned long long v = strtoull(text, &end, 0);
    if (*end || *text < '0' || *text > '9') {
        fprintf(stderr, "test-silicon: \"%s\" is no number\n", text);
        exit(2);
    }
    return v;
}

static int mode_number(const char *name)
{
    for (unsigned m = 0; m < MODES; m++)
        if (strcmp(name, mode_names[m]) == 0)
            return (int)m;
    fprintf(stderr, "test-silicon: no mode \"%s\"\n", name);
    exit(2);
}

static bool options(struct run *run, int argc, char **argv, uint64_t *cases)
{
    static const struct option longs[] = {
        { "cases", 1, NULL, 'n' }, { "seed", 1, NULL, 's' },
        { "mode", 1, NULL, 'm' },  { "rows", 1, NULL, 'r' },
        { "case", 1, NULL, 'c' },  { "list", 0, NULL, 'l' },
        { "counts", 1, NULL, 'f' }, { NULL, 0, NULL, 0 }
    };
    bool list = false;
    for (int o; (o = getopt_long(argc, argv, "", longs, NULL)) != -1;)
        switch (o) {
        case 'n': *cases = number(optarg); break;
        case 's': run->seed = number(optarg); break;
        case 'm': run->wanted_mode = mode_number(optarg); break;
        case 'r': run->wanted_rows = optarg; break;
        case 'c': run->only_case = (int64_t)number(optarg); break;
        case 'l': list = true; break;
        case 'f': run->counts_file = optarg; break;
        default: exit(2);
        }
    if (optind < argc) {
        fprintf(stderr, "test-silicon: \"%s\"?\n", argv[optind]);
        exit(2);
    }
    return list;
}

static void open_halves(struct run *run)
{
    sil_learn_rows();
    sil_learn_rules();
    run->no_host = sil_host_open(&run->host);
    for (unsigned m = 0; m < MODES; m++) {
        bool wanted = run->wanted_mode < 0 || run->wanted_mode == (int)m;
        if (wanted && (mode_of[m] == 64 || run->host.code32 || run->no_host))
            run->sim[m] = sil_sim_new(mode_of[m], m != 0,
                                      run->no_host ? NULL : &run->host);
    }
    if (!run->no_host && !run->host.code32)
        puts("the kernel runs no 32-bit code: 64-bit code only");
    if (!run->no_host && !run->host.ldt)
        puts("the kernel has no modify_ldt: flat segments only");
    choose_rows(run);
}

int main(int argc, char **argv)
{
    static struct run run;
    uint64_t cases = asked_count(STANDARD_CASES);
    run.seed = asked_seed(0x7f4a7c15);
    run.only_case = -1;
    run.wanted_mode = -1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    bool list = options(&run, argc, argv, &cases);
    open_halves(&run);
    if (list) {
        list_rows(&run);
        return 0;
    }
    if (modes_here(&run) == 0) {
        fprintf(stderr, "test-silicon: no such row\n");
        return 2;
    }
    run_all(&run, cases);
    int status = finish(&run, cases);
    for (unsigned m = 0; m < MODES; m++)
        sil_sim_free(run.sim[m]);
    if (run.no_host) {
        printf("SKIP: %s; the simulator's half ran alone\n", run.no_host);
        return 77;
    }
    return status;
}
