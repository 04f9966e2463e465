// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Loads and stores of whole vector registers, which depend on neither vtype nor
 * vl, so that registers can be saved and restored whatever their contents.
 */
#include "exec/ipu_exec.h"
#include "ipu_vec.h"

/*
 * Return: how many of the @bytes bytes at @at can be accessed, as whole elements of
 * @width bytes.
 */
static uint32_t accessible(uint32_t at, uint32_t width, uint32_t bytes)
{
	if (at >= IPU_SRAM_SIZE)
		return 0;
	if (IPU_SRAM_SIZE - at >= bytes)
		return bytes;
	return (IPU_SRAM_SIZE - at) / width * width;
}

/* the cases that a tier's handler leaves to this one: a vstart, a fault */
#define IPU_WHOLE(name, count, width, cause, copy) \
	static void name##_odd(IPU_HANDLER_ARGS) \
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
#include "ipu_vec_whole.def"
#undef IPU_WHOLE
#undef IPU_WHOLE_LOAD
#undef IPU_WHOLE_STORE

#define IPU_VEC_SOURCE "ipu_vec_whole.c.inc"
#include "ipu_vec_tiers.h"

/* An op starts with this handler, which finds the tier's. */
#define IPU_WHOLE_FIND(name) \
	IPU_OP(name) \
	{ \
		static ipu_handler *const fn[IPU_VEC_TIERS] = { \
			name##_portable, name##_avx2, name##_avx512, \
		}; \
		const enum ipu_vec_tier tier = ipu_vec_tier(); \
		\
		ipu_vec_keep_handler(op, fn[tier]); \
		IPU_CONTINUE(fn[tier]); \
	}
#define IPU_WHOLE_LOAD(name, count, width)	IPU_WHOLE_FIND(name)
#define IPU_WHOLE_STORE(name, count)		IPU_WHOLE_FIND(name)
#include "ipu_vec_whole.def"
