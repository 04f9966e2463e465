// SPDX-License-Identifier: MIT
/*
 * convnet-host ELF DIGITS.csv.gz STEPS CURVE.svg [PERCENT]: train the convolutional network on the
 * tiles of $IPU_DEVICE or the first card, and the same on the host; draw the losses of both, and
 * let the tiles recognise the digits that neither has seen.
 */
#include <string.h>

#include <ipu.h>

#include "host_convnet.h"
#include "training_host.h"

#define TILES 32

static struct convnet net, speed;

static void begin(void)
{
	convnet_begin(&net);
	memset(&speed, 0, sizeof(speed));
}

static int send(struct ipu_context *ctx)
{
	int err = ipu_tensor_set(ctx, "w1", net.w1, sizeof(net.w1), KERNEL * KERNEL);

	if (!err)
		err = ipu_tensor_set(ctx, "b1", net.b1, sizeof(net.b1), FIRST);
	if (!err)
		err = ipu_tensor_set(ctx, "w2", net.w2, sizeof(net.w2), KERNEL * KERNEL * FIRST);
	if (!err)
		err = ipu_tensor_set(ctx, "b2", net.b2, sizeof(net.b2), SECOND);
	if (!err)
		err = ipu_tensor_set(ctx, "w3", net.w3, sizeof(net.w3), FEATURES);
	if (!err)
		err = ipu_tensor_set(ctx, "b3", net.b3, sizeof(net.b3), CLASSES);
	return err;
}

static float step(const struct batches *batches, float rate)
{
	return convnet_step(&net, &speed, batches, rate);
}

static int answer(const float x[PIXELS])
{
	return convnet_answer(&net, x);
}

int main(int argc, char **argv)
{
	const struct training training = {
		.name = "convnet",
		.tiles = TILES,
		.batch = TILES * ROWS,
		.enough = 0.98,
		.near = 0.02,
		.begin = begin,
		.send = send,
		.rate = convnet_rate,
		.step = step,
		.answer = answer,
	};

	return training_main(argc, argv, &training);
}
