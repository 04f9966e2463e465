// SPDX-License-Identifier: MIT
/*
 * The handlers of several instructions (ipu_fuse.h): every sequence that has one, with
 * random operands, does what its instructions do one by one, wherever it is entered and
 * whichever of them faults or branches. One by one is how a tile that is debugged
 * executes them.
 */
#include "tile_env.h"

#include <stdio.h>

#include "../diff/encode.h"
#include "../diff/random.h"
#include "tile/ipu_code_cache.h"
#include "tile/ipu_handlers.h"

#define CODE 0x60000u
#define AWAY (CODE + 128) /* where branches go */
#define DATA 0x70000u
#define DATA_BYTES 64
#define TRIALS 12
#define STEPS 8

/* registers that the sequences use: small numbers, then addresses of data */
#define REG_FIRST 8
#define REG_POINTERS 12
#define REG_LAST 15

#define IPU_EXIT(rs1) ((uint32_t)(rs1) << 15 | 3 << 12 | 0x0b)

enum insn {
#define IPU_VECTOR(name, mask, match, format, shape, slots)
#define IPU_INSN(name, mask, match, format, handler, slots) INSN_##name,
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
	INSNS
};

static const uint32_t match_of[INSNS] = {
#define IPU_INSN(name, mask, match, format, handler, slots) [INSN_##name] = match,
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

enum operands { UPPER, REGISTERS, IMMEDIATE, ONE, LOAD, STORE, BRANCH };

static const uint8_t operands_of[INSNS] = {
#define IPU_RR(name, expression) [INSN_##name] = REGISTERS,
#define IPU_RI(name, expression) [INSN_##name] = IMMEDIATE,
#define IPU_R(name, expression) [INSN_##name] = ONE,
#define IPU_LOAD(name, type) [INSN_##name] = LOAD,
#define IPU_STORE(name, type) [INSN_##name] = STORE,
#define IPU_BRANCH_IF(name, condition) [INSN_##name] = BRANCH,
#include "exec/ipu_scalar.def"
};

enum source { FROM_FILE, FROM_RS1, FROM_RS2, FROM_NEXT };

struct step {
	enum insn insn;
	enum source source;
};

struct sequence {
	const char *name;
	unsigned int count;
	struct step step[STEPS];
};

#define FILE FROM_FILE
#define RS1 FROM_RS1
#define RS2 FROM_RS2
#define NEXT FROM_NEXT
#define IPU_DO(name, source) { INSN_##name, source },
#define IPU_IF(name, source) { INSN_##name, source },
#define IPU_SEQUENCE(name, steps) \
	{ #name, sizeof((struct step[]){ steps }) / sizeof(struct step), { steps } },

static const struct sequence sequences[] = {
#include "exec/ipu_fuse.def"
};

static bool is_shift(enum insn insn)
{
	return insn == INSN_slli || insn == INSN_srli || insn == INSN_srai || insn == INSN_rori;
}

static uint32_t any_register(struct diff_random *random, uint32_t but)
{
	uint32_t reg;

	do
		reg = REG_FIRST + diff_below(random, REG_LAST - REG_FIRST + 1);
	while (reg == but);
	return reg;
}

static bool writes(const struct step *step)
{
	return operands_of[step->insn] < STORE;
}

/**
 * struct before - the instruction before
 * @rd: the register that it or the last one that did wrote
 * @rs1, @imm: of an access, with its size added to @imm
 */
struct before {
	uint32_t rd;
	uint32_t rs1;
	int32_t imm;
};

static int32_t access_bytes(enum insn insn)
{
	return insn == INSN_lw || insn == INSN_sw		      ? 4 :
	       insn == INSN_lh || insn == INSN_lhu || insn == INSN_sh ? 2 :
									1;
}

/* Return: the instruction at @at; sets what it is to the next one, but for @before's rd */
static uint32_t encode(const struct step *step, uint32_t at, struct before *before, uint32_t *rd,
		       struct diff_random *random)
{
	const bool next = step->source == FROM_NEXT;
	const uint32_t rs1 = next		      ? before->rs1 :
			     step->source == FROM_RS1 ? before->rd :
							any_register(random, before->rd);
	const uint32_t rs2 =
		step->source == FROM_RS2 ? before->rd : any_register(random, before->rd);
	const int32_t imm = next ? before->imm : (int32_t)diff_below(random, 32) - 8;
	uint32_t bits = match_of[step->insn] | rs1 << 15;

	before->rs1 = rs1;
	before->imm = imm + access_bytes(step->insn);
	do
		*rd = any_register(random, 0);
	while (*rd == rs1 && operands_of[step->insn] == LOAD);
	switch ((enum operands)operands_of[step->insn]) {
	case UPPER:
		return diff_lui(*rd, diff_integer(random));
	case REGISTERS:
		return bits | *rd << 7 | rs2 << 20;
	case IMMEDIATE:
		if (is_shift(step->insn))
			return bits | *rd << 7 | diff_below(random, 32) << 20;
		return diff_set_i(bits, imm) | *rd << 7;
	case ONE:
		return bits | *rd << 7;
	case LOAD:
		return diff_set_i(bits, imm) | *rd << 7;
	case STORE:
		return diff_set_s(bits, imm) | rs2 << 20;
	case BRANCH:
		return diff_set_b(bits, (int32_t)(AWAY - at)) | rs2 << 20;
	}
	return 0;
}

static void put(struct tile_env *env, uint32_t addr, uint32_t bits)
{
	memcpy(env->sram + (addr - IPU_SRAM_BASE), &bits, sizeof(bits));
}

/* Return: the address of the first instruction, with one before it that writes a register */
static uint32_t put_sequence(struct tile_env *env, const struct sequence *sequence,
			     struct diff_random *random)
{
	struct before before = { .rd = any_register(random, 0) };
	uint32_t at = CODE, rd;
	unsigned int i;

	put(env, at, diff_addi(before.rd, any_register(random, 0), 4));
	at += 4;
	for (i = 0; i < sequence->count; i++, at += 4) {
		put(env, at, encode(&sequence->step[i], at, &before, &rd, random));
		if (writes(&sequence->step[i]))
			before.rd = rd;
	}
	put(env, at, IPU_EXIT(0));
	put(env, AWAY, diff_addi(5, 5, 1));
	put(env, AWAY + 4, IPU_EXIT(5));
	return CODE + 4;
}

/**
 * struct outcome - what a run left
 * @x: registers, pc behind them
 */
struct outcome {
	enum ipu_tile_state state;
	uint32_t x[33];
	uint64_t instructions;
	uint64_t cycles;
	struct ipu_tile_fault fault;
	uint8_t data[DATA_BYTES];
};

static void run(struct tile_env *env, uint32_t entry, bool one_by_one, uint64_t seed,
		struct outcome *outcome)
{
	static const struct ipu_tile_points points = {
		.count = 1,
		.point = { { IPU_DBG_EXEC, IPU_DBG_ALL_TILES, IPU_SRAM_END - 4, 0 } },
	};
	uint8_t *data = env->sram + (DATA - IPU_SRAM_BASE);
	struct diff_random random;
	uint32_t reg;

	diff_seed(&random, seed, 0);
	for (reg = 0; reg < DATA_BYTES; reg++)
		data[reg] = (uint8_t)diff_bits(&random);
	tile_env_start(env, entry, 0);
	for (reg = REG_FIRST; reg <= REG_LAST; reg++)
		ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, reg,
				 reg < REG_POINTERS ? diff_below(&random, 5) :
						      DATA + 8 + diff_below(&random, 16));
	if (diff_chance(&random, 4))
		ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, any_register(&random, 0),
				 diff_integer(&random));
	ipu_tile_debug(env->tile, one_by_one ? &points : NULL, 0);
	memset(outcome, 0, sizeof(*outcome));
	outcome->state = tile_env_finish(env);
	for (reg = 0; reg < 33; reg++)
		outcome->x[reg] = tile_env_reg(env, reg);
	outcome->instructions = ipu_tile_instructions(env->tile);
	outcome->cycles = ipu_tile_cycles(env->tile);
	if (outcome->state == IPU_TILE_FAULTED)
		ipu_tile_fault(env->tile, &outcome->fault);
	memcpy(outcome->data, data, DATA_BYTES);
}

static void expect_same(struct tile_env *env, const struct sequence *sequence, uint32_t entry,
			uint64_t seed)
{
	struct outcome together, one_by_one;

	run(env, entry, false, seed, &together);
	run(env, entry, true, seed, &one_by_one);
	if (memcmp(&together, &one_by_one, sizeof(together)))
		fail_msg("%s from 0x%x with seed %llu: state %d, pc 0x%x, %llu instructions; "
			 "one by one: state %d, pc 0x%x, %llu instructions",
			 sequence->name, entry, (unsigned long long)seed, together.state,
			 together.x[32], (unsigned long long)together.instructions,
			 one_by_one.state, one_by_one.x[32],
			 (unsigned long long)one_by_one.instructions);
}

/* the code's page stays in the cache, so what is entered later was decoded earlier */
static void sequences_like_single(void **state)
{
	struct tile_env *env = *state;
	struct diff_random random;
	size_t i;

	for (i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		const struct sequence *sequence = &sequences[i];
		unsigned int trial, step;

		for (trial = 0; trial < TRIALS; trial++) {
			uint32_t first;

			diff_seed(&random, i, trial);
			first = put_sequence(env, sequence, &random);
			expect_same(env, sequence, CODE, trial);
			for (step = 0; step < sequence->count; step++)
				expect_same(env, sequence, first + 4 * step, trial);
		}
	}
}

/* a sequence is found: the op of its first instruction has another handler than that has alone */
static void sequences_are_found(void **state)
{
	struct tile_env *env = *state;
	struct diff_random random;
	size_t i;

	for (i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		struct ipu_code_page *page;
		struct ipu_insn single;
		struct outcome outcome;
		const struct ipu_op *op;
		uint32_t bits;

		if (sequences[i].step[0].source != FROM_FILE)
			continue;
		diff_seed(&random, i, 0);
		put_sequence(env, &sequences[i], &random);
		run(env, CODE + 4, false, 0, &outcome);
		page = ipu_code_cache_get(env->cache, CODE, false, env->sram);
		bits = ipu_code_page_bits(page, 2);
		ipu_decode_op(bits, CODE + 4, &single);
		op = ipu_code_cache_decode(env->cache, page, 2);
		if (op->fn == single.op.fn)
			fail_msg("%s has the handler of its first instruction", sequences[i].name);
		ipu_code_cache_put(env->cache, page);
	}
}

/* a slice ends after a taken branch, also where that is within a sequence */
static void slices(void **state)
{
	struct tile_env *env = *state;
	uint64_t quantum;

	tile_env_load(env);
	/* a0 = 100; 1: addi a0, a0, -1; bne a0, zero, 1b */
	put(env, CODE, diff_addi(REG_A0, 0, 100));
	put(env, CODE + 4, diff_addi(REG_A0, REG_A0, -1));
	put(env, CODE + 8, diff_bne(REG_A0, 0, -4));
	put(env, CODE + 12, IPU_EXIT(REG_A0));
	for (quantum = 1; quantum < 200; quantum++) {
		tile_env_start(env, CODE, 0);
		if (ipu_tile_run(env->tile, quantum) == IPU_TILE_EXITED)
			break;
		/* one instruction, then two a round */
		assert_int_equal(ipu_tile_instructions(env->tile),
				 quantum < 3 ? 3 : quantum + (quantum % 2 == 0));
		assert_int_equal(tile_env_reg(env, REG_PC), CODE + 4);
		assert_int_equal(tile_env_finish(env), IPU_TILE_EXITED);
		assert_int_equal(ipu_tile_instructions(env->tile), 1 + 2 * 100 + 1);
	}
	assert_int_equal(quantum, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sequences_like_single, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(sequences_are_found, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(slices, tile_env_setup, tile_env_teardown),
	};

	return cmocka_run_group_tests_name("tile_fuse", tests, NULL, NULL);
}
