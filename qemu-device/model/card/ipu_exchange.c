// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The exchange: every tile pulls what its transfer table names from other
 * tiles' SRAM as it stood at the barrier.
 *
 * It is done in passes over the tiles that have transfers, each pass in parallel:
 *
 *  check	copies the table to the stage, since the exchange itself may
 *		overwrite it, and checks every entry.
 *  gather	moves from SRAM to the stage, which is an image of the receiver's
 *		SRAM: where entries overlap the last one wins, and however much a
 *		hostile table requests, the stage is no larger than the SRAM.
 *  commit	moves from the stage to SRAM.
 *
 * If no tile writes at addresses that any tile reads, as in most programs, gather
 * and commit are one pass from SRAM to SRAM, called direct.
 */
#include "ipu_exchange.h"

#include <string.h>

#define ENTRY_SIZE	((uint32_t)sizeof(struct ipu_xfer))

static uint8_t *at(uint8_t *image, uint32_t addr)
{
	return image + (addr - IPU_SRAM_BASE);
}

/* The copy of the table. */
static struct ipu_xfer *entries(const struct ipu_slot *slot)
{
	return (void *)(slot->stage + IPU_SRAM_SIZE);
}

/* How many entries of the table can be read: none if it is not aligned or outside SRAM. */
static uint32_t readable(const struct ipu_slot *slot)
{
	uint32_t table = slot->xfer.table;
	uint32_t most = 0;

	if (ipu_in_sram(table) && table % 4 == 0)
		most = (IPU_SRAM_END - table) / ENTRY_SIZE;
	return most < slot->xfer.count ? most : slot->xfer.count;
}

/* Count the memory of the table's copy. It stays counted: the next table will be as large. */
static bool count_table(struct ipu_context *ctx, struct ipu_slot *slot)
{
	uint32_t bytes = ipu_host_round(readable(slot) * ENTRY_SIZE);

	if (bytes <= slot->stage_table)
		return true;
	if (!ipu_code_cache_reserve(ctx->code, bytes - slot->stage_table))
		return false;
	slot->stage_table = bytes;
	return true;
}

/* Count the memory of the image, likewise. */
static bool count_image(struct ipu_context *ctx, struct ipu_slot *slot)
{
	uint32_t counted = slot->stage_high - slot->stage_low;
	uint32_t low = slot->xfer.dst_low / IPU_HOST_PAGE * IPU_HOST_PAGE;
	uint32_t high = ipu_host_round(slot->xfer.dst_high);

	if (!slot->xfer.bytes)
		return true;
	if (counted && slot->stage_low < low)
		low = slot->stage_low;
	if (counted && slot->stage_high > high)
		high = slot->stage_high;
	if (!ipu_code_cache_reserve(ctx->code, high - low - counted))
		return false;
	slot->stage_low = low;
	slot->stage_high = high;
	return true;
}

/* The stage has the memory that a tile needs in a pass. */
static bool has_memory(struct ipu_context *ctx, struct ipu_slot *slot, enum ipu_step pass)
{
	if (pass == IPU_STEP_XFER_CHECK)
		return count_table(ctx, slot);
	if (pass == IPU_STEP_XFER_GATHER)
		return count_image(ctx, slot);
	return true;
}

static enum ipu_exchange open_pass(struct ipu_context *ctx, enum ipu_step pass)
{
	struct ipu_slot *slot;
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, ctx->run.first + i);
		if (!slot->xfer.count)
			continue;
		if (!has_memory(ctx, slot, pass)) {
			ctx->run.short_tile = ctx->run.first + i;
			return IPU_EXCHANGE_SHORT;
		}
		slot->xfer.entry = 0;
		slot->xfer.offset = 0;
		ctx->live[count++] = ctx->run.first + i;
	}
	if (!count)
		return IPU_EXCHANGE_DONE;
	ipu_round_open(ctx, pass, count);
	return IPU_EXCHANGE_PASS;
}

enum ipu_exchange ipu_exchange_begin(struct ipu_context *ctx)
{
	struct ipu_slot *slot;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, ctx->run.first + i);
		slot->xfer.count = 0;
		if (ipu_tile_state(slot->tile) == IPU_TILE_SYNC_INTERNAL)
			ipu_tile_transfers(slot->tile, &slot->xfer.table, &slot->xfer.count);
	}
	return open_pass(ctx, IPU_STEP_XFER_CHECK);
}

/*
 * The error of an entry: the offset of the invalid member, or ENTRY_SIZE if there
 * is none.
 */
static uint32_t check_entry(const struct ipu_context *ctx, const struct ipu_xfer *xfer)
{
	if (xfer->src_tile >= ctx->run.count)
		return offsetof(struct ipu_xfer, src_tile);
	if (!ipu_in_sram(xfer->src_addr) || xfer->src_addr % 4)
		return offsetof(struct ipu_xfer, src_addr);
	if (!ipu_in_sram(xfer->dst_addr) || xfer->dst_addr % 4)
		return offsetof(struct ipu_xfer, dst_addr);
	if (xfer->bytes % 4 || xfer->bytes > IPU_SRAM_END - xfer->src_addr ||
	    xfer->bytes > IPU_SRAM_END - xfer->dst_addr)
		return offsetof(struct ipu_xfer, bytes);
	return ENTRY_SIZE;
}

static void widen(uint32_t *low, uint32_t *high, uint32_t addr, uint32_t bytes)
{
	if (addr < *low)
		*low = addr;
	if (addr + bytes > *high)
		*high = addr + bytes;
}

/*
 * A fault names the entry's address and the offset of the member. For an entry that
 * cannot be read, because the table is not aligned or is partly outside SRAM, the
 * offset is the entry's size.
 */
static void check(struct ipu_context *ctx, struct ipu_slot *slot)
{
	uint32_t table = slot->xfer.table;
	const uint32_t count = readable(slot);
	const struct ipu_xfer *xfer;
	uint32_t i, wrong;

	slot->xfer.bytes = 0;
	slot->xfer.src_low = slot->xfer.dst_low = UINT32_MAX;
	slot->xfer.src_high = slot->xfer.dst_high = 0;
	slot->more = false;
	if (count)
		memcpy(entries(slot), at(slot->sram, table), count * ENTRY_SIZE);
	for (i = 0; i < slot->xfer.count; i++) {
		xfer = &entries(slot)[i];
		if (i < count && !xfer->bytes)
			continue;
		wrong = i < count ? check_entry(ctx, xfer) : ENTRY_SIZE;
		if (i >= count || wrong != ENTRY_SIZE) {
			slot->fault = (struct ipu_fault) {
				.cause = IPU_FAULT_EXCHANGE,
				.addr = table + (uint64_t)i * ENTRY_SIZE,
				.info = wrong,
			};
			return;
		}
		slot->xfer.bytes += xfer->bytes;
		widen(&slot->xfer.src_low, &slot->xfer.src_high, xfer->src_addr, xfer->bytes);
		widen(&slot->xfer.dst_low, &slot->xfer.dst_high, xfer->dst_addr, xfer->bytes);
	}
}

/* Move the part of an entry that begins at @offset. */
static void move(struct ipu_context *ctx, struct ipu_slot *slot, const struct ipu_xfer *xfer,
		 uint32_t offset, uint32_t len)
{
	struct ipu_slot *from = ipu_ctx_slot(ctx, ctx->run.first + xfer->src_tile);
	uint32_t dst = xfer->dst_addr + offset;
	const uint8_t *source = at(from->sram, xfer->src_addr + offset);

	if (ctx->step == IPU_STEP_XFER_GATHER) {
		memcpy(at(slot->stage, dst), source, len);
		return;
	}
	if (ctx->step == IPU_STEP_XFER_COMMIT)
		source = at(slot->stage, dst);
	memcpy(at(slot->sram, dst), source, len);
	ipu_tile_written(slot->tile, dst, len);
}

/* The cost of an entry in addition to its bytes, so that a quantum of tiny ones is short. */
#define ENTRY_COST	32

static void move_some(struct ipu_context *ctx, struct ipu_slot *slot)
{
	uint32_t budget = IPU_EXCHANGE_BYTES;
	const struct ipu_xfer *xfer;
	uint32_t len;

	while (slot->xfer.entry < slot->xfer.count && budget > ENTRY_COST) {
		xfer = &entries(slot)[slot->xfer.entry];
		budget -= ENTRY_COST;
		len = xfer->bytes - slot->xfer.offset;
		if (len > budget)
			len = budget;
		if (len)
			move(ctx, slot, xfer, slot->xfer.offset, len);
		budget -= len;
		slot->xfer.offset += len;
		if (slot->xfer.offset == xfer->bytes) {
			slot->xfer.entry++;
			slot->xfer.offset = 0;
		}
	}
	slot->more = slot->xfer.entry < slot->xfer.count;
}

void ipu_exchange_tile(struct ipu_context *ctx, struct ipu_slot *slot)
{
	if (ctx->step == IPU_STEP_XFER_CHECK)
		check(ctx, slot);
	else
		move_some(ctx, slot);
}

/*
 * Whether what is written can be told from what is read by addresses alone,
 * whichever tiles they are in. The tables need no care: they were copied.
 */
static bool disjoint(const struct ipu_context *ctx)
{
	uint32_t src_low = UINT32_MAX, src_high = 0;
	uint32_t dst_low = UINT32_MAX, dst_high = 0;
	const struct ipu_slot *slot;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, ctx->run.first + i);
		if (!slot->xfer.count || !slot->xfer.bytes)
			continue;
		widen(&src_low, &src_high, slot->xfer.src_low,
		      slot->xfer.src_high - slot->xfer.src_low);
		widen(&dst_low, &dst_high, slot->xfer.dst_low,
		      slot->xfer.dst_high - slot->xfer.dst_low);
	}
	return src_high <= dst_low || dst_high <= src_low;
}

enum ipu_exchange ipu_exchange_pass_end(struct ipu_context *ctx)
{
	if (ctx->step == IPU_STEP_XFER_CHECK)
		return open_pass(ctx, disjoint(ctx) ? IPU_STEP_XFER_DIRECT : IPU_STEP_XFER_GATHER);
	if (ctx->step == IPU_STEP_XFER_GATHER)
		return open_pass(ctx, IPU_STEP_XFER_COMMIT);
	return IPU_EXCHANGE_DONE;
}

void ipu_exchange_totals(const struct ipu_context *ctx, uint64_t *bytes, uint64_t *busiest)
{
	const struct ipu_slot *slot;
	uint32_t i;

	*bytes = 0;
	*busiest = 0;
	for (i = 0; i < ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, ctx->run.first + i);
		if (!slot->xfer.count)
			continue;
		*bytes += slot->xfer.bytes;
		if (slot->xfer.bytes > *busiest)
			*busiest = slot->xfer.bytes;
	}
}
