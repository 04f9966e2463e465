// SPDX-License-Identifier: MIT
/*
 * Consecutive multiply-adds, of which the model executes many at once with the sums in the
 * host's registers: with random operands the results are those of executing them one by
 * one, wherever they are entered, under every LMUL, at every VLEN, in every tier, and
 * whether there is a NaN or not. A tile that is debugged executes them one by one.
 */
#include "tile_env.h"

#include <stdio.h>

#include "../diff/encode.h"
#include "../diff/random.h"
#include "exec/ipu_unit.h"
#include "vector/ipu_vec.h"

#define CODE 0x603e8u /* six instructions before the end of a code page */
#define COUNT 13
#define TRIALS 6
#define VM (1u << 25)
#define IPU_EXIT 0x0000300bu /* with code 0 */
#define V_BYTES_MAX (IPU_VREGS * IPU_VLENB_MAX)

struct row {
	const char *name;
	uint32_t match;
	uint32_t shape;
};

static const struct row rows[] = {
#define IPU_INSN(name, mask, match, format, handler, slots)
#define IPU_VECTOR(name, mask, match, format, shape, slots) { #name, match, shape },
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool is_multiply_add(const struct row *row)
{
	return !strncmp(row->name, "vf", 2) && row->shape & IPU_SHAPE_READS_D &&
	       ipu_shape_sews(row->shape) & IPU_SEW32;
}

/* one after the other, most to the same sums, and some that multiply them */
static uint32_t pick_single(const struct row *row, unsigned int lmul, struct diff_random *random)
{
	const uint32_t vd = (diff_chance(random, 8) ? 3 : 2) << lmul;
	const uint32_t vs1 = diff_below(random, 4) << lmul;
	const uint32_t vs2 = diff_below(random, 4) << lmul;

	return row->match | VM | vd << 7 | vs1 << 15 | vs2 << 20;
}

/* the @i'th of rounds to four sums, but for some that break them */
static uint32_t pick_of_round(const struct row *row, unsigned int lmul, unsigned int i,
			      struct diff_random *random)
{
	const uint32_t groups = 32 >> lmul;
	const uint32_t vd = diff_chance(random, 32) ? diff_below(random, groups) : i % 4 + 1;
	const uint32_t vs2 =
		diff_chance(random, 32) ? diff_below(random, groups) : (i / 4 + 5) % groups;

	return row->match | VM | vd << (7 + lmul) | diff_below(random, 32) << 15 |
	       vs2 << (20 + lmul);
}

static bool has_rounds(const struct row *row, unsigned int lmul)
{
	return ipu_shape_1(row->shape) == IPU_V_NONE && lmul < 3;
}

static void put_code(struct tile_env *env, const struct row *row, unsigned int lmul, bool rounds,
		     struct diff_random *random)
{
	uint32_t *code = (uint32_t *)(void *)(env->sram + (CODE - IPU_SRAM_BASE));
	unsigned int i;

	for (i = 0; i < COUNT; i++) {
		code[i] = rounds ? pick_of_round(row, lmul, i, random) :
				   pick_single(row, lmul, random);
		/* an odd register, which is illegal with a group */
		if (diff_chance(random, 24))
			code[i] |= 1u << (diff_chance(random, 2) ? 20 : 7);
	}
	code[COUNT] = IPU_EXIT;
}

/**
 * struct outcome - what a run left
 * @v: the vector registers
 */
struct outcome {
	enum ipu_tile_state state;
	uint32_t pc;
	uint32_t fcsr;
	uint64_t instructions;
	uint64_t cycles;
	uint8_t v[V_BYTES_MAX];
};

/* numbers, of which one in many runs is not finite */
static void put_operands(struct ipu_unit *u, struct diff_random *random)
{
	static const uint32_t odd[] = { 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0 };
	uint32_t *words = (uint32_t *)(void *)u->v;
	const uint32_t count = IPU_VREGS * u->vlenb / 4;
	uint32_t i;

	for (i = 0; i < count; i++)
		words[i] = diff_finite(random);
	for (i = 0; i < 32; i++)
		u->r[IPU_REG_F0 + i] = diff_finite(random);
	if (diff_chance(random, 2))
		words[diff_below(random, count)] = odd[diff_below(random, 5)];
	if (diff_chance(random, 8))
		u->r[IPU_REG_F0 + 16] = odd[diff_below(random, 5)];
}

static void run(struct tile_env *env, uint32_t entry, unsigned int lmul, bool one_by_one,
		uint64_t seed, struct outcome *outcome)
{
	static const struct ipu_tile_points points = {
		.count = 1,
		.point = { { IPU_DBG_EXEC, IPU_DBG_ALL_TILES, IPU_SRAM_END - 4, 0 } },
	};
	struct ipu_unit *u = &env->tile->units[IPU_UNIT_SUPERVISOR];
	const unsigned int key = ipu_vec_key(2, lmul);
	struct diff_random random;
	uint32_t vlmax;

	diff_seed(&random, seed, 0);
	tile_env_start(env, entry, 0);
	put_operands(u, &random);
	vlmax = ipu_vec_vlmax(u, key);
	ipu_vec_set(u, key, key, diff_chance(&random, 4) ? diff_below(&random, vlmax + 1) : vlmax);
	ipu_tile_debug(env->tile, one_by_one ? &points : NULL, 0);
	memset(outcome, 0, sizeof(*outcome));
	outcome->state = tile_env_finish(env);
	outcome->pc = tile_env_reg(env, REG_PC);
	outcome->fcsr = tile_env_reg(env, REG_FCSR);
	outcome->instructions = ipu_tile_instructions(env->tile);
	outcome->cycles = ipu_tile_cycles(env->tile);
	memcpy(outcome->v, u->v, IPU_VREGS * u->vlenb);
}

static void expect_same(struct tile_env *env, const struct row *row, uint32_t entry,
			unsigned int lmul, uint64_t seed)
{
	static struct outcome together, one_by_one;

	run(env, entry, lmul, false, seed, &together);
	run(env, entry, lmul, true, seed, &one_by_one);
	if (memcmp(&together, &one_by_one, sizeof(together)))
		fail_msg(
			"%s from 0x%x, LMUL %u, VLEN %u, tier %d, seed %llu: state %d, pc 0x%x, fcsr 0x%x, "
			"%llu instructions, %llu cycles; one by one: state %d, pc 0x%x, fcsr 0x%x, "
			"%llu instructions, %llu cycles",
			row->name, entry, 1 << lmul, env->tile->units[0].vlenb * 8, ipu_vec_tier(),
			(unsigned long long)seed, together.state, together.pc, together.fcsr,
			(unsigned long long)together.instructions,
			(unsigned long long)together.cycles, one_by_one.state, one_by_one.pc,
			one_by_one.fcsr, (unsigned long long)one_by_one.instructions,
			(unsigned long long)one_by_one.cycles);
}

/* the code's page stays in the cache: the first run finds the handlers, the others use them */
static void check_row(struct tile_env *env, const struct row *row, unsigned int lmul)
{
	struct diff_random random;
	unsigned int trial, entry;

	for (trial = 0; trial < TRIALS; trial++) {
		diff_seed(&random, (uint64_t)(row - rows), trial);
		put_code(env, row, lmul, trial % 2 && has_rounds(row, lmul), &random);
		for (entry = 0; entry < 2 * COUNT; entry++)
			expect_same(env, row, CODE + entry % COUNT * 4, lmul,
				    trial * 2 * COUNT + entry);
	}
}

static void check_tier(struct tile_env *env, int tier)
{
	(void)tier;
	for (unsigned int i = 0; i < ROWS; i++)
		for (unsigned int lmul = 0; is_multiply_add(&rows[i]) && lmul < 4; lmul++)
			check_row(env, &rows[i], lmul);
}

static void check_vlen(void **state)
{
	tile_env_each_tier((uintptr_t)*state, check_tier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TILE_ENV_VLEN(128, check_vlen),
		TILE_ENV_VLEN(256, check_vlen),
		TILE_ENV_VLEN(512, check_vlen),
		TILE_ENV_VLEN(1024, check_vlen),
	};

	return cmocka_run_group_tests_name("vec_sums", tests, NULL, NULL);
}
