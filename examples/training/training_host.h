/* SPDX-License-Identifier: MIT */
/*
 * What the host does for a network that is trained on the tiles, whatever the network is: it feeds
 * the tiles, trains the same network itself, compares, and says how well both recognise digits.
 */
#ifndef TRAINING_HOST_H
#define TRAINING_HOST_H

#include <ipu.h>

#include "batches.h"

/**
 * struct training - a network that is trained
 * @name: what it is called
 * @tiles: of the run
 * @batch: digits of a step
 * @enough: part of the digits that the tiles have to recognise, unless the user says another
 * @near: the losses of a step on the tiles and on the host may differ by so much
 * @begin: set the network on the host to what it begins with
 * @send: set the tile program's parameters to those on the host. Return: as ipu_tensor_set()
 * @rate: the learning rate of a step
 * @step: a step on the host with the batch that is next. Return: the loss before it
 * @answer: which digit the network on the host sees
 *
 * The tile program has streams in: x, target and rate; out: loss, and answer of its entry "use".
 */
struct training {
	const char *name;
	uint32_t tiles;
	uint32_t batch;
	double enough;
	double near;
	void (*begin)(void);
	int (*send)(struct ipu_context *ctx);
	float (*rate)(uint32_t step, uint32_t steps);
	float (*step)(const struct batches *batches, float rate);
	int (*answer)(const float x[PIXELS]);
};

/**
 * training_main - train a network on the tiles of $IPU_DEVICE or the first card, and on the host
 * @argc: of main()
 * @argv: ELF DIGITS.csv.gz STEPS CURVE.svg [PERCENT [tiles]]: the tile program, the digits, how
 *	many batches, where the losses are drawn, and what the tiles have to recognise; with "tiles"
 *	the host does not train, which takes long where it is emulated
 * @training: the network
 *
 * Return: what main() returns; where something fails it ends the program with a message.
 */
int training_main(int argc, char **argv, const struct training *training);

#endif /* TRAINING_HOST_H */
