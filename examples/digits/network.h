/* SPDX-License-Identifier: MIT */
/*
 * The network, shared by the host's programs and the tile's: 64 pixels, one
 * hidden layer of rectified linear units, and a probability for each digit.
 *
 *	hidden = max(0, w1 x + b1)	y = softmax(w2 hidden + b2)
 */
#ifndef DIGITS_NETWORK_H
#define DIGITS_NETWORK_H

#include "digits_data.h"

#define HIDDEN 64

#endif /* DIGITS_NETWORK_H */
