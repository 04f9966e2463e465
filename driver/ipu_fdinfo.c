// SPDX-License-Identifier: GPL-2.0-only

#include <linux/idr.h>

#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_print.h>

#include "ipu_drv.h"
#include "ipu_gem.h"
#include "ipu_usage.h"
#include "ipu_userq.h"

/**
 * DOC: fdinfo
 *
 * What a monitor reads of an open file in /proc/PID/fdinfo, as the kernel's
 * Documentation/gpu/drm-usage-stats.rst has it.
 *
 * There is one engine, "tiles", of as many parts as the card has tiles: its time is the
 * sum over the client's tiles. drm-cycles is left out: the card is modelled, and its
 * cycles have nothing to do with the time that a monitor measures.
 *
 * Two regions of memory: "memory", the machine's, with the client's buffers, and "sram",
 * the tiles' own. A buffer is resident once it has pages. It is active while a job of the
 * client runs, if the card sees it: the driver does not know which ones a job uses.
 */

/* One of the client's buffers; under the lock of its handles, so nothing here may wait. */
static void ipu_fdinfo_add_bo(struct drm_memory_stats *stats, struct drm_gem_object *obj,
			      bool running)
{
	const struct drm_gem_shmem_object *shmem = to_drm_gem_shmem_obj(obj);
	bool resident = obj->import_attach || READ_ONCE(shmem->pages);
	bool active = running && READ_ONCE(shmem->sgt);

	if (drm_gem_object_is_shared_for_memory_stats(obj))
		stats->shared += obj->size;
	else
		stats->private += obj->size;
	if (!resident)
		return;
	stats->resident += obj->size;
	if (active)
		stats->active += obj->size;
	else if (READ_ONCE(shmem->madv) > 0)
		stats->purgeable += obj->size;
}

static void ipu_fdinfo_memory(struct drm_printer *p, struct drm_file *file, bool running)
{
	struct drm_memory_stats stats = {};
	struct drm_gem_object *obj;
	int handle;

	spin_lock(&file->table_lock);
	idr_for_each_entry(&file->object_idr, obj, handle) {
		if (obj)
			ipu_fdinfo_add_bo(&stats, obj, running);
	}
	spin_unlock(&file->table_lock);

	drm_print_memory_stats(p, &stats, DRM_GEM_OBJECT_RESIDENT | DRM_GEM_OBJECT_PURGEABLE |
			       DRM_GEM_OBJECT_ACTIVE, "memory");
}

/**
 * ipu_show_fdinfo() - &drm_driver.show_fdinfo
 * @p: where to print
 * @file: open file
 */
void ipu_show_fdinfo(struct drm_printer *p, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(file->minor->dev);
	struct ipu_file *priv = file->driver_priv;
	struct drm_memory_stats sram = {};
	struct ipu_usage usage;

	ipu_userq_count_client(ipu, priv->client);
	ipu_usage_read(&priv->client->usage, &usage);
	drm_printf(p, "drm-engine-tiles:\t%llu ns\n", usage.busy_ns);
	drm_printf(p, "drm-engine-capacity-tiles:\t%u\n", ipu->info.tiles);

	ipu_fdinfo_memory(p, file, usage.running);
	sram.private = (u64)usage.tiles * ipu->info.sram_size;
	sram.resident = sram.private;
	sram.active = (u64)usage.running * ipu->info.sram_size;
	drm_print_memory_stats(p, &sram, DRM_GEM_OBJECT_RESIDENT | DRM_GEM_OBJECT_ACTIVE, "sram");

	drm_printf(p, "ipu-contexts:\t%u\n", usage.contexts);
	drm_printf(p, "ipu-tiles:\t%u\n", usage.tiles);
	drm_printf(p, "ipu-jobs:\t%llu\n", usage.jobs);
	drm_printf(p, "ipu-jobs-failed:\t%llu\n", usage.failed);
	drm_printf(p, "ipu-queue-commands:\t%llu\n", usage.commands);
}
