/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz the state of the PC's devices: snapshots of a PC with everything in
 * motion, changed and with their CRCs made right.  What must hold: no crash,
 * no endless loop; a refused file leaves the PC as it was; a PC that took
 * one runs on, answers at its ports, and its own snapshot loads. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mend.h"
#include "tests/machine/fake_cpu.h"

#include "sim/devices/pc.h"

#include <stdlib.h>

const unsigned long fuzz_default_count = 20000;

#define RUN_CYCLES 300000u

static const struct vt_profile profile = {.name = "test", .hz = 1193182000};

struct pc {
    struct vt_machine *m;
    struct fake_cpu *cpu;
    struct vt_pc *pc;
};

static void out8(struct vt_machine *m, uint16_t port, uint8_t value)
{
    vt_ports_write(vt_machine_ports(m), port, value, 1);
}

static void set_up(struct fake_cpu *cpu)
{
    static const uint16_t writes[][2] = {
        {0x20, 0x11},  {0x21, 0x20},  {0x21, 0x04},  {0x21, 0x01},
        {0x21, 0xee},  {0xa0, 0x11},  {0xa1, 0x28},  {0x43, 0x34},
        {0x40, 50},    {0x40, 0},     {0x43, 0xb6},  {0x42, 7},
        {0x42, 0},     {0x61, 1},     {0x3fa, 0x81}, {0x3fc, 0x08},
        {0x3f9, 0x0f}, {0x3f8, 0x41}, {0x3f8, 0x42}, {0x3f8, 0x43}};
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++)
        out8(cpu->base.machine, writes[i][0], (uint8_t)writes[i][1]);
}

static void serve(struct fake_cpu *cpu)
{
    unsigned vector = cpu->base.int_ack(cpu->base.int_ack_opaque);
    cpu->acc = cpu->acc * 31 + vector;
    out8(cpu->base.machine, 0x20, 0x20);
}

static const struct fake_insn program[] = {{FAKE_CALL, 10, 0, set_up},
                                           {FAKE_STI, 1, 0, NULL},
                                           {FAKE_HALT, 1, 0, NULL},
                                           {FAKE_CALL, 7, 0, serve},
                                           {FAKE_JUMP, 1, 2, NULL}};

static void open_at(struct pc *p, uint64_t cycle)
{
    const struct vt_pc_options options = {.memory_bytes =
                                              VT_PC_MEMORY_MIN_BYTES};
    p->m = vt_machine_new(&profile);
    p->cpu = fake_cpu_new(p->m, program);
    if (vt_pc_build(p->m, &options, &p->pc, NULL))
        abort();
    vt_machine_run(p->m, cycle, false);
}

static void close_pc(struct pc *p)
{
    vt_pc_free(p->pc);
    vt_machine_free(p->m);
}

size_t fuzz_seed(unsigned i, uint8_t *to, size_t max_bytes)
{
    static const uint64_t cycles[] = {0, 5000, 60000, 170001, 999999};
    struct pc p;
    size_t bytes;
    if (i >= ARRAY_SIZE(cycles))
        return SIZE_MAX;
    open_at(&p, cycles[i]);
    struct vt_writer *w = vt_writer_new();
    vt_machine_save(p.m, w);
    const void *data = vt_writer_finish(w, &bytes);
    vt_assert(bytes <= max_bytes);
    memcpy(to, data, bytes);
    vt_writer_free(w);
    close_pc(&p);
    return bytes;
}

/* Every port of every device, read and written. */
static void touch_ports(struct vt_machine *m)
{
    static const uint16_t ports[][2] = {
        {0x20, 0x22},   {0x40, 0x44},   {0x61, 0x62},   {0xa0, 0xa2},
        {0xe9, 0xea},   {0x3f8, 0x400}, {0x4d0, 0x4d2}, {0x604, 0x606}};
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
        for (uint16_t port = ports[i][0]; port < ports[i][1]; port++) {
            vt_ports_read(vt_machine_ports(m), port, 1);
            out8(m, port, (uint8_t)(port * 37));
            vt_ports_read(vt_machine_ports(m), port, 1);
        }
}

static void check_accepted(struct pc *p)
{
    struct vt_writer *w = vt_writer_new();
    size_t bytes;
    uint64_t now = vt_machine_now(p->m);
    p->cpu->pc %= ARRAY_SIZE(program); /* it is not what is tested here */
    if (now <= UINT64_MAX - RUN_CYCLES)
        vt_machine_run(p->m, now + RUN_CYCLES, false);
    touch_ports(p->m);
    vt_machine_save(p->m, w);
    const void *data = vt_writer_finish(w, &bytes);
    uint64_t hash = vt_machine_hash(p->m);
    vt_assert(vt_machine_load(p->m, data, bytes, NULL) == VT_OK);
    vt_assert(vt_machine_hash(p->m) == hash);
    vt_writer_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct pc p;
    struct vt_error err = {.text = ""};
    uint8_t *mended = vt_alloc(bytes + 1, 1);
    memcpy(mended, data, bytes);
    mend_crcs(mended, bytes);
    open_at(&p, 100000);
    uint64_t hash = vt_machine_hash(p.m);
    if (vt_machine_load(p.m, mended, bytes, &err) == VT_OK)
        check_accepted(&p);
    else
        vt_assert(vt_machine_hash(p.m) == hash && err.text[0] != '\0');
    close_pc(&p);
    free(mended);
    return 0;
}
