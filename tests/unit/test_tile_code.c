// SPDX-License-Identifier: MIT
/*
 * Code in SRAM, how it changes and is shared: page boundaries, fence.i, writes
 * from outside, the cache of decoded code and its bounds, and random code.
 * Usage: tile_code IMAGE, the one of tile_programs.S.
 */
#include "tile_env.h"

#include <pthread.h>
#include <stdio.h>

#include "../diff/encode.h"
#include "tile/ipu_code_cache.h"
#include "isa/ipu_decode.h"

/* some page boundary, far from the image */
#define BOUNDARY 0x60000u

#define EBREAK 0x00100073u
#define C_NOP 0x0001u
#define C_NOP_PAIR 0x00010001u

/* instructions with their registers and immediates put in */
#define LUI(rd, imm) ((uint32_t)(imm) << 12 | (rd) << 7 | 0x37)
#define IPU_EXIT(rs1) ((uint32_t)(rs1) << 15 | 3 << 12 | 0x0b)

static void put(struct tile_env *env, uint32_t addr, uint32_t bits)
{
	memcpy(env->sram + (addr - IPU_SRAM_BASE), &bits, sizeof(bits));
}

static void self_modifying(void **state)
{
	struct tile_env *env = *state;

	assert_int_equal(tile_env_run(env, "self_modify", 2000), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 0);
	/* 2000 versions of a page have come and gone */
	assert_in_range(ipu_code_cache_pages(env->cache), 1, IPU_CACHE_SPARE + 4);

	assert_int_equal(tile_env_run(env, "self_modify_worker", 0), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 3);
}

/* code that the host or an exchange writes needs no fence.i */
static void written_from_outside(void **state)
{
	struct tile_env *env = *state;
	uint32_t pc;

	assert_int_equal(tile_env_run(env, "sync_external", 0), IPU_TILE_SYNC_EXTERNAL);
	pc = tile_env_reg(env, REG_PC);
	put(env, pc, diff_addi(10, 0, 9));
	ipu_tile_written(env->tile, pc + 1, 1);
	ipu_tile_release(env->tile, 0);
	assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 9);
	/* all of SRAM, its last byte and an empty range do no harm */
	ipu_tile_written(env->tile, IPU_SRAM_BASE, IPU_SRAM_SIZE);
	ipu_tile_written(env->tile, IPU_SRAM_END - 1, 1);
	ipu_tile_written(env->tile, IPU_SRAM_END, 0);
}

/* a new start sees SRAM as it is, whatever was executed before */
static void written_before_start(void **state)
{
	struct tile_env *env = *state;
	uint32_t code;

	for (code = 1; code < 10; code++) {
		put(env, BOUNDARY, diff_addi(10, 0, code));
		put(env, BOUNDARY + 4, IPU_EXIT(10));
		tile_env_start(env, BOUNDARY, 0);
		assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
		assert_int_equal(ipu_tile_exit_code(env->tile), code);
	}
}

/* start two bytes before a page's end, with @bits there and then what follows */
static void start_straddling(struct tile_env *env, uint32_t bits, uint32_t next)
{
	tile_env_load(env);
	put(env, BOUNDARY - 2, bits);
	put(env, BOUNDARY + 2, next);
	tile_env_start(env, BOUNDARY - 2, 0);
}

static void straddling_plain(void **state)
{
	struct tile_env *env = *state;

	start_straddling(env, diff_addi(10, 10, 5), IPU_EXIT(10));
	assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 5);
	assert_int_equal(ipu_tile_instructions(env->tile), 2);
}

static void straddling_jumps(void **state)
{
	struct tile_env *env = *state;

	start_straddling(env, diff_jal(1, 0x100), EBREAK);
	put(env, BOUNDARY - 2 + 0x100, EBREAK);
	tile_env_finish(env);
	tile_env_expect_fault(env, IPU_FAULT_EBREAK, IPU_UNIT_SUPERVISOR, BOUNDARY - 2 + 0x100, 0,
			      0);
	assert_int_equal(tile_env_reg(env, REG_RA), BOUNDARY + 2);

	start_straddling(env, diff_jal(0, -0x100), EBREAK);
	put(env, BOUNDARY - 2 - 0x100, EBREAK);
	tile_env_finish(env);
	tile_env_expect_fault(env, IPU_FAULT_EBREAK, IPU_UNIT_SUPERVISOR, BOUNDARY - 2 - 0x100, 0,
			      0);

	/* a0 = 100; 1: addi a0, a0, -1; bne a0, zero, 1b: the bne straddles */
	tile_env_load(env);
	put(env, BOUNDARY - 10, diff_addi(10, 0, 100));
	put(env, BOUNDARY - 6, diff_addi(10, 10, -1));
	put(env, BOUNDARY - 2, diff_bne(10, 0, -4));
	put(env, BOUNDARY + 2, EBREAK);
	tile_env_start(env, BOUNDARY - 10, 0);
	tile_env_finish(env);
	tile_env_expect_fault(env, IPU_FAULT_EBREAK, IPU_UNIT_SUPERVISOR, BOUNDARY + 2, 0, 0);
	assert_int_equal(ipu_tile_instructions(env->tile), 1 + 2 * 100);
}

static void straddling_faults(void **state)
{
	struct tile_env *env = *state;

	start_straddling(env, diff_lw(10, 0, 4), EBREAK);
	tile_env_finish(env);
	tile_env_expect_fault(env, IPU_FAULT_LOAD, IPU_UNIT_SUPERVISOR, BOUNDARY - 2, 4, 0);

	start_straddling(env, 0xfff0007f, EBREAK);
	tile_env_finish(env);
	tile_env_expect_fault(env, IPU_FAULT_ILLEGAL_INSN, IPU_UNIT_SUPERVISOR, BOUNDARY - 2, 0,
			      0xfff0007f);
}

/* the half on the second page changes */
static void straddling_written(void **state)
{
	struct tile_env *env = *state;
	uint32_t i;

	/* 1: ipu.sync external, then a straddling addi a0, zero, n, and back */
	tile_env_load(env);
	put(env, BOUNDARY - 6, 0x0020200b);
	put(env, BOUNDARY - 2, diff_addi(10, 0, 0));
	put(env, BOUNDARY + 2, diff_jal(0, -8));
	tile_env_start(env, BOUNDARY - 6, 0);
	for (i = 1; i < 20; i++) {
		assert_int_equal(tile_env_finish(env), IPU_TILE_SYNC_EXTERNAL);
		if (i > 1)
			assert_int_equal(tile_env_reg(env, REG_A0), i - 1);
		put(env, BOUNDARY - 2, diff_addi(10, 0, i));
		ipu_tile_written(env->tile, BOUNDARY + 1, 1);
		ipu_tile_release(env->tile, 0);
	}
}

static void expect_target(uint32_t bits, int32_t distance, enum ipu_flow flow)
{
	struct ipu_insn insn;

	ipu_decode(bits, BOUNDARY, &insn);
	assert_int_equal(insn.flow, flow);
	assert_int_equal(insn.target, BOUNDARY + distance);
}

/* every distance that each kind of jump can have */
static void distances(void **state)
{
	int32_t d;

	(void)state;
	for (d = -(1 << 20); d < 1 << 20; d += 2)
		expect_target(diff_jal(1, d), d, IPU_FLOW_CALL);
	for (d = -(1 << 12); d < 1 << 12; d += 2)
		expect_target(diff_bne(1, 2, d), d, IPU_FLOW_BRANCH);
	for (d = -(1 << 11); d < 1 << 11; d += 2) {
		expect_target(diff_set_cj(0xa001, d), d, IPU_FLOW_JUMP);
		expect_target(diff_set_cj(0x2001, d), d, IPU_FLOW_CALL);
	}
	for (d = -(1 << 8); d < 1 << 8; d += 2)
		expect_target(diff_set_cb(0xc001, d), d, IPU_FLOW_BRANCH);
}

/* the same bytes read in two ways: lui, or from its middle c.li a0, 5 */
static void overlapping(void **state)
{
	struct tile_env *env = *state;

	tile_env_load(env);
	put(env, BOUNDARY, LUI(11, 0x45151));
	put(env, BOUNDARY + 4, IPU_EXIT(10));
	tile_env_start(env, BOUNDARY, 3);
	assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 3);
	assert_int_equal(tile_env_reg(env, REG_A1), 0x45151000);
	tile_env_start(env, BOUNDARY + 2, 3);
	assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 5);
	assert_int_equal(tile_env_reg(env, REG_A1), 0);
}

/* through every page, twice: 1: jal to the next page; the last one continues at the first */
static void all_pages(void **state)
{
	struct tile_env *env = *state;
	uint32_t addr;

	tile_env_load(env);
	for (addr = IPU_SRAM_BASE; addr < IPU_SRAM_END; addr += IPU_CODE_PAGE) {
		put(env, addr, diff_addi(10, 10, 1));
		put(env, addr + 4, diff_jal(0, IPU_CODE_PAGE - 4));
	}
	put(env, IPU_SRAM_END - IPU_CODE_PAGE + 4, diff_bne(10, 11, 8));
	put(env, IPU_SRAM_END - IPU_CODE_PAGE + 8, IPU_EXIT(10));
	put(env, IPU_SRAM_END - IPU_CODE_PAGE + 12,
	    diff_jal(0, IPU_SRAM_BASE - (IPU_SRAM_END - IPU_CODE_PAGE + 12)));
	tile_env_start(env, IPU_SRAM_BASE, 0);
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_A1, 2 * IPU_CODE_PAGES);
	assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 2 * IPU_CODE_PAGES);
	assert_in_range(ipu_code_cache_pages(env->cache), IPU_TILE_PAGES_MAX,
			IPU_TILE_PAGES_MAX + IPU_CACHE_SPARE);
}

/* tiles with the same bytes share their pages, and release them */
static void shared_pages(void **state)
{
	struct tile_env *env = *state;
	struct ipu_tile *other[4];
	const struct ipu_tile_start start = { .tiles = 1, .entry = BOUNDARY };
	unsigned int i;

	tile_env_load(env);
	put(env, BOUNDARY, C_NOP_PAIR);
	put(env, BOUNDARY + 4, IPU_EXIT(10));
	for (i = 0; i < 4; i++) {
		other[i] = ipu_tile_new(env->sram, env->cache, IPU_VLEN_DEFAULT);
		assert_non_null(other[i]);
		ipu_tile_start(other[i], &start);
		assert_int_equal(ipu_tile_run(other[i], 1000), IPU_TILE_EXITED);
	}
	assert_int_equal(ipu_code_cache_pages(env->cache), 1);
	for (i = 0; i < 4; i++)
		ipu_tile_free(other[i]);
	assert_int_equal(ipu_code_cache_pages(env->cache), 1);
}

/* ---- The cache itself ---------------------------------------------------------------------- */

#define FAMILY 4096
#define CHAIN_MOST 12

/* How long the chain is that a page begins. */
static unsigned int chain_length(const struct ipu_code_page *page)
{
	unsigned int count = 0;

	for (; page; page = page->chain)
		count++;
	return count;
}

/* pages that a program could choose to make the hash a bad one: each kind differs in few bits */
static void choose(uint8_t *sram, unsigned int kind, uint32_t n)
{
	const uint64_t inverse = 0xf1de83e19937733d; /* of 0x9e3779b97f4a7c15 */
	uint64_t word = n;
	unsigned int i;

	memset(sram, 0, IPU_CODE_PAGE);
	if (kind == 1)
		word <<= 52;
	else if (kind == 2)
		word *= inverse;
	else if (kind == 3)
		word |= (uint64_t)-n << 32;
	for (i = 0; i < (kind == 4 ? IPU_CODE_PAGE / 8u : 1u); i++)
		memcpy(sram + 8 * ((n + i) % 4), &word, sizeof(word));
}

/* whatever is in pages, few of them are in one bucket */
static void short_chains(void **state)
{
	uint8_t *sram = malloc(IPU_SRAM_SIZE);
	unsigned int kind, longest;
	uint32_t n;

	(void)state;
	assert_non_null(sram);
	for (kind = 0; kind < 5; kind++) {
		struct ipu_budget budget = { .limit = 64u << 20 };
		struct ipu_code_cache *cache = ipu_code_cache_new(&budget);

		assert_non_null(cache);
		longest = 0;
		for (n = 1; n <= FAMILY; n++) {
			struct ipu_code_page *page;

			choose(sram, kind, n);
			page = ipu_code_cache_get(cache, IPU_SRAM_BASE, false, sram);
			assert_non_null(page);
			if (chain_length(page) > longest)
				longest = chain_length(page);
		}
		assert_int_equal(ipu_code_cache_pages(cache), FAMILY);
		if (longest > CHAIN_MOST)
			fail_msg("kind %u: %u pages in one bucket", kind, longest);
		ipu_code_cache_free(cache);
	}
	free(sram);
}

/* no two caches have the same hash, so no program can know it */
static void keyed_hash(void **state)
{
	struct tile_env *env = *state;
	struct ipu_budget budgets[2] = { { .limit = 1u << 20 }, { .limit = 1u << 20 } };
	uint64_t hash[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct ipu_code_cache *cache = ipu_code_cache_new(&budgets[i]);
		struct ipu_code_page *page;

		assert_non_null(cache);
		page = ipu_code_cache_get(cache, IPU_SRAM_BASE, false, env->sram);
		assert_non_null(page);
		hash[i] = page->hash;
		ipu_code_cache_free(cache);
	}
	assert_true(hash[0] != hash[1]);
}

/* memory is limited; pages that no tile holds make room, and all of it is counted */
static void limited(void **state)
{
	struct tile_env *env = *state;
	struct ipu_budget budget = { .limit = 1u << 20 };
	struct ipu_code_cache *cache = ipu_code_cache_new(&budget);
	struct ipu_code_page *page[256];
	unsigned int i, count, again;
	size_t empty, full;

	assert_non_null(cache);
	empty = budget.used;
	for (count = 0; count < 256; count++) {
		put(env, BOUNDARY, count);
		page[count] = ipu_code_cache_get(cache, BOUNDARY, false, env->sram);
		if (!page[count])
			break;
		assert_true(budget.used <= budget.limit);
	}
	assert_in_range(count, 64, 255);
	full = budget.used;
	assert_true(ipu_code_cache_decode(cache, page[0], 0) == NULL);
	assert_int_equal(budget.used, full);
	assert_false(ipu_code_cache_reserve(cache, IPU_HOST_PAGE * 2));

	for (i = 0; i < count; i++)
		ipu_code_cache_put(cache, page[i]);
	for (again = 0; again < count; again++) {
		put(env, BOUNDARY, 1000 + again);
		page[again] = ipu_code_cache_get(cache, BOUNDARY, false, env->sram);
		assert_non_null(page[again]);
		if (again == 0)
			assert_non_null(ipu_code_cache_decode(cache, page[0], 0));
		ipu_code_cache_put(cache, page[again]);
	}
	assert_true(ipu_code_cache_reserve(cache, budget.limit - empty));
	assert_int_equal(ipu_code_cache_pages(cache), 0);
	assert_int_equal(budget.used, budget.limit);
	ipu_code_cache_free(cache);
}

/* what a tile that needs more says, and that it is none of the traps that a program handles */
static void limited_tile(void **state)
{
	struct tile_env *env = *state;
	struct ipu_budget budget = { .limit = 256u << 10 };
	struct ipu_code_cache *cache = ipu_code_cache_new(&budget);
	struct ipu_tile *tile = cache ? ipu_tile_new(env->sram, cache, IPU_VLEN_DEFAULT) : NULL;
	const struct ipu_tile_start start = { .tiles = 1, .entry = BOUNDARY };
	struct ipu_tile_fault fault;
	uint32_t addr;

	assert_non_null(tile);
	tile_env_load(env);
	for (addr = BOUNDARY; addr < BOUNDARY + 64 * IPU_CODE_PAGE; addr += IPU_CODE_PAGE)
		put(env, addr, diff_jal(0, IPU_CODE_PAGE));
	ipu_tile_start(tile, &start);
	assert_int_equal(ipu_tile_run(tile, 1000), IPU_TILE_FAULTED);
	ipu_tile_fault(tile, &fault);
	assert_int_equal(fault.cause, IPU_FAULT_HOST_MEMORY);
	assert_int_equal(fault.info, 256);
	assert_int_equal(fault.pc % IPU_CODE_PAGE, 0);
	assert_true(budget.used <= budget.limit);

	/* a start drops what it held */
	put(env, BOUNDARY + 4 * IPU_CODE_PAGE, IPU_EXIT(0));
	ipu_tile_start(tile, &start);
	assert_int_equal(ipu_tile_run(tile, 1000), IPU_TILE_EXITED);
	ipu_tile_free(tile);
	ipu_code_cache_free(cache);
}

/* ---- Several threads, one cache ------------------------------------------------------------ */

#define THREADS 4

struct worker {
	pthread_t thread;
	struct tile_env *env;
	struct ipu_tile *tile;
	uint8_t *sram;
	uint32_t entry;
};

static void *run_tile(void *arg)
{
	struct worker *w = arg;
	const struct ipu_tile_start start = { .tiles = 1, .entry = w->entry, .arg = 300 };
	unsigned int i;

	for (i = 0; i < 20; i++) {
		ipu_tile_start(w->tile, &start);
		ipu_tile_run(w->tile, UINT64_MAX);
	}
	return NULL;
}

static void threads(void **state)
{
	struct tile_env *env = *state;
	struct worker workers[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		struct worker *w = &workers[i];

		w->env = env;
		w->sram = malloc(IPU_SRAM_SIZE);
		assert_non_null(w->sram);
		memcpy(w->sram, env->sram, IPU_SRAM_SIZE);
		w->tile = ipu_tile_new(w->sram, env->cache, IPU_VLEN_DEFAULT);
		assert_non_null(w->tile);
		w->entry = tile_env_entry(env, "self_modify");
		assert_int_equal(pthread_create(&w->thread, NULL, run_tile, w), 0);
	}
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	for (i = 0; i < THREADS; i++) {
		struct worker *w = &workers[i];

		assert_int_equal(ipu_tile_state(w->tile), IPU_TILE_EXITED);
		assert_int_equal(ipu_tile_exit_code(w->tile), 0);
		assert_int_equal(ipu_tile_instructions(w->tile),
				 ipu_tile_instructions(workers[0].tile));
		assert_memory_equal(w->sram, workers[0].sram, IPU_SRAM_SIZE);
	}
	for (i = 0; i < THREADS; i++) {
		ipu_tile_free(workers[i].tile);
		free(workers[i].sram);
	}
}

/* ---- Random code --------------------------------------------------------------------------- */

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint32_t random_word(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state >> 16;
}

struct row {
	uint32_t mask;
	uint32_t match;
};

static const struct row rows[] = {
#define IPU_INSN(name, mask, match, format, handler, slots) { mask, match },
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
};

/* instructions of the table with random operands, a few words of nothing, pointers in registers */
static void fill_randomly(struct tile_env *env)
{
	uint32_t addr = IPU_SRAM_BASE;
	unsigned int reg;

	while (addr < IPU_SRAM_END - 4) {
		const struct row *row = &rows[random_word() % (sizeof(rows) / sizeof(rows[0]))];
		uint32_t bits = (random_word() & ~row->mask) | row->match;

		if (random_word() % 64 == 0)
			bits = random_word();
		put(env, addr, bits);
		addr += (row->match & 3) == 3 ? 4 : 2;
	}
	tile_env_start(env, IPU_SRAM_BASE + (random_word() % IPU_SRAM_SIZE & ~1u), 0);
	for (reg = 1; reg < 32; reg++)
		ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, reg,
				 IPU_SRAM_BASE + random_word() % IPU_SRAM_SIZE);
}

/* whatever it does, it does the same again, and stays inside SRAM */
static void random_code(void **state)
{
	struct tile_env *env = *state;
	uint8_t *before = malloc(IPU_SRAM_SIZE), *after = malloc(IPU_SRAM_SIZE);
	struct ipu_tile_fault first, second;
	uint64_t seed, instructions;
	unsigned int i;

	assert_non_null(before);
	assert_non_null(after);
	for (i = 0; i < 100; i++) {
		seed = random_state;
		fill_randomly(env);
		memcpy(before, env->sram, IPU_SRAM_SIZE);
		ipu_tile_run(env->tile, 20000);
		ipu_tile_fault(env->tile, &first);
		instructions = ipu_tile_instructions(env->tile);
		memcpy(after, env->sram, IPU_SRAM_SIZE);

		random_state = seed;
		fill_randomly(env);
		assert_memory_equal(before, env->sram, IPU_SRAM_SIZE);
		while (ipu_tile_state(env->tile) == IPU_TILE_RUNNING &&
		       (first.cause || ipu_tile_instructions(env->tile) < instructions))
			ipu_tile_run(env->tile, 1);
		ipu_tile_fault(env->tile, &second);
		assert_memory_equal(&first, &second, sizeof(first));
		assert_int_equal(ipu_tile_instructions(env->tile), instructions);
		assert_memory_equal(after, env->sram, IPU_SRAM_SIZE);
	}
	free(before);
	free(after);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(self_modifying, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(written_from_outside, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(written_before_start, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(straddling_plain, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(straddling_jumps, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(straddling_faults, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(straddling_written, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test(distances),
		cmocka_unit_test_setup_teardown(overlapping, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(all_pages, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(shared_pages, tile_env_setup, tile_env_teardown),
		cmocka_unit_test(short_chains),
		cmocka_unit_test_setup_teardown(keyed_hash, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(limited, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(limited_tile, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(threads, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(random_code, tile_env_setup, tile_env_teardown),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: tile_code IMAGE\n");
		return 2;
	}
	tile_env_image = argv[1];
	return cmocka_run_group_tests_name("tile_code", tests, NULL, NULL);
}
