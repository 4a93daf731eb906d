/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The VMX instructions: flags, error numbers, order of checks; the VMCS in
 * memory; capability MSRs.
 * SDM 325462, Vol 3C, "VMX Instruction Reference". */
#include "tests/suite.h"
#include "tests/vmx-model/vmx_test.h"

/* Native and root faults go through the IDT at AT_IDT. */
static bool faulted(const struct rig *r, unsigned vector)
{
    return r->faults == 1 && r->fault.u.intr.vector == vector &&
           r->cpu->rip == AT_HANDLER;
}

static bool faults(struct rig *r, unsigned vector, const uint8_t *code,
                   size_t bytes)
{
    r->cpu->rip = AT_HOST;
    r->faults = 0;
    rig_step(r, code, bytes);
    return faulted(r, vector);
}
#define FAULTS(r, vector, ...)                                     \
    faults((r), (vector), (const uint8_t[]){__VA_ARGS__},          \
           sizeof((const uint8_t[]){__VA_ARGS__}))

#define SCRATCH 0x00, 0x60, 0x00, 0x00 /* disp32 of AT_SCRATCH */
#define VMXON 0xf3, 0x0f, 0xc7, 0x35, SCRATCH
#define VMCLEAR 0x66, 0x0f, 0xc7, 0x35, SCRATCH
#define VMPTRLD 0x0f, 0xc7, 0x35, SCRATCH
#define VMPTRST 0x0f, 0xc7, 0x3d, SCRATCH

/* --- outside VMX operation ---------------------------------------------------- */

static void undefined_outside(void)
{
    struct rig r;
    rig_open(&r);
    rig_native(&r);
    CU_ASSERT(FAULTS(&r, IA32_UD, 0x0f, 0x01, 0xc1));
    CU_ASSERT(FAULTS(&r, IA32_UD, 0x0f, 0x01, 0xc2));
    CU_ASSERT(FAULTS(&r, IA32_UD, 0x0f, 0x01, 0xc3));
    CU_ASSERT(FAULTS(&r, IA32_UD, 0x0f, 0x01, 0xc4));
    CU_ASSERT(FAULTS(&r, IA32_UD, 0x0f, 0x78, 0xc8));
    CU_ASSERT(FAULTS(&r, IA32_UD, 0x0f, 0x79, 0xc8));
    CU_ASSERT(FAULTS(&r, IA32_UD, VMCLEAR));
    CU_ASSERT(FAULTS(&r, IA32_UD, VMPTRLD));
    CU_ASSERT(FAULTS(&r, IA32_UD, VMPTRST));
    r.cpu->cr4 &= ~CR4_VMXE;
    CU_ASSERT(FAULTS(&r, IA32_UD, VMXON));
    rig_close(&r);
}

static bool vmxon_gp(struct rig *r)
{
    bool gp = FAULTS(r, IA32_GP, VMXON) && !r->cpu->in_vmx;
    rig_native(r);
    rig_poke(r, AT_SCRATCH, 8, AT_VMXON);
    return gp;
}

static void vmxon_state(void)
{
    struct rig r;
    rig_open(&r);
    rig_native(&r);
    rig_poke(&r, AT_SCRATCH, 8, AT_VMXON);
    r.cpu->feature_control = 4; /* not locked */
    CU_ASSERT(vmxon_gp(&r));
    r.cpu->feature_control = 1; /* locked without VMXON */
    CU_ASSERT(vmxon_gp(&r));
    r.cpu->cr0 &= ~CR0_NE;
    CU_ASSERT(vmxon_gp(&r));
    r.cpu->a20 = false;
    ia32_tlb_flush_all(r.cpu);
    CU_ASSERT(vmxon_gp(&r));
    rig_step(&r, (const uint8_t[]){VMXON}, 8);
    CU_ASSERT(rig_succeeded(&r) && r.cpu->in_vmx);
    CU_ASSERT_EQUAL(r.cpu->base.who, VT_WHO_VMM);
    rig_close(&r);
}

static void vmxon_region(void)
{
    struct rig r;
    rig_open(&r);
    rig_native(&r);
    rig_pointer(&r, IA32_VMXON, AT_VMXON + 8);
    CU_ASSERT(rig_fail_invalid(&r) && !r.cpu->in_vmx);
    rig_pointer(&r, IA32_VMXON, UINT64_C(0x100000000) + AT_VMXON);
    CU_ASSERT(rig_fail_invalid(&r) && !r.cpu->in_vmx);
    rig_poke(&r, AT_VMXON, 4, VMX_REVISION | 0x80000000);
    rig_pointer(&r, IA32_VMXON, AT_VMXON);
    CU_ASSERT(rig_fail_invalid(&r) && !r.cpu->in_vmx);
    CU_ASSERT_EQUAL(r.fails, 3);
    rig_close(&r);
}

/* --- root operation ------------------------------------------------------------- */

static void no_current_vmcs(void)
{
    struct rig r;
    rig_open(&r);
    rig_native(&r);
    rig_pointer(&r, IA32_VMXON, AT_VMXON);
    rig_vmread(&r, VMCS_GUEST_RIP);
    CU_ASSERT(rig_fail_invalid(&r));
    rig_vmwrite(&r, VMCS_GUEST_RIP, 1);
    CU_ASSERT(rig_fail_invalid(&r));
    rig_vmlaunch(&r);
    CU_ASSERT(rig_fail_invalid(&r));
    rig_vmresume(&r);
    CU_ASSERT(rig_fail_invalid(&r));
    rig_pointer(&r, IA32_VMXON, AT_VMXON); /* VMfail without a VMCS */
    CU_ASSERT(rig_fail_invalid(&r));
    rig_pointer(&r, IA32_VMPTRST, 0);
    CU_ASSERT_EQUAL(rig_mem(&r, AT_SCRATCH, 8), VMX_NO_POINTER);
    CU_ASSERT(rig_succeeded(&r) || r.fails == 5);
    rig_close(&r);
}

static void pointer_errors(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    rig_pointer(&r, IA32_VMCLEAR, AT_VMCS + 1);
    CU_ASSERT(rig_fail_valid(&r, 2));
    rig_pointer(&r, IA32_VMCLEAR, UINT64_C(0x8000000000000000));
    CU_ASSERT(rig_fail_valid(&r, 2));
    rig_pointer(&r, IA32_VMCLEAR, AT_VMXON);
    CU_ASSERT(rig_fail_valid(&r, 3));
    rig_pointer(&r, IA32_VMPTRLD, AT_VMCS2 + 0x10);
    CU_ASSERT(rig_fail_valid(&r, 9));
    rig_pointer(&r, IA32_VMPTRLD, AT_VMXON);
    CU_ASSERT(rig_fail_valid(&r, 10));
    rig_poke(&r, AT_VMCS2, 4, VMX_REVISION + 1);
    rig_pointer(&r, IA32_VMPTRLD, AT_VMCS2);
    CU_ASSERT(rig_fail_valid(&r, 11));
    CU_ASSERT_EQUAL(r.vmx->current, AT_VMCS);
    rig_pointer(&r, IA32_VMXON, AT_VMXON);
    CU_ASSERT(rig_fail_valid(&r, 15));
    RIG(&r, 0x0f, 0x01, 0xc1); /* VMCALL */
    CU_ASSERT(rig_fail_valid(&r, 1));
    rig_close(&r);
}

static void privilege(void)
{
    struct rig r;
    const struct ia32_seg code = {0, 0xffffffff, 0xc0fb, 0x0b};
    const struct ia32_seg data = {0, 0xffffffff, 0xc0f3, 0x13};
    rig_open(&r);
    rig_root(&r);
    for (unsigned which = 0; which < 2; which++) {
        ia32_set_seg(r.cpu, IA32_CS, &code);
        ia32_set_seg(r.cpu, IA32_SS, &data);
        r.cpu->rip = AT_HOST;
        r.faults = 0;
        if (which == 0)
            RIG(&r, 0x0f, 0x01, 0xc1);
        else
            RIG(&r, 0x0f, 0x78, 0xc8);
        CU_ASSERT(r.faults >= 1);
        CU_ASSERT_EQUAL(r.fails, 0);
        rig_root(&r);
    }
    rig_close(&r);
}

static void launch_state(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    rig_vmresume(&r);
    CU_ASSERT(rig_fail_valid(&r, 5));
    r.cpu->rip = AT_HOST;
    rig_vmlaunch(&r);
    CU_ASSERT(r.cpu->non_root);
    RIG(&r, 0x0f, 0x01, 0xc1); /* the guest calls: exit */
    CU_ASSERT(!r.cpu->non_root);
    rig_vmlaunch(&r);
    CU_ASSERT(rig_fail_valid(&r, 4));
    rig_vmresume(&r);
    CU_ASSERT(r.cpu->non_root);
    RIG(&r, 0x0f, 0x01, 0xc1);
    RIG(&r, 0x0f, 0x01, 0xc4); /* VMXOFF, VMXON, VMPTRLD: error 6 */
    CU_ASSERT(rig_succeeded(&r) && !r.cpu->in_vmx);
    CU_ASSERT_EQUAL(r.cpu->base.who, VT_WHO_NATIVE);
    rig_pointer(&r, IA32_VMXON, AT_VMXON);
    rig_pointer(&r, IA32_VMPTRLD, AT_VMCS);
    rig_vmresume(&r);
    CU_ASSERT(rig_fail_valid(&r, 6));
    rig_close(&r);
}

static void mov_ss(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    r.cpu->gpr[IA32_RAX] = 0x10;
    RIG(&r, 0x8e, 0xd0, 0x0f, 0x01, 0xc2); /* MOV SS, AX; VMLAUNCH */
    rig_go(&r);
    CU_ASSERT(rig_fail_valid(&r, 26));
    rig_close(&r);
}

/* --- VMREAD and VMWRITE ------------------------------------------------------------ */

static void fields(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++) {
        const struct vmx_field *f = &vmx_fields[i];
        uint32_t mask = f->width == 16 ? 0xffff : 0xffffffff;
        rig_vmwrite(&r, f->encoding, 0xa5a5a5a5);
        if (f->area == VMX_AREA_READ_ONLY) {
            CU_ASSERT(rig_fail_valid(&r, 13));
            rig_vmread(&r, f->encoding);
            CU_ASSERT(rig_succeeded(&r));
            continue;
        }
        CU_ASSERT(rig_succeeded(&r));
        CU_ASSERT_EQUAL(rig_vmread(&r, f->encoding), 0xa5a5a5a5 & mask);
        CU_ASSERT(rig_succeeded(&r));
        rig_vmwrite(&r, f->encoding + 1u, 0x5a5a5a5a);
        if (f->width == 64) {
            CU_ASSERT_EQUAL(rig_vmread(&r, f->encoding + 1u), 0x5a5a5a5a);
            CU_ASSERT_EQUAL(rig_field(&r, (enum vmx_field_id)i),
                            UINT64_C(0x5a5a5a5aa5a5a5a5));
            /* Full access from 32-bit software clears the high half. */
            rig_vmwrite(&r, f->encoding, 7);
            CU_ASSERT_EQUAL(rig_field(&r, (enum vmx_field_id)i), 7);
        } else {
            CU_ASSERT(rig_fail_valid(&r, 12));
        }
    }
    rig_close(&r);
}

static void absent_fields(void)
{
    static const uint32_t absent[] = {0x0000, 0x401c, 0x401e, 0x2012, 0x201a,
                                      0x2400, 0x2804, 0x482e, 0x6c18, 0x7800,
                                      0x10800, 0xffffffff, 0x0826};
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(absent); i++) {
        rig_vmread(&r, absent[i]);
        CU_ASSERT(rig_fail_valid(&r, 12));
        rig_vmwrite(&r, absent[i], 0);
        CU_ASSERT(rig_fail_valid(&r, 12));
    }
    rig_close(&r);
}

static void memory_operands(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    rig_poke(&r, AT_SCRATCH, 4, 0x12345678);
    r.cpu->gpr[IA32_RCX] = VMCS_GUEST_RSP;
    RIG(&r, 0x0f, 0x79, 0x0d, SCRATCH); /* VMWRITE ECX, [mem] */
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RSP), 0x12345678);
    RIG(&r, 0x0f, 0x78, 0x0d, 0x10, 0x60, 0x00, 0x00);
    CU_ASSERT_EQUAL(rig_mem(&r, AT_SCRATCH + 0x10, 4), 0x12345678);
    CU_ASSERT(rig_succeeded(&r));
    rig_close(&r);
}

/* --- the VMCS in memory -------------------------------------------------------------- */

static uint64_t in_region(struct rig *r, uint64_t region,
                          enum vmx_field_id id)
{
    return rig_mem(r, region + 16 + 8 * (uint64_t)id, 8);
}

static void cleared_vmcs_is_in_memory(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    rig_vmwrite(&r, VMCS_GUEST_RSP, 0xcafe);
    rig_pointer(&r, IA32_VMCLEAR, AT_VMCS);
    CU_ASSERT(rig_succeeded(&r));
    CU_ASSERT_EQUAL(in_region(&r, AT_VMCS, VMX_F_GUEST_RSP), 0xcafe);
    CU_ASSERT_EQUAL(rig_mem(&r, AT_VMCS + 8, 4), 0);
    CU_ASSERT_EQUAL(rig_mem(&r, AT_VMCS, 4), VMX_REVISION);
    rig_vmread(&r, VMCS_GUEST_RSP);
    CU_ASSERT(rig_fail_invalid(&r)); /* no current VMCS any more */
    rig_pointer(&r, IA32_VMPTRLD, AT_VMCS);
    CU_ASSERT_EQUAL(rig_vmread(&r, VMCS_GUEST_RSP), 0xcafe);
    rig_close(&r);
}

/* Linear addresses of events wrap at 4 GiB like any other. */
static void place_of_a_failure(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    rig_poke(&r, AT_HOST, 4, 0x00c3010f); /* VMRESUME */
    r.cpu->seg[IA32_CS].base = 0xffff0000;
    r.cpu->rip = AT_HOST + 0x10000;
    rig_go(&r);
    CU_ASSERT(rig_fail_valid(&r, 5));
    CU_ASSERT_EQUAL(r.last.u.vm.host_pc, AT_HOST);
    rig_close(&r);
}

static void two_vmcss(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    rig_pointer(&r, IA32_VMCLEAR, AT_VMCS2);
    rig_vmwrite(&r, VMCS_GUEST_RSP, 0x1111);
    rig_vmlaunch(&r);
    RIG(&r, 0x0f, 0x01, 0xc1);
    rig_pointer(&r, IA32_VMPTRLD, AT_VMCS2);
    rig_vmwrite(&r, VMCS_GUEST_RSP, 0x2222);
    rig_vmresume(&r);
    CU_ASSERT(rig_fail_valid(&r, 5)); /* each has its own launch state */
    rig_pointer(&r, IA32_VMPTRLD, AT_VMCS);
    CU_ASSERT_EQUAL(rig_vmread(&r, VMCS_GUEST_RSP), 0x1111);
    rig_pointer(&r, IA32_VMPTRST, 0);
    CU_ASSERT_EQUAL(rig_mem(&r, AT_SCRATCH, 8), AT_VMCS);
    rig_vmresume(&r);
    CU_ASSERT(r.cpu->non_root);
    CU_ASSERT_EQUAL(in_region(&r, AT_VMCS2, VMX_F_GUEST_RSP), 0x2222);
    rig_close(&r);
}

/* --- capability MSRs -------------------------------------------------------------------- */

static uint64_t msr(struct rig *r, uint32_t index)
{
    uint64_t value = 0;
    CU_ASSERT(ia32_rdmsr(r->cpu, index, &value));
    CU_ASSERT(!ia32_wrmsr_ok(r->cpu, index, value));
    return value;
}

static void capabilities(void)
{
    struct rig r;
    uint64_t value;
    rig_open(&r);
    rig_native(&r);
    CU_ASSERT_EQUAL(msr(&r, 0x480), UINT64_C(0x0018080000000001));
    CU_ASSERT_EQUAL(msr(&r, 0x481), UINT64_C(0x0000001f00000016));
    CU_ASSERT_EQUAL(msr(&r, 0x482), UINT64_C(0x7799fffe0401e172));
    CU_ASSERT_EQUAL(msr(&r, 0x483), UINT64_C(0x0003efff00036dff));
    CU_ASSERT_EQUAL(msr(&r, 0x484), UINT64_C(0x000013ff000011ff));
    CU_ASSERT_EQUAL(msr(&r, 0x485), UINT64_C(0x000400c0));
    CU_ASSERT_EQUAL(msr(&r, 0x486), UINT64_C(0x80000021));
    CU_ASSERT_EQUAL(msr(&r, 0x487), UINT64_C(0xffffffff));
    CU_ASSERT_EQUAL(msr(&r, 0x488), CR4_VMXE);
    CU_ASSERT_EQUAL(msr(&r, 0x489), ia32_cr4_allowed(r.cpu) | CR4_VMXE);
    CU_ASSERT_EQUAL(msr(&r, 0x48a), 0x2a);
    CU_ASSERT(!ia32_rdmsr(r.cpu, 0x48b, &value)); /* secondary controls */
    CU_ASSERT(!ia32_rdmsr(r.cpu, 0x48d, &value)); /* TRUE MSRs */
    rig_close(&r);
}

/* --- tables ------------------------------------------------------------------------------- */

static void count_line(void *opaque, const char *line)
{
    *(unsigned *)opaque += line[0] != '\0';
}

static void explain_one(void *opaque, const char *topic)
{
    unsigned lines = 0;
    (void)opaque;
    CU_ASSERT(vmx_explain(topic, count_line, &lines));
    CU_ASSERT(lines >= 2);
}

static void every_topic(void)
{
    unsigned topics = 0, lines = 0;
    vmx_explain_topics(count_line, &topics);
    vmx_explain_topics(explain_one, NULL);
    CU_ASSERT_EQUAL(topics, 21 + VMX_FIELD_COUNT + VMX_CONTROL_COUNT +
                                (unsigned)vmx_reason_count +
                                (unsigned)vmx_error_count +
                                vmx_check_count());
    CU_ASSERT(!vmx_explain("nonsense", count_line, &lines));
    CU_ASSERT(vmx_explain("hlt exiting", count_line, &lines));
    CU_ASSERT(vmx_explain("0x681e", count_line, &lines));
    CU_ASSERT(vmx_explain("EXCEPTION_NMI", count_line, &lines));
    char names[20];
    lines = 0;
    CU_ASSERT(vmx_explain_containing("cr3", count_line, &lines));
    CU_ASSERT(lines > 5);
    CU_ASSERT(!vmx_explain_containing("hltt", count_line, &lines));
    CU_ASSERT(vmx_explain_similar("hltt", names, sizeof names));
    CU_ASSERT_STRING_EQUAL(names, "HLT");
    CU_ASSERT(vmx_explain_similar("gest_rip", names, sizeof names));
    CU_ASSERT(strstr(names, "GUEST_RIP") != NULL);
    CU_ASSERT(!vmx_explain_similar("frobnicator", names, sizeof names));
    printf("\n  %u topics\n", topics);
}

static void tables(void)
{
    for (unsigned i = 1; i < VMX_FIELD_COUNT; i++)
        CU_ASSERT(vmx_fields[i - 1].encoding < vmx_fields[i].encoding);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++) {
        static const unsigned widths[] = {16, 64, 32, 0};
        unsigned e = vmx_fields[i].encoding;
        CU_ASSERT_EQUAL(vmx_fields[i].width, widths[e >> 13 & 3]);
        CU_ASSERT_EQUAL(vmx_fields[i].area, e >> 10 & 3);
    }
    for (unsigned i = 0; i < VMX_CONTROL_COUNT; i++)
        for (unsigned j = 0; j < i; j++)
            CU_ASSERT(vmx_controls[i].word != vmx_controls[j].word ||
                      vmx_controls[i].bit != vmx_controls[j].bit);
    for (unsigned i = 0; i < VMX_CONTROL_COUNT; i++) {
        bool must = vmx_words[vmx_controls[i].word].default1 >>
                        vmx_controls[i].bit & 1;
        CU_ASSERT_EQUAL(must, vmx_controls[i].capability == VMX_CTL_FORCED);
    }
    for (unsigned i = 0; i < vmx_check_count(); i++)
        CU_ASSERT_PTR_EQUAL(vmx_check_find(vmx_check_at(i)->id),
                            vmx_check_at(i));
}

int main(void)
{
    static const struct test_case cases[] = {
        {"outside VMX operation the instructions are #UD", undefined_outside},
        {"VMXON: #GP(0) for wrong modes, else root operation", vmxon_state},
        {"VMXON: VMfailInvalid for a bad region", vmxon_region},
        {"without a current VMCS: VMfailInvalid", no_current_vmcs},
        {"pointers: errors 2, 3, 9, 10, 11, 15; VMCALL: 1", pointer_errors},
        {"CPL 3 in root operation: a fault, no VMfail", privilege},
        {"launch state: errors 4, 5, 6", launch_state},
        {"MOV SS before VMLAUNCH: error 26", mov_ss},
        {"VMREAD and VMWRITE reach every field, both halves", fields},
        {"fields that do not exist: error 12", absent_fields},
        {"VMREAD and VMWRITE with memory operands", memory_operands},
        {"after VMCLEAR the VMCS is in memory", cleared_vmcs_is_in_memory},
        {"where a VM instruction failed", place_of_a_failure},
        {"two VMCSs: own data, own launch state", two_vmcss},
        {"capability MSRs come from the tables", capabilities},
        {"every topic can be explained", every_topic},
        {"tables: widths, areas, no two rows alike", tables},
    };
    return run_suite("VMX instructions", cases, ARRAY_SIZE(cases));
}
