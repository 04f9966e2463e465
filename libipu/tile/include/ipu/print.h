/* SPDX-License-Identifier: MIT */
/*
 * How much a tile can print before the host reads it. A program that calls printf()
 * needs nothing of this; when the ring is full,
 * a line takes the place of the oldest ones, which are counted.
 */
#ifndef IPU_PRINT_H
#define IPU_PRINT_H

#include <ipu/tile.h>

#ifdef __cplusplus
extern "C" {
#endif

extern struct ipu_print_state ipu_print_state;
extern uint8_t ipu_print_ring[];
extern const uint32_t ipu_print_ring_bytes;

#ifdef __cplusplus
}
#endif

struct ipu_print_note {
	uint32_t name_size;
	uint32_t desc_size;
	uint32_t type;
	char owner[4];
	struct ipu_note_print print;
};

/**
 * IPU_PRINT_BUFFER - let a tile hold @bytes of printed lines, instead of 4096
 * @bytes: a power of two, 512 to 65536; a line takes its length and 16 bytes
 *
 * At file scope, in one file of the program.
 */
#define IPU_PRINT_BUFFER(bytes_)                                                                \
	_Static_assert((bytes_) >= 512 && (bytes_) <= 65536 && !((bytes_) & ((bytes_) - 1)),    \
		       "IPU_PRINT_BUFFER: the size is a power of two, 512 to 65536");           \
	uint8_t ipu_print_ring[bytes_] __attribute__((aligned(4)));                             \
	const uint32_t ipu_print_ring_bytes = (bytes_);                                         \
	IPU_IN_NOTE_ static const struct ipu_print_note ipu_note_print = {                      \
		sizeof(IPU_NOTE_OWNER),                                                         \
		sizeof(struct ipu_note_print),                                                  \
		IPU_NOTE_PRINT,                                                                 \
		IPU_NOTE_OWNER,                                                                 \
		{ IPU_NOTE_PRINT_VERSION, (uint32_t)&ipu_print_state, (uint32_t)ipu_print_ring, \
		  (bytes_) },                                                                   \
	}

#endif /* IPU_PRINT_H */
