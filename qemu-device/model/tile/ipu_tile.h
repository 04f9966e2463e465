/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * One tile: SRAM, a supervisor and six workers. This is the interface between the
 * execution engine (interpreter today, generated code later) and the card: the
 * card decides when a tile runs, the engine what it does.
 *
 * A tile is used by one thread at a time; different tiles run in parallel.
 * What a tile does depends only on its SRAM and its start values, never on the
 * host, on other tiles, or on how its run is divided into quanta.
 *
 * This is the interface of the folder tile/: units and their order, traps, CSRs, decoded
 * code, debugging. It does not use the card.
 * Knows: exec, vector, isa, float.
 */
#ifndef IPU_TILE_H
#define IPU_TILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exec/ipu_tile_state.h"
#include "ipu_host_memory.h"

struct ipu_tile;
struct ipu_code_cache;
struct ipu_image;

/**
 * ipu_code_cache_new - decoded code, shared by all of its tiles that hold the same bytes
 * @budget: where its memory is counted; outlives the cache
 *
 * Its tiles may run in parallel. All of its functions lock the budget, too.
 *
 * Return: the cache, or NULL if out of memory.
 */
struct ipu_code_cache *ipu_code_cache_new(struct ipu_budget *budget);

/**
 * ipu_code_cache_reserve - count memory for another purpose in the budget
 * Return: false, and nothing is counted, if that is too much. Pages that no tile holds
 * make room for it.
 */
bool ipu_code_cache_reserve(struct ipu_code_cache *cache, size_t bytes);

/** ipu_code_cache_free - with all pages, also those that tiles hold; NULL is allowed */
void ipu_code_cache_free(struct ipu_code_cache *cache);

/**
 * ipu_code_cache_end - the same, except for the memory
 * Return: the memory, which the caller unmaps. The budget still counts it.
 */
struct ipu_mapping ipu_code_cache_end(struct ipu_code_cache *cache);

/**
 * struct ipu_tile_start - how a tile's supervisor begins
 * @tile: its number in the run, which IPU_CSR_TILE reads
 * @tiles: tiles of the run
 * @entry: PC
 * @sp: x2
 * @arg: x10; all other registers are 0
 * @must_stop: once another thread sets it, ipu_tile_run() returns within milliseconds,
 *	whatever the tile does: between two instructions, with the tile still RUNNING. How
 *	far it has come by then is not defined. NULL if that is never needed.
 */
struct ipu_tile_start {
	uint32_t tile;
	uint32_t tiles;
	uint32_t entry;
	uint32_t sp;
	uint32_t arg;
	const atomic_bool *must_stop;
};

/**
 * ipu_tile_new - make a tile
 * @sram: IPU_SRAM_SIZE bytes, aligned to 4096, owned by the caller and not
 *	touched before the tile runs; outlives the tile
 * @cache: until the cache is freed the tile may run
 * @vlen: bits of a vector register, 128, 256, 512 or 1024
 * Return: the tile, IDLE, or NULL if out of memory.
 */
struct ipu_tile *ipu_tile_new(uint8_t *sram, struct ipu_code_cache *cache, unsigned int vlen);

/**
 * ipu_tile_new_at - the same in reserved address space (ipu_host_reserve())
 * @place: ipu_tile_place() bytes of it, aligned to a page of the host. Tiles whose places
 *	are beside each other are executed faster in a row.
 */
struct ipu_tile *ipu_tile_new_at(uint8_t *place, uint8_t *sram, struct ipu_code_cache *cache,
				 unsigned int vlen);

/** ipu_tile_place - the address space that a tile takes there */
size_t ipu_tile_place(unsigned int vlen);

/** ipu_tile_free - before or after its cache, which keeps the pages of the tile; NULL is allowed */
void ipu_tile_free(struct ipu_tile *tile);

/** ipu_tile_bytes - the most host memory that a tile takes, without SRAM and decoded code */
size_t ipu_tile_bytes(unsigned int vlen);

/** ipu_tile_reset - back to IDLE; drops registers and decoded code, keeps SRAM */
void ipu_tile_reset(struct ipu_tile *tile);

/** ipu_tile_start - make the tile RUNNING, as if new, with cycles and instructions at 0 */
void ipu_tile_start(struct ipu_tile *tile, const struct ipu_tile_start *start);

/**
 * ipu_tile_run - let a RUNNING tile execute
 * @quantum: slots (ipu_cost.h) after which to return with the tile still RUNNING;
 *	the units' together, and some more for code that is executed for the first time.
 *	Unless the tile has a profile, 256 multiply-adds of ipu.amp count as one, which are
 *	little work for the host. It may overshoot a little
 * Return: its state after that.
 */
enum ipu_tile_state ipu_tile_run(struct ipu_tile *tile, uint64_t quantum);

/**
 * ipu_tile_swept - bytes of SRAM that loops over arrays have accessed in the last ipu_tile_run()
 *
 * Of many of them it is known how much they access: how much of the host's time depends on its
 * memory.
 */
uint64_t ipu_tile_swept(const struct ipu_tile *tile);

enum ipu_tile_state ipu_tile_state(const struct ipu_tile *tile);

/** ipu_tile_cycles - the tile's clock: cycles since its start, syncs included */
uint64_t ipu_tile_cycles(const struct ipu_tile *tile);

/** ipu_tile_instructions - instructions retired by all its units since its start */
uint64_t ipu_tile_instructions(const struct ipu_tile *tile);

/** ipu_tile_release - end a sync: the tile is RUNNING again and its clock is set to @cycles */
void ipu_tile_release(struct ipu_tile *tile, uint64_t cycles);

/** ipu_tile_delay - a tile that is not RUNNING has taken @cycles more */
void ipu_tile_delay(struct ipu_tile *tile, uint64_t cycles);

/** ipu_tile_transfers - address and entries of the transfer table of a tile at an internal sync */
void ipu_tile_transfers(const struct ipu_tile *tile, uint32_t *table, uint32_t *count);

/** ipu_tile_exit_code - of an EXITED tile */
uint32_t ipu_tile_exit_code(const struct ipu_tile *tile);

/** ipu_tile_fault - of a FAULTED tile; where a RUNNING tile is now (cause 0), for the watchdog */
void ipu_tile_fault(const struct ipu_tile *tile, struct ipu_tile_fault *fault);

/** ipu_tile_written - SRAM at tile address @addr was written from outside (copy, fill, exchange) */
void ipu_tile_written(struct ipu_tile *tile, uint32_t addr, uint32_t len);

/**
 * ipu_tile_image - save a tile that does not run, or load one that is IDLE
 * @profile: where it notes what it does if it is profiled
 *
 * All but SRAM, which must have been loaded before, and what the card gives the tile: a
 * tracer, points, must_stop of &struct ipu_tile_start.
 *
 * Return: false if that failed; the tile can only be freed then.
 */
bool ipu_tile_image(struct ipu_tile *tile, struct ipu_image *image,
		    struct ipu_tile_profile *profile);

/** ipu_tile_stoppable - set must_stop of &struct ipu_tile_start, for a tile that was loaded */
void ipu_tile_stoppable(struct ipu_tile *tile, const atomic_bool *must_stop);

/*
 * Registers, for tests and debuggers. @unit: worker 0..5 or
 * IPU_UNIT_SUPERVISOR. @reg: 0..31 x, 32 pc, 33..64 f (bits), 65 fcsr.
 */
uint32_t ipu_tile_get_reg(const struct ipu_tile *tile, unsigned int unit, unsigned int reg);
void ipu_tile_set_reg(struct ipu_tile *tile, unsigned int unit, unsigned int reg, uint32_t value);

/** ipu_tile_trace - call @tracer for every instruction, from the next ipu_tile_run() on */
void ipu_tile_trace(struct ipu_tile *tile, ipu_tile_tracer *tracer, void *arg, uint32_t number);

/**
 * ipu_tile_profile - profile a tile, or no longer
 * @profile: NULL: no longer. All 0 but @samples and @period; it is the tile's until
 *	it is profiled no longer or reset, except that its events may be taken
 *	while the tile does not run
 * @number: the tile's, so that tiles take their samples at different places
 *
 * What the tile computes and how long it takes does not depend on it; its host
 * takes several times as long with samples.
 */
void ipu_tile_profile(struct ipu_tile *tile, struct ipu_tile_profile *profile, uint32_t number);

/*
 * ---- Debugging (ipu_tile_debug.c) ----
 *
 * A tile that is debugged stops executing before a breakpoint, before an access to
 * a watched address, at an ebreak and when it has done a step: then ipu_tile_run()
 * returns at once, and does nothing more until ipu_tile_go().
 */

/**
 * ipu_tile_debug - debug a tile, or no longer
 * @points: NULL: no longer. Not changed while the tile runs; read again only by
 *	this function
 * @number: the tile's number in @points
 */
void ipu_tile_debug(struct ipu_tile *tile, const struct ipu_tile_points *points, uint32_t number);

/** ipu_tile_stop - why a tile that is debugged has stopped; faults are not included */
struct ipu_tile_stop ipu_tile_stop(const struct ipu_tile *tile);

/**
 * ipu_tile_go - continue a tile that is debugged
 * @step: the unit that executes one instruction, IPU_UNIT_NONE for none
 * @only: the only unit that executes, IPU_UNIT_NONE for all. If it cannot, the tile
 *	stops with IPU_DBG_BLOCKED.
 *
 * The unit that stopped at a breakpoint or watchpoint executes its instruction before it
 * stops again. The one that steps does not stop at a breakpoint, but before an access to
 * a watched address it does.
 */
void ipu_tile_go(struct ipu_tile *tile, unsigned int step, unsigned int only);

/*
 * Registers by the numbers of ipu_hw.h (IPU_DBG_REG_X and those that follow).
 * Both return false if the unit has no such register, the second also if it is
 * read only. The tile must not run meanwhile.
 */
bool ipu_tile_debug_read(struct ipu_tile *tile, unsigned int unit, uint32_t reg, uint32_t *value);
bool ipu_tile_debug_write(struct ipu_tile *tile, unsigned int unit, uint32_t reg, uint32_t value);

#endif /* IPU_TILE_H */
