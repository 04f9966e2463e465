/* SPDX-License-Identifier: MIT */
/*
 * The ELF note by which a tile program describes its tensors. Written by
 * <ipu/tile.h> when the program is compiled, read by libipu when it is loaded.
 * Little endian, 4-byte aligned, in sections named .note.ipu (type SHT_NOTE,
 * loaded or not), one note for each tensor: owner "IPU", type IPU_NOTE_TENSOR,
 * descriptor struct ipu_note_tensor. A reader skips notes of other types and
 * refuses a tensor whose version it does not know. In version 1 the descriptor ended
 * with the name; what follows it is taken to be 0.
 */
#ifndef IPU_NOTE_H
#define IPU_NOTE_H

#include <stdint.h>

#define IPU_NOTE_OWNER "IPU"
#define IPU_NOTE_TENSOR 1
#define IPU_NOTE_VERSION 2
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
#define IPU_TENSOR_STREAM 0x4 /* with one of these: block after block, at external syncs */

/*
 * The rows word of a stream also says what tiles and host want of each other. Of an input
 * a tile sets it to IPU_STREAM_ASK, and by the end of the external sync the host has set it
 * to the block's rows, or to IPU_STREAM_END. Of an output a tile adds IPU_STREAM_OFFER to
 * the block's rows, and when the host has taken the block it is shape[0]. A run starts with
 * 0 and shape[0].
 */
#define IPU_STREAM_ASK 0xffffffffu
#define IPU_STREAM_END 0x80000000u
#define IPU_STREAM_OFFER 0x80000000u

enum ipu_layout {
	/*
	 * Every tile holds the rows [t * k, (t + 1) * k) of the whole, where k =
	 * ceil(rows / tiles); the last tiles may hold fewer, or none.
	 */
	IPU_SHARDED = 1,
	/* Every tile holds the whole; an output is read from tile 0. */
	IPU_BROADCAST = 2,
	/*
	 * The tiles form a grid, see struct ipu_grid, and the tile in row r and column c
	 * of it holds the rows [r * k, (r + 1) * k) with k = ceil(rows / grid rows), and
	 * of these the columns (of the second dimension) [c * l, (c + 1) * l) with l =
	 * ceil(columns / grid columns). Tiles beyond the grid hold nothing.
	 */
	IPU_GRID = 3,
};

/**
 * struct ipu_grid - how tiles form a grid, for IPU_GRID
 * @rows: tiles in a column
 * @columns: tiles in a row, not more than @rows
 *
 * Tile t is in row t / @columns and column t % @columns. Tiles from @rows * @columns on
 * are not part of the grid.
 */
struct ipu_grid {
	uint32_t rows;
	uint32_t columns;
};

/**
 * ipu_grid_of - the grid of a number of tiles
 * @tiles: tiles of the run, at least 1
 *
 * With s the whole part of the square root of @tiles: of the columns from ceil(s / 2) to s,
 * with as many rows as there are tiles for, those that leave the fewest tiles over, and if
 * there are several the most columns. 1472 tiles are 46 by 32, 64 are 8 by 8, 11 are 5 by 2.
 */
static inline struct ipu_grid ipu_grid_of(uint32_t tiles)
{
	struct ipu_grid grid = { 0, 0 };
	uint32_t root = 1, columns;

	while ((root + 1) * (root + 1) <= tiles)
		root++;
	for (columns = root; columns >= (root + 1) / 2 && columns; columns--)
		if (tiles / columns * columns > grid.rows * grid.columns) {
			grid.rows = tiles / columns;
			grid.columns = columns;
		}
	return grid;
}

/**
 * struct ipu_place - how a tensor is distributed, and so which part a tile holds
 * @columns: columns of the second dimension that this tile holds, with IPU_GRID
 * @total_rows: rows of the whole tensor
 * @full_rows: rows of a tile that is full, the k of &enum ipu_layout; 0 with IPU_BROADCAST
 * @grid_columns: tiles in a row of the grid; 1 with the other layouts
 * @total_columns: columns of the whole tensor, with IPU_GRID
 * @full_columns: columns of a tile that is full, the l of &enum ipu_layout
 *
 * All but @columns are the same on all tiles.
 */
struct ipu_place {
	uint32_t columns;
	uint32_t total_rows;
	uint32_t full_rows;
	uint32_t grid_columns;
	uint32_t total_columns;
	uint32_t full_columns;
};

/**
 * struct ipu_note_tensor - one tensor of a tile program
 * @version: IPU_NOTE_VERSION
 * @dtype: enum ipu_dtype
 * @direction: IPU_TENSOR_IN, IPU_TENSOR_OUT, or both; or one of them and IPU_TENSOR_STREAM
 * @layout: enum ipu_layout
 * @ndim: dimensions, 1..IPU_NOTE_MAX_DIMS
 * @shape: of what one tile can hold, row-major; shape[0] is the most rows a
 *	tile takes, shape[1] with IPU_GRID the most columns, the rest is fixed; unused
 *	ones are 0
 * @data: tile address of the elements, aligned to the element's size
 * @rows: tile address of a uint32_t, the rows this tile holds: libipu writes it
 *	for inputs; the program may lower it for outputs, whose rows are then
 *	gathered in tile order. For an output alone it starts at shape[0].
 * @name: identifier, ends with a zero byte
 * @place: tile address of a struct ipu_place, which libipu writes for inputs; with
 *	IPU_GRID the program may lower its columns for outputs, and for an output alone
 *	they start at shape[1]. 0 for none, except with IPU_GRID
 * @pitch: bytes from a row of the tile to the next, with IPU_GRID; 0 for rows without
 *	a gap, as with the other layouts
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
	uint32_t place;
	uint32_t pitch;
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

/* Bytes of a descriptor in version 1. */
#define IPU_NOTE_TENSOR_V1_SIZE 84

#define IPU_NOTE_ENTRY 2 /* type of the note of an entry point */

/**
 * struct ipu_note_entry - a function that a run can begin with, in place of main()
 * @version: IPU_NOTE_VERSION
 * @addr: its tile address: the supervisors start where all programs do, with this as a0
 * @name: identifier, ends with a zero byte
 */
struct ipu_note_entry {
	uint32_t version;
	uint32_t addr;
	char name[IPU_NOTE_NAME_SIZE];
};

#endif /* IPU_NOTE_H */
