/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory in 64-bit mode, and host memory for runs of bytes in every mode.
 * SDM Vol 1, "Canonical Addressing"; Vol 3A, "Limit Checking in 64-bit
 * Mode", "Segment Registers in 64-bit Mode". */
#include "sim/ia32/breakpoint.h"
#include "tests/ia32/pgrig.h"

#define LONG_4K (&pg_shapes[4])
#define LOW_END UINT64_C(0x00007fffffffffff)
#define HIGH UINT64_C(0xffff800000000000)

static void enter_64bit(struct pg *p)
{
    p->cpu->mode = IA32_MODE_LONG64 | IA32_MODE_PROT;
}

static void canonical(void)
{
    static const struct {
        const char *text;
        unsigned seg;
        uint64_t base, offset;
        unsigned bytes;
        int vector; /* -1: none */
        uint64_t la;
    } rows[] = {
        {"last of the low half", IA32_DS, 0, LOW_END, 1, -1, LOW_END},
        {"over its end", IA32_DS, 0, LOW_END, 2, IA32_GP, 0},
        {"16 bytes up to it", IA32_DS, 0, LOW_END - 15, 16, -1,
         LOW_END - 15},
        {"16 bytes over it", IA32_DS, 0, LOW_END - 14, 16, IA32_GP, 0},
        {"after it", IA32_DS, 0, LOW_END + 1, 1, IA32_GP, 0},
        {"before the high half", IA32_DS, 0, HIGH - 1, 1, IA32_GP, 0},
        {"into the high half", IA32_DS, 0, HIGH - 1, 2, IA32_GP, 0},
        {"first of the high half", IA32_DS, 0, HIGH, 8, -1, HIGH},
        {"the very last byte", IA32_DS, 0, UINT64_MAX, 1, -1, UINT64_MAX},
        {"wraps to address 0", IA32_DS, 0, UINT64_MAX, 2, -1, UINT64_MAX},
        {"stack: #SS", IA32_SS, 0, LOW_END + 1, 8, IA32_SSF, 0},
        {"stack, over the end", IA32_SS, 0, LOW_END - 6, 8, IA32_SSF, 0},
        {"base of DS is not looked at", IA32_DS, 0x1000, 0x10, 4, -1, 0x10},
        {"nor that of ES", IA32_ES, 0x1000, 0x10, 4, -1, 0x10},
        {"nor that of CS", IA32_CS, 0x1000, 0x10, 4, -1, 0x10},
        {"nor that of SS", IA32_SS, 0x1000, 0x10, 4, -1, 0x10},
        {"FS has one", IA32_FS, 0x1000, 0x10, 4, -1, 0x1010},
        {"GS has one", IA32_GS, HIGH, 0x10, 4, -1, HIGH + 0x10},
        {"FS, sum not canonical", IA32_FS, 0x1000, LOW_END - 0xfff, 1,
         IA32_GP, 0},
        {"GS, offset not canonical but the sum", IA32_GS, HIGH,
         UINT64_C(0x800000000000), 1, -1, 0},
        {"FS, the sum wraps", IA32_FS, UINT64_MAX - 0xfff, 0x1008, 4, -1, 8},
    };
    unsigned wrong = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pg p;
        uint64_t la = 0;
        enum ia32_status status;
        int vector = -1;

        pg_init(&p, LONG_4K);
        enter_64bit(&p);
        p.cpu->seg[rows[i].seg] =
            (struct ia32_seg){rows[i].base, 0, AR_UNUSABLE, 0};
        status = ia32_linear(p.cpu, rows[i].seg, rows[i].offset,
                             rows[i].bytes, IA32_ACC_W, &la);
        if (status == IA32_FAULT)
            vector = p.cpu->pending.vector;
        if (vector != rows[i].vector ||
            (vector >= 0 && p.cpu->pending.error_code != 0) ||
            (vector < 0 && la != rows[i].la)) {
            printf("\n  %s: vector %d", rows[i].text, vector);
            wrong++;
        }
        pg_done(&p);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(ARRAY_SIZE(rows), 21);
}

/* A page that the fast TLB has: the same address with any of the upper bits
 * turned is no address, whatever generation the entry is of. */
static void not_canonical_is_never_fast(void)
{
    struct pg p;
    uint64_t value;

    pg_init(&p, LONG_4K);
    enter_64bit(&p);
    for (unsigned flush = 0; flush < 600; flush++) {
        CU_ASSERT_EQUAL(ia32_write(p.cpu, IA32_DS, p.shape->la, 8, flush),
                        IA32_OK);
        CU_ASSERT_EQUAL(ia32_read(p.cpu, IA32_DS, p.shape->la, 8, &value),
                        IA32_OK);
        CU_ASSERT_EQUAL(value, flush);
        /* Not even when an access that nobody checked has used it. */
        (void)!ia32_la_read(p.cpu, p.shape->la ^ VT_BIT(48 + flush % 16), 8,
                            IA32_ACC_R, &value);
        for (unsigned bit = 48; bit < 64; bit++)
            if (ia32_read(p.cpu, IA32_DS, p.shape->la ^ VT_BIT(bit), 8,
                          &value) != IA32_FAULT ||
                p.cpu->pending.vector != IA32_GP)
                CU_FAIL("not canonical, but read");
        ia32_tlb_flush_nonglobal(p.cpu);
    }
    pg_done(&p);
}

/* An address whose upper half matters is not cut off in 64-bit mode, and is
 * outside it. */
static void compatibility_mode_wraps(void)
{
    struct pg p;
    uint64_t la;

    pg_init(&p, LONG_4K);
    p.cpu->mode = IA32_MODE_CODE32 | IA32_MODE_PROT;
    p.cpu->seg[IA32_DS] =
        (struct ia32_seg){0xfffff000, 0xffffffff, 0xc093, 0x10};
    CU_ASSERT_EQUAL(
        ia32_linear(p.cpu, IA32_DS, 0x1008, 4, IA32_ACC_R, &la), IA32_OK);
    CU_ASSERT_EQUAL(la, 8);
    pg_done(&p);
}

/* --- runs of bytes ---------------------------------------------------------- */

static void runs(void)
{
    enum { R, W };
    static const struct {
        const char *text;
        unsigned kind;
        uint32_t limit, ar;
        uint32_t offset; /* from the page's first byte */
        unsigned wanted, bytes; /* 0: NULL */
    } rows[] = {
        {"all of it", R, 0xffffffff, 0xc093, 0, 100, 100},
        {"up to the page's end", R, 0xffffffff, 0xc093, 0xff0, 100, 16},
        {"whole page", W, 0xffffffff, 0xc093, 0, 9999, 4096},
        {"up to the limit", R, 0x40, 0xc093, 0x20, 100, 0x21},
        {"the limit's byte", W, 0x40, 0xc093, 0x40, 100, 1},
        {"past the limit", R, 0x40, 0xc093, 0x41, 100, 0},
        {"misaligned", W, 0xffffffff, 0xc093, 3, 8, 8},
        {"read-only segment", R, 0xffffffff, 0xc091, 0, 8, 0},
        {"expand-down", R, 0, 0xc097, 0x10, 8, 0},
        {"unusable", R, 0xffffffff, 0x1c093, 0, 8, 0},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pg p;
        unsigned bytes;
        const uint8_t *at;

        pg_init(&p, &pg_shapes[0]);
        for (unsigned k = 0; k < 2; k++)
            CU_ASSERT_EQUAL(
                ia32_write(p.cpu, IA32_DS, p.shape->la, 4, 0x1234),
                IA32_OK);
        p.cpu->seg[IA32_DS] = (struct ia32_seg){p.shape->la, rows[i].limit,
                                                rows[i].ar, 0x10};
        at = rows[i].kind == R
                 ? ia32_host_read(p.cpu, IA32_DS, rows[i].offset,
                                  rows[i].wanted, &bytes)
                 : ia32_host_write(p.cpu, IA32_DS, rows[i].offset,
                                   rows[i].wanted, &bytes);
        CU_ASSERT_EQUAL(at != NULL, rows[i].bytes != 0);
        if (at) {
            CU_ASSERT_EQUAL(bytes, rows[i].bytes);
            CU_ASSERT_PTR_EQUAL(
                at, vt_physmem_page(p.r.pm, p.shape->pa)->data +
                        rows[i].offset);
        }
        pg_done(&p);
    }
}

/* NULL where an ordinary access has something to do. */
static void no_runs(void)
{
    static const char *const texts[] = {
        "before the first access", "read only so far: no writes",
        "breakpoints armed",       "alignment checked",
        "decoded code",            "after a flush",
        "SMAP without AC",         "not canonical"};
    unsigned bytes;

    for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
        struct pg p;
        uint64_t la, value;
        bool write = i != 6;

        pg_init(&p, LONG_4K);
        enter_64bit(&p);
        la = p.shape->la;
        rig_put32(&p.r, p.shape->pa, 1);
        if (i == 2)
            p.cpu->armed = IA32_ARMED_DATA;
        if (i == 3)
            p.cpu->cpl = 3;
        if (i == 6) {
            p.cpu->cr4 |= CR4_SMAP;
            p.cpu->rflags |= FL_AC;
        }
        if (i == 1)
            CU_ASSERT_EQUAL(ia32_read(p.cpu, IA32_DS, la, 4, &value),
                            IA32_OK);
        for (unsigned k = 0; k < 2 && i > 1; k++) {
            CU_ASSERT_EQUAL(ia32_write(p.cpu, IA32_DS, la, 4, 1), IA32_OK);
            CU_ASSERT_EQUAL(ia32_read(p.cpu, IA32_DS, la, 4, &value),
                            IA32_OK);
        }
        if (i > 2) /* it was there */
            CU_ASSERT_PTR_NOT_NULL(
                ia32_host_write(p.cpu, IA32_DS, la, 4, &bytes));
        if (i == 3) {
            p.cpu->cr0 |= CR0_AM;
            p.cpu->rflags |= FL_AC;
        }
        if (i == 4)
            vt_physmem_mark_code(p.r.pm, p.shape->pa, 4);
        if (i == 5)
            ia32_tlb_flush_all(p.cpu);
        if (i == 6)
            p.cpu->rflags &= ~FL_AC;
        if (i == 7)
            la ^= VT_BIT(50);
        CU_ASSERT_PTR_NULL(
            write ? ia32_host_write(p.cpu, IA32_DS, la, 4, &bytes)
                  : ia32_host_read(p.cpu, IA32_DS, la, 4, &bytes));
        pg_done(&p);
    }
}

/* Beside code, a run of writes ends with the granule. */
static void runs_beside_code(void)
{
    struct pg p;
    unsigned bytes;

    pg_init(&p, LONG_4K);
    enter_64bit(&p);
    vt_physmem_mark_code(p.r.pm, p.shape->pa + 0x100, 4);
    for (unsigned k = 0; k < 2; k++)
        CU_ASSERT_EQUAL(ia32_write(p.cpu, IA32_DS, p.shape->la, 4, 1),
                        IA32_OK);
    CU_ASSERT_PTR_NOT_NULL(
        ia32_host_write(p.cpu, IA32_DS, p.shape->la + 0x30, 4096, &bytes));
    CU_ASSERT_EQUAL(bytes, 16);
    CU_ASSERT_PTR_NULL(
        ia32_host_write(p.cpu, IA32_DS, p.shape->la + 0x110, 1, &bytes));
    CU_ASSERT_PTR_NOT_NULL(
        ia32_host_write(p.cpu, IA32_DS, p.shape->la + 0x140, 1, &bytes));
    pg_done(&p);
}

/* --- #AC -------------------------------------------------------------------- */

/* "Alignment Requirements by Data Type": quantities that are read whole. The
 * wide ones are made of parts (wide.c), whose alignment counts. */
static void alignment_of_wide_operands(void)
{
    static const struct {
        const char *text;
        unsigned bytes, unit, required;
    } rows[] = {
        {"word", 2, 2, 2},
        {"doubleword, single-precision", 4, 4, 4},
        {"quadword, double-precision", 8, 8, 8},
        {"double extended-precision", 10, 8, 8},
        {"16 bytes whose instruction demands no 16", 16, 8, 8},
        {"32-bit far pointer in parts of 2", 4, 2, 2},
        {"48-bit far pointer in parts of 4", 6, 4, 4},
        {"FSTENV, 16-bit", 14, 2, 2},
        {"FSTENV, 32-bit", 28, 4, 4},
        {"FSAVE, 32-bit", 108, 4, 4},
    };
    uint8_t to[128];

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        for (unsigned at = 0; at < 16; at++) {
            bool expected = at % rows[i].required != 0;
            enum ia32_status status;
            struct pg p;

            pg_init(&p, LONG_4K);
            enter_64bit(&p);
            p.cpu->cpl = 3;
            p.cpu->cr0 |= CR0_AM;
            p.cpu->rflags |= FL_AC;
            status = ia32_read_wide(p.cpu, IA32_DS, p.shape->la + at,
                                    rows[i].bytes, rows[i].unit, to);
            CU_ASSERT_EQUAL(status, expected ? IA32_FAULT : IA32_OK);
            if (expected)
                CU_ASSERT_TRUE(p.cpu->pending.vector == IA32_AC &&
                               p.cpu->pending.error_code == 0);
            p.cpu->rflags &= ~FL_AC;
            CU_ASSERT_EQUAL(ia32_read_wide(p.cpu, IA32_DS,
                                           p.shape->la + at, rows[i].bytes,
                                           rows[i].unit, to),
                            IA32_OK);
            pg_done(&p);
        }
}

int main(void)
{
    static const struct test_case cases[] = {
        {"canonical addresses and bases", canonical},
        {"what is not canonical is never fast", not_canonical_is_never_fast},
        {"compatibility mode wraps at 4 GiB", compatibility_mode_wraps},
        {"runs of bytes: how many", runs},
        {"no runs where an access has more to do", no_runs},
        {"runs beside code", runs_beside_code},
        {"#AC by the parts of an operand", alignment_of_wide_operands},
    };

    return run_suite("ia32 memory in 64-bit mode", cases, ARRAY_SIZE(cases));
}
