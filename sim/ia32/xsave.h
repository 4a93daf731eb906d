/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The area of FXSAVE and of the XSAVE feature set: sizes, components, and
 * what CPUID says of them.  SDM 325462, Vol 1, "Managing State Using the
 * XSAVE Feature Set". */
#ifndef IA32_XSAVE_H
#define IA32_XSAVE_H

#include "sim/ia32/cpu.h"

/* State components that vtsim has: bits of XCR0, XSTATE_BV and masks. */
#define IA32_XCR0_X87 VT_BIT(0)
#define IA32_XCR0_SSE VT_BIT(1)
#define IA32_XCR0_KNOWN (IA32_XCR0_X87 | IA32_XCR0_SSE)

/* Legacy region, and the header behind it. */
#define IA32_FXSAVE_BYTES 512u
#define IA32_XSAVE_BYTES 576u

#endif
