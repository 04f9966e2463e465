// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The exchange: every tile pulls what its transfer table names from other
 * tiles' SRAM as it stood at the barrier.
 *
 * It is done in passes, each in parallel over tiles:
 *
 *  check	copies the tables that are not as they were last time to the stage, since
 *		the exchange itself may overwrite them, and checks every entry. A tile
 *		compares its table with the copy when it arrives.
 *  mark	notes what is read of each tile, if one that is read may be written, too.
 *  move	from SRAM to SRAM. A tile that is written where it is also read receives its
 *		data in the stage, which is an image of its SRAM.
 *  commit	moves that from the stage to SRAM.
 *
 * The plan, that is all but the last two, stays as long as the same tiles have the same
 * tables.
 *
 * In a linked RUN tiles of other cards are read as well. Then members meet after each of the
 * first three passes, so that none reads what another one has changed already; and the plan
 * counts for all of them.
 */
#include "ipu_exchange.h"

#include <string.h>

#include "ipu_bsp_cost.h"
#include "ipu_link.h"
#include "ipu_marks.h"
#include "ipu_pages.h"
#include "ipu_round.h"

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

/* ---- Arrival ------------------------------------------------------------------------------- */

void ipu_exchange_forget(struct ipu_slot *slot)
{
	slot->xfer.checked_count = 0;
	slot->xfer.planned = false;
}

/* Whether the stage has a copy of the table as it is. */
static bool is_checked(const struct ipu_slot *slot)
{
	return slot->xfer.count == slot->xfer.checked_count &&
	       slot->xfer.table == slot->xfer.checked_table &&
	       !memcmp(entries(slot), at(slot->sram, slot->xfer.table),
		       (size_t)slot->xfer.count * ENTRY_SIZE);
}

static void add_bytes(const struct ipu_slot *slot, struct ipu_round_sum *sum)
{
	uint32_t i;

	for (i = 0; i < IPU_LINK_CARDS; i++)
		sum->beats[i] += slot->xfer.beats[i];
	sum->bytes += slot->xfer.bytes;
	if (slot->xfer.bytes > sum->busiest)
		sum->busiest = slot->xfer.bytes;
}

void ipu_exchange_arrive(struct ipu_slot *slot, struct ipu_round_sum *sum)
{
	ipu_tile_transfers(slot->tile, &slot->xfer.table, &slot->xfer.count);
	if (!slot->xfer.count) {
		sum->changed |= slot->xfer.planned;
		return;
	}
	slot->xfer.same = is_checked(slot);
	sum->pulls = true;
	sum->changed |= !slot->xfer.same || !slot->xfer.planned;
	if (slot->xfer.same)
		add_bytes(slot, sum);
}

void ipu_exchange_leave(struct ipu_slot *slot)
{
	slot->xfer.count = 0;
}

/* ---- Passes -------------------------------------------------------------------------------- */

/* Whether a pass is for a tile. */
static bool takes_part(const struct ipu_slot *slot, enum ipu_step pass)
{
	if (!slot->xfer.count)
		return false;
	if (pass == IPU_STEP_XFER_CHECK)
		return !slot->xfer.same;
	if (pass == IPU_STEP_XFER_COMMIT)
		return slot->xfer.staged;
	return true;
}

/* The stage has the memory that a tile needs in a pass. */
static bool has_memory(struct ipu_context *ctx, struct ipu_slot *slot, enum ipu_step pass)
{
	if (pass == IPU_STEP_XFER_CHECK)
		return count_table(ctx, slot);
	if (pass == IPU_STEP_XFER_MOVE && slot->xfer.staged)
		return count_image(ctx, slot);
	return true;
}

/* A pass is for no tile of the context. */
static enum ipu_exchange no_pass(const struct ipu_context *ctx, enum ipu_step pass)
{
	if (ctx->run.linked && pass == IPU_STEP_XFER_MARK)
		return IPU_EXCHANGE_MARKED;
	if (ctx->run.linked && pass == IPU_STEP_XFER_MOVE)
		return IPU_EXCHANGE_MOVED;
	return IPU_EXCHANGE_DONE;
}

/* Return: PASS, or what comes next if the pass is for no tile. */
static enum ipu_exchange open_pass(struct ipu_context *ctx, enum ipu_step pass)
{
	struct ipu_slot *slot;
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < ctx->run.num_members; i++) {
		slot = ipu_ctx_slot(ctx, ctx->run.members[i]);
		if (!takes_part(slot, pass))
			continue;
		if (!has_memory(ctx, slot, pass)) {
			ctx->run.short_tile = ctx->run.members[i];
			return IPU_EXCHANGE_SHORT;
		}
		slot->xfer.entry = 0;
		slot->xfer.offset = 0;
		ctx->live[count++] = ctx->run.members[i];
	}
	if (!count)
		return no_pass(ctx, pass);
	ipu_round_open(ctx, pass, count);
	return IPU_EXCHANGE_PASS;
}

/* ---- Sources ---- */

/* The slot of a tile of the RUN, and its card. */
static struct ipu_slot *source_slot(const struct ipu_context *ctx, uint32_t tile,
				    const struct ipu_card **card)
{
	const struct ipu_context *owner = ctx;

	if (ctx->run.linked) {
		const uint32_t rank = ipu_link_owner(ctx, tile);

		owner = ctx->link.peer[rank];
		tile -= ctx->link.base[rank];
	}
	*card = owner->card;
	return ipu_ctx_slot(owner, owner->run.first + tile);
}

/* What an entry costs on links. */
static void add_beats(const struct ipu_context *ctx, struct ipu_slot *slot,
		      const struct ipu_xfer *xfer)
{
	uint32_t rank;

	if (!ctx->run.linked)
		return;
	rank = ipu_link_owner(ctx, xfer->src_tile);
	if (rank != ctx->link.rank)
		slot->xfer.beats[rank] += (xfer->bytes + IPU_LINK_BEAT_BYTES - 1) /
					  IPU_LINK_BEAT_BYTES;
}

/* ---- Check --------------------------------------------------------------------------------- */

/*
 * The error of an entry: the offset of the invalid member, or ENTRY_SIZE if there
 * is none.
 */
static uint32_t check_entry(const struct ipu_context *ctx, const struct ipu_xfer *xfer)
{
	if (xfer->src_tile >= ctx->run.tiles)
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
 * A fault names the entry's address and what is wrong: the offset of the member,
 * IPU_XFER_OVERLAP, or the entry's size, if it cannot be read, because the table is not
 * aligned or is partly outside SRAM.
 */
static bool check_entries(const struct ipu_context *ctx, struct ipu_slot *slot,
			  struct ipu_words *written)
{
	const uint32_t count = readable(slot);
	const struct ipu_xfer *xfer;
	uint32_t i, wrong;

	for (i = 0; i < slot->xfer.count; i++) {
		xfer = &entries(slot)[i];
		if (i < count && !xfer->bytes)
			continue;
		wrong = i < count ? check_entry(ctx, xfer) : ENTRY_SIZE;
		if (wrong == ENTRY_SIZE && i < count &&
		    !ipu_words_add(written, xfer->dst_addr, xfer->bytes))
			wrong = IPU_XFER_OVERLAP;
		if (i >= count || wrong != ENTRY_SIZE) {
			slot->fault = (struct ipu_fault) {
				.cause = IPU_FAULT_EXCHANGE,
				.addr = slot->xfer.table + (uint64_t)i * ENTRY_SIZE,
				.info = wrong,
			};
			return false;
		}
		slot->xfer.bytes += xfer->bytes;
		add_beats(ctx, slot, xfer);
		widen(&slot->xfer.src_low, &slot->xfer.src_high, xfer->src_addr, xfer->bytes);
		widen(&slot->xfer.dst_low, &slot->xfer.dst_high, xfer->dst_addr, xfer->bytes);
	}
	return true;
}

static void check(struct ipu_context *ctx, struct ipu_slot *slot, struct ipu_round_sum *sum)
{
	const uint32_t count = readable(slot);
	struct ipu_words written;

	slot->xfer.checked_count = 0;
	slot->xfer.bytes = 0;
	memset(slot->xfer.beats, 0, sizeof(slot->xfer.beats));
	slot->xfer.src_low = slot->xfer.dst_low = UINT32_MAX;
	slot->xfer.src_high = slot->xfer.dst_high = 0;
	ipu_words_clear(&written);
	if (count)
		memcpy(entries(slot), at(slot->sram, slot->xfer.table), count * ENTRY_SIZE);
	if (!check_entries(ctx, slot, &written))
		return;
	slot->xfer.checked_table = slot->xfer.table;
	slot->xfer.checked_count = slot->xfer.count;
	slot->xfer.dense = slot->xfer.bytes == slot->xfer.dst_high - slot->xfer.dst_low;
	ipu_marks_set_written(ipu_slot_marks(ctx->card, slot), &written);
	add_bytes(slot, sum);
}

/* ---- Plan ---------------------------------------------------------------------------------- */

void ipu_exchange_ranges(const struct ipu_context *ctx, struct ipu_exchange_ranges *ranges)
{
	const struct ipu_slot *slot;
	uint32_t i;

	*ranges = (struct ipu_exchange_ranges) { .src_low = UINT32_MAX, .dst_low = UINT32_MAX };
	for (i = 0; i < ctx->run.num_members; i++) {
		slot = ipu_ctx_slot(ctx, ctx->run.members[i]);
		if (!slot->xfer.count || !slot->xfer.bytes)
			continue;
		widen(&ranges->src_low, &ranges->src_high, slot->xfer.src_low,
		      slot->xfer.src_high - slot->xfer.src_low);
		widen(&ranges->dst_low, &ranges->dst_high, slot->xfer.dst_low,
		      slot->xfer.dst_high - slot->xfer.dst_low);
	}
}

static void mark(struct ipu_context *ctx, const struct ipu_slot *slot)
{
	const struct ipu_xfer *xfer = entries(slot);
	const struct ipu_card *card;
	struct ipu_slot *source;
	uint32_t i;

	for (i = 0; i < slot->xfer.count; i++, xfer++) {
		if (!xfer->bytes)
			continue;
		source = source_slot(ctx, xfer->src_tile, &card);
		ipu_marks_add_read(ipu_slot_marks(card, source), xfer->src_addr, xfer->bytes);
	}
}

/* All tables are checked: who takes part? */
static void begin_plan(struct ipu_context *ctx)
{
	struct ipu_slot *slot;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, ctx->run.first + i);
		slot->xfer.planned = slot->xfer.count;
		slot->xfer.staged = false;
	}
	ctx->run.planned = true;
	ctx->run.staged = false;
}

static void clear_marks(struct ipu_context *ctx)
{
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++)
		ipu_marks_clear_read(ipu_slot_marks(ctx->card,
						    ipu_ctx_slot(ctx, ctx->run.first + i)));
}

/*
 * Whether what is written can be told from what is read by addresses alone, whichever tiles
 * they are in. The tables need no care: they were copied.
 */
static bool disjoint(const struct ipu_exchange_ranges *ranges)
{
	return ranges->src_high <= ranges->dst_low || ranges->dst_high <= ranges->src_low;
}

enum ipu_exchange ipu_exchange_plan(struct ipu_context *ctx,
				    const struct ipu_exchange_ranges *ranges)
{
	return open_pass(ctx, disjoint(ranges) ? IPU_STEP_XFER_MOVE : IPU_STEP_XFER_MARK);
}

static enum ipu_exchange plan(struct ipu_context *ctx)
{
	struct ipu_exchange_ranges ranges;

	begin_plan(ctx);
	if (ctx->run.linked) {
		clear_marks(ctx);
		return IPU_EXCHANGE_CHECKED;
	}
	ipu_exchange_ranges(ctx, &ranges);
	if (!disjoint(&ranges))
		clear_marks(ctx);
	return ipu_exchange_plan(ctx, &ranges);
}

enum ipu_exchange ipu_exchange_plan_stage(struct ipu_context *ctx)
{
	struct ipu_slot *slot;
	uint32_t i;

	for (i = 0; i < ctx->run.num_members; i++) {
		slot = ipu_ctx_slot(ctx, ctx->run.members[i]);
		if (!slot->xfer.count)
			continue;
		slot->xfer.staged = ipu_marks_meet(ipu_slot_marks(ctx->card, slot));
		ctx->run.staged |= slot->xfer.staged;
	}
	return open_pass(ctx, IPU_STEP_XFER_MOVE);
}

/* ---- Move ---------------------------------------------------------------------------------- */

/* The tile's SRAM has been written: its decoded code may be stale. */
static void written(struct ipu_context *ctx, struct ipu_slot *slot)
{
	uint32_t addr = 0, bytes;

	ipu_pages_accessed(ctx, slot, &slot->received, slot->xfer.bytes);
	if (slot->xfer.dense) {
		ipu_tile_written(slot->tile, slot->xfer.dst_low, slot->xfer.bytes);
		return;
	}
	while (ipu_marks_next_written(ipu_slot_marks(ctx->card, slot), &addr, &bytes)) {
		ipu_tile_written(slot->tile, addr, bytes);
		addr += bytes;
	}
}

static const uint8_t *source(const struct ipu_context *ctx, const struct ipu_xfer *xfer)
{
	const struct ipu_card *card;

	return at(source_slot(ctx, xfer->src_tile, &card)->sram, xfer->src_addr);
}

/* Move the part of an entry that begins at @offset. */
static void move(const struct ipu_context *ctx, struct ipu_slot *slot, const struct ipu_xfer *xfer,
		 uint32_t offset, uint32_t len)
{
	const bool commit = ctx->step == IPU_STEP_XFER_COMMIT;
	uint8_t *to = commit || !slot->xfer.staged ? slot->sram : slot->stage;
	uint32_t dst = xfer->dst_addr + offset;

	memcpy(at(to, dst), commit ? at(slot->stage, dst) : source(ctx, xfer) + offset, len);
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
	if (!slot->more && (ctx->step == IPU_STEP_XFER_COMMIT || !slot->xfer.staged))
		written(ctx, slot);
}

void ipu_exchange_tile(struct ipu_context *ctx, struct ipu_slot *slot, struct ipu_round_sum *sum)
{
	slot->more = false;
	if (ctx->step == IPU_STEP_XFER_CHECK)
		check(ctx, slot, sum);
	else if (ctx->step == IPU_STEP_XFER_MARK)
		mark(ctx, slot);
	else
		move_some(ctx, slot);
}

/* ---- Between passes ------------------------------------------------------------------------ */

enum ipu_exchange ipu_exchange_begin(struct ipu_context *ctx, bool changed)
{
	enum ipu_exchange checks;

	if (!changed)
		return open_pass(ctx, IPU_STEP_XFER_MOVE);
	ctx->run.planned = false;
	checks = open_pass(ctx, IPU_STEP_XFER_CHECK);
	return checks == IPU_EXCHANGE_DONE ? plan(ctx) : checks;
}

enum ipu_exchange ipu_exchange_commit(struct ipu_context *ctx)
{
	return ctx->run.staged ? open_pass(ctx, IPU_STEP_XFER_COMMIT) : IPU_EXCHANGE_DONE;
}

enum ipu_exchange ipu_exchange_pass_end(struct ipu_context *ctx)
{
	if (ctx->step == IPU_STEP_XFER_CHECK)
		return plan(ctx);
	if (ctx->step == IPU_STEP_XFER_MARK)
		return ctx->run.linked ? IPU_EXCHANGE_MARKED : ipu_exchange_plan_stage(ctx);
	if (ctx->step == IPU_STEP_XFER_MOVE)
		return ctx->run.linked ? IPU_EXCHANGE_MOVED : ipu_exchange_commit(ctx);
	return IPU_EXCHANGE_DONE;
}
