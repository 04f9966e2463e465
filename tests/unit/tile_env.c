// SPDX-License-Identifier: MIT
/*
 * A tile for tests, see tile_env.h.
 */
#include "tile_env.h"

#include <stdio.h>
#include <sys/mman.h>

#include "vector/ipu_vec.h"

/* far more than any program of the tests needs */
#define INSTRUCTION_LIMIT 100000000ull

/* the words at the start of an image */
enum { HEAD_CASES, HEAD_CASES_END, HEAD_PROGRAMS, HEAD_PROGRAMS_END };

static void die(const char *what, const char *path)
{
	fprintf(stderr, "tile tests: %s %s\n", what, path);
	exit(2);
}

static void read_image(struct tile_env *env, const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		die("cannot open", path);
	env->image = malloc(IPU_SRAM_SIZE);
	if (!env->image)
		die("no memory for", path);
	env->image_size = fread(env->image, 1, IPU_SRAM_SIZE, file);
	if (ferror(file) || !env->image_size || !feof(file))
		die("cannot read", path);
	fclose(file);
}

struct tile_env *tile_env_new(const char *path)
{
	return tile_env_new_vlen(path, IPU_VLEN_DEFAULT);
}

struct tile_env *tile_env_new_vlen(const char *path, unsigned int vlen)
{
	struct tile_env *env = calloc(1, sizeof(*env));

	if (!env)
		die("no memory", "");
	if (path)
		read_image(env, path);
	env->sram = mmap(NULL, IPU_SRAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	if (env->sram == MAP_FAILED)
		die("no memory", "");
	env->budget.limit = ENV_CODE_BYTES;
	env->cache = ipu_code_cache_new(&env->budget);
	env->tile = env->cache ? ipu_tile_new(env->sram, env->cache, vlen) : NULL;
	if (!env->tile)
		die("no memory", "");
	return env;
}

void tile_env_free(struct tile_env *env)
{
	ipu_tile_free(env->tile);
	ipu_code_cache_free(env->cache);
	munmap(env->sram, IPU_SRAM_SIZE);
	free(env->image);
	free(env);
}

void tile_env_each_tier(unsigned int vlen, void (*check)(struct tile_env *env, int tier))
{
	const int best = ipu_vec_tier();

	for (int tier = IPU_VEC_PORTABLE; tier <= best; tier++) {
		struct tile_env *env = tile_env_new_vlen(NULL, vlen);

		ipu_vec_limit(tier);
		check(env, tier);
		tile_env_free(env);
	}
	ipu_vec_limit(best);
}

void tile_env_load(struct tile_env *env)
{
	memset(env->sram, 0, IPU_SRAM_SIZE);
	if (env->image)
		memcpy(env->sram, env->image, env->image_size);
	ipu_tile_reset(env->tile);
}

const char *tile_env_image;

int tile_env_setup(void **state)
{
	*state = tile_env_new(tile_env_image);
	tile_env_load(*state);
	return 0;
}

int tile_env_teardown(void **state)
{
	tile_env_free(*state);
	return 0;
}

uint32_t tile_env_word(const struct tile_env *env, uint32_t addr)
{
	uint32_t value;

	assert_in_range(addr, IPU_SRAM_BASE, IPU_SRAM_END - sizeof(value));
	memcpy(&value, env->sram + (addr - IPU_SRAM_BASE), sizeof(value));
	return value;
}

void tile_env_set_word(struct tile_env *env, uint32_t addr, uint32_t value)
{
	assert_in_range(addr, IPU_SRAM_BASE, IPU_SRAM_END - sizeof(value));
	memcpy(env->sram + (addr - IPU_SRAM_BASE), &value, sizeof(value));
}

static const char *string_at(const struct tile_env *env, uint32_t addr)
{
	assert_in_range(addr, IPU_SRAM_BASE, IPU_SRAM_END - 1);
	return (const char *)env->sram + (addr - IPU_SRAM_BASE);
}

uint32_t tile_env_entry(struct tile_env *env, const char *name)
{
	uint32_t at = tile_env_word(env, IPU_SRAM_BASE + 4 * HEAD_PROGRAMS);
	uint32_t end = tile_env_word(env, IPU_SRAM_BASE + 4 * HEAD_PROGRAMS_END);

	for (; at < end; at += 8)
		if (!strcmp(string_at(env, tile_env_word(env, at)), name))
			return tile_env_word(env, at + 4);
	fail_msg("no program \"%s\" in the image", name);
	return 0;
}

void tile_env_start(struct tile_env *env, uint32_t entry, uint32_t arg)
{
	const struct ipu_tile_start start = {
		.tile = ENV_TILE,
		.tiles = ENV_TILES,
		.entry = entry,
		.sp = IPU_SRAM_END,
		.arg = arg,
	};

	ipu_tile_start(env->tile, &start);
}

enum ipu_tile_state tile_env_finish(struct tile_env *env)
{
	enum ipu_tile_state state = ipu_tile_run(env->tile, INSTRUCTION_LIMIT);

	assert_int_not_equal(state, IPU_TILE_RUNNING);
	return state;
}

enum ipu_tile_state tile_env_run(struct tile_env *env, const char *name, uint32_t arg)
{
	tile_env_load(env);
	tile_env_start(env, tile_env_entry(env, name), arg);
	return tile_env_finish(env);
}

void tile_env_expect_fault(const struct tile_env *env, uint32_t cause, uint32_t unit, uint32_t pc,
			   uint32_t addr, uint32_t info)
{
	struct ipu_tile_fault fault;

	assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_FAULTED);
	ipu_tile_fault(env->tile, &fault);
	assert_int_equal(fault.cause, cause);
	assert_int_equal(fault.unit, unit);
	assert_int_equal(fault.pc, pc);
	assert_int_equal(fault.addr, addr);
	assert_int_equal(fault.info, info);
}
