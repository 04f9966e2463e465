/* SPDX-License-Identifier: MIT */
/* The perceptron on the host: the same training, in plain C. */
#ifndef HOST_PERCEPTRON_H
#define HOST_PERCEPTRON_H

#include "batches.h"
#include "perceptron.h"

/* Its parameters, laid out as the tile program's tensors are. */
struct perceptron {
	float w1[PIXELS][HIDDEN];
	float b1[HIDDEN];
	float w2[HIDDEN][CLASSES];
	float b2[CLASSES];
};

/** perceptron_begin - random weights, always the same ones */
void perceptron_begin(struct perceptron *net);

/**
 * perceptron_step - a step of training: gradient descent with momentum
 * @net: the network
 * @speed: what it changed by in the last step, zero in the first
 * @batches: with the batch
 * @rate: learning rate
 *
 * Return: the loss before the step, cross-entropy.
 */
float perceptron_step(struct perceptron *net, struct perceptron *speed,
		      const struct batches *batches, float rate);

/** perceptron_answer - which digit it sees */
int perceptron_answer(const struct perceptron *net, const float x[PIXELS]);

/** perceptron_rate - the learning rate of a step */
float perceptron_rate(uint32_t step, uint32_t steps);

#endif /* HOST_PERCEPTRON_H */
