// SPDX-License-Identifier: MIT
/*
 * Exchanges in a row, against a model of them: tables that stay, change and pause, data
 * that is read where it is written and that is not, with one thread and with several.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 24
#define STEPS 16
#define WORDS 256 /* of data on a tile */
#define TABLES 3
#define ENTRIES 8 /* of a table; each has a part of the data of its own to write */
#define PART (WORDS / ENTRIES)

#define PLAN (IPU_SRAM_BASE + 0x2000) /* for each step, address and entries of a table */
#define TABLE (IPU_SRAM_BASE + 0x4000)
#define DATA (IPU_SRAM_BASE + 0x8000)

struct step {
	uint32_t table;
	uint32_t count;
};

/* What is in a tile's SRAM, and the random numbers that it comes from. */
struct machine {
	uint32_t seed;
	uint32_t data[TILES][WORDS];
	struct ipu_xfer table[TILES][TABLES][ENTRIES];
	struct step plan[TILES][STEPS];
};

static uint32_t random_below(struct machine *machine, uint32_t end)
{
	machine->seed = machine->seed * 1664525 + 1013904223;
	return (machine->seed >> 8) % end;
}

/* @apart: only the upper half of the data is written, and only the lower is read. */
static struct ipu_xfer random_entry(struct machine *machine, uint32_t part, bool apart)
{
	uint32_t words = random_below(machine, PART + 1);
	uint32_t to = part * PART + random_below(machine, PART - words + 1);
	uint32_t from = random_below(machine, (apart ? WORDS / 2 : WORDS) - words + 1);

	if (apart && to < WORDS / 2)
		words = 0;
	return (struct ipu_xfer){ random_below(machine, TILES), DATA + 4 * from, DATA + 4 * to,
				  4 * words };
}

static void make_machine(struct machine *machine, uint32_t seed)
{
	const bool apart = seed % 3 == 0;
	uint32_t t, i, k, change;

	memset(machine, 0, sizeof(*machine));
	machine->seed = seed;
	for (t = 0; t < TILES; t++) {
		for (i = 0; i < WORDS; i++)
			machine->data[t][i] = t << 16 | i;
		for (k = 0; k < TABLES; k++)
			for (i = 0; i < ENTRIES; i++)
				machine->table[t][k][i] = random_entry(machine, i, apart);
		for (i = 0; i < STEPS; i++) {
			struct step *step = &machine->plan[t][i];

			/* mostly as in the step before */
			change = i ? random_below(machine, 12) : 0;
			if (change > 2) {
				*step = step[-1];
				continue;
			}
			step->table = TABLE + random_below(machine, TABLES) *
						      (uint32_t)sizeof(machine->table[0][0]);
			step->count = change == 2 ? 0 : random_below(machine, ENTRIES + 1);
		}
	}
}

/* What the card must do. Return: bytes moved. */
static uint64_t model(struct machine *machine)
{
	static uint32_t before[TILES][WORDS];
	uint64_t bytes = 0;
	uint32_t s, t, i;

	for (s = 0; s < STEPS; s++) {
		memcpy(before, machine->data, sizeof(before));
		for (t = 0; t < TILES; t++) {
			const struct step *step = &machine->plan[t][s];
			const struct ipu_xfer *xfer =
				machine->table[t][(step->table - TABLE) /
						  sizeof(machine->table[0][0])];

			for (i = 0; i < step->count; i++, xfer++) {
				memcpy(&machine->data[t][(xfer->dst_addr - DATA) / 4],
				       &before[xfer->src_tile][(xfer->src_addr - DATA) / 4],
				       xfer->bytes);
				bytes += xfer->bytes;
			}
		}
	}
	return bytes;
}

static void make_program(struct program *p)
{
	uint32_t loop;

	p->count = 0;
	li(p, S0, PLAN);
	li(p, S1, STEPS);
	loop = here(p);
	lw(p, T0, S0, 0);
	csrw(p, IPU_CSR_XTAB, T0);
	lw(p, T0, S0, 4);
	csrw(p, IPU_CSR_XCNT, T0);
	addi(p, S0, S0, 8);
	sync_zone(p, IPU_ZONE_INTERNAL);
	addi(p, S1, S1, -1);
	bne(p, S1, ZERO, loop);
	exit_with(p, ZERO);
}

static void check_machine(uint32_t seed, uint32_t threads)
{
	static struct machine machine;
	struct host *host = host_new(TILES, threads);
	const struct ipu_run_report *report;
	uint32_t words[WORDS];
	struct context ctx;
	struct program p;
	uint64_t bus;
	uint32_t t;

	make_machine(&machine, seed);
	make_program(&p);
	ctx_open(&ctx, host, 0, 0, TILES);
	tiles_write(&ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	for (t = 0; t < TILES; t++) {
		tiles_write(&ctx, t, 1, PLAN, machine.plan[t], sizeof(machine.plan[t]));
		tiles_write(&ctx, t, 1, TABLE, machine.table[t], sizeof(machine.table[t]));
		tiles_write(&ctx, t, 1, DATA, machine.data[t], sizeof(machine.data[t]));
	}
	bus = put_run(&ctx, 0, TILES, 0);
	ctx_finish(&ctx);
	report = host_at(host, bus);
	assert_int_equal(report->exchange_bytes, model(&machine));
	assert_int_equal(report->supersteps, STEPS + 1);
	for (t = 0; t < TILES; t++) {
		tile_read(&ctx, t, DATA, words, sizeof(words));
		assert_memory_equal(words, machine.data[t], sizeof(words));
	}
	host_free(host);
}

static void test_exchanges(void **state)
{
	static const uint32_t threads[] = { 1, 2, 8 };
	uint32_t seed;

	(void)state;
	for (seed = 0; seed < 36; seed++)
		check_machine(seed, threads[seed / 3 % 3]);
}

static void test_two_runs(void **state)
{
	struct host *host = host_new(4, 1);
	struct ipu_xfer x;
	struct context ctx;
	struct program p;
	uint32_t t, w;

	(void)state;
	p.count = 0;
	li(&p, S1, 2);
	uint32_t loop = here(&p);
	li(&p, T0, TABLE);
	csrw(&p, IPU_CSR_XTAB, T0);
	li(&p, T0, 1);
	csrw(&p, IPU_CSR_XCNT, T0);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	sync_zone(&p, IPU_ZONE_EXTERNAL);
	addi(&p, S1, S1, -1);
	bne(&p, S1, ZERO, loop);
	exit_with(&p, ZERO);
	ctx_open(&ctx, host, 0, 0, 4);
	tiles_write(&ctx, 0, 4, IPU_SRAM_BASE, p.word, program_bytes(&p));
	for (t = 0; t < 4; t++) {
		x = (struct ipu_xfer){ (t + 1) % 2, DATA, t < 2 ? DATA : DATA + 0x1000, 4 };
		tiles_write(&ctx, t, 1, TABLE, &x, sizeof(x));
		w = 100 + t;
		tiles_write(&ctx, t, 1, DATA, &w, 4);
	}
	put_run(&ctx, 0, 2, 0);
	put_run(&ctx, 2, 2, 0);
	put_run(&ctx, 0, 2, IPU_CMD_RUN_RESUME);
	ctx_finish(&ctx);
	tile_read(&ctx, 0, DATA, &w, 4);
	assert_int_equal(w, 100);
	host_free(host);
}

#define FLAG (DATA - 4)

/* Two exchanges; before the second, tile 1 waits for its flag while tile 0 waits for tile 1. */
static void wait_for_flag(struct program *p)
{
	uint32_t branch, loop;

	transfers(p, TABLE, 1);
	sync_zone(p, IPU_ZONE_INTERNAL);
	csrr(p, T1, IPU_CSR_TILE);
	branch = p->count;
	emit(p, 0);
	li(p, S0, FLAG);
	loop = here(p);
	lw(p, T1, S0, 0);
	beq(p, T1, ZERO, loop);
	p->word[branch] = b_type((p->count - branch) * 4, T1, ZERO, 0);
	transfers(p, TABLE, 1);
	sync_zone(p, IPU_ZONE_INTERNAL);
	exit_with(p, ZERO);
}

static void debug_write(struct context *ctx, uint32_t tile, uint32_t addr, uint32_t value)
{
	ctx_set(ctx, IPU_CTX_DBG_TILE, tile);
	ctx_set(ctx, IPU_CTX_DBG_ADDR, addr);
	ctx_set(ctx, IPU_CTX_DBG_DATA, value);
	assert_int_equal(ctx_get(ctx, IPU_CTX_DBG_ERROR), 0);
}

/* What a debugger writes to a tile that waits holds for the exchange, also if it detaches then. */
static void test_debugger(void **state)
{
	const struct ipu_xfer x = { 1, DATA, DATA + 0x1000, 4 };
	const uint32_t words[] = { 100, 200 };
	struct host *host = host_new(2, 1);
	struct program p = { .count = 0 };
	struct context ctx;
	uint32_t w;

	(void)state;
	wait_for_flag(&p);
	ctx_open(&ctx, host, 0, 0, 2);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	tiles_write(&ctx, 0, 2, IPU_SRAM_BASE, p.word, program_bytes(&p));
	tiles_write(&ctx, 0, 2, TABLE, &x, sizeof(x));
	tiles_write(&ctx, 0, 2, DATA, words, sizeof(words));
	put_run(&ctx, 0, 2, 0);
	ctx_ring(&ctx);
	usleep(20000);
	ctx_set(&ctx, IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
	ctx_set(&ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_HALT);
	ctx_wait(&ctx, IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
	debug_write(&ctx, 0, TABLE + offsetof(struct ipu_xfer, src_addr), DATA + 4);
	debug_write(&ctx, 1, FLAG, 1);
	ctx_set(&ctx, IPU_CTX_DBG_CTRL, 0);
	ctx_finish(&ctx);
	tile_read(&ctx, 0, DATA + 0x1000, &w, 4);
	assert_int_equal(w, 200);
	tile_read(&ctx, 1, DATA + 0x1000, &w, 4);
	assert_int_equal(w, 100);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchanges),
		cmocka_unit_test(test_two_runs),
		cmocka_unit_test(test_debugger),
	};

	return cmocka_run_group_tests_name("card exchange plan", tests, NULL, NULL);
}
