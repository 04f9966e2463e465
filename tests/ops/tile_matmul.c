// SPDX-License-Identifier: MIT
/* Products of matrices. */
#include "ops-tile.h"

bool do_matmul(uint32_t code, const uint32_t *word)
{
	const struct ipu_plan plan = {
		.pb = word[4], .pm = word[5], .pn = word[6], .pk = word[7], .ks = word[8]
	};
	const struct ipu_plan *const grid = plan.pb ? &plan : NULL;
	struct ipu_ops load;

	if (code != DO_MATMUL)
		return false;
	if (!(word[3] & IPU_IN_PLACE)) {
		ipu_make_matmul(&ops, array(word[0]), array(word[1]), array(word[2]), word[3],
				grid);
		return true;
	}
	ipu_ops_init(&load, &memory);
	ipu_make_matmul_weights(&load, &ops, array(word[0]), array(word[1]), array(word[2]),
				word[3], grid);
	/* What the host has put there. */
	ipu_ops_run(&load);
	return true;
}
