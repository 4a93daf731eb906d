/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only meeting point of the processor and a model of virtualization
 * hardware.  Owned by sim/ia32; a model (vmx-model) fills in the operations
 * and attaches itself.  Until then cpu->virt is NULL, CPUID.1:ECX.VMX and
 * CR4.VMXE are absent and VMX instructions are #UD.
 *
 * Call sites, all in sim/ia32, are the rows of virt_sites.def (a test counts
 * them).  Operations that may exit return IA32_OK to go on or IA32_VMEXIT
 * after the exit is complete: host state loaded, cycles charged, event
 * emitted; the caller just returns the status. */
#ifndef IA32_VIRT_H
#define IA32_VIRT_H

#include "sim/ia32/event.h"
#include "sim/ia32/insn.h"

/* VMX instructions as rows of decode.def name them. */
enum ia32_vmx_insn {
    IA32_VMXON, IA32_VMXOFF, IA32_VMCLEAR, IA32_VMPTRLD, IA32_VMPTRST,
    IA32_VMREAD, IA32_VMWRITE, IA32_VMLAUNCH, IA32_VMRESUME, IA32_VMCALL
};

struct ia32_virt_ops {
    void (*reset)(struct ia32_virt *virt);
    void (*free)(struct ia32_virt *virt);

    /* A VMX instruction.  The guard has checked #UD for an absent model
     * only; all else (CR4.VMXE, mode, CPL, exits) is the model's. */
    enum ia32_status (*vmx_insn)(struct ia32_virt *virt,
                                 enum ia32_vmx_insn which,
                                 const struct ia32_insn *insn);

    /* Non-root only.  May this instruction go on?  Called at the row's
     * stage.  info: what the row needs beyond the instruction itself --
     *   I/O        port | size_bytes << 16 | direction (1 = IN) << 24 |
     *              string << 25 | rep << 26 | immediate port << 27
     *   INVLPG     linear address
     *   RDMSR/WRMSR  nothing (ECX is in the state)
     *   MOV DR     nothing (the instruction has it)
     * Others: 0.  For string I/O la is the linear address of the memory
     * operand. */
    enum ia32_status (*intercept)(struct ia32_virt *virt, enum ia32_ix which,
                                  const struct ia32_insn *insn,
                                  uint64_t info, uint64_t la);

    /* Non-root only: writes and reads of CR0, CR3, CR4 and CR8.  *value is what
     * the instruction wants to write; the model exits, or replaces it by
     * what really goes to the register (host-owned bits kept).
     *   which  0, 3, 4, 8;  kind 0 MOV to CR, 2 CLTS, 3 LMSW;  insn for the
     *   qualification (register number)
     * LMSW: *value comes in as the 16-bit source operand and goes out as
     * the whole value for CR0. */
    enum ia32_status (*cr_write)(struct ia32_virt *virt, unsigned which,
                                 unsigned kind, const struct ia32_insn *insn,
                                 uint64_t *value);
    /* MOV from CR and SMSW: *value is replaced by what the guest sees.
     * kind 1 for MOV from CR (may exit for CR3 and CR8), 4 for SMSW (never). */
    enum ia32_status (*cr_read)(struct ia32_virt *virt, unsigned which,
                                unsigned kind, const struct ia32_insn *insn,
                                uint64_t *value);
    /* Root and non-root in VMX operation: is this CR0/CR4 value allowed by
     * the fixed bits?  false: #GP(0). */
    bool (*cr_fixed_ok)(struct ia32_virt *virt, unsigned which,
                        uint64_t value);

    /* Non-root only: an event is about to be delivered (exception bitmap,
     * NMI and external-interrupt exiting).  A task switch and a triple fault
     * have calls of their own.  For external interrupts the vector is not
     * known yet: the model exits before or after INTA as controls say. */
    enum ia32_status (*event)(struct ia32_virt *virt,
                              const struct ia32_event *event);
    enum ia32_status (*external_interrupt)(struct ia32_virt *virt);
    /* Non-root only: does an external interrupt exit whatever RFLAGS.IF? */
    bool (*external_interrupt_exits)(const struct ia32_virt *virt);
    enum ia32_status (*triple_fault)(struct ia32_virt *virt);
    enum ia32_status (*task_switch)(struct ia32_virt *virt,
                                    uint16_t selector, unsigned source,
                                    const struct ia32_insn *insn);
    /* Non-root, at an instruction boundary while VT_ATT_MODEL is set:
     * interrupt window and the like.  The model clears VT_ATT_MODEL when it
     * has no more wishes; it is set again, without the model's help, when
     * IF or blocking changes (ia32_attend). */
    enum ia32_status (*boundary)(struct ia32_virt *virt);

    /* Offset added to RDTSC, RDTSCP and RDMSR of the TSC; 0 in root. */
    uint64_t (*tsc_offset)(struct ia32_virt *virt);
    /* MSRs that belong to the model (IA32_VMX_*).  false: not one of
     * them; reads only, a write to one is #GP. */
    bool (*rdmsr)(struct ia32_virt *virt, uint32_t msr, uint64_t *value);
    /* The guest-physical dimension; identity today. */
    enum ia32_status (*gpa_to_pa)(struct ia32_virt *virt, uint64_t gpa,
                                  unsigned acc, uint64_t *pa);

    /* Non-root only, once for each IRET: does it end the blocking of NMIs?
     * NULL: yes. */
    bool (*iret_unblocks_nmi)(struct ia32_virt *virt);

    void (*save)(struct ia32_virt *virt, struct vt_writer *w);
    void (*load)(struct ia32_virt *virt, struct vt_reader *r);
};

/* A model's state begins with this. */
struct ia32_virt {
    const struct ia32_virt_ops *ops;
    struct ia32_cpu *cpu;
};

/* The CPU owns the model from here on. */
void ia32_attach_virt(struct ia32_cpu *cpu, struct ia32_virt *virt);

#endif
