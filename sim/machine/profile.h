/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cost profiles: what an operation costs in time, and how fast the clock
 * runs.  A profile is a text file, each number with its unit and source:
 *
 *   profile  prescott "Pentium 4 (Prescott), 2004-2005"
 *   clock    3800000000 Hz   V  "source"
 *   cost     insn.cpuid      340 cycles  V "source"
 *   cost     vm.exit        1763 cycles  D "source"
 *
 * The letter says how sure the number is: V read in the source, M as
 * commonly cited, D derived by arithmetic, A assumed (a teaching value).
 * Words are separated by blanks; "..." holds blanks; # starts a comment.
 * A profile prices time only; features and TLB geometry belong to the CPU
 * model. */
#ifndef VT_PROFILE_H
#define VT_PROFILE_H

#include "sim/machine/vt.h"

#define VT_COST_MAX UINT32_MAX /* cycles, so that sums of some fit */
#define VT_HZ_MIN UINT64_C(1000000)
#define VT_HZ_MAX UINT64_C(1000000000000)

struct vt_cost {
    char key[40];
    uint64_t cycles;
    unsigned line; /* in the file, for messages */
    char sure; /* 'V', 'M', 'D' or 'A' */
    char source[160];
};

struct vt_profile {
    char name[40];
    char title[120];
    char origin[160]; /* the file, as messages call it */
    uint64_t hz; /* cycles per second */
    struct vt_cost *costs;
    size_t cost_count;
};

/* The text of a profile file; name_for_errors is what messages call it. */
enum vt_err vt_profile_parse(const char *text, size_t bytes,
                             const char *name_for_errors,
                             struct vt_profile **profile,
                             struct vt_error *err) VT_MUST_CHECK;
/* A built-in name ("unit", "prescott", "merom") or else a file's path. */
enum vt_err vt_profile_open(const char *name_or_path,
                            struct vt_profile **profile,
                            struct vt_error *err) VT_MUST_CHECK;
void vt_profile_free(struct vt_profile *profile);
/* The i-th built-in profile's text, NULL past the last. */
const char *vt_profile_builtin(unsigned i, const char **name);

/* Refuse a profile with a row whose key is none of keys[0..count-1]: a
 * misspelt price would otherwise be left out in silence.  The program calls
 * this with the keys of its instruction set (sim/machine knows none). */
enum vt_err vt_profile_check_keys(const struct vt_profile *profile,
                                  const char *const *keys, size_t count,
                                  struct vt_error *err) VT_MUST_CHECK;

/* A number that differs between profiles that price differently (CRC-32 of
 * keys and prices in the order of the file; not of titles and sources). */
uint32_t vt_profile_crc(const struct vt_profile *profile);

/* Price of key, or fallback where the profile has no such row. */
uint64_t vt_profile_cost(const struct vt_profile *profile, const char *key,
                         uint64_t fallback);
const struct vt_cost *vt_profile_find(const struct vt_profile *profile,
                                      const char *key);

#endif
