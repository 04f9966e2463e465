/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * IPU-Link: cards of one process in a chain, and RUNs that span several of them.
 *
 * A linked RUN is one RUN on each of its contexts, the members. They meet: each arrives with
 * what it has to say, and when the last one has, all go on with the same sum. What a sum says
 * does not depend on the order in which they arrived, so neither does anything that follows.
 *
 * While an exchange goes on, from the barrier's meeting to that after all data has moved,
 * members read each other's SRAM. Until then none of them gives up its tiles: see
 * ipu_link_withdraw().
 *
 * Locking. The link's lock is a leaf: it may be taken with a card's lock held. Cards are woken
 * with no lock held, ipu_link_wake().
 */
#ifndef IPU_LINK_H
#define IPU_LINK_H

#include "ipu_card_state.h"

struct ipu_link_run;

/* The member of a linked RUN that has tile @tile of it. */
static inline uint32_t ipu_link_owner(const struct ipu_context *ctx, uint32_t tile)
{
	uint32_t rank = 0;

	while (tile >= ctx->link.base[rank + 1])
		rank++;
	return rank;
}

/** ipu_link_sum_init - of nothing */
void ipu_link_sum_init(struct ipu_link_sum *sum);

/**
 * ipu_link_join - become a member of the linked RUN that the context's registers name
 *
 * In a control slice. Return: false with a fault in the context, if it does not fit the other
 * members, or a link between them is down.
 */
bool ipu_link_join(struct ipu_context *ctx);

/** ipu_link_number_tiles - what the program calls the member's tiles, from the sum of all */
void ipu_link_number_tiles(struct ipu_context *ctx);

/**
 * ipu_link_arrive - meet the other members; in a control slice
 * @mine: what to add to the sum
 *
 * The context's next step is IPU_STEP_MEET, or IPU_STEP_MEET_XFER in an exchange, with
 * ctx->link.sum once ctx->link.go is true.
 */
void ipu_link_arrive(struct ipu_context *ctx, enum ipu_meeting meeting,
		     const struct ipu_link_sum *mine);

/**
 * ipu_link_enable - the context is enabled anew; its card's lock is held
 *
 * It does not come to RUNs that have failed before.
 */
void ipu_link_enable(struct ipu_context *ctx);

/** ipu_link_leave - the RUN is over, after IPU_MEETING_END; in a control slice */
void ipu_link_leave(struct ipu_context *ctx);

/**
 * ipu_link_withdraw - the context stops, or has faulted; in a control slice, or its card's lock
 *	is held
 *
 * Ends the RUN of the other members with a fault. The caller has them woken, see
 * &struct ipu_outbox. Return: false as long as others may read the context's tiles; there is a
 * wake when that is over.
 */
bool ipu_link_withdraw(struct ipu_context *ctx);

/** ipu_link_fault - the fault of a member whose RUN others have ended */
void ipu_link_fault(struct ipu_context *ctx);

/** ipu_link_reads_context - whether they may read tiles of this context; its card's lock is held */
bool ipu_link_reads_context(const struct ipu_context *ctx);

/** ipu_link_read - whether other cards may read tiles of this one; its lock is held */
bool ipu_link_read(struct ipu_card *card);

/** ipu_link_wake - there may be something to do on all cards of the link; no lock is held */
void ipu_link_wake(struct ipu_card *card);

/** ipu_link_pause - the card takes no more part in barriers, or does again; no lock is held */
void ipu_link_pause(struct ipu_card *card, bool pauses);

/** ipu_link_leave_card - leave the chain, if any; it has no contexts, no lock is held */
void ipu_link_leave_card(struct ipu_card *card);

/** ipu_link_cycles - what an exchange costs on the links, from the beats of each card */
uint64_t ipu_link_cycles(const struct ipu_context *ctx);

/** ipu_link_sync_cycles - what a barrier costs in addition to that of one card */
uint64_t ipu_link_sync_cycles(const struct ipu_context *ctx);

/** ipu_link_reg - &struct reg.read_card of IPU_REG_LINK_*; the card's lock is held */
uint32_t ipu_link_reg(struct ipu_card *card, uint32_t offset);

/* ---- For ipu_link_image.c, with the lock of the link held ---- */

/** ipu_link_set_group - take the number that the chain had where it was saved */
void ipu_link_set_group(struct ipu_link *link, uint32_t group);

/** ipu_link_begin_run - a RUN that nobody has joined; one that has failed may make room for it */
struct ipu_link_run *ipu_link_begin_run(struct ipu_link *link, uint64_t key, uint32_t count);

/** ipu_link_fail_member - one of a RUN that has failed: it finds out when it goes on */
void ipu_link_fail_member(const struct ipu_link_run *run, struct ipu_context *ctx);

/** ipu_link_fail_run - end it for all members; nothing if it is over */
void ipu_link_fail_run(struct ipu_link_run *run, uint32_t reason, uint64_t where);

/** ipu_link_end_run - forget it, if nobody is in it and nobody is to come */
void ipu_link_end_run(struct ipu_link_run *run);

/** ipu_link_broken - the first link that is down between a RUN's members, or UINT32_MAX */
uint32_t ipu_link_broken(const struct ipu_link *link, const struct ipu_link_run *run);

/** ipu_link_context_key - the key in the context's registers */
uint64_t ipu_link_context_key(const struct ipu_context *ctx);

#endif /* IPU_LINK_H */
