// SPDX-License-Identifier: MIT
/* Commands: what each does, and every field that can be wrong. */
#include <string.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 8
#define WORDS (IPU_CMD_SIZE / 4)

static int setup(void **state)
{
	*state = host_new(TILES, 2);
	return 0;
}

static int teardown(void **state)
{
	host_free(*state);
	return 0;
}

/* The member at @offset, of @size bytes, set to @value is refused by name. */
static void check_field(struct context *ctx, const void *command, uint32_t offset, uint32_t size,
			uint64_t value)
{
	uint8_t bad[IPU_CMD_SIZE];
	uint64_t va;

	memcpy(bad, command, sizeof(bad));
	memcpy(bad + offset, &value, size);
	va = ctx_put(ctx, bad);
	ctx_fault(ctx, IPU_FAULT_BAD_FIELD, value, offset);
	assert_int_equal(ctx_get64(ctx, IPU_CTX_FAULT_CMD_LO), va);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_TILE), IPU_FAULT_NO_TILE);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_UNIT), IPU_UNIT_NONE);
	assert_int_equal(ctx_get(ctx, IPU_CTX_HEAD), ctx->written - 1);
	ctx_restart(ctx);
}

#define CHECK(ctx, command, type, member, value)                 \
	check_field(ctx, command, offsetof(struct type, member), \
		    sizeof(((struct type *)NULL)->member), value)

/* 32-bit words that have to be zero. */
static void check_reserved(struct context *ctx, const void *command, unsigned int first,
			   unsigned int last)
{
	unsigned int i;

	for (i = first; i <= last; i++)
		check_field(ctx, command, i * 4, 4, 1u << i);
}

static void check_tiles(struct context *ctx, const void *command)
{
	check_field(ctx, command, 4, 4, TILES);
	check_field(ctx, command, 4, 4, UINT32_MAX);
	check_field(ctx, command, 8, 4, 0);
	check_field(ctx, command, 8, 4, TILES + 1);
	check_field(ctx, command, 8, 4, UINT32_MAX);
}

static void test_opcodes(void **state)
{
	struct context ctx;
	uint32_t command[WORDS] = { 0 };
	uint32_t op;

	ctx_open(&ctx, *state, 0, 0, TILES);
	for (op = IPU_CMD_EXEC + 1; op < 256; op += 31) {
		command[0] = op | 0x700;
		ctx_put(&ctx, command);
		ctx_fault(&ctx, IPU_FAULT_BAD_OPCODE, 0, command[0]);
		ctx_restart(&ctx);
	}
	for (op = IPU_CMD_NOP; op <= IPU_CMD_EXEC; op++) {
		memset(command, 0, sizeof(command));
		check_field(&ctx, command, 0, 4, op | 0x200);
		check_field(&ctx, command, 0, 4, op | 0x80000000);
		if (op != IPU_CMD_RUN && op != IPU_CMD_FENCE)
			check_field(&ctx, command, 0, 4, op | 0x100);
	}
	memset(command, 0, sizeof(command));
	check_reserved(&ctx, command, 1, WORDS - 1);
}

/* ---- Copies ---- */

static void test_copy_fields(void **state)
{
	struct ipu_cmd_copy copy;
	struct context ctx;

	ctx_open(&ctx, *state, 0, 0, TILES);
	copy = copy_to(1, 2, IPU_SRAM_BASE, VA(0), 16);
	check_tiles(&ctx, &copy);
	CHECK(&ctx, &copy, ipu_cmd_copy, tile_addr, IPU_SRAM_BASE - 1);
	CHECK(&ctx, &copy, ipu_cmd_copy, tile_addr, IPU_SRAM_END);
	CHECK(&ctx, &copy, ipu_cmd_copy, tile_addr, UINT32_MAX);
	CHECK(&ctx, &copy, ipu_cmd_copy, row_bytes, 0);
	CHECK(&ctx, &copy, ipu_cmd_copy, row_bytes, IPU_SRAM_SIZE + 1);
	CHECK(&ctx, &copy, ipu_cmd_copy, row_bytes, UINT32_MAX);
	CHECK(&ctx, &copy, ipu_cmd_copy, rows, 0);
	check_reserved(&ctx, &copy, 13, 15);

	copy.rows = 2;
	CHECK(&ctx, &copy, ipu_cmd_copy, tile_row_stride, IPU_SRAM_SIZE - 15);
	CHECK(&ctx, &copy, ipu_cmd_copy, tile_row_stride, UINT32_MAX);
	copy.tile_row_stride = 0;
	copy.rows = UINT32_MAX;
	CHECK(&ctx, &copy, ipu_cmd_copy, tile_row_stride, UINT32_MAX);

	copy = copy_from(1, 2, IPU_SRAM_BASE, VA(0), 16);
	CHECK(&ctx, &copy, ipu_cmd_copy, host_tile_stride, 0);
}

/* The last byte of SRAM, and all of it. */
static void test_copy_limits(void **state)
{
	struct host *host = *state;
	uint64_t bus = host_alloc(host, IPU_SRAM_SIZE), back = host_alloc(host, IPU_SRAM_SIZE);
	struct ipu_cmd_copy copy;
	struct context ctx;
	uint32_t i;

	ctx_open(&ctx, host, 0, 0, TILES);
	for (i = 0; i < IPU_SRAM_SIZE; i += 4)
		*(uint32_t *)host_at(host, bus + i) = i * 2654435761u;
	copy = copy_to(7, 1, IPU_SRAM_BASE, VA(bus), IPU_SRAM_SIZE);
	ctx_put(&ctx, &copy);
	copy = copy_from(7, 1, IPU_SRAM_BASE, VA(back), IPU_SRAM_SIZE);
	ctx_put(&ctx, &copy);
	ctx_finish(&ctx);
	assert_memory_equal(host_at(host, bus), host_at(host, back), IPU_SRAM_SIZE);

	copy = copy_to(7, 1, IPU_SRAM_END - 1, VA(bus) + 1, 1);
	ctx_put(&ctx, &copy);
	ctx_finish(&ctx);
	tile_read(&ctx, 7, IPU_SRAM_END - 1, &i, 1);
	assert_int_equal(i & 0xff, *(uint8_t *)host_at(host, bus + 1));
}

/*
 * A copy against what its description in ipu_cmd.h says, byte by byte: @host_data
 * is what VA(@bus) holds and @sram what the tiles hold.
 */
static void reference(const struct ipu_cmd_copy *copy, uint8_t *host_data, uint64_t bus,
		      uint8_t (*sram)[IPU_SRAM_SIZE])
{
	bool to_tiles = copy->op == IPU_CMD_COPY_TO_TILES;
	uint32_t t, r, i;

	for (t = 0; t < copy->tile_count; t++) {
		for (r = 0; r < copy->rows; r++) {
			uint8_t *h = host_data + (copy->host_va - VA(bus)) +
				     t * copy->host_tile_stride + r * copy->host_row_stride;
			uint8_t *s = sram[copy->tile_first + t] +
				     (copy->tile_addr - IPU_SRAM_BASE) + r * copy->tile_row_stride;

			for (i = 0; i < copy->row_bytes; i++)
				*(to_tiles ? s + i : h + i) = *(to_tiles ? h + i : s + i);
		}
	}
}

static uint32_t random_next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*seed >> 33);
}

/* Copies of all shapes, both ways: contiguous, strided, broadcast, overlapping. */
static void test_copy_shapes(void **state)
{
	static uint8_t sram[TILES][IPU_SRAM_SIZE], host_data[1 << 20], got[IPU_SRAM_SIZE];
	struct host *host = *state;
	uint64_t bus = host_alloc(host, sizeof(host_data)), seed = 4;
	struct ipu_cmd_copy copy;
	struct context ctx;
	unsigned int i, t;

	ctx_open(&ctx, host, 0, 0, TILES);
	memset(sram, 0, sizeof(sram));
	for (i = 0; i < sizeof(host_data); i++)
		host_data[i] = (uint8_t)random_next(&seed);
	memcpy(host_at(host, bus), host_data, sizeof(host_data));

	for (i = 0; i < 300; i++) {
		uint32_t first = random_next(&seed) % TILES;

		copy = copy_to(first, 1 + random_next(&seed) % (TILES - first),
			       IPU_SRAM_BASE + random_next(&seed) % 5000,
			       VA(bus) + random_next(&seed) % 9000, 1 + random_next(&seed) % 9000);
		copy.rows = 1 + random_next(&seed) % 5;
		copy.host_tile_stride = random_next(&seed) % 50000;
		copy.host_row_stride = random_next(&seed) % 12000;
		copy.tile_row_stride = random_next(&seed) % 12000;
		if (i % 4 == 0)
			copy.host_tile_stride = 0;
		if (i % 4 == 1)
			copy.host_row_stride = copy.tile_row_stride = copy.row_bytes;
		if (i % 2 && copy.host_tile_stride)
			copy.op = IPU_CMD_COPY_FROM_TILES;
		reference(&copy, host_data, bus, sram);
		ctx_put(&ctx, &copy);
		ctx_finish(&ctx);
		assert_memory_equal(host_at(host, bus), host_data, sizeof(host_data));
	}
	for (t = 0; t < TILES; t++) {
		tile_read(&ctx, t, IPU_SRAM_BASE, got, sizeof(got));
		assert_memory_equal(got, sram[t], sizeof(got));
	}
}

/* DMA accesses of a copy of the same host memory to each of @tiles tiles. */
static unsigned int accesses_of_copy(struct context *ctx, uint32_t tiles, uint64_t bus,
				     uint32_t bytes)
{
	const unsigned int before = atomic_load(&ctx->host->accesses);
	struct ipu_cmd_copy copy = copy_to(0, tiles, IPU_SRAM_BASE, VA(bus), bytes);

	copy.host_tile_stride = 0;
	ctx_put(ctx, &copy);
	ctx_finish(ctx);
	return atomic_load(&ctx->host->accesses) - before;
}

/* A read for each of the other tiles would be several accesses more for each. */
static void test_copy_broadcast_once(void **state)
{
	const uint32_t bytes = 600 * 1024;
	const uint64_t bus = host_alloc(*state, bytes);
	unsigned int one, all;
	struct context ctx;

	ctx_open(&ctx, *state, 0, 0, TILES);
	one = accesses_of_copy(&ctx, 1, bus, bytes);
	all = accesses_of_copy(&ctx, TILES, bus, bytes);
	assert_in_range(one, 1, 100);
	assert_in_range(all, 1, one + TILES - 1);
}

/* ---- Fill ---- */

static void test_fill(void **state)
{
	struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_first = 2,
		.tile_count = 3,
		.tile_addr = IPU_SRAM_BASE + 8,
		.bytes = IPU_SRAM_SIZE - 8,
		.value = 0xdeadbeef,
	};
	static uint32_t got[IPU_SRAM_SIZE / 4];
	struct context ctx;
	uint32_t t, i;

	ctx_open(&ctx, *state, 0, 0, TILES);
	check_tiles(&ctx, &fill);
	fill.bytes = 8;
	CHECK(&ctx, &fill, ipu_cmd_fill, tile_addr, IPU_SRAM_BASE + 2);
	CHECK(&ctx, &fill, ipu_cmd_fill, tile_addr, IPU_SRAM_BASE - 4);
	CHECK(&ctx, &fill, ipu_cmd_fill, tile_addr, IPU_SRAM_END);
	CHECK(&ctx, &fill, ipu_cmd_fill, bytes, 6);
	CHECK(&ctx, &fill, ipu_cmd_fill, bytes, IPU_SRAM_SIZE - 4);
	CHECK(&ctx, &fill, ipu_cmd_fill, bytes, UINT32_MAX - 3);
	check_reserved(&ctx, &fill, 6, 15);

	fill.bytes = IPU_SRAM_SIZE - 8;
	ctx_put(&ctx, &fill);
	fill.tile_first = 7;
	fill.tile_count = 1;
	fill.bytes = 0;
	ctx_put(&ctx, &fill);
	ctx_finish(&ctx);
	for (t = 0; t < TILES; t++) {
		bool filled = t >= 2 && t < 5;

		tile_read(&ctx, t, IPU_SRAM_BASE, got, sizeof(got));
		for (i = 0; i < IPU_SRAM_SIZE / 4; i++)
			if (got[i] != (filled && i >= 2 ? 0xdeadbeef : 0))
				fail_msg("tile %u word %u is 0x%x", t, i, got[i]);
	}
}

/* ---- Fences, lists ---- */

static void test_fence(void **state)
{
	struct host *host = *state;
	struct ipu_cmd_fence fence = { .op = IPU_CMD_FENCE, .va = VA(64), .value = 3 };
	struct context ctx;
	uint64_t word;
	unsigned int i;

	ctx_open(&ctx, host, 4, 0, TILES);
	CHECK(&ctx, &fence, ipu_cmd_fence, va, VA(4));
	check_reserved(&ctx, &fence, 1, 3);
	check_reserved(&ctx, &fence, 8, 15);
	ctx_set(&ctx, IPU_CTX_EVENT, IPU_CTX_EVENT_FAULT);
	/* One message for each of these 12 faults; the last may still be on its way. */
	while (atomic_load(&host->interrupts[5]) < 12)
		usleep(50);
	assert_int_equal(atomic_exchange(&host->interrupts[5], 0), 12);

	word = put_fence(&ctx, 0x1122334455667788, 0);
	ctx_finish(&ctx);
	assert_int_equal(*(uint64_t *)host_at(host, word), 0x1122334455667788);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_EVENT), 0);
	assert_int_equal(atomic_load(&host->interrupts[5]), 0);

	/* One message for each event, whether or not the last one was handled. */
	for (i = 0; i < 5; i++)
		put_fence(&ctx, i, IPU_CMD_FENCE_IRQ);
	ctx_finish(&ctx);
	assert_int_equal(atomic_load(&host->interrupts[5]), 5);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_EVENT), IPU_CTX_EVENT_FENCE);
	ctx_set(&ctx, IPU_CTX_EVENT, IPU_CTX_EVENT_FAULT);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_EVENT), IPU_CTX_EVENT_FENCE);
	ctx_set(&ctx, IPU_CTX_EVENT, IPU_CTX_EVENT_FENCE);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_EVENT), 0);
}

/* When the fence's value is visible, so is what was copied before. */
static void test_fence_order(void **state)
{
	struct host *host = *state;
	uint64_t data = host_alloc(host, 1 << 20);
	struct ipu_cmd_copy copy = copy_from(0, 1, IPU_SRAM_BASE, VA(data), 512 << 10);
	struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = 1,
		.tile_addr = IPU_SRAM_BASE,
		.bytes = 512 << 10,
	};
	struct context ctx;
	uint64_t word;
	uint32_t i;

	ctx_open(&ctx, host, 0, 0, 1);
	for (i = 1; i < 50; i++) {
		fill.value = i;
		ctx_put(&ctx, &fill);
		ctx_put(&ctx, &copy);
		word = put_fence(&ctx, i, 0);
		ctx_ring(&ctx);
		while (atomic_load((_Atomic uint64_t *)host_at(host, word)) != i)
			;
		assert_int_equal(*(uint32_t *)host_at(host, data), i);
		assert_int_equal(*(uint32_t *)host_at(host, data + (512 << 10) - 4), i);
		ctx_finish(&ctx);
	}
}

/* A list of @count fences with values 1.. into consecutive words of a page. */
static uint64_t make_list(struct context *ctx, uint32_t count, uint64_t *words)
{
	uint64_t list = host_alloc(ctx->host, (uint64_t)count * IPU_CMD_SIZE);
	uint32_t i;

	*words = host_alloc(ctx->host, (uint64_t)count * 8);
	for (i = 0; i < count; i++)
		*((struct ipu_cmd_fence *)host_at(ctx->host, list) + i) = (struct ipu_cmd_fence){
			.op = IPU_CMD_FENCE,
			.va = VA(*words) + i * 8,
			.value = i + 1,
		};
	return list;
}

static void test_exec(void **state)
{
	struct host *host = *state;
	struct ipu_cmd_exec exec = { .op = IPU_CMD_EXEC };
	struct context ctx;
	uint64_t list, words;
	uint32_t i;

	ctx_open(&ctx, host, 0, 0, TILES);
	list = make_list(&ctx, 500, &words);
	exec.va = VA(list);
	CHECK(&ctx, &exec, ipu_cmd_exec, va, VA(list) + 32);
	check_reserved(&ctx, &exec, 1, 3);
	check_reserved(&ctx, &exec, 7, 15);

	ctx_put(&ctx, &exec);
	ctx_finish(&ctx);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_RETIRED), 1);
	exec.va += 5 * IPU_CMD_SIZE;
	exec.count = 495;
	ctx_put(&ctx, &exec);
	ctx_finish(&ctx);
	for (i = 0; i < 500; i++)
		assert_int_equal(((uint64_t *)host_at(host, words))[i], i < 5 ? 0 : i + 1);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_HEAD), 2);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_RETIRED), 1 + 1 + 495);
}

/* A list ends at an EXEC in it, even in a privileged context; what was before it is done. */
static void test_exec_in_exec(void **state)
{
	struct host *host = *state;
	struct ipu_cmd_exec exec = { .op = IPU_CMD_EXEC, .count = 3 };
	struct context ctx;
	uint64_t list, words;

	ctx_open(&ctx, host, 0, 0, TILES);
	list = make_list(&ctx, 3, &words);
	exec.va = VA(list);
	memcpy(host_at(host, list + IPU_CMD_SIZE), &exec, sizeof(exec));
	ctx_put(&ctx, &exec);
	ctx_fault(&ctx, IPU_FAULT_PRIVILEGE, 0, IPU_CMD_EXEC);
	assert_int_equal(ctx_get64(&ctx, IPU_CTX_FAULT_CMD_LO), VA(list) + IPU_CMD_SIZE);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_HEAD), 0);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_RETIRED), 1);
	assert_int_equal(((uint64_t *)host_at(host, words))[0], 1);
	assert_int_equal(((uint64_t *)host_at(host, words))[2], 0);
}

/* A list whose second page is not mapped: the first one's commands are done. */
static void test_exec_unmapped(void **state)
{
	struct host *host = *state;
	struct ipu_cmd_exec exec = { .op = IPU_CMD_EXEC, .count = 70 };
	struct context ctx;
	uint64_t list, words;

	ctx_open(&ctx, host, 0, 0, TILES);
	list = make_list(&ctx, 70, &words);
	exec.va = VA(list);
	*ctx_pte(&ctx, VA(list + IPU_PAGE_SIZE)) = 0;
	ctx_put(&ctx, &exec);
	ctx_fault(&ctx, IPU_FAULT_DMA_UNMAPPED, VA(list + IPU_PAGE_SIZE), 0);
	assert_int_equal(ctx_get64(&ctx, IPU_CTX_FAULT_CMD_LO), VA(list + IPU_PAGE_SIZE));
	assert_int_equal(ctx_get(&ctx, IPU_CTX_RETIRED), 64);
	assert_int_equal(((uint64_t *)host_at(host, words))[63], 64);
}

/* ---- Fields of RUN; what it does is in test_card_run.c ---- */

static void test_run_fields(void **state)
{
	struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN,
		.tile_first = 1,
		.tile_count = 2,
		.entry = IPU_SRAM_BASE,
	};
	struct context ctx;

	ctx_open(&ctx, *state, 0, 0, TILES);
	check_tiles(&ctx, &run);
	CHECK(&ctx, &run, ipu_cmd_run, entry, IPU_SRAM_BASE + 1);
	CHECK(&ctx, &run, ipu_cmd_run, report_va, VA(4));
	check_reserved(&ctx, &run, 10, 15);
	run.op |= IPU_CMD_RUN_RESUME;
	CHECK(&ctx, &run, ipu_cmd_run, entry, IPU_SRAM_BASE);
	run.entry = 0;
	CHECK(&ctx, &run, ipu_cmd_run, sp, 16);
	CHECK(&ctx, &run, ipu_cmd_run, arg, 1);
	/* Nothing to resume. */
	check_field(&ctx, &run, 0, 4, run.op);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_opcodes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copy_fields, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copy_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copy_shapes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copy_broadcast_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fill, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fence_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exec_in_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exec_unmapped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_run_fields, setup, teardown),
	};

	return cmocka_run_group_tests_name("card commands", tests, NULL, NULL);
}
