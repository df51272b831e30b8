# SPDX-License-Identifier: MIT
#
# Thin front to Meson.  Installs what is missing, configures, builds and runs.
# BUILD=dir picks another build directory.

BUILD ?= build
MESON_TEST = meson test -C $(BUILD) --print-errorlogs

.PHONY: all deps build demo check check-kvm bench nightly tidy format install clean

all: build

deps:
	@build-aux/install-deps

$(BUILD)/build.ninja: | deps
	meson setup $(BUILD) --native-file build-aux/clang-19.ini

build: deps $(BUILD)/build.ninja
	meson compile -C $(BUILD)

demo: build
	tests/e2e/demo --build $(BUILD)

check: build
	$(MESON_TEST)

check-kvm: build
	$(MESON_TEST) --verbose nested-kvm

bench: build
	$(MESON_TEST) --benchmark --verbose --num-processes 1

nightly: check tidy bench
	ORACLE_PAIRS=10000 ORACLE_SEED=$$(date +%y%j0000) $(MESON_TEST) --timeout-multiplier 10 oracle
	PROTEAN_LONG=1 $(MESON_TEST) --timeout-multiplier 10 --suite fuzz --suite e2e
	for target in desc filter-code filter-text transfer; do \
	    tests/fuzz/hunt $(BUILD) $$target 600 || exit 1; done

tidy: build
	tests/lint/run-clang-tidy $(BUILD)

format:
	git ls-files '*.c' '*.h' '*.cpp' | xargs clang-format-19 -i

install: build
	meson install -C $(BUILD)

clean:
	rm -rf $(BUILD)
