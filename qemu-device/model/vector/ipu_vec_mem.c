// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector loads and stores.
 */
#include "ipu_vec.h"

/**
 * struct ipu_vec_access - what a load or store does
 * @width: bytes of a data element
 * @index: bytes of an index, 0 if there are none
 * @store: it stores
 * @some: vstart or a mask may leave out elements
 * @segment: an element is nf fields, each in a register group of its own
 * @strided: rs2 is the distance of elements; without it and indices they are contiguous
 * @first: only element 0 can fault, others shorten vl
 * @bytes_of_mask: the elements are the bytes of a mask of vl bits
 */
struct ipu_vec_access {
	unsigned int width;
	unsigned int index;
	bool store;
	bool some;
	bool segment;
	bool strided;
	bool first;
	bool bytes_of_mask;
};

/* from a field's registers to the next one's, for elements of @width bytes */
static inline uint32_t ipu_vec_field_bytes(const struct ipu_unit *u, uint32_t width)
{
	uint32_t bytes = ipu_vec_vlmax(u, u->vkey) * width;

	return bytes > u->vlenb ? bytes : u->vlenb;
}

/* the cost of an access to @count elements that are not contiguous */
static inline uint32_t ipu_vec_slots(uint32_t count)
{
	return count ? (count + IPU_COST_VELEMENTS - 1) / IPU_COST_VELEMENTS : 1;
}

#define IPU_VEC_SOURCE "ipu_vec_mem.c.inc"
#include "ipu_vec_tiers.h"
