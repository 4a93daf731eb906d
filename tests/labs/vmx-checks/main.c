/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every kind of VM exit leaves in the VMCS, what an injected event leaves
 * on the guest's stack, and what VMX instructions say when they fail: printed
 * as text, to be compared with another implementation of the same manual.
 *
 * expected.txt was compared with Bochs 2.7 (core2_penryn_t9600) in November
 * 2026.  Where they differ we follow the manual:
 * - An interrupt window ends the HLT activity state ("sti_window,
 *   window_asleep" was left out there).
 * - VM exits from that state save it: "VM exits ... a return to the active
 *   state occurs only after the VM exit completes" (the three lines with
 *   "activity 1").
 * - A VM exit caused by a fault saves RF = 1 ("flags 10002").
 * - Pending debug exceptions are saved as clear ("hlt, step").
 * - Blocking by NMI ends with a VM entry that does not ask for it.
 * - VMCALL in root operation gives error 1 where there is no SMM monitor.
 *
 * SDM 325462, Vol 3C, "VM Exits", "VM Entries"; Vol 3C, "VMX Instruction
 * Reference". */
#include "labs/01-hello-vmx/vmm/vmm.h"
#include "labs/lib/timer.h"

#define PAGE_ALIGNED __attribute__((aligned(4096)))
#define ABSENT 0xff000000u /* linear addresses without a page */
#define ALL_EXCEPTIONS 0xffffffffu
#define START_EAX 0x11u
#define START_EBX 0x44u
#define FL_TF (1u << 8)

int main(void);

static uint8_t io_bitmaps[8192] PAGE_ALIGNED, msr_bitmaps[4096] PAGE_ALIGNED;
static uint32_t stack[64];
static uint64_t gdt[6];
static struct gate {
    uint16_t offset_low, selector, type, offset_high;
} idt[64];
extern char guest_stubs[];

/* --- what is different in each experiment -------------------------------- */

static void set_proc(uint32_t bits)
{
    vmwrite(VMCS_PROC_BASED_CONTROLS, vmread(VMCS_PROC_BASED_CONTROLS) | bits);
}
static void clear_proc(uint32_t bits)
{
    vmwrite(VMCS_PROC_BASED_CONTROLS, vmread(VMCS_PROC_BASED_CONTROLS) & ~bits);
}
static void plain(void) {}
static void all_exceptions(void)
{
    vmwrite(VMCS_EXCEPTION_BITMAP, ALL_EXCEPTIONS);
}
static void no_exceptions(void) { vmwrite(VMCS_EXCEPTION_BITMAP, 0); }
static void only_writes(void)
{
    all_exceptions();
    vmwrite(VMCS_PF_ERROR_CODE_MASK, 2);
    vmwrite(VMCS_PF_ERROR_CODE_MATCH, 2);
}
static void pause_exiting(void) { set_proc(VMX_PAUSE_EXITING); }
static void mov_dr_exiting(void) { set_proc(VMX_MOV_DR_EXITING); }
static void window(void) { set_proc(VMX_INTERRUPT_WINDOW_EXITING); }
static void window_open(void)
{
    window();
    vmwrite(VMCS_GUEST_RFLAGS, FL_ALWAYS_1 | FL_IF);
}
static void window_asleep(void)
{
    window_open();
    vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
}
static void window_sti(void)
{
    window_open();
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_BY_STI);
}
static void own_ts(void)
{
    vmwrite(VMCS_CR0_GUEST_HOST_MASK, 0xffffffff);
    vmwrite(VMCS_CR0_READ_SHADOW, read_cr0() | CR0_TS);
}
static void cr3_target(void)
{
    vmwrite(VMCS_CR3_TARGET_COUNT, 1);
    vmwrite(VMCS_CR3_TARGET_VALUE_0, guest.ecx = read_cr3());
}
static void io_bitmap(void)
{
    set_proc(VMX_USE_IO_BITMAPS);
    vmwrite(VMCS_IO_BITMAP_A, (uint32_t)io_bitmaps);
    vmwrite(VMCS_IO_BITMAP_A + 1, 0);
    vmwrite(VMCS_IO_BITMAP_B, (uint32_t)io_bitmaps + 4096);
    vmwrite(VMCS_IO_BITMAP_B + 1, 0);
    io_bitmaps[0x83 / 8] = 1 << (0x83 % 8); /* OUT 80h, 4 bytes: the last */
}
static void msr_bitmap(void)
{
    set_proc(VMX_USE_MSR_BITMAPS);
    vmwrite(VMCS_MSR_BITMAP, (uint32_t)msr_bitmaps);
    vmwrite(VMCS_MSR_BITMAP + 1, 0);
    msr_bitmaps[2048 + MSR_SYSENTER_CS / 8] = 1 << (MSR_SYSENTER_CS % 8);
    guest.ecx = MSR_SYSENTER_CS;
}
static void msr_out_of_bitmap(void)
{
    msr_bitmap();
    guest.ecx = 0x2000;
}
static void no_idt(void)
{
    all_exceptions();
    vmwrite(VMCS_EXCEPTION_BITMAP, 1u << VECTOR_PF);
    vmwrite(VMCS_GUEST_IDTR_BASE, ABSENT);
}
static void empty_idt(void)
{
    no_exceptions();
    vmwrite(VMCS_GUEST_IDTR_LIMIT, 0);
}
static void no_hlt_exiting(void) { clear_proc(VMX_HLT_EXITING); }
static void tsc_offset(void)
{
    clear_proc(VMX_RDTSC_EXITING);
    no_hlt_exiting();
    set_proc(VMX_USE_TSC_OFFSETTING | VMX_HLT_EXITING);
}
/* Level 3: VMX keeps CPL in the DPL of SS. */
static void level3(void)
{
    static uint32_t tss[26];

    tss[25] = sizeof tss << 16; /* no I/O bitmap */
    vmwrite(VMCS_GUEST_TR_BASE, (uint32_t)tss);
    all_exceptions();
    vmwrite(VMCS_GUEST_CS_SELECTOR, 0x0b);
    vmwrite(VMCS_GUEST_CS_AR, 0xc0fb);
    vmwrite(VMCS_GUEST_SS_SELECTOR, 0x13);
    vmwrite(VMCS_GUEST_SS_AR, 0xc0f3);
    vmwrite(VMCS_GUEST_DS_SELECTOR, 0x13);
    vmwrite(VMCS_GUEST_DS_AR, 0xc0f3);
    vmwrite(VMCS_GUEST_ES_AR, 0x10000);
    vmwrite(VMCS_GUEST_FS_AR, 0x10000);
    vmwrite(VMCS_GUEST_GS_AR, 0x10000);
}
static void level3_tsd(void)
{
    level3();
    vmwrite(VMCS_GUEST_CR4, vmread(VMCS_GUEST_CR4) | CR4_TSD);
}
static void no_ds(void)
{
    all_exceptions();
    vmwrite(VMCS_GUEST_DS_AR, 0x10000);
}
static void shadows(void)
{
    vmwrite(VMCS_CR0_READ_SHADOW, 0xffffffff);
    vmwrite(VMCS_CR4_READ_SHADOW, 0x5a5a5a5a);
}
static void pending_step(void)
{
    all_exceptions();
    vmwrite(VMCS_GUEST_RFLAGS, FL_ALWAYS_1 | FL_TF);
    vmwrite(VMCS_GUEST_PENDING_DEBUG, 0x4000);
}
static void step(void)
{
    all_exceptions();
    vmwrite(VMCS_GUEST_RFLAGS, FL_ALWAYS_1 | FL_TF);
}
static void general_detect(void)
{
    mov_dr_exiting();
    all_exceptions();
    vmwrite(VMCS_GUEST_DR7, 0x2400);
}
static void timer(void)
{
    vmwrite(VMCS_GUEST_RFLAGS, FL_ALWAYS_1 | FL_IF);
    timer_arm(50);
}
static void timer_asleep(void)
{
    timer();
    vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
}
static void timer_in_hlt(void)
{
    timer();
    no_hlt_exiting();
}
/* The interrupt stays in the 8259; the next guest finds it there. */
static void timer_no_ack(void)
{
    timer();
    vmwrite(VMCS_EXIT_CONTROLS,
            vmread(VMCS_EXIT_CONTROLS) & ~VMX_ACK_INTERRUPT_ON_EXIT);
}
static void interrupts_on(void)
{
    vmwrite(VMCS_GUEST_RFLAGS, FL_ALWAYS_1 | FL_IF);
}
static void msr_loads(void)
{
    static struct {
        uint32_t msr, reserved;
        uint64_t value;
    } loads[2] __attribute__((aligned(16))) = {
        { MSR_SYSENTER_CS, 0, 8 }, { 0xc0000100, 0, 0 } /* FS.base */
    };
    vmwrite(VMCS_ENTRY_MSR_LOAD_ADDR, (uint32_t)loads);
    vmwrite(VMCS_ENTRY_MSR_LOAD_ADDR + 1, 0);
    vmwrite(VMCS_ENTRY_MSR_LOAD_COUNT, 2);
}
static void bad_rflags(void) { vmwrite(VMCS_GUEST_RFLAGS, 0); }
static void bad_activity(void)
{
    vmwrite(VMCS_GUEST_RFLAGS, FL_ALWAYS_1 | FL_IF);
    vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY, BLOCKING_BY_STI);
}
static void bad_link(void) { vmwrite(VMCS_VMCS_LINK_POINTER, 0x800); }
static void bad_host_cs(void) { vmwrite(VMCS_HOST_CS_SELECTOR, 0); }
static void bad_control(void) { set_proc(1u << 31 | 1u << 27); }

static void inject(uint32_t event, uint32_t length)
{
    vmwrite(VMCS_ENTRY_INTR_INFO, event | EVENT_VALID);
    vmwrite(VMCS_ENTRY_ERROR_CODE, 0x1234);
    vmwrite(VMCS_ENTRY_INSN_LENGTH, length);
    all_exceptions();
}
static void inject_gp(void) { inject(0xb0d, 0); }
static void inject_ud(void) { inject(0x306, 0); }
static void inject_int(void) { inject(0x421, 2); }
static void inject_int3(void) { inject(0x603, 1); }
static void inject_icebp(void) { inject(0x501, 1); }
static void inject_nmi(void) { inject(0x202, 0); }
static void inject_irq(void)
{
    inject(0x030, 0);
    vmwrite(VMCS_GUEST_RFLAGS, FL_ALWAYS_1 | FL_IF);
}
static void inject_irq_asleep(void)
{
    inject_irq();
    vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
}
static void inject_irq_if0(void) { inject(0x030, 0); }
static void inject_bad_type(void) { inject(0x130, 0); }
static void inject_no_idt(void)
{
    inject_irq();
    no_idt();
}
static void inject_int_no_idt(void)
{
    inject_int();
    no_idt();
}

#define EXPERIMENTS(X)                                                      \
    X(cpuid, plain) X(hlt, plain) X(sti_hlt, plain) X(movss_cpuid, plain)   \
    X(invd, plain) X(invlpg, plain) X(rdtsc, plain) X(vmcall, plain)        \
    X(pause, pause_exiting) X(vmxoff, plain) X(vmlaunch, plain)             \
    X(vmresume, plain) X(vmread, plain) X(vmwrite, plain)                   \
    X(vmclear, plain) X(vmptrld, plain) X(vmptrst, plain) X(vmxon, plain)   \
    X(mov_dr7, mov_dr_exiting) X(mov_from_dr0, mov_dr_exiting)              \
    X(mov_cr0, plain) X(mov_cr3, plain) X(mov_from_cr3, plain)              \
    X(mov_cr3, cr3_target) X(mov_cr4, plain) X(clts, own_ts) X(clts, plain) X(lmsw_reg, own_ts)    \
    X(lmsw_mem, own_ts) X(out_dx, plain) X(out_imm, plain)                  \
    X(in_dx, plain) X(outsb, plain) X(rep_outsl, plain)                     \
    X(rep_insw, plain) X(outs_fs, plain) X(out_imm, io_bitmap)              \
    X(in_imm, io_bitmap) X(rdmsr, plain) X(wrmsr, plain)                    \
    X(rdmsr, msr_bitmap) X(wrmsr, msr_bitmap)                               \
    X(rdmsr, msr_out_of_bitmap) X(ud2, all_exceptions)                      \
    X(int3, all_exceptions) X(into, all_exceptions)                         \
    X(int21, all_exceptions) X(divide, all_exceptions)                      \
    X(bad_selector, all_exceptions) X(read_absent, all_exceptions)          \
    X(write_absent, all_exceptions) X(step, all_exceptions)                 \
    X(ud2, no_exceptions) X(int3, no_exceptions)                            \
    X(bad_selector, no_exceptions) X(read_absent, no_exceptions)            \
    X(read_absent, only_writes) X(write_absent, only_writes)                \
    X(step, no_exceptions) X(ud2, no_idt) X(int3, no_idt)                   \
    X(int21, no_idt) X(bad_selector, no_idt) X(read_absent, no_idt)         \
    X(ud2, empty_idt) X(jmp_tss, plain) X(call_tss, plain)                  \
    X(int_task_gate, plain) X(sti_window, window)                           \
    X(sti_window, window_open) X(sti_window, window_sti)                    \
    X(sti_window, window_asleep) X(cpuid, inject_gp) X(cpuid, inject_ud)    \
    X(cpuid, inject_int) X(cpuid, inject_int3) X(cpuid, inject_icebp)       \
    X(cpuid, inject_nmi) X(cpuid, inject_irq) X(cpuid, inject_irq_asleep)   \
    X(cpuid, inject_irq_if0) X(cpuid, inject_bad_type)                      \
    X(cpuid, inject_no_idt) X(cpuid, inject_int_no_idt)                     \
    X(hlt, tsc_offset) X(cpuid, bad_rflags) X(cpuid, bad_activity)          \
    X(cpuid, bad_link) X(cpuid, bad_host_cs) X(cpuid, bad_control)   \
    X(shadows, plain) X(shadows, shadows) X(smsw, shadows)                  \
    X(own_bits, shadows) X(cpuid, level3) X(vmcall, level3) X(hlt, level3)  \
    X(in_al, level3) X(invlpg, level3) X(rdtsc, level3)                     \
    X(rdtsc, level3_tsd) X(vmxoff, level3) X(mov_cr3, level3)               \
    X(rdmsr, level3) X(invd, level3) X(mov_from_dr0, level3)                \
    X(lock_cpuid, all_exceptions) X(out_imm, no_ds) X(outsb, no_ds)         \
    X(store, no_ds) X(iret, plain) X(segment_limit, all_exceptions)    \
    X(nops, pending_step) X(nops, step) X(hlt, step) X(cpuid, step)         \
    X(step_movss, all_exceptions) X(icebp, all_exceptions)                  \
    X(icebp, no_exceptions) X(mov_from_dr0, general_detect)                 \
    X(spin, timer) X(hlt, timer_asleep) X(hlt, timer_in_hlt)                \
    X(spin, timer_no_ack) X(spin, interrupts_on) X(cpuid, msr_loads)

#define X(code, setup) extern char g_##code[];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
EXPERIMENTS(X)
#pragma GCC diagnostic pop
#undef X

static const struct experiment {
    const char *code, *setup_name;
    char *start;
    void (*setup)(void);
} experiments[] = {
#define X(code, setup) { #code, #setup, g_##code, setup },
    EXPERIMENTS(X)
#undef X
};

/* --- running one ----------------------------------------------------------- */

static void init_tables(void)
{
    gdt[1] = 0x00cf9b000000ffff;
    gdt[2] = 0x00cf93000000ffff;
    gdt[5] = 0x00409300000000ff; /* 28h: limit FFh */
    gdt[4] = 0x0000890000000067; /* 20h: a TSS to switch to */
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t offset = (uint32_t)guest_stubs + i * 4;
        idt[i] = (struct gate) { (uint16_t)offset, 0x08, 0x8e00,
                                 (uint16_t)(offset >> 16) };
    }
    idt[0x22] = (struct gate) { 0, 0x20, 0x8500, 0 }; /* task gate */
    ((uint32_t *)read_cr3())[0] |= 1u << 2; /* this program: user's too */
    ((uint32_t *)read_cr3())[ABSENT >> 22] = 0;
    write_cr3(read_cr3());
}

static void prepare(const struct experiment *e)
{
    guest = (struct guest_registers) {
        .eax = START_EAX, .ecx = 0x22, .edx = 0x3f8, .ebx = START_EBX,
        .ebp = 0x55, .esi = 0x66, .edi = 0x77 };
    vmcs_create(read_cr3(), (uint32_t)e->start);
    vmwrite(VMCS_GUEST_RSP, (uint32_t)(stack + 64));
    vmwrite(VMCS_GUEST_GDTR_BASE, (uint32_t)gdt);
    vmwrite(VMCS_GUEST_GDTR_LIMIT, sizeof gdt - 1);
    vmwrite(VMCS_GUEST_IDTR_BASE, (uint32_t)idt);
    vmwrite(VMCS_GUEST_IDTR_LIMIT, sizeof idt - 1);
    memset(stack, 0, sizeof stack);
    e->setup();
}

/* Where the guest stands: in its code, or at a handler of its own. */
static void print_place(const struct experiment *e)
{
    uint32_t rip = vmread(VMCS_GUEST_RIP);
    uint32_t top = (uint32_t)(stack + 64), sp = vmread(VMCS_GUEST_RSP);

    if (rip - (uint32_t)guest_stubs < 64 * 4) {
        print(" handler %x, stack", (rip - (uint32_t)guest_stubs) / 4);
        for (; sp < top; sp += 4) {
            uint32_t word = *(uint32_t *)sp;
            if (word - (uint32_t)e->start < 16)
                print(" start+%x", word - (uint32_t)e->start);
            else
                print(" %x", word);
        }
    } else {
        print(" at start+%x", rip - (uint32_t)e->start);
        if (sp != top)
            print(" sp-%x", top - sp);
    }
}

/* Fields that the manual defines for this kind of exit. */
static void print_exit(const struct experiment *e)
{
    uint32_t reason = vmread(VMCS_EXIT_REASON);
    uint32_t info = vmread(VMCS_EXIT_INTR_INFO);
    uint32_t vectoring = vmread(VMCS_IDT_VECTORING_INFO);
    bool software = (info & EVENT_VALID) && (info >> 8 & 7) == 6;

    print("exit %x qualification %x", reason, vmread(VMCS_EXIT_QUALIFICATION));
    if (reason & VMX_EXIT_ENTRY_FAILURE)
        return;
    if (info & EVENT_VALID)
        print(" event %x", info);
    if ((info & EVENT_VALID) && (info & EVENT_ERROR_CODE))
        print(" error %x", vmread(VMCS_EXIT_INTR_ERROR_CODE));
    if (vectoring & EVENT_VALID)
        print(" vectoring %x", vectoring);
    if ((vectoring & EVENT_VALID) && (vectoring & EVENT_ERROR_CODE))
        print(" error %x", vmread(VMCS_IDT_VECTORING_ERROR_CODE));
    if (software || (reason > VMX_EXIT_INTERRUPT_WINDOW) ||
        ((vectoring & EVENT_VALID) && (vectoring >> 8 & 7) >= 4))
        print(" length %u", vmread(VMCS_EXIT_INSN_LENGTH));
    print_place(e);
    if (vmread(VMCS_GUEST_INTERRUPTIBILITY))
        print(" blocking %x", vmread(VMCS_GUEST_INTERRUPTIBILITY));
    if (vmread(VMCS_GUEST_ACTIVITY))
        print(" activity %x", vmread(VMCS_GUEST_ACTIVITY));
    if ((vmread(VMCS_GUEST_RFLAGS) & ~FL_IF) != FL_ALWAYS_1)
        print(" flags %x", vmread(VMCS_GUEST_RFLAGS));
    if (guest.eax != START_EAX || guest.ebx != START_EBX)
        print(" eax %x ebx %x", guest.eax, guest.ebx);
    if (vmread(VMCS_GUEST_PENDING_DEBUG))
        print(" pending debug %x", vmread(VMCS_GUEST_PENDING_DEBUG));
    if (vmread(VMCS_ENTRY_INTR_INFO) & EVENT_VALID)
        print(" entry event still valid");
}

static void run(const struct experiment *e, bool *launched)
{
    prepare(e);
    print("%s, %s: ", e->code, e->setup_name);
    if (!vmx_enter(*launched)) {
        print("refused, error %u", vmread(VMCS_INSTRUCTION_ERROR));
    } else {
        if (!(vmread(VMCS_EXIT_REASON) & VMX_EXIT_ENTRY_FAILURE))
            *launched = true;
        print_exit(e);
        if (vmread(VMCS_EXIT_REASON) == VMX_EXIT_EXTERNAL_INTERRUPT &&
            (vmread(VMCS_EXIT_INTR_INFO) & EVENT_VALID))
            timer_eoi();
    }
    print("\n");
}

/* --- VMX instructions that fail -------------------------------------------- */

static void failed(const char *what, bool ok)
{
    print("%s: %s, error %u\n", what, ok ? "succeeds" : "fails",
          vmread(VMCS_INSTRUCTION_ERROR));
}

static void test_failures(void)
{
    static uint32_t other[1024] PAGE_ALIGNED;
    uint64_t current, nowhere = 0xfffffffff000;
    uint32_t value;

    __asm__ volatile("vmptrst %0" : "=m"(current));
    failed("VMXON in VMX operation", vmxon((uint32_t)other));
    failed("VMCLEAR, misaligned", vmclear((uint32_t)other + 8));
    failed("VMCLEAR, beyond physical memory", vmclear(nowhere));
    failed("VMPTRLD, misaligned", vmptrld((uint32_t)other + 8));
    failed("VMPTRLD, wrong revision", vmptrld((uint32_t)other));
    failed("VMREAD of no field", vmread_ok(0x7ffe, &value));
    failed("VMWRITE to no field", vmwrite_ok(0x7ffe, 0));
    failed("VMWRITE to exit information", vmwrite_ok(VMCS_EXIT_REASON, 0));
    prepare(&experiments[0]);
    vmclear(current);
    print("VMREAD without a VMCS: %s\n",
          vmread_ok(VMCS_GUEST_RIP, &value) ? "succeeds" : "fails");
    vmptrld(current);
    prepare(&experiments[0]);
    failed("VMRESUME of a VMCS not launched", vmx_enter(true));
    failed("VMLAUNCH", vmx_enter(false));
    failed("VMLAUNCH once more", vmx_enter(false));
    __asm__ volatile("movl %%ss, %%eax; movl %%eax, %%ss; vmlaunch"
                     : : : "eax", "memory", "cc");
    failed("VMLAUNCH behind MOV SS", false);
    __asm__ volatile("vmcall" : : : "memory", "cc");
    failed("VMCALL", false);
}

int main(void)
{
    bool launched = false;

    console_init(CONSOLE_DEBUG);
    timer_init();
    vmx_on();
    init_tables();
    for (unsigned i = 0; i < sizeof experiments / sizeof *experiments; i++)
        run(&experiments[i], &launched);
    test_failures();
    vmxoff();
    return 0;
}
