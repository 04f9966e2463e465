/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Host vectors and masks in one tier. ipu_vec_tiers.h includes this once for
 * each, which is why it has no guard.
 *
 * A mask of lanes is a number here, bit j for lane j. Pointers may have any alignment;
 * all IPU_TIER_BYTES bytes at them are read, and may be written back unchanged.
 */

typedef uint8_t IPU_T(lanes8) __attribute__((vector_size(IPU_TIER_BYTES), may_alias, aligned(1)));
typedef uint16_t IPU_T(lanes16) __attribute__((vector_size(IPU_TIER_BYTES), may_alias, aligned(1)));
typedef uint32_t IPU_T(lanes32) __attribute__((vector_size(IPU_TIER_BYTES), may_alias, aligned(1)));
typedef int8_t IPU_T(slanes8) __attribute__((vector_size(IPU_TIER_BYTES), may_alias, aligned(1)));
typedef int16_t IPU_T(slanes16) __attribute__((vector_size(IPU_TIER_BYTES), may_alias, aligned(1)));
typedef int32_t IPU_T(slanes32) __attribute__((vector_size(IPU_TIER_BYTES), may_alias, aligned(1)));

/*
 * spread: sets all bits of a lane to the lane's bit in a mask
 * signs: the inverse, each lane's sign bit
 * store_some: stores the lanes of a mask
 */
#if IPU_TIER_BYTES == 64

static inline IPU_T(lanes8) IPU_T(spread8)(uint64_t bits)
{
	return (IPU_T(lanes8))_mm512_movm_epi8(bits);
}

static inline IPU_T(lanes16) IPU_T(spread16)(uint64_t bits)
{
	return (IPU_T(lanes16))_mm512_movm_epi16(bits);
}

static inline IPU_T(lanes32) IPU_T(spread32)(uint64_t bits)
{
	return (IPU_T(lanes32))_mm512_movm_epi32(bits);
}

static inline uint64_t IPU_T(signs8)(IPU_T(lanes8) lanes)
{
	return _mm512_movepi8_mask((__m512i)lanes);
}

static inline uint64_t IPU_T(signs16)(IPU_T(lanes16) lanes)
{
	return _mm512_movepi16_mask((__m512i)lanes);
}

static inline uint64_t IPU_T(signs32)(IPU_T(lanes32) lanes)
{
	return _mm512_movepi32_mask((__m512i)lanes);
}

static inline void IPU_T(store_some8)(void *to, const void *from, uint64_t bits)
{
	_mm512_mask_storeu_epi8(to, bits, _mm512_loadu_si512(from));
}

static inline void IPU_T(store_some16)(void *to, const void *from, uint64_t bits)
{
	_mm512_mask_storeu_epi16(to, bits, _mm512_loadu_si512(from));
}

static inline void IPU_T(store_some32)(void *to, const void *from, uint64_t bits)
{
	_mm512_mask_storeu_epi32(to, bits, _mm512_loadu_si512(from));
}

#else

#if IPU_TIER_BYTES == 32

static inline IPU_T(lanes8) IPU_T(spread8)(uint64_t bits)
{
	const __m256i byte = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202,
						0x0303030303030303);
	const __m256i bit = _mm256_set1_epi64x(0x8040201008040201);
	__m256i lanes = _mm256_shuffle_epi8(_mm256_set1_epi32(bits), byte);

	return (IPU_T(lanes8))_mm256_cmpeq_epi8(_mm256_and_si256(lanes, bit), bit);
}

static inline IPU_T(lanes16) IPU_T(spread16)(uint64_t bits)
{
	const __m256i bit = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048,
					      4096, 8192, 16384, -32768);

	return (IPU_T(lanes16))_mm256_cmpeq_epi16(_mm256_and_si256(_mm256_set1_epi16(bits), bit),
						  bit);
}

static inline IPU_T(lanes32) IPU_T(spread32)(uint64_t bits)
{
	const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);

	return (IPU_T(lanes32))_mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(bits), bit),
						  bit);
}

static inline uint64_t IPU_T(signs8)(IPU_T(lanes8) lanes)
{
	return (uint32_t)_mm256_movemask_epi8((__m256i)lanes);
}

static inline uint64_t IPU_T(signs16)(IPU_T(lanes16) lanes)
{
	return _pext_u32(_mm256_movemask_epi8((__m256i)lanes), 0xaaaaaaaa);
}

static inline uint64_t IPU_T(signs32)(IPU_T(lanes32) lanes)
{
	return (uint32_t)_mm256_movemask_ps((__m256)lanes);
}

#else

#define IPU_LANES_PORTABLE(width) \
	static inline IPU_T(lanes##width) IPU_T(spread##width)(uint64_t bits) \
	{ \
		IPU_T(lanes##width) lanes; \
		unsigned int j; \
		\
		for (j = 0; j < 128 / width; j++) \
			lanes[j] = 0 - (bits >> j & 1); \
		return lanes; \
	} \
	static inline uint64_t IPU_T(signs##width)(IPU_T(lanes##width) lanes) \
	{ \
		uint64_t bits = 0; \
		unsigned int j; \
		\
		for (j = 0; j < 128 / width; j++) \
			bits |= (uint64_t)(lanes[j] >> (width - 1)) << j; \
		return bits; \
	}

IPU_LANES_PORTABLE(8)
IPU_LANES_PORTABLE(16)
IPU_LANES_PORTABLE(32)
#undef IPU_LANES_PORTABLE

#endif

#define IPU_LANES_STORE(width) \
	static inline void IPU_T(store_some##width)(void *to, const void *from, uint64_t bits) \
	{ \
		const IPU_T(lanes##width) some = IPU_T(spread##width)(bits); \
		IPU_T(lanes##width) *d = to; \
		\
		*d = (*(const IPU_T(lanes##width) *)from & some) | (*d & ~some); \
	}

IPU_LANES_STORE(8)
IPU_LANES_STORE(16)
IPU_LANES_STORE(32)
#undef IPU_LANES_STORE

#endif
