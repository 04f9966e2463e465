// SPDX-License-Identifier: MIT
/* Products of matrices. */
#include <math.h>
#include <stdio.h>

#include <ipu/plan.h>

#include "families.h"
#include "shapes.h"

#define UNIT 0x1p-24 /* a rounding of f32, relative */

/**
 * struct matmul - a product
 * @batches: matrices
 * @m: rows of the result
 * @n: columns
 * @k: what is added up
 * @flags: enum ipu_matmul_flags
 * @shared: B is one matrix
 */
struct matmul {
	uint32_t batches;
	uint32_t m;
	uint32_t n;
	uint32_t k;
	uint32_t flags;
	bool shared;
};

/* So that the operands and the result have about @size elements, in all directions. */
static struct matmul random_matmul(struct sheet *sheet, uint32_t size)
{
	const uint32_t side = (uint32_t)sqrt(size);
	struct matmul mm = { .batches = random_below(sheet, 3) ? 1 : random_extent(sheet, 9) };
	uint32_t *extent[] = { &mm.m, &mm.n, &mm.k };

	for (int i = 0; i < 3; i++)
		*extent[i] = random_below(sheet, 3) ? 1 + random_below(sheet, side) :
						      random_extent(sheet, 2 * side);
	if (random_below(sheet, 8) == 0)
		*extent[random_below(sheet, 3)] = random_extent(sheet, size / side);
	if (random_below(sheet, 20) == 0)
		*extent[random_below(sheet, 3)] = 0;
	while (mm.batches > 1 && (uint64_t)mm.m * mm.n * mm.batches > size)
		mm.batches /= 2;
	mm.flags = random_below(sheet, IPU_IN_PLACE * 2);
	mm.shared = random_below(sheet, 4) == 0;
	return mm;
}

static uint32_t add_operand(struct sheet *sheet, uint32_t dtype, uint32_t batches, uint32_t rows,
			    uint32_t columns, bool transposed)
{
	const uint32_t shape[] = { batches, transposed ? columns : rows,
				   transposed ? rows : columns };

	if (batches == 1)
		return array_random(sheet, dtype, 2, shape + 1);
	return array_random(sheet, dtype, 3, shape);
}

static double element(const struct array *array, uint32_t batch, uint32_t row, uint32_t column,
		      bool transposed)
{
	const uint32_t *shape = array->shape + array->ndim - 2;
	const uint32_t i = transposed ? column : row, j = transposed ? row : column;

	if (array->ndim == 2)
		batch = 0;
	return array->value[((size_t)batch * shape[0] + i) * shape[1] + j];
}

static void expect(struct sheet *sheet, const struct matmul *mm, uint32_t to, uint32_t a,
		   uint32_t b)
{
	const struct array *as = &sheet->array[a], *bs = &sheet->array[b];
	const uint32_t dtype = sheet->array[to].dtype;
	size_t at = 0;

	for (uint32_t batch = 0; batch < mm->batches; batch++)
		for (uint32_t i = 0; i < mm->m; i++)
			for (uint32_t j = 0; j < mm->n; j++, at++) {
				double sum =
					mm->flags & IPU_ACCUMULATE ? sheet->array[to].value[at] : 0;
				double size = fabs(sum);

				for (uint32_t l = 0; l < mm->k; l++) {
					const double product =
						element(as, batch, i, l, mm->flags & IPU_TRANS_A) *
						element(bs, batch, l, j, mm->flags & IPU_TRANS_B);

					sum += product;
					size += fabs(product);
				}
				array_expect(sheet, to, at, sum,
					     2 * mm->k * UNIT * size + tolerance(dtype, sum) +
						     UNIT * size);
			}
}

/* A grid of all kinds, of which many parts have nothing to do; or none. */
static void random_grid(struct sheet *sheet, const struct matmul *mm, uint32_t *grid)
{
	const uint32_t most[] = { mm->batches, mm->m, mm->n, mm->k };
	uint32_t left = sheet->tiles, at = random_below(sheet, 4);

	for (int i = 0; i < 4; i++, at = (at + 1) % 4) {
		grid[at] = random_extent(sheet, most[at] < left ? most[at] + 1 : left);
		left /= grid[at];
		if (!left)
			left = 1;
	}
	grid[4] = random_below(sheet, 2) ? 1 : random_extent(sheet, 8);
	if (grid[0] * grid[1] * grid[2] * grid[3] > sheet->tiles || random_below(sheet, 3) == 0)
		grid[0] = 0;
}

static void add_matmul(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	static const uint32_t types[] = { IPU_F32, IPU_F16, IPU_BF16 };
	const uint32_t to_dtype = random_below(sheet, 2) ? dtype : types[random_below(sheet, 3)];
	struct matmul mm = random_matmul(sheet, size);
	uint32_t to, a, b, grid[5];

	a = add_operand(sheet, dtype, mm.batches, mm.m, mm.k, mm.flags & IPU_TRANS_A);
	b = add_operand(sheet, dtype, mm.shared ? 1 : mm.batches, mm.k, mm.n,
			mm.flags & IPU_TRANS_B);
	to = add_operand(sheet, to_dtype, mm.batches, mm.m, mm.n, false);
	random_grid(sheet, &mm, grid);
	snprintf(sheet->what, sizeof(sheet->what),
		 "matmul: %u of %u x %u x %u, %s to %s, flags %u%s, grid %u.%u.%u.%u, %u steps",
		 mm.batches, mm.m, mm.n, mm.k, type_name(dtype), type_name(to_dtype), mm.flags,
		 mm.shared ? ", one B" : "", grid[0], grid[1], grid[2], grid[3], grid[4]);
	SCRIPT(sheet, DO_MATMUL, to, a, b, mm.flags, grid[0], grid[1], grid[2], grid[3], grid[4]);
	expect(sheet, &mm, to, a, b);
}

const struct family family_matmul = { "matmul",
				      { IPU_F32, IPU_F16, IPU_BF16 },
				      add_matmul,
				      .alike = false };
