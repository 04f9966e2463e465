// SPDX-License-Identifier: MIT
/*
 * Linked cards, saved in the middle of their runs and loaded into others: the same bits in the
 * same number of cycles, wherever each member is. Streams that do not fit each other are refused,
 * and end no more than the runs that they were of.
 */
#include <stdlib.h>
#include <unistd.h>

#include "card_link_steps.h"

/* ---- Saving and loading ---- */

static void pause_all(struct chain *chain)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		ipu_card_pause(chain->host[i]->card);
}

static void resume_all(struct chain *chain, uint32_t first)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		ipu_card_resume(chain->host[(first + i) % chain->cards]->card);
}

static void save_all(struct chain *chain, struct stream *stream)
{
	uint32_t i;

	pause_all(chain);
	for (i = 0; i < chain->cards; i++)
		host_save(chain->host[i], &stream[i]);
}

static void free_all(struct chain *chain, struct stream *stream)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		free(stream[i].data);
}

/* Other cards, in as long a chain, paused. */
static void replace_all(struct chain *chain, uint32_t threads)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		host_replace(chain->host[i], threads);
	for (i = 1; i < chain->cards; i++)
		assert_int_equal(ipu_card_link(chain->host[i]->card, chain->host[i - 1]->card), 0);
}

/* In the order from card @first on. */
static void load_all(struct chain *chain, struct stream *stream, uint32_t first)
{
	uint32_t i, n;
	char *error;

	for (i = 0; i < chain->cards; i++) {
		n = (first + i) % chain->cards;
		error = host_load(chain->host[n], &stream[n]);
		if (error)
			fail_msg("card %u: %s", n, error);
		assert_int_equal(stream[n].at, stream[n].size);
	}
}

/* The cards' state goes to other cards, with another number of threads; nothing else is left. */
static void move_chain(struct chain *chain, uint32_t round)
{
	const uint32_t group = card_get(chain->host[0], IPU_REG_LINK_GROUP);
	struct stream stream[CARDS];
	uint32_t i;

	save_all(chain, stream);
	replace_all(chain, 1 + round % 3);
	load_all(chain, stream, round);
	free_all(chain, stream);
	resume_all(chain, round / 2);
	for (i = 0; i < chain->cards; i++)
		assert_int_equal(card_get(chain->host[i], IPU_REG_LINK_GROUP), group);
}

static bool runs(struct chain *chain)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		if (ctx_state(&chain->ctx[i]) == IPU_CTX_RUNNING)
			return true;
	return false;
}

static void no_watchdogs(struct chain *chain)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		ctx_set(&chain->ctx[i], IPU_CTX_WATCHDOG_MS, 0);
}

/* ---- In the middle of supersteps ---- */

/* Moved up to @times times while it runs, after @wait_us each. Return: cycles. */
static uint64_t run_moved(uint32_t times, uint32_t wait_us, uint8_t *result)
{
	struct chain chain;
	uint64_t cycles;
	uint32_t i;

	chain_open(&chain, 3, 2);
	no_watchdogs(&chain);
	chain_load_steps(&chain, 20000);
	/* The first move is in time, whatever the machine does. */
	if (times)
		pause_all(&chain);
	chain_start(&chain, 0);
	for (i = 0; i < times && runs(&chain); i++) {
		usleep(wait_us);
		move_chain(&chain, i);
	}
	assert_true(!times || i);
	chain_finish(&chain);
	chain_read_steps(&chain, result);
	cycles = report_of(&chain, 0)->cycles;
	assert_int_equal(report_of(&chain, 0)->supersteps, STEPS + 1);
	chain_close(&chain);
	return cycles;
}

static void test_run(void **state)
{
	static const uint32_t waits[] = { 0, 1000 };
	const size_t bytes = 3 * TILES * RESULT;
	uint8_t *alone = calloc(1, bytes), *moved = calloc(1, bytes);
	uint64_t cycles;
	uint32_t i;

	(void)state;
	assert_non_null(alone);
	assert_non_null(moved);
	cycles = run_moved(0, 0, alone);
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		memset(moved, 0, bytes);
		assert_int_equal(run_moved(10, waits[i], moved), cycles);
		assert_memory_equal(moved, alone, bytes);
	}
	free(alone);
	free(moved);
}

/* ---- While members wait ---- */

/* A member that a debugger halts has all others wait, at the next barrier at the latest. */
static void debug(struct context *ctx, uint32_t flags)
{
	ctx_set(ctx, IPU_CTX_DBG_CTRL, flags ? IPU_CTX_DBG_ENABLE | flags : 0);
}

static void wait_halted(struct context *ctx)
{
	ctx_wait(ctx, IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
}

/* Those that others wait for come only after the cards have been moved: to begin, and to resume. */
static void test_begin(void **state)
{
	struct program p = { .count = 0 };
	struct chain chain;
	uint32_t word, i, n;

	(void)state;
	chain_open(&chain, 3, 2);
	no_watchdogs(&chain);
	li(&p, S0, DATA);
	csrr(&p, T0, IPU_CSR_TILE);
	sw(&p, T0, S0, 0);
	sync_zone(&p, IPU_ZONE_EXTERNAL);
	csrr(&p, T1, IPU_CSR_TILES);
	add(&p, T0, T0, T1);
	sw(&p, T0, S0, 0);
	exit_with(&p, ZERO);
	chain_load(&chain, &p);
	for (n = 0; n < 2; n++) {
		for (i = 0; i < 3; i++) {
			chain.report[i] =
				put_run(&chain.ctx[i], 0, TILES,
					IPU_CMD_RUN_LINKED | (n ? IPU_CMD_RUN_RESUME : 0));
			ctx_ring(&chain.ctx[i]);
			if (i == 2)
				break;
			joins(chain.host[i]);
			move_chain(&chain, i + n);
			assert_int_equal(ctx_state(&chain.ctx[i]), IPU_CTX_RUNNING);
			assert_int_equal(card_get(chain.host[i], IPU_REG_TILES_NOW), TILES);
		}
		chain_finish(&chain);
		assert_int_equal(report_of(&chain, 0)->state, n ? IPU_RUN_EXITED : IPU_RUN_AT_SYNC);
		for (i = 0; i < 3 * TILES; i++) {
			tile_read(&chain.ctx[i / TILES], i % TILES, DATA, &word, sizeof(word));
			assert_int_equal(word, i + (n ? 3 * TILES : 0));
		}
	}
	chain_close(&chain);
}

/* One is halted at its start, and at its end; the others wait at a barrier, or have gone on. */
static void test_halted(void **state)
{
	const size_t bytes = 3 * TILES * RESULT;
	uint8_t *alone = calloc(1, bytes), *moved = calloc(1, bytes);
	struct context *ctx;
	struct chain chain;
	uint64_t cycles;
	uint32_t i;

	(void)state;
	assert_non_null(alone);
	assert_non_null(moved);
	cycles = run_moved(0, 0, alone);
	for (i = 0; i < 3; i++) {
		chain_open(&chain, 3, 2);
		no_watchdogs(&chain);
		chain_load_steps(&chain, 20000);
		ctx = &chain.ctx[i];
		debug(ctx, IPU_CTX_DBG_AT_START | IPU_CTX_DBG_AT_END);
		chain_start(&chain, 0);
		wait_halted(ctx);
		assert_int_equal(ctx_get(ctx, IPU_CTX_DBG_REASON), IPU_DBG_START);
		/* Once before the others have arrived, maybe, and once after. */
		move_chain(&chain, i);
		usleep(20000);
		move_chain(&chain, i + 1);
		/* Saved before it has gone on. */
		pause_all(&chain);
		move_chain(&chain, i + 2);
		ctx_set(ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_GO);
		ctx_wait(ctx, IPU_CTX_DBG_REASON, IPU_DBG_END);
		move_chain(&chain, i);
		move_chain(&chain, i + 1);
		assert_int_equal(ctx_get(ctx, IPU_CTX_DBG_STATUS), IPU_CTX_DBG_HALTED);
		/* It has not gone on while it is paused. */
		pause_all(&chain);
		ctx_set(ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_GO);
		usleep(2000);
		assert_int_equal(report_of(&chain, i)->cycles, 0);
		move_chain(&chain, i + 2);
		chain_finish(&chain);
		assert_int_equal(report_of(&chain, i)->cycles, cycles);
		chain_read_steps(&chain, moved);
		assert_memory_equal(moved, alone, bytes);
		chain_close(&chain);
	}
	free(alone);
	free(moved);
}

/* ---- Faults on the way ---- */

/* A tile of rank 0 traps; its member waits for the one that is halted, as it may, too. */
static void test_held_fault(void **state)
{
	struct program p = { .count = 0 };
	struct chain chain;

	(void)state;
	chain_open(&chain, 2, 1);
	no_watchdogs(&chain);
	csrr(&p, T0, IPU_CSR_TILE);
	addi(&p, T1, ZERO, 2);
	bne(&p, T0, T1, here(&p) + 8);
	emit(&p, 0xffffffff);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	chain_load(&chain, &p);
	debug(&chain.ctx[1], IPU_CTX_DBG_AT_START);
	chain_start(&chain, 0);
	wait_halted(&chain.ctx[1]);
	usleep(20000);
	move_chain(&chain, 0);
	assert_int_equal(ctx_state(&chain.ctx[0]), IPU_CTX_RUNNING);
	move_chain(&chain, 1);
	debug(&chain.ctx[1], 0);
	chain_faults(&chain, 0, IPU_FAULT_ILLEGAL_INSN);
	assert_int_equal(ctx_get(&chain.ctx[0], IPU_CTX_FAULT_TILE), 2);
	chain_restart(&chain);
	load_names(&chain);
	chain_start(&chain, 0);
	chain_finish(&chain);
	chain_close(&chain);
}

static void enable_again(struct context *ctx)
{
	ctx_enable(ctx, IPU_CTX_CTRL_PRIV);
	ctx->written = 0;
}

/* A run that has failed: a member that is halted, and one that is late, hear of it elsewhere. */
static void test_failed(void **state)
{
	struct chain chain;
	uint32_t i;

	(void)state;
	chain_open(&chain, 3, 1);
	no_watchdogs(&chain);
	/* None of them ends by itself. */
	chain_load_steps(&chain, 1u << 30);
	debug(&chain.ctx[0], IPU_CTX_DBG_AT_START);
	chain_start(&chain, 0);
	wait_halted(&chain.ctx[0]);
	ctx_disable(&chain.ctx[2]);
	ctx_wait(&chain.ctx[1], IPU_CTX_STATUS, IPU_CTX_FAULTED);
	move_chain(&chain, 0);
	assert_int_equal(ctx_state(&chain.ctx[0]), IPU_CTX_RUNNING);
	debug(&chain.ctx[0], 0);
	chain_others_fault(&chain, 2);
	enable_again(&chain.ctx[2]);
	ctx_restart(&chain.ctx[0]);
	ctx_restart(&chain.ctx[1]);

	/* Disabled while paused: the others have not heard of it when they are saved. */
	chain_start(&chain, 0);
	for (i = 0; i < 3; i++)
		joins(chain.host[i]);
	pause_all(&chain);
	ctx_set(&chain.ctx[1], IPU_CTX_CTRL, 0);
	move_chain(&chain, 1);
	ctx_wait(&chain.ctx[1], IPU_CTX_STATUS, IPU_CTX_DISABLED);
	chain_others_fault(&chain, 1);
	enable_again(&chain.ctx[1]);
	ctx_restart(&chain.ctx[0]);
	ctx_restart(&chain.ctx[2]);

	/* Two come to it only afterwards. */
	put_run(&chain.ctx[1], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_ring(&chain.ctx[1]);
	joins(chain.host[1]);
	ctx_disable(&chain.ctx[1]);
	move_chain(&chain, 2);
	put_run(&chain.ctx[0], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_ring(&chain.ctx[0]);
	put_run(&chain.ctx[2], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_ring(&chain.ctx[2]);
	chain_others_fault(&chain, 1);
	chain_close(&chain);
}

/* A fault in an exchange that a debugger holds; the others have heard of it. */
static void test_debugged_fault(void **state)
{
	const struct ipu_xfer good = { 0, DATA, DATA + 0x1000, 4 };
	const struct ipu_xfer bad = { 2 * TILES, DATA, DATA + 0x1000, 4 };
	struct chain chain;
	uint32_t t;

	(void)state;
	chain_open(&chain, 2, 1);
	no_watchdogs(&chain);
	load_exchange(&chain, 1);
	for (t = 0; t < 2 * TILES; t++)
		write_table(&chain, t, t == TILES + 1 ? &bad : &good, 1);
	ctx_set(&chain.ctx[1], IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
	chain_start(&chain, 0);
	wait_halted(&chain.ctx[1]);
	move_chain(&chain, 0);
	chain_others_fault(&chain, 1);
	assert_int_equal(ctx_get(&chain.ctx[1], IPU_CTX_DBG_REASON), IPU_DBG_FAULT);
	pause_all(&chain);
	ctx_set(&chain.ctx[1], IPU_CTX_DBG_CMD, IPU_CTX_DBG_GO);
	usleep(2000);
	assert_int_equal(ctx_state(&chain.ctx[1]), IPU_CTX_RUNNING);
	move_chain(&chain, 1);
	chain_faults(&chain, 1, IPU_FAULT_EXCHANGE);
	assert_int_equal(ctx_get(&chain.ctx[1], IPU_CTX_FAULT_TILE), 1);
	chain_close(&chain);
}

/* ---- What is refused ---- */

/* Barriers without end. */
static void start_barriers(struct chain *chain)
{
	struct program p = { .count = 0 };
	uint32_t i;

	no_watchdogs(chain);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	jump(&p, IPU_SRAM_BASE);
	chain_load(chain, &p);
	chain_start(chain, 0);
	for (i = 0; i < chain->cards; i++)
		joins(chain->host[i]);
}

static bool discard(void *arg, void *data, size_t bytes)
{
	(void)arg;
	(void)data;
	(void)bytes;
	return true;
}

/* All cards of a chain are paused, or none is saved or loaded. */
static void test_not_paused(void **state)
{
	struct stream stream[CARDS];
	struct chain chain;
	char *error = NULL;

	(void)state;
	chain_open(&chain, 2, 1);
	start_barriers(&chain);
	save_all(&chain, stream);
	ipu_card_resume(chain.host[1]->card);
	assert_false(ipu_card_save(chain.host[0]->card, discard, NULL, &error));
	error_says(error, "card in place 1 of the chain is not paused");
	error_says(host_load(chain.host[0], &stream[0]),
		   "card in place 1 of the chain is not paused");
	free_all(&chain, stream);
	ipu_card_resume(chain.host[0]->card);
	assert_true(runs(&chain));
	chain_close(&chain);
}

/* Cards that are not linked as those were. */
static void test_other_chain(void **state)
{
	struct stream stream[CARDS];
	struct chain chain;

	(void)state;
	chain_open(&chain, 3, 1);
	start_barriers(&chain);
	save_all(&chain, stream);
	chain.cards = 1;
	replace_all(&chain, 1);
	error_says(host_load(chain.host[0], &stream[0]), "linked to no other");
	chain.cards = 2;
	replace_all(&chain, 1);
	error_says(host_load(chain.host[0], &stream[0]), "card in place 2 of the chain");
	chain.cards = 3;
	replace_all(&chain, 1);
	/* That of a card in another place. */
	error_says(host_load(chain.host[1], &stream[0]), "does not have it as a member");
	load_all(&chain, stream, 0);
	free_all(&chain, stream);
	resume_all(&chain, 0);
	usleep(1000);
	assert_int_equal(ctx_state(&chain.ctx[2]), IPU_CTX_RUNNING);
	chain_close(&chain);
}

/* Cards from two snapshots; then the same ones from one. */
static void test_other_time(void **state)
{
	const uint64_t deadline = now_ms() + PATIENCE_MS;
	struct stream first[CARDS], second[CARDS];
	struct chain chain;
	char *error = NULL;

	(void)state;
	chain_open(&chain, 2, 1);
	start_barriers(&chain);
	save_all(&chain, first);
	while (!error) {
		assert_true(now_ms() < deadline);
		resume_all(&chain, 0);
		usleep(1000);
		save_all(&chain, second);
		assert_null(host_load(chain.host[0], &first[0]));
		error = host_load(chain.host[1], &second[1]);
		/* As it was, which goes on if they have not met meanwhile. */
		load_all(&chain, second, 1);
		free_all(&chain, second);
	}
	error_says(error, "from the same snapshot");
	resume_all(&chain, 0);
	usleep(1000);
	assert_int_equal(ctx_state(&chain.ctx[0]), IPU_CTX_RUNNING);
	assert_int_equal(ctx_state(&chain.ctx[1]), IPU_CTX_RUNNING);
	pause_all(&chain);
	load_all(&chain, first, 0);
	free_all(&chain, first);
	resume_all(&chain, 0);
	assert_int_equal(ctx_state(&chain.ctx[1]), IPU_CTX_RUNNING);
	chain_close(&chain);
}

/* One of the cards is not loaded, or its context is disabled before the cards go on. */
static void test_missing(void **state)
{
	struct stream stream[CARDS];
	struct chain chain;
	uint32_t i;

	(void)state;
	chain_open(&chain, 3, 1);
	start_barriers(&chain);
	save_all(&chain, stream);
	for (i = 0; i < 2; i++) {
		replace_all(&chain, 1);
		assert_null(host_load(chain.host[0], &stream[0]));
		if (i)
			assert_null(host_load(chain.host[1], &stream[1]));
		assert_null(host_load(chain.host[2], &stream[2]));
		if (i)
			ctx_set(&chain.ctx[1], IPU_CTX_CTRL, 0);
		resume_all(&chain, i);
		chain_others_fault(&chain, 1);
		assert_int_equal(ctx_state(&chain.ctx[1]), IPU_CTX_DISABLED);
	}
	/* A card that is loaded once more ends what it was loaded for before. */
	replace_all(&chain, 1);
	load_all(&chain, stream, 0);
	assert_null(host_load(chain.host[1], &stream[1]));
	resume_all(&chain, 0);
	chain.cards = 1;
	chain_others_fault(&chain, 1);
	chain.cards = 2;
	chain_others_fault(&chain, 0);
	chain.cards = 3;
	ctx_wait(&chain.ctx[2], IPU_CTX_STATUS, IPU_CTX_FAULTED);
	free_all(&chain, stream);
	chain_close(&chain);
}

/* With a bit changed, at many places of either stream: refused, or loaded and run. */
static void test_hostile(void **state)
{
	struct stream stream[CARDS], *changed;
	uint8_t *memory[2];
	struct chain chain;
	size_t at, size;
	char *error[2];
	uint32_t i, n;

	(void)state;
	chain_open(&chain, 2, 1);
	chain_load_steps(&chain, 20000);
	no_watchdogs(&chain);
	/* One waits for the other one. */
	debug(&chain.ctx[1], IPU_CTX_DBG_AT_START);
	chain_start(&chain, 0);
	wait_halted(&chain.ctx[1]);
	joins(chain.host[0]);
	save_all(&chain, stream);
	for (i = 0; i < 2; i++) {
		memory[i] = malloc(chain.host[i]->used);
		assert_non_null(memory[i]);
		memcpy(memory[i], chain.host[i]->memory, chain.host[i]->used);
	}
	for (n = 0; n < 2; n++) {
		changed = &stream[n];
		size = changed->size;
		for (at = 44; at < size; at += at < 244 ? 5 : at < 6000 ? 197 : 1 + at / 8) {
			changed->data[at] ^= 1u << at % 8;
			for (i = 0; i < 2; i++)
				error[i] = host_load(chain.host[i], &stream[i]);
			debug(&chain.ctx[1], 0);
			resume_all(&chain, n);
			usleep(300);
			pause_all(&chain);
			for (i = 0; i < 2; i++) {
				free(error[i]);
				memcpy(chain.host[i]->memory, memory[i], chain.host[i]->used);
			}
			changed->data[at] ^= 1u << at % 8;
		}
	}
	load_all(&chain, stream, 0);
	resume_all(&chain, 0);
	debug(&chain.ctx[1], 0);
	chain_finish(&chain);
	free_all(&chain, stream);
	free(memory[0]);
	free(memory[1]);
	chain_close(&chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),	   cmocka_unit_test(test_begin),
		cmocka_unit_test(test_halted),	   cmocka_unit_test(test_held_fault),
		cmocka_unit_test(test_failed),	   cmocka_unit_test(test_debugged_fault),
		cmocka_unit_test(test_not_paused), cmocka_unit_test(test_other_chain),
		cmocka_unit_test(test_other_time), cmocka_unit_test(test_missing),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests_name("linked cards: save", tests, NULL, NULL);
}
