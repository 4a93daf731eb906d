/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that show the machine and change nothing. */
#include "debugger/core/dbg_priv.h"

#include <inttypes.h>

#include "sim/ia32/insn.h"

static const char *const who_names[] = {
    [VT_WHO_NATIVE] = "native",
    [VT_WHO_VMM] = "VMM",
    [VT_WHO_GUEST] = "guest",
};

/* "  name+0x12", or nothing where the address is all there is to say. */
static void place_of(struct dbg *d, uint64_t la, char *to, size_t size)
{
    struct trc_region region;
    size_t used = (size_t)snprintf(to, size, "  ");
    trc_places_region(d->setup.places, dbg_who(d), la, &region);
    if (region.is_symbol)
        trc_places_describe(d->setup.places, dbg_who(d), la, to + used,
                            size - used);
    else
        to[0] = '\0';
}

void dbg_say_where(struct dbg *d)
{
    struct vt_cpu *cpu = dbg_cpu(d);
    uint64_t pc = cpu->ops->get_pc(cpu);
    char place[160];
    place_of(d, pc, place, sizeof(place));
    dbg_say(d, "cycle %" PRIu64 "  %s  0x%08" PRIx64 "%s%s\n",
            cpu->now_cycles, who_names[dbg_who(d)], pc, place,
            cpu->activity == VT_ACTIVE ? "" : "  (halted)");
}

DBG_COMMAND(dbg_where)
{
    (void)argc, (void)argv;
    dbg_say_where(d);
    return DBG_GO_ON;
}

/* "name" or "name[3]" and its value. */
static void say_register(struct dbg *d, const struct vt_reg *reg,
                         unsigned index)
{
    char text[160], name[64];
    uint64_t value = vt_reg_get(reg, dbg_cpu(d), index);
    vt_reg_format(reg, value, text, sizeof(text));
    if (reg->count > 1)
        snprintf(name, sizeof(name), "%s[%u]", reg->name, index);
    else
        snprintf(name, sizeof(name), "%s", reg->name);
    dbg_say(d, "%-16s %s\n", name, text);
}

/* Who knows a register by its 32-bit name finds the one it is part of. */
static bool is_called(const struct vt_reg *reg, const char *name)
{
    return strcmp(name, reg->name) == 0 ||
           (name[0] == 'e' && reg->name[0] == 'r' &&
            strcmp(name + 1, reg->name + 1) == 0);
}

DBG_COMMAND(dbg_registers)
{
    struct vt_cpu *cpu = dbg_cpu(d);
    const char *wanted = argc > 1 ? argv[1] : NULL, *group = NULL;
    size_t rows;
    bool any = false;

    cpu->ops->sync_out(cpu);
    const struct vt_reg *regs = cpu->ops->regs(cpu, &rows);
    for (size_t i = 0; i < rows; i++) {
        const struct vt_reg *reg = &regs[i];
        if (reg->flags & VT_REG_HIDDEN ||
            (wanted && strcmp(wanted, reg->group) != 0 &&
             !is_called(reg, wanted)))
            continue;
        if (!group || strcmp(group, reg->group) != 0)
            dbg_say(d, "-- %s\n", reg->group);
        group = reg->group;
        for (unsigned k = 0; k < reg->count; k++)
            say_register(d, reg, k);
        any = true;
    }
    if (!any)
        return dbg_error(d, "no register and no group is called '%s'",
                         wanted ? wanted : "");
    return DBG_GO_ON;
}

/* Read one byte of linear or physical memory without touching anything. */
static bool peek(struct dbg *d, bool physical, uint64_t address,
                 uint8_t *byte)
{
    struct vt_cpu *cpu = dbg_cpu(d);
    struct vt_translation to = {.pa = address};
    if (!physical && !cpu->ops->translate(cpu, address, &to))
        return false;
    return vt_physmem_get(vt_machine_physmem(d->m), to.pa, byte, 1);
}

/* Up to 16 bytes; false when the first could not be read. */
static bool say_row(struct dbg *d, bool physical, uint64_t address,
                    unsigned count)
{
    uint8_t bytes[16];
    unsigned have = 0;
    while (have < count && peek(d, physical, address + have, &bytes[have]))
        have++;
    if (!have)
        return false;
    dbg_say(d, "0x%08" PRIx64 " ", address);
    for (unsigned i = 0; i < 16; i++)
        if (i < have)
            dbg_say(d, " %02x", bytes[i]);
        else
            dbg_say(d, "   ");
    dbg_say(d, "  ");
    for (unsigned i = 0; i < have; i++)
        dbg_say(d, "%c",
                bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.');
    dbg_say(d, "\n");
    return have == count;
}

DBG_COMMAND(dbg_memory)
{
    bool physical = strncmp(argv[1], "p:", 2) == 0;
    uint64_t address, count = 64;
    if (!dbg_parse_place(d, argv[1] + (physical ? 2 : 0), &address,
                         NULL) ||
        (argc > 2 && !dbg_parse_number(d, "memory", argv[2], &count)))
        return DBG_GO_ON;
    if (count == 0 || count > 65536)
        return dbg_error(d, "memory: from 1 to 65536 bytes, not %" PRIu64,
                         count);
    for (uint64_t at = 0; at < count; at += 16) {
        unsigned row = count - at < 16 ? (unsigned)(count - at) : 16;
        if (!say_row(d, physical, address + at, row))
            return dbg_error(
                d, "%s at or soon after 0x%08" PRIx64,
                physical ? "there is no memory" : "nothing is mapped",
                address + at);
    }
    return DBG_GO_ON;
}

/* One instruction; returns its length, 0 when there is none. */
static unsigned say_insn(struct dbg *d, uint64_t la)
{
    uint8_t bytes[15];
    char text[128];
    unsigned have = 0, length;
    const struct ia32_cpu *cpu = ia32_from(dbg_cpu(d));
    char place[160];

    while (have < sizeof(bytes) && peek(d, false, la + have, &bytes[have]))
        have++;
    if (!have || !ia32_disassemble(bytes, have, cpu->mode, la, text,
                                   sizeof(text), &length))
        return 0;
    place_of(d, la, place, sizeof(place));
    dbg_say(d, "0x%08" PRIx64 "%-30s %s\n", la, place, text);
    return length;
}

DBG_COMMAND(dbg_disassemble)
{
    uint64_t la = dbg_cpu(d)->ops->get_pc(dbg_cpu(d)), count = 1;
    if (argc > 1 && !dbg_parse_place(d, argv[1], &la, NULL))
        return DBG_GO_ON;
    if (argc > 2 && !dbg_parse_number(d, "disassemble", argv[2], &count))
        return DBG_GO_ON;
    if (count == 0 || count > 4096)
        return dbg_error(d, "disassemble: from 1 to 4096 instructions, not %"
                         PRIu64, count);
    if (!ia32_can_disassemble())
        return dbg_error(d, "this vtsim was built without Zydis, which "
                            "disassembly needs");
    while (count--) {
        unsigned length = say_insn(d, la);
        if (!length)
            return dbg_error(d, "no instruction at 0x%08" PRIx64, la);
        la += length;
    }
    return DBG_GO_ON;
}

DBG_COMMAND(dbg_ledger)
{
    const struct vt_ledger *ledger = &dbg_cpu(d)->ledger;
    (void)argc, (void)argv;
    for (unsigned i = 0; i < ledger->row_count; i++) {
        const struct vt_account_row *row = &ledger->rows[i];
        for (unsigned what = 0; what < VT_WHAT_COUNT; what++) {
            if (!row->cycles[what])
                continue;
            dbg_say(d, "%-7s", who_names[row->kind]);
            if (row->kind == VT_WHO_GUEST)
                dbg_say(d, "0x%08" PRIx64 "  ", row->guest_id);
            else
                dbg_say(d, "%-12s", "");
            dbg_say(d, "%-14s %12" PRIu64 "\n",
                    vt_what_name((enum vt_what)what), row->cycles[what]);
        }
    }
    dbg_say(d, "%-33s %12" PRIu64 "\n", "sum = the clock",
            vt_ledger_total(ledger));
    return DBG_GO_ON;
}

/* What an event says beyond its cycle and name. */
static void say_payload(struct dbg *d, const struct vt_event *e)
{
    char name[80];
    switch (e->kind) {
    case VT_EV_FAULT:
    case VT_EV_DELIVER:
    case VT_EV_IRET:
        dbg_say(d, "vector %u, from 0x%08" PRIx64, e->u.intr.vector,
                e->u.intr.pc);
        if (e->u.intr.has_error_code)
            dbg_say(d, ", error code 0x%" PRIx32, e->u.intr.error_code);
        break;
    case VT_EV_VM_EXIT:
        trc_reason_name(e->u.vm.reason, name, sizeof(name));
        dbg_say(d, "%s, from 0x%08" PRIx64, name, e->u.vm.guest_pc);
        break;
    case VT_EV_VM_ENTRY:
        dbg_say(d, "%s to 0x%08" PRIx64,
                e->u.vm.is_launch ? "VMLAUNCH" : "VMRESUME",
                e->u.vm.guest_pc);
        break;
    case VT_EV_VM_FAIL:
        dbg_say(d, "error %" PRIu32 "%s%s", e->u.vm.reason,
                e->u.vm.check ? ", " : "",
                e->u.vm.check ? e->u.vm.check : "");
        break;
    case VT_EV_WALK:
    case VT_EV_TLB_FLUSH:
        if (e->u.walk.la == UINT64_MAX)
            dbg_say(d, "all");
        else
            dbg_say(d, "linear 0x%08" PRIx64, e->u.walk.la);
        break;
    case VT_EV_PORT:
    case VT_EV_MMIO:
    case VT_EV_IRQ:
        dbg_say(d, "%s 0x%" PRIx64 ", value 0x%" PRIx64,
                e->u.io.is_write ? "write" : "read", e->u.io.address,
                e->u.io.value);
        break;
    case VT_EV_STALE:
        dbg_say(d, "linear 0x%08" PRIx64 ": %s", e->u.stale.la,
                e->u.stale.text);
        break;
    case VT_EV_DIAG:
        dbg_say(d, "%s: %s", e->u.diag.id, e->u.diag.text);
        break;
    default:
        dbg_say(d, "at 0x%08" PRIx64, e->u.insn.pc);
        break;
    }
}

DBG_COMMAND(dbg_events)
{
    uint64_t count = 10;
    if (argc > 1 && !dbg_parse_number(d, "events", argv[1], &count))
        return DBG_GO_ON;
    if (count > DBG_EVENTS_KEPT)
        count = DBG_EVENTS_KEPT;
    if (count > d->event_total)
        count = d->event_total;
    if (!count)
        dbg_say(d, "no events yet\n");
    for (uint64_t i = d->event_total - count; i < d->event_total; i++) {
        const struct vt_event *e = &d->events[i % DBG_EVENTS_KEPT];
        dbg_say(d, "%10" PRIu64 "  %-9s ", e->cycle, vt_event_name(e->kind));
        say_payload(d, e);
        dbg_say(d, "\n");
    }
    return DBG_GO_ON;
}
