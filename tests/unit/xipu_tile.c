// SPDX-License-Identifier: MIT
/*
 * A tile for the tests of Xipu's vector instructions, see xipu_tile.h.
 */
#include "xipu_tile.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PROGRAM IPU_SRAM_BASE
#define INSTRUCTION_LIMIT 100000

/* x registers that programs use; the state of the generator ends up in x20 to x23 */
enum { ADDRESS = 5, VALUE = 6, LENGTH = 7, STATE = 20 };

#define EBREAK 0x00100073
#define E8 0xc0 /* vtype with tail and mask agnostic */

uint32_t xipu_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 16;
}

struct xipu_tile *xipu_tile_new(unsigned int vlen, enum ipu_vec_tier tier)
{
	struct xipu_tile *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	ipu_vec_limit(tier);
	t->sram = mmap(NULL, IPU_SRAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	assert_true(t->sram != MAP_FAILED);
	t->budget.limit = 8u << 20;
	t->cache = ipu_code_cache_new(&t->budget);
	assert_non_null(t->cache);
	t->tile = ipu_tile_new(t->sram, t->cache, vlen);
	assert_non_null(t->tile);
	return t;
}

void xipu_tile_free(struct xipu_tile *t)
{
	ipu_tile_free(t->tile);
	ipu_code_cache_free(t->cache);
	munmap(t->sram, IPU_SRAM_SIZE);
	free(t);
}

void xipu_emit(struct xipu_tile *t, uint32_t instruction)
{
	xipu_set_word(t, t->end, instruction);
	t->end += 4;
}

/* lui and addi */
void xipu_emit_li(struct xipu_tile *t, unsigned int reg, uint32_t value)
{
	xipu_emit(t, ((value + 0x800) & 0xfffff000) | reg << 7 | 0x37);
	xipu_emit(t, value << 20 | reg << 15 | reg << 7 | 0x13);
}

static void emit_csrw(struct xipu_tile *t, unsigned int csr, uint32_t value)
{
	xipu_emit_li(t, VALUE, value);
	xipu_emit(t, csr << 20 | VALUE << 15 | 1 << 12 | 0x73);
}

static void emit_csrr(struct xipu_tile *t, unsigned int reg, unsigned int csr)
{
	xipu_emit(t, csr << 20 | 2 << 12 | reg << 7 | 0x73);
}

void xipu_begin(struct xipu_tile *t, unsigned int frm)
{
	t->end = PROGRAM;
	emit_csrw(t, 0x003, frm << 5);
}

void xipu_emit_prng(struct xipu_tile *t, const uint64_t *state)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		emit_csrw(t, IPU_CSR_PRNG0 + i, state[i / 2] >> i % 2 * 32);
}

/* vsetvl with both operands in registers */
void xipu_emit_set(struct xipu_tile *t, uint32_t vtype, uint32_t vl)
{
	xipu_emit_li(t, LENGTH, vl);
	xipu_emit_li(t, VALUE, vtype);
	xipu_emit(t, 0x80007057 | VALUE << 20 | LENGTH << 15);
}

static void emit_access(struct xipu_tile *t, unsigned int reg, uint32_t address, unsigned int count,
			unsigned int opcode)
{
	const unsigned int log2_count = count == 8 ? 3 : count / 2;

	xipu_emit(t, 0x7057 | (E8 | log2_count) << 20 | LENGTH << 7); /* vsetvli, AVL x0 */
	xipu_emit_li(t, ADDRESS, address);
	xipu_emit(t, 0x02000000 | ADDRESS << 15 | reg << 7 | opcode);
}

void xipu_emit_load(struct xipu_tile *t, unsigned int reg, uint32_t address, unsigned int count)
{
	emit_access(t, reg, address, count, 0x07);
}

void xipu_emit_store(struct xipu_tile *t, unsigned int reg, uint32_t address, unsigned int count)
{
	emit_access(t, reg, address, count, 0x27);
}

struct ipu_tile_fault xipu_run_to_fault(struct xipu_tile *t)
{
	const struct ipu_tile_start start = {
		.tile = 0, .tiles = 1, .entry = PROGRAM, .sp = IPU_SRAM_END
	};
	struct ipu_tile_fault fault;
	unsigned int i;

	for (i = 0; i < 4; i++)
		emit_csrr(t, STATE + i, IPU_CSR_PRNG0 + i);
	xipu_emit(t, EBREAK);
	ipu_tile_reset(t->tile);
	ipu_tile_start(t->tile, &start);
	assert_int_equal(ipu_tile_run(t->tile, INSTRUCTION_LIMIT), IPU_TILE_FAULTED);
	ipu_tile_fault(t->tile, &fault);
	return fault;
}

void xipu_run(struct xipu_tile *t)
{
	const struct ipu_tile_fault fault = xipu_run_to_fault(t);

	assert_int_equal(fault.cause, IPU_FAULT_EBREAK);
}

uint8_t xipu_flags(const struct xipu_tile *t)
{
	return ipu_tile_get_reg(t->tile, IPU_UNIT_SUPERVISOR, 65) & 0x1f;
}

uint64_t xipu_prng(const struct xipu_tile *t, unsigned int half)
{
	const uint32_t low = ipu_tile_get_reg(t->tile, IPU_UNIT_SUPERVISOR, STATE + 2 * half);
	const uint32_t high = ipu_tile_get_reg(t->tile, IPU_UNIT_SUPERVISOR, STATE + 2 * half + 1);

	return (uint64_t)high << 32 | low;
}
