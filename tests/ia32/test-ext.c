/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instructions that hang on features: BMI, ADX, counting, MOVBE, CRC32,
 * random numbers, segment bases, RDTSCP, caches, CMPXCHG16B.  What a case
 * does not mention must be as it was; the silicon test has the breadth, here
 * are the rules.  SDM Vol 2, "Instruction Set Reference", each one's page. */
#include <inttypes.h>

#include "tests/ia32/longrig.h"

/* Where a value is. */
enum place {
    NOWHERE, RAX, RCX, RDX, RBX, RBP, RSI, RDI, R8, FLAGS, MEM, MEM8,
    FS_BASE, GS_BASE, KERNEL_GS, CR4_, TSC_AUX_
};
/* FLAGS: the arithmetic flags and AC.  MEM, MEM8: 8 bytes at SYS_DATA and at
 * SYS_DATA + 8. */
#define LOOK_AT (FL_ARITH | FL_AC)

struct value {
    enum place at;
    uint64_t v;
};

static const struct test {
    const char *name;
    uint8_t code[12];
    unsigned bits, cpl;
    int without; /* a feature taken away, or -1 */
    struct value before[5], after[5];
    unsigned vector; /* NO_FAULT, or what it raises */
    uint32_t error;
} tests[] = {
#define OK_ NO_FAULT, 0
#define RAISES(v, e) IA32_##v, e
#define D SYS_DATA
#define ALL_FLAGS FL_ARITH
    /* --- BMI1 --- */
    {"ANDN: ~b & e", {0xc4, 0xe2, 0x60, 0xf2, 0xc1}, 32, 3, -1,
     {{RBX, 0xff00ff00}, {RCX, 0xf0f0f0f0}}, {{RAX, 0x00f000f0}, {FLAGS, FL_PF}}, OK_},
    {"ANDN with W: 64 bits, SF", {0xc4, 0xe2, 0xe0, 0xf2, 0xc1}, 64, 3, -1,
     {{RBX, 0}, {RCX, VT_BIT(63)}, {FLAGS, FL_CF | FL_OF}},
     {{RAX, VT_BIT(63)}, {FLAGS, FL_SF | FL_PF}}, OK_},
    {"ANDN with W in 32-bit code: 32 bits", {0xc4, 0xe2, 0xe0, 0xf2, 0xc1},
     32, 3, -1, {{RBX, 0}, {RCX, 0x80000000}},
     {{RAX, 0x80000000}, {FLAGS, FL_SF | FL_PF}}, OK_},
    {"ANDN without BMI1", {0xc4, 0xe2, 0x60, 0xf2, 0xc1}, 32, 3, IA32_F_BMI1,
     {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"ANDN with LOCK", {0xf0, 0xc4, 0xe2, 0x60, 0xf2, 0xc1}, 32, 3, -1,
     {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"BLSI: CF says not 0", {0xc4, 0xe2, 0x60, 0xf3, 0xd9}, 32, 3, -1,
     {{RCX, 0x58}}, {{RBX, 8}, {FLAGS, FL_CF}}, OK_},
    {"BLSI of 0", {0xc4, 0xe2, 0x60, 0xf3, 0xd9}, 32, 3, -1,
     {{RBX, 5}, {FLAGS, FL_CF}}, {{RBX, 0}, {FLAGS, FL_ZF | FL_PF}}, OK_},
    {"BLSR: the lowest goes", {0xc4, 0xe2, 0x60, 0xf3, 0xc9}, 32, 3, -1,
     {{RCX, 0x58}}, {{RBX, 0x50}, {FLAGS, FL_PF}}, OK_},
    {"BLSR of 0: CF", {0xc4, 0xe2, 0x60, 0xf3, 0xc9}, 32, 3, -1,
     {{RBX, 5}}, {{RBX, 0}, {FLAGS, FL_CF | FL_ZF | FL_PF}}, OK_},
    {"BLSMSK: up to the lowest", {0xc4, 0xe2, 0x60, 0xf3, 0xd1}, 32, 3, -1,
     {{RCX, 0x58}}, {{RBX, 0xf}, {FLAGS, FL_PF}}, OK_},
    {"BLSMSK of 0: all, CF", {0xc4, 0xe2, 0x60, 0xf3, 0xd1}, 32, 3, -1,
     {{RBX, 5}}, {{RBX, 0xffffffff}, {FLAGS, FL_CF | FL_SF | FL_PF}}, OK_},
    {"BEXTR: start and length", {0xc4, 0xe2, 0x60, 0xf7, 0xc1}, 32, 3, -1,
     {{RBX, 0x0804}, {RCX, 0x12345678}}, {{RAX, 0x67}, {FLAGS, 0}}, OK_},
    {"BEXTR: start beyond", {0xc4, 0xe2, 0x60, 0xf7, 0xc1}, 32, 3, -1,
     {{RAX, 1}, {RBX, 0xff20}, {RCX, 0x12345678}}, {{RAX, 0}, {FLAGS, FL_ZF | FL_PF}}, OK_},
    /* --- BMI2 --- */
    {"BZHI: from the index on", {0xc4, 0xe2, 0x60, 0xf5, 0xc1}, 32, 3, -1,
     {{RBX, 0xffffff08}, {RCX, 0x12345678}}, {{RAX, 0x78}, {FLAGS, FL_PF}}, OK_},
    {"BZHI: index 32, CF", {0xc4, 0xe2, 0x60, 0xf5, 0xc1}, 32, 3, -1,
     {{RBX, 32}, {RCX, 1}}, {{RAX, 1}, {FLAGS, FL_CF}}, OK_},
    {"PDEP", {0xc4, 0xe2, 0x63, 0xf5, 0xc1}, 32, 3, -1,
     {{RBX, 5}, {RCX, 0xf0f0}, {FLAGS, ALL_FLAGS}}, {{RAX, 0x50}}, OK_},
    {"PEXT", {0xc4, 0xe2, 0x62, 0xf5, 0xc1}, 32, 3, -1,
     {{RBX, 0x12345678}, {RCX, 0xff00ff00}, {FLAGS, ALL_FLAGS}},
     {{RAX, 0x1256}}, OK_},
    {"MULX: both halves, no flags", {0xc4, 0xe2, 0x63, 0xf6, 0xc1}, 32, 3, -1,
     {{RDX, 0xffffffff}, {RCX, 0xffffffff}, {FLAGS, ALL_FLAGS}},
     {{RAX, 0xfffffffe}, {RBX, 1}}, OK_},
    {"MULX: one destination holds the upper half",
     {0xc4, 0xe2, 0x7b, 0xf6, 0xc1}, 32, 3, -1,
     {{RDX, 0xffffffff}, {RCX, 0xffffffff}}, {{RAX, 0xfffffffe}}, OK_},
    {"MULX with W", {0xc4, 0xe2, 0xe3, 0xf6, 0xc1}, 64, 3, -1,
     {{RDX, UINT64_MAX}, {RCX, 2}}, {{RAX, 1}, {RBX, UINT64_MAX - 1}}, OK_},
    {"SHLX: count modulo 32, no flags", {0xc4, 0xe2, 0x61, 0xf7, 0xc1}, 32, 3,
     -1, {{RBX, 33}, {RCX, 3}, {FLAGS, ALL_FLAGS}}, {{RAX, 6}}, OK_},
    {"SARX: the sign", {0xc4, 0xe2, 0x62, 0xf7, 0xc1}, 32, 3, -1,
     {{RBX, 4}, {RCX, 0x80000000}}, {{RAX, 0xf8000000}}, OK_},
    {"SHRX with W: count modulo 64", {0xc4, 0xe2, 0xe3, 0xf7, 0xc1}, 64, 3,
     -1, {{RBX, 127}, {RCX, UINT64_MAX}}, {{RAX, 1}}, OK_},
    {"RORX", {0xc4, 0xe3, 0x7b, 0xf0, 0xc1, 36}, 32, 3, -1,
     {{RCX, 0x12345678}}, {{RAX, 0x81234567}}, OK_},
    {"RORX by 0", {0xc4, 0xe3, 0x7b, 0xf0, 0xc1, 0}, 32, 3, -1,
     {{RCX, 0x12345678}}, {{RAX, 0x12345678}}, OK_},
    {"BMI2 without it", {0xc4, 0xe3, 0x7b, 0xf0, 0xc1, 0}, 32, 3, IA32_F_BMI2,
     {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"BMI2 with 256 bits", {0xc4, 0xe3, 0x7f, 0xf0, 0xc1, 0}, 32, 3, -1,
     {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    /* --- counting --- */
    {"POPCNT: other flags cleared", {0xf3, 0x0f, 0xb8, 0xc1}, 32, 3, -1,
     {{RCX, 0xf0f0f0f0}, {FLAGS, ALL_FLAGS}}, {{RAX, 16}, {FLAGS, 0}}, OK_},
    {"POPCNT of 0", {0xf3, 0x0f, 0xb8, 0xc1}, 32, 3, -1,
     {{RAX, 9}}, {{RAX, 0}, {FLAGS, FL_ZF}}, OK_},
    {"POPCNT, 16 bits", {0x66, 0xf3, 0x0f, 0xb8, 0xc1}, 32, 3, -1,
     {{RAX, 0xaaaa0000}, {RCX, 0xffffffff}}, {{RAX, 0xaaaa0010}, {FLAGS, 0}}, OK_},
    {"POPCNT without it", {0xf3, 0x0f, 0xb8, 0xc1}, 32, 3, IA32_F_POPCNT,
     {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"0F B8 without F3", {0x0f, 0xb8, 0xc1}, 32, 3, -1, {{0, 0}}, {{0, 0}},
     RAISES(UD, NO_CODE)},
    {"LZCNT of 0: CF", {0xf3, 0x0f, 0xbd, 0xc1}, 32, 3, -1,
     {{RCX, 0}}, {{RAX, 32}, {FLAGS, FL_CF}}, OK_},
    {"LZCNT of all ones: ZF", {0xf3, 0x0f, 0xbd, 0xc1}, 32, 3, -1,
     {{RAX, 9}, {RCX, 0xffffffff}}, {{RAX, 0}, {FLAGS, FL_ZF | FL_PF}}, OK_},
    {"LZCNT with W", {0xf3, 0x48, 0x0f, 0xbd, 0xc1}, 64, 3, -1,
     {{RCX, 1}}, {{RAX, 63}, {FLAGS, FL_PF}}, OK_},
    {"LZCNT without it is BSR", {0xf3, 0x0f, 0xbd, 0xc1}, 32, 3, IA32_F_LZCNT,
     {{RCX, 0x10}}, {{RAX, 4}, {FLAGS, 0}}, OK_},
    {"TZCNT of 0: CF", {0xf3, 0x0f, 0xbc, 0xc1}, 32, 3, -1,
     {{RCX, 0}}, {{RAX, 32}, {FLAGS, FL_CF}}, OK_},
    {"TZCNT, 16 bits", {0x66, 0xf3, 0x0f, 0xbc, 0xc1}, 32, 3, -1,
     {{RCX, 0x10000}}, {{RAX, 16}, {FLAGS, FL_CF}}, OK_},
    {"TZCNT without it is BSF: 0 changes nothing", {0xf3, 0x0f, 0xbc, 0xc1},
     32, 3, IA32_F_BMI1, {{RAX, 7}, {RCX, 0}}, {{FLAGS, FL_ZF | FL_PF}}, OK_},
    /* --- ADX --- */
    {"ADCX: CF in and out, OF stays", {0x66, 0x0f, 0x38, 0xf6, 0xc1}, 32, 3,
     -1, {{RAX, 0xffffffff}, {RCX, 0}, {FLAGS, FL_CF | FL_OF | FL_ZF}},
     {{RAX, 0}, {FLAGS, FL_CF | FL_OF | FL_ZF}}, OK_},
    {"ADCX: no carry out", {0x66, 0x0f, 0x38, 0xf6, 0xc1}, 32, 3, -1,
     {{RAX, 1}, {RCX, 2}, {FLAGS, FL_CF}}, {{RAX, 4}, {FLAGS, 0}}, OK_},
    {"ADOX: OF in and out, CF stays", {0xf3, 0x0f, 0x38, 0xf6, 0xc1}, 32, 3,
     -1, {{RAX, 0xffffffff}, {RCX, 1}, {FLAGS, FL_CF}},
     {{RAX, 0}, {FLAGS, FL_CF | FL_OF}}, OK_},
    {"ADX without it", {0x66, 0x0f, 0x38, 0xf6, 0xc1}, 32, 3, IA32_F_ADX,
     {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    /* --- MOVBE, CRC32 --- */
    {"MOVBE: load", {0x0f, 0x38, 0xf0, 0x03}, 32, 3, -1,
     {{RBX, D}, {MEM, 0x78563412}}, {{RAX, 0x12345678}}, OK_},
    {"MOVBE: load 16 bits", {0x66, 0x0f, 0x38, 0xf0, 0x03}, 32, 3, -1,
     {{RAX, 0xaaaaaaaa}, {RBX, D}, {MEM, 0x3412}}, {{RAX, 0xaaaa1234}}, OK_},
    {"MOVBE: store 64 bits", {0x48, 0x0f, 0x38, 0xf1, 0x03}, 64, 3, -1,
     {{RAX, UINT64_C(0x0102030405060708)}, {RBX, D}},
     {{MEM, UINT64_C(0x0807060504030201)}}, OK_},
    {"MOVBE with a register", {0x0f, 0x38, 0xf0, 0xc3}, 32, 3, -1, {{0, 0}},
     {{0, 0}}, RAISES(UD, NO_CODE)},
    {"MOVBE without it", {0x0f, 0x38, 0xf0, 0x03}, 32, 3, IA32_F_MOVBE,
     {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"CRC32 of 8 bytes clears the upper half",
     {0xf2, 0x48, 0x0f, 0x38, 0xf1, 0xc1}, 64, 3, -1,
     {{RAX, UINT64_MAX}, {RCX, UINT64_C(0x3837363534333231)}},
     {{RAX, 0x9f787f65}}, OK_},
    /* the CRC of "123456789", before it is inverted, is known: E3069283H */
    {"CRC32 of a byte, no flags", {0xf2, 0x0f, 0x38, 0xf0, 0xc1}, 32, 3, -1,
     {{RAX, 0x9f787f65}, {RCX, '9'}, {FLAGS, ALL_FLAGS}},
     {{RAX, 0x1cf96d7c}}, OK_},
    {"CRC32 without SSE4.2", {0xf2, 0x0f, 0x38, 0xf0, 0xc1}, 32, 3,
     IA32_F_SSE4_2, {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    /* --- segment bases --- */
    {"RDFSBASE, 32 bits", {0xf3, 0x0f, 0xae, 0xc0}, 64, 3, -1,
     {{RAX, UINT64_MAX}, {CR4_, CR4_FSGSBASE}, {FS_BASE, UINT64_C(0x123456789a)}},
     {{RAX, 0x3456789a}}, OK_},
    {"RDGSBASE, 64 bits", {0xf3, 0x48, 0x0f, 0xae, 0xc8}, 64, 3, -1,
     {{CR4_, CR4_FSGSBASE}, {GS_BASE, UINT64_C(0x123456789a)}},
     {{RAX, UINT64_C(0x123456789a)}}, OK_},
    {"WRFSBASE, 32 bits: zero-extended", {0xf3, 0x0f, 0xae, 0xd0}, 64, 3, -1,
     {{RAX, UINT64_C(0xffff800087654321)}, {CR4_, CR4_FSGSBASE}},
     {{FS_BASE, 0x87654321}}, OK_},
    {"WRGSBASE, 64 bits", {0xf3, 0x48, 0x0f, 0xae, 0xd8}, 64, 3, -1,
     {{RAX, UINT64_C(0xffff800000000000)}, {CR4_, CR4_FSGSBASE}},
     {{GS_BASE, UINT64_C(0xffff800000000000)}}, OK_},
    {"WRFSBASE: not canonical", {0xf3, 0x48, 0x0f, 0xae, 0xd0}, 64, 3, -1,
     {{RAX, VT_BIT(47)}, {CR4_, CR4_FSGSBASE}}, {{0, 0}}, RAISES(GP, 0)},
    {"RDFSBASE with CR4.FSGSBASE = 0", {0xf3, 0x0f, 0xae, 0xc0}, 64, 0, -1,
     {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"WRGSBASE with CR4.FSGSBASE = 0", {0xf3, 0x48, 0x0f, 0xae, 0xd8}, 64, 0,
     -1, {{RAX, VT_BIT(47)}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"RDFSBASE outside 64-bit mode", {0xf3, 0x0f, 0xae, 0xc0}, 32, 3, -1,
     {{CR4_, CR4_FSGSBASE}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"SWAPGS", {0x0f, 0x01, 0xf8}, 64, 0, -1,
     {{GS_BASE, 1}, {KERNEL_GS, 2}}, {{GS_BASE, 2}, {KERNEL_GS, 1}}, OK_},
    {"SWAPGS at CPL 3", {0x0f, 0x01, 0xf8}, 64, 3, -1, {{0, 0}}, {{0, 0}},
     RAISES(GP, 0)},
    {"SWAPGS outside 64-bit mode", {0x0f, 0x01, 0xf8}, 32, 0, -1, {{0, 0}},
     {{0, 0}}, RAISES(UD, NO_CODE)},
    /* --- RDTSCP --- */
    {"RDTSCP: TSC_AUX", {0x0f, 0x01, 0xf9}, 64, 3, -1,
     {{RCX, UINT64_MAX}, {TSC_AUX_, 0x12345678}},
     {{RAX, 0}, {RDX, 0}, {RCX, 0x12345678}}, OK_},
    {"RDTSCP with CR4.TSD at CPL 3", {0x0f, 0x01, 0xf9}, 64, 3, -1,
     {{CR4_, CR4_TSD}}, {{0, 0}}, RAISES(GP, 0)},
    {"RDTSCP with CR4.TSD at CPL 0", {0x0f, 0x01, 0xf9}, 64, 0, -1,
     {{CR4_, CR4_TSD}}, {{RAX, 0}, {RCX, 0}, {RDX, 0}}, OK_},
    {"RDTSCP without it", {0x0f, 0x01, 0xf9}, 64, 3, IA32_F_RDTSCP, {{0, 0}},
     {{0, 0}}, RAISES(UD, NO_CODE)},
    /* --- SMAP --- */
    {"STAC", {0x0f, 0x01, 0xcb}, 32, 0, -1, {{FLAGS, FL_ZF}},
     {{FLAGS, FL_ZF | FL_AC}}, OK_},
    {"CLAC", {0x0f, 0x01, 0xca}, 64, 0, -1, {{FLAGS, FL_AC | FL_CF}},
     {{FLAGS, FL_CF}}, OK_},
    {"STAC at CPL 3", {0x0f, 0x01, 0xcb}, 32, 3, -1, {{0, 0}}, {{0, 0}},
     RAISES(UD, NO_CODE)},
    {"CLAC at CPL 3", {0x0f, 0x01, 0xca}, 32, 3, -1, {{0, 0}}, {{0, 0}},
     RAISES(UD, NO_CODE)},
    {"STAC without SMAP", {0x0f, 0x01, 0xcb}, 32, 0, IA32_F_SMAP, {{0, 0}},
     {{0, 0}}, RAISES(UD, NO_CODE)},
    /* --- caches --- */
    {"CLFLUSH", {0x0f, 0xae, 0x3b}, 32, 3, -1, {{RBX, D}}, {{0, 0}}, OK_},
    {"CLFLUSH: not canonical", {0x0f, 0xae, 0x3b}, 64, 3, -1,
     {{RBX, VT_BIT(47)}}, {{0, 0}}, RAISES(GP, 0)},
    {"CLFLUSH without it", {0x0f, 0xae, 0x3b}, 32, 3, IA32_F_CLFSH, {{0, 0}},
     {{0, 0}}, RAISES(UD, NO_CODE)},
    {"CLFLUSHOPT without it", {0x66, 0x0f, 0xae, 0x3b}, 32, 3,
     IA32_F_CLFLUSHOPT, {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"CLWB", {0x66, 0x0f, 0xae, 0x33}, 32, 3, -1, {{RBX, D}}, {{0, 0}}, OK_},
    {"LFENCE, any rm", {0x0f, 0xae, 0xef}, 32, 3, -1, {{0, 0}}, {{0, 0}}, OK_},
    {"MFENCE", {0x0f, 0xae, 0xf0}, 32, 3, -1, {{0, 0}}, {{0, 0}}, OK_},
    {"SFENCE", {0x0f, 0xae, 0xf8}, 32, 3, -1, {{0, 0}}, {{0, 0}}, OK_},
    {"SFENCE with 66", {0x66, 0x0f, 0xae, 0xf8}, 32, 3, -1, {{0, 0}},
     {{0, 0}}, RAISES(UD, NO_CODE)},
    {"MFENCE without SSE2", {0x0f, 0xae, 0xf0}, 32, 3, IA32_F_SSE2, {{0, 0}},
     {{0, 0}}, RAISES(UD, NO_CODE)},
    {"MOVNTI", {0x0f, 0xc3, 0x03}, 32, 3, -1,
     {{RAX, 0x12345678}, {RBX, D}, {MEM, UINT64_MAX}},
     {{MEM, UINT64_C(0xffffffff12345678)}}, OK_},
    {"MOVNTI, 64 bits", {0x48, 0x0f, 0xc3, 0x03}, 64, 3, -1,
     {{RAX, 5}, {RBX, D}, {MEM, UINT64_MAX}}, {{MEM, 5}}, OK_},
    {"PREFETCHW touches nothing", {0x0f, 0x0d, 0x0b}, 64, 3, -1,
     {{RBX, VT_BIT(47)}}, {{0, 0}}, OK_},
    {"0F 0D before Intel 64", {0x0f, 0x0d, 0x0b}, 32, 3, IA32_F_NOP0D,
     {{0, 0}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"PREFETCHT0 touches nothing", {0x0f, 0x18, 0x0b}, 64, 3, -1,
     {{RBX, VT_BIT(47)}}, {{0, 0}}, OK_},
    /* --- CMPXCHG16B --- */
    {"CMPXCHG16B: equal", {0x48, 0x0f, 0xc7, 0x0e}, 64, 3, -1,
     {{RSI, D}, {MEM8, 9}, {RDX, 9}, {RBX, 7}, {RCX, 8}},
     {{MEM, 7}, {MEM8, 8}, {FLAGS, FL_ZF}}, OK_},
    {"CMPXCHG16B: not equal", {0x48, 0x0f, 0xc7, 0x0e}, 64, 3, -1,
     {{RSI, D}, {MEM, 3}, {MEM8, 4}, {RBX, 7}, {FLAGS, FL_ZF | FL_CF}},
     {{RAX, 3}, {RDX, 4}, {FLAGS, FL_CF}}, OK_},
    {"CMPXCHG16B: not aligned", {0x48, 0x0f, 0xc7, 0x0e}, 64, 3, -1,
     {{RSI, D + 8}}, {{0, 0}}, RAISES(GP, 0)},
    {"CMPXCHG16B without it", {0x48, 0x0f, 0xc7, 0x0e}, 64, 3, IA32_F_CX16,
     {{RSI, D}}, {{0, 0}}, RAISES(UD, NO_CODE)},
    {"CMPXCHG8B in 64-bit mode", {0x0f, 0xc7, 0x0e}, 64, 3, -1,
     {{RSI, D}, {MEM, UINT64_C(0x300000002)}, {RAX, UINT64_MAX}},
     {{RAX, 2}, {RDX, 3}, {FLAGS, 0}}, OK_},
    /* --- random numbers without the feature --- */
    {"RDRAND without it", {0x0f, 0xc7, 0xf0}, 32, 3, IA32_F_RDRAND, {{0, 0}},
     {{0, 0}}, RAISES(UD, NO_CODE)},
    {"RDSEED without it", {0x0f, 0xc7, 0xf8}, 32, 3, IA32_F_RDSEED, {{0, 0}},
     {{0, 0}}, RAISES(UD, NO_CODE)},
    {"RDPID", {0xf3, 0x0f, 0xc7, 0xf8}, 32, 3, -1, {{0, 0}}, {{0, 0}},
     RAISES(UD, NO_CODE)},
};

static uint64_t *register_at(struct ia32_cpu *cpu, enum place at)
{
    static const uint8_t number[] = {
        [RAX] = IA32_RAX, [RCX] = IA32_RCX, [RDX] = IA32_RDX,
        [RBX] = IA32_RBX, [RBP] = IA32_RBP, [RSI] = IA32_RSI,
        [RDI] = IA32_RDI, [R8] = 8};
    switch (at) {
    case FS_BASE: return &cpu->seg[IA32_FS].base;
    case GS_BASE: return &cpu->seg[IA32_GS].base;
    case KERNEL_GS: return &cpu->kernel_gs_base;
    case CR4_: return &cpu->cr4;
    case TSC_AUX_: return &cpu->tsc_aux;
    default: return &cpu->gpr[number[at]];
    }
}

static void put(struct sys *s, struct value v)
{
    if (v.at == NOWHERE)
        return;
    if (v.at == MEM || v.at == MEM8)
        sys_put64(s, SYS_DATA + (v.at == MEM8 ? 8 : 0), v.v);
    else if (v.at == FLAGS)
        ia32_set_rflags(s->cpu, v.v);
    else if (v.at == CR4_)
        s->cpu->cr4 |= v.v;
    else
        *register_at(s->cpu, v.at) = v.v;
}

static uint64_t get(struct sys *s, enum place at)
{
    if (at == MEM || at == MEM8)
        return long_get(s, SYS_DATA + (at == MEM8 ? 8 : 0));
    if (at == FLAGS)
        return ia32_get_rflags(s->cpu) & LOOK_AT;
    return *register_at(s->cpu, at);
}

#define PLACES (TSC_AUX_ + 1)

static void everything(struct sys *s, uint64_t seen[PLACES])
{
    for (unsigned at = RAX; at < PLACES; at++)
        seen[at] = get(s, (enum place)at);
}

static void start(struct sys *s, const struct test *t)
{
    long_init(s, t->cpl, t->bits);
    memset(s->cpu->features, 0xff, sizeof s->cpu->features);
    if (t->without >= 0)
        s->cpu->features[t->without / 64] &= ~VT_BIT(t->without % 64);
    for (unsigned i = 0; i < ARRAY_SIZE(t->before); i++)
        put(s, t->before[i]);
    sys_code(s, t->code, sizeof t->code);
}

static void one_instruction_each(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
        const struct test *t = &tests[i];
        uint64_t want[PLACES], seen[PLACES];
        struct sys s;
        start(&s, t);
        everything(&s, want);
        for (unsigned j = 0; j < ARRAY_SIZE(t->after); j++)
            if (t->after[j].at != NOWHERE)
                want[t->after[j].at] = t->after[j].v;
        bool ok = sys_faulted(&s, sys_exec(&s), t->vector, t->error);
        everything(&s, seen);
        for (unsigned at = RAX; at < PLACES; at++)
            if (seen[at] != want[at]) {
                fprintf(stderr, "\n    place %u: %" PRIx64 ", not %" PRIx64,
                        at, seen[at], want[at]);
                ok = false;
            }
        sys_report(t->name, ok);
        sys_done(&s);
    }
}

/* Numbers of every size, the same in each run, another each time, another on
 * each processor; CF = 1 and no other flag. */
static void random_numbers(void)
{
    static const struct {
        uint8_t code[4];
        uint64_t mask;
    } items[] = {
        {{0x66, 0x0f, 0xc7, 0xf0}, 0xffff},
        {{0x0f, 0xc7, 0xf0}, 0xffffffff},
        {{0x48, 0x0f, 0xc7, 0xf0}, UINT64_MAX},
        {{0x48, 0x0f, 0xc7, 0xf8}, UINT64_MAX}, /* RDSEED */
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        uint64_t first[2] = {0}, second = 0, other = 0;
        for (unsigned run = 0; run < 3; run++) {
            struct sys s;
            long_init(&s, 3, 64);
            memset(s.cpu->features, 0xff, sizeof s.cpu->features);
            s.cpu->base.id = run == 2;
            sys_code(&s, items[i].code, 4);
            ia32_set_rflags(s.cpu, FL_ARITH);
            s.cpu->gpr[IA32_RAX] = UINT64_C(0x5555555555555555);
            CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
            CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu) & FL_ARITH, FL_CF);
            if (run == 2)
                other = s.cpu->gpr[IA32_RAX];
            else
                first[run] = s.cpu->gpr[IA32_RAX];
            s.cpu->rip = SYS_CODE;
            CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
            second = s.cpu->gpr[IA32_RAX];
            sys_done(&s);
        }
        CU_ASSERT_EQUAL(first[0], first[1]);
        CU_ASSERT_NOT_EQUAL(first[0], second);
        CU_ASSERT_NOT_EQUAL(first[0], other);
        uint64_t kept = items[i].mask == 0xffff
                            ? UINT64_C(0x5555555555550000) : 0;
        CU_ASSERT_EQUAL(first[0] & ~items[i].mask, kept);
    }
}

/* Every bit of a random number is sometimes 1 and sometimes 0. */
static void random_bits(void)
{
    struct sys s;
    uint64_t ones = 0, zeros = 0;
    long_init(&s, 3, 64);
    memset(s.cpu->features, 0xff, sizeof s.cpu->features);
    SYS_CODE_BYTES(&s, 0x48, 0x0f, 0xc7, 0xf0);
    for (unsigned i = 0; i < 64; i++) {
        s.cpu->rip = SYS_CODE;
        CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
        ones |= s.cpu->gpr[IA32_RAX];
        zeros |= ~s.cpu->gpr[IA32_RAX];
    }
    CU_ASSERT_EQUAL(ones, UINT64_MAX);
    CU_ASSERT_EQUAL(zeros, UINT64_MAX);
    sys_done(&s);
}

/* CLFLUSH may look at a segment that only code runs from; loads may not. */
static void clflush_of_code(void)
{
    struct sys s;
    sys_init(&s, "merom,+clfsh", 0);
    s.cpu->seg[IA32_FS] = sys_seg(CODE0, 0, 0xfffff, A_CODE_X(0));
    SYS_CODE_BYTES(&s, 0x64, 0x0f, 0xae, 0x3b, 0x64, 0x8a, 0x03);
    s.cpu->gpr[IA32_RBX] = SYS_DATA;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    s.cpu->rip = SYS_CODE;
    s.cpu->gpr[IA32_RBX] = 0x100000; /* beyond the limit */
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    s.cpu->seg[IA32_FS].ar = AR_UNUSABLE;
    s.cpu->gpr[IA32_RBX] = SYS_DATA;
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"extensions: one instruction each", one_instruction_each},
    {"RDRAND, RDSEED: sizes, flags, determinism", random_numbers},
    {"RDRAND: every bit", random_bits},
    {"CLFLUSH: execute-only segments", clflush_of_code},
};

int main(void)
{
    return sys_main("ext", cases, ARRAY_SIZE(cases));
}
