// SPDX-License-Identifier: MIT
/*
 * Watchpoints, for every kind of access: the last byte that an instruction
 * accesses triggers, and the one after it does not; instructions that are illegal
 * or fault; and accesses one after the other. Usage: tile_debug IMAGE, the one of
 * tile_debug.S.
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
	{ "amp_a", 0x800ef, 0x80010, READ },
	{ "amp_b", 0x81300 + 2 * IPU_VLEN_DEFAULT / 8 - 1, 0x81300 + 2 * IPU_VLEN_DEFAULT / 8,
	  READ },
	{ "ampt_a", 0x8007f, 0x80080, READ },
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
	ipu_tile_debug(env->tile, NULL, 0);
	return stop;
}

/* The instruction at @pc has not been executed yet, and the exit follows it. */
static bool before_access(const struct tile_env *env, uint32_t pc)
{
	uint16_t half[4];

	memcpy(half, env->sram + (pc - IPU_SRAM_BASE), sizeof(half));
	return tile_env_reg(env, REG_PC) == pc &&
	       (half[(half[0] & 3) == 3 ? 2 : 1] & 0x7f) == IPU_OPCODE;
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
			assert_true(before_access(env, stop.pc));
			assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
		}
		stop = run_watched(env, a->name, READ | WRITE, a->beside);
		if (stop.reason)
			print_error("%s: 0x%x\n", a->name, stop.addr);
		assert_int_equal(stop.reason, 0);
		assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_EXITED);
	}
}

/* All of SRAM behind the program's data is watched. */
#define ALL { .access = READ | WRITE, .tile = 7, .addr = 0x80000, .len = 0xffffffff }

static struct ipu_tile_stop run_all_watched(struct tile_env *env, const char *name)
{
	static const struct ipu_tile_points points = { .count = 1, .point[0] = ALL };
	struct ipu_tile_stop stop;

	tile_env_load(env);
	ipu_tile_debug(env->tile, &points, 7);
	tile_env_start(env, tile_env_entry(env, name), 0);
	ipu_tile_run(env->tile, 1000);
	stop = ipu_tile_stop(env->tile);
	ipu_tile_debug(env->tile, NULL, 0);
	return stop;
}

/* An instruction that is illegal accesses nothing, whatever its registers hold. */
static void illegal_instructions(void **state)
{
	static const char *const names[] = { "bad_group", "bad_vill", "bad_vs", "bad_fs",
					     "bad_amo" };
	struct tile_env *env = *state;
	struct ipu_tile_fault fault;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(run_all_watched(env, names[i]).reason, 0);
		assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_FAULTED);
		ipu_tile_fault(env->tile, &fault);
		assert_int_equal(fault.cause, IPU_FAULT_ILLEGAL_INSN);
	}
}

/* One that faults accesses what it accesses before it does. */
static void faults(void **state)
{
	static const char *const names[] = { "over_lw", "over_amo", "over_amp" };
	struct tile_env *env = *state;
	struct ipu_tile_stop stop;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(run_all_watched(env, names[i]).reason, 0);
		assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_FAULTED);
	}
	stop = run_all_watched(env, "over_vse");
	assert_int_equal(stop.reason, IPU_DBG_WATCH);
	assert_int_equal(stop.addr, IPU_SRAM_END - 4);
	assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
}

static void expect_stop(struct tile_env *env, uint32_t reason, uint32_t pc, uint32_t addr)
{
	struct ipu_tile_stop stop;

	ipu_tile_run(env->tile, 1000);
	stop = ipu_tile_stop(env->tile);
	assert_int_equal(stop.reason, reason);
	assert_int_equal(stop.pc, pc);
	assert_int_equal(stop.addr, addr);
}

static void step(struct tile_env *env)
{
	ipu_tile_go(env->tile, IPU_UNIT_SUPERVISOR, IPU_UNIT_SUPERVISOR);
}

static void resume(struct tile_env *env)
{
	ipu_tile_go(env->tile, IPU_UNIT_NONE, IPU_UNIT_NONE);
}

/* The first access of program "adjacent", and a breakpoint at the second. */
static uint32_t start_adjacent(struct tile_env *env, struct ipu_tile_points *points)
{
	const uint32_t at = tile_env_entry(env, "adjacent") + 8;

	*points = (struct ipu_tile_points){
		.count = 2,
		.point = { ALL, { .access = IPU_DBG_EXEC, .tile = 7, .addr = at + 4 } },
	};
	ipu_tile_debug(env->tile, points, 7);
	tile_env_start(env, at - 8, 0);
	return at;
}

/* Each of adjacent accesses stops, once, before it is made; and a breakpoint there as well. */
static void one_after_the_other(void **state)
{
	struct tile_env *env = *state;
	struct ipu_tile_points points;
	const uint32_t at = start_adjacent(env, &points);

	expect_stop(env, IPU_DBG_WATCH, at, 0x80000);
	assert_int_equal(tile_env_word(env, 0x80000), 0);
	resume(env);
	expect_stop(env, IPU_DBG_BREAK, at + 4, 0);
	assert_int_equal(tile_env_word(env, 0x80000), 1);
	resume(env);
	expect_stop(env, IPU_DBG_WATCH, at + 4, 0x80004);
	resume(env);
	expect_stop(env, IPU_DBG_WATCH, at + 8, 0x80008);
	assert_int_equal(tile_env_word(env, 0x80004), 1);
	resume(env);
	expect_stop(env, IPU_DBG_WATCH, at + 12, 0x80004);
	assert_int_equal(ipu_tile_stop(env->tile).access, READ);
	resume(env);
	assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
	assert_int_equal(tile_env_word(env, 0x80008), 1);
}

/* A step makes the access before which the unit stopped, and stops before one it comes to. */
static void steps(void **state)
{
	struct tile_env *env = *state;
	struct ipu_tile_points points;
	const uint32_t at = start_adjacent(env, &points);

	expect_stop(env, IPU_DBG_WATCH, at, 0x80000);
	step(env);
	expect_stop(env, IPU_DBG_STEP, at + 4, 0);
	assert_int_equal(tile_env_word(env, 0x80000), 1);
	step(env);
	expect_stop(env, IPU_DBG_WATCH, at + 4, 0x80004);
	assert_int_equal(tile_env_word(env, 0x80004), 0);
	step(env);
	expect_stop(env, IPU_DBG_STEP, at + 8, 0);
	assert_int_equal(tile_env_word(env, 0x80004), 1);
}

/* A stop that has not been reported yet is none if what is watched changes: see ipu_tile_debug(). */
static void removed(void **state)
{
	struct tile_env *env = *state;
	struct ipu_tile_points points;
	const uint32_t at = start_adjacent(env, &points);

	expect_stop(env, IPU_DBG_WATCH, at, 0x80000);
	points.point[0].addr = 0x80008;
	points.point[1].access = 0;
	ipu_tile_debug(env->tile, &points, 7);
	expect_stop(env, IPU_DBG_WATCH, at + 8, 0x80008);
	ipu_tile_debug(env->tile, &points, 7);
	assert_int_equal(ipu_tile_stop(env->tile).reason, IPU_DBG_WATCH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tile_env_setup, tile_env_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(watchpoints), TEST(illegal_instructions),
		TEST(faults),	   TEST(one_after_the_other),
		TEST(steps),	   TEST(removed),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: tile_debug IMAGE\n");
		return 2;
	}
	tile_env_image = argv[1];
	return cmocka_run_group_tests_name("tile_debug", tests, NULL, NULL);
}
