// SPDX-License-Identifier: MIT
/* Pooling. */
#include "make.h"

bool make_pool(struct making *making, uint32_t code, const uint32_t *word)
{
	const struct ipu_pool pool = {
		.kernel = { word[3], word[4] },
		.stride = { word[5], word[6] },
		.padding = { word[7], word[8] },
		.dilation = { word[9], word[10] },
		.include_padding = word[11],
	};

	switch (code) {
	case DO_MAX_POOL:
		ipu_make_max_pool2d(&making->ops, array_of(making, word[1]),
				    maybe_array(making, word[2]), array_of(making, word[0]), &pool);
		return true;
	case DO_MAX_POOL_GRAD:
		ipu_make_max_pool2d_grad(&making->ops, array_of(making, word[0]),
					 array_of(making, word[1]), array_of(making, word[2]),
					 &pool);
		return true;
	case DO_AVG_POOL:
		ipu_make_avg_pool2d(&making->ops, array_of(making, word[1]),
				    array_of(making, word[0]), &pool);
		return true;
	case DO_AVG_POOL_GRAD:
		ipu_make_avg_pool2d_grad(&making->ops, array_of(making, word[0]),
					 array_of(making, word[1]), &pool);
		return true;
	default:
		return false;
	}
}
