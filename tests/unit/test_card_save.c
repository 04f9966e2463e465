// SPDX-License-Identifier: MIT
/*
 * A card's state, saved in the middle of its work and loaded into another card, which goes on
 * as if nothing had been: the same bits in the same number of cycles. What no card can have
 * saved is refused.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 24

#define DATA (IPU_SRAM_BASE + 0x4000)
#define TABLE (IPU_SRAM_BASE + 0x5000)
#define WORKER (IPU_SRAM_BASE + 0x2000)
#define PATCHED (IPU_SRAM_BASE + 0x3000)

#define STEPS 40
#define ROOM 4096

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

/* The card's state goes to another card, with another number of threads; nothing else is left. */
static void move_card(struct host *host, uint32_t threads)
{
	struct stream stream;
	char *error;

	ipu_card_pause(host->card);
	host_save(host, &stream);
	host_replace(host, threads);
	error = host_load(host, &stream);
	if (error)
		fail_msg("%s", error);
	assert_int_equal(stream.at, stream.size);
	free(stream.data);
	ipu_card_resume(host->card);
}

/* ---- A program that has state of every kind ---- */

/* A worker sums up random numbers, as integers and in vectors. */
static void make_worker(struct program *w)
{
	uint32_t loop;

	li(w, T1, 300);
	emit(w, i_type(0xd0, ZERO, 7, T0, 0x57)); /* vsetvli t0, zero, e32, m1, ta, ma */
	loop = here(w);
	addi(w, T1, T1, -1);
	add(w, A1, A1, T1);
	emit(w, 0x021040d7 | (uint32_t)A1 << 15); /* vadd.vx v1, v1, a1 */
	bne(w, T1, ZERO, loop);
	emit(w, 0x42102557); /* vmv.x.s a0, v1 */
	exit_with(w, ZERO);
}

/*
 * Each superstep: workers run, code that was changed without a fence.i is executed as it was,
 * numbers go to the neighbour, which adds them to its own.
 */
static void make_supervisor(struct program *p)
{
	uint32_t step, loop;

	li(p, S0, STEPS);
	step = here(p);
	li(p, T0, WORKER);
	emit(p, (uint32_t)T0 << 15 | IPU_F3_RUNALL << 12 | IPU_OPCODE);
	li(p, T1, 2000);
	loop = here(p);
	addi(p, T1, T1, -1);
	addi(p, A0, A0, 3);
	bne(p, T1, ZERO, loop);
	emit(p, i_type(0, ZERO, 0, ZERO, 0x13));
	li(p, T0, PATCHED);
	emit(p, i_type(0, T0, 0, RA, 0x67)); /* jalr ra, t0 */
	sync_zone(p, IPU_ZONE_LOCAL);
	li(p, T2, DATA);
	sw(p, A0, T2, 0);
	transfers(p, TABLE, 1);
	sync_zone(p, IPU_ZONE_INTERNAL);
	li(p, T2, DATA);
	lw(p, A1, T2, 4);
	add(p, A0, A0, A1);
	addi(p, S0, S0, -1);
	bne(p, S0, ZERO, step);
	sw(p, A0, T2, 8);
	sync_zone(p, IPU_ZONE_EXTERNAL);
	sw(p, A0, T2, 12);
	exit_with(p, ZERO);
}

/* a0 += 5; then it changes itself to a0 += 6, and returns. */
static void make_patched(struct program *p)
{
	addi(p, A0, A0, 5);
	li(p, T0, PATCHED);
	li(p, T2, i_type(6, A0, 0, A0, 0x13));
	sw(p, T2, T0, 0);
	emit(p, i_type(0, RA, 0, ZERO, 0x67)); /* ret */
}

static void load_programs(struct context *ctx)
{
	struct program p = { .count = 0 }, w = { .count = 0 }, c = { .count = 0 };
	uint32_t i;

	make_supervisor(&p);
	make_worker(&w);
	make_patched(&c);
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	tiles_write(ctx, 0, TILES, WORKER, w.word, program_bytes(&w));
	tiles_write(ctx, 0, TILES, PATCHED, c.word, program_bytes(&c));
	for (i = 0; i < TILES; i++) {
		/* What is received lies beside what is sent, and so goes to the stage. */
		struct ipu_xfer xfer = {
			.src_tile = (i + 1) % TILES,
			.src_addr = DATA,
			.dst_addr = DATA + 4,
			.bytes = 4,
		};

		tiles_write(ctx, i, 1, TABLE, &xfer, sizeof(xfer));
	}
}

/* ---- What comes of it ---- */

struct outcome {
	struct ipu_run_report report[2];
	uint32_t result[TILES][4];
	uint8_t profile[ROOM];
};

static uint64_t put_profiled_run(struct context *ctx, uint64_t profile, uint32_t flags)
{
	uint64_t report = host_alloc(ctx->host, sizeof(struct ipu_run_report));
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN | flags,
		.tile_count = TILES,
		.entry = flags ? 0 : IPU_SRAM_BASE,
		.report_va = VA(report),
		.profile_va = profile ? VA(profile) : 0,
	};

	ctx_put(ctx, &run);
	return report;
}

/* A RUN to the external sync and a RESUME; the card is moved after each of @times waits. */
static void run_moved(struct context *ctx, bool profiled, unsigned int times, uint32_t wait_us,
		      struct outcome *outcome)
{
	struct host *host = ctx->host;
	uint64_t profile = profiled ? host_alloc(host, ROOM) : 0;
	const struct ipu_profile head = { .bytes = ROOM, .used = sizeof(head) };
	uint64_t report[2];
	uint32_t i;

	memset(outcome, 0, sizeof(*outcome));
	load_programs(ctx);
	if (profiled)
		memcpy(host_at(host, profile), &head, sizeof(head));
	report[0] = put_profiled_run(ctx, profile, 0);
	report[1] = put_profiled_run(ctx, profile, IPU_CMD_RUN_RESUME);
	ctx_ring(ctx);
	for (i = 0; i < times; i++) {
		usleep(wait_us);
		move_card(host, 1 + i % 4);
	}
	ctx_finish(ctx);
	for (i = 0; i < 2; i++)
		memcpy(&outcome->report[i], host_at(host, report[i]), sizeof(outcome->report[i]));
	for (i = 0; i < TILES; i++)
		tile_read(ctx, i, DATA, outcome->result[i], sizeof(outcome->result[i]));
	if (profiled)
		memcpy(outcome->profile, host_at(host, profile), ROOM);
}

static void check_moved(struct host *host, bool profiled)
{
	static const uint32_t waits[] = { 0, 100, 300, 1000 };
	struct outcome alone, moved;
	struct context ctx;
	uint64_t used;
	uint32_t i;

	ctx_open(&ctx, host, 0, 0, TILES);
	/* The host's time does not count here: it may be a busy one. */
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	used = host->used;
	run_moved(&ctx, profiled, 0, 0, &alone);
	assert_int_equal(alone.report[0].supersteps, STEPS + 1);
	assert_int_equal(alone.report[0].state, IPU_RUN_AT_SYNC);
	assert_int_equal(alone.report[1].state, IPU_RUN_EXITED);
	assert_int_not_equal(alone.result[0][3], 0);
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		host->used = used;
		run_moved(&ctx, profiled, 12, waits[i], &moved);
		assert_memory_equal(&alone, &moved, sizeof(alone));
	}
}

static void test_run(void **state)
{
	check_moved(*state, false);
}

static void test_profile(void **state)
{
	check_moved(*state, true);
}

/* A copy in the middle of its rows, and what comes after it. */
static void test_copy(void **state)
{
	const uint32_t bytes = 64 << 10, rows = 8;
	struct host *host = *state;
	struct ipu_cmd_copy copy;
	struct context ctx;
	uint64_t from, to;
	uint32_t i;

	ctx_open(&ctx, host, 0, 0, TILES);
	from = host_alloc(host, TILES * (uint64_t)bytes);
	to = host_alloc(host, TILES * (uint64_t)bytes);
	for (i = 0; i < TILES * bytes; i++)
		((uint8_t *)host_at(host, from))[i] = (uint8_t)(i * 7 + i / bytes);
	copy = copy_to(0, TILES, IPU_SRAM_BASE, VA(from), bytes / rows);
	copy.rows = rows;
	copy.host_row_stride = bytes / rows;
	copy.tile_row_stride = bytes / rows + 64;
	copy.host_tile_stride = bytes;
	ctx_put(&ctx, &copy);
	copy.op = IPU_CMD_COPY_FROM_TILES;
	copy.host_va = VA(to);
	ctx_put(&ctx, &copy);
	put_fence(&ctx, 1, IPU_CMD_FENCE_IRQ);
	ctx_ring(&ctx);
	for (i = 0; i < 10; i++)
		move_card(host, 1 + i % 3);
	ctx_finish(&ctx);
	assert_memory_equal(host_at(host, from), host_at(host, to), TILES * bytes);
}

/* A fault, a context that is debugged, one that is disabled, an interrupt not yet sent. */
static void test_states(void **state)
{
	struct host *host = *state;
	struct context ctx[3];
	struct program p = { .count = 0 };
	uint32_t i;

	for (i = 0; i < 3; i++) {
		ctx_open(&ctx[i], host, i, i * 8, 8);
		jump(&p, here(&p));
		tiles_write(&ctx[i], 0, 8, IPU_SRAM_BASE, p.word, 4);
		p.count = 0;
	}
	ctx_set(&ctx[0], IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE | IPU_CTX_DBG_AT_START);
	for (i = 0; i < 2; i++) {
		put_run(&ctx[i], 0, 8, 0);
		ctx_ring(&ctx[i]);
	}
	ctx_wait(&ctx[0], IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
	ctx_set(&ctx[2], IPU_CTX_CTRL, IPU_CTX_CTRL_CLEAR);
	ipu_card_pause(host->card);
	card_set(host, IPU_DOORBELL(1), 1000000);
	assert_int_equal(ctx_state(&ctx[1]), IPU_CTX_FAULTED);
	ipu_card_resume(host->card);
	move_card(host, 2);

	assert_int_equal(ctx_state(&ctx[1]), IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&ctx[1], IPU_CTX_FAULT_CAUSE), IPU_FAULT_BAD_TAIL);
	ctx_wait(&ctx[2], IPU_CTX_STATUS, IPU_CTX_DISABLED);
	assert_int_equal(ctx_get(&ctx[0], IPU_CTX_DBG_REASON), IPU_DBG_START);
	ctx_set(&ctx[0], IPU_CTX_DBG_UNIT, IPU_UNIT_SUPERVISOR);
	ctx_set(&ctx[0], IPU_CTX_DBG_TILE, 0);
	ctx_set(&ctx[0], IPU_CTX_DBG_CMD, IPU_CTX_DBG_GO | IPU_CTX_DBG_STEP | IPU_CTX_DBG_ALONE);
	ctx_wait(&ctx[0], IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
	ctx_wait(&ctx[0], IPU_CTX_DBG_REASON, IPU_DBG_STEP);
	move_card(host, 1);
	ctx_set(&ctx[0], IPU_CTX_DBG_CTRL, 0);
	for (i = 0; i < 3; i++)
		ctx_disable(&ctx[i]);
}

/* In an exchange a tile has faulted, and a debugger looks at that. */
static void test_held_fault(void **state)
{
	const struct ipu_xfer xfer = { TILES, DATA, DATA + 4, 4 };
	struct host *host = *state;
	struct program p = { .count = 0 };
	struct context ctx;

	ctx_open(&ctx, host, 0, 0, TILES);
	transfers(&p, TABLE, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	tiles_write(&ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	tiles_write(&ctx, 3, 1, TABLE, &xfer, sizeof(xfer));
	ctx_set(&ctx, IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
	put_run(&ctx, 0, TILES, 0);
	ctx_ring(&ctx);
	ctx_wait(&ctx, IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
	move_card(host, 1);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_DBG_REASON), IPU_DBG_FAULT);
	ctx_set(&ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_GO);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_CAUSE), IPU_FAULT_EXCHANGE);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_TILE), 3);
}

/* Time stands still between saving and loading. */
static void test_watchdog(void **state)
{
	struct host *host = *state;
	struct program p = { .count = 0 };
	struct stream stream;
	struct context ctx;
	uint64_t begun, away;

	ctx_open(&ctx, host, 0, 0, 1);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 400);
	jump(&p, here(&p));
	tiles_write(&ctx, 0, 1, IPU_SRAM_BASE, p.word, program_bytes(&p));
	put_run(&ctx, 0, 1, 0);
	begun = now_ms();
	ctx_ring(&ctx);
	usleep(20000);
	ipu_card_pause(host->card);
	away = now_ms();
	host_save(host, &stream);
	host_replace(host, 1);
	usleep(600000);
	assert_null(host_load(host, &stream));
	free(stream.data);
	away = now_ms() - away;
	ipu_card_resume(host->card);
	ctx_fault(&ctx, IPU_FAULT_WATCHDOG, 0, 0);
	/* To the millisecond in which each of these began. */
	assert_true(now_ms() - begun + 1 >= 400 + away);
}

/* ---- Size, and what is refused ---- */

/* A card that was not used, and one of which a word was. */
static void test_sparse(void **state)
{
	struct host *host = *state;
	struct stream stream;
	struct context ctx;
	size_t unused;

	ipu_card_pause(host->card);
	host_save(host, &stream);
	unused = stream.size;
	free(stream.data);
	assert_true(unused < 128 << 10);
	ipu_card_resume(host->card);
	ctx_open(&ctx, host, 0, 0, TILES);
	tiles_write(&ctx, 3, 1, IPU_SRAM_BASE + 0x8000, &(uint32_t){ 1 }, 4);
	ipu_card_pause(host->card);
	host_save(host, &stream);
	free(stream.data);
	assert_in_range(stream.size, unused, unused + 2 * IPU_PAGE_SIZE);
	ipu_card_resume(host->card);
}

/* One that may use little more than its tiles' memory, and uses all of that: see host_save(). */
static void test_full(void **state)
{
	const uint64_t limit = TILES * (uint64_t)((624 + 128 + 2 * 1024) << 10);
	struct host *host = host_new_limited(TILES, 2, limit);
	struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = TILES,
		.tile_addr = IPU_SRAM_BASE,
		.bytes = IPU_SRAM_SIZE,
		.value = 1,
	};
	struct stream stream;
	struct context ctx;

	(void)state;
	ctx_open(&ctx, host, 0, 0, TILES);
	ctx_put(&ctx, &fill);
	/* 0x00000001 is no instruction */
	put_run(&ctx, 0, TILES, 0);
	ctx_ring(&ctx);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_FAULTED);
	ipu_card_pause(host->card);
	host_save(host, &stream);
	assert_true(stream.size > (size_t)TILES * IPU_SRAM_SIZE);
	free(stream.data);
	host_free(host);
}

static void test_other_card(void **state)
{
	struct host *host = *state, *other = host_new(TILES + 1, 1);
	struct stream stream;

	ipu_card_pause(host->card);
	host_save(host, &stream);
	host_refuses(other, &stream, "not paused");
	ipu_card_pause(other->card);
	host_refuses(other, &stream, "tiles 24, this one has 25");
	stream.data[8]++;
	host_refuses(host, &stream, "version 5");
	stream.data[0]++;
	host_refuses(host, &stream, "not of a card");
	free(stream.data);
	ipu_card_resume(host->card);
	host_free(other);
}

/* Cut short, and with a bit changed, at many places: refused, or loaded and run. Nothing breaks. */
static void test_hostile(void **state)
{
	struct host *host = *state;
	struct stream stream;
	struct context ctx;
	uint8_t *memory;
	size_t size, i;
	char *error;

	ctx_open(&ctx, host, 0, 0, TILES);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	load_programs(&ctx);
	put_run(&ctx, 0, TILES, 0);
	ctx_ring(&ctx);
	usleep(2000);
	ipu_card_pause(host->card);
	host_save(host, &stream);
	size = stream.size;
	for (i = 0; i < size; i += 1 + i / 4) {
		stream.size = i;
		host_refuses(host, &stream, "ends");
	}
	stream.size = size;
	memory = malloc(host->used);
	assert_non_null(memory);
	memcpy(memory, host->memory, host->used);
	for (i = 12; i < size; i += i < 6000 ? 23 : 1 + i / 16) {
		stream.data[i] ^= 1u << i % 8;
		error = host_load(host, &stream);
		free(error);
		if (!error) {
			ipu_card_resume(host->card);
			usleep(300);
			ipu_card_pause(host->card);
			/* It may have written anywhere. */
			memcpy(host->memory, memory, host->used);
		}
		stream.data[i] ^= 1u << i % 8;
	}
	free(memory);
	assert_null(host_load(host, &stream));
	free(stream.data);
	ipu_card_resume(host->card);
	ctx_finish(&ctx);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_run),	       TEST(test_profile),  TEST(test_copy),   TEST(test_states),
		TEST(test_held_fault), TEST(test_watchdog), TEST(test_sparse), TEST(test_full),
		TEST(test_other_card), TEST(test_hostile),
	};

	return cmocka_run_group_tests_name("card save", tests, NULL, NULL);
}
