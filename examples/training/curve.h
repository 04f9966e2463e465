/* SPDX-License-Identifier: MIT */
/* How training goes: a line that moves while it runs, and the losses as a picture. */
#ifndef CURVE_H
#define CURVE_H

#include <stddef.h>

/**
 * progress_show - say which step of a training is done
 *
 * On a terminal, and if PROGRESS=line is in the environment, the line is overwritten; elsewhere
 * there are ten.
 */
void progress_show(const char *what, size_t step, size_t steps, float loss);

/**
 * curve_write - draw two loss curves as SVG
 * @path: of the file
 * @title: above them
 * @tiles: losses on the tiles
 * @host: losses on the host; NULL for none
 * @steps: how many of each
 *
 * Return: 0, or a negative errno value.
 */
int curve_write(const char *path, const char *title, const float *tiles, const float *host,
		size_t steps);

/** curve_print - draw a loss curve in text, on standard output */
void curve_print(const float *loss, size_t steps);

#endif /* CURVE_H */
