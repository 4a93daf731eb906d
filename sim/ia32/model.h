/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPU models, their features and TLB geometry; cost classes.  All of it is
 * tables: features.def, models.def, cost.def. */
#ifndef IA32_MODEL_H
#define IA32_MODEL_H

#include "sim/machine/vt.h"

/* features.def: X(id, "name", leaf, subleaf, reg, bit, "models",
 * "meaning"). */
#define IA32_NO_LEAF 0xffffffffu
enum ia32_cpuid_reg {
    IA32_CPUID_EAX, IA32_CPUID_EBX, IA32_CPUID_ECX, IA32_CPUID_EDX
};
enum ia32_feature {
#define X(id, name, leaf, subleaf, reg, bit, models, meaning) IA32_F_##id,
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
    uint16_t huge_entries, huge_ways;   /* 1-GiB pages; 0: share the large
                                           ones */
};

/* A cache as CPUID leaf 4 describes it.  vtsim has no caches; software that
 * asks is told what the part had. */
enum ia32_cache_type { IA32_CACHE_NONE, IA32_CACHE_DATA, IA32_CACHE_CODE,
                       IA32_CACHE_UNIFIED };
struct ia32_cache {
    uint8_t type;       /* enum ia32_cache_type */
    uint8_t level;
    uint32_t kib;
    uint8_t ways, partitions;
    uint8_t line_bytes;
    uint8_t properties; /* EDX: bit 0 WBINVD does not reach lower levels,
                           1 inclusive, 2 complex indexing */
};
#define IA32_CACHE_MAX 4

struct ia32_model {
    const char *name, *title;
    char vendor[13];
    uint32_t signature;     /* CPUID.01H:EAX */
    const char *brand;      /* leaves 80000002h..4; NULL: absent */
    uint8_t brand_index;    /* CPUID.01H:EBX[7:0] */
    uint32_t max_leaf;
    uint32_t max_extended;  /* 0: no extended leaves */
    uint8_t pa_bits, la_bits;
    struct ia32_tlb_geometry itlb, dtlb;
    uint32_t descriptors[4]; /* leaf 2, EAX to EDX */
    struct ia32_cache caches[IA32_CACHE_MAX];
    uint32_t l2_word;       /* 80000006H:ECX */
    uint32_t mwait[2];      /* leaf 5, ECX and EDX */
    uint8_t platform_id;    /* IA32_PLATFORM_ID[52:50] */
    uint8_t mtrr_ranges;    /* variable ones */
    uint8_t mc_banks;       /* of machine-check registers */
    bool has_mcg_ctl;
    uint16_t bus_mhz;       /* what MSR_PLATFORM_INFO counts in */
    uint32_t microcode;     /* revision in IA32_BIOS_SIGN_ID */
    const char *cite;
};

const struct ia32_model *ia32_model_at(unsigned i); /* NULL past the last */
const struct ia32_model *ia32_model_find(const char *name);
const char *ia32_feature_name(enum ia32_feature feature);
/* Does the model have it, without any +feature or -feature? */
bool ia32_model_has(const struct ia32_model *model,
                    enum ia32_feature feature);
/* "NAME[,+feature][,-feature]...": the model and the resulting set.
 * VT_ERR_INPUT: unknown name, or an impossible combination, with the
 * reason. */
enum vt_err ia32_model_parse(const char *spec,
                             const struct ia32_model **model,
                             uint64_t features[IA32_FEATURE_WORDS],
                             struct vt_error *err) VT_MUST_CHECK;

#endif
