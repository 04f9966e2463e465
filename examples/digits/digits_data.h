/* SPDX-License-Identifier: MIT */
/* The handwritten digits, see README.md. */
#ifndef DIGITS_DATA_H
#define DIGITS_DATA_H

#define PIXELS 64
#define CLASSES 10

#define TRAIN 1200 /* digits that train a network */
#define TEST 597 /* those behind them, which test it */
#define DIGITS (TRAIN + TEST)

struct digits {
	float x[DIGITS][PIXELS]; /* 0 to 1 */
	int label[DIGITS];
};

/**
 * digits_read - read the digits
 * @path: a compressed file with a digit a line: 64 pixels of 0 to 16, and the label
 * @digits: out
 * @error: out: what is wrong with the file
 *
 * Return: 0, or -1.
 */
int digits_read(const char *path, struct digits *digits, const char **error);

#endif /* DIGITS_DATA_H */
