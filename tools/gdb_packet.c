// SPDX-License-Identifier: MIT
/* The frames of GDB's remote serial protocol. */
#include "gdb_packet.h"

enum gdb_parser_state {
	BETWEEN, /* no packet has begun */
	DATA,
	ESCAPED, /* in data, after the escape */
	SUM_HIGH,
	SUM_LOW,
};

#define ESCAPE '}'
#define ESCAPE_XOR 0x20
#define INTERRUPT 0x03

static void begin(struct gdb_parser *parser)
{
	parser->length = 0;
	parser->sum = 0;
	parser->too_long = false;
	parser->state = DATA;
}

static void append(struct gdb_parser *parser, uint8_t byte)
{
	if (parser->length < GDB_PACKET_MAX)
		parser->data[parser->length++] = (char)byte;
	else
		parser->too_long = true;
}

static enum gdb_event between(struct gdb_parser *parser, uint8_t byte)
{
	switch (byte) {
	case '$':
		begin(parser);
		return GDB_NOTHING;
	case '+':
		return GDB_ACK;
	case '-':
		return GDB_NAK;
	case INTERRUPT:
		return GDB_INTERRUPT;
	default: /* noise on the line */
		return GDB_NOTHING;
	}
}

static void data(struct gdb_parser *parser, uint8_t byte)
{
	if (byte == '$') { /* the end of the one before was lost */
		begin(parser);
		return;
	}
	if (byte == '#') {
		parser->state = SUM_HIGH;
		return;
	}
	parser->sum += byte;
	if (byte == ESCAPE)
		parser->state = ESCAPED;
	else
		append(parser, byte);
}

static enum gdb_event end(struct gdb_parser *parser, uint8_t byte)
{
	int low = gdb_hex_digit((char)byte);

	parser->state = BETWEEN;
	parser->data[parser->length] = '\0';
	if (low < 0 || parser->claimed < 0 || (parser->claimed << 4 | low) != parser->sum)
		return GDB_BAD_SUM;
	return parser->too_long ? GDB_TOO_LONG : GDB_PACKET;
}

enum gdb_event gdb_parser_feed(struct gdb_parser *parser, uint8_t byte)
{
	switch (parser->state) {
	case DATA:
		data(parser, byte);
		return GDB_NOTHING;
	case ESCAPED:
		parser->sum += byte;
		append(parser, byte ^ ESCAPE_XOR);
		parser->state = DATA;
		return GDB_NOTHING;
	case SUM_HIGH:
		parser->claimed = gdb_hex_digit((char)byte);
		parser->state = SUM_LOW;
		return GDB_NOTHING;
	case SUM_LOW:
		return end(parser, byte);
	default:
		return between(parser, byte);
	}
}

void gdb_frame(struct gdb_text *out, const char *bytes, size_t count)
{
	uint8_t sum = 0;

	gdb_text_bytes(out, "$", 1);
	for (size_t i = 0; i < count; i++) {
		char c = bytes[i];

		/* '*' would mean that the byte before it is repeated. */
		if (c == '$' || c == '#' || c == ESCAPE || c == '*') {
			gdb_text_bytes(out, "}", 1);
			sum += ESCAPE;
			c ^= ESCAPE_XOR;
		}
		gdb_text_bytes(out, &c, 1);
		sum += (uint8_t)c;
	}
	gdb_text_add(out, "#%02x", sum);
}
