// SPDX-License-Identifier: MIT
/*
 * Loops over arrays, of which the model does many rounds at once: with random arrays, lengths,
 * registers and slices they do what their instructions do one by one, in every tier and at every
 * VLEN, on the supervisor and on six workers at once; also those that are nearly such a loop, and
 * those that fault. A tile that is debugged executes instructions one by one.
 */
#include "tile_env.h"

#include <stdio.h>

#include "../diff/encode.h"
#include "../diff/random.h"
#include "tile/ipu_code_cache.h"
#include "tile/ipu_handlers.h"
#include "vector/ipu_vec.h"

#define CODE 0x60000u
#define TABLE 0x61000u /* for each unit its arguments, struct args */
#define TABLE_ENTRY 32
#define SAVED 0x62000u /* for each unit its vector registers, at its end */
#define SAVED_BYTES (IPU_VREGS * IPU_VLENB_MAX)
#define DATA IPU_SRAM_BASE
#define DATA_BYTES 0x38000u
#define TRIALS 150
#define VM (1u << 25)
#define RUNALL (1u << 12 | 0x0b)
#define SYNC (2u << 12 | 0x0b)
#define EXIT (3u << 12 | 0x0b)
#define FRM 0x002
#define VL 0xc20

enum insn {
#define IPU_INSN(name, mask, match, format, handler, slots) INSN_##name,
#define IPU_VECTOR(name, mask, match, format, shape, slots) INSN_##name,
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

static const uint32_t match_of[] = {
#define IPU_INSN(name, mask, match, format, handler, slots) match,
#define IPU_VECTOR(name, mask, match, format, shape, slots) match,
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

/* What a unit's loop is given, in this order in its entry of the table. */
struct args {
	uint32_t n;
	uint32_t a;
	uint32_t b;
	uint32_t to;
	uint32_t saved;
};

#define ARGS 5
#define REG_ENTRY 30
#define REG_SAVED 29
#define REG_GOT_VL 28

/* The places of a loop's instructions. */
enum { SET, LOAD_A, LOAD_B, OPERATE, STORE, STEPS, BRANCH = 9, LENGTH };

/* ---- The program -------------------------------------------------------------------------- */

static uint32_t csrr(uint32_t rd, uint32_t csr)
{
	return csr << 20 | 2 << 12 | rd << 7 | 0x73;
}

static uint32_t registers(enum insn insn, uint32_t rd, uint32_t rs1, uint32_t rs2)
{
	return match_of[insn] | rd << 7 | rs1 << 15 | rs2 << 20;
}

/* Five different ones of x8 to x15: n, a, b, to, vl. */
static void pick_registers(uint32_t reg[5], struct diff_random *random)
{
	uint32_t seen = 0;

	for (unsigned int i = 0; i < 5; i++) {
		do
			reg[i] = 8 + diff_below(random, 8);
		while (seen >> reg[i] & 1);
		seen |= 1u << reg[i];
	}
}

static void swap(uint32_t *a, uint32_t *b)
{
	const uint32_t other = *a;

	*a = *b;
	*b = other;
}

/* The loop of an operation, as the head of the model's ipu_vec_array.c has it. */
static void make_loop(uint32_t loop[LENGTH], enum insn operation, unsigned int sew,
		      unsigned int lmul, const uint32_t reg[5], struct diff_random *random)
{
	const enum insn load = sew == 2 ? INSN_vle32_v : INSN_vle16_v;
	const enum insn store = sew == 2 ? INSN_vse32_v : INSN_vse16_v;
	const enum insn add = sew == 2 ? INSN_sh2add : INSN_sh1add;
	const uint32_t n = reg[0], vl = reg[4];
	const uint32_t group = diff_below(random, 3) << 3;

	loop[SET] = match_of[INSN_vsetvli] | vl << 7 | n << 15 | (sew << 3 | lmul) << 20;
	loop[LOAD_A] = registers(load, 8, reg[1], 0) | VM;
	loop[LOAD_B] = registers(load, 16, reg[2], 0) | VM;
	loop[OPERATE] = registers(operation, 8 + group, 16, 8) | VM;
	loop[STORE] = registers(store, 8 + group, reg[3], 0) | VM;
	for (unsigned int i = 0; i < 3; i++)
		loop[STEPS + i] = registers(add, reg[i + 1], vl, reg[i + 1]);
	loop[STEPS + 3] = registers(INSN_sub, n, n, vl);
	for (unsigned int i = 0; i < 4; i++)
		swap(&loop[STEPS + i], &loop[STEPS + diff_below(random, 4)]);
	loop[BRANCH] = diff_bne(n, 0, -4 * BRANCH);
}

/* Another instruction in place of one of them, such that the loop still ends. */
static void change(uint32_t loop[LENGTH], struct diff_random *random)
{
	const unsigned int at = diff_below(random, LENGTH);

	switch (diff_below(random, 6)) {
	case 0: /* masked, or another group */
		loop[LOAD_A + diff_below(random, 4)] ^= diff_chance(random, 2) ? VM : 8u << 7;
		break;
	case 1: /* another vtype */
		loop[SET] ^= 1u << (20 + diff_below(random, 6));
		break;
	case 2: /* with another pointer */
		loop[LOAD_A + diff_below(random, 2)] ^= 1u << (15 + diff_below(random, 3));
		break;
	case 3: /* steps of another size: sh1add for sh2add, or the other way round */
		for (unsigned int i = STEPS; i < BRANCH; i++)
			if (loop[i] >> 25 == match_of[INSN_sh1add] >> 25)
				loop[i] ^= match_of[INSN_sh1add] ^ match_of[INSN_sh2add];
		break;
	case 4: /* without the head, which sets vl */
		loop[BRANCH] = diff_bne(diff_get(loop[BRANCH], 19, 15), 0, -4 * (BRANCH - LOAD_A));
		break;
	default: /* two in the other order */
		swap(&loop[at % STEPS + 1], &loop[at % STEPS]);
		break;
	}
}

static uint32_t *put(uint32_t *code, uint32_t bits)
{
	*code = bits;
	return code + 1;
}

/* Return: the address at which units that execute the loop begin; the supervisor's is CODE. */
static uint32_t put_program(struct tile_env *env, const uint32_t loop[LENGTH],
			    const uint32_t reg[5], uint32_t frm)
{
	uint32_t *const begin = (uint32_t *)(void *)(env->sram + (CODE - IPU_SRAM_BASE));
	uint32_t *code = begin, *entry;

	code = put(code, registers(INSN_ipu_runall, 0, REG_A0, 0));
	code = put(code, SYNC);
	code = put(code, EXIT);
	entry = code;
	code = put(code, diff_set_rs1(5u << 12 | FRM << 20 | 0x73, frm));
	code = put(code, csrr(REG_ENTRY, IPU_CSR_UNIT));
	code = put(code, match_of[INSN_slli] | REG_ENTRY << 7 | REG_ENTRY << 15 | 5 << 20);
	code = put(code, diff_lui(31, TABLE));
	code = put(code, registers(INSN_add, REG_ENTRY, REG_ENTRY, 31));
	for (unsigned int i = 0; i < ARGS; i++)
		code = put(code, diff_lw(i < 4 ? reg[i] : REG_SAVED, REG_ENTRY, (int32_t)(4 * i)));
	for (unsigned int i = 0; i < LENGTH; i++)
		code = put(code, loop[i]);
	code = put(code, csrr(REG_GOT_VL, VL));
	for (unsigned int i = 0; i < IPU_VREGS; i += 8) {
		code = put(code, registers(INSN_vs8r_v, i, REG_SAVED, 0));
		code = put(code, diff_addi(REG_SAVED, REG_SAVED, 8 * IPU_VLENB_MAX));
	}
	put(code, EXIT);
	return CODE + 4 * (uint32_t)(entry - begin);
}

/* ---- Arrays ------------------------------------------------------------------------------- */

static uint32_t any_place(struct diff_random *random)
{
	const uint32_t align = diff_chance(random, 8) ? 1 : diff_chance(random, 2) ? 4 : 64;
	const uint32_t place = DATA + diff_below(random, DATA_BYTES) / align * align;

	if (diff_chance(random, 24))
		return diff_chance(random, 2) ? diff_bits(random) : DATA - 64;
	return diff_chance(random, 24) ? IPU_SRAM_END - 2048 : place;
}

/* Near another array: in place, a few elements away in either direction, or about a round. */
static uint32_t near(uint32_t place, struct diff_random *random)
{
	switch (diff_below(random, 4)) {
	case 0:
		return place;
	case 1:
		return place + 4 * diff_below(random, 64);
	case 2:
		return place - 4 * diff_below(random, 64);
	default:
		return place + (16u << diff_below(random, 8));
	}
}

static void put_args(struct tile_env *env, struct diff_random *random)
{
	for (uint32_t unit = 0; unit <= IPU_UNIT_SUPERVISOR; unit++) {
		struct args args = {
			.n = diff_below(random, diff_chance(random, 4) ? 40 : 3000),
			.a = any_place(random),
			.b = any_place(random),
			.to = any_place(random),
			.saved = SAVED + unit * SAVED_BYTES,
		};

		if (diff_chance(random, 4))
			args.n = args.n / 64 * 64;
		if (diff_chance(random, 2))
			args.to = near(diff_chance(random, 2) ? args.a : args.b, random);
		memcpy(env->sram + (TABLE - IPU_SRAM_BASE) + unit * TABLE_ENTRY, &args,
		       sizeof(args));
	}
}

static void put_data(struct tile_env *env, unsigned int sew, struct diff_random *random)
{
	uint32_t *words = (uint32_t *)(void *)env->sram;

	for (uint32_t i = 0; i < DATA_BYTES / 4; i++)
		words[i] = sew == 2 ? diff_float(random) :
				      (uint32_t)diff_half(random) << 16 | diff_half(random);
}

/* ---- Running ------------------------------------------------------------------------------ */

/**
 * struct outcome - what a run left
 * @reg: of all units x registers, pc, f registers, fcsr
 * @vreg: words of their vector registers
 */
struct outcome {
	uint32_t reg[IPU_UNITS][66];
	uint32_t vreg[IPU_UNITS][IPU_VREGS * IPU_DBG_REG_V_WORDS];
	enum ipu_tile_state state;
	struct ipu_tile_fault fault;
	uint64_t instructions;
	uint64_t cycles;
	uint8_t sram[IPU_SRAM_SIZE];
};

static void get_registers(struct tile_env *env, struct outcome *outcome)
{
	for (unsigned int unit = 0; unit < IPU_UNITS; unit++) {
		for (unsigned int reg = 0; reg < 66; reg++)
			outcome->reg[unit][reg] = ipu_tile_get_reg(env->tile, unit, reg);
		/* Those of a shorter VLEN are not there, and stay 0. */
		for (unsigned int word = 0; word < IPU_VREGS * IPU_DBG_REG_V_WORDS; word++)
			ipu_tile_debug_read(env->tile, unit, IPU_DBG_REG_V + word,
					    &outcome->vreg[unit][word]);
	}
}

/* @quantum: 0: one by one */
static void run(struct tile_env *env, uint32_t entry, uint32_t arg, uint32_t tiles,
		uint64_t quantum, struct outcome *outcome)
{
	static const struct ipu_tile_points points = {
		.count = 1,
		.point = { { IPU_DBG_EXEC, IPU_DBG_ALL_TILES, IPU_SRAM_END - 4, 0 } },
	};
	const struct ipu_tile_start start = { .tiles = tiles, .entry = entry, .arg = arg };

	ipu_tile_start(env->tile, &start);
	ipu_tile_debug(env->tile, quantum ? NULL : &points, 0);
	while (ipu_tile_run(env->tile, quantum ? quantum : UINT64_MAX) == IPU_TILE_RUNNING)
		;
	memset(outcome, 0, offsetof(struct outcome, sram));
	outcome->state = ipu_tile_state(env->tile);
	if (outcome->state == IPU_TILE_FAULTED)
		ipu_tile_fault(env->tile, &outcome->fault);
	get_registers(env, outcome);
	outcome->instructions = ipu_tile_instructions(env->tile);
	outcome->cycles = ipu_tile_cycles(env->tile);
	memcpy(outcome->sram, env->sram, IPU_SRAM_SIZE);
}

static void expect_same(const struct outcome *together, const struct outcome *one_by_one,
			const char *what, unsigned int trial)
{
	size_t at;

	if (!memcmp(together, one_by_one, sizeof(*together)))
		return;
	for (at = 0; at < IPU_SRAM_SIZE && together->sram[at] == one_by_one->sram[at]; at++)
		;
	fail_msg("%s, trial %u: state %d, pc 0x%x, %llu instructions, %llu cycles; one by one: "
		 "state %d, pc 0x%x, %llu instructions, %llu cycles; SRAM differs from 0x%zx on",
		 what, trial, together->state, together->fault.pc,
		 (unsigned long long)together->instructions, (unsigned long long)together->cycles,
		 one_by_one->state, one_by_one->fault.pc,
		 (unsigned long long)one_by_one->instructions,
		 (unsigned long long)one_by_one->cycles, IPU_SRAM_BASE + at);
}

/* Both ways, in slices of @quantum, of the supervisor or of six workers. */
static void check_same(struct tile_env *env, uint32_t entry, bool workers, uint32_t tiles,
		       uint64_t quantum, const char *what, unsigned int trial)
{
	static struct outcome together, one_by_one;
	static uint8_t before[IPU_SRAM_SIZE];

	memcpy(before, env->sram, sizeof(before));
	run(env, workers ? CODE : entry, entry, tiles, quantum, &together);
	memcpy(env->sram, before, sizeof(before));
	run(env, workers ? CODE : entry, entry, tiles, 0, &one_by_one);
	expect_same(&together, &one_by_one, what, trial);
}

static void check_trial(struct tile_env *env, unsigned int trial, const char *what)
{
	static const enum insn operations[] = { INSN_vfadd_vv, INSN_vfsub_vv, INSN_vfmul_vv,
						INSN_vfdiv_vv };
	uint32_t loop[LENGTH], reg[5], entry, tiles;
	struct diff_random random;
	unsigned int sew;
	bool workers;

	diff_seed(&random, trial, 0);
	sew = 1 + trial % 2;
	workers = diff_chance(&random, 2);
	tiles = diff_chance(&random, 2) ? 1 : 1472;
	pick_registers(reg, &random);
	make_loop(loop, operations[diff_below(&random, 4)], sew, diff_below(&random, 4), reg,
		  &random);
	if (diff_chance(&random, 3))
		change(loop, &random);
	put_data(env, sew, &random);
	put_args(env, &random);
	entry = put_program(env, loop, reg, diff_below(&random, 5));
	check_same(env, entry, workers, tiles, 100 + diff_below(&random, 5000), what, trial);
}

/*
 * An array that ends before the last whole round does, at its begin or in it: the fault
 * finds all registers as they are after the rounds before.
 */
static void check_end(struct tile_env *env, unsigned int vlen, unsigned int trial, const char *what)
{
	const uint32_t reg[5] = { 12, 11, 13, 10, 14 };
	const unsigned int sew = 1 + trial % 2, lmul = trial / 2 % 4, rounds = trial / 8 % 4;
	const uint32_t elements = vlen >> (sew + 3) << lmul;
	const uint32_t end = IPU_SRAM_END - ((rounds * elements + trial % 3) << sew);
	struct args args = {
		.n = (rounds + 1) * elements + trial % 5,
		.a = trial % 3 == 0 ? end : DATA,
		.b = trial % 3 == 1 ? end : DATA + 0x8000,
		.to = trial % 3 == 2 ? end : DATA + 0x10000,
		.saved = SAVED,
	};
	struct diff_random random;
	uint32_t loop[LENGTH];

	diff_seed(&random, trial, 1);
	make_loop(loop, INSN_vfmul_vv, sew, lmul, reg, &random);
	put_data(env, sew, &random);
	memcpy(env->sram + (TABLE - IPU_SRAM_BASE) + IPU_UNIT_SUPERVISOR * TABLE_ENTRY, &args,
	       sizeof(args));
	check_same(env, put_program(env, loop, reg, 0), false, 1, 30000, what, trial);
	assert_int_equal(ipu_tile_state(env->tile), IPU_TILE_FAULTED);
}

static void check_tier(struct tile_env *env, int tier)
{
	const unsigned int vlen = env->tile->units[0].vlenb * 8;
	char what[96];

	snprintf(what, sizeof(what), "VLEN %u, tier %d", vlen, tier);
	for (unsigned int trial = 0; trial < TRIALS; trial++)
		check_trial(env, trial, what);
	snprintf(what, sizeof(what), "VLEN %u, tier %d, arrays that end", vlen, tier);
	for (unsigned int trial = 0; trial < 2 * 4 * 4 * 3; trial += 5)
		check_end(env, vlen, trial, what);
}

static void check_vlen(void **state)
{
	tile_env_each_tier((uintptr_t)*state, check_tier);
}

/* The loops are found: otherwise all of the above would succeed, and all programs be slow. */
static void loops_are_found(void **state)
{
	static const enum insn operations[] = { INSN_vfadd_vv, INSN_vfsub_vv, INSN_vfmul_vv };
	const uint32_t reg[5] = { 12, 11, 13, 10, 14 };
	struct diff_random random;
	uint32_t loop[LENGTH];

	(void)state;
	diff_seed(&random, 0, 0);
	for (unsigned int i = 0; i < 3 * 2 * 4; i++) {
		struct ipu_insn insn;
		struct ipu_op op[LENGTH];

		make_loop(loop, operations[i % 3], 1 + i / 3 % 2, i / 6, reg, &random);
		for (unsigned int at = 0; at < LENGTH; at++) {
			ipu_decode_op(loop[at], CODE + 4 * at, &insn);
			op[at] = insn.op;
		}
		op[BRANCH].imm = -BRANCH;
		assert_non_null(ipu_vec_find_loop(op, LENGTH));
		assert_null(ipu_vec_find_loop(op, LENGTH - 1));
		assert_null(ipu_vec_find_loop(op + 1, LENGTH - 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_are_found),
		TILE_ENV_VLEN(128, check_vlen),
		TILE_ENV_VLEN(512, check_vlen),
		TILE_ENV_VLEN(1024, check_vlen),
	};

	return cmocka_run_group_tests_name("vec_array", tests, NULL, NULL);
}
