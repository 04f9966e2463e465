/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_DRV_H_
#define _IPU_DRV_H_

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/mutex.h>
#include <linux/ratelimit_types.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>
#include <drm/ipu_accel.h>

#include "ipu_dump.h"
#include "ipu_hw.h"
#include "ipu_notify.h"
#include "ipu_usage.h"

#ifndef CONFIG_64BIT
#error "ipu: 64-bit kernels only: job numbers are 64 bits wide and index an xarray"
#endif

/**
 * DOC: locking
 *
 * From the outermost to the innermost:
 *
 * &ipu_ctx.lock (mutex)
 *	Order of submissions to one context, and its end: after @closed is set
 *	under it nothing is submitted any more.
 * &ipu_vm.lock (mutex)
 *	Address space of one context: ranges, mappings, page tables. Fences depend on
 *	it, so nothing is allocated with it held; nor is the card waited for.
 * &ipu_device.slots_lock (mutex)
 *	Which context has which slot and tiles of the card, and the card as a
 *	whole: held to reset it.
 * &ipu_ring.lock (mutex)
 *	Registers, ring and running jobs of one context, and its fault records.
 *	A context's registers are accessed only with this held and @on set.
 *
 * Leaf locks, with none of the above taken while one is held:
 *
 * &ipu_vm.release_lock (mutex)
 *	Tables of changes of an address space that are being freed, so that the end of
 *	the context waits for that.
 * &ipu_device.bo_lock (mutex)
 *	List of buffer objects, and whether the device sees them. A buffer's
 *	reservation lock nests inside.
 * ipu_users_lock (mutex)
 *	How much memory each user has in buffers.
 * &ipu_doorbell.lock (mutex)
 *	Whether a user queue's doorbell page may be mapped. Page tables of processes are
 *	allocated with it held, so it is not taken with ipu_ring.lock held.
 * &ipu_device.ctxs_lock (spinlock)
 *	Which contexts live, for the limit of how many that may be.
 * &ipu_usage.lock (spinlock)
 *	How much of a card an open file, or all of them, use. Jobs begin and end with
 *	ipu_ring.lock held, so this nests inside it.
 * &ipu_link.lock (mutex)
 *	Which contexts have a key for linked runs.
 * &ipu_file.ctxs and &ipu_ctx.jobs (the xarrays' own locks)
 *	Contexts by their id; jobs by their number.
 *
 * Fences are signaled with ipu_device.slots_lock and ipu_ring.lock held, and wait for
 * ipu_vm.lock, so code that holds one of the three must not allocate memory that it may
 * have to wait for: reclaim can wait for a fence. Nor may it take a lock under which
 * others allocate, such as the PCI core's lock for interrupts.
 *
 * &ipu_dump.busy is a bit that is only tried, with ipu_ring.lock held: who has set it
 * owns the dump. ipu_vm.lock is tried there as well, against the order above.
 *
 * drm_dev_unplug() waits for sections between drm_dev_enter() and
 * drm_dev_exit(). Every ioctl that creates something the card can access is one
 * such section, so that remove() finds all of it, and so is every read of a
 * sensor. Waiting for a job is not in one. It also waits for files of debugfs that
 * are being read or written; those of sysfs are gone before remove() is called.
 */

struct ipu_ctx;

/* log2 of how many limits of the log there are. */
#define IPU_FAULT_LIMIT_BITS	6

/**
 * enum ipu_card_state - does the card take contexts?
 */
enum ipu_card_state {
	/** @IPU_CARD_UP: yes */
	IPU_CARD_UP,
	/** @IPU_CARD_ASLEEP: yes, but nobody uses it, and it has to be woken */
	IPU_CARD_ASLEEP,
	/** @IPU_CARD_AWAY: not now: it is being reset, or suspended */
	IPU_CARD_AWAY,
	/** @IPU_CARD_DEAD: no: it did not come back, or is being removed */
	IPU_CARD_DEAD,
};

/**
 * struct ipu_device - one card
 */
struct ipu_device {
	/** @drm: the DRM device; the structure lives as long as it does */
	struct drm_device drm;
	/** @regs: BAR0; gone once remove() has returned */
	void __iomem *regs;
	/** @info: constant properties, read at probe */
	struct drm_ipu_query_info info;
	/** @vectors: MSI-X vectors allocated, 1 to IPU_NUM_VECTORS */
	unsigned int vectors;
	/** @irqs: their interrupts */
	int irqs[IPU_NUM_VECTORS];
	/** @resets: contexts and cards that were reset after a fault or time-out */
	atomic64_t resets;
	/** @card_resets: those of the card as a whole, suspending included */
	atomic64_t card_resets;
	/** @faults: faults that the card has reported */
	atomic64_t faults;
	/** @hangs: jobs that the driver had to end, for a time limit */
	atomic64_t hangs;
	/** @usage: of all open files */
	struct ipu_usage usage;

	/** @slots_lock: see "locking" above */
	struct mutex slots_lock;
	/** @slots: contexts of the card; written under @slots_lock, read by interrupts too */
	struct ipu_ctx *slots[IPU_MAX_CONTEXTS];
	/** @tiles: tiles that belong to a context; under @slots_lock */
	DECLARE_BITMAP(tiles, IPU_MAX_TILES);
	/** @state: whether it takes contexts; written under @slots_lock */
	enum ipu_card_state state;
	/** @state_wait: for @state */
	wait_queue_head_t state_wait;
	/** @ecc: what IPU_REG_ECC_* had counted each time it went to sleep; under @slots_lock */
	u64 ecc[2];

	/** @ctxs: contexts that somebody uses, or that have jobs; under @ctxs_lock */
	struct list_head ctxs;
	/** @ctxs_lock: of @ctxs */
	spinlock_t ctxs_lock;

	/** @recovery_wq: &ipu_ctx.watch of each context, and @reset_work */
	struct workqueue_struct *recovery_wq;
	/** @reset_work: resets the whole card */
	struct work_struct reset_work;

	/** @fault_limit: of the lines that a user's faults make in the log, by their hash */
	struct ratelimit_state fault_limit[BIT(IPU_FAULT_LIMIT_BITS)];
	/** @fault_salt: so that no user can tell who shares it */
	u32 fault_salt;

	/** @dump: the dump that is being taken */
	struct ipu_dump dump;
	/** @notify: what user space is about to be told */
	struct ipu_notify notify;

	/** @bo_lock: see "locking" above */
	struct mutex bo_lock;
	/** @bos: all buffer objects; under @bo_lock */
	struct list_head bos;
};

/**
 * struct ipu_file - an open file of the device
 */
struct ipu_file {
	/** @ctxs: &struct ipu_ctx by id, from 1 */
	struct xarray ctxs;
	/** @client: what it has of the card, a reference */
	struct ipu_client *client;
};

/**
 * ipu_refuse() - say in the debug log why an argument is refused
 * @ipu: &struct ipu_device
 * @err: negative errno
 * @...: format and arguments
 *
 * Return: @err.
 */
#define ipu_refuse(ipu, err, ...)			\
({							\
	drm_dbg(&(ipu)->drm, __VA_ARGS__);		\
	(err);						\
})

static inline struct ipu_device *to_ipu_device(struct drm_device *drm)
{
	return container_of(drm, struct ipu_device, drm);
}

extern const struct drm_driver ipu_accel_driver;
extern struct pci_driver ipu_pci_driver;

/* Work that may outlive a device, and that fences need not wait for. */
extern struct workqueue_struct *ipu_wq;
/* Likewise, but what signals fences, and so does not allocate memory that it has to wait for. */
extern struct workqueue_struct *ipu_fence_wq;

int ipu_dev_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

int ipu_irq_init(struct ipu_device *ipu);
void ipu_irq_synchronize(struct ipu_device *ipu, unsigned int slot);
u32 ipu_irq_coalesce(void);
unsigned int ipu_irq_vector(struct ipu_device *ipu, unsigned int slot);

#endif /* _IPU_DRV_H_ */
