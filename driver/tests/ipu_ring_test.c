// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is written to a context's ring, and which jobs end with which error, with memory in
 * the place of the card's registers.
 */

#include <kunit/test.h>

#include <linux/cleanup.h>
#include <linux/dma-fence.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../ipu_ctx.h"
#include "../ipu_drv.h"
#include "../ipu_job.h"
#include "../ipu_ring.h"
#include "../ipu_usage.h"

#define TILES	3

struct ipu_ring_test {
	struct ipu_device ipu;
	struct ipu_ctx ctx;
	struct ipu_client client;
	void *regs;
	/* Of all fences. */
	spinlock_t lock;
	struct ipu_job jobs[IPU_RING_JOBS];
	unsigned int count;
};

static const char *ipu_ring_test_name(struct dma_fence *fence)
{
	return "ipu_ring_test";
}

static const struct dma_fence_ops ipu_ring_test_fence_ops = {
	.get_driver_name = ipu_ring_test_name,
	.get_timeline_name = ipu_ring_test_name,
};

/* In the place of what looks at a context whose job takes long. */
static void ipu_ring_test_watch(struct work_struct *work)
{
}

static int ipu_ring_test_init_ctx(struct kunit *test, struct ipu_ring_test *priv)
{
	struct ipu_ctx *ctx = &priv->ctx;
	struct ipu_ring *ring = &ctx->ring;

	ctx->ipu = &priv->ipu;
	ctx->client = &priv->client;
	ctx->slot = 2;
	ctx->tile_count = TILES;
	spin_lock_init(&ctx->exported_lock);
	INIT_DELAYED_WORK(&ctx->watch, ipu_ring_test_watch);
	mutex_init(&ring->lock);
	INIT_LIST_HEAD(&ring->jobs);
	ring->on = true;
	ring->cmds = kunit_kzalloc(test, IPU_PAGE_SIZE, GFP_KERNEL);
	ring->fence = kunit_kzalloc(test, IPU_PAGE_SIZE, GFP_KERNEL);

	return ring->cmds && ring->fence ? 0 : -ENOMEM;
}

/* A job of as many commands as its number, from 1, which was not written to the ring. */
static int ipu_ring_test_init_job(struct ipu_ring_test *priv, unsigned int number)
{
	struct ipu_job *job = &priv->jobs[number - 1];

	job->fence = kzalloc_obj(*job->fence, GFP_KERNEL);
	if (!job->fence)
		return -ENOMEM;
	dma_fence_init(job->fence, &ipu_ring_test_fence_ops, &priv->lock, 1, number);
	job->ctx = &priv->ctx;
	job->seqno = 100 + number;
	job->cmd_va = 0x10000 * number;
	job->cmd_count = number;
	INIT_LIST_HEAD(&job->link);
	INIT_LIST_HEAD(&job->exported);

	return 0;
}

static int ipu_ring_test_init(struct kunit *test)
{
	struct ipu_ring_test *priv = kunit_kzalloc(test, sizeof(*priv), GFP_KERNEL);
	unsigned int number;
	int ret;

	if (!priv)
		return -ENOMEM;
	test->priv = priv;
	spin_lock_init(&priv->lock);
	ipu_usage_init(&priv->client.usage);
	ipu_usage_init(&priv->ipu.usage);
	ret = ipu_ring_test_init_ctx(test, priv);
	for (number = 1; number <= IPU_RING_JOBS && !ret; number++)
		ret = ipu_ring_test_init_job(priv, number);
	if (ret)
		return ret;
	priv->regs = vzalloc(IPU_BAR_REGS_SIZE);
	priv->ipu.regs = (void __iomem __force *)priv->regs;
	priv->ipu.recovery_wq = alloc_ordered_workqueue("ipu_ring_test", 0);

	return priv->regs && priv->ipu.recovery_wq ? 0 : -ENOMEM;
}

/* However the jobs of a test ended, all are accounted for. */
static void ipu_ring_test_exit(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;
	unsigned int i;

	if (!priv)
		return;
	mutex_lock(&priv->ctx.ring.lock);
	ipu_ring_fail_all(&priv->ctx, -ECANCELED);
	mutex_unlock(&priv->ctx.ring.lock);
	KUNIT_EXPECT_EQ(test, 0, priv->client.usage.running);
	KUNIT_EXPECT_EQ(test, 0, priv->ipu.usage.running);
	KUNIT_EXPECT_EQ(test, priv->count, priv->client.usage.jobs);
	cancel_delayed_work_sync(&priv->ctx.watch);
	if (priv->ipu.recovery_wq)
		destroy_workqueue(priv->ipu.recovery_wq);
	for (i = 0; i < IPU_RING_JOBS; i++)
		dma_fence_put(priv->jobs[i].fence);
	vfree(priv->regs);
}

/* Write the next job to the ring. */
static struct ipu_job *ipu_ring_test_emit(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;
	struct ipu_job *job = &priv->jobs[priv->count++];

	ipu_ring_emit(&priv->ctx, job);

	return job;
}

/* Write the next @count jobs to the ring. */
static void ipu_ring_test_emit_many(struct kunit *test, unsigned int count)
{
	while (count--)
		ipu_ring_test_emit(test);
}

/* The card has completed all up to a number. */
static void ipu_ring_test_complete(struct kunit *test, u64 number)
{
	struct ipu_ring_test *priv = test->priv;

	WRITE_ONCE(*priv->ctx.ring.fence, cpu_to_le64(number));
	ipu_ring_retire(&priv->ctx);
}

static u32 ipu_ring_test_doorbell(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;

	return le32_to_cpup(priv->regs + IPU_DOORBELL(priv->ctx.slot));
}

/* The job's two commands are at @slot of the ring. */
static void ipu_ring_test_expect_cmds(struct kunit *test, const struct ipu_job *job,
				      unsigned int slot, u32 count)
{
	struct ipu_ring_test *priv = test->priv;
	const struct ipu_cmd_exec *exec = priv->ctx.ring.cmds + slot * IPU_CMD_SIZE;
	const struct ipu_cmd_fence *fence = priv->ctx.ring.cmds + (slot + 1) * IPU_CMD_SIZE;

	KUNIT_EXPECT_EQ(test, IPU_CMD_EXEC, le32_to_cpu(exec->op));
	KUNIT_EXPECT_EQ(test, job->cmd_va, le64_to_cpu(exec->va));
	KUNIT_EXPECT_EQ(test, count, le32_to_cpu(exec->count));
	KUNIT_EXPECT_EQ(test, IPU_CMD_FENCE | IPU_CMD_FENCE_IRQ, le32_to_cpu(fence->op));
	KUNIT_EXPECT_EQ(test, IPU_VA_FENCE, le64_to_cpu(fence->va));
	KUNIT_EXPECT_EQ(test, job->ring_no, le64_to_cpu(fence->value));
}

/* 0 as long as the job has not ended, 1 when it has, or its error. */
static int ipu_ring_test_status(const struct ipu_job *job)
{
	return dma_fence_get_status(job->fence);
}

static void ipu_ring_test_writes(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;
	struct ipu_job *first, *second;

	guard(mutex)(&priv->ctx.ring.lock);
	first = ipu_ring_test_emit(test);
	second = ipu_ring_test_emit(test);
	KUNIT_EXPECT_EQ(test, 1, first->ring_no);
	KUNIT_EXPECT_EQ(test, 2, second->ring_no);
	ipu_ring_test_expect_cmds(test, first, 0, 1);
	ipu_ring_test_expect_cmds(test, second, 2, 2);
	KUNIT_EXPECT_EQ(test, 4, ipu_ring_test_doorbell(test));
	KUNIT_EXPECT_EQ(test, TILES, priv->client.usage.running);
	KUNIT_EXPECT_EQ(test, TILES, priv->ipu.usage.running);
}

/* The tail counts on where the ring starts over, and where 32 bits do. */
static void ipu_ring_test_wraps(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;
	struct ipu_job *last, *first;

	guard(mutex)(&priv->ctx.ring.lock);
	priv->ctx.ring.tail = U32_MAX - 1;
	last = ipu_ring_test_emit(test);
	KUNIT_EXPECT_EQ(test, 0, ipu_ring_test_doorbell(test));
	first = ipu_ring_test_emit(test);
	KUNIT_EXPECT_EQ(test, 2, ipu_ring_test_doorbell(test));
	KUNIT_EXPECT_EQ(test, U32_MAX - 1, last->ring_pos);
	KUNIT_EXPECT_EQ(test, 0, first->ring_pos);
	ipu_ring_test_expect_cmds(test, last, IPU_RING_SIZE - 2, 1);
	ipu_ring_test_expect_cmds(test, first, 0, 2);
	ipu_ring_skip(&priv->ctx, last->seqno);
	ipu_ring_test_expect_cmds(test, last, IPU_RING_SIZE - 2, 0);
	ipu_ring_test_expect_cmds(test, first, 0, 2);
}

/* As many as the scheduler gives it at a time overwrite nothing. */
static void ipu_ring_test_full(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;
	unsigned int i, start = IPU_RING_SIZE - 10;

	guard(mutex)(&priv->ctx.ring.lock);
	priv->ctx.ring.tail = start;
	ipu_ring_test_emit_many(test, IPU_RING_JOBS);
	for (i = 0; i < IPU_RING_JOBS; i++)
		ipu_ring_test_expect_cmds(test, &priv->jobs[i],
					  (start + 2 * i) % IPU_RING_SIZE, i + 1);
	KUNIT_EXPECT_EQ(test, start + 2 * IPU_RING_JOBS, ipu_ring_test_doorbell(test));
	ipu_ring_test_complete(test, IPU_RING_JOBS);
	for (i = 0; i < IPU_RING_JOBS; i++)
		KUNIT_EXPECT_EQ(test, 1, ipu_ring_test_status(&priv->jobs[i]));
}

static void ipu_ring_test_retires(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;
	struct ipu_job *jobs = priv->jobs;

	guard(mutex)(&priv->ctx.ring.lock);
	ipu_ring_test_emit_many(test, 3);
	ipu_ring_test_complete(test, 0);
	KUNIT_EXPECT_PTR_EQ(test, &jobs[0], ipu_ring_first(&priv->ctx));
	ipu_ring_test_complete(test, 2);
	KUNIT_EXPECT_EQ(test, 1, ipu_ring_test_status(&jobs[0]));
	KUNIT_EXPECT_EQ(test, 1, ipu_ring_test_status(&jobs[1]));
	KUNIT_EXPECT_EQ(test, 0, ipu_ring_test_status(&jobs[2]));
	KUNIT_EXPECT_PTR_EQ(test, &jobs[2], ipu_ring_first(&priv->ctx));
	KUNIT_EXPECT_EQ(test, TILES, priv->client.usage.running);
	/* A number that the card should not have written ends only what is in the ring. */
	ipu_ring_test_complete(test, U64_MAX);
	KUNIT_EXPECT_EQ(test, 1, ipu_ring_test_status(&jobs[2]));
	KUNIT_EXPECT_NULL(test, ipu_ring_first(&priv->ctx));
	KUNIT_EXPECT_EQ(test, 0, priv->client.usage.running);
	KUNIT_EXPECT_EQ(test, 0, priv->client.usage.failed);
}

static void ipu_ring_test_fails(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;
	struct ipu_job *jobs = priv->jobs;

	guard(mutex)(&priv->ctx.ring.lock);
	ipu_ring_fail_first(&priv->ctx, -EIO);
	ipu_ring_test_emit_many(test, 4);
	ipu_ring_fail_first(&priv->ctx, -EIO);
	KUNIT_EXPECT_EQ(test, -EIO, ipu_ring_test_status(&jobs[0]));
	KUNIT_EXPECT_EQ(test, 0, ipu_ring_test_status(&jobs[1]));
	ipu_ring_test_complete(test, 2);
	ipu_ring_fail_all(&priv->ctx, -ENODEV);
	KUNIT_EXPECT_EQ(test, 1, ipu_ring_test_status(&jobs[1]));
	KUNIT_EXPECT_EQ(test, -ENODEV, ipu_ring_test_status(&jobs[2]));
	KUNIT_EXPECT_EQ(test, -ENODEV, ipu_ring_test_status(&jobs[3]));
	KUNIT_EXPECT_EQ(test, 3, priv->ipu.usage.failed);
}

/* A job that is cancelled in the ring executes nothing, and ends in its turn. */
static void ipu_ring_test_skips(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;
	struct ipu_job *jobs = priv->jobs;

	guard(mutex)(&priv->ctx.ring.lock);
	ipu_ring_test_emit_many(test, 3);
	ipu_ring_skip(&priv->ctx, jobs[1].seqno);
	/* One that is not there. */
	ipu_ring_skip(&priv->ctx, 1);
	ipu_ring_test_expect_cmds(test, &jobs[0], 0, 1);
	ipu_ring_test_expect_cmds(test, &jobs[1], 2, 0);
	ipu_ring_test_expect_cmds(test, &jobs[2], 4, 3);
	KUNIT_EXPECT_EQ(test, 0, ipu_ring_test_status(&jobs[1]));
	ipu_ring_test_complete(test, 3);
	KUNIT_EXPECT_EQ(test, 1, ipu_ring_test_status(&jobs[0]));
	KUNIT_EXPECT_EQ(test, -ECANCELED, ipu_ring_test_status(&jobs[1]));
	KUNIT_EXPECT_EQ(test, 1, ipu_ring_test_status(&jobs[2]));
}

/* After a reset, at the start of the ring, with numbers that the card has not written before. */
static void ipu_ring_test_again(struct kunit *test)
{
	struct ipu_ring_test *priv = test->priv;
	struct ipu_job *jobs = priv->jobs;

	guard(mutex)(&priv->ctx.ring.lock);
	ipu_ring_test_emit_many(test, 3);
	ipu_ring_skip(&priv->ctx, jobs[2].seqno);
	ipu_ring_fail_first(&priv->ctx, -EIO);
	priv->ctx.ring.tail = 0;
	ipu_ring_emit_again(&priv->ctx);
	KUNIT_EXPECT_EQ(test, 4, jobs[1].ring_no);
	KUNIT_EXPECT_EQ(test, 5, jobs[2].ring_no);
	ipu_ring_test_expect_cmds(test, &jobs[1], 0, 2);
	ipu_ring_test_expect_cmds(test, &jobs[2], 2, 0);
	KUNIT_EXPECT_EQ(test, 4, ipu_ring_test_doorbell(test));
	/* What it wrote before the reset. */
	ipu_ring_test_complete(test, 3);
	KUNIT_EXPECT_EQ(test, 0, ipu_ring_test_status(&jobs[1]));
	ipu_ring_test_complete(test, 5);
	KUNIT_EXPECT_EQ(test, 1, ipu_ring_test_status(&jobs[1]));
	KUNIT_EXPECT_EQ(test, -ECANCELED, ipu_ring_test_status(&jobs[2]));
}

static struct kunit_case ipu_ring_test_cases[] = {
	KUNIT_CASE(ipu_ring_test_writes),
	KUNIT_CASE(ipu_ring_test_wraps),
	KUNIT_CASE(ipu_ring_test_full),
	KUNIT_CASE(ipu_ring_test_retires),
	KUNIT_CASE(ipu_ring_test_fails),
	KUNIT_CASE(ipu_ring_test_skips),
	KUNIT_CASE(ipu_ring_test_again),
	{}
};

static struct kunit_suite ipu_ring_test_suite = {
	.name = "ipu_ring",
	.init = ipu_ring_test_init,
	.exit = ipu_ring_test_exit,
	.test_cases = ipu_ring_test_cases,
};

kunit_test_suite(ipu_ring_test_suite);
