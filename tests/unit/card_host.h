/* SPDX-License-Identifier: MIT */
/*
 * A host for tests of the card model: flat memory, counted interrupts, and
 * contexts that map all of that memory. Functions fail the test (cmocka) when
 * something does not work that must.
 */
#ifndef CARD_HOST_H
#define CARD_HOST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdatomic.h>
#include <cmocka.h>

#include "ipu_hw.h"
#include "card/ipu_card.h"
#include "isa/ipu_isa.h"

#define HOST_MEMORY (64u << 20)

/* Contexts map host memory from here on: a VA is never a good bus address or the reverse. */
#define VA_BASE 0x1240000000ull
#define VA(bus) (VA_BASE + (bus))

/* Long enough for a machine that is busy and a sanitizer that is slow. */
#define PATIENCE_MS 60000

/**
 * struct host - memory and what the card reported
 * @memory: bus address 0 and up
 * @used: of it, what host_alloc() has given
 * @refuse: refuse all DMA
 * @hold: make DMA wait until it is false
 * @held: number of DMA accesses that wait
 * @accesses: DMA accesses so far
 * @interrupts: messages of each vector
 * @traced: how many trace events of each kind there were
 * @quiet: how often the card said that it had become quiet
 * @threads: threads of the card that have started and not stopped
 * @errors: guest errors so far
 * @error: the last one
 */
struct host {
	struct ipu_card *card;
	struct ipu_card_config config;
	uint8_t *memory;
	uint64_t used;
	atomic_bool refuse;
	atomic_bool hold;
	atomic_uint held;
	atomic_uint accesses;
	atomic_uint interrupts[IPU_NUM_VECTORS];
	atomic_uint traced[IPU_TRACE_FAULT + 1];
	atomic_uint quiet;
	atomic_int threads;
	unsigned int errors;
	char error[256];
};

/**
 * struct stream - a card's state
 * @data: its bytes, of which the owner frees the memory
 * @size: how many
 * @at: how many of them have been read
 */
struct stream {
	uint8_t *data;
	size_t size;
	size_t at;
};

/**
 * struct context - a context of the card with a page table and a ring
 * @root: bus address of its page table
 * @ring: bus address of its ring
 * @log2: of the ring's entries
 * @written: commands written since it was enabled
 */
struct context {
	struct host *host;
	uint32_t index;
	uint64_t root;
	uint64_t ring;
	uint32_t log2;
	uint32_t written;
};

struct host *host_new(uint32_t tiles, uint32_t threads);

/** host_new_vlen - the same with vector registers of @vlen bits */
struct host *host_new_vlen(uint32_t tiles, uint32_t threads, uint32_t vlen);

/** host_new_limited - a host whose card has config.max_host_memory = @memory */
struct host *host_new_limited(uint32_t tiles, uint32_t threads, uint64_t memory);

/** host_no_card - build a card that the model refuses. Return: why, which the caller frees */
char *host_no_card(const struct ipu_card_config *config);

void host_free(struct host *host);

/** host_save - save the state of the card, which is paused */
void host_save(struct host *host, struct stream *stream);

/** host_load - load it. Return: NULL, or why it is refused, which the caller frees */
char *host_load(struct host *host, struct stream *stream);

/* There is an error, which says this; it is freed. */
void error_says(char *error, const char *words);

/* The stream is not loaded, for a reason that says this. */
void host_refuses(struct host *host, struct stream *stream, const char *words);

/** host_replace - a new card with @threads threads, paused and in its reset state, in the same slot */
void host_replace(struct host *host, uint32_t threads);

/** host_alloc - zeroed memory, aligned to a page. Return: its bus address */
uint64_t host_alloc(struct host *host, uint64_t bytes);

static inline void *host_at(struct host *host, uint64_t bus)
{
	return host->memory + bus;
}

uint64_t now_ms(void);

/* ---- Registers ---- */

uint32_t card_get(struct host *host, uint64_t offset);
void card_set(struct host *host, uint64_t offset, uint32_t value);
uint32_t ctx_get(struct context *ctx, uint32_t offset);
uint64_t ctx_get64(struct context *ctx, uint32_t offset_lo);
void ctx_set(struct context *ctx, uint32_t offset, uint32_t value);
uint32_t ctx_state(struct context *ctx);

/** ctx_wait - wait until a register has a value */
void ctx_wait(struct context *ctx, uint32_t offset, uint32_t value);

/* ---- Contexts ---- */

/** ctx_init - a page table that maps all of memory, and a ring; not enabled */
void ctx_init(struct context *ctx, struct host *host, uint32_t index);

/** ctx_config - write the configuration registers for tiles @first and up */
void ctx_config(struct context *ctx, uint32_t first, uint32_t count);

/** ctx_enable - write CTRL; @flags in addition to ENABLE */
void ctx_enable(struct context *ctx, uint32_t flags);
void ctx_disable(struct context *ctx);

/** ctx_open - all of these, privileged and with cleared tiles */
void ctx_open(struct context *ctx, struct host *host, uint32_t index, uint32_t first,
	      uint32_t count);

/** ctx_pte - the level 0 entry of @va, which is in mapped memory */
uint64_t *ctx_pte(struct context *ctx, uint64_t va);

/** ctx_put - write a command of IPU_CMD_SIZE bytes. Return: its VA */
uint64_t ctx_put(struct context *ctx, const void *command);
void ctx_ring(struct context *ctx);

/** ctx_finish - ring, and wait until all is done; a fault fails the test */
void ctx_finish(struct context *ctx);

/** ctx_fault - ring, and wait for a fault with this cause, address and info */
void ctx_fault(struct context *ctx, uint32_t cause, uint64_t addr, uint32_t info);

/** ctx_restart - disable and enable again, with the tiles' SRAM as it is */
void ctx_restart(struct context *ctx);

/* ---- Commands, put into the ring ---- */

struct ipu_cmd_copy copy_to(uint32_t tile, uint32_t tiles, uint32_t addr, uint64_t va,
			    uint32_t bytes);
struct ipu_cmd_copy copy_from(uint32_t tile, uint32_t tiles, uint32_t addr, uint64_t va,
			      uint32_t bytes);

/** put_run - RUN of @tiles tiles from @first on. Return: bus address of its report */
uint64_t put_run(struct context *ctx, uint32_t first, uint32_t tiles, uint32_t flags);

/** put_fence - FENCE of a word in memory. Return: the word's bus address */
uint64_t put_fence(struct context *ctx, uint64_t value, uint32_t flags);

/** tiles_write - copy the same @bytes to @tiles tiles at once; waits */
void tiles_write(struct context *ctx, uint32_t first, uint32_t tiles, uint32_t addr,
		 const void *data, uint32_t bytes);

/** tile_read - copy SRAM of one tile out; waits */
void tile_read(struct context *ctx, uint32_t tile, uint32_t addr, void *data, uint32_t bytes);

#endif /* CARD_HOST_H */
