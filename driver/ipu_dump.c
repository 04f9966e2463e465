// SPDX-License-Identifier: GPL-2.0-only

#include <linux/devcoredump.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include <drm/drm_managed.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_dump.h"
#include "ipu_dump_put.h"
#include "ipu_job.h"
#include "ipu_regs.h"

/**
 * DOC: dumps
 *
 * When a job fails, or the card is reset, what was on the card is gone soon after: so
 * before that the driver writes down what it knows, and hands it over to the kernel's
 * devcoredump, from where root can read it. The format is in drm/ipu_dump.h.
 *
 * It is written with &ipu_ring.lock held, in a section that fences depend on. So
 * memory is only taken if some is free, the time is limited, &ipu_vm.lock is only tried,
 * and a work item hands the dump over, which allocates.
 *
 * Programs can fail as often as they like. A card has one dump at a time, as
 * devcoredump has it, until it is read and removed, or is five minutes old; as long as
 * there is one, others are not even begun. Whether it is still there is told by the
 * number of references to its first page, of which the driver keeps one: so nothing
 * of devcoredump's points into the module, and the dump outlives the card and the
 * driver, which is what it is for.
 *
 * A debugger sees nothing of it: the only registers that are written are those that
 * name what is read, which whoever uses them writes first.
 */

static bool coredump = true;
module_param(coredump, bool, 0644);
MODULE_PARM_DESC(coredump,
		 "Write a dump for /sys/class/devcoredump when a job fails or the card is reset (default true)");

/*
 * How long reading a tile may take. It is a tenth of a second on an emulated card, and more
 * than ten times that where KASAN watches each access and the host is busy.
 */
#define IPU_DUMP_TIME_MS	5000

/* After devcoredump has refused a dump: it is disabled, or had no memory. */
#define IPU_DUMP_RETRY_MS	60000

#define IPU_DUMP_MAX_CMDS	64

/* The registers of the card and of a context that can be read without an effect. */
static const struct {
	u32 first;
	u32 last;
	u32 caps;
} ipu_dump_card_regs[] = {
	{ IPU_REG_ID, IPU_REG_VLEN },
	{ IPU_REG_CTRL, IPU_REG_STATUS },
}, ipu_dump_ctx_regs[] = {
	{ IPU_CTX_CTRL, IPU_CTX_FAULT_CMD_HI },
	{ IPU_CTX_FAULT_QUEUE, IPU_CTX_COALESCE, IPU_CAP_USER_QUEUES },
	{ IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ADDR },
	{ IPU_CTX_UQ(0), IPU_CTX_UQ(0) + IPU_UQ_ARM_HI, IPU_CAP_USER_QUEUES },
	{ IPU_CTX_UQ(0) + IPU_UQ_NS_LO, IPU_CTX_UQ(0) + IPU_UQ_NS_HI, IPU_CAP_QUEUE_TIME },
	{ IPU_CTX_UQ(1), IPU_CTX_UQ(1) + IPU_UQ_ARM_HI, IPU_CAP_USER_QUEUES },
	{ IPU_CTX_UQ(1) + IPU_UQ_NS_LO, IPU_CTX_UQ(1) + IPU_UQ_NS_HI, IPU_CAP_QUEUE_TIME },
};

static_assert(IPU_USER_QUEUES == 2);

/* Is the dump that was handed over last still there? */
static bool ipu_dump_is_pending(const struct ipu_dump *dump)
{
	return dump->kept && page_count(dump->kept) > 1;
}

/* Begin a dump; or return NULL, if there is none to be. */
static struct ipu_dump *ipu_dump_begin(struct ipu_device *ipu)
{
	struct ipu_dump *dump = &ipu->dump;

	if (!IS_ENABLED(CONFIG_DEV_COREDUMP) || !READ_ONCE(coredump) ||
	    test_and_set_bit_lock(0, &dump->busy))
		return NULL;
	if (ipu_dump_is_pending(dump) || time_before(jiffies, dump->retry))
		goto none;
	dump->size = 0;
	dump->flags = 0;
	dump->begin = ktime_get();
	ipu_dump_reserve(dump, sizeof(struct ipu_dump_header));
	if (dump->flags & IPU_DUMP_NO_MEMORY)
		goto none;

	return dump;

none:
	clear_bit_unlock(0, &dump->busy);

	return NULL;
}

/* The header is written last. */
static void ipu_dump_end(struct ipu_dump *dump, enum ipu_dump_kind kind, int error)
{
	const struct ipu_dump_header header = {
		.magic = IPU_DUMP_MAGIC,
		.major = cpu_to_le16(IPU_DUMP_MAJOR),
		.minor = cpu_to_le16(IPU_DUMP_MINOR),
		.bytes = cpu_to_le32(sizeof(header)),
		.size = cpu_to_le64(dump->size),
		.kind = cpu_to_le32(kind),
		.flags = cpu_to_le32(dump->flags),
		.time_ns = cpu_to_le64(ktime_get_real_ns()),
		.boot_ns = cpu_to_le64(ktime_get_boottime_ns()),
		.took_us = cpu_to_le32(ktime_us_delta(ktime_get(), dump->begin)),
		.error = cpu_to_le32(error),
	};

	memcpy(page_address(dump->pages[0]), &header, sizeof(header));
	queue_work(ipu_wq, &dump->work);
}

static struct scatterlist *ipu_dump_table(struct ipu_dump *dump)
{
	struct scatterlist *table = kmalloc_array(dump->count, sizeof(*table), GFP_KERNEL);
	unsigned int i;

	if (!table)
		return NULL;
	sg_init_table(table, dump->count);
	for (i = 0; i < dump->count; i++)
		sg_set_page(&table[i], dump->pages[i], PAGE_SIZE, 0);

	return table;
}

static void ipu_dump_work(struct work_struct *work)
{
	struct ipu_dump *dump = container_of(work, struct ipu_dump, work);
	struct ipu_device *ipu = container_of(dump, struct ipu_device, dump);
	struct scatterlist *table = ipu_dump_table(dump);

	if (dump->kept)
		put_page(dump->kept);
	dump->kept = dump->pages[0];
	get_page(dump->kept);
	if (table)
		dev_coredumpsg(ipu->drm.dev, table, dump->size, GFP_KERNEL);
	else
		ipu_dump_free(dump);
	if (ipu_dump_is_pending(dump))
		drm_info(&ipu->drm, "a dump of it is in /sys/class/devcoredump for 5 minutes: ipu-dump explains it\n");
	else
		dump->retry = jiffies + msecs_to_jiffies(IPU_DUMP_RETRY_MS);
	dump->count = 0;
	clear_bit_unlock(0, &dump->busy);
}

static void ipu_dump_release(struct drm_device *drm, void *data)
{
	struct ipu_dump *dump = data;

	if (dump->kept)
		put_page(dump->kept);
}

/**
 * ipu_dump_init() - initialize; device-managed
 * @ipu: card
 *
 * Return: 0 or -ENOMEM.
 */
int ipu_dump_init(struct ipu_device *ipu)
{
	INIT_WORK(&ipu->dump.work, ipu_dump_work);
	ipu->dump.retry = jiffies;

	return drmm_add_action(&ipu->drm, ipu_dump_release, &ipu->dump);
}

/**
 * ipu_dump_flush() - wait until a dump that was taken is handed over
 * @ipu: card that is being removed, without contexts
 */
void ipu_dump_flush(struct ipu_device *ipu)
{
	flush_work(&ipu->dump.work);
}

static void ipu_dump_host(struct ipu_dump *dump, const struct ipu_device *ipu)
{
	struct ipu_dump_host host = {
		.driver_major = cpu_to_le32(DRM_IPU_VERSION_MAJOR),
		.driver_minor = cpu_to_le32(DRM_IPU_VERSION_MINOR),
	};

	strscpy(host.kernel, init_utsname()->release);
	strscpy(host.device, dev_name(ipu->drm.dev));
	ipu_dump_section(dump, IPU_DUMP_HOST, IPU_DUMP_NONE, 0, &host, sizeof(host));
}

static void ipu_dump_info(struct ipu_dump *dump, const struct ipu_device *ipu)
{
	const struct drm_ipu_query_info *info = &ipu->info;
	const struct ipu_dump_card card = {
		.hw_version = cpu_to_le32(info->hw_version),
		.fw_version = cpu_to_le32(info->fw_version),
		.caps = cpu_to_le32(info->caps),
		.isa = cpu_to_le32(info->isa),
		.vlen = cpu_to_le32(info->vlen),
		.tiles = cpu_to_le32(info->tiles),
		.sram_base = cpu_to_le32(info->sram_base),
		.sram_size = cpu_to_le32(info->sram_size),
		.workers = cpu_to_le32(info->workers),
		.clock_khz = cpu_to_le32(info->clock_khz),
		.contexts = cpu_to_le32(info->contexts),
		.serial = cpu_to_le64(info->serial),
		.resets = cpu_to_le64(atomic64_read(&ipu->resets)),
	};

	ipu_dump_section(dump, IPU_DUMP_CARD, IPU_DUMP_NONE, 0, &card, sizeof(card));
}

static void ipu_dump_regs(struct ipu_dump *dump, struct ipu_device *ipu)
{
	u32 range, reg;

	ipu_dump_open(dump, IPU_DUMP_REGS, IPU_DUMP_NONE, 0);
	for (range = 0; range < ARRAY_SIZE(ipu_dump_card_regs); range++) {
		for (reg = ipu_dump_card_regs[range].first; reg <= ipu_dump_card_regs[range].last;
		     reg += sizeof(u32))
			ipu_dump_reg(dump, reg, ipu_read(ipu, reg));
	}
	ipu_dump_close(dump);
}

static void ipu_dump_ctx_info(struct ipu_dump *dump, const struct ipu_ctx *ctx)
{
	const struct ipu_ring *ring = &ctx->ring;
	struct ipu_dump_context context = {
		.id = cpu_to_le32(ctx->id),
		.pid = cpu_to_le32(ctx->pid),
		.tile_first = cpu_to_le32(ctx->tile_first),
		.tile_count = cpu_to_le32(ctx->tile_count),
		.watchdog_ms = cpu_to_le32(ctx->watchdog_ms),
		.state = cpu_to_le32(ctx->state),
		.why = cpu_to_le32(ctx->why),
		.guilt = cpu_to_le32(ring->guilt),
		.debugged = cpu_to_le32(ctx->debug.attached),
		.tail = cpu_to_le32(ring->tail),
		.last_seqno = cpu_to_le64(READ_ONCE(ctx->last_seqno)),
	};

	/* Once it is off, the ring may be freed. */
	if (ring->on)
		context.fence = READ_ONCE(*ring->fence);
	strscpy(context.comm, ctx->comm);
	ipu_dump_section(dump, IPU_DUMP_CONTEXT, ctx->slot, 0, &context, sizeof(context));
}

static void ipu_dump_jobs(struct ipu_dump *dump, const struct ipu_ctx *ctx)
{
	const struct ipu_job *job;

	ipu_dump_open(dump, IPU_DUMP_JOBS, ctx->slot, 0);
	list_for_each_entry(job, &ctx->ring.jobs, link) {
		const struct ipu_dump_job entry = {
			.seqno = cpu_to_le64(job->seqno),
			.cmd_va = cpu_to_le64(job->cmd_va),
			.cmd_count = cpu_to_le32(job->cmd_count),
			.ring_pos = cpu_to_le32(job->ring_pos),
		};

		ipu_dump_put(dump, &entry, sizeof(entry));
	}
	ipu_dump_close(dump);
}

static void ipu_dump_ctx_regs_put(struct ipu_dump *dump, struct ipu_ctx *ctx)
{
	u32 range, reg;

	ipu_dump_open(dump, IPU_DUMP_REGS, ctx->slot, 0);
	for (range = 0; range < ARRAY_SIZE(ipu_dump_ctx_regs); range++) {
		if (ipu_dump_ctx_regs[range].caps & ~ctx->ipu->info.caps)
			continue;
		for (reg = ipu_dump_ctx_regs[range].first; reg <= ipu_dump_ctx_regs[range].last;
		     reg += sizeof(u32))
			ipu_dump_reg(dump, reg, ipu_ctx_read(ctx, reg));
	}
	ipu_dump_close(dump);
}

/* What the driver has of a context, and, if the card @answers, its registers. */
static void ipu_dump_ctx(struct ipu_dump *dump, struct ipu_ctx *ctx, bool answers)
{
	lockdep_assert_held(&ctx->ring.lock);

	ipu_dump_ctx_info(dump, ctx);
	if (!ctx->ring.on)
		return;
	ipu_dump_jobs(dump, ctx);
	if (answers)
		ipu_dump_ctx_regs_put(dump, ctx);
	ipu_dump_section(dump, IPU_DUMP_RING, ctx->slot, IPU_VA_RING, ctx->ring.cmds,
			 IPU_RING_SIZE * IPU_CMD_SIZE);
}

/* Commands in the context's memory, as far as they can be read. */
static void ipu_dump_commands(struct ipu_dump *dump, struct ipu_ctx *ctx, u64 at, u64 end)
{
	u8 cmd[IPU_CMD_SIZE];

	ipu_dump_open(dump, IPU_DUMP_COMMANDS, ctx->slot, at);
	for (; at < end && ipu_vm_peek(&ctx->vm, at, cmd, sizeof(cmd)); at += sizeof(cmd))
		ipu_dump_put(dump, cmd, sizeof(cmd));
	ipu_dump_close(dump);
}

/* The commands of the job that runs: from its first one, or from before that at @cmd_va. */
static void ipu_dump_job_commands(struct ipu_dump *dump, struct ipu_ctx *ctx, u64 cmd_va)
{
	const struct ipu_job *job = ipu_ring_first(ctx);
	u64 at, end;

	if (!job)
		return;
	at = job->cmd_va;
	end = at + (u64)job->cmd_count * IPU_CMD_SIZE;
	if (cmd_va > at && cmd_va < end)
		at += round_down(cmd_va - at, IPU_DUMP_MAX_CMDS / 2 * IPU_CMD_SIZE);
	end = min(end, at + IPU_DUMP_MAX_CMDS * IPU_CMD_SIZE);
	ipu_dump_commands(dump, ctx, at, end);
}

/* The page of a user queue's ring, or of its list, with the command at @cmd_va. */
static void ipu_dump_queue_commands(struct ipu_dump *dump, struct ipu_ctx *ctx, u64 cmd_va)
{
	u64 at = round_down(cmd_va, IPU_DUMP_MAX_CMDS * IPU_CMD_SIZE);

	ipu_dump_commands(dump, ctx, at, at + IPU_DUMP_MAX_CMDS * IPU_CMD_SIZE);
}

static void ipu_dump_walk(struct ipu_dump *dump, struct ipu_ctx *ctx, u64 va)
{
	__le64 entry[IPU_PT_LEVELS];
	unsigned int count = ipu_mmu_walk(&ctx->vm.mmu, va, entry);

	ipu_dump_section(dump, IPU_DUMP_WALK, ctx->slot, va, entry, count * sizeof(entry[0]));
}

static bool ipu_dump_is_faulted(struct ipu_ctx *ctx)
{
	return FIELD_GET(IPU_CTX_STATUS_STATE, ipu_ctx_read(ctx, IPU_CTX_STATUS)) ==
	       IPU_CTX_FAULTED;
}

/* What is in the context's memory. Whoever changes mappings may wait for this context. */
static void ipu_dump_vm(struct ipu_dump *dump, struct ipu_ctx *ctx)
{
	bool faulted = ipu_dump_is_faulted(ctx);
	u64 cmd_va = faulted ? ipu_ctx_read64(ctx, IPU_CTX_FAULT_CMD_LO) : 0;
	u32 cause = faulted ? ipu_ctx_read(ctx, IPU_CTX_FAULT_CAUSE) : IPU_FAULT_NONE;

	if (!mutex_trylock(&ctx->vm.lock)) {
		dump->flags |= IPU_DUMP_VM_BUSY;
		return;
	}
	if (ctx->vm.live) {
		if (cause >= IPU_FAULT_DMA_UNMAPPED && cause <= IPU_FAULT_DMA_RANGE)
			ipu_dump_walk(dump, ctx, ipu_ctx_read64(ctx, IPU_CTX_FAULT_ADDR_LO));
		if (faulted && ipu_userq_faulted(ctx))
			ipu_dump_queue_commands(dump, ctx, cmd_va);
		else
			ipu_dump_job_commands(dump, ctx, cmd_va);
	}
	mutex_unlock(&ctx->vm.lock);
}

/* The tile that faulted, or that a context which is halted was executing. */
static void ipu_dump_tiles(struct ipu_dump *dump, struct ipu_ctx *ctx)
{
	ktime_t deadline = ktime_add_ms(ktime_get(), IPU_DUMP_TIME_MS);
	bool faulted = ipu_dump_is_faulted(ctx);
	u32 tile;

	if (!(ctx->ipu->info.caps & IPU_CAP_DEBUG))
		return;
	if (!faulted && !(ipu_ctx_read(ctx, IPU_CTX_DBG_STATUS) & IPU_CTX_DBG_HALTED))
		return;
	tile = ipu_ctx_read(ctx, faulted ? IPU_CTX_FAULT_TILE : IPU_CTX_DBG_STOP_TILE);
	/* Of a context that was executing no tile the place is 0. */
	if (!faulted && !ipu_ctx_read(ctx, IPU_CTX_DBG_STOP_PC))
		return;
	if (tile < ctx->tile_count)
		ipu_dump_tile(dump, ctx, tile, deadline);
}

/* What is of no context. Returns whether the card answers. */
static bool ipu_dump_machine(struct ipu_dump *dump, struct ipu_device *ipu, bool access)
{
	ipu_dump_host(dump, ipu);
	ipu_dump_info(dump, ipu);
	if (!access || ipu_read(ipu, IPU_REG_ID) != IPU_ID)
		return false;
	ipu_dump_regs(dump, ipu);

	return true;
}

/**
 * ipu_dump_context() - take a dump because the driver is about to stop a context
 * @ctx: context that is on; &ipu_ring.lock is held
 * @kind: why
 * @error: negative errno that its job is going to end with
 */
void ipu_dump_context(struct ipu_ctx *ctx, enum ipu_dump_kind kind, int error)
{
	struct ipu_dump *dump = ipu_dump_begin(ctx->ipu);
	bool answers;

	if (!dump)
		return;
	answers = ipu_dump_machine(dump, ctx->ipu, true);
	ipu_dump_ctx(dump, ctx, answers);
	if (answers) {
		ipu_dump_vm(dump, ctx);
		ipu_dump_tiles(dump, ctx);
	}
	ipu_dump_end(dump, kind, error);
}

static bool ipu_dump_has_jobs(struct ipu_device *ipu)
{
	unsigned int i;

	for (i = 0; i < ipu->info.contexts; i++) {
		if (ipu->slots[i] && ipu_ring_first(ipu->slots[i]))
			return true;
	}

	return false;
}

/**
 * ipu_dump_card() - take a dump because the card is about to be reset, or has failed
 * @ipu: card, locked
 * @kind: why; there is none of an IPU_DUMP_RESET or IPU_DUMP_FORCED that costs no job
 */
void ipu_dump_card(struct ipu_device *ipu, enum ipu_dump_kind kind)
{
	struct ipu_dump *dump;
	unsigned int i;
	bool answers;

	lockdep_assert_held(&ipu->slots_lock);

	if ((kind == IPU_DUMP_RESET || kind == IPU_DUMP_FORCED) && !ipu_dump_has_jobs(ipu))
		return;
	dump = ipu_dump_begin(ipu);
	if (!dump)
		return;
	answers = ipu_dump_machine(dump, ipu, kind != IPU_DUMP_LINK);
	for (i = 0; i < ipu->info.contexts; i++) {
		if (ipu->slots[i])
			ipu_dump_ctx(dump, ipu->slots[i], answers);
	}
	ipu_dump_end(dump, kind, 0);
}
