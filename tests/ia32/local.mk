# SPDX-License-Identifier: GPL-3.0-or-later
include tests/ia32/int.mk
include tests/ia32/engine.mk
include tests/ia32/system.mk
include tests/ia32/models.mk
include tests/ia32/events.mk
include tests/ia32/fp.mk
include tests/ia32/segments.mk
include tests/ia32/simd.mk
include tests/ia32/paging.mk
