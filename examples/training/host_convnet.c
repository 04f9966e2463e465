// SPDX-License-Identifier: MIT
/* The convolutional network on the host: see host_convnet.h. */
#include <math.h>
#include <string.h>

#include "host_convnet.h"
#include "softmax.h"

#define RATE 0.1f /* of the first step; it falls to 0 */
#define EDGE (KERNEL / 2) /* zeros around what a convolution sees */
#define WIDE (SIDE + 2 * EDGE)

/* What goes through the network for one digit. */
struct pass {
	float in[WIDE][WIDE];
	float first[WIDE][WIDE][FIRST]; /* after ReLU */
	float second[SIDE][SIDE][SECOND];
	uint8_t from[POOLED][POOLED][SECOND]; /* which of POOL by POOL was the largest */
	float pooled[POOLED][POOLED][SECOND]; /* after ReLU */
	float out[CLASSES];
};

static void fill(float *weight, size_t count, float inputs, uint64_t *state)
{
	for (size_t i = 0; i < count; i++)
		weight[i] = random_in(state, sqrtf(6.0f / inputs));
}

void convnet_begin(struct convnet *net)
{
	uint64_t state = 12345;

	memset(net, 0, sizeof(*net));
	fill(net->w1[0][0], KERNEL * KERNEL * FIRST, KERNEL * KERNEL, &state);
	fill(net->w2[0][0][0], KERNEL * KERNEL * FIRST * SECOND, KERNEL * KERNEL * FIRST, &state);
	fill(net->w3[0], FEATURES * CLASSES, 4 * FEATURES, &state);
}

float convnet_rate(uint32_t step, uint32_t steps)
{
	return RATE * 0.5f * (1 + cosf(3.14159265f * (float)step / (float)steps));
}

/* ---- Forward ---------------------------------------------------------------------- */

static void forward_first(const struct convnet *net, struct pass *pass)
{
	for (int at = 0; at < SIDE * SIDE; at++) {
		const int row = at / SIDE, column = at % SIDE;
		float *out = pass->first[row + EDGE][column + EDGE];

		memcpy(out, net->b1, sizeof(net->b1));
		for (int k = 0; k < KERNEL * KERNEL; k++) {
			const int down = k / KERNEL, right = k % KERNEL;

			for (int c = 0; c < FIRST; c++)
				out[c] += pass->in[row + down][column + right] *
					  net->w1[down][right][c];
		}
		for (int c = 0; c < FIRST; c++)
			out[c] = fmaxf(0, out[c]);
	}
}

static void forward_second(const struct convnet *net, struct pass *pass)
{
	for (int at = 0; at < SIDE * SIDE; at++) {
		const int row = at / SIDE, column = at % SIDE;
		float *out = pass->second[row][column];

		memcpy(out, net->b2, sizeof(net->b2));
		for (int k = 0; k < KERNEL * KERNEL; k++) {
			const int down = k / KERNEL, right = k % KERNEL;
			const float *in = pass->first[row + down][column + right];

			for (int from = 0; from < FIRST; from++)
				for (int c = 0; c < SECOND; c++)
					out[c] += in[from] * net->w2[down][right][from][c];
		}
	}
}

static void forward_pool(struct pass *pass)
{
	for (int at = 0; at < POOLED * POOLED * SECOND; at++) {
		const int row = at / SECOND / POOLED, column = at / SECOND % POOLED;
		const int c = at % SECOND;
		float most = -INFINITY;

		for (int i = 0; i < POOL * POOL; i++) {
			const float one =
				pass->second[row * POOL + i / POOL][column * POOL + i % POOL][c];

			if (one > most) {
				most = one;
				pass->from[row][column][c] = (uint8_t)i;
			}
		}
		pass->pooled[row][column][c] = fmaxf(0, most);
	}
}

static void forward(const struct convnet *net, const float *x, struct pass *pass)
{
	const float *features = pass->pooled[0][0];

	memset(pass, 0, sizeof(*pass));
	for (int row = 0; row < SIDE; row++)
		memcpy(&pass->in[row + EDGE][EDGE], x + row * SIDE, SIDE * sizeof(*x));
	forward_first(net, pass);
	forward_second(net, pass);
	forward_pool(pass);
	memcpy(pass->out, net->b3, sizeof(net->b3));
	for (int i = 0; i < FEATURES; i++)
		for (int c = 0; c < CLASSES; c++)
			pass->out[c] += features[i] * net->w3[i][c];
}

/* ---- Backward --------------------------------------------------------------------- */

/* Of the last layer: @grad gets what its parameters change by, @features_grad its input's. */
static void backward_third(const struct convnet *net, const struct pass *pass,
			   const float *out_grad, struct convnet *grad, float *features_grad)
{
	const float *features = pass->pooled[0][0];

	for (int c = 0; c < CLASSES; c++)
		grad->b3[c] += out_grad[c];
	for (int i = 0; i < FEATURES; i++) {
		float sum = 0;

		for (int c = 0; c < CLASSES; c++) {
			grad->w3[i][c] += features[i] * out_grad[c];
			sum += net->w3[i][c] * out_grad[c];
		}
		features_grad[i] = features[i] > 0 ? sum : 0;
	}
}

/* One element of the gradient of what the second convolution gives out: most of them are 0. */
static void backward_element(const struct convnet *net, const struct pass *pass, int row,
			     int column, int c, float slope, struct convnet *grad,
			     float first_grad[WIDE][WIDE][FIRST])
{
	grad->b2[c] += slope;
	for (int k = 0; k < KERNEL * KERNEL; k++) {
		const int down = k / KERNEL, right = k % KERNEL;
		const float *in = pass->first[row + down][column + right];
		float *in_grad = first_grad[row + down][column + right];

		for (int from = 0; from < FIRST; from++) {
			grad->w2[down][right][from][c] += in[from] * slope;
			in_grad[from] += net->w2[down][right][from][c] * slope;
		}
	}
}

static void backward_second(const struct convnet *net, const struct pass *pass,
			    const float *features_grad, struct convnet *grad,
			    float first_grad[WIDE][WIDE][FIRST])
{
	for (int at = 0; at < POOLED * POOLED * SECOND; at++) {
		const int row = at / SECOND / POOLED, column = at / SECOND % POOLED;
		const int c = at % SECOND, from = pass->from[row][column][c];

		if (features_grad[at] != 0)
			backward_element(net, pass, row * POOL + from / POOL,
					 column * POOL + from % POOL, c, features_grad[at], grad,
					 first_grad);
	}
}

static void backward_first(const struct pass *pass, float first_grad[WIDE][WIDE][FIRST],
			   struct convnet *grad)
{
	for (int at = 0; at < SIDE * SIDE; at++) {
		const int row = at / SIDE, column = at % SIDE;

		for (int c = 0; c < FIRST; c++) {
			const float slope = pass->first[row + EDGE][column + EDGE][c] > 0 ?
						    first_grad[row + EDGE][column + EDGE][c] :
						    0;

			grad->b1[c] += slope;
			for (int k = 0; k < KERNEL * KERNEL; k++)
				grad->w1[k / KERNEL][k % KERNEL][c] +=
					pass->in[row + k / KERNEL][column + k % KERNEL] * slope;
		}
	}
}

/* ---- Training --------------------------------------------------------------------- */

static void descend(float *weight, float *speed, const float *grad, size_t count, float part,
		    float decay, float rate)
{
	for (size_t i = 0; i < count; i++) {
		speed[i] = MOMENTUM * speed[i] + grad[i] * part + decay * weight[i];
		weight[i] -= rate * speed[i];
	}
}

/* Add what one digit says. Return: its loss. */
static float add_digit(const struct convnet *net, const float *x, const float *target,
		       struct convnet *grad)
{
	float first_grad[WIDE][WIDE][FIRST] = { 0 }, features_grad[FEATURES];
	struct pass pass;
	float loss;

	forward(net, x, &pass);
	loss = cross_entropy(pass.out, target);
	backward_third(net, &pass, pass.out, grad, features_grad);
	backward_second(net, &pass, features_grad, grad, first_grad);
	backward_first(&pass, first_grad, grad);
	return loss;
}

float convnet_step(struct convnet *net, struct convnet *speed, const struct batches *batches,
		   float rate)
{
	const float part = 1.0f / (float)batches->size;
	struct convnet grad = { 0 };
	float loss = 0;

	for (uint32_t i = 0; i < batches->size; i++)
		loss += add_digit(net, batches->x[i], batches->target[i], &grad);
	descend(net->w1[0][0], speed->w1[0][0], grad.w1[0][0], sizeof(net->w1) / sizeof(float),
		part, DECAY, rate);
	descend(net->b1, speed->b1, grad.b1, FIRST, part, 0, rate);
	descend(net->w2[0][0][0], speed->w2[0][0][0], grad.w2[0][0][0],
		sizeof(net->w2) / sizeof(float), part, DECAY, rate);
	descend(net->b2, speed->b2, grad.b2, SECOND, part, 0, rate);
	descend(net->w3[0], speed->w3[0], grad.w3[0], FEATURES * CLASSES, part, DECAY, rate);
	descend(net->b3, speed->b3, grad.b3, CLASSES, part, 0, rate);
	return loss * part;
}

int convnet_answer(const struct convnet *net, const float x[PIXELS])
{
	struct pass pass;
	int best = 0;

	forward(net, x, &pass);
	for (int c = 1; c < CLASSES; c++)
		if (pass.out[c] > pass.out[best])
			best = c;
	return best;
}
