/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events of a guest: exceptions, interrupts, NMIs, windows, injection; what
 * exits and entries do to state, MSRs and the ledger; snapshots.
 * SDM 325462, Vol 3C, "VM Exits", "Event Injection". */
#include "tests/vmx-model/exits.h"

/* --- events --------------------------------------------------------------------------- */

static void exceptions(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_UD));
    RIG(&r, 0x0f, 0x0b); /* UD2 */
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x306);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_BP));
    RIG(&r, 0xcc); /* INT3 */
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x603);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_LENGTH), 1);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    START(&r, SET(EXCEPTION_BITMAP, ~UINT64_C(0) & 0xffffbfff));
    RIG(&r, 0xcd, 0x06); /* INT 6 never exits */
    CU_ASSERT(r.exits == 0 && r.cpu->rip == AT_HANDLER);
    START(&r, SET(EXCEPTION_BITMAP, 0));
    RIG(&r, 0x0f, 0x0b);
    CU_ASSERT(r.exits == 0 && r.cpu->rip == AT_HANDLER);
    rig_close(&r);
}

/* bit 14 of the bitmap, mask, match: a read of an absent page (code 0). */
static void page_faults(void)
{
    static const struct {
        uint32_t bit, mask, match;
        bool exits;
    } rows[] = {{1, 0, 0, true},  {0, 0, 0, false}, {1, 1, 1, false},
                {0, 1, 1, true},  {1, 2, 0, true},  {0, 2, 2, true},
                {0, 0, 1, true},  {1, 0, 1, false}};
    struct rig r;
    rig_open(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        START(&r, SET(EXCEPTION_BITMAP, (uint64_t)rows[i].bit << IA32_PF),
              SET(PF_ERROR_CODE_MASK, rows[i].mask),
              SET(PF_ERROR_CODE_MATCH, rows[i].match));
        r.cpu->cr2 = 0x77;
        RIG(&r, 0xa1, 0x44, 0x33, 0x22, 0x11); /* MOV EAX, [11223344H] */
        CU_ASSERT_EQUAL(r.exits == 1, rows[i].exits);
        if (!rows[i].exits) {
            CU_ASSERT_EQUAL(r.cpu->cr2, 0x11223344);
            continue;
        }
        CU_ASSERT(exited(&r, 0, 0x11223344));
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0xb0e);
        CU_ASSERT_EQUAL(r.cpu->cr2, 0x77);
    }
    rig_close(&r);
}

static unsigned ack(void *opaque)
{
    ++*(unsigned *)opaque;
    return 0x33;
}

static void external_interrupts(void)
{
    struct rig r;
    unsigned acks = 0;
    rig_open(&r);
    r.cpu->base.int_ack = ack;
    r.cpu->base.int_ack_opaque = &acks;
    for (unsigned acknowledge = 0; acknowledge < 2; acknowledge++) {
        START(&r, SET(PIN_BASED_CONTROLS, 0x17),
              SET(EXIT_CONTROLS, 0x36dff | acknowledge << 15));
        r.cpu->base.ops->set_intr(&r.cpu->base, true); /* IF is 0 */
        rig_go(&r);
        CU_ASSERT(exited(&r, 1, 0));
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO),
                        acknowledge ? VALID | 0x33 : 0);
        CU_ASSERT_EQUAL(acks, acknowledge);
        r.cpu->base.ops->set_intr(&r.cpu->base, false);
    }
    START(&r, SET(GUEST_RFLAGS, 0x202)); /* no exiting: the guest's IDT */
    r.cpu->base.ops->set_intr(&r.cpu->base, true);
    rig_go(&r);
    CU_ASSERT(r.exits == 0 && r.cpu->rip == AT_HANDLER && acks == 2);
    r.cpu->base.ops->set_intr(&r.cpu->base, false);
    rig_close(&r);
}

/* A halted guest exits with activity state HLT. */
static void interrupt_of_a_halted_guest(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(PIN_BASED_CONTROLS, 0x17));
    RIG(&r, 0xf4);
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_HALTED);
    r.cpu->base.ops->set_intr(&r.cpu->base, true);
    rig_go(&r);
    CU_ASSERT(exited(&r, 1, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_ACTIVITY), VMX_HLT);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST + 1);
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_ACTIVE);
    r.cpu->base.ops->set_intr(&r.cpu->base, false);
    rig_close(&r);
}

static void nmis(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(PIN_BASED_CONTROLS, 0x1e));
    r.cpu->base.ops->raise_nmi(&r.cpu->base);
    rig_go(&r);
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x202);
    CU_ASSERT(r.cpu->blocking & IA32_BLOCK_NMI);
    START(&r, SET(PIN_BASED_CONTROLS, 0x16));
    r.cpu->base.ops->raise_nmi(&r.cpu->base);
    rig_go(&r);
    CU_ASSERT(r.exits == 0 && r.cpu->rip == AT_HANDLER);
    rig_close(&r);
}

/* An IRET whose stack is not there, in an NMI handler. */
static void faulting_iret(void)
{
    struct rig r;
    rig_open(&r);
    for (unsigned blocked = 0; blocked < 2; blocked++) {
        START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_PF),
              SET(GUEST_RSP, 0x20000000),
              SET(GUEST_INTERRUPTIBILITY, blocked ? IA32_BLOCK_NMI : 0));
        RIG(&r, 0xcf);
        CU_ASSERT(exited(&r, 0, 0x20000000));
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO),
                        VALID | 0xb0e | blocked << 12);
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_INTERRUPTIBILITY), 0);
    }
    rig_close(&r);
}

/* "NMI unblocking due to IRET" is about the IRET that faults, not about one
 * that has returned before something else faults at its address. */
static void fault_at_the_address_of_an_iret(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_UD),
          SET(GUEST_INTERRUPTIBILITY, IA32_BLOCK_NMI));
    uint32_t sp = AT_STACK - 12; /* back to where it stands */
    rig_poke(&r, sp, 4, AT_GUEST);
    rig_poke(&r, sp + 4, 4, 8);
    rig_poke(&r, sp + 8, 4, 2);
    r.cpu->gpr[IA32_RSP] = sp;
    RIG(&r, 0xcf);
    CU_ASSERT(went_on(&r, 0));
    RIG(&r, 0x0f, 0x0b); /* UD2 in its place */
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x306);
    rig_close(&r);
}

static void interrupt_window(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, PROC(2));
    RIG(&r, 0x90); /* IF = 0: nothing */
    CU_ASSERT(went_on(&r, 1));
    RIG(&r, 0xfb, 0x90, 0x90); /* STI; NOP: the exit comes after the NOP */
    rig_go(&r);
    CU_ASSERT_EQUAL(r.exits, 0);
    rig_go(&r);
    CU_ASSERT(exited(&r, 7, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST + 3);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_INTERRUPTIBILITY), 0);
    START(&r, PROC(2), SET(GUEST_RFLAGS, 0x202));
    rig_go(&r); /* open from the start */
    CU_ASSERT(exited(&r, 7, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    rig_close(&r);
}

static void triple_fault(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_IDTR_LIMIT, 0));
    RIG(&r, 0x0f, 0x0b);
    CU_ASSERT(exited(&r, 2, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), 0);
    CU_ASSERT_EQUAL(r.stop.kind, VT_STOP_NONE);
    rig_close(&r);
}

static void task_switch(void)
{
    struct rig r;
    rig_open(&r);
    rig_poke(&r, AT_GDT + 0x20, 8, UINT64_C(0x0000890070000067));
    START(&r, SET(GUEST_GDTR_LIMIT, 0x27));
    RIG(&r, 0xea, 0, 0, 0, 0, 0x20, 0); /* JMP 20H:0 */
    CU_ASSERT(exited(&r, 9, 0x80000020));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_LENGTH), 7);
    /* A TSS that is too short: #TS comes first. */
    rig_poke(&r, AT_GDT + 0x20, 8, UINT64_C(0x0000890070000066));
    START(&r, SET(GUEST_GDTR_LIMIT, 0x27),
          SET(EXCEPTION_BITMAP, 1u << IA32_TS));
    RIG(&r, 0xea, 0, 0, 0, 0, 0x20, 0);
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0xb0a);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_ERROR_CODE), 0x20);
    /* A 16-bit TSS may be shorter. */
    rig_poke(&r, AT_GDT + 0x20, 8, UINT64_C(0x000081007000002b));
    START(&r, SET(GUEST_GDTR_LIMIT, 0x27));
    RIG(&r, 0xea, 0, 0, 0, 0, 0x20, 0);
    CU_ASSERT(exited(&r, 9, 0x80000020));
    rig_poke(&r, AT_GDT + 0x20, 8, UINT64_C(0x000081007000002a));
    START(&r, SET(GUEST_GDTR_LIMIT, 0x27),
          SET(EXCEPTION_BITMAP, 1u << IA32_TS));
    RIG(&r, 0xea, 0, 0, 0, 0, 0x20, 0);
    CU_ASSERT(exited(&r, 0, 0));
    rig_close(&r);
}

/* #UD through an IDT that is not there: #PF during delivery exits. */
static void during_delivery(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_PF),
          SET(GUEST_IDTR_BASE, 0x10000000));
    RIG(&r, 0x0f, 0x0b);
    CU_ASSERT(exited(&r, 0, 0x10000030));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0xb0e);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), VALID | 0x306);
    /* INT n on its way brings its length. */
    START(&r, SET(EXCEPTION_BITMAP, 1u << IA32_PF),
          SET(GUEST_IDTR_BASE, 0x10000000));
    RIG(&r, 0xcd, 0x40);
    CU_ASSERT(exited(&r, 0, 0x10000200));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), VALID | 0x440);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INSN_LENGTH), 2);
    /* So does an injected event. */
    rig_root(&r);
    r.vmx->field[VMX_F_EXCEPTION_BITMAP] = 1u << IA32_PF;
    r.vmx->field[VMX_F_GUEST_IDTR_BASE] = 0x10000000;
    r.vmx->field[VMX_F_ENTRY_INTR_INFO] = VALID | 0xb0d;
    r.vmx->field[VMX_F_ENTRY_ERROR_CODE] = 0x18;
    r.exits = 0;
    rig_vmlaunch(&r);
    CU_ASSERT(exited(&r, 0, 0x10000068));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), VALID | 0xb0d);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_ERROR_CODE), 0x18);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_ENTRY_INTR_INFO), 0xb0d);
    rig_close(&r);
}

/* --- injection ------------------------------------------------------------------------ */

/* What is on the guest's stack at the handler's first instruction. */
static uint64_t stacked(struct rig *r, unsigned slot)
{
    return rig_mem(r, r->cpu->gpr[IA32_RSP] + 4 * slot, 4);
}

static void injection(void)
{
    static const struct {
        uint32_t info, length;
        bool error_code;
    } rows[] = {
        {0x020, 0, false}, /* external interrupt */
        {0x202, 0, false}, /* NMI */
        {0x306, 0, false}, /* #UD */
        {0xb0e, 0, true},  /* #PF: CR2 stays */
        {0x430, 2, false}, /* INT 30H */
        {0x501, 1, false}, /* INT1 */
        {0x603, 1, false}, /* INT3 */
    };
    struct rig r;
    rig_open(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        rig_root(&r);
        r.cpu->cr2 = 0x99;
        START(&r, SET(ENTRY_INTR_INFO, VALID | rows[i].info),
              SET(ENTRY_INSN_LENGTH, rows[i].length),
              SET(ENTRY_ERROR_CODE, 4), SET(GUEST_RFLAGS, 0x202),
              SET(GUEST_ACTIVITY, i < 2 ? VMX_HLT : VMX_ACTIVE),
              SET(EXCEPTION_BITMAP, 0xffffffff));
        CU_ASSERT_EQUAL(r.cpu->rip, AT_HANDLER);
        CU_ASSERT_EQUAL(r.cpu->base.activity, VT_ACTIVE);
        CU_ASSERT_EQUAL(stacked(&r, rows[i].error_code),
                        AT_GUEST + rows[i].length);
        if (rows[i].error_code)
            CU_ASSERT_EQUAL(stacked(&r, 0), 4);
        CU_ASSERT_EQUAL((r.cpu->blocking & IA32_BLOCK_NMI) != 0, i == 1);
        CU_ASSERT(r.cpu->cr2 != 4);
    }
    rig_close(&r);
}

static void activity_states(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_ACTIVITY, VMX_HLT), SET(PIN_BASED_CONTROLS, 0x17));
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_HALTED);
    r.cpu->base.ops->set_intr(&r.cpu->base, true);
    rig_go(&r);
    CU_ASSERT(exited(&r, 1, 0));
    r.cpu->base.ops->set_intr(&r.cpu->base, false);
    START(&r, SET(GUEST_ACTIVITY, VMX_HLT), PROC(2),
          SET(GUEST_RFLAGS, 0x202));
    rig_go(&r);
    CU_ASSERT(exited(&r, 7, 0));
    rig_close(&r);
}

/* Shutdown hears NMIs only. */
static void shutdown_state(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_ACTIVITY, VMX_SHUTDOWN), SET(GUEST_RFLAGS, 0x202),
          SET(PIN_BASED_CONTROLS, 0x1f));
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_SHUTDOWN);
    r.cpu->base.ops->set_intr(&r.cpu->base, true);
    rig_go(&r);
    CU_ASSERT_EQUAL(r.exits, 0);
    r.cpu->base.ops->raise_nmi(&r.cpu->base);
    rig_go(&r);
    CU_ASSERT(exited(&r, 0, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_ACTIVITY), VMX_SHUTDOWN);
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_ACTIVE);
    r.cpu->base.ops->set_intr(&r.cpu->base, false);
    rig_close(&r);
}

/* A single-step trap that waits in the VMCS comes before the guest's first
 * instruction, unless MOV SS holds it back or an event is injected. */
static void pending_debug(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_PENDING_DEBUG, 0x4000),
          SET(EXCEPTION_BITMAP, 1u << IA32_DB));
    rig_go(&r);
    CU_ASSERT(exited(&r, 0, 0x4000));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x301);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_PENDING_DEBUG), 0);
    START(&r, SET(GUEST_PENDING_DEBUG, 0x4000),
          SET(EXCEPTION_BITMAP, 1u << IA32_DB), SET(GUEST_RFLAGS, 0x102),
          SET(GUEST_INTERRUPTIBILITY, IA32_BLOCK_MOV_SS));
    RIG(&r, 0x0f, 0xa2); /* still pending when the instruction exits */
    CU_ASSERT(exited(&r, 10, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_PENDING_DEBUG), 0x4000);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_INTERRUPTIBILITY),
                    IA32_BLOCK_MOV_SS);
    START(&r, SET(GUEST_PENDING_DEBUG, 0x4000),
          SET(EXCEPTION_BITMAP, 1u << IA32_DB),
          SET(ENTRY_INTR_INFO, VALID | 0x202));
    CU_ASSERT_EQUAL(r.cpu->pending_debug, 0);
    rig_close(&r);
}

/* Breakpoints in the guest: its DR7 comes and goes with it. */
static void guest_breakpoints(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_DR7, 0x401), SET(EXCEPTION_BITMAP, 1u << IA32_DB));
    r.cpu->dr[0] = AT_GUEST;
    rig_go(&r);
    CU_ASSERT(exited(&r, 0, 1));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x301);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RFLAGS) & FL_RF, 0);
    CU_ASSERT_EQUAL(r.cpu->dr[6] & 15, 0);
    CU_ASSERT_EQUAL(r.cpu->armed, 0); /* the host's DR7 is 400H */
    START(&r, SET(GUEST_DR7, 0x401), SET(EXCEPTION_BITMAP, 1u << IA32_DB),
          SET(GUEST_RFLAGS, FL_RF | 2));
    r.cpu->dr[0] = AT_GUEST;
    RIG(&r, 0x90);
    CU_ASSERT(went_on(&r, 1));
    /* general detect is a fault that RF does not depend on */
    START(&r, SET(GUEST_DR7, 0x400 | DR7_GD),
          SET(EXCEPTION_BITMAP, 1u << IA32_DB));
    RIG(&r, 0x0f, 0x21, 0xc0); /* MOV EAX, DR0 */
    CU_ASSERT(exited(&r, 0, DR6_BD));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RFLAGS) & FL_RF, FL_RF);
    rig_close(&r);
}

/* A data breakpoint that MOV SS holds back waits in the VMCS, with bit 12,
 * and becomes #DB in the guest when that goes on. */
static void held_back_breakpoint(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_RFLAGS, 2));
    r.cpu->pending_debug = 0x1001;
    r.cpu->blocking = IA32_BLOCK_MOV_SS;
    ia32_attend(r.cpu);
    RIG(&r, 0x0f, 0xa2);
    CU_ASSERT(exited(&r, 10, 0));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_PENDING_DEBUG), 0x1001);
    START(&r, SET(GUEST_PENDING_DEBUG, 0x1001), SET(EXCEPTION_BITMAP, 0));
    rig_go(&r);
    CU_ASSERT_EQUAL(r.cpu->rip, AT_HANDLER);
    CU_ASSERT_EQUAL(r.cpu->dr[6], DR6_FIXED1 | 1);
    /* bit 12 says that the guest's own DR7 enables it */
    START(&r, SET(GUEST_RFLAGS, 2));
    r.cpu->dr[0] = AT_GUEST;
    r.cpu->dr[7] = 0x30401; /* reads and writes */
    ia32_attend(r.cpu);
    RIG(&r, 0xa0, AT_GUEST & 0xff, AT_GUEST >> 8 & 0xff,
        AT_GUEST >> 16 & 0xff, AT_GUEST >> 24); /* MOV AL, [it] */
    CU_ASSERT_EQUAL(r.cpu->pending_debug, 0x1001);
    rig_close(&r);
}

/* Saved only while MOV SS holds it back, and not by a debug exception. */
static void pending_debug_is_dropped(void)
{
    struct rig r;
    rig_open(&r);
    /* INT 40H ends the blocking; its delivery faults. */
    START(&r, SET(GUEST_PENDING_DEBUG, 0x4000), SET(GUEST_RFLAGS, 0x102),
          SET(EXCEPTION_BITMAP, 1u << IA32_PF),
          SET(GUEST_IDTR_BASE, 0x10000000),
          SET(GUEST_INTERRUPTIBILITY, IA32_BLOCK_MOV_SS));
    RIG(&r, 0xcd, 0x40);
    CU_ASSERT(exited(&r, 0, 0x10000200));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_PENDING_DEBUG), 0);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_INTERRUPTIBILITY), 0);
    START(&r, SET(GUEST_PENDING_DEBUG, 0x4000), SET(GUEST_RFLAGS, 0x102),
          SET(EXCEPTION_BITMAP, 1u << IA32_DB),
          SET(GUEST_INTERRUPTIBILITY, IA32_BLOCK_MOV_SS));
    RIG(&r, 0xf1); /* INT1 */
    CU_ASSERT_EQUAL(r.exits, 1);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_INTR_INFO), VALID | 0x501);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_PENDING_DEBUG), 0);
    rig_close(&r);
}

/* An injected #DB leaves DR6 and DR7 alone, also when it does not arrive. */
static void injected_debug_exception(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(ENTRY_INTR_INFO, VALID | 0x301),
          SET(GUEST_DR7, 0x400 | DR7_GD));
    CU_ASSERT_EQUAL(r.cpu->rip, AT_HANDLER);
    CU_ASSERT_EQUAL(r.cpu->dr[7], 0x400 | DR7_GD);
    rig_root(&r);
    r.vmx->field[VMX_F_EXCEPTION_BITMAP] = 1u << IA32_PF;
    r.vmx->field[VMX_F_GUEST_IDTR_BASE] = 0x10000000;
    r.vmx->field[VMX_F_GUEST_DR7] = 0x400 | DR7_GD;
    r.vmx->field[VMX_F_ENTRY_INTR_INFO] = VALID | 0x301;
    rig_vmlaunch(&r);
    CU_ASSERT(!r.cpu->non_root);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), VALID | 0x301);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_DR7), 0x400 | DR7_GD);
    rig_close(&r);
}

/* TF in the guest: the trap comes after one instruction. */
static void single_step(void)
{
    struct rig r;
    rig_open(&r);
    START(&r, SET(GUEST_RFLAGS, 0x102),
          SET(EXCEPTION_BITMAP, 1u << IA32_DB));
    RIG(&r, 0x90);
    CU_ASSERT_EQUAL(r.exits, 0);
    rig_go(&r);
    CU_ASSERT(exited(&r, 0, 0x4000));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RIP), AT_GUEST + 1);
    rig_close(&r);
}

/* RF as the frame of the event would have it: 1 for faults, 0 for what an
 * instruction asks for, else what it was. */
static void saved_rf(void)
{
    static const struct {
        uint8_t code[2];
        uint64_t dr7, flags, want;
    } rows[] = {
        {{0x0f, 0x0b}, 0x400, 2, FL_RF},           /* UD2 */
        {{0xcc}, 0x400, FL_RF | 2, 0},             /* INT3 */
        {{0xf1}, 0x400, FL_RF | 2, 0},             /* INT1 */
        {{0x0f, 0x21}, 0x400 | DR7_GD, 2, FL_RF},  /* MOV EAX, DR0 */
    };
    struct rig r;
    rig_open(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        START(&r, SET(EXCEPTION_BITMAP, 0xffffffff),
              SET(GUEST_DR7, rows[i].dr7), SET(GUEST_RFLAGS, rows[i].flags));
        RIG(&r, rows[i].code[0], rows[i].code[1], 0xc0);
        CU_ASSERT_EQUAL(r.exits, 1);
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_REASON), 0);
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RFLAGS) & FL_RF,
                        rows[i].want);
    }
    /* A task switch: what the old TSS would have got. */
    rig_poke(&r, AT_GDT + 0x20, 8, UINT64_C(0x0000890070000067));
    START(&r, SET(GUEST_GDTR_LIMIT, 0x27), SET(GUEST_RFLAGS, FL_RF | 2));
    RIG(&r, 0xea, 0, 0, 0, 0, 0x20, 0); /* JMP 20H:0 */
    CU_ASSERT(exited(&r, 9, 0x80000020));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RFLAGS), 2);
    rig_poke(&r, 0x6200 + 8 * IA32_UD, 8, UINT64_C(0x0000850000200000));
    START(&r, SET(GUEST_GDTR_LIMIT, 0x27), SET(GUEST_IDTR_BASE, 0x6200));
    RIG(&r, 0x0f, 0x0b); /* UD2 through a task gate */
    CU_ASSERT(exited(&r, 9, 0xc0000020));
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_IDT_VECTORING_INFO), VALID | 0x306);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_GUEST_RFLAGS), FL_RF | 2);
    rig_close(&r);
}

/* --- state ---------------------------------------------------------------------------- */

static void state_round_trip(void)
{
    struct rig r;
    rig_open(&r);
    rig_guest(&r);
    uint64_t before[VMX_FIELD_COUNT];
    memcpy(before, r.vmx->field, sizeof before);
    RIG(&r, 0x0f, 0xa2);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++)
        if (vmx_fields[i].area != VMX_AREA_READ_ONLY &&
            r.vmx->field[i] != before[i]) {
            printf("\n  %s was %x, is %x\n", vmx_fields[i].id,
                   (unsigned)before[i], (unsigned)r.vmx->field[i]);
            CU_FAIL("a field changed");
        }
    CU_ASSERT_EQUAL(r.cpu->seg[IA32_CS].selector, 8);
    CU_ASSERT_EQUAL(r.cpu->seg[IA32_CS].ar, 0xc09b);
    CU_ASSERT(r.cpu->seg[IA32_FS].ar & AR_UNUSABLE);
    CU_ASSERT(r.cpu->seg[IA32_LDTR].ar & AR_UNUSABLE);
    CU_ASSERT_EQUAL(r.cpu->seg[IA32_TR].limit, 0x67);
    CU_ASSERT_EQUAL(r.cpu->gdtr.limit, 0xffff);
    CU_ASSERT_EQUAL(r.cpu->dr[7], 0x400);
    CU_ASSERT_EQUAL(r.cpu->cpl, 0);
    rig_close(&r);
}

/* What a guest can load into its segment registers, an entry takes back:
 * descriptors that were not accessed, null selectors, conforming code at
 * CPL 3, an expand-down stack. */
static void guest_segments_can_be_resumed(void)
{
    static const struct {
        uint64_t descriptor; /* selector 20H */
        uint8_t code[8];
    } rows[] = {
        {UINT64_C(0x00cf92000000ffff), {0xb0, 0x20, 0x8e, 0xd8}}, /* DS */
        {UINT64_C(0x00cf92000000ffff), {0xb0, 0x20, 0x8e, 0xd0}}, /* SS */
        {UINT64_C(0x00cf9a000000ffff), {0xb0, 0x20, 0x8e, 0xe0}}, /* FS: code */
        {UINT64_C(0x00cf96000000ffff), {0xb0, 0x20, 0x8e, 0xd0}}, /* down */
        {UINT64_C(0x00409a0000000fff), {0xb0, 0x20, 0x8e, 0xd8}}, /* G = 0 */
        {0, {0xb0, 0x00, 0x8e, 0xd8}},                            /* null */
        {UINT64_C(0x0000820060000fff), {0xb0, 0x20, 0x0f, 0x00, 0xd0}},
        {0, {0xb0, 0x00, 0x0f, 0x00, 0xd0}},                      /* LLDT */
        {UINT64_C(0x0000890070000067), {0xb0, 0x20, 0x0f, 0x00, 0xd8}},
        {UINT64_C(0x00cf98000000ffff), {0xea, 0x07, AT_GUEST >> 8 & 0xff, 0,
                                        0, 0x20, 0}},             /* JMP */
        {UINT64_C(0x00cf9c000000ffff), {0xea, 0x07, AT_GUEST >> 8 & 0xff, 0,
                                        0, 0x20, 0}}, /* conforming */
    };
    struct rig r;
    rig_open(&r);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        rig_root(&r);
        rig_poke(&r, AT_GDT + 0x20, 8, rows[i].descriptor);
        START(&r, SET(GUEST_GDTR_LIMIT, 0x27));
        r.cpu->gpr[IA32_RAX] = 0;
        r.faults = 0;
        rig_step(&r, rows[i].code, sizeof rows[i].code);
        if (rows[i].code[0] != 0xea)
            rig_go(&r);
        CU_ASSERT_EQUAL(r.faults, 0);
        r.cpu->blocking = 0;
        RIG(&r, 0x0f, 0xa2);
        CU_ASSERT_EQUAL(r.exits, 1);
        CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_REASON), VMX_EXIT_CPUID);
        rig_vmresume(&r);
        if (!r.cpu->non_root)
            printf("\n  row %u: %s\n", i,
                   r.vmx->failure.check ? r.vmx->failure.check->id : "?");
        CU_ASSERT(r.cpu->non_root);
    }
    rig_close(&r);
}

static void msr_areas(void)
{
    struct rig r;
    rig_open(&r);
    rig_poke(&r, 0x6100, 8, 0x174); /* entry: load 9 */
    rig_poke(&r, 0x6108, 8, 9);
    rig_poke(&r, 0x6110, 8, 0x174); /* exit: store */
    rig_poke(&r, 0x6118, 8, 0);
    rig_poke(&r, 0x6120, 8, 0x175); /* exit: load 10 */
    rig_poke(&r, 0x6128, 8, 10);
    START(&r, SET(ENTRY_MSR_LOAD_ADDR, 0x6100), SET(ENTRY_MSR_LOAD_COUNT, 1),
          SET(EXIT_MSR_STORE_ADDR, 0x6110), SET(EXIT_MSR_STORE_COUNT, 1),
          SET(EXIT_MSR_LOAD_ADDR, 0x6120), SET(EXIT_MSR_LOAD_COUNT, 1));
    CU_ASSERT_EQUAL(r.cpu->sysenter_cs, 9);
    RIG(&r, 0x0f, 0xa2);
    CU_ASSERT(insn_exited(&r, 10, 0, 2));
    CU_ASSERT_EQUAL(rig_mem(&r, 0x6118, 8), 9);
    CU_ASSERT_EQUAL(r.cpu->sysenter_esp, 10);
    rig_close(&r);
}

/* The offset is for instructions: the area gets the counter itself. */
static void stored_tsc(void)
{
    struct rig r;
    rig_open(&r);
    rig_poke(&r, 0x6110, 8, MSR_TSC);
    START(&r, PROC(3), SET(TSC_OFFSET, UINT64_C(0x500000000)),
          SET(EXIT_MSR_STORE_ADDR, 0x6110), SET(EXIT_MSR_STORE_COUNT, 1));
    RIG(&r, 0x0f, 0xa2);
    CU_ASSERT(insn_exited(&r, 10, 0, 2));
    CU_ASSERT_EQUAL(rig_mem(&r, 0x6118, 8), ia32_tsc(r.cpu));
    rig_close(&r);
}

static void second_msr_entry_fails(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    rig_poke(&r, 0x6100, 8, 0x174);
    rig_poke(&r, 0x6108, 8, 9);
    rig_poke(&r, 0x6110, 8, 0x999);
    r.vmx->field[VMX_F_ENTRY_MSR_LOAD_ADDR] = 0x6100;
    r.vmx->field[VMX_F_ENTRY_MSR_LOAD_COUNT] = 2;
    rig_vmlaunch(&r);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_REASON), 0x80000022);
    CU_ASSERT_EQUAL(rig_field(&r, VMX_F_EXIT_QUALIFICATION), 2);
    CU_ASSERT(!r.cpu->non_root && r.cpu->rip == AT_EXIT);
    CU_ASSERT(!r.vmx->launch_session);
    rig_close(&r);
}

static void aborts(void)
{
    static const struct {
        enum vmx_field_id address, count;
        unsigned number;
        uint32_t indicator;
    } rows[] = {
        {VMX_F_EXIT_MSR_STORE_ADDR, VMX_F_EXIT_MSR_STORE_COUNT, 1, 1},
        {VMX_F_EXIT_MSR_LOAD_ADDR, VMX_F_EXIT_MSR_LOAD_COUNT, 1, 4},
        {VMX_F_EXIT_MSR_LOAD_ADDR, VMX_F_EXIT_MSR_LOAD_COUNT, 513, 5},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct rig r;
        rig_open(&r);
        rig_poke(&r, 0x6100, 8, 0x999);
        START(&r, {rows[i].address, 0x6100}, {rows[i].count, rows[i].number});
        RIG(&r, 0x0f, 0xa2);
        CU_ASSERT_EQUAL(r.stop.kind, VT_STOP_TRIPLE_FAULT);
        CU_ASSERT_EQUAL(rig_mem(&r, AT_VMCS + 4, 4), rows[i].indicator);
        rig_close(&r);
    }
}

/* --- books, words, snapshots ----------------------------------------------------------- */

static void ledger(void)
{
    struct rig r;
    rig_open(&r);
    rig_root(&r);
    r.cpu->cost[IA32_COST_VM_ENTRY] = 1000;
    r.cpu->cost[IA32_COST_VM_EXIT] = 2000;
    rig_vmlaunch(&r);
    CU_ASSERT_EQUAL(r.last.u.vm.hardware_cycles, 1000);
    RIG(&r, 0x90, 0x90);
    rig_go(&r);
    RIG(&r, 0x0f, 0xa2);
    CU_ASSERT_EQUAL(r.last.u.vm.hardware_cycles, 2000);
    const struct vt_ledger *l = &r.cpu->base.ledger;
    const struct vt_account_row *guest = &l->rows[l->row_count - 1];
    CU_ASSERT_EQUAL(guest->guest_id, AT_VMCS);
    CU_ASSERT_EQUAL(guest->cycles[VT_WHAT_VM_ENTRY], 1000);
    CU_ASSERT_EQUAL(guest->cycles[VT_WHAT_VM_EXIT], 2000);
    CU_ASSERT_EQUAL(guest->cycles[VT_WHAT_INSTRUCTION], 2); /* the NOPs */
    CU_ASSERT_EQUAL(vt_ledger_total(l), r.cpu->base.now_cycles);
    rig_close(&r);
}

static void words(void)
{
    struct rig r;
    char text[600];
    rig_open(&r);
    START(&r, PROC(24));
    r.cpu->gpr[IA32_RDX] = 0x3f8;
    RIG(&r, 0xee);
    CU_ASSERT(vmx_explain_exit(r.cpu, text, sizeof text) < sizeof text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"unconditional I/O exiting\" = 1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "OUT to port 03F8h, 1 byte"));
    vmx_explain_qualification(28, 0x304, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "MOV to CR4 from EBX");
    CU_ASSERT(vmx_explain_exit(r.cpu, text, 10) > 10); /* cut, not overrun */
    rig_close(&r);
}

static void snapshot(void)
{
    struct rig a, b;
    struct vt_error err;
    size_t bytes;
    rig_open(&a);
    rig_open(&b);
    rig_guest(&a);
    struct vt_writer *w = vt_writer_new();
    vt_machine_save(a.m, w);
    const void *data = vt_writer_finish(w, &bytes);
    CU_ASSERT_EQUAL_FATAL(vt_machine_load(b.m, data, bytes, &err), VT_OK);
    RIG(&a, 0x0f, 0xa2);
    RIG(&b, 0x0f, 0xa2);
    CU_ASSERT(!b.cpu->non_root && b.cpu->rip == AT_EXIT);
    CU_ASSERT_EQUAL(memcmp(a.vmx->field, b.vmx->field, sizeof a.vmx->field),
                    0);
    CU_ASSERT_EQUAL(vt_machine_hash(a.m), vt_machine_hash(b.m));
    vt_writer_free(w);
    rig_close(&a);
    rig_close(&b);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"exception bitmap", exceptions},
        {"page faults: mask and match", page_faults},
        {"external interrupts, acknowledged or not", external_interrupts},
        {"an interrupt takes a halted guest out with activity HLT",
         interrupt_of_a_halted_guest},
        {"NMIs", nmis},
        {"an IRET that faults: NMI unblocking due to IRET", faulting_iret},
        {"no NMI unblocking due to an IRET long gone",
         fault_at_the_address_of_an_iret},
        {"interrupt window", interrupt_window},
        {"triple fault", triple_fault},
        {"task switch", task_switch},
        {"IDT-vectoring information", during_delivery},
        {"event injection: every type", injection},
        {"activity states", activity_states},
        {"shutdown hears NMIs only", shutdown_state},
        {"pending debug exceptions", pending_debug},
        {"breakpoints of a guest", guest_breakpoints},
        {"a breakpoint that MOV SS holds back", held_back_breakpoint},
        {"pending debug exceptions: saved while MOV SS blocks only",
         pending_debug_is_dropped},
        {"an injected #DB leaves the debug registers alone",
         injected_debug_exception},
        {"single step in a guest", single_step},
        {"RF in the saved flags", saved_rf},
        {"guest state survives an exit, host state is loaded",
         state_round_trip},
        {"whatever a guest loads into segments can be resumed",
         guest_segments_can_be_resumed},
        {"MSR areas", msr_areas},
        {"MSR areas: the TSC is stored without its offset", stored_tsc},
        {"a bad MSR entry: failure 34 with its number", second_msr_entry_fails},
        {"VMX aborts", aborts},
        {"ledger: exits and entries are charged to the guest", ledger},
        {"exits in words", words},
        {"snapshot inside a guest", snapshot},
    };
    return run_suite("VM exits: events and state", cases, ARRAY_SIZE(cases));
}
