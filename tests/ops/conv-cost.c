// SPDX-License-Identifier: MIT
/*
 * Convolutions of networks over all tiles: what the planner estimates, and what is measured,
 * as TAP. Estimates must not be off by more than 15 %.
 */
#include <stdio.h>

#include <ipu/ops.h>

#define BYTES 480000
#define SCRATCH 200000
#define MOST 15 /* per cent */

static char heap[BYTES] __attribute__((aligned(64)));

/**
 * struct shape - a convolution: a square input and a square kernel
 * @size: of the input
 * @images: how many
 */
struct shape {
	uint32_t images;
	uint32_t size;
	uint32_t in;
	uint32_t out;
	uint32_t kernel;
	uint32_t stride;
	uint32_t padding;
	enum ipu_dtype dtype;
};

static const struct shape shapes[] = {
	{ 1, 56, 64, 64, 3, 1, 1, IPU_F32 },   { 16, 56, 64, 64, 3, 1, 1, IPU_F32 },
	{ 16, 56, 64, 64, 3, 1, 1, IPU_F16 },  { 4, 28, 128, 128, 3, 2, 1, IPU_F32 },
	{ 16, 56, 256, 64, 1, 1, 0, IPU_F32 }, { 4, 224, 3, 64, 7, 2, 3, IPU_F32 },
	{ 64, 28, 1, 32, 5, 1, 2, IPU_F32 },   { 64, 14, 32, 64, 5, 1, 2, IPU_F32 },
};

static uint32_t tests;

static const char *const passes[] = { "forward", "input's gradient", "weights' gradient" };

static struct ipu_conv_plan plan_of(const struct shape *shape, enum ipu_conv_pass pass,
				    uint32_t out)
{
	const struct ipu_conv_axis axis = { shape->size,    out, shape->kernel, shape->stride,
					    shape->padding, 1 };
	struct ipu_conv_shape whole = {
		.images = shape->images,
		.y = axis,
		.x = axis,
		.groups = 1,
		.in = shape->in,
		.out = shape->out,
		.bytes = ipu_dtype_bytes(shape->dtype),
		.halves = shape->dtype == IPU_F16,
	};
	struct ipu_conv_plan plan;

	ipu_conv_fold(&whole);
	ipu_conv_choose(&plan, &whole, pass, ipu_tile_count(), SCRATCH, false);
	return plan;
}

static uint32_t measure(const struct ipu_ops *ops)
{
	uint64_t start, end;

	ipu_sync_internal();
	start = ipu_cycles();
	ipu_ops_run(ops);
	ipu_sync_internal();
	end = ipu_cycles();
	/* What a sync costs is not the operation's. */
	ipu_sync_internal();
	return (uint32_t)(2 * end - start - ipu_cycles());
}

static bool try(const struct shape *shape, enum ipu_conv_pass pass)
{
	const uint32_t out = (shape->size + 2 * shape->padding - shape->kernel) / shape->stride + 1;
	const struct ipu_conv_plan plan = plan_of(shape, pass, out);
	const struct ipu_conv conv = { .stride = { shape->stride, shape->stride },
				       .padding = { shape->padding, shape->padding },
				       .dilation = { 1, 1 },
				       .groups = 1,
				       .plan = &plan };
	struct ipu_memory memory;
	struct ipu_array x, y, w;
	struct ipu_ops ops;
	uint32_t cycles, off;

	ipu_memory_init(&memory, heap, sizeof(heap), SCRATCH);
	ipu_ops_init(&ops, &memory);
	ipu_array_new(&memory, &x, shape->dtype,
		      IPU_SHAPE(shape->images, shape->size, shape->size, shape->in));
	ipu_array_new(&memory, &y, shape->dtype, IPU_SHAPE(shape->images, out, out, shape->out));
	ipu_array_new(&memory, &w, shape->dtype,
		      IPU_SHAPE(shape->kernel, shape->kernel, shape->in, shape->out));
	if (pass == IPU_CONV_FORWARD)
		ipu_make_conv2d(&ops, &y, &x, &w, NULL, &conv);
	else if (pass == IPU_CONV_INPUT_GRAD)
		ipu_make_conv2d_input_grad(&ops, &x, &y, &w, &conv);
	else
		ipu_make_conv2d_weight_grad(&ops, &w, &x, &y, &conv);
	cycles = measure(&ops);
	off = (plan.cycles > cycles ? plan.cycles - cycles : cycles - plan.cycles) * 100 / cycles;
	if (ipu_tile_id() == 0)
		printf("%sok %lu - %lu x %lux%lu, %lu -> %lu, %lux%lu/%lu, %u bytes, %s: %lu x %lu x %lu x %lu x %lu "
		       "parts, estimated %lu cycles, measured %lu: %lu %%\n",
		       off <= MOST ? "" : "not ", (unsigned long)++tests,
		       (unsigned long)shape->images, (unsigned long)shape->size,
		       (unsigned long)shape->size, (unsigned long)shape->in,
		       (unsigned long)shape->out, (unsigned long)shape->kernel,
		       (unsigned long)shape->kernel, (unsigned long)shape->stride,
		       (unsigned int)ipu_dtype_bytes(shape->dtype), passes[pass],
		       (unsigned long)plan.parts[IPU_CONV_N], (unsigned long)plan.parts[IPU_CONV_Y],
		       (unsigned long)plan.parts[IPU_CONV_X], (unsigned long)plan.parts[IPU_CONV_C],
		       (unsigned long)plan.parts[IPU_CONV_K], (unsigned long)plan.cycles,
		       (unsigned long)cycles, (unsigned long)off);
	return off <= MOST;
}

int main(void)
{
	uint32_t off = 0;

	for (uint32_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		for (uint32_t pass = 0; pass < 3; pass++)
			off += !try(&shapes[i], pass);
	if (ipu_tile_id() == 0)
		printf("1..%lu\n", (unsigned long)tests);
	return off > 0;
}
