/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Moving bytes between vector registers and memory, which never overlap, in one tier:
 * ipu_vec_tiers.h includes this once for each. A group is moved in vectors as wide as
 * those that will load it, so that the host can forward stores to those loads.
 */
#ifndef IPU_VEC_COPY_H
#define IPU_VEC_COPY_H

/* What is moved at once; any alignment. */
#define IPU_BYTES(n) \
	struct ipu_bytes##n { uint8_t b __attribute__((vector_size(n))); } \
		__attribute__((packed, may_alias))
IPU_BYTES(64);
IPU_BYTES(32);
IPU_BYTES(16);
IPU_BYTES(8);
IPU_BYTES(4);
IPU_BYTES(2);

#define IPU_VEC_COPY(type) \
	do { \
		*(type *)to = *(const type *)from; \
		to += sizeof(type); \
		from += sizeof(type); \
	} while (0)

#endif /* IPU_VEC_COPY_H */

/* @count times 64 bytes, at most 16 */
static inline __attribute__((always_inline)) void
IPU_T(copy_lines)(uint8_t *to, const uint8_t *from, unsigned int count)
{
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < count; i++)
		IPU_VEC_COPY(struct ipu_bytes64);
}

/* any number of bytes; LMUL 8 at the default VLEN without a loop */
static inline __attribute__((always_inline)) void
IPU_T(copy)(uint8_t *to, const uint8_t *from, uint32_t bytes)
{
	if (bytes == 512) {
		IPU_T(copy_lines)(to, from, 8);
		return;
	}
	for (; bytes >= 64; bytes -= 64)
		IPU_VEC_COPY(struct ipu_bytes64);
	if (ipu_likely(!bytes))
		return;
	if (bytes & 32)
		IPU_VEC_COPY(struct ipu_bytes32);
	if (bytes & 16)
		IPU_VEC_COPY(struct ipu_bytes16);
	if (bytes & 8)
		IPU_VEC_COPY(struct ipu_bytes8);
	if (bytes & 4)
		IPU_VEC_COPY(struct ipu_bytes4);
	if (bytes & 2)
		IPU_VEC_COPY(struct ipu_bytes2);
	if (bytes & 1)
		*to = *from;
}
