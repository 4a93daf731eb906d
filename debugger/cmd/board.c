/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building and booting the simulated PC; see board.h. */
#include "debugger/cmd/board.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "vmx-model/vmx.h"

#define CPU_STANDARD "merom"
#define HZ_MAX UINT64_C(1000000000000)

const struct cmd_option board_options[] = {
    {"cpu", "NAME", "CPU model; NAME,+FEATURE,-FEATURE changes its features. "
                    "'vtsim cpu list' lists them.",
     CPU_STANDARD, false},
    {"profile", "NAME|FILE",
     "What operations cost, and the clock rate: unit, prescott, merom, or a "
     "file.",
     "the CPU's own, else unit", false},
    {"hz", "RATE", "Cycles per second of the time base.", "the profile's",
     false},
    {"memory", "SIZE", "RAM; suffixes K, M, G, and M without one.", "128M",
     false},
    {"append", "STR", "What follows the image's name in the command line "
                      "that it is given.",
     "nothing", false},
    {"module", "FILE", "Load a Multiboot module; may be repeated. Its string is the file's "
                     "name.", "none",
     true},
    {"serial", "stdio|stdout|file:PATH|none",
     "Where the serial line and the debug console go to.",
     "run: stdio; debug: stdout", false},
    {"serial-instant", NULL, "Characters take no time on the serial line.",
     "no", false},
    {"record", "FILE", "Record what comes in from outside.", "no", false},
    {"replay", "FILE", "Take what comes in from a recording.", "no", false},
    {"restore", "FILE", "Go on from a snapshot of the same machine.", "no",
     false},
    {"max-cycles", "N", "Stop when the clock reaches N; run then ends with "
                        "status 6.",
     "no limit", false},
};
const size_t board_option_count = ARRAY_SIZE(board_options);
_Static_assert(ARRAY_SIZE(board_options) == BOARD_OPTION_COUNT,
               "the tables of run and debug say how many rows there are");

/* Open a profile and refuse keys that price nothing: a misspelt one would
 * be left out in silence. */
static enum vt_err open_checked(struct board *b, const char *name,
                                struct vt_error *err)
{
    static const char *const keys[] = {
#define X(id, key, fallback, meaning) key,
#include "sim/ia32/cost.def"
#undef X
    };
    enum vt_err failed = vt_profile_open(name, &b->profile, err);
    if (failed)
        return failed;
    return vt_profile_check_keys(b->profile, keys, ARRAY_SIZE(keys), err);
}

/* The profile asked for; else the built-in one that has the CPU model's
 * name; else unit. */
static enum vt_err open_profile(struct board *b, const char *wanted,
                                const char *cpu, struct vt_error *err)
{
    const struct ia32_model *model;
    uint64_t features[IA32_FEATURE_WORDS];
    const char *name, *found = "unit";
    if (wanted)
        return open_checked(b, wanted, err);
    enum vt_err failed = ia32_model_parse(cpu, &model, features, err);
    if (failed)
        return failed;
    for (unsigned i = 0; vt_profile_builtin(i, &name); i++)
        if (strcmp(name, model->name) == 0)
            found = model->name;
    return open_checked(b, found, err);
}

/* What a CPU may have but this machine does not back: no model offers it,
 * and +feature must not make it look as if it were there. */
static enum vt_err check_backed(const struct ia32_cpu *cpu,
                                struct vt_error *err)
{
    static const enum ia32_feature needs_apic[] = {
        IA32_F_APIC, IA32_F_X2APIC, IA32_F_TSC_DEADLINE, IA32_F_ARAT};
    for (unsigned i = 0; i < ARRAY_SIZE(needs_apic); i++)
        if (ia32_has(cpu, needs_apic[i]))
            return vt_fail(err, VT_ERR_INPUT,
                           "--cpu: \"%s\" needs a local APIC, which this "
                           "machine does not have",
                           ia32_feature_name(needs_apic[i]));
    return VT_OK;
}

static enum vt_err build_cpu(struct board *b, const char *spec,
                             struct vt_error *err)
{
    enum vt_err failed = ia32_new(b->m, spec, &b->cpu, err);
    if (failed)
        return failed;
    vt_machine_add_cpu(b->m, &b->cpu->base);
    failed = check_backed(b->cpu, err);
    if (failed)
        return failed;
    return ia32_has(b->cpu, IA32_F_VMX) ? vmx_attach(b->cpu) : VT_OK;
}

static enum vt_err boot(struct board *b, const struct cmd_args *args,
                        struct vt_error *err)
{
    const struct vt_pc_image kernel = {.path = args->operands[0],
                                       .args = cmd_value(args, "append")};
    struct vt_pc_image *modules =
        vt_alloc(args->list_count + 1u, sizeof(*modules));
    for (unsigned i = 0; i < args->list_count; i++)
        modules[i].path = args->list[i];
    enum vt_err failed = vt_pc_boot(b->pc, &kernel, modules,
                                    args->list_count, &b->booted, err);
    free(modules);
    if (failed)
        return failed;
    ia32_set_multiboot_state(b->cpu, b->booted.start.entry,
                             b->booted.start.eax, b->booted.start.ebx);
    b->places = trc_places_new();
    trc_places_add_image(b->places, b->booted.kernel_symbols);
    for (unsigned i = 0; i < b->booted.module_count; i++)
        trc_places_add_module(b->places, b->booted.module_symbols[i]);
    return VT_OK;
}

/* Recording, replay, snapshot: after the machine is whole. */
static enum vt_err attach_files(struct board *b, const struct cmd_args *args,
                                struct vt_error *err)
{
    const char *record = cmd_value(args, "record");
    const char *replay = cmd_value(args, "replay");
    const char *restore = cmd_value(args, "restore");
    enum vt_err failed = VT_OK;
    if (record)
        failed = vt_input_record(vt_pc_input(b->pc), record, err);
    if (!failed && replay)
        failed = vt_input_replay(vt_pc_input(b->pc), replay, err);
    if (!failed && restore)
        failed = vt_machine_load_file(b->m, restore, err);
    return failed;
}

static bool parse_numbers(struct board *b, const struct cmd_args *args,
                          uint64_t *hz)
{
    const char *max = cmd_value(args, "max-cycles");
    const char *rate = cmd_value(args, "hz");
    b->max_cycles = UINT64_MAX;
    *hz = 0;
    return (!max || cmd_parse_number("max-cycles", max, 1, UINT64_MAX - 1,
                                     &b->max_cycles)) &&
           (!rate || cmd_parse_number("hz", rate, 1000, HZ_MAX, hz));
}

/* Snapshots load into a machine with the same line: all that decides how it
 * goes on from a state.  What is in memory (image, modules, command line) is
 * in the snapshot itself. */
static void set_config(struct board *b, const char *cpu,
                       const struct vt_pc_options *pc)
{
    static const char format[] = "cpu=%s profile=%s/%08" PRIx32
                                 " hz=%" PRIu64 " memory=%" PRIu64 "%s";
    const char *instant = pc->serial_instant ? " serial-instant" : "";
    uint32_t crc = vt_profile_crc(b->profile);
    int length = snprintf(NULL, 0, format, cpu, b->profile->name, crc,
                          vt_machine_hz(b->m), pc->memory_bytes, instant);
    char *config = vt_alloc((size_t)length + 1, 1);
    snprintf(config, (size_t)length + 1, format, cpu, b->profile->name, crc,
             vt_machine_hz(b->m), pc->memory_bytes, instant);
    vt_machine_set_config(b->m, config);
    free(config);
}

static enum vt_err build(struct board *b, const struct cmd_args *args,
                         const struct vt_pc_options *pc, uint64_t hz,
                         struct vt_error *err)
{
    const char *cpu = cmd_value(args, "cpu");
    enum vt_err failed;
    if (!cpu)
        cpu = CPU_STANDARD;
    failed = open_profile(b, cmd_value(args, "profile"), cpu, err);
    if (failed)
        return failed;
    b->m = vt_machine_new(b->profile);
    if (hz)
        vt_machine_set_hz(b->m, hz);
    failed = build_cpu(b, cpu, err);
    if (!failed)
        failed = vt_pc_build(b->m, pc, &b->pc, err);
    if (failed)
        return failed;
    set_config(b, cpu, pc);
    failed = boot(b, args, err);
    return failed ? failed : attach_files(b, args, err);
}

int board_build(struct board *b, const struct cmd_args *args,
                const char *serial)
{
    struct vt_error err = {.kind = VT_OK};
    struct vt_pc_options pc = {.memory_bytes = VT_PC_MEMORY_DEFAULT_BYTES};
    const char *memory = cmd_value(args, "memory");
    uint64_t hz;

    memset(b, 0, sizeof(*b));
    if (!parse_numbers(b, args, &hz))
        return CMD_USAGE;
    if (cmd_value(args, "record") && cmd_value(args, "replay"))
        return cmd_usage_error("--record and --replay exclude each other");
    if (memory && vt_pc_parse_size(memory, &pc.memory_bytes, &err) != VT_OK)
        return cmd_fail(&err);
    pc.serial = cmd_value(args, "serial");
    if (!pc.serial)
        pc.serial = serial;
    pc.debugcon = pc.serial;
    pc.serial_instant = cmd_value(args, "serial-instant") != NULL;
    if (build(b, args, &pc, hz, &err) != VT_OK) {
        board_free(b);
        return cmd_fail(&err);
    }
    return CMD_OK;
}

int board_finish(struct board *b, int status)
{
    struct vt_error err = {.kind = VT_OK};
    if (vt_pc_finish(b->pc, &err) == VT_OK)
        return status;
    return cmd_fail(&err);
}

void board_free(struct board *b)
{
    trc_places_free(b->places);
    if (b->pc)
        vt_pc_booted_free(&b->booted);
    vt_pc_free(b->pc);
    if (b->m)
        vt_machine_free(b->m);
    if (b->profile)
        vt_profile_free(b->profile);
    memset(b, 0, sizeof(*b));
}

/* Status and words of a stop.  The stop's own text, when there is one,
 * may say the same in more detail, or add to it. */
enum said { WORDS, TEXT, BOTH };
static const struct stop_row {
    enum cmd_status status;
    enum said said;
    const char *words;
} stops[] = {
    [VT_STOP_NONE] = {CMD_OK, WORDS, "stopped"},
    [VT_STOP_POWER_OFF] = {CMD_OK, WORDS,
                           "the guest switched the machine off"},
    [VT_STOP_DEBUG_EXIT] = {CMD_OK, WORDS, "the guest ended the run"},
    [VT_STOP_TRIPLE_FAULT] = {CMD_TRIPLE_FAULT, TEXT, "triple fault"},
    [VT_STOP_LIMIT] = {CMD_LIMIT, WORDS,
                       "the limit of --max-cycles was reached"},
    [VT_STOP_DEADLOCK] = {CMD_DEADLOCK, TEXT,
                          "the CPU waits and nothing can wake it"},
    [VT_STOP_UNMODELLED] = {CMD_UNMODELLED, BOTH,
                            "the guest used what vtsim does not model"},
    [VT_STOP_BREAK] = {CMD_OK, BOTH, "stopped"},
    [VT_STOP_OUTPUT] = {CMD_OUTPUT, BOTH,
                        "output of the guest could not be written"},
};

int board_say_stop(const struct board *b, const struct vt_stop *stop)
{
    struct vt_cpu *cpu = &b->cpu->base;
    uint64_t pc = cpu->ops->get_pc(cpu);
    char place[160];
    int status = (int)stops[stop->kind].status;

    trc_places_describe(b->places, cpu->ledger.rows[cpu->who].kind, pc,
                        place, sizeof(place));
    const struct stop_row *row = &stops[stop->kind];
    bool text = row->said != WORDS && stop->text[0];
    fprintf(stderr, "vtsim: %s%s%s",
            text && row->said == TEXT ? "" : row->words,
            text && row->said == BOTH ? ": " : "", text ? stop->text : "");
    if (stop->kind == VT_STOP_DEBUG_EXIT) {
        status = (int)((stop->value << 1 | 1) & 0xff);
        fprintf(stderr, " with value %" PRIu64 " (status %d)", stop->value,
                status);
    }
    fprintf(stderr, ", at cycle %" PRIu64 ", 0x%08" PRIx64, cpu->now_cycles,
            pc);
    if (place[0] != '0')
        fprintf(stderr, " (%s)", place);
    fputc('\n', stderr);
    return status;
}
