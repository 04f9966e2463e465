/* SPDX-License-Identifier: MIT */
/*
 * How heat spreads in a plate whose edge is kept at 0 degrees: a stencil in two dimensions. The
 * tiles form a grid, each has a block of the plate, and before each step it pulls the temperatures
 * around its block from its neighbours.
 */
#include <ipu/tile.h>

#include "heat.h"

#define ROWS 64 /* of a tile's block, at most */
#define COLUMNS 64

IPU_INPUT(uint32_t, steps, IPU_BROADCAST, 1);
IPU_INOUT_HALO(float, plate, IPU_GRID, 1, ROWS, COLUMNS);
IPU_BUFFER_HALO(float, other, IPU_GRID, 1, ROWS, COLUMNS);

static void step(float (*restrict to)[COLUMNS + 2], float (*restrict from)[COLUMNS + 2])
{
	const struct ipu_range range = ipu_worker_range(IPU_ROWS(plate));
	const uint32_t columns = IPU_COLUMNS(plate);

	for (uint32_t row = range.begin + 1; row <= range.end; row++)
		for (uint32_t column = 1; column <= columns; column++)
			to[row][column] = heat_next(from[row][column], from[row - 1][column],
						    from[row + 1][column], from[row][column - 1],
						    from[row][column + 1]);
}

static void step_forth(void *arg)
{
	(void)arg;
	step(other, plate);
}

static void step_back(void *arg)
{
	(void)arg;
	step(plate, other);
}

static void copy_back(void *arg)
{
	const struct ipu_range range = ipu_worker_range(IPU_ROWS(plate));

	(void)arg;
	for (uint32_t row = range.begin + 1; row <= range.end; row++)
		for (uint32_t column = 1; column <= IPU_COLUMNS(plate); column++)
			plate[row][column] = other[row][column];
}

int main(void)
{
	IPU_SAME_PLACE(other, plate);
	for (uint32_t i = 0; i < steps[0]; i++) {
		if (i % 2) {
			IPU_EXCHANGE_HALO(other);
			ipu_run_workers(step_back, NULL);
		} else {
			IPU_EXCHANGE_HALO(plate);
			ipu_run_workers(step_forth, NULL);
		}
	}
	if (steps[0] % 2)
		ipu_run_workers(copy_back, NULL);
	return 0;
}
