/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decode table is consistent, and the decoder reads it as the manual
 * says.  SDM 325462, Vol 2A, "Instruction Format"; Vol 2, Appendix A. */
#include <CUnit/Basic.h>
#include <stdio.h>

#include "sim/ia32/rows.h"

static const uint64_t all_features[IA32_FEATURE_WORDS] = IA32_ALL_FEATURES;

/* CU_ASSERT that says which row. */
static void check_row(bool holds, const struct ia32_row *row,
                      const char *what)
{
    if (!holds)
        printf("\n    %s: %s ", row->id, what);
    CU_ASSERT(holds);
}

/* --- the table --------------------------------------------------------- */

static void ids_are_unique(void)
{
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++)
        for (unsigned j = 0; j < i; j++)
            check_row(strcmp(ia32_rows[i].id, ia32_rows[j].id) != 0,
                      &ia32_rows[i], "id is used twice");
}

static bool columns_meet(int a, int b)
{
    return a < 0 || b < 0 || a == b;
}

static bool opcodes_meet(const struct ia32_row *a, const struct ia32_row *b)
{
    bool za = ia32_row_has_z(a), zb = ia32_row_has_z(b);
    return a->map == b->map && za == zb && a->opcode == b->opcode;
}

/* A mandatory prefix beats ANY and one opcode beats eight, so only rows that
 * are equally exact can be in each other's way. */
static bool is_general(const struct ia32_row *row)
{
    return row->ext < 0 && row->mod < 0 && row->rm < 0;
}

static bool rows_overlap(const struct ia32_row *a, const struct ia32_row *b)
{
    uint32_t modes = CHK_I64 | CHK_O64;
    if (((a->checks ^ b->checks) & modes) == modes)
        return false; /* one in 64-bit mode only, the other never there */
    if (is_general(a) != is_general(b))
        return false; /* the special one wins */
    return opcodes_meet(a, b) && a->prefix == b->prefix &&
           columns_meet(a->ext, b->ext) && columns_meet(a->mod, b->mod) &&
           columns_meet(a->rm, b->rm);
}

static void no_two_rows_overlap(void)
{
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++)
        for (unsigned j = 0; j < i; j++)
            check_row(!rows_overlap(&ia32_rows[i], &ia32_rows[j]),
                      &ia32_rows[i], ia32_rows[j].id);
}

static void opcodes_agree_on_modrm(void)
{
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++)
        for (unsigned j = 0; j < i; j++)
            check_row((ia32_rows[i].checks ^ ia32_rows[j].checks) & CHK_I64 ||
                          !opcodes_meet(&ia32_rows[i], &ia32_rows[j]) ||
                          ia32_row_has_modrm(&ia32_rows[i]) ==
                              ia32_row_has_modrm(&ia32_rows[j]),
                      &ia32_rows[i], "opcode with and without ModRM");
}

static void z_rows_begin_at_a_multiple_of_8(void)
{
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++)
        check_row(!ia32_row_has_z(&ia32_rows[i]) ||
                      ia32_rows[i].opcode % 8 == 0,
                  &ia32_rows[i], "Z row inside its eight opcodes");
}

/* Bytes that must select the row; zeros follow for what else it reads. */
static unsigned encode(const struct ia32_row *row, uint8_t bytes[16])
{
    static const uint8_t mandatory[] = { 0, 0x66, 0xf3, 0xf2 };
    unsigned n = 0;
    memset(bytes, 0, 16);
    if (row->map >= IA32_MAP_VEX_0F38) { /* vvvv and R X B inverted: 0 */
        static const uint8_t pp[] = { 0, 1, 2, 3 };
        bytes[n++] = 0xc4;
        bytes[n++] = (uint8_t)(0xe0 | (row->map == IA32_MAP_VEX_0F38 ? 2
                                       : row->map == IA32_MAP_VEX_0F3A ? 3
                                                                       : 1));
        bytes[n++] = (uint8_t)(0x78 | (row->prefix > 0 ? pp[row->prefix]
                                                       : 0));
    } else if (row->prefix > 0) {
        bytes[n++] = mandatory[row->prefix];
    }
    if (row->map > 1 && row->map < IA32_MAP_VEX_0F38)
        bytes[n++] = 0x0f;
    if (row->map == 3 || row->map == 4)
        bytes[n++] = row->map == 3 ? 0x38 : 0x3a;
    /* Not the first of eight: 90 is NOP. */
    bytes[n++] = (uint8_t)(row->opcode + ia32_row_has_z(row));
    if (ia32_row_has_modrm(row))
        bytes[n] = (uint8_t)((row->mod == 0 ? 0 : 0xc0) |
                             (row->ext < 0 ? 0 : row->ext << 3) |
                             (row->rm < 0 ? 0 : row->rm));
    return 15;
}

/* ESC has what is left: without an FPU, all. */
static bool is_esc(const struct ia32_row *row)
{
    return strcmp(row->mnemonic, "ESC") == 0;
}

static void every_row_is_reached(void)
{
    uint64_t base_only[IA32_FEATURE_WORDS] = { 0 };
    base_only[IA32_F_BASE / 64] |= VT_BIT(IA32_F_BASE % 64);
    static const unsigned modes[] = {
        IA32_MODE_PROT, IA32_MODE_PROT | IA32_MODE_CODE32,
        IA32_MODE_PROT | IA32_MODE_LONG64,
    };
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++)
        for (unsigned m = 0; m < ARRAY_SIZE(modes); m++) {
            unsigned mode = modes[m];
            uint8_t bytes[16];
            struct ia32_insn insn;
            unsigned n = encode(&ia32_rows[i], bytes);
            if (ia32_rows[i].checks &
                (mode & IA32_MODE_LONG64 ? CHK_I64 : CHK_O64))
                continue;
            /* 40 to 4F are REX prefixes; and 90 is a NOP without them */
            enum ia32_decode result =
                ia32_decode(bytes, n, mode,
                            is_esc(&ia32_rows[i]) ? base_only : all_features,
                            &insn);
            check_row(result == DECODE_OK, &ia32_rows[i], "not decoded");
            check_row(result != DECODE_OK || insn.row == i, &ia32_rows[i],
                      "decoded as another row");
        }
}

static void rows_wait_for_their_feature(void)
{
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++) {
        uint64_t features[IA32_FEATURE_WORDS];
        uint8_t bytes[16];
        struct ia32_insn insn;
        memcpy(features, all_features, sizeof features);
        features[ia32_rows[i].feature / 64] &=
            ~VT_BIT(ia32_rows[i].feature % 64);
        unsigned n = encode(&ia32_rows[i], bytes);
        enum ia32_decode result =
            ia32_decode(bytes, n,
                        IA32_MODE_PROT |
                            (ia32_rows[i].checks & CHK_O64
                                 ? IA32_MODE_LONG64 : IA32_MODE_CODE32),
                        features, &insn);
        check_row(result != DECODE_OK || insn.row != i, &ia32_rows[i],
                  "decoded without its feature");
    }
}

/* --- the decoder ---------------------------------------------------------- */

#define C16 0u
#define C32 IA32_MODE_CODE32
#define C64 (IA32_MODE_LONG64 | IA32_MODE_PROT)
#define NO IA32_REG_ZERO
#define RIP IA32_REG_RIP

/* What must come out for some bytes; fields of no interest are 0. */
static const struct {
    uint8_t bytes[15];
    uint8_t length, mode;
    const char *row;
    uint8_t opsize, addrsize, base, index, scale, seg, reg, rm;
    int64_t disp;
    uint64_t imm;
} good[] = {
    /* 16-bit addressing forms */
    { { 0x8b, 0x00 }, 2, C16, "MOV_Gv_Ev", 2, 2, IA32_RBX, IA32_RSI, 0,
      IA32_DS, 0, 0, 0, 0 },
    { { 0x8b, 0x02 }, 2, C16, "MOV_Gv_Ev", 2, 2, IA32_RBP, IA32_RSI, 0,
      IA32_SS, 0, 0, 0, 0 },
    { { 0x8b, 0x0e, 0x34, 0xf2 }, 4, C16, "MOV_Gv_Ev", 2, 2, NO, NO, 0,
      IA32_DS, 1, 0, 0xf234, 0 },
    { { 0x8b, 0x46, 0xfe }, 3, C16, "MOV_Gv_Ev", 2, 2, IA32_RBP, NO, 0,
      IA32_SS, 0, 0, -2, 0 },
    { { 0x8b, 0x87, 0x00, 0x80 }, 4, C16, "MOV_Gv_Ev", 2, 2, IA32_RBX, NO,
      0, IA32_DS, 0, 0, -32768, 0 },
    /* 32-bit addressing forms */
    { { 0x8b, 0x05, 1, 2, 3, 0x84 }, 6, C32, "MOV_Gv_Ev", 4, 4, NO, NO, 0,
      IA32_DS, 0, 0, -0x7bfcfdff, 0 },
    { { 0x8b, 0x04, 0x24 }, 3, C32, "MOV_Gv_Ev", 4, 4, IA32_RSP, NO, 0,
      IA32_SS, 0, 0, 0, 0 },
    { { 0x8b, 0x45, 0x80 }, 3, C32, "MOV_Gv_Ev", 4, 4, IA32_RBP, NO, 0,
      IA32_SS, 0, 0, -128, 0 },
    { { 0x8b, 0x04, 0xcd, 8, 0, 0, 0 }, 7, C32, "MOV_Gv_Ev", 4, 4, NO,
      IA32_RCX, 3, IA32_DS, 0, 0, 8, 0 },
    { { 0x8b, 0x44, 0x9d, 4 }, 4, C32, "MOV_Gv_Ev", 4, 4, IA32_RBP,
      IA32_RBX, 2, IA32_SS, 0, 0, 4, 0 },
    /* size prefixes, each way */
    { { 0x66, 0x67, 0x8b, 0x00 }, 4, C16, "MOV_Gv_Ev", 4, 4, IA32_RAX, NO,
      0, IA32_DS, 0, 0, 0, 0 },
    { { 0x66, 0x67, 0x8b, 0x00 }, 4, C32, "MOV_Gv_Ev", 2, 2, IA32_RBX,
      IA32_RSI, 0, IA32_DS, 0, 0, 0, 0 },
    { { 0x66, 0x66, 0x90 }, 3, C32, "NOP", 2, 4, NO, NO, 0, IA32_DS, 0, 0,
      0, 0 },
    /* the last segment override wins */
    { { 0x64, 0x26, 0x8b, 0x45, 0 }, 5, C32, "MOV_Gv_Ev", 4, 4, IA32_RBP,
      NO, 0, IA32_ES, 0, 0, 0, 0 },
    /* registers; AH is number 20 */
    { { 0x88, 0xe1 }, 2, C32, "MOV_Eb_Gb", 4, 4, NO, NO, 0, IA32_DS,
      IA32_REG_HIGH8, IA32_RCX, 0, 0 },
    { { 0x0f, 0xb6, 0xe4 }, 3, C32, "MOVZX_Gv_Eb", 4, 4, NO, NO, 0, IA32_DS,
      IA32_RSP, IA32_REG_HIGH8, 0, 0 },
    { { 0xb7, 0x99 }, 2, C32, "MOV_Zb_Ib", 4, 4, NO, NO, 0, IA32_DS,
      IA32_REG_HIGH8 + 3, 0, 0, 0x99 },
    { { 0x97 }, 1, C32, "XCHG_Zv_eAX", 4, 4, NO, NO, 0, IA32_DS, IA32_RDI,
      0, 0, 0 },
    /* immediates */
    { { 0x83, 0xc0, 0xff }, 3, C32, "ADD_Ev_Ibs", 4, 4, NO, NO, 0, IA32_DS,
      0, 0, 0, ~UINT64_C(0) },
    { { 0x05, 0, 0, 0, 0x80 }, 5, C32, "ADD_eAX_Iz", 4, 4, NO, NO, 0,
      IA32_DS, 0, 0, 0, UINT64_C(0xffffffff80000000) },
    { { 0x66, 0x05, 0xff, 0x7f }, 4, C32, "ADD_eAX_Iz", 2, 4, NO, NO, 0,
      IA32_DS, 0, 0, 0, 0x7fff },
    { { 0x81, 0x06, 0x34, 0x12, 0x78, 0x56 }, 6, C16, "ADD_Ev_Iz", 2, 2, NO,
      NO, 0, IA32_DS, 0, 0, 0x1234, 0x5678 },
    { { 0xc8, 0x34, 0x92, 0x05 }, 4, C32, "ENTER", 4, 4, NO, NO, 0, IA32_DS,
      0, 0, 0, 0x9234 },
    { { 0xa1, 0x78, 0x56, 0x34, 0xf2 }, 5, C32, "MOV_eAX_Ov", 4, 4, NO, NO,
      0, IA32_DS, 0, 0, 0, 0xf2345678 },
    { { 0x67, 0xa0, 0x78, 0xf6 }, 4, C32, "MOV_AL_Ob", 4, 2, NO, NO, 0,
      IA32_DS, 0, 0, 0, 0xf678 },
    /* branches */
    { { 0xeb, 0xfe }, 2, C32, "JMP_Jb", 4, 4, NO, NO, 0, IA32_DS, 0, 0, 0,
      ~UINT64_C(1) },
    { { 0xe9, 0xfd, 0xff }, 3, C16, "JMP_Jz", 2, 2, NO, NO, 0, IA32_DS, 0, 0,
      0, ~UINT64_C(2) },
    /* mandatory prefixes and those that mean nothing */
    { { 0xf3, 0x90 }, 2, C32, "PAUSE", 4, 4, NO, NO, 0, IA32_DS, 0, 0, 0,
      0 },
    { { 0xf2, 0xf3, 0x66, 0x90 }, 4, C32, "PAUSE", 2, 4, NO, NO, 0, IA32_DS,
      0, 0, 0, 0 },
    { { 0xf3, 0xf2, 0x90 }, 3, C32, "NOP", 4, 4, NO, NO, 0, IA32_DS, 0, 0, 0,
      0 },
    /* aliases */
    { { 0x82, 0xc8, 0x01 }, 3, C32, "OR_Eb_Ib_82", 4, 4, NO, NO, 0, IA32_DS,
      0, 0, 0, 1 },
    { { 0xd1, 0xf2 }, 2, C32, "SHL_Ev_1_6", 4, 4, NO, NO, 0, IA32_DS, 0,
      IA32_RDX, 0, 0 },
    { { 0xf6, 0xca, 0x07 }, 3, C32, "TEST_Eb_Ib_1", 4, 4, NO, NO, 0,
      IA32_DS, 0, IA32_RDX, 0, 7 },
    /* 64-bit mode: REX, and what it does to registers */
    { { 0x8b, 0x00 }, 2, C64, "MOV_Gv_Ev", 4, 8, IA32_RAX, NO, 0, IA32_DS,
      0, 0, 0, 0 },
    { { 0x48, 0x8b, 0x00 }, 3, C64, "MOV_Gv_Ev", 8, 8, IA32_RAX, NO, 0,
      IA32_DS, 0, 0, 0, 0 },
    { { 0x66, 0x48, 0x8b, 0x00 }, 4, C64, "MOV_Gv_Ev", 8, 8, IA32_RAX, NO,
      0, IA32_DS, 0, 0, 0, 0 },
    { { 0x48, 0x66, 0x8b, 0x00 }, 4, C64, "MOV_Gv_Ev", 2, 8, IA32_RAX, NO,
      0, IA32_DS, 0, 0, 0, 0 },
    { { 0x4d, 0x8b, 0x3f }, 3, C64, "MOV_Gv_Ev", 8, 8, 15, NO, 0, IA32_DS,
      15, 0, 0, 0 },
    { { 0x4b, 0x8b, 0x04, 0xe4 }, 4, C64, "MOV_Gv_Ev", 8, 8, 12, 12, 3,
      IA32_DS, 0, 0, 0, 0 },
    { { 0x88, 0xe1 }, 2, C64, "MOV_Eb_Gb", 4, 8, NO, NO, 0, IA32_DS,
      IA32_REG_HIGH8, IA32_RCX, 0, 0 },
    { { 0x40, 0x88, 0xe1 }, 3, C64, "MOV_Eb_Gb", 4, 8, NO, NO, 0, IA32_DS,
      IA32_RSP, IA32_RCX, 0, 0 },
    { { 0x41, 0x90 }, 2, C64, "XCHG_Zv_eAX", 4, 8, NO, NO, 0, IA32_DS, 8, 0,
      0, 0 },
    /* relative to RIP: from the instruction's first byte */
    { { 0x8b, 0x05, 1, 0, 0, 0 }, 6, C64, "MOV_Gv_Ev", 4, 8, RIP, NO, 0,
      IA32_DS, 0, 0, 7, 0 },
    { { 0xc7, 0x05, 0xf0, 0xff, 0xff, 0xff, 1, 2, 3, 4 }, 10, C64,
      "MOV_Ev_Iz", 4, 8, RIP, NO, 0, IA32_DS, 0, 0, -6, 0x04030201 },
    { { 0x8b, 0x04, 0x25, 1, 0, 0, 0x80 }, 7, C64, "MOV_Gv_Ev", 4, 8, NO,
      NO, 0, IA32_DS, 0, 0, -0x7fffffff, 0 },
    /* segment overrides that count, and those that do not */
    { { 0x65, 0x2e, 0x8b, 0x00 }, 4, C64, "MOV_Gv_Ev", 4, 8, IA32_RAX, NO,
      0, IA32_GS, 0, 0, 0, 0 },
    { { 0x3e, 0x8b, 0x45, 0 }, 4, C64, "MOV_Gv_Ev", 4, 8, IA32_RBP, NO, 0,
      IA32_SS, 0, 0, 0, 0 },
    { { 0x67, 0x8b, 0x00 }, 3, C64, "MOV_Gv_Ev", 4, 4, IA32_RAX, NO, 0,
      IA32_DS, 0, 0, 0, 0 },
    /* operand sizes of 64 bits without REX.W; immediates */
    { { 0x50 }, 1, C64, "PUSH_Zv", 8, 8, NO, NO, 0, IA32_DS, 0, 0, 0, 0 },
    { { 0x66, 0x50 }, 2, C64, "PUSH_Zv", 2, 8, NO, NO, 0, IA32_DS, 0, 0, 0,
      0 },
    { { 0x66, 0xe9, 0xfd, 0xff, 0xff, 0xff }, 6, C64, "JMP_Jz", 8, 8, NO,
      NO, 0, IA32_DS, 0, 0, 0, ~UINT64_C(2) },
    { { 0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8 }, 10, C64, "MOV_Zv_Iv", 8, 8,
      NO, NO, 0, IA32_DS, 0, 0, 0, UINT64_C(0x0807060504030201) },
    { { 0xa0, 1, 2, 3, 4, 5, 6, 7, 8 }, 9, C64, "MOV_AL_Ob", 4, 8, NO, NO,
      0, IA32_DS, 0, 0, 0, UINT64_C(0x0807060504030201) },
    { { 0x63, 0xc8 }, 2, C64, "MOVSXD_Gv_Ed", 4, 8, NO, NO, 0, IA32_DS, 1,
      0, 0, 0 },
    { { 0x63, 0xc8 }, 2, C32 | IA32_MODE_PROT, "ARPL_Ew_Gw", 4, 4, NO, NO, 0,
      IA32_DS, 1, 0, 0, 0 },
    { { 0x44, 0x0f, 0x20, 0xc1 }, 4, C64, "MOV_Rd_Cd", 8, 8, NO, NO, 0,
      IA32_DS, 8, 1, 0, 0 },
};

static void good_bytes_give_the_expected_fields(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        struct ia32_insn insn;
        enum ia32_decode result = ia32_decode(
            good[i].bytes, 15, good[i].mode, all_features, &insn);
        bool same =
            result == DECODE_OK &&
            strcmp(ia32_rows[insn.row].id, good[i].row) == 0 &&
            insn.length == good[i].length &&
            insn.opsize == good[i].opsize &&
            insn.addrsize == good[i].addrsize &&
            insn.base == good[i].base && insn.index == good[i].index &&
            insn.scale == good[i].scale && insn.seg == good[i].seg &&
            insn.reg == good[i].reg && insn.rm == good[i].rm &&
            insn.disp == good[i].disp && insn.imm == good[i].imm;
        if (!same)
            printf("\n    good[%u] (%s): result %d row %s length %u ",
                   (unsigned)i, good[i].row, result,
                   ia32_rows[insn.row].id, insn.length);
        CU_ASSERT(same);
    }
}

static void enter_keeps_its_level_in_imm2(void)
{
    static const uint8_t bytes[] = { 0xc8, 0x34, 0x12, 0x1f };
    struct ia32_insn insn;
    CU_ASSERT_EQUAL_FATAL(ia32_decode(bytes, sizeof bytes, C32, all_features,
                                      &insn), DECODE_OK);
    CU_ASSERT_EQUAL(insn.imm2, 0x1f);
}

static const struct {
    uint8_t bytes[16];
    uint8_t available;
    enum ia32_decode result;
} bad[] = {
    { { 0x0f, 0x0b }, 2, DECODE_OK },                /* UD2 is a row */
    { { 0x0f, 0xff, 0xc0 }, 3, DECODE_OK },          /* UD0 too */
    { { 0x0f, 0x05 }, 2, DECODE_UD },
    { { 0x0f, 0x38, 0x0c, 0xc0 }, 4, DECODE_UD },
    { { 0x8d, 0xc0 }, 2, DECODE_UD },                /* LEA of a register */
    { { 0x8f, 0xc8 }, 2, DECODE_UD },                /* group 1A, /1 */
    { { 0xc6, 0xf8, 0x00 }, 3, DECODE_UD },          /* XABORT, not here */
    { { 0xfe, 0xd0 }, 2, DECODE_UD },
    { { 0xff, 0xf8 }, 2, DECODE_UD },
    /* LOCK */
    { { 0xf0, 0x01, 0x00 }, 3, DECODE_OK },
    { { 0xf0, 0x01, 0xc0 }, 3, DECODE_UD },          /* register */
    { { 0xf0, 0x03, 0x00 }, 3, DECODE_UD },          /* destination G */
    { { 0xf0, 0x39, 0x00 }, 3, DECODE_UD },          /* CMP */
    { { 0xf0, 0x90 }, 2, DECODE_UD },
    { { 0xf0, 0x0f, 0xc7, 0x08 }, 4, DECODE_OK },    /* CMPXCHG8B */
    { { 0xf0, 0x0f, 0xa3, 0x00 }, 4, DECODE_UD },    /* BT */
    { { 0xf0, 0x0f, 0xab, 0x00 }, 4, DECODE_OK },    /* BTS */
    /* 15 bytes and no more */
    { { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
        0x66, 0x66, 0x66, 0x90 }, 15, DECODE_OK },
    { { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
        0x66, 0x66, 0x66, 0x66, 0x90 }, 16, DECODE_LONG },
    { { 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x81, 0x84, 0x08, 1, 2, 3, 4, 5, 6, 7,
        8 }, 16, DECODE_LONG },
    /* not enough bytes */
    { { 0 }, 0, DECODE_MORE },
    { { 0x66 }, 1, DECODE_MORE },
    { { 0x0f }, 1, DECODE_MORE },
    { { 0x01 }, 1, DECODE_MORE },
    { { 0x01, 0x04 }, 2, DECODE_MORE },
    { { 0x01, 0x05, 0, 0, 0 }, 5, DECODE_MORE },
    { { 0xb8, 0, 0, 0 }, 4, DECODE_MORE },
};

/* In 64-bit mode. */
static void what_64_bit_mode_lacks_is_undefined(void)
{
    static const uint8_t lacks[][4] = {
        { 0x06 }, { 0x0e }, { 0x16 }, { 0x1e }, { 0x07 }, { 0x17 }, { 0x1f },
        { 0x27 }, { 0x2f }, { 0x37 }, { 0x3f }, { 0x60 }, { 0x61 },
        { 0x62, 0 }, { 0x82, 0 }, { 0x9a }, { 0xce }, { 0xd4 }, { 0xd5 },
        { 0xd6 }, { 0xea }, { 0x44, 0x0f, 0x21, 0xc0 },
        { 0xc5, 0xf8, 0x77 },       /* VZEROUPPER: there is no AVX */
        { 0x66, 0xc5, 0xf8, 0x77 }, { 0x40, 0xc5, 0xf8, 0x77 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(lacks); i++) {
        uint8_t bytes[15] = { 0 };
        struct ia32_insn insn;
        memcpy(bytes, lacks[i], sizeof lacks[i]);
        enum ia32_decode result =
            ia32_decode(bytes, sizeof bytes, C64, all_features, &insn);
        if (result != DECODE_UD)
            printf("\n    lacks[%u]: %d ", (unsigned)i, result);
        CU_ASSERT_EQUAL(result, DECODE_UD);
    }
}

static void bad_bytes_give_the_reason(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct ia32_insn insn;
        enum ia32_decode result = ia32_decode(
            bad[i].bytes, bad[i].available, C32, all_features, &insn);
        if (result != bad[i].result)
            printf("\n    bad[%u]: %d, not %d ", (unsigned)i, result,
                   bad[i].result);
        CU_ASSERT_EQUAL(result, bad[i].result);
    }
}

/* Whatever was cut off, the answer is DECODE_MORE, never a shorter
 * instruction. */
static void a_cut_instruction_asks_for_more(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        for (unsigned n = 0; n < good[i].length; n++) {
            struct ia32_insn insn;
            CU_ASSERT_EQUAL(ia32_decode(good[i].bytes, n, good[i].mode,
                                        all_features, &insn), DECODE_MORE);
        }
}

static void the_guard_stands_before_checks_and_intercepts(void)
{
    static const uint8_t pause[] = { 0xf3, 0x90 };
    struct ia32_insn insn;
    CU_ASSERT_EQUAL_FATAL(ia32_decode(pause, 2, C32, all_features, &insn),
                          DECODE_OK);
    CU_ASSERT(insn.handler != ia32_op_guarded);
    CU_ASSERT_EQUAL_FATAL(ia32_decode(pause, 2, C32 | IA32_MODE_NONROOT,
                                      all_features, &insn), DECODE_OK);
    CU_ASSERT(insn.handler == ia32_op_guarded);
}

int main(void)
{
    static CU_TestInfo tests[] = {
        { "table: row identifiers are unique", ids_are_unique },
        { "table: no two rows overlap", no_two_rows_overlap },
        { "table: the rows of an opcode agree on ModRM",
          opcodes_agree_on_modrm },
        { "table: Z rows begin at a multiple of 8",
          z_rows_begin_at_a_multiple_of_8 },
        { "table: every row is reached, files are sorted",
          every_row_is_reached },
        { "table: a row does not exist without its feature",
          rows_wait_for_their_feature },
        { "decode: good bytes give the expected fields",
          good_bytes_give_the_expected_fields },
        { "decode: ENTER keeps its level in imm2",
          enter_keeps_its_level_in_imm2 },
        { "decode: what 64-bit mode lacks is undefined",
          what_64_bit_mode_lacks_is_undefined },
        { "decode: bad bytes give the reason", bad_bytes_give_the_reason },
        { "decode: a cut instruction asks for more",
          a_cut_instruction_asks_for_more },
        { "decode: the guard stands before checks and intercepts",
          the_guard_stands_before_checks_and_intercepts },
        CU_TEST_INFO_NULL,
    };
    CU_SuiteInfo suites[] = {
        { "ia32-decode", NULL, NULL, NULL, NULL, tests },
        CU_SUITE_INFO_NULL,
    };
    if (CU_initialize_registry() != CUE_SUCCESS ||
        CU_register_suites(suites) != CUE_SUCCESS)
        return 99;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    printf("rows: %d\n", IA32_ROW_COUNT);
    unsigned failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
