/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers, and operands that are likely to be corners: the ends of the
 * ranges, sign changes, small counts, floating-point specials. */
#include "tests/silicon/silicon.h"

/* splitmix64: every state is good, so a case can be seeded by its number. */
uint64_t sil_next(struct sil_random *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t sil_value(struct sil_random *r, unsigned size_bytes)
{
    uint64_t x = sil_next(r), v = sil_next(r);
    unsigned bits = 8 * (1u << (x & 3)); /* corners of every size */
    switch (x >> 8 & 15) {
    case 0: v = 0; break;
    case 1: v = 1; break;
    case 2: v = ~UINT64_C(0); break;
    case 3: v = VT_BIT(bits - 1); break;
    case 4: v = VT_BIT(bits - 1) - 1; break;
    case 5: v = ~UINT64_C(0) << (bits - 1); break;
    case 6: v = VT_BIT(x >> 16 & 63); break;
    case 7: v = v & 0xff; break;
    case 8: v = (x >> 16 & 0x7f) - 0x40; break;
    case 9: v = v & 0xffff; break;
    case 10: v = (uint32_t)v; break;
    case 11: v = (uint64_t)(int64_t)(int32_t)v; break;
    default: break;
    }
    return size_bytes == 8 ? v : v & (VT_BIT(8 * size_bytes) - 1);
}

/* --- floating point -------------------------------------------------------------- */

/* A number of a format with this many exponent and fraction bits: zeros,
 * denormals, ends of the range, infinities, quiet and signalling NaNs, small
 * integers and halves, neighbours of 1, anything. */
static uint64_t any_float(struct sil_random *r, unsigned exponent_bits,
                          unsigned fraction_bits)
{
    uint64_t x = sil_next(r), random = sil_next(r);
    uint64_t most = VT_BIT(exponent_bits) - 1, bias = most >> 1;
    uint64_t fraction_mask = VT_BIT(fraction_bits) - 1;
    uint64_t e = random >> 40 & most, f = random & fraction_mask;
    switch (x & 15) {
    case 0: e = 0; f = 0; break;
    case 1: e = 0; break;
    case 2: e = 0; f = x >> 16 & 3; break;
    case 3: e = most; f = 0; break;
    case 4: e = most; f |= VT_BIT(fraction_bits - 1); break;
    case 5: e = most; f = (f >> 1) | 1; break;
    case 6: e = 1; f = x >> 16 & 1; break;
    case 7: e = most - 1; f = fraction_mask - (x >> 16 & 1); break;
    case 8: e = bias; f = x >> 16 & 1 ? x >> 17 & 3 : fraction_mask; break;
    case 9: /* integers and halves of some size */
        e = bias - 1 + (x >> 16 & 7);
        f &= ~(fraction_mask >> (x >> 20 & 7));
        break;
    case 10: e = bias + (x >> 16 & 63) - 32; break; /* near each other */
    case 11: e = bias + fraction_bits - (x >> 16 & 3); break;
    case 12: e = (x >> 16 & 1 ? most - 1 : 1) + (x >> 17 & 1); break;
    default: break;
    }
    return (e << fraction_bits) | f |
           (x >> 60 & 1) << (exponent_bits + fraction_bits);
}

static void put(uint8_t *to, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(v >> (8 * i));
}

/* Now and then an unsupported one. */
void sil_fill_f80(struct sil_random *r, uint8_t to[10])
{
    uint64_t x = sil_next(r);
    uint64_t se = any_float(r, 15, 48) >> 48, frac = any_float(r, 1, 62);
    if ((se & 0x7fff) == 0)
        frac &= x & 1 ? 0 : ~VT_BIT(63);
    else if ((x & 62) != 0)
        frac |= VT_BIT(63);
    if ((se & 0x7fff) == 0x7fff && (x >> 8 & 3) == 0)
        frac = VT_BIT(63);
    if ((x >> 10 & 7) == 0) { /* integers */
        se = (se & 0x8000) | (0x3fff + (x >> 16 & 63));
        frac = VT_BIT(63) | (frac & ~(~UINT64_C(0) >> (x >> 24 & 63)));
    }
    put(to, frac, 8);
    put(to + 8, se, 2);
}

/* A nibble that is no digit now and then: the result is undefined. */
void sil_fill_bcd(struct sil_random *r, uint8_t to[10])
{
    unsigned digits = sil_below(r, 19);
    for (unsigned i = 0; i < 9; i++) {
        unsigned low = sil_below(r, 10), high = sil_below(r, 10);
        to[i] = (uint8_t)((2 * i < digits ? low : 0) |
                          (2 * i + 1 < digits ? high : 0) << 4);
    }
    to[9] = sil_next(r) & 1 ? 0x80 : 0;
}

static void fill_16(struct sil_random *r, uint8_t *to)
{
    unsigned kind = sil_below(r, 8);
    for (unsigned i = 0; i < 16;) {
        unsigned step = 8;
        switch (kind) {
        case 0: case 1:
            put(to + i, any_float(r, 8, 23), step = 4);
            break;
        case 2: case 3:
            put(to + i, any_float(r, 11, 52), step);
            break;
        case 4:
            sil_fill_f80(r, to);
            put(to + 10, sil_next(r), 6);
            step = 16;
            break;
        case 5:
            put(to + i, sil_value(r, 2), step = 2);
            break;
        case 6:
            put(to + i, sil_value(r, 4), step = 4);
            break;
        default:
            put(to + i, sil_value(r, 8), step);
            break;
        }
        i += step;
    }
}

void sil_fill(struct sil_random *r, uint8_t *to, unsigned bytes)
{
    uint8_t chunk[16];
    for (unsigned i = 0; i < bytes; i += 16) {
        fill_16(r, chunk);
        memcpy(to + i, chunk, bytes - i < 16 ? bytes - i : 16);
    }
}

/* --- FXSAVE images ------------------------------------------------------------------ */

/* Control and status words that a processor could have: ES and B follow from
 * the flags and the masks. */
static void fill_x87_control(struct sil_random *r, uint8_t fx[512])
{
    static const unsigned precisions[] = { 3, 3, 3, 2, 0 };
    uint64_t x = sil_next(r);
    unsigned masks = (x & 7) == 0 ? x >> 8 & 0x3f : 0x3f;
    unsigned control = masks | 0x40 | precisions[(x >> 16) % 5] << 8 |
                       (unsigned)(x >> 24 & 3) << 10;
    unsigned flags = x >> 32 & 0x7f; /* SF among them */
    if (sil_below(r, 16) != 0)
        flags &= masks | 0x40;
    unsigned status = flags | (unsigned)(x >> 40 & 0x47) << 8 |
                      (unsigned)(x >> 48 & 7) << 11;
    if (flags & ~masks & 0x3f) { /* it has an instruction and an operand */
        status |= 0x8080;
        put(fx + 6, sil_next(r) & 0x7ff, 2);
        put(fx + 8, sil_next(r) >> 17, 8);
        put(fx + 16, sil_next(r) >> 17, 8);
    }
    put(fx, control, 2);
    put(fx + 2, status, 2);
    fx[4] = (uint8_t)(x >> 56);
    if (x >> 51 & 1)
        fx[4] |= (uint8_t)(0x0f << (status >> 11 & 7));
}

uint32_t sil_mxcsr(struct sil_random *r)
{
    uint64_t x = sil_next(r);
    uint32_t masks = (x & 7) == 0 ? x >> 8 & 0x3f : 0x3f;
    uint32_t mxcsr = masks << 7 | (uint32_t)(x >> 16 & 3) << 13 |
                     (x >> 24 & 0x3f);
    if ((x >> 32 & 7) == 0)
        mxcsr |= 0x8000; /* FTZ */
    if ((x >> 36 & 7) == 0)
        mxcsr |= 0x40; /* DAZ */
    return mxcsr;
}

void sil_fill_fx(struct sil_random *r, uint8_t fx[512])
{
    memset(fx, 0, 512);
    fill_x87_control(r, fx);
    put(fx + 24, sil_mxcsr(r), 4);
    for (unsigned i = 0; i < 8; i++)
        if (sil_chance(r, 75))
            sil_fill_f80(r, fx + 32 + 16 * i);
        else
            put(fx + 32 + 16 * i, sil_value(r, 8), 8),
                put(fx + 40 + 16 * i, 0xffff, 2);
    for (unsigned i = 0; i < 16; i++)
        fill_16(r, fx + 160 + 16 * i);
}

void sil_fill_xsave_header(struct sil_random *r, uint8_t header[64])
{
    uint64_t x = sil_next(r);
    memset(header, 0, 64);
    header[0] = x & 3;
    if ((x >> 8 & 15) == 0)
        header[x >> 16 & 63] ^= (uint8_t)(1u << (x >> 24 & 7));
    if ((x >> 32 & 3) == 0) { /* compacted */
        header[8] = (uint8_t)(header[0] | (x >> 40 & 3));
        header[15] = 0x80;
    }
    header[7] &= 0x7f; /* bit 63 of XSTATE_BV means nothing to AMD's */
    for (unsigned i = 0; i <= 8; i += 8) { /* the host has more than SSE */
        header[i] &= 3;
        header[i + 1] = 0;
    }
}
