// SPDX-License-Identifier: MIT
/* Batches of digits: see batches.h. */
#include <math.h>
#include <string.h>

#include "batches.h"

#define SIDE 8 /* a digit is SIDE by SIDE pixels */
#define MOVE 0.55f /* pixels */
#define TURN 0.1f /* radians */
#define STRETCH 0.03f
#define SMOOTH 0.1f /* probability that is shared by all classes */
#define SEED 0x9e3779b97f4a7c15

/* xorshift64 (G. Marsaglia, 2003) */
float random_in(uint64_t *state, float limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return ((float)(uint32_t)(*state >> 32) * 0x1p-31f - 1.0f) * limit;
}

static float pixel(const float *x, int row, int column)
{
	if (row < 0 || row >= SIDE || column < 0 || column >= SIDE)
		return 0;
	return x[row * SIDE + column];
}

/* What is between pixels is blended from them. */
static float blend(const float *x, float row, float column)
{
	const int row0 = (int)floorf(row), column0 = (int)floorf(column);
	const float down = row - (float)row0, right = column - (float)column0;

	return (1 - down) * ((1 - right) * pixel(x, row0, column0) +
			     right * pixel(x, row0, column0 + 1)) +
	       down * ((1 - right) * pixel(x, row0 + 1, column0) +
		       right * pixel(x, row0 + 1, column0 + 1));
}

/* Move, turn and stretch a digit. */
static void change(const float *from, float *to, uint64_t *state)
{
	const float turn = random_in(state, TURN), slant = random_in(state, TURN);
	const float wide = 1 + random_in(state, STRETCH), high = 1 + random_in(state, STRETCH);
	const float right = random_in(state, MOVE), down = random_in(state, MOVE);
	const float middle = (SIDE - 1) / 2.0f;

	for (int i = 0; i < PIXELS; i++) {
		const float y = (float)(i / SIDE) - middle, x = (float)(i % SIDE) - middle;

		to[i] = blend(from, high * (sinf(turn) * x + cosf(turn) * y) + down + middle,
			      wide * (cosf(turn) * x - sinf(turn + slant) * y) + right + middle);
	}
}

static void shuffle(struct batches *batches)
{
	for (int i = TRAIN - 1; i > 0; i--) {
		const float part = random_in(&batches->random, 0.5f) + 0.5f;
		const int other = (int)(part * (float)i), swap = batches->order[i];

		batches->order[i] = batches->order[other];
		batches->order[other] = swap;
	}
}

void batches_begin(struct batches *batches, const struct digits *digits, uint32_t size)
{
	memset(batches, 0, sizeof(*batches));
	batches->digits = digits;
	batches->size = size;
	batches->random = SEED;
	for (int i = 0; i < TRAIN; i++)
		batches->order[i] = i;
}

void batches_next(struct batches *batches)
{
	const uint32_t first = batches->step++ % (TRAIN / batches->size) * batches->size;

	if (!first)
		shuffle(batches);
	for (uint32_t i = 0; i < batches->size; i++) {
		const int number = batches->order[first + i];

		change(batches->digits->x[number], batches->x[i], &batches->random);
		for (int c = 0; c < CLASSES; c++)
			batches->target[i][c] =
				SMOOTH / CLASSES +
				(batches->digits->label[number] == c ? 1 - SMOOTH : 0);
	}
}
