// SPDX-License-Identifier: MIT
/*
 * Files with random errors in them: whatever is read, there is no access out of
 * bounds (which a sanitizer sees), every refusal has a message, and what is
 * accepted keeps its promises. IPU_TEST_SEED and IPU_TEST_ROUNDS choose others,
 * IPU_TEST_ELF names a program with debug information to be corrupted.
 */
#include <stdlib.h>

#include "fuzz_random.h"
#include "isa/ipu_isa.h"
#include "ipu_program.h"
#include "lib_elf_make.h"
#include "npy.h"

static uint64_t start(void)
{
	random_start();
	return setting("IPU_TEST_ROUNDS", 20000);
}

/* A few bytes or words become others; now and then the file is cut. Returns its length. */
static size_t spoil(unsigned char *bytes, size_t size)
{
	random_spoil(bytes, size, 4);
	return random_below(8) ? size : random_below((uint32_t)size + 1);
}

static void check_program(struct ipu_program *prog)
{
	struct ipu_source source = { .size = sizeof(source) };
	uint32_t before = IPU_SRAM_BASE;

	for (size_t i = 0; i < prog->segment_count; i++) {
		const struct ipu_segment *segment = &prog->segments[i];

		assert_true(segment->addr >= before);
		assert_true(segment->bytes <= IPU_SRAM_END - segment->addr);
		assert_true(segment->file_bytes <= segment->bytes);
		assert_true(segment->data >= (unsigned char *)prog->image &&
			    segment->data + segment->file_bytes <=
				    (unsigned char *)prog->image + prog->image_bytes);
		before = segment->addr + segment->bytes;
	}
	assert_true(prog->sp >= IPU_SRAM_BASE && prog->sp <= IPU_SRAM_END - IPU_STACK_GAP);
	for (size_t i = 0; i < prog->tensor_count; i++) {
		const struct ipu_tensor *tensor = &prog->tensors[i];
		uint64_t bytes = (uint64_t)tensor->desc.shape[0] * tensor->desc.row_bytes;

		assert_true(tensor->data >= IPU_SRAM_BASE && tensor->data + bytes <= IPU_SRAM_END);
		assert_true(tensor->desc.row_bytes > 0);
	}
	for (uint32_t pc = IPU_SRAM_BASE; pc < IPU_SRAM_BASE + 64; pc += 16)
		ipu_program_source(prog, pc, &source);
}

static void spoil_programs(const unsigned char *good, size_t size, uint64_t rounds)
{
	uint64_t accepted = 0;

	for (uint64_t round = 0; round < rounds; round++) {
		unsigned char *bytes = malloc(size);
		struct ipu_program *prog;
		size_t left;

		assert_non_null(bytes);
		memcpy(bytes, good, size);
		left = spoil(bytes, size);
		if (!ipu_program_open_memory(bytes, left, "fuzz.elf", &prog)) {
			accepted++;
			check_program(prog);
			ipu_program_close(prog);
		} else {
			assert_sentence(ipu_error(), "fuzz.elf");
		}
		free(bytes);
	}
	/* Otherwise the errors are too large to test anything but the first check. */
	assert_true(accepted > rounds / 50);
}

static void test_elf(void **state)
{
	static const uint32_t code[16] = { 0x13, 0x73 };
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code) },
			{ .addr = IPU_SRAM_BASE + 0x1000, .bytes = 0x1000 },
		},
		.tensors = {
			make_tensor("x", IPU_F32, IPU_TENSOR_IN, IPU_SHARDED, 8, 4,
				    IPU_SRAM_BASE + 0x1100, IPU_SRAM_BASE + 0x1000),
			make_tensor("y", IPU_I16, IPU_TENSOR_OUT, IPU_BROADCAST, 3, 3,
				    IPU_SRAM_BASE + 0x1200, IPU_SRAM_BASE + 0x1004),
		},
		.tensor_count = 2,
		.symbol = "main",
	};
	static unsigned char file[MAKE_ELF_BYTES];
	size_t size = make_elf(&make, file);

	(void)state;
	spoil_programs(file, size, start());
}

/* A compiled program, whose debug information is read as well. */
static void test_debug_information(void **state)
{
	const char *path = getenv("IPU_TEST_ELF");
	struct ipu_source source = { .size = sizeof(source) };
	struct ipu_program *prog;

	(void)state;
	if (!path)
		skip();
	assert_ok(ipu_program_open(path, &prog));
	assert_ok(ipu_program_source(prog, ipu_program_entry(prog), &source));
	assert_true(source.line > 0);
	spoil_programs((const unsigned char *)prog->image, prog->image_bytes, start() / 10);
	ipu_program_close(prog);
}

static void test_npy(void **state)
{
	static const char header[] =
		"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n";
	uint64_t rounds = start();
	unsigned char good[128] = "\x93NUMPY\x01";
	size_t size = 10 + strlen(header) + 24;

	(void)state;
	good[8] = (unsigned char)strlen(header);
	memcpy(good + 10, header, strlen(header));
	for (uint64_t round = 0; round < rounds; round++) {
		unsigned char *bytes = malloc(size);
		char error[NPY_ERROR_SIZE] = "";
		struct npy npy;
		size_t left;

		assert_non_null(bytes);
		memcpy(bytes, good, size);
		left = spoil(bytes, size);
		if (npy_parse(bytes, left, &npy, error)) {
			assert_true(strlen(error) > 10);
		} else {
			assert_ptr_equal((const unsigned char *)npy.data + npy.bytes, bytes + left);
			assert_true(npy.ndim <= NPY_MAX_DIMS && npy.item_bytes);
		}
		free(bytes);
	}
}

int lib_test_fuzz(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_debug_information),
		cmocka_unit_test(test_npy),
	};

	return cmocka_run_group_tests_name("fuzz", tests, NULL, NULL);
}
