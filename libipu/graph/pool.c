// SPDX-License-Identifier: MIT
/*
 * The host's memory that the card can use: large buffers, divided into blocks of a few sizes.
 * A block that was freed is kept for the next one of its size, as programs that train ask for the
 * same sizes in each step.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"

#define ARENA_BYTES (32u << 20)
#define CLASSES ARRAY_SIZE(((struct ipu_pool *)0)->free)
#define IN_USE 0x69707562u
#define IS_FREE 0x69707566u

/**
 * struct pool_block - what is before each block's memory
 * @next: of its size that is free
 * @kind: of size
 * @state: IN_USE or IS_FREE
 */
struct pool_block {
	struct pool_block *next;
	uint32_t kind;
	uint32_t state;
} __attribute__((aligned(64)));

/**
 * struct pool_arena - a buffer
 * @bo: the buffer
 * @data: its memory
 * @bytes: of it
 * @used: of these
 * @number: of the arena, by the time when it was made
 */
struct pool_arena {
	struct ipu_bo *bo;
	char *data;
	size_t bytes;
	size_t used;
	uint32_t number;
};

int ipu_pool_create(struct ipu_device *dev, struct ipu_pool **out)
{
	struct ipu_pool *pool;
	int err = ipu_check_process(dev);

	*out = NULL;
	if (err)
		return err;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return ipu_fail_nomem("a pool");
	pool->dev = ipu_device_get(dev);
	pthread_mutex_init(&pool->lock, NULL);
	*out = pool;
	return 0;
}

void ipu_pool_destroy(struct ipu_pool *pool)
{
	if (!pool)
		return;
	for (uint32_t i = 0; i < pool->arenas; i++)
		ipu_bo_destroy(pool->arena[i].bo);
	free(pool->arena);
	ipu_device_put(pool->dev);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* ---- Sizes ---------------------------------------------------------------- */

/* Four sizes from one power of two to the next, from 256 on, so that all are multiples of 64. */
static size_t size_of(uint32_t kind)
{
	const size_t base = (size_t)256 << kind / 4;

	return base + base / 4 * (kind % 4);
}

static uint32_t kind_of(size_t bytes)
{
	uint32_t kind = 0;

	while (kind < CLASSES && size_of(kind) < bytes)
		kind += bytes > (size_of(kind) << 2) ? 4 : 1;
	return kind;
}

/* ---- Arenas --------------------------------------------------------------- */

/* The last one that does not begin behind @data; the number of arenas if there is none. */
static uint32_t arena_before(const struct ipu_pool *pool, const void *data)
{
	uint32_t low = 0, high = pool->arenas;

	while (low < high) {
		const uint32_t middle = (low + high) / 2;

		if ((uintptr_t)pool->arena[middle].data <= (uintptr_t)data)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : pool->arenas;
}

struct ipu_bo *pool_find(struct ipu_pool *pool, const void *data, size_t bytes, uint32_t *number,
			 size_t *offset)
{
	const uint32_t at = arena_before(pool, data);
	const struct pool_arena *arena = &pool->arena[at];

	if (at == pool->arenas)
		return NULL;
	*offset = (size_t)((uintptr_t)data - (uintptr_t)arena->data);
	*number = arena->number;
	return *offset <= arena->bytes && bytes <= arena->bytes - *offset ? arena->bo : NULL;
}

static struct pool_arena *add_arena(struct ipu_pool *pool, size_t bytes)
{
	struct pool_arena *larger, arena = { .number = pool->arenas };
	uint32_t at;

	larger = realloc(pool->arena, (pool->arenas + 1) * sizeof(*larger));
	if (!larger)
		return NULL;
	pool->arena = larger;
	if (ipu_bo_create(pool->dev, bytes, &arena.bo))
		return NULL;
	arena.data = ipu_bo_data(arena.bo);
	arena.bytes = ipu_bo_size(arena.bo);
	at = arena_before(pool, arena.data);
	at = at == pool->arenas && (!at || (uintptr_t)larger[0].data > (uintptr_t)arena.data) ?
		     0 :
		     at + 1;
	memmove(larger + at + 1, larger + at, (pool->arenas - at) * sizeof(*larger));
	larger[at] = arena;
	pool->arenas++;
	pool->reserved += arena.bytes;
	return &larger[at];
}

/* Of an arena that has room, or of a new one. */
static struct pool_block *carve(struct ipu_pool *pool, uint32_t kind)
{
	const size_t bytes = size_of(kind);
	struct pool_arena *arena = NULL;
	struct pool_block *block;

	for (uint32_t i = 0; i < pool->arenas && !arena; i++)
		if (pool->arena[i].bytes - pool->arena[i].used >= bytes)
			arena = &pool->arena[i];
	if (!arena)
		arena = add_arena(pool, bytes > ARENA_BYTES / 4 ? bytes : ARENA_BYTES);
	if (!arena)
		return NULL;
	block = (struct pool_block *)(void *)(arena->data + arena->used);
	arena->used += bytes;
	block->kind = kind;
	return block;
}

/* ---- Blocks --------------------------------------------------------------- */

void *ipu_pool_alloc(struct ipu_pool *pool, size_t bytes)
{
	const uint32_t kind =
		bytes < SIZE_MAX / 4 ? kind_of(bytes + sizeof(struct pool_block)) : CLASSES;
	struct pool_block *block;

	if (ipu_check_process(pool->dev))
		return NULL;
	if (kind >= CLASSES || size_of(kind) < bytes) {
		ipu_fail(-ENOMEM, "%zu bytes are too many for a pool.", bytes);
		return NULL;
	}
	pthread_mutex_lock(&pool->lock);
	block = pool->free[kind];
	if (block)
		pool->free[kind] = block->next;
	else
		block = carve(pool, kind);
	if (block) {
		block->state = IN_USE;
		pool->allocated += size_of(kind);
		if (pool->allocated > pool->most)
			pool->most = pool->allocated;
	}
	pthread_mutex_unlock(&pool->lock);
	return block ? block + 1 : NULL;
}

void ipu_pool_free(struct ipu_pool *pool, void *data)
{
	struct pool_block *block = data;

	/* A child of fork() has no memory of its parent's pool. */
	if (!data || ipu_check_process(pool->dev))
		return;
	block--;
	pthread_mutex_lock(&pool->lock);
	if (block->state == IN_USE) {
		block->state = IS_FREE;
		block->next = pool->free[block->kind];
		pool->free[block->kind] = block;
		pool->allocated -= size_of(block->kind);
	}
	pthread_mutex_unlock(&pool->lock);
}

bool ipu_pool_has(struct ipu_pool *pool, const void *data)
{
	uint32_t number;
	size_t offset;
	bool has;

	pthread_mutex_lock(&pool->lock);
	has = pool_find(pool, data, 1, &number, &offset);
	pthread_mutex_unlock(&pool->lock);
	return has;
}

int ipu_pool_get_usage(struct ipu_pool *pool, struct ipu_pool_usage *user)
{
	struct ipu_pool_usage usage = { .size = sizeof(usage) };
	int err = IPU_STRUCT_CHECK(user, ipu_pool_usage, reserved);

	if (err)
		return err;
	pthread_mutex_lock(&pool->lock);
	usage.allocated = pool->allocated;
	usage.most = pool->most;
	usage.reserved = pool->reserved;
	pthread_mutex_unlock(&pool->lock);
	ipu_struct_out(user, &usage, sizeof(usage));
	return 0;
}

int ipu_pool_wait(struct ipu_pool *pool)
{
	struct ipu_engine *engine;
	int err = ipu_check_process(pool->dev);

	if (err)
		return err;
	pthread_mutex_lock(&pool->lock);
	engine = pool->busy;
	if (engine) {
		engine_drain(engine);
		err = engine_take_failure(engine);
	}
	pthread_mutex_unlock(&pool->lock);
	return err;
}
