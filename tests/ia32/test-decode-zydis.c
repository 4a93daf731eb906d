/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our decoder against Zydis: a million byte strings a mode, most of them made
 * to begin with what begins instructions.  Validity and length must be the
 * same; where Zydis knows instructions that no CPU here has, the class says
 * why, and its count is printed.  Whatever falls into no class fails. */
#include "config.h"

#include <stdio.h>

#include "sim/ia32/rows.h"
#include "tests/asked.h"

#ifndef HAVE_ZYDIS
int main(void)
{
    puts("SKIP: Zydis was not there when this was built");
    return 77;
}
#else
#include <Zydis/Zydis.h>

#define STANDARD_COUNT 1000000u /* strings a mode */
#define BYTES 15u

static const uint64_t all_features[IA32_FEATURE_WORDS] = IA32_ALL_FEATURES;

/* xorshift64: the same strings on every host. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Prefixes, REX, VEX, 0F, 0F 38 and 0F 3A more often than chance has them;
 * the rest is what chance gives. */
static void random_bytes(uint64_t *state, uint8_t bytes[BYTES])
{
    static const uint8_t prefixes[] = { 0x66, 0x67, 0xf0, 0xf2,
                                        0xf3, 0x2e, 0x65, 0xf0 };
    for (unsigned i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)(next_random(state) >> 24);
    unsigned x = (unsigned)(next_random(state) >> 32);
    unsigned shape = x >> 8 & 15, n = shape < 4 ? shape : 0;
    for (unsigned i = 0; i < n; i++)
        bytes[i] = prefixes[bytes[i] & 7];
    if ((x & 3) == 0) {
        bytes[n] = (uint8_t)(0x40 | (bytes[n] & 15));
        n++;
    }
    if ((x >> 2 & 15) == 0) {
        bytes[n] = (uint8_t)(0xc4 | (bytes[n] & 1));
        return;
    }
    if (shape >= 8)
        return;
    bytes[n++] = 0x0f;
    if ((x >> 16 & 3) == 0)
        bytes[n] = bytes[n] & 1 ? 0x38 : 0x3a;
}

/* --- why Zydis may know more ------------------------------------------------ */

/* One reason; names end with NULL.  An instruction belongs to it by its
 * extension (as Zydis calls it) or by its mnemonic. */
static const struct {
    const char *why;
    const char *extensions[40];
    const char *mnemonics[16];
} reasons[] = {
    { "vectors of 256 bits and more, cryptography: no model has them",
      { "SSE4A", "AES", "PCLMULQDQ", "GFNI", "SHA", "AVX", "AVX2",
        "AVX2GATHER", "AVX512VEX", "AVX512EVEX", "AVXAES", "F16C", "FMA",
        "FMA4", "XOP", "AMD3DNOW", "KNC", "KNCE", "KNCV", "VPCLMULQDQ",
        "VAES", "AVX_VNNI" },
      { NULL } },
    { "later integer and system extensions: no model has them",
      { "TBM", "RDPID", "RTM", "TSX_LDTRK", "SERIALIZE", "WAITPKG", "MOVDIR",
        "ENQCMD", "PKU", "PT", "PCONFIG", "PREFETCHWT1", "CET", "MPX", "SGX",
        "SGX_ENCLV", "SMX", "KEYLOCKER", "KEYLOCKER_WIDE", "UINTR", "HRESET",
        "TDX" },
      { NULL } },
    { "other makers' and their system extensions",
      { "AMD3DNOW_PREFETCH", "SVM", "SNP", "CLZERO", "MONITORX", "RDPRU",
        "AMD_INVLPGB", "MCOMMIT", "LWP", "PADLOCK" },
      { "syscall", "sysret" } },
    { "later VT-x",
      { "VMFUNC" }, { "invept", "invvpid" } },
    { "system-management mode: not modelled",
      { NULL }, { "rsm" } },
};
#define REASON_COUNT ARRAY_SIZE(reasons)

static bool named_in(const char *const *names, size_t count,
                     const char *wanted)
{
    for (size_t i = 0; i < count && names[i]; i++)
        if (strcmp(names[i], wanted) == 0)
            return true;
    return false;
}

/* REASON_COUNT: none. */
static size_t reason_for(const ZydisDecodedInstruction *z)
{
    const char *extension = ZydisISAExtGetString(z->meta.isa_ext);
    const char *mnemonic = ZydisMnemonicGetString(z->mnemonic);
    size_t i = 0;
    while (i < REASON_COUNT &&
           !named_in(reasons[i].extensions, 40, extension) &&
           !named_in(reasons[i].mnemonics, 16, mnemonic))
        i++;
    /* 0F 0D, NOPs where 3DNow!'s PREFETCH is. */
    if (z->meta.isa_set == ZYDIS_ISA_SET_PREFETCH_NOP)
        i = 2;
    return i;
}

/* --- comparison ---------------------------------------------------------------- */

/* The other way round: D8 to DF are valid to their last bit pattern for a
 * processor without FPU, which knows only that they are the FPU's (#NM). */
static bool is_escape(const struct ia32_insn *insn)
{
    return strcmp(ia32_rows[insn->row].mnemonic, "ESC") == 0;
}

struct counts {
    unsigned both_good, both_bad, reason[REASON_COUNT], escape, failed;
};

static void say(const uint8_t bytes[BYTES], unsigned ours,
                const struct ia32_insn *insn,
                const ZydisDecodedInstruction *z)
{
    printf("  differs:");
    for (unsigned i = 0; i < BYTES; i++)
        printf(" %02x", bytes[i]);
    printf("\n    ours %u %s, Zydis %s (%s)\n", ours,
           ours == DECODE_OK ? ia32_rows[insn->row].id : "",
           z ? ZydisMnemonicGetString(z->mnemonic) : "invalid",
           z ? ZydisISAExtGetString(z->meta.isa_ext) : "no extension");
    if (z && ours == DECODE_OK)
        printf("    length %u against %u\n", insn->length, z->length);
}

static void compare(const ZydisDecoder *decoder, unsigned mode,
                    const uint8_t bytes[BYTES], struct counts *counts)
{
    struct ia32_insn insn;
    ZydisDecodedInstruction z;
    enum ia32_decode ours =
        ia32_decode(bytes, BYTES, mode, all_features, &insn);
    bool valid = ZYAN_SUCCESS(
        ZydisDecoderDecodeInstruction(decoder, NULL, bytes, BYTES, &z));
    size_t reason = REASON_COUNT;
    if (ours == DECODE_OK && valid && insn.length == z.length &&
        !is_escape(&insn)) {
        counts->both_good++;
        return;
    }
    if (ours != DECODE_OK && !valid) {
        counts->both_bad++;
        return;
    }
    if (ours != DECODE_OK && valid)
        reason = reason_for(&z);
    if (reason < REASON_COUNT)
        counts->reason[reason]++;
    else if (ours == DECODE_OK && !valid && is_escape(&insn))
        counts->escape++;
    else if (counts->failed++ < 20)
        say(bytes, ours, &insn, valid ? &z : NULL);
}

static unsigned bits_of(unsigned mode)
{
    return mode & IA32_MODE_LONG64 ? 64 : mode & IA32_MODE_CODE32 ? 32 : 16;
}

static bool has_rows(enum ia32_feature feature)
{
    for (size_t i = 0; i < IA32_ROW_COUNT; i++)
        if (ia32_rows[i].feature == feature)
            return true;
    return false;
}

/* Encodings that mean something else on processors that lack the feature:
 * Zydis is to read them as ours do. */
static void init_decoder(ZydisDecoder *decoder, unsigned mode)
{
    static const ZydisDecoderMode absent[] = {
        ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET,
        ZYDIS_DECODER_MODE_WBNOINVD, ZYDIS_DECODER_MODE_CLDEMOTE,
    };
    unsigned bits = bits_of(mode);
    ZydisDecoderInit(decoder,
                     bits == 64   ? ZYDIS_MACHINE_MODE_LONG_64
                     : bits == 32 ? ZYDIS_MACHINE_MODE_LEGACY_32
                                  : ZYDIS_MACHINE_MODE_LEGACY_16,
                     bits == 64   ? ZYDIS_STACK_WIDTH_64
                     : bits == 32 ? ZYDIS_STACK_WIDTH_32
                                  : ZYDIS_STACK_WIDTH_16);
    for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
        (void)ZydisDecoderEnableMode(decoder, absent[i], ZYAN_FALSE);
    (void)ZydisDecoderEnableMode(decoder, ZYDIS_DECODER_MODE_LZCNT,
                                 has_rows(IA32_F_LZCNT));
    (void)ZydisDecoderEnableMode(decoder, ZYDIS_DECODER_MODE_TZCNT,
                                 has_rows(IA32_F_BMI1));
}

static unsigned run(unsigned mode, uint32_t count, uint32_t seed)
{
    struct counts counts = { 0 };
    ZydisDecoder decoder;
    uint64_t state = (UINT64_C(0x9e3779b9) << 32 | seed) + mode;
    init_decoder(&decoder, mode);
    for (unsigned i = 0; i < count; i++) {
        uint8_t bytes[BYTES];
        random_bytes(&state, bytes);
        compare(&decoder, mode, bytes, &counts);
    }
    printf("%u-bit code, %u strings\n", bits_of(mode), (unsigned)count);
    printf("%9u valid in both, same length\n", counts.both_good);
    printf("%9u invalid in both\n", counts.both_bad);
    for (size_t i = 0; i < REASON_COUNT; i++)
        printf("%9u Zydis alone: %s\n", counts.reason[i], reasons[i].why);
    printf("%9u ours alone: encodings of D8..DF that the FPU leaves free\n",
           counts.escape);
    printf("%9u differ without a reason\n", counts.failed);
    return counts.failed;
}

/* The disassembler takes its mode from ours. */
static unsigned check_text(unsigned mode, const char *wanted)
{
    static const uint8_t bytes[] = { 0x01, 0xd8 };
    char text[80] = "";
    unsigned length = 0;
    bool same = ia32_disassemble(bytes, sizeof bytes, mode, 0, text,
                                 sizeof text, &length) &&
                length == 2 && strcmp(text, wanted) == 0;
    if (!same)
        printf("disassembly \"%s\", not \"%s\"\n", text, wanted);
    return !same;
}

int main(void)
{
    uint32_t count = asked_count(STANDARD_COUNT);
    uint32_t seed = asked_seed(0x7f4a7c15);
    const unsigned prot = IA32_MODE_PROT;
    unsigned differ = run(prot, count, seed) +
                      run(prot | IA32_MODE_CODE32, count, seed) +
                      run(prot | IA32_MODE_LONG64, count, seed);
    unsigned failed = differ;
    failed += check_text(0, "add ax, bx");
    failed += check_text(IA32_MODE_CODE32, "add eax, ebx");
    failed += check_text(IA32_MODE_PROT | IA32_MODE_LONG64, "add eax, ebx");
    failed += !ia32_can_disassemble();
    printf("RESULT %u strings in each of 3 modes, %u differ, seed %u\n",
           (unsigned)count, differ, (unsigned)seed);
    return failed != 0;
}
#endif
