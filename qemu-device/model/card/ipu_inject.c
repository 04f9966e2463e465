// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Faults of the hardware on request, see ipu_card.h and ipu_inject.h.
 *
 * A word of SRAM with one flipped bit is corrected by whoever reads it; a word with two is
 * not, and its contents are never handed out. So there is no need to change them.
 */
#include "ipu_inject.h"

#define WORD	4u

/* ---- Events ---------------------------------------------------------------------------------- */

void ipu_card_inject(struct ipu_card *card, enum ipu_injection kind, uint32_t count)
{
	atomic_store_explicit(&card->faulty.due[kind], count, memory_order_relaxed);
}

uint32_t ipu_card_injected(const struct ipu_card *card, enum ipu_injection kind)
{
	return atomic_load_explicit(&card->faulty.due[kind], memory_order_relaxed);
}

bool ipu_inject_take(struct ipu_card *card, enum ipu_injection kind)
{
	atomic_uint *due = &card->faulty.due[kind];
	unsigned int left = atomic_load_explicit(due, memory_order_relaxed);

	do {
		if (!left)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(due, &left, left - 1, memory_order_relaxed,
							memory_order_relaxed));
	return true;
}

/* ---- A slow tile ----------------------------------------------------------------------------- */

bool ipu_card_slow_tile(struct ipu_card *card, uint32_t tile, uint32_t factor)
{
	if (tile >= card->config.tiles || !factor || factor > IPU_SLOWEST)
		return false;
	atomic_store_explicit(&card->faulty.slow_tile, tile, memory_order_relaxed);
	atomic_store_explicit(&card->faulty.slow_factor, factor, memory_order_relaxed);
	return true;
}

/* ---- SRAM ------------------------------------------------------------------------------------ */

static void count(struct ipu_card *card, uint32_t reg)
{
	if (card->reg[reg / 4] < UINT32_MAX)
		card->reg[reg / 4]++;
}

static bool is_lost(const struct ipu_card *card, uint32_t tile, uint32_t addr)
{
	unsigned int i;

	for (i = 0; i < card->faulty.num_lost; i++)
		if (card->faulty.lost[i].tile == tile && card->faulty.lost[i].addr == addr)
			return true;
	return false;
}

/* With the lock held. Return: false if there is no room for another one. */
static bool lose(struct ipu_card *card, uint32_t tile, uint32_t addr)
{
	struct ipu_faulty *faulty = &card->faulty;
	unsigned int number = faulty->num_lost;

	if (is_lost(card, tile, addr))
		return true;
	if (number == IPU_LOST_WORDS)
		return false;
	faulty->lost[number].tile = tile;
	faulty->lost[number].addr = addr;
	faulty->num_lost = number + 1;
	count(card, IPU_REG_ECC_FATAL);
	return true;
}

bool ipu_card_flip(struct ipu_card *card, uint32_t tile, uint32_t addr, unsigned int bits)
{
	bool done = true;

	if (tile >= card->config.tiles || !ipu_in_sram(addr) || !bits || bits > 2)
		return false;
	pthread_mutex_lock(&card->lock);
	if (bits == 1)
		count(card, IPU_REG_ECC_CORRECTED);
	else
		done = lose(card, tile, addr / WORD * WORD);
	pthread_mutex_unlock(&card->lock);
	return done;
}

bool ipu_inject_find(struct ipu_card *card, uint32_t tile, uint32_t *addr, uint32_t bytes)
{
	const uint32_t end = *addr + bytes;
	struct ipu_faulty *faulty = &card->faulty;
	uint32_t least = UINT32_MAX;
	unsigned int i;

	pthread_mutex_lock(&card->lock);
	for (i = 0; i < faulty->num_lost; i++)
		if (faulty->lost[i].tile == tile && faulty->lost[i].addr + WORD > *addr &&
		    faulty->lost[i].addr < end && faulty->lost[i].addr < least)
			least = faulty->lost[i].addr;
	pthread_mutex_unlock(&card->lock);
	if (least == UINT32_MAX)
		return false;
	*addr = least;
	return true;
}

/* Forget those in a range of tiles and a range of addresses. */
static void forget(struct ipu_card *card, uint32_t first, uint32_t count, uint32_t addr,
		   uint32_t bytes)
{
	struct ipu_faulty *faulty = &card->faulty;
	unsigned int i, kept = 0;

	if (!ipu_inject_lost(card))
		return;
	pthread_mutex_lock(&card->lock);
	for (i = 0; i < faulty->num_lost; i++)
		if (faulty->lost[i].tile - first >= count || faulty->lost[i].addr < addr ||
		    faulty->lost[i].addr + WORD > addr + bytes)
			faulty->lost[kept++] = faulty->lost[i];
	faulty->num_lost = kept;
	pthread_mutex_unlock(&card->lock);
}

void ipu_inject_written(struct ipu_card *card, uint32_t tile, uint32_t addr, uint32_t bytes)
{
	forget(card, tile, 1, addr, bytes);
}

void ipu_inject_cleared(struct ipu_card *card, uint32_t first, uint32_t count)
{
	forget(card, first, count, IPU_SRAM_BASE, IPU_SRAM_SIZE);
}
