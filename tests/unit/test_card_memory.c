// SPDX-License-Identifier: MIT
/*
 * The host memory that programs can make a card use: what it costs, that it is limited
 * for each context, and that the host has it back after a reset, a CLEAR or a disable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"
#include "tile/ipu_host_memory.h"

/* Code that differs from tile to tile, a word on each of these pages. */
#define PAGE 1024
#define PAGES 120

static uint64_t resident_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long long kib = 0;
	char line[128];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %llu", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

/* Beyond @before, once it is at most @most: memory is released after a reset, not in it. */
static uint64_t settled_kib(uint64_t before, uint64_t most)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (resident_kib() > before + most && now_ms() < end)
		usleep(1000);
	return resident_kib() - before;
}

/* What a sanitizer's shadow may add; some kernels take memory when it is only read. */
static uint64_t shadow_kib(uint64_t kib)
{
#ifdef __SANITIZE_ADDRESS__
	return kib / 6 + 4096;
#else
	(void)kib;
	return 0;
#endif
}

/* A program of @pages pages, each with one word that is another on each tile; it exits with 0. */
static void load_pages(struct context *ctx, uint32_t tiles, uint32_t pages)
{
	uint64_t saved = ctx->host->used;
	uint64_t words = host_alloc(ctx->host, 4 * (uint64_t)tiles);
	uint64_t code = host_alloc(ctx->host, (uint64_t)pages * PAGE);
	struct ipu_cmd_copy copy = copy_to(0, tiles, IPU_SRAM_BASE, VA(code), pages * PAGE);
	uint32_t *at, i;

	for (i = 0; i < pages; i++) {
		struct program p = { .count = 0 };

		if (i < pages - 1)
			jump(&p, IPU_SRAM_BASE + PAGE);
		else
			exit_with(&p, ZERO);
		memcpy(host_at(ctx->host, code + (uint64_t)i * PAGE), p.word, program_bytes(&p));
	}
	/* on a slow host it takes long */
	ctx_set(ctx, IPU_CTX_WATCHDOG_MS, 0);
	copy.host_tile_stride = 0;
	ctx_put(ctx, &copy);
	at = host_at(ctx->host, words);
	for (i = 0; i < tiles; i++)
		at[i] = i;
	copy = copy_to(0, tiles, IPU_SRAM_BASE + 8, VA(words), 4);
	copy.rows = pages;
	copy.tile_row_stride = PAGE;
	ctx_put(ctx, &copy);
	ctx_finish(ctx);
	ctx->host->used = saved;
}

/* Memory around what is discarded stays, also where the host's pages are larger than SRAM's units. */
static void test_discard(void **state)
{
	static const size_t pages[] = { 0, 4096, 65536 };
	static const size_t at[] = { 0, 1, 4095, 4096, 61440, 65536, 69632 };
	static const size_t bytes[] = { 0, 1, 4096, 5000, 65536, 131072, 135168, 139264 };
	const size_t size = 1 << 18;
	struct ipu_mapping map;
	size_t p, a, b, i;

	(void)state;
	assert_true(ipu_host_map(&map, size));
	for (p = 0; p < 3; p++) {
		ipu_host_pretend(pages[p]);
		for (a = 0; a < 7; a++) {
			for (b = 0; b < 8; b++) {
				memset(map.base, 0xff, size);
				ipu_host_discard(map.base + at[a], bytes[b]);
				for (i = 0; i < size; i++)
					if (map.base[i] != (i - at[a] < bytes[b] ? 0 : 0xff))
						fail_msg("byte %zu of %zu at %zu", i, bytes[b],
							 at[a]);
			}
		}
	}
	ipu_host_pretend(0);
	ipu_host_unmap(&map);
}

/* The largest card costs little until its tiles are used, and gives back what it used. */
static void test_sram(void **state)
{
	uint64_t little = 4096;
	uint64_t before = resident_kib(), idle, used, after;
	struct host *host = host_new(IPU_MAX_TILES, 2);
	struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = IPU_MAX_TILES,
		.tile_addr = IPU_SRAM_BASE,
		.bytes = 128 << 10,
		.value = 1,
	};
	struct context ctx;

	(void)state;
#ifdef __SANITIZE_THREAD__
	host_free(host);
	skip(); /* its shadow memory is what would be measured */
#endif
	little += shadow_kib(IPU_MAX_TILES * 128);
	ctx_open(&ctx, host, 0, 0, IPU_MAX_TILES);
	put_fence(&ctx, 1, 0);
	ctx_finish(&ctx);
	idle = resident_kib() - before;
	ctx_put(&ctx, &fill);
	ctx_finish(&ctx);
	used = resident_kib() - before;
	ctx_disable(&ctx);
	ctx_enable(&ctx, IPU_CTX_CTRL_CLEAR);
	put_fence(&ctx, 2, 0);
	ctx_finish(&ctx);
	after = resident_kib() - before;
	print_message("# KiB: idle %llu, 128 KiB of each tile used %llu, cleared %llu\n",
		      (unsigned long long)idle, (unsigned long long)used,
		      (unsigned long long)after);
	assert_true(idle < 4096 + shadow_kib(0));
	assert_true(used > IPU_MAX_TILES * 128);
	assert_true(after < little);

	/* Also without a context that is enabled again. */
	ctx_put(&ctx, &fill);
	ctx_finish(&ctx);
	assert_true(resident_kib() - before > IPU_MAX_TILES * 128);
	ctx_set(&ctx, IPU_CTX_CTRL, IPU_CTX_CTRL_CLEAR);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_DISABLED);
	assert_true(settled_kib(before, little) < little);
	host_free(host);
}

#define LOCKED_TILES 256

/*
 * Also in a process that locks all of its memory, as QEMU with -overcommit mem-lock=on: what is
 * used is there, and is given back.
 */
static void test_locked(void **state)
{
	const uint64_t some = LOCKED_TILES * 128;
	struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = LOCKED_TILES,
		.tile_addr = IPU_SRAM_BASE,
		.bytes = 256 << 10,
		.value = 1,
	};
	uint64_t before = resident_kib();
	struct context ctx;
	struct host *host;

	(void)state;
	if (mlockall(MCL_FUTURE))
		skip(); /* it may not */
	host = host_new(LOCKED_TILES, 1);
	/* the host's memory and a thread's stack are locked */
	assert_true(resident_kib() < before + (HOST_MEMORY >> 10) + some);
	before = resident_kib();
	ctx_open(&ctx, host, 0, 0, LOCKED_TILES);
	ctx_put(&ctx, &fill);
	ctx_finish(&ctx);
	assert_true(resident_kib() > before + some);
	ctx_set(&ctx, IPU_CTX_CTRL, IPU_CTX_CTRL_CLEAR);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_DISABLED);
	assert_true(settled_kib(before, some) < some);
	host_free(host);
	assert_int_equal(munlockall(), 0);
}

/* CLEAR when it is disabled clears the context's own tiles, and none if it has none. */
static void test_clear_at_end(void **state)
{
	struct host *host = host_new(4, 2);
	uint32_t value = 0x600df00d;
	struct context a, b;

	(void)state;
	ctx_open(&a, host, 0, 0, 2);
	ctx_open(&b, host, 1, 2, 2);
	tiles_write(&a, 0, 2, IPU_SRAM_BASE, &value, 4);
	tiles_write(&b, 0, 2, IPU_SRAM_BASE, &value, 4);
	ctx_set(&a, IPU_CTX_CTRL, IPU_CTX_CTRL_CLEAR);
	ctx_wait(&a, IPU_CTX_STATUS, IPU_CTX_DISABLED);
	ctx_enable(&a, IPU_CTX_CTRL_PRIV);
	tile_read(&a, 1, IPU_SRAM_BASE, &value, 4);
	assert_int_equal(value, 0);
	tile_read(&b, 0, IPU_SRAM_BASE, &value, 4);
	assert_int_equal(value, 0x600df00d);

	/* The other one's tiles are an invalid configuration. */
	ctx_disable(&a);
	ctx_config(&a, 2, 2);
	ctx_enable(&a, IPU_CTX_CTRL_PRIV);
	assert_int_equal(ctx_state(&a), IPU_CTX_FAULTED);
	ctx_set(&a, IPU_CTX_CTRL, IPU_CTX_CTRL_CLEAR);
	ctx_wait(&a, IPU_CTX_STATUS, IPU_CTX_DISABLED);
	tile_read(&b, 0, IPU_SRAM_BASE, &value, 4);
	assert_int_equal(value, 0x600df00d);
	host_free(host);
}

#define MANY 128

/*
 * A context is disabled at once, whatever is to be released; who gets its tiles or its
 * number waits for that.
 */
static void test_disabled_at_once(void **state)
{
	struct host *host = host_new(MANY, 2);
	uint32_t value = 0x600df00d;
	struct context a, b;
	uint32_t i;

	(void)state;
	ctx_open(&a, host, 0, 0, MANY);
	for (i = 0; i < 8; i++) {
		uint64_t saved = host->used;

		load_pages(&a, MANY, PAGES / 4);
		tiles_write(&a, 0, MANY, IPU_SRAM_BASE + IPU_SRAM_SIZE / 2, &value, 4);
		put_run(&a, 0, MANY, 0);
		ctx_finish(&a);
		ctx_wait(&a, IPU_CTX_STATUS, IPU_CTX_IDLE);
		ctx_set(&a, IPU_CTX_CTRL, i % 2 ? IPU_CTX_CTRL_CLEAR : 0);
		assert_int_equal(ctx_state(&a), IPU_CTX_DISABLED);
		if (i % 4 > 1) {
			/* enabled and disabled once more before that */
			ctx_enable(&a, IPU_CTX_CTRL_PRIV);
			ctx_set(&a, IPU_CTX_CTRL, i % 2 ? IPU_CTX_CTRL_CLEAR : 0);
			ctx_wait(&a, IPU_CTX_STATUS, IPU_CTX_DISABLED);
		}
		ctx_init(&b, host, 1);
		ctx_config(&b, MANY / 2, MANY / 2);
		ctx_enable(&b, IPU_CTX_CTRL_PRIV);
		tile_read(&b, MANY / 2 - 1, IPU_SRAM_BASE + IPU_SRAM_SIZE / 2, &value, 4);
		assert_int_equal(value, i % 2 ? 0 : 0x600df00d);
		value = 0x600df00d;
		ctx_disable(&b);
		ctx_enable(&a, IPU_CTX_CTRL_PRIV);
		host->used = saved;
	}
	host_free(host);
}

/* A sanitizer keeps memory of its own for what was used, and takes its time to unmap. */
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define UNSANITIZED 1
#endif

#ifdef UNSANITIZED
/* Decoded code of many tiles that share none of it; the host has it back after a disable. */
static void test_code_is_released(void **state)
{
	uint64_t before, code, after;
	struct host *host = host_new_limited(MANY, 2, 1ull << 30);
	struct context ctx;

	(void)state;
	ctx_open(&ctx, host, 0, 0, MANY);
	load_pages(&ctx, MANY, PAGES);
	before = resident_kib();
	put_run(&ctx, 0, MANY, 0);
	ctx_finish(&ctx);
	code = resident_kib() - before;
	ctx_disable(&ctx);
	after = settled_kib(before, 8192);
	print_message("# KiB: code of %u tiles with %u pages each %llu, disabled %llu\n", MANY,
		      PAGES, (unsigned long long)code, (unsigned long long)after);
	/* decoded: at least 8 bytes for each of the program's, at most 16 KiB for a page */
	assert_in_range(code, MANY * PAGES * 8, MANY * PAGES * 16 + 16384);
	assert_true(after < 8192);
	/* SRAM is kept */
	ctx_enable(&ctx, IPU_CTX_CTRL_PRIV);
	put_run(&ctx, 0, MANY, 0);
	ctx_finish(&ctx);
	host_free(host);
}

static uint64_t thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A reset takes its caller, who holds QEMU's lock, no time, whatever programs have used. */
static void test_reset_is_short(void **state)
{
	uint64_t before = resident_kib(), used, took;
	struct host *host = host_new_limited(MANY, 2, 1ull << 30);
	struct context ctx;

	(void)state;
	ctx_open(&ctx, host, 0, 0, MANY);
	load_pages(&ctx, MANY, PAGES);
	put_run(&ctx, 0, MANY, 0);
	ctx_finish(&ctx);
	used = resident_kib() - before;
	took = thread_ns();
	ipu_card_reset(host->card);
	took = thread_ns() - took;
	assert_int_equal(card_get(host, IPU_REG_CTRL), 0);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_DISABLED);
	print_message("# reset with %llu MiB in use: %llu us\n", (unsigned long long)used / 1024,
		      (unsigned long long)took / 1000);
	assert_true(used > 128 * 1024);
	assert_true(took < 5000000);
	assert_true(settled_kib(before, 8192) < 8192);
	host_free(host);
}
#endif

/* One reset after another, with contexts that are enabled before memory has been released. */
static void test_resets(void **state)
{
	struct host *host = host_new(MANY, 2);
	uint32_t value, i;
	struct context ctx;

	(void)state;
	ctx_init(&ctx, host, 0);
	for (i = 0; i < 10; i++) {
		uint64_t saved = host->used;

		ctx_config(&ctx, 0, MANY);
		ctx_enable(&ctx, IPU_CTX_CTRL_PRIV);
		/* SRAM is zero without CLEAR */
		tile_read(&ctx, MANY - 1, IPU_SRAM_BASE, &value, 4);
		assert_int_equal(value, 0);
		load_pages(&ctx, MANY, PAGES / 4);
		put_run(&ctx, 0, MANY, 0);
		if (i % 2)
			ctx_finish(&ctx);
		else
			ctx_ring(&ctx);
		if (i % 3)
			ctx_set(&ctx, IPU_CTX_CTRL, i % 2 ? IPU_CTX_CTRL_CLEAR : 0);
		ipu_card_reset(host->card);
		assert_int_equal(ctx_state(&ctx), IPU_CTX_DISABLED);
		if (i % 4 == 3)
			ipu_card_reset(host->card);
		host->used = saved;
	}
	host_free(host);
}

/* ---- Limits ---- */

/* The least limit of a card, in KiB, from what it says of a lower one. */
static uint32_t least_kib(uint32_t tiles)
{
	const struct ipu_card_config config = { .tiles = tiles, .max_host_memory = 1 };
	char *error = host_no_card(&config);
	const char *needs = strstr(error, "needs ");
	unsigned int kib = 0;

	assert_non_null(needs);
	assert_int_equal(sscanf(needs, "needs %u KiB at least", &kib), 1);
	free(error);
	return kib;
}

static struct host *host_least(uint32_t tiles)
{
	return host_new_limited(tiles, 2, (uint64_t)least_kib(tiles) << 10);
}

static void test_least(void **state)
{
	const struct ipu_card_config config = {
		.tiles = 64,
		.max_host_memory = ((uint64_t)least_kib(64) << 10) - 1,
	};

	(void)state;
	/* 624 KiB of SRAM and up to 128 for the rest; for each of 32 contexts 1 MiB, twice */
	assert_in_range(least_kib(64), 64 * 624 + 64 * 1024, 64 * (624 + 128) + 64 * 1024);
	assert_in_range(least_kib(2), 2 * 624 + 4 * 1024, 2 * (624 + 128) + 4 * 1024);
	free(host_no_card(&config));
	host_free(host_least(64));
}

/* Code for which the context has no memory is a fault, and another context does not notice. */
static void test_code_is_limited(void **state)
{
	struct host *host = host_least(8);
	struct context a, b;
	uint64_t before;
	uint32_t limit;

	(void)state;
	ctx_open(&a, host, 0, 0, 7);
	ctx_open(&b, host, 1, 7, 1);
	load_pages(&a, 7, PAGES);
	load_pages(&b, 1, PAGES);
	before = resident_kib();
	put_run(&a, 0, 7, 0);
	/* of the 16 MiB that are left over it has an eighth of one half, 7 eighths of the other */
	limit = 8 * 1024;
	ctx_fault(&a, IPU_FAULT_HOST_MEMORY, 0, limit);
	assert_true(resident_kib() - before < limit + 7 * 128 + 1024 + shadow_kib(limit));
	assert_in_range(ctx_get(&a, IPU_CTX_FAULT_TILE), 0, 6);
	assert_int_equal(ctx_get(&a, IPU_CTX_FAULT_UNIT), IPU_UNIT_SUPERVISOR);
	assert_int_equal(ctx_get(&a, IPU_CTX_FAULT_PC) % PAGE, IPU_SRAM_BASE % PAGE);

	/* while the first one still has its own, the other one has its share */
	put_run(&b, 0, 1, 0);
	ctx_finish(&b);
	/* less of it fits, again and again */
	ctx_restart(&a);
	put_run(&a, 0, 5, 0);
	put_run(&a, 0, 5, 0);
	ctx_finish(&a);
	host_free(host);
}

/* Code that tiles share is decoded, and counted, once. */
static void test_shared_code(void **state)
{
	struct host *host = host_least(8);
	const uint32_t same = 0;
	struct context ctx;
	uint32_t i;

	(void)state;
	ctx_open(&ctx, host, 0, 0, 8);
	load_pages(&ctx, 8, PAGES);
	for (i = 0; i < PAGES; i++)
		tiles_write(&ctx, 0, 8, IPU_SRAM_BASE + i * PAGE + 8, &same, 4);
	put_run(&ctx, 0, 8, 0);
	ctx_finish(&ctx);
	host_free(host);
}

/* A tile that changes its code, with fence.i, needs no more than what it holds. */
static void test_changed_code(void **state)
{
	struct host *host = host_least(1);
	struct program p = { .count = 0 };
	struct context ctx;
	uint32_t top;

	(void)state;
	ctx_open(&ctx, host, 0, 0, 1);
	/* each round stores its number on the page that it executes */
	li(&p, T1, 2000);
	li(&p, T2, IPU_SRAM_BASE + 512);
	top = here(&p);
	sw(&p, T1, T2, 0);
	emit(&p, 0x0000100f);
	addi(&p, T1, T1, -1);
	bne(&p, T1, ZERO, top);
	exit_with(&p, ZERO);
	tiles_write(&ctx, 0, 1, IPU_SRAM_BASE, p.word, program_bytes(&p));
	put_run(&ctx, 0, 1, 0);
	ctx_finish(&ctx);
	host_free(host);
}

#define TABLE (IPU_SRAM_BASE + 4096)
#define DATA (IPU_SRAM_BASE + 8192)

/* Tiles that read @bytes of the next one where it is written, which takes as much memory. */
static void exchange(struct context *ctx, uint32_t tiles, uint32_t bytes)
{
	struct ipu_xfer xfer = { .src_addr = DATA, .dst_addr = DATA, .bytes = bytes };
	struct program p = { .count = 0 };
	uint32_t t;

	transfers(&p, TABLE, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	tiles_write(ctx, 0, tiles, IPU_SRAM_BASE, p.word, program_bytes(&p));
	for (t = 0; t < tiles; t++) {
		xfer.src_tile = (t + 1) % tiles;
		tiles_write(ctx, t, 1, TABLE, &xfer, sizeof(xfer));
	}
	put_run(ctx, 0, tiles, 0);
}

static void test_exchange_is_limited(void **state)
{
	struct host *host = host_least(256);
	struct context ctx;
	int i;

	(void)state;
	/* of the 64 MiB that are left over: a 32nd of one half and 8 / 256 of the other */
	ctx_open(&ctx, host, 0, 100, 8);
	for (i = 0; i < 3; i++) {
		exchange(&ctx, 3, 512 << 10);
		ctx_finish(&ctx);
	}
	exchange(&ctx, 8, 512 << 10);
	ctx_fault(&ctx, IPU_FAULT_HOST_MEMORY, 0, 2048);
	/* the first tile that there is no memory for, at the sync */
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_TILE), 3);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_UNIT), IPU_UNIT_SUPERVISOR);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_PC), IPU_SRAM_BASE + 6 * 4);
	ctx_restart(&ctx);
	exchange(&ctx, 3, 512 << 10);
	ctx_finish(&ctx);
	host_free(host);
}

/* Transfer tables, whose copies take memory, too. */
static void test_tables_are_limited(void **state)
{
	const uint32_t count = (IPU_SRAM_END - TABLE) / sizeof(struct ipu_xfer);
	struct host *host = host_least(256);
	struct program p = { .count = 0 };
	struct context ctx;

	(void)state;
	ctx_open(&ctx, host, 0, 100, 8);
	transfers(&p, TABLE, count);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	tiles_write(&ctx, 0, 8, IPU_SRAM_BASE, p.word, program_bytes(&p));
	put_run(&ctx, 0, 3, 0);
	ctx_finish(&ctx);
	put_run(&ctx, 0, 8, 0);
	ctx_fault(&ctx, IPU_FAULT_HOST_MEMORY, 0, 2048);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_TILE), 3);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_discard),
		cmocka_unit_test(test_sram),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_clear_at_end),
		cmocka_unit_test(test_disabled_at_once),
#ifdef UNSANITIZED
		cmocka_unit_test(test_code_is_released),
		cmocka_unit_test(test_reset_is_short),
#endif
		cmocka_unit_test(test_resets),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_code_is_limited),
		cmocka_unit_test(test_shared_code),
		cmocka_unit_test(test_changed_code),
		cmocka_unit_test(test_exchange_is_limited),
		cmocka_unit_test(test_tables_are_limited),
	};

	return cmocka_run_group_tests_name("card memory", tests, NULL, NULL);
}
