/* SPDX-License-Identifier: MIT */
/*
 * Making the operations that a script says: for the resident tile program of graphs, and for that
 * of the operations' tests. Knows <ipu/ops.h> and the script, and nothing of who wrote it.
 */
#ifndef IPU_GRAPH_MAKE_H
#define IPU_GRAPH_MAKE_H

#include <ipu/ops.h>
#include <ipu/step.h>

#include "../script.h"

/**
 * struct making - what a script is followed with
 * @ops: the operations that were made
 * @memory: where their tables go
 * @heap: where arrays are
 * @arrays: room for @most of them, which is not needed any more when all is made
 * @most: arrays of the script at most
 * @count: so far
 * @number: where the instruction's number is told, from 0 on; or NULL
 * @size: where the bytes are told that each instruction's tables take, which then do not stay; or
 *	NULL
 */
struct making {
	struct ipu_ops ops;
	struct ipu_memory *memory;
	char *heap;
	struct ipu_array *arrays;
	uint32_t most;
	uint32_t count;
	uint32_t *number;
	uint32_t *size;
};

/** make_all - make what a script says; a fault if it is wrong */
void make_all(struct making *making, const uint32_t *script);

/** array_of - the array with a number; a fault if there is none */
struct ipu_array *array_of(const struct making *making, uint32_t number);

/** maybe_array - the same; NULL for NO_ARRAY */
struct ipu_array *maybe_array(const struct making *making, uint32_t number);

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
 * Each makes an operation if it is one of its family.
 * @code: of the instruction
 * @word: what follows
 * Return: whether it was
 */
bool make_conv(struct making *making, uint32_t code, const uint32_t *word);
bool make_index(struct making *making, uint32_t code, const uint32_t *word);
bool make_map(struct making *making, uint32_t code, const uint32_t *word);
bool make_matmul(struct making *making, uint32_t code, const uint32_t *word);
bool make_note(struct making *making, uint32_t code, const uint32_t *word);
bool make_optim(struct making *making, uint32_t code, const uint32_t *word);
bool make_pool(struct making *making, uint32_t code, const uint32_t *word);
bool make_random(struct making *making, uint32_t code, const uint32_t *word);
bool make_rnn(struct making *making, uint32_t code, const uint32_t *word);
bool make_rows(struct making *making, uint32_t code, const uint32_t *word);

/** make_other - what only the program itself knows; each program has one */
bool make_other(struct making *making, uint32_t code, const uint32_t *word);

#endif /* IPU_GRAPH_MAKE_H */
