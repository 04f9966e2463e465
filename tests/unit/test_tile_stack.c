// SPDX-License-Identifier: MIT
/*
 * The limit of a unit's stack: that whatever writes sp is checked, and has changed nothing
 * when it faults. Usage: test_tile_stack IMAGE, the one of tile_stack.S.
 */
#include "tile_env.h"

#include <stdio.h>

#define SP_INSN 8 /* the instruction of interest, from its program's start */
#define SP 0xd0100u /* before it */
#define A1 0x61000u
#define A2 0x1230u

static void set(struct tile_env *env, unsigned int reg, uint32_t value)
{
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, reg, value);
}

static void ignore(void *arg, uint32_t number, unsigned int unit, uint32_t pc, uint32_t bits)
{
	(void)arg, (void)number, (void)unit, (void)pc, (void)bits;
}

/* run @name with a limit of @end, on checked pages if @checked */
static enum ipu_tile_state run(struct tile_env *env, const char *name, uint32_t end, bool checked)
{
	const uint32_t entry = tile_env_entry(env, name);

	tile_env_load(env);
	ipu_tile_trace(env->tile, checked ? ignore : NULL, NULL, 0);
	tile_env_start(env, entry, end);
	tile_env_set_word(env, A1, 0x5c040);
	tile_env_set_word(env, SP, 0x5c080);
	set(env, REG_SP, SP);
	set(env, REG_A1, A1);
	set(env, REG_A2, A2);
	set(env, REG_A0 + 3, -A2);
	set(env, REG_A0 + 4, entry);
	set(env, REG_FA0, 0x48800000); /* 262144.0 */
	return tile_env_finish(env);
}

static void expect_checked(struct tile_env *env, const char *name, bool checked)
{
	const uint32_t pc = tile_env_entry(env, name) + SP_INSN;
	uint32_t sp;

	/* what it writes without a limit is the lowest limit with which it may */
	assert_int_equal(run(env, name, 0, checked), IPU_TILE_EXITED);
	sp = tile_env_reg(env, REG_SP);
	assert_int_equal(run(env, name, sp, checked), IPU_TILE_EXITED);
	assert_int_equal(tile_env_reg(env, REG_SP), sp);

	assert_int_equal(run(env, name, sp + 1, checked), IPU_TILE_FAULTED);
	tile_env_expect_fault(env, IPU_FAULT_STACK, IPU_UNIT_SUPERVISOR, pc, sp, sp + 1);
	assert_int_equal(tile_env_reg(env, REG_SP), SP);
	assert_int_equal(tile_env_reg(env, REG_PC), pc);
	assert_int_equal(ipu_tile_instructions(env->tile), 2);
}

static void every_instruction(void **state)
{
	static const char *const programs[] = {
		"stack_addi",  "stack_sub",    "stack_add",	   "stack_mv",	   "stack_andi",
		"stack_slli",  "stack_sh2add", "stack_mul",	   "stack_div",	   "stack_lui",
		"stack_auipc", "stack_lw",     "stack_lbu",	   "stack_lr",	   "stack_sc",
		"stack_amo",   "stack_fmv",    "stack_fcvt",	   "stack_feq",	   "stack_vsetvl",
		"stack_vmv",   "stack_vcpop",  "stack_c_addi16sp", "stack_c_addi", "stack_c_mv",
		"stack_c_add", "stack_c_lwsp", "stack_c_li",	   "stack_c_slli",
	};
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		expect_checked(env, programs[i], false);
		expect_checked(env, programs[i], true);
	}
}

/* with a limit, sp is not above SRAM either: a frame so large that sp wraps */
static void wrapped(void **state)
{
	static const uint32_t sizes[] = { SP - IPU_SRAM_END - 1, SP + 1, SP + 0x10000 };
	struct tile_env *env = *state;
	const uint32_t entry = tile_env_entry(env, "stack_sub");
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		tile_env_load(env);
		tile_env_start(env, entry, IPU_SRAM_BASE);
		set(env, REG_SP, SP);
		set(env, REG_A2, sizes[i]);
		assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
		tile_env_expect_fault(env, IPU_FAULT_STACK, IPU_UNIT_SUPERVISOR, entry + SP_INSN,
				      SP - sizes[i], IPU_SRAM_BASE);
	}
	/* its end is the top of the highest stack */
	tile_env_load(env);
	tile_env_start(env, entry, IPU_SRAM_BASE);
	set(env, REG_SP, SP);
	set(env, REG_A2, SP - IPU_SRAM_END);
	assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
}

static void not_checked(void **state)
{
	static const char *const programs[] = { "free_csrrw", "free_jal", "free_jalr" };
	struct tile_env *env = *state;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		assert_int_equal(run(env, programs[i], SP, false), IPU_TILE_EXITED);
		assert_true(tile_env_reg(env, REG_SP) < SP);
	}
}

/* what is below the limit has not been written */
static void recursion(void **state)
{
	struct tile_env *env = *state;
	const uint32_t end = SP - 48 * 20 - 40;
	uint32_t addr;

	assert_int_equal(run(env, "stack_recursion", end, false), IPU_TILE_FAULTED);
	tile_env_expect_fault(env, IPU_FAULT_STACK, IPU_UNIT_SUPERVISOR,
			      tile_env_entry(env, "stack_recursion") + 8, SP - 48 * 21, end);
	assert_int_equal(tile_env_word(env, SP - 48 * 20 + 40), A1 + 20);
	for (addr = IPU_SRAM_BASE + 0x10000; addr < SP - 48 * 20; addr += 4)
		if (addr != A1)
			assert_int_equal(tile_env_word(env, addr), 0);
}

static void of_worker(void **state)
{
	struct tile_env *env = *state;

	assert_int_equal(run(env, "stack_of_worker", SP, false), IPU_TILE_EXITED);
	assert_int_equal(ipu_tile_exit_code(env->tile), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_instruction, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(wrapped, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(not_checked, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(recursion, tile_env_setup, tile_env_teardown),
		cmocka_unit_test_setup_teardown(of_worker, tile_env_setup, tile_env_teardown),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: test_tile_stack IMAGE\n");
		return 2;
	}
	tile_env_image = argv[1];
	return cmocka_run_group_tests_name("tile_stack", tests, NULL, NULL);
}
