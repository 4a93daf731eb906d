/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See vmx_test.h. */
#include "tests/vmx-model/vmx_test.h"

#define RAM_BYTES (UINT64_C(16) << 20)
#define RIG_CPU "merom"

/* --- machine --------------------------------------------------------------- */

static void listen(void *opaque, const struct vt_event *event)
{
    struct rig *r = opaque;
    if (event->kind == VT_EV_FAULT) {
        r->faults++;
        r->fault = *event;
        return;
    }
    r->fails += event->kind == VT_EV_VM_FAIL;
    r->exits += event->kind == VT_EV_VM_EXIT;
    r->entries += event->kind == VT_EV_VM_ENTRY;
    r->last = *event;
}

static void must(enum vt_err e, const struct vt_error *err)
{
    if (e == VT_OK)
        return;
    fprintf(stderr, "test rig: %s\n", err->text);
    exit(2);
}

void rig_poke(struct rig *r, uint64_t pa, unsigned size_bytes, uint64_t v)
{
    vt_physmem_write(vt_machine_physmem(r->m), pa, v, size_bytes);
}

uint64_t rig_mem(struct rig *r, uint64_t pa, unsigned size_bytes)
{
    return vt_physmem_read(vt_machine_physmem(r->m), pa, size_bytes);
}

static void fill_tables(struct rig *r)
{
    for (unsigned i = 0; i < 4; i++) /* present, writable, user, 4 MiB */
        rig_poke(r, AT_PAGES + 4 * i, 4, i << 22 | 0x87);
    rig_poke(r, AT_PML4, 8, AT_PDPT | 7);
    rig_poke(r, AT_PDPT, 8, AT_PD | 7);
    for (unsigned i = 0; i < 8; i++)
        rig_poke(r, AT_PD + 8 * i, 8, i << 21 | 0x87);
    rig_poke(r, AT_GDT + 0x08, 8, UINT64_C(0x00cf9b000000ffff));
    rig_poke(r, AT_GDT + 0x10, 8, UINT64_C(0x00cf93000000ffff));
    rig_poke(r, AT_GDT + 0x18, 8, UINT64_C(0x00008b0070000067));
    for (unsigned i = 0; i < 256; i++) /* 32-bit interrupt gates, DPL 3 */
        rig_poke(r, AT_IDT + 8 * i, 8,
                 UINT64_C(0x0000ee0000080000) | AT_HANDLER);
    rig_poke(r, AT_VMXON, 4, VMX_REVISION);
    rig_poke(r, AT_HANDLER, 4, 0x90909090);
    rig_poke(r, AT_EXIT, 4, 0x90909090);
    rig_poke(r, AT_GUEST, 4, 0x90909090);
}

void rig_open(struct rig *r)
{
    rig_open_cpu(r, RIG_CPU);
}

void rig_open_cpu(struct rig *r, const char *cpu)
{
    struct vt_error err;
    *r = (struct rig){.profile = NULL};
    must(vt_profile_open("unit", &r->profile, &err), &err);
    r->m = vt_machine_new(r->profile);
    must(vt_physmem_add_ram(vt_machine_physmem(r->m), 0, RAM_BYTES, &err),
         &err);
    /* Around the end, for areas that go beyond it. */
    must(vt_physmem_add_ram(vt_machine_physmem(r->m), AT_TOP - 0x1000,
                            0x2000, &err),
         &err);
    must(ia32_new(r->m, cpu, &r->cpu, &err), &err);
    must(vmx_attach(r->cpu), &err);
    vt_machine_add_cpu(r->m, &r->cpu->base);
    r->vmx = vmx_from(r->cpu->virt);
    vt_event_listen(vt_machine_bus(r->m),
                    VT_EV_MASK(VT_EV_VM_FAIL) | VT_EV_MASK(VT_EV_VM_EXIT) |
                        VT_EV_MASK(VT_EV_VM_ENTRY) | VT_EV_MASK(VT_EV_FAULT),
                    listen, r);
}

void rig_close(struct rig *r)
{
    vt_machine_free(r->m);
    vt_profile_free(r->profile);
}

/* --- states ---------------------------------------------------------------- */

void rig_native(struct rig *r)
{
    struct ia32_cpu *cpu = r->cpu;
    vt_machine_reset(r->m);
    fill_tables(r);
    ia32_set_multiboot_state(cpu, AT_HOST, 0, 0);
    cpu->cr3 = AT_PAGES;
    cpu->cr4 = CR4_PSE | CR4_VMXE;
    cpu->cr0 = CR0_PE | CR0_NE | CR0_PG | CR0_ET;
    cpu->gdtr = (struct ia32_dtr){AT_GDT, 0x1f};
    cpu->idtr = (struct ia32_dtr){AT_IDT, 0x7ff};
    cpu->gpr[IA32_RSP] = AT_STACK;
    cpu->feature_control = 5;
    ia32_tlb_flush_all(cpu);
    ia32_update_mode(cpu);
    r->fails = r->exits = r->entries = r->faults = 0;
}

/* field, value: a guest like the host, with every control at its default. */
static const struct {
    enum vmx_field_id id;
    uint64_t value;
} valid[] = {
    {VMX_F_GUEST_ES_SELECTOR, 0x10}, {VMX_F_GUEST_CS_SELECTOR, 0x08},
    {VMX_F_GUEST_SS_SELECTOR, 0x10}, {VMX_F_GUEST_DS_SELECTOR, 0x10},
    {VMX_F_GUEST_FS_SELECTOR, 0x10}, {VMX_F_GUEST_GS_SELECTOR, 0x10},
    {VMX_F_GUEST_TR_SELECTOR, 0x18}, {VMX_F_HOST_ES_SELECTOR, 0x10},
    {VMX_F_HOST_CS_SELECTOR, 0x08}, {VMX_F_HOST_SS_SELECTOR, 0x10},
    {VMX_F_HOST_DS_SELECTOR, 0x10}, {VMX_F_HOST_TR_SELECTOR, 0x18},
    {VMX_F_VMCS_LINK_POINTER, VMX_NO_POINTER},
    {VMX_F_PIN_BASED_CONTROLS, 0x16},
    {VMX_F_PROC_BASED_CONTROLS, 0x0401e172},
    {VMX_F_EXIT_CONTROLS, 0x36dff}, {VMX_F_ENTRY_CONTROLS, 0x11ff},
    {VMX_F_GUEST_ES_LIMIT, 0xffffffff}, {VMX_F_GUEST_CS_LIMIT, 0xffffffff},
    {VMX_F_GUEST_SS_LIMIT, 0xffffffff}, {VMX_F_GUEST_DS_LIMIT, 0xffffffff},
    {VMX_F_GUEST_FS_LIMIT, 0xffffffff}, {VMX_F_GUEST_GS_LIMIT, 0xffffffff},
    {VMX_F_GUEST_TR_LIMIT, 0x67}, {VMX_F_GUEST_GDTR_LIMIT, 0x1f},
    {VMX_F_GUEST_IDTR_LIMIT, 0x7ff}, {VMX_F_GUEST_ES_AR, 0xc093},
    {VMX_F_GUEST_CS_AR, 0xc09b}, {VMX_F_GUEST_SS_AR, 0xc093},
    {VMX_F_GUEST_DS_AR, 0xc093}, {VMX_F_GUEST_FS_AR, 0xc093},
    {VMX_F_GUEST_GS_AR, 0xc093}, {VMX_F_GUEST_LDTR_AR, AR_UNUSABLE},
    {VMX_F_GUEST_TR_AR, 0x8b}, {VMX_F_GUEST_CR0, 0x80000031},
    {VMX_F_GUEST_CR3, AT_PAGES}, {VMX_F_GUEST_CR4, CR4_PSE | CR4_VMXE},
    {VMX_F_GUEST_GDTR_BASE, AT_GDT}, {VMX_F_GUEST_IDTR_BASE, AT_IDT},
    {VMX_F_GUEST_TR_BASE, 0x7000}, {VMX_F_GUEST_DR7, 0x400},
    {VMX_F_GUEST_RSP, AT_STACK}, {VMX_F_GUEST_RIP, AT_GUEST},
    {VMX_F_GUEST_RFLAGS, 2}, {VMX_F_HOST_CR0, 0x80000031},
    {VMX_F_HOST_CR3, AT_PAGES}, {VMX_F_HOST_CR4, CR4_PSE | CR4_VMXE},
    {VMX_F_HOST_TR_BASE, 0x7000}, {VMX_F_HOST_GDTR_BASE, AT_GDT},
    {VMX_F_HOST_IDTR_BASE, AT_IDT}, {VMX_F_HOST_RSP, AT_STACK},
    {VMX_F_HOST_RIP, AT_EXIT}, {VMX_F_IO_BITMAP_A, AT_BITMAP_A},
    {VMX_F_IO_BITMAP_B, AT_BITMAP_B}, {VMX_F_MSR_BITMAP, AT_MSR_BITMAP},
};

void rig_root(struct rig *r)
{
    rig_native(r);
    rig_poke(r, AT_VMCS, 4, VMX_REVISION);
    rig_poke(r, AT_VMCS2, 4, VMX_REVISION);
    rig_pointer(r, IA32_VMXON, AT_VMXON);
    rig_pointer(r, IA32_VMCLEAR, AT_VMCS);
    rig_pointer(r, IA32_VMPTRLD, AT_VMCS);
    memset(r->vmx->field, 0, sizeof r->vmx->field);
    for (unsigned i = 0; i < ARRAY_SIZE(valid); i++)
        r->vmx->field[valid[i].id] = valid[i].value;
    r->vmx->failure.valid = r->vmx->exit.valid = false;
    r->cpu->rip = AT_HOST;
    r->fails = 0;
}

void rig_long(struct rig *r)
{
    struct ia32_cpu *cpu = r->cpu;
    struct ia32_seg cs = cpu->seg[IA32_CS];
    cs.ar = (cs.ar & ~AR_DB) | AR_L;
    cpu->cr4 = CR4_PAE | CR4_VMXE;
    cpu->cr3 = AT_PML4;
    cpu->efer = EFER_LME | EFER_LMA;
    ia32_set_seg(cpu, IA32_CS, &cs);
    ia32_tlb_flush_all(cpu);
    ia32_update_mode(cpu);
}

void rig_guest(struct rig *r)
{
    rig_root(r);
    rig_vmlaunch(r);
    if (!r->cpu->non_root) {
        fprintf(stderr, "test rig: the guest did not start\n");
        exit(2);
    }
}

/* --- running ---------------------------------------------------------------- */

void rig_go(struct rig *r)
{
    r->stop = vt_machine_step(r->m, 0);
}

void rig_step(struct rig *r, const void *code, size_t bytes)
{
    if (!vt_physmem_put(vt_machine_physmem(r->m), r->cpu->rip, code, bytes))
        exit(2);
    rig_go(r);
}

void rig_vmlaunch(struct rig *r)
{
    RIG(r, 0x0f, 0x01, 0xc2);
}

void rig_vmresume(struct rig *r)
{
    RIG(r, 0x0f, 0x01, 0xc3);
}

/* The operand is at AT_SCRATCH: [disp32]. */
void rig_pointer(struct rig *r, enum ia32_vmx_insn which, uint64_t pointer)
{
    static const uint8_t prefix[] = {[IA32_VMXON] = 0xf3,
                                     [IA32_VMCLEAR] = 0x66,
                                     [IA32_VMPTRLD] = 0x3e,
                                     [IA32_VMPTRST] = 0x3e};
    uint8_t code[8] = {prefix[which], 0x0f, 0xc7,
                       which == IA32_VMPTRST ? 0x3d : 0x35};
    vt_st32le(code + 4, AT_SCRATCH);
    rig_poke(r, AT_SCRATCH, 8, pointer);
    rig_step(r, code, sizeof code);
}

uint64_t rig_vmread(struct rig *r, uint32_t encoding)
{
    r->cpu->gpr[IA32_RCX] = encoding;
    RIG(r, 0x0f, 0x78, 0xc8); /* VMREAD EAX, ECX */
    return r->cpu->gpr[IA32_RAX];
}

void rig_vmwrite(struct rig *r, uint32_t encoding, uint32_t value)
{
    r->cpu->gpr[IA32_RCX] = encoding;
    r->cpu->gpr[IA32_RAX] = value;
    RIG(r, 0x0f, 0x79, 0xc8); /* VMWRITE ECX, EAX */
}

/* --- outcomes ---------------------------------------------------------------- */

static uint64_t arith(const struct rig *r)
{
    return ia32_get_rflags(r->cpu) & FL_ARITH;
}

bool rig_succeeded(const struct rig *r)
{
    return arith(r) == 0;
}

bool rig_fail_invalid(const struct rig *r)
{
    return arith(r) == FL_CF;
}

bool rig_fail_valid(const struct rig *r, unsigned error)
{
    return arith(r) == FL_ZF &&
           r->vmx->field[VMX_F_INSTRUCTION_ERROR] == error;
}
