/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small parts: byte order, ledger, event bus, register tables, ports. */
#include "sim/machine/device.h"
#include "sim/machine/event.h"
#include "sim/machine/ledger.h"
#include "sim/machine/regtab.h"
#include "tests/suite.h"

/* --- vt.h ------------------------------------------------------------------ */

static void little_endian_everywhere(void)
{
    static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 0x88};
    uint8_t to[8];
    CU_ASSERT_EQUAL(vt_ld16le(bytes), 0x0201);
    CU_ASSERT_EQUAL(vt_ld32le(bytes), 0x04030201);
    CU_ASSERT_EQUAL(vt_ld64le(bytes), UINT64_C(0x8807060504030201));
    for (unsigned n = 1; n <= 8; n++) {
        memset(to, 0xee, sizeof to);
        vt_stle(to, vt_ldle(bytes, n), n);
        CU_ASSERT_EQUAL(memcmp(to, bytes, n), 0);
        CU_ASSERT_TRUE(n == 8 || to[n] == 0xee);
    }
    CU_ASSERT_EQUAL(VT_BITS(63, 0), UINT64_MAX);
    CU_ASSERT_EQUAL(VT_BITS(11, 8), 0xf00);
}

static void numbers_are_whole_words(void)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"0042", true, 42},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"18446744073709551620", false, 0},
        {"0xffffffffffffffff", true, UINT64_MAX},
        {"0x10000000000000000", false, 0},
        {"0XaB", true, 0xab},
        {"", false, 0},
        {"0x", false, 0},
        {"x1", false, 0},
        {"12a", false, 0},
        {"0x1g", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {"0x-1", false, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t n = 0;
        bool good = vt_parse_u64(rows[i].text, &n);
        CU_ASSERT_EQUAL(good, rows[i].good);
        if (good)
            CU_ASSERT_EQUAL(n, rows[i].value);
    }
    CU_ASSERT_EQUAL(vt_hex_digit('F'), 15);
    CU_ASSERT_EQUAL(vt_hex_digit('9'), 9);
    CU_ASSERT_EQUAL(vt_hex_digit('\0'), -1);
    CU_ASSERT_EQUAL(vt_hex_digit('g'), -1);
    CU_ASSERT_EQUAL(vt_hex_digit('@'), -1);
}

static void errors_fit_their_record(void)
{
    struct vt_error err;
    char big[2000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    CU_ASSERT_EQUAL(vt_fail(&err, VT_ERR_INPUT, "%s", big), VT_ERR_INPUT);
    CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
    CU_ASSERT_EQUAL(vt_fail(NULL, VT_ERR_LIMIT, "x"), VT_ERR_LIMIT);
    vt_fail(&err, VT_ERR_INPUT, "name \"%s\"", "a\nb\x7f\t");
    CU_ASSERT_STRING_EQUAL(err.text, "name \"a?b??\"");
}

/* --- ledger ----------------------------------------------------------------- */

static void ledger_adds_up(void)
{
    struct vt_ledger ledger;
    vt_ledger_init(&ledger);
    CU_ASSERT_EQUAL(ledger.row_count, 2);
    CU_ASSERT_EQUAL(ledger.rows[0].kind, VT_WHO_NATIVE);
    CU_ASSERT_EQUAL(ledger.rows[1].kind, VT_WHO_VMM);
    unsigned a = vt_ledger_guest_row(&ledger, 0x5000);
    unsigned b = vt_ledger_guest_row(&ledger, 0);
    CU_ASSERT_EQUAL(a, 2);
    CU_ASSERT_EQUAL(b, 3);
    CU_ASSERT_EQUAL(vt_ledger_guest_row(&ledger, 0x5000), a);
    CU_ASSERT_EQUAL(ledger.row_count, 4);
    ledger.rows[0].cycles[VT_WHAT_IDLE] = 1;
    ledger.rows[1].cycles[VT_WHAT_VM_ENTRY] = 20;
    ledger.rows[a].cycles[VT_WHAT_VM_EXIT] = 300;
    ledger.rows[b].cycles[VT_WHAT_VM_EXIT] = 4000;
    CU_ASSERT_EQUAL(vt_ledger_total(&ledger), 4321);
    CU_ASSERT_EQUAL(vt_ledger_sum(&ledger, VT_WHO_GUEST, VT_WHAT_VM_EXIT),
                    4300);
    CU_ASSERT_EQUAL(vt_ledger_sum(&ledger, VT_WHO_VMM, VT_WHAT_VM_EXIT), 0);
    vt_ledger_free(&ledger);
}

static void accounts_have_different_names(void)
{
    for (unsigned i = 0; i < VT_WHAT_COUNT; i++)
        for (unsigned k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(vt_what_name((enum vt_what)i),
                                       vt_what_name((enum vt_what)k));
    CU_ASSERT_STRING_EQUAL(vt_what_name(VT_WHAT_VM_EXIT), "vm-exit");
    CU_ASSERT_STRING_EQUAL(vt_what_name(VT_WHAT_COUNT), "?");
}

/* --- event bus --------------------------------------------------------------- */

struct ear {
    struct vt_event_bus *bus;
    unsigned heard;
    uint64_t last_seq;
    char *order;
    char name;
    struct ear *removes; /* whom it takes off the bus when it hears */
    struct ear *adds;    /* whom it brings along, once */
};

static void listen(void *opaque, const struct vt_event *event)
{
    struct ear *ear = opaque;
    ear->heard++;
    ear->last_seq = event->seq;
    if (ear->order)
        strncat(ear->order, &ear->name, 1);
    if (ear->removes)
        vt_event_unlisten(ear->bus, listen, ear->removes);
    if (ear->adds && ear->heard == 1)
        vt_event_listen(ear->bus, VT_EV_ALL, listen, ear->adds);
}

static void emit(struct vt_event_bus *bus, enum vt_event_kind kind)
{
    struct vt_event event = {.kind = kind};
    vt_event_emit(bus, &event);
}

static void listeners_hear_their_kinds_in_order(void)
{
    struct vt_event_bus *bus = vt_event_bus_new();
    char order[8] = "";
    struct ear a = {.bus = bus, .order = order, .name = 'a'};
    struct ear b = {.bus = bus, .order = order, .name = 'b'};
    CU_ASSERT_EQUAL(vt_event_mask(bus), 0);
    vt_event_listen(bus, VT_EV_MASK(VT_EV_VM_EXIT), listen, &a);
    vt_event_listen(bus, VT_EV_ALL, listen, &b);
    CU_ASSERT_EQUAL(vt_event_mask(bus), VT_EV_ALL);
    emit(bus, VT_EV_HALT);
    emit(bus, VT_EV_VM_EXIT);
    CU_ASSERT_STRING_EQUAL(order, "bab");
    CU_ASSERT_EQUAL(b.last_seq, 1);
    vt_event_unlisten(bus, listen, &b);
    CU_ASSERT_EQUAL(vt_event_mask(bus), VT_EV_MASK(VT_EV_VM_EXIT));
    vt_event_set_seq(bus, 1000);
    emit(bus, VT_EV_VM_EXIT);
    CU_ASSERT_EQUAL(a.last_seq, 1000);
    CU_ASSERT_EQUAL(b.heard, 2);
    CU_ASSERT_EQUAL(vt_event_seq(bus), 1001);
    vt_event_bus_free(bus);
}

static void listeners_may_leave_while_hearing(void)
{
    struct vt_event_bus *bus = vt_event_bus_new();
    struct ear a = {.bus = bus}, b = {.bus = bus}, c = {.bus = bus};
    a.removes = &b;
    c.removes = &c;
    vt_event_listen(bus, VT_EV_ALL, listen, &a);
    vt_event_listen(bus, VT_EV_ALL, listen, &b);
    vt_event_listen(bus, VT_EV_ALL, listen, &c);
    emit(bus, VT_EV_HALT);
    emit(bus, VT_EV_HALT);
    CU_ASSERT_EQUAL(a.heard, 2);
    CU_ASSERT_EQUAL(b.heard, 0);
    CU_ASSERT_EQUAL(c.heard, 1);
    vt_event_bus_free(bus);
}

static void who_comes_while_hearing_hears_the_next(void)
{
    struct vt_event_bus *bus = vt_event_bus_new();
    struct ear a = {.bus = bus}, b = {.bus = bus};
    a.adds = &b;
    vt_event_listen(bus, VT_EV_ALL, listen, &a);
    emit(bus, VT_EV_HALT);
    CU_ASSERT_EQUAL(b.heard, 0);
    emit(bus, VT_EV_HALT);
    CU_ASSERT_EQUAL(b.heard, 1);
    vt_event_bus_free(bus);
}

/* --- register tables ----------------------------------------------------------- */

struct regs {
    uint8_t r8;
    uint16_t r16;
    uint32_t r32[3];
    uint64_t r64;
    bool flag;
};

static const struct vt_reg table[] = {
    VT_REG(struct regs, r8, "r8", 8, "g", VT_FMT_DEC, 0, ""),
    VT_REG(struct regs, r16, "r16", 12, "g", VT_FMT_HEX, 0, ""),
    VT_REG_ARRAY(struct regs, r32, "r32", 32, "g", 0, ""),
    VT_REG(struct regs, r64, "r64", 64, "g", VT_FMT_HEX, 0, ""),
    VT_REG(struct regs, flag, "flag", 1, "g", VT_FMT_BOOL, 0, ""),
};

static void registers_of_every_size(void)
{
    struct regs s = {0};
    for (size_t i = 0; i < ARRAY_SIZE(table); i++)
        for (unsigned k = 0; k < table[i].count; k++)
            vt_reg_set(&table[i], &s, k, UINT64_C(0xf123456789abcde0) + k);
    CU_ASSERT_EQUAL(s.r8, 0xe0);
    CU_ASSERT_EQUAL(s.r16, 0xcde0);
    CU_ASSERT_EQUAL(s.r32[2], 0x89abcde2);
    CU_ASSERT_EQUAL(s.r64, UINT64_C(0xf123456789abcde0));
    CU_ASSERT_EQUAL(s.flag, true);
    CU_ASSERT_EQUAL(vt_reg_get(&table[2], &s, 1), 0x89abcde1);
    CU_ASSERT_EQUAL(vt_reg_get(&table[4], &s, 0), 1);
    CU_ASSERT_PTR_EQUAL(vt_reg_find(table, ARRAY_SIZE(table), "r64"),
                        &table[3]);
    CU_ASSERT_PTR_NULL(vt_reg_find(table, ARRAY_SIZE(table), "r6"));
}

static void registers_are_shown(void)
{
    char text[64];
    struct vt_reg flags = {.bits = 32,
                           .format = VT_FMT_FLAGS,
                           .flag_names = "CF - PF - AF - ZF"};
    vt_reg_format(&flags, 0x46, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "0x00000046 PF ZF");
    vt_reg_format(&table[1], 0x12, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "0x012");
    vt_reg_format(&table[0], 200, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "200");
    vt_reg_format(&table[4], 1, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "true");
    for (size_t size = 1; size < 20; size++) { /* never past the end */
        memset(text, '#', sizeof text);
        vt_reg_format(&flags, 0x55, text, size);
        CU_ASSERT_TRUE(strlen(text) < size);
        CU_ASSERT_EQUAL(text[size], '#');
    }
}

/* --- ports ---------------------------------------------------------------------- */

struct port_log {
    unsigned count;
    struct {
        uint16_t port;
        uint32_t value;
        unsigned size_bytes;
    } e[16];
};

static uint32_t port_read(void *opaque, uint16_t port, unsigned size_bytes)
{
    struct port_log *log = opaque;
    log->e[log->count & 15].port = port;
    log->e[log->count++ & 15].size_bytes = size_bytes;
    return 0xabcdef00u | (port & 0xff);
}

static void port_write(void *opaque, uint16_t port, uint32_t value,
                       unsigned size_bytes)
{
    struct port_log *log = opaque;
    log->e[log->count & 15].port = port;
    log->e[log->count & 15].value = value;
    log->e[log->count++ & 15].size_bytes = size_bytes;
}

static const struct vt_port_ops byte_ops = {port_read, port_write, 1};
static const struct vt_port_ops wide_ops = {port_read, port_write, 7};

static void ports_split_wide_accesses(void)
{
    struct vt_error err;
    struct port_log narrow = {0}, wide = {0};
    struct vt_ports *ports = vt_ports_new();
    CU_ASSERT_EQUAL(vt_ports_add(ports, "uart0", 0x3f8, 8, &byte_ops,
                                 &narrow, &err),
                    VT_OK);
    CU_ASSERT_EQUAL(
        vt_ports_add(ports, "exit", 0xf4, 4, &wide_ops, &wide, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_ports_read(ports, 0x3f8, 1), 0xf8);
    CU_ASSERT_EQUAL(vt_ports_read(ports, 0x3fe, 4), 0xfffffffe);
    CU_ASSERT_EQUAL(narrow.count, 3);
    vt_ports_write(ports, 0xf4, 0x12345678, 4);
    CU_ASSERT_EQUAL(wide.count, 1);
    CU_ASSERT_EQUAL(wide.e[0].value, 0x12345678);
    vt_ports_write(ports, 0xf6, 0x12345678, 4); /* two bytes past its end */
    CU_ASSERT_EQUAL(wide.count, 3);
    CU_ASSERT_EQUAL(wide.e[2].port, 0xf7);
    CU_ASSERT_EQUAL(wide.e[2].value, 0x56);
    CU_ASSERT_EQUAL(wide.e[2].size_bytes, 1);
    CU_ASSERT_EQUAL(vt_ports_read(ports, 0xf4, 2), 0xeff4);
    CU_ASSERT_STRING_EQUAL(vt_ports_name(ports, 0x3ff), "uart0");
    CU_ASSERT_PTR_NULL(vt_ports_name(ports, 0x400));
    vt_ports_free(ports);
}

static void nobodys_ports_read_ones(void)
{
    struct vt_error err;
    struct port_log log = {0};
    struct vt_ports *ports = vt_ports_new();
    CU_ASSERT_EQUAL(vt_ports_read(ports, 0x80, 1), 0xff);
    CU_ASSERT_EQUAL(vt_ports_read(ports, 0x80, 2), 0xffff);
    CU_ASSERT_EQUAL(vt_ports_read(ports, 0xffff, 4), 0xffffffff);
    vt_ports_write(ports, 0xffff, 0, 4);
    CU_ASSERT_EQUAL(
        vt_ports_add(ports, "last", 0xffff, 1, &byte_ops, &log, &err),
        VT_OK);
    CU_ASSERT_EQUAL(vt_ports_read(ports, 0xffff, 4), 0xffffffff);
    CU_ASSERT_EQUAL(log.count, 1);
    /* Port 0 is not behind FFFFh. */
    CU_ASSERT_EQUAL(vt_ports_add(ports, "first", 0, 1, &byte_ops, &log, &err),
                    VT_OK);
    vt_ports_write(ports, 0xffff, 0x01020304, 4);
    CU_ASSERT_EQUAL(log.count, 2);
    CU_ASSERT_EQUAL(log.e[1].value, 4);
    CU_ASSERT_EQUAL(vt_ports_read(ports, 0xffff, 2) >> 8, 0xff);
    CU_ASSERT_EQUAL(log.count, 3);
    vt_ports_free(ports);
}

static void port_overlaps_are_refused(void)
{
    struct vt_error err;
    struct port_log log = {0};
    struct vt_ports *ports = vt_ports_new();
    CU_ASSERT_EQUAL(
        vt_ports_add(ports, "pic0", 0x20, 2, &byte_ops, &log, &err), VT_OK);
    CU_ASSERT_EQUAL(
        vt_ports_add(ports, "x", 0x1f, 2, &byte_ops, &log, &err),
        VT_ERR_INPUT);
    CU_ASSERT_STRING_EQUAL(err.text, "x: port 20h already belongs to pic0");
    CU_ASSERT_EQUAL(
        vt_ports_add(ports, "x", 0xffff, 2, &byte_ops, &log, &err),
        VT_ERR_INPUT);
    CU_ASSERT_EQUAL(vt_ports_add(ports, "x", 0, 0, &byte_ops, &log, &err),
                    VT_ERR_INPUT);
    CU_ASSERT_PTR_NULL(vt_ports_name(ports, 0x1f)); /* nothing was added */
    vt_ports_free(ports);
}

static const struct test_case cases[] = {
    {"loads and stores are little-endian", little_endian_everywhere},
    {"numbers are whole words of digits", numbers_are_whole_words},
    {"an error text is cut at its record's end", errors_fit_their_record},
    {"accounts add up, guests get rows as they come", ledger_adds_up},
    {"accounts have names of their own", accounts_have_different_names},
    {"listeners hear their kinds, in the order they came",
     listeners_hear_their_kinds_in_order},
    {"listeners may leave while an event is handed out",
     listeners_may_leave_while_hearing},
    {"a listener that comes during an event hears the next one",
     who_comes_while_hearing_hears_the_next},
    {"registers of every size are read and written",
     registers_of_every_size},
    {"registers are shown by their format", registers_are_shown},
    {"ports take whole accesses or bytes", ports_split_wide_accesses},
    {"ports that nobody owns read as ones", nobodys_ports_read_ones},
    {"overlapping ports are refused", port_overlaps_are_refused},
};

int main(void)
{
    return run_suite("parts", cases, ARRAY_SIZE(cases));
}
