// SPDX-License-Identifier: MIT
/* Running programs on the simulator: loading, exit codes, syncs, faults and recovery. */
#include <errno.h>
#include <stdlib.h>

#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "ipu_program.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define TILES 5
#define LONG 60000000000

static struct ipu_device *dev;

static int open_device(void **state)
{
	(void)state;
	dev = lib_open_sim(TILES);
	return 0;
}

static int close_device(void **state)
{
	(void)state;
	ipu_close(dev);
	return 0;
}

/* A context with a program of these instructions loaded. */
static struct ipu_context *load_code(const uint32_t *code, size_t words)
{
	struct ipu_context *ctx = lib_make_context(dev, TILES);
	struct ipu_program *prog = make_code(code, words);

	assert_ok(ipu_load(ctx, prog));
	ipu_program_close(prog);
	return ctx;
}

#define LOAD(...)                                    \
	load_code((const uint32_t[]){ __VA_ARGS__ }, \
		  sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void test_exit(void **state)
{
	/* a0 = tile id * 16, as on Linux. */
	struct ipu_context *ctx = LOAD(asm_csrr(A0, IPU_CSR_TILE), 0x00451513,
				       asm_addi(A7, ZERO, IPU_ECALL_EXIT), asm_ecall());
	struct ipu_report report = { .size = sizeof(report) };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_ok(ipu_run(ctx, &report));
		assert_int_equal(report.exit_tile, 1);
		assert_int_equal(report.exit_code, 16);
		assert_int_equal(report.instructions, 4 * TILES);
		assert_int_equal(report.supersteps, 1);
		assert_int_equal(report.exchange_bytes, 0);
		assert_false(report.at_sync);
		assert_true(report.cycles > 0);
		assert_true(report.host_ns > 0);
	}
	assert_ok(ipu_run(ctx, NULL));
	report.size = 8;
	assert_fails(ipu_run_wait(ctx, 0, &report), -EINVAL, "sizeof(struct ipu_report)");
	ipu_context_destroy(ctx);
}

/* What a program finds at its start: a0 = 0, sp with zeroes above it, and .bss. */
static void test_start(void **state)
{
	static const unsigned char dirt[5] = { 1, 2, 3, 4, 5 };
	const uint32_t code[] = {
		asm_lui(T0, IPU_SRAM_BASE + 0x1000),
		asm_sw(SP, T0, 0),
		asm_sw(A0, T0, 4),
		asm_lw(T1, SP, 0),
		asm_sw(T1, T0, 8),
		asm_lw(T1, SP, 60),
		asm_sw(T1, T0, 12),
		asm_addi(T1, ZERO, -1),
		asm_sw(T1, SP, 0), /* for the next load to restore */
		asm_sw(T1, SP, 60),
		asm_exit(A0),
	};
	struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code) },
			/* Unaligned zeroes right behind, and before, other contents. */
			{ .addr = IPU_SRAM_BASE + 0x1000, .bytes = 29 },
			{ .addr = IPU_SRAM_BASE + 0x101d, .data = dirt, .file_bytes = 5, .bytes = 9 },
			{ .addr = IPU_SRAM_BASE + 0x1026, .data = dirt, .file_bytes = 5 },
		},
		.tensors = {
			make_tensor("start", IPU_U32, IPU_TENSOR_OUT, IPU_SHARDED, 1, 4,
				    IPU_SRAM_BASE + 0x1000, IPU_SRAM_BASE + 0x1010),
			make_tensor("bytes", IPU_U8, IPU_TENSOR_OUT, IPU_BROADCAST, 1, 23,
				    IPU_SRAM_BASE + 0x1014, IPU_SRAM_BASE + 0x1010),
		},
		.tensor_count = 2,
	};
	const unsigned char want[23] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3,
					 4, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5 };
	struct ipu_context *ctx = lib_make_context(dev, TILES);
	struct ipu_program *prog = make_program(&make);
	uint32_t start[TILES][4];
	unsigned char bytes[23];

	(void)state;
	for (int round = 0; round < 2; round++) {
		assert_ok(ipu_load(ctx, prog));
		assert_ok(ipu_run(ctx, NULL));
		assert_ok(ipu_tensor_get(ctx, "start", start, sizeof(start), NULL));
		for (int tile = 0; tile < TILES; tile++) {
			assert_int_equal(start[tile][0], IPU_SRAM_END - 64);
			assert_int_equal(start[tile][1], 0);
			assert_int_equal(start[tile][2], 0);
			assert_int_equal(start[tile][3], 0);
		}
		assert_ok(ipu_tensor_get(ctx, "bytes", bytes, sizeof(bytes), NULL));
		assert_memory_equal(bytes, want, sizeof(want));
	}
	ipu_program_close(prog);
	ipu_context_destroy(ctx);
}

static void test_resume(void **state)
{
	struct ipu_report report = { .size = sizeof(report) };
	struct ipu_context *ctx =
		LOAD(asm_addi(A0, ZERO, 7), asm_sync(IPU_ZONE_EXTERNAL), asm_addi(A0, A0, 1),
		     asm_sync(IPU_ZONE_EXTERNAL), asm_exit(A0));

	(void)state;
	assert_fails(ipu_resume(ctx, NULL), -EINVAL, "does not wait at an external sync");
	for (int round = 0; round < 2; round++) {
		assert_ok(ipu_run(ctx, &report));
		assert_true(report.at_sync);
		assert_int_equal(report.exit_code, 0);
		assert_ok(ipu_resume(ctx, &report));
		assert_true(report.at_sync);
		assert_ok(ipu_resume(ctx, &report));
		assert_false(report.at_sync);
		assert_int_equal(report.exit_code, 8);
		assert_fails(ipu_resume(ctx, NULL), -EINVAL, "does not wait at an external sync");
	}
	/* A run may begin anew at a sync as well. */
	assert_ok(ipu_run(ctx, &report));
	assert_ok(ipu_run(ctx, &report));
	assert_true(report.at_sync);
	ipu_context_destroy(ctx);
}

static void test_states(void **state)
{
	static const uint32_t code[] = { 0x0000006f };
	struct ipu_context *ctx = lib_make_context(dev, TILES);
	struct ipu_program *prog = make_code(code, 1);
	uint64_t rows;

	(void)state;
	assert_fails(ipu_run(ctx, NULL), -EINVAL, "No program is loaded");
	assert_fails(ipu_run_wait(ctx, 0, NULL), -EINVAL, "No run is under way");
	assert_fails(ipu_tensor_rows(ctx, "x", &rows), -EINVAL, "No program is loaded");
	assert_ok(ipu_load(ctx, prog));
	assert_fails(ipu_tensor_rows(ctx, "x", &rows), -ENOENT, "declares none");
	assert_ok(ipu_run_start(ctx));
	assert_fails(ipu_run_start(ctx), -EBUSY, "A run is under way");
	assert_fails(ipu_resume_start(ctx), -EBUSY, "A run is under way");
	assert_fails(ipu_load(ctx, prog), -EBUSY, "A run is under way");
	assert_fails(ipu_tensor_set(ctx, "x", NULL, 0, 0), -EBUSY, "A run is under way");
	assert_fails(ipu_run_wait(ctx, 0, NULL), -ETIME, "still running");
	assert_fails(ipu_run_wait(ctx, 1000000, NULL), -ETIME, "still running");
	ipu_program_close(prog);
	/* It spins for ever, and ends with its context at once. */
	ipu_context_destroy(ctx);
}

static void check_fault(struct ipu_context *ctx, uint32_t cause, uint32_t pc, const char *words)
{
	struct ipu_fault fault = { .size = sizeof(fault) };

	assert_fails(ipu_run(ctx, NULL), -EIO, words);
	assert_ok(ipu_get_fault(ctx, 0, &fault));
	assert_int_equal(fault.cause, cause);
	assert_int_equal(fault.pc, pc);
	assert_int_equal(fault.unit, IPU_SUPERVISOR);
	assert_non_null(strstr(words, ipu_fault_name(cause)));
	assert_fails(ipu_run(ctx, NULL), -EINVAL, "load it again");
	assert_fails(ipu_tensor_set(ctx, "x", NULL, 0, 0), -EINVAL, "load it again");
	ipu_context_destroy(ctx);
}

static void test_faults(void **state)
{
	(void)state;
	check_fault(LOAD(0x13, 0), IPU_FAULT_ILLEGAL_INSN, IPU_SRAM_BASE + 4,
		    "Fault on tile 0, supervisor, pc 0x4c004 (in main+0x4): illegal instruction");
	check_fault(LOAD(asm_lw(T0, ZERO, 16)), IPU_FAULT_LOAD, IPU_SRAM_BASE,
		    "load outside SRAM, address 0x10. Look for a null");
	check_fault(LOAD(asm_sw(T0, ZERO, 0)), IPU_FAULT_STORE, IPU_SRAM_BASE,
		    "store outside SRAM, address 0x0.");
	check_fault(LOAD(0x00100073), IPU_FAULT_EBREAK, IPU_SRAM_BASE, "breakpoint.");
	check_fault(LOAD(asm_addi(A7, ZERO, 64), asm_ecall()), IPU_FAULT_ECALL, IPU_SRAM_BASE + 4,
		    "system call that a tile does not have, a7 = 64");
	check_fault(LOAD(asm_addi(A0, ZERO, 11), asm_trap(A0)), IPU_FAULT_TRAP, IPU_SRAM_BASE + 4,
		    "the program called ipu.trap, code 11.");
	check_fault(LOAD(asm_lui(A0, 0xffff0000), asm_addi(A0, A0, 1), asm_trap(A0)),
		    IPU_FAULT_TRAP, IPU_SRAM_BASE + 8,
		    "the program called ipu.trap, code 0xffff0001: an ipu_assert() was false.");
	check_fault(LOAD(asm_sync(3)), IPU_FAULT_BAD_SYNC, IPU_SRAM_BASE, "bad sync, zone 3");
	check_fault(LOAD(asm_lui(A0, IPU_SRAM_END), asm_csrw(IPU_CSR_STACK, A0),
			 asm_addi(SP, ZERO, 64)),
		    IPU_FAULT_STACK, IPU_SRAM_BASE + 8,
		    "stack overflow, sp would be 0x40, and the stack ends at 0xe8000. Link with "
		    "larger stacks");
}

/* Only one tile faults, and it is named. */
static void test_fault_tile(void **state)
{
	struct ipu_fault fault = { .size = sizeof(fault) };
	/* Tile 3 jumps to 0: "if (tile != 3) exit; jr zero". */
	struct ipu_context *ctx = LOAD(asm_csrr(T0, IPU_CSR_TILE), asm_addi(T0, T0, -3), 0x00028463,
				       asm_exit(ZERO), 0x00000067);

	(void)state;
	assert_fails(ipu_run(ctx, NULL), -EIO, "tile 3, supervisor, pc 0x0: jump outside SRAM");
	assert_ok(ipu_get_fault(ctx, 0, &fault));
	assert_int_equal(fault.tile, 3);
	ipu_context_destroy(ctx);
}

static void test_next_run(void **state)
{
	const uint32_t good[] = { asm_exit(ZERO) }, bad[] = { 0 };
	struct ipu_program *works = make_code(good, 1), *faults = make_code(bad, 1);
	struct ipu_context *ctx = lib_make_context(dev, TILES);

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_ok(ipu_load(ctx, faults));
		assert_int_equal(ipu_run(ctx, NULL), -EIO);
		assert_ok(ipu_load(ctx, works));
		assert_ok(ipu_run(ctx, NULL));
	}
	ipu_program_close(works);
	ipu_program_close(faults);
	ipu_context_destroy(ctx);
}

static void test_watchdog(void **state)
{
	const struct ipu_context_options options = { .size = sizeof(options), .watchdog_ms = 50 };
	static const uint32_t code[] = { 0x0000006f };
	struct ipu_fault fault = { .size = sizeof(fault) };
	struct ipu_program *prog = make_code(code, 1);
	struct ipu_context *ctx;

	(void)state;
	assert_ok(ipu_context_create(dev, &options, &ctx));
	for (int i = 0; i < 2; i++) {
		assert_ok(ipu_load(ctx, prog));
		assert_fails(ipu_run(ctx, NULL), -ETIMEDOUT,
			     "tile 0, supervisor, pc 0x4c000 (in main+0x0): the run took too long");
		assert_ok(ipu_get_fault(ctx, 0, &fault));
		assert_int_equal(fault.cause, IPU_FAULT_WATCHDOG);
	}
	ipu_program_close(prog);
	ipu_context_destroy(ctx);
}

static void test_start_and_wait(void **state)
{
	struct ipu_report report = { .size = sizeof(report) };
	struct ipu_context *ctx = LOAD(asm_sync(IPU_ZONE_EXTERNAL), asm_exit(ZERO));

	(void)state;
	assert_ok(ipu_run_start(ctx));
	assert_ok(ipu_run_wait(ctx, LONG, &report));
	assert_true(report.at_sync);
	assert_ok(ipu_resume_start(ctx));
	assert_ok(ipu_run_wait(ctx, -1, &report));
	assert_false(report.at_sync);
	assert_fails(ipu_run_wait(ctx, -1, &report), -EINVAL, "No run is under way");
	ipu_context_destroy(ctx);
}

/* Each cause has a name and advice, and none is another's. */
static void test_words(void **state)
{
	char text[96];
	unsigned int known = 0;

	(void)state;
	for (uint32_t cause = 0; cause < 0x80; cause++) {
		struct ipu_fault fault = { .size = sizeof(fault), .cause = cause };
		const char *name = ipu_fault_name(cause);

		ipu_fault_detail(&fault, text, sizeof(text));
		assert_sentence(ipu_fault_advice(cause), " ");
		if (!strcmp(name, "unknown fault"))
			continue;
		known++;
		for (uint32_t other = 0; other < cause; other++)
			assert_string_not_equal(name, ipu_fault_name(other));
	}
	assert_int_equal(known, 30);
	ipu_fault_detail(&(struct ipu_fault){ .cause = IPU_FAULT_LOAD, .addr = 5 }, text, 4);
	assert_string_equal(text, "add");
	ipu_fault_detail(&(struct ipu_fault){ .cause = IPU_FAULT_ILLEGAL_INSN, .info = 0x2c581d7 },
			 text, sizeof(text));
	assert_string_equal(text, "instruction 0x02c581d7, vadd.vv v3, v12, v11");
}

/* A report of a wrong size is refused before anything is started, and after a start it can be read. */
static void test_wrong_report(void **state)
{
	/* Counts its runs in SRAM, and its resumes: exit code = runs * 16 + resumes. */
	const uint32_t code[] = {
		asm_lui(T0, IPU_SRAM_BASE + 0x1000),
		asm_lw(A0, T0, 0),
		asm_addi(A0, A0, 16),
		asm_sw(A0, T0, 0),
		asm_sync(IPU_ZONE_EXTERNAL),
		asm_lw(A0, T0, 0),
		asm_addi(A0, A0, 1),
		asm_sw(A0, T0, 0),
		asm_exit(A0),
	};
	struct ipu_context *ctx = load_code(code, sizeof(code) / sizeof(code[0]));
	const size_t wrong[] = { 0, sizeof(size_t), sizeof(struct ipu_report) - 1, SIZE_MAX };
	struct ipu_report report = { .size = sizeof(report) };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct ipu_report bad = { .size = wrong[i] };

		assert_fails(ipu_run(ctx, &bad), -EINVAL, "sizeof(struct ipu_report)");
		assert_fails(ipu_run_wait(ctx, 0, NULL), -EINVAL, "No run is under way");
		assert_ok(ipu_run(ctx, NULL));
		assert_fails(ipu_resume(ctx, &bad), -EINVAL, "sizeof(struct ipu_report)");
		assert_ok(ipu_resume_start(ctx));
		assert_fails(ipu_run_wait(ctx, -1, &bad), -EINVAL, "sizeof(struct ipu_report)");
		assert_ok(ipu_run_wait(ctx, -1, &report));
		assert_int_equal(report.exit_code, (i + 1) * 17);
	}
	ipu_context_destroy(ctx);
}

/* The program that is loaded stays when another one cannot be. */
static void test_load_fails(void **state)
{
	static const char attributes[] = "A\x2f\0\0\0riscv\0\1\x25\0\0\0\5"
					 "rv32i2p1_zve32x1p0_zvl2048b1p0";
	const uint32_t code[] = { asm_addi(A0, ZERO, 9), asm_exit(A0) };
	const struct make_elf make = {
		.segments = { { .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code) } },
		.attributes = attributes,
		.attribute_bytes = sizeof(attributes),
	};
	struct ipu_report report = { .size = sizeof(report) };
	struct ipu_program *prog = make_program(&make);
	struct ipu_context *ctx = load_code(code, 2);

	(void)state;
	assert_fails(ipu_load(ctx, prog), -ENOEXEC, "zvl2048b");
	assert_ok(ipu_run(ctx, &report));
	assert_int_equal(report.exit_code, 9);
	ipu_program_close(prog);
	ipu_context_destroy(ctx);
}

int lib_test_program(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit),	       cmocka_unit_test(test_start),
		cmocka_unit_test(test_resume),	       cmocka_unit_test(test_states),
		cmocka_unit_test(test_faults),	       cmocka_unit_test(test_fault_tile),
		cmocka_unit_test(test_next_run),       cmocka_unit_test(test_watchdog),
		cmocka_unit_test(test_start_and_wait), cmocka_unit_test(test_words),
		cmocka_unit_test(test_wrong_report),   cmocka_unit_test(test_load_fails),
	};

	return cmocka_run_group_tests_name("program", tests, open_device, close_device);
}
