// SPDX-License-Identifier: MIT
/*
 * The exchange: what tiles pull from each other, bad transfer tables, and that
 * the result is the same whatever the number of host threads.
 */
#include <stdlib.h>
#include <string.h>

#include "card_host.h"
#include "card_program.h"
#include "card/ipu_bsp_cost.h"

#define TILES 8
#define DATA (IPU_SRAM_BASE + 0x8000)
#define TABLE (IPU_SRAM_BASE + 0x4000)

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

/* Load a program that exchanges with @count transfers from @table, once, to all tiles. */
static void load_exchange(struct context *ctx, uint32_t tiles, uint32_t table, uint32_t count)
{
	struct program p = { .count = 0 };

	transfers(&p, table, count);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	/* The exchange has set the count to 0: a second sync moves nothing. */
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	tiles_write(ctx, 0, tiles, IPU_SRAM_BASE, p.word, program_bytes(&p));
}

static void write_words(struct context *ctx, uint32_t tile, uint32_t addr, uint32_t first,
			uint32_t count)
{
	uint32_t words[256], i;

	for (i = 0; i < count; i++)
		words[i] = first + i;
	tiles_write(ctx, tile, 1, addr, words, count * 4);
}

static void check_words(struct context *ctx, uint32_t tile, uint32_t addr, uint32_t first,
			uint32_t count)
{
	uint32_t words[256], i;

	tile_read(ctx, tile, addr, words, count * 4);
	for (i = 0; i < count; i++)
		assert_int_equal(words[i], first + i);
}

static const struct ipu_run_report *run(struct context *ctx, uint32_t tiles)
{
	uint64_t report = put_run(ctx, 0, tiles, 0);

	ctx_finish(ctx);
	return host_at(ctx->host, report);
}

/* Every tile pulls its right neighbour's block to another address. */
static void test_neighbour(void **state)
{
	const struct ipu_run_report *report;
	struct context ctx;
	uint32_t t;

	ctx_open(&ctx, *state, 0, 0, TILES);
	load_exchange(&ctx, TILES, TABLE, 1);
	for (t = 0; t < TILES; t++) {
		const struct ipu_xfer xfer = {
			.src_tile = (t + 1) % TILES,
			.src_addr = DATA,
			.dst_addr = DATA + 0x1000,
			.bytes = 256 * 4,
		};

		tiles_write(&ctx, t, 1, TABLE, &xfer, sizeof(xfer));
		write_words(&ctx, t, DATA, t * 1000, 256);
	}
	report = run(&ctx, TILES);
	for (t = 0; t < TILES; t++) {
		check_words(&ctx, t, DATA + 0x1000, (t + 1) % TILES * 1000, 256);
		check_words(&ctx, t, DATA, t * 1000, 256);
	}
	assert_int_equal(report->exchange_bytes, TILES * 1024);
	assert_int_equal(report->supersteps, 3);
	assert_in_range(report->cycles, 2 * IPU_SYNC_CYCLES + 1024 / 4 + 6 * 9,
			2 * IPU_SYNC_CYCLES + 1024 / 4 + 6 * 12);
}

/* Tile 1 exits, after as many exchanges as the others @together; they go on with one more. */
static void load_exit(struct context *ctx, uint32_t together)
{
	struct program p = { .count = 0 };
	uint32_t branch;

	if (together) {
		transfers(&p, TABLE, 1);
		sync_zone(&p, IPU_ZONE_INTERNAL);
	}
	csrr(&p, T0, IPU_CSR_TILE);
	addi(&p, T0, T0, -1);
	branch = p.count;
	emit(&p, 0);
	exit_with(&p, ZERO);
	p.word[branch] = b_type((p.count - branch) * 4, T0, ZERO, 1);
	li(&p, T0, DATA);
	lw(&p, T1, T0, 0);
	addi(&p, T1, T1, 1);
	sw(&p, T1, T0, 0);
	transfers(&p, TABLE, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
}

/* One that has exited receives nothing, whatever it received before. */
static void test_exited(void **state)
{
	const struct ipu_xfer xfer = { 0, DATA, DATA + 0x1000, 4 };
	struct context ctx;
	uint32_t together, t;

	ctx_open(&ctx, *state, 0, 0, TILES);
	tiles_write(&ctx, 0, TILES, TABLE, &xfer, sizeof(xfer));
	write_words(&ctx, 0, DATA, 0, 1);
	for (together = 2; together-- > 0;) {
		load_exit(&ctx, together);
		assert_int_equal(run(&ctx, TILES)->exchange_bytes,
				 4 * (TILES - 1 + together * TILES));
		for (t = 0; t < TILES; t++)
			check_words(&ctx, t, DATA + 0x1000, t == 1 ? 0 : 2 - together, 1);
	}
}

/* Two tiles swap a block in place: each gets the other's as it stood at the barrier. */
static void test_swap(void **state)
{
	struct context ctx;
	uint32_t t;

	ctx_open(&ctx, *state, 0, 0, TILES);
	load_exchange(&ctx, 2, TABLE, 1);
	for (t = 0; t < 2; t++) {
		const struct ipu_xfer xfer = {
			.src_tile = 1 - t,
			.src_addr = DATA,
			.dst_addr = DATA,
			.bytes = 1024,
		};

		tiles_write(&ctx, t, 1, TABLE, &xfer, sizeof(xfer));
		write_words(&ctx, t, DATA, t * 1000, 256);
	}
	run(&ctx, 2);
	check_words(&ctx, 0, DATA, 1000, 256);
	check_words(&ctx, 1, DATA, 0, 256);
}

/* Destinations beside each other; an entry of no bytes; shifts in one tile. */
static void test_entries(void **state)
{
	const struct ipu_xfer table[] = {
		{ 1, DATA, DATA + 0x1000, 64 },
		{ 0, 0, 0, 0 },
		{ 2, DATA, DATA + 0x1040, 64 },
		{ 1, DATA + 64, DATA + 0xff0, 16 },
		/* A shift of its own memory by a word, as it stood. */
		{ 0, DATA, DATA + 4, 128 },
	};
	struct context ctx;
	uint32_t t;

	ctx_open(&ctx, *state, 0, 0, TILES);
	load_exchange(&ctx, 1, TABLE, 5);
	load_exchange(&ctx, 3, TABLE, 0);
	load_exchange(&ctx, 1, TABLE, 5);
	tiles_write(&ctx, 0, 1, TABLE, table, sizeof(table));
	for (t = 0; t < 3; t++)
		write_words(&ctx, t, DATA, t * 1000, 64);
	run(&ctx, 3);
	check_words(&ctx, 0, DATA + 0xff0, 1016, 4);
	check_words(&ctx, 0, DATA + 0x1000, 1000, 16);
	check_words(&ctx, 0, DATA + 0x1040, 2000, 16);
	check_words(&ctx, 0, DATA, 0, 1);
	check_words(&ctx, 0, DATA + 4, 0, 32);
}

/* A transfer that writes over the table it stands in, and over the code that follows. */
static void test_over_the_table(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	struct ipu_xfer table[4];
	uint32_t replacement[2], patched, i;
	const struct ipu_run_report *report;

	ctx_open(&ctx, *state, 0, 0, TILES);
	transfers(&p, TABLE, 4);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	patched = here(&p);
	addi(&p, A0, ZERO, 1);
	exit_with(&p, A0);
	tiles_write(&ctx, 0, 2, IPU_SRAM_BASE, p.word, program_bytes(&p));

	p.count = 0;
	addi(&p, A0, ZERO, 77);
	replacement[0] = p.word[0];
	tiles_write(&ctx, 1, 1, DATA, replacement, 4);
	write_words(&ctx, 1, DATA + 0x100, 5000, 64);
	table[0] = (struct ipu_xfer){ 1, DATA + 0x100, TABLE, sizeof(table) };
	table[1] = (struct ipu_xfer){ 1, DATA + 0x100, DATA + 0x400, 64 };
	table[2] = (struct ipu_xfer){ 1, DATA + 0x100, DATA + 0x500, 64 };
	table[3] = (struct ipu_xfer){ 1, DATA, patched, 4 };
	tiles_write(&ctx, 0, 2, TABLE, table, sizeof(table));
	for (i = 0; i < 2; i++) {
		uint64_t bus = put_run(&ctx, 0, 2, 0);

		ctx_finish(&ctx);
		report = host_at(ctx.host, bus);
		assert_int_equal(report->exit_code, 77);
		check_words(&ctx, 0, TABLE, 5000, 16);
		check_words(&ctx, 0, DATA + 0x500, 5000, 16);
		tiles_write(&ctx, 0, 2, TABLE, table, sizeof(table));
	}
}

/* ---- Bad tables ---- */

/* Tile 5 of a run of all tiles has a bad entry, as has tile 6; the lower one is named. */
static void check_bad(struct context *ctx, uint32_t table, uint32_t count, uint64_t addr,
		      uint32_t info)
{
	struct program p = { .count = 0 };

	csrr(&p, T1, IPU_CSR_TILE);
	addi(&p, T2, ZERO, 5);
	transfers(&p, table, count);
	beq(&p, T1, T2, here(&p) + 16);
	addi(&p, T2, ZERO, 6);
	beq(&p, T1, T2, here(&p) + 8);
	csrw(&p, IPU_CSR_XCNT, ZERO);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	put_run(ctx, 0, TILES, 0);
	ctx_fault(ctx, IPU_FAULT_EXCHANGE, addr, info);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_TILE), 5);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_UNIT), IPU_UNIT_SUPERVISOR);
	assert_in_range(ctx_get(ctx, IPU_CTX_FAULT_PC), here(&p) - 8, here(&p) - 4);
	ctx_restart(ctx);
}

static void check_bad_entry(struct context *ctx, struct ipu_xfer bad, uint32_t info)
{
	const struct ipu_xfer table[] = { { 0, DATA, DATA, 16 }, bad };

	tiles_write(ctx, 0, TILES, TABLE, table, sizeof(table));
	check_bad(ctx, TABLE, 2, TABLE + 16, info);
}

static void test_bad_entries(void **state)
{
	const uint32_t src_tile = 0, src_addr = 4, dst_addr = 8, bytes = 12;
	const uint32_t low = IPU_SRAM_BASE - 4, end = IPU_SRAM_END;
	struct context ctx;

	ctx_open(&ctx, *state, 0, 0, TILES);
	check_bad_entry(&ctx, (struct ipu_xfer){ TILES, DATA, DATA, 4 }, src_tile);
	check_bad_entry(&ctx, (struct ipu_xfer){ UINT32_MAX, DATA, DATA, 4 }, src_tile);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, DATA + 2, DATA, 4 }, src_addr);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, low, DATA, 4 }, src_addr);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, end, DATA, 4 }, src_addr);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, DATA, DATA + 1, 4 }, dst_addr);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, DATA, low, 4 }, dst_addr);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, DATA, UINT32_MAX - 3, 4 }, dst_addr);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, DATA, DATA, 6 }, bytes);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, end - 4, DATA, 8 }, bytes);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, DATA, end - 4, 8 }, bytes);
	check_bad_entry(&ctx, (struct ipu_xfer){ 0, DATA, DATA, UINT32_MAX - 3 }, bytes);
	check_bad_entry(&ctx, (struct ipu_xfer){ 1, DATA, DATA + 12, 8 }, IPU_XFER_OVERLAP);
	check_bad_entry(&ctx, (struct ipu_xfer){ 1, DATA, DATA - 1024, 1028 }, IPU_XFER_OVERLAP);
}

static void test_bad_tables(void **state)
{
	const uint32_t whole = IPU_SRAM_SIZE / 16;
	struct context ctx;

	ctx_open(&ctx, *state, 0, 0, TILES);
	check_bad(&ctx, 0, 1, 0, 16);
	check_bad(&ctx, IPU_SRAM_END, 1, IPU_SRAM_END, 16);
	/* Entries of zeroes are fine, up to the one that does not fit. */
	check_bad(&ctx, IPU_SRAM_END - 40, 3, IPU_SRAM_END - 8, 16);
	check_bad(&ctx, IPU_SRAM_END - 160, UINT32_MAX, IPU_SRAM_END, 16);
	/* All of SRAM as a table: the program is its first entries, and no transfer. */
	check_bad(&ctx, IPU_SRAM_BASE, whole, IPU_SRAM_BASE, 0);
}

/*
 * A table as large as it can be, each entry of which pulls all it can: more than
 * 20 GB for one tile. Nothing of it is moved.
 */
static void test_hostile_table(void **state)
{
	const uint32_t count = (IPU_SRAM_END - TABLE) / 16;
	struct ipu_xfer *table = calloc(count, sizeof(*table));
	struct context ctx;
	uint32_t i;

	assert_non_null(table);
	for (i = 0; i < count; i++)
		table[i] =
			(struct ipu_xfer){ i % TILES, IPU_SRAM_BASE, IPU_SRAM_BASE, IPU_SRAM_SIZE };
	ctx_open(&ctx, *state, 0, 0, TILES);
	load_exchange(&ctx, TILES, TABLE, count);
	tiles_write(&ctx, 0, TILES, TABLE, table, count * 16);
	put_run(&ctx, 0, TILES, 0);
	ctx_fault(&ctx, IPU_FAULT_EXCHANGE, TABLE + 16, IPU_XFER_OVERLAP);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_TILE), 0);
	free(table);
}

/* ---- Determinism ---- */

#define BLOCK 512 /* bytes that a tile pulls from each of two others, in each superstep */
#define STEPS 6

/*
 * In each of STEPS supersteps a tile works for a time that depends on what it
 * has received, and then pulls blocks of its two neighbours at addresses that
 * both are written and read in the same exchange. It exits with a checksum.
 */
static void churn_program(struct program *p)
{
	uint32_t step, work;

	csrr(p, S0, IPU_CSR_TILE);
	li(p, S1, STEPS);
	li(p, A1, DATA);
	addi(p, A2, S0, 1);
	step = here(p);
	/* Work: a walk over the first block, of a length that the data give. */
	lw(p, T0, A1, 0);
	li(p, T1, 20000);
	remu(p, T0, T0, T1);
	addi(p, T0, T0, 1);
	work = here(p);
	li(p, T1, 1664525);
	mul(p, A2, A2, T1);
	li(p, T1, 1013904223);
	add(p, A2, A2, T1);
	li(p, T1, BLOCK / 4);
	remu(p, T2, A2, T1);
	slli(p, T2, T2, 2);
	add(p, T2, T2, A1);
	lw(p, T1, T2, 0);
	add(p, T1, T1, A2);
	sw(p, T1, T2, 0);
	add(p, A3, A3, T1);
	addi(p, T0, T0, -1);
	bne(p, T0, ZERO, work);
	transfers(p, TABLE, 2);
	sync_zone(p, IPU_ZONE_INTERNAL);
	addi(p, S1, S1, -1);
	bne(p, S1, ZERO, step);
	exit_with(p, A3);
}

struct outcome {
	struct ipu_run_report report;
	uint32_t checksum[64];
};

static void churn(uint32_t tiles, uint32_t threads, struct outcome *outcome)
{
	struct host *host = host_new(tiles, threads);
	struct program p = { .count = 0 };
	struct context ctx;
	uint64_t bus;
	uint32_t t, i;
	uint32_t *tables;
	struct ipu_cmd_copy copy;

	ctx_open(&ctx, host, 0, 0, tiles);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0); /* a sanitizer is slow, and the machine busy */
	churn_program(&p);
	tiles_write(&ctx, 0, tiles, IPU_SRAM_BASE, p.word, program_bytes(&p));
	bus = host_alloc(host, tiles * 32);
	tables = host_at(host, bus);
	for (t = 0; t < tiles; t++) {
		const struct ipu_xfer table[2] = {
			{ (t + 1) % tiles, DATA, DATA + BLOCK / 2, BLOCK },
			{ (t + tiles - 1) % tiles, DATA + BLOCK, DATA, BLOCK / 2 },
		};

		memcpy(tables + t * 8, table, sizeof(table));
	}
	copy = copy_to(0, tiles, TABLE, VA(bus), 32);
	ctx_put(&ctx, &copy);
	bus = put_run(&ctx, 0, tiles, 0);
	ctx_finish(&ctx);
	outcome->report = *(struct ipu_run_report *)host_at(host, bus);

	memset(outcome->checksum, 0, sizeof(outcome->checksum));
	for (t = 0; t < tiles; t++) {
		uint32_t words[BLOCK / 2];

		tile_read(&ctx, t, DATA, words, sizeof(words));
		for (i = 0; i < BLOCK / 2; i++)
			outcome->checksum[t % 64] = outcome->checksum[t % 64] * 31 + words[i];
	}
	host_free(host);
}

static void check_deterministic(uint32_t tiles)
{
	static const uint32_t threads[] = { 1, 2, 7 };
	struct outcome first, other;
	size_t i;

	churn(tiles, 1, &first);
	assert_int_equal(first.report.supersteps, STEPS + 1);
	assert_int_equal(first.report.exchange_bytes, (uint64_t)STEPS * tiles * BLOCK * 3 / 2);
	assert_int_not_equal(first.report.exit_code, 0);
	for (i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		churn(tiles, threads[i], &other);
		assert_memory_equal(&first, &other, sizeof(first));
	}
}

static void test_deterministic(void **state)
{
	(void)state;
	check_deterministic(1);
	check_deterministic(33);
}

static void test_deterministic_large(void **state)
{
	(void)state;
	check_deterministic(IPU_MAX_TILES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_neighbour, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exited, setup, teardown),
		cmocka_unit_test_setup_teardown(test_swap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_over_the_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_tables, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_table, setup, teardown),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_deterministic_large),
	};

	return cmocka_run_group_tests_name("card exchange", tests, NULL, NULL);
}
