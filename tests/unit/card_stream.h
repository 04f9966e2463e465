/* SPDX-License-Identifier: MIT */
/*
 * A card's stream as it is laid out, for tests that change what it says: see ipu_card_image.c
 * and ipu_context_image.c for the order, which the version in its header goes with.
 */
#ifndef CARD_STREAM_H
#define CARD_STREAM_H

#include <stdlib.h>
#include <string.h>

#include "card/ipu_card_state.h"
#include "card_host.h"

/* Where a card without lost words has the number of its chain. */
#define STREAM_GROUP 56

/* And all cards the energy they have used, from the end. */
#define STREAM_ENERGY_BACK (8 + 4 + 8)

/* A context in a RUN, which is of no list and not profiled. */
struct __attribute__((packed)) stream_context {
	uint32_t reg[IPU_CTX_REGS];
	uint8_t flags[5]; /* owns, discard, stuck, clear, interrupts */
	uint32_t source, turn, armed;
	uint64_t busy_ns;
	uint32_t step;
	uint8_t ready;
	union ipu_command cmd;
	uint64_t cmd_va;
	uint32_t cursor[3];
	uint8_t list;
	uint8_t asked, halted;
	uint32_t go, target_tile, target_unit;
	uint8_t on;
	uint64_t since_ns;
	uint8_t at_start, at_end, alone, ended;
	uint32_t points;
	uint8_t point[sizeof(((struct ipu_tile_points *)0)->point)];
	struct ipu_debug_stop stop;
	struct ipu_fault held;
	uint8_t touched;
	uint8_t code;
	uint8_t profiled, profile_memory;
	uint64_t profile_va;
	struct ipu_profile profile_head;
	uint64_t profile_begin;
	uint64_t run_ns, limit_ns;
	uint8_t expired;
	uint64_t base_cycles, base_instructions, supersteps, exchange_bytes;
	uint8_t releases;
	uint64_t release_at;
};

/* What follows if the RUN is linked. */
struct __attribute__((packed)) stream_linked {
	uint32_t tile_base, tiles;
	struct ipu_fault held;
	uint64_t cycles;
	uint8_t at_sync;
};

/* And then the round: here of one tile, which nobody has taken. */
struct __attribute__((packed)) stream_round {
	uint32_t count;
	uint16_t live;
	uint8_t again;
	struct ipu_tile_range left, end;
};

/* Where the context is that executes the last command it was given. */
static inline size_t stream_find(const struct stream *stream, const struct context *ctx)
{
	const size_t before = offsetof(struct stream_context, cmd);
	const uint32_t slot = (ctx->written - 1) & ((1u << ctx->log2) - 1);
	const uint64_t bus = ctx->ring + (uint64_t)slot * IPU_CMD_SIZE, va = VA(bus);
	uint8_t key[IPU_CMD_SIZE + sizeof(va)];
	const uint8_t *at;

	memcpy(key, host_at(ctx->host, bus), IPU_CMD_SIZE);
	memcpy(key + IPU_CMD_SIZE, &va, sizeof(va));
	at = memmem(stream->data, stream->size, key, sizeof(key));
	assert_non_null(at);
	assert_true(at - stream->data > (ptrdiff_t)before);
	return (size_t)(at - stream->data) - before;
}

/* A copy of it, of which the caller frees the memory, with @old bytes at @at replaced by others. */
static inline struct stream stream_replace(const struct stream *stream, size_t at, size_t old,
					   const void *data, size_t bytes)
{
	struct stream changed = { .size = stream->size - old + bytes };

	assert_true(at + old <= stream->size);
	changed.data = malloc(changed.size);
	assert_non_null(changed.data);
	memcpy(changed.data, stream->data, at);
	memcpy(changed.data + at, data, bytes);
	memcpy(changed.data + at + bytes, stream->data + at + old, stream->size - at - old);
	return changed;
}

#endif /* CARD_STREAM_H */
