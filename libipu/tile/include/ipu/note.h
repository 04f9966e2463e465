/* SPDX-License-Identifier: MIT */
/*
 * The ELF note by which a tile program describes its tensors. Written by
 * <ipu/tile.h> when the program is compiled, read by libipu when it is loaded.
 * Little endian, 4-byte aligned, in sections named .note.ipu (type SHT_NOTE,
 * loaded or not), one note for each tensor: owner "IPU", type IPU_NOTE_TENSOR,
 * descriptor struct ipu_note_tensor. A reader skips notes of other types and
 * refuses a tensor whose version it does not know.
 */
#ifndef IPU_NOTE_H
#define IPU_NOTE_H

#include <stdint.h>

#define IPU_NOTE_OWNER "IPU"
#define IPU_NOTE_TENSOR 1
#define IPU_NOTE_VERSION 1
#define IPU_NOTE_MAX_DIMS 6
#define IPU_NOTE_NAME_SIZE 32

enum ipu_dtype {
	IPU_F32 = 1,
	IPU_F16 = 2,
	IPU_I32 = 3,
	IPU_U32 = 4,
	IPU_I16 = 5,
	IPU_U16 = 6,
	IPU_I8 = 7,
	IPU_U8 = 8,
	IPU_BF16 = 9, /* the upper half of a float; NumPy has no such type */
};

#define IPU_TENSOR_IN 0x1 /* the host writes it before the run */
#define IPU_TENSOR_OUT 0x2 /* the host reads it after the run */

enum ipu_layout {
	/*
	 * Every tile holds the rows [t * k, (t + 1) * k) of the whole, where k =
	 * ceil(rows / tiles); the last tiles may hold fewer, or none.
	 */
	IPU_SHARDED = 1,
	/* Every tile holds the whole; an output is read from tile 0. */
	IPU_BROADCAST = 2,
};

/**
 * struct ipu_note_tensor - one tensor of a tile program
 * @version: IPU_NOTE_VERSION
 * @dtype: enum ipu_dtype
 * @direction: IPU_TENSOR_IN, IPU_TENSOR_OUT, or both
 * @layout: enum ipu_layout
 * @ndim: dimensions, 1..IPU_NOTE_MAX_DIMS
 * @shape: of what one tile can hold, row-major; shape[0] is the most rows a
 *	tile takes, the rest is fixed; unused ones are 0
 * @data: tile address of the elements, aligned to the element's size
 * @rows: tile address of a uint32_t, the rows this tile holds: libipu writes it
 *	for inputs; the program may lower it for outputs, whose rows are then
 *	gathered in tile order. For an output alone it starts at shape[0].
 * @name: identifier, ends with a zero byte
 */
struct ipu_note_tensor {
	uint32_t version;
	uint32_t dtype;
	uint32_t direction;
	uint32_t layout;
	uint32_t ndim;
	uint32_t shape[IPU_NOTE_MAX_DIMS];
	uint32_t data;
	uint32_t rows;
	char name[IPU_NOTE_NAME_SIZE];
};

/* ---- What a program prints -------------------------------------------------------- */

#define IPU_NOTE_PRINT 3 /* type of the note of a program that prints; there is one at most */
#define IPU_NOTE_PRINT_VERSION 1

#define IPU_PRINT_UNITS 7 /* workers, then the supervisor */
#define IPU_PRINT_LINE_TEXT 252

/**
 * struct ipu_note_print - where a tile keeps what it has printed
 * @version: IPU_NOTE_PRINT_VERSION
 * @state: tile address of a struct ipu_print_state
 * @ring: tile address of the ring, 4-byte aligned
 * @ring_bytes: its size, a power of two, 512 to 65536
 */
struct ipu_note_print {
	uint32_t version;
	uint32_t state;
	uint32_t ring;
	uint32_t ring_bytes;
};

/**
 * struct ipu_print_state - what has been printed
 * @head: bytes that the tile has put into the ring since it was loaded, modulo 2^32
 * @tail: where the oldest line begins that is still in it
 * @count: lines that it has put there
 * @lock: of the tile's units
 * @lines: the line that each unit has begun
 * @lines.used: bytes of it
 * @lines.text: the bytes
 *
 * The ring holds, from @tail to @head, lines: a struct ipu_print_record and its text,
 * padded to a multiple of 4; new ones take the place of old ones. The host knows what it has
 * read, and writes nothing but, when the program has ended, @used.
 */
struct ipu_print_state {
	uint32_t head;
	uint32_t tail;
	uint32_t count;
	uint32_t lock;
	struct {
		uint32_t used;
		char text[IPU_PRINT_LINE_TEXT];
	} lines[IPU_PRINT_UNITS];
};

/**
 * struct ipu_print_record - a line in the ring
 * @cycles: the tile's clock when the line ended, low word and high word
 * @number: of the line, from 0 on, modulo 2^32
 * @bytes: length of the text that follows, without a newline
 * @unit: which printed it
 */
struct ipu_print_record {
	uint32_t cycles[2];
	uint32_t number;
	uint16_t bytes;
	uint16_t unit;
};

#endif /* IPU_NOTE_H */
