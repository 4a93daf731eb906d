/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exit graph: the same account as the table, and the right handlers. */
#include <stdlib.h>

#include "traces/exits.h"
#include "traces/graph.h"

#include "tests/suite.h"
#include "tests/traces/rig.h"

/* The VMM of these tests. */
static const struct vt_symbol vmm_rows[] = {
    {0x100000, 0x100, "stub", true},
    {0x100100, 0x100, "dispatch", true},
    {0x100200, 0x100, "on_cpuid", true},
    {0x100300, 0x100, "on_io", true},
    {0x100400, 0x100, "uart", true},
};
static const struct vt_symbol guest_rows[] = {
    {0x100000, 0x1000, "guest_main", true},
};

struct watched {
    struct rig rig;
    struct vt_symbols vmm, guest;
    struct trc_places *places;
    struct trc_exits *exits;
    struct trc_graph *graph;
};

static void watch(struct watched *w)
{
    rig_init(&w->rig);
    w->vmm = (struct vt_symbols){.rows = (struct vt_symbol *)vmm_rows,
                                 .count = ARRAY_SIZE(vmm_rows)};
    w->guest = (struct vt_symbols){.rows = (struct vt_symbol *)guest_rows,
                                   .count = ARRAY_SIZE(guest_rows)};
    w->places = trc_places_new();
    trc_places_add_image(w->places, &w->vmm);
    trc_places_add_module(w->places, &w->guest);
    w->exits = trc_exits_new(w->rig.m);
    w->graph = trc_graph_new(w->rig.m, w->places);
}

static void unwatch(struct watched *w)
{
    trc_graph_free(w->graph);
    trc_exits_free(w->exits);
    trc_places_free(w->places);
    rig_free(&w->rig);
}

/* One exit of the guest and the way of the VMM through its functions. */
static void one_exit(struct watched *w, uint32_t reason, uint64_t handler,
                     uint64_t helper)
{
    struct rig *rig = &w->rig;
    insn(rig, rig->guest, 0x100010, 3);
    vm_exit(rig, reason, 0x100010, 11);
    insn(rig, VT_WHO_VMM, 0x100000, 2);
    insn(rig, VT_WHO_VMM, 0x100100, 5);
    if (handler)
        insn(rig, VT_WHO_VMM, handler, 20);
    if (helper)
        insn(rig, VT_WHO_VMM, helper, 100);
    insn(rig, VT_WHO_VMM, 0x100110, 1);
    vm_entry(rig, 0x100010, 7);
    charge(rig, VT_WHO_VMM, VT_WHAT_INSTRUCTION, 1); /* VMRESUME itself */
    charge(rig, rig->guest, VT_WHAT_REFILL, 3);
}

static void play(struct watched *w)
{
    insn(&w->rig, VT_WHO_NATIVE, 0x100100, 50);
    insn(&w->rig, VT_WHO_VMM, 0x100100, 10);
    vm_entry(&w->rig, 0x100000, 7);
    one_exit(w, 10, 0x100200, 0);
    one_exit(w, 30, 0x100300, 0x100400);
    one_exit(w, 30, 0x100300, 0);
    one_exit(w, 12, 0, 0);
    one_exit(w, 10, 0x100200, 0);
}

static char *dot_of(struct watched *w)
{
    static const size_t most = 16384;
    char *text = calloc(1, most);
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    trc_graph_write_dot(w->graph, "title \"quoted\"", file);
    rewind(file);
    CU_ASSERT(fread(text, 1, most - 1, file) > 0);
    fclose(file);
    return text;
}

static void test_same_account(void)
{
    struct watched w;
    watch(&w);
    play(&w);
    struct trc_exit_report *r = trc_exits_report(w.exits);
    CU_ASSERT_EQUAL(trc_graph_cycles(w.graph),
                    trc_price_total(&r->all.price) +
                        trc_price_total(&r->before.price));
    trc_exit_report_free(r);
    unwatch(&w);
}

static void test_handlers(void)
{
    struct watched w;
    watch(&w);
    play(&w);
    char *dot = dot_of(&w);
    CU_ASSERT_PTR_NOT_NULL(strstr(dot, "ra -> v100200 [label=\" 2 x, 40 "));
    /* uart serves one reason as well; its caller ran first */
    CU_ASSERT_PTR_NOT_NULL(strstr(dot, "r1e -> v100300 [label=\" 2 x, 140 "));
    /* no handler of its own: the dispatcher */
    CU_ASSERT_PTR_NOT_NULL(strstr(dot, "rc -> v100100 [label=\" 1 x, 6 "));
    CU_ASSERT_PTR_NOT_NULL(strstr(dot, "g100000 [label=\"guest_main\\n15 "));
    CU_ASSERT_PTR_NOT_NULL(strstr(dot, "label=\"title \\\"quoted\\\"\\n"));
    free(dot);
    unwatch(&w);
}

static void test_pages(void)
{
    struct watched w;
    watch(&w);
    insn(&w.rig, VT_WHO_VMM, 0x100100, 10);
    vm_entry(&w.rig, 0x7654321, 7);
    vm_exit(&w.rig, 10, 0x7654321, 11);
    char *dot = dot_of(&w);
    CU_ASSERT_PTR_NOT_NULL(strstr(dot, "[label=\"page 0x07654000\\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(dot, " -> z0 "));
    free(dot);
    unwatch(&w);
}

static void test_stable(void)
{
    struct watched a, b;
    watch(&a);
    watch(&b);
    play(&a);
    play(&b);
    char *first = dot_of(&a), *second = dot_of(&b), *again = dot_of(&a);
    CU_ASSERT_STRING_EQUAL(first, second);
    CU_ASSERT_STRING_EQUAL(first, again);
    free(first);
    free(second);
    free(again);
    unwatch(&a);
    unwatch(&b);
}

static void test_failed_entry(void)
{
    struct watched w;
    watch(&w);
    insn(&w.rig, VT_WHO_VMM, 0x100100, 10);
    charge(&w.rig, VT_WHO_VMM, VT_WHAT_VM_ENTRY, 7);
    vm_exit(&w.rig, UINT32_C(0x80000021), 0, 11);
    char *dot = dot_of(&w);
    CU_ASSERT_PTR_NOT_NULL(strstr(dot, "e0 -> r80000021 "));
    free(dot);
    unwatch(&w);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"the edges' cycles are the table's prices", test_same_account},
        {"each reason has its handler", test_handlers},
        {"code without symbols is shown by page", test_pages},
        {"the same run gives the same text", test_stable},
        {"a failed entry leads from the entry to its reason",
         test_failed_entry},
    };
    return run_suite("graph", cases, ARRAY_SIZE(cases));
}
