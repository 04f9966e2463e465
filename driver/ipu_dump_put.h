/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_DUMP_PUT_H_
#define _IPU_DUMP_PUT_H_

#include <linux/ktime.h>
#include <linux/types.h>

#include "ipu_dump.h"

struct ipu_ctx;

/* What is written to a dump, for ipu_dump.c and ipu_dump_tile.c alone. */

void ipu_dump_reserve(struct ipu_dump *dump, size_t bytes);
void ipu_dump_put(struct ipu_dump *dump, const void *from, size_t bytes);
void ipu_dump_free(struct ipu_dump *dump);

void ipu_dump_open_unit(struct ipu_dump *dump, enum ipu_dump_type type, u32 slot, u32 tile,
			u32 unit, u64 addr);
void ipu_dump_open(struct ipu_dump *dump, enum ipu_dump_type type, u32 slot, u64 addr);
void ipu_dump_close(struct ipu_dump *dump);
void ipu_dump_section(struct ipu_dump *dump, enum ipu_dump_type type, u32 slot, u64 addr,
		      const void *from, size_t bytes);
void ipu_dump_reg(struct ipu_dump *dump, u32 number, u32 value);

void ipu_dump_tile(struct ipu_dump *dump, struct ipu_ctx *ctx, u32 tile, ktime_t deadline);

#endif /* _IPU_DUMP_PUT_H_ */
