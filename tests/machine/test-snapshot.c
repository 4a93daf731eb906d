/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The snapshot format (writer and reader), and snapshots of machines. */
#include "tests/machine/small_machine.h"
#include "tests/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static const struct vt_profile profile = {.hz = 1000000};

/* --- writer and reader -------------------------------------------------------- */

static void crc_of_the_check_string(void)
{
    /* The check value that every catalogue of CRCs gives for this CRC. */
    CU_ASSERT_EQUAL(vt_crc32("123456789", 9), 0xcbf43926);
    CU_ASSERT_EQUAL(vt_crc32("", 0), 0);
}

static void the_format_is_what_the_header_says(void)
{
    static const uint8_t want[] = {
        'V', 'T', 'S', 'N', 'A', 'P', '\r', '\n', 1, 0, 0, 0,
        1, 's', 15, 0, 0, 0, 0, 0, 0, 0,      /* section s, 15 bytes */
        1, 'n', 8, 1, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22,
        0x11,                                 /* field n = 1122..h */
    };
    struct vt_writer *w = vt_writer_new();
    vt_writer_begin(w, "s");
    vt_save_u64(w, "n", UINT64_C(0x1122334455667788));
    vt_writer_end(w);
    size_t bytes;
    const uint8_t *data = vt_writer_finish(w, &bytes);
    CU_ASSERT_EQUAL_FATAL(bytes, sizeof want + 4 + 4 + 8 + 4);
    CU_ASSERT_EQUAL(memcmp(data, want, sizeof want), 0);
    CU_ASSERT_EQUAL(vt_ld32le(data + sizeof want),
                    vt_crc32(want + 12, sizeof want - 12));
    CU_ASSERT_EQUAL(memcmp(data + sizeof want + 4, "\003end", 4), 0);
    vt_writer_free(w);
}

/* A file with one section of three fields, opened. */
struct sample {
    struct vt_writer *w;
    struct vt_reader *r;
};

static void open_sample(struct sample *s)
{
    s->w = vt_writer_new();
    vt_writer_begin(s->w, "one");
    vt_save_u64(s->w, "number", 5);
    vt_save_bytes(s->w, "bytes", "abc", 3);
    vt_save_bytes(s->w, "none", NULL, 0);
    vt_writer_end(s->w);
    vt_writer_begin(s->w, "two");
    vt_writer_end(s->w);
    size_t bytes;
    const void *data = vt_writer_finish(s->w, &bytes);
    CU_ASSERT_EQUAL_FATAL(vt_reader_open(data, bytes, &s->r, NULL), VT_OK);
    CU_ASSERT_EQUAL_FATAL(vt_reader_section(s->r, "one", NULL), VT_OK);
}

static void close_sample(struct sample *s, const char *want_trouble)
{
    struct vt_error err = {.kind = VT_OK, .text = ""};
    enum vt_err e = vt_reader_close_section(s->r, &err);
    CU_ASSERT_EQUAL(e, want_trouble ? VT_ERR_INPUT : VT_OK);
    CU_ASSERT_STRING_EQUAL(err.text, want_trouble ? want_trouble : "");
    vt_reader_free(s->r);
    vt_writer_free(s->w);
}

static void fields_come_back(void)
{
    struct sample s;
    char bytes[3];
    size_t count = 9;
    struct vt_error err;
    open_sample(&s);
    CU_ASSERT_EQUAL(vt_load_u64(s.r, "number"), 5);
    vt_load_bytes(s.r, "bytes", bytes, 3);
    CU_ASSERT_EQUAL(memcmp(bytes, "abc", 3), 0);
    vt_load_blob(s.r, "none", 10, &count);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(vt_reader_section(s.r, "three", &err), VT_ERR_INPUT);
    CU_ASSERT_STRING_EQUAL(err.text,
                           "the snapshot has no section \"three\"");
    CU_ASSERT_EQUAL(vt_reader_all_opened(s.r, &err), VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "\"two\""));
    close_sample(&s, NULL);
}

static void wrong_fields_are_named(void)
{
    struct sample s;
    char bytes[4] = "xyz";
    size_t count;
    open_sample(&s);
    CU_ASSERT_EQUAL(vt_load_u64(s.r, "other"), 0);
    CU_ASSERT_EQUAL(vt_load_u64(s.r, "number"), 0); /* zeros from here on */
    close_sample(&s, "snapshot section \"one\": field \"number\" stands "
                     "where \"other\" should");
    open_sample(&s);
    CU_ASSERT_EQUAL(vt_load_max(s.r, "number", 4), 0);
    close_sample(&s, "snapshot section \"one\": field \"number\" is 5, "
                     "above 4");
    open_sample(&s);
    vt_load_u64(s.r, "number");
    vt_load_bytes(s.r, "bytes", bytes, 4);
    CU_ASSERT_EQUAL(bytes[0], 0);
    close_sample(&s, "snapshot section \"one\": field \"bytes\" has 3 "
                     "elements, not 4");
    open_sample(&s);
    vt_load_u64(s.r, "number");
    CU_ASSERT_PTR_NULL(vt_load_blob(s.r, "bytes", 2, &count));
    CU_ASSERT_EQUAL(count, 0);
    close_sample(&s, "snapshot section \"one\": field \"bytes\" has 3 "
                     "bytes, more than 2");
    open_sample(&s);
    vt_load_bytes(s.r, "number", bytes, 1);
    close_sample(&s, "snapshot section \"one\": field \"number\" has 1 "
                     "elements of 8 bytes, which cannot be");
    open_sample(&s);
    vt_load_u64(s.r, "number");
    close_sample(&s, "snapshot section \"one\": 24 bytes are left over");
    open_sample(&s);
    vt_reader_reject(s.r, "a %s", "reason");
    vt_reader_reject(s.r, "a later one");
    CU_ASSERT_TRUE(vt_reader_rejected(s.r));
    close_sample(&s, "snapshot section \"one\": a reason");
}

static void a_boolean_is_zero_or_one(void)
{
    struct state {
        bool flag;
    } s = {true};
    static const struct vt_reg row[] = {
        VT_REG(struct state, flag, "flag", 1, "g", VT_FMT_BOOL, 0, "")};
    struct vt_reader *r;
    struct vt_writer *w = vt_writer_new();
    vt_writer_begin(w, "s");
    vt_save_bytes(w, "flag", "\002", 1); /* the shape of the row */
    vt_writer_end(w);
    size_t bytes;
    const void *data = vt_writer_finish(w, &bytes);
    CU_ASSERT_EQUAL_FATAL(vt_reader_open(data, bytes, &r, NULL), VT_OK);
    CU_ASSERT_EQUAL(vt_reader_section(r, "s", NULL), VT_OK);
    vt_load_regs(r, row, 1, &s);
    struct vt_error err;
    CU_ASSERT_EQUAL(vt_reader_close_section(r, &err), VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "neither 0 nor 1"));
    vt_reader_free(r);
    vt_writer_free(w);
}

static void sections_are_unique(void)
{
    struct vt_error err;
    struct vt_reader *r;
    struct vt_writer *w = vt_writer_new();
    for (int i = 0; i < 2; i++) {
        vt_writer_begin(w, "same");
        vt_writer_end(w);
    }
    size_t bytes;
    const void *data = vt_writer_finish(w, &bytes);
    CU_ASSERT_EQUAL(vt_reader_open(data, bytes, &r, &err), VT_ERR_INPUT);
    CU_ASSERT_PTR_NULL(r);
    CU_ASSERT_STRING_EQUAL(err.text,
                           "the snapshot has section \"same\" twice");
    vt_writer_free(w);
}

/* Set the CRC of every section right again. */
static void mend_crcs(uint8_t *data, size_t bytes)
{
    size_t at = 12;
    while (at + 9 < bytes) {
        size_t start = at;
        at += 1 + (size_t)data[at];
        at += 8 + (size_t)vt_ld64le(data + at);
        vt_st32le(data + at, vt_crc32(data + start, at - start));
        at += 4;
    }
}

static void a_field_ends_inside_its_section(void)
{
    struct vt_reader *r;
    struct vt_writer *w = vt_writer_new();
    vt_writer_begin(w, "s");
    vt_save_bytes(w, "b", "abc", 3);
    vt_writer_end(w);
    size_t bytes, count;
    const void *data = vt_writer_finish(w, &bytes);
    uint8_t *copy = vt_alloc(bytes, 1);
    memcpy(copy, data, bytes);
    /* header 12, "s" 2, length 8, "b" 2, element size 1: the count */
    CU_ASSERT_EQUAL(copy[25], 3);
    copy[25] = 4;
    mend_crcs(copy, bytes);
    CU_ASSERT_EQUAL_FATAL(vt_reader_open(copy, bytes, &r, NULL), VT_OK);
    CU_ASSERT_EQUAL(vt_reader_section(r, "s", NULL), VT_OK);
    CU_ASSERT_PTR_NULL(vt_load_blob(r, "b", 100, &count));
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(vt_reader_close_section(r, NULL), VT_ERR_INPUT);
    vt_reader_free(r);
    free(copy);
    vt_writer_free(w);
}

/* --- machines ------------------------------------------------------------------- */

static uint8_t *snapshot_of(struct vt_machine *m, size_t *bytes)
{
    struct vt_writer *w = vt_writer_new();
    vt_machine_save(m, w);
    const void *data = vt_writer_finish(w, bytes);
    uint8_t *copy = vt_alloc(*bytes, 1);
    memcpy(copy, data, *bytes);
    vt_writer_free(w);
    return copy;
}

static void load_and_go_on_is_never_having_stopped(void)
{
    for (unsigned cpus = 1; cpus <= 2; cpus++)
        for (uint64_t at = 1; at < 2500; at += 83) {
            struct small_machine whole, first, second;
            struct vt_error err;
            size_t bytes;
            small_machine_open(&whole, &profile, cpus);
            small_machine_open(&first, &profile, cpus);
            small_machine_open(&second, &profile, cpus);
            vt_machine_run(whole.m, 5000, false);
            vt_machine_run(first.m, at, false);
            vt_machine_run(second.m, 777, false); /* something else */
            uint8_t *data = snapshot_of(first.m, &bytes);
            CU_ASSERT_EQUAL(vt_machine_load(second.m, data, bytes, &err),
                            VT_OK);
            CU_ASSERT_EQUAL(vt_machine_hash(second.m),
                            vt_machine_hash(first.m));
            CU_ASSERT_EQUAL(second.device->buffered, first.device->buffered);
            vt_machine_run(second.m, 5000, false);
            CU_ASSERT_EQUAL(vt_machine_hash(second.m),
                            vt_machine_hash(whole.m));
            free(data);
            small_machine_close(&whole);
            small_machine_close(&first);
            small_machine_close(&second);
        }
}

static void the_hash_sees_all_state(void)
{
    struct small_machine s;
    small_machine_open(&s, &profile, 1);
    vt_machine_run(s.m, 1000, false);
    uint64_t hash = vt_machine_hash(s.m);
    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
    vt_event_set_seq(vt_machine_bus(s.m), 99); /* who listens is no state */
    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
    vt_physmem_page(vt_machine_physmem(s.m), 0x7000); /* still zeros */
    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
    s.device->ticks ^= 1;
    CU_ASSERT_NOT_EQUAL(vt_machine_hash(s.m), hash);
    s.device->ticks ^= 1;
    s.cpu[0]->acc++;
    CU_ASSERT_NOT_EQUAL(vt_machine_hash(s.m), hash);
    s.cpu[0]->acc--;
    vt_timer_arm(s.spare, 5000);
    CU_ASSERT_NOT_EQUAL(vt_machine_hash(s.m), hash);
    vt_timer_cancel(s.spare);
    vt_physmem_write(vt_machine_physmem(s.m), 0x7000, 1, 1);
    CU_ASSERT_NOT_EQUAL(vt_machine_hash(s.m), hash);
    small_machine_close(&s);
}

/* Loading the damaged copy must be refused with one line and leave the
 * machine alone (or be as good as the original, which a flipped bit under a
 * CRC never is). */
static void try_damaged(struct small_machine *s, const uint8_t *data,
                        size_t bytes, uint64_t hash, const char *what,
                        size_t where)
{
    struct vt_error err = {.kind = VT_OK, .text = ""};
    enum vt_err e = vt_machine_load(s->m, data, bytes, &err);
    if (e != VT_ERR_INPUT || !err.text[0] || strchr(err.text, '\n'))
        CU_FAIL("a damaged snapshot was not refused with one line");
    if (e != VT_ERR_INPUT)
        printf("%s at byte %zu was accepted\n", what, where);
    if (where % 64 == 0 && vt_machine_hash(s->m) != hash)
        CU_FAIL("a refused snapshot changed the machine");
}

/* Flip bits 0, step, 2 * step, ... of each byte; cut at each byte. */
static void damage_every_byte(bool has_page, unsigned step)
{
    struct small_machine s;
    size_t bytes;
    small_machine_open(&s, &profile, 2);
    if (has_page)
        vt_physmem_write(vt_machine_physmem(s.m), 0x3000, 0x1234, 4);
    vt_machine_run(s.m, 1, false);
    uint8_t *data = snapshot_of(s.m, &bytes);
    vt_machine_run(s.m, 400, false);
    uint64_t hash = vt_machine_hash(s.m);
    for (size_t at = 0; at < bytes; at++)
        for (unsigned bit = 0; bit < 8; bit += step) {
            data[at] ^= (uint8_t)(1u << bit);
            try_damaged(&s, data, bytes, hash, "a flipped bit", at);
            data[at] ^= (uint8_t)(1u << bit);
        }
    for (size_t cut = 0; cut < bytes; cut++) {
        uint8_t *copy = vt_alloc(cut ? cut : 1, 1); /* for ASan */
        memcpy(copy, data, cut);
        try_damaged(&s, copy, cut, hash, "a cut", cut);
        free(copy);
    }
    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
    CU_ASSERT_EQUAL(vt_machine_load(s.m, data, bytes, NULL), VT_OK);
    CU_ASSERT_NOT_EQUAL(vt_machine_hash(s.m), hash);
    free(data);
    small_machine_close(&s);
}

static void every_flipped_bit_and_cut_is_refused(void)
{
    damage_every_byte(false, 1); /* all that is not a page's contents */
    damage_every_byte(true, 8);
}

/* Payload damage with CRCs made right again, as another program might write
 * it: section by section, every byte of every payload set to other values.
 * It loads or is refused; when refused, nothing has changed. */
static size_t payload_after(const uint8_t *data, size_t at, size_t *end)
{
    at += 1 + (size_t)data[at];
    *end = at + 8 + (size_t)vt_ld64le(data + at);
    return at + 8;
}

static void consistent_lies_are_refused_or_loaded(void)
{
    static const uint8_t values[] = {0, 1, 2, 0x7f, 0x80, 0xff};
    struct small_machine s;
    size_t bytes, end, refused = 0, loaded = 0;
    small_machine_open(&s, &profile, 1);
    vt_machine_run(s.m, 2, false); /* no page yet: the file is small */
    vt_physmem_write(vt_machine_physmem(s.m), 0x3000, 0x1234, 4);
    uint64_t hash = vt_machine_hash(s.m);
    uint8_t *data = snapshot_of(s.m, &bytes);
    uint8_t *copy = vt_alloc(bytes, 1);
    for (size_t at = 12; at < bytes; at = end + 4)
        for (size_t i = payload_after(data, at, &end); i < end;
             i += data[i] || data[i - 1] ? 1 : 7) /* hurry through zeros */
            for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
                memcpy(copy, data, bytes);
                copy[i] = values[v];
                mend_crcs(copy, bytes);
                struct vt_error err;
                if (vt_machine_load(s.m, copy, bytes, &err) == VT_OK) {
                    loaded++;
                    CU_ASSERT_EQUAL(vt_ledger_total(&s.cpu[0]->base.ledger),
                                    s.cpu[0]->base.now_cycles);
                    CU_ASSERT_EQUAL_FATAL(
                        vt_machine_load(s.m, data, bytes, &err), VT_OK);
                } else {
                    refused++;
                }
                if (i % 64 == 0)
                    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
            }
    CU_ASSERT_TRUE(refused > 1000 && loaded > 1000);
    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
    free(copy);
    free(data);
    small_machine_close(&s);
}

static void other_versions_and_machines_are_told(void)
{
    struct small_machine s;
    size_t bytes;
    struct vt_error err;
    small_machine_open(&s, &profile, 1);
    uint8_t *data = snapshot_of(s.m, &bytes);
    data[8] = 2;
    CU_ASSERT_EQUAL(vt_machine_load(s.m, data, bytes, &err), VT_ERR_INPUT);
    CU_ASSERT_STRING_EQUAL(err.text, "the snapshot has format version 2; "
                                     "this vtsim reads version 1");
    data[8] = 1;
    vt_machine_set_config(s.m, "cpu=other");
    CU_ASSERT_EQUAL(vt_machine_load(s.m, data, bytes, &err), VT_ERR_INPUT);
    CU_ASSERT_STRING_EQUAL(err.text,
                           "the snapshot is of another machine: it has "
                           "\"small machine of the tests\", this one is "
                           "\"cpu=other\"");
    CU_ASSERT_EQUAL(vt_machine_load(s.m, "GIF89a......", 12, &err),
                    VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no snapshot of vtsim"));
    free(data);
    small_machine_close(&s);
    /* The same line, but another number of CPUs. */
    struct small_machine two;
    small_machine_open(&s, &profile, 1);
    small_machine_open(&two, &profile, 2);
    data = snapshot_of(two.m, &bytes);
    uint64_t hash = vt_machine_hash(s.m);
    CU_ASSERT_EQUAL(vt_machine_load(s.m, data, bytes, &err), VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "\"cpu1\""));
    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
    free(data);
    small_machine_close(&s);
    small_machine_close(&two);
}

static void only_pages_with_contents_are_saved(void)
{
    struct vt_error err;
    size_t bytes;
    struct vt_machine *m = vt_machine_new(&profile);
    struct vt_physmem *pm = vt_machine_physmem(m);
    CU_ASSERT_EQUAL(
        vt_physmem_add_ram(pm, 0, UINT64_C(4) << 30, &err), VT_OK);
    for (uint64_t i = 0; i < 1000; i++) /* a page each 4 MiB, half zero */
        vt_physmem_write(pm, i << 22, i & 1, 4);
    uint8_t *data = snapshot_of(m, &bytes);
    CU_ASSERT_TRUE(bytes > 500 * 4096);
    CU_ASSERT_TRUE(bytes < 500 * (4096 + 64) + 4096);
    uint64_t hash = vt_machine_hash(m);
    for (uint64_t i = 0; i < 1000; i++)
        vt_physmem_write(pm, (i << 22) + 8, ~i, 8);
    CU_ASSERT_NOT_EQUAL(vt_machine_hash(m), hash);
    CU_ASSERT_EQUAL(vt_machine_load(m, data, bytes, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_machine_hash(m), hash);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, (UINT64_C(999) << 22) + 8, 8), 0);
    free(data);
    vt_machine_free(m);
}

static void guests_in_the_ledger_come_back(void)
{
    struct small_machine s, t;
    size_t bytes;
    struct vt_error err;
    small_machine_open(&s, &profile, 1);
    small_machine_open(&t, &profile, 1);
    struct vt_cpu *cpu = &s.cpu[0]->base;
    cpu->who = vt_ledger_guest_row(&cpu->ledger, 0x9000);
    vt_cpu_charge(cpu, VT_WHAT_VM_ENTRY, 33);
    uint8_t *data = snapshot_of(s.m, &bytes);
    CU_ASSERT_EQUAL(vt_machine_load(t.m, data, bytes, &err), VT_OK);
    struct vt_cpu *to = &t.cpu[0]->base;
    CU_ASSERT_EQUAL(to->who, 2);
    CU_ASSERT_EQUAL(to->ledger.row_count, 3);
    CU_ASSERT_EQUAL(to->ledger.rows[2].guest_id, 0x9000);
    CU_ASSERT_EQUAL(
        vt_ledger_sum(&to->ledger, VT_WHO_GUEST, VT_WHAT_VM_ENTRY), 33);
    free(data);
    small_machine_close(&s);
    small_machine_close(&t);
}

static void a_pending_stop_is_state(void)
{
    struct small_machine s, t;
    size_t bytes;
    struct vt_error err;
    small_machine_open(&s, &profile, 1);
    small_machine_open(&t, &profile, 1);
    vt_machine_request_stop(s.m, VT_STOP_DEBUG_EXIT, 0, 7, "why");
    uint8_t *data = snapshot_of(s.m, &bytes);
    CU_ASSERT_EQUAL(vt_machine_load(t.m, data, bytes, &err), VT_OK);
    struct vt_stop stop = vt_machine_run(t.m, 100, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEBUG_EXIT);
    CU_ASSERT_EQUAL(stop.value, 7);
    CU_ASSERT_STRING_EQUAL(stop.text, "why");
    free(data);
    small_machine_close(&s);
    small_machine_close(&t);
}

/* Found by tests/fuzz/fuzz-pcstate.c: a CPU that heeds a stop nobody asked
 * for never gets on, and devices divide by the clock's rate. */
static void a_run_that_would_hang_is_refused(void)
{
    struct small_machine s, t;
    size_t bytes;
    struct vt_error err;
    small_machine_open(&s, &profile, 1);
    small_machine_open(&t, &profile, 1);
    s.cpu[0]->base.attention |= VT_ATT_STOP;
    uint8_t *data = snapshot_of(s.m, &bytes);
    CU_ASSERT_EQUAL(vt_machine_load(t.m, data, bytes, &err), VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "heeds a stop"));
    free(data);
    s.cpu[0]->base.attention &= ~VT_ATT_STOP;
    vt_machine_set_hz(s.m, 1);
    data = snapshot_of(s.m, &bytes);
    CU_ASSERT_EQUAL(vt_machine_load(t.m, data, bytes, &err), VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "a clock of 1 Hz"));
    free(data);
    small_machine_close(&s);
    small_machine_close(&t);
}

/* --- files ------------------------------------------------------------------------- */

static bool exists(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

static void files_round_trip(void)
{
    static const char path[] = "test-snapshot.tmp";
    struct small_machine s;
    struct vt_error err;
    small_machine_open(&s, &profile, 2);
    vt_machine_run(s.m, 900, false);
    uint64_t hash = vt_machine_hash(s.m);
    CU_ASSERT_EQUAL(vt_machine_save_file(s.m, path, &err), VT_OK);
    CU_ASSERT_FALSE(exists("test-snapshot.tmp.part"));
    vt_machine_run(s.m, 2000, false);
    CU_ASSERT_EQUAL(vt_machine_load_file(s.m, path, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
    /* Over an old file. */
    CU_ASSERT_EQUAL(vt_machine_save_file(s.m, path, &err), VT_OK);
    remove(path);
    CU_ASSERT_EQUAL(vt_machine_load_file(s.m, path, &err), VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, path));
    CU_ASSERT_EQUAL(vt_machine_load_file(s.m, "/", &err), VT_ERR_INPUT);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("VTSNAP", file);
    fclose(file);
    CU_ASSERT_EQUAL(vt_machine_load_file(s.m, path, &err), VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "test-snapshot.tmp: this is no"));
    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
    remove(path);
    small_machine_close(&s);
}

/* A limit on the size of files stands in for a disk that fills up. */
static void a_full_disk_keeps_the_old_file(void)
{
    static const char path[] = "test-snapshot-full.tmp";
    struct small_machine s;
    struct vt_error err;
    struct rlimit before, small;
    small_machine_open(&s, &profile, 1);
    uint64_t hash = vt_machine_hash(s.m);
    CU_ASSERT_EQUAL(vt_machine_save_file(s.m, path, &err), VT_OK);
    vt_machine_run(s.m, 500, false);
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum vt_err e = vt_machine_save_file(s.m, path, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    CU_ASSERT_EQUAL(e, VT_ERR_OUTPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, path));
    CU_ASSERT_FALSE(exists("test-snapshot-full.tmp.part"));
    CU_ASSERT_EQUAL(vt_machine_load_file(s.m, path, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_machine_hash(s.m), hash);
    remove(path);
    small_machine_close(&s);
}

static void a_full_disk_is_told(void)
{
    struct small_machine s;
    struct vt_error err;
    small_machine_open(&s, &profile, 1);
    CU_ASSERT_EQUAL(vt_machine_save_file(s.m, "no/such/dir/x", &err),
                    VT_ERR_OUTPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no/such/dir/x"));
    if (exists("/dev/full")) {
        CU_ASSERT_EQUAL(vt_machine_save_file(s.m, "/dev/full", &err),
                        VT_ERR_OUTPUT);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/dev/full"));
        CU_ASSERT_TRUE(exists("/dev/full"));
        CU_ASSERT_FALSE(exists("/dev/full.part"));
    } else {
        printf("SKIP: no /dev/full here\n");
    }
    small_machine_close(&s);
}

static const struct test_case cases[] = {
    {"the CRC gives the published check value", crc_of_the_check_string},
    {"the format is what the header says",
     the_format_is_what_the_header_says},
    {"fields come back", fields_come_back},
    {"a wrong field is named, and only the first", wrong_fields_are_named},
    {"a boolean is 0 or 1", a_boolean_is_zero_or_one},
    {"a section comes once", sections_are_unique},
    {"a field ends inside its section", a_field_ends_inside_its_section},
    {"load and go on is never having stopped",
     load_and_go_on_is_never_having_stopped},
    {"the hash sees all state and no observers", the_hash_sees_all_state},
    {"every flipped bit and every cut is refused",
     every_flipped_bit_and_cut_is_refused},
    {"consistent lies are refused or loaded, never half",
     consistent_lies_are_refused_or_loaded},
    {"other versions and other machines are told",
     other_versions_and_machines_are_told},
    {"only pages with contents are saved",
     only_pages_with_contents_are_saved},
    {"guests in the ledger come back", guests_in_the_ledger_come_back},
    {"a pending stop is state", a_pending_stop_is_state},
    {"a state that would hang the run is refused",
     a_run_that_would_hang_is_refused},
    {"files are written and read back", files_round_trip},
    {"a disk that fills up keeps the old file",
     a_full_disk_keeps_the_old_file},
    {"a full disk is told and costs no file", a_full_disk_is_told},
};

int main(void)
{
    return run_suite("snapshot", cases, ARRAY_SIZE(cases));
}
