// SPDX-License-Identifier: MIT
/*
 * Supervisor and workers: starts, exits, syncs, clocks, the order in which the
 * units of a tile run, and that it depends on nothing but the program. Usage:
 * tile_units IMAGE, the one of tile_programs.S.
 */
#include "tile_env.h"

#include <stdio.h>

static uint32_t result(struct tile_env *env, unsigned int index)
{
	return tile_env_word(env, tile_env_entry(env, "results") + 4 * index);
}

static void expect_exit(struct tile_env *env, const char *name, uint32_t arg, uint32_t code)
{
	assert_int_equal(tile_env_run(env, name, arg), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), code);
	assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_EXITED);
}

static void supervisor_start(void **state)
{
	struct tile_env *env = *state;
	unsigned int reg;

	tile_env_run(env, "exit_xipu", 7);
	tile_env_start(env, tile_env_entry(env, "exit_xipu"), 9);
	assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_RUNNING);
	assert_int_equal(ipu_tile_cycles(env->tile), 0);
	assert_int_equal(ipu_tile_instructions(env->tile), 0);
	for (reg = 0; reg <= REG_FCSR; reg++) {
		uint32_t want = reg == REG_PC ? tile_env_entry(env, "exit_xipu") :
				reg == REG_SP ? IPU_SRAM_END :
				reg == REG_A0 ? 9 :
						0;

		assert_int_equal(tile_env_reg(env, reg), want);
	}
}

static void worker_start(void **state)
{
	struct tile_env *env = *state;
	unsigned int i;

	expect_exit(env, "start_state", 0x1234, 0x1234);
	for (i = 0; i < IPU_WORKERS; i++) {
		assert_int_equal(result(env, 4 * i), i);
		assert_int_equal(result(env, 4 * i + 1), 0x1234);
		assert_int_equal(result(env, 4 * i + 2), 0);
		assert_int_equal(result(env, 4 * i + 3), IPU_HARTS_PER_TILE * ENV_TILE + 1 + i);
	}
}

static void exit_codes(void **state)
{
	struct tile_env *env = *state;

	expect_exit(env, "exit_xipu", 0, 0);
	expect_exit(env, "exit_xipu", 0xffffffff, 0xffffffff);
	expect_exit(env, "exit_ecall", 3, 3);
	expect_exit(env, "exit_ecall_group", 4, 4);
	/* worker 0's code is 0, so it is worker 1's; with 5 it is worker 0's */
	expect_exit(env, "exit_workers", 0, 16);
	expect_exit(env, "exit_workers", 5, 5);
	/* the supervisor's counts before theirs */
	expect_exit(env, "exit_both", 5, 1);
	/* a worker's second code does not replace its first one */
	expect_exit(env, "exit_twice", 0, 7);
}

static void atomics(void **state)
{
	struct tile_env *env = *state;

	expect_exit(env, "atomic_add", 0, 0);
	assert_int_equal(result(env, 0), 6000);
	expect_exit(env, "reservation_lost", 0, 1);
	/* sc.w elsewhere fails, to the word succeeds, again fails */
	expect_exit(env, "reservation_other", 0, 1 | 0 << 2 | 1 << 1);
}

static void csrs(void **state)
{
	struct tile_env *env = *state;

	/* flags, frm; DZ is 8, NV 16, UF 2 */
	expect_exit(env, "flags", 0, 0);
	assert_int_equal(result(env, 0), 8);
	assert_int_equal(result(env, 1), 8 | 16);
	assert_int_equal(result(env, 2), 8 | 16);
	assert_int_equal(result(env, 3), 0);
	assert_int_equal(result(env, 4), 0xff);
	assert_int_equal(result(env, 5), 7);
	assert_int_equal(result(env, 6), 3 << 5 | 4 | 8);
	assert_int_equal(tile_env_reg(env, REG_FCSR), 3 << 5 | 4 | 8);
}

/* each unit has a rounding mode and flags of its own, though they take turns on one FPU */
static void rounding(void **state)
{
	static const uint32_t third[] = { 0x3eaaaaab, 0x3eaaaaaa, 0x3eaaaaaa, 0x3eaaaaab };
	struct tile_env *env = *state;
	unsigned int i;

	expect_exit(env, "rounding", 0, 0);
	for (i = 0; i < IPU_WORKERS; i++) {
		assert_int_equal(result(env, 2 * i), third[i % 4]);
		assert_int_equal(result(env, 2 * i + 1), (i % 4) << 5 | 1);
	}
	assert_int_equal(tile_env_reg(env, REG_FCSR), 0);
}

static void sync_local(void **state)
{
	struct tile_env *env = *state;

	expect_exit(env, "sync_local", 0, 1);
}

static void sync_internal(void **state)
{
	struct tile_env *env = *state;
	uint32_t table, count;
	uint64_t cycles;

	assert_int_equal(tile_env_run(env, "sync_internal", 0), IPU_TILE_SYNC_INTERNAL);
	/* eight instructions of the supervisor, and then the worker, which is done */
	assert_int_equal(result(env, 0), 1);
	cycles = ipu_tile_cycles(env->tile);
	assert_int_equal(cycles, 6 * (8 + 1 + 2000 + 2 + 1 + 1 + 1));
	ipu_tile_transfers(env->tile, &table, &count);
	assert_int_equal(table, tile_env_entry(env, "results"));
	assert_int_equal(count, 2);
	/* nothing happens before the release */
	assert_int_equal(ipu_tile_run(env->tile, 1000), IPU_TILE_SYNC_INTERNAL);
	assert_int_equal(ipu_tile_cycles(env->tile), cycles);
	ipu_tile_release(env->tile, cycles + 1000);
	assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_RUNNING);
	assert_int_equal(ipu_tile_cycles(env->tile), cycles + 1000);
	ipu_tile_transfers(env->tile, &table, &count);
	assert_int_equal(count, 0);
	/* the program exits with xtab - xcnt, after four instructions */
	assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), tile_env_entry(env, "results"));
	assert_int_equal(ipu_tile_cycles(env->tile), cycles + 1000 + 6 * 4);
}

/* the host's sync is no exchange: the table stays */
static void sync_external(void **state)
{
	struct tile_env *env = *state;

	assert_int_equal(tile_env_run(env, "sync_external", 0), IPU_TILE_SYNC_EXTERNAL);
	ipu_tile_release(env->tile, ipu_tile_cycles(env->tile));
	assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 2);
}

static void cycles(void **state)
{
	struct tile_env *env = *state;

	tile_env_run(env, "cycles_plain", 0);
	assert_int_equal(tile_env_reg(env, REG_A0), 0);
	assert_int_equal(tile_env_reg(env, REG_A0 + 1), 1);
	assert_int_equal(tile_env_reg(env, REG_A0 + 2), 36);
	assert_int_equal(tile_env_reg(env, REG_A0 + 3), 7);
	assert_int_equal(ipu_tile_instructions(env->tile), 8);
	assert_int_equal(ipu_tile_cycles(env->tile), 48);

	/* div 6 slots, fdiv.s 3, fsqrt.s 4, amo 2, and one for each csrr */
	tile_env_load(env);
	tile_env_start(env, tile_env_entry(env, "cycles_div"), 0);
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_A0 + 4, IPU_SRAM_END - 4);
	tile_env_finish(env);
	assert_int_equal(tile_env_reg(env, REG_A0), 6);
	assert_int_equal(tile_env_reg(env, REG_A0 + 1), 6 + 6 * (1 + 6));
	assert_int_equal(tile_env_reg(env, REG_A0 + 2), 48 + 6 * (1 + 3));
	assert_int_equal(tile_env_reg(env, REG_A0 + 3), 72 + 6 * (1 + 4));
	assert_int_equal(tile_env_reg(env, REG_A0 + 5), 102 + 6 * (1 + 2));
	assert_int_equal(ipu_tile_instructions(env->tile), 10);
}

/*
 * Three instructions, then the workers: number 0 executes three more, the
 * others four with a division. The supervisor has a slot when worker 0 is done.
 */
static void cycles_of_workers(void **state)
{
	struct tile_env *env = *state;
	unsigned int i;

	tile_env_run(env, "cycles_workers", 0);
	tile_env_expect_fault(env, IPU_FAULT_EBREAK, IPU_UNIT_SUPERVISOR,
			      tile_env_entry(env, "cycles_workers") + 24, 0, 0);
	assert_int_equal(tile_env_reg(env, REG_A0 + 1), 6 * (3 + 3));
	assert_int_equal(tile_env_reg(env, REG_A0 + 2), 6 * (3 + 3 + 6));
	for (i = 1; i < IPU_WORKERS; i++)
		assert_int_equal(ipu_tile_get_reg(env->tile, i, 7), 1);
	assert_int_equal(ipu_tile_instructions(env->tile), 3 + 3 + 5 * 4 + 3);
}

/* all that a program can observe */
struct outcome {
	uint32_t regs[7][66];
	uint64_t cycles;
	uint64_t instructions;
	uint32_t exit_code;
	uint8_t *sram;
};

static void run_in_quanta(struct tile_env *env, const char *name, uint64_t quantum,
			  struct outcome *outcome)
{
	unsigned int unit, reg;
	uint64_t slices;

	tile_env_load(env);
	tile_env_start(env, tile_env_entry(env, name), 0);
	for (slices = 0; ipu_tile_run(env->tile, quantum) == IPU_TILE_RUNNING; slices++)
		assert_in_range(slices, 0, 1000000);
	assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_EXITED);
	for (unit = 0; unit <= IPU_UNIT_SUPERVISOR; unit++)
		for (reg = 0; reg <= REG_FCSR; reg++)
			outcome->regs[unit][reg] = ipu_tile_get_reg(env->tile, unit, reg);
	outcome->cycles = ipu_tile_cycles(env->tile);
	outcome->instructions = ipu_tile_instructions(env->tile);
	outcome->exit_code = ipu_tile_exit_code(env->tile);
	outcome->sram = malloc(IPU_SRAM_SIZE);
	assert_non_null(outcome->sram);
	memcpy(outcome->sram, env->sram, IPU_SRAM_SIZE);
}

static void expect_same_in_quanta(struct tile_env *env, const char *name)
{
	static const uint64_t quanta[] = { 1, 7, 255, 256, 257, 1000, 1000000, UINT64_MAX };
	struct outcome first, other;
	size_t i;

	run_in_quanta(env, name, quanta[0], &first);
	for (i = 1; i < sizeof(quanta) / sizeof(quanta[0]); i++) {
		run_in_quanta(env, name, quanta[i], &other);
		assert_memory_equal(first.regs, other.regs, sizeof(first.regs));
		assert_int_equal(first.cycles, other.cycles);
		assert_int_equal(first.instructions, other.instructions);
		assert_int_equal(first.exit_code, other.exit_code);
		assert_memory_equal(first.sram, other.sram, IPU_SRAM_SIZE);
		free(other.sram);
	}
	free(first.sram);
}

static void quanta(void **state)
{
	static const char *const programs[] = { "interleave",	     "atomic_add", "rounding",
						"exit_workers",	     "sync_local", "mixed",
						"self_modify_worker" };
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		expect_same_in_quanta(env, programs[i]);
}

/* a quantum is exceeded by the rest of a slice at most */
static void quantum_is_short(void **state)
{
	struct tile_env *env = *state;
	uint64_t before;
	unsigned int i;

	tile_env_load(env);
	tile_env_start(env, tile_env_entry(env, "endless"), 0);
	for (i = 0; i < 100; i++) {
		before = ipu_tile_instructions(env->tile);
		assert_int_equal(ipu_tile_run(env->tile, 50), IPU_TILE_RUNNING);
		assert_in_range(ipu_tile_instructions(env->tile) - before, 50, 52);
	}
	assert_int_equal(ipu_tile_run(env->tile, 0), IPU_TILE_RUNNING);
	assert_int_equal(tile_env_reg(env, REG_A0), 2500);
}

static void reset(void **state)
{
	struct tile_env *env = *state;
	unsigned int reg;

	tile_env_run(env, "exit_xipu", 7);
	ipu_tile_reset(env->tile);
	assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_IDLE);
	assert_int_equal(ipu_tile_cycles(env->tile), 0);
	assert_int_equal(ipu_tile_run(env->tile, 100), IPU_TILE_IDLE);
	for (reg = 0; reg <= REG_FCSR; reg++)
		assert_int_equal(tile_env_reg(env, reg), 0);
}

static void registers(void **state)
{
	struct tile_env *env = *state;
	unsigned int unit, reg;

	for (unit = 0; unit <= IPU_UNIT_SUPERVISOR; unit++)
		for (reg = 0; reg <= REG_FCSR; reg++)
			ipu_tile_set_reg(env->tile, unit, reg, 2 * (100 * unit + reg));
	for (unit = 0; unit <= IPU_UNIT_SUPERVISOR; unit++)
		for (reg = 0; reg <= REG_FCSR; reg++) {
			uint32_t want = !reg		? 0 :
					reg == REG_FCSR ? 2 * (100 * unit + reg) & 0xff :
							  2 * (100 * unit + reg);

			assert_int_equal(ipu_tile_get_reg(env->tile, unit, reg), want);
		}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(supervisor_start, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(worker_start, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(exit_codes, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(atomics, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(csrs, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(rounding, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(sync_local, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(sync_internal, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(sync_external, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(cycles, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(cycles_of_workers, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(quanta, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(quantum_is_short, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(reset, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(registers, tile_env_setup, tile_env_teardown),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: tile_units IMAGE\n");
		return 2;
	}
	tile_env_image = argv[1];
	return cmocka_run_group_tests_name("tile_units", tests, NULL, NULL);
}
