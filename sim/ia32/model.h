/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPU models, their features and TLB geometry; cost classes.  All of it is
 * tables: features.def, models.def, cost.def. */
#ifndef IA32_MODEL_H
#define IA32_MODEL_H

#include "sim/machine/vt.h"

/* features.def: X(id, "name", leaf, subleaf, reg, bit, "meaning"). */
#define IA32_NO_LEAF 0xffffffffu
enum ia32_cpuid_reg {
    IA32_CPUID_EAX, IA32_CPUID_EBX, IA32_CPUID_ECX, IA32_CPUID_EDX
};
enum ia32_feature {
#define X(id, name, leaf, subleaf, reg, bit, meaning) IA32_F_##id,
#include "sim/ia32/features.def"
#undef X
    IA32_FEATURE_COUNT
};
#define IA32_FEATURE_WORDS ((IA32_FEATURE_COUNT + 63) / 64)
/* Initializer of a set that has them all. */
#define IA32_ALL_FEATURES {~UINT64_C(0), ~UINT64_C(0)}
_Static_assert(IA32_FEATURE_WORDS == 2, "IA32_ALL_FEATURES has two words");

/* cost.def: X(id, "profile key", fallback cycles, "what is priced"). */
enum ia32_cost {
#define X(id, key, fallback, meaning) IA32_COST_##id,
#include "sim/ia32/cost.def"
#undef X
    IA32_COST_COUNT
};

struct ia32_tlb_geometry {
    uint16_t small_entries, small_ways; /* 4-KiB pages; ways = entries for
                                           full associativity */
    uint16_t large_entries, large_ways; /* 2-MiB and 4-MiB pages; 0: share
                                           the small ones */
};

struct ia32_model {
    const char *name, *title;
    char vendor[13];
    uint32_t signature;     /* CPUID.1:EAX */
    const char *brand;      /* leaves 80000002h..4; NULL: absent */
    uint32_t max_leaf;
    uint8_t pa_bits;
    struct ia32_tlb_geometry itlb, dtlb;
    const enum ia32_feature *features;
    unsigned feature_count;
    const char *cite;
};

const struct ia32_model *ia32_model_at(unsigned i); /* NULL past the last */
const struct ia32_model *ia32_model_find(const char *name);
const char *ia32_feature_name(enum ia32_feature feature);
/* "NAME[,+feature][,-feature]...": the model and the resulting set.
 * VT_ERR_INPUT: unknown name, or an impossible combination, with the
 * reason. */
enum vt_err ia32_model_parse(const char *spec,
                             const struct ia32_model **model,
                             uint64_t features[IA32_FEATURE_WORDS],
                             struct vt_error *err) VT_MUST_CHECK;

#endif
