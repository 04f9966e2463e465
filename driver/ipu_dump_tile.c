// SPDX-License-Identifier: GPL-2.0-only

#include <linux/string.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_dump.h"
#include "ipu_dump_put.h"
#include "ipu_regs.h"

/* Bytes of SRAM that are left out if all are 0. */
#define IPU_DUMP_CHUNK		256

/* CSRs of a unit, by the numbers of the RISC-V specifications; 0x8xx and 0xccx are the IPU's. */
static const u16 ipu_dump_csrs[] = {
	0x001, 0x002, 0x003,			/* fflags, frm, fcsr */
	0x008, 0x009, 0x00a, 0x00f,		/* vstart, vxsat, vxrm, vcsr */
	0xc20, 0xc21, 0xc22,			/* vl, vtype, vlenb */
	0x300, 0x304, 0x305, 0x310,		/* mstatus, mie, mtvec, mstatush */
	0x340, 0x341, 0x342, 0x343, 0x344,	/* mscratch, mepc, mcause, mtval, mip */
	0xb00, 0xb80, 0xb02, 0xb82, 0xf14,	/* mcycle, minstret, mhartid */
	0x800, 0x801,				/* the exchange's table */
	0x802, 0x803, 0x804, 0x805,		/* the random number generator's state */
	0x806,					/* the stack's end */
	0xcc0, 0xcc1, 0xcc2,			/* tile, unit, tiles */
};

static bool ipu_dump_read(struct ipu_ctx *ctx, u32 *value)
{
	*value = ipu_ctx_read(ctx, IPU_CTX_DBG_DATA);

	return !ipu_ctx_read(ctx, IPU_CTX_DBG_ERROR);
}

/* @count registers from @first on, up to one that is not there. */
static void ipu_dump_unit_regs(struct ipu_dump *dump, struct ipu_ctx *ctx, u32 first, u32 count)
{
	u32 reg, value;

	ipu_ctx_write(ctx, IPU_CTX_DBG_ADDR, IPU_DBG_REG | first);
	for (reg = first; reg < first + count && ipu_dump_read(ctx, &value); reg++)
		ipu_dump_reg(dump, reg, value);
}

static void ipu_dump_unit(struct ipu_dump *dump, struct ipu_ctx *ctx, u32 tile, u32 unit)
{
	u32 i;

	ipu_ctx_write(ctx, IPU_CTX_DBG_UNIT, unit);
	ipu_dump_open_unit(dump, IPU_DUMP_UNIT, ctx->slot, tile, unit, 0);
	/* x0 to x31, pc and the state */
	ipu_dump_unit_regs(dump, ctx, IPU_DBG_REG_X, IPU_DBG_REG_STATE - IPU_DBG_REG_X + 1);
	ipu_dump_unit_regs(dump, ctx, IPU_DBG_REG_F, 32);
	for (i = 0; i < ARRAY_SIZE(ipu_dump_csrs); i++)
		ipu_dump_unit_regs(dump, ctx, IPU_DBG_REG_CSR + ipu_dump_csrs[i], 1);
	for (i = 0; i < 32; i++)
		ipu_dump_unit_regs(dump, ctx, IPU_DBG_REG_V + i * IPU_DBG_REG_V_WORDS,
				   min_t(u32, ctx->ipu->info.vlen / 32, IPU_DBG_REG_V_WORDS));
	ipu_dump_close(dump);
}

/* IPU_DUMP_CHUNK bytes of SRAM; returns false if there is none. */
static bool ipu_dump_read_sram(struct ipu_ctx *ctx, u32 addr, __le32 *words)
{
	u32 i;

	ipu_ctx_write(ctx, IPU_CTX_DBG_ADDR, addr);
	for (i = 0; i < IPU_DUMP_CHUNK / sizeof(u32); i++)
		words[i] = cpu_to_le32(ipu_ctx_read(ctx, IPU_CTX_DBG_DATA));

	/* It is of the last word: those before it are there if that is. */
	return !ipu_ctx_read(ctx, IPU_CTX_DBG_ERROR);
}

static void ipu_dump_sram(struct ipu_dump *dump, struct ipu_ctx *ctx, u32 tile, ktime_t deadline)
{
	u32 base = ctx->ipu->info.sram_base, size = ctx->ipu->info.sram_size;
	__le32 words[IPU_DUMP_CHUNK / sizeof(__le32)];
	struct ipu_dump_tile done = {};
	bool open = false;
	u32 at;

	for (at = 0; at + IPU_DUMP_CHUNK <= size; at += IPU_DUMP_CHUNK) {
		bool late = ktime_after(ktime_get(), deadline);

		if (late)
			dump->flags |= IPU_DUMP_NO_TIME;
		if (late || dump->flags & IPU_DUMP_NO_MEMORY ||
		    !ipu_dump_read_sram(ctx, base + at, words))
			break;
		if (open != !!memchr_inv(words, 0, sizeof(words))) {
			if (open)
				ipu_dump_close(dump);
			else
				ipu_dump_open_unit(dump, IPU_DUMP_SRAM, ctx->slot, tile,
						   IPU_DUMP_NONE, base + at);
			open = !open;
		}
		if (open)
			ipu_dump_put(dump, words, sizeof(words));
		cond_resched();
	}
	if (open)
		ipu_dump_close(dump);

	/* What there was no memory for was not zero. */
	if (dump->flags & IPU_DUMP_NO_MEMORY)
		return;
	done.base = cpu_to_le32(base);
	done.bytes = cpu_to_le32(at);
	ipu_dump_open_unit(dump, IPU_DUMP_TILE, ctx->slot, tile, IPU_DUMP_NONE, 0);
	ipu_dump_put(dump, &done, sizeof(done));
	ipu_dump_close(dump);
}

/**
 * ipu_dump_tile() - append a tile's registers and SRAM
 * @dump: dump that was begun
 * @ctx: context, FAULTED or halted; &ipu_ring.lock is held
 * @tile: tile of it
 * @deadline: when to stop at the latest
 *
 * A card of interface 1.3 or before cannot be read while it is FAULTED: then nothing is
 * appended.
 */
void ipu_dump_tile(struct ipu_dump *dump, struct ipu_ctx *ctx, u32 tile, ktime_t deadline)
{
	u32 value, unit;

	lockdep_assert_held(&ctx->ring.lock);

	ipu_ctx_write(ctx, IPU_CTX_DBG_TILE, tile);
	ipu_ctx_write(ctx, IPU_CTX_DBG_UNIT, 0);
	ipu_ctx_write(ctx, IPU_CTX_DBG_ADDR, IPU_DBG_REG | IPU_DBG_REG_STATES);
	if (!ipu_dump_read(ctx, &value))
		return;
	for (unit = 0; unit <= IPU_UNIT_SUPERVISOR; unit++)
		ipu_dump_unit(dump, ctx, tile, unit);
	ipu_dump_sram(dump, ctx, tile, deadline);
}
