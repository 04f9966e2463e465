// SPDX-License-Identifier: MIT
/*
 * One operation on arrays of zeros, as often as told, and the cycles that each round takes.
 */
#include <string.h>

#include <ipu/ops.h>

#include "operations.h"

IPU_INPUT(uint32_t, params, IPU_BROADCAST, OPERATIONS_PARAMS);
IPU_OUTPUT(uint32_t, cycles, IPU_SHARDED, 1);

static char room[507904] __attribute__((aligned(64)));
static struct ipu_memory memory;
static struct ipu_ops ops;
static struct ipu_generator generator = { { 1, 2 }, { 0, 0 } };

/* Arrays are never given back. */
static const struct ipu_array *make(enum ipu_dtype dtype, uint32_t ndim, const uint32_t *shape)
{
	static struct ipu_array arrays[16];
	static uint32_t count;
	struct ipu_array *array = &arrays[count++ % 16];
	struct ipu_range own;

	ipu_array_new(&memory, array, dtype, ndim, shape);
	own = ipu_array_own(array);
	memset(array->data, 0, (own.end - own.begin) * ipu_dtype_bytes(dtype));
	return array;
}

static const struct ipu_array *line(enum ipu_dtype dtype, uint32_t count)
{
	return make(dtype, IPU_SHAPE(count));
}

static const struct ipu_array *rows(uint32_t count, uint32_t columns)
{
	return make(IPU_F32, IPU_SHAPE(count, columns));
}

static const struct ipu_array *one(void)
{
	return make(IPU_F32, 0, NULL);
}

/* ---- Elements by themselves --------------------------------------------------------------- */

static void make_add(enum ipu_dtype dtype, uint32_t count)
{
	ipu_make_map2(&ops, IPU_MAP_ADD, line(dtype, count), line(dtype, count),
		      line(dtype, count));
}

static void make_map1(enum ipu_map op)
{
	ipu_make_map1(&ops, op, line(IPU_F32, OPERATION_ELEMENTS),
		      line(IPU_F32, OPERATION_ELEMENTS));
}

static void make_fma(void)
{
	const struct ipu_array *a = line(IPU_F32, OPERATION_ELEMENTS);

	ipu_make_map3(&ops, IPU_MAP_FMA, line(IPU_F32, OPERATION_ELEMENTS), a,
		      line(IPU_F32, OPERATION_ELEMENTS), a);
}

static void make_sgd(void)
{
	ipu_make_sgd(&ops, &(struct ipu_sgd_args){ .param = line(IPU_F32, OPERATION_ELEMENTS),
						   .grad = line(IPU_F32, OPERATION_ELEMENTS),
						   .buffer = line(IPU_F32, OPERATION_ELEMENTS),
						   .rate = one(),
						   .momentum = 0.9f });
}

static void make_adamw(void)
{
	ipu_make_adam(&ops, &(struct ipu_adam_args){ .param = line(IPU_F32, OPERATION_ELEMENTS),
						     .grad = line(IPU_F32, OPERATION_ELEMENTS),
						     .mean = line(IPU_F32, OPERATION_ELEMENTS),
						     .square = line(IPU_F32, OPERATION_ELEMENTS),
						     .rate = one(),
						     .step = one(),
						     .beta1 = 0.9,
						     .beta2 = 0.999,
						     .epsilon = 1e-8f,
						     .weight_decay = 0.01f,
						     .decoupled = true });
}

static bool make_elements(uint32_t which)
{
	const struct ipu_array *to;

	switch (which) {
	case OPERATION_ADD_64MIB:
		return make_add(IPU_F32, OPERATION_64MIB), true;
	case OPERATION_ADD_F32:
		return make_add(IPU_F32, OPERATION_ELEMENTS), true;
	case OPERATION_ADD_F16:
		return make_add(IPU_F16, OPERATION_ELEMENTS), true;
	case OPERATION_ADD_BF16:
		return make_add(IPU_BF16, OPERATION_ELEMENTS), true;
	case OPERATION_FMA:
		return make_fma(), true;
	case OPERATION_RELU:
		return make_map1(IPU_MAP_RELU), true;
	case OPERATION_EXP:
		return make_map1(IPU_MAP_EXP), true;
	case OPERATION_GELU:
		return make_map1(IPU_MAP_GELU), true;
	case OPERATION_SGD:
		return make_sgd(), true;
	case OPERATION_ADAMW:
		return make_adamw(), true;
	}
	to = line(IPU_F32, OPERATION_ELEMENTS);
	switch (which) {
	case OPERATION_FILL:
		return ipu_make_fill(&ops, to, (union ipu_scalar){ 0 }), true;
	case OPERATION_CAST:
		return ipu_make_cast(&ops, line(IPU_F16, OPERATION_ELEMENTS), to), true;
	case OPERATION_UNIFORM:
		return ipu_make_uniform(&ops, to, &generator, 0, 1), true;
	case OPERATION_NORMAL:
		return ipu_make_normal(&ops, to, &generator, 0, 1), true;
	case OPERATION_DROPOUT_GRAD:
		ipu_make_dropout_grad(&ops, to, line(IPU_F32, OPERATION_ELEMENTS),
				      line(IPU_U8, OPERATION_ELEMENTS), 0.5f);
		return true;
	}
	return false;
}

/* ---- Rows --------------------------------------------------------------------------------- */

static void make_sum(uint32_t count, uint32_t columns, uint32_t dims)
{
	const struct ipu_array *from = rows(count, columns);
	const struct ipu_array *to = dims == 3 ? one() : line(IPU_F32, dims == 1 ? columns : count);

	ipu_make_reduction(&ops, IPU_REDUCE_SUM, to, from, dims);
}

static void make_softmax(bool grad)
{
	const struct ipu_array *to = rows(OPERATION_ROWS, 1024), *from = rows(OPERATION_ROWS, 1024);

	if (grad)
		ipu_make_softmax_grad(&ops, to, from, rows(OPERATION_ROWS, 1024), 1, 0);
	else
		ipu_make_softmax(&ops, to, from, 1, 0);
}

static void make_layer_norm(bool grad)
{
	const struct ipu_array *to = rows(OPERATION_ROWS, 768), *from = rows(OPERATION_ROWS, 768);
	const struct ipu_array *gamma = line(IPU_F32, 768), *beta = line(IPU_F32, 768);
	const struct ipu_array *mean = line(IPU_F32, OPERATION_ROWS);
	const struct ipu_array *rstd = line(IPU_F32, OPERATION_ROWS);

	if (grad)
		ipu_make_layer_norm_grad(&ops, to, line(IPU_F32, 768), beta,
					 rows(OPERATION_ROWS, 768), from, gamma, mean, rstd);
	else
		ipu_make_layer_norm(&ops, to, from, gamma, beta, mean, rstd, 1e-5f);
}

static void make_batch_norm(bool grad)
{
	const uint32_t positions = OPERATION_IMAGES * OPERATION_SIDE * OPERATION_SIDE;
	const struct ipu_array *to = rows(positions, 64), *from = rows(positions, 64);
	const struct ipu_array *gamma = line(IPU_F32, 64), *beta = line(IPU_F32, 64);
	const struct ipu_array *mean = line(IPU_F32, 64), *rstd = line(IPU_F32, 64);

	if (grad)
		ipu_make_batch_norm_grad(&ops, to, line(IPU_F32, 64), beta, rows(positions, 64),
					 from, gamma, mean, rstd);
	else
		ipu_make_batch_norm(&ops, to, from, gamma, beta, mean, rstd, NULL, NULL, 0.1f,
				    1e-5f);
}

static void make_cross_entropy(bool grad)
{
	const struct ipu_array *logits = rows(OPERATION_ROWS, 1000);
	const struct ipu_array *labels = line(IPU_I32, OPERATION_ROWS);
	const struct ipu_array *loss = one(), *total = one();

	if (grad)
		ipu_make_cross_entropy_grad(&ops, IPU_LOSS_MEAN, rows(OPERATION_ROWS, 1000), loss,
					    total, logits, labels, -100);
	else
		ipu_make_cross_entropy(&ops, IPU_LOSS_MEAN, loss, total, logits, labels, -100);
}

static void make_embedding(void)
{
	const struct ipu_array *index = line(IPU_I32, OPERATION_ROWS);
	const struct ipu_range own = ipu_array_own(index);

	for (uint32_t i = own.begin; i < own.end; i++)
		((int32_t *)index->data)[i - own.begin] = (int32_t)(i * 7919 % 10000);
	ipu_make_embedding(&ops, rows(OPERATION_ROWS, OPERATION_WORDS),
			   rows(10000, OPERATION_WORDS), index);
}

static void make_sort(void)
{
	ipu_make_sort(&ops, rows(OPERATION_ROWS, OPERATION_SORTED),
		      make(IPU_I32, IPU_SHAPE(OPERATION_ROWS, OPERATION_SORTED)),
		      rows(OPERATION_ROWS, OPERATION_SORTED), false);
}

static bool make_rows(uint32_t which)
{
	switch (which) {
	case OPERATION_SUM_ALL:
		return make_sum(OPERATION_MANY / 1000, 1000, 3), true;
	case OPERATION_SUM_COLUMNS:
		return make_sum(65536, 64, 1), true;
	case OPERATION_SUM_ROWS:
		return make_sum(4096, 1000, 2), true;
	case OPERATION_SOFTMAX:
	case OPERATION_SOFTMAX_GRAD:
		return make_softmax(which == OPERATION_SOFTMAX_GRAD), true;
	case OPERATION_LAYER_NORM:
	case OPERATION_LAYER_NORM_GRAD:
		return make_layer_norm(which == OPERATION_LAYER_NORM_GRAD), true;
	case OPERATION_BATCH_NORM:
	case OPERATION_BATCH_NORM_GRAD:
		return make_batch_norm(which == OPERATION_BATCH_NORM_GRAD), true;
	case OPERATION_CROSS_ENTROPY:
	case OPERATION_CROSS_ENTROPY_GRAD:
		return make_cross_entropy(which == OPERATION_CROSS_ENTROPY_GRAD), true;
	case OPERATION_EMBEDDING:
		return make_embedding(), true;
	case OPERATION_SORT:
		return make_sort(), true;
	default:
		return false;
	}
}

/* ---- Images ------------------------------------------------------------------------------- */

static const struct ipu_array *images(uint32_t side)
{
	return make(IPU_F32, IPU_SHAPE(OPERATION_IMAGES, side, side, OPERATION_CHANNELS));
}

static void make_max_pool(void)
{
	const struct ipu_pool pool = { .kernel = { 2, 2 },
				       .stride = { 2, 2 },
				       .dilation = { 1, 1 } };

	ipu_make_max_pool2d(&ops, images(OPERATION_SIDE / 2), NULL, images(OPERATION_SIDE), &pool);
}

static void make_conv(uint32_t which)
{
	static struct ipu_conv_plan plan;
	const struct ipu_conv conv = { .stride = { 1, 1 },
				       .padding = { 1, 1 },
				       .dilation = { 1, 1 },
				       .groups = 1,
				       .plan = &plan };
	const struct ipu_array *x = images(OPERATION_SIDE), *y = images(OPERATION_SIDE);
	const struct ipu_array *w =
		make(IPU_F32, IPU_SHAPE(OPERATION_KERNEL, OPERATION_KERNEL, OPERATION_CHANNELS,
					OPERATION_CHANNELS));

	_Static_assert(sizeof(plan) == 4 * (OPERATIONS_PARAMS - OPERATIONS_PLAN), "a plan");
	memcpy(&plan, &params[OPERATIONS_PLAN], sizeof(plan));
	if (which == OPERATION_CONV)
		ipu_make_conv2d(&ops, y, x, w, NULL, &conv);
	else if (which == OPERATION_CONV_INPUT_GRAD)
		ipu_make_conv2d_input_grad(&ops, x, y, w, &conv);
	else
		ipu_make_conv2d_weight_grad(&ops, w, x, y, &conv);
}

/* ------------------------------------------------------------------------------------------- */

/* All tiles begin a round together, and those that are timed on the host when it says so. */
static void meet(void)
{
	if (params[OPERATIONS_STOPS])
		ipu_sync_external();
	else
		ipu_sync_internal();
}

int main(void)
{
	const uint32_t which = params[OPERATIONS_WHICH];
	uint64_t began;

	IPU_ROWS(cycles) = 1;
	ipu_memory_init(&memory, room, sizeof(room), OPERATION_SCRATCH);
	ipu_ops_init(&ops, &memory);
	if (which >= OPERATION_CONV)
		make_conv(which);
	else if (which == OPERATION_MAX_POOL)
		make_max_pool();
	else if (!make_rows(which) && !make_elements(which))
		return 1;
	for (uint32_t i = 0; i < params[OPERATIONS_ROUNDS]; i++) {
		meet();
		began = ipu_cycles();
		ipu_ops_run(&ops);
		cycles[0] = (uint32_t)(ipu_cycles() - began);
	}
	meet();
	return 0;
}
