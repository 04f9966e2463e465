// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A tile's state, saved between two quanta and loaded into a tile that is IDLE.
 *
 * Decoded code is not saved, but which pages of it the tile holds is, with their bytes where
 * SRAM has others by now: the tile executes those until its next fence.i. What only makes
 * execution faster begins anew.
 */
#include <string.h>

#include "exec/ipu_unit.h"
#include "ipu_code_cache.h"
#include "ipu_image.h"
#include "ipu_tile.h"
#include "ipu_tile_internal.h"
#include "isa/ipu_vec_shape.h"
#include "vector/ipu_vec.h"

/* ---- Units --------------------------------------------------------------------------------- */

static bool small(struct ipu_image *image, uint8_t *value, uint32_t end, const char *what)
{
	uint32_t number = *value;

	if (!ipu_image_below(image, &number, end, what))
		return false;
	*value = number;
	return true;
}

/* vl and vtype fit each other, as handlers rely on it. */
static bool vector_state(struct ipu_unit *u, struct ipu_image *image)
{
	uint32_t vtype = u->vtype, vl = u->vl, vstart = u->vstart;
	bool dirty = u->vdirty;
	unsigned int key;

	if (!IPU_IMAGE(image, vtype) || !IPU_IMAGE(image, vl) || !IPU_IMAGE(image, vstart) ||
	    !small(image, &u->vxrm, 4, "vxrm") || !small(image, &u->vxsat, 2, "vxsat") ||
	    !ipu_image_flag(image, &dirty))
		return false;
	if (image->loading) {
		key = ipu_vec_vtype_key(vtype);
		if (key != IPU_VKEY_NONE && vl > ipu_vec_vlmax(u, key))
			return ipu_image_refuse(image, "vl is %u with vtype 0x%x", vl, vtype);
		ipu_vec_set(u, vtype, key, vl);
		ipu_vec_set_vstart(u, vstart);
		u->vdirty = dirty;
	}
	return !dirty || ipu_image_bytes(image, u->v, IPU_VREGS * u->vlenb);
}

static bool machine_state(struct ipu_machine *m, struct ipu_image *image)
{
	if (!IPU_IMAGE(image, m->mstatus) || !IPU_IMAGE(image, m->mtvec) ||
	    !IPU_IMAGE(image, m->mscratch) || !IPU_IMAGE(image, m->mepc) ||
	    !IPU_IMAGE(image, m->mcause) || !IPU_IMAGE(image, m->mtval) ||
	    !IPU_IMAGE(image, m->cycle_offset) || !IPU_IMAGE(image, m->instret_offset))
		return false;
	m->mstatus &= IPU_MSTATUS_MIE | IPU_MSTATUS_MPIE | IPU_MSTATUS_VS | IPU_MSTATUS_FS;
	m->mepc &= ~1u;
	return true;
}

static bool debug_state(struct ipu_unit_debug *debug, struct ipu_image *image)
{
	return ipu_image_flag(image, &debug->passing) && ipu_image_flag(image, &debug->resumes) &&
	       ipu_image_flag(image, &debug->unwatched) && ipu_image_flag(image, &debug->stepped);
}

static bool unit(struct ipu_unit *u, struct ipu_image *image)
{
	uint32_t stack_end = u->stack_end;

	if (!ipu_image_bytes(image, &u->r[1], 31 * sizeof(u->r[0])) ||
	    !ipu_image_bytes(image, &u->r[IPU_REG_F0], 32 * sizeof(u->r[0])) ||
	    !small(image, &u->state, IPU_UNIT_WAITING + 1, "the state of a unit") ||
	    !small(image, &u->frm, 8, "frm") || !small(image, &u->fflags, 32, "fflags") ||
	    !IPU_IMAGE(image, u->pc) || !IPU_IMAGE(image, stack_end) ||
	    !IPU_IMAGE(image, u->clock) || !IPU_IMAGE(image, u->began) ||
	    !IPU_IMAGE(image, u->instret) || !IPU_IMAGE(image, u->prng) ||
	    !machine_state(&u->machine, image) || !debug_state(&u->debug, image) ||
	    !vector_state(u, image))
		return false;
	u->pc &= ~1u;
	ipu_unit_set_stack(u, stack_end);
	return true;
}

/* ---- Code pages ---------------------------------------------------------------------------- */

/* The list of pages ends with the number of pages that there are. */
static bool save_pages(struct ipu_tile *tile, struct ipu_image *image, bool checked)
{
	uint8_t now[IPU_PAGE_BYTES];
	uint32_t i, end = IPU_CODE_PAGES;

	for (i = 0; i < IPU_CODE_PAGES; i++) {
		struct ipu_code_page *page = (checked ? tile->checked_pages : tile->pages)[i];
		bool same;

		if (!page)
			continue;
		ipu_code_page_copy(page->base, tile->sram, now);
		same = !memcmp(now, page->bytes, IPU_PAGE_BYTES);
		if (!IPU_IMAGE(image, i) || !ipu_image_flag(image, &same) ||
		    (!same && !ipu_image_bytes(image, page->bytes, IPU_PAGE_BYTES)))
			return false;
	}
	return IPU_IMAGE(image, end);
}

static bool load_pages(struct ipu_tile *tile, struct ipu_image *image, bool checked)
{
	uint8_t bytes[IPU_PAGE_BYTES];
	uint32_t least = 0, i;
	bool same = false;

	for (;;) {
		if (!ipu_image_below(image, &i, IPU_CODE_PAGES + 1, "a code page"))
			return false;
		if (i == IPU_CODE_PAGES)
			return true;
		if (i < least || !ipu_image_flag(image, &same))
			return ipu_image_refuse(image, "code page %u is not in order", i);
		ipu_code_page_copy(IPU_SRAM_BASE + i * IPU_CODE_PAGE, tile->sram, bytes);
		if (!same && !IPU_IMAGE(image, bytes))
			return false;
		if (!ipu_tile_hold(tile, i, checked, bytes))
			return ipu_image_refuse(image, "the tile holds more code than it may");
		least = i + 1;
	}
}

static bool pages(struct ipu_tile *tile, struct ipu_image *image)
{
	if (image->loading)
		return load_pages(tile, image, false) && load_pages(tile, image, true);
	return save_pages(tile, image, false) && save_pages(tile, image, true);
}

/* ---- The tile ------------------------------------------------------------------------------ */

/* What ipu_tile_run() relies on: there is a unit that can go on, now and at its end. */
static bool check_states(struct ipu_tile *tile, struct ipu_image *image)
{
	const struct ipu_unit *supervisor = &tile->units[IPU_UNIT_SUPERVISOR];
	bool good = true;
	unsigned int i;

	tile->running = 0;
	for (i = 0; i < IPU_WORKERS; i++) {
		good &= tile->units[i].state != IPU_UNIT_WAITING;
		tile->running += tile->units[i].state == IPU_UNIT_RUNNING;
	}
	if (tile->state == IPU_TILE_RUNNING)
		good &= supervisor->state == IPU_UNIT_RUNNING ||
			(supervisor->state == IPU_UNIT_WAITING && tile->running);
	else if (tile->state == IPU_TILE_SYNC_INTERNAL || tile->state == IPU_TILE_SYNC_EXTERNAL)
		good &= supervisor->state == IPU_UNIT_RUNNING && !tile->running;
	return good || ipu_image_refuse(image, "a tile's units have states that contradict each other");
}

static bool fault(struct ipu_tile_fault *fault, struct ipu_image *image)
{
	return IPU_IMAGE(image, fault->cause) &&
	       ipu_image_below(image, &fault->unit, IPU_UNITS, "the unit of a tile's fault") &&
	       IPU_IMAGE(image, fault->pc) && IPU_IMAGE(image, fault->addr) &&
	       IPU_IMAGE(image, fault->info);
}

static bool debugger(struct ipu_tile_debugger *debug, struct ipu_image *image)
{
	struct ipu_tile_stop *stop = &debug->stop;

	return ipu_image_below(image, &debug->step, IPU_UNIT_NONE + 1, "the unit that steps") &&
	       ipu_image_below(image, &debug->only, IPU_UNIT_NONE + 1, "the only unit") &&
	       IPU_IMAGE(image, stop->reason) && IPU_IMAGE(image, stop->unit) &&
	       IPU_IMAGE(image, stop->pc) && IPU_IMAGE(image, stop->addr) &&
	       IPU_IMAGE(image, stop->access);
}

static bool registers(struct ipu_tile *tile, struct ipu_image *image)
{
	uint32_t state = tile->state, waits = tile->waits;

	if (!ipu_image_below(image, &state, IPU_TILE_FAULTED + 1, "the state of a tile") ||
	    !ipu_image_below(image, &waits, IPU_WAIT_EXIT + 1, "what a tile waits for") ||
	    !ipu_image_below(image, &tile->last, IPU_UNITS, "the unit that ran last") ||
	    !ipu_image_flag(image, &tile->reserved) ||
	    !ipu_image_below(image, &tile->reservation, IPU_SRAM_SIZE, "a reservation") ||
	    !IPU_IMAGE(image, tile->xtab) || !IPU_IMAGE(image, tile->xcnt) ||
	    !IPU_IMAGE(image, tile->id) || !IPU_IMAGE(image, tile->tiles) ||
	    !IPU_IMAGE(image, tile->exit_code))
		return false;
	tile->state = state;
	tile->waits = waits;
	return true;
}

bool ipu_tile_image(struct ipu_tile *tile, struct ipu_image *image,
		    struct ipu_tile_profile *profile)
{
	bool profiled = tile->profile;
	unsigned int i;

	if (!registers(tile, image) || !fault(&tile->fault, image) ||
	    !debugger(&tile->debug, image) || !ipu_image_flag(image, &profiled))
		return false;
	for (i = 0; i < IPU_UNITS; i++)
		if (!unit(&tile->units[i], image))
			return false;
	if (!pages(tile, image))
		return false;
	if (!image->loading)
		return true;
	if (profiled && !profile)
		return ipu_image_refuse(image, "a tile is profiled, but its context is not");
	tile->profile = profiled ? profile : NULL;
	return check_states(tile, image);
}
