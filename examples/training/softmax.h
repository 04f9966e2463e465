/* SPDX-License-Identifier: MIT */
/* What the networks on the host end in. */
#ifndef SOFTMAX_H
#define SOFTMAX_H

/**
 * cross_entropy - the loss of one digit
 * @out: what the network gives out, for each class; becomes the gradient of the loss
 * @target: the probability that each class should have
 */
float cross_entropy(float *out, const float *target);

#endif /* SOFTMAX_H */
