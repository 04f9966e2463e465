# SPDX-License-Identifier: MIT
#
# The front door. Each target is a script in scripts/, where the work is done.

.NOTPARALLEL:
.PHONY: help build sim demo torch check check-long bench vm install dkms patch clean
.DEFAULT_GOAL := help
export TILES

help:
	@echo 'make demo     a VM with the card: boot Linux with the driver, and recognise digits'
	@echo '              on the tiles (TILES=1472: the largest card)'
	@echo 'make sim      no VM: the library with its simulator, the tools and the SDK, and the'
	@echo '              same digits on a simulated card (TILES=1472)'
	@echo 'make torch    PyTorch in such a VM, with the card (TILES=1472)'
	@echo 'make check    build everything, and run all tests'
	@echo '              (SUITES="unit style": only those of tests/suites)'
	@echo 'make check-long  random tests of the tile engine for longer (MINUTES=20)'
	@echo 'make bench    measure the speed of the tile engine beside qemu-riscv32 and native code'
	@echo 'make vm       a root shell in a VM with the card, in this folder'
	@echo '              (ARGS="--tiles 1472": see tools/ipu-vm --help)'
	@echo 'make build    what demo and vm build first'
	@echo 'make install  install what was built: PREFIX=/usr/local, or PREFIX=~/x without root;'
	@echo '              DESTDIR=; KDIR=/lib/modules/.../build: ipu.ko for that kernel as well'
	@echo 'make dkms     a Debian package of the driver for DKMS, build/ipu-dkms_*.deb'
	@echo 'make patch    the driver and the card as series of patches for Linux and QEMU,'
	@echo '              in build/patches'
	@echo 'make clean    remove build/; the cache outside the tree stays'
	@echo
	@echo 'The first run needs root or sudo to install Debian packages, and some minutes,'
	@echo 'most of them for a QEMU (and for make check a kernel) that is then kept in the cache:'
	@echo "$${IPU_CACHE:-$${XDG_CACHE_HOME:-~/.cache}/ipu} (IPU_CACHE to change it)."

build:
	@scripts/build stock

sim:
	@scripts/sim

demo:
	@scripts/demo

torch:
	@scripts/torch-demo

check:
	@scripts/check --build 'stock backports debug tests torch' $(SUITES)

check-long: MINUTES = 20
check-long:
	@case '$(MINUTES)' in '' | 0* | *[!0-9]*) \
		echo 'make check-long: MINUTES=$(MINUTES) is no whole number from 1 on' >&2; exit 2 ;; \
	esac
	@MINUTES='$(MINUTES)' IPU_CHECK_TIMEOUT=$$(($(MINUTES) * 60 + 600)) scripts/check \
		--build 'stock backports debug coverage kcsan tests arm64 arm64-tests fuzz' \
		--suites tests/suites-long --log build/check-long $(SUITES)

bench:
	@scripts/bench $(ARGS)

vm: build
	@tools/ipu-vm $(ARGS)

install:
	@scripts/install

dkms:
	@scripts/build-dkms

patch:
	@scripts/patches

clean:
	rm -rf build
