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

#include "tests/asked.h"
#include "tests/silicon/run.h"

#define STANDARD_CASES 1000000u

const unsigned mode_of[MODES] = { 32, 32, 64 };
const char *const mode_names[MODES] = { "32", "compat", "64" };

uint64_t mix(uint64_t a, uint64_t b)
{
    struct sil_random r = { a };
    r.state = sil_next(&r) ^ b;
    return sil_next(&r);
}

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

bool exists(const struct run *run, const struct ia32_row *row,
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

/* --- the end of it, and the beginning ---------------------------------------- */

static int finish(const struct run *run, uint64_t cases)
{
    unsigned covered;
    say_rows(run);
    if (run->counts_file && !write_counts(run))
        fprintf(stderr, "test-silicon: %s cannot be written\n",
                run->counts_file);
    if (run->only_case >= 0)
        return run->differ != 0;
    unsigned rows = 0;
    for (unsigned m = 0; m < MODES; m++)
        rows += run->row_count[m];
    bool enough = cases >= 200 * rows; /* for a case of each */
    unsigned missed = count_missed(run, enough, &covered);
    printf("%" PRIu64 " tries were not let loose on the host\n",
           run->not_run);
    printf("RESULT %" PRIu64 " cases of %u rows (modes counted apart; %u "
           "rows the host cannot judge), %" PRIu64 " faults, %"
           PRIu64 " differ, hash of the differences %016" PRIx64
           ", seed %" PRIu64 "\n",
           run->cases, covered, count_unjudged(run), run->faults,
           run->differ, run->hash, run->seed);
    return run->differ != 0 || (enough && missed != 0) || run->cases == 0;
}

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
