/* SPDX-License-Identifier: MIT */
/* What the tiles and the host compute alike, to the last bit. */
#ifndef HEAT_H
#define HEAT_H

#define HEAT_RATE 0.2f /* of what flows to a neighbour in a step */

/* The next temperature at a place, from those around it. */
static inline float heat_next(float here, float above, float below, float left, float right)
{
	float flow = __builtin_fmaf(-4.0f, here, (above + below) + (left + right));

	return __builtin_fmaf(HEAT_RATE, flow, here);
}

#endif /* HEAT_H */
