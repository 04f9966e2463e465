// SPDX-License-Identifier: MIT
/* Graphs: convolutions that do not fit, and are done for some images at a time. */
#include <math.h>
#include <stdlib.h>

#include "lib_graph.h"

#define IMAGES 28
#define SIDE 32
#define CHANNELS 8
#define IMAGE (SIDE * SIDE * CHANNELS)
#define WEIGHTS (3 * 3 * CHANNELS * CHANNELS)

/* -1, 0 or 1, so that sums are exact but for rounding to f16, of each part. */
static void fill(uint16_t *half, float *value, uint32_t count, uint32_t seed)
{
	static const uint16_t halves[] = { 0xbc00, 0, 0x3c00 };

	for (uint32_t i = 0; i < count; i++) {
		const uint32_t which = (i * 2654435761u + seed * 40503u) >> 16;

		half[i] = halves[which % 3];
		value[i] = (float)(which % 3) - 1;
	}
}

/* Of a whole number up to 2048. */
static float from_half(uint16_t half)
{
	const int exponent = (half >> 10 & 31) - 25;
	float value = (float)(half & 0x3ff) + 1024;

	if (!(half & 0x7fff))
		return 0;
	for (int i = exponent; i < 0; i++)
		value /= 2;
	for (int i = exponent; i > 0; i--)
		value *= 2;
	return half & 0x8000 ? -value : value;
}

/* What is added where: by @pass, for each element of x, of y, and of w. */
static void add(uint32_t pass, float *to, const float *a, const float *b, uint32_t x, uint32_t y,
		uint32_t w)
{
	if (pass == IPU_CONV_FORWARD)
		to[y] += a[x] * b[w];
	else if (pass == IPU_CONV_INPUT_GRAD)
		to[x] += a[y] * b[w];
	else
		to[w] += a[x] * b[y];
}

/* One element of the kernel at one place. */
static void convolve_at(uint32_t pass, float *to, const float *a, const float *b, uint32_t from,
			uint32_t at, uint32_t tap)
{
	for (uint32_t i = 0; i < CHANNELS; i++)
		for (uint32_t o = 0; o < CHANNELS; o++)
			add(pass, to, a, b, from * CHANNELS + i, at * CHANNELS + o,
			    (tap * CHANNELS + i) * CHANNELS + o);
}

static void convolve(uint32_t pass, float *to, const float *a, const float *b)
{
	for (uint32_t n = 0; n < IMAGES; n++)
		for (uint32_t at = 0; at < SIDE * SIDE; at++)
			for (uint32_t tap = 0; tap < 9; tap++) {
				const uint32_t row = at / SIDE + tap / 3 - 1;
				const uint32_t column = at % SIDE + tap % 3 - 1;

				if (row < SIDE && column < SIDE)
					convolve_at(pass, to, a, b,
						    (n * SIDE + row) * SIDE + column,
						    n * SIDE * SIDE + at, tap);
			}
}

static struct ipu_executable *convolution(uint32_t pass)
{
	const uint32_t images[] = { IMAGES, SIDE, SIDE, CHANNELS };
	const uint32_t kernel[] = { 3, 3, CHANNELS, CHANNELS };
	const bool weights = pass == IPU_CONV_WEIGHT_GRAD;
	struct ipu_graph *graph = test_graph();
	const uint32_t a = ipu_graph_tensor(graph, "a", IPU_F16, 4, images, IPU_GRAPH_IN);
	const uint32_t b =
		ipu_graph_tensor(graph, "b", IPU_F16, 4, weights ? images : kernel, IPU_GRAPH_IN);
	const uint32_t to =
		ipu_graph_tensor(graph, "to", IPU_F16, 4, weights ? kernel : images, IPU_GRAPH_OUT);

	assert_ok(ipu_graph_conv2d(graph, &(struct ipu_graph_conv){ .pass = pass,
								    .to = to,
								    .a = a,
								    .b = b,
								    .bias = IPU_NO_TENSOR,
								    .stride = { 1, 1 },
								    .padding = { 1, 1 },
								    .dilation = { 1, 1 },
								    .groups = 1 }));
	return test_compile(graph, 0);
}

static void check_pass(uint32_t pass)
{
	const bool weights = pass == IPU_CONV_WEIGHT_GRAD;
	const uint32_t others = weights ? IMAGES * IMAGE : WEIGHTS;
	const uint32_t results = weights ? WEIGHTS : IMAGES * IMAGE;
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct ipu_executable *exe = convolution(pass);
	float *a = calloc(IMAGES * IMAGE, sizeof(*a)), *b = calloc(others, sizeof(*b));
	float *want = calloc(results, sizeof(*want));
	uint16_t *half = calloc(IMAGES * IMAGE, 2), *other = calloc(others, 2);
	uint16_t *got = calloc(results, 2);

	fill(half, a, IMAGES * IMAGE, 1);
	fill(other, b, others, 2);
	convolve(pass, want, a, b);
	test_run(exe, (void *[]){ half, other, got });
	for (uint32_t i = 0; i < results; i++)
		assert_true(fabsf(from_half(got[i]) - want[i]) <= fabsf(want[i]) / 512);
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_true(info.operations > 4);
	ipu_executable_destroy(exe);
	free(a);
	free(b);
	free(want);
	free(half);
	free(other);
	free(got);
}

static void test_large_convolutions(void **state)
{
	(void)state;
	for (uint32_t pass = 0; pass <= IPU_CONV_WEIGHT_GRAD; pass++)
		check_pass(pass);
}

int lib_test_graph_conv(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large_convolutions),
	};

	return cmocka_run_group_tests_name("libipu graphs: convolutions", tests, graph_setup,
					   graph_teardown);
}
