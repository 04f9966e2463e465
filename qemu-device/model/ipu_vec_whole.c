// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Loads and stores of whole vector registers, which depend on neither vtype nor
 * vl, so that registers can be saved and restored whatever they hold.
 */
#include "ipu_exec.h"
#include "ipu_vec.h"

/*
 * What is left from vstart on of @count registers, in bytes, and of these what
 * can be accessed at @at: elements of @width bytes.
 */
static uint32_t accessible(uint32_t at, uint32_t width, uint32_t bytes)
{
	if (at >= IPU_SRAM_SIZE)
		return 0;
	if (IPU_SRAM_SIZE - at >= bytes)
		return bytes;
	return (IPU_SRAM_SIZE - at) / width * width;
}

#define IPU_WHOLE(name, count, width, cause, copy) \
	IPU_OP(name) \
	{ \
		const uint32_t bytes = (count) * u->vlenb, from = u->vstart * (width); \
		const uint32_t at = u->r[op->rs1] - IPU_SRAM_BASE + from; \
		uint8_t *v = ipu_vec_reg(u, op->rd) + from; \
		\
		if (ipu_likely(from < bytes)) { \
			const uint32_t n = accessible(at, width, bytes - from); \
			\
			u->vdirty = true; \
			copy; \
			if (ipu_unlikely(n < bytes - from)) { \
				u->vstart += n / (width); \
				IPU_FAULT(cause, at + n + IPU_SRAM_BASE, 0); \
			} \
		} \
		if (ipu_unlikely(u->vstart)) \
			ipu_vec_set_vstart(u, 0); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

#define IPU_WHOLE_LOAD(name, count, width) \
	IPU_WHOLE(name, count, width, IPU_FAULT_LOAD, memcpy(v, sram + at, n))
#define IPU_WHOLE_STORE(name, count) \
	IPU_WHOLE(name, count, 1, IPU_FAULT_STORE, memcpy(sram + at, v, n))

IPU_WHOLE_LOAD(vl1re8_v, 1, 1)
IPU_WHOLE_LOAD(vl1re16_v, 1, 2)
IPU_WHOLE_LOAD(vl1re32_v, 1, 4)
IPU_WHOLE_LOAD(vl2re8_v, 2, 1)
IPU_WHOLE_LOAD(vl2re16_v, 2, 2)
IPU_WHOLE_LOAD(vl2re32_v, 2, 4)
IPU_WHOLE_LOAD(vl4re8_v, 4, 1)
IPU_WHOLE_LOAD(vl4re16_v, 4, 2)
IPU_WHOLE_LOAD(vl4re32_v, 4, 4)
IPU_WHOLE_LOAD(vl8re8_v, 8, 1)
IPU_WHOLE_LOAD(vl8re16_v, 8, 2)
IPU_WHOLE_LOAD(vl8re32_v, 8, 4)

IPU_WHOLE_STORE(vs1r_v, 1)
IPU_WHOLE_STORE(vs2r_v, 2)
IPU_WHOLE_STORE(vs4r_v, 4)
IPU_WHOLE_STORE(vs8r_v, 8)
