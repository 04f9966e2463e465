// SPDX-License-Identifier: MIT
/* Compiling a graph: planned, laid out, and written as a script. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"

void executable_destroy(struct ipu_executable *exe)
{
	if (!exe)
		return;
	free(exe->tensor);
	free(exe->word);
	free(exe->op_label);
	free(exe->op_code);
	free(exe->op_cycles);
	ipu_bo_destroy(exe->times_bo);
	engine_drop_tables(exe);
	free(exe->label);
	free(exe->bound);
	free(exe);
}

/* Nothing of the engine's refers to it any more; the pool's lock is held. */
static void leave(struct ipu_executable *exe)
{
	struct ipu_engine *engine = exe->engine;

	if (engine->kept == exe)
		engine_flush(engine, true);
	if (engine->last == exe)
		engine->last = NULL;
	for (uint32_t i = 0; i < FLIGHTS; i++)
		if (engine->flight[i].exe == exe)
			engine_drain(engine);
	engine_leave_slots(exe);
}

void ipu_executable_destroy(struct ipu_executable *exe)
{
	struct ipu_pool *pool;

	if (!exe)
		return;
	pool = exe->engine->pool;
	/* In a child of fork() somebody may hold the lock for ever. */
	if (!ipu_is_parents(pool->dev)) {
		pthread_mutex_lock(&pool->lock);
		leave(exe);
	}
	for (struct ipu_executable **at = &exe->engine->exes; *at; at = &(*at)->next)
		if (*at == exe) {
			*at = exe->next;
			break;
		}
	if (!ipu_is_parents(pool->dev))
		pthread_mutex_unlock(&pool->lock);
	executable_destroy(exe);
}

/* ---- The script ----------------------------------------------------------- */

/* Words of a tensor's instruction. */
static uint32_t array_words(const struct graph_tensor *tensor, uint32_t number)
{
	return (tensor->base == number ? 5 : 3) + tensor->ndim;
}

static uint32_t *write_array(uint32_t *at, const struct graph_tensor *tensor, uint32_t number)
{
	const bool own = tensor->base == number;

	*at++ = own ? DO_ARRAY : DO_VIEW;
	*at++ = (own ? 3 : 1) + tensor->ndim;
	if (own) {
		*at++ = tensor->role & IPU_GRAPH_COPIES ? LAY_COPIES : LAY_USUAL;
		*at++ = tensor->dtype;
		*at++ = tensor->offset;
	} else {
		*at++ = tensor->base;
	}
	for (uint32_t i = 0; i < tensor->ndim; i++)
		*at++ = tensor->shape[i];
	return at;
}

/* The last tensor is where the times go. */
static uint32_t *write_note(uint32_t *at, const struct ipu_executable *exe, uint32_t number)
{
	*at++ = DO_NOTE;
	*at++ = 2;
	*at++ = exe->tensors - 1;
	*at++ = number;
	return at;
}

/* The words of all tensors, then those of all operations, with notes between them. */
static int write_script(struct ipu_executable *exe, const struct ipu_graph *graph,
			const uint32_t *word)
{
	const bool noted = exe->op_cycles;
	uint32_t words = 1, *at;

	for (uint32_t i = 0; i < exe->tensors; i++)
		words += array_words(&exe->tensor[i], i);
	for (uint32_t i = 0; i < graph->ops; i++)
		words += 2 + graph->op[i].words + (noted ? 4 : 0);
	words += noted ? 4 : 0;
	exe->word = calloc(words, sizeof(*exe->word));
	if (!exe->word)
		return ipu_fail_nomem("an executable");
	exe->words = words;
	at = exe->word;
	for (uint32_t i = 0; i < exe->tensors; i++)
		at = write_array(at, &exe->tensor[i], i);
	at = noted ? write_note(at, exe, 0) : at;
	for (uint32_t i = 0; i < graph->ops; i++) {
		const struct graph_op *op = &graph->op[i];

		*at++ = op->code;
		*at++ = op->words;
		memcpy(at, word + op->at, op->words * sizeof(*at));
		at += op->words;
		at = noted ? write_note(at, exe, i + 1) : at;
	}
	return 0;
}

/* ---- Compiling ------------------------------------------------------------ */

static int take_graph(struct ipu_executable *exe, const struct ipu_graph *graph)
{
	exe->tensors = graph->tensors;
	exe->ops = graph->ops;
	exe->labels = graph->labels;
	/* One more for the times of a profile. */
	exe->tensor = calloc(graph->tensors + 1, sizeof(*graph->tensor));
	exe->label = copy_of(graph->label, graph->labels * sizeof(*graph->label));
	exe->bound = calloc(graph->tensors + 1, sizeof(*exe->bound));
	exe->op_label = calloc(graph->ops + 1, sizeof(*exe->op_label));
	exe->op_code = calloc(graph->ops + 1, sizeof(*exe->op_code));
	if (!exe->tensor || !exe->label || !exe->bound || !exe->op_label || !exe->op_code)
		return ipu_fail_nomem("an executable");
	if (graph->tensors)
		memcpy(exe->tensor, graph->tensor, graph->tensors * sizeof(*graph->tensor));
	for (uint32_t i = 0; i < graph->ops; i++) {
		exe->op_label[i] = graph->op[i].label;
		exe->op_code[i] = graph->op[i].code;
	}
	return 0;
}

/* Behind all other tensors. */
static int add_times(struct ipu_executable *exe)
{
	const uint32_t count = exe->ops + PARTS_MOST; /* the end of each, and starts of parts */
	struct graph_tensor *times = &exe->tensor[exe->tensors];
	int err;

	*times = (struct graph_tensor){
		.name = "times",
		.dtype = IPU_U32,
		.ndim = 1,
		.shape = { count },
		.count = count,
		.role = IPU_GRAPH_COPIES,
		.base = exe->tensors,
		.offset = exe->bytes,
	};
	lay_out_tensor(times, exe->tiles);
	if (times->bytes > TENSORS_ROOM - exe->bytes)
		return ipu_fail(-ENOSPC,
				"A tile's memory has no room for the times of %u operations: use "
				"more tiles, or do not profile.",
				exe->ops);
	exe->op_cycles = calloc(count, sizeof(*exe->op_cycles));
	if (!exe->op_cycles)
		return ipu_fail_nomem("a profile");
	err = ipu_bo_create(exe->engine->pool->dev, count * sizeof(uint32_t), &exe->times_bo);
	if (err)
		return err;
	exe->times = ipu_bo_data(exe->times_bo);
	exe->bytes += times->bytes;
	exe->tensors++;
	return 0;
}

/* A run is one job, whose commands are as many as the card takes. */
static int check_cmds(const struct ipu_executable *exe)
{
	const uint32_t cmds = executable_cmds(exe, PARTS_MOST);
	const uint32_t most = exe->engine->pool->dev->info.max_cmds;

	if (cmds <= most)
		return 0;
	return ipu_fail(-E2BIG,
			"%s: what the host has of its %u tensors takes %u commands, and a job has "
			"%u at most: make fewer, larger tensors of it.",
			exe->name, exe->tensors, cmds, most);
}

static int build(struct ipu_executable *exe, const struct ipu_graph *graph, bool profile)
{
	const uint32_t room = TENSORS_ROOM;
	uint32_t *word;
	int bytes, err = take_graph(exe, graph);

	if (!err)
		err = check_cmds(exe);
	if (err)
		return err;
	bytes = lay_out(graph, exe->tensor, exe->tiles, room, &exe->keep);
	if (bytes < 0)
		return bytes;
	exe->bytes = (uint32_t)bytes;
	word = copy_of(graph->word, graph->words * sizeof(*word));
	if (!word)
		return ipu_fail_nomem("an executable");
	err = profile ? add_times(exe) : 0;
	if (!err)
		err = plan_ops(graph, word, exe->tiles, exe->bytes, exe->engine->options.cycles);
	if (!err)
		err = write_script(exe, graph, word);
	free(word);
	return err;
}

int executable_enter(struct ipu_executable *exe)
{
	struct ipu_engine *engine = exe->engine;
	int err;

	pthread_mutex_lock(&engine->pool->lock);
	exe->next = engine->exes;
	engine->exes = exe;
	err = engine_make(exe);
	pthread_mutex_unlock(&engine->pool->lock);
	if (err)
		ipu_executable_destroy(exe);
	return err;
}

static int compile(struct ipu_engine *engine, const struct ipu_graph *graph,
		   const struct ipu_compile_options *options, struct ipu_executable **out)
{
	struct ipu_executable *exe = calloc(1, sizeof(*exe));
	int err;

	if (!exe)
		return ipu_fail_nomem("an executable");
	exe->engine = engine;
	exe->slot = NO_SLOT;
	exe->tiles = options->tiles;
	snprintf(exe->name, sizeof(exe->name), "%s",
		 options->name && options->name[0] ? options->name : "A graph");
	err = build(exe, graph, options->profile);
	if (err) {
		executable_destroy(exe);
		return err;
	}
	err = executable_enter(exe);
	if (!err)
		*out = exe;
	return err;
}

/* With chains, if there is room for all that they use at a time. */
static int compile_fused(struct ipu_engine *engine, const struct ipu_graph *graph,
			 const struct ipu_compile_options *options, struct ipu_executable **exe)
{
	const char *fuse = getenv("IPU_FUSE");
	struct ipu_graph *fused = NULL;
	int err = 0;

	if (!fuse || strcmp(fuse, "0") != 0)
		err = graph_fuse(graph, options->tiles, &fused);
	if (!err)
		err = compile(engine, fused ? fused : graph, options, exe);
	if (err == -ENOSPC && fused)
		err = compile(engine, graph, options, exe);
	ipu_graph_destroy(fused);
	return err;
}

/* If the tiles refuse it, and there are no more: with some images of a convolution at a time. */
static int compile_divided(struct ipu_engine *engine, const struct ipu_graph *graph,
			   const struct ipu_compile_options *options, struct ipu_executable **exe)
{
	struct ipu_graph *divided = NULL;
	int err = compile_fused(engine, graph, options, exe);

	if (err != -EIO || options->tiles < ipu_engine_tiles(engine) ||
	    graph_divide(graph, options->tiles, &divided) || !divided)
		return err;
	err = compile_fused(engine, divided, options, exe);
	ipu_graph_destroy(divided);
	return err;
}

int ipu_compile(struct ipu_engine *engine, const struct ipu_graph *graph,
		const struct ipu_compile_options *user, struct ipu_executable **out)
{
	struct ipu_compile_options options;
	struct ipu_graph *wide = NULL;
	int err = IPU_STRUCT_IN(&options, user, ipu_compile_options, tiles);

	*out = NULL;
	if (!err)
		err = ipu_check_process(engine->pool->dev);
	if (!err && graph->error)
		err = ipu_fail(graph->error, "%s", graph->message);
	if (!err && options.tiles > ipu_engine_tiles(engine))
		err = ipu_fail(-EINVAL, "A graph for %u tiles: the engine has %u.", options.tiles,
			       ipu_engine_tiles(engine));
	if (!err && !options.tiles)
		options.tiles = ipu_engine_tiles(engine);
	if (!err)
		err = graph_widen(graph, &wide);
	if (!err)
		err = compile_divided(engine, wide ? wide : graph, &options, out);
	ipu_graph_destroy(wide);
	return err;
}

uint32_t ipu_engine_smallest(const struct ipu_engine *engine, const struct ipu_graph *graph,
			     uint32_t room)
{
	const uint32_t most = TENSORS_ROOM;
	const uint32_t all = ipu_engine_tiles(engine);
	uint32_t tiles = lay_out_smallest(graph, all, room && room < most ? room : most);

	if (tiles > all && room && room < most)
		tiles = lay_out_smallest(graph, all, most);
	return tiles <= all ? tiles : all + 1;
}

int ipu_executable_get_info(struct ipu_executable *exe, struct ipu_executable_info *user)
{
	struct ipu_executable_info info = { .size = sizeof(info) };
	int err = IPU_STRUCT_CHECK(user, ipu_executable_info, cycles);

	if (!err)
		err = ipu_check_process(exe->engine->pool->dev);
	if (err)
		return err;
	pthread_mutex_lock(&exe->engine->pool->lock);
	engine_drain(exe->engine);
	snprintf(info.name, sizeof(info.name), "%s", exe->name);
	info.tiles = exe->tiles;
	info.tensor_bytes = exe->bytes;
	info.table_bytes = exe->tables;
	info.runs = exe->runs;
	info.cycles = exe->cycles;
	info.operations = exe->ops;
	for (uint32_t i = 0; i < exe->ops; i++)
		info.chains += exe->op_code[i] == DO_CHAIN;
	pthread_mutex_unlock(&exe->engine->pool->lock);
	ipu_struct_out(user, &info, sizeof(info));
	return 0;
}

int ipu_executable_get_op(struct ipu_executable *exe, uint32_t index,
			  struct ipu_executable_op *user)
{
	struct ipu_executable_op op = { .size = sizeof(op) };
	int err = IPU_STRUCT_CHECK(user, ipu_executable_op, cycles);

	if (!err)
		err = ipu_check_process(exe->engine->pool->dev);
	if (err)
		return err;
	if (index >= exe->ops)
		return ipu_fail(-EINVAL, "%s has %u operations, and no number %u.", exe->name,
				exe->ops, index);
	pthread_mutex_lock(&exe->engine->pool->lock);
	snprintf(op.name, sizeof(op.name), "%s", graph_op_name(exe->op_code[index]));
	if (exe->op_label[index])
		memcpy(op.label, exe->label[exe->op_label[index] - 1], sizeof(op.label));
	op.cycles = exe->op_cycles ? exe->op_cycles[index] : 0;
	pthread_mutex_unlock(&exe->engine->pool->lock);
	ipu_struct_out(user, &op, sizeof(op));
	return 0;
}
