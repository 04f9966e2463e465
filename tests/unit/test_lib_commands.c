// SPDX-License-Identifier: MIT
/* Buffers, commands, jobs and faults, on the simulator. */
#include <errno.h>
#include <stdlib.h>

#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_test.h"

#define TILES 4
#define WORDS 256
#define LONG 60000000000 /* ns; a test that waits for so long has failed */

/* A device with a context, and a buffer that is mapped into it. */
struct bench {
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_cmds *cmds;
	struct ipu_bo *bo;
	uint64_t va;
	uint32_t *words;
};

static void make_context_bench(struct bench *b, uint32_t tiles)
{
	b->ctx = lib_make_context(b->dev, tiles);
	assert_ok(ipu_cmds_create(b->ctx, 16, &b->cmds));
	assert_ok(ipu_bo_create(b->dev, WORDS * sizeof(*b->words), &b->bo));
	assert_ok(ipu_bo_map(b->ctx, b->bo, IPU_BO_WRITE, &b->va));
	b->words = ipu_bo_data(b->bo);
}

static void free_context_bench(struct bench *b)
{
	ipu_cmds_destroy(b->cmds);
	ipu_bo_destroy(b->bo);
	ipu_context_destroy(b->ctx);
}

static int make_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->dev = lib_open_sim(TILES + 2);
	make_context_bench(b, TILES);
	*state = b;
	return 0;
}

static int free_bench(void **state)
{
	struct bench *b = *state;

	free_context_bench(b);
	ipu_close(b->dev);
	free(b);
	return 0;
}

/* Submit what is in the list, and wait; the list is empty then. */
static int go(struct bench *b)
{
	uint64_t seqno;
	int err;

	assert_ok(ipu_cmds_submit(b->cmds, &seqno));
	err = ipu_wait(b->ctx, seqno, LONG);
	assert_ok(ipu_cmds_reset(b->cmds));
	return err;
}

static struct ipu_fault fault_of(struct bench *b, uint64_t seqno)
{
	struct ipu_fault fault = { .size = sizeof(fault) };

	assert_ok(ipu_get_fault(b->ctx, seqno, &fault));
	return fault;
}

/* Read the word at @addr of @tiles tiles into b->words. */
static void read_tiles(struct bench *b, uint32_t addr, uint32_t tiles)
{
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = tiles,
		.tile_addr = addr,
		.row_bytes = 4,
		.rows = 1,
		.host_va = b->va,
		.host_tile_stride = 4,
	};

	assert_ok(ipu_cmds_copy_from_tiles(b->cmds, &copy));
	assert_ok(go(b));
}

static void read_words(struct bench *b, uint32_t addr)
{
	read_tiles(b, addr, TILES);
}

static void test_copy(void **state)
{
	struct bench *b = *state;
	struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = TILES,
		.tile_addr = IPU_SRAM_BASE + 1, /* no alignment is needed */
		.row_bytes = 12,
		.rows = 3,
		.tile_row_stride = 20,
		.host_va = b->va,
		.host_tile_stride = 36,
		.host_row_stride = 12,
	};
	uint32_t sent[TILES * 9];

	for (uint32_t i = 0; i < TILES * 9; i++)
		b->words[i] = sent[i] = i * 0x01010101;
	assert_ok(ipu_cmds_copy_to_tiles(b->cmds, &copy));
	/* Back in one row, so that what lies between the rows is seen. */
	copy.row_bytes = 52;
	copy.rows = 1;
	copy.host_va = b->va + 36 * TILES;
	copy.host_tile_stride = 52;
	assert_ok(ipu_cmds_copy_from_tiles(b->cmds, &copy));
	assert_int_equal(ipu_cmds_count(b->cmds), 2);
	assert_ok(go(b));
	assert_int_equal(ipu_cmds_count(b->cmds), 0);

	for (uint32_t tile = 0; tile < TILES; tile++)
		for (uint32_t row = 0; row < 3; row++) {
			const uint32_t *got = b->words + 9 * TILES + tile * 13 + row * 5;

			assert_memory_equal(got, sent + tile * 9 + row * 3, 12);
			if (row < 2)
				assert_int_equal(got[3] | got[4], 0);
		}
}

static void test_broadcast_and_fill(void **state)
{
	struct bench *b = *state;
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_first = 1,
		.tile_count = 2,
		.tile_addr = IPU_SRAM_BASE,
		.row_bytes = 4,
		.rows = 1,
		.host_va = b->va,
	};

	assert_ok(ipu_cmds_fill(b->cmds, 0, TILES, IPU_SRAM_BASE, 8, 7));
	b->words[0] = 0x1234;
	assert_ok(ipu_cmds_copy_to_tiles(b->cmds, &copy));
	assert_ok(go(b));
	read_words(b, IPU_SRAM_BASE);
	assert_int_equal(b->words[0], 7);
	assert_int_equal(b->words[1], 0x1234);
	assert_int_equal(b->words[2], 0x1234);
	assert_int_equal(b->words[3], 7);
	read_words(b, IPU_SRAM_BASE + 8);
	assert_int_equal(b->words[0] | b->words[3], 0);
}

static void test_lists(void **state)
{
	struct bench *b = *state;
	struct ipu_cmds *cmds;
	uint64_t seqno;

	assert_fails(ipu_cmds_create(b->ctx, 0, &cmds), -EINVAL, "not 0");
	assert_null(cmds);
	assert_fails(ipu_cmds_create(b->ctx, UINT32_MAX, &cmds), -EINVAL, "not 4294967295");
	assert_ok(ipu_cmds_create(b->ctx, 2, &cmds));
	assert_fails(ipu_cmds_submit(cmds, &seqno), -EINVAL, "empty");
	assert_ok(ipu_cmds_fill(cmds, 0, 1, IPU_SRAM_BASE, 4, 1));
	assert_ok(ipu_cmds_fill(cmds, 0, 1, IPU_SRAM_BASE, 4, 2));
	assert_fails(ipu_cmds_fill(cmds, 0, 1, IPU_SRAM_BASE, 4, 3), -ENOSPC, "it holds 2");
	/* A list can be submitted again as it is. */
	assert_ok(ipu_cmds_submit(cmds, &seqno));
	assert_ok(ipu_cmds_submit(cmds, &seqno));
	ipu_cmds_destroy(cmds);
	ipu_cmds_destroy(NULL);
	assert_ok(ipu_wait(b->ctx, seqno, 0));
	read_words(b, IPU_SRAM_BASE);
	assert_int_equal(b->words[0], 2);
}

static void test_submit(void **state)
{
	struct bench *b = *state;
	const struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = TILES,
		.tile_addr = IPU_SRAM_BASE,
		.bytes = 4,
		.value = 99,
	};
	uint64_t seqno;

	memcpy(b->words, &fill, sizeof(fill));
	assert_fails(ipu_submit(b->ctx, b->va + 4, 1, &seqno), -EINVAL, "not aligned to 64 bytes");
	assert_fails(ipu_submit(b->ctx, b->va, 0, &seqno), -EINVAL, "not 0");
	assert_fails(ipu_submit(b->ctx, b->va, UINT32_MAX, &seqno), -EINVAL, "not 4294967295");
	assert_fails(ipu_wait(b->ctx, 0, LONG), -EINVAL, "Job 0 was never submitted");
	assert_fails(ipu_wait(b->ctx, 1, LONG), -EINVAL, "Job 1 was never submitted");
	assert_ok(ipu_submit(b->ctx, b->va, 1, &seqno));
	assert_int_equal(seqno, 1);
	assert_ok(ipu_wait(b->ctx, seqno, LONG));
	assert_ok(ipu_wait(b->ctx, seqno, -1));
	assert_ok(ipu_wait(b->ctx, seqno, 0));
	assert_fails(ipu_wait(b->ctx, 2, 0), -EINVAL, "Job 2 was never submitted");
	read_words(b, IPU_SRAM_BASE);
	assert_int_equal(b->words[TILES - 1], 99);
}

static void test_buffers(void **state)
{
	struct bench *b = *state;
	struct ipu_device *other = lib_open_sim(1);
	struct ipu_bo *bo;
	uint64_t va;

	assert_fails(ipu_bo_create(b->dev, 0, &bo), -EINVAL, "at least one byte");
	assert_null(bo);
	assert_fails(ipu_bo_create(b->dev, SIZE_MAX, &bo), -EINVAL, "too many");
	assert_fails(ipu_bo_create(b->dev, SIZE_MAX / 2, &bo), -ENOMEM, "cannot make a buffer");
	assert_ok(ipu_bo_create(other, 1, &bo));
	assert_int_equal(ipu_bo_size(bo), 4096);
	assert_fails(ipu_bo_map(b->ctx, bo, IPU_BO_WRITE, &va), -EINVAL, "another device");
	ipu_bo_destroy(bo);
	ipu_close(other);
	assert_fails(ipu_bo_map(b->ctx, b->bo, 6, &va), -EINVAL, "0x6");
	assert_fails(ipu_bo_unmap(b->ctx, 0x1000), -ENOENT, "No buffer is mapped at 0x1000");
	assert_fails(ipu_bo_unmap(b->ctx, b->va + 4096), -ENOENT, "No buffer is mapped");
	/* A buffer may be mapped twice, and each mapping is removed on its own. */
	assert_ok(ipu_bo_map(b->ctx, b->bo, IPU_BO_READ, &va));
	assert_true(va && va != b->va && va % 4096 == 0);
	assert_ok(ipu_bo_unmap(b->ctx, va));
	read_words(b, IPU_SRAM_BASE);
}

/* What a fill of all tiles' first words does, after something went wrong. */
static void check_works(struct bench *b)
{
	static uint32_t value;

	assert_ok(ipu_cmds_fill(b->cmds, 0, TILES, IPU_SRAM_BASE, 4, ++value));
	assert_ok(go(b));
	read_words(b, IPU_SRAM_BASE);
	for (uint32_t tile = 0; tile < TILES; tile++)
		assert_int_equal(b->words[tile], value);
}

static void test_faults(void **state)
{
	struct bench *b = *state;
	struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = TILES,
		.tile_addr = IPU_SRAM_BASE,
		.row_bytes = 4,
		.rows = 1,
		.host_va = 0x40000000,
	};
	struct ipu_fault fault = { .size = sizeof(fault) };
	struct ipu_usage usage = { .size = sizeof(usage) };
	uint64_t va;

	assert_fails(ipu_get_fault(b->ctx, 0, &fault), -ENODATA, "No job of this context");
	assert_ok(ipu_cmds_copy_to_tiles(b->cmds, &copy));
	assert_fails(go(b), -EIO, "DMA to an address that is not mapped, address 0x40000000");
	fault = fault_of(b, 0);
	assert_int_equal(fault.cause, IPU_FAULT_DMA_UNMAPPED);
	assert_int_equal(fault.addr, 0x40000000);
	assert_int_equal(fault.tile, IPU_NO_TILE);
	assert_int_equal(fault.unit, IPU_NO_UNIT);
	assert_int_equal(fault.seqno, 1);
	check_works(b);

	assert_ok(ipu_bo_map(b->ctx, b->bo, IPU_BO_READ, &va));
	copy.host_va = va;
	copy.host_tile_stride = 4;
	assert_ok(ipu_cmds_copy_from_tiles(b->cmds, &copy));
	assert_fails(go(b), -EIO, "DMA write to a read-only mapping");
	assert_int_equal(fault_of(b, 0).cause, IPU_FAULT_DMA_READONLY);
	assert_ok(ipu_bo_unmap(b->ctx, va));
	copy.tile_addr = IPU_SRAM_BASE;
	assert_ok(ipu_cmds_copy_to_tiles(b->cmds, &copy));
	assert_fails(go(b), -EIO, "not mapped");
	check_works(b);

	assert_ok(ipu_cmds_fill(b->cmds, 0, TILES + 1, IPU_SRAM_BASE, 4, 0));
	assert_fails(go(b), -EIO, "bad member in a command, member at byte 8 is 0x5");
	assert_int_equal(fault_of(b, 0).cause, IPU_FAULT_BAD_FIELD);
	check_works(b);

	assert_fails(ipu_get_fault(b->ctx, 3, &fault), -ENODATA, "Job 3 did not fault");
	assert_int_equal(fault_of(b, 1).cause, IPU_FAULT_DMA_UNMAPPED);
	assert_ok(ipu_get_usage(b->dev, &usage));
	assert_int_equal(usage.resets, 4);
}

/* A job cannot access the ring, nor anything else that is the driver's. */
static void test_privilege(void **state)
{
	struct bench *b = *state;
	struct ipu_cmd_exec exec = { .op = IPU_CMD_EXEC, .va = b->va, .count = 1 };
	struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = 1,
		.tile_addr = IPU_SRAM_BASE,
		.row_bytes = 4,
		.rows = 1,
	};
	uint64_t seqno;

	memcpy(b->words, &exec, sizeof(exec));
	assert_ok(ipu_submit(b->ctx, b->va, 1, &seqno));
	assert_fails(ipu_wait(b->ctx, seqno, LONG), -EIO, "EXEC inside a list");
	/* The simulator's ring is at the lowest address. */
	copy.host_va = 0x100000;
	assert_ok(ipu_cmds_copy_to_tiles(b->cmds, &copy));
	assert_fails(go(b), -EIO, "DMA to memory of the driver's own, address 0x100000");
	assert_fails(ipu_bo_unmap(b->ctx, 0x100000), -ENOENT, "No buffer is mapped");
	check_works(b);
}

/* More jobs than the ring holds, three of which fault: the others complete, in order. */
static void test_many_jobs(void **state)
{
	enum { JOBS = 1000, BAD = 3 };
	static const uint32_t bad_jobs[BAD] = { 1, 500, 1000 };
	struct bench *b = *state;
	struct ipu_cmds *bad, *count;
	const struct ipu_copy keep = {
		.size = sizeof(keep),
		.tile_count = 1,
		.tile_addr = IPU_SRAM_BASE,
		.row_bytes = 4,
		.rows = 1,
		.host_va = b->va,
	};
	uint64_t seqno;

	assert_ok(ipu_cmds_create(b->ctx, 1, &bad));
	assert_ok(ipu_cmds_fill(bad, TILES, 1, IPU_SRAM_BASE, 4, 0));
	assert_ok(ipu_cmds_create(b->ctx, JOBS, &count));
	for (uint32_t i = 1; i <= JOBS; i++)
		assert_ok(ipu_cmds_fill(count, 0, 1, IPU_SRAM_BASE, 4, i));
	for (uint32_t i = 1, next = 0; i <= JOBS; i++) {
		if (next < BAD && bad_jobs[next] == i) {
			assert_ok(ipu_cmds_submit(bad, &seqno));
			next++;
		} else {
			assert_ok(ipu_cmds_submit(count, &seqno));
		}
		assert_int_equal(seqno, i);
	}
	assert_fails(ipu_wait(b->ctx, JOBS, LONG), -EIO, "bad member");
	for (uint32_t i = 1, next = 0; i <= JOBS; i++) {
		int status = ipu_wait(b->ctx, i, 0);

		if (next < BAD && bad_jobs[next] == i) {
			assert_int_equal(status, -EIO);
			assert_int_equal(fault_of(b, i).cause, IPU_FAULT_BAD_FIELD);
			next++;
		} else {
			assert_int_equal(status, 0);
		}
	}
	assert_ok(ipu_cmds_copy_from_tiles(b->cmds, &keep));
	assert_ok(go(b));
	assert_int_equal(b->words[0], JOBS);
	ipu_cmds_destroy(bad);
	ipu_cmds_destroy(count);
}

/* Sixteen faults are remembered, and which job failed is for longer. */
static void test_fault_memory(void **state)
{
	struct ipu_fault fault = { .size = sizeof(fault) };
	struct bench *b = *state;
	uint64_t seqno;

	assert_ok(ipu_cmds_fill(b->cmds, TILES, 1, IPU_SRAM_BASE, 4, 0));
	for (int i = 0; i < 20; i++)
		assert_ok(ipu_cmds_submit(b->cmds, &seqno));
	assert_int_equal(ipu_wait(b->ctx, 20, LONG), -EIO);
	assert_fails(ipu_get_fault(b->ctx, 4, &fault), -ENODATA, "too long ago");
	assert_int_equal(fault_of(b, 5).seqno, 5);
	assert_int_equal(fault_of(b, 0).seqno, 20);
	assert_fails(ipu_wait(b->ctx, 1, 0), -EIO, "job 1 was stopped by a fault");
	fault.size = 1;
	assert_fails(ipu_get_fault(b->ctx, 20, &fault), -EINVAL, "sizeof(struct ipu_fault)");
}

/* A context can access neither the memory nor the tiles of another, and its faults are its own. */
static void test_isolation(void **state)
{
	enum { MARK = 0x5eed5eed };
	struct bench *b = *state;
	struct bench other = { .dev = b->dev };
	struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = 2,
		.tile_addr = IPU_SRAM_BASE,
		.row_bytes = 4,
		.rows = 1,
	};
	unsigned int reached = 0;

	for (int i = 0; i < WORDS; i++)
		b->words[i] = MARK;
	assert_ok(ipu_cmds_fill(b->cmds, 0, TILES, IPU_SRAM_BASE, 4, 0x5555));
	assert_ok(go(b));

	make_context_bench(&other, 2);
	for (uint64_t va = 0x100000; va < 0x140000; va += 4096) {
		copy.host_va = va;
		assert_ok(ipu_cmds_copy_to_tiles(other.cmds, &copy));
		if (go(&other))
			continue;
		read_tiles(&other, IPU_SRAM_BASE, 1);
		assert_int_not_equal(other.words[0], MARK);
		reached++;
	}
	assert_in_range(reached, 1, 8); /* what it has mapped itself */
	assert_ok(ipu_cmds_fill(other.cmds, 2, 1, IPU_SRAM_BASE, 4, 1));
	assert_fails(go(&other), -EIO, "bad member");

	read_words(b, IPU_SRAM_BASE);
	for (int i = 0; i < TILES; i++)
		assert_int_equal(b->words[i], 0x5555);
	free_context_bench(&other);
}

/* SRAM of a new context is zero, whoever had the tiles before. */
static void test_clear(void **state)
{
	struct bench *b = *state;

	assert_ok(ipu_cmds_fill(b->cmds, 0, TILES, IPU_SRAM_BASE, IPU_SRAM_SIZE, 0x5555));
	assert_ok(go(b));
	free_context_bench(b);
	make_context_bench(b, TILES);
	for (uint32_t addr = IPU_SRAM_BASE; addr < IPU_SRAM_END; addr += 0x2ffc) {
		read_words(b, addr);
		for (int i = 0; i < TILES; i++)
			assert_int_equal(b->words[i], 0);
	}
}

/* A buffer that was released stays allocated for as long as it is mapped. */
static void test_mapped_buffer(void **state)
{
	struct bench *b = *state;
	struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = TILES,
		.tile_addr = IPU_SRAM_BASE,
		.row_bytes = 4,
		.rows = 1,
	};
	struct ipu_bo *bo;
	uint64_t va;

	assert_ok(ipu_bo_create(b->dev, 4096, &bo));
	*(uint32_t *)ipu_bo_data(bo) = 321;
	assert_ok(ipu_bo_map(b->ctx, bo, IPU_BO_READ, &va));
	ipu_bo_destroy(bo);
	copy.host_va = va;
	assert_ok(ipu_cmds_copy_to_tiles(b->cmds, &copy));
	assert_ok(go(b));
	read_words(b, IPU_SRAM_BASE);
	assert_int_equal(b->words[0], 321);
	assert_ok(ipu_bo_unmap(b->ctx, va));
	assert_ok(ipu_cmds_copy_to_tiles(b->cmds, &copy));
	assert_fails(go(b), -EIO, "not mapped");
}

/* The run command itself, and its report. */
static void test_run(void **state)
{
	struct bench *b = *state;
	const struct ipu_launch launch = {
		.size = sizeof(launch),
		.tile_first = 1,
		.tile_count = 2,
		.entry = IPU_SRAM_BASE,
		.sp = IPU_SRAM_END - 64,
		.arg = 3,
		.report_va = b->va,
	};
	const struct ipu_run_report *report = ipu_bo_data(b->bo);

	/* The argument is the exit code. */
	assert_ok(ipu_cmds_fill(b->cmds, 0, TILES, IPU_SRAM_BASE, 4, asm_exit(A0)));
	assert_ok(ipu_cmds_run(b->cmds, &launch));
	memset(ipu_bo_data(b->bo), 0xff, sizeof(*report));
	assert_ok(go(b));
	assert_int_equal(report->state, IPU_RUN_EXITED);
	assert_int_equal(report->exit_tile, 0);
	assert_int_equal(report->exit_code, 3);
	assert_int_equal(report->instructions, 2);
	assert_true(report->cycles > 0);
}

int lib_test_commands(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_copy, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_broadcast_and_fill, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_lists, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_submit, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_buffers, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_faults, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_privilege, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_many_jobs, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_fault_memory, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_isolation, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_clear, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_mapped_buffer, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(test_run, make_bench, free_bench),
	};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
