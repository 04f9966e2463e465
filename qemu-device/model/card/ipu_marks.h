/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Which parts of a tile's SRAM an exchange reads and writes.
 */
#ifndef IPU_MARKS_H
#define IPU_MARKS_H

#include "ipu_card_state.h"

/* What is marked together: a part of SRAM of so many bytes, and its bit in a 64-bit word. */
#define IPU_MARK_BYTES	128
#define IPU_MARK_WORDS	(IPU_SRAM_SIZE / IPU_MARK_BYTES / 64)

/* The whole words of SRAM that one table writes. */
struct ipu_words {
	uint64_t bit[IPU_SRAM_SIZE / 4 / 64];
};

/**
 * struct ipu_marks - of one tile
 * @read: parts of its SRAM that tiles read; several threads set bits
 * @written: those that its own table writes
 */
struct ipu_marks {
	_Atomic uint64_t read[IPU_MARK_WORDS];
	uint64_t written[IPU_MARK_WORDS];
};

_Static_assert(IPU_SRAM_SIZE % (IPU_MARK_BYTES * 64) == 0, "whole words of marks");
_Static_assert(IPU_MARK_BYTES == 4 * 32, "half a word of struct ipu_words is a mark");

/* The marks of a slot. */
static inline struct ipu_marks *ipu_slot_marks(const struct ipu_card *card,
					       const struct ipu_slot *slot)
{
	return (struct ipu_marks *)card->slots.marks.base + (slot - card->slots.tile);
}

static inline void ipu_words_clear(struct ipu_words *words)
{
	*words = (struct ipu_words) { 0 };
}

/**
 * ipu_words_add - add @bytes from tile address @addr on, a multiple of 4, within SRAM
 * Return: false if some of them have been added before.
 */
bool ipu_words_add(struct ipu_words *words, uint32_t addr, uint32_t bytes);

/** ipu_marks_set_written - the table writes exactly these words */
void ipu_marks_set_written(struct ipu_marks *marks, const struct ipu_words *words);

void ipu_marks_clear_read(struct ipu_marks *marks);

/** ipu_marks_add_read - bytes from tile address @addr on are read; from several threads at once */
void ipu_marks_add_read(struct ipu_marks *marks, uint32_t addr, uint32_t bytes);

/** ipu_marks_meet - whether a part is marked as read and as written */
bool ipu_marks_meet(const struct ipu_marks *marks);

/**
 * ipu_marks_next_written - the next marked parts with no gap between them
 * @addr: in: a tile address from which to search, or 0; out: where they begin
 * @bytes: out: how long they are
 *
 * Return: false if there are no more.
 */
bool ipu_marks_next_written(const struct ipu_marks *marks, uint32_t *addr, uint32_t *bytes);

#endif /* IPU_MARKS_H */
