/* SPDX-License-Identifier: MIT */
/* The convolutional network that is trained: what the tile program and the host's have in common. */
#ifndef CONVNET_H
#define CONVNET_H

#include "digits_data.h"

#define SIDE 8 /* a digit is SIDE by SIDE pixels */
#define KERNEL 3 /* of both convolutions, KERNEL by KERNEL */
#define FIRST 16 /* channels that the first convolution gives out */
#define SECOND 32 /* those of the second */
#define POOL 2 /* the largest of POOL by POOL is kept */
#define POOLED (SIDE / POOL)
#define FEATURES (POOLED * POOLED * SECOND)
#define ROWS 4 /* digits of a batch on a tile */

#define MOMENTUM 0.9f
#define DECAY 5e-4f

#endif /* CONVNET_H */
