// SPDX-License-Identifier: MIT
/* Convolutions. */
#include <string.h>

#include "make.h"

bool make_conv(struct making *making, uint32_t code, const uint32_t *word)
{
	struct ipu_ops *ops = &making->ops;
	struct ipu_conv_plan plan;
	const struct ipu_conv conv = {
		.stride = { word[5], word[6] },
		.padding = { word[7], word[8] },
		.dilation = { word[9], word[10] },
		.groups = word[11],
		.host = word[12],
		.plan = word[13] ? &plan : NULL,
	};

	if (code != DO_CONV)
		return false;
	if (word[13])
		memcpy(&plan, word + 14, sizeof(plan));
	if (word[0] == IPU_CONV_FORWARD)
		ipu_make_conv2d(ops, array_of(making, word[1]), array_of(making, word[2]),
				array_of(making, word[3]), maybe_array(making, word[4]), &conv);
	else if (word[0] == IPU_CONV_INPUT_GRAD)
		ipu_make_conv2d_input_grad(ops, array_of(making, word[1]),
					   array_of(making, word[2]), array_of(making, word[3]),
					   &conv);
	else
		ipu_make_conv2d_weight_grad(ops, array_of(making, word[1]),
					    array_of(making, word[2]), array_of(making, word[3]),
					    &conv);
	return true;
}
