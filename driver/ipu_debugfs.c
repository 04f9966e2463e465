// SPDX-License-Identifier: GPL-2.0-only

#include <linux/debugfs.h>
#include <linux/pci.h>
#include <linux/seq_file.h>
#include <linux/string_choices.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "ipu_card.h"
#include "ipu_ctx.h"
#include "ipu_debugfs.h"
#include "ipu_drv.h"
#include "ipu_job.h"
#include "ipu_recovery.h"
#include "ipu_regs.h"

/**
 * DOC: debugfs
 *
 * The card's folder of debugfs, accel/ADDRESS: what the driver knows of contexts, tiles,
 * rings and page tables, and files that have things go wrong. For root only, and no
 * interface: names and contents may change.
 *
 * The files are removed by drm_dev_unplug(), which waits for those that are being read or
 * written; contexts are detached, and registers gone, only after that. A context is found
 * by its slot each time and referenced, so nobody else waits while a file waits for one
 * context. What a file prints is bounded: page tables, of which there can be many, are read
 * piece by piece.
 */

/* Print of each context, with &ipu_ring.lock held. */
static int ipu_debugfs_each(struct seq_file *m,
			    void (*show)(struct seq_file *m, struct ipu_ctx *ctx))
{
	struct ipu_device *ipu = m->private;
	unsigned int slot;
	int ret = 0;

	for (slot = 0; slot < ipu->info.contexts && !ret; slot++) {
		struct ipu_ctx *ctx = ipu_ctx_get_slot(ipu, slot);

		if (!ctx)
			continue;
		/* Who holds it may be waiting for the card. */
		ret = mutex_lock_interruptible(&ctx->ring.lock);
		if (!ret) {
			show(m, ctx);
			mutex_unlock(&ctx->ring.lock);
		}
		ipu_ctx_put(ctx);
	}

	return ret;
}

static void ipu_debugfs_ctx(struct seq_file *m, struct ipu_ctx *ctx)
{
	static const char * const states[] = { "usable", "lost", "banned" };
	static const char * const whys[] = { "", "fault", "hang", "reset", "suspend", "pci" };

	seq_printf(m, "slot %u: context %u of %s[%d], uid %u, tiles %u-%u, %s%s%s%s, %d jobs queued, last job %llu, %u faults, stopped %u times, watchdog %u ms\n",
		   ctx->slot, ctx->id, ctx->comm, ctx->pid,
		   from_kuid(&init_user_ns, ctx->owner.uid), ctx->tile_first,
		   ctx->tile_first + ctx->tile_count - 1, states[ctx->state],
		   ctx->why ? " by " : "", whys[ctx->why], ctx->debug.attached ? ", debugged" : "",
		   atomic_read(&ctx->queued), READ_ONCE(ctx->last_seqno), ctx->ring.faults.count,
		   ctx->ring.guilt, ctx->watchdog_ms);
}

static int ipu_contexts_show(struct seq_file *m, void *unused)
{
	return ipu_debugfs_each(m, ipu_debugfs_ctx);
}
DEFINE_SHOW_ATTRIBUTE(ipu_contexts);

/* The context that has a tile; the slots are locked. */
static const struct ipu_ctx *ipu_debugfs_tile_owner(struct ipu_device *ipu, unsigned int tile)
{
	unsigned int slot;

	for (slot = 0; slot < ipu->info.contexts; slot++) {
		const struct ipu_ctx *ctx = ipu->slots[slot];

		if (ctx && tile >= ctx->tile_first && tile - ctx->tile_first < ctx->tile_count)
			return ctx;
	}

	return NULL;
}

static int ipu_tiles_show(struct seq_file *m, void *unused)
{
	struct ipu_device *ipu = m->private;
	unsigned int tile, end;

	mutex_lock(&ipu->slots_lock);
	for (tile = 0; tile < ipu->info.tiles; tile = end) {
		const struct ipu_ctx *ctx = ipu_debugfs_tile_owner(ipu, tile);

		if (ctx) {
			end = ctx->tile_first + ctx->tile_count;
			seq_printf(m, "%u-%u: slot %u, context %u of %s[%d]\n", tile, end - 1,
				   ctx->slot, ctx->id, ctx->comm, ctx->pid);
		} else {
			end = find_next_bit(ipu->tiles, ipu->info.tiles, tile + 1);
			seq_printf(m, "%u-%u: free\n", tile, end - 1);
		}
	}
	mutex_unlock(&ipu->slots_lock);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ipu_tiles);

static void ipu_debugfs_ring(struct seq_file *m, struct ipu_ctx *ctx)
{
	struct ipu_ring *ring = &ctx->ring;
	const struct ipu_job *job;

	seq_printf(m, "slot %u: context %u of %s[%d], %s, error %d\n", ctx->slot, ctx->id,
		   ctx->comm, ctx->pid, str_on_off(ring->on), ring->error);
	if (ring->on)
		seq_printf(m, "  tail %u, fence %llu\n", ring->tail,
			   le64_to_cpu(READ_ONCE(*ring->fence)));
	if (ring->on && !ring->error)
		seq_printf(m, "  registers: status 0x%x, head %u, tail %u, retired %u, event 0x%x, fault cause 0x%x, debug 0x%x\n",
			   ipu_ctx_read(ctx, IPU_CTX_STATUS), ipu_ctx_read(ctx, IPU_CTX_HEAD),
			   ipu_ctx_read(ctx, IPU_CTX_TAIL), ipu_ctx_read(ctx, IPU_CTX_RETIRED),
			   ipu_ctx_read(ctx, IPU_CTX_EVENT),
			   ipu_ctx_read(ctx, IPU_CTX_FAULT_CAUSE),
			   ipu_ctx_read(ctx, IPU_CTX_DBG_STATUS));
	list_for_each_entry(job, &ring->jobs, link)
		seq_printf(m, "  job %llu: at %u, %u commands at 0x%llx\n", job->seqno,
			   job->ring_pos, job->cmd_count, job->cmd_va);
	ipu_userq_show(m, ctx);
}

static int ipu_rings_show(struct seq_file *m, void *unused)
{
	return ipu_debugfs_each(m, ipu_debugfs_ring);
}
DEFINE_SHOW_ATTRIBUTE(ipu_rings);

/* Where a reader of the page tables is: the position in the file is slot and page. */
#define IPU_PT_POS_BITS		(IPU_VA_BITS - IPU_PAGE_SHIFT)

/**
 * struct ipu_pt_reader - what is printed next
 * @ipu: card
 * @slot: of this context
 * @id: its id
 * @run: pages of it in a row
 */
struct ipu_pt_reader {
	struct ipu_device *ipu;
	unsigned int slot;
	u32 id;
	struct ipu_mmu_run run;
};

/* The first pages of context @slot that are mapped, from @va on. */
static bool ipu_pt_read(struct ipu_pt_reader *reader, unsigned int slot, u64 va)
{
	struct ipu_ctx *ctx = ipu_ctx_get_slot(reader->ipu, slot);
	bool found;

	if (!ctx)
		return false;
	mutex_lock(&ctx->vm.lock);
	found = ctx->vm.live && ipu_mmu_next_run(&ctx->vm.mmu, va, &reader->run);
	mutex_unlock(&ctx->vm.lock);
	reader->slot = slot;
	reader->id = ctx->id;
	ipu_ctx_put(ctx);

	return found;
}

static void *ipu_pt_start(struct seq_file *m, loff_t *pos)
{
	struct ipu_pt_reader *reader = m->private;
	unsigned int slot = *pos >> IPU_PT_POS_BITS;
	u64 va = (*pos & (BIT_ULL(IPU_PT_POS_BITS) - 1)) << IPU_PAGE_SHIFT;

	for (; slot < reader->ipu->info.contexts; slot++, va = 0) {
		if (ipu_pt_read(reader, slot, va)) {
			*pos = (loff_t)slot << IPU_PT_POS_BITS | reader->run.va >> IPU_PAGE_SHIFT;
			return reader;
		}
	}

	return NULL;
}

static void *ipu_pt_next(struct seq_file *m, void *unused, loff_t *pos)
{
	struct ipu_pt_reader *reader = m->private;

	*pos += reader->run.size >> IPU_PAGE_SHIFT;

	return ipu_pt_start(m, pos);
}

static void ipu_pt_stop(struct seq_file *m, void *unused)
{
}

static int ipu_pt_show(struct seq_file *m, void *unused)
{
	const struct ipu_pt_reader *reader = m->private;
	const struct ipu_mmu_run *run = &reader->run;

	seq_printf(m, "slot %u, context %u: 0x%010llx-0x%010llx at bus address 0x%llx, r%c%s\n",
		   reader->slot, reader->id, run->va, run->va + run->size, run->addr,
		   run->flags & IPU_PTE_W ? 'w' : '-',
		   run->flags & IPU_PTE_P ? ", privileged" : "");

	return 0;
}

static const struct seq_operations ipu_pt_ops = {
	.start = ipu_pt_start,
	.next = ipu_pt_next,
	.stop = ipu_pt_stop,
	.show = ipu_pt_show,
};

static int ipu_page_tables_open(struct inode *inode, struct file *file)
{
	struct ipu_pt_reader *reader = __seq_open_private(file, &ipu_pt_ops, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->ipu = inode->i_private;

	return 0;
}

static const struct file_operations ipu_page_tables_fops = {
	.owner = THIS_MODULE,
	.open = ipu_page_tables_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/* What is written to a file, as a string without the end of the line. */
static int ipu_debugfs_line(char *line, size_t room, const char __user *user, size_t len)
{
	if (!len || len >= room)
		return -EINVAL;
	if (copy_from_user(line, user, len))
		return -EFAULT;
	line[len] = '\0';
	if (line[len - 1] == '\n')
		line[len - 1] = '\0';

	return 0;
}

static struct ipu_ctx *ipu_debugfs_find(struct ipu_device *ipu, unsigned int slot)
{
	return slot < ipu->info.contexts ? ipu_ctx_get_slot(ipu, slot) : NULL;
}

/* "SLOT CAUSE": the job that runs ends as if the card had reported a fault. */
static ssize_t ipu_force_fault_write(struct file *file, const char __user *user, size_t len,
				     loff_t *pos)
{
	struct ipu_device *ipu = file->private_data;
	unsigned int slot, cause;
	struct ipu_ctx *ctx;
	char line[32], end;
	int ret;

	ret = ipu_debugfs_line(line, sizeof(line), user, len);
	if (ret)
		return ret;
	if (sscanf(line, "%u %i%c", &slot, &cause, &end) != 2 || !ipu_fault_is_known(cause))
		return -EINVAL;

	ctx = ipu_debugfs_find(ipu, slot);
	if (!ctx)
		return -ENOENT;
	ret = ipu_ctx_force_fault(ctx, cause);
	ipu_ctx_put(ctx);

	return ret ?: len;
}

static const struct file_operations ipu_force_fault_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = ipu_force_fault_write,
};

/* Resets of one context, by its slot. */
static int ipu_debugfs_reset_ctx(struct ipu_device *ipu, const char *stage, unsigned int slot)
{
	int (*reset)(struct ipu_ctx *ctx);
	struct ipu_ctx *ctx;
	int ret;

	if (!strcmp(stage, "job"))
		reset = ipu_ctx_force_hang;
	else if (!strcmp(stage, "context"))
		reset = ipu_ctx_force_lost;
	else
		return -EINVAL;

	ctx = ipu_debugfs_find(ipu, slot);
	if (!ctx)
		return -ENOENT;
	ret = reset(ctx);
	ipu_ctx_put(ctx);

	return ret;
}

/* "job SLOT", "context SLOT", "card", or "function" for that of the PCI core. */
static ssize_t ipu_force_reset_write(struct file *file, const char __user *user, size_t len,
				     loff_t *pos)
{
	struct ipu_device *ipu = file->private_data;
	char line[32], stage[16], end;
	unsigned int slot;
	int ret;

	ret = ipu_debugfs_line(line, sizeof(line), user, len);
	if (ret)
		return ret;

	if (!strcmp(line, "card"))
		ret = ipu_card_force_reset(ipu);
	else if (!strcmp(line, "function"))
		/* remove() holds the device's lock and waits for this. */
		ret = pci_try_reset_function(to_pci_dev(ipu->drm.dev));
	else if (sscanf(line, "%15s %u%c", stage, &slot, &end) == 2)
		ret = ipu_debugfs_reset_ctx(ipu, stage, slot);
	else
		ret = -EINVAL;

	return ret ?: len;
}

static const struct file_operations ipu_force_reset_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = ipu_force_reset_write,
};

/**
 * ipu_debugfs_init() - make the card's files in debugfs
 * @ipu: card, registered; removed with it
 */
void ipu_debugfs_init(struct ipu_device *ipu)
{
	struct dentry *root = ipu->drm.debugfs_root;

	debugfs_create_file("contexts", 0400, root, ipu, &ipu_contexts_fops);
	debugfs_create_file("tiles", 0400, root, ipu, &ipu_tiles_fops);
	debugfs_create_file("rings", 0400, root, ipu, &ipu_rings_fops);
	debugfs_create_file("page_tables", 0400, root, ipu, &ipu_page_tables_fops);
	debugfs_create_file("force_fault", 0200, root, ipu, &ipu_force_fault_fops);
	debugfs_create_file("force_reset", 0200, root, ipu, &ipu_force_reset_fops);
}
