// SPDX-License-Identifier: MIT
/* RUN and RESUME: reports, faults of tiles, sync zones, the watchdog, memory. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"
#include "card/ipu_bsp_cost.h"

#define TILES 8
#define DATA (IPU_SRAM_BASE + 0x1000)

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

static void load(struct context *ctx, uint32_t first, uint32_t tiles, const struct program *p)
{
	tiles_write(ctx, first, tiles, IPU_SRAM_BASE, p->word, program_bytes(p));
}

static const struct ipu_run_report *report_at(struct context *ctx, uint64_t bus)
{
	return host_at(ctx->host, bus);
}

/* The fault of a tile, with the RUN as its command. */
static void check_tile_fault(struct context *ctx, uint32_t cause, uint32_t tile, uint32_t pc,
			     uint64_t addr, uint32_t info)
{
	uint64_t command =
		VA(ctx->ring) + (uint64_t)((ctx->written - 1) % (1u << ctx->log2)) * IPU_CMD_SIZE;

	ctx_fault(ctx, cause, addr, info);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_TILE), tile);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_UNIT), IPU_UNIT_SUPERVISOR);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_PC), pc);
	assert_int_equal(ctx_get64(ctx, IPU_CTX_FAULT_CMD_LO), command);
}

/* Count down from A0 and exit with the tile's id: tile t exits with t. */
static void count_and_exit(struct program *p, uint32_t count)
{
	uint32_t loop;

	li(p, T0, count);
	loop = here(p);
	addi(p, T0, T0, -1);
	bne(p, T0, ZERO, loop);
	csrr(p, T1, IPU_CSR_TILE);
	exit_with(p, T1);
}

static void test_report(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	const struct ipu_run_report *report;

	ctx_open(&ctx, *state, 0, 0, TILES);
	count_and_exit(&p, 1000);
	load(&ctx, 0, TILES, &p);
	report = report_at(&ctx, put_run(&ctx, 2, 4, 0));
	ctx_finish(&ctx);
	assert_int_equal(report->state, IPU_RUN_EXITED);
	assert_int_equal(report->instructions, 4 * (2 + 2 * 1000 + 2));
	assert_int_equal(report->supersteps, 1);
	assert_int_equal(report->exit_tile, 1);
	assert_int_equal(report->exit_code, 1);
	assert_int_equal(report->exchange_bytes, 0);
	assert_in_range(report->cycles, 6 * 2000, 6 * 2100);
	assert_true(!report->reserved[0] && !report->reserved[1] && !report->reserved[2]);
}

/* The start values are what the command says; a run without a report is one too. */
static void test_start_values(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN,
		.tile_first = 3,
		.tile_count = 2,
		.entry = IPU_SRAM_BASE + 4,
		.sp = 0x12345678,
		.arg = 0x9abcdef0,
	};
	uint32_t got[4];

	ctx_open(&ctx, *state, 0, 0, TILES);
	emit(&p, 0); /* illegal: the entry is behind it */
	li(&p, T0, DATA);
	sw(&p, SP, T0, 0);
	sw(&p, A0, T0, 4);
	csrr(&p, T1, IPU_CSR_TILE);
	sw(&p, T1, T0, 8);
	csrr(&p, T1, IPU_CSR_TILES);
	sw(&p, T1, T0, 12);
	exit_with(&p, ZERO);
	load(&ctx, 0, TILES, &p);
	ctx_put(&ctx, &run);
	ctx_finish(&ctx);
	tile_read(&ctx, 4, DATA, got, sizeof(got));
	assert_int_equal(got[0], 0x12345678);
	assert_int_equal(got[1], 0x9abcdef0);
	assert_int_equal(got[2], 1);
	assert_int_equal(got[3], 2);
	tile_read(&ctx, 2, DATA, got, sizeof(got));
	assert_int_equal(got[0], 0);
}

/* SRAM written between two runs is what the second one executes. */
static void test_new_code(void **state)
{
	struct context ctx;
	struct program p;
	const struct ipu_run_report *report;
	uint32_t i;

	ctx_open(&ctx, *state, 0, 0, TILES);
	for (i = 1; i < 6; i++) {
		p.count = 0;
		li(&p, T0, i * 11);
		exit_with(&p, T0);
		load(&ctx, 0, TILES, &p);
		report = report_at(&ctx, put_run(&ctx, 0, TILES, 0));
		ctx_finish(&ctx);
		assert_int_equal(report->exit_code, i * 11);
	}
	/* So is what a fill writes: zeroes are no instruction. */
	ctx_put(&ctx, &(struct ipu_cmd_fill){
			      .op = IPU_CMD_FILL,
			      .tile_count = TILES,
			      .tile_addr = IPU_SRAM_BASE,
			      .bytes = 4,
		      });
	put_run(&ctx, 0, TILES, 0);
	check_tile_fault(&ctx, IPU_FAULT_ILLEGAL_INSN, 0, IPU_SRAM_BASE, 0, 0);
}

/* ---- Faults of tiles ---- */

/* Tiles 5 and 3 of the context trap, later the higher they are. */
static void test_lowest_tile_faults(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	uint32_t trap_pc;
	int i;

	ctx_open(&ctx, *state, 0, 0, TILES);
	csrr(&p, T0, IPU_CSR_TILE);
	addi(&p, T1, ZERO, 2);
	beq(&p, T0, T1, here(&p) + 12);
	addi(&p, T1, ZERO, 4);
	bne(&p, T0, T1, here(&p) + 8);
	trap_pc = here(&p);
	trap(&p, T1);
	exit_with(&p, ZERO);
	load(&ctx, 0, TILES, &p);
	for (i = 0; i < 50; i++) {
		put_run(&ctx, 1, 6, 0);
		check_tile_fault(&ctx, IPU_FAULT_TRAP, 3, trap_pc, 0, 2);
		assert_int_equal(ctx_get(&ctx, IPU_CTX_HEAD), ctx.written - 1);
		assert_int_equal(ctx_get(&ctx, IPU_CTX_EVENT), IPU_CTX_EVENT_FAULT);
		ctx_restart(&ctx);
		assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_CAUSE), 0);
	}
}

/* A fault ends the run though other tiles loop for ever; the next run works. */
static void test_fault_beside_loop(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	const struct ipu_run_report *report;

	ctx_open(&ctx, *state, 0, 0, TILES);
	csrr(&p, T0, IPU_CSR_TILE);
	beq(&p, T0, ZERO, here(&p));
	lw(&p, T1, ZERO, 16);
	load(&ctx, 0, TILES, &p);
	put_run(&ctx, 0, TILES, 0);
	check_tile_fault(&ctx, IPU_FAULT_LOAD, 1, IPU_SRAM_BASE + 8, 16, 0);
	ctx_restart(&ctx);
	p.count = 0;
	exit_with(&p, ZERO);
	load(&ctx, 0, TILES, &p);
	report = report_at(&ctx, put_run(&ctx, 0, TILES, 0));
	ctx_finish(&ctx);
	assert_int_equal(report->state, IPU_RUN_EXITED);
	assert_int_equal(report->exit_code, 0);
}

static uint32_t read_data(struct context *ctx, uint32_t tile, uint32_t unit, uint32_t addr)
{
	ctx_set(ctx, IPU_CTX_DBG_TILE, tile);
	ctx_set(ctx, IPU_CTX_DBG_UNIT, unit);
	ctx_set(ctx, IPU_CTX_DBG_ADDR, addr);
	return ctx_get(ctx, IPU_CTX_DBG_DATA);
}

/* With no debugger: what the tile had can be read, not written, until it is disabled. */
static void test_read_after_fault(void **state)
{
	struct program p = { .count = 0 };
	struct context ctx;
	uint32_t pc, value;

	ctx_open(&ctx, *state, 0, 0, TILES);
	li(&p, S1, 0x12345678);
	li(&p, T1, IPU_SRAM_BASE + 0x1000);
	sw(&p, S1, T1, 4);
	pc = here(&p);
	lw(&p, A0, ZERO, 0x10);
	load(&ctx, 0, TILES, &p);
	read_data(&ctx, 1, IPU_UNIT_SUPERVISOR, IPU_DBG_REG | S1);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_DBG_ERROR), 1);
	put_run(&ctx, 1, 2, 0);
	check_tile_fault(&ctx, IPU_FAULT_LOAD, 1, pc, 0x10, 0);

	value = read_data(&ctx, 1, IPU_UNIT_SUPERVISOR, IPU_DBG_REG | S1);
	assert_int_equal(value, 0x12345678);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_DBG_ERROR), 0);
	value = read_data(&ctx, 1, IPU_UNIT_SUPERVISOR, IPU_DBG_REG | IPU_DBG_REG_PC);
	assert_int_equal(value, pc);
	value = read_data(&ctx, 1, 0, IPU_SRAM_BASE + 0x1004);
	assert_int_equal(value, 0x12345678);
	/* A tile that did not run, and one that there is not. */
	assert_int_equal(read_data(&ctx, 0, 0, IPU_DBG_REG | S1), 0);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_DBG_ERROR), 0);
	read_data(&ctx, TILES, 0, IPU_DBG_REG | S1);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_DBG_ERROR), 1);

	ctx_set(&ctx, IPU_CTX_DBG_TILE, 1);
	ctx_set(&ctx, IPU_CTX_DBG_ADDR, IPU_SRAM_BASE + 0x1004);
	ctx_set(&ctx, IPU_CTX_DBG_DATA, 1);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_DBG_ERROR), 1);
	assert_int_equal(read_data(&ctx, 1, 0, IPU_SRAM_BASE + 0x1004), 0x12345678);
	ctx_disable(&ctx);
	read_data(&ctx, 1, 0, IPU_SRAM_BASE + 0x1004);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_DBG_ERROR), 1);
}

static void test_bad_entry(void **state)
{
	struct ipu_cmd_run run = { .op = IPU_CMD_RUN, .tile_count = 1, .entry = 0x1000 };
	struct context ctx;

	ctx_open(&ctx, *state, 0, 0, TILES);
	ctx_put(&ctx, &run);
	check_tile_fault(&ctx, IPU_FAULT_FETCH, 0, 0x1000, 0x1000, 0);
}

/* The report is written with the command's privilege; where it cannot be, that is the fault. */
static void test_report_refused(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	uint64_t report;

	ctx_open(&ctx, *state, 0, 0, TILES);
	exit_with(&p, ZERO);
	load(&ctx, 0, TILES, &p);
	report = put_run(&ctx, 0, TILES, 0);
	*ctx_pte(&ctx, VA(report)) &= ~IPU_PTE_W;
	ctx_fault(&ctx, IPU_FAULT_DMA_READONLY, VA(report), 0);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_TILE), IPU_FAULT_NO_TILE);
}

/* ---- Syncs ---- */

/* Each tile counts to a different number, syncs at @zone, counts, and exits. */
static void sync_program(struct program *p, uint32_t zone)
{
	uint32_t loop;

	csrr(p, T0, IPU_CSR_TILE);
	slli(p, T0, T0, 10);
	addi(p, T0, T0, 1);
	loop = here(p);
	addi(p, T0, T0, -1);
	bne(p, T0, ZERO, loop);
	sync_zone(p, zone);
	li(p, T0, 100);
	loop = here(p);
	addi(p, T0, T0, -1);
	bne(p, T0, ZERO, loop);
	exit_with(p, ZERO);
}

static void test_internal_sync(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	const struct ipu_run_report *report;
	uint64_t first, second;

	ctx_open(&ctx, *state, 0, 0, TILES);
	sync_program(&p, IPU_ZONE_INTERNAL);
	load(&ctx, 0, TILES, &p);
	report = report_at(&ctx, put_run(&ctx, 0, TILES, 0));
	ctx_finish(&ctx);
	assert_int_equal(report->supersteps, 2);
	assert_int_equal(report->state, IPU_RUN_EXITED);
	/* The slowest tile's way to the barrier, the sync, what follows. */
	first = 6 * (3 + 2 * (7 * 1024 + 1) + 1);
	second = 6 * (2 + 2 * 100 + 1);
	assert_in_range(report->cycles, first + IPU_SYNC_CYCLES + second - 12,
			first + IPU_SYNC_CYCLES + second + 12);
}

static void test_resume(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	const struct ipu_run_report *report;
	const uint32_t resume = IPU_CMD_RUN | IPU_CMD_RUN_RESUME;

	ctx_open(&ctx, *state, 0, 0, TILES);
	sync_program(&p, IPU_ZONE_EXTERNAL);
	load(&ctx, 0, TILES, &p);
	report = report_at(&ctx, put_run(&ctx, 1, 6, 0));
	ctx_finish(&ctx);
	assert_int_equal(report->state, IPU_RUN_AT_SYNC);
	assert_int_equal(report->supersteps, 1);
	assert_in_range(report->cycles, 6 * 2 * 5 * 1024, 6 * 2 * 5 * 1024 + 60);

	report = report_at(&ctx, put_run(&ctx, 1, 6, IPU_CMD_RUN_RESUME));
	ctx_finish(&ctx);
	assert_int_equal(report->state, IPU_RUN_EXITED);
	assert_int_equal(report->supersteps, 1);
	assert_int_equal(report->instructions, 6 * (2 + 2 * 100 + 1));
	assert_in_range(report->cycles, IPU_SYNC_CYCLES + 6 * 200, IPU_SYNC_CYCLES + 6 * 210);

	/* What has exited is not resumed. */
	put_run(&ctx, 1, 6, IPU_CMD_RUN_RESUME);
	ctx_fault(&ctx, IPU_FAULT_BAD_FIELD, resume, 0);
}

static void check_resume_range(struct context *ctx, uint32_t first, uint32_t count, uint32_t offset,
			       uint32_t value)
{
	put_run(ctx, 1, 6, 0);
	ctx_finish(ctx);
	put_run(ctx, first, count, IPU_CMD_RUN_RESUME);
	ctx_fault(ctx, IPU_FAULT_BAD_FIELD, value, offset);
	ctx_restart(ctx);
}

static void test_resume_range(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };

	ctx_open(&ctx, *state, 0, 0, TILES);
	sync_program(&p, IPU_ZONE_EXTERNAL);
	load(&ctx, 0, TILES, &p);
	check_resume_range(&ctx, 2, 4, offsetof(struct ipu_cmd_run, tile_first), 2);
	check_resume_range(&ctx, 1, 5, offsetof(struct ipu_cmd_run, tile_count), 5);
	check_resume_range(&ctx, 7, 1, 0, IPU_CMD_RUN | IPU_CMD_RUN_RESUME);

	/* Two runs wait at the same time; each is resumed on its own. */
	put_run(&ctx, 0, 4, 0);
	put_run(&ctx, 4, 4, 0);
	put_run(&ctx, 0, 4, IPU_CMD_RUN_RESUME);
	put_run(&ctx, 4, 4, IPU_CMD_RUN_RESUME);
	ctx_finish(&ctx);

	/* A run over a part of the tiles of another ends that one. */
	put_run(&ctx, 0, 4, 0);
	put_run(&ctx, 3, 2, 0);
	put_run(&ctx, 0, 4, IPU_CMD_RUN_RESUME);
	ctx_fault(&ctx, IPU_FAULT_BAD_FIELD, 0, offsetof(struct ipu_cmd_run, tile_first));
}

/* Some exit, the others continue without them: exited tiles take no part in barriers. */
static void test_some_exit(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	const struct ipu_run_report *report;

	ctx_open(&ctx, *state, 0, 0, TILES);
	csrr(&p, T0, IPU_CSR_TILE);
	addi(&p, T1, ZERO, 2);
	bne(&p, T0, T1, here(&p) + 8);
	exit_with(&p, T1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	sync_zone(&p, IPU_ZONE_EXTERNAL);
	exit_with(&p, ZERO);
	load(&ctx, 0, TILES, &p);
	report = report_at(&ctx, put_run(&ctx, 0, TILES, 0));
	ctx_finish(&ctx);
	assert_int_equal(report->state, IPU_RUN_AT_SYNC);
	assert_int_equal(report->supersteps, 2);
	assert_int_equal(report->exit_tile, 2);
	assert_int_equal(report->exit_code, 2);
	report = report_at(&ctx, put_run(&ctx, 0, TILES, IPU_CMD_RUN_RESUME));
	ctx_finish(&ctx);
	assert_int_equal(report->state, IPU_RUN_EXITED);
	assert_int_equal(report->exit_code, 2);
}

/* Of those that wait, tiles 0 to 4 do so in one zone and 5 in the other. */
static void check_mismatch(struct context *ctx, uint32_t zone, uint32_t other)
{
	struct program p = { .count = 0 };
	uint32_t pc;

	csrr(&p, T0, IPU_CSR_TILE);
	addi(&p, T1, ZERO, 4);
	beq(&p, T0, T1, here(&p) + 12);
	sync_zone(&p, zone);
	exit_with(&p, ZERO);
	sync_zone(&p, other);
	pc = here(&p);
	exit_with(&p, ZERO);
	load(ctx, 0, TILES, &p);
	put_run(ctx, 1, 6, 0);
	ctx_fault(ctx, IPU_FAULT_SYNC_MISMATCH, 0, other);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_TILE), 5);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_UNIT), IPU_UNIT_SUPERVISOR);
	assert_in_range(ctx_get(ctx, IPU_CTX_FAULT_PC), pc - 4, pc);
	ctx_restart(ctx);
}

static void test_sync_mismatch(void **state)
{
	struct context ctx;

	ctx_open(&ctx, *state, 0, 0, TILES);
	check_mismatch(&ctx, IPU_ZONE_INTERNAL, IPU_ZONE_EXTERNAL);
	check_mismatch(&ctx, IPU_ZONE_EXTERNAL, IPU_ZONE_INTERNAL);
}

/* ---- The watchdog ---- */

static void test_watchdog(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	uint64_t begun;

	ctx_open(&ctx, *state, 0, 0, TILES);
	/* Time enough, on a busy machine, for the first tile to exit. */
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 300);
	csrr(&p, T0, IPU_CSR_TILE);
	bne(&p, T0, ZERO, here(&p) + 8);
	exit_with(&p, ZERO);
	jump(&p, here(&p));
	load(&ctx, 0, TILES, &p);
	begun = now_ms();
	put_run(&ctx, 0, TILES, 0);
	check_tile_fault(&ctx, IPU_FAULT_WATCHDOG, 1, here(&p) - 4, 0, 0);
	assert_true(now_ms() - begun >= 300);
	assert_true(now_ms() - begun < 5000);
}

/* Supersteps without end, in which no round is ever long. */
static void test_watchdog_of_supersteps(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };

	ctx_open(&ctx, *state, 0, 0, TILES);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 30);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	jump(&p, IPU_SRAM_BASE);
	load(&ctx, 0, TILES, &p);
	put_run(&ctx, 2, 3, 0);
	ctx_fault(&ctx, IPU_FAULT_WATCHDOG, 0, 0);
	/* Which of them had not yet reached the barrier depends on the host. */
	assert_in_range(ctx_get(&ctx, IPU_CTX_FAULT_TILE), 2, 4);
}

/* 0 is no limit; the time of a RUN is its own, not that of the ones before it. */
static void test_watchdog_limits(void **state)
{
	struct context ctx;
	struct program p = { .count = 0 };
	uint64_t begun;
	uint32_t limit;
	int i;

	ctx_open(&ctx, *state, 0, 0, TILES);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	jump(&p, here(&p));
	load(&ctx, 0, 1, &p);
	put_run(&ctx, 0, 1, 0);
	ctx_ring(&ctx);
	usleep(100000);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_RUNNING);
	ctx_restart(&ctx);

	/* As many runs as take twice the limit, which is far above what one takes. */
	p.count = 0;
	count_and_exit(&p, 100000);
	load(&ctx, 0, TILES, &p);
	begun = now_ms();
	put_run(&ctx, 0, TILES, 0);
	ctx_finish(&ctx);
	limit = 20 * (uint32_t)(now_ms() - begun + 25);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, limit);
	begun = now_ms();
	while (now_ms() - begun < 2 * limit) {
		for (i = 0; i < 40; i++)
			put_run(&ctx, 0, TILES, 0);
		ctx_finish(&ctx);
		ctx.host->used -= 40 * IPU_PAGE_SIZE;
	}
}

/* ---- Zeros ---- */

static void write_by_copy(struct context *ctx)
{
	const uint32_t word = 1;

	tiles_write(ctx, 0, TILES, DATA, &word, sizeof(word));
}

static void write_by_fill(struct context *ctx)
{
	const struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = TILES,
		.tile_addr = DATA,
		.bytes = 4,
		.value = 1,
	};

	ctx_put(ctx, &fill);
	ctx_finish(ctx);
}

/* The program is all that the host has written, and what it stores is elsewhere. */
static void write_by_run(struct context *ctx)
{
	struct program p = { .count = 0 };

	li(&p, T0, DATA);
	li(&p, T1, 1);
	sw(&p, T1, T0, 0);
	exit_with(&p, ZERO);
	load(ctx, 0, TILES, &p);
	put_run(ctx, 0, TILES, 0);
	ctx_finish(ctx);
}

static void write_by_debugger(struct context *ctx)
{
	uint32_t tile;

	ctx_set(ctx, IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
	ctx_set(ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_HALT);
	ctx_wait(ctx, IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
	for (tile = 0; tile < TILES; tile++) {
		ctx_set(ctx, IPU_CTX_DBG_TILE, tile);
		ctx_set(ctx, IPU_CTX_DBG_ADDR, DATA);
		ctx_set(ctx, IPU_CTX_DBG_DATA, 1);
	}
	ctx_set(ctx, IPU_CTX_DBG_CTRL, 0);
}

/*
 * A FILL with zeros, which has nothing to do where nothing has been written, clears what has
 * been, by whomever; and does so in a context that was enabled again without CLEAR.
 */
static void test_fill_with_zeros(void **state)
{
	static void (*const writers[])(struct context *ctx) = {
		write_by_copy,
		write_by_fill,
		write_by_run,
		write_by_debugger,
	};
	const struct ipu_cmd_fill zeros = {
		.op = IPU_CMD_FILL,
		.tile_count = TILES,
		.tile_addr = IPU_SRAM_BASE,
		.bytes = IPU_SRAM_SIZE,
	};
	struct context ctx;
	uint32_t word;
	unsigned int i;

	for (i = 0; i < 2 * sizeof(writers) / sizeof(writers[0]); i++) {
		ctx_open(&ctx, *state, 0, 0, TILES);
		writers[i / 2](&ctx);
		tile_read(&ctx, TILES - 1, DATA, &word, sizeof(word));
		assert_int_equal(word, 1);
		if (i % 2)
			ctx_restart(&ctx);
		ctx_put(&ctx, &zeros);
		ctx_finish(&ctx);
		tile_read(&ctx, TILES - 1, DATA, &word, sizeof(word));
		assert_int_equal(word, 0);
		ctx_disable(&ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_report, setup, teardown),
		cmocka_unit_test_setup_teardown(test_start_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_code, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lowest_tile_faults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fault_beside_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_after_fault, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_entry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_report_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_internal_sync, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resume, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resume_range, setup, teardown),
		cmocka_unit_test_setup_teardown(test_some_exit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sync_mismatch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watchdog, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watchdog_of_supersteps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watchdog_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fill_with_zeros, setup, teardown),
	};

	return cmocka_run_group_tests_name("card runs", tests, NULL, NULL);
}
