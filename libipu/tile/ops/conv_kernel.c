/* SPDX-License-Identifier: MIT */
/* Convolutions of a tile: see conv_kernel.h. */
#include "conv_kernel.h"
#include "floats.h"

/* Rows 0 to @rows - 1 of a product, of @columns columns. */
static void store(float *c, uint32_t ldc, vfloat32m8_t low, vfloat32m8_t high, uint32_t rows,
		  uint32_t columns)
{
#define ROW(i, half, part) \
	if ((i) < rows)    \
	__riscv_vse32(c + (i) * ldc, __riscv_vget_v_f32m8_f32m2(half, part), columns)
	ROW(0, low, 0);
	ROW(1, low, 1);
	ROW(2, low, 2);
	ROW(3, low, 3);
	ROW(4, high, 0);
	ROW(5, high, 1);
	ROW(6, high, 2);
	ROW(7, high, 3);
#undef ROW
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* ---- Positions and weights ------------------------------------------------------- */

/* 8 positions of a row and a vector of channels. */
#define TAPS(type, element)                                                                   \
	static void taps_##type(const struct conv_block *block, const struct phase *phase,    \
				const element *a, const element *b, float *c, uint32_t rows,  \
				uint32_t columns)                                             \
	{                                                                                     \
		const uint32_t strides = ipu_amp_strides(block->a_col, block->b_row);         \
		vfloat32m8_t low = __riscv_vfmv_v_f_f32m8(0, __riscv_vsetvlmax_e32m8());      \
		vfloat32m8_t high = low;                                                      \
                                                                                              \
		for (uint32_t t = 0; t < phase->taps; t++) {                                  \
			const element *from = a + phase->tap[t].a, *by = b + phase->tap[t].b; \
                                                                                              \
			for (uint32_t left = phase->depth, steps; left; left -= steps) {      \
				steps = (uint32_t)ipu_amp_steps_##type(left);                 \
				ipu_amp_##type(&low, &high, from, by, strides, steps);        \
				from += steps;                                                \
				by += steps * block->b_row;                                   \
			}                                                                     \
		}                                                                             \
		store(c, block->c_col, low, high, rows, columns);                             \
	}

TAPS(f32, float)
TAPS(f16, _Float16)

static void taps_item(const struct conv_block *block, const struct phase *phase, uint32_t item)
{
	const uint32_t width = ipu_amp_columns(), wide = (block->columns + width - 1) / width;
	const uint32_t blocks = (phase->cols + IPU_AMP_ROWS - 1) / IPU_AMP_ROWS;
	uint32_t column, col, row, group, a, b, c;

	column = item % wide * width;
	item /= wide;
	col = item % blocks * IPU_AMP_ROWS;
	item /= blocks;
	row = item % phase->rows;
	item /= phase->rows;
	group = item % block->groups;
	item /= block->groups;
	a = phase->a + item * block->a_image + row * block->a_row + col * block->a_col +
	    group * block->a_group;
	b = group * block->b_group + column;
	c = phase->c + item * block->c_image + row * block->c_row + col * block->c_col +
	    group * block->c_group + column;
	col = smaller(phase->cols - col, IPU_AMP_ROWS);
	column = smaller(block->columns - column, width);
	if (block->halves)
		taps_f16(block, phase, (const _Float16 *)block->a + a,
			 (const _Float16 *)block->b + b, block->c + c, col, column);
	else
		taps_f32(block, phase, (const float *)block->a + a, (const float *)block->b + b,
			 block->c + c, col, column);
}

void conv_taps(void *args)
{
	const struct conv_block *block = args;
	const uint32_t width = ipu_amp_columns(), wide = (block->columns + width - 1) / width;
	uint32_t next = ipu_worker_id();

	/* Workers take items in turn, through all phases. */
	for (uint32_t i = 0; i < block->phases; i++) {
		const struct phase *phase = &block->phase[i];
		const uint32_t items = block->images * block->groups * phase->rows *
				       ((phase->cols + IPU_AMP_ROWS - 1) / IPU_AMP_ROWS) * wide;

		for (; next < items; next += IPU_WORKERS)
			taps_item(block, phase, next);
		next -= items;
	}
}

/* ---- Gradient of weights --------------------------------------------------------- */

/* 8 elements of the depth and a vector of channels, over all positions. */
#define WEIGHTS(type, element)                                                                  \
	static void weights_##type(const struct conv_block *block, const element *a,            \
				   const element *b, float *c, uint32_t rows, uint32_t columns) \
	{                                                                                       \
		const uint32_t strides = ipu_amp_strides(block->a_col, block->b_row);           \
		vfloat32m8_t low = __riscv_vfmv_v_f_f32m8(0, __riscv_vsetvlmax_e32m8());        \
		vfloat32m8_t high = low;                                                        \
                                                                                                \
		for (uint32_t i = 0; i < block->images; i++, a += block->a_image) {             \
			const element *row = a;                                                 \
                                                                                                \
			for (uint32_t y = 0; y < block->rows; y++, row += block->a_row) {       \
				const element *from = row;                                      \
                                                                                                \
				for (uint32_t left = block->cols, steps; left; left -= steps) { \
					steps = (uint32_t)ipu_amp_steps_##type(left);           \
					ipu_ampt_##type(&low, &high, from, b, strides, steps);  \
					from += steps * block->a_col;                           \
					b += steps * block->b_row;                              \
				}                                                               \
			}                                                                       \
		}                                                                               \
		store(c, block->c_col, low, high, rows, columns);                               \
	}

WEIGHTS(f32, float)
WEIGHTS(f16, _Float16)

static void weights_item(const struct conv_block *block, uint32_t item)
{
	const uint32_t width = ipu_amp_columns(), wide = (block->columns + width - 1) / width;
	const uint32_t blocks = (block->depth + IPU_AMP_ROWS - 1) / IPU_AMP_ROWS;
	uint32_t column, row, x, y, a, b, c;

	column = item % wide * width;
	item /= wide;
	row = item % blocks * IPU_AMP_ROWS;
	item /= blocks;
	x = item % block->kernel_x;
	item /= block->kernel_x;
	y = item % block->kernel_y;
	item /= block->kernel_y;
	a = item * block->a_group + y * block->a_kernel_y + x * block->a_kernel_x + row;
	b = item * block->b_group + column;
	c = item * block->c_group + y * block->c_kernel_y + x * block->c_kernel_x +
	    row * block->c_col + column;
	row = smaller(block->depth - row, IPU_AMP_ROWS);
	column = smaller(block->columns - column, width);
	if (block->halves)
		weights_f16(block, (const _Float16 *)block->a + a, (const _Float16 *)block->b + b,
			    block->c + c, row, column);
	else
		weights_f32(block, (const float *)block->a + a, (const float *)block->b + b,
			    block->c + c, row, column);
}

void conv_weights(void *args)
{
	const struct conv_block *block = args;
	const uint32_t width = ipu_amp_columns();
	const uint32_t items = block->groups * block->kernel_y * block->kernel_x *
			       ((block->depth + IPU_AMP_ROWS - 1) / IPU_AMP_ROWS) *
			       ((block->columns + width - 1) / width);

	for (uint32_t item = ipu_worker_id(); item < items; item += IPU_WORKERS)
		weights_item(block, item);
}

/* ---- Groups of one channel --------------------------------------------------------- */

static __attribute__((always_inline)) inline vfloat32m4_t
load(const struct conv_block *block, const void *from, uint32_t at, size_t vl)
{
	return block->halves ? load_f16(from, at, vl) : load_f32(from, at, vl);
}

void conv_depthwise_taps(void *args)
{
	const struct conv_block *block = args;

	for (uint32_t i = 0; i < block->phases; i++) {
		const struct phase *phase = &block->phase[i];
		const struct ipu_range share =
			ipu_worker_range(block->images * phase->rows * phase->cols);

		for (uint32_t item = share.begin; item < share.end; item++) {
			const uint32_t col = item % phase->cols, n = item / phase->cols;
			const uint32_t row = n % phase->rows, image = n / phase->rows;
			const uint32_t a = phase->a + image * block->a_image + row * block->a_row +
					   col * block->a_col;
			float *c = block->c + phase->c + image * block->c_image +
				   row * block->c_row + col * block->c_col;

			for (uint32_t at = 0, vl; at < block->columns; at += vl) {
				vl = (uint32_t)__riscv_vsetvl_e32m4(block->columns - at);
				vfloat32m4_t sum = __riscv_vfmv_v_f_f32m4(0, vl);

				for (uint32_t t = 0; t < phase->taps; t++)
					sum = __riscv_vfmacc(
						sum,
						load(block, block->a, a + phase->tap[t].a + at, vl),
						load(block, block->b, phase->tap[t].b + at, vl),
						vl);
				store_f32(c, at, sum, vl);
			}
		}
	}
}

/* For @count channels from @at on, the sum over all positions. */
static void depthwise_sum(const struct conv_block *block, uint32_t a, uint32_t at, float *c,
			  uint32_t vl)
{
	vfloat32m4_t sum = __riscv_vfmv_v_f_f32m4(0, vl);
	uint32_t b = at;

	for (uint32_t image = 0; image < block->images; image++, a += block->a_image)
		for (uint32_t y = 0; y < block->rows; y++) {
			uint32_t from = a + y * block->a_row + at;

			for (uint32_t x = 0; x < block->cols; x++) {
				sum = __riscv_vfmacc(sum, load(block, block->a, from, vl),
						     load(block, block->b, b, vl), vl);
				from += block->a_col;
				b += block->b_row;
			}
		}
	store_f32(c, at, sum, vl);
}

void conv_depthwise_weights(void *args)
{
	const struct conv_block *block = args;
	const uint32_t vlmax = (uint32_t)__riscv_vsetvlmax_e32m4();
	const uint32_t wide = (block->columns + vlmax - 1) / vlmax;
	const uint32_t items = block->kernel_y * block->kernel_x * wide;

	for (uint32_t item = ipu_worker_id(); item < items; item += IPU_WORKERS) {
		const uint32_t at = item % wide * vlmax, k = item / wide;
		const uint32_t x = k % block->kernel_x, y = k / block->kernel_x;
		float *c = block->c + y * block->c_kernel_y + x * block->c_kernel_x;

		depthwise_sum(block, y * block->a_kernel_y + x * block->a_kernel_x, at, c,
			      smaller(block->columns - at, vlmax));
	}
}
