// SPDX-License-Identifier: MIT
/* What the networks on the host end in: see softmax.h. */
#include <math.h>

#include "digits_data.h"
#include "softmax.h"

float cross_entropy(float *out, const float *target)
{
	float most = out[0], sum = 0, loss = 0;

	for (int c = 1; c < CLASSES; c++)
		most = fmaxf(most, out[c]);
	for (int c = 0; c < CLASSES; c++)
		sum += expf(out[c] - most);
	for (int c = 0; c < CLASSES; c++) {
		const float log = out[c] - most - logf(sum);

		loss -= target[c] * log;
		out[c] = expf(log) - target[c];
	}
	return loss;
}
