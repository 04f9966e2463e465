// SPDX-License-Identifier: MIT
/*
 * Traps and the CSRs of machine mode. Usage: tile_traps IMAGE, the one of
 * tile_traps.S.
 */
#include "tile_env.h"

#include <stdio.h>

/* mcause */
enum {
	FETCH = 1,
	ILLEGAL = 2,
	BREAKPOINT = 3,
	LOAD_MISALIGNED = 4,
	LOAD = 5,
	STORE_MISALIGNED = 6,
	STORE = 7,
	ECALL = 11,
};

/* mtval is the instruction's address, or its bits */
#define AT_PC 0xf0000001u
#define BITS 0xf0000002u

/* mstatus in a handler: MPP is M, FS and VS are Dirty */
#define MSTATUS 0x80007e00u
#define MPIE 0x80u

struct trap {
	uint32_t mcause;
	uint32_t mtval;
	uint32_t mstatus;
};

static uint32_t result(struct tile_env *env, unsigned int i)
{
	return tile_env_word(env, tile_env_entry(env, "trap_result") + 4 * i);
}

static uint32_t instruction(const struct tile_env *env, uint32_t pc)
{
	uint32_t bits;

	memcpy(&bits, env->sram + (pc - IPU_SRAM_BASE), sizeof(bits));
	return (bits & 3) == 3 ? bits : bits & 0xffff;
}

/* run a program of tile_traps.S: its traps must be these, one after the other */
static void expect_traps(struct tile_env *env, const char *name, const struct trap *traps,
			 unsigned int count)
{
	uint32_t entry = tile_env_entry(env, name);
	uint32_t last = 0;
	unsigned int i;

	assert_int_equal(tile_env_run(env, name, 0), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), count);
	for (i = 0; i < count; i++) {
		uint32_t log = tile_env_entry(env, "trap_log") + 16 * i;
		uint32_t mepc = entry + tile_env_word(env, log + 4);
		uint32_t mtval = traps[i].mtval;

		if (mtval == AT_PC)
			mtval = mepc;
		else if (mtval == BITS)
			mtval = instruction(env, mepc);
		assert_int_equal(tile_env_word(env, log), traps[i].mcause);
		assert_int_equal(tile_env_word(env, log + 8), mtval);
		assert_int_equal(tile_env_word(env, log + 12), traps[i].mstatus);
		if (traps[i].mcause != FETCH) {
			assert_true(mepc > last);
			last = mepc;
		}
	}
}

#define EXPECT(env, name, ...)                                                       \
	do {                                                                         \
		static const struct trap traps_[] = { __VA_ARGS__ };                 \
		expect_traps(env, name, traps_, sizeof(traps_) / sizeof(traps_[0])); \
	} while (0)

static void loads(void **state)
{
	struct tile_env *env = *state;

	EXPECT(env, "trap_loads", { LOAD, 0x1004, MSTATUS }, { LOAD, 0xfff, MSTATUS },
	       { LOAD, 0x1008, MSTATUS }, { LOAD, 0x1000, MSTATUS },
	       { LOAD_MISALIGNED, 0x1002, MSTATUS }, { LOAD, 0x1002, MSTATUS });
	/* none has changed its destination */
	assert_int_equal(result(env, 0), 77);
}

static void stores(void **state)
{
	struct tile_env *env = *state;

	EXPECT(env, "trap_stores", { STORE, 0x1004, MSTATUS }, { STORE, 0xfff, MSTATUS },
	       { STORE, 0x1008, MSTATUS }, { STORE, 0x1000, MSTATUS }, { STORE, 0x1000, MSTATUS },
	       { STORE_MISALIGNED, 0x1001, MSTATUS }, { STORE_MISALIGNED, 0x1001, MSTATUS });
}

/* with MIE set before, and then clear; mret brings it back */
static void calls(void **state)
{
	const uint32_t on = MSTATUS | MPIE;
	struct tile_env *env = *state;
	const struct trap expected[] = {
		{ ECALL, 0, on },      { BREAKPOINT, AT_PC, on }, { BREAKPOINT, AT_PC, on },
		{ ECALL, 0, on },      { ILLEGAL, BITS, on },	  { ILLEGAL, BITS, on },
		{ ILLEGAL, BITS, on }, { ILLEGAL, BITS, on },	  { ECALL, 0, MSTATUS },
	};

	expect_traps(env, "trap_calls", expected, sizeof(expected) / sizeof(expected[0]));
}

static void fetch(void **state)
{
	struct tile_env *env = *state;

	EXPECT(env, "trap_fetch", { FETCH, 0x1000, MSTATUS }, { FETCH, IPU_SRAM_END, MSTATUS });
}

static void float_off(void **state)
{
	const uint32_t off = MSTATUS & ~0x6000u;
	struct tile_env *env = *state;
	struct trap expected[10];
	unsigned int i;

	for (i = 0; i < 10; i++)
		expected[i] = (struct trap){ ILLEGAL, BITS, off };
	expect_traps(env, "trap_float_off", expected, 10);
	assert_int_equal(result(env, 0), 0x40490fdb);
	assert_int_equal(result(env, 1), 3000);
	/* Initial has become Dirty; the handler's mret left MPIE */
	assert_int_equal(result(env, 2), MSTATUS | 0x1800 | MPIE);
}

static void vector_off(void **state)
{
	const uint32_t off = MSTATUS & ~0x600u;
	struct tile_env *env = *state;
	struct trap expected[8];
	unsigned int i;

	for (i = 0; i < 7; i++)
		expected[i] = (struct trap){ ILLEGAL, BITS, off };
	expected[7] = (struct trap){ ILLEGAL, BITS, MSTATUS & ~0x6000u };
	expect_traps(env, "trap_vector_off", expected, 8);
}

/* a tile whose workers do nothing but trap still returns to its caller, and its clock advances */
static void for_ever(void **state)
{
	struct tile_env *env = *state;
	uint64_t cycles, instructions;

	tile_env_load(env);
	tile_env_start(env, tile_env_entry(env, "trap_forever"), 0);
	assert_int_equal(ipu_tile_run(env->tile, 10000), IPU_TILE_RUNNING);
	cycles = ipu_tile_cycles(env->tile);
	instructions = ipu_tile_instructions(env->tile);
	assert_int_equal(ipu_tile_run(env->tile, 6000), IPU_TILE_RUNNING);
	assert_int_equal(ipu_tile_instructions(env->tile), instructions);
	assert_int_equal(ipu_tile_cycles(env->tile) - cycles, 6 * 1000);
}

/* each CSR as a unit starts, with ones written to it, and with zeros */
static void csrs(void **state)
{
	static const uint32_t expected[][3] = {
		{ 0x80007e00, 0x80007e88, 0x00001800 }, /* mstatus */
		{ 0, 0xfffffffd, 0 }, /* mtvec */
		{ 0, 0xffffffff, 0 }, /* mscratch */
		{ 0, 0xfffffffe, 0 }, /* mepc */
		{ 0, 0xffffffff, 0 }, /* mcause */
		{ 0, 0xffffffff, 0 }, /* mtval */
		{ 0x40801125, 0x40801125, 0x40801125 }, /* misa: RV32IMAFC and more */
		{ 0, 0, 0 }, /* mie */
		{ 0, 0, 0 }, /* mip */
	};
	static const uint32_t fixed[] = { 0, 0, 0, IPU_HARTS_PER_TILE * ENV_TILE, 0, 0, 0, 0 };
	struct tile_env *env = *state;
	unsigned int i, k;

	assert_int_equal(tile_env_run(env, "machine_csrs", 0), IPU_TILE_EXITED);
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		for (k = 0; k < 3; k++)
			assert_int_equal(result(env, 3 * i + k), expected[i][k]);
	i *= 3;
	for (k = 0; k < sizeof(fixed) / sizeof(fixed[0]); k++)
		assert_int_equal(result(env, i++), fixed[k]);
	/* counters count from what was written to them on */
	assert_int_equal(result(env, i++), 1000);
	assert_int_equal(result(env, i++), 1001);
	assert_int_equal(result(env, i++), 7);
	assert_int_equal(result(env, i++), 0x100000);
	assert_int_equal(result(env, i++), 0x100000 + 6);
	assert_int_equal(result(env, i++), 0x100000);
}

/* a write to one half overrides what the instruction would add to the whole counter */
static void counter_writes(void **state)
{
	struct tile_env *env = *state;
	unsigned int i;

	assert_int_equal(tile_env_run(env, "counter_writes", 0), IPU_TILE_EXITED);
	for (i = 0; i < 8; i += 4) {
		/* the low half is as it was, and carries in the instruction after that */
		assert_int_equal(result(env, i), i ? UINT32_MAX - 2 : UINT32_MAX);
		assert_int_equal(result(env, i + 1), 6);
		/* the high half does not get the carry of a low half that was replaced */
		assert_int_equal(result(env, i + 2), 6);
		assert_int_equal(result(env, i + 3), 6);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(loads, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(stores, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(calls, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(fetch, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(float_off, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(vector_off, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(for_ever, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(csrs, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(counter_writes, tile_env_setup, tile_env_teardown),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: tile_traps IMAGE\n");
		return 2;
	}
	tile_env_image = argv[1];
	return cmocka_run_group_tests_name("tile_traps", tests, NULL, NULL);
}
