/* SPDX-License-Identifier: MIT */
/*
 * The network of network.h on the tiles. The digits are sharded: each tile gets
 * some of them, each of its workers a sixth of those. The weights are broadcast:
 * every tile has all of them.
 *
 *	ipu-run digits.elf --tiles 64 -i x=x.npy -i w1=w1.npy -i b1=b1.npy \
 *		-i w2=w2.npy -i b2=b2.npy -o y=y.npy
 */
#include <math.h>

#include <ipu/tile.h>

#include "network.h"

IPU_INPUT(float, x, IPU_SHARDED, TEST, PIXELS);
IPU_INPUT(float, w1, IPU_BROADCAST, HIDDEN, PIXELS);
IPU_INPUT(float, b1, IPU_BROADCAST, HIDDEN);
IPU_INPUT(float, w2, IPU_BROADCAST, CLASSES, HIDDEN);
IPU_INPUT(float, b2, IPU_BROADCAST, CLASSES);
IPU_OUTPUT(float, y, IPU_SHARDED, TEST, CLASSES);

/* bias + the sum of weights[i] * in[i] */
static float neuron(float bias, const float *weights, const float *in, uint32_t n)
{
	float sum = bias;

	for (uint32_t i = 0; i < n; i++)
		sum += weights[i] * in[i];
	return sum;
}

/* Turn scores into probabilities. The largest is subtracted first, so that expf() stays finite. */
static void softmax(float *scores)
{
	float largest = scores[0], sum = 0;

	for (int i = 1; i < CLASSES; i++)
		largest = fmaxf(largest, scores[i]);
	for (int i = 0; i < CLASSES; i++) {
		scores[i] = expf(scores[i] - largest);
		sum += scores[i];
	}
	for (int i = 0; i < CLASSES; i++)
		scores[i] /= sum;
}

static void classify(const float *pixels, float *probabilities)
{
	float hidden[HIDDEN];

	for (int i = 0; i < HIDDEN; i++)
		hidden[i] = fmaxf(0, neuron(b1[i], w1[i], pixels, PIXELS));
	for (int i = 0; i < CLASSES; i++)
		probabilities[i] = neuron(b2[i], w2[i], hidden, HIDDEN);
	softmax(probabilities);
}

static void work(void *arg)
{
	struct ipu_range part = ipu_worker_range(IPU_ROWS(x));

	(void)arg;
	for (uint32_t i = part.begin; i < part.end; i++)
		classify(x[i], y[i]);
}

int main(void)
{
	IPU_ROWS(y) = IPU_ROWS(x);
	ipu_run_workers(work, NULL);
	return 0;
}
