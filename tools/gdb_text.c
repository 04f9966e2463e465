// SPDX-License-Identifier: MIT
/* Text of GDB's remote protocol: building and parsing it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gdb_text.h"

void gdb_text_reset(struct gdb_text *text)
{
	text->length = 0;
	text->failed = false;
}

void gdb_text_free(struct gdb_text *text)
{
	free(text->data);
	*text = (struct gdb_text){ 0 };
}

/* Room for @count more bytes and the zero byte. */
static bool reserve(struct gdb_text *text, size_t count)
{
	size_t capacity = text->capacity ? text->capacity : 256;
	char *grown;

	if (text->failed)
		return false;
	if (count < text->capacity - text->length)
		return true;
	while (capacity - text->length <= count)
		capacity *= 2;
	grown = realloc(text->data, capacity);
	if (!grown) {
		text->failed = true;
		return false;
	}
	text->data = grown;
	text->capacity = capacity;
	return true;
}

void gdb_text_add(struct gdb_text *text, const char *format, ...)
{
	va_list args;
	int count;

	va_start(args, format);
	count = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (count < 0 || !reserve(text, (size_t)count)) {
		text->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(text->data + text->length, (size_t)count + 1, format, args);
	va_end(args);
	text->length += (size_t)count;
}

void gdb_text_bytes(struct gdb_text *text, const void *bytes, size_t count)
{
	if (!reserve(text, count))
		return;
	if (count)
		memcpy(text->data + text->length, bytes, count);
	text->length += count;
	text->data[text->length] = '\0';
}

void gdb_text_hex(struct gdb_text *text, const void *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *byte = bytes;
	char *out;

	if (!reserve(text, 2 * count))
		return;
	out = text->data + text->length;
	for (size_t i = 0; i < count; i++) {
		*out++ = digits[byte[i] >> 4];
		*out++ = digits[byte[i] & 15];
	}
	*out = '\0';
	text->length += 2 * count;
}

int gdb_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool gdb_take_hex(const char **at, uint64_t max, uint64_t *value)
{
	const char *p = *at;
	uint64_t number = 0;
	int digit;

	while ((digit = gdb_hex_digit(*p)) >= 0) {
		if (number > max >> 4)
			return false;
		number = number << 4 | (unsigned int)digit;
		p++;
	}
	if (p == *at || number > max)
		return false;
	*at = p;
	*value = number;
	return true;
}

bool gdb_take_bytes(const char **at, void *bytes, size_t count)
{
	uint8_t *byte = bytes;
	const char *p = *at;

	for (size_t i = 0; i < count; i++, p += 2) {
		int high = gdb_hex_digit(p[0]);
		int low = high < 0 ? -1 : gdb_hex_digit(p[1]);

		if (low < 0)
			return false;
		byte[i] = (uint8_t)(high << 4 | low);
	}
	*at = p;
	return true;
}

bool gdb_take_word(const char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}
