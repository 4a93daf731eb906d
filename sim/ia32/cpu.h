/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of one IA-32 / Intel 64 logical processor, and the statuses
 * that every handler returns.  Registers are 64 bits wide from the start;
 * a 32-bit processor simply never sets the upper halves.
 *
 * Order: what every instruction touches, architectural registers, hidden
 * parts, the event being delivered, caches. */
#ifndef IA32_CPU_H
#define IA32_CPU_H

#include "sim/ia32/defs.h"
#include "sim/ia32/fp.h"
#include "sim/ia32/model.h"
#include "sim/machine/cpu.h"
#include "sim/machine/machine.h"

struct ia32_insn;
struct ia32_block_cache;
struct ia32_tlb;
struct ia32_virt;

/* What a handler (or anything it calls) reports.
 *   OK      done; the next instruction of the block follows
 *   JUMP    done; cpu->rip is set (branches, far transfers, VM entry)
 *   FAULT   nothing was changed; cpu->pending says which exception.  The
 *           caller returns it up to the run loop, which delivers it.
 *   VMEXIT  a VM exit has happened: the state is the host's now
 *   STOP    the machine has been asked to stop; state as before */
enum ia32_status { IA32_OK, IA32_JUMP, IA32_FAULT, IA32_VMEXIT, IA32_STOP };

#define IA32_MUST_CHECK VT_MUST_CHECK
/* Pass anything but IA32_OK up.  The one macro with hidden control flow. */
#define IA32_TRY(expr)                                 \
    do {                                               \
        enum ia32_status status_ = (expr);             \
        if (VT_UNLIKELY(status_ != IA32_OK))           \
            return status_;                            \
    } while (0)

/* A segment register with its hidden part, as the VMCS would show it. */
struct ia32_seg {
    uint64_t base;
    uint32_t limit; /* in bytes, granularity applied */
    uint32_t ar;    /* AR_*; AR_UNUSABLE for a null selector */
    uint16_t selector;
};

/* The x87 FPU, whose registers MMX shares.  SDM Vol 1, "x87 FPU Execution
 * Environment". */
struct ia32_fpu {
    struct ia32_f80 r[8]; /* physical R0..R7; MMi is r[i].frac */
    uint16_t cw, sw;      /* control, status (with TOP) */
    uint16_t fop;         /* last opcode, 11 bits */
    uint8_t valid;        /* bit i: Ri is not empty */
    uint64_t fip, fdp;    /* last instruction, last operand: offsets */
    uint16_t fcs, fds;    /* and their selectors */
};

struct ia32_xmm { /* q[0] holds bits 63:0 */
    uint64_t q[2];
};

/* Memory-type range registers; pairs of base and mask (mtrr.c). */
struct ia32_mtrr {
    uint64_t def_type, fix64k, fix16k[2], fix4k[8], variable[20];
};

/* Machine-check registers; CTL, STATUS, ADDR and MISC of each bank (mca.c). */
#define IA32_MCA_BANKS 32
struct ia32_mca {
    uint64_t status, ctl, bank[4 * IA32_MCA_BANKS];
};

struct ia32_dtr { /* GDTR or IDTR */
    uint64_t base;
    uint16_t limit;
};

/* An exception, interrupt or NMI on its way through the IDT. */
struct ia32_event {
    uint8_t vector;
    uint8_t type; /* enum ia32_event_type */
    bool has_error_code;
    uint32_t error_code;
    uint64_t cr2;         /* linear address, for #PF */
    uint64_t dr6;         /* bits to set in DR6, for #DB */
    uint8_t insn_length;  /* software events: bytes to skip to return past
                             the instruction */
};

/* What blocks events for a while.  Numbers are those of the VMCS
 * interruptibility-state field. */
#define IA32_BLOCK_STI 1u
#define IA32_BLOCK_MOV_SS 2u
#define IA32_BLOCK_SMI 4u
#define IA32_BLOCK_NMI 8u

/* Mode bits that change how bytes decode or what a handler does: the part
 * of a block's key that is not its address. */
#define IA32_MODE_CODE32 1u  /* CS.D = 1 */
#define IA32_MODE_STACK32 2u /* SS.B = 1 */
#define IA32_MODE_PROT 4u    /* CR0.PE = 1 */
#define IA32_MODE_VM86 8u
#define IA32_MODE_LONG64 16u /* 64-bit mode */
#define IA32_MODE_NONROOT 32u
/* Code, and data in DS, ES and SS, where an offset is a linear address and
 * any of them is allowed: base 0, limit FFFFFFFFH, 32 bits, data writable and
 * expanding up; and all of 64-bit mode. */
#define IA32_MODE_FLAT_CODE 64u
#define IA32_MODE_FLAT_DATA 128u

struct ia32_cpu {
    struct vt_cpu base; /* first: the machine sees only this */

    /* --- hot ------------------------------------------------------- */
    uint64_t gpr[24];   /* 0..15 registers, 16 always zero, 17 RIP of the
                           running block's first byte; rest unused */
    /* After ia32_settle inside a block, RIP of the current instruction;
     * outside, of the next one. */
    uint64_t rip;
    uint64_t cc_z, cc_s, cc_c; /* arithmetic flags, see flags.h */
    uint64_t rflags;    /* all others; FL_ARITH bits are 0 but after
                           sync_out */
    /* Time and place inside a block; exec.c says how they fit together. */
    const struct ia32_insn *insn;      /* running now; NULL outside */
    uint64_t end_cycle; /* the clock at the end of the running block */
    uint64_t run_until; /* no block that ends later may be entered without a
                           look at the run loop; 0: none at all */
    bool block_cut;     /* ia32_end_block was called */
    uint8_t leave;      /* enum ia32_status that ended a chain */
    const struct ia32_insn *block_end; /* stop before this one */
    uint8_t cpl;
    uint8_t mode;       /* IA32_MODE_*, kept by ia32_update_mode */
    uint64_t la_mask;   /* bits of a linear address that count in this mode */
    bool in_vmx;        /* VMX operation */
    bool non_root;      /* VMX non-root operation */
    struct ia32_seg seg[IA32_SEG_COUNT];

    /* --- architectural ---------------------------------------------- */
    struct ia32_dtr gdtr, idtr;
    uint64_t cr0, cr2, cr3, cr4, cr8;
    uint64_t pdpte[IA32_PDPTES]; /* registers of PAE paging */
    uint64_t dr[8];     /* 4 and 5 unused */
    uint64_t efer;
    uint64_t star, lstar, cstar, fmask, kernel_gs_base, tsc_aux;
    uint64_t xcr0, xss;
    struct ia32_fpu fpu;
    struct ia32_xmm xmm[16];
    uint32_t mxcsr;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t pat, debugctl, apic_base, feature_control, misc_enable;
    uint64_t tsc_adjust, bios_sign_id, pkg_cst, power_ctl;
    struct ia32_mtrr mtrr;
    struct ia32_mca mca;
    uint64_t monitor_pa;      /* MONITOR's line of 64 bytes (monitor.c) */
    bool monitor_armed, mwait, mwait_masked;
    uint64_t random;          /* of RDRAND and RDSEED (random.c) */
    uint64_t tsc_offset_base; /* TSC = clock + this (WRMSR sets it) */

    /* --- hidden ------------------------------------------------------ */
    uint32_t blocking;          /* IA32_BLOCK_* */
    uint64_t pending_debug;     /* as the VMCS field */
    bool single_step;           /* the current instruction began with TF = 1;
                                   ia32_deliver clears it */
    bool repeating;             /* RIP is at a repeated instruction with
                                   iterations done and left: RF is 1 in
                                   images pushed or saved now */
    uint8_t armed;              /* IA32_ARMED_*, from DR7 and CR4.DE */
    uint64_t debug_hits;        /* breakpoints met by what runs now, as
                                   pending_debug */
    bool nmi_pending;
    bool intr_line;
    bool a20;                   /* address line 20 passes */
    struct ia32_event pending;  /* valid while FAULT is returned */
    /* The IRET under way has ended the blocking of NMIs: if it faults, a VM
     * exit says so. */
    bool iret_unblocked;
    bool delivering;            /* an event is going through the IDT ... */
    struct ia32_event vectoring; /* ... this one */

    /* --- links and caches -------------------------------------------- */
    const struct ia32_model *model;
    uint64_t features[IA32_FEATURE_WORDS]; /* after +feature,-feature */
    uint8_t pa_bits;            /* physical-address width */
    uint32_t cost[IA32_COST_COUNT]; /* cycles by cost class */
    struct ia32_virt *virt;     /* NULL when no model is attached */
    struct ia32_tlb *tlb;
    struct ia32_block_cache *blocks;
};

/* Make a CPU of a model ("merom", "merom,-pse"): see model.h.  A virt model
 * is attached afterwards with ia32_attach_virt (virt.h). */
enum vt_err ia32_new(struct vt_machine *m, const char *model_spec,
                     struct ia32_cpu **cpu,
                     struct vt_error *err) VT_MUST_CHECK;

static inline struct ia32_cpu *ia32_from(struct vt_cpu *cpu)
{
    return (struct ia32_cpu *)cpu;
}

static inline bool ia32_has(const struct ia32_cpu *cpu,
                            enum ia32_feature feature)
{
    return cpu->features[feature / 64] >> (feature % 64) & 1;
}

static inline bool ia32_paging_on(const struct ia32_cpu *cpu)
{
    return (cpu->cr0 & CR0_PG) != 0;
}

/* IA-32e mode: 64-bit or compatibility mode. */
static inline bool ia32_long(const struct ia32_cpu *cpu)
{
    return (cpu->efer & EFER_LMA) != 0;
}

/* Process-context identifier that translations are tagged with: 0 without
 * CR4.PCIDE. */
static inline uint16_t ia32_pcid(const struct ia32_cpu *cpu)
{
    return cpu->cr4 & CR4_PCIDE ? (uint16_t)(cpu->cr3 & 0xfff) : 0;
}

/* --- time and place inside a block (exec.c) --------------------------- */

/* Bring clock, ledger and rip up to the start of the current instruction.
 * Everything that looks at them from inside a handler calls this first:
 * devices, RDTSC, walks, exits, faults, events.  Free to call twice. */
void ia32_settle(struct ia32_cpu *cpu);
/* RIP of the current instruction and of the one after it, without
 * settling. */
uint64_t ia32_insn_rip(const struct ia32_cpu *cpu);
uint64_t ia32_next_rip(const struct ia32_cpu *cpu);
/* End the block after the current instruction, because something may have
 * to be seen at the next boundary. */
void ia32_end_block(struct ia32_cpu *cpu);
/* How many iterations a string instruction may begin after the one that runs
 * without going back to the run loop: the boundaries before them lie before
 * the deadline, and nothing has to be seen there. */
uint64_t ia32_more_repeats(const struct ia32_cpu *cpu);
/* Charge cycles that are not an instruction's own (settles first, and ends
 * the block when the deadline has come nearer than the block's end). */
void ia32_charge(struct ia32_cpu *cpu, enum vt_what what, uint64_t cycles);
/* CS, SS, CR0, EFLAGS.VM, EFER or root/non-root changed. */
void ia32_update_mode(struct ia32_cpu *cpu);
/* Something guest-visible that vtsim does not model was used: stop with one
 * line.  Returns IA32_STOP. */
enum ia32_status ia32_unmodelled(struct ia32_cpu *cpu, const char *what);

/* Start state a loader wants: flat 32-bit protected mode as the Multiboot
 * specification says (A20 on, paging off, interrupts off). */
void ia32_set_multiboot_state(struct ia32_cpu *cpu, uint32_t entry,
                              uint32_t eax, uint32_t ebx);

/* --- registers with side effects (control.c, msr.c, segment.c) --------- */

/* Write a control register as MOV to CR does, after intercepts: checks
 * reserved bits and combinations, flushes what must be flushed.
 * IA32_FAULT: #GP(0) pending, nothing changed. */
enum ia32_status ia32_write_cr0(struct ia32_cpu *cpu,
                                uint64_t value) IA32_MUST_CHECK;
enum ia32_status ia32_write_cr3(struct ia32_cpu *cpu,
                                uint64_t value) IA32_MUST_CHECK;
enum ia32_status ia32_write_cr4(struct ia32_cpu *cpu,
                                uint64_t value) IA32_MUST_CHECK;
/* Bits of CR4 that this CPU knows (1 = may be set). */
uint64_t ia32_cr4_allowed(const struct ia32_cpu *cpu);
/* RDMSR and WRMSR without privilege check or intercept; false: #GP. */
bool ia32_rdmsr(struct ia32_cpu *cpu, uint32_t msr, uint64_t *value);
bool ia32_wrmsr(struct ia32_cpu *cpu, uint32_t msr, uint64_t value);
/* Would WRMSR take this value?  Changes nothing. */
bool ia32_wrmsr_ok(struct ia32_cpu *cpu, uint32_t msr, uint64_t value);
uint64_t ia32_tsc(struct ia32_cpu *cpu); /* without any VMX offset */
/* Set a segment register's fields directly (VM entry, VM exit, loader);
 * keeps mode and cpl in step (cpl = DPL of SS). */
void ia32_set_seg(struct ia32_cpu *cpu, enum ia32_seg_index seg,
                  const struct ia32_seg *to);
/* CPUID as the CPU gives it (VMX and OSXSAVE bits from the state). */
void ia32_cpuid(const struct ia32_cpu *cpu, uint32_t leaf, uint32_t subleaf,
                uint32_t out[4]);

#endif
