// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Xipu's matrix multiply-accumulate: its operands, and the product of single elements
 * for the tier without fused multiply-adds.
 */
#include "float/ipu_host_fpu.h"
#include "float/ipu_narrow.h"
#include "ipu_vec.h"

#define ROWS	IPU_AMP_ROWS

/**
 * struct amp - the operands of one instruction
 * @c: the accumulators, ROWS rows of @columns floats
 * @columns: of C and B
 * @steps: columns of A, rows of B
 * @a, @b: the matrices in SRAM
 * @a_row, @a_step: bytes from an element of A to the next one in its column, and in its row
 * @b_step: bytes from a row of B to the next
 */
struct amp {
	uint8_t *c;
	unsigned int columns;
	unsigned int steps;
	const uint8_t *a;
	const uint8_t *b;
	size_t a_row;
	size_t a_step;
	size_t b_step;
};

/* ipu_vec_amp.c.inc: the part that is done in registers */
typedef void multiply(const struct amp *amp);

/*
 * Rows of @bytes bytes, @stride bytes apart. Return: the address of the first element
 * of @width bytes that is outside SRAM, or -1.
 */
static int64_t outside(uint32_t offset, unsigned int rows, unsigned int bytes, uint32_t stride,
		       unsigned int width)
{
	unsigned int row, at;

	if ((uint64_t)offset + (uint64_t)(rows - 1) * stride + bytes <= IPU_SRAM_SIZE)
		return -1;
	for (row = 0; row < rows; row++)
		for (at = 0; at < bytes; at += width)
			if (offset + row * stride + at > IPU_SRAM_SIZE - width)
				return offset + row * stride + at + IPU_SRAM_BASE;
	return -1;
}

/*
 * One instruction: elements of A and B are of @width bytes, and A is transposed in
 * SRAM if @transposed. Return: -1, or the address of an element outside SRAM, with
 * nothing changed.
 */
static __attribute__((noinline)) int64_t execute(struct ipu_unit *u, const struct ipu_op *op,
						 uint8_t *sram, unsigned int width,
						 bool transposed, multiply *fn)
{
	const uint32_t a = u->r[op->rs1] - IPU_SRAM_BASE, b = u->r[op->rs2] - IPU_SRAM_BASE;
	const uint32_t strides = u->r[(uint32_t)op->imm >> IPU_VEC_RS3_SHIFT];
	const uint32_t a_stride = (strides & 0xffff) * width, b_stride = (strides >> 16) * width;
	const unsigned int steps = u->vl, columns = u->vlenb / 2;
	struct amp amp = {
		.c = ipu_vec_reg(u, op->rd),
		.columns = columns,
		.steps = steps,
		.a_row = transposed ? width : a_stride,
		.a_step = transposed ? a_stride : width,
		.b_step = b_stride,
	};
	uint32_t saved;
	int64_t bad;

	if (!steps)
		return -1;
	bad = transposed ? outside(a, steps, ROWS * width, a_stride, width) :
			   outside(a, ROWS, steps * width, a_stride, width);
	if (bad < 0)
		bad = outside(b, steps, columns * width, b_stride, width);
	if (bad >= 0)
		return bad;
	amp.a = sram + a;
	amp.b = sram + b;
	saved = ipu_fpu_to_nearest();
	fn(&amp);
	ipu_fpu_set_control(saved);
	return -1;
}

/* the cost in slots; VLEN is at least 128, so it is a whole number */
static unsigned int slots(const struct ipu_unit *u, unsigned int per_slot)
{
	return u->vl ? ROWS * (u->vlenb / 2) * u->vl / per_slot : 1;
}

/*
 * Multiply-adds that count in a quantum as one slot. The host does these in some nanoseconds if it
 * has A and B in its cache, so a tile is to get far with those that it has loaded.
 */
#define PER_LIGHT_SLOT	256

/* how many of its slots do not count in a quantum; one always does */
static unsigned int light_slots(unsigned int slots, unsigned int per_slot)
{
	return slots - (slots * per_slot + PER_LIGHT_SLOT - 1) / PER_LIGHT_SLOT;
}

/*
 * a * b + c rounded once, on hosts without an instruction for it: the product is
 * exact in a double, and the sum is rounded to odd, after which rounding to a
 * float is correct, too.
 */
static inline float fused(float a, float b, float c)
{
	const double product = (double)a * (double)b;
	const double sum = product + (double)c;
	const double of_c = sum - product;
	const double rest = (product - (sum - of_c)) + ((double)c - of_c);
	uint64_t bits;
	double odd;

	memcpy(&bits, &sum, sizeof(bits));
	if ((rest < 0 || rest > 0) && !(bits & 1))
		bits += (rest > 0) == (sum > 0) ? 1 : -1;
	memcpy(&odd, &bits, sizeof(odd));
	return (float)odd;
}

#define IPU_VEC_SOURCE "ipu_vec_amp.c.inc"
#include "ipu_vec_tiers.h"
