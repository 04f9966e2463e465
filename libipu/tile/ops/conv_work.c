/* SPDX-License-Identifier: MIT */
/* What workers do for a convolution besides its sums. */
#include <string.h>

#include "conv.h"
#include "floats.h"
#include "share.h"

/* Of the positions, those that are outside of their operand. */
void conv_clear_border(void *args)
{
	const struct conv_tile *tile = args;
	const struct window *y = &tile->y, *x = &tile->x;
	const uint32_t row_bytes = x->local * tile->pitch, end = x->skip + x->count;
	const struct ipu_range share = ipu_worker_range(tile->block.images * y->local);
	char *row = (char *)tile->block.a + share.begin * row_bytes;

	for (uint32_t i = share.begin; i < share.end; i++, row += row_bytes) {
		if (i % y->local - y->skip >= y->count) {
			memset(row, 0, row_bytes);
			continue;
		}
		memset(row, 0, x->skip * tile->pitch);
		memset(row + end * tile->pitch, 0, (x->local - end) * tile->pitch);
	}
}

void conv_place(void *args)
{
	const struct conv_tile *tile = args;

	if (tile->a.stage)
		box_place(&tile->a);
	if (tile->b.stage)
		box_place(&tile->b);
}

/*
 * Where in its row element @k of the kernel goes. Of those that a position of the gradient sees, the one with
 * the highest number sees the first position of the operand: they are put in that order, side by side.
 */
uint32_t conv_turned(const struct conv_block *block, uint32_t row_taps, uint32_t k)
{
	const uint32_t kernel = block->kernel_x, kind = k % row_taps;
	const uint32_t extra = kernel % row_taps, alike = kernel / row_taps + (kind < extra);

	return kind * (kernel / row_taps) + (kind < extra ? kind : extra) + alike - 1 -
	       k / row_taps;
}

/* Each row of the result is a column of the weights, for all elements of the kernel. */
#define TRANSPOSE(type, bits)                                                                   \
	do {                                                                                    \
		const type *from_ = (const type *)tile->weights + k * rows * columns + column;  \
		type *to_ = (type *)tile->block.b + (place * columns + column) * rows;          \
                                                                                                \
		for (uint32_t at = 0, vl; at < rows; at += vl) {                                \
			vl = (uint32_t)__riscv_vsetvl_e##bits##m4(rows - at);                   \
			__riscv_vse##bits(                                                      \
				to_ + at,                                                       \
				__riscv_vlse##bits##_v_u##bits##m4(from_ + at * columns,        \
								   columns * sizeof(type), vl), \
				vl);                                                            \
		}                                                                               \
	} while (0)

static uint32_t turned_element(const struct conv_tile *tile, uint32_t k)
{
	const uint32_t x = k % tile->block.kernel_x;

	return k - x + conv_turned(&tile->block, tile->row_taps, x);
}

void conv_transpose(void *args)
{
	const struct conv_tile *tile = args;
	const uint32_t rows = tile->weight_rows, columns = tile->weight_columns;
	const struct ipu_range share =
		ipu_worker_range(tile->block.kernel_y * tile->block.kernel_x * columns);
	uint32_t k = share.begin / columns, column = share.begin % columns;
	uint32_t place = turned_element(tile, k);

	for (uint32_t item = share.begin; item < share.end; item++) {
		if (tile->block.halves)
			TRANSPOSE(uint16_t, 16);
		else
			TRANSPOSE(uint32_t, 32);
		if (++column == columns) {
			column = 0;
			place = turned_element(tile, ++k);
		}
	}
}

void conv_add_sums(void *args)
{
	const struct conv_tile *tile = args;
	const struct ipu_range share = share_of(tile->slice);

	for (uint32_t at = share.begin, vl; at < share.end; at += vl) {
		const float *from = tile->gather + at;
		vfloat32m4_t sum;

		vl = (uint32_t)__riscv_vsetvl_e32m4(share.end - at);
		sum = __riscv_vle32_v_f32m4(from, vl);
		for (uint32_t i = 1; i < tile->sums; i++) {
			from += tile->slice;
			sum = __riscv_vfadd(sum, __riscv_vle32_v_f32m4(from, vl), vl);
		}
		__riscv_vse32(tile->gather + at, sum, vl);
	}
}

#define FINISH(type)                                                                           \
	static void finish_##type(const struct conv_tile *tile, uint32_t at, uint32_t end)     \
	{                                                                                      \
		for (uint32_t vl; at < end; at += vl) {                                        \
			vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);                         \
			vfloat32m4_t sum = load_f32(tile->got, at, vl);                        \
                                                                                               \
			if (tile->bias)                                                        \
				sum = __riscv_vfadd(sum, load_##type(tile->bias, at, vl), vl); \
			store_##type(tile->to, at, sum, vl);                                   \
		}                                                                              \
	}

FINISH(f32)
FINISH(f16)
FINISH(bf16)

void conv_finish(void *args)
{
	static void (*const kernels[FLOATS])(const struct conv_tile *tile, uint32_t at,
					     uint32_t end) = { finish_f32, finish_f16,
							       finish_bf16 };
	const struct conv_tile *tile = args;
	const struct ipu_range share = share_of(tile->count);

	kernels[tile->dtype](tile, share.begin, share.end);
}

void conv_clear_result(void *args)
{
	const struct ipu_array *to = args;
	const struct ipu_range own = ipu_array_own(to);

	if (ipu_worker_id() == 0)
		memset(to->data, 0, (own.end - own.begin) * ipu_dtype_bytes(to->dtype));
}
