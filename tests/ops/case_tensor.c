// SPDX-License-Identifier: MIT
/* Tensors of the program as arrays: one whose rows are all on tile 0, brought to all tiles. */
#include <stdio.h>

#include "families.h"

static void add_tensor(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	const uint32_t shape = 4;
	uint32_t to;

	(void)size;
	snprintf(sheet->what, sizeof(sheet->what), "a tensor of one row");
	sheet->lay = LAY_COPIES;
	to = array_add(sheet, dtype, 1, &shape);
	SCRIPT(sheet, DO_TENSOR, to);
	for (uint32_t i = 0; i < 4; i++)
		array_expect(sheet, to, i, i + 1, 0);
}

const struct family family_tensor = { "tensor", { IPU_F32 }, add_tensor, .alone = true };
