/* SPDX-License-Identifier: MIT */
/*
 * Stochastic rounding, its random numbers, and f8. Included by <ipu/tile.h>.
 *
 * f8 are the formats E4M3 and E5M2 of the OCP 8-bit Floating Point Specification,
 * and C has no type for them: they are uint8_t here. A number that is too large
 * becomes a NaN (E4M3) or an infinity (E5M2), with _sat the largest number.
 *
 * On vectors the names end in the type of the result, as those of the standard
 * intrinsics do: ipu_vto_e4m3_u8m1(x, vl) narrows a vfloat16m2_t, and
 * ipu_vto_e4m3_u8m1_mu(mask, old, x, vl) leaves elements that are masked off as in old.
 */
#ifndef IPU_TILE_CONVERT_H
#define IPU_TILE_CONVERT_H

#include <ipu/tile.h>

/* ---- Random numbers --------------------------------------------------------------- */

/**
 * struct ipu_prng - the state of a unit's random number generator
 * @word: 128 bits, not all of them 0
 */
struct ipu_prng {
	uint32_t word[4];
};

/** ipu_prng_get - the state of this unit's generator */
IPU_INLINE_ struct ipu_prng ipu_prng_get(void)
{
	struct ipu_prng state;

	__asm__ volatile(
		"csrr %0, %4\n\tcsrr %1, %5\n\tcsrr %2, %6\n\tcsrr %3, %7"
		: "=r"(state.word[0]), "=r"(state.word[1]), "=r"(state.word[2]), "=r"(state.word[3])
		: "i"(IPU_CSR_PRNG0), "i"(IPU_CSR_PRNG1), "i"(IPU_CSR_PRNG2), "i"(IPU_CSR_PRNG3));
	return state;
}

/** ipu_prng_set - give this unit's generator a state: what ipu_prng_get() gave, or a seed */
IPU_INLINE_ void ipu_prng_set(struct ipu_prng state)
{
	__asm__ volatile("csrw %4, %0\n\tcsrw %5, %1\n\tcsrw %6, %2\n\tcsrw %7, %3"
			 :
			 : "r"(state.word[0]), "r"(state.word[1]), "r"(state.word[2]),
			   "r"(state.word[3]), "i"(IPU_CSR_PRNG0), "i"(IPU_CSR_PRNG1),
			   "i"(IPU_CSR_PRNG2), "i"(IPU_CSR_PRNG3));
}

/** ipu_prng_mix - a step of splitmix64, for ipu_prng_seed() */
IPU_INLINE_ uint64_t ipu_prng_mix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/**
 * ipu_prng_seed - seed this unit's generator
 * @seed: any number; one seed gives every unit of every tile a different state
 *
 * Units are seeded with 0 when a run starts.
 */
IPU_INLINE_ void ipu_prng_seed(uint64_t seed)
{
	uint64_t x = seed ^ ((uint64_t)ipu_tile_id() << 32 | ipu_unit());
	const uint64_t low = ipu_prng_mix(&x), high = ipu_prng_mix(&x);

	ipu_prng_set((struct ipu_prng){
		{ (uint32_t)low, (uint32_t)(low >> 32), (uint32_t)high, (uint32_t)(high >> 32) } });
}

/* ---- One number --------------------------------------------------------------------- */

#ifdef __riscv_zfhmin

/** ipu_round_sr - @x as a half, rounded up or down at random so that the mean is @x */
IPU_INLINE_ _Float16 ipu_round_sr(float x)
{
	_Float16 result;

	__asm__ volatile(".insn r %1, %2, %3, %0, %4, x%5"
			 : "=f"(result)
			 : "i"(IPU_OPCODE), "i"(IPU_F3_FLOAT), "i"(IPU_F7_CVT), "f"(x),
			   "i"(IPU_CVT_SR));
	return result;
}

#define IPU_TO_F8_(number, x)                                                          \
	({                                                                             \
		uint32_t result_;                                                      \
                                                                                       \
		__asm__(".insn r %1, %2, %3, %0, %4, x%5"                              \
			: "=r"(result_)                                                \
			: "i"(IPU_OPCODE), "i"(IPU_F3_FLOAT), "i"(IPU_F7_CVT), "f"(x), \
			  "i"(number));                                                \
		(uint8_t)result_;                                                      \
	})

#define IPU_FROM_F8_(number, x)                                                                  \
	({                                                                                       \
		_Float16 result_;                                                                \
                                                                                                 \
		__asm__(".insn r %1, %2, %3, %0, %4, x%5"                                        \
			: "=f"(result_)                                                          \
			: "i"(IPU_OPCODE), "i"(IPU_F3_FLOAT), "i"(IPU_F7_CVT), "r"((uint32_t)x), \
			  "i"(number));                                                          \
		result_;                                                                         \
	})

/** ipu_to_e4m3 - @x as an E4M3, rounded to nearest */
IPU_INLINE_ uint8_t ipu_to_e4m3(_Float16 x)
{
	return IPU_TO_F8_(IPU_CVT_TO_E4M3, x);
}

/** ipu_to_e5m2 - @x as an E5M2, rounded to nearest */
IPU_INLINE_ uint8_t ipu_to_e5m2(_Float16 x)
{
	return IPU_TO_F8_(IPU_CVT_TO_E5M2, x);
}

/** ipu_to_e4m3_sat - the same; what is too large becomes 448 */
IPU_INLINE_ uint8_t ipu_to_e4m3_sat(_Float16 x)
{
	return IPU_TO_F8_(IPU_CVT_SAT_E4M3, x);
}

/** ipu_to_e5m2_sat - the same; what is too large becomes 57344 */
IPU_INLINE_ uint8_t ipu_to_e5m2_sat(_Float16 x)
{
	return IPU_TO_F8_(IPU_CVT_SAT_E5M2, x);
}

/** ipu_from_e4m3 - the value of an E4M3, which is exact */
IPU_INLINE_ _Float16 ipu_from_e4m3(uint8_t x)
{
	return IPU_FROM_F8_(IPU_CVT_FROM_E4M3, x);
}

/** ipu_from_e5m2 - the value of an E5M2, which is exact */
IPU_INLINE_ _Float16 ipu_from_e5m2(uint8_t x)
{
	return IPU_FROM_F8_(IPU_CVT_FROM_E5M2, x);
}

#endif /* __riscv_zfhmin */

/* ---- Vectors ------------------------------------------------------------------------- */

#ifdef __riscv_vector

#include <riscv_vector.h>

/* Both forms for one pair of types; @config is the narrower one's. */
#define IPU_VECTOR_CONVERT_(name, number, suffix, to, from, mask_type, config)               \
	IPU_INLINE_ to ipu_##name##_##suffix(from x, size_t vl)                              \
	{                                                                                    \
		to d;                                                                        \
                                                                                             \
		__asm__ volatile("vsetvli zero, %2, " config ", ta, ma\n\t"                  \
				 ".insn r %3, %4, %5, %0, x%6, %1"                           \
				 : "=&vr"(d)                                                 \
				 : "vr"(x), "r"(vl), "i"(IPU_OPCODE), "i"(IPU_F3_VECTOR),    \
				   "i"(IPU_F6_CVT << 1 | 1), "i"(number)                     \
				 : "vl", "vtype");                                           \
		return d;                                                                    \
	}                                                                                    \
	IPU_INLINE_ to ipu_##name##_##suffix##_mu(mask_type mask, to old, from x, size_t vl) \
	{                                                                                    \
		__asm__ volatile("vsetvli zero, %2, " config ", ta, mu\n\t"                  \
				 ".insn r %3, %4, %5, %0, x%6, %1 # %7"                      \
				 : "+&vr"(old)                                               \
				 : "vr"(x), "r"(vl), "i"(IPU_OPCODE), "i"(IPU_F3_VECTOR),    \
				   "i"(IPU_F6_CVT << 1), "i"(number), "vm"(mask)             \
				 : "vl", "vtype");                                           \
		return old;                                                                  \
	}

#define IPU_VECTOR_TO_F8_(name, number)                                                            \
	IPU_VECTOR_CONVERT_(name, number, u8mf4, vuint8mf4_t, vfloat16mf2_t, vbool32_t, "e8, mf4") \
	IPU_VECTOR_CONVERT_(name, number, u8mf2, vuint8mf2_t, vfloat16m1_t, vbool16_t, "e8, mf2")  \
	IPU_VECTOR_CONVERT_(name, number, u8m1, vuint8m1_t, vfloat16m2_t, vbool8_t, "e8, m1")      \
	IPU_VECTOR_CONVERT_(name, number, u8m2, vuint8m2_t, vfloat16m4_t, vbool4_t, "e8, m2")      \
	IPU_VECTOR_CONVERT_(name, number, u8m4, vuint8m4_t, vfloat16m8_t, vbool2_t, "e8, m4")

#define IPU_VECTOR_FROM_F8_(name, number)                                                         \
	IPU_VECTOR_CONVERT_(name, number, f16mf2, vfloat16mf2_t, vuint8mf4_t, vbool32_t,          \
			    "e8, mf4")                                                            \
	IPU_VECTOR_CONVERT_(name, number, f16m1, vfloat16m1_t, vuint8mf2_t, vbool16_t, "e8, mf2") \
	IPU_VECTOR_CONVERT_(name, number, f16m2, vfloat16m2_t, vuint8m1_t, vbool8_t, "e8, m1")    \
	IPU_VECTOR_CONVERT_(name, number, f16m4, vfloat16m4_t, vuint8m2_t, vbool4_t, "e8, m2")    \
	IPU_VECTOR_CONVERT_(name, number, f16m8, vfloat16m8_t, vuint8m4_t, vbool2_t, "e8, m4")

IPU_VECTOR_CONVERT_(vround_sr, IPU_CVT_SR, f16mf2, vfloat16mf2_t, vfloat32m1_t, vbool32_t,
		    "e16, mf2")
IPU_VECTOR_CONVERT_(vround_sr, IPU_CVT_SR, f16m1, vfloat16m1_t, vfloat32m2_t, vbool16_t, "e16, m1")
IPU_VECTOR_CONVERT_(vround_sr, IPU_CVT_SR, f16m2, vfloat16m2_t, vfloat32m4_t, vbool8_t, "e16, m2")
IPU_VECTOR_CONVERT_(vround_sr, IPU_CVT_SR, f16m4, vfloat16m4_t, vfloat32m8_t, vbool4_t, "e16, m4")

IPU_VECTOR_TO_F8_(vto_e4m3, IPU_CVT_TO_E4M3)
IPU_VECTOR_TO_F8_(vto_e5m2, IPU_CVT_TO_E5M2)
IPU_VECTOR_TO_F8_(vto_e4m3_sat, IPU_CVT_SAT_E4M3)
IPU_VECTOR_TO_F8_(vto_e5m2_sat, IPU_CVT_SAT_E5M2)
IPU_VECTOR_FROM_F8_(vfrom_e4m3, IPU_CVT_FROM_E4M3)
IPU_VECTOR_FROM_F8_(vfrom_e5m2, IPU_CVT_FROM_E5M2)

#endif /* __riscv_vector */

#endif /* IPU_TILE_CONVERT_H */
