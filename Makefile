# SPDX-License-Identifier: MIT
#
# The front door. Each target is a script in scripts/, where the work is done.

.NOTPARALLEL:
.PHONY: help build demo check check-long bench vm install clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo     build everything, and recognise digits on the card in a VM'
	@echo '              (TILES=1472: the largest card)'
	@echo 'make check    build everything, and run all tests'
	@echo '              (SUITES="unit style": only those of tests/suites)'
	@echo 'make check-long  random tests of the tile engine for longer (MINUTES=20)'
	@echo 'make bench    measure the speed of the tile engine beside qemu-riscv32 and native code'
	@echo 'make vm       a root shell in a VM with the card, in this folder'
	@echo '              (ARGS="--debug --tiles 1472": see tools/ipu-vm --help)'
	@echo 'make build    what the above build first'
	@echo 'make install  install what was built: PREFIX=/usr/local, DESTDIR=;'
	@echo '              KDIR=/lib/modules/.../build: ipu.ko for that kernel as well'
	@echo 'make clean    remove build/; the cache outside the tree stays'
	@echo
	@echo 'The first run needs root or sudo to install Debian packages, and under a'
	@echo 'quarter of an hour for QEMU and a kernel, which are then kept in the cache:'
	@echo "$${IPU_CACHE:-$${XDG_CACHE_HOME:-~/.cache}/ipu} (IPU_CACHE to change it)."

build:
	@scripts/build release

demo:
	@TILES='$(TILES)' scripts/demo

check:
	@scripts/build release debug
	@scripts/build-qemu ipu-test qemu-riscv32
	@scripts/check $(SUITES)

check-long: MINUTES = 20
check-long:
	@case '$(MINUTES)' in '' | 0* | *[!0-9]*) \
		echo 'make check-long: MINUTES=$(MINUTES) is no whole number from 1 on' >&2; exit 2 ;; \
	esac
	@scripts/build release
	@scripts/build-qemu qemu-riscv32
	@MINUTES='$(MINUTES)' IPU_CHECK_TIMEOUT=$$(($(MINUTES) * 60 + 600)) \
		scripts/check --suites tests/suites-long --log build/check-long $(SUITES)

bench:
	@scripts/bench $(ARGS)

vm: build
	@tools/ipu-vm $(ARGS)

install:
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' KDIR='$(KDIR)' scripts/install

clean:
	rm -rf build
