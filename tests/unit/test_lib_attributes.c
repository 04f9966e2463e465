// SPDX-License-Identifier: MIT
/* What vector registers a program was compiled for, and cards that have smaller ones. */
#include <errno.h>

#include "isa/ipu_isa.h"
#include "ipu_program.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define ATTRIBUTES_MAX 256

/* A section of attributes: the stack alignment, and the architecture @arch. Returns its length. */
static uint32_t make_attributes(const char *arch, unsigned char *to)
{
	uint32_t arch_bytes = (uint32_t)strlen(arch) + 1;
	uint32_t file_bytes = 1 + 4 + 2 + 1 + arch_bytes;
	uint32_t vendor_bytes = 4 + 6 + file_bytes;
	unsigned char *at = to;

	assert_true(1 + vendor_bytes <= ATTRIBUTES_MAX);
	*at++ = 'A';
	memcpy(at, &vendor_bytes, 4);
	memcpy(at + 4, "riscv", 6);
	at += 10;
	*at++ = 1; /* of the file */
	memcpy(at, &file_bytes, 4);
	at += 4;
	*at++ = 4; /* stack alignment */
	*at++ = 16;
	*at++ = 5; /* architecture */
	memcpy(at, arch, arch_bytes);
	return 1 + vendor_bytes;
}

static struct ipu_program *program_with(const void *attributes, uint32_t bytes)
{
	const uint32_t code[] = { asm_exit(ZERO) };
	const struct make_elf make = {
		.segments = { { .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code) } },
		.attributes = attributes,
		.attribute_bytes = bytes,
	};

	return make_program(&make);
}

static struct ipu_program *program_for(const char *arch)
{
	unsigned char attributes[ATTRIBUTES_MAX];

	return program_with(attributes, make_attributes(arch, attributes));
}

static void test_vlen(void **state)
{
	static const struct {
		const char *arch;
		uint32_t vlen;
	} cases[] = {
		{ "rv32i2p1_m2p0", 0 },
		{ "rv32i2p1_zve32f1p0_zvl32b1p0", 32 },
		{ "rv32i2p1_zvl128b1p0_zvl32b1p0_zvl64b1p0", 128 },
		{ "rv32i2p1_zvl1024b1p0", 1024 },
		{ "rv32i2p1_zvl", 0 },
		{ "rv32i2p1_zvlb", 0 },
		{ "rv32i2p1_zvl256", 0 },
		{ "rv32i2p1_zvl99999999999999999999b_zvl64b", 64 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ipu_program *prog = program_for(cases[i].arch);

		assert_int_equal(prog->vlen, cases[i].vlen);
		ipu_program_close(prog);
	}
}

/* Attributes that are cut off, or whose lengths lie, say nothing and do no harm. */
static void test_broken(void **state)
{
	unsigned char whole[ATTRIBUTES_MAX], broken[ATTRIBUTES_MAX];
	uint32_t bytes = make_attributes("rv32i2p1_zvl128b1p0", whole);
	struct ipu_program *prog;

	(void)state;
	for (uint32_t i = 0; i < bytes; i++) {
		prog = program_with(whole, i);
		assert_int_equal(prog->vlen, 0);
		ipu_program_close(prog);
		for (int value = 0; value < 256; value += 51) {
			memcpy(broken, whole, bytes);
			broken[i] = (unsigned char)value;
			ipu_program_close(program_with(broken, bytes));
		}
	}
}

static void test_load(void **state)
{
	struct ipu_program *wide = program_for("rv32i2p1_zvl512b1p0");
	struct ipu_program *narrow = program_for("rv32i2p1_zvl128b1p0");
	struct ipu_device *dev;
	struct ipu_context *ctx;

	(void)state;
	assert_ok(ipu_open("sim:tiles=1,vlen=256", &dev));
	ctx = lib_make_context(dev, 1);
	assert_fails(ipu_load(ctx, wide), -ENOEXEC,
		     "test.elf was compiled for vector registers of at least 512 bits (zvl512b), "
		     "and the tiles of sim have 256");
	assert_ok(ipu_load(ctx, narrow));
	ipu_context_destroy(ctx);
	ipu_close(dev);

	dev = lib_open_sim(1);
	ctx = lib_make_context(dev, 1);
	assert_ok(ipu_load(ctx, wide));
	ipu_context_destroy(ctx);
	ipu_close(dev);
	ipu_program_close(wide);
	ipu_program_close(narrow);
}

int lib_test_attributes(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vlen),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests_name("attributes", tests, NULL, NULL);
}
