// SPDX-License-Identifier: MIT
/* The perceptron on the host: see host_perceptron.h. */
#include <math.h>
#include <string.h>

#include "host_perceptron.h"
#include "softmax.h"

#define RATE 0.6f /* of the first step; it falls to 0 */

void perceptron_begin(struct perceptron *net)
{
	uint64_t state = 12345;

	memset(net, 0, sizeof(*net));
	for (int i = 0; i < PIXELS; i++)
		for (int j = 0; j < HIDDEN; j++)
			net->w1[i][j] = random_in(&state, sqrtf(6.0f / PIXELS));
	for (int i = 0; i < HIDDEN; i++)
		for (int j = 0; j < CLASSES; j++)
			net->w2[i][j] = random_in(&state, 0.5f * sqrtf(6.0f / HIDDEN));
}

float perceptron_rate(uint32_t step, uint32_t steps)
{
	return RATE * 0.5f * (1 + cosf(3.14159265f * (float)step / (float)steps));
}

static void forward(const struct perceptron *net, const float *x, float *hidden, float *out)
{
	memcpy(hidden, net->b1, sizeof(net->b1));
	for (int i = 0; i < PIXELS; i++)
		for (int j = 0; j < HIDDEN; j++)
			hidden[j] += x[i] * net->w1[i][j];
	for (int j = 0; j < HIDDEN; j++)
		hidden[j] = fmaxf(0, hidden[j]);
	memcpy(out, net->b2, sizeof(net->b2));
	for (int j = 0; j < HIDDEN; j++)
		for (int c = 0; c < CLASSES; c++)
			out[c] += hidden[j] * net->w2[j][c];
}

static void backward(const struct perceptron *net, const float *x, const float *hidden,
		     const float *out_grad, struct perceptron *grad)
{
	float hidden_grad[HIDDEN];

	for (int c = 0; c < CLASSES; c++)
		grad->b2[c] += out_grad[c];
	for (int j = 0; j < HIDDEN; j++) {
		float sum = 0;

		for (int c = 0; c < CLASSES; c++) {
			grad->w2[j][c] += hidden[j] * out_grad[c];
			sum += out_grad[c] * net->w2[j][c];
		}
		hidden_grad[j] = hidden[j] > 0 ? sum : 0;
		grad->b1[j] += hidden_grad[j];
	}
	for (int i = 0; i < PIXELS; i++)
		for (int j = 0; j < HIDDEN; j++)
			grad->w1[i][j] += x[i] * hidden_grad[j];
}

static void descend(float *weight, float *speed, const float *grad, size_t count, float part,
		    float decay, float rate)
{
	for (size_t i = 0; i < count; i++) {
		speed[i] = MOMENTUM * speed[i] + grad[i] * part + decay * weight[i];
		weight[i] -= rate * speed[i];
	}
}

float perceptron_step(struct perceptron *net, struct perceptron *speed,
		      const struct batches *batches, float rate)
{
	const float part = 1.0f / (float)batches->size;
	struct perceptron grad = { 0 };
	float loss = 0;

	for (uint32_t i = 0; i < batches->size; i++) {
		float hidden[HIDDEN], out[CLASSES];

		forward(net, batches->x[i], hidden, out);
		loss += cross_entropy(out, batches->target[i]);
		backward(net, batches->x[i], hidden, out, &grad);
	}
	descend(net->w1[0], speed->w1[0], grad.w1[0], PIXELS * HIDDEN, part, DECAY, rate);
	descend(net->b1, speed->b1, grad.b1, HIDDEN, part, 0, rate);
	descend(net->w2[0], speed->w2[0], grad.w2[0], HIDDEN * CLASSES, part, DECAY, rate);
	descend(net->b2, speed->b2, grad.b2, CLASSES, part, 0, rate);
	return loss * part;
}

int perceptron_answer(const struct perceptron *net, const float x[PIXELS])
{
	float hidden[HIDDEN], out[CLASSES];
	int best = 0;

	forward(net, x, hidden, out);
	for (int c = 1; c < CLASSES; c++)
		if (out[c] > out[best])
			best = c;
	return best;
}
