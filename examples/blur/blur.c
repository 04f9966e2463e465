/* SPDX-License-Identifier: MIT */
/*
 * Blur an image: each pixel becomes the mean of the 3 by 3 pixels around it, or at an edge of
 * those that exist. The rows of the image are sharded, and a tile needs one more row above its
 * own and one below, which other tiles have: its halo.
 *
 *	ipu-run blur.elf --device sim -i image=image.npy -o blurred=blurred.npy
 */
#include <ipu/tile.h>

#define ROWS 128 /* on a tile, at most */
#define COLUMNS 256

/* image[0] is the row above the tile's first one, which is image[1]. */
IPU_INPUT_HALO(float, image, IPU_SHARDED, 1, ROWS, COLUMNS);
IPU_OUTPUT(float, blurred, IPU_SHARDED, ROWS, COLUMNS);

static float mean(uint32_t top, uint32_t bottom, uint32_t column)
{
	const uint32_t left = column ? column - 1 : 0;
	const uint32_t right = column + 1 < COLUMNS ? column + 1 : column;
	float sum = 0;

	for (uint32_t row = top; row <= bottom; row++)
		for (uint32_t i = left; i <= right; i++)
			sum += image[row][i];
	return sum / (float)((bottom - top + 1) * (right - left + 1));
}

static void blur(void *arg)
{
	const struct ipu_range range = ipu_worker_range(IPU_ROWS(image));

	(void)arg;
	for (uint32_t row = range.begin; row < range.end; row++) {
		/* Where this row is in the whole image, and so whether there is one above and below. */
		const uint32_t whole = IPU_FIRST_ROW(image) + row;
		const uint32_t top = whole ? row : row + 1;
		const uint32_t bottom = whole + 1 < IPU_TOTAL_ROWS(image) ? row + 2 : row + 1;

		for (uint32_t column = 0; column < COLUMNS; column++)
			blurred[row][column] = mean(top, bottom, column);
	}
}

int main(void)
{
	IPU_EXCHANGE_HALO(image);
	IPU_SAME_PLACE(blurred, image);
	ipu_run_workers(blur, NULL);
	return 0;
}
