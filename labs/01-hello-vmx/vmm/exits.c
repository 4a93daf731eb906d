/* SPDX-License-Identifier: MIT */
/* One function for each reason why the guest stopped.  Each does what the
 * instruction would have done, on the guest's state instead of the
 * machine's, and steps over it; or it makes the guest take an exception.
 * SDM 325462, Vol 3C, "VMX Non-Root Operation"; Appendix "VMX Basic Exit
 * Reasons". */
#include "labs/01-hello-vmx/hypercall.h"
#include "labs/01-hello-vmx/vmm/vmm.h"
#include "labs/lib/timer.h"

uint32_t guest_status;
bool guest_ended;

/* The devices the guest believes in. */
static uint8_t uart_lcr;
static struct {
    uint32_t vector;
    bool armed, pending;
} timer;

/* RIP still points at the instruction that exited.  Stepping over it also
 * ends the one-instruction shadow of an STI or MOV SS before it. */
static void skip_instruction(void)
{
    vmwrite(VMCS_GUEST_RIP, vmread(VMCS_GUEST_RIP) +
                            vmread(VMCS_EXIT_INSN_LENGTH));
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY,
            vmread(VMCS_GUEST_INTERRUPTIBILITY) &
            ~(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
}

/* The next VM entry delivers this event through the guest's own IDT. */
static void inject(uint32_t event)
{
    vmwrite(VMCS_ENTRY_ERROR_CODE, 0);
    vmwrite(VMCS_ENTRY_INTR_INFO, event | EVENT_VALID);
}

static void inject_gp(void)
{
    inject(VECTOR_GP | EVENT_HARDWARE_EXCEPTION | EVENT_ERROR_CODE);
}

/* EDX:EAX as 64-bit results come. */
static void set_edx_eax(uint64_t value)
{
    guest.eax = (uint32_t)value;
    guest.edx = (uint32_t)(value >> 32);
}

static void on_cpuid(void)
{
    struct cpuid r = cpuid(guest.eax, guest.ecx);

    if (guest.eax == 1) {
        r.ecx &= ~CPUID_1_ECX_VMX; /* no VMX in here ... */
        r.ecx |= CPUID_1_ECX_HYPERVISOR;
    } else if (guest.eax == 0x40000000) { /* ... and we do not hide */
        r = (struct cpuid) { 0x40000000, 0x6c6c6548, 0x4d56206f, 0x31302058 };
    }
    guest.eax = r.eax;
    guest.ebx = r.ebx;
    guest.ecx = r.ecx;
    guest.edx = r.edx;
    skip_instruction();
}

/* Sleep: with the HLT activity state the processor itself waits in
 * non-root operation until the next VM exit.  A hypervisor with more guests
 * would run another one instead. */
static void on_hlt(void)
{
    if (!timer.armed && !timer.pending)
        fail("the guest sleeps and nothing can wake it", 0);
    skip_instruction();
    vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
}

static void on_rdtsc(void)
{
    set_edx_eax(rdtsc());
    skip_instruction();
}

/* The only exception in the exception bitmap: hand it on. */
static void on_exception(void)
{
    inject(vmread(VMCS_EXIT_INTR_INFO) &
           (EVENT_VECTOR | EVENT_HARDWARE_EXCEPTION));
}

/* The UART: transmitter always ready, bytes go to our console. */
static uint8_t uart_read(uint32_t reg)
{
    return reg == UART_LSR ? UART_LSR_READY : reg == UART_LCR ? uart_lcr : 0;
}

static void uart_write(uint32_t reg, uint8_t value)
{
    if (reg == UART_LCR)
        uart_lcr = value;
    else if (reg == UART_DATA && !(uart_lcr & UART_LCR_DLAB))
        console_putc((char)value);
}

/* Qualification: bits 2:0 size - 1, 3 IN, 4 string, 31:16 port. */
static void on_io(void)
{
    uint32_t qualification = vmread(VMCS_EXIT_QUALIFICATION);
    uint32_t reg = (qualification >> 16) - COM1;

    if ((qualification & 7) != 0 || (qualification & 16) != 0 || reg > 7)
        fail("the guest used a port it does not have", qualification);
    if (qualification & 8)
        guest.eax = (guest.eax & ~0xffu) | uart_read(reg);
    else
        uart_write(reg, (uint8_t)guest.eax);
    skip_instruction();
}

/* The guest has one MSR; all others are #GP, as on a machine without. */
static void on_msr(bool is_write)
{
    if (guest.ecx != MSR_SYSENTER_CS) {
        inject_gp();
    } else {
        if (is_write)
            vmwrite(VMCS_GUEST_SYSENTER_CS, guest.eax);
        else
            set_edx_eax(vmread(VMCS_GUEST_SYSENTER_CS));
        skip_instruction();
    }
}

static bool in_guest(uint32_t pa, uint32_t bytes)
{
    return pa >= GUEST_BASE && bytes <= GUEST_BYTES &&
           pa - GUEST_BASE <= GUEST_BYTES - bytes;
}

/* No EPT: what the guest writes into its page tables is what the hardware
 * uses.  So look at all of them when they come into use.  (The guest could
 * still change them afterwards: see "What this hypervisor does not do".) */
static bool tables_stay_in_guest(uint32_t table, int level)
{
    const uint32_t *entry = (const uint32_t *)(table & ~0xfffu);

    if (!in_guest((uint32_t)entry, 4096))
        return false;
    for (int i = 0; level > 0 && i < 1024; i++) {
        if (!(entry[i] & PTE_P))
            continue;
        if (level == 2 && (entry[i] & PTE_PS)) {
            if ((entry[i] & ~0x3fffffu) != GUEST_BASE)
                return false;
        } else if (!tables_stay_in_guest(entry[i], level - 1)) {
            return false;
        }
    }
    return true;
}

static void write_guest_cr0(uint32_t value)
{
    if ((value & (CR0_PG | CR0_PE)) != (CR0_PG | CR0_PE))
        fail("the guest turned paging or protection off", value);
    vmwrite(VMCS_CR0_READ_SHADOW, value);
    vmwrite(VMCS_GUEST_CR0, (value | CR0_NE) & ~(CR0_CD | CR0_NW));
}

/* Qualification: bits 3:0 control register, 5:4 kind of access, 11:8 general
 * register: EAX is 0, EDI is 7. */
static void on_cr_access(void)
{
    uint32_t qualification = vmread(VMCS_EXIT_QUALIFICATION);
    uint32_t *reg = &guest.eax - (qualification >> 8 & 7);

    guest.esp = vmread(VMCS_GUEST_RSP); /* reg may mean ESP */
    switch (qualification & 0x3f) {
    case 0x00: /* MOV to CR0 */
        write_guest_cr0(*reg);
        break;
    case 0x03: /* MOV to CR3 */
        if (!tables_stay_in_guest(*reg, 2))
            fail("the guest's page tables lead out of its memory", *reg);
        vmwrite(VMCS_GUEST_CR3, *reg);
        break;
    case 0x13: /* MOV from CR3 */
        *reg = vmread(VMCS_GUEST_CR3);
        vmwrite(VMCS_GUEST_RSP, guest.esp);
        break;
    case 0x04: /* MOV to CR4: a bit that the guest's processor lacks */
        inject_gp();
        return;
    default:
        fail("a control-register access we do not know", qualification);
    }
    skip_instruction();
}

/* A one-shot timer out of the real 8254, mode 0: one tick each time. */
static bool arm_timer(uint32_t ticks, uint32_t vector)
{
    if (ticks == 0 || ticks > 0xffff || vector < 0x20 || vector > 0xff)
        return false;
    timer.vector = vector;
    timer.armed = true;
    timer_arm((uint16_t)ticks);
    return true;
}

static bool print_for_guest(uint32_t text, uint32_t bytes)
{
    if (!in_guest(text, bytes))
        return false;
    for (uint32_t i = 0; i < bytes; i++)
        console_putc(((const char *)text)[i]);
    return true;
}

static void on_vmcall(void)
{
    bool ok = false;

    switch (guest.eax) {
    case HYPERCALL_EXIT:
        guest_ended = ok = true;
        guest_status = guest.ebx;
        break;
    case HYPERCALL_PRINT: ok = print_for_guest(guest.ebx, guest.ecx); break;
    case HYPERCALL_TIMER: ok = arm_timer(guest.ebx, guest.ecx); break;
    }
    guest.eax = ok ? 0 : 0xffffffff;
    skip_instruction();
}

/* An interrupt of the real machine.  "Acknowledge interrupt on exit" has
 * fetched its vector from the 8259. */
static void on_external_interrupt(void)
{
    uint32_t info = vmread(VMCS_EXIT_INTR_INFO);

    if ((info & EVENT_VECTOR) != TIMER_IRQ_VECTOR)
        return; /* spurious */
    timer_eoi();
    timer.pending = timer.armed;
    timer.armed = false;
}

/* Give the guest its timer interrupt when it can take one; otherwise ask
 * for a VM exit at the moment it can. */
void deliver_timer(void)
{
    uint32_t controls = vmread(VMCS_PROC_BASED_CONTROLS);
    bool open = (vmread(VMCS_GUEST_RFLAGS) & FL_IF) != 0 &&
                vmread(VMCS_GUEST_INTERRUPTIBILITY) == 0 &&
                !(vmread(VMCS_ENTRY_INTR_INFO) & EVENT_VALID);

    controls &= ~VMX_INTERRUPT_WINDOW_EXITING;
    if (timer.pending && open) {
        inject(timer.vector | EVENT_EXTERNAL_INTERRUPT);
        vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
        timer.pending = false;
    } else if (timer.pending) {
        controls |= VMX_INTERRUPT_WINDOW_EXITING;
    }
    vmwrite(VMCS_PROC_BASED_CONTROLS, controls);
}

void handle_exit(uint32_t reason)
{
    if (vmread(VMCS_IDT_VECTORING_INFO) & EVENT_VALID)
        fail("a VM exit in the middle of an event", reason);
    switch (reason) {
    case VMX_EXIT_EXCEPTION_NMI: on_exception(); break;
    case VMX_EXIT_EXTERNAL_INTERRUPT: on_external_interrupt(); break;
    case VMX_EXIT_INTERRUPT_WINDOW: break; /* deliver_timer does the work */
    case VMX_EXIT_CPUID: on_cpuid(); break;
    case VMX_EXIT_HLT: on_hlt(); break;
    case VMX_EXIT_INVLPG: /* without VPIDs each VM exit empties the TLB */
        skip_instruction();
        break;
    case VMX_EXIT_RDTSC: on_rdtsc(); break;
    case VMX_EXIT_VMCALL: on_vmcall(); break;
    case VMX_EXIT_CR_ACCESS: on_cr_access(); break;
    case VMX_EXIT_IO: on_io(); break;
    case VMX_EXIT_RDMSR: on_msr(false); break;
    case VMX_EXIT_WRMSR: on_msr(true); break;
    default: fail("a VM exit we have no answer to", reason);
    }
}
