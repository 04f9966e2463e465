// SPDX-License-Identifier: GPL-2.0-only

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/time64.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_regs.h"
#include "ipu_usage.h"
#include "ipu_userq.h"

/**
 * DOC: time of user queues
 *
 * The driver does not see when a command of a user queue begins and ends. The card counts them,
 * and for how long it has been executing those of each queue, and the driver adds both up for
 * fdinfo and sysfs: when these are read, and when a queue or its context ends. While a context has
 * jobs on the card all of its time counts already, so at the begin and at the end of that the
 * card is asked as well, and what lies between is left out.
 *
 * In the same way it is found out that the card does not go on with a command any more.
 *
 * A reader does not wait: of what is locked it has what was known last.
 */

/* Between two times that the card is asked because somebody reads a file. */
#define IPU_USERQ_ASK_NS	NSEC_PER_MSEC

/* A context that somebody waits for is looked at more often than that. */
#define IPU_USERQ_LOOK		(2 * HZ)

/**
 * ipu_userq_read() - read a register of a user queue
 * @ctx: context; &ipu_ring.lock is held and &ipu_ring.on is set
 * @queue: user queue
 * @reg: IPU_UQ_*
 *
 * Return: its value.
 */
u32 ipu_userq_read(struct ipu_ctx *ctx, const struct ipu_userq *queue, u32 reg)
{
	return ipu_ctx_read(ctx, IPU_CTX_UQ(queue->index) + reg);
}

/**
 * ipu_userq_read64() - read two registers of a user queue
 * @ctx: context; &ipu_ring.lock is held and &ipu_ring.on is set
 * @queue: user queue
 * @low: the one of the low half, behind which the other one is
 * @value: out: unchanged if the card is gone
 *
 * A value that only grows is read at the second try; that of a program which has it go to
 * and fro is any of what it was.
 *
 * Return: whether the card is there.
 */
bool ipu_userq_read64(struct ipu_ctx *ctx, const struct ipu_userq *queue, u32 low, u64 *value)
{
	u32 high, word, again = ipu_userq_read(ctx, queue, low + 4);
	unsigned int tries = 2;

	do {
		high = again;
		word = ipu_userq_read(ctx, queue, low);
		again = ipu_userq_read(ctx, queue, low + 4);
	} while (again != high && --tries);
	/* Of a card that is gone there is no value. */
	if (high == IPU_REG_GONE && ipu_read(ctx->ipu, IPU_REG_ID) != IPU_ID)
		return false;
	*value = (u64)high << 32 | word;

	return true;
}

/* What the card has counted of a queue since last asked; whatever it says if it is hostile. */
static u64 ipu_userq_new_time(struct ipu_ctx *ctx, struct ipu_userq *queue)
{
	u64 before_ns = queue->busy_ns;

	if (!ipu_userq_read64(ctx, queue, IPU_UQ_NS_LO, &queue->busy_ns))
		return 0;

	return queue->busy_ns > before_ns ? queue->busy_ns - before_ns : 0;
}

/* Likewise, the commands that are complete. */
static u32 ipu_userq_new_commands(struct ipu_ctx *ctx, struct ipu_userq *queue)
{
	u32 before = queue->head, head = ipu_userq_read(ctx, queue, IPU_UQ_HEAD);

	/* A card that is gone reads as ones, or as zeros; and no such number is of its own. */
	if (head == before || ipu_read(ctx->ipu, IPU_REG_ID) != IPU_ID)
		return 0;
	queue->head = head;

	return head - before;
}

/**
 * ipu_userq_count() - count what the card has executed of a context's user queues
 * @ctx: context; &ipu_ring.lock is held
 *
 * It executes one command of a context at a time, so that is no more than the time from
 * before it was asked last until after it has been asked now.
 */
void ipu_userq_count(struct ipu_ctx *ctx)
{
	struct ipu_userqs *userqs = &ctx->userqs;
	u64 begun_ns = ktime_get_ns(), busy_ns = 0, commands = 0;
	unsigned int i;

	lockdep_assert_held(&ctx->ring.lock);

	if (!ctx->ring.on || ctx->ring.error || !(ctx->ipu->info.caps & IPU_CAP_QUEUE_TIME))
		return;
	for (i = 0; i < IPU_USER_QUEUES; i++) {
		if (!userqs->queue[i] || userqs->queue[i]->lost)
			continue;
		busy_ns += ipu_userq_new_time(ctx, userqs->queue[i]);
		commands += ipu_userq_new_commands(ctx, userqs->queue[i]);
	}
	if (commands)
		ipu_usage_commands(ctx, commands);
	if (busy_ns && !ctx->ring.busy)
		ipu_usage_ran(ctx, min(busy_ns, ktime_get_ns() - userqs->asked_ns));
	userqs->asked_ns = begun_ns;
}

/**
 * ipu_userq_count_client() - the same for all contexts of a file, as far as nobody has to wait
 * @ipu: card
 * @client: the file's usage, or NULL for all files
 *
 * Anyone may call this as often as they like, so the card is asked once in a while only.
 */
void ipu_userq_count_client(struct ipu_device *ipu, const struct ipu_client *client)
{
	unsigned int slot;

	if (!(ipu->info.caps & IPU_CAP_QUEUE_TIME) || !mutex_trylock(&ipu->slots_lock))
		return;
	for (slot = 0; slot < ipu->info.contexts; slot++) {
		struct ipu_ctx *ctx = ipu->slots[slot];

		if (!ctx || (client && ctx->client != client) ||
		    !mutex_trylock(&ctx->ring.lock))
			continue;
		if (ktime_get_ns() - ctx->userqs.asked_ns > IPU_USERQ_ASK_NS)
			ipu_userq_count(ctx);
		mutex_unlock(&ctx->ring.lock);
	}
	mutex_unlock(&ipu->slots_lock);
}

/* Does the card execute a command of one of them? So it seems where it does not answer. */
static bool ipu_userq_executes(struct ipu_ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < IPU_USER_QUEUES; i++) {
		const struct ipu_userq *queue = ctx->userqs.queue[i];

		if (queue && !queue->lost &&
		    ipu_userq_read(ctx, queue, IPU_UQ_STATUS) & IPU_UQ_BUSY)
			return true;
	}

	return false;
}

/**
 * ipu_userq_overdue() - has the card not gone on with a command of a user queue for too long?
 * @ctx: context without jobs on the card; &ipu_ring.lock is held and &ipu_ring.on is set
 * @limit: for how long it may not, in jiffies
 *
 * While nobody waits nobody looks, and that time does not count.
 *
 * Return: whether that is so.
 */
bool ipu_userq_overdue(struct ipu_ctx *ctx, unsigned long limit)
{
	u32 retired = ipu_ctx_read(ctx, IPU_CTX_RETIRED);
	struct ipu_userqs *userqs = &ctx->userqs;

	lockdep_assert_held(&ctx->ring.lock);

	if (ctx->debug.attached || retired != userqs->retired ||
	    time_after(jiffies, userqs->looked + IPU_USERQ_LOOK) || !ipu_userq_executes(ctx))
		userqs->progress = jiffies;
	userqs->retired = retired;
	userqs->looked = jiffies;

	return time_after(jiffies, userqs->progress + limit);
}
