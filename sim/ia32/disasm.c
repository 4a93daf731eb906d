/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instructions as text, in Intel's syntax, through the Zydis library.  The
 * processor does not need it: its own decoder is decode.c, and a test holds
 * the two together. */
#include "config.h"

#include "sim/ia32/insn.h"

#ifdef HAVE_ZYDIS
#include <Zydis/Zydis.h>

bool ia32_can_disassemble(void)
{
    return true;
}

static ZyanStatus init_decoder(ZydisDecoder *decoder, unsigned mode)
{
    if (mode & IA32_MODE_LONG64)
        return ZydisDecoderInit(decoder, ZYDIS_MACHINE_MODE_LONG_64,
                                ZYDIS_STACK_WIDTH_64);
    ZydisStackWidth stack = mode & IA32_MODE_STACK32 ? ZYDIS_STACK_WIDTH_32
                                                     : ZYDIS_STACK_WIDTH_16;
    return ZydisDecoderInit(decoder,
                            mode & IA32_MODE_CODE32
                                ? ZYDIS_MACHINE_MODE_LEGACY_32
                                : ZYDIS_MACHINE_MODE_LEGACY_16,
                            stack);
}

bool ia32_disassemble(const uint8_t *bytes, unsigned available,
                      unsigned mode, uint64_t rip, char *text, size_t size,
                      unsigned *length)
{
    ZydisDecoder decoder;
    ZydisFormatter formatter;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (!ZYAN_SUCCESS(init_decoder(&decoder, mode)) ||
        !ZYAN_SUCCESS(ZydisFormatterInit(&formatter,
                                         ZYDIS_FORMATTER_STYLE_INTEL)) ||
        !ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, available,
                                             &insn, operands)))
        return false;
    *length = insn.length;
    return ZYAN_SUCCESS(ZydisFormatterFormatInstruction(
        &formatter, &insn, operands, insn.operand_count_visible, text, size,
        rip, NULL));
}

#else

bool ia32_can_disassemble(void)
{
    return false;
}

bool ia32_disassemble(const uint8_t *bytes, unsigned available,
                      unsigned mode, uint64_t rip, char *text, size_t size,
                      unsigned *length)
{
    (void)bytes;
    (void)available;
    (void)mode;
    (void)rip;
    (void)length;
    if (size > 0)
        text[0] = '\0';
    return false;
}

#endif
