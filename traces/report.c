/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exit table as aligned text and as JSON.  Integers only: the same run
 * prints the same bytes on every host. */
#include "traces/exits.h"

#include <inttypes.h>
#include <string.h>

#define NAME_MAX_CHARS 96

/* Tenths of a percent, rounded; both are shifted where the product would
 * not fit. */
static uint64_t per_mille(uint64_t part, uint64_t whole)
{
    while (whole > UINT64_MAX / 2000) {
        whole >>= 1;
        part >>= 1;
    }
    return whole ? (part * 1000 + whole / 2) / whole : 0;
}

static uint64_t mean(uint64_t cycles, uint64_t count)
{
    return count ? cycles / count + (cycles % count >= count - count / 2)
                 : 0;
}

static void write_share(uint64_t part, uint64_t whole, FILE *to)
{
    uint64_t share = per_mille(part, whole);
    fprintf(to, " %4" PRIu64 ".%" PRIu64 "%%\n", share / 10, share % 10);
}

/* One line with all columns. */
static void write_priced(int width, const char *name,
                         const struct trc_exit_row *row, uint64_t whole,
                         FILE *to)
{
    uint64_t total = trc_price_total(&row->price);
    fprintf(to,
            "%-*s %8" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64
            " %10" PRIu64 " %11" PRIu64 " %9" PRIu64,
            width, name, row->count, row->price.hw_exit,
            trc_price_vmm(&row->price), row->price.hw_entry,
            row->price.refill, total, mean(total, row->count));
    write_share(total, whole, to);
}

/* One line that has a total only. */
static void write_plain(int width, const char *name, uint64_t cycles,
                        uint64_t whole, FILE *to)
{
    fprintf(to, "%-*s %8s %10s %10s %10s %10s %11" PRIu64 " %9s", width,
            name, "", "", "", "", "", cycles, "");
    write_share(cycles, whole, to);
}

/* Rows that belong to no exit, in the order in which they are printed. */
static const struct plain_row {
    const char *name, *key;
    size_t offset;
    bool always; /* also when it is 0 */
} plain_rows[] = {
    {"native (no VMX operation)", "native",
     offsetof(struct trc_exit_report, native), true},
    {"guest: instructions", "guest_instruction",
     offsetof(struct trc_exit_report, guest_instruction), true},
    {"guest: event delivery", "guest_delivery",
     offsetof(struct trc_exit_report, guest_delivery), true},
    {"guest: devices", "guest_device",
     offsetof(struct trc_exit_report, guest_device), false},
    {"idle (halted)", "idle", offsetof(struct trc_exit_report, idle), true},
    {"not accounted for", "unaccounted",
     offsetof(struct trc_exit_report, unaccounted), false},
};

static uint64_t plain_cycles(const struct trc_exit_report *r,
                             const struct plain_row *row)
{
    uint64_t cycles;
    memcpy(&cycles, (const char *)r + row->offset, sizeof(cycles));
    return cycles;
}

static int name_width(const struct trc_exit_report *r)
{
    size_t width = strlen("VMM before the first exit");
    char name[NAME_MAX_CHARS];
    for (unsigned i = 0; i < r->row_count; i++) {
        trc_reason_name(r->rows[i].reason, name, sizeof(name));
        if (strlen(name) > width)
            width = strlen(name);
    }
    return (int)width;
}

static void write_rule(int width, FILE *to)
{
    for (int i = 0; i < width + 84; i++)
        fputc('-', to);
    fputc('\n', to);
}

static void write_failure(const struct trc_fail_row *row, FILE *to)
{
    char name[NAME_MAX_CHARS];
    trc_error_name(row->error, name, sizeof(name));
    fprintf(to, "failed VMX instructions: %" PRIu64 " x %s\n", row->count,
            name);
}

void trc_exits_write_text(const struct trc_exit_report *r, FILE *to)
{
    int width = name_width(r);
    char name[NAME_MAX_CHARS];

    fprintf(to, "%-*s %8s %10s %10s %10s %10s %11s %9s %6s\n", width,
            "VM exits (cycles)", "count", "hw exit", "VMM", "hw entry",
            "refill", "total", "mean", "share");
    write_rule(width, to);
    for (unsigned i = 0; i < r->row_count; i++) {
        trc_reason_name(r->rows[i].reason, name, sizeof(name));
        write_priced(width, name, &r->rows[i], r->total, to);
    }
    write_rule(width, to);
    write_priced(width, "all VM exits", &r->all, r->total, to);
    write_priced(width, "VMM before the first exit", &r->before, r->total,
                 to);
    for (size_t i = 0; i < ARRAY_SIZE(plain_rows); i++) {
        uint64_t cycles = plain_cycles(r, &plain_rows[i]);
        if (cycles || plain_rows[i].always)
            write_plain(width, plain_rows[i].name, cycles, r->total, to);
    }
    write_rule(width, to);
    write_plain(width, "the clock", r->total, r->total, to);
    for (unsigned i = 0; i < r->fail_count; i++)
        write_failure(&r->fails[i], to);
}

/* The names of vmx-model hold no character that JSON must escape but quote
 * and backslash; control characters cannot occur. */
static void write_json_string(const char *text, FILE *to)
{
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void write_json_price(const struct trc_exit_row *row, FILE *to)
{
    const struct trc_price *p = &row->price;
    fprintf(to,
            "\"count\": %" PRIu64 ", \"hw_exit\": %" PRIu64
            ", \"vmm_instruction\": %" PRIu64 ", \"vmm_delivery\": %" PRIu64
            ", \"vmm_device\": %" PRIu64 ", \"hw_entry\": %" PRIu64
            ", \"refill\": %" PRIu64 ", \"total\": %" PRIu64 "}",
            row->count, p->hw_exit, p->vmm_instruction, p->vmm_delivery,
            p->vmm_device, p->hw_entry, p->refill, trc_price_total(p));
}

static void write_json_exits(const struct trc_exit_report *r, FILE *to)
{
    char name[NAME_MAX_CHARS];
    fputs("  \"exits\": [", to);
    for (unsigned i = 0; i < r->row_count; i++) {
        const struct trc_exit_row *row = &r->rows[i];
        trc_reason_name(row->reason, name, sizeof(name));
        fprintf(to, "%s\n    {\"reason\": %" PRIu32 ", \"entry_failure\": %s",
                i ? "," : "", row->reason & UINT32_C(0xffff),
                row->reason >> 31 ? "true" : "false");
        fputs(", \"name\": ", to);
        write_json_string(name, to);
        fputs(", ", to);
        write_json_price(row, to);
    }
    fputs("\n  ],\n", to);
}

void trc_exits_write_json(const struct trc_exit_report *r, FILE *to)
{
    fputs("{\n", to);
    write_json_exits(r, to);
    fputs("  \"all_exits\": {", to);
    write_json_price(&r->all, to);
    fputs(",\n  \"before_first_exit\": {", to);
    write_json_price(&r->before, to);
    fputs(",\n", to);
    for (size_t i = 0; i < ARRAY_SIZE(plain_rows); i++)
        fprintf(to, "  \"%s\": %" PRIu64 ",\n", plain_rows[i].key,
                plain_cycles(r, &plain_rows[i]));
    fputs("  \"failures\": [", to);
    for (unsigned i = 0; i < r->fail_count; i++)
        fprintf(to, "%s{\"error\": %" PRIu32 ", \"count\": %" PRIu64 "}",
                i ? ", " : "", r->fails[i].error, r->fails[i].count);
    fprintf(to, "],\n  \"entries\": %" PRIu64 ",\n  \"clock\": %" PRIu64
                "\n}\n",
            r->entries, r->total);
}
