// SPDX-License-Identifier: MIT
/*
 * Streams that nobody has saved, each made from one that is good: what they would have a card do
 * that it must not. They are refused, or what they say does not count.
 */
#include <unistd.h>

#include "card_link.h"
#include "card_stream.h"

#define HIGHEST_GROUP 0x7fffffffu
#define MOST_ENERGY ((1ull << 50) - 1)

static void accepted(struct host *host, struct stream *stream)
{
	char *error = host_load(host, stream);

	if (error)
		fail_msg("%s", error);
	assert_int_equal(stream->at, stream->size);
}

static void pause_all(struct chain *chain)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		ipu_card_pause(chain->host[i]->card);
}

/* ---- A fault that is held ---- */

/* The context of card 1 is halted with a fault, in an exchange of a linked RUN. */
static void open_held(struct chain *chain, struct stream *stream)
{
	const struct ipu_xfer good = { 0, DATA, DATA + 0x1000, 4 };
	const struct ipu_xfer bad = { 2 * TILES, DATA, DATA + 0x1000, 4 };
	uint32_t t;

	chain_open(chain, 2, 1);
	load_exchange(chain, 1);
	for (t = 0; t < 2 * TILES; t++)
		write_table(chain, t, t == TILES + 1 ? &bad : &good, 1);
	for (t = 0; t < 2; t++)
		ctx_set(&chain->ctx[t], IPU_CTX_WATCHDOG_MS, 0);
	ctx_set(&chain->ctx[1], IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
	chain_start(chain, 0);
	ctx_wait(&chain->ctx[1], IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
	ctx_wait(&chain->ctx[0], IPU_CTX_STATUS, IPU_CTX_FAULTED);
	pause_all(chain);
	host_save(chain->host[1], stream);
}

/* It is made to execute a tile, with as many tiles to pull from as there can be. */
static void test_held_goes_on(void **state)
{
	struct stream_round one = { .count = 1, .left = { 0, 1 } };
	struct stream stream, changed;
	struct stream_context saved;
	struct stream_linked linked;
	struct chain chain;
	size_t at, end;

	(void)state;
	open_held(&chain, &stream);
	at = stream_find(&stream, &chain.ctx[1]);
	end = at + sizeof(saved) + sizeof(linked);
	memcpy(&saved, stream.data + at, sizeof(saved));
	memcpy(&linked, stream.data + at + sizeof(saved), sizeof(linked));
	assert_int_equal(saved.held.cause, IPU_FAULT_EXCHANGE);
	assert_int_equal(saved.halted, 1);
	assert_int_equal(linked.tiles, 2 * TILES);
	/* A round of none is its count and a flag. */
	changed = stream_replace(&stream, end, sizeof(uint32_t) + 1, &one, sizeof(one));
	linked.tiles = UINT32_MAX;
	memcpy(changed.data + at + sizeof(saved), &linked, sizeof(linked));
	host_refuses(chain.host[1], &changed, "its RUN and its tiles contradict each other");
	saved.halted = saved.on = 0;
	memcpy(changed.data + at, &saved, sizeof(saved));
	host_refuses(chain.host[1], &changed, "it goes on after a fault that its debugger holds");
	free(changed.data);
	free(stream.data);
	chain_close(&chain);
}

/* Numbers that only a member has are not taken from the stream. */
static void test_held_tiles(void **state)
{
	struct stream_linked linked;
	struct stream stream, again;
	struct chain chain;
	size_t at;

	(void)state;
	open_held(&chain, &stream);
	at = stream_find(&stream, &chain.ctx[1]) + sizeof(struct stream_context);
	memcpy(&linked, stream.data + at, sizeof(linked));
	linked.tile_base = 1u << 30;
	linked.tiles = UINT32_MAX;
	memcpy(stream.data + at, &linked, sizeof(linked));
	accepted(chain.host[1], &stream);
	host_save(chain.host[1], &again);
	at = stream_find(&again, &chain.ctx[1]) + sizeof(struct stream_context);
	memcpy(&linked, again.data + at, sizeof(linked));
	assert_int_equal(linked.tile_base, 0);
	assert_int_equal(linked.tiles, TILES);
	ipu_card_resume(chain.host[1]->card);
	ctx_set(&chain.ctx[1], IPU_CTX_DBG_CMD, IPU_CTX_DBG_GO);
	ctx_wait(&chain.ctx[1], IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&chain.ctx[1], IPU_CTX_FAULT_CAUSE), IPU_FAULT_EXCHANGE);
	free(stream.data);
	free(again.data);
	chain_close(&chain);
}

/* ---- A RUN that the context cannot have ---- */

/* Its tiles run for ever. */
static struct host *open_endless(struct context *ctx)
{
	struct host *host = host_new(TILES, 1);
	struct program p = { .count = 0 };

	ctx_open(ctx, host, 0, 0, TILES);
	ctx_set(ctx, IPU_CTX_WATCHDOG_MS, 0);
	jump(&p, here(&p));
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	put_run(ctx, 0, TILES, 0);
	ctx_ring(ctx);
	joins(host);
	return host;
}

/* Of a context that is disabled and never stops no more than it has is loaded, either. */
static void test_stuck(void **state)
{
	static const struct ipu_cmd_run bad[] = {
		{ .op = IPU_CMD_RUN, .tile_count = TILES + 1 },
		{ .op = IPU_CMD_RUN, .tile_count = 1u << 20 },
		{ .op = IPU_CMD_RUN, .tile_count = 0 },
		{ .op = IPU_CMD_RUN, .tile_first = TILES, .tile_count = 1 },
		{ .op = IPU_CMD_RUN, .tile_first = UINT32_MAX, .tile_count = 2 },
		{ .op = IPU_CMD_FILL, .tile_count = TILES },
	};
	struct stream_context saved;
	struct stream stream;
	struct context ctx;
	struct host *host = open_endless(&ctx);
	size_t at, i;

	(void)state;
	ipu_card_inject(host->card, IPU_INJECT_STUCK_STOPS, 1);
	ctx_set(&ctx, IPU_CTX_CTRL, 0);
	ipu_card_pause(host->card);
	host_save(host, &stream);
	at = stream_find(&stream, &ctx);
	memcpy(&saved, stream.data + at, sizeof(saved));
	assert_int_equal(saved.step, IPU_STEP_TILES);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		saved.cmd.run = bad[i];
		memcpy(stream.data + at, &saved, sizeof(saved));
		host_refuses(host, &stream, "its command is none that it can have");
	}
	memcpy(&saved.cmd, host_at(host, ctx.ring + (ctx.written - 1) * IPU_CMD_SIZE),
	       IPU_CMD_SIZE);
	memcpy(stream.data + at, &saved, sizeof(saved));
	accepted(host, &stream);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_STOPPING);
	free(stream.data);
	host_free(host);
}

/* One that is idle has none at all. */
static void test_idle(void **state)
{
	struct stream_context saved;
	struct stream stream;
	struct context ctx;
	struct host *host = open_endless(&ctx);
	size_t at;

	(void)state;
	ipu_card_pause(host->card);
	host_save(host, &stream);
	at = stream_find(&stream, &ctx);
	memcpy(&saved, stream.data + at, sizeof(saved));
	assert_int_equal(saved.reg[IPU_CTX_STATUS / 4], IPU_CTX_RUNNING);
	saved.reg[IPU_CTX_STATUS / 4] = IPU_CTX_IDLE;
	memcpy(stream.data + at, &saved, sizeof(saved));
	host_refuses(host, &stream, "its command is none that it can have");
	free(stream.data);
	host_free(host);
}

/* ---- Numbers that leave no room ---- */

/* Chains that are made afterwards can be moved, too. */
static void test_group(void **state)
{
	const uint32_t highest = HIGHEST_GROUP;
	struct stream stream[2];
	struct chain chain;
	uint32_t i, n;

	(void)state;
	for (n = 0; n < 2; n++) {
		chain_open(&chain, 2, 1);
		pause_all(&chain);
		for (i = 0; i < 2; i++)
			host_save(chain.host[i], &stream[i]);
		for (i = 0; i < 2; i++) {
			if (!n)
				memcpy(stream[i].data + STREAM_GROUP, &highest, sizeof(highest));
			accepted(chain.host[i], &stream[i]);
			free(stream[i].data);
		}
		for (i = 0; i < 2; i++)
			ipu_card_resume(chain.host[i]->card);
		/* What was loaded counts once the cards go on. */
		i = card_get(chain.host[1], IPU_REG_LINK_GROUP);
		if (n)
			assert_in_range(i, 1, HIGHEST_GROUP);
		else
			assert_int_equal(i, HIGHEST_GROUP);
		chain_close(&chain);
	}
}

/* A card that has used nearly as much energy as it can have uses more, and can be saved. */
static void test_energy(void **state)
{
	const uint64_t most = MOST_ENERGY;
	struct host *host = host_new(TILES, 1);
	struct stream stream;
	uint64_t saved;

	(void)state;
	ipu_card_pause(host->card);
	host_save(host, &stream);
	memcpy(stream.data + stream.size - STREAM_ENERGY_BACK, &most, sizeof(most));
	accepted(host, &stream);
	free(stream.data);
	ipu_card_resume(host->card);
	while (card_get(host, IPU_REG_ENERGY_HI) == most >> 32)
		usleep(1000);
	ipu_card_pause(host->card);
	host_save(host, &stream);
	memcpy(&saved, stream.data + stream.size - STREAM_ENERGY_BACK, sizeof(saved));
	assert_int_equal(saved, most);
	accepted(host, &stream);
	free(stream.data);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held_goes_on), cmocka_unit_test(test_held_tiles),
		cmocka_unit_test(test_stuck),	     cmocka_unit_test(test_idle),
		cmocka_unit_test(test_group),	     cmocka_unit_test(test_energy),
	};

	return cmocka_run_group_tests_name("card save: hostile streams", tests, NULL, NULL);
}
