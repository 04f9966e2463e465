/* SPDX-License-Identifier: MIT */
/* arith-host TILES: print, as bytes, the sums that TILES tiles running tile/arith.c give. */
#include <stdio.h>
#include <stdlib.h>

#include "tile/arith.h"

int main(int argc, char **argv)
{
	int tiles = argc == 2 ? atoi(argv[1]) : 0;

	if (tiles < 1) {
		fprintf(stderr, "arith-host: usage: arith-host TILES\n");
		return 2;
	}
	for (int tile = 0; tile < tiles; tile++) {
		uint32_t sums[ARITH_SUMS];

		arith_sums((uint64_t)tile + 1, sums);
		fwrite(sums, sizeof(sums), 1, stdout);
	}
	return 0;
}
