// SPDX-License-Identifier: MIT
/*
 * How much of the host's stack a tile needs: it does not grow with what the tile executes,
 * whether this compiler turns the handlers' calls of each other into jumps or not (see
 * ipu_exec.h). Usage: test_tile_depth IMAGE, the one of tile_programs.S.
 */
#include "tile_env.h"

#include <pthread.h>
#include <stdio.h>

#define STACK (16u << 20)
#define UNTOUCHED 0xa5
/* Decoding and the largest handlers take less than half; 200,000 calls, some megabytes. */
#define LIMIT (48u << 10)

static void *execute(void *arg)
{
	struct tile_env *env = arg;

	ipu_tile_run(env->tile, 200000);
	return NULL;
}

/* Return: bytes of a stack that a thread needs to execute @name. */
static size_t depth(struct tile_env *env, const char *name)
{
	uint8_t *stack = aligned_alloc(1 << 16, STACK);
	pthread_attr_t attr;
	pthread_t thread;
	size_t unused = 0;

	assert_non_null(stack);
	memset(stack, UNTOUCHED, STACK);
	tile_env_load(env);
	tile_env_start(env, tile_env_entry(env, name), 0);
	pthread_attr_init(&attr);
	assert_int_equal(pthread_attr_setstack(&attr, stack, STACK), 0);
	assert_int_equal(pthread_create(&thread, &attr, execute, env), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
	assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_RUNNING);
	assert_true(ipu_tile_instructions(env->tile) > 50000);
	while (unused < STACK && stack[unused] == UNTOUCHED)
		unused++;
	free(stack);
	return STACK - unused;
}

static void is_bounded(void **state)
{
	static const char *const programs[] = { "endless", "all_kinds", "long_line" };
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		const size_t bytes = depth(env, programs[i]);

		if (bytes > LIMIT)
			fail_msg("%s needs %zu bytes of the host's stack", programs[i], bytes);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_bounded, tile_env_setup, tile_env_teardown),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: test_tile_depth IMAGE\n");
		return 2;
	}
	tile_env_image = argv[1];
	return cmocka_run_group_tests_name("tile_depth", tests, NULL, NULL);
}
