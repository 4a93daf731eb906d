/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The debugger's core without a face: its table of commands, completion, and
 * a machine that knows no VT-x. */
#include <stdlib.h>

#include "debugger/core/dbg.h"

#include "sim/ia32/cpu.h"
#include "tests/suite.h"

static const struct vt_symbol rows[] = {
    {0x100000, 0x10, "main", true},
    {0x100010, 0x10, "main_loop", true},
    {0x100020, 0x10, "other", true},
};

struct rig {
    struct vt_profile *profile;
    struct vt_machine *m;
    struct vt_symbols symbols;
    struct trc_places *places;
    FILE *out;
    struct dbg *d;
};

static void rig_init(struct rig *rig)
{
    struct vt_error err;
    struct ia32_cpu *cpu;
    memset(rig, 0, sizeof(*rig));
    vt_assert(vt_profile_open("unit", &rig->profile, &err) == VT_OK);
    rig->m = vt_machine_new(rig->profile);
    vt_assert(ia32_new(rig->m, "pentium-pro", &cpu, &err) == VT_OK);
    vt_machine_add_cpu(rig->m, &cpu->base);
    vt_assert(vt_physmem_add_ram(vt_machine_physmem(rig->m), 0, 1 << 20,
                                 &err) == VT_OK);
    rig->symbols = (struct vt_symbols){.rows = (struct vt_symbol *)rows,
                                       .count = ARRAY_SIZE(rows)};
    rig->places = trc_places_new();
    trc_places_add_image(rig->places, &rig->symbols);
    rig->out = tmpfile();
    vt_assert(rig->out);
    const struct dbg_setup setup = {
        .m = rig->m, .places = rig->places, .out = rig->out};
    rig->d = dbg_new(&setup);
}

static void rig_free(struct rig *rig)
{
    dbg_free(rig->d);
    fclose(rig->out);
    trc_places_free(rig->places);
    vt_machine_free(rig->m);
    vt_profile_free(rig->profile);
}

static void completes(struct rig *rig, const char *line, const char *word,
                      unsigned i, const char *wanted)
{
    char *found = dbg_complete(rig->d, line, word, i);
    if (!wanted) {
        CU_ASSERT_PTR_NULL(found);
    } else {
        CU_ASSERT_PTR_NOT_NULL(found);
        if (found)
            CU_ASSERT_STRING_EQUAL(found, wanted);
    }
    free(found);
}

static void test_completion(void)
{
    struct rig rig;
    rig_init(&rig);
    completes(&rig, "ste", "ste", 0, "step");
    completes(&rig, "ste", "ste", 1, NULL);
    completes(&rig, "e", "e", 1, "explain");
    completes(&rig, "break ma", "ma", 0, "main");
    completes(&rig, "break ma", "ma", 1, "main_loop");
    completes(&rig, "b ma", "ma", 2, NULL);
    completes(&rig, "b guest:mai", "guest:mai", 0, "guest:main");
    completes(&rig, "b vmm:main_", "vmm:main_", 0, "vmm:main_loop");
    completes(&rig, "registers gen", "gen", 0, "general");
    completes(&rig, "registers gen", "gen", 1, NULL);
    completes(&rig, "vmcs guest_ri", "guest_ri", 0, "GUEST_RIP");
    completes(&rig, "help qu", "qu", 0, "quit");
    completes(&rig, "quit x", "x", 0, NULL);
    completes(&rig, "nonsense x", "x", 0, NULL);
    rig_free(&rig);
}

static void test_table(void)
{
    size_t count;
    const struct dbg_command *commands = dbg_commands(&count);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(commands[i].help);
        CU_ASSERT(length > 0 && commands[i].help[length - 1] == '.');
        CU_ASSERT_PTR_NOT_NULL(commands[i].run);
        for (size_t k = 0; k < count; k++) {
            CU_ASSERT(k == i ||
                      strcmp(commands[i].name, commands[k].name) != 0);
            CU_ASSERT(!commands[i].alias ||
                      strcmp(commands[i].alias, commands[k].name) != 0);
            CU_ASSERT(k == i || !commands[i].alias || !commands[k].alias ||
                      strcmp(commands[i].alias, commands[k].alias) != 0);
        }
    }
}

/* Whatever is typed: only quit ends a session. */
static void test_any_line(void)
{
    static const char *const words[] = {
        "step", "break", "x", "p:0", "0", "18446744073709551615", "main",
        "main+1", ".", "-1", "0x", "+", "guest:", "vmm:other", "vmcs", "q",
        "snapshot", "load", "/nowhere/at/all", "explain", "#", "delete",
        "registers", "disassemble", "events", "run-to-cycle", "e", "",
    };
    struct rig rig;
    uint32_t seed = 7;
    rig_init(&rig);
    for (unsigned i = 0; i < 4000; i++) {
        char line[200] = "";
        for (unsigned k = 0; k < 4; k++) {
            seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
            strcat(line, words[(seed >> 16) % ARRAY_SIZE(words)]);
            strcat(line, " ");
        }
        /* runs without an end are not what is tested here */
        if (strstr(line, "18446744073709551615"))
            continue;
        const char *first = line + strspn(line, " ");
        const char *second = *first ? first + 1 + strspn(first + 1, " ") : first;
        bool quits = *first == 'q' && (*second == '\0' || *second == '#');
        enum dbg_next next = dbg_execute(rig.d, line);
        CU_ASSERT_EQUAL(next, quits ? DBG_QUIT : DBG_GO_ON);
    }
    rig_free(&rig);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"completion offers what the argument is", test_completion},
        {"no two commands have the same name", test_table},
        {"only quit ends a session, whatever is typed", test_any_line},
    };
    return run_suite("debugger core", cases, ARRAY_SIZE(cases));
}
