// SPDX-License-Identifier: MIT
/*
 * The host's side of the heat stencil:
 *
 *	heat-host make PLATE.npy STEPS.npy ROWS COLUMNS STEPS
 *	heat-host check PLATE.npy STEPS.npy RESULT.npy PICTURE.ppm
 *
 * make writes the plate as it is at first, with some hot places; check computes the same steps,
 * compares every bit, and draws the result.
 */
#include <stdio.h>
#include <string.h>

#include "example_host.h"
#include "heat.h"

#define HOT 100.0f
#define MOST 65536

static bool is_hot(uint64_t row, uint64_t rows, uint64_t column, uint64_t columns)
{
	double y = (double)row / (double)rows - 0.5, x = (double)column / (double)columns - 0.5;
	double ring = x * x + y * y;

	/* A ring, a disc on its left and a bar below. */
	return (ring > 0.08 && ring < 0.12) || (x + 0.1) * (x + 0.1) + y * y < 0.004 ||
	       (y > 0.4 && y < 0.44 && x > -0.3 && x < 0.3);
}

static void make(char **argv)
{
	const uint32_t rows = number(argv[2], MOST), columns = number(argv[3], MOST);
	const uint32_t steps = number(argv[4], 1000000);
	float *plate = allocate((size_t)rows * columns, sizeof(*plate));

	for (size_t i = 0; i < (size_t)rows * columns; i++)
		plate[i] = is_hot(i / columns, rows, i % columns, columns) ? HOT : 0;
	array_write(argv[0], "<f4", plate, rows, columns);
	array_write(argv[1], "<u4", &steps, 1, 0);
	free(plate);
}

/* A step on the host: what is outside the plate has 0 degrees. */
static void step(float *to, const float *from, size_t rows, size_t columns)
{
	for (size_t row = 0; row < rows; row++)
		for (size_t column = 0; column < columns; column++) {
			const float *at = from + row * columns + column;

			to[row * columns + column] =
				heat_next(*at, row ? at[-(ptrdiff_t)columns] : 0,
					  row + 1 < rows ? at[columns] : 0, column ? at[-1] : 0,
					  column + 1 < columns ? at[1] : 0);
		}
}

/* From black over red and yellow to white. */
static void draw(const char *path, const float *plate, size_t rows, size_t columns)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		fail("%s cannot be written", path);
	fprintf(file, "P6\n%zu %zu\n255\n", columns, rows);
	for (size_t i = 0; i < rows * columns; i++)
		for (int part = 0; part < 3; part++) {
			float light = 3 * plate[i] / HOT - (float)part;

			fputc(light <= 0 ? 0 : light >= 1 ? 255 : (int)(255 * light), file);
		}
	if (ferror(file) | fclose(file))
		fail("%s cannot be written", path);
}

static void check(char **argv)
{
	struct npy plate, steps, result;
	const float *got;
	float *now, *next;
	size_t count;

	array_read(argv[0], "<f4", 2, &plate);
	array_read(argv[1], "<u4", 1, &steps);
	array_read(argv[2], "<f4", 2, &result);
	if (memcmp(plate.shape, result.shape, 2 * sizeof(plate.shape[0])))
		fail("%s has another shape than %s", argv[2], argv[0]);
	count = plate.shape[0] * plate.shape[1];
	now = allocate(count, sizeof(*now));
	next = allocate(count, sizeof(*next));
	memcpy(now, plate.data, count * sizeof(*now));
	for (uint32_t i = 0; i < *(const uint32_t *)steps.data; i++) {
		float *swap = now;

		step(next, now, plate.shape[0], plate.shape[1]);
		now = next;
		next = swap;
	}
	got = result.data;
	for (size_t i = 0; i < count; i++)
		if (memcmp(&got[i], &now[i], sizeof(*now)))
			fail("row %zu, column %zu has %.9g degrees on the tiles, %.9g on the host",
			     i / plate.shape[1], i % plate.shape[1], (double)got[i],
			     (double)now[i]);
	draw(argv[3], got, plate.shape[0], plate.shape[1]);
	printf("%u steps of a plate of %zu x %zu: the same bits as on the host\n",
	       *(const uint32_t *)steps.data, (size_t)plate.shape[0], (size_t)plate.shape[1]);
	free(now);
	free(next);
}

int main(int argc, char **argv)
{
	if (argc == 7 && !strcmp(argv[1], "make"))
		make(argv + 2);
	else if (argc == 6 && !strcmp(argv[1], "check"))
		check(argv + 2);
	else
		fail("usage: heat-host make PLATE.npy STEPS.npy ROWS COLUMNS STEPS, or\n"
		     "       heat-host check PLATE.npy STEPS.npy RESULT.npy PICTURE.ppm");
	return 0;
}
