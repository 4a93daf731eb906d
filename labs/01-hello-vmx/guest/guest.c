/* SPDX-License-Identifier: MIT */
/* A guest that tries everything a small operating system does, and checks
 * what it gets.  It is written for a plain PC: that the machine is virtual
 * shows only where it asks (CPUID) and where it calls (VMCALL). */
#include "labs/01-hello-vmx/hypercall.h"
#include "labs/lib/console.h"
#include "labs/lib/x86.h"

#define TIMER_VECTOR 64u
#define TIMER_TICKS 24u       /* of 838 ns: 20 microseconds */
#define TIMER_LOOPS 100000u   /* takes far longer than that */
#define DEMAND_PAGE 0x10000000u
#define UNKNOWN_MSR 0x12345678u
#define IA32_SYSENTER_CS_TEST 0x1230u

/* start.S */
uint32_t hypercall(uint32_t number, uint32_t ebx, uint32_t ecx);
void on_ud(void);
void on_gp(void);
void on_pf(void);
void on_timer(void);

struct frame {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
    uint32_t vector, error_code, eip, cs, eflags;
};
void interrupt(struct frame *frame);
int main(void);

#define PAGE_ALIGNED __attribute__((aligned(4096)))
static uint32_t directory[1024] PAGE_ALIGNED;
static uint32_t low_table[1024] PAGE_ALIGNED;    /* 4 to 8 MiB */
static uint32_t demand_table[1024] PAGE_ALIGNED; /* DEMAND_PAGE ... */
static uint32_t spare_page[1024] PAGE_ALIGNED;

static struct gate {
    uint16_t offset_low, selector, type, offset_high;
} idt[TIMER_VECTOR + 1];

static volatile uint32_t page_faults, timer_interrupts, exceptions;
/* Length of an instruction that is about to fault on purpose. */
static volatile uint32_t expected_length;

static void check(bool ok, const char *what)
{
    print("guest: %s: %s\n", what, ok ? "ok" : "WRONG");
    if (!ok)
        hypercall(HYPERCALL_EXIT, 1, 0);
}

/* The guest's own page fault: give the page, and run the instruction again.
 * The hypervisor does not hear of it. */
static void on_page_fault(struct frame *frame)
{
    if (read_cr2() != DEMAND_PAGE || frame->error_code != 2) {
        print("guest: page fault at %x, error %x, EIP %x\n", read_cr2(),
              frame->error_code, frame->eip);
        hypercall(HYPERCALL_EXIT, 2, 0);
    }
    page_faults++;
    demand_table[0] = (uint32_t)spare_page | PTE_W | PTE_P;
}

void interrupt(struct frame *frame)
{
    if (frame->vector == VECTOR_PF) {
        on_page_fault(frame);
    } else if (frame->vector == TIMER_VECTOR) {
        timer_interrupts++;
    } else if (expected_length) {
        exceptions++;
        frame->eip += expected_length;
    } else {
        print("guest: exception %u at %x\n", frame->vector, frame->eip);
        hypercall(HYPERCALL_EXIT, 3, 0);
    }
}

static void set_gate(unsigned vector, void (*handler)(void))
{
    uint32_t offset = (uint32_t)handler;
    idt[vector] = (struct gate) { (uint16_t)offset, 0x08, 0x8e00,
                                  (uint16_t)(offset >> 16) };
}

static void set_interrupts_up(void)
{
    struct table_register idtr = { sizeof idt - 1, (uint32_t)idt };

    set_gate(VECTOR_UD, on_ud);
    set_gate(VECTOR_GP, on_gp);
    set_gate(VECTOR_PF, on_pf);
    set_gate(TIMER_VECTOR, on_timer);
    __asm__ volatile("lidt %0" : : "m"(idtr));
}

static void test_cpuid(void)
{
    struct cpuid vendor = cpuid(0, 0);
    struct cpuid host = cpuid(0x40000000, 0);
    uint32_t text[7] = { vendor.ebx, vendor.edx, vendor.ecx, 0, 0, 0, 0 };
    uint32_t name[4] = { host.ebx, host.ecx, host.edx, 0 };

    print("guest: CPUID says %s, and behind it \"%s\"\n",
          (const char *)text, (const char *)name);
    check(!(cpuid(1, 0).ecx & CPUID_1_ECX_VMX), "CPUID shows no VMX");
}

/* Own page tables: 4-KiB pages for this program, and one hole. */
static void test_paging(void)
{
    for (uint32_t i = 0; i < 1024; i++)
        low_table[i] = (GUEST_BASE + i * 4096) | PTE_W | PTE_P;
    directory[GUEST_BASE >> 22] = (uint32_t)low_table | PTE_W | PTE_P;
    directory[DEMAND_PAGE >> 22] = (uint32_t)demand_table | PTE_W | PTE_P;
    write_cr3((uint32_t)directory);
    check(read_cr3() == (uint32_t)directory, "CR3 holds my page directory");

    *(volatile uint32_t *)DEMAND_PAGE = 0x600d;
    check(page_faults == 1 && spare_page[0] == 0x600d,
          "page fault, handled by me alone");
    demand_table[0] = 0;
    invlpg(DEMAND_PAGE);
    *(volatile uint32_t *)DEMAND_PAGE = 0x900d;
    check(page_faults == 2 && spare_page[0] == 0x900d,
          "page fault again after INVLPG");
}

static void test_control_registers(void)
{
    uint32_t cr0 = read_cr0();

    write_cr0(cr0 | CR0_TS); /* TS is mine: no VM exit */
    check((read_cr0() & CR0_TS) != 0, "CR0.TS can be set");
    __asm__ volatile("clts");
    check(!(read_cr0() & CR0_TS), "CLTS clears it");
    write_cr0(cr0 & ~CR0_NE); /* the processor needs NE = 1, I need not know */
    check(!(read_cr0() & CR0_NE), "CR0.NE reads back as 0");
    write_cr0(cr0);

    write_cr4(read_cr4() | CR4_PGE);
    check(read_cr4() & CR4_PGE, "CR4.PGE can be set");
    check(!(read_cr4() & CR4_VMXE), "CR4.VMXE reads as 0");
    uint32_t before = exceptions, vmxe = read_cr4() | CR4_VMXE;
    expected_length = 3;
    write_cr4(vmxe);
    expected_length = 0;
    check(exceptions == before + 1, "setting CR4.VMXE gives #GP");
}

static void test_msrs(void)
{
    wrmsr(MSR_SYSENTER_CS, IA32_SYSENTER_CS_TEST);
    check(rdmsr(MSR_SYSENTER_CS) == IA32_SYSENTER_CS_TEST,
          "an MSR keeps what I write");
    uint32_t before = exceptions;
    expected_length = 2;
    wrmsr(UNKNOWN_MSR, 0);
    expected_length = 0;
    check(exceptions == before + 1, "an unknown MSR gives #GP");
}

static void test_ud(void)
{
    uint32_t before = exceptions;
    expected_length = 2;
    __asm__ volatile("ud2" : : : "memory");
    expected_length = 0;
    check(exceptions == before + 1, "UD2 gives #UD");
}

static void test_tsc(void)
{
    uint64_t before = rdtsc();
    check(rdtsc() > before, "the time-stamp counter runs");
}

/* Once asleep in HLT, and once with interrupts off when the tick comes. */
static void test_timer(void)
{
    uint32_t armed = hypercall(HYPERCALL_TIMER, TIMER_TICKS, TIMER_VECTOR);
    __asm__ volatile("sti; hlt; cli" : : : "memory");
    check(armed == 0, "timer armed by VMCALL");
    check(timer_interrupts == 1, "woken from HLT by the timer");

    hypercall(HYPERCALL_TIMER, TIMER_TICKS, TIMER_VECTOR);
    for (uint32_t i = 0; i < TIMER_LOOPS; i++)
        __asm__ volatile("pause");
    check(timer_interrupts == 1, "no interrupt while IF = 0");
    __asm__ volatile("sti; nop; cli" : : : "memory");
    check(timer_interrupts == 2, "it comes after STI");
}

int main(void)
{
    static const char goodbye[] = "guest: goodbye, by VMCALL\n";

    console_init(CONSOLE_UART);
    print("guest: hello from VMX non-root operation\n");
    set_interrupts_up();
    test_cpuid();
    test_paging();
    test_control_registers();
    test_msrs();
    test_ud();
    test_tsc();
    test_timer();
    hypercall(HYPERCALL_PRINT, (uint32_t)goodbye, sizeof goodbye - 1);
    hypercall(HYPERCALL_EXIT, 0, 0);
    return 0;
}
