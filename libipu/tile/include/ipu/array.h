/* SPDX-License-Identifier: MIT */
/*
 * Arrays that lie over the tiles of a run, and the memory they are in: what the operations of
 * <ipu/ops.h> take and give.
 *
 *	static char room[400000] __attribute__((aligned(64)));
 *	struct ipu_memory memory;
 *	struct ipu_array x, y;
 *
 *	ipu_memory_init(&memory, room, sizeof(room), 65536);
 *	ipu_array_new(&memory, &x, IPU_F32, IPU_SHAPE(512, 64));
 *	ipu_array_new(&memory, &y, IPU_F32, IPU_SHAPE(512, 64));
 *
 * Elements are numbered row by row, and tile t has those from t * chunk to (t + 1) * chunk - 1,
 * as far as there are any, one after the other. The chunk follows from the shape and the number
 * of tiles alone, so that arrays of one shape lie alike, whatever their types: where rows (the
 * last dimension) are enough for the tiles, or are short, a tile has whole rows.
 *
 * Every tile makes the same arrays, in the same order, so that an array is at the same address
 * everywhere: tiles find in it what other tiles have.
 */
#ifndef IPU_ARRAY_H
#define IPU_ARRAY_H

#include <ipu/chunk.h>
#include <ipu/tile.h>

/** IPU_ARRAY_DIMS - dimensions that an array has at most */
#define IPU_ARRAY_DIMS 6

/**
 * struct ipu_array - an array that lies over the tiles
 * @data: this tile's elements
 * @dtype: type of an element
 * @ndim: dimensions, 0 to IPU_ARRAY_DIMS
 * @shape: of the whole array
 * @count: elements of the whole array
 * @chunk: elements that a tile has, a multiple of 4; 0 if every tile has all of them
 */
struct ipu_array {
	void *data;
	enum ipu_dtype dtype;
	uint32_t ndim;
	uint32_t shape[IPU_ARRAY_DIMS];
	uint32_t count;
	uint32_t chunk;
};

/** IPU_SHAPE - the dimensions of an array, as two arguments of the functions below */
#define IPU_SHAPE(...)                                                                     \
	(sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)), (const uint32_t[]) \
	{                                                                                  \
		__VA_ARGS__                                                                \
	}

/**
 * struct ipu_memory - a part of a tile's SRAM
 * @low: where the next array goes
 * @high: where what is free ends; above are tables of operations
 * @scratch: what operations use while they run, one after the other
 * @scratch_bytes: how much of it there is
 * @scratch_used: by the operation that is being made, alike on all tiles
 * @scratch_own: by the same, from the end, on this tile only
 * @scratch_most: by any that was made
 */
struct ipu_memory {
	char *low;
	char *high;
	char *scratch;
	uint32_t scratch_bytes;
	uint32_t scratch_used;
	uint32_t scratch_own;
	uint32_t scratch_most;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_memory_init - begin to use a part of SRAM
 * @memory: to be filled in
 * @start: where it is, aligned to 64 bytes, the same on all tiles
 * @bytes: how large
 * @scratch: how much of it is for operations while they run; an operation that needs more is
 *	refused, with a text that says how much
 */
void ipu_memory_init(struct ipu_memory *memory, void *start, uint32_t bytes, uint32_t scratch);

/**
 * ipu_array_new - make an array over all tiles of the run
 * @memory: where it goes
 * @array: to be filled in
 * @dtype: type of an element
 * @ndim: dimensions: with @shape best given by IPU_SHAPE()
 * @shape: each of them, 0 or more; fewer than 2^31 elements in all
 *
 * The elements are not initialised. Without room for them it is a fault, and a text says how
 * much is missing.
 */
void ipu_array_new(struct ipu_memory *memory, struct ipu_array *array, enum ipu_dtype dtype,
		   uint32_t ndim, const uint32_t *shape);

/** ipu_array_copies - the same, of which every tile has all elements */
void ipu_array_copies(struct ipu_memory *memory, struct ipu_array *array, enum ipu_dtype dtype,
		      uint32_t ndim, const uint32_t *shape);

/**
 * ipu_array_view - the elements of an array with another shape
 * @view: to be filled in: the same memory, and lying over the tiles as @array does
 * @array: the array
 * @ndim: dimensions
 * @shape: with as many elements
 */
void ipu_array_view(struct ipu_array *view, const struct ipu_array *array, uint32_t ndim,
		    const uint32_t *shape);

/**
 * ipu_array_of - a tensor of the program as an array: of its rows and what they have, or of one
 *	dimension if its rows have one element
 * @array: to be filled in
 * @data: the tensor, IPU_SHARDED, or IPU_BROADCAST
 * @dtype: its type
 * @columns: elements of one of its rows
 * @place: its place, which the host has written
 *
 * IPU_ARRAY_OF() gives these from the tensor's name. The elements that a tile holds at most
 * must be a multiple of 4.
 */
void ipu_array_of(struct ipu_array *array, void *data, enum ipu_dtype dtype, uint32_t columns,
		  const struct ipu_place *place);

/**
 * ipu_array_of_stream - the same of a full block of a stream; IPU_ARRAY_OF_STREAM() gives it these
 * @array: to be filled in
 * @data: the stream
 * @dtype: its type
 * @columns: elements of one of its rows
 * @rows: that a tile has of a full block
 * @sharded: tiles have different ones, not all the same
 */
void ipu_array_of_stream(struct ipu_array *array, void *data, enum ipu_dtype dtype,
			 uint32_t columns, uint32_t rows, bool sharded);

/** ipu_array_own - the elements of an array that this tile has, by their numbers in the whole */
struct ipu_range ipu_array_own(const struct ipu_array *array);

/** ipu_dtype_bytes - bytes of an element: 1, 2 or 4 */
uint32_t ipu_dtype_bytes(enum ipu_dtype dtype);

#ifdef __cplusplus
}
#endif

/** IPU_ARRAY_OF - ipu_array_of() for a tensor by its name */
#define IPU_ARRAY_OF(array, name)                                                           \
	ipu_array_of(array, name, (enum ipu_dtype)ipu_dtype_##name,                         \
		     sizeof((name)[0]) / ipu_dtype_bytes((enum ipu_dtype)ipu_dtype_##name), \
		     &IPU_PLACE(name))

/**
 * IPU_ARRAY_OF_STREAM - a full block of a stream as an array, as IPU_ARRAY_OF() has a tensor
 * @array: to be filled in
 * @name: the stream
 *
 * Of the last block, which may have fewer rows, the others are what they were before.
 */
#define IPU_ARRAY_OF_STREAM(array, name)                                                           \
	ipu_array_of_stream(array, name, (enum ipu_dtype)ipu_dtype_##name,                         \
			    sizeof((name)[0]) / ipu_dtype_bytes((enum ipu_dtype)ipu_dtype_##name), \
			    sizeof(name) / sizeof((name)[0]),                                      \
			    ipu_note_##name.tensor.layout == IPU_SHARDED)

#endif /* IPU_ARRAY_H */
