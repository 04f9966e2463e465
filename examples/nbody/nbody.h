/* SPDX-License-Identifier: MIT */
/* What the tiles and the host compute alike, to the last bit. */
#ifndef NBODY_H
#define NBODY_H

#define NBODY_STEP 0.001f /* of time */
#define NBODY_SOFTENING 0.0025f /* square of the distance below which bodies pass each other */

/* The acceleration @sum grows by what a body of mass @mass does that is (@x, @y, @z) away. */
static inline void nbody_pull(float sum[3], float x, float y, float z, float mass)
{
	float square =
		__builtin_fmaf(x, x, __builtin_fmaf(y, y, __builtin_fmaf(z, z, NBODY_SOFTENING)));
	float factor = mass / (square * __builtin_sqrtf(square));

	sum[0] = __builtin_fmaf(x, factor, sum[0]);
	sum[1] = __builtin_fmaf(y, factor, sum[1]);
	sum[2] = __builtin_fmaf(z, factor, sum[2]);
}

/* Where a body is, and how fast, after a step in which it is accelerated. */
static inline void nbody_move(float *place, float *speed, float acceleration)
{
	*speed = __builtin_fmaf(NBODY_STEP, acceleration, *speed);
	*place = __builtin_fmaf(NBODY_STEP, *speed, *place);
}

#endif /* NBODY_H */
