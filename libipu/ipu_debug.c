// SPDX-License-Identifier: MIT
/*
 * Debugging, the part common to all transports. Arguments are checked here,
 * registers are translated to the card's numbers, and bytes to words.
 */
#include <errno.h>
#include <string.h>

#include "ipu_hw.h"
#include "ipu_internal.h"

#define UNITS (IPU_SUPERVISOR + 1)
#define WORD 4
#define MAX_REG_WORDS (IPU_DEBUG_REG_BYTES / WORD)

/* The message for an error of the transport; @what as for ipu_fail_device(). */
static int fail_debug(struct ipu_context *ctx, int err, const char *what)
{
	switch (err) {
	case 0:
		return 0;
	case -EINVAL:
		return ipu_fail(err,
				"Cannot %s: the context is not debugged, call "
				"ipu_debug_attach(), or it has no such tile.",
				what);
	case -EBUSY:
		return ipu_fail(err, "Cannot %s: the context is not halted.", what);
	case -EIO:
		return ipu_fail_lost(ctx, err, what);
	case -ENOTSUP:
		return ipu_fail(err, "%s cannot be debugged: its driver or the card is too old.",
				ctx->dev->info.name);
	default:
		return ipu_fail_device(ctx->dev, err, "%s", what);
	}
}

/* ---- Attaching ------------------------------------------------------------------------- */

int ipu_debug_attach(struct ipu_context *ctx, uint32_t flags)
{
	const struct ipu_transport *ops = ctx->dev->ops;
	int err = ipu_check_process(ctx->dev);

	if (err)
		return err;
	if (flags & ~(IPU_DEBUG_STOP_AT_START | IPU_DEBUG_STOP_AT_END))
		return ipu_fail(-EINVAL, "ipu_debug_attach() knows no flags 0x%x.", flags);
	if (!(ctx->dev->info.caps & IPU_CAP_DEBUG))
		return fail_debug(ctx, -ENOTSUP, "debug");
	/* The debugger sees what was set before, and may change what a run has left. */
	atomic_store(&ctx->debugged, true);
	err = ipu_ctx_settle(ctx);
	if (err)
		return err;
	pthread_mutex_lock(&ctx->debug_lock);
	err = ops->debug_attach(ctx->dev, ctx->id, flags);
	if (!err)
		memset(ctx->points, 0, sizeof(ctx->points));
	pthread_mutex_unlock(&ctx->debug_lock);
	if (err == -EBUSY)
		return ipu_fail(err, "The context is debugged already.");
	return fail_debug(ctx, err, "debug a context");
}

int ipu_debug_detach(struct ipu_context *ctx)
{
	int err = ipu_check_process(ctx->dev);

	if (err)
		return err;
	return fail_debug(ctx, ctx->dev->ops->debug_detach(ctx->dev, ctx->id),
			  "end the debugging of a context");
}

/* ---- Halting and resuming ---------------------------------------------------------------- */

int ipu_debug_halt(struct ipu_context *ctx)
{
	int err = ipu_check_process(ctx->dev);

	if (err)
		return err;
	return fail_debug(ctx, ctx->dev->ops->debug_halt(ctx->dev, ctx->id), "halt a context");
}

int ipu_debug_wait(struct ipu_context *ctx, int64_t timeout_ns, struct ipu_debug_stop *stop)
{
	struct ipu_debug_stop now = { .size = sizeof(now) };
	int err = stop ? IPU_STRUCT_CHECK(stop, ipu_debug_stop, info) : 0;

	if (!err)
		err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	err = ctx->dev->ops->debug_wait(ctx->dev, ctx->id, ipu_deadline_ns(timeout_ns), &now);
	if (err == -ETIME)
		return ipu_fail(err, "The context has not halted in time.");
	if (err)
		return fail_debug(ctx, err, "wait for a context to halt");
	if (stop)
		ipu_struct_out(stop, &now, sizeof(now));
	return 0;
}

static int check_unit(uint32_t unit)
{
	return unit < UNITS ? 0 : ipu_fail(-EINVAL, "A tile has no unit %u.", unit);
}

int ipu_debug_resume(struct ipu_context *ctx, const struct ipu_debug_go *user)
{
	struct ipu_debug_go how;
	int err = IPU_STRUCT_IN(&how, user, ipu_debug_go, unit);

	if (!err)
		err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	if (how.flags & ~(IPU_DEBUG_ONE_STEP | IPU_DEBUG_ALONE))
		return ipu_fail(-EINVAL, "struct ipu_debug_go has no flags 0x%x.", how.flags);
	err = check_unit(how.unit);
	if (err)
		return err;
	err = ctx->dev->ops->debug_go(ctx->dev, ctx->id, how.flags, how.tile, how.unit);
	return fail_debug(ctx, err, "resume a context");
}

/* ---- Points ---------------------------------------------------------------------------------- */

static int check_point(struct ipu_debug_point *point, const struct ipu_debug_point *user)
{
	int err;

	if (!user)
		return ipu_fail(-EINVAL, "A struct ipu_debug_point is needed.");
	err = IPU_STRUCT_IN(point, user, ipu_debug_point, len);
	if (err)
		return err;
	if (!point->access || point->access & ~(IPU_DEBUG_EXEC | IPU_DEBUG_READ | IPU_DEBUG_WRITE))
		return ipu_fail(-EINVAL, "A point has no access 0x%x.", point->access);
	if (point->access & IPU_DEBUG_EXEC && point->access != IPU_DEBUG_EXEC)
		return ipu_fail(-EINVAL,
				"A point is a breakpoint or a watchpoint, not both: insert two.");
	if (point->access == IPU_DEBUG_EXEC && point->addr % 2)
		return ipu_fail(-EINVAL, "No instruction is at the odd address 0x%x.", point->addr);
	if (point->access != IPU_DEBUG_EXEC && !point->len)
		return ipu_fail(-EINVAL, "A watchpoint has 1 byte or more.");
	if (point->access == IPU_DEBUG_EXEC)
		point->len = 0;
	point->size = sizeof(*point);
	return 0;
}

/* The point equal to @point, or with access 0 a free entry; the lock is held. */
static struct ipu_debug_point *find_point(struct ipu_context *ctx,
					  const struct ipu_debug_point *point)
{
	for (size_t i = 0; i < IPU_DEBUG_POINTS; i++) {
		struct ipu_debug_point *here = &ctx->points[i];

		if (here->access == point->access &&
		    (!here->access || (here->tile == point->tile && here->addr == point->addr &&
				       here->len == point->len)))
			return here;
	}
	return NULL;
}

/* Store a point in an entry; the lock is held. */
static int set_point(struct ipu_context *ctx, struct ipu_debug_point *place,
		     const struct ipu_debug_point *point)
{
	int err = ctx->dev->ops->debug_point(ctx->dev, ctx->id, (uint32_t)(place - ctx->points),
					     point);

	if (!err)
		*place = *point;
	return err;
}

int ipu_debug_insert(struct ipu_context *ctx, const struct ipu_debug_point *user)
{
	const struct ipu_debug_point none = { 0 };
	struct ipu_debug_point point, *place;
	int err = check_point(&point, user);

	if (!err)
		err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	pthread_mutex_lock(&ctx->debug_lock);
	place = find_point(ctx, &point);
	if (!place)
		place = find_point(ctx, &none);
	err = place ? set_point(ctx, place, &point) : -ENOSPC;
	pthread_mutex_unlock(&ctx->debug_lock);
	if (err == -ENOSPC)
		return ipu_fail(err, "All %d points of the context are taken: remove one.",
				IPU_DEBUG_POINTS);
	return fail_debug(ctx, err, "set a point");
}

int ipu_debug_remove(struct ipu_context *ctx, const struct ipu_debug_point *user)
{
	const struct ipu_debug_point none = { 0 };
	struct ipu_debug_point point, *place;
	int err = check_point(&point, user);

	if (!err)
		err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	pthread_mutex_lock(&ctx->debug_lock);
	place = find_point(ctx, &point);
	err = place ? set_point(ctx, place, &none) : -ENOENT;
	pthread_mutex_unlock(&ctx->debug_lock);
	if (err == -ENOENT)
		return ipu_fail(err, "The context has no such point at 0x%x.", point.addr);
	return fail_debug(ctx, err, "remove a point");
}

/* ---- Registers ------------------------------------------------------------------------------- */

static bool is_vector(uint32_t reg)
{
	return reg >= IPU_DEBUG_V(0) && reg <= IPU_DEBUG_V(31);
}

/* The card's number of a register. */
static uint32_t card_number(uint32_t reg)
{
	return IPU_DBG_REG |
	       (is_vector(reg) ? IPU_DBG_REG_V + (reg - IPU_DEBUG_V(0)) * IPU_DBG_REG_V_WORDS :
				 reg);
}

static int check_reg(struct ipu_context *ctx, uint32_t unit, uint32_t reg, size_t bytes, size_t max)
{
	size_t size = is_vector(reg) ? ctx->dev->info.vlen / 8 : WORD;
	int err = check_unit(unit);

	if (err)
		return err;
	if (!size || size > IPU_DEBUG_REG_BYTES || reg > IPU_DEBUG_CSR(0xfff))
		return ipu_fail(-ENOENT, "%s: units have no register 0x%x.", ctx->dev->info.name,
				reg);
	if (bytes != size && (is_vector(reg) || !bytes || bytes % WORD || bytes > max))
		return ipu_fail(-EINVAL, "Register 0x%x has %zu bytes, not %zu.", reg, size, bytes);
	return 0;
}

int ipu_debug_read_reg(struct ipu_context *ctx, uint32_t tile, uint32_t unit, uint32_t reg,
		       void *data, size_t bytes)
{
	uint32_t words[MAX_REG_WORDS];
	int err = check_reg(ctx, unit, reg, bytes, IPU_DEBUG_REG_BYTES);

	if (!err)
		err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	err = ctx->dev->ops->debug_access(ctx->dev, ctx->id, false, tile, unit, card_number(reg),
					  words, (uint32_t)(bytes / WORD));
	if (err == -ENOENT)
		return ipu_fail(err, "Unit %u of tile %u has no register 0x%x.", unit, tile, reg);
	if (err)
		return fail_debug(ctx, err, "read a register");
	memcpy(data, words, bytes);
	return 0;
}

int ipu_debug_write_reg(struct ipu_context *ctx, uint32_t tile, uint32_t unit, uint32_t reg,
			const void *data, size_t bytes)
{
	uint32_t words[MAX_REG_WORDS];
	int err = check_reg(ctx, unit, reg, bytes, WORD);

	if (!err)
		err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	memcpy(words, data, bytes);
	err = ctx->dev->ops->debug_access(ctx->dev, ctx->id, true, tile, unit, card_number(reg),
					  words, (uint32_t)(bytes / WORD));
	if (err == -ENOENT)
		return ipu_fail(-EACCES,
				"Register 0x%x of unit %u of tile %u cannot be written, or is not "
				"there.",
				reg, unit, tile);
	return fail_debug(ctx, err, "write a register");
}

/* ---- Memory ---------------------------------------------------------------------------------- */

#define CHUNK_WORDS 1024

static int check_range(struct ipu_context *ctx, uint32_t addr, size_t bytes)
{
	const struct ipu_info *info = &ctx->dev->info;

	if (addr < info->sram_base || addr - info->sram_base > info->sram_size ||
	    bytes > info->sram_size - (addr - info->sram_base))
		return ipu_fail(-EFAULT, "%zu bytes at 0x%x are not all in a tile's SRAM.", bytes,
				addr);
	return 0;
}

static int access_words(struct ipu_context *ctx, bool write, uint32_t tile, uint32_t addr,
			uint32_t *words, uint32_t count)
{
	return ctx->dev->ops->debug_access(ctx->dev, ctx->id, write, tile, 0, addr, words, count);
}

/* The part of a range that is in the next chunk: whole words that hold @bytes from @skip on. */
struct chunk {
	uint32_t addr;
	uint32_t count;
	size_t skip;
	size_t bytes;
};

static struct chunk next_chunk(uint32_t addr, size_t bytes)
{
	struct chunk c = { .addr = addr & ~(WORD - 1u), .skip = addr % WORD, .bytes = bytes };

	if (c.bytes > CHUNK_WORDS * WORD - c.skip)
		c.bytes = CHUNK_WORDS * WORD - c.skip;
	c.count = (uint32_t)((c.skip + c.bytes + WORD - 1) / WORD);
	return c;
}

int ipu_debug_read_mem(struct ipu_context *ctx, uint32_t tile, uint32_t addr, void *data,
		       size_t bytes)
{
	uint32_t words[CHUNK_WORDS];
	unsigned char *to = data;
	int err = check_range(ctx, addr, bytes);

	if (!err)
		err = ipu_check_process(ctx->dev);
	for (size_t done = 0; !err && done < bytes;) {
		struct chunk c = next_chunk(addr + (uint32_t)done, bytes - done);

		err = access_words(ctx, false, tile, c.addr, words, c.count);
		if (err)
			return fail_debug(ctx, err, "read a tile's memory");
		memcpy(to + done, (unsigned char *)words + c.skip, c.bytes);
		done += c.bytes;
	}
	return err;
}

int ipu_debug_write_mem(struct ipu_context *ctx, uint32_t tile, uint32_t addr, const void *data,
			size_t bytes)
{
	uint32_t words[CHUNK_WORDS];
	const unsigned char *from = data;
	int err = check_range(ctx, addr, bytes);

	if (!err)
		err = ipu_check_process(ctx->dev);
	for (size_t done = 0; !err && done < bytes;) {
		struct chunk c = next_chunk(addr + (uint32_t)done, bytes - done);

		/* Bytes outside the range in its first and last word are kept. */
		err = access_words(ctx, false, tile, c.addr, &words[0], 1);
		if (!err)
			err = access_words(ctx, false, tile, c.addr + (c.count - 1) * WORD,
					   &words[c.count - 1], 1);
		memcpy((unsigned char *)words + c.skip, from + done, c.bytes);
		if (!err)
			err = access_words(ctx, true, tile, c.addr, words, c.count);
		if (err)
			return fail_debug(ctx, err, "write a tile's memory");
		done += c.bytes;
	}
	return err;
}
