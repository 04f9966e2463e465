// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * BAR0: one table of the registers, and what reading and writing them does.
 * Everything here is bookkeeping under the card's lock; nothing waits for a
 * tile or for DMA.
 */
#include "ipu_regs.h"

#include <stdio.h>

#include "ipu_context.h"
#include "ipu_debug.h"
#include "ipu_debug_regs.h"
#include "ipu_inject.h"
#include "ipu_link.h"
#include "ipu_queues.h"
#include "ipu_sensors.h"

#define FW_VERSION	0x00010000u	/* 0.1.0 */
#define DOORBELL_SIZE	0x1000
#define CTX_SIZE	0x1000

/**
 * struct reg - one register
 * @offset: in the card's registers, or in a context's
 * @name: without its prefix
 * @reset: value after reset
 * @writable: bits that can be written
 * @config: can be written only while the context is DISABLED
 * @queue: is one of a user queue, see ipu_queues_write() and ipu_queues_read()
 * @write_card: what a write does, if more than storing; the lock is held
 * @read_card: what a read of it does, if more than returning what was stored
 * @write_ctx: the same for a context's register
 * @read_ctx: what a read of it does, if more than returning what was stored
 */
struct reg {
	uint32_t offset;
	const char *name;
	uint32_t reset;
	uint32_t writable;
	bool config;
	bool queue;
	void (*write_card)(struct ipu_card *card, uint32_t value, struct ipu_outbox *out);
	uint32_t (*read_card)(struct ipu_card *card, uint32_t offset);
	void (*write_ctx)(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out);
	uint32_t (*read_ctx)(struct ipu_context *ctx);
};

void ipu_regs_begin_reset(struct ipu_card *card, struct ipu_outbox *out)
{
	unsigned int i;

	card->resetting++;
	card->reg[IPU_REG_CTRL / 4] = IPU_CTRL_RESET;
	card->reg[IPU_REG_STATUS / 4] = 0;
	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		card->ctx[i].irqs_due = 0;
		card->ctx[i].held.count = 0;
		ipu_context_disable(&card->ctx[i], out);
	}
}

static void write_card_ctrl(struct ipu_card *card, uint32_t value, struct ipu_outbox *out)
{
	if (!(value & IPU_CTRL_RESET))
		return;
	ipu_regs_begin_reset(card, out);
	card->reset_stuck = ipu_inject_due(card, IPU_INJECT_STUCK_RESETS);
	card->reset_due = !card->reset_stuck;
	ipu_card_wake(card);
}

static void write_ctrl(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out)
{
	uint32_t old = ipu_ctx_reg(ctx, IPU_CTX_CTRL);
	uint32_t state = ipu_ctx_state(ctx);

	if (!(value & IPU_CTX_CTRL_ENABLE)) {
		if (value & IPU_CTX_CTRL_PRIV)
			snprintf(out->error, sizeof(out->error),
				 "context %u: CTRL = 0x%x: PRIV needs ENABLE", ctx->index, value);
		if (old & IPU_CTX_CTRL_ENABLE) {
			/* With an invalid configuration it has no tiles. */
			ctx->discard = value & IPU_CTX_CTRL_CLEAR && ctx->owns;
			ctx->stuck = ipu_inject_due(ctx->card, IPU_INJECT_STUCK_STOPS);
			ipu_context_disable(ctx, out);
		} else if (value & IPU_CTX_CTRL_CLEAR) {
			snprintf(out->error, sizeof(out->error),
				 "context %u: CTRL = 0x%x: it is not enabled, so it has no tiles "
				 "to CLEAR", ctx->index, value);
		}
	} else if (old & IPU_CTX_CTRL_ENABLE) {
		if (value != old)
			snprintf(out->error, sizeof(out->error),
				 "context %u: CTRL = 0x%x: it is enabled already, CLEAR and PRIV "
				 "count only when ENABLE goes from 0 to 1", ctx->index, value);
	} else if (state != IPU_CTX_DISABLED) {
		snprintf(out->error, sizeof(out->error),
			 "context %u: enabled while it is stopping", ctx->index);
	} else {
		ipu_context_enable(ctx, value, out);
	}
}

static void write_event(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out)
{
	(void)out;
	ctx->reg[IPU_CTX_EVENT / 4] &= ~value;
}

/* Translations last no longer than a control slice, see ipu_mmu.c. */
static void write_tlb_inval(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out)
{
	(void)value;
	(void)out;
	if (ctx->exclusive)
		ctx->inval_wait = true;
}

static uint32_t read_tlb_inval(struct ipu_context *ctx)
{
	return ctx->inval_wait;
}

#define CTRL_BITS	(IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_CLEAR | IPU_CTX_CTRL_PRIV)
#define EVENT_BITS	(IPU_CTX_EVENT_FENCE | IPU_CTX_EVENT_FAULT | IPU_CTX_EVENT_DEBUG | \
			 IPU_CTX_EVENT_QUEUE)
#define DBG_CTRL_BITS	(IPU_CTX_DBG_ENABLE | IPU_CTX_DBG_AT_START | IPU_CTX_DBG_AT_END)
#define DBG_CMD_BITS	(IPU_CTX_DBG_HALT | IPU_CTX_DBG_GO | IPU_CTX_DBG_STEP | IPU_CTX_DBG_ALONE)
#define ISA		(IPU_ISA_M | IPU_ISA_A | IPU_ISA_F | IPU_ISA_C | IPU_ISA_ZICSR | \
			 IPU_ISA_ZIFENCEI | IPU_ISA_ZBA | IPU_ISA_ZBB | IPU_ISA_ZFH | \
			 IPU_ISA_ZVE32F | IPU_ISA_ZVFH | IPU_ISA_XIPU)

#define ALL	0xffffffffu
#define RO	0u

#define CARD(name_, reset_, ...) \
	{ .offset = IPU_REG_##name_, .name = #name_, .reset = reset_, .writable = __VA_ARGS__ }
#define CTX(name_, reset_, ...) \
	{ .offset = IPU_CTX_##name_, .name = #name_, .reset = reset_, .writable = __VA_ARGS__ }

static const struct reg card_regs[] = {
	CARD(ID, IPU_ID, RO),
	CARD(VERSION, IPU_VERSION, RO),
	CARD(FW_VERSION, FW_VERSION, RO),
	CARD(CAPS,
	     IPU_CAP_DEBUG | IPU_CAP_PROFILE | IPU_CAP_LARGE_PAGES | IPU_CAP_ECC |
	     IPU_CAP_SENSORS | IPU_CAP_USER_QUEUES | IPU_CAP_LINK | IPU_CAP_QUEUE_TIME,
	     RO),
	CARD(TILES, 0, RO),
	CARD(SRAM_BASE, IPU_SRAM_BASE, RO),
	CARD(SRAM_SIZE, IPU_SRAM_SIZE, RO),
	CARD(WORKERS, IPU_WORKERS, RO),
	CARD(CLOCK_KHZ, IPU_CLOCK_KHZ, RO),
	CARD(CONTEXTS, IPU_MAX_CONTEXTS, RO),
	CARD(VECTORS, IPU_NUM_VECTORS, RO),
	CARD(SERIAL_LO, 0, RO),
	CARD(SERIAL_HI, 0, RO),
	CARD(ISA, ISA, RO),
	CARD(VLEN, 0, RO),
	CARD(CTRL, 0, IPU_CTRL_RESET, .write_card = write_card_ctrl),
	CARD(STATUS, IPU_STATUS_READY, RO),
	CARD(ECC_CORRECTED, 0, RO),
	CARD(ECC_FATAL, 0, RO),
	CARD(LINK_GROUP, 0, RO, .read_card = ipu_link_reg),
	CARD(LINK_INDEX, 0, RO, .read_card = ipu_link_reg),
	CARD(LINK_CARDS, 0, RO, .read_card = ipu_link_reg),
	CARD(TEMP, 0, RO, .read_card = ipu_sensors_read),
	CARD(POWER, 0, RO, .read_card = ipu_sensors_read),
	CARD(CLOCK_NOW, 0, RO, .read_card = ipu_sensors_read),
	CARD(TILES_NOW, 0, RO, .read_card = ipu_sensors_read),
	CARD(ENERGY_LO, 0, RO, .read_card = ipu_sensors_read),
	CARD(ENERGY_HI, 0, RO, .read_card = ipu_sensors_read),
};

static const struct reg ctx_regs[] = {
	CTX(CTRL, 0, CTRL_BITS, .write_ctx = write_ctrl),
	CTX(STATUS, IPU_CTX_DISABLED, RO),
	CTX(TILE_FIRST, 0, ALL, .config = true),
	CTX(TILE_COUNT, 0, ALL, .config = true),
	CTX(PT_LO, 0, ALL, .config = true),
	CTX(PT_HI, 0, ALL, .config = true),
	CTX(RING_LO, 0, ALL, .config = true),
	CTX(RING_HI, 0, ALL, .config = true),
	CTX(RING_LOG2, 0, ALL, .config = true),
	CTX(VECTOR, 0, ALL, .config = true),
	CTX(WATCHDOG_MS, 10000, ALL),
	CTX(HEAD, 0, RO),
	CTX(TAIL, 0, RO),
	CTX(RETIRED, 0, RO),
	CTX(EVENT, 0, EVENT_BITS, .write_ctx = write_event),
	CTX(TLB_INVAL, 0, ALL, .write_ctx = write_tlb_inval, .read_ctx = read_tlb_inval),
	CTX(FAULT_CAUSE, 0, RO),
	CTX(FAULT_TILE, 0, RO),
	CTX(FAULT_UNIT, 0, RO),
	CTX(FAULT_PC, 0, RO),
	CTX(FAULT_ADDR_LO, 0, RO),
	CTX(FAULT_ADDR_HI, 0, RO),
	CTX(FAULT_INFO, 0, RO),
	CTX(FAULT_CMD_LO, 0, RO),
	CTX(FAULT_CMD_HI, 0, RO),
	CTX(FAULT_QUEUE, 0, RO),
	CTX(COALESCE, 0, IPU_CTX_COALESCE_COUNT | IPU_CTX_COALESCE_US),
	CTX(LINK_KEY_LO, 0, ALL, .config = true),
	CTX(LINK_KEY_HI, 0, ALL, .config = true),
	CTX(LINK_RANK, 0, ALL, .config = true),
	CTX(LINK_COUNT, 0, ALL, .config = true),
	CTX(DBG_CTRL, 0, DBG_CTRL_BITS, .write_ctx = ipu_debug_write_ctrl),
	CTX(DBG_CMD, 0, DBG_CMD_BITS, .write_ctx = ipu_debug_write_cmd),
	CTX(DBG_STATUS, 0, RO),
	CTX(DBG_REASON, 0, RO),
	CTX(DBG_STOP_TILE, 0, RO),
	CTX(DBG_STOP_UNIT, 0, RO),
	CTX(DBG_STOP_PC, 0, RO),
	CTX(DBG_STOP_ADDR, 0, RO),
	CTX(DBG_STOP_CAUSE, 0, RO),
	CTX(DBG_STOP_INFO, 0, RO),
	CTX(DBG_TILE, 0, ALL),
	CTX(DBG_UNIT, 0, ALL),
	CTX(DBG_ADDR, 0, ALL),
	CTX(DBG_DATA, 0, ALL, .write_ctx = ipu_debug_write_data, .read_ctx = ipu_debug_read_data),
	CTX(DBG_ERROR, 0, RO),
};

/* The registers of a point, from IPU_CTX_DBG_POINT(n) on. */
static const struct reg point_regs[] = {
	{ .offset = IPU_DBG_POINT_ACCESS, .name = "DBG_POINT_ACCESS",
	  .writable = IPU_DBG_EXEC | IPU_DBG_READ | IPU_DBG_WRITE },
	{ .offset = IPU_DBG_POINT_TILE, .name = "DBG_POINT_TILE", .writable = ALL },
	{ .offset = IPU_DBG_POINT_ADDR, .name = "DBG_POINT_ADDR", .writable = ALL },
	{ .offset = IPU_DBG_POINT_LEN, .name = "DBG_POINT_LEN", .writable = ALL },
};

#define UQ(name_, ...) \
	{ .offset = IPU_UQ_##name_, .name = "UQ_" #name_, .queue = true, .writable = __VA_ARGS__ }

/* The registers of a user queue, from IPU_CTX_UQ(n) on. */
static const struct reg queue_regs[] = {
	UQ(CTRL, IPU_UQ_ENABLE),
	UQ(STATUS, RO),
	UQ(RING_LO, ALL),
	UQ(RING_HI, ALL),
	UQ(RING_LOG2, ALL),
	UQ(HEAD, RO),
	UQ(TAIL, RO),
	UQ(VALUE_LO, RO),
	UQ(VALUE_HI, RO),
	UQ(ARM_LO, ALL),
	UQ(ARM_HI, ALL),
	UQ(NS_LO, RO),
	UQ(NS_HI, RO),
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct reg *find(const struct reg *regs, size_t count, uint32_t offset)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (regs[i].offset == offset)
			return &regs[i];
	return NULL;
}

void ipu_regs_reset(struct ipu_card *card)
{
	unsigned int i;
	size_t r;

	for (r = 0; r < COUNT(card_regs); r++)
		card->reg[card_regs[r].offset / 4] = card_regs[r].reset;
	card->reg[IPU_REG_TILES / 4] = card->config.tiles;
	card->reg[IPU_REG_VLEN / 4] = card->config.vlen;
	card->reg[IPU_REG_SERIAL_LO / 4] = card->config.serial;
	card->reg[IPU_REG_SERIAL_HI / 4] = card->config.serial >> 32;
	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		for (r = 0; r < COUNT(ctx_regs); r++)
			ipu_ctx_set_reg(&card->ctx[i], ctx_regs[r].offset, ctx_regs[r].reset);
		for (r = IPU_CTX_UQ(0); r < IPU_CTX_UQ(IPU_USER_QUEUES); r += 4)
			ipu_ctx_set_reg(&card->ctx[i], r, 0);
		card->ctx[i].armed = 0;
		ipu_debug_clear(&card->ctx[i]);
	}
}

/**
 * struct place - what is at an offset in BAR0
 * @ctx: the context it belongs to, NULL for a register of the card
 * @reg: the register, NULL for a doorbell
 * @source: of a doorbell: 0 that of the ring, or 1 + a user queue
 * @offset: the register's, in the card's or in the context's
 */
struct place {
	struct ipu_context *ctx;
	const struct reg *reg;
	uint32_t source;
	uint32_t offset;
};

static const struct reg *find_ctx(uint32_t offset)
{
	if (offset >= IPU_CTX_DBG_POINT(0) && offset < IPU_CTX_DBG_POINT(IPU_DBG_POINTS))
		return find(point_regs, COUNT(point_regs),
			    (offset - IPU_CTX_DBG_POINT(0)) % IPU_CTX_DBG_POINT_SIZE);
	if (offset >= IPU_CTX_UQ(0) && offset < IPU_CTX_UQ(IPU_USER_QUEUES))
		return find(queue_regs, COUNT(queue_regs),
			    (offset - IPU_CTX_UQ(0)) % IPU_CTX_UQ_SIZE);
	return find(ctx_regs, COUNT(ctx_regs), offset);
}

static bool locate(struct ipu_card *card, uint64_t offset, struct place *place)
{
	if (offset < IPU_CTX_BASE(0)) {
		place->ctx = NULL;
		place->offset = offset;
		place->reg = find(card_regs, COUNT(card_regs), offset);
		return place->reg;
	}
	if (offset < IPU_CTX_BASE(IPU_MAX_CONTEXTS)) {
		place->ctx = &card->ctx[(offset - IPU_CTX_BASE(0)) / CTX_SIZE];
		place->offset = offset % CTX_SIZE;
		place->reg = find_ctx(place->offset);
		return place->reg;
	}
	if (offset >= IPU_DOORBELL(0) && offset < IPU_DOORBELL(IPU_MAX_CONTEXTS)) {
		place->ctx = &card->ctx[(offset - IPU_DOORBELL(0)) / DOORBELL_SIZE];
		place->reg = NULL;
		place->source = 0;
		return offset % DOORBELL_SIZE == 0;
	}
	if (offset >= IPU_UQ_DOORBELL(0) &&
	    offset < IPU_UQ_DOORBELL(IPU_MAX_CONTEXTS * IPU_USER_QUEUES)) {
		offset -= IPU_UQ_DOORBELL(0);
		place->ctx = &card->ctx[offset / (IPU_USER_QUEUES * DOORBELL_SIZE)];
		place->reg = NULL;
		place->source = 1 + offset / DOORBELL_SIZE % IPU_USER_QUEUES;
		return offset % DOORBELL_SIZE == 0;
	}
	return false;
}

/* Report an invalid access. Return: whether it is valid. */
static bool check_access(struct ipu_card *card, const char *verb, uint64_t offset,
			 unsigned int size, struct place *place, struct ipu_outbox *out)
{
	if (size != 4) {
		snprintf(out->error, sizeof(out->error),
			 "%s of %u bytes at 0x%llx: registers are accessed with 4 bytes",
			 verb, size, (unsigned long long)offset);
		return false;
	}
	if (offset % 4) {
		snprintf(out->error, sizeof(out->error), "%s at 0x%llx is not aligned to 4 bytes",
			 verb, (unsigned long long)offset);
		return false;
	}
	if (!locate(card, offset, place)) {
		snprintf(out->error, sizeof(out->error), "%s at 0x%llx: there is no register",
			 verb, (unsigned long long)offset);
		return false;
	}
	return true;
}

static uint32_t read_place(struct ipu_card *card, const struct place *place)
{
	if (!place->reg)
		return 0;	/* doorbells are write-only */
	if (!place->ctx && place->reg->read_card)
		return place->reg->read_card(card, place->offset);
	if (!place->ctx)
		return card->reg[place->offset / 4];
	if (place->reg->queue)
		return ipu_queues_read(place->ctx, place->offset);
	if (place->reg->read_ctx)
		return place->reg->read_ctx(place->ctx);
	return ipu_ctx_reg(place->ctx, place->offset);
}

uint32_t ipu_card_read(struct ipu_card *card, uint64_t offset, unsigned int size)
{
	uint32_t value = ALL;
	struct ipu_outbox out;
	struct place place;

	ipu_outbox_init(&out);
	if (check_access(card, "read", offset, size, &place, &out)) {
		pthread_mutex_lock(&card->lock);
		value = read_place(card, &place);
		pthread_mutex_unlock(&card->lock);
	}
	ipu_outbox_deliver(card, &out);
	return value;
}

/*
 * The doorbell of a faulted context is no guest error: the guest may not know yet. Nor is any
 * of a user queue: whoever has its page may ring it whenever they like.
 */
static void ring(struct ipu_context *ctx, uint32_t source, uint32_t tail, struct ipu_outbox *out)
{
	uint32_t state = ipu_ctx_state(ctx);
	bool works = state == IPU_CTX_IDLE || state == IPU_CTX_RUNNING;

	if (source && works)
		ipu_context_queue_doorbell(ctx, source - 1, tail, out);
	else if (works)
		ipu_context_doorbell(ctx, tail, out);
	else if (!source && state != IPU_CTX_FAULTED)
		snprintf(out->error, sizeof(out->error),
			 "context %u: doorbell rung with 0x%x while it is not enabled",
			 ctx->index, tail);
}

static void write_reg(struct ipu_card *card, const struct place *place, uint32_t value,
		      struct ipu_outbox *out)
{
	const struct reg *reg = place->reg;
	struct ipu_context *ctx = place->ctx;
	char name[32];

	if (ctx)
		snprintf(name, sizeof(name), "context %u: %s", ctx->index, reg->name);
	else
		snprintf(name, sizeof(name), "%s", reg->name);

	if (!reg->writable) {
		snprintf(out->error, sizeof(out->error), "%s = 0x%x: it is read-only", name, value);
		return;
	}
	if (card->resetting) {
		snprintf(out->error, sizeof(out->error), "%s = 0x%x: the card is being reset",
			 name, value);
		return;
	}
	if (reg->config && ipu_ctx_state(ctx) != IPU_CTX_DISABLED) {
		snprintf(out->error, sizeof(out->error),
			 "%s = 0x%x: it is written only while the context is disabled", name, value);
		return;
	}
	if (value & ~reg->writable)
		snprintf(out->error, sizeof(out->error), "%s = 0x%x: bits 0x%x are reserved",
			 name, value, value & ~reg->writable);
	value &= reg->writable;
	if (reg->write_card)
		reg->write_card(card, value, out);
	else if (reg->queue)
		ipu_queues_write(ctx, place->offset, value, out);
	else if (reg->write_ctx)
		reg->write_ctx(ctx, value, out);
	else
		ipu_ctx_set_reg(ctx, place->offset, value);
}

void ipu_card_write(struct ipu_card *card, uint64_t offset, uint64_t value, unsigned int size)
{
	struct ipu_outbox out;
	struct place place;

	ipu_outbox_init(&out);
	if (check_access(card, "write", offset, size, &place, &out)) {
		pthread_mutex_lock(&card->lock);
		if (place.reg)
			write_reg(card, &place, value, &out);
		else
			ring(place.ctx, place.source, value, &out);
		pthread_mutex_unlock(&card->lock);
	}
	ipu_outbox_deliver(card, &out);
}
