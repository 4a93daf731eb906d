/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A PC around a CPU:
 *
 *   00000000h  RAM, 640 KiB        20h, A0h   interrupt controllers
 *   000A0000h  nothing             40h, 61h   timer
 *   00100000h  RAM                 3F8h       serial port, IRQ 4
 *   E0000000h  nothing             E9h F4h 604h  debug console, debug exit,
 *  100000000h  RAM beyond 3.5 GiB             power off
 *
 * The memory size counts from address 0 and includes the hole below 1 MiB,
 * as on a PC.  docs/pc.md lists what each device does and leaves out.
 * Source: IBM PC/AT Technical Reference, "System Board", "I/O Address Map"
 * and interrupt levels.
 * Left out until a later machine: ROM, video memory, RTC, keyboard, APIC. */
#include "sim/devices/pc.h"

#include "sim/devices/chardev.h"
#include "sim/devices/pcports.h"
#include "sim/devices/pic8259.h"
#include "sim/devices/pit8254.h"
#include "sim/devices/uart16550.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LOW_RAM_END UINT64_C(0x000a0000)
#define HIGH_RAM_START UINT64_C(0x00100000)
#define PCI_HOLE_START UINT64_C(0xe0000000)
#define PCI_HOLE_END UINT64_C(0x100000000)

#define UART_NAME "uart0"
#define UART_PORT 0x3f8
#define UART_IRQ 4
#define TIMER_IRQ 0
#define INPUT_POLLS_PER_SECOND 1000 /* of simulated time */
#define HZ_MAX (UINT64_C(1) << 42) /* device arithmetic relies on it */

/* A line of the PC and the host's end of it. */
struct line {
    struct vt_machine *machine;
    struct vt_chardev *host;
    struct vt_input *input; /* what polls the host's end; may be NULL */
};

struct vt_pc {
    struct vt_machine *machine;
    struct line serial, debugcon; /* host ends may be the same */
    struct vt_pic *pic;
    struct vt_pit *pit;
    struct vt_uart *uart;
    struct vt_input *input;
};

/* ---- memory ---- */

/* "2 MiB", "1 TiB"; bytes where no larger unit divides. */
static void format_size(uint64_t bytes, char *to, size_t size)
{
    static const char units[][6] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    unsigned u = 0;
    while (bytes && bytes % 1024 == 0 && u + 1 < ARRAY_SIZE(units)) {
        bytes /= 1024;
        u++;
    }
    snprintf(to, size, "%" PRIu64 " %s", bytes, units[u]);
}

static enum vt_err check_memory(uint64_t bytes, struct vt_error *err)
{
    char size[40];
    format_size(bytes, size, sizeof size);
    if (bytes < VT_PC_MEMORY_MIN_BYTES)
        return vt_fail(err, VT_ERR_INPUT,
                       "memory size %s is too small: at least 2 MiB", size);
    if (bytes % VT_PAGE_BYTES)
        return vt_fail(err, VT_ERR_INPUT,
                       "memory size %s is not a multiple of 4 KiB", size);
    if (bytes > VT_RAM_MAX_BYTES)
        return vt_fail(err, VT_ERR_INPUT,
                       "memory size %s is too large: at most %u GiB", size,
                       (unsigned)(VT_RAM_MAX_BYTES >> 30));
    return VT_OK;
}

static enum vt_err add_memory(struct vt_machine *m, uint64_t bytes,
                              struct vt_error *err)
{
    struct vt_physmem *pm = vt_machine_physmem(m);
    enum vt_err failed = check_memory(bytes, err);
    if (failed)
        return failed;
    uint64_t end = bytes < PCI_HOLE_START ? bytes : PCI_HOLE_START;
    failed = vt_physmem_add_ram(pm, 0, LOW_RAM_END, err);
    if (!failed)
        failed = vt_physmem_add_ram(pm, HIGH_RAM_START, end - HIGH_RAM_START,
                                    err);
    if (!failed && bytes > end)
        failed = vt_physmem_add_ram(pm, PCI_HOLE_END, bytes - end, err);
    return failed;
}

/* ---- wiring ---- */

static void stop_for_output(struct line *line)
{
    vt_machine_request_stop(line->machine, VT_STOP_OUTPUT, 0, 0,
                            "cannot write the guest's output: %s",
                            vt_chardev_error(line->host));
}

static bool line_put(void *opaque, uint8_t byte)
{
    struct line *line = opaque;
    if (vt_chardev_put(line->host, byte))
        return true;
    stop_for_output(line);
    return false;
}

/* Show a prompt before looking for the answer. */
static bool line_flush(struct line *line)
{
    if (vt_chardev_flush(line->host))
        return true;
    stop_for_output(line);
    return false;
}

static void line_wait(void *opaque)
{
    struct line *line = opaque;
    if (line_flush(line))
        vt_chardev_wait(line->host);
}

/* At the end of the input the polling ends, too. */
static size_t line_poll(void *opaque, uint8_t *bytes, size_t max)
{
    struct line *line = opaque;
    line_flush(line);
    size_t count = vt_chardev_poll(line->host, bytes, max);
    if (!vt_chardev_has_input(line->host))
        vt_input_set_source(line->input, UART_NAME, NULL, NULL);
    return count;
}

static void drive_intr(void *opaque, unsigned line, bool level)
{
    struct vt_cpu *cpu = vt_machine_cpu(opaque, line);
    cpu->ops->set_intr(cpu, level);
}

static enum vt_err add_interrupts(struct vt_pc *pc, struct vt_error *err)
{
    const struct vt_irq intr = {.set = drive_intr, .opaque = pc->machine};
    enum vt_err failed = vt_pic_add(pc->machine, &intr, &pc->pic, err);
    if (failed)
        return failed;
    struct vt_cpu *cpu = vt_machine_cpu(pc->machine, 0);
    cpu->int_ack = vt_pic_int_ack;
    cpu->int_ack_opaque = pc->pic;
    return VT_OK;
}

static struct vt_irq pic_line(struct vt_pc *pc, unsigned line)
{
    return (struct vt_irq){
        .set = vt_pic_set_irq, .opaque = pc->pic, .line = line};
}

static enum vt_err add_serial(struct vt_pc *pc, bool instant,
                              struct vt_error *err)
{
    const struct vt_uart_options uart = {.name = UART_NAME,
                                         .port = UART_PORT,
                                         .irq = pic_line(pc, UART_IRQ),
                                         .put = line_put,
                                         .put_opaque = &pc->serial,
                                         .instant = instant};
    enum vt_err failed = vt_uart_add(pc->machine, &uart, &pc->uart, err);
    if (failed)
        return failed;
    uint64_t period = vt_machine_hz(pc->machine) / INPUT_POLLS_PER_SECOND;
    pc->input = vt_input_new(pc->machine, period ? period : 1);
    pc->serial.input = pc->input;
    vt_input_add_sink(pc->input, UART_NAME, vt_uart_take, pc->uart);
    if (vt_chardev_has_input(pc->serial.host)) {
        vt_input_set_source(pc->input, UART_NAME, line_poll, &pc->serial);
        vt_input_set_wait(pc->input, line_wait, &pc->serial);
    }
    return VT_OK;
}

static enum vt_err add_devices(struct vt_pc *pc,
                               const struct vt_pc_options *options,
                               struct vt_error *err)
{
    enum vt_err failed = add_interrupts(pc, err);
    if (failed)
        return failed;
    const struct vt_irq irq0 = pic_line(pc, TIMER_IRQ);
    failed = vt_pit_add(pc->machine, &irq0, &pc->pit, err);
    if (!failed)
        failed = add_serial(pc, options->serial_instant, err);
    if (!failed)
        failed = vt_debugcon_add(pc->machine, line_put, &pc->debugcon, err);
    if (!failed)
        failed = vt_debug_exit_add(pc->machine, err);
    if (!failed)
        failed = vt_poweroff_add(pc->machine, err);
    return failed;
}

/* ---- host ends ---- */

/* Both lines on the same host end share it, so that characters come out in
 * the order in which they were written. */
static enum vt_err open_lines(struct vt_pc *pc,
                              const struct vt_pc_options *options,
                              struct vt_error *err)
{
    pc->serial.machine = pc->debugcon.machine = pc->machine;
    enum vt_err failed = vt_chardev_open(options->serial, "--serial",
                                         &pc->serial.host, err);
    if (failed)
        return failed;
    if (options->serial && options->debugcon &&
        strcmp(options->serial, options->debugcon) == 0) {
        pc->debugcon.host = pc->serial.host;
        return VT_OK;
    }
    return vt_chardev_open(options->debugcon, "--debugcon",
                           &pc->debugcon.host, err);
}

static enum vt_err close_lines(struct vt_pc *pc, struct vt_error *err)
{
    enum vt_err failed = VT_OK, second = VT_OK;
    if (pc->debugcon.host && pc->debugcon.host != pc->serial.host)
        second = vt_chardev_close(pc->debugcon.host, err);
    if (pc->serial.host)
        failed = vt_chardev_close(pc->serial.host, err);
    pc->serial.host = pc->debugcon.host = NULL;
    return failed ? failed : second;
}

bool vt_pc_flush(struct vt_pc *pc)
{
    bool serial = !pc->serial.host || vt_chardev_flush(pc->serial.host);
    bool debugcon = !pc->debugcon.host || vt_chardev_flush(pc->debugcon.host);
    return serial && debugcon;
}

void vt_pc_end_line(struct vt_pc *pc)
{
    if (pc->serial.host)
        vt_chardev_end_line(pc->serial.host);
    if (pc->debugcon.host && pc->debugcon.host != pc->serial.host)
        vt_chardev_end_line(pc->debugcon.host);
}

/* ---- life ---- */

enum vt_err vt_pc_build(struct vt_machine *m,
                        const struct vt_pc_options *options,
                        struct vt_pc **to, struct vt_error *err)
{
    vt_assert(vt_machine_cpu_count(m) > 0);
    if (vt_machine_hz(m) == 0 || vt_machine_hz(m) > HZ_MAX)
        return vt_fail(err, VT_ERR_INPUT,
                       "a clock of %" PRIu64 " Hz: must be 1 to %" PRIu64,
                       vt_machine_hz(m), HZ_MAX);
    enum vt_err failed = add_memory(m, options->memory_bytes, err);
    if (failed)
        return failed;
    struct vt_pc *pc = vt_alloc(1, sizeof *pc);
    pc->machine = m;
    failed = open_lines(pc, options, err);
    if (!failed)
        failed = add_devices(pc, options, err);
    if (failed) {
        vt_pc_free(pc);
        return failed;
    }
    *to = pc;
    return VT_OK;
}

enum vt_err vt_pc_finish(struct vt_pc *pc, struct vt_error *err)
{
    /* What cannot be drained is told by closing. */
    bool drained = pc->uart && vt_uart_drain(pc->uart);
    (void)drained;
    enum vt_err lines = close_lines(pc, err);
    enum vt_err input = vt_input_finish(pc->input, lines ? NULL : err);
    return lines ? lines : input;
}

void vt_pc_free(struct vt_pc *pc)
{
    if (!pc)
        return;
    /* vt_pc_finish is where an error is reported. */
    enum vt_err ignored = close_lines(pc, NULL);
    (void)ignored;
    if (pc->input)
        vt_input_free(pc->input);
    free(pc);
}

struct vt_input *vt_pc_input(struct vt_pc *pc)
{
    return pc->input;
}

struct vt_machine *vt_pc_machine(struct vt_pc *pc)
{
    return pc->machine;
}
