/* SPDX-License-Identifier: MIT */
/* Elements of any type: see elements.h. */
#include "elements.h"
#include "floats.h"

static vfloat32m4_t get_f32(const void *data, uint32_t at, size_t vl)
{
	return LOAD(f32, data, at, vl);
}

static vfloat32m4_t get_f16(const void *data, uint32_t at, size_t vl)
{
	return LOAD(f16, data, at, vl);
}

static vfloat32m4_t get_bf16(const void *data, uint32_t at, size_t vl)
{
	return LOAD(bf16, data, at, vl);
}

static vfloat32m4_t get_i16(const void *data, uint32_t at, size_t vl)
{
	const vint16m2_t narrow = __riscv_vle16_v_i16m2((const int16_t *)data + at, vl);

	return __riscv_vreinterpret_v_i32m4_f32m4(__riscv_vsext_vf2_i32m4(narrow, vl));
}

static vfloat32m4_t get_u16(const void *data, uint32_t at, size_t vl)
{
	const vuint16m2_t narrow = __riscv_vle16_v_u16m2((const uint16_t *)data + at, vl);

	return __riscv_vreinterpret_v_u32m4_f32m4(__riscv_vzext_vf2_u32m4(narrow, vl));
}

static vfloat32m4_t get_i8(const void *data, uint32_t at, size_t vl)
{
	const vint8m1_t narrow = __riscv_vle8_v_i8m1((const int8_t *)data + at, vl);

	return __riscv_vreinterpret_v_i32m4_f32m4(__riscv_vsext_vf4_i32m4(narrow, vl));
}

static vfloat32m4_t get_u8(const void *data, uint32_t at, size_t vl)
{
	const vuint8m1_t narrow = __riscv_vle8_v_u8m1((const uint8_t *)data + at, vl);

	return __riscv_vreinterpret_v_u32m4_f32m4(__riscv_vzext_vf4_u32m4(narrow, vl));
}

static void put_f32(void *data, uint32_t at, vfloat32m4_t value, size_t vl)
{
	STORE(f32, data, at, value, vl);
}

static void put_f16(void *data, uint32_t at, vfloat32m4_t value, size_t vl)
{
	STORE(f16, data, at, value, vl);
}

static void put_bf16(void *data, uint32_t at, vfloat32m4_t value, size_t vl)
{
	STORE(bf16, data, at, value, vl);
}

static void put_16(void *data, uint32_t at, vfloat32m4_t value, size_t vl)
{
	const vuint32m4_t wide = __riscv_vreinterpret_v_f32m4_u32m4(value);

	__riscv_vse16((uint16_t *)data + at, __riscv_vnsrl(wide, 0, vl), vl);
}

static void put_8(void *data, uint32_t at, vfloat32m4_t value, size_t vl)
{
	const vuint32m4_t wide = __riscv_vreinterpret_v_f32m4_u32m4(value);

	__riscv_vse8((uint8_t *)data + at, __riscv_vnsrl(__riscv_vnsrl(wide, 0, vl), 0, vl), vl);
}

static const struct {
	element_load *load;
	element_store *store;
	const char *name;
} types[] = {
	[IPU_F32] = { get_f32, put_f32, "f32" },     [IPU_F16] = { get_f16, put_f16, "f16" },
	[IPU_BF16] = { get_bf16, put_bf16, "bf16" }, [IPU_I32] = { get_f32, put_f32, "i32" },
	[IPU_U32] = { get_f32, put_f32, "u32" },     [IPU_I16] = { get_i16, put_16, "i16" },
	[IPU_U16] = { get_u16, put_16, "u16" },	     [IPU_I8] = { get_i8, put_8, "i8" },
	[IPU_U8] = { get_u8, put_8, "u8" },
};

element_load *element_load_of(enum ipu_dtype dtype)
{
	return types[dtype].load;
}

element_store *element_store_of(enum ipu_dtype dtype)
{
	return types[dtype].store;
}

const char *element_name(enum ipu_dtype dtype)
{
	return types[dtype].name;
}
