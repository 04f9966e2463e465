// SPDX-License-Identifier: MIT
/*
 * Watchpoints, for every kind of access: the last byte that an instruction
 * accesses triggers, and the one after it does not. Usage: tile_debug IMAGE,
 * the one of tile_debug.S.
 */
#include "tile_env.h"

#include <stdio.h>

#define READ IPU_DBG_READ
#define WRITE IPU_DBG_WRITE

/**
 * struct access - what a program accesses
 * @last: the last byte
 * @beside: a byte that is not accessed
 */
static const struct access {
	const char *name;
	uint32_t last;
	uint32_t beside;
	uint32_t access;
} accesses[] = {
	{ "lb", 0x7ffff, 0x80000, READ },
	{ "lhu", 0x80003, 0x80004, READ },
	{ "lw", 0x7ffff, 0x80000, READ },
	{ "sb", 0x807ff, 0x807fe, WRITE },
	{ "sh", 0x7f801, 0x7f802, WRITE },
	{ "sw", 0x80023, 0x80024, WRITE },
	{ "flw", 0x80007, 0x80008, READ },
	{ "fsw", 0x7fffb, 0x7fffc, WRITE },
	{ "flh", 0x80007, 0x80008, READ },
	{ "lr", 0x80003, 0x80004, READ },
	{ "sc", 0x80003, 0x80004, WRITE },
	{ "amo", 0x80003, 0x80004, READ | WRITE },
	{ "c_lw", 0x8007f, 0x80080, READ },
	{ "c_sw", 0x80043, 0x80044, WRITE },
	{ "c_flw", 0x8003f, 0x80040, READ },
	{ "c_fsw", 0x80007, 0x80008, WRITE },
	{ "c_lwsp", 0x800ff, 0x80100, READ },
	{ "c_swsp", 0x800ff, 0x80100, WRITE },
	{ "c_flwsp", 0x8003f, 0x80040, READ },
	{ "c_fswsp", 0x800c3, 0x800c4, WRITE },
	{ "vle", 0x8000f, 0x80010, READ },
	{ "vse", 0x8000f, 0x80010, WRITE },
	{ "vse_masked", 0x8000b, 0x80004, WRITE },
	{ "vlse", 0x8004b, 0x80004, READ },
	{ "vluxei", 0x8012f, 0x80100, READ },
	{ "vlseg2", 0x8001f, 0x80020, READ },
	{ "vs2r", 0x80000 + 2 * IPU_VLEN_DEFAULT / 8 - 1, 0x80000 + 2 * IPU_VLEN_DEFAULT / 8,
	  WRITE },
	{ "vsm", 0x80000, 0x80001, WRITE },
};

/* Run a program with one byte watched. Returns what it stopped for. */
static struct ipu_tile_stop run_watched(struct tile_env *env, const char *name, uint32_t access,
					uint32_t addr)
{
	const struct ipu_tile_points points = {
		.count = 1,
		.point[0] = { .access = access, .tile = 7, .addr = addr, .len = 1 },
	};
	struct ipu_tile_stop stop;

	tile_env_load(env);
	ipu_tile_debug(env->tile, &points, 7);
	tile_env_start(env, tile_env_entry(env, name), 0);
	ipu_tile_run(env->tile, 1000);
	stop = ipu_tile_stop(env->tile);
	assert_int_equal(ipu_tile_state(env->tile),
			 stop.reason ? IPU_TILE_RUNNING : IPU_TILE_EXITED);
	ipu_tile_debug(env->tile, NULL, 0);
	return stop;
}

static void watchpoints(void **state)
{
	struct tile_env *env = *state;
	struct ipu_tile_stop stop;

	for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
		const struct access *a = &accesses[i];

		for (uint32_t how = READ; how <= WRITE; how <<= 1) {
			stop = run_watched(env, a->name, how, a->last);
			if (stop.reason != (how & a->access ? IPU_DBG_WATCH : 0))
				print_error("%s\n", a->name);
			assert_int_equal(stop.reason, how & a->access ? IPU_DBG_WATCH : 0);
			if (!stop.reason)
				continue;
			assert_int_equal(stop.addr, a->last);
			assert_int_equal(stop.access, how);
			assert_int_equal(stop.unit, IPU_UNIT_SUPERVISOR);
			/* the exit follows it */
			assert_int_equal(
				tile_env_word(env, stop.pc & ~3u) >> (stop.pc & 2 ? 16 : 0) & 0x7f,
				IPU_OPCODE);
		}
		stop = run_watched(env, a->name, READ | WRITE, a->beside);
		if (stop.reason)
			print_error("%s: 0x%x\n", a->name, stop.addr);
		assert_int_equal(stop.reason, 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(watchpoints, tile_env_setup, tile_env_teardown),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: tile_debug IMAGE\n");
		return 2;
	}
	tile_env_image = argv[1];
	return cmocka_run_group_tests_name("tile_debug", tests, NULL, NULL);
}
