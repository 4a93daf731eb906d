/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The area of FXSAVE and of the XSAVE feature set: sizes, components, and
 * the images of the x87 and SSE state in it.
 *
 *      0  control and status words, tags, opcode, pointers   x87
 *     24  MXCSR, MXCSR_MASK                                  SSE
 *     32  ST(0) to ST(7), 16 bytes each                      x87
 *    160  XMM0 to XMM15 (outside 64-bit mode to XMM7)        SSE
 *    416  reserved; from 464 on for software
 *    512  header: XSTATE_BV, XCOMP_BV, 48 reserved bytes
 *
 * SDM 325462, Vol 1, "Managing State Using the XSAVE Feature Set"; Vol 2A,
 * "FXSAVE--Save x87 FPU, MMX Technology, and SSE State". */
#ifndef IA32_XSAVE_H
#define IA32_XSAVE_H

#include "sim/ia32/cpu.h"
#include "sim/ia32/insn.h"

/* State components that vtsim has: bits of XCR0, XSTATE_BV and masks. */
#define IA32_XCR0_X87 VT_BIT(0)
#define IA32_XCR0_SSE VT_BIT(1)
#define IA32_XCR0_KNOWN (IA32_XCR0_X87 | IA32_XCR0_SSE)

#define IA32_FXSAVE_BYTES 512u
#define IA32_XSAVE_BYTES 576u /* with the header */

#define MXCSR_INIT 0x1f80u

/* Bits of MXCSR that may be 1; the others are #GP.  DAZ came with SSE2. */
static inline uint32_t ia32_mxcsr_mask(const struct ia32_cpu *cpu)
{
    return ia32_has(cpu, IA32_F_SSE2) ? 0xffff : 0xffbf;
}

/* A range of bytes in an area; see the picture. */
struct ia32_span {
    uint16_t from, to;
};
#define IA32_SPAN_X87_WORDS ((struct ia32_span){0, 24})
#define IA32_SPAN_MXCSR ((struct ia32_span){24, 32})
#define IA32_SPAN_X87_REGS ((struct ia32_span){32, 160})
/* XMM registers of the mode that runs. */
struct ia32_span ia32_span_xmm(const struct ia32_cpu *cpu);

/* All state that belongs into the first 416 bytes, and back by component;
 * wide: with REX.W, which has 64-bit pointers and no selectors. */
void ia32_fx_image(const struct ia32_cpu *cpu, bool wide, uint8_t area[416]);
void ia32_fx_load_x87(struct ia32_cpu *cpu, bool wide,
                      const uint8_t area[416]);
void ia32_fx_load_xmm(struct ia32_cpu *cpu, const uint8_t area[416]);

/* Where the area is: #GP(0) unless aligned, and then every fault that an
 * access to any of its bytes could bring.  write: as for a store. */
enum ia32_status ia32_save_area(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, unsigned bytes,
                                unsigned align, bool write,
                                uint64_t *offset) IA32_MUST_CHECK;

#endif
