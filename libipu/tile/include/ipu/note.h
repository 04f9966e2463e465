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
};

/**
 * struct ipu_note_tensor - one tensor of a tile program
 * @version: IPU_NOTE_VERSION
 * @dtype: enum ipu_dtype
 * @direction: IPU_TENSOR_IN, IPU_TENSOR_OUT, or both; or one of them and IPU_TENSOR_STREAM
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
