// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include <drm/drm_drv.h>

#include "ipu_card.h"
#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_dump.h"
#include "ipu_notify.h"
#include "ipu_recovery.h"
#include "ipu_regs.h"
#include "ipu_ring.h"
#include "ipu_trace.h"
#include "ipu_userq.h"

/**
 * DOC: the card as a whole
 *
 * What happens to all contexts at once: a reset, by the driver as its last resort
 * or by the PCI core, suspending the machine, and an error on the PCI link. Each
 * clears the tiles' SRAM, so every context is lost.
 *
 * While the PCI core has the card (%IPU_CARD_AWAY) nothing accesses its registers:
 * all contexts are off, and creating one waits until the card is back.
 *
 * A card without contexts is suspended after a while, to D3hot. Whoever uses it has it
 * on until ipu_card_power_put(): each context that has a slot, and the reader of a sensor.
 */

#define IPU_RESET_TIMEOUT_US	(10 * USEC_PER_SEC)

/* How long creating a context waits for a card that is away. */
#define IPU_AWAY_TIMEOUT_S	30

/* Lock the card and all its contexts. Fences may be signaled while this is held. */
static bool ipu_card_lock(struct ipu_device *ipu)
{
	bool cookie = dma_fence_begin_signalling();
	unsigned int i;

	mutex_lock(&ipu->slots_lock);
	for (i = 0; i < ipu->info.contexts; i++) {
		if (ipu->slots[i])
			mutex_lock_nest_lock(&ipu->slots[i]->ring.lock, &ipu->slots_lock);
	}

	return cookie;
}

static void ipu_card_unlock(struct ipu_device *ipu, bool cookie)
{
	unsigned int i;

	for (i = 0; i < ipu->info.contexts; i++) {
		if (ipu->slots[i])
			mutex_unlock(&ipu->slots[i]->ring.lock);
	}
	mutex_unlock(&ipu->slots_lock);
	dma_fence_end_signalling(cookie);
}

/* Of a card that is not to be accessed: nobody rings a doorbell of it any more, either. */
static void ipu_card_unlock_lost(struct ipu_device *ipu, bool cookie)
{
	ipu_card_unlock(ipu, cookie);
	ipu_userq_zap_all(ipu);
}

static void ipu_card_set_state(struct ipu_device *ipu, enum ipu_card_state state)
{
	lockdep_assert_held(&ipu->slots_lock);

	WRITE_ONCE(ipu->state, state);
	wake_up_all(&ipu->state_wait);
}

/* All contexts are about to be lost. */
static void ipu_card_count_reset(struct ipu_device *ipu, enum ipu_ctx_why why)
{
	lockdep_assert_held(&ipu->slots_lock);

	atomic64_inc(&ipu->resets);
	atomic64_inc(&ipu->card_resets);
	memset(ipu->ecc, 0, sizeof(ipu->ecc));
	trace_ipu_reset(ipu, IPU_TRACE_NO_SLOT, IPU_TRACE_RESET_CARD, why);
}

/* All contexts are lost; the card is locked and accesses no memory. */
static void ipu_card_lose_contexts(struct ipu_device *ipu, int error, enum ipu_ctx_why why)
{
	unsigned int i;

	for (i = 0; i < ipu->info.contexts; i++) {
		struct ipu_ctx *ctx = ipu->slots[i];

		if (!ctx)
			continue;
		/* It already has an error if it is the one that did not stop. */
		if (ctx->ring.on && ctx->ring.error) {
			ipu_ring_retire(ctx);
			ipu_ring_fail_first(ctx, error == -EIO ? -ETIMEDOUT : error);
		}
		ipu_ctx_lose(ctx, error, why);
	}
}

/* Reset the card, or turn off its bus mastering; all contexts are lost. */
static int ipu_card_recover(struct ipu_device *ipu, enum ipu_ctx_why why)
{
	unsigned int i;
	int ret;

	/* The card forgets how long it has executed their user queues. */
	for (i = 0; i < ipu->info.contexts; i++)
		if (ipu->slots[i])
			ipu_userq_count(ipu->slots[i]);
	ret = ipu_card_reset(ipu);
	if (ret) {
		drm_err(&ipu->drm, "the card %s and is out of use; to try again, write 1 to its file %s\n",
			ret == -ENODEV ? "does not answer" : "does not come back from a reset",
			ret == -ENODEV ? "'remove' in sysfs, then to /sys/bus/pci/rescan" :
					 "'reset' in sysfs");
		pci_clear_master(to_pci_dev(ipu->drm.dev));
		ipu_notify_wedged(ipu, ret == -ENODEV ? IPU_WEDGED_GONE : IPU_WEDGED);
	}
	ipu_card_lose_contexts(ipu, ret == -ENODEV ? ret : -EIO, why);

	return ret;
}

static bool ipu_card_is_stuck(struct ipu_device *ipu)
{
	unsigned int i;

	for (i = 0; i < ipu->info.contexts; i++) {
		struct ipu_ctx *ctx = ipu->slots[i];

		if (ctx && ctx->ring.on && ctx->ring.error)
			return true;
	}

	return false;
}

/**
 * ipu_card_reset_work() - reset the card because a context does not stop
 * @work: &ipu_device.reset_work
 */
void ipu_card_reset_work(struct work_struct *work)
{
	struct ipu_device *ipu = container_of(work, struct ipu_device, reset_work);
	bool cookie;

	cookie = ipu_card_lock(ipu);
	/* The card may have been reset in the meantime. */
	if (ipu_card_is_stuck(ipu)) {
		drm_err(&ipu->drm, "resetting the card, all contexts are lost\n");
		ipu_dump_card(ipu, IPU_DUMP_STUCK);
		ipu_card_count_reset(ipu, IPU_CTX_WHY_RESET);
		if (ipu_card_recover(ipu, IPU_CTX_WHY_RESET))
			ipu_card_set_state(ipu, IPU_CARD_DEAD);
		else
			ipu_notify_wedged(ipu, IPU_WEDGED_RECOVERED);
	}
	ipu_card_unlock(ipu, cookie);
}

/**
 * ipu_card_force_reset() - reset the card although nothing is wrong, for debugfs
 * @ipu: card
 *
 * Return: 0, -EBUSY if the card is being reset already or is out of use, or as
 * ipu_card_power_get() or ipu_card_reset().
 */
int ipu_card_force_reset(struct ipu_device *ipu)
{
	bool cookie;
	int ret;

	ret = ipu_card_power_get(ipu);
	if (ret)
		return ret;

	ret = -EBUSY;
	cookie = ipu_card_lock(ipu);
	if (ipu->state == IPU_CARD_UP) {
		drm_err(&ipu->drm, "resetting the card for debugfs, all contexts are lost\n");
		ipu_dump_card(ipu, IPU_DUMP_FORCED);
		ipu_card_count_reset(ipu, IPU_CTX_WHY_RESET);
		ret = ipu_card_recover(ipu, IPU_CTX_WHY_RESET);
		if (ret)
			ipu_card_set_state(ipu, IPU_CARD_DEAD);
	}
	ipu_card_unlock(ipu, cookie);
	ipu_card_power_put(ipu);

	return ret;
}

/**
 * ipu_card_reset() - bring the card to its reset state
 * @ipu: card; not in use
 *
 * Return: 0, -ETIMEDOUT if the card does not come back, -ENODEV if it is gone.
 */
int ipu_card_reset(struct ipu_device *ipu)
{
	u32 value;
	int ret;

	ipu_write(ipu, IPU_REG_CTRL, IPU_CTRL_RESET);
	ret = read_poll_timeout(ipu_read, value, !(value & IPU_CTRL_RESET) ||
				ipu_read(ipu, IPU_REG_ID) != IPU_ID, IPU_POLL_US,
				IPU_RESET_TIMEOUT_US, false, ipu, IPU_REG_CTRL);
	if (!ret)
		ret = read_poll_timeout(ipu_read, value, value & IPU_STATUS_READY ||
					ipu_read(ipu, IPU_REG_ID) != IPU_ID, IPU_POLL_US,
					IPU_RESET_TIMEOUT_US, false, ipu, IPU_REG_STATUS);
	if (ipu_read(ipu, IPU_REG_ID) != IPU_ID)
		return -ENODEV;

	return ret;
}

/**
 * ipu_card_power_get() - have the card on, and not suspended while it is idle
 * @ipu: card; no lock is held that the device's locking names
 *
 * Return: 0, or a negative errno if the machine does not let it resume. That it does not
 * come back is not an error here: it is %IPU_CARD_DEAD then.
 */
int ipu_card_power_get(struct ipu_device *ipu)
{
	return pm_runtime_resume_and_get(ipu->drm.dev);
}

/**
 * ipu_card_power_put() - undo ipu_card_power_get()
 * @ipu: card, to which its driver is bound
 */
void ipu_card_power_put(struct ipu_device *ipu)
{
	pm_runtime_mark_last_busy(ipu->drm.dev);
	pm_runtime_put_autosuspend(ipu->drm.dev);
}

/**
 * ipu_card_sleep() - the PCI core is about to suspend a card that nobody uses
 * @ipu: card; asleep until ipu_card_return()
 *
 * Return: 0, or -EBUSY if it is not up anyway.
 */
int ipu_card_sleep(struct ipu_device *ipu)
{
	int ret = -EBUSY;

	mutex_lock(&ipu->slots_lock);
	if (ipu->state == IPU_CARD_UP) {
		/* Waking up resets it. */
		if (ipu->info.caps & IPU_CAP_ECC && ipu_read(ipu, IPU_REG_ID) == IPU_ID) {
			ipu->ecc[0] += ipu_read(ipu, IPU_REG_ECC_CORRECTED);
			ipu->ecc[1] += ipu_read(ipu, IPU_REG_ECC_FATAL);
		}
		ipu_card_set_state(ipu, IPU_CARD_ASLEEP);
		ret = 0;
	}
	mutex_unlock(&ipu->slots_lock);

	return ret;
}

/* Neither away, nor asleep, from which somebody is about to wake it. */
static bool ipu_card_is_settled(struct ipu_device *ipu)
{
	enum ipu_card_state state = READ_ONCE(ipu->state);

	return state == IPU_CARD_UP || state == IPU_CARD_DEAD;
}

/**
 * ipu_card_lock_up() - lock the slots of a card that takes contexts
 * @ipu: card; waits while it is away
 *
 * Return: 0 with &ipu_device.slots_lock held; -EIO when the card is out of use, or
 * stays away; -ERESTARTSYS for a signal.
 */
int ipu_card_lock_up(struct ipu_device *ipu)
{
	long left = IPU_AWAY_TIMEOUT_S * HZ;
	enum ipu_card_state state;

	for (;;) {
		left = wait_event_interruptible_timeout(ipu->state_wait,
							ipu_card_is_settled(ipu), left);
		if (left < 0)
			return left;
		if (!left) {
			/* The PCI core does not tell a driver when it has given up. */
			drm_err_ratelimited(&ipu->drm, "the card has not come back for %u s; to find it anew, write 1 to its file 'remove' in sysfs, then to /sys/bus/pci/rescan\n",
					    IPU_AWAY_TIMEOUT_S);
			return -EIO;
		}

		mutex_lock(&ipu->slots_lock);
		state = ipu->state;
		if (state == IPU_CARD_UP)
			return 0;
		mutex_unlock(&ipu->slots_lock);
		if (state == IPU_CARD_DEAD)
			return ipu_refuse(ipu, -EIO, "ctx_create: the card is out of use\n");
	}
}

/**
 * ipu_card_leave() - the PCI core is about to reset or suspend the card
 * @ipu: card; takes no contexts until ipu_card_return()
 * @why: why all contexts are lost
 */
void ipu_card_leave(struct ipu_device *ipu, enum ipu_ctx_why why)
{
	bool cookie;

	cookie = ipu_card_lock(ipu);
	/* It could not be woken, or its link has failed: no contexts, and no registers. */
	if (ipu->state == IPU_CARD_ASLEEP || ipu->state == IPU_CARD_AWAY) {
		ipu_card_unlock(ipu, cookie);
		return;
	}
	/* It has no contexts any more, and did not come back from the last reset. */
	if (ipu->state == IPU_CARD_DEAD) {
		ipu_card_set_state(ipu, IPU_CARD_AWAY);
		ipu_card_unlock_lost(ipu, cookie);
		return;
	}
	ipu_card_count_reset(ipu, why);
	drm_warn(&ipu->drm, "the card is being %s, all contexts are lost\n",
		 why == IPU_CTX_WHY_SUSPEND ? "suspended" : "reset");
	ipu_card_set_state(ipu, IPU_CARD_AWAY);
	if (why == IPU_CTX_WHY_RESET)
		ipu_dump_card(ipu, IPU_DUMP_RESET);
	ipu_card_recover(ipu, why);
	ipu_card_unlock_lost(ipu, cookie);
}

/**
 * ipu_card_shutdown() - the machine goes down, or another kernel takes it over
 * @ipu: card, out of use from here on
 *
 * It accesses no memory any more: the next kernel has other things there.
 */
void ipu_card_shutdown(struct ipu_device *ipu)
{
	bool cookie;

	cookie = ipu_card_lock(ipu);
	ipu_card_set_state(ipu, IPU_CARD_DEAD);
	ipu_card_reset(ipu);
	pci_clear_master(to_pci_dev(ipu->drm.dev));
	ipu_card_lose_contexts(ipu, -ENODEV, IPU_CTX_WHY_RESET);
	ipu_card_unlock_lost(ipu, cookie);
}

/**
 * ipu_card_cut_off() - the link to the card has failed
 * @ipu: card, whose registers cannot be accessed; takes no contexts until
 *	ipu_card_return()
 * @error: what jobs end with: -EIO, or -ENODEV when the card will not return
 *
 * The card cannot be stopped, so it is kept from accessing memory.
 */
void ipu_card_cut_off(struct ipu_device *ipu, int error)
{
	struct pci_dev *pdev = to_pci_dev(ipu->drm.dev);
	bool cookie;

	pci_clear_master(pdev);
	pci_wait_for_pending_transaction(pdev);

	cookie = ipu_card_lock(ipu);
	ipu_card_count_reset(ipu, IPU_CTX_WHY_PCI);
	drm_warn(&ipu->drm, "an error on the PCI link, all contexts are lost\n");
	ipu_card_set_state(ipu, error == -ENODEV ? IPU_CARD_DEAD : IPU_CARD_AWAY);
	ipu_dump_card(ipu, IPU_DUMP_LINK);
	if (error == -ENODEV)
		ipu_notify_wedged(ipu, IPU_WEDGED_GONE);
	ipu_card_lose_contexts(ipu, error, IPU_CTX_WHY_PCI);
	ipu_card_unlock_lost(ipu, cookie);
}

/**
 * ipu_card_return() - the PCI core has reset the card, or resumed it
 * @ipu: card, after ipu_card_leave() or ipu_card_cut_off()
 *
 * Return: 0 if the card takes contexts again; else as ipu_card_reset().
 */
int ipu_card_return(struct ipu_device *ipu)
{
	struct pci_dev *pdev = to_pci_dev(ipu->drm.dev);
	bool cookie;
	int ret;

	/* Off since the link failed, or since an earlier reset did. */
	pci_set_master(pdev);
	cookie = ipu_card_lock(ipu);
	ret = ipu_card_recover(ipu, IPU_CTX_WHY_RESET);
	ipu_card_set_state(ipu, ret ? IPU_CARD_DEAD : IPU_CARD_UP);
	ipu_card_unlock(ipu, cookie);
	/* For when the link fails; what was saved before has been used. */
	if (!ret)
		pci_save_state(pdev);

	return ret;
}

/**
 * ipu_card_hold() - read registers of the card itself
 * @ipu: card; resumed if it was suspended
 * @idx: for ipu_card_release()
 *
 * Until then it is neither reset nor suspended nor unplugged by software.
 *
 * Return: 0; -ENODATA if the card is away or out of use, -ENODEV if it is unplugged,
 * -EINTR for a signal; or as ipu_card_power_get().
 */
int ipu_card_hold(struct ipu_device *ipu, int *idx)
{
	int ret;

	if (!drm_dev_enter(&ipu->drm, idx))
		return -ENODEV;
	ret = ipu_card_power_get(ipu);
	if (ret)
		goto err_exit;
	ret = mutex_lock_interruptible(&ipu->slots_lock);
	if (ret)
		goto err_power;
	if (ipu->state == IPU_CARD_UP)
		return 0;

	mutex_unlock(&ipu->slots_lock);
	ret = -ENODATA;
err_power:
	ipu_card_power_put(ipu);
err_exit:
	drm_dev_exit(*idx);

	return ret;
}

/**
 * ipu_card_release() - undo ipu_card_hold()
 * @ipu: card
 * @idx: from ipu_card_hold()
 *
 * Return: 0, or -ENODEV if the card does not answer: what was read is worth nothing.
 */
int ipu_card_release(struct ipu_device *ipu, int idx)
{
	int ret = ipu_read(ipu, IPU_REG_ID) == IPU_ID ? 0 : -ENODEV;

	mutex_unlock(&ipu->slots_lock);
	ipu_card_power_put(ipu);
	drm_dev_exit(idx);

	return ret;
}

/**
 * ipu_card_retire() - the card takes no contexts any more
 * @ipu: card that is about to be removed
 *
 * Whoever waits for it stops waiting.
 */
void ipu_card_retire(struct ipu_device *ipu)
{
	mutex_lock(&ipu->slots_lock);
	ipu_card_set_state(ipu, IPU_CARD_DEAD);
	mutex_unlock(&ipu->slots_lock);
}
