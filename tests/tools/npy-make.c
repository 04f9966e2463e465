/* SPDX-License-Identifier: MIT */
/*
 * npy-make FILE DTYPE SHAPE START STEP: write an npy file whose element i is
 * START + i * STEP, in C order.
 *
 * DTYPE is NumPy's: f4, f2, i4, u4, i2, u2, i1, u1, or f8; SHAPE is 30000 or
 * 5x3x2. Integers wrap. The header is what numpy.save() writes. It shares no
 * code with the tools, so that it can test them.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIMS 8

static _Noreturn void fail(const char *what, const char *detail)
{
	fprintf(stderr, "npy-make: %s: %s\n", what, detail);
	exit(2);
}

/* Parse "5x3x2"; a trailing comma for one dimension is NumPy's way of spelling a tuple. */
static size_t parse_shape(const char *text, char *tuple, size_t bytes)
{
	size_t elements = 1, used = 0;
	int dims = 0;

	for (;; text++) {
		char *end;
		unsigned long n = strtoul(text, &end, 10);

		if (end == text || (*end && *end != 'x') || dims == MAX_DIMS)
			fail("bad shape", text);
		used += (size_t)snprintf(tuple + used, bytes - used, "%s%lu", dims ? ", " : "", n);
		elements *= n;
		dims++;
		text = end;
		if (!*text)
			break;
	}
	if (dims == 1)
		snprintf(tuple + used, bytes - used, ",");
	return elements;
}

/* The bits of a half, for values that are small whole numbers or exact in it. */
static uint16_t half_bits(double value)
{
	int exponent;
	double mantissa = frexp(fabs(value), &exponent);
	uint16_t sign = signbit(value) ? 0x8000 : 0;

	if (value == 0)
		return sign;
	if (exponent < -13 || exponent > 16 || mantissa * 2048 != floor(mantissa * 2048))
		fail("bad value", "not exact in a half");
	return (uint16_t)(sign | ((unsigned int)(exponent + 14) << 10) |
			  ((unsigned int)(mantissa * 2048) & 0x3ff));
}

static void write_element(FILE *file, char kind, int size, double value)
{
	uint64_t bits;
	float single = (float)value;

	if (kind != 'f') {
		bits = (uint64_t)(int64_t)value;
	} else if (size == 8) {
		memcpy(&bits, &value, 8);
	} else if (size == 4) {
		memcpy(&bits, &single, 4);
	} else {
		bits = half_bits(value);
	}
	fwrite(&bits, (size_t)size, 1, file);
}

int main(int argc, char **argv)
{
	char tuple[128], header[512];
	double start, step;
	size_t elements;
	int size, length, padded;
	FILE *file;

	if (argc != 6)
		fail("usage", "npy-make FILE DTYPE SHAPE START STEP");
	size = argv[2][0] ? atoi(argv[2] + 1) : 0;
	if (!strchr("fiu", argv[2][0]) || (size != 1 && size != 2 && size != 4 && size != 8))
		fail("bad dtype", argv[2]);
	elements = parse_shape(argv[3], tuple, sizeof(tuple));
	start = atof(argv[4]);
	step = atof(argv[5]);

	length = snprintf(header, sizeof(header),
			  "{'descr': '%c%s', 'fortran_order': False, 'shape': (%s), }",
			  size == 1 ? '|' : '<', argv[2], tuple);
	/* The magic, the version and the length are 10 bytes; data starts at a multiple of 64. */
	padded = (10 + length + 1 + 63) / 64 * 64 - 10;
	memset(header + length, ' ', (size_t)(padded - length - 1));
	header[padded - 1] = '\n';

	file = fopen(argv[1], "wb");
	if (!file)
		fail(argv[1], strerror(errno));
	fwrite("\x93NUMPY\x01\x00", 8, 1, file);
	fputc(padded & 0xff, file);
	fputc(padded >> 8, file);
	fwrite(header, (size_t)padded, 1, file);
	for (size_t i = 0; i < elements; i++)
		write_element(file, argv[2][0], size, start + (double)i * step);
	if (fclose(file))
		fail(argv[1], strerror(errno));
	return 0;
}
