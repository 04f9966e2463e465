/* SPDX-License-Identifier: MIT */
/* The handwritten digits: see digits_data.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "digits_data.h"

/* A line is 64 pixels of 0 to 16, then the label, separated by commas. */
static bool parse_line(const char *line, float pixels[PIXELS], int *digit)
{
	for (int i = 0; i <= PIXELS; i++) {
		char *end;
		long value = strtol(line, &end, 10);

		if (end == line || value < 0 || value > (i < PIXELS ? 16 : CLASSES - 1))
			return false;
		if (*end != (i < PIXELS ? ',' : '\n'))
			return false;
		if (i < PIXELS)
			pixels[i] = (float)value / 16;
		else
			*digit = (int)value;
		line = end + 1;
	}
	return true;
}

int digits_read(const char *path, struct digits *digits, const char **error)
{
	gzFile file = gzopen(path, "rb");
	char line[512];

	if (!file) {
		*error = strerror(errno);
		return -1;
	}
	*error = NULL;
	for (int i = 0; i < DIGITS && !*error; i++) {
		if (!gzgets(file, line, sizeof(line)))
			*error = "has too few digits";
		else if (!parse_line(line, digits->x[i], &digits->label[i]))
			*error = "has a line that is not 64 pixels and a label";
	}
	gzclose(file);
	return *error ? -1 : 0;
}
