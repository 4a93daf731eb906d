/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of what happens before a handler: #UD, privilege, intercept.
 * SDM 325462, Vol 3C, "Relative Priority of Faults and VM Exits". */
#include "sim/ia32/virt.h"
#include "tests/ia32/rig.h"

static const uint8_t hlt[] = { 0xf4 };
static const uint8_t vmcall[] = { 0x0f, 0x01, 0xc1 };
static const uint8_t pause[] = { 0xf3, 0x90 };
static const uint8_t arpl[] = { 0x63, 0xc0 };

/* A model that counts what it is asked and exits each time. */
struct fake_model {
    struct ia32_virt virt;
    unsigned asked;
    enum ia32_ix which;
};

static enum ia32_status fake_intercept(struct ia32_virt *virt,
                                       enum ia32_ix which,
                                       const struct ia32_insn *insn,
                                       uint64_t info, uint64_t la)
{
    struct fake_model *fake = (struct fake_model *)virt;
    (void)insn;
    (void)info;
    (void)la;
    fake->asked++;
    fake->which = which;
    return IA32_VMEXIT;
}

static const struct ia32_virt_ops fake_ops = { .intercept = fake_intercept };

static enum ia32_status run_guarded(struct rig *r, const uint8_t *bytes,
                                    unsigned length)
{
    struct ia32_insn insn;
    CU_ASSERT_EQUAL_FATAL(ia32_decode(bytes, length, r->cpu->mode,
                                      r->cpu->features, &insn), DECODE_OK);
    CU_ASSERT_FATAL(insn.handler == ia32_op_guarded);
    insn.cycles = 1;
    ia32_begin_alone(r->cpu, &insn);
    enum ia32_status status = insn.handler(r->cpu, &insn);
    r->cpu->insn = NULL;
    return status;
}

static void attach_non_root(struct rig *r, struct fake_model *fake)
{
    memset(fake, 0, sizeof *fake);
    fake->virt.ops = &fake_ops;
    r->cpu->virt = &fake->virt;
    r->cpu->in_vmx = r->cpu->non_root = true;
    ia32_update_mode(r->cpu);
}

static void detach(struct rig *r)
{
    r->cpu->virt = NULL;
    r->cpu->in_vmx = r->cpu->non_root = false;
    rig_done(r);
}

static void hlt_at_cpl_3_is_gp_and_no_exit(void)
{
    struct rig r;
    struct fake_model fake;
    rig_init(&r);
    attach_non_root(&r, &fake);
    r.cpu->cpl = 3;
    CU_ASSERT_EQUAL(run_guarded(&r, hlt, sizeof hlt), IA32_FAULT);
    CU_ASSERT_EQUAL(r.cpu->pending.vector, IA32_GP);
    CU_ASSERT_EQUAL(r.cpu->pending.error_code, 0);
    CU_ASSERT_EQUAL(fake.asked, 0);
    detach(&r);
}

static void hlt_at_cpl_0_exits_in_non_root(void)
{
    struct rig r;
    struct fake_model fake;
    rig_init(&r);
    attach_non_root(&r, &fake);
    CU_ASSERT_EQUAL(run_guarded(&r, hlt, sizeof hlt), IA32_VMEXIT);
    CU_ASSERT_EQUAL(fake.asked, 1);
    CU_ASSERT_EQUAL(fake.which, IA32_IX_HLT);
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_ACTIVE);
    detach(&r);
}

static void hlt_in_root_halts(void)
{
    struct rig r;
    struct fake_model fake;
    rig_init(&r);
    attach_non_root(&r, &fake);
    r.cpu->non_root = false;
    ia32_update_mode(r.cpu);
    CU_ASSERT_EQUAL(run_guarded(&r, hlt, sizeof hlt), IA32_JUMP);
    CU_ASSERT_EQUAL(fake.asked, 0);
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_HALTED);
    detach(&r);
}

static void pause_exits_at_any_cpl(void)
{
    struct rig r;
    struct fake_model fake;
    rig_init(&r);
    attach_non_root(&r, &fake);
    r.cpu->cpl = 3;
    CU_ASSERT_EQUAL(run_guarded(&r, pause, sizeof pause), IA32_VMEXIT);
    CU_ASSERT_EQUAL(fake.which, IA32_IX_PAUSE);
    detach(&r);
}

static void vmx_without_a_model_is_ud_before_privilege(void)
{
    struct rig r;
    rig_init(&r);
    r.cpu->cpl = 3;
    CU_ASSERT_EQUAL(run_guarded(&r, vmcall, sizeof vmcall), IA32_FAULT);
    CU_ASSERT_EQUAL(r.cpu->pending.vector, IA32_UD);
    rig_done(&r);
}

static void protected_only_is_ud_in_virtual_8086_mode(void)
{
    struct rig r;
    rig_init(&r);
    r.cpu->rflags |= FL_VM;
    CU_ASSERT_EQUAL(run_guarded(&r, arpl, sizeof arpl), IA32_FAULT);
    CU_ASSERT_EQUAL(r.cpu->pending.vector, IA32_UD);
    rig_done(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        { "HLT at CPL 3 is #GP(0), not an exit",
          hlt_at_cpl_3_is_gp_and_no_exit },
        { "HLT at CPL 0 asks the model in non-root operation",
          hlt_at_cpl_0_exits_in_non_root },
        { "HLT in root operation halts", hlt_in_root_halts },
        { "PAUSE asks the model at any CPL", pause_exits_at_any_cpl },
        { "VMX instruction without a model is #UD, whatever the CPL",
          vmx_without_a_model_is_ud_before_privilege },
        { "ARPL is #UD in virtual-8086 mode",
          protected_only_is_ud_in_virtual_8086_mode },
    };
    return run_suite("ia32-guard", cases, ARRAY_SIZE(cases));
}
