# SPDX-License-Identifier: GPL-3.0-or-later
# Documents (installed beside the program) and the files of the house that a
# release carries.
dist_man_MANS += docs/vtsim.1
dist_doc_DATA = \
	README.md NEWS \
	docs/adding-an-instruction.md docs/architecture.md docs/cost.md \
	docs/debugger.md docs/engine.md docs/exit-table.md docs/ia32.md \
	docs/pc.md docs/references.md docs/snapshots.md docs/vmx.md
EXTRA_DIST += \
	LICENSE CONTRIBUTING.md .clang-format .editorconfig \
	demo docs/status.md \
	scripts/bench scripts/build scripts/ci-cross scripts/ci-distcheck \
	scripts/ci-sanitizers scripts/check-full.sh scripts/check-guests.sh \
	scripts/check-quick.sh scripts/doc-commands scripts/include-edges \
	scripts/install-packages scripts/leaks.supp scripts/lint \
	scripts/long-runs \
	scripts/packages.txt scripts/run-labs scripts/stage.sh

# The script ./check has the name of a target: in EXTRA_DIST it would run the
# tests.
dist-hook: dist-check-script
.PHONY: dist-check-script
dist-check-script:
	cp -p $(srcdir)/check $(distdir)/check
