/* SPDX-License-Identifier: MIT */
/*
 * The JSON that the tools print: one object on standard output, with the members
 * "format", which names the tool, and "version". Documentation/tools.rst says what a
 * reader can rely on.
 */
#ifndef IPU_JSON_H
#define IPU_JSON_H

#include <stdbool.h>
#include <stdint.h>

#define JSON_VERSION 1
#define JSON_MAX_DEPTH 8

/**
 * struct json - an object that is being printed
 * @closing: the brackets that are open, outermost first
 * @depth: how many
 * @first: nothing has been printed since the last one was opened
 * @line: all of it is on one line
 */
struct json {
	char closing[JSON_MAX_DEPTH];
	unsigned int depth;
	bool first;
	bool line;
};

/** json_begin - begin an object of the format @format */
void json_begin(struct json *json, const char *format);

/** json_begin_line - the same, of an object that is one line of a stream of them */
void json_begin_line(struct json *json, const char *format);

/** json_end - end it; cli_flush() tells whether it was all written */
void json_end(struct json *json);

/* Members of an object, or, without a @name, of an array. */

/** json_object, json_array - begin one inside; json_close() ends it */
void json_object(struct json *json, const char *name);
void json_array(struct json *json, const char *name);
void json_close(struct json *json);

/** json_string - bytes of @text that are not UTF-8 become U+FFFD; null without a text */
void json_string(struct json *json, const char *name, const char *text);
void json_bool(struct json *json, const char *name, bool value);
/** json_count - a whole number, all 64 bits of it */
void json_count(struct json *json, const char *name, uint64_t value);
void json_number(struct json *json, const char *name, double value);
/* Those that may not be known, and are null then. */
void json_known_count(struct json *json, const char *name, bool known, uint64_t value);
void json_known_number(struct json *json, const char *name, bool known, double value);
/** json_hex - an address or an id: a string, "0x4c000", of at least @digits digits */
void json_hex(struct json *json, const char *name, uint64_t value, int digits);

#endif /* IPU_JSON_H */
