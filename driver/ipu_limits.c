// SPDX-License-Identifier: GPL-2.0-only

#include <kunit/visibility.h>

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_limits.h"

/**
 * DOC: limits
 *
 * A card's contexts and tiles are few, and whoever has one keeps it for as long as
 * they like. So that one user cannot keep all others from the card, a user has no
 * more than a share of each, on each card: the module's parameter user_share. Users
 * with CAP_SYS_RESOURCE, such as root, have no limit; what they have counts for
 * their uid all the same. The same share of the machine's memory is the limit for a
 * user's buffers of all cards together, which are pinned while they are mapped, so that the
 * kernel cannot swap them out and would end other processes for want of memory.
 *
 * A context or a buffer counts for the user that made it, by the real uid. Inside of a user
 * namespace that is the user who made the namespace, because the uids in there are
 * theirs to give out; but not root, who makes namespaces for others.
 *
 * A context that was closed lives on while it has jobs that wait for fences. Each has
 * schedulers and jobs, but no slot of the card that counts: so how many contexts of a user
 * live is limited as well, to %IPU_CLOSED_MAX more than the card has.
 *
 * What a context costs in kernel memory is limited, too: page tables
 * (ipu_mmu_max_tables()), mappings (%IPU_VM_MAX_MAPPINGS), queued jobs
 * (%IPU_CTX_MAX_JOBS), and failures that it remembers (%IPU_CTX_FAILURES).
 */

static unsigned int user_share = 50;
module_param(user_share, uint, 0644);
MODULE_PARM_DESC(user_share,
		 "Most of a card's contexts and tiles, and of the memory for buffers, that one user may have, in percent (default 50); at least one of each; users with CAP_SYS_RESOURCE have no limit");

/* How many more contexts of a user may live than the card has: those that are closed. */
#define IPU_CLOSED_MAX	16

/**
 * struct ipu_share - contexts and tiles of a card
 */
struct ipu_share {
	/** @contexts: how many contexts */
	unsigned int contexts;
	/** @tiles: how many tiles */
	unsigned int tiles;
};

/**
 * ipu_owner_current() - the user that the caller's contexts count for
 *
 * Return: that user.
 */
struct ipu_owner ipu_owner_current(void)
{
	struct ipu_owner owner = {
		.uid = current_uid(),
		.exempt = ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE),
	};
	const struct user_namespace *ns;

	for (ns = current_user_ns(); ns != &init_user_ns; ns = ns->parent) {
		if (!uid_eq(ns->owner, GLOBAL_ROOT_UID))
			owner.uid = ns->owner;
	}

	return owner;
}

VISIBLE_IF_KUNIT unsigned int ipu_percent_of(unsigned int percent, unsigned int total)
{
	return clamp(total * min(percent, 100u) / 100, 1u, total);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_percent_of);

/* What a user may have. */
static struct ipu_share ipu_share_of(const struct ipu_device *ipu, const struct ipu_owner *owner)
{
	unsigned int percent = owner->exempt ? 100 : READ_ONCE(user_share);

	return (struct ipu_share){
		.contexts = ipu_percent_of(percent, ipu->info.contexts),
		.tiles = ipu_percent_of(percent, ipu->info.tiles),
	};
}

/* The machine has its memory once, however many cards there are. */
static DEFINE_MUTEX(ipu_users_lock);
static LIST_HEAD(ipu_users);

/**
 * struct ipu_user - a user who has buffers; ipu_users_lock is held for all of it
 */
struct ipu_user {
	/** @link: in ipu_users */
	struct list_head link;
	/** @uid: who */
	kuid_t uid;
	/** @bytes: size of their buffers, never 0 */
	u64 bytes;
};

static u64 ipu_bytes_of(const struct ipu_owner *owner)
{
	unsigned int percent = owner->exempt ? 100 : READ_ONCE(user_share);

	return ((u64)totalram_pages() * min(percent, 100u) / 100) << PAGE_SHIFT;
}

static struct ipu_user *ipu_user_find(const struct ipu_owner *owner)
{
	struct ipu_user *user;

	lockdep_assert_held(&ipu_users_lock);

	list_for_each_entry(user, &ipu_users, link) {
		if (uid_eq(user->uid, owner->uid))
			return user;
	}

	return NULL;
}

/**
 * ipu_user_charge() - charge a buffer that is going to be made to the caller's user
 * @ipu: card that it is made for
 * @bytes: its size, at least 1
 *
 * Return: the user, for ipu_user_uncharge(); or an error pointer, -EDQUOT or -ENOMEM.
 */
struct ipu_user *ipu_user_charge(struct ipu_device *ipu, u64 bytes)
{
	const struct ipu_owner owner = ipu_owner_current();
	struct ipu_user *new, *user;
	u64 most = ipu_bytes_of(&owner), used;

	new = kzalloc_obj(*new, GFP_KERNEL_ACCOUNT);
	if (!new)
		return ERR_PTR(-ENOMEM);
	new->uid = owner.uid;

	mutex_lock(&ipu_users_lock);
	user = ipu_user_find(&owner);
	used = user ? user->bytes : 0;
	if (!owner.exempt && bytes > most - min(used, most)) {
		user = ERR_PTR(ipu_refuse(ipu, -EDQUOT,
					  "bo_create: %llu bytes more: uid %u has %llu of at most %llu\n",
					  bytes, from_kuid(&init_user_ns, owner.uid), used, most));
	} else {
		if (!user) {
			list_add(&new->link, &ipu_users);
			swap(user, new);
		}
		user->bytes += bytes;
	}
	mutex_unlock(&ipu_users_lock);
	kfree(new);

	return user;
}

/**
 * ipu_user_uncharge() - undo ipu_user_charge()
 * @user: the user, who may be freed
 * @bytes: as many as were charged
 */
void ipu_user_uncharge(struct ipu_user *user, u64 bytes)
{
	mutex_lock(&ipu_users_lock);
	user->bytes -= bytes;
	if (user->bytes)
		user = NULL;
	else
		list_del(&user->link);
	mutex_unlock(&ipu_users_lock);
	kfree(user);
}

/* What a user has. */
static struct ipu_share ipu_share_used(struct ipu_device *ipu, const struct ipu_owner *owner)
{
	struct ipu_share used = {};
	unsigned int slot;

	lockdep_assert_held(&ipu->slots_lock);

	for (slot = 0; slot < ipu->info.contexts; slot++) {
		const struct ipu_ctx *ctx = ipu->slots[slot];

		if (!ctx || !uid_eq(ctx->owner.uid, owner->uid))
			continue;
		used.contexts++;
		used.tiles += ctx->tile_count;
	}

	return used;
}

/**
 * ipu_limits_enter() - a context begins to live
 * @ctx: context, with its owner
 *
 * Return: 0, then ipu_limits_leave() has to be called; or -EDQUOT.
 */
int ipu_limits_enter(struct ipu_ctx *ctx)
{
	const unsigned int most = ctx->ipu->info.contexts + IPU_CLOSED_MAX;
	struct ipu_device *ipu = ctx->ipu;
	const struct ipu_ctx *other;
	unsigned int count = 0;
	int ret = 0;

	spin_lock(&ipu->ctxs_lock);
	list_for_each_entry(other, &ipu->ctxs, living)
		count += uid_eq(other->owner.uid, ctx->owner.uid);
	if (count < most || ctx->owner.exempt)
		list_add(&ctx->living, &ipu->ctxs);
	else
		ret = -EDQUOT;
	spin_unlock(&ipu->ctxs_lock);
	if (ret)
		return ipu_refuse(ipu, ret,
				  "ctx_create: uid %u has %u contexts, with those that are closed and whose jobs wait for fences\n",
				  from_kuid(&init_user_ns, ctx->owner.uid), count);

	return 0;
}

/**
 * ipu_limits_leave() - a context has no jobs any more, and nobody who uses it
 * @ctx: context; in a process
 */
void ipu_limits_leave(struct ipu_ctx *ctx)
{
	spin_lock(&ctx->ipu->ctxs_lock);
	list_del(&ctx->living);
	spin_unlock(&ctx->ipu->ctxs_lock);
}

/**
 * ipu_limits_check() - may the context's owner have it?
 * @ctx: context that has no slot yet; &ipu_device.slots_lock is held
 *
 * Return: 0 or -EDQUOT.
 */
int ipu_limits_check(const struct ipu_ctx *ctx)
{
	struct ipu_device *ipu = ctx->ipu;
	struct ipu_share most = ipu_share_of(ipu, &ctx->owner);
	struct ipu_share used;

	if (ctx->owner.exempt)
		return 0;

	used = ipu_share_used(ipu, &ctx->owner);
	if (used.contexts >= most.contexts)
		return ipu_refuse(ipu, -EDQUOT,
				  "ctx_create: uid %u has %u contexts of at most %u\n",
				  from_kuid(&init_user_ns, ctx->owner.uid), used.contexts,
				  most.contexts);
	if (ctx->tile_count > most.tiles - min(used.tiles, most.tiles))
		return ipu_refuse(ipu, -EDQUOT,
				  "ctx_create: %u tiles more: uid %u has %u of at most %u\n",
				  ctx->tile_count, from_kuid(&init_user_ns, ctx->owner.uid),
				  used.tiles, most.tiles);

	return 0;
}

/**
 * ipu_limits_query() - DRM_IPU_QUERY_LIMITS
 * @ipu: card
 * @limits: filled in, for the caller
 */
void ipu_limits_query(struct ipu_device *ipu, struct drm_ipu_query_limits *limits)
{
	const struct ipu_owner owner = ipu_owner_current();
	struct ipu_share most = ipu_share_of(ipu, &owner);
	struct ipu_share used;
	struct ipu_user *user;
	u64 bytes;

	mutex_lock(&ipu->slots_lock);
	used = ipu_share_used(ipu, &owner);
	mutex_unlock(&ipu->slots_lock);

	mutex_lock(&ipu_users_lock);
	user = ipu_user_find(&owner);
	bytes = user ? user->bytes : 0;
	mutex_unlock(&ipu_users_lock);

	*limits = (struct drm_ipu_query_limits){
		.user_contexts = most.contexts,
		.user_tiles = most.tiles,
		.used_contexts = used.contexts,
		.used_tiles = used.tiles,
		.ctx_tables = ipu_mmu_max_tables(),
		.ctx_mappings = IPU_VM_MAX_MAPPINGS,
		.ctx_jobs = IPU_CTX_MAX_JOBS,
		.user_bytes = ipu_bytes_of(&owner),
		.used_bytes = bytes,
	};
}
