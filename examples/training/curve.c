// SPDX-License-Identifier: MIT
/* How training goes: see curve.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "curve.h"

#define WIDTH 640.0
#define HEIGHT 320.0
#define MARGIN 48.0
#define POINTS 320 /* of a curve at most; more steps are averaged */
#define LINES 10 /* where there is no terminal */
#define COLUMNS 60 /* of a curve in text, at most */
#define ROWS 8

void progress_show(const char *what, size_t step, size_t steps, float loss)
{
	const char *wanted = getenv("PROGRESS");
	const int terminal = isatty(STDOUT_FILENO) || (wanted && !strcmp(wanted, "line"));

	if (!terminal && step % (steps / LINES ? steps / LINES : 1) && step != steps)
		return;
	printf("%s%s: step %zu of %zu, loss %.4f%s", terminal ? "\r" : "", what, step, steps,
	       (double)loss, terminal && step != steps ? "\033[K" : "\n");
	fflush(stdout);
}

/* Mean of the losses that one point stands for. */
static double mean(const float *loss, size_t steps, size_t point, size_t points)
{
	const size_t begin = point * steps / points, end = (point + 1) * steps / points;
	double sum = 0;

	for (size_t i = begin; i < end; i++)
		sum += (double)loss[i];
	return sum / (double)(end - begin);
}

static double height(double loss, double most)
{
	return MARGIN + (HEIGHT - 2 * MARGIN) * (1 - loss / most);
}

static void draw(FILE *file, const float *loss, size_t steps, double most, const char *style)
{
	const size_t points = steps < POINTS ? steps : POINTS;

	fprintf(file, "<polyline fill=\"none\" %s points=\"", style);
	for (size_t i = 0; i < points; i++)
		fprintf(file, "%.1f,%.1f ",
			MARGIN + (WIDTH - 2 * MARGIN) * ((double)i + 0.5) / (double)points,
			height(mean(loss, steps, i, points), most));
	fprintf(file, "\"/>\n");
}

static void draw_axes(FILE *file, const char *title, size_t steps, double most)
{
	fprintf(file, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
	fprintf(file, "<text x=\"%.0f\" y=\"24\" font-size=\"15\">%s</text>\n", MARGIN, title);
	for (int i = 0; i <= 4; i++) {
		const double loss = most * i / 4, y = height(loss, most);

		fprintf(file, "<path d=\"M%.0f %.1fH%.0f\" stroke=\"#ddd\"/>", MARGIN, y,
			WIDTH - MARGIN);
		fprintf(file, "<text x=\"8\" y=\"%.1f\">%.2f</text>\n", y + 4, loss);
	}
	fprintf(file, "<text x=\"%.0f\" y=\"%.0f\">%zu steps</text>\n", WIDTH - 2 * MARGIN,
		HEIGHT - 20, steps);
	fprintf(file, "<text x=\"%.0f\" y=\"%.0f\" fill=\"#c33\">tiles</text>", MARGIN,
		HEIGHT - 20);
}

int curve_write(const char *path, const char *title, const float *tiles, const float *host,
		size_t steps)
{
	FILE *file = fopen(path, "w");
	double most = 0;

	if (!file)
		return -errno;
	for (size_t i = 0; i < steps; i++)
		most = fmax(most, (double)tiles[i]);
	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"font-family=\"sans-serif\" font-size=\"12\">\n",
		WIDTH, HEIGHT);
	draw_axes(file, title, steps, most);
	draw(file, tiles, steps, most, "stroke=\"#c33\" stroke-width=\"3\"");
	if (host) {
		draw(file, host, steps, most, "stroke=\"#36c\" stroke-dasharray=\"4 4\"");
		fprintf(file, "<text x=\"%.0f\" y=\"%.0f\" fill=\"#36c\">host</text>\n",
			MARGIN + 48, HEIGHT - 20);
	}
	fprintf(file, "</svg>\n");
	return ferror(file) | fclose(file) ? -EIO : 0;
}

void curve_print(const float *loss, size_t steps)
{
	const size_t columns = steps < COLUMNS ? steps : COLUMNS;
	double point[COLUMNS], most = 0;

	for (size_t i = 0; i < columns; i++) {
		point[i] = mean(loss, steps, i, columns);
		most = fmax(most, point[i]);
	}
	for (int row = ROWS; row > 0; row--) {
		printf("%6.2f |", most * row / ROWS);
		for (size_t i = 0; i < columns; i++)
			putchar(point[i] * ROWS > most * (row - 0.5) ? '#' : ' ');
		putchar('\n');
	}
	printf("       +");
	for (size_t i = 0; i < columns; i++)
		putchar('-');
	printf(" %zu steps\n", steps);
}
