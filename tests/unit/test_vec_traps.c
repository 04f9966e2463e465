// SPDX-License-Identifier: MIT
/*
 * vtype and vl, faults in the middle of a vector instruction, and illegal ones: the
 * programs of vec_traps.S, at every VLEN and in every tier. Usage: vec_traps IMAGE.
 */
#include "tile_env.h"

#include <stdio.h>

#include "vector/ipu_vec.h"

static const unsigned int vlens[] = { 128, 256, 512, 1024 };

static void run_program(void **state)
{
	const char *name = *state;
	unsigned int tier;
	size_t i;

	for (tier = 0; tier < IPU_VEC_TIERS; tier++) {
		for (i = 0; i < sizeof(vlens) / sizeof(vlens[0]); i++) {
			struct tile_env *env = tile_env_new_vlen(tile_env_image, vlens[i]);
			uint32_t code;

			ipu_vec_limit(tier);
			assert_int_equal(tile_env_run(env, name, 0), IPU_TILE_EXITED);
			code = ipu_tile_exit_code(env->tile);
			tile_env_free(env);
			if (code)
				fail_msg("VLEN %u, tier %u: check %u failed", vlens[i], tier, code);
		}
	}
}

#define PROGRAM(program) cmocka_unit_test_prestate(run_program, (void *)(uintptr_t)(program))

int main(int argc, char **argv)
{
	struct CMUnitTest tests[] = {
		PROGRAM("set_vl"),	PROGRAM("set_vill"),	PROGRAM("load_again"),
		PROGRAM("masked_load"), PROGRAM("store_again"), PROGRAM("scattered_again"),
		PROGRAM("first_fault"), PROGRAM("groups"),
	};
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: vec_traps IMAGE\n");
		return 2;
	}
	tile_env_image = argv[1];
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tests[i].name = tests[i].initial_state;
	return cmocka_run_group_tests_name("vec_traps", tests, NULL, NULL);
}
