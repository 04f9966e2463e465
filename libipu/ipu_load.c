// SPDX-License-Identifier: MIT
/* Loading a program into the SRAM of a context's tiles. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_flow.h"
#include "ipu_internal.h"
#include "isa/ipu_isa.h"
#include "ipu_print.h"
#include "ipu_program.h"

static int fill(struct ipu_context *ctx, uint32_t begin, uint32_t end)
{
	int err = ipu_context_setup_room(ctx, 1);

	if (err)
		return err;
	return ipu_cmds_fill(ctx->setup, 0, ctx->tiles, begin, end - begin, 0);
}

/*
 * Zero the memory that the file has no bytes for. A fill is a multiple of 4
 * bytes long; what it overwrites beyond that memory is restored by the copies,
 * which come later.
 */
static int fill_zeroes(struct ipu_context *ctx, const struct ipu_program *prog)
{
	int err = fill(ctx, prog->sp, prog->sp + IPU_STACK_GAP);

	for (size_t i = 0; !err && i < prog->segment_count; i++) {
		const struct ipu_segment *segment = &prog->segments[i];

		if (segment->bytes > segment->file_bytes)
			err = fill(ctx, (segment->addr + segment->file_bytes) & ~3u,
				   (segment->addr + segment->bytes + 3) & ~3u);
	}
	return err;
}

static int copy_segments(struct ipu_context *ctx, const struct ipu_program *prog)
{
	unsigned char *stage = ctx->stage->data;
	size_t offset = 0;
	int err = 0;

	for (size_t i = 0; !err && i < prog->segment_count; i++) {
		const struct ipu_segment *segment = &prog->segments[i];
		const struct ipu_copy copy = {
			.size = sizeof(copy),
			.tile_count = ctx->tiles,
			.tile_addr = segment->addr,
			.row_bytes = segment->file_bytes,
			.rows = 1,
			.host_va = ctx->stage_va + offset,
		};

		if (!segment->file_bytes)
			continue;
		memcpy(stage + offset, segment->data, segment->file_bytes);
		offset += segment->file_bytes;
		err = ipu_context_setup_room(ctx, 1);
		if (!err)
			err = ipu_cmds_copy_to_tiles(ctx->setup, &copy);
	}
	return err;
}

static int check_vlen(const struct ipu_context *ctx, const struct ipu_program *prog)
{
	uint32_t vlen = ctx->dev->info.vlen;

	if (prog->vlen <= vlen)
		return 0;
	return ipu_fail(-ENOEXEC,
			"%s was compiled for vector registers of at least %u bits (zvl%ub), and "
			"the tiles of %s have %u: compile it without -march=..._zvl%ub, or run "
			"it on a card with vlen=%u.",
			prog->name, prog->vlen, prog->vlen, ctx->dev->info.name, vlen, prog->vlen,
			prog->vlen);
}

/* What a load makes before it changes anything. */
struct load {
	struct ipu_cmds *setup;
	struct ipu_output *outputs;
	struct ipu_flows *flows;
};

/*
 * The commands of a run: two for a stream that is asked for or each output, whose rows
 * are reset, two to copy each of them out, two for how much was printed, and the run itself.
 */
static uint32_t list_size(const struct ipu_context *ctx, const struct ipu_program *prog)
{
	size_t count = IPU_SETUP_CMDS + 3 + 4 * prog->tensor_count;

	return count < ctx->dev->info.max_cmds ? (uint32_t)count : ctx->dev->info.max_cmds;
}

static int prepare(struct ipu_context *ctx, struct ipu_program *prog, struct load *load)
{
	size_t bytes = 1;
	int err = check_vlen(ctx, prog);

	if (err)
		return err;
	for (size_t i = 0; i < prog->segment_count; i++)
		bytes += prog->segments[i].file_bytes;

	load->outputs = calloc(prog->tensor_count + 1, sizeof(*load->outputs));
	if (!load->outputs)
		return ipu_fail_nomem("a program's tensors");
	for (size_t i = 0; i < prog->tensor_count; i++)
		load->outputs[i].wanted = true;
	err = ipu_flows_new(ctx, prog, &load->flows);
	if (!err)
		err = ipu_context_stage(ctx, bytes);
	if (!err)
		err = ipu_cmds_create(ctx, list_size(ctx, prog), &load->setup);
	if (err) {
		ipu_flows_free(ctx, load->flows, true);
		free(load->outputs);
	}
	return err;
}

static void forget(struct ipu_context *ctx)
{
	ctx->state = IPU_CONTEXT_EMPTY;
	ipu_print_restart(ctx->print, ctx->tiles);
	ipu_program_close(ctx->program);
	ctx->program = NULL;
	free(ctx->outputs);
	ctx->outputs = NULL;
	ipu_context_setup_drop(ctx);
}

/* @before: out: the streams of the program that was loaded, which is forgotten, or NULL */
static int load(struct ipu_context *ctx, struct ipu_program *prog, struct ipu_flows **before)
{
	struct load load;
	int err = prepare(ctx, prog, &load);

	if (err)
		return err;
	*before = ctx->flows;
	ctx->flows = load.flows;
	forget(ctx);
	/* It is empty, and the new one holds all that this program's runs need. */
	ipu_cmds_destroy(ctx->setup);
	ctx->setup = load.setup;
	ctx->outputs = load.outputs;
	ctx->input_rows = 0;
	ctx->entry = 0;
	err = fill_zeroes(ctx, prog);
	if (!err)
		err = copy_segments(ctx, prog);
	if (!err)
		err = ipu_context_submit_setup(ctx);
	if (err) {
		ipu_context_setup_drop(ctx);
		return err;
	}
	ctx->program = ipu_program_get(prog);
	ctx->state = IPU_CONTEXT_LOADED;
	return 0;
}

int ipu_load(struct ipu_context *ctx, struct ipu_program *prog)
{
	struct ipu_flows *before = NULL;
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	if (ctx->state == IPU_CONTEXT_STARTED)
		err = ipu_fail(-EBUSY, "A run is under way: wait for it with ipu_run_wait() before "
				       "another program is loaded.");
	else if (ipu_flows_stopping(ctx))
		err = ipu_fail(-EBUSY, "Another thread detaches a stream: wait for it before "
				       "another program is loaded.");
	else
		err = load(ctx, prog, &before);
	pthread_mutex_unlock(&ctx->lock);
	ipu_flows_free(ctx, before, true);
	return err;
}
