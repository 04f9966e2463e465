// SPDX-License-Identifier: MIT
/* Running executables, and moving what they take and give. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "ipu_hw.h"
#include "ipu_program.h"

static bool is_bound(const struct graph_tensor *tensor)
{
	return tensor->role & (IPU_GRAPH_IN | IPU_GRAPH_OUT);
}

static size_t host_bytes(const struct graph_tensor *tensor)
{
	return (size_t)tensor->count *
	       (tensor->role & IPU_GRAPH_WIDE ? 8 : ipu_dtype_size(tensor->dtype));
}

/* ---- Commands ------------------------------------------------------------- */

int engine_add_run(struct ipu_engine *engine, struct flight *flight, uint32_t tiles)
{
	const uint32_t run = flight->runs++;
	const struct ipu_launch launch = {
		.size = sizeof(launch),
		.tile_count = tiles,
		.entry = engine->prog->entry,
		.sp = engine->prog->sp,
		.report_va = engine_report_va(engine, flight, run),
		.profile_va = engine->ctx->profile.on ? engine->ctx->profile.va : 0,
	};

	ipu_report_expect(engine_report(engine, flight, run));
	return ipu_cmds_run(flight->cmds, &launch);
}

/* One of two copies: of the tiles that are full, or of the last one. */
static int add_part(struct ipu_cmds *cmds, const struct ipu_engine *engine,
		    const struct graph_tensor *tensor, uint64_t va, bool in, uint32_t first,
		    uint32_t tiles, uint32_t elements)
{
	const bool wide = tensor->role & IPU_GRAPH_WIDE;
	const uint32_t size = (uint32_t)ipu_dtype_size(tensor->dtype), step = wide ? 8 : size;
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_first = first,
		.tile_count = tiles,
		.tile_addr = engine->heap + tensor->offset,
		.row_bytes = wide ? size : elements * size,
		.rows = wide ? elements : 1,
		.tile_row_stride = size,
		.host_va = va + (uint64_t)first * tensor->chunk * step,
		.host_tile_stride = (uint64_t)tensor->chunk * step,
		.host_row_stride = step,
	};

	if (!tiles || !elements)
		return 0;
	return in ? ipu_cmds_copy_to_tiles(cmds, &copy) : ipu_cmds_copy_from_tiles(cmds, &copy);
}

static int add_copy(struct ipu_cmds *cmds, const struct ipu_executable *exe,
		    const struct graph_tensor *tensor, uint64_t va, bool in)
{
	const struct ipu_engine *engine = exe->engine;
	uint32_t full, rest;
	int err;

	/* Every tile has the same, so that one of them has what goes back. */
	if (!tensor->chunk)
		return add_part(cmds, engine, tensor, va, in, 0, in ? exe->tiles : 1,
				tensor->count);
	full = tensor->count / tensor->chunk;
	rest = tensor->count % tensor->chunk;
	err = add_part(cmds, engine, tensor, va, in, 0, full, tensor->chunk);
	return err ? err : add_part(cmds, engine, tensor, va, in, full, 1, rest);
}

/* What the program is told: only if it is not that already, on as many tiles. */
static int add_command(struct flight *flight, const struct ipu_executable *exe, uint32_t slot)
{
	struct ipu_engine *engine = exe->engine;

	if (engine->commanded == slot && engine->commanded_tiles >= exe->tiles)
		return 0;
	engine->commanded = slot;
	engine->commanded_tiles = exe->tiles;
	return ipu_cmds_fill(flight->cmds, 0, exe->tiles, engine->command, 4, slot);
}

/* Some of the operations, whose tables are on the tiles, or go there before. */
static int add_part_run(struct flight *flight, struct ipu_executable *exe, uint32_t number)
{
	int err = exe->parts > 1 ? engine_add_tables(flight, exe, &exe->part[number], true) : 0;

	if (!err)
		err = add_command(flight, exe, exe->slot + number);
	return err ? err : engine_add_run(exe->engine, flight, exe->tiles);
}

uint32_t executable_cmds(const struct ipu_executable *exe, uint32_t parts)
{
	uint32_t run = 3 * parts + 1, kept = 0; /* the times of a profile */

	for (uint32_t i = 0; i < exe->tensors; i++) {
		const uint32_t role = exe->tensor[i].role;

		if (role & IPU_GRAPH_KEEP)
			kept += 2;
		else
			run += (role & IPU_GRAPH_IN ? 2 : 0) +
			       (role & (IPU_GRAPH_OUT | ROLE_UPPER) ? 2 : 0);
	}
	return run > kept ? run : kept;
}

/* ---- What is kept --------------------------------------------------------- */

static int add_kept(struct ipu_executable *exe, struct flight *flight, bool in)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < exe->tensors; i++) {
		const struct graph_tensor *tensor = &exe->tensor[i];
		const uint32_t way = in ? IPU_GRAPH_IN : IPU_GRAPH_OUT;
		uint64_t va;

		if (!(tensor->role & IPU_GRAPH_KEEP) || !(tensor->role & way) || !exe->bound[i])
			continue;
		va = engine_va(exe->engine, exe->bound[i], host_bytes(tensor));
		err = va ? add_copy(flight->cmds, exe, tensor, va, in) : -EFAULT;
	}
	return err;
}

int engine_flush(struct ipu_engine *engine, bool forget)
{
	struct ipu_executable *exe = engine->kept;
	struct flight *flight;
	int err = 0;

	if (exe && exe->dirty) {
		err = engine_flight(engine, executable_cmds(exe, 1), &flight);
		if (!err)
			err = add_kept(exe, flight, false);
		if (!err && ipu_cmds_count(flight->cmds))
			err = engine_submit(engine, flight);
		if (err)
			return err;
		exe->dirty = false;
	}
	if (forget)
		engine->kept = NULL;
	return 0;
}

/* ---- Running -------------------------------------------------------------- */

/**
 * struct binding - what runs need of one of the tensors
 * @data: the host's memory
 * @stride: bytes from one run to the next
 * @bytes: of all runs
 * @va: where the card finds it: there, or in the stage
 * @staged: where it is in the stage, or NULL
 */
struct binding {
	char *data;
	size_t stride;
	size_t bytes;
	uint64_t va;
	char *staged;
};

/**
 * struct runs - runs of an executable, one after the other
 * @exe: what
 * @steps: how many
 * @binding: of each tensor
 * @staged: bytes of the stage that they need
 */
struct runs {
	struct ipu_executable *exe;
	uint32_t steps;
	struct binding *binding;
	size_t staged;
};

/* Where each tensor is, and how many bytes have to be staged. */
static int bind(struct runs *runs, void *const *data, const size_t *stride)
{
	const struct ipu_executable *exe = runs->exe;

	for (uint32_t i = 0; i < exe->tensors; i++) {
		const struct graph_tensor *tensor = &exe->tensor[i];
		struct binding *binding = &runs->binding[i];

		if (!is_bound(tensor))
			continue;
		binding->data = *data++;
		binding->stride = stride ? *stride++ : 0;
		if (tensor->role & IPU_GRAPH_KEEP && binding->stride)
			return ipu_fail(-EINVAL,
					"%s: tensor %u (%s) stays on the tiles, and has a stride.",
					exe->name, i, tensor->name);
		binding->bytes = host_bytes(tensor);
		if (!binding->bytes)
			continue;
		if (__builtin_mul_overflow(binding->stride, (size_t)runs->steps - 1,
					   &binding->bytes) ||
		    __builtin_add_overflow(binding->bytes, host_bytes(tensor), &binding->bytes))
			return ipu_fail(-EINVAL, "%s: tensor %u (%s): the stride is too large.",
					exe->name, i, tensor->name);
		binding->va = engine_va(exe->engine, binding->data, binding->bytes);
		if (!binding->va)
			runs->staged += rounded(binding->bytes);
	}
	return 0;
}

/* Copies of inputs that are elsewhere; true if an output is. */
static bool fill_stage(const struct runs *runs, char *stage, uint64_t va)
{
	bool out = false;

	for (uint32_t i = 0; i < runs->exe->tensors; i++) {
		const struct graph_tensor *tensor = &runs->exe->tensor[i];
		struct binding *binding = &runs->binding[i];

		if (!binding->bytes || binding->va)
			continue;
		binding->staged = stage;
		binding->va = va;
		/* An output, too, as there may be gaps between those of the runs. */
		memcpy(stage, binding->data, binding->bytes);
		out = out || tensor->role & IPU_GRAPH_OUT;
		stage += rounded(binding->bytes);
		va += rounded(binding->bytes);
	}
	return out;
}

static void empty_stage(const struct runs *runs)
{
	for (uint32_t i = 0; i < runs->exe->tensors; i++) {
		const struct binding *binding = &runs->binding[i];

		if (binding->staged && runs->exe->tensor[i].role & IPU_GRAPH_OUT)
			memcpy(binding->data, binding->staged, binding->bytes);
	}
}

/* @in: before the run, or after it. What is kept has its own way. */
static int add_copies(const struct runs *runs, struct flight *flight, uint32_t step, bool in)
{
	const struct ipu_executable *exe = runs->exe;
	const uint32_t way = in ? IPU_GRAPH_IN : IPU_GRAPH_OUT;
	int err = 0;

	for (uint32_t i = 0; !err && i < exe->tensors; i++) {
		const struct graph_tensor *tensor = &exe->tensor[i];
		const struct binding *binding = &runs->binding[i];

		if (!binding->bytes || !(tensor->role & way) || tensor->role & IPU_GRAPH_KEEP)
			continue;
		err = add_copy(flight->cmds, exe, tensor, binding->va + step * binding->stride, in);
		if (!err && !in && tensor->upper)
			err = add_copy(flight->cmds, exe, &exe->tensor[tensor->upper],
				       binding->va + step * binding->stride + 4, in);
	}
	return err;
}

/* Is what it keeps on the tiles, from the memory that is given now? */
static bool is_kept(const struct runs *runs)
{
	const struct ipu_executable *exe = runs->exe;

	if (exe->engine->kept != exe)
		return false;
	for (uint32_t i = 0; i < exe->tensors; i++)
		if (exe->tensor[i].role & IPU_GRAPH_KEEP && exe->tensor[i].count &&
		    exe->bound[i] != runs->binding[i].data)
			return false;
	return true;
}

static int bind_kept(const struct runs *runs)
{
	struct ipu_executable *exe = runs->exe;

	for (uint32_t i = 0; i < exe->tensors; i++) {
		if (!(exe->tensor[i].role & IPU_GRAPH_KEEP) || !exe->tensor[i].count)
			continue;
		if (!runs->binding[i].va)
			return ipu_fail(-EINVAL,
					"%s: what stays on the tiles must be in memory of the pool "
					"(ipu_pool_alloc()), and tensor %u (%s) is not.",
					exe->name, i, exe->tensor[i].name);
		exe->bound[i] = runs->binding[i].data;
	}
	return 0;
}

/* What it keeps is on the tiles, and that of others is not. */
static int take_kept(const struct runs *runs)
{
	struct ipu_executable *exe = runs->exe;
	struct ipu_engine *engine = exe->engine;
	struct flight *flight;
	int err;

	if (is_kept(runs) || (!exe->keep && !engine->kept))
		return 0;
	err = engine_flush(engine, true);
	if (!err)
		err = bind_kept(runs);
	if (err || !exe->keep)
		return err;
	err = engine_flight(engine, executable_cmds(exe, 1), &flight);
	if (!err)
		err = add_kept(exe, flight, true);
	if (!err)
		err = engine_submit(engine, flight);
	if (!err)
		engine->kept = exe;
	return err;
}

/* What tile 0 noted goes to memory that one run has at a time. */
static int add_times(struct ipu_executable *exe, struct flight *flight)
{
	int err = exe->times_va ?
			  0 :
			  ipu_bo_map(exe->engine->ctx, exe->times_bo, IPU_BO_WRITE, &exe->times_va);

	if (err)
		return err;
	return add_copy(flight->cmds, exe, &exe->tensor[exe->tensors - 1], exe->times_va, false);
}

static int add_step(const struct runs *runs, struct flight *flight, uint32_t step)
{
	struct ipu_executable *exe = runs->exe;
	int err = add_copies(runs, flight, step, true);

	for (uint32_t i = 0; !err && i < exe->parts; i++)
		err = add_part_run(flight, exe, i);
	if (!err && exe->times)
		err = add_times(exe, flight);
	return err ? err : add_copies(runs, flight, step, false);
}

uint32_t executable_op_cycles(const struct ipu_executable *exe, uint32_t op)
{
	uint32_t start = exe->times[op];

	for (uint32_t i = 1; i < exe->parts; i++)
		if (exe->part[i].first == op)
			start = exe->times[exe->ops + i];
	return exe->times[op + 1] - start;
}

/* Add up how long each operation took in the run that has ended. */
static void count_times(struct ipu_executable *exe)
{
	for (uint32_t i = 0; i < exe->ops; i++)
		exe->op_cycles[i] += executable_op_cycles(exe, i);
}

static int submit(const struct runs *runs, struct flight *flight)
{
	struct ipu_engine *engine = runs->exe->engine;
	int err = engine_submit(engine, flight);

	if (err)
		return err;
	engine->again = engine->last == runs->exe ? engine->again + 1 : 0;
	engine->last = runs->exe;
	flight->exe = runs->exe;
	engine_count(engine, flight);
	runs->exe->dirty = runs->exe->keep != 0;
	if (!runs->exe->times)
		return 0;
	engine_drain(engine);
	if (!engine->failed)
		count_times(runs->exe);
	return 0;
}

/* Submit a job, and begin the next one. What is staged belongs to the first of them. */
static int next_flight(const struct runs *runs, uint32_t cmds, const struct flight *first,
		       struct flight **flight)
{
	int err = submit(runs, *flight);

	if (!err)
		err = engine_flight(runs->exe->engine, cmds, flight);
	if (!err && runs->staged && *flight == first)
		err = ipu_fail(-E2BIG,
			       "%s: %u runs are too many for one call with memory outside of the "
			       "pool.",
			       runs->exe->name, runs->steps);
	return err;
}

/* All steps in as few jobs as their commands fit in. */
static int add_steps(const struct runs *runs, struct flight *flight)
{
	const struct ipu_executable *exe = runs->exe;
	const uint32_t cmds = executable_cmds(exe, exe->parts);
	const struct flight *first = flight;
	int err = 0;

	for (uint32_t step = 0; !err && step < runs->steps; step++) {
		if (step && (ipu_cmds_count(flight->cmds) + cmds > flight->room ||
			     flight->runs + exe->parts > FLIGHT_RUNS || exe->times))
			err = next_flight(runs, cmds, first, &flight);
		if (!err)
			err = add_step(runs, flight, step);
	}
	return err ? err : submit(runs, flight);
}

static int fly(const struct runs *runs)
{
	struct ipu_executable *exe = runs->exe;
	struct ipu_engine *engine = exe->engine;
	struct flight *flight;
	char *stage = NULL;
	uint64_t va = 0;
	bool out;
	int err = engine_flight(engine, executable_cmds(exe, exe->parts), &flight);

	if (!err && runs->staged)
		err = engine_stage(engine, flight, runs->staged, &stage, &va);
	if (err)
		return err;
	out = fill_stage(runs, stage, va);
	err = add_steps(runs, flight);
	if (err) {
		engine->commanded = UINT32_MAX;
		return err;
	}
	if (!out)
		return 0;
	engine_drain(engine);
	err = engine_take_failure(engine);
	if (!err)
		empty_stage(runs);
	return err;
}

static int execute(struct runs *runs, void *const *data, const size_t *stride)
{
	int err = engine_make(runs->exe);

	if (!err)
		err = bind(runs, data, stride);
	if (!err)
		err = take_kept(runs);
	return err ? err : fly(runs);
}

int ipu_execute_steps(struct ipu_executable *exe, uint32_t steps, void *const *data,
		      const size_t *stride)
{
	struct ipu_pool *pool = exe->engine->pool;
	struct runs runs = { .exe = exe, .steps = steps };
	int err = ipu_check_process(pool->dev);

	if (err)
		return err;
	if (!steps)
		return ipu_fail(-EINVAL, "%s: no runs are asked for.", exe->name);
	runs.binding = calloc(exe->tensors + 1, sizeof(*runs.binding));
	if (!runs.binding)
		return ipu_fail_nomem("a run");
	pthread_mutex_lock(&pool->lock);
	err = execute(&runs, data, stride);
	pthread_mutex_unlock(&pool->lock);
	free(runs.binding);
	return err;
}

int ipu_execute(struct ipu_executable *exe, void *const *data)
{
	return ipu_execute_steps(exe, 1, data, NULL);
}
