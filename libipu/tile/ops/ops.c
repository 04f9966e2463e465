/* SPDX-License-Identifier: MIT */
/* Lists of operations, <ipu/ops.h>, and the steps they consist of, <ipu/step.h>. */
#include <stdarg.h>
#include <stdio.h>

#include <ipu/step.h>

void ipu_ops_init(struct ipu_ops *ops, struct ipu_memory *memory)
{
	*ops = (struct ipu_ops){ .memory = memory };
}

void ipu_ops_run(const struct ipu_ops *ops)
{
	for (const struct ipu_step *step = ops->first; step; step = step->next) {
		if (step->prepare)
			step->prepare(step->args);
		if (step->exchange)
			ipu_exchange(step->table, step->count);
		if (step->work)
			ipu_run_workers(step->work, step->args);
	}
}

/* ---- Making one ----------------------------------------------------------------- */

void ipu_ops_begin(struct ipu_ops *ops, const char *name)
{
	ops->name = name;
	ops->memory->scratch_used = 0;
	ops->memory->scratch_own = 0;
}

static void say(const char *name, const char *format, va_list args)
{
	printf("%s: ", name);
	vprintf(format, args);
	printf("\n");
}

void ipu_ops_refuse(const struct ipu_ops *ops, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (ipu_tile_id() == 0)
		say(ops->name, format, args);
	va_end(args);
	ipu_trap(IPU_TRAP_OPS);
}

void ipu_ops_refuse_here(const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(name, format, args);
	va_end(args);
	ipu_trap(IPU_TRAP_OPS);
}

void *ipu_ops_keep(struct ipu_ops *ops, uint32_t bytes)
{
	struct ipu_memory *memory = ops->memory;

	if (bytes > (uint32_t)(memory->high - memory->low) / 16 * 16)
		ipu_ops_refuse_here(
			ops->name, "its tables need %lu bytes more on this tile, and %lu are free",
			(unsigned long)bytes, (unsigned long)(memory->high - memory->low));
	memory->high -= (bytes + 15) / 16 * 16;
	return memory->high;
}

/* @alike: all tiles ask for it, so that one of them says what is wrong. */
static uint32_t take_scratch(struct ipu_ops *ops, uint32_t bytes, bool alike)
{
	struct ipu_memory *memory = ops->memory;
	const uint32_t used = memory->scratch_used + memory->scratch_own;
	/* It may be near 2^32. */
	const uint64_t most = used + ((uint64_t)bytes + 63) / 64 * 64;

	if (most > memory->scratch_bytes) {
		if (ipu_tile_id() == 0 || !alike || memory->scratch_own)
			printf("%s: it needs %llu bytes of scratch memory at once, and there are "
			       "%lu: give ipu_memory_init() %llu more, or use more tiles\n",
			       ops->name, (unsigned long long)most,
			       (unsigned long)memory->scratch_bytes,
			       (unsigned long long)(most - memory->scratch_bytes));
		ipu_trap(IPU_TRAP_OPS);
	}
	if (most > memory->scratch_most)
		memory->scratch_most = (uint32_t)most;
	return (uint32_t)most - used;
}

void *ipu_ops_scratch(struct ipu_ops *ops, uint32_t bytes)
{
	struct ipu_memory *memory = ops->memory;

	memory->scratch_used += take_scratch(ops, bytes, true);
	return memory->scratch + memory->scratch_used - (bytes + 63) / 64 * 64;
}

void *ipu_ops_scratch_own(struct ipu_ops *ops, uint32_t bytes)
{
	struct ipu_memory *memory = ops->memory;

	memory->scratch_own += take_scratch(ops, bytes, false);
	return memory->scratch + memory->scratch_bytes - memory->scratch_own;
}

uint32_t ipu_ops_scratch_left(const struct ipu_ops *ops)
{
	const struct ipu_memory *memory = ops->memory;

	return (memory->scratch_bytes - memory->scratch_used - memory->scratch_own) / 64 * 64;
}

static struct ipu_step *add_step(struct ipu_ops *ops)
{
	struct ipu_step *step = ipu_ops_keep(ops, sizeof(*step));

	*step = (struct ipu_step){ .table = (struct ipu_xfer *)step };
	if (ops->last)
		ops->last->next = step;
	else
		ops->first = step;
	ops->last = step;
	return step;
}

struct ipu_step *ipu_add_work(struct ipu_ops *ops, void (*work)(void *args), void *args)
{
	struct ipu_step *step = add_step(ops);

	step->work = work;
	step->args = args;
	return step;
}

struct ipu_step *ipu_add_exchange(struct ipu_ops *ops)
{
	struct ipu_step *step = add_step(ops);

	step->exchange = true;
	return step;
}

/* The table grows downwards. A transfer that goes on where the last one ended is made one with it. */
void ipu_pull_add(struct ipu_ops *ops, uint32_t tile, const void *from, void *to, uint32_t bytes)
{
	struct ipu_step *step = ops->last;
	struct ipu_xfer *last = step->table;

	if (!bytes)
		return;
	if (step->count && last->src_tile == tile &&
	    last->src_addr + last->bytes == (uint32_t)from &&
	    last->dst_addr + last->bytes == (uint32_t)to) {
		last->bytes += bytes;
		return;
	}
	ipu_assert((char *)step->table == ops->memory->high);
	step->table = ipu_ops_keep(ops, sizeof(*step->table));
	*step->table = ipu_pull(tile, from, to, bytes);
	step->count++;
}

uint32_t ipu_pull_most(const struct ipu_array *array, uint32_t row)
{
	return !array->chunk || array->chunk % row == 0 ? 1 : 2 + row / array->chunk;
}

void ipu_pull_range(struct ipu_ops *ops, const struct ipu_array *array, uint32_t first,
		    uint32_t count, void *to)
{
	const uint32_t bytes = ipu_dtype_bytes(array->dtype);
	const uint32_t chunk = array->chunk ? array->chunk : array->count + 4;
	uint32_t tile = first / chunk, at = first - tile * chunk;
	char *dest = to;

	ipu_assert(((first * bytes) & 3) == 0);
	while (count) {
		const uint32_t part = chunk - at < count ? chunk - at : count;

		ipu_pull_add(ops, array->chunk ? tile : ipu_tile_id(),
			     (const char *)array->data + at * bytes, dest,
			     (part * bytes + 3) & ~3u);
		dest += part * bytes;
		count -= part;
		at = 0;
		tile++;
	}
}
