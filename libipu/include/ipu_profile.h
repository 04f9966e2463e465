/* SPDX-License-Identifier: MIT */
/*
 * libipu: where the time of runs goes.
 *
 * While a context is profiled, the card records for each superstep of its runs how
 * long the tiles worked, synced and exchanged, and for tiles and their workers when;
 * it can take samples of what units execute, and programs can write marks
 * (ipu_trace() of <ipu/tile.h>). All times are card time in cycles of the tile clock since
 * the run began; resumes go on from there, and another run begins at 0 again.
 *
 *	ipu_profile_start(ctx, NULL);
 *	ipu_run(ctx, NULL);
 *	ipu_profile_get_totals(ctx, &totals);
 *	for (uint64_t place = 0; ipu_profile_next(ctx, &place, &event) > 0;)
 *		...
 *
 * A profile changes nothing of what a program computes or of its cycles. It costs host
 * time: records some percent in programs with short supersteps, samples several
 * times the time of the tiles that are sampled. Returns, structures with a size, and
 * threads are as in ipu.h.
 */
#ifndef IPU_PROFILE_API_H
#define IPU_PROFILE_API_H

#include <ipu.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IPU_PROFILE_DEFAULT_BYTES (16u << 20)
#define IPU_PROFILE_MAX_BYTES (1u << 30)

/**
 * struct ipu_profile_options - what to record
 * @size: sizeof(struct ipu_profile_options)
 * @bytes: memory for records, up to IPU_PROFILE_MAX_BYTES; 0 takes
 *	IPU_PROFILE_DEFAULT_BYTES. A superstep takes 88 bytes, a tile in it 48, a worker's
 *	or supervisor's part or a mark 32. What there is no room for is counted, not recorded.
 * @sample_cycles: take a sample each time that a unit has executed for so many
 *	cycles, rounded up to a multiple of 6; 0 takes none
 * @step_stride: record tiles of one superstep of so many; 0 and 1: of all. Supersteps
 *	themselves are always recorded.
 * @tile_stride: record and sample one tile of so many; 0 and 1: all
 */
struct ipu_profile_options {
	size_t size;
	uint64_t bytes;
	uint32_t sample_cycles;
	uint32_t step_stride;
	uint32_t tile_stride;
};

/**
 * ipu_profile_start - profile the runs and resumes of a context from now on
 * @ctx: the context; its last profile is forgotten
 * @options: NULL for the defaults
 *
 * Return: 0; -ENOTSUP when the card cannot do it; -EINVAL for @bytes out of range;
 * -EBUSY before a run has been waited for; what ipu_bo_create() and ipu_bo_map() return.
 */
int ipu_profile_start(struct ipu_context *ctx, const struct ipu_profile_options *options);

/**
 * ipu_profile_stop - profile no more runs; what was recorded stays until the next start
 *
 * Return: 0; -EBUSY before a run has been waited for.
 */
int ipu_profile_stop(struct ipu_context *ctx);

/**
 * struct ipu_profile_totals - sums over all runs that were profiled
 * @size: sizeof(struct ipu_profile_totals), set by the caller
 * @supersteps: supersteps
 * @compute_cycles: card time from the start of a superstep to its slowest tile's end
 * @sync_cycles: card time of internal syncs
 * @exchange_cycles: card time of exchanges
 * @host_cycles: card time of resuming after external syncs
 * @records_bytes: memory that records take
 * @dropped: records that there was no room for; sums include what they would have said
 * @lost: likewise, of units that did too many things at once for the card to note
 *
 * The four times add up to the cycles of &struct ipu_report, exactly.
 */
struct ipu_profile_totals {
	size_t size;
	uint64_t supersteps;
	uint64_t compute_cycles;
	uint64_t sync_cycles;
	uint64_t exchange_cycles;
	uint64_t host_cycles;
	uint64_t records_bytes;
	uint64_t dropped;
	uint64_t lost;
};

/**
 * ipu_profile_get_totals - the sums; of a run that faulted up to its last complete superstep
 * @ctx: a context that is or was profiled
 * @totals: out
 *
 * Return: 0; -EINVAL for one that was not, or for a wrong size; -EBUSY before a run has
 * been waited for; -EIO when what the card wrote makes no sense.
 */
int ipu_profile_get_totals(struct ipu_context *ctx, struct ipu_profile_totals *totals);

/**
 * enum ipu_event_kind - what an event tells of
 * @IPU_EVENT_STEP: a superstep
 * @IPU_EVENT_TILE: a tile in the superstep of the last IPU_EVENT_STEP before
 * @IPU_EVENT_WORKER: a worker, from its start to its exit; comes before its superstep
 * @IPU_EVENT_WAIT: a supervisor that waits for its tile's workers; likewise
 * @IPU_EVENT_MARK: a mark of the program; likewise
 */
enum ipu_event_kind {
	IPU_EVENT_STEP = 1,
	IPU_EVENT_TILE = 2,
	IPU_EVENT_WORKER = 3,
	IPU_EVENT_WAIT = 4,
	IPU_EVENT_MARK = 5,
};

/** enum ipu_step_end - what a superstep ended with */
enum ipu_step_end {
	IPU_STEP_END_INTERNAL = 0, /* an internal sync */
	IPU_STEP_END_EXTERNAL = 1, /* an external sync */
	IPU_STEP_END_EXIT = 2, /* the exit of all tiles */
};

/**
 * struct ipu_profile_event - something that was recorded; members not named are 0
 * @size: sizeof(struct ipu_profile_event), set by the caller
 * @kind: enum ipu_event_kind
 * @tile: the tile; of a superstep the slowest
 * @unit: of a worker, wait or mark: worker 0..5 or IPU_SUPERVISOR
 * @value: of a mark what the program wrote, see ipu_program_mark()
 * @exited: of a tile: it exited
 * @tiles: of a superstep: tiles that took part
 * @step_end: of a superstep: enum ipu_step_end
 * @step: of a superstep: its number over all runs of the profile, from 0 on
 * @begin: when it began; of a tile when its superstep did
 * @end: when it ended; of a tile when it arrived at the end of its superstep or exited;
 *	of a superstep when all tiles went on
 * @first: of a superstep: when the first tile arrived at its end
 * @last: when the last one did
 * @exchange: when the exchange began; before that is the sync
 * @busy: of a superstep: the sum over its tiles of the cycles until they arrived
 * @instructions: of a superstep or tile: instructions executed
 * @exchange_bytes: of a superstep or tile: bytes received
 */
struct ipu_profile_event {
	size_t size;
	uint32_t kind;
	uint32_t tile;
	uint32_t unit;
	uint32_t value;
	uint32_t exited;
	uint32_t tiles;
	uint32_t step_end;
	uint64_t step;
	uint64_t begin;
	uint64_t end;
	uint64_t first;
	uint64_t last;
	uint64_t exchange;
	uint64_t busy;
	uint64_t instructions;
	uint64_t exchange_bytes;
};

/**
 * ipu_profile_next - the next event that was recorded
 * @ctx: a context that is or was profiled
 * @place: in and out: where in the profile, 0 for the first event
 * @event: out
 *
 * Return: 1; 0 after the last event; -EINVAL for a context that was not profiled, a wrong
 * size, or a place that is none; -EBUSY before a run has been waited for; -EIO
 * when what the card wrote makes no sense.
 */
int ipu_profile_next(struct ipu_context *ctx, uint64_t *place, struct ipu_profile_event *event);

/**
 * ipu_profile_samples - how often units executed what is at an address
 * @ctx: a context that is or was profiled
 * @addr: tile address of an instruction; 0 for the first one
 * @next: out: the lowest address from @addr on that has samples
 * @samples: out: how many, 4294967295 for that many or more
 *
 * Of runs that ended without a fault. Return: 1; 0 when no address from @addr on has
 * samples; -EINVAL for a context that was not profiled; -EBUSY before a run has been
 * waited for.
 */
int ipu_profile_samples(struct ipu_context *ctx, uint32_t addr, uint32_t *next, uint32_t *samples);

/**
 * ipu_program_mark - the text of a mark
 * @prog: the program that wrote it
 * @value: what it wrote
 * @text: out: the name that it gave with ipu_trace_name(), else the number
 * @bytes: room there; longer names are cut
 */
void ipu_program_mark(const struct ipu_program *prog, uint32_t value, char *text, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* IPU_PROFILE_API_H */
