# SPDX-License-Identifier: GPL-3.0-or-later
ia32_vmx_sources = \
	sim/ia32/decode_vmx.def sim/ia32/vmx_insn.c
