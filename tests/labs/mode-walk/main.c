/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A guest that walks through all modes of the processor under it and checks
 * what it finds there: protected mode of 32 and 16 bits, real-address mode
 * with and without its limits, virtual-8086 mode, a task, PAE paging,
 * compatibility and 64-bit mode, and back.  Exit status 3 when anything is
 * wrong.
 * SDM 325462, Vol 3A, "Mode Switching", "Initializing IA-32e Mode", "Task
 * Management"; Vol 3B, "8086 Emulation". */
#include <stddef.h>

#include "labs/lib/console.h"
#include "labs/lib/x86.h"
#include "tests/labs/mode-walk/walk.h"

#define PAGE_ALIGNED __attribute__((aligned(4096)))
#define FL_IOPL3 (3u << 12)
#define FL_VM (1u << 17)
#define EFER_LME (1u << 8)
#define EFER_LMA (1u << 10)
#define BIG_VALUE 0x600dcafeu

struct caught { /* catch.S of guest-checks */
    uint32_t vector, error_code, eip, cs, eflags, esp, ss;
};
extern volatile struct caught caught;
extern char vectors[];
uint32_t catch(void (*f)(void));

/* walk.S */
void real_trip(void);
void to_vm86(uint32_t offset, uint32_t eflags) __attribute__((noreturn));
void call_task(void);
void call_task16(void);
void bad_selector(void);
void user_calls_gate(void);
void to_user(void (*f)(void)); /* catch.S */
void pae_trip(void);
void long_trip(void);
extern char low[], low_end[], low_seen[], vm86_int[], vm86_flags[],
    vm86_ports[], vm86_forbidden[], vm86_hlt[], real_gp[], real_ss[],
    real_int[], task_start[], gp_task_start[], task16_start[],
    gate_target[], gate64_target[], handler_int64[], handler_gp64[];

struct low_seen {
    uint16_t push16, pe, no_pe, word;
    uint32_t unreal;
    uint16_t gp, stack, interrupt, far, vm86, vm86_flags, task16;
};
static volatile struct low_seen *in_low;

extern volatile struct seen {
    uint32_t task, pae, efer, efer_after, push32, inc, push64, frame_cs,
        frame_ss, gp64, gp64_code, ss, task_error, gate_first, gate_last,
        gate_esp, gate_cs, gate_left, gate64_left, lar;
    uint64_t gate64_cs, r15, high, upper, frame;
    uint16_t gdt_limit;
    uint64_t gdt_base;
} __attribute__((packed)) seen;

int main(void);

static struct gate {
    uint16_t offset_low, selector, type, offset_high;
} idt[64];
struct gate64 {
    struct gate low;
    uint32_t offset_upper, reserved;
} idt64[64];
static uint64_t gdt[GDT_SLOTS];
struct {
    uint32_t field[26];
    uint8_t io_map[130]; /* of ports 0 to 3FFH, and a byte of ones */
} tss;
static uint32_t task_tss[26], gp_task_tss[26];
static uint16_t task16_tss[22];
static uint64_t page_directory[512] PAGE_ALIGNED;
uint64_t pdpt[512] PAGE_ALIGNED, pml4[512] PAGE_ALIGNED;
static unsigned failures;

static void check(bool ok, const char *what)
{
    print("%s: %s\n", ok ? "ok" : "WRONG", what);
    failures += !ok;
}

/* --- tables ----------------------------------------------------------- */

static struct gate make_gate(const char *handler, uint16_t selector,
                             uint16_t type)
{
    uint32_t offset = (uint32_t)handler;
    return (struct gate) { (uint16_t)offset, selector, type,
                           (uint16_t)(offset >> 16) };
}

static uint64_t system_descriptor(const void *base, uint32_t limit)
{
    uint32_t b = (uint32_t)base;
    return limit | (uint64_t)(b & 0xffffff) << 16 | (uint64_t)0x89 << 40 |
           (uint64_t)(b >> 24) << 56;
}

/* A 32-bit task at CPL 0 with flat segments. */
static void init_task(uint32_t field[26], const char *start, uint32_t esp)
{
    field[8] = (uint32_t)start; /* EIP */
    field[9] = FL_ALWAYS_1;
    field[14] = esp;
    for (unsigned i = 18; i < 24; i++)
        field[i] = i == 19 ? CODE32_SEL : DATA32_SEL;
    field[25] = 26 * 4 << 16;
}

static void init_task16(void)
{
    task16_tss[7] = (uint16_t)(task16_start - low); /* IP */
    task16_tss[8] = FL_ALWAYS_1;
    task16_tss[13] = 0xe000; /* SP */
    for (unsigned i = 17; i < 21; i++)
        task16_tss[i] = i == 18 ? CODE16_SEL : DATA16_SEL;
}

static void init_tasks(void)
{
    static uint8_t stack[1024] __attribute__((aligned(16)));
    static uint8_t gp_stack[1024] __attribute__((aligned(16)));
    init_task(task_tss, task_start, (uint32_t)(stack + sizeof stack));
    init_task(gp_task_tss, gp_task_start,
              (uint32_t)(gp_stack + sizeof gp_stack));
    init_task16();
}

/* 32 bits with two parameters; 64 bits. */
static void init_call_gates(void)
{
    uint32_t target = (uint32_t)gate_target, target64 =
        (uint32_t)gate64_target;
    gdt[GATE32_SEL / 8] = (uint64_t)(target & 0xffff0000) << 32 |
                          0x0000ec0200000000 | (uint32_t)CODE32_SEL << 16 |
                          (target & 0xffff);
    gdt[GATE64_SEL / 8] = (uint64_t)(target64 & 0xffff0000) << 32 |
                          0x00008c0000000000 | (uint32_t)CODE64_SEL << 16 |
                          (target64 & 0xffff);
}

static void init_tables(void)
{
    static uint8_t stack[4096] __attribute__((aligned(16)));
    struct table_register gdtr = { sizeof gdt - 1, (uint32_t)gdt };
    struct table_register idtr = { sizeof idt - 1, (uint32_t)idt };

    gdt[1] = 0x00cf9b000000ffff;
    gdt[2] = 0x00cf93000000ffff;
    gdt[3] = 0x00cffb000000ffff;
    gdt[4] = 0x00cff3000000ffff;
    gdt[5] = system_descriptor(&tss, sizeof tss - 1);
    gdt[6] = 0x00009b000000ffff | (uint64_t)LOW << 16;
    gdt[7] = 0x000093000000ffff | (uint64_t)LOW << 16;
    gdt[8] = 0x008f93000000ffff;
    gdt[9] = 0x00af9b000000ffff; /* L = 1 */
    gdt[10] = system_descriptor(task_tss, sizeof task_tss - 1);
    gdt[11] = system_descriptor(gp_task_tss, sizeof gp_task_tss - 1);
    gdt[12] = system_descriptor(task16_tss, sizeof task16_tss - 1) &
              ~((uint64_t)8 << 40); /* type 1 */
    init_call_gates();
    tss.field[1] = (uint32_t)(stack + sizeof stack);
    tss.field[2] = DATA32_SEL;
    tss.field[25] = sizeof tss.field << 16;
    tss.io_map[FORBIDDEN_PORT / 8] = 1u << FORBIDDEN_PORT % 8;
    tss.io_map[sizeof tss.io_map - 1] = 0xff;
    for (unsigned i = 0; i < 64; i++)
        idt[i] = make_gate(vectors + i * 16, CODE32_SEL,
                           i == 0x30 ? 0xee00 : 0x8e00);
    idt64[0x31].low = make_gate(handler_int64, CODE64_SEL, 0x8e00);
    idt64[VECTOR_GP].low = make_gate(handler_gp64, CODE64_SEL, 0x8e00);
    init_tasks();
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2"
                     : : "m"(gdtr), "m"(idtr), "r"(TSS_SEL));
}

/* The first GiB linear = physical; PAE paging has it again behind that, and
 * IA-32e mode in the upper half. */
static void init_page_tables(void)
{
    for (uint32_t i = 0; i < 512; i++)
        page_directory[i] = (uint64_t)i << 21 | PTE_PS | PTE_W | PTE_P;
    pdpt[0] = pdpt[1] = (uint32_t)page_directory | PTE_P;
    pml4[0] = pml4[256] = (uint32_t)pdpt | PTE_W | PTE_P;
}

/* Bits of PAE's pointers are reserved that IA-32e mode needs. */
static void pdpt_for_long_mode(bool on)
{
    pdpt[0] = (uint32_t)page_directory | PTE_P | (on ? PTE_W : 0);
}

static uint32_t low_offset(const char *symbol)
{
    return (uint32_t)(symbol - low);
}

static void init_low(void)
{
    uint32_t *ivt = (uint32_t *)IVT;
    memcpy((void *)LOW, low, (uint32_t)(low_end - low));
    in_low = (struct low_seen *)(LOW + low_offset(low_seen));
    ivt[VECTOR_GP] = (uint32_t)LOW_SEG << 16 | low_offset(real_gp);
    ivt[12] = (uint32_t)LOW_SEG << 16 | low_offset(real_ss);
    ivt[0x40] = (uint32_t)LOW_SEG << 16 | low_offset(real_int);
    *(volatile uint32_t *)BIG = BIG_VALUE;
    *(volatile uint32_t *)(BIG + 4) = ~BIG_VALUE;
}

/* --- trips ------------------------------------------------------------ */

static void test_real(void)
{
    init_low();
    real_trip();
    check(in_low->push16 == 2, "16-bit protected mode: PUSH takes two bytes");
    check(in_low->pe == 1, "16-bit protected mode: PE is 1");
    check(in_low->no_pe == 0, "real-address mode: PE is 0, CS is writable");
    check(in_low->word == 0x1ce5, "real-address mode: base is selector * 16");
    check(in_low->unreal == BIG_VALUE,
          "unreal mode: FS reaches beyond 1 MiB");
    check(in_low->gp == 1, "real-address mode: a word at FFFFH is #GP");
    check(in_low->stack == 1, "real-address mode: through SS it is #SS");
    check(in_low->interrupt == 1, "real-address mode: INT by the vectors");
    check(in_low->far == LOW_SEG + 2, "real-address mode: far CALL and RET");
    check((read_cr0() & CR0_PE) != 0, "and back in protected mode");
}

static void do_vm86_int(void)
{
    to_vm86(low_offset(vm86_int), FL_IOPL3 | FL_VM | 2);
}
static void do_vm86_flags(void)
{
    to_vm86(low_offset(vm86_flags), FL_IOPL3 | FL_VM | 2);
}
static void do_vm86_flags_iopl0(void)
{
    to_vm86(low_offset(vm86_flags), FL_VM | 2);
}
static void do_vm86_int_iopl0(void)
{
    to_vm86(low_offset(vm86_int), FL_VM | 2);
}
static void do_vm86_ports(void)
{
    to_vm86(low_offset(vm86_ports), FL_IOPL3 | FL_VM | 2);
}
static void do_vm86_hlt(void)
{
    to_vm86(low_offset(vm86_hlt), FL_IOPL3 | FL_VM | 2);
}

static bool caught_in_vm86(uint32_t vector, const char *where)
{
    return caught.vector == vector && caught.cs == LOW_SEG &&
           (caught.eflags & FL_VM) && caught.ss == REAL_STACK_SEG &&
           (!where || caught.eip == low_offset(where));
}

static void test_vm86(void)
{
    catch(do_vm86_int);
    check(caught_in_vm86(0x30, NULL) && in_low->vm86 == 0x1ce5,
          "virtual-8086 mode: segments, INT to the monitor");
    catch(do_vm86_flags);
    check(caught_in_vm86(0x30, NULL) &&
              (in_low->vm86_flags & (FL_IF | FL_IOPL3)) == FL_IOPL3,
          "virtual-8086 mode: PUSHF with IOPL 3");
    catch(do_vm86_flags_iopl0);
    check(caught_in_vm86(VECTOR_GP, vm86_flags) && caught.error_code == 0,
          "virtual-8086 mode: PUSHF with IOPL 0 is #GP(0)");
    catch(do_vm86_int_iopl0);
    check(caught_in_vm86(VECTOR_GP, NULL) && caught.error_code == 0,
          "virtual-8086 mode: INT with IOPL 0 is #GP(0)");
    catch(do_vm86_ports);
    check(caught_in_vm86(VECTOR_GP, vm86_forbidden),
          "virtual-8086 mode: the I/O bit map counts, not IOPL");
    catch(do_vm86_hlt);
    check(caught_in_vm86(VECTOR_GP, vm86_hlt),
          "virtual-8086 mode: HLT is #GP");
}

static void test_task(void)
{
    struct gate gp = idt[VECTOR_GP];
    call_task();
    call_task();
    check(seen.task == 2, "tasks: CALL and IRET, twice");
    check((read_cr0() & CR0_TS) != 0, "tasks: TS is set");
    check(task_tss[0] == TSS_SEL, "tasks: the link leads back");
    call_task16();
    check(in_low->task16 == 1, "tasks: a 16-bit TSS");
    idt[VECTOR_GP] = (struct gate) { 0, GP_TASK_SEL, 0x8500, 0 };
    bad_selector();
    idt[VECTOR_GP] = gp;
    check(seen.task_error == 0xfff8, "tasks: #GP through a task gate");
    __asm__ volatile("clts");
}

static void do_user_call(void) { to_user(user_calls_gate); }

static void test_call_gate(void)
{
    catch(do_user_call);
    check(caught.vector == 0x30 && (caught.cs & 3) == 3,
          "call gate: back at CPL 3");
    check(seen.gate_first == 0x1111 && seen.gate_last == 0x2222,
          "call gate: parameters are copied");
    check(seen.gate_cs == CODE32_SEL && seen.gate_esp == 0,
          "call gate: CPL 0 on a stack of its own, with the caller's ESP");
    check(seen.gate_left == 0, "call gate: RET releases them on both stacks");
}

static void test_pae(void)
{
    pae_trip();
    check(seen.pae == BIG_VALUE, "PAE paging: 2-MiB pages");
}

static void test_long(void)
{
    pdpt_for_long_mode(true);
    long_trip();
    pdpt_for_long_mode(false);
    check((seen.efer & (EFER_LME | EFER_LMA)) == (EFER_LME | EFER_LMA),
          "IA-32e mode: LMA is set");
    check(seen.push32 == 4 && seen.inc == 0,
          "compatibility mode: 32-bit code as ever");
    check(seen.gate64_cs == CODE32_SEL && seen.gate64_left == 0,
          "compatibility mode: through a 64-bit call gate and back");
    check(seen.lar == 0x100, "IA-32e mode: LAR knows no 16-bit TSS");
    check(seen.push64 == 8, "64-bit mode: PUSH takes eight bytes");
    check((seen.ss & 0xffff) == 0, "64-bit mode: SS may be null");
    check(seen.r15 == 0x123456789abcdef0, "64-bit mode: R15");
    check(seen.high == ((uint64_t)~BIG_VALUE << 32 | BIG_VALUE),
          "64-bit mode: the upper half of the address space");
    check(seen.upper == 1, "64-bit mode: EAX clears the upper half of RAX");
    check(seen.frame % 16 == 8 && seen.frame_cs == CODE64_SEL &&
              seen.frame_ss == 0,
          "64-bit mode: an interrupt's frame is aligned");
    check(seen.gp64 == 2 && seen.gp64_code == 0,
          "64-bit mode: addresses that are not canonical are #GP(0)");
    check(seen.gdt_limit == sizeof gdt - 1 && seen.gdt_base == (uint32_t)gdt,
          "64-bit mode: SGDT stores ten bytes");
    check((seen.efer_after & EFER_LMA) == 0, "IA-32e mode is left with PG");
}

int main(void)
{
    console_init(CONSOLE_UART);
    init_tables();
    init_page_tables();
    test_real();
    test_vm86();
    test_task();
    test_call_gate();
    test_pae();
    test_long();
    test_real();
    print("%u wrong\n", failures);
    return failures != 0;
}
