/* SPDX-License-Identifier: MIT */
/* The network on the host: inference and training. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "host_network.h"

#define SIDE 8 /* a digit is SIDE by SIDE pixels */
#define EPOCHS 60
#define BATCH 16
#define RATE 0.05f /* of the first epoch; falls to 0 */
#define MOMENTUM 0.9f
#define DECAY 0.0005f
#define SHIFT 0.5f /* pixels */

_Static_assert(SIDE *SIDE == PIXELS, "digits are square");
_Static_assert(TRAIN % BATCH == 0, "an epoch is a whole number of batches");

int network_best(const float y[CLASSES])
{
	int best = 0;

	for (int i = 1; i < CLASSES; i++) {
		if (y[i] > y[best])
			best = i;
	}
	return best;
}

void network_run(const struct network *net, const float x[PIXELS], float hidden[HIDDEN],
		 float y[CLASSES])
{
	float largest, sum = 0;

	for (int i = 0; i < HIDDEN; i++) {
		sum = net->b1[i];
		for (int j = 0; j < PIXELS; j++)
			sum += net->w1[i][j] * x[j];
		hidden[i] = fmaxf(0, sum);
	}
	for (int i = 0; i < CLASSES; i++) {
		y[i] = net->b2[i];
		for (int j = 0; j < HIDDEN; j++)
			y[i] += net->w2[i][j] * hidden[j];
	}

	largest = y[network_best(y)];
	sum = 0;
	for (int i = 0; i < CLASSES; i++) {
		y[i] = expf(y[i] - largest);
		sum += y[i];
	}
	for (int i = 0; i < CLASSES; i++)
		y[i] /= sum;
}

/* xorshift64 (G. Marsaglia, 2003) */
static uint32_t random_bits(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)(*seed >> 32);
}

static float random_in(uint64_t *seed, float limit)
{
	return ((float)random_bits(seed) * 0x1p-31f - 1.0f) * limit;
}

static void random_weights(struct network *net, uint64_t *seed)
{
	memset(net, 0, sizeof(*net));
	for (int i = 0; i < HIDDEN; i++) {
		for (int j = 0; j < PIXELS; j++)
			net->w1[i][j] = random_in(seed, sqrtf(6.0f / PIXELS));
	}
	for (int i = 0; i < CLASSES; i++) {
		for (int j = 0; j < HIDDEN; j++)
			net->w2[i][j] = random_in(seed, sqrtf(6.0f / HIDDEN));
	}
}

static float pixel(const float x[PIXELS], int row, int column)
{
	if (row < 0 || row >= SIDE || column < 0 || column >= SIDE)
		return 0;
	return x[row * SIDE + column];
}

/* Move a digit by a random part of a pixel, blending neighbours. */
static void shift_digit(const float in[PIXELS], float out[PIXELS], uint64_t *seed)
{
	float down = random_in(seed, SHIFT), right = random_in(seed, SHIFT);
	int row0 = (int)floorf(down), column0 = (int)floorf(right);

	down -= (float)row0;
	right -= (float)column0;
	for (int i = 0; i < PIXELS; i++) {
		int row = i / SIDE + row0, column = i % SIDE + column0;
		float upper =
			(1 - right) * pixel(in, row, column) + right * pixel(in, row, column + 1);
		float lower = (1 - right) * pixel(in, row + 1, column) +
			      right * pixel(in, row + 1, column + 1);

		out[i] = (1 - down) * upper + down * lower;
	}
}

/* Add one digit's gradient of the loss (cross-entropy) to @slope. */
static void add_slope(const struct network *net, const float x[PIXELS], int label,
		      struct network *slope)
{
	float hidden[HIDDEN], y[CLASSES];

	network_run(net, x, hidden, y);
	y[label] -= 1;
	for (int i = 0; i < CLASSES; i++) {
		slope->b2[i] += y[i];
		for (int j = 0; j < HIDDEN; j++)
			slope->w2[i][j] += y[i] * hidden[j];
	}
	for (int j = 0; j < HIDDEN; j++) {
		float back = 0;

		if (hidden[j] <= 0)
			continue;
		for (int i = 0; i < CLASSES; i++)
			back += y[i] * net->w2[i][j];
		slope->b1[j] += back;
		for (int k = 0; k < PIXELS; k++)
			slope->w1[j][k] += back * x[k];
	}
}

static void step(float *weight, float *speed, const float *slope, int n, float rate, float decay)
{
	for (int i = 0; i < n; i++) {
		speed[i] = MOMENTUM * speed[i] - rate * (slope[i] / BATCH + decay * weight[i]);
		weight[i] += speed[i];
	}
}

static void shuffle(int *order, uint64_t *seed)
{
	for (int i = TRAIN - 1; i > 0; i--) {
		int j = (int)(random_bits(seed) % (uint32_t)(i + 1));
		int swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
}

void network_train(struct network *net, const float *x, const int *label)
{
	uint64_t seed = 0x9e3779b97f4a7c15;
	struct network speed = { 0 };
	int order[TRAIN];

	random_weights(net, &seed);
	for (int i = 0; i < TRAIN; i++)
		order[i] = i;

	for (int batch = 0; batch < EPOCHS * TRAIN / BATCH; batch++) {
		int epoch = batch / (TRAIN / BATCH), first = batch % (TRAIN / BATCH) * BATCH;
		float rate = RATE * (1 - (float)epoch / EPOCHS);
		struct network slope = { 0 };

		if (first == 0)
			shuffle(order, &seed);
		for (int i = first; i < first + BATCH; i++) {
			float shifted[PIXELS];

			shift_digit(&x[order[i] * PIXELS], shifted, &seed);
			add_slope(net, shifted, label[order[i]], &slope);
		}
		step(net->w1[0], speed.w1[0], slope.w1[0], HIDDEN * PIXELS, rate, DECAY);
		step(net->b1, speed.b1, slope.b1, HIDDEN, rate, 0);
		step(net->w2[0], speed.w2[0], slope.w2[0], CLASSES * HIDDEN, rate, DECAY);
		step(net->b2, speed.b2, slope.b2, CLASSES, rate, 0);
	}
}
