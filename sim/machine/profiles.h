/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts of sim/machine/profiles/NAME.profile, made into profiles.c at
 * build time by embed.awk. */
#ifndef VT_PROFILES_H
#define VT_PROFILES_H

extern const char vt_profile_text_unit[];
extern const char vt_profile_text_prescott[];
extern const char vt_profile_text_merom[];

#endif
