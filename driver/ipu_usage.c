// SPDX-License-Identifier: GPL-2.0-only

#include <kunit/visibility.h>

#include <linux/ktime.h>
#include <linux/slab.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_usage.h"

/**
 * DOC: usage
 *
 * How busy a card is, and who keeps it busy: counted once for each open file and once
 * for the card. A tile is busy while a job of its context is on the card, whatever the
 * program does. That is the time that nobody else can use it, and needs no register.
 * What user queues execute meanwhile is in it, and what they execute else the card counts,
 * see ipu_userq_time.c.
 *
 * The time is added up when the number of tiles that are busy changes. So a reader gets
 * a value that never goes back, and does not wait for contexts, which may be waiting for
 * the card with their locks held.
 */

/**
 * ipu_usage_init() - nothing is in use yet
 * @usage: zeroed
 */
void ipu_usage_init(struct ipu_usage *usage)
{
	spin_lock_init(&usage->lock);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_usage_init);

/* Add up until now; the lock is held. */
static void ipu_usage_advance(struct ipu_usage *usage)
{
	u64 now_ns = ktime_get_ns();

	lockdep_assert_held(&usage->lock);

	usage->busy_ns += usage->running * (now_ns - usage->since_ns);
	usage->since_ns = now_ns;
}

/**
 * ipu_usage_read() - the usage as of now
 * @usage: of a file or a card
 * @now: a copy of all but the lock
 */
void ipu_usage_read(struct ipu_usage *usage, struct ipu_usage *now)
{
	spin_lock(&usage->lock);
	ipu_usage_advance(usage);
	now->busy_ns = usage->busy_ns;
	now->since_ns = usage->since_ns;
	now->running = usage->running;
	now->contexts = usage->contexts;
	now->tiles = usage->tiles;
	now->jobs = usage->jobs;
	now->failed = usage->failed;
	now->commands = usage->commands;
	spin_unlock(&usage->lock);
}

static void ipu_usage_add_ctx(struct ipu_usage *usage, unsigned int tiles, bool placed)
{
	spin_lock(&usage->lock);
	usage->contexts += placed ? 1 : -1;
	usage->tiles += placed ? tiles : -tiles;
	spin_unlock(&usage->lock);
}

/**
 * ipu_usage_place() - a context gets its tiles, or gives them back
 * @ctx: context
 * @placed: which of the two
 */
void ipu_usage_place(struct ipu_ctx *ctx, bool placed)
{
	ipu_usage_add_ctx(&ctx->client->usage, ctx->tile_count, placed);
	ipu_usage_add_ctx(&ctx->ipu->usage, ctx->tile_count, placed);
}

static void ipu_usage_add_running(struct ipu_usage *usage, unsigned int tiles, bool running)
{
	spin_lock(&usage->lock);
	ipu_usage_advance(usage);
	usage->running += running ? tiles : -tiles;
	spin_unlock(&usage->lock);
}

/**
 * ipu_usage_run() - a context gets its first job on the card, or has none there any more
 * @ctx: context; &ipu_ring.lock is held
 * @running: which of the two
 */
void ipu_usage_run(struct ipu_ctx *ctx, bool running)
{
	lockdep_assert_held(&ctx->ring.lock);

	ipu_usage_add_running(&ctx->client->usage, ctx->tile_count, running);
	ipu_usage_add_running(&ctx->ipu->usage, ctx->tile_count, running);
}

static void ipu_usage_add_time(struct ipu_usage *usage, u64 tile_ns)
{
	spin_lock(&usage->lock);
	usage->busy_ns += tile_ns;
	spin_unlock(&usage->lock);
}

/**
 * ipu_usage_ran() - a context's tiles were busy while it had no job on the card
 * @ctx: context
 * @ns: for how long
 */
void ipu_usage_ran(struct ipu_ctx *ctx, u64 ns)
{
	ipu_usage_add_time(&ctx->client->usage, ns * ctx->tile_count);
	ipu_usage_add_time(&ctx->ipu->usage, ns * ctx->tile_count);
}

static void ipu_usage_add_commands(struct ipu_usage *usage, u64 count)
{
	spin_lock(&usage->lock);
	usage->commands += count;
	spin_unlock(&usage->lock);
}

/**
 * ipu_usage_commands() - commands of a context's user queues are complete
 * @ctx: context
 * @count: how many more than before
 */
void ipu_usage_commands(struct ipu_ctx *ctx, u64 count)
{
	ipu_usage_add_commands(&ctx->client->usage, count);
	ipu_usage_add_commands(&ctx->ipu->usage, count);
}

static void ipu_usage_add_job(struct ipu_usage *usage, int error)
{
	spin_lock(&usage->lock);
	usage->jobs++;
	usage->failed += !!error;
	spin_unlock(&usage->lock);
}

/**
 * ipu_usage_job() - a job that was on the card has ended
 * @ctx: its context
 * @error: 0 or a negative errno
 */
void ipu_usage_job(struct ipu_ctx *ctx, int error)
{
	ipu_usage_add_job(&ctx->client->usage, error);
	ipu_usage_add_job(&ctx->ipu->usage, error);
}

/**
 * ipu_client_alloc() - the usage of a file that is being opened
 *
 * Return: it, with one reference; NULL without memory.
 */
struct ipu_client *ipu_client_alloc(void)
{
	struct ipu_client *client = kzalloc_obj(*client, GFP_KERNEL_ACCOUNT);

	if (!client)
		return NULL;
	kref_init(&client->ref);
	ipu_usage_init(&client->usage);

	return client;
}

static void ipu_client_release(struct kref *ref)
{
	kfree(container_of(ref, struct ipu_client, ref));
}

/**
 * ipu_client_put() - drop a reference
 * @client: a file's usage
 */
void ipu_client_put(struct ipu_client *client)
{
	kref_put(&client->ref, ipu_client_release);
}
