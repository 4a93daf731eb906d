# SPDX-License-Identifier: GPL-3.0-or-later
# Documents and the files of the house that a release carries.
EXTRA_DIST += \
	LICENSE README.md NEWS CONTRIBUTING.md .clang-format .editorconfig \
	demo \
	scripts/build scripts/install-packages scripts/packages.txt \
	scripts/stage.sh scripts/check-quick.sh scripts/check-guests.sh \
	scripts/check-full.sh scripts/lint scripts/include-edges \
	scripts/doc-commands scripts/long-runs scripts/run-labs scripts/ci-distcheck \
	scripts/ci-sanitizers scripts/ci-cross \
	docs/adding-an-instruction.md docs/architecture.md docs/pc.md docs/references.md docs/status.md

# The script ./check has the name of a target: in EXTRA_DIST it would run the
# tests.
dist-hook: dist-check-script
.PHONY: dist-check-script
dist-check-script:
	cp -p $(srcdir)/check $(distdir)/check
dist_man_MANS += docs/vtsim.1
EXTRA_DIST += docs/debugger.md docs/exit-table.md docs/ia32.md
