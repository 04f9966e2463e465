/* SPDX-License-Identifier: MIT */
/* The convolutional network on the host: the same training, in plain C. */
#ifndef HOST_CONVNET_H
#define HOST_CONVNET_H

#include "batches.h"
#include "convnet.h"

/* Its parameters, laid out as the tile program's tensors are. */
struct convnet {
	float w1[KERNEL][KERNEL][FIRST];
	float b1[FIRST];
	float w2[KERNEL][KERNEL][FIRST][SECOND];
	float b2[SECOND];
	float w3[FEATURES][CLASSES];
	float b3[CLASSES];
};

/** convnet_begin - random weights, always the same ones */
void convnet_begin(struct convnet *net);

/**
 * convnet_step - a step of training: gradient descent with momentum
 * @net: the network
 * @speed: what it changed by in the last step, zero in the first
 * @batches: with the batch
 * @rate: learning rate
 *
 * Return: the loss before the step, cross-entropy.
 */
float convnet_step(struct convnet *net, struct convnet *speed, const struct batches *batches,
		   float rate);

/** convnet_answer - which digit it sees */
int convnet_answer(const struct convnet *net, const float x[PIXELS]);

/** convnet_rate - the learning rate of a step */
float convnet_rate(uint32_t step, uint32_t steps);

#endif /* HOST_CONVNET_H */
