/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segments, alignment, the bus: memory as instructions see it, paging off.
 * SDM Vol 3A, "Limit Checking", "Type Checking", "Alignment Check
 * Exception (#AC)". */
#include "tests/ia32/rig.h"

#define DATA_RW 0xc093u      /* S, present, writable, accessed, G, B */
#define DATA_RO 0xc091u
#define DATA_DOWN 0xc097u    /* expand-down, B = 1 */
#define DATA_DOWN16 0x0097u  /* expand-down, B = 0 */
#define CODE_READ 0xc09bu
#define CODE_ONLY 0xc099u

static void set_seg(struct rig *r, unsigned seg, uint64_t base,
                    uint32_t limit, uint32_t ar)
{
    r->cpu->seg[seg] = (struct ia32_seg){base, limit, ar, 0x10};
}

/* What a case expects: OK, or this vector with error code 0. */
#define OK (-1)

static int outcome(struct rig *r, enum ia32_status status)
{
    if (status == IA32_OK)
        return OK;
    if (status != IA32_FAULT || !r->cpu->pending.has_error_code ||
        r->cpu->pending.error_code != 0)
        return -2;
    return r->cpu->pending.vector;
}

static void type_and_limit(void)
{
    static const struct {
        const char *name;
        uint32_t limit, ar, offset;
        unsigned bytes;
        int read, write; /* expected for DS */
    } rows[] = {
        {"inside", 0xfff, DATA_RW, 0xffc, 4, OK, OK},
        {"last byte", 0xfff, DATA_RW, 0xfff, 1, OK, OK},
        {"one past", 0xfff, DATA_RW, 0x1000, 1, IA32_GP, IA32_GP},
        {"half past", 0xfff, DATA_RW, 0xffd, 4, IA32_GP, IA32_GP},
        {"offset near 4 GiB", 0xfff, DATA_RW, 0xfffffffe, 4, IA32_GP,
         IA32_GP},
        {"limit 0, one byte", 0, DATA_RW, 0, 1, OK, OK},
        {"limit 0, two bytes", 0, DATA_RW, 0, 2, IA32_GP, IA32_GP},
        {"read-only", 0xfff, DATA_RO, 0, 4, OK, IA32_GP},
        {"readable code", 0xfff, CODE_READ, 0, 4, OK, IA32_GP},
        {"execute-only code", 0xfff, CODE_ONLY, 0, 4, IA32_GP, IA32_GP},
        {"code past its limit", 0xfff, CODE_READ, 0xffe, 4, IA32_GP,
         IA32_GP},
        {"conforming code", 0xfff, 0xc09e, 0, 4, OK, IA32_GP},
        {"unusable", 0xfff, DATA_RW | AR_UNUSABLE, 0, 4, IA32_GP, IA32_GP},
        {"expand-down, at limit", 0xfff, DATA_DOWN, 0xfff, 1, IA32_GP,
         IA32_GP},
        {"expand-down, above limit", 0xfff, DATA_DOWN, 0x1000, 4, OK, OK},
        {"expand-down, below limit", 0xfff, DATA_DOWN, 0, 4, IA32_GP,
         IA32_GP},
        {"expand-down, to the top", 0xfff, DATA_DOWN, 0xfffffffc, 4, OK, OK},
        {"expand-down, over the top", 0xfff, DATA_DOWN, 0xfffffffd, 4,
         IA32_GP, IA32_GP},
        {"expand-down, 16-bit top", 0xfff, DATA_DOWN16, 0xfffc, 4, OK, OK},
        {"expand-down, over it", 0xfff, DATA_DOWN16, 0xfffd, 4, IA32_GP,
         IA32_GP},
        {"expand-down, whole segment shut", 0xffffffff, DATA_DOWN, 0x1000, 4,
         IA32_GP, IA32_GP},
        {"flat, over the top: wraps", 0xffffffff, DATA_RW, 0xfffffffe, 4, OK,
         OK},
    };
    struct rig r;
    uint64_t value;

    rig_init(&r);
    for (unsigned seg = IA32_SS; seg <= IA32_DS; seg++)
        for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
            int ss = seg == IA32_SS;
            int read, write, rmw, probe;

            set_seg(&r, seg, 0x10000, rows[i].limit, rows[i].ar);
            read = outcome(&r, ia32_read(r.cpu, seg, rows[i].offset,
                                         rows[i].bytes, &value));
            write = outcome(&r, ia32_write(r.cpu, seg, rows[i].offset,
                                           rows[i].bytes, 0));
            rmw = outcome(&r, ia32_read_for_write(r.cpu, seg, rows[i].offset,
                                                  rows[i].bytes, &value));
            probe = outcome(&r, ia32_probe_write(r.cpu, seg, rows[i].offset,
                                                 rows[i].bytes));
            if (read != (ss && rows[i].read != OK ? IA32_SSF : rows[i].read) ||
                write !=
                    (ss && rows[i].write != OK ? IA32_SSF : rows[i].write) ||
                rmw != write || probe != write) {
                printf("\n  %s: read %d write %d rmw %d probe %d\n",
                       rows[i].name, read, write, rmw, probe);
                CU_FAIL("row failed");
            }
        }
    rig_done(&r);
}

static void linear_wraps(void)
{
    struct rig r;
    uint64_t value;

    rig_init(&r);
    set_seg(&r, IA32_DS, 0xfffff000, 0xffffffff, DATA_RW);
    rig_put32(&r, 0x234, 0x12345678);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x1234, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 0x12345678);
    /* Half at the top of the address space (a hole), half at 0. */
    rig_put32(&r, 0, 0xaabbccdd);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0xffe, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 0xccddffff);
    rig_done(&r);
}

/* Every size at every place in and across a page, against a byte array. */
static void all_alignments(void)
{
    struct rig r;
    uint8_t shadow[0x40];
    uint64_t value, seed = 7;

    rig_init(&r);
    memset(shadow, 0, sizeof shadow);
    for (unsigned i = 0; i < 4000; i++) {
        unsigned size = 1u << (i & 3), at = (i >> 2) % (0x40 - 8);

        seed = seed * UINT64_C(6364136223846793005) + 1;
        CU_ASSERT_EQUAL(ia32_write(r.cpu, IA32_DS, 0x2fe0 + at, size, seed),
                        IA32_OK);
        vt_stle(shadow + at, size == 8 ? seed : seed & (VT_BIT(size * 8) - 1),
                size);
        at = (unsigned)(seed >> 40) % (0x40 - 8);
        CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x2fe0 + at, size, &value),
                        IA32_OK);
        CU_ASSERT_EQUAL(value, vt_ldle(shadow + at, size));
    }
    rig_done(&r);
}

static void alignment_check(void)
{
    struct rig r;
    uint64_t value;

    rig_init(&r);
    for (unsigned on = 0; on < 8; on++)
        for (unsigned at = 0; at < 8; at++)
            for (unsigned size = 1; size <= 8; size *= 2) {
                bool expected = on == 7 && at % size != 0;
                enum ia32_status status;

                r.cpu->cr0 = CR0_PE | (on & 1 ? CR0_AM : 0);
                r.cpu->rflags = FL_FIXED1 | (on & 2 ? FL_AC : 0);
                r.cpu->cpl = on & 4 ? 3 : 0;
                status =
                    ia32_read(r.cpu, IA32_DS, 0x4000 + at, size, &value);
                CU_ASSERT_EQUAL(outcome(&r, status),
                                expected ? (int)IA32_AC : OK);
                status = ia32_write(r.cpu, IA32_DS, 0x4000 + at, size, 0);
                CU_ASSERT_EQUAL(outcome(&r, status),
                                expected ? (int)IA32_AC : OK);
                status = ia32_la_read(r.cpu, 0x4000 + at, size,
                                      IA32_ACC_IMPLICIT, &value);
                CU_ASSERT_EQUAL(outcome(&r, status), OK);
            }
    rig_done(&r);
}

static void stack_sizes(void)
{
    struct rig r;
    uint64_t value;

    rig_init(&r);
    set_seg(&r, IA32_SS, 0x20000, 0xffff, 0x0093); /* B = 0 */
    ia32_update_mode(r.cpu);
    r.cpu->gpr[IA32_RSP] = 0x12340002;
    CU_ASSERT_EQUAL(ia32_push(r.cpu, 2, 0xbeef), IA32_OK);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RSP], 0x12340000);
    CU_ASSERT_EQUAL(ia32_push(r.cpu, 2, 0xcafe), IA32_OK); /* SP wraps */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RSP], 0x1234fffe);
    CU_ASSERT_EQUAL(rig_get32(&r, 0x2fffe) & 0xffff, 0xcafe);
    CU_ASSERT_EQUAL(ia32_pop(r.cpu, 2, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 0xcafe);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RSP], 0x12340000);
    /* A faulting push leaves SP alone. */
    set_seg(&r, IA32_SS, 0x20000, 0xff, 0x0093);
    CU_ASSERT_EQUAL(outcome(&r, ia32_push(r.cpu, 4, 0)), IA32_SSF);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RSP], 0x12340000);
    set_seg(&r, IA32_SS, 0, 0xffffffff, DATA_RW);
    ia32_update_mode(r.cpu);
    r.cpu->gpr[IA32_RSP] = 0x5000;
    CU_ASSERT_EQUAL(ia32_push(r.cpu, 4, 0x11223344), IA32_OK);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RSP], 0x4ffc);
    CU_ASSERT_EQUAL(rig_get32(&r, 0x4ffc), 0x11223344);
    rig_done(&r);
}

struct device {
    uint64_t offset, value;
    unsigned size_bytes, reads, writes;
};

static uint64_t device_read(void *opaque, uint64_t offset,
                            unsigned size_bytes)
{
    struct device *d = opaque;

    d->offset = offset;
    d->size_bytes = size_bytes;
    d->reads++;
    return 0x1122334455667788 & (~UINT64_C(0) >> (64 - 8 * size_bytes));
}

static void device_write(void *opaque, uint64_t offset, uint64_t value,
                         unsigned size_bytes)
{
    struct device *d = opaque;

    d->offset = offset;
    d->size_bytes = size_bytes;
    d->value = value;
    d->writes++;
}

static void keep_last(void *opaque, const struct vt_event *event)
{
    *(struct vt_event *)opaque = *event;
}

static void device_access(void)
{
    static const struct vt_mmio_ops ops = {device_read, device_write};
    struct device d = {0};
    struct vt_event last = {0};
    struct vt_error err;
    struct rig r;
    uint64_t value;

    rig_init(&r);
    rig_must(vt_physmem_add_mmio(r.pm, "device", RIG_MMIO_PA, 0x1000, &ops,
                                 &d, &err) == VT_OK,
             err.text);
    vt_event_listen(vt_machine_bus(r.m), VT_EV_MASK(VT_EV_MMIO), keep_last,
                    &last);
    CU_ASSERT_EQUAL(
        ia32_read(r.cpu, IA32_DS, RIG_MMIO_PA + 0x10, 2, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 0x7788);
    CU_ASSERT_EQUAL(d.offset, 0x10);
    CU_ASSERT_EQUAL(d.size_bytes, 2);
    CU_ASSERT_EQUAL(r.cpu->base.now_cycles, 101);
    CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_DEVICE), 101);
    CU_ASSERT_EQUAL(last.u.io.address, RIG_MMIO_PA + 0x10);
    CU_ASSERT_EQUAL(last.u.io.value, 0x7788);
    CU_ASSERT_FALSE(last.u.io.is_write);
    CU_ASSERT_EQUAL(ia32_write(r.cpu, IA32_DS, RIG_MMIO_PA + 4, 4, 99),
                    IA32_OK);
    CU_ASSERT_EQUAL(d.value, 99);
    CU_ASSERT_EQUAL(r.cpu->base.now_cycles, 202);
    CU_ASSERT_TRUE(last.u.io.is_write);
    /* Every access goes there: nothing of a device is kept. */
    for (unsigned i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, RIG_MMIO_PA, 1, &value),
                        IA32_OK);
    CU_ASSERT_EQUAL(d.reads, 6);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

static void holes(void)
{
    struct rig r;
    uint64_t value;

    rig_init(&r);
    CU_ASSERT_EQUAL(ia32_write(r.cpu, IA32_DS, 0x20000000, 4, 0), IA32_OK);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x20000000, 4, &value),
                    IA32_OK);
    CU_ASSERT_EQUAL(value, 0xffffffff);
    rig_done(&r);
}

static void reading_allocates_nothing(void)
{
    struct rig r;
    uint64_t value;
    size_t before;

    rig_init(&r);
    before = vt_physmem_page_count(r.pm);
    for (uint64_t la = 0x400000; la < 0x800000; la += 0x800) {
        CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, la, 4, &value), IA32_OK);
        CU_ASSERT_EQUAL(value, 0);
    }
    CU_ASSERT_EQUAL(vt_physmem_page_count(r.pm), before);
    rig_done(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"type and limit: #GP(0), in the stack segment #SS(0)",
         type_and_limit},
        {"linear addresses wrap at 4 GiB", linear_wraps},
        {"any size at any alignment", all_alignments},
        {"#AC with AM, AC and CPL 3, and only then", alignment_check},
        {"PUSH and POP follow the B bit", stack_sizes},
        {"a device is asked each time, at a price", device_access},
        {"a hole reads as ones and loses writes", holes},
        {"reading untouched RAM allocates nothing",
         reading_allocates_nothing},
    };

    return run_suite("ia32 memory", cases, ARRAY_SIZE(cases));
}
