/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform as a whole: memory, wiring, small ports, host ends, booting,
 * snapshots.  A CPU of six instructions stands in for a real one. */
#include "tests/devices/suite.h"

#include "tests/devices/elfimage.h"
#include "tests/machine/fake_cpu.h"

#include "sim/devices/pc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define HZ UINT64_C(1193182000) /* a thousand cycles a tick */

static const struct fake_insn halted[] = {{FAKE_HALT, 1, 0, NULL},
                                          {FAKE_JUMP, 1, 0, NULL}};

static const struct fake_insn busy[] = {{FAKE_WORK, 10, 0, NULL},
                                        {FAKE_JUMP, 1, 0, NULL}};

struct bench {
    struct vt_profile profile;
    struct vt_machine *m;
    struct fake_cpu *cpu;
    struct vt_pc *pc;
    struct vt_error err;
};

static enum vt_err build_with(struct bench *b,
                              const struct vt_pc_options *options,
                              const struct fake_insn *program)
{
    memset(b, 0, sizeof *b);
    b->m = new_machine(&b->profile, HZ);
    b->cpu = fake_cpu_new(b->m, program);
    return vt_pc_build(b->m, options, &b->pc, &b->err);
}

static void build(struct bench *b, const char *serial)
{
    const struct vt_pc_options options = {
        .memory_bytes = 16 * MIB, .serial = serial, .debugcon = serial};
    enum vt_err failed = build_with(b, &options, halted);
    CU_ASSERT_STRING_EQUAL(b->err.text, "");
    CU_ASSERT_EQUAL_FATAL(failed, VT_OK);
}

static void finish(struct bench *b)
{
    vt_pc_free(b->pc);
    vt_machine_free(b->m);
}

/* ---- memory ---- */

static void bad_sizes(void)
{
    static const struct {
        uint64_t bytes;
        const char *expected;
    } rows[] = {
        {0, "memory size 0 bytes is too small: at least 2 MiB"},
        {MIB, "memory size 1 MiB is too small"},
        {4 * MIB + 1, "memory size 4194305 bytes is not a multiple of 4 KiB"},
        {1024 * GIB, "memory size 1 TiB is too large: at most 64 GiB"},
        {UINT64_MAX - 4095, "is too large"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench b;
        const struct vt_pc_options options = {.memory_bytes = rows[i].bytes};
        CU_ASSERT_EQUAL(build_with(&b, &options, halted), VT_ERR_INPUT);
        CU_ASSERT_PTR_NOT_NULL(strstr(b.err.text, rows[i].expected));
        finish(&b);
    }
}

static void memory_map(void)
{
    struct bench b;
    const struct vt_pc_options options = {.memory_bytes = 5 * GIB};
    CU_ASSERT_EQUAL(build_with(&b, &options, halted), VT_OK);
    static const uint64_t rows[][2] = {
        {0, 0xa0000},
        {MIB, 0xe0000000 - MIB},
        {4 * GIB, 5 * GIB - 0xe0000000},
    };
    struct vt_physmem *pm = vt_machine_physmem(b.m);
    uint64_t pa, bytes;
    for (unsigned i = 0; i < 3; i++) {
        CU_ASSERT_TRUE(vt_physmem_ram_region(pm, i, &pa, &bytes));
        CU_ASSERT_EQUAL(pa, rows[i][0]);
        CU_ASSERT_EQUAL(bytes, rows[i][1]);
    }
    CU_ASSERT_FALSE(vt_physmem_ram_region(pm, 3, &pa, &bytes));
    CU_ASSERT_EQUAL(vt_physmem_read(pm, 0xb8000, 4), 0xffffffff);
    finish(&b);
}

static void bad_clock(void)
{
    static const uint64_t clocks[] = {(UINT64_C(1) << 42) + 1, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
        struct bench b = {.pc = NULL};
        const struct vt_pc_options options = {.memory_bytes = 2 * MIB};
        b.m = new_machine(&b.profile, clocks[i]);
        b.cpu = fake_cpu_new(b.m, halted);
        CU_ASSERT_EQUAL(vt_pc_build(b.m, &options, &b.pc, &b.err),
                        VT_ERR_INPUT);
        CU_ASSERT_PTR_NOT_NULL(strstr(b.err.text, "a clock of "));
        finish(&b);
    }
}

static void parse_sizes(void)
{
    static const struct {
        const char *text;
        uint64_t bytes; /* 0: refused */
    } rows[] = {{"128", 128 * MIB},   {"64M", 64 * MIB},  {"2G", 2 * GIB},
                {"512k", 512 * 1024}, {"1TiB", 1024 * GIB}, {"3MB", 3 * MIB},
                {"", 0},              {"M", 0},           {"-1", 0},
                {"1X", 0},            {"1MX", 0},         {"1.5G", 0},
                {"18446744073709551616", 0}, {"99999999T", 0}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t bytes = 0;
        struct vt_error err = {0};
        enum vt_err failed = vt_pc_parse_size(rows[i].text, &bytes, &err);
        CU_ASSERT_EQUAL(failed, rows[i].bytes ? VT_OK : VT_ERR_INPUT);
        CU_ASSERT_EQUAL(bytes, rows[i].bytes);
        CU_ASSERT_EQUAL(strlen(err.text) > 0, rows[i].bytes == 0);
    }
}

/* ---- small ports ---- */

static void debug_exit(void)
{
    struct bench b;
    build(&b, NULL);
    vt_ports_write(vt_machine_ports(b.m), 0xf4, 0x12345678, 4);
    struct vt_stop stop = vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEBUG_EXIT);
    CU_ASSERT_EQUAL(stop.value, 0x12345678);
    out8(b.m, 0xf7, 3);
    stop = vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEBUG_EXIT);
    CU_ASSERT_EQUAL(stop.value, 3);
    CU_ASSERT_EQUAL(in8(b.m, 0xf4), 0xff);
    finish(&b);
}

static void power_off(void)
{
    static const struct {
        unsigned value, read;
        bool off;
    } rows[] = {{0x2000, 0, true},       {0x2001, 0x0001, true},
                {0x0000, 0, false},      {0x3400, 0x1400, false},
                {0x1c00, 0x1c00, false}, {0xffff, 0x1c03, false}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench b;
        build(&b, NULL);
        vt_ports_write(vt_machine_ports(b.m), 0x604, rows[i].value, 2);
        CU_ASSERT_EQUAL(vt_ports_read(vt_machine_ports(b.m), 0x604, 2),
                        rows[i].read);
        struct vt_stop stop = vt_machine_run(b.m, 1000, false);
        CU_ASSERT_EQUAL(stop.kind == VT_STOP_POWER_OFF, rows[i].off);
        finish(&b);
    }
    struct bench b; /* by bytes, as a 16-bit bus also allows */
    build(&b, NULL);
    out8(b.m, 0x604, 0x01);
    out8(b.m, 0x605, 0x20);
    CU_ASSERT_EQUAL(vt_machine_run(b.m, 1000, false).kind,
                    VT_STOP_POWER_OFF);
    finish(&b);
}

static void debug_console(void)
{
    struct bench b;
    build(&b, NULL);
    CU_ASSERT_EQUAL(in8(b.m, 0xe9), 0xe9);
    out8(b.m, 0xe9, '!'); /* to nowhere: no harm */
    finish(&b);
}

/* ---- wiring ---- */

static void set_up_timer(struct fake_cpu *cpu)
{
    static const uint8_t writes[][2] = {
        {0x20, 0x11}, {0x21, 0x20}, {0x21, 0x04}, {0x21, 0x01}, {0x21, 0xfe},
        {0x43, 0x34}, {0x40, 100},  {0x40, 0}};
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++)
        out8(cpu->base.machine, writes[i][0], writes[i][1]);
}

static void serve_timer(struct fake_cpu *cpu)
{
    unsigned vector = cpu->base.int_ack(cpu->base.int_ack_opaque);
    CU_ASSERT_EQUAL(vector, 0x20);
    out8(cpu->base.machine, 0x20, 0x20);
}

static const struct fake_insn timer_program[] = {
    {FAKE_CALL, 10, 0, set_up_timer}, {FAKE_STI, 1, 0, NULL},
    {FAKE_HALT, 1, 0, NULL},          {FAKE_CALL, 7, 0, serve_timer},
    {FAKE_JUMP, 1, 2, NULL}};

static void timer_interrupts(void)
{
    struct bench b;
    const struct vt_pc_options options = {.memory_bytes = 2 * MIB};
    CU_ASSERT_EQUAL(build_with(&b, &options, timer_program), VT_OK);
    CU_ASSERT_EQUAL(run_to(b.m, 1000000), VT_STOP_LIMIT);
    /* Loaded at tick 1; OUT rises at tick 1 + 100 k. */
    CU_ASSERT_EQUAL(b.cpu->intr_count, 9);
    for (unsigned k = 0; k < b.cpu->intr_count; k++)
        CU_ASSERT_EQUAL(b.cpu->intr_cycles[k], 1000 + 100000 * (k + 1));
    CU_ASSERT_EQUAL(vt_ledger_total(&b.cpu->base.ledger),
                    b.cpu->base.now_cycles);
    finish(&b);
}

static void snapshot(void)
{
    struct bench a, b;
    const struct vt_pc_options options = {.memory_bytes = 2 * MIB};
    CU_ASSERT_EQUAL(build_with(&a, &options, timer_program), VT_OK);
    CU_ASSERT_EQUAL(build_with(&b, &options, timer_program), VT_OK);
    run_to(a.m, 333333);
    out8(a.m, 0x3f8, 'x'); /* a character on the line */
    vt_physmem_write(vt_machine_physmem(a.m), 0x1234, 5, 1);
    CU_ASSERT_TRUE(copy_state(a.m, b.m));
    run_to(a.m, 2000000);
    run_to(b.m, 2000000);
    CU_ASSERT_EQUAL(a.cpu->intr_count, b.cpu->intr_count);
    CU_ASSERT_EQUAL(vt_machine_hash(a.m), vt_machine_hash(b.m));
    finish(&a);
    finish(&b);
}

/* Set one register of one device behind its back. */
static void poke(struct vt_machine *m, const char *device, const char *name,
                 uint64_t value)
{
    for (unsigned i = 0; i < vt_machine_device_count(m); i++) {
        struct vt_device *d = vt_machine_device(m, i);
        const struct vt_reg *reg =
            vt_reg_find(d->regs, d->reg_rows, name);
        if (reg && strcmp(d->name, device) == 0)
            vt_reg_set(reg, d, 0, value);
    }
}

/* A snapshot in which a device could not be: refused by name. */
static void bad_device_state(void)
{
    static const struct {
        const char *device, *reg;
        uint64_t value;
    } rows[] = {{"uart0", "rx_count", 17},      {"uart0", "tx_count", 2},
                {"pic", "master.next_icw", 1},  {"pic", "slave.next_icw", 5},
                {"pic", "master.lowest", 8},
                {"pit", "counter2.ce", 65537}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench a, b;
        build(&a, NULL);
        build(&b, NULL);
        poke(a.m, rows[i].device, rows[i].reg, rows[i].value);
        uint64_t before = vt_machine_hash(b.m);
        struct vt_writer *w = vt_writer_new();
        size_t bytes;
        vt_machine_save(a.m, w);
        const void *data = vt_writer_finish(w, &bytes);
        CU_ASSERT_EQUAL(vt_machine_load(b.m, data, bytes, &b.err),
                        VT_ERR_INPUT);
        CU_ASSERT_PTR_NOT_NULL(strstr(b.err.text, rows[i].device));
        CU_ASSERT_EQUAL(vt_machine_hash(b.m), before);
        vt_writer_free(w);
        finish(&a);
        finish(&b);
    }
}

/* A counter set to the end of time neither hangs nor fires. */
static void end_of_time(void)
{
    struct bench b;
    const struct vt_pc_options options = {.memory_bytes = 2 * MIB};
    CU_ASSERT_EQUAL(build_with(&b, &options, timer_program), VT_OK);
    run_to(b.m, 333333);
    unsigned before = (unsigned)b.cpu->intr_count;
    poke(b.m, "pit", "counter0.tick", UINT64_MAX - 1);
    CU_ASSERT_EQUAL(run_to(b.m, UINT64_MAX), VT_STOP_DEADLOCK);
    CU_ASSERT_TRUE(b.cpu->intr_count <= before + 1);
    finish(&b);
}

static void reset(void)
{
    struct bench b;
    const struct vt_pc_options options = {.memory_bytes = 2 * MIB};
    CU_ASSERT_EQUAL(build_with(&b, &options, timer_program), VT_OK);
    run_to(b.m, 333333);
    out8(b.m, 0x3f8, 'x');
    out8(b.m, 0x3fa, 0x01);
    vt_ports_write(vt_machine_ports(b.m), 0x604, 1, 2);
    vt_machine_reset(b.m);
    CU_ASSERT_EQUAL(in8(b.m, 0x3fd), 0x60);
    CU_ASSERT_EQUAL(in8(b.m, 0x3fa), 0x01);
    CU_ASSERT_EQUAL(in8(b.m, 0x3fb), 0x03);
    CU_ASSERT_EQUAL(in8(b.m, 0x604), 0);
    CU_ASSERT_EQUAL(in8(b.m, 0x21), 0xff);
    uint64_t before = b.cpu->intr_count;
    run_to(b.m, 1000000); /* the program starts again and sets up all */
    CU_ASSERT_TRUE(b.cpu->intr_count > before);
    finish(&b);
}

/* ---- host ends ---- */

static char path[] = "/tmp/vtsim-test-pc-XXXXXX";

static bool make_file(const void *data, size_t bytes)
{
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    if (fd < 0)
        return false;
    bool ok = write(fd, data, bytes) == (ssize_t)bytes;
    return close(fd) == 0 && ok;
}

static size_t read_back(char *to, size_t size)
{
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(to, 1, size - 1, f) : 0;
    if (f)
        fclose(f);
    to[n] = '\0';
    unlink(path);
    return n;
}

/* A run that is killed has no chance to flush. */
static void whole_lines_go_out_at_once(void)
{
    struct bench b;
    char spec[80], text[80];
    CU_ASSERT_TRUE_FATAL(make_file("", 0));
    snprintf(spec, sizeof spec, "file:%s", path);
    const struct vt_pc_options options = {.memory_bytes = 2 * MIB,
                                          .debugcon = spec};
    CU_ASSERT_EQUAL_FATAL(build_with(&b, &options, busy), VT_OK);
    out8(b.m, 0xe9, 'a');
    out8(b.m, 0xe9, '\n');
    out8(b.m, 0xe9, 'b');
    read_back(text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "a\n");
    CU_ASSERT_EQUAL(vt_pc_finish(b.pc, &b.err), VT_OK);
    finish(&b);
}

static void serial_to_file(void)
{
    struct bench b;
    char spec[80], text[80];
    CU_ASSERT_TRUE_FATAL(make_file("old contents", 12));
    snprintf(spec, sizeof spec, "file:%s", path);
    const struct vt_pc_options options = {
        .memory_bytes = 2 * MIB, .serial = spec, .debugcon = spec};
    CU_ASSERT_EQUAL_FATAL(build_with(&b, &options, busy), VT_OK);
    out8(b.m, 0xe9, 'd'); /* both lines on one file, in order */
    out8(b.m, 0x3fa, 0x01);
    out8(b.m, 0x3f8, 's');
    out8(b.m, 0x3f8, '!'); /* still in the FIFO at the end */
    run_to(b.m, HZ / 11520 + 100);
    out8(b.m, 0xe9, 'e');
    CU_ASSERT_EQUAL(vt_pc_finish(b.pc, &b.err), VT_OK);
    read_back(text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "dse!");
    finish(&b);
}

static void bad_specs(void)
{
    static const struct {
        const char *spec, *expected;
        enum vt_err kind;
    } rows[] = {
        {"tty", "'tty' is none of stdio, stdout, file:PATH, none",
         VT_ERR_INPUT},
        {"file:", "needs a path", VT_ERR_INPUT},
        {"file:/nonexistent/x", "cannot write /nonexistent/x: ",
         VT_ERR_OUTPUT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench b;
        const struct vt_pc_options options = {.memory_bytes = 2 * MIB,
                                              .serial = rows[i].spec};
        CU_ASSERT_EQUAL(build_with(&b, &options, halted), rows[i].kind);
        CU_ASSERT_PTR_NOT_NULL(strstr(b.err.text, rows[i].expected));
        finish(&b);
    }
}

/* Output is buffered, so the disk is found full some characters late; but
 * it is found, the machine stops, and the end says so again. */
static void full_disk(void)
{
    struct bench b;
    if (access("/dev/full", W_OK) != 0) {
        printf("SKIP: this system has no /dev/full\n");
        return;
    }
    build(&b, "file:/dev/full");
    for (unsigned i = 0; i < 5000; i++)
        out8(b.m, 0xe9, 'x');
    struct vt_stop stop = vt_machine_run(b.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_OUTPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(stop.text, "/dev/full"));
    CU_ASSERT_EQUAL(vt_pc_finish(b.pc, &b.err), VT_ERR_OUTPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(b.err.text, "/dev/full"));
    finish(&b);
    build(&b, "file:/dev/full"); /* a few characters: found at the end */
    out8(b.m, 0x3f8, 'x');
    CU_ASSERT_EQUAL(vt_pc_finish(b.pc, &b.err), VT_ERR_OUTPUT);
    finish(&b);
}

static void read_serial(struct fake_cpu *cpu)
{
    if (in8(cpu->base.machine, 0x3fd) & 1)
        cpu->acc = cpu->acc << 8 | in8(cpu->base.machine, 0x3f8);
}

/* Standard input is read to its end; then a machine that waits for nothing
 * else is found to wait for ever. */
static void input_ends(void)
{
    static const struct fake_insn program[] = {
        {FAKE_STI, 1, 0, NULL},          {FAKE_WORK, 3000000, 0, NULL},
        {FAKE_CALL, 1, 0, read_serial},  {FAKE_WORK, 3000000, 0, NULL},
        {FAKE_CALL, 1, 0, read_serial},  {FAKE_WORK, 3000000, 0, NULL},
        {FAKE_CALL, 1, 0, read_serial},  {FAKE_HALT, 1, 0, NULL},
        {FAKE_JUMP, 1, 7, NULL}};
    struct bench b;
    int fds[2], old = dup(STDIN_FILENO);
    CU_ASSERT_TRUE_FATAL(old >= 0 && pipe(fds) == 0);
    CU_ASSERT_EQUAL(write(fds[1], "abc", 3), 3);
    close(fds[1]);
    dup2(fds[0], STDIN_FILENO);
    const struct vt_pc_options options = {.memory_bytes = 2 * MIB,
                                          .serial = "stdio"};
    CU_ASSERT_EQUAL(build_with(&b, &options, program), VT_OK);
    struct vt_stop stop = vt_machine_run(b.m, 100 * HZ, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(b.cpu->acc, 0x616263);
    finish(&b);
    dup2(old, STDIN_FILENO);
    close(old);
    close(fds[0]);
}

/* ---- booting ---- */

static void boot(void)
{
    struct bench b;
    struct vt_pc_booted booted;
    struct image e = good_image();
    CU_ASSERT_TRUE_FATAL(make_file(e.bytes, sizeof e.bytes));
    build(&b, NULL);
    const struct vt_pc_image kernel = {.path = path, .args = "a b"};
    const struct vt_pc_image modules[] = {{.path = path, .args = NULL},
                                          {.path = "/dev/null"}};
    CU_ASSERT_EQUAL_FATAL(
        vt_pc_boot(b.pc, &kernel, modules, 2, &booted, &b.err), VT_OK);
    unlink(path);
    CU_ASSERT_EQUAL(booted.start.entry, 0x10000c);
    CU_ASSERT_PTR_NOT_NULL(vt_symbols_named(booted.kernel_symbols, "start"));
    CU_ASSERT_PTR_NOT_NULL(
        vt_symbols_named(booted.module_symbols[0], "start"));
    CU_ASSERT_PTR_NULL(booted.module_symbols[1]);
    struct vt_physmem *pm = vt_machine_physmem(b.m);
    char line[60] = "", expected[60];
    uint64_t pa = vt_physmem_read(pm, booted.start.ebx + 16, 4);
    CU_ASSERT_TRUE(vt_physmem_get(pm, pa, line, sizeof line - 1));
    snprintf(expected, sizeof expected, "%s a b", strrchr(path, '/') + 1);
    CU_ASSERT_STRING_EQUAL(line, expected);
    vt_pc_booted_free(&booted);
    finish(&b);
}

static void boot_unreadable(void)
{
    struct bench b;
    struct vt_pc_booted booted;
    build(&b, NULL);
    const struct vt_pc_image kernel = {.path = "/nonexistent/kernel"};
    CU_ASSERT_EQUAL(vt_pc_boot(b.pc, &kernel, NULL, 0, &booted, &b.err),
                    VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(b.err.text, "/nonexistent/kernel"));
    const struct vt_pc_image directory = {.path = "/"};
    CU_ASSERT_EQUAL(vt_pc_boot(b.pc, &directory, NULL, 0, &booted, &b.err),
                    VT_ERR_INPUT);
    finish(&b);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"memory sizes that cannot be are refused", bad_sizes},
        {"memory lies around the holes", memory_map},
        {"clock rates that cannot be are refused", bad_clock},
        {"sizes are read as written", parse_sizes},
        {"debug exit stops with the value", debug_exit},
        {"SLP_EN with SLP_TYP 0 powers off", power_off},
        {"the debug console answers E9h", debug_console},
        {"timer interrupts reach the CPU at their cycles", timer_interrupts},
        {"a restored PC goes on as if it had never stopped", snapshot},
        {"a device's impossible state is refused", bad_device_state},
        {"a counter at the end of time stands still", end_of_time},
        {"reset sets every device back", reset},
        {"whole lines go out at once", whole_lines_go_out_at_once},
        {"both lines go to one file in order; the FIFO is drained",
         serial_to_file},
        {"specifications that cannot be are refused", bad_specs},
        {"a full disk stops the machine", full_disk},
        {"after the end of input nobody waits for more", input_ends},
        {"a kernel boots with command line, modules and symbols", boot},
        {"files that cannot be read are refused", boot_unreadable},
    };
    return run_suite("pc", cases, ARRAY_SIZE(cases));
}
