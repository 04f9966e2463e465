// SPDX-License-Identifier: MIT
/*
 * One product of matrices, as often as told, and the cycles that each takes. What is in the
 * operands follows from rows and columns, so that each tile can tell whether its results are right.
 */
#include <ipu/ops.h>

#include "product.h"

IPU_INPUT(uint32_t, params, IPU_BROADCAST, PRODUCT_PARAMS);
IPU_OUTPUT(uint32_t, cycles, IPU_SHARDED, 1);

static char room[PRODUCT_ROOM] __attribute__((aligned(64)));
static struct ipu_array to, a, b;

/* Small whole numbers, exact in every type: one for each row, or column. */
static uint32_t number_of(uint32_t i)
{
	return 1 + i % 5;
}

static void set(const struct ipu_array *array, uint32_t at, uint32_t number)
{
	const union {
		float value;
		uint32_t word;
	} bits = { .value = (float)number };

	if (array->dtype == IPU_F32)
		((float *)array->data)[at] = bits.value;
	else if (array->dtype == IPU_F16)
		((_Float16 *)array->data)[at] = (_Float16)bits.value;
	else
		((uint16_t *)array->data)[at] = (uint16_t)(bits.word >> 16);
}

/* By row if @by_row, else by column. */
static void fill(const struct ipu_array *array, bool by_row)
{
	const struct ipu_range own = ipu_array_own(array);
	const uint32_t columns = array->shape[2], rows = array->shape[1];

	for (uint32_t i = own.begin; i < own.end; i++)
		set(array, i - own.begin, number_of(by_row ? i / columns % rows : i % columns));
}

/* Where the result is f32 it is exact. */
static void check(void)
{
	const struct ipu_range own = ipu_array_own(&to);
	const uint32_t columns = to.shape[2], rows = to.shape[1], k = params[PRODUCT_K];
	const float *result = to.data;

	for (uint32_t i = own.begin; i < own.end && to.dtype == IPU_F32; i++)
		ipu_assert(result[i - own.begin] ==
			   (float)(k * number_of(i / columns % rows) * number_of(i % columns)));
}

static void make_arrays(struct ipu_memory *memory)
{
	const uint32_t batches = params[PRODUCT_BATCHES], flags = params[PRODUCT_FLAGS];
	const uint32_t m = params[PRODUCT_M], n = params[PRODUCT_N], k = params[PRODUCT_K];
	const bool ta = flags & IPU_TRANS_A, tb = flags & IPU_TRANS_B;

	ipu_array_new(memory, &a, params[PRODUCT_DTYPE],
		      IPU_SHAPE(batches, ta ? k : m, ta ? m : k));
	ipu_array_new(memory, &b, params[PRODUCT_DTYPE],
		      IPU_SHAPE(batches, tb ? n : k, tb ? k : n));
	ipu_array_new(memory, &to, params[PRODUCT_TO_DTYPE], IPU_SHAPE(batches, m, n));
	fill(&a, !ta);
	fill(&b, tb);
}

static void make(struct ipu_ops *ops, struct ipu_memory *memory)
{
	const struct ipu_plan plan = {
		.pb = params[PRODUCT_PB],
		.pm = params[PRODUCT_PM],
		.pn = params[PRODUCT_PN],
		.pk = params[PRODUCT_PK],
		.ks = params[PRODUCT_KS],
	};
	const struct ipu_plan *const grid = plan.pb ? &plan : NULL;
	const uint32_t flags = params[PRODUCT_FLAGS];
	struct ipu_ops load;

	ipu_ops_init(ops, memory);
	if (!(flags & IPU_IN_PLACE)) {
		ipu_make_matmul(ops, &to, &a, &b, flags, grid);
		return;
	}
	ipu_ops_init(&load, memory);
	ipu_make_matmul_weights(&load, ops, &to, &a, &b, flags, grid);
	ipu_ops_run(&load);
}

static void stop(void)
{
	if (params[PRODUCT_STOPS])
		ipu_sync_external();
}

int main(void)
{
	static struct ipu_memory memory;
	static struct ipu_ops ops;
	uint64_t began;

	IPU_ROWS(cycles) = 1;
	ipu_memory_init(&memory, room, sizeof(room), params[PRODUCT_SCRATCH]);
	make_arrays(&memory);
	make(&ops, &memory);
	for (uint32_t i = 0; i < params[PRODUCT_ROUNDS]; i++) {
		stop();
		ipu_sync_internal();
		began = ipu_cycles();
		ipu_ops_run(&ops);
		cycles[0] = (uint32_t)(ipu_cycles() - began);
	}
	stop();
	check();
	return 0;
}
