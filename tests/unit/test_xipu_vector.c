// SPDX-License-Identifier: MIT
/*
 * Xipu's vector instructions, in every tier the host has and at every VLEN, with
 * random operands, vtype, vl and mask: each element must be what the scalar
 * instruction gives, and what is not computed must not change.
 */
#include "xipu_tile.h"

#include <stdio.h>

#include "float/ipu_narrow.h"
#include "float/ipu_prng.h"
#include "float/ipu_xmath.h"

#define ROUNDS 150 /* for each instruction, VLEN and tier */

/**
 * struct instruction - one of them
 * @name: for messages
 * @funct6, @selector: of its encoding
 * @sew: log2 of SEW / 8
 * @from, @to: bytes of an element of vs2 and vd
 * @convert: the scalar instruction
 * @number: for @convert
 */
struct instruction {
	const char *name;
	unsigned int funct6;
	unsigned int selector;
	unsigned int sew;
	unsigned int from;
	unsigned int to;
	uint32_t (*convert)(unsigned int number, uint32_t a, uint16_t random, uint8_t *flags);
	unsigned int number;
};

static uint32_t function_f32(unsigned int number, uint32_t a, uint16_t random, uint8_t *flags)
{
	(void)random;
	return ipu_xmath_f32(number, a, flags);
}

static uint32_t function_f16(unsigned int number, uint32_t a, uint16_t random, uint8_t *flags)
{
	(void)random;
	return ipu_xmath_f16(number, a, flags);
}

static uint32_t round_at_random(unsigned int number, uint32_t a, uint16_t random, uint8_t *flags)
{
	(void)number;
	return ipu_f16_from_f32_sr(a, random, flags);
}

static uint32_t narrow(unsigned int number, uint32_t a, uint16_t random, uint8_t *flags)
{
	(void)random;
	return ipu_f8_from_f16(a, number % 2, number / 2, flags);
}

static uint32_t widen(unsigned int number, uint32_t a, uint16_t random, uint8_t *flags)
{
	(void)random;
	return ipu_f16_from_f8(a, number, flags);
}

static const struct instruction instructions[] = {
	{ "vexp f16", 0, IPU_FN_EXP, 1, 2, 2, function_f16, IPU_FN_EXP },
	{ "vlog f16", 0, IPU_FN_LOG, 1, 2, 2, function_f16, IPU_FN_LOG },
	{ "vtanh f16", 0, IPU_FN_TANH, 1, 2, 2, function_f16, IPU_FN_TANH },
	{ "vsigmoid f16", 0, IPU_FN_SIGMOID, 1, 2, 2, function_f16, IPU_FN_SIGMOID },
	{ "vrsqrt f16", 0, IPU_FN_RSQRT, 1, 2, 2, function_f16, IPU_FN_RSQRT },
	{ "vexp f32", 0, IPU_FN_EXP, 2, 4, 4, function_f32, IPU_FN_EXP },
	{ "vlog f32", 0, IPU_FN_LOG, 2, 4, 4, function_f32, IPU_FN_LOG },
	{ "vtanh f32", 0, IPU_FN_TANH, 2, 4, 4, function_f32, IPU_FN_TANH },
	{ "vsigmoid f32", 0, IPU_FN_SIGMOID, 2, 4, 4, function_f32, IPU_FN_SIGMOID },
	{ "vrsqrt f32", 0, IPU_FN_RSQRT, 2, 4, 4, function_f32, IPU_FN_RSQRT },
	{ "vncvt.sr", 1, IPU_CVT_SR, 1, 4, 2, round_at_random, 0 },
	{ "vncvt.e4m3", 1, IPU_CVT_TO_E4M3, 0, 2, 1, narrow, IPU_E4M3 },
	{ "vncvt.e5m2", 1, IPU_CVT_TO_E5M2, 0, 2, 1, narrow, IPU_E5M2 },
	{ "vncvt.sat.e4m3", 1, IPU_CVT_SAT_E4M3, 0, 2, 1, narrow, 2 + IPU_E4M3 },
	{ "vncvt.sat.e5m2", 1, IPU_CVT_SAT_E5M2, 0, 2, 1, narrow, 2 + IPU_E5M2 },
	{ "vwcvt.e4m3", 1, IPU_CVT_FROM_E4M3, 0, 1, 2, widen, IPU_E4M3 },
	{ "vwcvt.e5m2", 1, IPU_CVT_FROM_E5M2, 0, 1, 2, widen, IPU_E5M2 },
};

/* where things lie in SRAM */
#define SOURCE (IPU_SRAM_BASE + 0x10000)
#define DEST (IPU_SRAM_BASE + 0x20000)
#define MASK (IPU_SRAM_BASE + 0x30000)
#define RESULT (IPU_SRAM_BASE + 0x40000)

/* numbers of which many are special: ends of ranges, and near the functions' zeros */
static uint32_t random_element(unsigned int bytes)
{
	static const uint32_t special[] = { 0,		0x80000000, 0x3f800000, 0x7f800000,
					    0xff800000, 0x7f800001, 0x7fc00000, 0x00000001 };
	const uint32_t bits = xipu_random();

	if (bytes == 4)
		return xipu_random() % 8 == 0 ? special[bits % 8] :
		       xipu_random() % 2      ? (bits & 0x83ffffff) | 0x3c000000 :
						bits;
	return bits;
}

/**
 * struct round - one execution
 * @vlmul: as vtype has it
 * @vd, @vs2: registers; those from 8 on hold the source, from 16 on the destination
 */
struct round {
	const struct instruction *i;
	unsigned int vlenb;
	unsigned int vlmul;
	unsigned int vl;
	unsigned int vd;
	unsigned int vs2;
	bool masked;
	unsigned int frm;
	uint64_t prng[2];
};

static int log2_lmul(unsigned int vlmul)
{
	return vlmul < 4 ? (int)vlmul : (int)vlmul - 8;
}

static unsigned int pick_vlmul(const struct instruction *i)
{
	/* LMUL from SEW / 32 to 8, or to 4 where an operand has twice that */
	const unsigned int count = (i->from == i->to ? 4 : 3) + (2 - i->sew);

	return (xipu_random() % count + 6 + i->sew) % 8;
}

static struct round pick(const struct instruction *i, unsigned int vlenb)
{
	struct round r = { .i = i, .vlenb = vlenb, .vlmul = pick_vlmul(i), .vd = 16, .vs2 = 8 };
	const int lmul = log2_lmul(r.vlmul);
	const unsigned int vlmax = (lmul < 0 ? vlenb >> -lmul : vlenb << lmul) >> i->sew;

	r.vl = xipu_random() % 4 == 0 ? vlmax : xipu_random() % (vlmax + 1);
	r.masked = xipu_random() % 2;
	r.frm = xipu_random() % 5;
	r.prng[0] = (uint64_t)xipu_random() << 32 | xipu_random();
	r.prng[1] = (uint64_t)xipu_random() << 32 | xipu_random();
	if (xipu_random() % 4)
		return r;
	/* overlap as far as it is allowed */
	if (i->to <= i->from)
		r.vs2 = r.vd;
	else if (lmul >= 0)
		r.vs2 = r.vd + (1 << lmul);
	return r;
}

static void fill(struct xipu_tile *t, const struct round *r)
{
	uint32_t i;

	for (i = 0; i < 8 * r->vlenb; i += r->i->from) {
		const uint32_t element = random_element(r->i->from);

		memcpy(xipu_at(t, SOURCE) + i, &element, r->i->from);
	}
	for (i = 0; i < 8 * r->vlenb; i += 4)
		xipu_set_word(t, DEST + i, xipu_random());
	if (r->vs2 >= 16) {
		/* one group holds both */
		memcpy(xipu_at(t, DEST) + (r->vs2 - 16) * r->vlenb, xipu_at(t, SOURCE),
		       (8 - (r->vs2 - 16)) * r->vlenb);
	}
	for (i = 0; i < r->vlenb; i += 4)
		xipu_set_word(t, MASK + i, xipu_random() | (xipu_random() % 2 ? 0xff : 0));
}

/* what the instruction must leave in the destination's registers */
static uint8_t compute(struct xipu_tile *t, struct round *r, uint8_t *want)
{
	const struct instruction *in = r->i;
	const uint8_t *mask = xipu_at(t, MASK);
	uint64_t random = 0;
	uint8_t flags = 0;
	uint32_t i;

	memcpy(want, xipu_at(t, DEST), 8 * r->vlenb);
	for (i = 0; i < r->vl; i++) {
		uint32_t a = 0, d;

		if (in->convert == round_at_random)
			random = i % 4 ? random >> 16 : ipu_prng_next(r->prng);
		if (r->masked && !(mask[i / 8] >> i % 8 & 1))
			continue;
		memcpy(&a, xipu_at(t, SOURCE) + i * in->from, in->from);
		d = in->convert(in->number, a, random, &flags);
		memcpy(want + i * in->to, &d, in->to);
	}
	return flags;
}

static void check_round(struct xipu_tile *t, struct round *r)
{
	const struct instruction *in = r->i;
	const uint32_t vtype = r->vlmul | in->sew << 3;
	const uint64_t seed[] = { r->prng[0], r->prng[1] };
	uint8_t want[8 * 128], flags;

	fill(t, r);
	flags = compute(t, r, want);
	xipu_begin(t, r->frm);
	xipu_emit_prng(t, seed);
	xipu_emit_load(t, 8, SOURCE, 8);
	xipu_emit_load(t, 16, DEST, 8);
	xipu_emit_load(t, 0, MASK, 1);
	xipu_emit_set(t, vtype, r->vl);
	xipu_emit(t, in->funct6 << 26 | !r->masked << 25 | r->vs2 << 20 | in->selector << 15 |
			     IPU_F3_VECTOR << 12 | r->vd << 7 | IPU_OPCODE);
	xipu_emit_store(t, 16, RESULT, 8);
	xipu_run(t);
	if (memcmp(want, xipu_at(t, RESULT), 8 * r->vlenb) || xipu_flags(t) != flags)
		fail_msg("%s, VLEN %u, vtype %#x, vl %u, masked %d, vd v%u, vs2 v%u: flags %#x, "
			 "not %#x, or other elements",
			 in->name, 8 * r->vlenb, vtype, r->vl, r->masked, r->vd, r->vs2,
			 xipu_flags(t), flags);
	assert_int_equal(xipu_prng(t, 0), r->prng[0]);
	assert_int_equal(xipu_prng(t, 1), r->prng[1]);
}

static void elements(void **state)
{
	const unsigned int vlen = *(const unsigned int *)*state;
	unsigned int tier, i, round;

	for (tier = 0; tier < IPU_VEC_TIERS; tier++) {
		struct xipu_tile *t = xipu_tile_new(vlen, tier);

		for (i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
			for (round = 0; round < ROUNDS; round++) {
				struct round r = pick(&instructions[i], vlen / 8);

				check_round(t, &r);
			}
		xipu_tile_free(t);
	}
}

/* what is reserved: an element width it does not have, and groups that overlap illegally */
static void reserved(void **state)
{
	static const struct {
		unsigned int funct6, selector, vd, vs2;
		uint32_t vtype;
	} rows[] = {
		{ 0, IPU_FN_EXP, 16, 8, 0x00 }, /* SEW 8 */
		{ 0, IPU_FN_EXP, 17, 8, 0x11 }, /* v17 with LMUL 2 */
		{ 0, IPU_FN_RSQRT + 1, 16, 8, 0x10 }, /* no such function */
		{ 1, IPU_CVT_SR, 16, 8, 0x10 }, /* SEW 32 */
		{ 1, IPU_CVT_SR, 9, 8, 0x08 }, /* vd in the upper half of vs2 */
		{ 1, IPU_CVT_TO_E4M3, 16, 8, 0x03 }, /* a source of 16 registers */
		{ 1, IPU_CVT_FROM_E5M2, 8, 8, 0x00 }, /* vs2 in the lower half of vd */
		{ 1, IPU_CVT_FROM_E5M2 + 1, 16, 8, 0 }, /* no such conversion */
		{ 2, 0, 16, 8, 0x10 },
		{ 0, IPU_FN_EXP, 16, 8, 0x80000000 }, /* vill */
	};
	struct xipu_tile *t = xipu_tile_new(512, IPU_VEC_TIERS - 1);
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint32_t bits = rows[i].funct6 << 26 | 1 << 25 | rows[i].vs2 << 20 |
				      rows[i].selector << 15 | IPU_F3_VECTOR << 12 |
				      rows[i].vd << 7 | IPU_OPCODE;
		struct ipu_tile_fault fault;

		xipu_begin(t, 0);
		xipu_emit_set(t, rows[i].vtype, 4);
		xipu_emit(t, bits);
		fault = xipu_run_to_fault(t);
		assert_int_equal(fault.cause, IPU_FAULT_ILLEGAL_INSN);
		assert_int_equal(fault.info, bits);
	}
	xipu_tile_free(t);
}

int main(void)
{
	static const unsigned int vlens[] = { 128, 256, 512, 1024 };
	const struct CMUnitTest tests[] = {
		{ "elements, VLEN 128", elements, NULL, NULL, (void *)&vlens[0] },
		{ "elements, VLEN 256", elements, NULL, NULL, (void *)&vlens[1] },
		{ "elements, VLEN 512", elements, NULL, NULL, (void *)&vlens[2] },
		{ "elements, VLEN 1024", elements, NULL, NULL, (void *)&vlens[3] },
		cmocka_unit_test(reserved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
