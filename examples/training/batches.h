/* SPDX-License-Identifier: MIT */
/*
 * The batches that the networks are trained with: the digits of an epoch in random order, each
 * moved and turned a little. Who begins with the same seed gets the same batches.
 */
#ifndef BATCHES_H
#define BATCHES_H

#include <stdint.h>

#include "digits_data.h"

#define BATCH_MOST 512

/**
 * struct batches - a sequence of batches
 * @digits: all of them; the first TRAIN are used
 * @size: digits of a batch; those of an epoch that do not fill one are left out
 * @random: state of the random numbers
 * @step: of the batch that is next
 * @order: of the digits in this epoch
 * @x: the last batch: pixels
 * @target: the probability that each class should have
 */
struct batches {
	const struct digits *digits;
	uint32_t size;
	uint64_t random;
	uint32_t step;
	int order[TRAIN];
	float x[BATCH_MOST][PIXELS];
	float target[BATCH_MOST][CLASSES];
};

/** batches_begin - the first batch is the next one */
void batches_begin(struct batches *batches, const struct digits *digits, uint32_t size);

/** batches_next - make the next batch */
void batches_next(struct batches *batches);

/** random_in - a random number between -@limit and @limit, of a state that is not 0 */
float random_in(uint64_t *state, float limit);

#endif /* BATCHES_H */
