/* SPDX-License-Identifier: MIT */
/* What the parts of the tests' tile program share: each does the instructions of one family. */
#ifndef OPS_TILE_H
#define OPS_TILE_H

#include <ipu/ops.h>
#include <ipu/step.h>

#include "script.h"

extern struct ipu_ops ops;
extern struct ipu_memory memory;

/** array - the array with a number; a fault if there is none */
struct ipu_array *array(uint32_t number);

/** float_of - a float of the script */
static inline float float_of(uint32_t word)
{
	union {
		uint32_t word;
		float value;
	} bits = { word };

	return bits.value;
}

/*
 * Each does an instruction if it is one of its family.
 * @code: of the instruction
 * @word: what follows
 * Return: whether it was
 */
bool do_conv(uint32_t code, const uint32_t *word);
bool do_index(uint32_t code, const uint32_t *word);
bool do_map(uint32_t code, const uint32_t *word);
bool do_matmul(uint32_t code, const uint32_t *word);
bool do_optim(uint32_t code, const uint32_t *word);
bool do_pool(uint32_t code, const uint32_t *word);
bool do_random(uint32_t code, const uint32_t *word);
bool do_rows(uint32_t code, const uint32_t *word);

#endif /* OPS_TILE_H */
