/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VT-x of the first generation (2005-06), for hosts and guests in and outside
 * IA-32e mode: what the rest of vtsim may know of it.  A model is attached to a CPU whose
 * features have VMX; from then on the CPU calls it through virt.h.
 *
 * SDM 325462, Vol 3C, "Introduction to Virtual Machine Extensions" to "VM
 * Exits"; Appendices A to C.
 *
 * Left out, because the first generation had none of it or because vtsim
 * does not model what it virtualizes: secondary controls (EPT, VPID, ...),
 * TPR shadow, virtual NMIs, SMM and its dual-monitor treatment, SMX.  All of
 * it looks absent. */
#ifndef VMX_VMX_H
#define VMX_VMX_H

#include "sim/ia32/cpu.h"

/* --- the tables -------------------------------------------------------- */

enum vmx_generation { VMX_GEN_2005 };
enum vmx_area { VMX_AREA_CONTROL, VMX_AREA_READ_ONLY, VMX_AREA_GUEST,
                VMX_AREA_HOST };
enum vmx_field_type { VMX_TYPE_SELECTOR, VMX_TYPE_ADDRESS, VMX_TYPE_BITS,
                      VMX_TYPE_NUMBER };

/* VMX_F_GUEST_RIP, ...: index of a field in vmx_fields and in the region. */
enum vmx_field_id {
#define X(id, encoding, width, area, type, first, name, cite) VMX_F_##id,
#include "vmx-model/fields.def"
#undef X
    VMX_FIELD_COUNT
};

/* VMCS_GUEST_RIP, ...: encodings, as VMREAD takes them. */
enum vmx_field_encoding {
#define X(id, encoding, width, area, type, first, name, cite) \
    VMCS_##id = encoding,
#include "vmx-model/fields.def"
#undef X
    VMCS_NO_FIELD = -1
};

struct vmx_field {
    const char *id; /* "GUEST_RIP" */
    uint16_t encoding;
    uint8_t width; /* bits; 0: natural */
    uint8_t area, type, first;
    const char *name; /* the manual's */
    const char *cite;
};
extern const struct vmx_field vmx_fields[VMX_FIELD_COUNT];
/* Bits that a processor with or without Intel 64 keeps: 16, 32 or 64. */
unsigned vmx_field_bits(enum vmx_field_id id, bool intel64);
/* Does this processor have Intel 64? */
static inline bool vmx_intel64(const struct ia32_cpu *cpu)
{
    return ia32_has(cpu, IA32_F_LM);
}

enum vmx_word_id {
#define WORD(id, name, field, msr, default1) VMX_WORD_##id,
#include "vmx-model/controls.def"
    VMX_WORD_COUNT
};
struct vmx_word {
    const char *name;
    enum vmx_field_id field;
    uint32_t msr, default1;
};
extern const struct vmx_word vmx_words[VMX_WORD_COUNT];

enum vmx_capability { VMX_CTL_OFFERED, VMX_CTL_FORCED, VMX_CTL_ABSENT };
enum vmx_control_id {
#define X(id, word, bit, cap, feature, name, what, cite) VMX_C_##id,
#include "vmx-model/controls.def"
    VMX_CONTROL_COUNT,
    VMX_C_ALWAYS = VMX_CONTROL_COUNT /* no control: cannot be switched off */
};
struct vmx_control {
    const char *id;
    uint8_t word, bit, capability, feature;
    const char *name, *what, *cite;
};
extern const struct vmx_control vmx_controls[VMX_CONTROL_COUNT];

enum vmx_qualification { VMX_Q_NONE, VMX_Q_EVENT, VMX_Q_LINEAR,
                         VMX_Q_SELECTOR, VMX_Q_CR, VMX_Q_DR, VMX_Q_IO,
                         VMX_Q_DISPLACEMENT, VMX_Q_ARMED, VMX_Q_ENTRY };
enum vmx_exit_number {
#define X(number, id, here, name, linux_name, control, q, when) \
    VMX_EXIT_##id = number,
#include "vmx-model/reasons.def"
#undef X
    VMX_EXIT_FAILED_ENTRY_BIT = 31
};
struct vmx_reason {
    uint16_t number;
    bool here; /* can happen on this processor */
    uint8_t control, qualification;
    const char *id, *name, *linux_name, *when;
};
extern const struct vmx_reason vmx_reasons[];
extern const size_t vmx_reason_count;
/* Row of a basic exit reason (bits 15:0 of reason count), or NULL. */
const struct vmx_reason *vmx_reason(uint32_t reason);

enum vmx_error_number {
#define X(number, id, here, words, meaning) VMX_ERR_##id = number,
#include "vmx-model/errors.def"
#undef X
    VMX_ERR_NONE = 0
};
struct vmx_error {
    uint16_t number;
    bool here;
    const char *id, *words, *meaning;
};
extern const struct vmx_error vmx_errors[];
extern const size_t vmx_error_count;
const struct vmx_error *vmx_error(uint32_t number); /* or NULL */

/* What a check that does not hold gives. */
enum vmx_gives { VMX_GIVES_ERROR_7, VMX_GIVES_ERROR_8, VMX_GIVES_EXIT_33,
                 VMX_GIVES_EXIT_33_PDPTE, VMX_GIVES_EXIT_33_NMI,
                 VMX_GIVES_EXIT_33_LINK,
                 VMX_GIVES_EXIT_34, VMX_GIVES_EXIT_41 };
struct vmx_check {
    const char *id;      /* stable: "guest.cs.type" */
    const char *section; /* title in the manual */
    const char *rule;    /* what must hold */
    uint8_t gives;
    uint8_t arg;         /* segment, control or word the rule is about */
    uint8_t fields[3];   /* that it looks at; VMX_FIELD_COUNT: none */
};
const struct vmx_check *vmx_check_at(unsigned i); /* NULL past the last */
const struct vmx_check *vmx_check_find(const char *id);
unsigned vmx_check_count(void);

/* --- attaching and looking --------------------------------------------- */

/* Give cpu a VMX model; the CPU owns it.
 * Returns VT_ERR_INPUT when the CPU's features have no VMX. */
enum vt_err vmx_attach(struct ia32_cpu *cpu) VT_MUST_CHECK;

#define VMX_NO_POINTER (~UINT64_C(0))
struct vmx_view {
    bool in_vmx, non_root;
    uint64_t vmxon_pointer;
    uint64_t current_vmcs; /* VMX_NO_POINTER: none */
    bool launched;
};
/* false when cpu has no VMX model. */
bool vmx_get_view(const struct ia32_cpu *cpu, struct vmx_view *view);
/* Value of a field of the current VMCS; false when there is none. */
bool vmx_field_value(const struct ia32_cpu *cpu, enum vmx_field_id id,
                     uint64_t *value);

/* Why the last VMX instruction or VM entry failed, with the values that the
 * fields had then.  false when none has. */
struct vmx_failure {
    const char *instruction;       /* "VMLAUNCH" */
    const struct vmx_check *check; /* the row that does not hold, or NULL */
    uint32_t error;                /* VM-instruction error, or 0 */
    uint32_t reason;               /* exit reason with bit 31, or 0 */
    uint64_t qualification;
    uint64_t values[3];            /* of check->fields */
    uint64_t must_be_1, may_be_1;  /* for checks of bits, else 0 and ~0 */
    uint64_t extra;                /* what memory held; see explain */
    uint64_t guest_id;             /* VMCS address */
    uint64_t cycle;
    bool valid, no_vmcs;           /* VMfailInvalid */
};
bool vmx_last_failure(const struct ia32_cpu *cpu, struct vmx_failure *f);

/* The last VM exit, as the VMCS had it. */
struct vmx_exit_record {
    uint32_t reason, intr_info, intr_error, vectoring_info, vectoring_error;
    uint32_t insn_length, insn_info;
    uint64_t qualification, guest_la;
    uint64_t guest_pc; /* linear */
    uint64_t guest_id, cycle;
    uint8_t control;   /* enum vmx_control_id that asked for it */
    uint8_t field;     /* with no control: enum vmx_field_id whose value did;
                          VMX_FIELD_COUNT: none, it always exits */
    bool valid;
};
bool vmx_last_exit(const struct ia32_cpu *cpu, struct vmx_exit_record *e);

/* Explanations, as lines separated by newlines.  Each returns the length it
 * wanted to write (like snprintf), 0 when there is nothing to explain. */
size_t vmx_explain_failure(const struct ia32_cpu *cpu, char *to, size_t size);
size_t vmx_explain_exit(const struct ia32_cpu *cpu, char *to, size_t size);
/* The exit qualification of a reason in words. */
size_t vmx_explain_qualification(uint32_t reason, uint64_t qualification,
                                 char *to, size_t size);

typedef void vmx_line_fn(void *opaque, const char *line);
/* Everything known of a topic: a field ("GUEST_RIP", its encoding, or the
 * manual's name), a control, an exit reason (name, alias or "exit 12"), a
 * check ("guest.cs.type"), an error ("error 7"), an instruction, a
 * capability MSR.  Letter case does not count.  false: unknown topic. */
bool vmx_explain(const char *topic, vmx_line_fn *line, void *opaque);
/* For an unknown topic: the topics that have its letters in their name, one
 * a call; or those that are spelt almost like it, with commas.  false: none. */
bool vmx_explain_containing(const char *topic, vmx_line_fn *line,
                            void *opaque);
bool vmx_explain_similar(const char *topic, char *names, size_t size);
/* Every topic, one a call: for completion and `vtsim explain` alone. */
void vmx_explain_topics(vmx_line_fn *line, void *opaque);

/* Test hooks: rows that are skipped, how often each row has failed. */
void vmx_switch_check(struct ia32_cpu *cpu, unsigned check, bool on);
uint64_t vmx_check_failures(const struct ia32_cpu *cpu, unsigned check);

#endif
