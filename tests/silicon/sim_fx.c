/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated CPU's x87, MMX and SSE state from and to the image that
 * FXSAVE64 writes; by itself, so that an error in the simulator's FXSAVE
 * cannot hide.  SDM 325462, Vol 2A, "FXSAVE--Save x87 FPU, MMX Technology,
 * and SSE State", table "Layout of the 64-bit Mode FXSAVE64 Map". */
#include "tests/silicon/sim_run.h"

static uint64_t get(const uint8_t *p, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void put(uint8_t *p, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static bool is_kept(const struct ia32_cpu *cpu, const struct sil_fx *kept)
{
    return memcmp(&cpu->fpu, &kept->fpu, sizeof cpu->fpu) == 0 &&
           memcmp(cpu->xmm, kept->xmm, sizeof cpu->xmm) == 0 &&
           cpu->mxcsr == kept->mxcsr;
}

static void keep(const struct ia32_cpu *cpu, struct sil_fx *kept,
                 const uint8_t fx[512])
{
    memcpy(&kept->fpu, &cpu->fpu, sizeof kept->fpu);
    memcpy(kept->xmm, cpu->xmm, sizeof kept->xmm);
    kept->mxcsr = cpu->mxcsr;
    memcpy(kept->image, fx, sizeof kept->image);
    kept->valid = true;
}

/* Loading costs as much as an instruction or two: an image that is there
 * already is not loaded again. */
void sil_fx_load(struct ia32_cpu *cpu, struct sil_fx *kept,
                 const uint8_t fx[512])
{
    struct ia32_fpu *f = &cpu->fpu;
    if (kept->valid && memcmp(kept->image, fx, 512) == 0 &&
        is_kept(cpu, kept))
        return;
    f->cw = (uint16_t)get(fx, 2);
    f->sw = (uint16_t)get(fx + 2, 2);
    f->valid = fx[4];
    f->fop = (uint16_t)get(fx + 6, 2);
    f->fip = get(fx + 8, 8);
    f->fdp = get(fx + 16, 8);
    f->fcs = f->fds = 0;
    cpu->mxcsr = (uint32_t)get(fx + 24, 4);
    unsigned top = f->sw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        struct ia32_f80 *r = &f->r[(top + i) & 7];
        r->frac = get(fx + 32 + 16 * i, 8);
        r->se = (uint16_t)get(fx + 40 + 16 * i, 2);
    }
    for (unsigned i = 0; i < 16; i++)
        for (unsigned half = 0; half < 2; half++)
            cpu->xmm[i].q[half] = get(fx + 160 + 16 * i + 8 * half, 8);
    keep(cpu, kept, fx);
}

void sil_fx_store(const struct ia32_cpu *cpu, const struct sil_fx *kept,
                  uint8_t fx[512])
{
    const struct ia32_fpu *f = &cpu->fpu;
    if (is_kept(cpu, kept)) {
        memcpy(fx, kept->image, 512);
        return;
    }
    memset(fx, 0, 512);
    put(fx, f->cw, 2);
    put(fx + 2, f->sw, 2);
    fx[4] = f->valid;
    put(fx + 6, f->fop, 2);
    put(fx + 8, f->fip, 8);
    put(fx + 16, f->fdp, 8);
    put(fx + 24, cpu->mxcsr, 4);
    unsigned top = f->sw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        const struct ia32_f80 *r = &f->r[(top + i) & 7];
        put(fx + 32 + 16 * i, r->frac, 8);
        put(fx + 40 + 16 * i, r->se, 2);
    }
    for (unsigned i = 0; i < 16; i++)
        for (unsigned half = 0; half < 2; half++)
            put(fx + 160 + 16 * i + 8 * half, cpu->xmm[i].q[half], 8);
}
