// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Where vector registers are. While a tile runs, those of its workers are the host thread's
 * own, which stay in the host's cache from one tile to the next; a tile's are cold by the time
 * it runs again, and are larger than all else that its units have. They move when a worker first
 * executes in a call of ipu_tile_run(), and back at its end, if the worker has any that may be
 * other than 0: it has not exited, as it does in most programs before the tile waits.
 *
 * The supervisor's stay in the tile: it does not exit from one superstep to the next.
 */
#include <string.h>

#include "ipu_tile_internal.h"
#include "vector/ipu_vec.h"

/* Zeros outside ipu_tile_run(). As in a tile, room for handlers comes after all registers. */
static _Thread_local uint8_t lent[IPU_WORKERS * IPU_VREGS * IPU_VLENB_MAX + IPU_VSCRATCH]
	__attribute__((aligned(64)));

static size_t registers(const struct ipu_unit *u)
{
	return IPU_VREGS * u->vlenb;
}

/* A handler that reads too far meets the page behind the tile, which cannot be accessed. */
size_t ipu_vectors_bytes(unsigned int vlenb)
{
	return IPU_UNITS * IPU_VREGS * vlenb + IPU_VSCRATCH;
}

void ipu_vectors_own(struct ipu_unit *u)
{
	uint8_t *end = (uint8_t *)u->tile + u->tile->bytes;

	u->v = end - ipu_vectors_bytes(u->vlenb) + u->index * registers(u);
	u->vscratch = end - IPU_VSCRATCH;
}

static void move(struct ipu_unit *u, uint8_t *from)
{
	if (!u->vdirty)
		return;
	memcpy(u->v, from, registers(u));
	memset(from, 0, registers(u));
}

void ipu_vectors_lend(struct ipu_unit *u)
{
	uint8_t *own = u->v;

	if (u->tile->lent & 1u << u->index)
		return;
	u->tile->lent |= 1u << u->index;
	u->v = lent + u->index * registers(u);
	u->vscratch = lent + sizeof(lent) - IPU_VSCRATCH;
	move(u, own);
}

void ipu_vectors_return(struct ipu_tile *tile)
{
	struct ipu_unit *u;

	for (u = tile->units; tile->lent; u++, tile->lent >>= 1) {
		uint8_t *from = u->v;

		if (!(tile->lent & 1))
			continue;
		ipu_vectors_own(u);
		move(u, from);
	}
}

void ipu_vectors_clear(struct ipu_unit *u)
{
	if (u->vdirty)
		memset(u->v, 0, registers(u));
	ipu_vec_set(u, 0, IPU_VKEY_NONE, 0);
	u->vdirty = false;
}
