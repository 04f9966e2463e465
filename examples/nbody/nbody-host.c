// SPDX-License-Identifier: MIT
/*
 * The host's side of the bodies:
 *
 *	nbody-host make PLACES.npy SPEEDS.npy STEPS.npy BODIES STEPS
 *	nbody-host check PLACES.npy SPEEDS.npy STEPS.npy NEW-PLACES.npy NEW-SPEEDS.npy
 *
 * make writes a heavy body with a disc of light ones around it; check computes the same steps,
 * compares every bit, and says how well energy is conserved.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "example_host.h"
#include "nbody.h"

#define MOST 8192

typedef float body[4];

static double between(uint64_t *state, double low, double high)
{
	return low + (high - low) * random_word(state) / 4294967296.0;
}

static void make(char **argv)
{
	const uint32_t bodies = number(argv[3], MOST), steps = number(argv[4], 1000000);
	body *places = allocate(bodies, sizeof(*places)),
	     *speeds = allocate(bodies, sizeof(*speeds));
	uint64_t state = 1;

	places[0][3] = 1;
	for (uint32_t i = 1; i < bodies; i++) {
		double radius = between(&state, 0.4, 1.0), angle = between(&state, 0, 6.2831853);
		double speed = sqrt(1 / radius);

		places[i][0] = (float)(radius * cos(angle));
		places[i][1] = (float)(radius * sin(angle));
		places[i][2] = (float)between(&state, -0.02, 0.02);
		places[i][3] = 1e-6f;
		speeds[i][0] = (float)(-speed * sin(angle));
		speeds[i][1] = (float)(speed * cos(angle));
	}
	array_write(argv[0], "<f4", places, bodies, 4);
	array_write(argv[1], "<f4", speeds, bodies, 4);
	array_write(argv[2], "<u4", &steps, 1, 0);
	free(places);
	free(speeds);
}

static void step(body *places, body *speeds, body *before, uint64_t bodies)
{
	memcpy(before, places, bodies * sizeof(*places));
	for (uint64_t i = 0; i < bodies; i++) {
		float sum[3] = { 0, 0, 0 };

		for (uint64_t j = 0; j < bodies; j++)
			nbody_pull(sum, before[j][0] - before[i][0], before[j][1] - before[i][1],
				   before[j][2] - before[i][2], before[j][3]);
		for (int axis = 0; axis < 3; axis++)
			nbody_move(&places[i][axis], &speeds[i][axis], sum[axis]);
	}
}

static double energy(body *places, body *speeds, uint64_t bodies)
{
	double sum = 0;

	for (uint64_t i = 0; i < bodies; i++) {
		double square = 0;

		for (int axis = 0; axis < 3; axis++)
			square += (double)speeds[i][axis] * (double)speeds[i][axis];
		sum += (double)places[i][3] * square / 2;
		for (uint64_t j = 0; j < i; j++) {
			double distance = (double)NBODY_SOFTENING;

			for (int axis = 0; axis < 3; axis++)
				distance += pow((double)(places[i][axis] - places[j][axis]), 2);
			sum -= (double)places[i][3] * (double)places[j][3] / sqrt(distance);
		}
	}
	return sum;
}

static void compare(const char *path, body *want, uint64_t bodies)
{
	struct npy npy;
	const float *got;

	array_read(path, "<f4", 2, &npy);
	if (npy.shape[0] != bodies || npy.shape[1] != 4)
		fail("%s does not have %llu bodies", path, (unsigned long long)bodies);
	got = npy.data;
	for (uint64_t i = 0; i < bodies; i++)
		if (memcmp(got + 4 * i, want[i], sizeof(want[i])))
			fail("%s: body %llu has %.9g, %.9g, %.9g on the tiles, %.9g, %.9g, %.9g on the host",
			     path, (unsigned long long)i, (double)got[4 * i],
			     (double)got[4 * i + 1], (double)got[4 * i + 2], (double)want[i][0],
			     (double)want[i][1], (double)want[i][2]);
}

static void check(char **argv)
{
	struct npy old_places, old_speeds, steps;
	body *places, *speeds, *before;
	double first, last;
	uint64_t bodies;

	array_read(argv[0], "<f4", 2, &old_places);
	array_read(argv[1], "<f4", 2, &old_speeds);
	array_read(argv[2], "<u4", 1, &steps);
	bodies = old_places.shape[0];
	places = allocate(bodies, sizeof(*places));
	speeds = allocate(bodies, sizeof(*speeds));
	before = allocate(bodies, sizeof(*before));
	memcpy(places, old_places.data, bodies * sizeof(*places));
	memcpy(speeds, old_speeds.data, bodies * sizeof(*speeds));
	first = energy(places, speeds, bodies);
	for (uint32_t i = 0; i < *(const uint32_t *)steps.data; i++)
		step(places, speeds, before, bodies);
	compare(argv[3], places, bodies);
	compare(argv[4], speeds, bodies);
	last = energy(places, speeds, bodies);
	printf("%u steps of %llu bodies: the same bits as on the host\n",
	       *(const uint32_t *)steps.data, (unsigned long long)bodies);
	printf("energy changed by %.1e of itself\n", fabs((last - first) / first));
	free(places);
	free(speeds);
	free(before);
}

int main(int argc, char **argv)
{
	if (argc == 7 && !strcmp(argv[1], "make"))
		make(argv + 2);
	else if (argc == 7 && !strcmp(argv[1], "check"))
		check(argv + 2);
	else
		fail("usage: nbody-host make PLACES.npy SPEEDS.npy STEPS.npy BODIES STEPS, or\n"
		     "       nbody-host check PLACES.npy SPEEDS.npy STEPS.npy NEW-PLACES.npy NEW-SPEEDS.npy");
	return 0;
}
