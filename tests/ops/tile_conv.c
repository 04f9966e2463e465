// SPDX-License-Identifier: MIT
/* Convolutions. */
#include <string.h>

#include "ops-tile.h"

bool do_conv(uint32_t code, const uint32_t *word)
{
	const struct ipu_conv conv = {
		.stride = { word[5], word[6] },
		.padding = { word[7], word[8] },
		.dilation = { word[9], word[10] },
		.groups = word[11],
		.host = word[12],
	};

	if (code != DO_CONV)
		return false;
	if (word[0] == IPU_CONV_FORWARD)
		ipu_make_conv2d(&ops, array(word[1]), array(word[2]), array(word[3]),
				word[4] ? array(word[4] - 1) : NULL, &conv);
	else if (word[0] == IPU_CONV_INPUT_GRAD)
		ipu_make_conv2d_input_grad(&ops, array(word[1]), array(word[2]), array(word[3]),
					   &conv);
	else
		ipu_make_conv2d_weight_grad(&ops, array(word[1]), array(word[2]), array(word[3]),
					    &conv);
	return true;
}
