// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Copies between host memory and tiles, and fills. A command can be as large as
 * tiles x rows x bytes allow, so both continue from a cursor, a piece at a time.
 */
#include "ipu_copy.h"

#include <string.h>

#include "ipu_command_end.h"
#include "ipu_inject.h"
#include "ipu_mmu.h"

/* From here on releasing pages pays, even if all of them are touched again. */
#define FEW_ZEROS 65536

static uint8_t *sram(const struct ipu_context *ctx, uint32_t tile, uint32_t addr)
{
	return ipu_ctx_slot(ctx, tile)->sram + (addr - IPU_SRAM_BASE);
}

static void written(const struct ipu_context *ctx, uint32_t tile, uint32_t addr, uint32_t len)
{
	struct ipu_slot *slot = ipu_ctx_slot(ctx, tile);

	slot->zero = false;
	if (slot->tile)
		ipu_tile_written(slot->tile, addr, len);
	ipu_inject_written(ctx->card, ctx->tile_first + tile, addr, len);
}

/* Whether a part of a tile can be read: no word of it is lost. */
static bool is_whole(struct ipu_context *ctx, uint32_t tile, uint32_t addr, uint32_t len)
{
	if (!ipu_inject_lost(ctx->card) ||
	    !ipu_inject_find(ctx->card, ctx->tile_first + tile, &addr, len))
		return true;
	ipu_fault(ctx, IPU_FAULT_SRAM, addr, 0);
	ctx->fault.tile = tile;
	return false;
}

static void begin(struct ipu_context *ctx, uint32_t tile)
{
	ctx->cursor.tile = tile;
	ctx->cursor.row = 0;
	ctx->cursor.offset = 0;
}

/* Rows that follow each other without a gap on both sides are one row. */
static void join_rows(struct ipu_cmd_copy *cmd)
{
	if (cmd->rows > 1 && cmd->host_row_stride == cmd->row_bytes &&
	    cmd->tile_row_stride == cmd->row_bytes) {
		cmd->row_bytes *= cmd->rows;
		cmd->rows = 1;
	}
}

#define FIELD(type, member) offsetof(struct type, member)

bool ipu_copy_check(struct ipu_context *ctx)
{
	struct ipu_cmd_copy *cmd = &ctx->cmd.copy;
	bool from_tiles = (cmd->op & IPU_CMD_OP) == IPU_CMD_COPY_FROM_TILES;

	if (!ipu_check_tiles(ctx))
		return false;
	if (!ipu_in_sram(cmd->tile_addr))
		return ipu_bad_field(ctx, FIELD(ipu_cmd_copy, tile_addr), cmd->tile_addr);
	if (from_tiles && cmd->tile_count > 1 && !cmd->host_tile_stride)
		return ipu_bad_field(ctx, FIELD(ipu_cmd_copy, host_tile_stride), 0);
	if (cmd->row_bytes == 0 || cmd->row_bytes > IPU_SRAM_END - cmd->tile_addr)
		return ipu_bad_field(ctx, FIELD(ipu_cmd_copy, row_bytes), cmd->row_bytes);
	if (cmd->rows == 0)
		return ipu_bad_field(ctx, FIELD(ipu_cmd_copy, rows), 0);
	if ((uint64_t)(cmd->rows - 1) * cmd->tile_row_stride >
	    IPU_SRAM_END - cmd->tile_addr - cmd->row_bytes)
		return ipu_bad_field(ctx, FIELD(ipu_cmd_copy, tile_row_stride),
				     cmd->tile_row_stride);
	if (!ipu_check_reserved(ctx, 13, 15))
		return false;
	join_rows(cmd);
	begin(ctx, cmd->tile_first);
	return true;
}

__extension__ typedef unsigned __int128 u128;

/*
 * The virtual address of the cursor. An address beyond 64 bits is as far out of
 * range as the last one within.
 */
static uint64_t host_va(const struct ipu_context *ctx)
{
	const struct ipu_cmd_copy *cmd = &ctx->cmd.copy;
	u128 va = (u128)cmd->host_va + ctx->cursor.offset +
		  (u128)cmd->host_tile_stride * (ctx->cursor.tile - cmd->tile_first) +
		  (u128)cmd->host_row_stride * ctx->cursor.row;

	return va > UINT64_MAX ? UINT64_MAX : (uint64_t)va;
}

/*
 * A part of a row from host memory into a tile. A broadcast reads it once, for its first
 * tile; the others get what that one has, which is the same also where rows overlap.
 */
static bool copy_in(struct ipu_context *ctx, uint32_t addr, uint32_t len)
{
	const struct ipu_cmd_copy *cmd = &ctx->cmd.copy;
	const uint32_t tile = ctx->cursor.tile;
	bool good = true;

	if (!cmd->host_tile_stride && tile != cmd->tile_first)
		memcpy(sram(ctx, tile, addr), sram(ctx, cmd->tile_first, addr), len);
	else
		good = ipu_mmu_read(ctx, host_va(ctx), sram(ctx, tile, addr), len,
				    ipu_command_priv(ctx));
	/* A copy that faulted may have written a part. */
	written(ctx, tile, addr, len);
	return good;
}

static bool copy_out(struct ipu_context *ctx, uint32_t addr, uint32_t len)
{
	const uint32_t tile = ctx->cursor.tile;

	return is_whole(ctx, tile, addr, len) &&
	       ipu_mmu_write(ctx, host_va(ctx), sram(ctx, tile, addr), len, ipu_command_priv(ctx));
}

uint32_t ipu_copy_step(struct ipu_context *ctx)
{
	const struct ipu_cmd_copy *cmd = &ctx->cmd.copy;
	uint32_t row = ctx->cursor.row, offset = ctx->cursor.offset;
	uint32_t addr = cmd->tile_addr + row * cmd->tile_row_stride + offset;
	uint32_t len = cmd->row_bytes - offset;
	bool to_tiles = (cmd->op & IPU_CMD_OP) == IPU_CMD_COPY_TO_TILES;

	if (len > IPU_SLICE_BYTES / 4)
		len = IPU_SLICE_BYTES / 4;
	if (!(to_tiles ? copy_in(ctx, addr, len) : copy_out(ctx, addr, len)))
		return len;

	ctx->cursor.offset += len;
	if (ctx->cursor.offset == cmd->row_bytes) {
		ctx->cursor.offset = 0;
		ctx->cursor.row++;
	}
	if (ctx->cursor.row == cmd->rows) {
		ctx->cursor.row = 0;
		ctx->cursor.tile++;
	}
	if (ctx->cursor.tile == cmd->tile_first + cmd->tile_count)
		ipu_command_retire(ctx);
	return len;
}

bool ipu_fill_check(struct ipu_context *ctx)
{
	const struct ipu_cmd_fill *cmd = &ctx->cmd.fill;

	if (!ipu_check_tiles(ctx))
		return false;
	if (!ipu_in_sram(cmd->tile_addr) || cmd->tile_addr % 4)
		return ipu_bad_field(ctx, FIELD(ipu_cmd_fill, tile_addr), cmd->tile_addr);
	if (cmd->bytes % 4 || cmd->bytes > IPU_SRAM_END - cmd->tile_addr)
		return ipu_bad_field(ctx, FIELD(ipu_cmd_fill, bytes), cmd->bytes);
	if (!ipu_check_reserved(ctx, 6, 15))
		return false;
	begin(ctx, cmd->tile_first);
	return true;
}

static void fill(uint8_t *to, uint32_t bytes, uint32_t value)
{
	uint32_t i;

	for (i = 0; i < bytes; i += 4)
		memcpy(to + i, &value, 4);
}

/* Large parts of zeros are released: a program's arrays take memory as they are used. */
static void fill_zero(uint8_t *to, uint32_t bytes)
{
	if (bytes < FEW_ZEROS)
		memset(to, 0, bytes);
	else
		ipu_host_discard(to, bytes);
}

static void fill_tile(struct ipu_context *ctx, uint32_t tile)
{
	const struct ipu_cmd_fill *cmd = &ctx->cmd.fill;
	uint8_t *to = sram(ctx, tile, cmd->tile_addr);

	if (cmd->value)
		fill(to, cmd->bytes, cmd->value);
	else
		fill_zero(to, cmd->bytes);
	written(ctx, tile, cmd->tile_addr, cmd->bytes);
}

/* What a tile counts for in a slice if nothing is to be done. */
#define NO_BYTES 1024

uint32_t ipu_fill_step(struct ipu_context *ctx)
{
	const struct ipu_cmd_fill *cmd = &ctx->cmd.fill;
	uint32_t tile = ctx->cursor.tile++;
	/* a program's arrays, when it is loaded: nobody has touched their memory */
	bool is_done = !cmd->value && ipu_ctx_slot(ctx, tile)->zero;

	if (is_done)
		ipu_inject_written(ctx->card, ctx->tile_first + tile, cmd->tile_addr, cmd->bytes);
	else
		fill_tile(ctx, tile);
	if (ctx->cursor.tile == cmd->tile_first + cmd->tile_count)
		ipu_command_retire(ctx);
	return is_done ? NO_BYTES : cmd->bytes;
}
