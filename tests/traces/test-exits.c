/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exit table: every cycle in exactly one row. */
#include <stdlib.h>

#include "traces/exits.h"

#include "tests/suite.h"
#include "tests/traces/rig.h"

static const struct trc_exit_row *row_of(const struct trc_exit_report *r,
                                         uint32_t reason)
{
    static const struct trc_exit_row none;
    for (unsigned i = 0; i < r->row_count; i++)
        if (r->rows[i].reason == reason)
            return &r->rows[i];
    return &none;
}

/* Boot 100, VMM 30, entry 7, guest 50 and walks 4; CPUID: exit 11, VMM 20
 * and its device 5, entry 7, walks 3; guest 9 and a delivery 2; HLT. */
static void play(struct rig *rig)
{
    charge(rig, VT_WHO_NATIVE, VT_WHAT_INSTRUCTION, 100);
    charge(rig, VT_WHO_VMM, VT_WHAT_INSTRUCTION, 30);
    vm_entry(rig, 0x400000, 7);
    charge(rig, rig->guest, VT_WHAT_INSTRUCTION, 50);
    charge(rig, rig->guest, VT_WHAT_REFILL, 4);
    vm_exit(rig, 10, 0x400000, 11);
    charge(rig, VT_WHO_VMM, VT_WHAT_INSTRUCTION, 20);
    charge(rig, VT_WHO_VMM, VT_WHAT_DEVICE, 5);
    vm_entry(rig, 0x400000, 7);
    charge(rig, rig->guest, VT_WHAT_REFILL, 3);
    charge(rig, rig->guest, VT_WHAT_INSTRUCTION, 9);
    charge(rig, rig->guest, VT_WHAT_DELIVERY, 2);
    vm_exit(rig, 12, 0x400000, 11);
    charge(rig, VT_WHO_VMM, VT_WHAT_IDLE, 1000);
}

static void test_parts(void)
{
    struct rig rig;
    rig_init(&rig);
    struct trc_exits *x = trc_exits_new(rig.m);
    play(&rig);
    struct trc_exit_report *r = trc_exits_report(x);
    const struct trc_exit_row *cpuid = row_of(r, 10);
    CU_ASSERT_EQUAL(cpuid->count, 1);
    CU_ASSERT_EQUAL(cpuid->price.hw_exit, 11);
    CU_ASSERT_EQUAL(cpuid->price.vmm_instruction, 20);
    CU_ASSERT_EQUAL(cpuid->price.vmm_device, 5);
    CU_ASSERT_EQUAL(cpuid->price.hw_entry, 7);
    CU_ASSERT_EQUAL(cpuid->price.refill, 3);
    CU_ASSERT_EQUAL(row_of(r, 12)->price.hw_exit, 11);
    CU_ASSERT_EQUAL(trc_price_total(&row_of(r, 12)->price), 11);
    CU_ASSERT_EQUAL(trc_price_total(&r->before.price), 30 + 7 + 4);
    CU_ASSERT_EQUAL(r->before.count, 1);
    CU_ASSERT_EQUAL(r->entries, 2);
    CU_ASSERT_EQUAL(r->native, 100);
    CU_ASSERT_EQUAL(r->guest_instruction, 59);
    CU_ASSERT_EQUAL(r->guest_delivery, 2);
    CU_ASSERT_EQUAL(r->idle, 1000);
    CU_ASSERT_EQUAL(r->total, rig.cpu->now_cycles);
    CU_ASSERT_EQUAL(r->unaccounted, 0);
    trc_exit_report_free(r);
    trc_exits_free(x);
    rig_free(&rig);
}

static void test_failed_entry(void)
{
    struct rig rig;
    const uint32_t failure = UINT32_C(0x80000021);
    rig_init(&rig);
    struct trc_exits *x = trc_exits_new(rig.m);
    charge(&rig, VT_WHO_VMM, VT_WHAT_INSTRUCTION, 30);
    charge(&rig, VT_WHO_VMM, VT_WHAT_VM_ENTRY, 7);
    emit_vm(&rig, VT_EV_VM_FAIL, 7, 0, 0);
    emit_vm(&rig, VT_EV_VM_FAIL, 7, 0, 0);
    vm_exit(&rig, failure, 0, 11);
    struct trc_exit_report *r = trc_exits_report(x);
    CU_ASSERT_EQUAL(row_of(r, failure)->count, 1);
    CU_ASSERT_EQUAL(row_of(r, 33)->count, 0);
    CU_ASSERT_EQUAL(row_of(r, failure)->price.hw_exit, 11);
    CU_ASSERT_EQUAL(r->before.price.hw_entry, 7);
    CU_ASSERT_EQUAL_FATAL(r->fail_count, 1);
    CU_ASSERT_EQUAL(r->fails[0].error, 7);
    CU_ASSERT_EQUAL(r->fails[0].count, 2);
    CU_ASSERT_EQUAL(r->unaccounted, 0);
    trc_exit_report_free(r);
    trc_exits_free(x);
    rig_free(&rig);
}

static void test_restart(void)
{
    struct rig rig;
    rig_init(&rig);
    struct trc_exits *x = trc_exits_new(rig.m);
    play(&rig);
    trc_exits_restart(x);
    charge(&rig, VT_WHO_NATIVE, VT_WHAT_INSTRUCTION, 42);
    struct trc_exit_report *r = trc_exits_report(x);
    CU_ASSERT_EQUAL(r->row_count, 0);
    CU_ASSERT_EQUAL(r->total, 42);
    CU_ASSERT_EQUAL(r->native, 42);
    CU_ASSERT_EQUAL(r->unaccounted, 0);
    trc_exit_report_free(r);
    trc_exits_free(x);
    rig_free(&rig);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223);
    return *seed >> 8;
}

/* Whatever is charged, by whomever and in whatever order. */
static void test_any_order(void)
{
    struct rig rig;
    uint32_t seed = 1;
    rig_init(&rig);
    struct trc_exits *x = trc_exits_new(rig.m);
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t what = next_random(&seed) % (VT_WHAT_COUNT + 2);
        if (what == VT_WHAT_COUNT)
            vm_exit(&rig, next_random(&seed) % 40, 0,
                    next_random(&seed) % 3000);
        else if (what == VT_WHAT_COUNT + 1)
            vm_entry(&rig, 0, next_random(&seed) % 3000);
        else
            charge(&rig, next_random(&seed) % (rig.guest + 1),
                   (enum vt_what)what, next_random(&seed) % 1000);
        if (i % 1000)
            continue;
        struct trc_exit_report *r = trc_exits_report(x);
        CU_ASSERT_EQUAL(r->total, rig.cpu->now_cycles);
        CU_ASSERT_EQUAL(r->unaccounted, 0);
        trc_exit_report_free(r);
    }
    trc_exits_free(x);
    rig_free(&rig);
}

/* What write gives, in a buffer that the caller frees. */
static char *written(void (*write)(const struct trc_exit_report *, FILE *),
                     const struct trc_exit_report *r)
{
    static const size_t most = 8192;
    char *text = calloc(1, most);
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    write(r, file);
    rewind(file);
    CU_ASSERT(fread(text, 1, most - 1, file) > 0);
    fclose(file);
    return text;
}

static void test_text(void)
{
    static const char *const golden =
        "VM exits (cycles)            count    hw exit        VMM   hw entry "
        "    refill       total      mean  share\n"
        "-------------------------------------------------------------------"
        "------------------------------------------\n"
        "10 CPUID                         1         11         25          7 "
        "         3          46        46    3.7%\n"
        "12 HLT                           1         11          0          0 "
        "         0          11        11    0.9%\n"
        "-------------------------------------------------------------------"
        "------------------------------------------\n"
        "all VM exits                     2         22         25          7 "
        "         3          57        29    4.5%\n"
        "VMM before the first exit        1          0         30          7 "
        "         4          41        41    3.3%\n"
        "native (no VMX operation)                                           "
        "                   100              7.9%\n"
        "guest: instructions                                                 "
        "                    59              4.7%\n"
        "guest: event delivery                                               "
        "                     2              0.2%\n"
        "idle (halted)                                                       "
        "                  1000             79.4%\n"
        "-------------------------------------------------------------------"
        "------------------------------------------\n"
        "the clock                                                           "
        "                  1259            100.0%\n";
    struct rig rig;
    rig_init(&rig);
    struct trc_exits *x = trc_exits_new(rig.m);
    play(&rig);
    struct trc_exit_report *r = trc_exits_report(x);
    char *text = written(trc_exits_write_text, r);
    CU_ASSERT_STRING_EQUAL(text, golden);
    if (strcmp(text, golden) != 0)
        printf("\n%s", text);
    free(text);
    trc_exit_report_free(r);
    trc_exits_free(x);
    rig_free(&rig);
}

static void test_json(void)
{
    struct rig rig;
    rig_init(&rig);
    struct trc_exits *x = trc_exits_new(rig.m);
    play(&rig);
    struct trc_exit_report *r = trc_exits_report(x);
    char *text = written(trc_exits_write_json, r);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text, "{\"reason\": 10, \"entry_failure\": false, \"name\": \"10 "
              "CPUID\", \"count\": 1, \"hw_exit\": 11, \"vmm_instruction\": "
              "20, \"vmm_delivery\": 0, \"vmm_device\": 5, \"hw_entry\": 7, "
              "\"refill\": 3, \"total\": 46},"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"clock\": 1259\n}"));
    free(text);
    trc_exit_report_free(r);
    trc_exits_free(x);
    rig_free(&rig);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"an exit's price has its parts", test_parts},
        {"a failed entry is a row of its own", test_failed_entry},
        {"after a restart nothing of the past is counted", test_restart},
        {"the rows add up to the clock, whatever is charged", test_any_order},
        {"the table looks as it did", test_text},
        {"the JSON has every part", test_json},
    };
    return run_suite("exits", cases, ARRAY_SIZE(cases));
}
