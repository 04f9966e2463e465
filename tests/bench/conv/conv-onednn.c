// SPDX-License-Identifier: MIT
/*
 * conv-onednn IMAGES SIDE CHANNELS KERNEL ROUNDS: seconds of a convolution of f32 and of its two gradients by
 * oneDNN on the host, in layouts of its own choice; the first round of each is not counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <dnnl.h>

#define CHECK(call)                                                  \
	do {                                                         \
		if ((call) != dnnl_success) {                        \
			fprintf(stderr, "conv-onednn: %s\n", #call); \
			exit(1);                                     \
		}                                                    \
	} while (0)

/* Descriptors of memory became pointers in version 3. */
typedef dnnl_memory_desc_t desc;
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t const_desc;
#else
typedef const dnnl_memory_desc_t *const_desc;
#endif

static const dnnl_dims_t ones = { 1, 1 }, zeros;
static dnnl_engine_t engine;
static dnnl_stream_t stream;
static dnnl_dims_t padding;

static desc describe(const dnnl_dims_t dims)
{
	desc md;

#if DNNL_VERSION_MAJOR >= 3
	CHECK(dnnl_memory_desc_create_with_tag(&md, 4, dims, dnnl_f32, dnnl_format_tag_any));
#else
	CHECK(dnnl_memory_desc_init_by_tag(&md, 4, dims, dnnl_f32, dnnl_format_tag_any));
#endif
	return md;
}

#if DNNL_VERSION_MAJOR >= 3
static dnnl_primitive_desc_t forward(desc x, desc w, desc y)
{
	dnnl_primitive_desc_t pd;

	CHECK(dnnl_convolution_forward_primitive_desc_create(&pd, engine, dnnl_forward_training,
							     dnnl_convolution_direct, x, w, NULL, y,
							     ones, zeros, padding, padding, NULL));
	return pd;
}

static dnnl_primitive_desc_t input_grad(desc x, desc w, desc y, dnnl_primitive_desc_t hint)
{
	dnnl_primitive_desc_t pd;

	CHECK(dnnl_convolution_backward_data_primitive_desc_create(
		&pd, engine, dnnl_convolution_direct, x, w, y, ones, zeros, padding, padding, hint,
		NULL));
	return pd;
}

static dnnl_primitive_desc_t weight_grad(desc x, desc w, desc y, dnnl_primitive_desc_t hint)
{
	dnnl_primitive_desc_t pd;

	CHECK(dnnl_convolution_backward_weights_primitive_desc_create(
		&pd, engine, dnnl_convolution_direct, x, w, NULL, y, ones, zeros, padding, padding,
		hint, NULL));
	return pd;
}
#else
static dnnl_primitive_desc_t finish(dnnl_convolution_desc_t *conv, dnnl_primitive_desc_t hint)
{
	dnnl_primitive_desc_t pd;

	CHECK(dnnl_primitive_desc_create(&pd, conv, NULL, engine, hint));
	return pd;
}

static dnnl_primitive_desc_t forward(desc x, desc w, desc y)
{
	dnnl_convolution_desc_t conv;

	CHECK(dnnl_dilated_convolution_forward_desc_init(&conv, dnnl_forward_training,
							 dnnl_convolution_direct, &x, &w, NULL, &y,
							 ones, zeros, padding, padding));
	return finish(&conv, NULL);
}

static dnnl_primitive_desc_t input_grad(desc x, desc w, desc y, dnnl_primitive_desc_t hint)
{
	dnnl_convolution_desc_t conv;

	CHECK(dnnl_dilated_convolution_backward_data_desc_init(
		&conv, dnnl_convolution_direct, &x, &w, &y, ones, zeros, padding, padding));
	return finish(&conv, hint);
}

static dnnl_primitive_desc_t weight_grad(desc x, desc w, desc y, dnnl_primitive_desc_t hint)
{
	dnnl_convolution_desc_t conv;

	CHECK(dnnl_dilated_convolution_backward_weights_desc_init(
		&conv, dnnl_convolution_direct, &x, &w, NULL, &y, ones, zeros, padding, padding));
	return finish(&conv, hint);
}
#endif

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

/* Memory of small numbers, as the primitive wants it. */
static dnnl_memory_t memory(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	const const_desc md = dnnl_primitive_desc_query_md(pd, what, 0);
	const size_t count = dnnl_memory_desc_get_size(md) / sizeof(float);
	dnnl_memory_t mem;
	void *data;

	CHECK(dnnl_memory_create(&mem, md, engine, DNNL_MEMORY_ALLOCATE));
	CHECK(dnnl_memory_get_data_handle(mem, &data));
	for (size_t i = 0; i < count; i++)
		((float *)data)[i] = (float)(i % 7);
	return mem;
}

/* Seconds of a round; @what and @args: of its three operands. */
static double measure(dnnl_primitive_desc_t pd, const dnnl_query_t what[3], const int args[3],
		      int rounds)
{
	dnnl_exec_arg_t exec[3];
	dnnl_primitive_t primitive;
	double began = 0;

	CHECK(dnnl_primitive_create(&primitive, pd));
	for (int i = 0; i < 3; i++)
		exec[i] = (dnnl_exec_arg_t){ args[i], memory(pd, what[i]) };
	for (int round = 0; round <= rounds; round++) {
		if (round == 1)
			began = now();
		CHECK(dnnl_primitive_execute(primitive, stream, 3, exec));
		CHECK(dnnl_stream_wait(stream));
	}
	began = now() - began;
	for (int i = 0; i < 3; i++)
		dnnl_memory_destroy(exec[i].memory);
	dnnl_primitive_destroy(primitive);
	return began / rounds;
}

int main(int argc, char **argv)
{
	static const dnnl_query_t what[3][3] = {
		{ dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md },
		{ dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md },
		{ dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md },
	};
	static const int args[3][3] = {
		{ DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST },
		{ DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST },
		{ DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST },
	};
	int number[5] = { 0 };
	dnnl_primitive_desc_t pd[3];
	desc x, w, y;

	for (int i = 0; i < 5 && argc == 6; i++)
		number[i] = atoi(argv[i + 1]);
	if (number[0] <= 0 || number[1] <= 0 || number[2] <= 0 || number[3] % 2 != 1 ||
	    number[4] <= 0) {
		fprintf(stderr,
			"usage: conv-onednn IMAGES SIDE CHANNELS KERNEL ROUNDS; KERNEL is odd\n");
		return 2;
	}
	x = describe((dnnl_dims_t){ number[0], number[2], number[1], number[1] });
	w = describe((dnnl_dims_t){ number[2], number[2], number[3], number[3] });
	y = describe((dnnl_dims_t){ number[0], number[2], number[1], number[1] });
	padding[0] = padding[1] = number[3] / 2;
	CHECK(dnnl_engine_create(&engine, dnnl_cpu, 0));
	CHECK(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
	pd[0] = forward(x, w, y);
	pd[1] = input_grad(x, w, y, pd[0]);
	pd[2] = weight_grad(x, w, y, pd[0]);
	for (int i = 0; i < 3; i++)
		printf("%.9f%s", measure(pd[i], what[i], args[i], number[4]), i < 2 ? " " : "\n");
	return 0;
}
