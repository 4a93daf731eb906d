/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A guest that checks the processor under it: exceptions with their error
 * codes and return addresses, privilege levels, paging, and code that changes
 * under the processor's feet.  Exit status 3 when anything is wrong.
 * SDM 325462, Vol 3A, "Interrupt and Exception Handling", "Paging",
 * "Self-Modifying Code". */
#include "labs/lib/console.h"
#include "labs/lib/timer.h"
#include "labs/lib/x86.h"

#define PTE_U (1u << 2)
#define PTE_A (1u << 5)
#define PTE_D (1u << 6)
#define WINDOW 0x10000000u /* linear addresses to play with */
#define PAGE 4096u
#define NO_EXCEPTION 0xffffffffu
#define PAGE_ALIGNED __attribute__((aligned(4096)))

struct caught { /* catch.S */
    uint32_t vector, error_code, eip, cs, eflags, esp, ss;
};
extern volatile struct caught caught;
extern char vectors[];
uint32_t catch(void (*f)(void));
void to_user(void (*f)(void));
int main(void);

static struct gate {
    uint16_t offset_low, selector, type, offset_high;
} idt[64];
static uint32_t tss[26];
static uint64_t gdt[8];
static uint32_t directory[1024] PAGE_ALIGNED, window[1024] PAGE_ALIGNED;
static uint8_t page_a[PAGE] PAGE_ALIGNED, page_b[PAGE] PAGE_ALIGNED;
static unsigned failures;

static void check(bool ok, const char *what)
{
    print("%s: %s\n", ok ? "ok" : "WRONG", what);
    failures += !ok;
}

/* Did f end with this exception? */
static void check_catch(void (*f)(void), uint32_t vector, uint32_t error,
                        const char *what)
{
    uint32_t got = catch(f);
    check(got == vector && (got == NO_EXCEPTION ||
                            caught.error_code == error), what);
    if (got != vector || (got != NO_EXCEPTION && caught.error_code != error))
        print("   got vector %u, error code %x, EIP %x\n", got,
              caught.error_code, caught.eip);
}

/* --- tables ----------------------------------------------------------- */

static void set_gate(unsigned vector, uint16_t type)
{
    uint32_t offset = (uint32_t)vectors + vector * 16;
    idt[vector] = (struct gate) { (uint16_t)offset, 0x08, type,
                                  (uint16_t)(offset >> 16) };
}

static void init_tables(void)
{
    static uint8_t stack[4096] __attribute__((aligned(16)));
    struct table_register gdtr = { sizeof gdt - 1, (uint32_t)gdt };
    struct table_register idtr = { sizeof idt - 1, (uint32_t)idt };
    uint32_t base = (uint32_t)tss;

    gdt[1] = 0x00cf9b000000ffff; /* 08h, 10h: code and data, level 0 */
    gdt[2] = 0x00cf93000000ffff;
    gdt[3] = 0x00cffb000000ffff; /* 18h, 20h: the same, level 3 */
    gdt[4] = 0x00cff3000000ffff;
    gdt[5] = 0x0000890000000067 | (uint64_t)(base & 0xffffff) << 16 |
             (uint64_t)(base >> 24) << 56; /* 28h: TSS */
    gdt[6] = 0x00cf13000000ffff; /* 30h: data, not present */
    gdt[7] = 0x00409300000000ff; /* 38h: data, limit FFh */
    tss[1] = (uint32_t)(stack + sizeof stack);
    tss[2] = 0x10;
    tss[25] = sizeof tss << 16; /* no I/O bitmap */
    for (unsigned i = 0; i < 64; i++)
        set_gate(i, 0x8e00);
    set_gate(0x30, 0xee00); /* level 3 may call it */
    set_gate(0x31, 0x0e00); /* not present */
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2"
                     : : "m"(gdtr), "m"(idtr), "r"(0x28));
}

/* The first 16 MiB linear = physical, for everybody, and the window. */
static void init_paging(void)
{
    for (uint32_t i = 0; i < 4; i++)
        directory[i] = i << 22 | PTE_PS | PTE_U | PTE_W | PTE_P;
    directory[WINDOW >> 22] = (uint32_t)window | PTE_U | PTE_W | PTE_P;
    write_cr3((uint32_t)directory);
    write_cr4(read_cr4() | CR4_PSE);
    write_cr0(read_cr0() | CR0_PG | CR0_WP);
}

static void map(unsigned page, const void *to, uint32_t bits)
{
    window[page] = (uint32_t)to | bits;
    invlpg(WINDOW + page * PAGE);
}

/* --- exceptions -------------------------------------------------------- */

static void do_nothing(void) {}
static void do_divide(void)
{
    __asm__ volatile("xorl %%ecx, %%ecx; divl %%ecx" : : : "eax", "ecx", "edx");
}
static void do_int3(void) { __asm__ volatile("int3"); }
static void do_into(void)
{
    __asm__ volatile("movb $0x7f, %%al; addb $1, %%al; into" : : : "eax");
}
static void do_bound(void)
{
    static const int32_t limits[2] = { 1, 5 };
    __asm__ volatile("boundl %0, %1" : : "r"(6), "m"(limits[0]));
}
static void do_ud2(void) { __asm__ volatile("ud2"); }
static void do_bad_selector(void)
{
    __asm__ volatile("movl %0, %%fs" : : "r"(0x1234));
}
static void do_absent_segment(void)
{
    __asm__ volatile("movl %0, %%fs" : : "r"(0x30));
}
static void do_limit(void)
{
    __asm__ volatile("movl %0, %%fs; movb %%fs:0xff, %%al; "
                     "movw %%fs:0xff, %%ax" : : "r"(0x38) : "eax");
}
static void do_int_beyond(void) { __asm__ volatile("int $0x40"); }
static void do_int_absent(void) { __asm__ volatile("int $0x31"); }
static void do_int_30(void) { __asm__ volatile("int $0x30"); }
static void do_read(void)
{
    __asm__ volatile("movb %0, %%al" : : "m"(*(char *)WINDOW) : "eax");
}
static void do_write(void)
{
    __asm__ volatile("movb $1, %0" : "=m"(*(char *)WINDOW));
}
static void do_step(void)
{
    __asm__ volatile("pushfl; orl $0x100, (%esp); popfl; nop; ud2");
}

static void test_exceptions(void)
{
    check_catch(do_nothing, NO_EXCEPTION, 0, "no exception");
    check_catch(do_divide, 0, 0, "#DE");
    check(*(uint8_t *)caught.eip == 0xf7, "#DE returns to the instruction");
    check_catch(do_step, 1, 0, "#DB after one instruction");
    check(*(uint8_t *)(caught.eip - 1) == 0x90, "#DB returns behind it");
    check_catch(do_int3, 3, 0, "#BP");
    check(*(uint8_t *)(caught.eip - 1) == 0xcc, "#BP returns behind INT3");
    check_catch(do_into, 4, 0, "#OF");
    check_catch(do_bound, 5, 0, "#BR");
    check_catch(do_ud2, 6, 0, "#UD");
    check_catch(do_bad_selector, 13, 0x1234, "#GP, error code: the selector");
    check_catch(do_absent_segment, 11, 0x30, "#NP, error code: the selector");
    check_catch(do_limit, 13, 0, "#GP beyond a segment's limit");
    check_catch(do_int_beyond, 13, 0x40 * 8 + 2, "#GP beyond the IDT's limit");
    check_catch(do_int_absent, 11, 0x31 * 8 + 2, "#NP at an absent gate");
    set_gate(0, 0x0e00);
    check_catch(do_divide, 8, 0, "#DF when #DE finds an absent gate");
    set_gate(0, 0x8e00);
}

/* --- paging ------------------------------------------------------------- */

static void test_paging(void)
{
    map(0, page_a, 0);
    check_catch(do_read, 14, 0, "#PF, read, not present");
    check(read_cr2() == WINDOW, "CR2 has the address");
    check_catch(do_write, 14, 2, "#PF, write, not present");
    map(0, page_a, PTE_P);
    check_catch(do_write, 14, 3, "#PF, write, read-only with CR0.WP");
    check_catch(do_read, NO_EXCEPTION, 0, "a read-only page can be read");
    check((window[0] & (PTE_A | PTE_D)) == PTE_A, "a read sets A alone");
    map(0, page_a, PTE_P | PTE_W);
    check_catch(do_write, NO_EXCEPTION, 0, "a writable one written");
    check((window[0] & (PTE_A | PTE_D)) == (PTE_A | PTE_D),
          "a write sets A and D");
}

/* --- privilege level 3 ---------------------------------------------------- */

static void user_hlt(void) { __asm__ volatile("hlt"); }
static void user_cli(void) { __asm__ volatile("cli"); }
static void user_in(void) { __asm__ volatile("inb $0x80, %%al" : : : "eax"); }
static void user_int_8(void) { __asm__ volatile("int $8"); }
static void user_go_on(void)
{
    do_read();
    do_int_30();
}
static void do_user_hlt(void) { to_user(user_hlt); }
static void do_user_cli(void) { to_user(user_cli); }
static void do_user_in(void) { to_user(user_in); }
static void do_user_int_8(void) { to_user(user_int_8); }
static void do_user_int_30(void) { to_user(do_int_30); }
static void do_user_go_on(void) { to_user(user_go_on); }
static void do_user_read(void) { to_user(do_read); }
static void do_user_write(void) { to_user(do_write); }

static void test_user(void)
{
    check_catch(do_user_int_30, 0x30, 0, "INT 30h from level 3");
    check(caught.cs == 0x1b && caught.ss == 0x23, "CS and SS were user's");
    check_catch(do_user_hlt, 13, 0, "#GP for HLT at level 3");
    check_catch(do_user_cli, 13, 0, "#GP for CLI at level 3, IOPL 0");
    check_catch(do_user_in, 13, 0, "#GP for IN at level 3, no I/O bitmap");
    check_catch(do_user_int_8, 13, 8 * 8 + 2, "#GP for a gate of level 0");
    map(0, page_a, PTE_P | PTE_W);
    check_catch(do_user_read, 14, 5, "#PF, user read of a supervisor page");
    check_catch(do_user_write, 14, 7, "#PF, user write of a supervisor page");
    map(0, page_a, PTE_P | PTE_U);
    check_catch(do_user_go_on, 0x30, 0, "user read of a user page goes on");
}

/* --- code that changes --------------------------------------------------- */

/* mov $value, %eax; ret */
static void put_code(uint8_t *to, uint32_t value)
{
    to[0] = 0xb8;
    memcpy(to + 1, &value, 4);
    to[5] = 0xc3;
}

static uint32_t run_code(uint32_t la)
{
    return ((uint32_t(*)(void))la)();
}

static void do_run_crossing(void) { run_code(WINDOW + PAGE - 3); }

static uint32_t patch_ahead(void)
{
    uint32_t value;
    __asm__ volatile("movl $1, %%ecx\n"
                     "1: movl $0x11, %%eax\n" /* B8 imm32 */
                     "movb $0x22, 2f + 1\n"
                     "2: movl $0x11, %%eax\n"
                     "movb $0x11, 2b + 1\n"
                     : "=a"(value) : : "ecx", "memory");
    return value;
}

static uint32_t rep_over_itself(void)
{
    static const uint8_t nops[16] = {
        0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90,
        0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90 };
    static uint8_t code[64] PAGE_ALIGNED;
    /* rep movsb; 16 x inc %eax; ret -- and the copy makes them NOPs */
    code[0] = 0xf3;
    code[1] = 0xa4;
    for (unsigned i = 0; i < 16; i++)
        code[2 + i] = 0x40;
    code[18] = 0xc3;
    uint32_t value = 0, count = 16;
    const uint8_t *from = nops;
    uint8_t *to = code + 2;
    __asm__ volatile("call *%4"
                     : "+a"(value), "+c"(count), "+S"(from), "+D"(to)
                     : "b"(code) : "memory", "cc");
    return value;
}

static void test_code(void)
{
    map(0, page_a, PTE_P | PTE_W);
    map(1, page_b, PTE_P | PTE_W);
    map(2, page_a, PTE_P | PTE_W); /* the same page again */
    put_code(page_a, 1);
    check(run_code(WINDOW) == 1, "code runs");
    put_code(page_a, 2);
    check(run_code(WINDOW) == 2, "changed code runs changed");
    put_code((uint8_t *)WINDOW + 2 * PAGE, 3);
    check(run_code(WINDOW) == 3, "changed through another linear address");
    put_code(page_b, 4);
    map(0, page_b, PTE_P | PTE_W);
    check(run_code(WINDOW) == 4, "another page at the same address");
    map(0, page_a, PTE_P | PTE_W);
    check(run_code(WINDOW) == 3, "and back again");

    put_code((uint8_t *)WINDOW + PAGE - 3, 0x01020304);
    check(run_code(WINDOW + PAGE - 3) == 0x01020304,
          "an instruction across a page end");
    page_b[0] = 9;
    check(run_code(WINDOW + PAGE - 3) == 0x01090304,
          "changed in its second page alone");
    map(1, page_b, 0);
    check_catch(do_run_crossing, 14, 0, "#PF when its second page is gone");
    check(read_cr2() == WINDOW + PAGE && caught.eip == WINDOW + PAGE - 3,
          "CR2 says the second page, EIP the instruction");

    check(patch_ahead() == 0x22 && patch_ahead() == 0x22,
          "an instruction changed just before it runs");
    check(rep_over_itself() == 0, "REP MOVSB overwrites what follows it");
}

/* --- an interrupt, natively ------------------------------------------------ */

static void do_wait(void)
{
    timer_arm(119);
    for (;;)
        __asm__ volatile("sti; hlt");
}

static void test_interrupt(void)
{
    timer_init();
    check_catch(do_wait, TIMER_IRQ_VECTOR, 0, "HLT ends with a timer interrupt");
    timer_eoi();
    check_catch(do_wait, TIMER_IRQ_VECTOR, 0, "and once more after EOI");
    timer_eoi();
}

int main(void)
{
    console_init(CONSOLE_UART);
    init_tables();
    init_paging();
    test_exceptions();
    test_paging();
    test_user();
    test_code();
    test_interrupt();
    print("%u wrong\n", failures);
    return failures != 0;
}
