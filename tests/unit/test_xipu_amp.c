// SPDX-License-Identifier: MIT
/*
 * The matrix multiply-accumulate, in every tier the host has and at every VLEN,
 * against a chain of fused multiply-adds in the same order: every bit, with numbers
 * of all sizes, special values, strides, and matrices at the end of SRAM. And its
 * faults, what is reserved, its cost, and how many of them a quantum has.
 */
#include "xipu_tile.h"

#include <math.h>
#include <stdio.h>

#include "isa/ipu_cost.h"
#include "float/ipu_narrow.h"

#define ROUNDS 60 /* for each instruction, VLEN and tier */

/* where C lies in SRAM before and after; A and B are in what is behind */
#define BEFORE (IPU_SRAM_BASE + 0x10000)
#define AFTER (IPU_SRAM_BASE + 0x20000)
#define MATRICES (IPU_SRAM_BASE + 0x30000)

#define E16_M8 0x0b
#define E32_M8 0x13

/**
 * struct product - one instruction
 * @funct2: IPU_F2_AMP_*
 * @vd: v0 or v16
 * @steps: vl
 * @a, @b: addresses
 * @a_stride, @b_stride: in elements
 */
struct product {
	unsigned int funct2;
	unsigned int vd;
	unsigned int steps;
	uint32_t a;
	uint32_t b;
	uint32_t a_stride;
	uint32_t b_stride;
};

static bool is_half(const struct product *p)
{
	return p->funct2 == IPU_F2_AMP_H || p->funct2 == IPU_F2_AMPT_H;
}

static bool is_transposed(const struct product *p)
{
	return p->funct2 == IPU_F2_AMPT_S || p->funct2 == IPU_F2_AMPT_H;
}

static unsigned int width(const struct product *p)
{
	return is_half(p) ? 2 : 4;
}

static float float_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint32_t bits_of(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* element @i of a row of A or B that starts at @address */
static float element(struct xipu_tile *t, const struct product *p, uint32_t address)
{
	uint32_t bits = 0;

	memcpy(&bits, xipu_at(t, address), width(p));
	return float_of(is_half(p) ? ipu_f16_widen(bits) : bits);
}

static uint32_t address_of_a(const struct product *p, unsigned int row, unsigned int step)
{
	const unsigned int outer = is_transposed(p) ? step : row;
	const unsigned int inner = is_transposed(p) ? row : step;

	return p->a + (outer * p->a_stride + inner) * width(p);
}

static void compute(struct xipu_tile *t, const struct product *p, unsigned int columns,
		    uint32_t *want)
{
	unsigned int row, column, step;

	for (row = 0; row < IPU_AMP_ROWS; row++)
		for (column = 0; column < columns; column++) {
			uint32_t *c = &want[row * columns + column];
			float sum = float_of(*c);

			for (step = 0; step < p->steps; step++)
				sum = fmaf(element(t, p, address_of_a(p, row, step)),
					   element(t, p,
						   p->b + (step * p->b_stride + column) * width(p)),
					   sum);
			*c = isnan(sum) && p->steps ? IPU_F32_NAN : bits_of(sum);
		}
}

/* all of memory: numbers near each other, or of all sizes, or anything */
static void fill(struct xipu_tile *t, const struct product *p, unsigned int vlenb)
{
	const unsigned int kind = xipu_random() % 4;
	uint32_t i;

	for (i = MATRICES; i < IPU_SRAM_END; i += 4) {
		uint32_t bits = xipu_random();

		if (kind < 3)
			bits &= is_half(p) ? 0xbfffbfff : 0xbfffffff;
		if (kind < 2)
			bits = is_half(p) ? (bits & 0x83ff83ff) | 0x38003800 :
					    (bits & 0x81ffffff) | 0x3e000000;
		xipu_set_word(t, i, bits);
	}
	for (i = 0; i < 16 * vlenb; i += 4)
		xipu_set_word(t, BEFORE + i,
			      kind ? (xipu_random() & 0x83ffffff) | 0x3c000000 : xipu_random());
}

static void emit(struct xipu_tile *t, const struct product *p, unsigned int vlenb)
{
	xipu_begin(t, xipu_random() % 5);
	xipu_emit_load(t, p->vd, BEFORE, 8);
	xipu_emit_load(t, p->vd + 8, BEFORE + 8 * vlenb, 8);
	xipu_emit_li(t, 10, p->a);
	xipu_emit_li(t, 11, p->b);
	xipu_emit_li(t, 12, p->b_stride << 16 | p->a_stride);
	xipu_emit_set(t, is_half(p) ? E16_M8 : E32_M8, p->steps);
	xipu_emit(t, 12u << 27 | p->funct2 << 25 | 11 << 20 | 10 << 15 | IPU_F3_AMP << 12 |
			     p->vd << 7 | IPU_OPCODE);
	xipu_emit_store(t, p->vd, AFTER, 8);
	xipu_emit_store(t, p->vd + 8, AFTER + 8 * vlenb, 8);
}

static void check(struct xipu_tile *t, const struct product *p, unsigned int vlenb)
{
	uint32_t want[16 * 128 / 4], got;
	unsigned int i;

	memcpy(want, xipu_at(t, BEFORE), 16 * vlenb);
	compute(t, p, vlenb / 2, want);
	emit(t, p, vlenb);
	xipu_run(t);
	assert_int_equal(xipu_flags(t), 0);
	for (i = 0; i < 4 * vlenb; i++) {
		memcpy(&got, xipu_at(t, AFTER) + 4 * i, sizeof(got));
		if (got != want[i])
			fail_msg("funct2 %u, VLEN %u, %u steps, strides %u and %u: row %u, "
				 "column %u is %#x, not %#x",
				 p->funct2, 8 * vlenb, p->steps, p->a_stride, p->b_stride,
				 i / (vlenb / 2), i % (vlenb / 2), got, want[i]);
	}
}

/* a product whose matrices end at the end of SRAM, or before */
static struct product pick(unsigned int funct2, unsigned int vlenb)
{
	struct product p = { .funct2 = funct2, .vd = xipu_random() % 2 * 16 };
	const unsigned int vlmax = 8 * vlenb / width(&p), columns = vlenb / 2;
	uint32_t a_bytes, b_bytes;

	p.steps = xipu_random() % 4 ? xipu_random() % 40 : xipu_random() % (vlmax + 1);
	if (p.steps > vlmax)
		p.steps = vlmax;
	p.a_stride = (is_transposed(&p) ? IPU_AMP_ROWS : p.steps) + xipu_random() % 20;
	p.b_stride = xipu_random() % 4 ? columns + xipu_random() % 20 : xipu_random() % 3;
	a_bytes = (is_transposed(&p) ? p.steps : IPU_AMP_ROWS) * p.a_stride * width(&p);
	b_bytes = (p.steps * p.b_stride + columns) * width(&p);
	p.a = IPU_SRAM_END - a_bytes - width(&p) * (xipu_random() % 100);
	p.b = IPU_SRAM_END - b_bytes - width(&p) * (xipu_random() % 100);
	if (xipu_random() % 2)
		p.a -= xipu_random() % 8; /* any alignment */
	return p;
}

static void products(void **state)
{
	const unsigned int vlen = *(const unsigned int *)*state;
	unsigned int tier, funct2, round;

	for (tier = 0; tier < IPU_VEC_TIERS; tier++) {
		struct xipu_tile *t = xipu_tile_new(vlen, tier);

		for (funct2 = IPU_F2_AMP_S; funct2 <= IPU_F2_AMPT_H; funct2++)
			for (round = 0; round < ROUNDS; round++) {
				const struct product p = pick(funct2, vlen / 8);

				fill(t, &p, vlen / 8);
				check(t, &p, vlen / 8);
			}
		xipu_tile_free(t);
	}
}

/* the first element outside SRAM is the fault's address, and nothing has changed */
static void faults(void **state)
{
	enum { INSIDE = IPU_SRAM_BASE + 0x40000, COLUMNS = 32 };
	static const struct {
		struct product p;
		uint32_t addr;
	} rows[] = {
		{ { IPU_F2_AMP_S, 0, 4, 0, INSIDE, 4, COLUMNS }, 0 },
		{ { IPU_F2_AMP_S, 0, 4, IPU_SRAM_END - 8, INSIDE, 4, COLUMNS }, IPU_SRAM_END },
		{ { IPU_F2_AMP_S, 0, 4, IPU_SRAM_END - 15, INSIDE, 4, COLUMNS }, IPU_SRAM_END - 3 },
		/* its last row */
		{ { IPU_F2_AMP_S, 0, 4, IPU_SRAM_END - 8 * 16 + 4, INSIDE, 4, COLUMNS },
		  IPU_SRAM_END },
		{ { IPU_F2_AMPT_S, 0, 4, IPU_SRAM_END - 4 * 32 + 4, INSIDE, 8, COLUMNS },
		  IPU_SRAM_END },
		{ { IPU_F2_AMP_H, 0, 4, INSIDE, IPU_SRAM_END - 4 * 64 + 2, 4, COLUMNS },
		  IPU_SRAM_END },
		{ { IPU_F2_AMPT_H, 0, 1, INSIDE, 0xfffffffe, 4, 0 }, 0xfffffffe },
	};
	struct xipu_tile *t = xipu_tile_new(512, IPU_VEC_TIERS - 1);
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ipu_tile_fault fault;

		emit(t, &rows[i].p, 64);
		fault = xipu_run_to_fault(t);
		assert_int_equal(fault.cause, IPU_FAULT_LOAD);
		assert_int_equal(fault.addr, rows[i].addr);
	}
	xipu_tile_free(t);
}

/* with no steps nothing is read */
static void no_steps(void **state)
{
	const struct product p = { IPU_F2_AMP_S, 16, 0, 0, 0, 4, 32 };
	struct xipu_tile *t = xipu_tile_new(512, IPU_VEC_TIERS - 1);

	(void)state;
	fill(t, &p, 64);
	check(t, &p, 64);
	xipu_tile_free(t);
}

static void reserved(void **state)
{
	static const struct {
		uint32_t vtype, vd, funct2;
	} rows[] = {
		{ E32_M8, 8, IPU_F2_AMP_S },
		{ E32_M8, 1, IPU_F2_AMPT_S },
		{ E16_M8, 0, IPU_F2_AMP_S },
		{ E32_M8, 0, IPU_F2_AMP_H },
		{ 0, 0, IPU_F2_AMPT_H },
		{ 0x80000000, 0, IPU_F2_AMP_S },
		{ E16_M8 | 0x100, 0, IPU_F2_AMP_H },
	};
	struct xipu_tile *t = xipu_tile_new(512, IPU_VEC_TIERS - 1);
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint32_t bits = 12u << 27 | rows[i].funct2 << 25 | 10 << 20 | 10 << 15 |
				      IPU_F3_AMP << 12 | rows[i].vd << 7 | IPU_OPCODE;
		struct ipu_tile_fault fault;

		xipu_begin(t, 0);
		xipu_emit_li(t, 10, MATRICES);
		xipu_emit_set(t, rows[i].vtype, 4);
		xipu_emit(t, bits);
		fault = xipu_run_to_fault(t);
		assert_int_equal(fault.cause, IPU_FAULT_ILLEGAL_INSN);
		assert_int_equal(fault.info, bits);
	}
	xipu_tile_free(t);
}

static uint64_t cycles(struct xipu_tile *t, unsigned int funct2, unsigned int steps)
{
	const struct product p = { funct2, 0, steps, MATRICES, MATRICES, 64, 64 };

	emit(t, &p, 64);
	xipu_run(t);
	return ipu_tile_cycles(t->tile);
}

static void cost(void **state)
{
	const unsigned int products_a_step = IPU_AMP_ROWS * 32;
	struct xipu_tile *t = xipu_tile_new(512, IPU_VEC_TIERS - 1);

	(void)state;
	assert_int_equal(cycles(t, IPU_F2_AMP_S, 12) - cycles(t, IPU_F2_AMP_S, 2),
			 IPU_BARREL * 10 * products_a_step / IPU_COST_AMP_S);
	assert_int_equal(cycles(t, IPU_F2_AMPT_H, 12) - cycles(t, IPU_F2_AMPT_H, 2),
			 IPU_BARREL * 10 * products_a_step / IPU_COST_AMP_H);
	/* none is one slot */
	assert_int_equal(cycles(t, IPU_F2_AMP_S, 1) - cycles(t, IPU_F2_AMP_S, 0),
			 IPU_BARREL * (products_a_step / IPU_COST_AMP_S - 1));
	xipu_tile_free(t);
}

/* What a tile executes in a quantum of 32,768 slots that does nothing but multiply. */
static uint64_t in_a_quantum(struct xipu_tile *t, unsigned int steps)
{
	struct ipu_tile_start start = { .tiles = 1, .sp = IPU_SRAM_END };

	xipu_begin(t, 0);
	start.entry = t->end;
	xipu_emit_li(t, 10, MATRICES);
	xipu_emit_li(t, 11, MATRICES);
	xipu_emit_li(t, 12, 64 << 16 | 64);
	xipu_emit_set(t, E32_M8, steps);
	xipu_emit(t, 12u << 27 | IPU_F2_AMP_S << 25 | 11 << 20 | 10 << 15 | IPU_F3_AMP << 12 |
			     IPU_OPCODE);
	xipu_emit(t, 0xffdff06f); /* j to the one before */
	ipu_tile_reset(t->tile);
	ipu_tile_start(t->tile, &start);
	assert_int_equal(ipu_tile_run(t->tile, 32768), IPU_TILE_RUNNING);
	return ipu_tile_instructions(t->tile);
}

/* A multiplication of 2,048 slots counts as 128, and one of no steps as one. */
static void quantum(void **state)
{
	struct xipu_tile *t = xipu_tile_new(512, IPU_VEC_TIERS - 1);

	(void)state;
	assert_in_range(in_a_quantum(t, 128), 2 * 220, 2 * 270);
	assert_in_range(in_a_quantum(t, 0), 30000, 36000);
	xipu_tile_free(t);
}

int main(void)
{
	static const unsigned int vlens[] = { 128, 256, 512, 1024 };
	const struct CMUnitTest tests[] = {
		{ "products, VLEN 128", products, NULL, NULL, (void *)&vlens[0] },
		{ "products, VLEN 256", products, NULL, NULL, (void *)&vlens[1] },
		{ "products, VLEN 512", products, NULL, NULL, (void *)&vlens[2] },
		{ "products, VLEN 1024", products, NULL, NULL, (void *)&vlens[3] },
		cmocka_unit_test(faults),
		cmocka_unit_test(no_steps),
		cmocka_unit_test(reserved),
		cmocka_unit_test(cost),
		cmocka_unit_test(quantum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
