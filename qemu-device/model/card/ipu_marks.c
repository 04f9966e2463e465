// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Bit maps of SRAM, see ipu_marks.h.
 */
#include "ipu_marks.h"

#define MARKS	(IPU_MARK_WORDS * 64)

/* Of bits *@first to before @end, those in the first one's word; then *@first is in the next. */
static uint64_t next_bits(uint32_t *first, uint32_t end)
{
	const uint64_t from = ~0ull << *first % 64;
	const uint32_t next = (*first / 64 + 1) * 64;

	*first = next;
	return end < next ? from & ((1ull << end % 64) - 1) : from;
}

bool ipu_words_add(struct ipu_words *words, uint32_t addr, uint32_t bytes)
{
	uint32_t first = (addr - IPU_SRAM_BASE) / 4;
	const uint32_t end = first + bytes / 4;
	uint64_t met = 0;

	while (first < end) {
		uint64_t *word = &words->bit[first / 64];
		uint64_t mask = next_bits(&first, end);

		met |= *word & mask;
		*word |= mask;
	}
	return !met;
}

/* Those of 32 words of struct ipu_words, two each. */
static uint64_t marks_of(const uint64_t *bit)
{
	uint64_t any = 0, marks = 0;
	unsigned int i;

	for (i = 0; i < 32; i++)
		any |= bit[i];
	/* most of SRAM, as a rule */
	if (!any)
		return 0;
	for (i = 0; i < 32; i++)
		marks |= ((uint64_t)((uint32_t)bit[i] != 0) | (uint64_t)(bit[i] >> 32 != 0) << 1)
			 << 2 * i;
	return marks;
}

void ipu_marks_set_written(struct ipu_marks *marks, const struct ipu_words *words)
{
	uint32_t i;

	for (i = 0; i < IPU_MARK_WORDS; i++)
		marks->written[i] = marks_of(&words->bit[i * 32]);
}

void ipu_marks_clear_read(struct ipu_marks *marks)
{
	uint32_t i;

	for (i = 0; i < IPU_MARK_WORDS; i++)
		atomic_store_explicit(&marks->read[i], 0, memory_order_relaxed);
}

void ipu_marks_add_read(struct ipu_marks *marks, uint32_t addr, uint32_t bytes)
{
	uint32_t first = (addr - IPU_SRAM_BASE) / IPU_MARK_BYTES;
	const uint32_t end = (addr + bytes - IPU_SRAM_BASE + IPU_MARK_BYTES - 1) / IPU_MARK_BYTES;

	while (first < end) {
		_Atomic uint64_t *word = &marks->read[first / 64];
		uint64_t mask = next_bits(&first, end);

		/* most are marked by many tiles */
		if ((atomic_load_explicit(word, memory_order_relaxed) & mask) != mask)
			atomic_fetch_or_explicit(word, mask, memory_order_relaxed);
	}
}

bool ipu_marks_meet(const struct ipu_marks *marks)
{
	uint32_t i;

	for (i = 0; i < IPU_MARK_WORDS; i++)
		if (marks->written[i] &
		    atomic_load_explicit(&marks->read[i], memory_order_relaxed))
			return true;
	return false;
}

/* The first mark from @from on that is @set or is not; MARKS if there is none. */
static uint32_t find(const uint64_t *marks, uint32_t from, bool set)
{
	uint64_t word;

	for (; from < MARKS; from = (from / 64 + 1) * 64) {
		word = (set ? marks[from / 64] : ~marks[from / 64]) & ~0ull << from % 64;
		if (word)
			return from / 64 * 64 + (uint32_t)__builtin_ctzll(word);
	}
	return MARKS;
}

bool ipu_marks_next_written(const struct ipu_marks *marks, uint32_t *addr, uint32_t *bytes)
{
	uint32_t from = *addr ? (*addr - IPU_SRAM_BASE) / IPU_MARK_BYTES : 0;
	uint32_t first = find(marks->written, from, true);

	*addr = IPU_SRAM_BASE + first * IPU_MARK_BYTES;
	*bytes = (find(marks->written, first, false) - first) * IPU_MARK_BYTES;
	return first < MARKS;
}
