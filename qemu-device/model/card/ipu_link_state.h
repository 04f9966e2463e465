/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * What there is of linked cards, for ipu_link.c and ipu_link_image.c. The link's lock is held.
 */
#ifndef IPU_LINK_STATE_H
#define IPU_LINK_STATE_H

#include "ipu_card_state.h"

/**
 * struct ipu_link_run - a linked RUN
 * @key: of its members; 0: there is no such RUN
 * @count: members that it is to have
 * @member: those that it has, by their rank
 * @joined: how many
 * @arrived: of them, those that have arrived at the meeting
 * @came: a bit for each rank that has been in @member
 * @reading: those that may read others' tiles
 * @over: it has ended or failed. A failed one is kept for members that have not joined it yet,
 *	so that they need not wait for those that have; if there is room
 * @reason, @where: why it has failed
 * @sum: of those that have arrived
 */
struct ipu_link_run {
	uint64_t key;
	uint32_t count;
	struct ipu_context *member[IPU_LINK_CARDS];
	uint32_t joined;
	uint32_t arrived;
	uint32_t came;
	uint32_t reading;
	bool over;
	uint32_t reason;
	uint64_t where;
	struct ipu_link_sum sum;
};

/* Each context is a member of one at most. As many are left for those that have failed. */
#define IPU_LINK_RUNS	(2 * IPU_LINK_CARDS * IPU_MAX_CONTEXTS)

/* Chains are numbered from 1 on, and below this. */
#define IPU_LINK_GROUPS	(1u << 31)

/**
 * struct ipu_link - a chain of cards
 * @lock: for all of it
 * @group: its number in this process
 * @cards: how many there are
 * @card: by their place; NULL: there is none
 * @down: link n, between the places n and n + 1, is down
 * @paused: the card in this place takes no part in barriers
 * @waking: threads that wake cards
 * @woken: signalled when there are none
 * @run: linked RUNs
 * @meetings: that there have been so far
 * @saved: while cards are loaded, the RUNs that they are in; else NULL, see ipu_link_image.c
 * @loaded: a bit for each card that has been
 */
struct ipu_link {
	pthread_mutex_t lock;
	uint32_t group;
	uint32_t cards;
	struct ipu_card *card[IPU_LINK_CARDS];
	bool down[IPU_LINK_CARDS];
	bool paused[IPU_LINK_CARDS];
	unsigned int waking;
	pthread_cond_t woken;
	struct ipu_link_run run[IPU_LINK_RUNS];
	uint64_t meetings;
	struct ipu_link_saved *saved;
	uint32_t loaded;
};

#endif /* IPU_LINK_STATE_H */
