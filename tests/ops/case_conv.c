// SPDX-License-Identifier: MIT
/* Convolutions, and their gradients. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu/conv_plan.h>

#include "families.h"
#include "shapes.h"

/**
 * struct conv - a convolution that is tested
 * @n: images
 * @axis: rows, positions in a row
 * @groups: of channels
 * @in: input channels of a group
 * @out: output channels of a group
 */
struct conv {
	uint32_t n;
	struct ipu_conv_axis axis[2];
	uint32_t groups;
	uint32_t in;
	uint32_t out;
};

/* ---- Shapes --------------------------------------------------------------------------- */

static void random_axis(struct sheet *sheet, struct ipu_conv_axis *axis, uint32_t most)
{
	*axis = (struct ipu_conv_axis){
		.kernel = random_below(sheet, 3) ? 1 + random_below(sheet, 4) : 1,
		.stride = random_below(sheet, 2) ? 1 : 1 + random_below(sheet, 3),
		.dilation = random_below(sheet, 3) ? 1 : 1 + random_below(sheet, 3),
	};
	axis->padding = random_below(sheet, 2) ? 0 : random_below(sheet, axis->kernel + 1);
	axis->in = (axis->kernel - 1) * axis->dilation + random_extent(sheet, most);
	axis->out = (axis->in + 2 * axis->padding - (axis->kernel - 1) * axis->dilation - 1) /
			    axis->stride +
		    1;
}

/* Of all three arrays. */
static double elements(const struct conv *conv)
{
	const struct ipu_conv_axis *y = &conv->axis[0], *x = &conv->axis[1];

	return conv->groups * ((double)conv->n * y->in * x->in * conv->in +
			       (double)conv->n * y->out * x->out * conv->out +
			       (double)y->kernel * x->kernel * conv->in * conv->out);
}

/* The products are what the host has to compute twice. */
static double products(const struct conv *conv)
{
	return (double)conv->n * conv->axis[0].out * conv->axis[1].out * conv->axis[0].kernel *
	       conv->axis[1].kernel * conv->groups * conv->in * conv->out;
}

static void random_conv(struct sheet *sheet, struct conv *conv, uint32_t size)
{
	do {
		const uint32_t kind = random_below(sheet, 6);

		conv->n = random_extent(sheet, 5);
		random_axis(sheet, &conv->axis[0], 20);
		random_axis(sheet, &conv->axis[1], 40);
		conv->groups = kind < 2 ? random_extent(sheet, 80) : 1;
		conv->in = kind == 0 ? 1 : random_extent(sheet, kind == 1 ? 5 : 70);
		conv->out = kind == 0 ? 1 : random_extent(sheet, kind == 1 ? 5 : 70);
	} while (products(conv) > 100.0 * size || elements(conv) > 2.0 * size);
	if (random_below(sheet, 30) == 0)
		conv->n = 0;
}

static const char *conv_text(const struct conv *conv)
{
	static char text[200];

	snprintf(text, sizeof(text),
		 "%u x [%u, %u], %u groups of %u -> %u, kernel %u, %u, stride %u, %u, padding %u, "
		 "%u, dilation %u, %u",
		 conv->n, conv->axis[0].in, conv->axis[1].in, conv->groups, conv->in, conv->out,
		 conv->axis[0].kernel, conv->axis[1].kernel, conv->axis[0].stride,
		 conv->axis[1].stride, conv->axis[0].padding, conv->axis[1].padding,
		 conv->axis[0].dilation, conv->axis[1].dilation);
	return text;
}

static uint32_t add_array(struct sheet *sheet, uint32_t dtype, uint32_t n, uint32_t h, uint32_t w,
			  uint32_t c, bool random)
{
	const uint32_t shape[] = { n, h, w, c };

	return random ? array_random(sheet, dtype, 4, shape) : array_add(sheet, dtype, 4, shape);
}

static uint32_t add_x(struct sheet *sheet, uint32_t dtype, const struct conv *conv, bool random)
{
	return add_array(sheet, dtype, conv->n, conv->axis[0].in, conv->axis[1].in,
			 conv->groups * conv->in, random);
}

static uint32_t add_y(struct sheet *sheet, uint32_t dtype, const struct conv *conv, bool random)
{
	return add_array(sheet, dtype, conv->n, conv->axis[0].out, conv->axis[1].out,
			 conv->groups * conv->out, random);
}

static uint32_t add_w(struct sheet *sheet, uint32_t dtype, const struct conv *conv, bool random)
{
	return add_array(sheet, dtype, conv->axis[0].kernel, conv->axis[1].kernel, conv->in,
			 conv->groups * conv->out, random);
}

static void add_script(struct sheet *sheet, const struct conv *conv, enum ipu_conv_pass pass,
		       uint32_t to, uint32_t a, uint32_t b, uint32_t bias)
{
	const struct ipu_conv_axis *y = &conv->axis[0], *x = &conv->axis[1];

	SCRIPT(sheet, DO_CONV, pass, to, a, b, bias, y->stride, x->stride, y->padding, x->padding,
	       y->dilation, x->dilation, conv->groups, random_below(sheet, 4) == 0, 0);
}

/* ---- What is expected -------------------------------------------------------------------- */

/* One sum, the magnitudes that it is of, and how many. */
struct sum {
	double value;
	double size;
	uint32_t count;
};

/**
 * each_product - call for each product of a convolution, with the elements' numbers
 *
 * y[out] += x[in] * w[weight].
 */
static void each_product(const struct conv *conv,
			 void (*call)(void *data, uint32_t in, uint32_t out, uint32_t weight),
			 void *data)
{
	const struct ipu_conv_axis *y = &conv->axis[0], *x = &conv->axis[1];
	const uint32_t channels_in = conv->groups * conv->in;
	const uint32_t channels_out = conv->groups * conv->out;
	const uint32_t positions = conv->n * y->out * x->out, kernel = y->kernel * x->kernel;

	for (uint32_t p = 0; p < positions; p++) {
		const uint32_t n = p / (y->out * x->out), oy = p / x->out % y->out, ox = p % x->out;

		for (uint32_t k = 0; k < kernel; k++) {
			const uint32_t iy =
				oy * y->stride + k / x->kernel * y->dilation - y->padding;
			const uint32_t ix =
				ox * x->stride + k % x->kernel * x->dilation - x->padding;

			if (iy >= y->in || ix >= x->in)
				continue;
			for (uint32_t i = 0; i < channels_in * conv->out; i++) {
				const uint32_t ic = i / conv->out;
				const uint32_t oc = ic / conv->in * conv->out + i % conv->out;

				call(data, ((n * y->in + iy) * x->in + ix) * channels_in + ic,
				     p * channels_out + oc,
				     (k * conv->in + ic % conv->in) * channels_out + oc);
			}
		}
	}
}

struct product {
	const double *x;
	const double *y;
	const double *w;
	struct sum *sum;
};

static void add_product(struct sum *sum, double product)
{
	sum->value += product;
	sum->size += fabs(product);
	sum->count++;
}

static void add_forward(void *data, uint32_t in, uint32_t out, uint32_t weight)
{
	const struct product *product = data;

	add_product(&product->sum[out], product->x[in] * product->w[weight]);
}

static void add_input_grad(void *data, uint32_t in, uint32_t out, uint32_t weight)
{
	const struct product *product = data;

	add_product(&product->sum[in], product->y[out] * product->w[weight]);
}

static void add_weight_grad(void *data, uint32_t in, uint32_t out, uint32_t weight)
{
	const struct product *product = data;

	add_product(&product->sum[weight], product->y[out] * product->x[in]);
}

static struct sum *new_sums(uint32_t count)
{
	struct sum *sum = calloc(count + 1, sizeof(*sum));

	if (!sum) {
		fprintf(stderr, "no memory for %u sums\n", count);
		exit(1);
	}
	return sum;
}

/* Sums are of f32, in any order; each product is rounded once with its addition. */
static void expect_sums(struct sheet *sheet, uint32_t to, const struct sum *sum,
			const struct array *bias)
{
	const struct array *array = &sheet->array[to];

	for (uint32_t i = 0; i < array->count; i++) {
		const double added = bias ? bias->value[i % bias->count] : 0;
		const double want = sum[i].value + added;
		const double error = (sum[i].count + 1) * 0x1p-24 * (sum[i].size + fabs(added));

		array_expect(sheet, to, i, want, error + tolerance(array->dtype, want));
	}
}

/* ---- Forward ----------------------------------------------------------------------------- */

static void add_conv(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	struct product product;
	uint32_t x, y, w, bias = NO_ARRAY;
	struct conv conv;

	random_conv(sheet, &conv, size);
	x = add_x(sheet, dtype, &conv, true);
	w = add_w(sheet, dtype, &conv, true);
	y = add_y(sheet, dtype, &conv, false);
	if (random_below(sheet, 2)) {
		const uint32_t channels = conv.groups * conv.out;

		bias = array_random(sheet, dtype, 1, &channels);
	}
	snprintf(sheet->what, sizeof(sheet->what), "conv: %s", conv_text(&conv));
	add_script(sheet, &conv, IPU_CONV_FORWARD, y, x, w, bias);
	product = (struct product){ .x = sheet->array[x].value,
				    .w = sheet->array[w].value,
				    .sum = new_sums(sheet->array[y].count) };
	each_product(&conv, add_forward, &product);
	expect_sums(sheet, y, product.sum, bias == NO_ARRAY ? NULL : &sheet->array[bias]);
	free(product.sum);
}

const struct family family_conv = { "conv",
				    { IPU_F32, IPU_F16, IPU_BF16 },
				    add_conv,
				    .alike = false };

/* ---- Gradients --------------------------------------------------------------------------- */

/* The sum of all products of three. */
static void add_loss(void *data, uint32_t in, uint32_t out, uint32_t weight)
{
	const struct product *product = data;

	add_product(product->sum, product->x[in] * product->y[out] * product->w[weight]);
}

static double loss(const struct conv *conv, const double *x, const double *y, const double *w)
{
	struct sum sum = { 0 };
	struct product product = { .x = x, .y = y, .w = w, .sum = &sum };

	each_product(conv, add_loss, &product);
	return sum.value;
}

/* Of sum(y * conv(x, w)), for some elements: what follows from moving each a little. */
static void check_differences(struct sheet *sheet, const struct conv *conv, const double *x,
			      const double *y, const double *w, double *moved, uint32_t count,
			      const struct sum *sum)
{
	for (uint32_t i = 0; i < 3 && count; i++) {
		const uint32_t at = random_below(sheet, count);
		const double old = moved[at];
		double up, down;

		moved[at] = old + 0.5;
		up = loss(conv, x, y, w);
		moved[at] = old - 0.5;
		down = loss(conv, x, y, w);
		moved[at] = old;
		if (fabs(up - down - sum[at].value) <= 1e-9 * (fabs(up) + sum[at].size + 1))
			continue;
		fprintf(stderr, "%s: a gradient is %g by its formula and %g by differences\n",
			sheet->what, sum[at].value, up - down);
		exit(1);
	}
}

static void add_convgrad(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	struct product product;
	uint32_t x, y, w, dx, dw;
	struct conv conv;

	random_conv(sheet, &conv, size);
	x = add_x(sheet, dtype, &conv, true);
	w = add_w(sheet, dtype, &conv, true);
	y = add_y(sheet, dtype, &conv, true);
	dx = add_x(sheet, dtype, &conv, false);
	dw = add_w(sheet, dtype, &conv, false);
	snprintf(sheet->what, sizeof(sheet->what), "convgrad: %s", conv_text(&conv));
	add_script(sheet, &conv, IPU_CONV_INPUT_GRAD, dx, y, w, NO_ARRAY);
	add_script(sheet, &conv, IPU_CONV_WEIGHT_GRAD, dw, x, y, NO_ARRAY);
	product = (struct product){ .x = sheet->array[x].value,
				    .y = sheet->array[y].value,
				    .w = sheet->array[w].value,
				    .sum = new_sums(sheet->array[dx].count) };
	each_product(&conv, add_input_grad, &product);
	expect_sums(sheet, dx, product.sum, NULL);
	check_differences(sheet, &conv, product.x, product.y, product.w, sheet->array[x].value,
			  sheet->array[dx].count, product.sum);
	free(product.sum);
	product.sum = new_sums(sheet->array[dw].count);
	each_product(&conv, add_weight_grad, &product);
	expect_sums(sheet, dw, product.sum, NULL);
	check_differences(sheet, &conv, product.x, product.y, product.w, sheet->array[w].value,
			  sheet->array[dw].count, product.sum);
	free(product.sum);
}

const struct family family_convgrad = { "convgrad",
					{ IPU_F32, IPU_F16, IPU_BF16 },
					add_convgrad,
					.alike = false };
