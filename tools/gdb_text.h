/* SPDX-License-Identifier: MIT */
/* A growing buffer in which replies to gdb are put together. */
#ifndef IPU_GDB_TEXT_H
#define IPU_GDB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct gdb_text - bytes, followed by a zero byte
 * @data: the bytes; NULL before the first one
 * @length: how many
 * @capacity: room at @data
 * @failed: memory was exhausted; the contents must not be used
 *
 * All members 0 is an empty one.
 */
struct gdb_text {
	char *data;
	size_t length;
	size_t capacity;
	bool failed;
};

/** gdb_text_reset - empty again, with the memory kept */
void gdb_text_reset(struct gdb_text *text);
void gdb_text_free(struct gdb_text *text);

/** gdb_text_add - append as printf() does it */
void gdb_text_add(struct gdb_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** gdb_text_bytes - append bytes as they are */
void gdb_text_bytes(struct gdb_text *text, const void *bytes, size_t count);

/** gdb_text_hex - append bytes as two hexadecimal digits each, in their order in memory */
void gdb_text_hex(struct gdb_text *text, const void *bytes, size_t count);

/** gdb_hex_digit - the value of a hexadecimal digit, or -1 */
int gdb_hex_digit(char c);

/**
 * gdb_take_hex - read a hexadecimal number
 * @at: in: where it starts; out: after it
 * @max: the largest that is allowed
 * Return: false, with @at left alone, if there is none or it is larger.
 */
bool gdb_take_hex(const char **at, uint64_t max, uint64_t *value);

/**
 * gdb_take_bytes - read @count bytes of two hexadecimal digits each
 * Return: false if there are fewer digits.
 */
bool gdb_take_bytes(const char **at, void *bytes, size_t count);

/** gdb_take_word - skip @word if it is at @at; returns whether it was */
bool gdb_take_word(const char **at, const char *word);

#endif /* IPU_GDB_TEXT_H */
