/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One instruction, run by the host's own processor and by the simulator from
 * the same state: what both halves, the generator and the judge share.
 *
 *   arena.c      the pages that instructions may touch, the same addresses in
 *                both halves
 *   host_*.c     the host's half: enter, execute one instruction, come back
 *   sim_*.c      the simulator's half
 *   generate.c   a random instance of a row of the decode table (with encode.c,
 *                places.c, values.c, traits.c)
 *   compare.c    what must agree, but for the table judge.def (judge.c)
 *   test-silicon.c  how many, of which rows, and what is said of them (run.h) */
#ifndef TESTS_SILICON_H
#define TESTS_SILICON_H

#include "sim/ia32/defs.h"
#include "sim/ia32/insn.h"

/* A sanitizer's own memory lies where cases reach. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SILICON_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SILICON_SANITIZED 1
#endif
#if defined(__x86_64__) && !defined(__ILP32__) && defined(__linux__) && \
    defined(__GNUC__) && !defined(SILICON_SANITIZED)
#define SILICON_HOST 1
#else
#define SILICON_HOST 0
#endif

/* --- the arena ------------------------------------------------------------- */

/* What may be done with a page at CPL 3; nothing else is mapped near it. */
enum { SIL_R = 1, SIL_W = 2, SIL_X = 4, SIL_64 = 8 /* in 64-bit code only */ };

struct sil_page {
    uint64_t la;
    unsigned rights;
    const char *name;
};

enum sil_page_id {
    SIL_CODE0, SIL_CODE1, SIL_DATA0, SIL_DATA1, SIL_DATA2, SIL_READ_ONLY,
    SIL_STACK0, SIL_STACK1, SIL_HIGH, SIL_FAR, SIL_PAGES
};
extern const struct sil_page sil_pages[SIL_PAGES];
#define SIL_PAGE_BYTES 4096u

/* The page that holds la, or -1. */
int sil_find_page(uint64_t la);

/* --- state ------------------------------------------------------------------ */

struct sil_state {
    uint64_t gpr[16];
    uint64_t rip, rflags;
    uint64_t fs_base, gs_base; /* 64-bit code */
    uint16_t sel[6];           /* by enum ia32_seg_index */
    _Alignas(16) uint8_t fx[512]; /* FXSAVE64 image */
};

enum sil_result {
    SIL_DONE,  /* completed; after.rip is where the next one would be */
    SIL_FAULT, /* vector, error_code, cr2; after is what the handler found */
    SIL_HANG,  /* never came back */
    SIL_LOST   /* the executor does not know what happened */
};

struct sil_outcome {
    enum sil_result result;
    unsigned vector;
    uint32_t error_code; /* 0 where the vector has none */
    uint64_t cr2;        /* #PF */
    struct sil_state after;
};

/* Bytes to lay into the arena before a case runs. */
struct sil_poke {
    uint64_t la;
    unsigned length;
    uint8_t bytes[64];
};
#define SIL_POKES 6
#define SIL_IMAGE_BYTES 576u

struct sil_case {
    unsigned mode;    /* 32 or 64: the size of the code */
    unsigned row;     /* enum ia32_row_id the decoder found */
    bool undefined;   /* the decoder says #UD */
    struct ia32_insn insn; /* as decoded, when it is defined */
    uint8_t bytes[16];
    unsigned length;
    bool uses_fs;     /* may see or change FS or the segment registers */
    bool leaves_cs;   /* may load CS */
    bool traps;       /* is an INT3, in one form or another */
    bool nx;          /* the simulator's pages may forbid execution */
    struct sil_poke poke[SIL_POKES];
    unsigned pokes;
    uint64_t image_la; /* what FXRSTOR and its like load; laid first */
    unsigned image_length;
    uint8_t image[SIL_IMAGE_BYTES];
    struct sil_state before;
    uint64_t target;  /* linear address of the memory operand, or 0 */
};

/* Selectors: those of Linux, and an LDT of our own. */
enum {
    SIL_CS32 = 0x23, SIL_DS = 0x2b, SIL_CS64 = 0x33,
    SIL_LDT_FS = 0x07, SIL_LDT_GS = 0x0f, SIL_LDT_RO = 0x17,
    SIL_LDT_DOWN = 0x1f, SIL_LDT_ABSENT = 0x27, SIL_LDT_ENTRIES = 5
};
#define SIL_FS_BASE64 UINT64_C(0x10010800)
#define SIL_GS_BASE64 UINT64_C(0x6123456780f0)

/* An LDT descriptor that both halves install. */
struct sil_segment {
    uint32_t base, limit;
    bool limit_in_pages, read_only, expand_down, absent, big;
};
extern const struct sil_segment sil_ldt[SIL_LDT_ENTRIES];

/* --- the host's half --------------------------------------------------------- */

struct sil_host {
    bool amd;           /* AMD or Hygon */
    bool code32, ldt, fsgsbase;
    bool split_lock;    /* the kernel forbids locks across cache lines */
    uint8_t *page[SIL_PAGES]; /* our own view of the arena, writable */
    uint32_t gdt_limit; /* last selector that LAR knows something of */
};

/* Map the arena, install handlers.  NULL, or why this host cannot. */
const char *sil_host_open(struct sil_host *h);
/* What the host's CPUID says, for the feature columns. */
void sil_host_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
/* Which mode the next cases are in. */
void sil_host_mode(const struct sil_host *h, unsigned mode);
/* Execute c->bytes at c->before.rip.  expected_rip: where it should go, so
 * that a pad can wait there; wrong guesses cost time and nothing else. */
void sil_host_run(const struct sil_host *h, const struct sil_case *c,
                  uint64_t expected_rip, struct sil_outcome *out);
/* Is nothing mapped at [la, la + bytes)?  As of sil_host_open. */
bool sil_host_unmapped(uint64_t la, unsigned bytes);

/* --- the simulator's half ------------------------------------------------------ */

struct sil_sim;

/* A machine for code of 32 or 64 bits whose CPU has the features that the
 * host has too (NULL: all).
 *   ia32e  in IA-32e mode, which 64-bit code always is */
struct sil_sim *sil_sim_new(unsigned mode, bool ia32e,
                            const struct sil_host *host);
void sil_sim_free(struct sil_sim *s);
uint8_t *sil_sim_page(struct sil_sim *s, enum sil_page_id page);
/* Lay bytes into a code page. */
void sil_sim_code(struct sil_sim *s, uint64_t la, const uint8_t *bytes,
                  unsigned length);
void sil_sim_run(struct sil_sim *s, const struct sil_case *c,
                 struct sil_outcome *out);
const uint64_t *sil_sim_features(const struct sil_sim *s);
unsigned sil_sim_mode_bits(const struct sil_sim *s);
/* Can its page tables forbid execution? */
bool sil_sim_has_nx(const struct sil_sim *s);
/* Why the simulator stopped, after SIL_LOST. */
const char *sil_sim_why(const struct sil_sim *s);

/* --- cases ------------------------------------------------------------------------ */

struct sil_random {
    uint64_t state;
};
uint64_t sil_next(struct sil_random *r);
/* 0 .. n-1. */
static inline unsigned sil_below(struct sil_random *r, unsigned n)
{
    return (unsigned)((sil_next(r) >> 32) * n >> 32);
}
static inline bool sil_chance(struct sil_random *r, unsigned percent)
{
    return sil_below(r, 100) < percent;
}
/* A number of size_bytes that is likely to be a corner. */
uint64_t sil_value(struct sil_random *r, unsigned size_bytes);
/* size_bytes of memory for an operand. */
void sil_fill(struct sil_random *r, uint8_t *to, unsigned bytes);
/* Ten bytes: a double-extended number, or a packed decimal one. */
void sil_fill_f80(struct sil_random *r, uint8_t to[10]);
void sil_fill_bcd(struct sil_random *r, uint8_t to[10]);
uint32_t sil_mxcsr(struct sil_random *r);
/* An FXSAVE image that could have been saved. */
void sil_fill_fx(struct sil_random *r, uint8_t fx[512]);
/* XSAVE's header for x87 and SSE. */
void sil_fill_xsave_header(struct sil_random *r, uint8_t header[64]);

/* Has 64-bit mode lost this row's opcode, and nobody given it a new
 * meaning? */
bool sil_nobody_took(const struct ia32_row *row);
/* Look at every row once; before anything else of this section and of the
 * next. */
void sil_learn_rows(void);
void sil_learn_rules(void);
/* An instance of a row; false when this try came to nothing. */
bool sil_generate(struct sil_random *r, const struct ia32_row *row,
                  unsigned mode, unsigned mode_bits,
                  const uint64_t *features, const struct sil_host *host,
                  struct sil_case *c);

/* --- judging ----------------------------------------------------------------------- */

enum sil_verdict { SIL_AGREE, SIL_DIFFER };

/* Why a row is not judged here at all, or NULL. */
const char *sil_no_judge(const struct ia32_row *row, unsigned mode,
                         const struct sil_host *host);
/* Why this case must not be run or compared, or NULL. */
const char *sil_no_case(const struct sil_case *c,
                        const struct sil_host *host);
/* Are its results undefined? */
bool sil_free_result(const struct sil_case *c, const struct sil_host *host);
/* Bytes that it pushes, all but the lowest two of which are undefined; 0. */
unsigned sil_free_push(const struct sil_case *c);
/* The i-th range of its memory operand, from the first byte of it, that is
 * undefined; false past the last. */
bool sil_free_memory(const struct sil_case *c, const struct sil_host *host,
                     unsigned i, unsigned *from, unsigned *to);
/* The FXSAVE part of sil_compare (judge_fx.c): these bits of the x87 status
 * word may differ, and what judge.def calls FX_*. */
enum { FX_TOP = 1, FX_APPROXIMATE = 2, FX_PLACES = 4 };
bool sil_fx_differ(uint16_t free_fsw, unsigned free,
                   const struct sil_state *here,
                   const struct sil_state *there, char *why, size_t size);
enum sil_verdict sil_compare(const struct sil_case *c,
                             const struct sil_host *host,
                             const struct sil_outcome *here,
                             const struct sil_outcome *there,
                             char *why, size_t size);

#endif
