/* SPDX-License-Identifier: MIT */
/*
 * The frames of GDB's remote serial protocol ("Remote Protocol" in GDB's
 * manual): $data#checksum, their acknowledgements, and the byte that interrupts.
 * Input is not trusted, so it is parsed byte by byte.
 */
#ifndef IPU_GDB_PACKET_H
#define IPU_GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdb_text.h"

/* Most bytes of a packet's data, unescaped; reported to gdb as PacketSize. */
#define GDB_PACKET_MAX 0x4000

/* What a byte completed. */
enum gdb_event {
	GDB_NOTHING,
	GDB_PACKET, /* a packet, in the parser's data */
	GDB_INTERRUPT, /* gdb wants the run to stop */
	GDB_ACK, /* gdb has what was sent last */
	GDB_NAK, /* gdb wants it again */
	GDB_BAD_SUM, /* a packet whose checksum is wrong */
	GDB_TOO_LONG, /* a packet longer than GDB_PACKET_MAX */
};

/**
 * struct gdb_parser - takes packets out of a stream of bytes
 * @data: of the last packet, until the next byte is fed; a zero byte follows
 * @length: bytes in it
 * @state: what the next byte is, enum gdb_parser_state of gdb_packet.c
 * @sum: of the bytes as they came, modulo 256
 * @claimed: the first digit of the checksum that came with the packet, or -1 for no digit
 * @too_long: there was no room for all of it
 *
 * All members 0 is the start of a stream.
 */
struct gdb_parser {
	char data[GDB_PACKET_MAX + 1];
	size_t length;
	int state;
	uint8_t sum;
	int claimed;
	bool too_long;
};

/** gdb_parser_feed - take the next byte */
enum gdb_event gdb_parser_feed(struct gdb_parser *parser, uint8_t byte);

/** gdb_frame - append a packet with @count bytes of data to @out, escaped where needed */
void gdb_frame(struct gdb_text *out, const char *data, size_t count);

#endif /* IPU_GDB_PACKET_H */
