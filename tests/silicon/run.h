/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run over many cases: what the files that carry it out share.
 *
 *   test-silicon.c  options, rows, batches
 *   run_case.c      one case in both halves
 *   memory.c        the pages of both halves
 *   report.c        what is said */
#ifndef TESTS_SILICON_RUN_H
#define TESTS_SILICON_RUN_H

#include "tests/silicon/silicon.h"

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

/* What a case was. */
struct done {
    uint16_t row;
    bool ran, defined, fault, differs;
};

/* Sizes of code, and names, by mode. */
extern const unsigned mode_of[MODES];
extern const char *const mode_names[MODES];

uint64_t mix(uint64_t a, uint64_t b);

/* --- test-silicon.c ---------------------------------------------------------- */

/* Does the simulated CPU have the row in this mode? */
bool exists(const struct run *run, const struct ia32_row *row, unsigned m);

/* --- memory.c ------------------------------------------------------------------ */

/* All pages anew, as the batch's number says, the same in both halves. */
void fill_memory(struct run *run, unsigned m, uint64_t batch);
/* false: they are equal; else why tells of the first byte that is not. */
bool memory_differs(const struct run *run, unsigned m, char *why,
                    size_t size);
void take_hosts_memory(const struct run *run, unsigned m);
/* Lay what a case wants there into both halves. */
void poke_all(const struct run *run, unsigned m, const struct sil_case *c);
/* Lay the host's bytes into the simulator where a result is undefined. */
void accept_undefined(const struct run *run, unsigned m,
                      const struct sil_case *c,
                      const struct sil_outcome *there);

/* --- run_case.c ----------------------------------------------------------------- */

/* fx: x87 and SSE state to start with, unless the row is about it.  careful:
 * compare all memory, and report. */
struct done run_case(struct run *run, unsigned m, uint64_t number,
                     const struct ia32_row *row, const uint8_t fx[512],
                     bool careful);

/* --- report.c --------------------------------------------------------------------- */

void say(const struct run *run, unsigned m, uint64_t number,
         const struct sil_case *c, const struct sil_outcome *here,
         const struct sil_outcome *there, const char *why);
void say_rows(const struct run *run);
/* Rows that should have had cases and had none: how many, and how many
 * had. */
unsigned count_missed(const struct run *run, bool name_them,
                      unsigned *covered);
unsigned count_unjudged(const struct run *run);
/* The file of --counts. */
bool write_counts(const struct run *run);

#endif
