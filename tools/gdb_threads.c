// SPDX-License-Identifier: MIT
/* Threads as gdb knows them. */
#include <stdio.h>

#include "isa/ipu_isa.h"

#include "gdb_threads.h"

/* A tile has eight numbers, the first of them unused: 0 means any thread to gdb. */
#define IDS_PER_TILE 8
#define ID_SUPERVISOR 1

_Static_assert(IPU_WORKERS + 1 < IDS_PER_TILE, "a number for every unit");

uint32_t gdb_thread_id(struct gdb_thread thread)
{
	uint32_t unit = thread.unit == IPU_SUPERVISOR ? 0 : thread.unit + 1;

	return thread.tile * IDS_PER_TILE + ID_SUPERVISOR + unit;
}

bool gdb_thread_equal(struct gdb_thread a, struct gdb_thread b)
{
	return a.tile == b.tile && a.unit == b.unit;
}

bool gdb_take_thread(const char **at, const struct gdb_run *run, struct gdb_thread *thread)
{
	const char *p = *at;
	uint64_t id;
	uint32_t unit;

	if (!gdb_take_hex(&p, UINT32_MAX, &id))
		return false;
	unit = (uint32_t)id % IDS_PER_TILE;
	if (id / IDS_PER_TILE >= run->tiles || unit < ID_SUPERVISOR)
		return false;
	thread->tile = (uint32_t)id / IDS_PER_TILE;
	thread->unit = unit == ID_SUPERVISOR ? IPU_SUPERVISOR : unit - ID_SUPERVISOR - 1;
	*at = p;
	return true;
}

void gdb_thread_name(struct gdb_thread thread, char name[GDB_THREAD_NAME])
{
	if (thread.unit == IPU_SUPERVISOR)
		snprintf(name, GDB_THREAD_NAME, "tile %u supervisor", thread.tile);
	else
		snprintf(name, GDB_THREAD_NAME, "tile %u worker %u", thread.tile, thread.unit);
}

/* What IPU_DEBUG_STATE reads, and IPU_DEBUG_STATES in each four bits. */
enum unit_state {
	IDLE,
	EXECUTES,
	WAITS,
};

static uint32_t thread_state(struct gdb_run *run, struct gdb_thread thread)
{
	uint32_t state;

	if (ipu_debug_read_reg(run->ctx, thread.tile, thread.unit, IPU_DEBUG_STATE, &state,
			       sizeof(state)))
		return IDLE;
	return state;
}

static const char *state_name(uint32_t state)
{
	return state == EXECUTES ? "executes" : state == WAITS ? "waits" : "idle";
}

bool gdb_thread_alive(struct gdb_run *run, struct gdb_thread thread)
{
	return thread_state(run, thread) != IDLE;
}

void gdb_thread_describe(struct gdb_run *run, struct gdb_thread thread, struct gdb_text *text)
{
	char name[GDB_THREAD_NAME];

	gdb_thread_name(thread, name);
	gdb_text_add(text, "%s: %s", name, state_name(thread_state(run, thread)));
}

/* The threads of a tile, in the order of their numbers. */
static void list_tile(struct gdb_run *run, uint32_t tile, struct gdb_thread always,
		      struct gdb_text *xml)
{
	char name[GDB_THREAD_NAME];
	uint32_t states = 0;

	if (ipu_debug_read_reg(run->ctx, tile, IPU_SUPERVISOR, IPU_DEBUG_STATES, &states,
			       sizeof(states)))
		states = 0;
	for (uint32_t i = 0; i < IPU_WORKERS + 1; i++) {
		struct gdb_thread thread = {
			.tile = tile,
			.unit = (i + IPU_SUPERVISOR) % (IPU_WORKERS + 1),
		};
		uint32_t state = states >> 4 * thread.unit & 15;

		if (state == IDLE && !gdb_thread_equal(thread, always))
			continue;
		gdb_thread_name(thread, name);
		gdb_text_add(xml, "<thread id=\"%x\" name=\"%s\">%s</thread>\n",
			     gdb_thread_id(thread), name, state_name(state));
	}
}

void gdb_threads_list(struct gdb_run *run, struct gdb_thread always, struct gdb_text *xml)
{
	gdb_text_add(xml, "<?xml version=\"1.0\"?>\n<threads>\n");
	for (uint32_t tile = 0; tile < run->tiles; tile++)
		list_tile(run, tile, always, xml);
	gdb_text_add(xml, "</threads>\n");
}
