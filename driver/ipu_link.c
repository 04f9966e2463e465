// SPDX-License-Identifier: GPL-2.0-only

#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/kref.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "ipu_card.h"
#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_link.h"
#include "ipu_regs.h"

/**
 * DOC: linked contexts
 *
 * Contexts of linked cards with the same key have RUNs together, in which each reaches the
 * tiles of the others. The key is the driver's: it is made with a file that stands for it,
 * and whoever has the file can create contexts with that key, one for each rank, on cards of
 * one chain. Processes that are to share such RUNs pass the file on.
 *
 * The cards do the rest: a RUN waits for the other contexts within its own time limit, which
 * keeps fences finite, and a context that stops ends the RUN of the others with a fault.
 */

/**
 * struct ipu_link - a key
 */
struct ipu_link {
	/** @ref: the file's, and each context's */
	struct kref ref;
	/** @key: never 0 */
	u64 key;
	/** @count: contexts that it is for */
	u32 count;
	/** @lock: what follows; a leaf */
	struct mutex lock;
	/** @taken: a bit for each rank that a context has */
	u32 taken;
	/** @group: the chain of their cards, valid if @taken is not 0 */
	u32 group;
};

static void ipu_link_free(struct kref *ref)
{
	struct ipu_link *link = container_of(ref, struct ipu_link, ref);

	mutex_destroy(&link->lock);
	kfree(link);
}

static int ipu_link_release(struct inode *inode, struct file *file)
{
	struct ipu_link *link = file->private_data;

	kref_put(&link->ref, ipu_link_free);

	return 0;
}

static const struct file_operations ipu_link_fops = {
	.owner = THIS_MODULE,
	.release = ipu_link_release,
	.llseek = noop_llseek,
};

/**
 * ipu_link_query() - the chain that a card is in
 * @ipu: card
 * @link: out, zero for a card that is in none
 *
 * Return: 0, or as ipu_card_hold().
 */
int ipu_link_query(struct ipu_device *ipu, struct drm_ipu_query_link *link)
{
	int ret, idx;

	memset(link, 0, sizeof(*link));
	if (!(ipu->info.caps & IPU_CAP_LINK))
		return 0;
	ret = ipu_card_hold(ipu, &idx);
	if (ret)
		return ret;
	link->group = ipu_read(ipu, IPU_REG_LINK_GROUP);
	link->index = ipu_read(ipu, IPU_REG_LINK_INDEX);
	link->cards = ipu_read(ipu, IPU_REG_LINK_CARDS);

	return ipu_card_release(ipu, idx);
}

/* The chain of a card that takes contexts; waits for one that is away, as attaching does. */
static int ipu_link_group(struct ipu_device *ipu, u32 *group)
{
	int ret;

	*group = 0;
	if (!(ipu->info.caps & IPU_CAP_LINK))
		return 0;
	ret = ipu_card_power_get(ipu);
	if (ret)
		return ret;
	ret = ipu_card_lock_up(ipu);
	if (!ret) {
		*group = ipu_read(ipu, IPU_REG_LINK_GROUP);
		if (ipu_read(ipu, IPU_REG_ID) != IPU_ID)
			ret = -ENODEV;
		mutex_unlock(&ipu->slots_lock);
	}
	ipu_card_power_put(ipu);

	return ret;
}

static int ipu_link_take(struct ipu_device *ipu, struct ipu_link *link, u32 rank, u32 group)
{
	guard(mutex)(&link->lock);

	if (rank >= link->count)
		return ipu_refuse(ipu, -EINVAL, "ctx_create: rank %u of %u\n", rank, link->count);
	if (link->taken & BIT(rank))
		return ipu_refuse(ipu, -EBUSY, "ctx_create: rank %u is taken\n", rank);
	if (link->taken && link->group != group)
		return ipu_refuse(ipu, -EXDEV, "ctx_create: the card is in another chain\n");

	link->taken |= BIT(rank);
	link->group = group;
	kref_get(&link->ref);

	return 0;
}

/**
 * ipu_link_join() - give a context its place among those with its key
 * @ctx: context, not attached
 * @args: who asks, with DRM_IPU_CTX_LINKED
 *
 * Return: 0; -EBADF or -EINVAL for a file that is none of DRM_IOCTL_IPU_LINK_CREATE, -EINVAL
 * for no such rank, -EBUSY when another context has it, -EXDEV for a card that is not linked
 * to theirs, -ENODEV if the card does not answer, or as ipu_card_power_get() or
 * ipu_card_lock_up().
 */
int ipu_link_join(struct ipu_ctx *ctx, const struct drm_ipu_ctx_create *args)
{
	struct ipu_device *ipu = ctx->ipu;
	struct ipu_link *link;
	struct file *file;
	u32 group;
	int ret;

	ret = ipu_link_group(ipu, &group);
	if (ret)
		return ret;
	if (!group)
		return ipu_refuse(ipu, -EXDEV, "ctx_create: the card is not linked\n");

	file = fget(args->link_fd);
	if (!file)
		return ipu_refuse(ipu, -EBADF, "ctx_create: no file %d\n", args->link_fd);
	if (file->f_op != &ipu_link_fops) {
		fput(file);
		return ipu_refuse(ipu, -EINVAL, "ctx_create: file %d is no link\n", args->link_fd);
	}

	link = file->private_data;
	ret = ipu_link_take(ipu, link, args->link_rank, group);
	if (!ret) {
		ctx->link = link;
		ctx->link_rank = args->link_rank;
	}
	fput(file);

	return ret;
}

/**
 * ipu_link_leave() - free the context's rank
 * @ctx: context, not on the card any more; does nothing the second time
 */
void ipu_link_leave(struct ipu_ctx *ctx)
{
	struct ipu_link *link = ctx->link;

	if (!link)
		return;
	mutex_lock(&link->lock);
	link->taken &= ~BIT(ctx->link_rank);
	mutex_unlock(&link->lock);
	ctx->link = NULL;
	kref_put(&link->ref, ipu_link_free);
}

/**
 * ipu_link_write_regs() - tell the card the context's place, or that it has none
 * @ctx: context, not enabled; &ipu_ring.lock is held
 */
void ipu_link_write_regs(struct ipu_ctx *ctx)
{
	if (!(ctx->ipu->info.caps & IPU_CAP_LINK))
		return;
	/* What the slot's last context had is not this one's. */
	ipu_ctx_write64(ctx, IPU_CTX_LINK_KEY_LO, ctx->link ? ctx->link->key : 0);
	ipu_ctx_write(ctx, IPU_CTX_LINK_RANK, ctx->link ? ctx->link_rank : 0);
	ipu_ctx_write(ctx, IPU_CTX_LINK_COUNT, ctx->link ? ctx->link->count : 0);
}

static struct ipu_link *ipu_link_alloc(u32 count)
{
	struct ipu_link *link = kzalloc_obj(*link, GFP_KERNEL_ACCOUNT);

	if (!link)
		return NULL;
	kref_init(&link->ref);
	mutex_init(&link->lock);
	link->count = count;
	do {
		link->key = get_random_u64();
	} while (!link->key);

	return link;
}

/**
 * ipu_link_create_ioctl() - DRM_IOCTL_IPU_LINK_CREATE
 * @drm: device
 * @data: &struct drm_ipu_link_create
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_link_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_link_create *args = data;
	struct ipu_link *link;

	if (args->flags || args->pad)
		return ipu_refuse(ipu, -EINVAL, "link_create: flags or pad not 0\n");
	if (!args->count || args->count > IPU_LINK_CARDS)
		return ipu_refuse(ipu, -EINVAL, "link_create: %u contexts\n", args->count);

	link = ipu_link_alloc(args->count);
	if (!link)
		return -ENOMEM;
	args->fd = anon_inode_getfd("[ipu_link]", &ipu_link_fops, link, O_CLOEXEC);
	if (args->fd < 0) {
		kref_put(&link->ref, ipu_link_free);
		return args->fd;
	}

	return 0;
}
