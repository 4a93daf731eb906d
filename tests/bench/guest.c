/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The benchmark guest: the last two words of its command line name a loop
 * and say how often it goes round.  It says on port E9H what came of it and
 * how far the time-stamp counter went, and ends the machine in the ways of
 * three emulators:
 *
 *   port F4H    vtsim and QEMU's isa-debug-exit; status 1
 *   port 8900H  Bochs: the word Shutdown
 *
 * Under vtsim's profile "unit" the time-stamp counter counts instructions.
 * Paging: the first 16 MiB are mapped to themselves in pages of 4 KiB, for
 * ring 3 too. */
#include "tests/bench/guest.h"

#define PRESENT 1u
#define WRITABLE 2u
#define USER 4u
#define PAGE_ALIGNED __attribute__((aligned(4096)))

uint32_t result;
uint32_t buffer[BUFFER_BYTES / 4] PAGE_ALIGNED;
uint32_t directory[2][1024] PAGE_ALIGNED;
uint32_t page_table[TABLES][1024] PAGE_ALIGNED;
extern uint32_t idt[256][2], stack_top[];

static const struct {
    const char *name;
    void (*loop)(uint32_t count);
    bool ring3;
} loops[] = {
    {"integer", loop_integer, false},   {"memory", loop_memory, false},
    {"sysenter", loop_sysenter, true},  {"int80", loop_int80, true},
    {"pagefault", loop_fault, false},   {"cr3", loop_cr3, false},
    {"string", loop_string, false},     {"mix", loop_mix, false},
};

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void say(const char *text)
{
    while (*text)
        out8(0xe9, (uint8_t)*text++);
}

static void say_hex(uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        out8(0xe9, (uint8_t)"0123456789abcdef"[value >> shift & 15]);
}

static void write_msr(uint32_t msr, uint32_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"(value), "d"(0));
}

static uint64_t tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static void set_gate(unsigned vector, void (*handler)(void))
{
    uint32_t at = (uint32_t)handler;

    idt[vector][0] = 0x80000 | (at & 0xffff);
    idt[vector][1] = (at & 0xffff0000) | 0xee00; /* interrupt gate, DPL 3 */
}

static void set_up_events(void)
{
    set_gate(14, page_fault);
    set_gate(0x80, int80);
    set_gate(0x81, int81);
    __asm__ volatile("lidt idt_register");
    write_msr(0x174, 0x08); /* SYSENTER: CS, ESP, EIP */
    write_msr(0x175, (uint32_t)stack_top);
    write_msr(0x176, (uint32_t)sysenter_entry);
}

static void set_up_paging(void)
{
    uint32_t rights = PRESENT | WRITABLE | USER, cr0;

    for (uint32_t i = 0; i < TABLES * 1024; i++)
        page_table[i / 1024][i % 1024] = i << 12 | rights;
    for (uint32_t i = 0; i < TABLES; i++)
        directory[0][i] = directory[1][i] = (uint32_t)page_table[i] | rights;
    __asm__ volatile("movl %0, %%cr3" : : "r"(directory[0]) : "memory");
    __asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("movl %0, %%cr0" : : "r"(cr0 | 0x80010000u) : "memory");
}

static void stop(uint8_t status)
{
    static const char word[] = "Shutdown";

    out8(0xf4, status);
    for (const char *c = word; *c; c++)
        out8(0x8900, (uint8_t)*c);
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* Start of the word that ends at `end'. */
static const char *word_before(const char *line, const char *end)
{
    while (end > line && end[-1] != ' ')
        end--;
    return end;
}

static bool same_word(const char *a, const char *b)
{
    while (*a && *a != ' ' && *a == *b)
        a++, b++;
    return (!*a || *a == ' ') && (!*b || *b == ' ');
}

static void run(unsigned i, uint32_t count)
{
    uint64_t start = tsc();

    if (count > 0 && loops[i].ring3)
        run_in_ring3(loops[i].loop, count);
    else if (count > 0)
        loops[i].loop(count);
    start = tsc() - start;
    say("bench ");
    say(loops[i].name);
    say(" result ");
    say_hex(result);
    say(" ticks ");
    say_hex(start);
    say("\n");
}

void guest_main(uint32_t magic, const struct multiboot_info *info)
{
    const char *line, *end, *number, *name;
    uint32_t count = 0;

    if (magic != 0x2badb002 || !(info->flags & 4))
        stop(1);
    line = end = (const char *)info->cmdline;
    while (*end)
        end++;
    while (end > line && end[-1] == ' ') /* QEMU adds one */
        end--;
    number = word_before(line, end);
    name = word_before(line, number > line ? number - 1 : line);
    while (*number >= '0' && *number <= '9')
        count = count * 10 + (uint32_t)(*number++ - '0');
    for (uint32_t i = 0; i < BUFFER_BYTES / 4; i++)
        buffer[i] = i * 2654435761u;
    set_up_paging();
    set_up_events();
    for (unsigned i = 0; i < sizeof loops / sizeof loops[0]; i++)
        if (same_word(loops[i].name, name)) {
            run(i, count);
            stop(0);
        }
    say("no such loop\n");
    stop(1);
}
