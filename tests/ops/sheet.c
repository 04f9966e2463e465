// SPDX-License-Identifier: MIT
/* Sheets: see sheet.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu/chunk.h>

#include "sheet.h"

#define MOST_COPIED 1024 /* elements of an array that every tile has */

static void *allocate(size_t bytes)
{
	void *data = calloc(bytes + 1, 1);

	if (!data) {
		fprintf(stderr, "no memory for %zu bytes\n", bytes);
		exit(1);
	}
	return data;
}

void sheet_clear(struct sheet *sheet)
{
	for (uint32_t i = 0; i < sheet->arrays; i++) {
		free(sheet->array[i].value);
		free(sheet->array[i].want);
		free(sheet->array[i].most);
	}
	memset(sheet->array, 0, sizeof(sheet->array));
	sheet->arrays = sheet->words = sheet->bytes = 0;
	sheet->script[0] = 0;
	sheet->refusal = NULL;
	sheet->printed[0] = 0;
}

/* ---- Numbers ---------------------------------------------------------------------- */

static uint32_t random_word(struct sheet *sheet)
{
	uint64_t z = sheet->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(z >> 32);
}

uint32_t random_below(struct sheet *sheet, uint32_t n)
{
	return (uint32_t)((uint64_t)random_word(sheet) * n >> 32);
}

double random_normal(struct sheet *sheet)
{
	double a = (random_word(sheet) + 1.0) / 4294967296.0, b = random_word(sheet) / 4294967296.0;

	return sqrt(-2 * log(a)) * cos(6.283185307179586 * b);
}

static uint32_t bits_of(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static float of_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

uint32_t float_bits(double value)
{
	return bits_of((float)value);
}

/* To the nearest of the numbers that have @digits bits from @least on. */
static double to_digits(double value, int digits, int least, double most)
{
	int exponent;
	double unit, result;

	if (value == 0 || !isfinite(value))
		return value;
	frexp(value, &exponent);
	unit = ldexp(1, exponent - digits > least ? exponent - digits : least);
	result = nearbyint(value / unit) * unit;
	return fabs(result) > most ? copysign(INFINITY, value) : result;
}

double rounded(uint32_t dtype, double value)
{
	switch (dtype) {
	case IPU_F32:
		return (double)(float)value;
	case IPU_F16:
		return to_digits(value, 11, -24, 65504);
	case IPU_BF16:
		return to_digits(value, 8, -133, 3.3895313892515355e38);
	case IPU_I32:
		return (int32_t)(int64_t)value;
	case IPU_U32:
		return (uint32_t)(int64_t)value;
	case IPU_I16:
		return (int16_t)(int64_t)value;
	case IPU_U16:
		return (uint16_t)(int64_t)value;
	case IPU_I8:
		return (int8_t)(int64_t)value;
	default:
		return (uint8_t)(int64_t)value;
	}
}

double epsilon(uint32_t dtype)
{
	return dtype == IPU_F32	 ? 0x1p-23 :
	       dtype == IPU_F16	 ? 0x1p-10 :
	       dtype == IPU_BF16 ? 0x1p-7 :
				   0;
}

double tolerance(uint32_t dtype, double value)
{
	const double least = dtype == IPU_F32  ? 0x1p-149 :
			     dtype == IPU_F16  ? 0x1p-24 :
			     dtype == IPU_BF16 ? 0x1p-133 :
						 0;

	return fmax(fabs(value) * epsilon(dtype), least);
}

const char *type_name(uint32_t dtype)
{
	return ipu_dtype_name(dtype);
}

/* An f16, as its bits. */
static uint32_t half_bits(double value)
{
	const uint32_t sign = signbit(value) ? 0x8000 : 0;
	const double size = fabs(value);
	int exponent;

	if (isnan(value))
		return 0x7e00;
	if (size > 65504)
		return sign | 0x7c00;
	if (size < 0x1p-14)
		return sign | (uint32_t)(size * 0x1p24);
	frexp(size, &exponent);
	return sign | ((uint32_t)(exponent + 14) << 10) |
	       ((uint32_t)ldexp(size, 11 - exponent) & 0x3ff);
}

static double half_value(uint32_t bits)
{
	const int exponent = bits >> 10 & 0x1f;
	const double part = bits & 0x3ff;
	double size = exponent ? ldexp(part + 1024, exponent - 25) : part * 0x1p-24;

	if (exponent == 31)
		size = part ? (double)NAN : (double)INFINITY;
	return bits & 0x8000 ? -size : size;
}

/* An element in memory, and back. */
static void encode(uint32_t dtype, double value, unsigned char *at)
{
	const size_t bytes = ipu_dtype_size(dtype);
	uint32_t word;

	if (dtype == IPU_F32)
		word = bits_of((float)value);
	else if (dtype == IPU_F16)
		word = half_bits(value);
	else if (dtype == IPU_BF16)
		word = bits_of((float)value) >> 16;
	else
		word = (uint32_t)(int64_t)value;
	memcpy(at, &word, bytes);
}

static double decode(uint32_t dtype, const unsigned char *at)
{
	uint32_t word = 0;

	memcpy(&word, at, ipu_dtype_size(dtype));
	switch (dtype) {
	case IPU_F32:
		return (double)of_bits(word);
	case IPU_F16:
		return half_value(word);
	case IPU_BF16:
		return (double)of_bits(word << 16);
	default:
		return rounded(dtype, word);
	}
}

/* ---- Arrays ----------------------------------------------------------------------- */

/* How an array lies: one that every tile has is a small one. */
static uint32_t random_lay(struct sheet *sheet, uint32_t count)
{
	uint32_t lay = sheet->lay;

	sheet->lays = sheet->lays * 6364136223846793005 + 1442695040888963407;
	if (lay > LAY_COPIES)
		lay = (uint32_t)(sheet->lays >> 33) % 3;
	return lay == LAY_COPIES && count > MOST_COPIED ? LAY_FLAT : lay;
}

static uint32_t chunk_of(const struct sheet *sheet, const struct array *array)
{
	if (array->lay == LAY_COPIES)
		return 0;
	if (array->lay == LAY_FLAT)
		return ipu_chunk_of(sheet->tiles, 1, &array->count);
	return ipu_chunk_of(sheet->tiles, array->ndim, array->shape);
}

/* Elements that a tile has room for. */
static uint32_t held(const struct array *array)
{
	return array->chunk ? array->chunk : array->count ? (array->count + 3) / 4 * 4 : 4;
}

uint32_t array_add(struct sheet *sheet, uint32_t dtype, uint32_t ndim, const uint32_t *shape)
{
	struct array *array = &sheet->array[sheet->arrays];
	uint32_t words[3 + DIMS] = { 0, dtype, sheet->bytes };

	if (sheet->arrays == MAX_ARRAYS) {
		fprintf(stderr, "too many arrays\n");
		exit(1);
	}
	array->dtype = dtype;
	array->ndim = ndim;
	array->count = 1;
	for (uint32_t i = 0; i < ndim; i++) {
		words[3 + i] = array->shape[i] = shape[i];
		array->count *= shape[i];
	}
	array->lay = words[0] = random_lay(sheet, array->count);
	array->chunk = chunk_of(sheet, array);
	array->offset = sheet->bytes;
	array->value = allocate(array->count * sizeof(double));
	sheet->bytes += (uint32_t)((held(array) * ipu_dtype_size(dtype) + 63) / 64 * 64);
	script_add(sheet, DO_ARRAY, 3 + ndim, words);
	return sheet->arrays++;
}

uint32_t array_random(struct sheet *sheet, uint32_t dtype, uint32_t ndim, const uint32_t *shape)
{
	const uint32_t number = array_add(sheet, dtype, ndim, shape);

	for (uint32_t i = 0; i < sheet->array[number].count; i++)
		array_set(sheet, number, i,
			  epsilon(dtype) > 0 ? random_normal(sheet) :
					       (double)random_below(sheet, 201) - 100);
	return number;
}

void array_set(struct sheet *sheet, uint32_t number, size_t at, double value)
{
	struct array *array = &sheet->array[number];

	array->value[at] = rounded(array->dtype, value);
}

void array_expect(struct sheet *sheet, uint32_t number, size_t at, double want, double most)
{
	struct array *array = &sheet->array[number];

	if (!array->want) {
		array->want = allocate(array->count * sizeof(double));
		array->most = allocate(array->count * sizeof(double));
	}
	array->want[at] = want;
	array->most[at] = most;
}

void script_add(struct sheet *sheet, enum script code, uint32_t words, const uint32_t *word)
{
	uint32_t *at = sheet->script + sheet->words;

	if (sheet->words + words + 3 > SCRIPT_WORDS) {
		fprintf(stderr, "the script is too long\n");
		exit(1);
	}
	at[0] = code;
	at[1] = words;
	memcpy(at + 2, word, words * sizeof(*word));
	at[2 + words] = 0;
	sheet->words += 2 + words;
}

/* ---- Running ---------------------------------------------------------------------- */

/* Where element @at is in the memory of all tiles, @room bytes each. */
static size_t place(const struct array *array, size_t room, uint32_t at)
{
	const uint32_t chunk = array->chunk ? array->chunk : array->count;

	return at / chunk * room + array->offset + at % chunk * ipu_dtype_size(array->dtype);
}

/* Elements that tile @tile has. */
static uint32_t owned(const struct array *array, uint32_t tile)
{
	const uint64_t begin = (uint64_t)tile * array->chunk;

	if (!array->chunk)
		return array->count;
	if (begin >= array->count)
		return 0;
	return array->count - begin < array->chunk ? (uint32_t)(array->count - begin) :
						     array->chunk;
}

/* A tile's elements are whole words; what follows them, up to the next array, is untouched. */
static bool overrun(struct sheet *sheet, const unsigned char *heap, size_t room, uint32_t tile)
{
	static const unsigned char untouched[] = { 0xf6, 0xff };

	for (uint32_t number = 0; number < sheet->arrays; number++) {
		const struct array *array = &sheet->array[number];
		const uint32_t end = number + 1 < sheet->arrays ? array[1].offset : sheet->bytes;
		size_t at = owned(array, tile) * ipu_dtype_size(array->dtype);

		for (at = array->offset + (at + 3) / 4 * 4; at < end; at++)
			if (heap[tile * room + at] != untouched[at % 2]) {
				fprintf(stderr,
					"%s: array %u (%s, lay %u) of %u elements: byte %zu of its "
					"memory on tile %u, behind %u elements, was written\n",
					sheet->what, number, type_name(array->dtype), array->lay,
					array->count, at - array->offset, tile, owned(array, tile));
				return true;
			}
	}
	return false;
}

/* Every tile has the same of an array of which all have all. */
static bool same_copies(struct sheet *sheet, const unsigned char *heap, size_t room)
{
	for (uint32_t number = 0; number < sheet->arrays; number++) {
		const struct array *array = &sheet->array[number];
		const size_t bytes = array->count * ipu_dtype_size(array->dtype);

		for (uint32_t tile = 1; tile < sheet->tiles && !array->chunk; tile++)
			if (memcmp(heap + array->offset, heap + tile * room + array->offset,
				   bytes)) {
				fprintf(stderr, "%s: array %u (%s): tile %u has other copies\n",
					sheet->what, number, type_name(array->dtype), tile);
				return false;
			}
	}
	return true;
}

static bool differs(struct sheet *sheet, uint32_t number, uint32_t at, double got)
{
	const struct array *array = &sheet->array[number];
	const double want = array->want[at];

	if (isnan(want) ? isnan(got) : got == want || fabs(got - want) <= array->most[at])
		return false;
	fprintf(stderr,
		"%s: array %u (%s, lay %u), element %u of %u: %.9g instead of %.9g, and %.3g is allowed\n",
		sheet->what, number, type_name(array->dtype), array->lay, at, array->count, got,
		want, array->most[at]);
	return true;
}

static bool compare(struct sheet *sheet, const unsigned char *heap, size_t room)
{
	for (uint32_t number = 0; number < sheet->arrays; number++) {
		const struct array *array = &sheet->array[number];

		for (uint32_t at = 0; at < array->count && array->want; at++) {
			const double got = decode(array->dtype, heap + place(array, room, at));
			uint64_t bits;

			memcpy(&bits, &got, sizeof(bits));
			sheet->hash = (sheet->hash ^ bits) * 0x100000001b3;
			if (differs(sheet, number, at, got))
				return false;
		}
	}
	for (uint32_t tile = 0; tile < sheet->tiles; tile++)
		if (overrun(sheet, heap, room, tile))
			return false;
	return same_copies(sheet, heap, room);
}

static void take_line(const struct ipu_printed *printed, void *data)
{
	struct sheet *sheet = data;
	const size_t used = strlen(sheet->printed);

	snprintf(sheet->printed + used, sizeof(sheet->printed) - used, "tile %u: %s\n",
		 printed->tile, printed->text);
}

void sheet_refuse(struct sheet *sheet, const char *text)
{
	sheet->refusal = text;
}

static bool refused(const struct sheet *sheet, bool good)
{
	if (!good && sheet->refusal && strstr(sheet->printed, sheet->refusal))
		return true;
	if (good && !sheet->refusal)
		return true;
	fprintf(stderr, "%s: %s%s\n", sheet->what, sheet->printed,
		good ? "it was not refused" : ipu_error());
	return false;
}

static bool run(struct sheet *sheet, unsigned char *heap, size_t bytes)
{
	static const float few[] = { 1, 2, 3, 4 };
	struct ipu_report report = { .size = sizeof(report) };

	if (ipu_load(sheet->ctx, sheet->prog) || ipu_set_print(sheet->ctx, take_line, sheet) ||
	    ipu_tensor_set(sheet->ctx, "script", sheet->script, sizeof(sheet->script),
			   SCRIPT_WORDS) ||
	    ipu_tensor_set(sheet->ctx, "few", few, sizeof(few), 1) ||
	    ipu_tensor_set(sheet->ctx, "heap", heap, bytes, bytes / 4) ||
	    ipu_run(sheet->ctx, &report) || ipu_tensor_get(sheet->ctx, "heap", heap, bytes, NULL))
		return false;
	sheet->cycles = report.cycles;
	return true;
}

bool sheet_run(struct sheet *sheet)
{
	const size_t room = sheet->bytes ? sheet->bytes : 64, bytes = room * sheet->tiles;
	const uint32_t untouched = UNTOUCHED;
	unsigned char *heap = allocate(bytes);
	bool good;

	for (size_t at = 0; at < bytes; at += sizeof(untouched))
		memcpy(heap + at, &untouched, sizeof(untouched));
	for (uint32_t number = 0; number < sheet->arrays; number++) {
		const struct array *array = &sheet->array[number];

		for (uint32_t at = 0; at < array->count; at++)
			encode(array->dtype, array->value[at], heap + place(array, room, at));
		for (uint32_t tile = 1; tile < sheet->tiles && !array->chunk; tile++)
			memcpy(heap + tile * room + array->offset, heap + array->offset,
			       array->count * ipu_dtype_size(array->dtype));
	}
	good = run(sheet, heap, bytes);
	good = refused(sheet, good) && (!good || compare(sheet, heap, room));
	free(heap);
	return good;
}
