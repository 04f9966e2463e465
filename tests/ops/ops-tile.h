/* SPDX-License-Identifier: MIT */
/* What the tile program of the operations' tests and the host agree on. */
#ifndef OPS_TILE_H
#define OPS_TILE_H

#include "script.h"

#define SCRIPT_WORDS 4096
#define HEAP_WORDS 100000 /* of a tile: arrays, tables, and scratch memory */
#define SCRATCH_BYTES 163840
#define MAX_ARRAYS 256
#define GUARD_BYTES 256 /* of what is free beside arrays and tables, checked after a run */

/*
 * What is free of a tile's memory is filled with this, and must hold it after the run. It is what
 * a NaN has in each float type, so that who reads it has wrong results.
 */
#define UNTOUCHED 0xfff6fff6u

#endif /* OPS_TILE_H */
