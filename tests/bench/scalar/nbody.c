// SPDX-License-Identifier: MIT
/*
 * Bodies that attract each other, by leapfrog steps; momentum and energy must stay.
 */
#include "bench.h"

#define BODIES 8
#define STEPS 100
#define STEP 0.001f
#define SOFTENING 0.05f

struct body {
	float x[3], v[3], mass;
};

static struct body bodies[BODIES];

static void place(void)
{
	uint32_t i, axis, seed = 1;

	for (i = 0; i < BODIES; i++) {
		bodies[i].mass = 1 + (float)(bench_random(&seed) & 0xff) / 256;
		for (axis = 0; axis < 3; axis++) {
			bodies[i].x[axis] = (float)(bench_random(&seed) & 0xffff) / 16384 - 2;
			bodies[i].v[axis] = (float)(bench_random(&seed) & 0xffff) / 65536 - 0.5f;
		}
	}
}

static float distance(const struct body *a, const struct body *b, float d[3])
{
	float square = SOFTENING;
	uint32_t axis;

	for (axis = 0; axis < 3; axis++) {
		d[axis] = a->x[axis] - b->x[axis];
		square += d[axis] * d[axis];
	}
	return __builtin_sqrtf(square);
}

static float energy(void)
{
	float sum = 0, d[3];
	uint32_t i, k;

	for (i = 0; i < BODIES; i++) {
		const struct body *a = &bodies[i];

		sum += 0.5f * a->mass * (a->v[0] * a->v[0] + a->v[1] * a->v[1] + a->v[2] * a->v[2]);
		for (k = 0; k < i; k++)
			sum -= a->mass * bodies[k].mass / distance(a, &bodies[k], d);
	}
	return sum;
}

static float momentum(uint32_t axis)
{
	float sum = 0;
	uint32_t i;

	for (i = 0; i < BODIES; i++)
		sum += bodies[i].mass * bodies[i].v[axis];
	return sum;
}

static void advance(void)
{
	uint32_t i, k, axis;
	float d[3];

	for (i = 0; i < BODIES; i++) {
		struct body *a = &bodies[i];

		for (k = i + 1; k < BODIES; k++) {
			struct body *b = &bodies[k];
			float r = distance(a, b, d);
			float pull = STEP / (r * r * r);

			for (axis = 0; axis < 3; axis++) {
				a->v[axis] -= d[axis] * b->mass * pull;
				b->v[axis] += d[axis] * a->mass * pull;
			}
		}
	}
	for (i = 0; i < BODIES; i++)
		for (axis = 0; axis < 3; axis++)
			bodies[i].x[axis] += STEP * bodies[i].v[axis];
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t step, axis, sum = 0;

	while (rounds--) {
		float before, p[3];

		place();
		before = energy();
		for (axis = 0; axis < 3; axis++)
			p[axis] = momentum(axis);
		for (step = 0; step < STEPS; step++)
			advance();
		if (!bench_near(energy() / before, 1, 0.01f))
			return BENCH_WRONG;
		for (axis = 0; axis < 3; axis++)
			if (!bench_near(momentum(axis), p[axis], 0.001f))
				return BENCH_WRONG;
		sum = bench_checksum(sum, (int32_t)(bodies[0].x[0] * 1e6f));
	}
	return sum;
}
