/* SPDX-License-Identifier: MIT */
/* Arrays that lie over the tiles, <ipu/array.h>. */
#include <stdio.h>
#include <string.h>

#include <ipu/step.h>

#define MOST 0x7fffffff

static uint32_t round_up(uint32_t n, uint32_t to)
{
	return (n + to - 1) / to * to;
}

uint32_t ipu_dtype_bytes(enum ipu_dtype dtype)
{
	switch (dtype) {
	case IPU_F32:
	case IPU_I32:
	case IPU_U32:
		return 4;
	case IPU_I8:
	case IPU_U8:
		return 1;
	default:
		return 2;
	}
}

static void print_shape(uint32_t ndim, const uint32_t *shape)
{
	printf("array of [");
	for (uint32_t i = 0; i < ndim; i++)
		printf("%s%lu", i ? ", " : "", (unsigned long)shape[i]);
	printf("]: ");
}

static __attribute__((noreturn)) void refuse_memory(uint64_t bytes, uint32_t ndim,
						    const uint32_t *shape, uint32_t free)
{
	if (ipu_tile_id() == 0) {
		print_shape(ndim, shape);
		printf("a tile needs %llu bytes for its part, and %lu are free: %llu too few\n",
		       (unsigned long long)bytes, (unsigned long)free,
		       (unsigned long long)(bytes - free));
	}
	ipu_trap(IPU_TRAP_OPS);
}

static __attribute__((noreturn)) void refuse_shape(uint32_t ndim, const uint32_t *shape,
						   const char *why)
{
	if (ipu_tile_id() == 0) {
		print_shape(ndim < IPU_ARRAY_DIMS ? ndim : IPU_ARRAY_DIMS, shape);
		printf("%s\n", why);
	}
	ipu_trap(IPU_TRAP_OPS);
}

void ipu_memory_init(struct ipu_memory *memory, void *start, uint32_t bytes, uint32_t scratch)
{
	char *at = start;

	scratch = round_up(scratch, 64);
	ipu_assert((uint32_t)start % 64 == 0 && scratch <= bytes);
	*memory = (struct ipu_memory){
		.low = at,
		.high = at + bytes / 64 * 64 - scratch,
		.scratch = at + bytes / 64 * 64 - scratch,
		.scratch_bytes = scratch,
	};
}

/* All but the memory. */
static void describe(struct ipu_array *array, enum ipu_dtype dtype, uint32_t ndim,
		     const uint32_t *shape)
{
	uint64_t count = 1;
	bool empty = false;

	if (ndim > IPU_ARRAY_DIMS)
		refuse_shape(ndim, shape, "and more dimensions: 6 are the most");
	*array = (struct ipu_array){ .dtype = dtype, .ndim = ndim };
	for (uint32_t i = 0; i < ndim; i++) {
		array->shape[i] = shape[i];
		empty = empty || !shape[i];
		/* Too many stay too many, whatever follows. */
		count = count > MOST ? count : count * shape[i];
	}
	if (!empty && count > MOST)
		refuse_shape(ndim, shape, "2^31 elements or more are too many");
	array->count = empty ? 0 : (uint32_t)count;
}

static void allocate(struct ipu_memory *memory, struct ipu_array *array, uint32_t elements)
{
	const uint64_t bytes = ((uint64_t)elements * ipu_dtype_bytes(array->dtype) + 63) / 64 * 64;
	const uint32_t left = (uint32_t)(memory->high - memory->low);

	if (bytes > left)
		refuse_memory(bytes, array->ndim, array->shape, left);
	array->data = memory->low;
	memory->low += bytes;
}

void ipu_array_new(struct ipu_memory *memory, struct ipu_array *array, enum ipu_dtype dtype,
		   uint32_t ndim, const uint32_t *shape)
{
	describe(array, dtype, ndim, shape);
	array->chunk = ipu_chunk_of(ipu_tile_count(), ndim, shape);
	allocate(memory, array, array->chunk);
}

void ipu_array_copies(struct ipu_memory *memory, struct ipu_array *array, enum ipu_dtype dtype,
		      uint32_t ndim, const uint32_t *shape)
{
	describe(array, dtype, ndim, shape);
	/* No two arrays are at one address, though they are empty. */
	allocate(memory, array, array->count ? round_up(array->count, 4) : 4);
}

void ipu_array_view(struct ipu_array *view, const struct ipu_array *array, uint32_t ndim,
		    const uint32_t *shape)
{
	const struct ipu_array from = *array;

	describe(view, from.dtype, ndim, shape);
	if (view->count != from.count)
		refuse_shape(ndim, shape, "it is to be a view of an array of another size");
	view->data = from.data;
	view->chunk = from.chunk;
}

static void refuse_rows(const struct ipu_place *place, uint32_t columns)
{
	if (ipu_tile_id() == 0)
		printf("a tensor of %lu rows of %lu elements: a tile has %lu rows, and the "
		       "elements of these must be a multiple of 4: use another number of tiles\n",
		       (unsigned long)place->total_rows, (unsigned long)columns,
		       (unsigned long)place->full_rows);
	ipu_trap(IPU_TRAP_OPS);
}

void ipu_array_of(struct ipu_array *array, void *data, enum ipu_dtype dtype, uint32_t columns,
		  const struct ipu_place *place)
{
	const uint32_t shape[] = { place->total_rows, columns };

	describe(array, dtype, columns == 1 ? 1 : 2, shape);
	array->data = data;
	if (place->grid_columns > 1)
		refuse_shape(2, shape, "a tensor in a grid of tiles cannot be an array");
	/* Of a broadcast tensor it is 0. */
	array->chunk = place->full_rows * columns;
	if (array->chunk % 4)
		refuse_rows(place, columns);
}

void ipu_array_of_stream(struct ipu_array *array, void *data, enum ipu_dtype dtype,
			 uint32_t columns, uint32_t rows, bool sharded)
{
	const struct ipu_place place = {
		.total_rows = sharded ? rows * ipu_tile_count() : rows,
		.full_rows = sharded ? rows : 0,
	};

	ipu_array_of(array, data, dtype, columns, &place);
}

struct ipu_range ipu_array_own(const struct ipu_array *array)
{
	const uint64_t begin = (uint64_t)ipu_tile_id() * array->chunk;
	const uint64_t end = begin + array->chunk;

	if (!array->chunk)
		return (struct ipu_range){ 0, array->count };
	return (struct ipu_range){ begin < array->count ? (uint32_t)begin : array->count,
				   end < array->count ? (uint32_t)end : array->count };
}
