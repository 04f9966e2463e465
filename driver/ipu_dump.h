/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_DUMP_H_
#define _IPU_DUMP_H_

#include <linux/mm_types.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

#include <drm/ipu_dump.h>

struct ipu_ctx;
struct ipu_device;

/* Most memory of a dump: the SRAM of a tile, and what is read besides. */
#define IPU_DUMP_PAGES		(SZ_1M / PAGE_SIZE)

/**
 * struct ipu_dump - the dump of a card that is being taken, see ipu_dump.c
 */
struct ipu_dump {
	/** @busy: bit 0: it is; who has set it owns all of this */
	unsigned long busy;
	/** @pages: its contents */
	struct page *pages[IPU_DUMP_PAGES];
	/** @count: how many pages */
	unsigned int count;
	/** @size: bytes in them */
	size_t size;
	/** @section: where the section begins that is being written */
	size_t section;
	/** @flags: &enum ipu_dump_flags */
	u32 flags;
	/** @begin: when it was begun */
	ktime_t begin;
	/** @work: hands it over */
	struct work_struct work;
	/** @kept: first page of the one that was handed over last, a reference; or NULL */
	struct page *kept;
	/** @retry: after one that was refused: when the next one is taken at the earliest */
	unsigned long retry;
};

int ipu_dump_init(struct ipu_device *ipu);
void ipu_dump_flush(struct ipu_device *ipu);
void ipu_dump_context(struct ipu_ctx *ctx, enum ipu_dump_kind kind, int error);
void ipu_dump_card(struct ipu_device *ipu, enum ipu_dump_kind kind);

#endif /* _IPU_DUMP_H_ */
