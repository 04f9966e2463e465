/* SPDX-License-Identifier: MIT */
/* The network on the host. */
#ifndef DIGITS_HOST_NETWORK_H
#define DIGITS_HOST_NETWORK_H

#include "network.h"

struct network {
	float w1[HIDDEN][PIXELS];
	float b1[HIDDEN];
	float w2[CLASSES][HIDDEN];
	float b2[CLASSES];
};

/**
 * network_run - classify one digit
 * @net: the network
 * @x: pixels, 0 to 1
 * @hidden: out: the hidden layer
 * @y: out: the probability of each class
 */
void network_run(const struct network *net, const float x[PIXELS], float hidden[HIDDEN],
		 float y[CLASSES]);

/** network_best - the most probable class */
int network_best(const float y[CLASSES]);

/**
 * network_train - train a network from scratch
 * @net: out
 * @x: TRAIN digits of PIXELS each
 * @label: their classes
 *
 * Stochastic gradient descent with momentum and weight decay; the digits are
 * shifted by up to half a pixel, differently each time. Always the same result
 * on one machine: the random numbers have a fixed seed.
 */
void network_train(struct network *net, const float *x, const int *label);

#endif /* DIGITS_HOST_NETWORK_H */
