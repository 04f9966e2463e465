// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/* What a tile notes for a profile. */
#include "ipu_tile.h"
#include "ipu_tile_internal.h"

_Static_assert(IPU_TILE_UNITS == IPU_UNITS, "a profile has room for all units");

/*
 * In so many slots before a sample is due, a unit looks at each instruction, so that the
 * sample is of the right one, unless there are as many without a branch. Otherwise it need not,
 * since that takes the host ten times as long.
 */
#define WINDOW	32

/* where in its period unit @unit of tile @number takes samples, from 1 on */
static uint64_t phase(uint64_t period, uint32_t number, unsigned int unit)
{
	/* the golden ratio spreads consecutive numbers evenly */
	const uint32_t spread = (number * IPU_UNITS + unit) * 0x9e3779b9u;

	return 1 + spread % period;
}

void ipu_tile_profile(struct ipu_tile *tile, struct ipu_tile_profile *profile, uint32_t number)
{
	unsigned int i;

	tile->profile = profile;
	if (!profile)
		return;
	for (i = 0; i < IPU_UNITS; i++) {
		profile->pc[i] = tile->units[i].pc;
		if (profile->samples)
			profile->due[i] = phase(profile->period, number, i);
	}
}

/* a counter stays at its highest value */
static void count(uint32_t *counter, uint64_t more)
{
	uint32_t old = __atomic_load_n(counter, __ATOMIC_RELAXED);
	uint32_t sum;

	do {
		sum = more < UINT32_MAX - old ? old + (uint32_t)more : UINT32_MAX;
	} while (!__atomic_compare_exchange_n(counter, &old, sum, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
}

/* slots until the unit must look at each instruction; it must if that is not above 0 */
static int64_t slots_until(const struct ipu_unit *u, int64_t left)
{
	const struct ipu_tile_profile *profile = u->tile->profile;
	const uint64_t done = profile->done[u->index] + (u->slice - left);

	return profile->due[u->index] - done - WINDOW;
}

void ipu_profile_aim(struct ipu_unit *u)
{
	struct ipu_tile_profile *profile = u->tile->profile;
	const uint32_t bit = 1u << u->index;
	int64_t until, over;

	if (!profile->samples)
		return;
	until = slots_until(u, u->left);
	if (until <= 0) {
		if (!(profile->near & bit))
			profile->pc[u->index] = u->pc;
		profile->near |= bit;
		return;
	}
	profile->near &= ~bit;
	over = u->left - until;
	if (over > 0) {
		u->left -= over;
		u->slice -= over;
		u->rest += over;
	}
}

/* The instruction that has used the slots since the last check is the one before @op. */
bool ipu_profile_check(struct ipu_unit *u, const struct ipu_op *op, int64_t left)
{
	struct ipu_tile_profile *profile = u->tile->profile;
	const uint64_t done = profile->done[u->index] + (u->slice - left);
	uint64_t *due = &profile->due[u->index];
	uint32_t *pc = &profile->pc[u->index];
	uint64_t samples;

	if (!profile->samples)
		return true;
	if (ipu_unlikely(done >= *due)) {
		samples = (done - *due) / profile->period + 1;
		*due += samples * profile->period;
		if (*pc - IPU_SRAM_BASE < IPU_SRAM_SIZE)
			count(&profile->samples[(*pc - IPU_SRAM_BASE) / 2], samples);
		if (profile->near & 1u << u->index && slots_until(u, left) > 0) {
			ipu_unit_stop(u, op, left, IPU_STOP_SAMPLE);
			return false;
		}
	}
	*pc = ipu_unit_pc(u, op);
	return true;
}

static void note(struct ipu_unit *u, uint16_t kind, uint64_t begin, uint64_t end, uint32_t value)
{
	struct ipu_tile_profile *profile = u->tile->profile;

	if (ipu_likely(!profile))
		return;
	if (profile->count == IPU_TILE_EVENTS) {
		profile->lost++;
		return;
	}
	profile->event[profile->count++] = (struct ipu_tile_event) {
		.begin = begin,
		.end = end,
		.value = value,
		.kind = kind,
		.unit = u->index,
	};
}

void ipu_profile_worker(struct ipu_unit *u)
{
	note(u, IPU_PROFILE_WORKER, u->began, u->clock, 0);
}

void ipu_profile_wait(struct ipu_unit *u, uint64_t end)
{
	note(u, IPU_PROFILE_WAIT, u->clock, end, 0);
}

void ipu_profile_mark(struct ipu_unit *u, uint64_t clock, uint32_t value)
{
	note(u, IPU_PROFILE_MARK, clock, clock, value);
}
