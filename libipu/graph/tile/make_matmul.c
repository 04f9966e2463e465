// SPDX-License-Identifier: MIT
/* Products of matrices. */
#include "make.h"

bool make_matmul(struct making *making, uint32_t code, const uint32_t *word)
{
	const struct ipu_plan plan = {
		.pb = word[4], .pm = word[5], .pn = word[6], .pk = word[7], .ks = word[8]
	};
	const struct ipu_plan *const grid = plan.pb ? &plan : NULL;
	struct ipu_ops load;

	if (code != DO_MATMUL)
		return false;
	if (!(word[3] & IPU_IN_PLACE)) {
		ipu_make_matmul(&making->ops, array_of(making, word[0]), array_of(making, word[1]),
				array_of(making, word[2]), word[3], grid);
		return true;
	}
	ipu_ops_init(&load, making->memory);
	ipu_make_matmul_weights(&load, &making->ops, array_of(making, word[0]),
				array_of(making, word[1]), array_of(making, word[2]), word[3],
				grid);
	/* What the host has put there. */
	ipu_ops_run(&load);
	return true;
}
