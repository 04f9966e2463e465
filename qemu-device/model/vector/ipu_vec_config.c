// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The vector unit's configuration: vsetvli and the like, and the choice of
 * handlers, see ipu_vec.h.
 */
#include <stdatomic.h>

#include "ipu_vec.h"
#include "isa/ipu_decode.h"

/* ---- Tiers --------------------------------------------------------------------------------- */

static _Atomic int tier_limit = IPU_VEC_TIERS - 1;

enum ipu_vec_tier ipu_vec_tier(void)
{
	int limit = atomic_load_explicit(&tier_limit, memory_order_relaxed);

#if IPU_VEC_X86
	if (limit >= IPU_VEC_AVX2 && __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
	    __builtin_cpu_supports("bmi2")) {
		if (limit >= IPU_VEC_AVX512 && __builtin_cpu_supports("avx512f") &&
		    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
		    __builtin_cpu_supports("avx512vl"))
			return IPU_VEC_AVX512;
		return IPU_VEC_AVX2;
	}
#endif
	(void)limit;
	return IPU_VEC_PORTABLE;
}

void ipu_vec_limit(enum ipu_vec_tier tier)
{
	atomic_store_explicit(&tier_limit, tier, memory_order_relaxed);
}

/* ---- Configuration --------------------------------------------------------------------------- */

static void set_key(struct ipu_unit *u)
{
	u->vkey = u->vstart ? IPU_VKEY_NONE : ipu_vec_vtype_key(u->vtype);
}

/* @key is not IPU_VKEY_NONE */
static inline void set_supported(struct ipu_unit *u, uint32_t vtype, unsigned int key, uint32_t vl)
{
	const int lmul = ipu_vec_log2_lmul(key);

	u->vdirty = true;
	u->vstart = 0;
	u->vkey = key;
	u->vtype = vtype;
	u->vl = vl;
	u->vregs = lmul > 0 ? 1 << lmul : 1;
}

static void set_ill(struct ipu_unit *u)
{
	u->vdirty = true;
	u->vstart = 0;
	u->vkey = IPU_VKEY_NONE;
	u->vtype = IPU_VTYPE_VILL;
	u->vl = 0;
	u->vregs = 1;
}

void ipu_vec_set(struct ipu_unit *u, uint32_t vtype, unsigned int key, uint32_t vl)
{
	if (key == IPU_VKEY_NONE)
		set_ill(u);
	else
		set_supported(u, vtype, key, vl);
}

void ipu_vec_set_vstart(struct ipu_unit *u, uint32_t vstart)
{
	u->vstart = vstart & (u->vlenb * 8 - 1);
	set_key(u);
}

/* vl is kept; if VLMAX changes this is reserved, and the specification suggests to set vill */
static void keep_vl(struct ipu_unit *u, uint32_t vtype, unsigned int key)
{
	const unsigned int old = ipu_vec_vtype_key(u->vtype);

	if (old == IPU_VKEY_NONE || ipu_vec_ratio(old) != ipu_vec_ratio(key))
		set_ill(u);
	else
		set_supported(u, vtype, key, u->vl);
}

/* AVL x0 requests the largest vl, or if rd is also x0, the current one. */
static inline void configure(struct ipu_unit *u, const struct ipu_op *op, uint32_t vtype,
			     unsigned int key)
{
	if (ipu_unlikely(key == IPU_VKEY_NONE)) {
		set_ill(u);
		u->r[op->rd] = 0;
	} else if (op->rs1 || op->rd != IPU_REG_SINK) {
		const uint32_t vlmax = ipu_vec_vlmax(u, key);
		const uint32_t avl = op->rs1 ? u->r[op->rs1] : vlmax;

		set_supported(u, vtype, key, avl < vlmax ? avl : vlmax);
		u->r[op->rd] = u->vl;
	} else if (ipu_likely(u->vkey != IPU_VKEY_NONE &&
			      ipu_vec_ratio(u->vkey) == ipu_vec_ratio(key))) {
		set_supported(u, vtype, key, u->vl);
	} else {
		keep_vl(u, vtype, key);
	}
}

/* rs2 is the key, imm the vtype */
IPU_OP(vsetvli)
{
	configure(u, op, op->imm, op->rs2);
	IPU_CHARGE(vsetvli);
	IPU_NEXT();
}

/* rs1 is the AVL */
IPU_OP(vsetivli)
{
	uint32_t vlmax = op->rs2 == IPU_VKEY_NONE ? 0 : ipu_vec_vlmax(u, op->rs2);

	ipu_vec_set(u, op->imm, op->rs2, op->rs1 < vlmax ? op->rs1 : vlmax);
	u->r[op->rd] = u->vl;
	IPU_CHARGE(vsetivli);
	IPU_NEXT();
}

IPU_OP(vsetvl)
{
	uint32_t vtype = u->r[op->rs2];

	configure(u, op, vtype, ipu_vec_vtype_key(vtype));
	IPU_CHARGE(vsetvl);
	IPU_NEXT();
}

/* ---- The choice of a handler ----------------------------------------------------------------- */

const struct ipu_vec_op *ipu_vec_op_of_row(unsigned int row, enum ipu_vec_tier tier)
{
	static const struct ipu_vec_op *const ops[][IPU_VEC_TIERS] = {
#define IPU_INSN(name, mask, match, format, handler, slots) { NULL },
#define IPU_VECTOR(name, mask, match, format, shape, slots) \
	{ &ipu_vec_##name##_portable, &ipu_vec_##name##_avx2, &ipu_vec_##name##_avx512 },
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
	};

	return ops[row][tier];
}

unsigned int ipu_vec_legal_key(const struct ipu_unit *u, const struct ipu_op *op)
{
	const unsigned int key = ipu_vec_vtype_key(u->vtype);

	if (key == IPU_VKEY_NONE || !((uint32_t)op->imm >> key & 1))
		return IPU_VKEY_NONE;
	if (u->vstart && ipu_decode_shape(ipu_vec_row(op)) & IPU_SHAPE_VSTART0)
		return IPU_VKEY_NONE;
	return key;
}

const uint8_t *ipu_vec_active_slow(struct ipu_unit *u, const struct ipu_op *op)
{
	uint32_t whole = u->vstart / 8;

	if (ipu_vec_unmasked(op))
		memset(u->vactive, 0xff, u->vlenb);
	else
		memcpy(u->vactive, u->v, u->vlenb);
	memset(u->vactive, 0, whole);
	u->vactive[whole] &= 0xffu << u->vstart % 8;
	return u->vactive;
}

IPU_OP(vector)
{
	const unsigned int key = ipu_vec_legal_key(u, op);
	bool some = u->vstart || !ipu_vec_unmasked(op);
	const struct ipu_vec_op *handlers;
	ipu_handler *fn = NULL;

	if (key == IPU_VKEY_NONE)
		IPU_ILLEGAL();
	handlers = ipu_vec_op_of_row(ipu_vec_row(op), ipu_vec_tier());
	if (handlers->grouped && key >> 3 == 2 && !some)
		fn = ipu_vec_find_sums(u, op, key, handlers->grouped);
	if (!fn)
		fn = handlers->fn[key >> 3][some];
	if (!u->vstart)
		ipu_vec_keep_handler(op, fn);
	/* with a vstart, only this time; the handler resets it to 0 */
	u->vkey = key;
	IPU_CONTINUE(fn);
}
