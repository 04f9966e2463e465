// SPDX-License-Identifier: MIT
/* The JSON that the tools print. */
#include <stdio.h>

#include "json.h"

static void print_line_start(const struct json *json)
{
	if (json->line)
		return;
	putchar('\n');
	for (unsigned int i = 0; i < json->depth; i++)
		putchar('\t');
}

/*
 * How many bytes the character at @text has in UTF-8, as RFC 3629 has it: no longer than
 * need be, no surrogates, none above U+10FFFF. 0 when it is none.
 */
static unsigned int utf8_length(const unsigned char *text)
{
	unsigned char low = 0x80, high = 0xbf;
	unsigned int length;

	if (text[0] < 0x80)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (text[0] == 0xe0)
		low = 0xa0;
	else if (text[0] == 0xed)
		high = 0x9f;
	else if (text[0] == 0xf0)
		low = 0x90;
	else if (text[0] == 0xf4)
		high = 0x8f;
	if (text[1] < low || text[1] > high)
		return 0;
	for (unsigned int i = 2; i < length; i++)
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	return length;
}

static void print_string(const char *string)
{
	const unsigned char *text = (const unsigned char *)string;

	putchar('"');
	while (*text) {
		unsigned int length = utf8_length(text);

		if (!length)
			fputs("\\ufffd", stdout);
		else if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if (*text < ' ' || *text == 0x7f)
			printf("\\u%04x", *text);
		else
			fwrite(text, 1, length, stdout);
		text += length ? length : 1;
	}
	putchar('"');
}

/* All that comes before a value. */
static void begin_value(struct json *json, const char *name)
{
	if (!json->first)
		putchar(',');
	json->first = false;
	print_line_start(json);
	if (name) {
		print_string(name);
		fputs(": ", stdout);
	}
}

static void open_bracket(struct json *json, const char *brackets)
{
	putchar(brackets[0]);
	json->closing[json->depth++] = brackets[1];
	json->first = true;
}

static void begin(struct json *json, const char *format, bool line)
{
	*json = (struct json){ .line = line };
	open_bracket(json, "{}");
	json_string(json, "format", format);
	json_count(json, "version", JSON_VERSION);
}

void json_begin(struct json *json, const char *format)
{
	begin(json, format, false);
}

void json_begin_line(struct json *json, const char *format)
{
	begin(json, format, true);
}

void json_end(struct json *json)
{
	json_close(json);
	putchar('\n');
}

void json_object(struct json *json, const char *name)
{
	begin_value(json, name);
	open_bracket(json, "{}");
}

void json_array(struct json *json, const char *name)
{
	begin_value(json, name);
	open_bracket(json, "[]");
}

void json_close(struct json *json)
{
	char bracket = json->closing[--json->depth];

	if (!json->first)
		print_line_start(json);
	json->first = false;
	putchar(bracket);
}

void json_string(struct json *json, const char *name, const char *text)
{
	begin_value(json, name);
	if (text)
		print_string(text);
	else
		fputs("null", stdout);
}

void json_bool(struct json *json, const char *name, bool value)
{
	begin_value(json, name);
	fputs(value ? "true" : "false", stdout);
}

void json_count(struct json *json, const char *name, uint64_t value)
{
	begin_value(json, name);
	printf("%llu", (unsigned long long)value);
}

void json_number(struct json *json, const char *name, double value)
{
	begin_value(json, name);
	printf("%.15g", value);
}

void json_known_count(struct json *json, const char *name, bool known, uint64_t value)
{
	if (known)
		json_count(json, name, value);
	else
		json_string(json, name, NULL);
}

void json_known_number(struct json *json, const char *name, bool known, double value)
{
	if (known)
		json_number(json, name, value);
	else
		json_string(json, name, NULL);
}

void json_hex(struct json *json, const char *name, uint64_t value, int digits)
{
	begin_value(json, name);
	printf("\"0x%0*llx\"", digits, (unsigned long long)value);
}
