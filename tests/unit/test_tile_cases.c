// SPDX-License-Identifier: MIT
/*
 * Runs the tables of instructions in tile_cases_*.S, each row a test of its
 * own, and checks that together they contain every instruction of the decode
 * table. Usage: tile_cases IMAGE...
 */
#include "tile_env.h"

#include <stdio.h>

/* Where sp and s0 point: the middle of what a case may use as memory. */
#define BUFFER (IPU_SRAM_END - 4096)

enum { RESULT_X, RESULT_F, RESULT_MEMORY };

/**
 * struct tile_case - a row, as tile_cases.inc lays it out
 * @code: address of its instructions
 * @text: address of their text
 * @kind: where the result is
 * @frm: rounding mode before
 * @want: the result
 * @flags: fflags afterwards
 * @in: operands
 */
struct tile_case {
	uint32_t code;
	uint32_t text;
	uint32_t kind;
	uint32_t frm;
	uint32_t want;
	uint32_t flags;
	uint32_t in[3];
};

struct row {
	const char *name;
	uint32_t mask;
	uint32_t match;
};

static const struct row rows[] = {
#define IPU_INSN(name, mask, match, format, handler, slots) { #name, mask, match },
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool seen[ROWS];

/* one test: the row, and the tile with the row's image */
struct job {
	struct tile_env *env;
	struct tile_case row;
};

static void set_operands(struct tile_env *env, const struct tile_case *row)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_A0 + i, row->in[i]);
		ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_FA0 + i, row->in[i]);
	}
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_SP, BUFFER);
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_S0, BUFFER);
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_FCSR, row->frm << 5);
	/* a store finds the third operand, a load the first two */
	tile_env_set_word(env, BUFFER, row->kind == RESULT_MEMORY ? row->in[2] : row->in[0]);
	tile_env_set_word(env, BUFFER + 4, row->in[1]);
}

static uint32_t bits_at(const struct tile_env *env, uint32_t pc)
{
	uint32_t bits = tile_env_word(env, pc);

	return (bits & 3) == 3 ? bits : bits & 0xffff;
}

/* remember the rows of the decode table that the instructions up to ebreak are of */
static void note_instructions(const struct tile_env *env, uint32_t pc)
{
	uint32_t bits;
	size_t i;

	for (;;) {
		bits = bits_at(env, pc);
		for (i = 0; i < ROWS; i++) {
			if ((bits & rows[i].mask) == rows[i].match) {
				seen[i] = true;
				break;
			}
		}
		if (bits == 0x00100073 || bits == 0x9002)
			return;
		pc += (bits & 3) == 3 ? 4 : 2;
	}
}

static void run_row(void **state)
{
	const struct job *job = *state;
	const struct tile_case *row = &job->row;
	struct tile_env *env = job->env;
	struct ipu_tile_fault fault;
	uint32_t result;

	tile_env_load(env);
	note_instructions(env, row->code);
	tile_env_start(env, row->code, 0);
	set_operands(env, row);
	assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
	ipu_tile_fault(env->tile, &fault);
	assert_int_equal(fault.cause, IPU_FAULT_EBREAK);
	if (row->kind == RESULT_X)
		result = tile_env_reg(env, REG_A0);
	else if (row->kind == RESULT_F)
		result = tile_env_reg(env, REG_FA0);
	else
		result = tile_env_word(env, BUFFER);
	if (result != row->want)
		print_error("result 0x%08x, not 0x%08x\n", result, row->want);
	assert_int_equal(result, row->want);
	if (row->kind != RESULT_X || row->flags)
		assert_int_equal(tile_env_reg(env, REG_FCSR) & 0x1f, row->flags);
	assert_int_equal(tile_env_reg(env, 0), 0);
}

/* What ends a program or is about more than one unit has tests of its own. */
static bool tested_elsewhere(const char *name)
{
	static const char *const names[] = { "ecall",	   "ebreak",   "c_ebreak", "ipu_run",
					     "ipu_runall", "ipu_sync", "ipu_exit", "ipu_trap",
					     "mret",	   "wfi" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void every_instruction_has_a_case(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ROWS; i++)
		if (!seen[i] && !tested_elsewhere(rows[i].name))
			fail_msg("no case for %s", rows[i].name);
}

static struct CMUnitTest *tests;

/* a test for each row of the image at @path; returns how many there are now */
static size_t add_image(const char *path, size_t count)
{
	struct tile_env *env = tile_env_new(path);
	uint32_t at, end;

	tile_env_load(env);
	at = tile_env_word(env, IPU_SRAM_BASE);
	end = tile_env_word(env, IPU_SRAM_BASE + 4);
	for (; at < end; at += sizeof(struct tile_case)) {
		struct job *job = malloc(sizeof(*job));
		char *name;

		tests = realloc(tests, (count + 2) * sizeof(*tests));
		if (!job || !tests)
			exit(2);
		job->env = env;
		memcpy(&job->row, env->sram + (at - IPU_SRAM_BASE), sizeof(job->row));
		if (asprintf(&name, "%s: %08x %08x %08x gives %08x, flags %02x",
			     (char *)env->sram + (job->row.text - IPU_SRAM_BASE), job->row.in[0],
			     job->row.in[1], job->row.in[2], job->row.want, job->row.flags) < 0)
			exit(2);
		tests[count++] = (struct CMUnitTest){ .name = name,
						      .test_func = run_row,
						      .initial_state = job };
	}
	return count;
}

int main(int argc, char **argv)
{
	size_t count = 0;
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: tile_cases IMAGE...\n");
		return 2;
	}
	for (i = 1; i < argc; i++)
		count = add_image(argv[i], count);
	if (!count) {
		fprintf(stderr, "tile_cases: no cases in the images\n");
		return 2;
	}
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(every_instruction_has_a_case);
	return _cmocka_run_group_tests("tile_cases", tests, count, NULL, NULL);
}
