/* SPDX-License-Identifier: MIT */
/* The perceptron that is trained: what the tile program and the host's have in common. */
#ifndef PERCEPTRON_H
#define PERCEPTRON_H

#include "digits_data.h"

#define HIDDEN 256
#define ROWS 4 /* digits of a batch on a tile */

#define MOMENTUM 0.9f
#define DECAY 5e-4f

#endif /* PERCEPTRON_H */
