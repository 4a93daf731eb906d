/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entry checks: every row is broken alone by a real VMLAUNCH, gives what
 * the manual asks for, and is named; at its edge the entry succeeds; without
 * the row exactly its case fails.
 * SDM 325462, Vol 3C, "VM Entries". */
#include "tests/vmx-model/check_cases.h"
#include "tests/suite.h"
#include "tests/vmx-model/vmx_test.h"
#include "tests/asked.h"

#define MAX_CASES 256
#define FUZZ_COUNT 20000u

static struct check_case cases_[MAX_CASES]; /* filled once by main */
static unsigned case_count;

/* Valid entries wherever a case has an MSR-load area. */
static void fill(struct rig *r, uint64_t pa, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        rig_poke(r, pa + 16 * i, 8, 0x174);
        rig_poke(r, pa + 16 * i + 8, 8, 8);
    }
}

static void fill_msrs(struct rig *r)
{
    fill(r, CASE_MSRS, 514);
    fill(r, CASE_MISALIGNED, 1);
    fill(r, AT_TOP - 16, 2);
}

static void apply(struct rig *r, const struct case_set *set)
{
    for (; set->what; set++)
        if (set->what == CASE_LONG)
            rig_long(r);
        else if (set->what >= CASE_MEMORY)
            rig_poke(r, set->what - CASE_MEMORY, 4, set->value);
        else
            r->vmx->field[set->what - 1] = set->value;
}

static void launch(struct rig *r, const struct case_set *set)
{
    rig_root(r);
    apply(r, set);
    rig_vmlaunch(r);
}

/* Did the instruction give what the row asks for? */
static bool gave(const struct rig *r, const struct vmx_check *check)
{
    static const struct {
        uint32_t error, reason;
        uint64_t qualification;
    } want[] = {
        [VMX_GIVES_ERROR_7] = {7, 0, 0},
        [VMX_GIVES_ERROR_8] = {8, 0, 0},
        [VMX_GIVES_EXIT_33] = {0, 0x80000021, 0},
        [VMX_GIVES_EXIT_33_PDPTE] = {0, 0x80000021, 2},
        [VMX_GIVES_EXIT_33_NMI] = {0, 0x80000021, 3},
        [VMX_GIVES_EXIT_33_LINK] = {0, 0x80000021, 4},
        [VMX_GIVES_EXIT_34] = {0, 0x80000022, 1},
        [VMX_GIVES_EXIT_41] = {0, 0x80000029, 0},
    };
    const uint32_t error = want[check->gives].error;
    if (r->cpu->non_root || r->fails != 1)
        return false;
    if (error)
        return rig_fail_valid(r, error) && r->cpu->rip == AT_HOST + 3 &&
               r->last.u.vm.reason == error;
    return r->cpu->rip == AT_EXIT &&
           rig_field(r, VMX_F_EXIT_REASON) == want[check->gives].reason &&
           rig_field(r, VMX_F_EXIT_QUALIFICATION) ==
               want[check->gives].qualification;
}

static bool named(const struct rig *r, const char *id)
{
    char text[1000], want[80];
    size_t n = vmx_explain_failure(r->cpu, text, sizeof text);
    snprintf(want, sizeof want, "check %s: ", id);
    return n && n < sizeof text && strstr(text, want) &&
           r->last.kind == VT_EV_VM_FAIL &&
           strcmp(r->last.u.vm.check, id) == 0;
}

/* Run the broken half; says what went wrong when told to. */
static bool passes(struct rig *r, const struct check_case *c, bool loud)
{
    const struct vmx_check *check = vmx_check_find(c->id);
    if (!check) {
        printf("\n  no row %s\n", c->id);
        return false;
    }
    launch(r, c->broken);
    bool good = gave(r, check) && r->vmx->failure.check == check &&
                named(r, c->id);
    if (!good && loud)
        printf("\n  %s: failed row %s, reason %x, error %u\n", c->id,
               r->vmx->failure.valid && r->vmx->failure.check
                   ? r->vmx->failure.check->id
                   : "none",
               (unsigned)r->vmx->failure.reason,
               (unsigned)r->vmx->failure.error);
    return good;
}

static void every_row(void)
{
    struct rig r;
    unsigned hit = 0;
    rig_open(&r);
    fill_msrs(&r);
    for (unsigned i = 0; i < case_count; i++)
        CU_ASSERT(passes(&r, &cases_[i], true));
    for (unsigned i = 0; i < vmx_check_count(); i++) {
        hit += vmx_check_failures(r.cpu, i) == 1;
        if (vmx_check_failures(r.cpu, i) != 1)
            printf("\n  row %s was hit %u times\n", vmx_check_at(i)->id,
                   (unsigned)vmx_check_failures(r.cpu, i));
    }
    printf("\n  entry checks: %u/%u rows hit, by %u cases\n", hit,
           vmx_check_count(), case_count);
    CU_ASSERT_EQUAL(hit, vmx_check_count());
    CU_ASSERT_EQUAL(case_count, vmx_check_count());
    rig_close(&r);
}

static bool entered(const struct rig *r)
{
    return r->fails == 0 && r->entries == 1 && r->cpu->non_root;
}

static void every_edge(void)
{
    struct rig r;
    rig_open(&r);
    fill_msrs(&r);
    for (unsigned i = 0; i < case_count; i++) {
        launch(&r, cases_[i].edge);
        if (!entered(&r))
            printf("\n  edge of %s: %s\n", cases_[i].id,
                   r.vmx->failure.valid && r.vmx->failure.check
                       ? r.vmx->failure.check->id
                       : r.stop.text);
        CU_ASSERT(entered(&r));
        r.entries = 0;
    }
    rig_close(&r);
}

/* Broken alone: with the row off nothing else is wrong. */
static void mutations(void)
{
    struct rig r;
    unsigned killed = 0;
    rig_open(&r);
    fill_msrs(&r);
    for (unsigned row = 0; row < vmx_check_count(); row++) {
        const char *id = vmx_check_at(row)->id;
        unsigned failed = 0;
        bool its = false;
        vmx_switch_check(r.cpu, row, false);
        for (unsigned i = 0; i < case_count; i++)
            if (!passes(&r, &cases_[i], false)) {
                failed++;
                its = strcmp(cases_[i].id, id) == 0;
                if (its && r.fails)
                    printf("\n  %s breaks more than its row: %s\n", id,
                           r.vmx->failure.check->id);
                CU_ASSERT(!its || r.fails == 0);
            }
        vmx_switch_check(r.cpu, row, true);
        if (failed != 1 || !its)
            printf("\n  without %s %u cases fail\n", id, failed);
        killed += failed == 1 && its;
        CU_ASSERT(failed == 1 && its);
    }
    printf("\n  mutation: %u/%u rows missed by exactly their case\n", killed,
           vmx_check_count());
    rig_close(&r);
}

/* --- fuzz -------------------------------------------------------------------- */

static uint64_t random_(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Change some fields of a valid VMCS: bits, small numbers, or all of it. */
static void scramble(struct rig *r, uint64_t *seed)
{
    unsigned n = 1 + (unsigned)(random_(seed) % 6);
    for (unsigned i = 0; i < n; i++) {
        unsigned id = (unsigned)(random_(seed) % VMX_FIELD_COUNT);
        uint64_t v = r->vmx->field[id], x = random_(seed);
        switch (random_(seed) % 4) {
        case 0: v ^= VT_BIT(x % 64); break;
        case 1: v = x % 32; break;
        case 2: v = x; break;
        default: v ^= VT_BIT(x % 16) | VT_BIT(x / 16 % 32); break;
        }
        v &= VT_BITS(vmx_field_bits((enum vmx_field_id)id, true) - 1, 0);
        r->vmx->field[id] = v;
    }
}

static void fuzz(void)
{
    struct rig r;
    const uint32_t first = asked_seed(0x5eed2006);
    const uint32_t count = asked_count(FUZZ_COUNT);
    uint64_t seed = first;
    unsigned ran = 0, failed = 0;
    rig_open(&r);
    for (uint32_t i = 0; i < count; i++) {
        rig_root(&r);
        scramble(&r, &seed);
        rig_vmlaunch(&r);
        if (r.fails) {
            failed++;
            CU_ASSERT_PTR_NOT_NULL_FATAL(r.vmx->failure.check);
        } else {
            ran++;
        }
        for (unsigned n = 0; n < 8 && r.stop.kind <= VT_STOP_NONE; n++)
            rig_go(&r);
        CU_ASSERT_EQUAL(vt_ledger_total(&r.cpu->base.ledger),
                        r.cpu->base.now_cycles);
    }
    CU_ASSERT_EQUAL(ran + failed, count);
    CU_ASSERT(count < FUZZ_COUNT || (ran > count / 40 && failed > count / 40));
    printf("\nRESULT %u random VMCSs: %u ran, %u failed with a named row, "
           "seed %u\n", (unsigned)count, ran, failed, (unsigned)first);
    rig_close(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"every row: broken alone it fails the entry and is named",
         every_row},
        {"every row: at its edge the entry succeeds", every_edge},
        {"every row: switched off, exactly its case fails", mutations},
        {"random VMCSs run or fail with a named row", fuzz},
    };
    case_count = check_cases(cases_, MAX_CASES);
    return run_suite("VM-entry checks", cases, ARRAY_SIZE(cases));
}
