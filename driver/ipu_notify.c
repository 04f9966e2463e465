// SPDX-License-Identifier: GPL-2.0-only

#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_notify.h"

/**
 * DOC: what user space is told without asking
 *
 * The machine's administrator, when the card needs help: a uevent of the device file
 * with WEDGED= in its environment, as Documentation/gpu/drm-uapi.rst has it. It is not
 * drm_dev_wedged_event(), which appeared in 6.15 and sends it for the primary node, that
 * an accelerator does not have.
 *
 * A program, when a context of its is lost: an event to be read from the file, if it
 * has asked for that when it made the context. The room in the file's queue is reserved
 * then, since nothing can be allocated when it is sent.
 */

/**
 * struct ipu_lost_event - tells a file that one of its contexts is lost
 */
struct ipu_lost_event {
	/** @base: DRM's part; must be first, DRM frees it */
	struct drm_pending_event base;
	/** @event: what is read */
	struct drm_ipu_event_ctx_lost event;
};

static void ipu_notify_send(struct ipu_device *ipu, const char *wedged)
{
	char environment[32];
	char *envp[2] = {};

	envp[0] = environment;
	snprintf(environment, sizeof(environment), "WEDGED=%s", wedged);
	kobject_uevent_env(&ipu->drm.accel->kdev->kobj, KOBJ_CHANGE, envp);
}

static void ipu_notify_work(struct work_struct *work)
{
	struct ipu_notify *notify = container_of(work, struct ipu_notify, work);
	struct ipu_device *ipu = container_of(notify, struct ipu_device, notify);
	int idx;

	if (!drm_dev_enter(&ipu->drm, &idx))
		return;
	if (test_and_clear_bit(IPU_WEDGED_RECOVERED, &notify->wedged))
		ipu_notify_send(ipu, "none");
	if (test_and_clear_bit(IPU_WEDGED, &notify->wedged))
		ipu_notify_send(ipu, "rebind,bus-reset");
	if (test_and_clear_bit(IPU_WEDGED_GONE, &notify->wedged))
		ipu_notify_send(ipu, "bus-reset");
	drm_dev_exit(idx);
}

/**
 * ipu_notify_init() - initialize
 * @ipu: card
 */
void ipu_notify_init(struct ipu_device *ipu)
{
	INIT_WORK(&ipu->notify.work, ipu_notify_work);
}

/**
 * ipu_notify_flush() - wait until nothing is sent any more
 * @ipu: card that is being removed, unplugged
 */
void ipu_notify_flush(struct ipu_device *ipu)
{
	flush_work(&ipu->notify.work);
}

/**
 * ipu_notify_wedged() - tell the administrator what the card needs
 * @ipu: card
 * @wedged: what
 *
 * Needs no memory, a work item does.
 */
void ipu_notify_wedged(struct ipu_device *ipu, enum ipu_wedged wedged)
{
	set_bit(wedged, &ipu->notify.wedged);
	queue_work(ipu_wq, &ipu->notify.work);
}

/**
 * ipu_notify_prepare() - reserve room for a context's event in its file
 * @ipu: card
 * @file: the file
 *
 * Return: the event, for ipu_notify_arm() or ipu_notify_cancel(); or an error pointer:
 * -ENOMEM, also when the file has as many events as it may.
 */
struct ipu_lost_event *ipu_notify_prepare(struct ipu_device *ipu, struct drm_file *file)
{
	struct ipu_lost_event *lost = kzalloc_obj(*lost, GFP_KERNEL_ACCOUNT);
	int ret;

	if (!lost)
		return ERR_PTR(-ENOMEM);
	lost->event.base.type = DRM_IPU_EVENT_CTX_LOST;
	lost->event.base.length = sizeof(lost->event);
	ret = drm_event_reserve_init(&ipu->drm, file, &lost->base, &lost->event.base);
	if (ret) {
		kfree(lost);
		return ERR_PTR(ipu_refuse(ipu, ret,
					  "ctx_create: events of the file are not read\n"));
	}

	return lost;
}

/**
 * ipu_notify_arm() - from now on the context's file is told when it is lost
 * @ctx: context with an id
 * @lost: from ipu_notify_prepare(), or NULL for nothing
 */
void ipu_notify_arm(struct ipu_ctx *ctx, struct ipu_lost_event *lost)
{
	if (!lost)
		return;
	mutex_lock(&ctx->ring.lock);
	ctx->lost = lost;
	/* Its tiles are already gone again. */
	if (ctx->state != IPU_CTX_USABLE)
		ipu_notify_lost(ctx);
	mutex_unlock(&ctx->ring.lock);
}

/**
 * ipu_notify_lost() - tell the context's file that it is lost
 * @ctx: context that has just become so; &ipu_ring.lock is held
 *
 * Does nothing if the file did not ask.
 */
void ipu_notify_lost(struct ipu_ctx *ctx)
{
	struct ipu_lost_event *lost = ctx->lost;

	lockdep_assert_held(&ctx->ring.lock);

	if (!lost)
		return;
	ctx->lost = NULL;
	lost->event.ctx = ctx->id;
	lost->event.state = ctx->state;
	lost->event.why = ctx->why;
	drm_send_event(&ctx->ipu->drm, &lost->base);
}

/**
 * ipu_notify_disarm() - the context's file is not told any more
 * @ctx: context that is closed; no lock is held
 */
void ipu_notify_disarm(struct ipu_ctx *ctx)
{
	struct ipu_lost_event *lost;

	mutex_lock(&ctx->ring.lock);
	lost = ctx->lost;
	ctx->lost = NULL;
	mutex_unlock(&ctx->ring.lock);
	ipu_notify_cancel(ctx->ipu, lost);
}

/**
 * ipu_notify_cancel() - give back the room that was reserved
 * @ipu: card
 * @lost: event that was not sent, or NULL
 */
void ipu_notify_cancel(struct ipu_device *ipu, struct ipu_lost_event *lost)
{
	if (lost)
		drm_event_cancel_free(&ipu->drm, &lost->base);
}
