// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Sensors, see ipu_sensors.h. Between two changes of the tiles that run the power is
 * constant, so it is enough to account for the time when there is one, or a reader.
 */
#include "ipu_sensors.h"

#define NS_PER_MS	1000000.0
#define NS_PER_S	1000000000.0

/* In mJ: what takes 190 years at full power. */
#define MAX_ENERGY	(1ull << 50)

static double power_mw(const struct ipu_card *card)
{
	return IPU_POWER_IDLE + (double)(IPU_POWER_FULL - IPU_POWER_IDLE) *
				card->sensors.running / card->config.tiles;
}

/* What the temperature tends to at a power. */
static double tends_to(double mw)
{
	return IPU_TEMP_AMBIENT + mw / 1000 * IPU_TEMP_PER_WATT;
}

/*
 * Account for the time since the last call. The lag's differential equation is solved by
 * Euler's implicit rule, which is stable for steps of any length and overshoots never.
 */
static void advance_to(struct ipu_card *card, uint64_t now_ns)
{
	struct ipu_sensors *sensors = &card->sensors;
	double ns, part;

	/* A card that is paused may have been read meanwhile. */
	if (now_ns <= sensors->since_ns)
		return;
	ns = now_ns - sensors->since_ns;
	part = ns / (IPU_TEMP_LAG_MS * NS_PER_MS);
	sensors->since_ns = now_ns;
	sensors->energy_mj += power_mw(card) * ns / NS_PER_S;
	sensors->temp = (sensors->temp + part * tends_to(power_mw(card))) / (1 + part);
}

static void advance(struct ipu_card *card)
{
	advance_to(card, ipu_card_now(card));
}

void ipu_sensors_init(struct ipu_card *card)
{
	card->sensors.since_ns = ipu_card_now(card);
	card->sensors.temp = tends_to(power_mw(card));
}

void ipu_sensors_run(struct ipu_context *ctx, uint32_t tiles)
{
	if (ctx->running == tiles)
		return;
	advance(ctx->card);
	ctx->card->sensors.running += tiles - ctx->running;
	ctx->running = tiles;
}

uint32_t ipu_sensors_read(struct ipu_card *card, uint32_t offset)
{
	advance(card);
	switch (offset) {
	case IPU_REG_TEMP:
		return (int32_t)(card->sensors.temp + 0.5);
	case IPU_REG_POWER:
		return power_mw(card);
	case IPU_REG_CLOCK_NOW:
		return card->sensors.running ? IPU_CLOCK_KHZ : IPU_CLOCK_KHZ / IPU_CLOCK_IDLE_DIV;
	case IPU_REG_TILES_NOW:
		return card->sensors.running;
	case IPU_REG_ENERGY_LO:
		return (uint64_t)card->sensors.energy_mj;
	default: /* IPU_REG_ENERGY_HI */
		return (uint64_t)card->sensors.energy_mj >> 32;
	}
}

/* ---- Saved and loaded ------------------------------------------------------------------------ */

bool ipu_sensors_image(struct ipu_card *card, struct ipu_image *image)
{
	const uint32_t hottest = tends_to(IPU_POWER_FULL) + 1;
	struct ipu_sensors *sensors = &card->sensors;
	const uint64_t now_ns = card->paused_since - card->paused_ns;
	uint64_t energy;
	uint32_t temp;

	if (!image->loading)
		advance_to(card, now_ns);
	energy = sensors->energy_mj < MAX_ENERGY ? sensors->energy_mj : MAX_ENERGY - 1;
	temp = sensors->temp + 0.5;
	if (!IPU_IMAGE(image, energy) ||
	    !ipu_image_below(image, &temp, hottest + 1, "the temperature"))
		return false;
	if (energy >= MAX_ENERGY)
		return ipu_image_refuse(image, "the card has used more energy than any can");
	if (!image->loading)
		return true;
	/* Before this, tiles were in no RUN. */
	sensors->energy_mj = energy;
	sensors->temp = temp;
	sensors->since_ns = now_ns;
	return true;
}
