// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The addresses of loads, stores and atomics, computed from the instruction's bits:
 * slow, but so the handlers need not know about watchpoints.
 */
#include <string.h>

#include "ipu_access.h"
#include "isa/ipu_vec_shape.h"

#define OPCODE_LOAD	0x03
#define OPCODE_LOAD_FP	0x07
#define OPCODE_STORE	0x23
#define OPCODE_STORE_FP	0x27
#define OPCODE_AMO	0x2f

#define REG_SP		2
#define FUNCT5_LR	2
#define FUNCT5_SC	3

/* Where pieces of memory are reported. */
struct visit {
	const struct ipu_unit *u;
	ipu_access_visitor *fn;
	void *arg;
	uint32_t access;
};

static void piece(const struct visit *v, uint32_t addr, uint32_t bytes)
{
	v->fn(v->arg, addr, bytes, v->access);
}

static uint32_t field(uint32_t bits, unsigned int low, unsigned int count)
{
	return bits >> low & ((1u << count) - 1);
}

static uint32_t rs1(const struct visit *v, uint32_t bits)
{
	return v->u->r[field(bits, 15, 5)];
}

/* ---- Vectors ------------------------------------------------------------------------------- */

enum vector_mode { MODE_UNIT, MODE_INDEXED_UNORDERED, MODE_STRIDED, MODE_INDEXED };

#define UNIT_WHOLE	8
#define UNIT_MASK	11

static uint32_t element(const struct visit *v, unsigned int reg, uint32_t index, unsigned int bytes)
{
	uint32_t value = 0;

	memcpy(&value, v->u->v + reg * v->u->vlenb + index * bytes, bytes);
	return value;
}

static void vector_elements(const struct visit *v, uint32_t bits, unsigned int width)
{
	const enum vector_mode mode = field(bits, 26, 2);
	const unsigned int fields = field(bits, 29, 3) + 1;
	const unsigned int sew = 1u << field(v->u->vtype, 3, 3);
	const bool indexed = mode == MODE_INDEXED || mode == MODE_INDEXED_UNORDERED;
	const unsigned int bytes = indexed ? sew : width;
	const uint32_t stride = mode == MODE_STRIDED ? v->u->r[field(bits, 20, 5)] : fields * bytes;
	uint32_t i, addr;

	for (i = v->u->vstart; i < v->u->vl; i++) {
		if (!field(bits, 25, 1) && !(v->u->v[i / 8] >> i % 8 & 1))
			continue;
		addr = rs1(v, bits);
		addr += indexed ? element(v, field(bits, 20, 5), i, width) : i * stride;
		piece(v, addr, fields * bytes);
	}
}

static void vector(const struct visit *v, uint32_t bits)
{
	static const unsigned int widths[] = { 1, 0, 0, 0, 0, 2, 4, 0 };
	const unsigned int width = widths[field(bits, 12, 3)];
	const bool unit = field(bits, 26, 2) == MODE_UNIT;

	if (!v->u->v || field(bits, 28, 1))
		return;
	if (unit && field(bits, 20, 5) == UNIT_WHOLE)
		piece(v, rs1(v, bits), (field(bits, 29, 3) + 1) * v->u->vlenb);
	else if (v->u->vtype & IPU_VTYPE_VILL || !v->u->vl)
		return;
	else if (unit && field(bits, 20, 5) == UNIT_MASK)
		piece(v, rs1(v, bits), (v->u->vl + 7) / 8);
	else
		vector_elements(v, bits, width);
}

/* ---- Scalars ------------------------------------------------------------------------------- */

/* the low two bits of funct3 give the width; float opcodes have vector loads and stores too */
static void load(struct visit *v, uint32_t bits, bool is_float)
{
	const unsigned int funct3 = field(bits, 12, 3);

	v->access = IPU_DBG_READ;
	if (is_float && (funct3 == 0 || funct3 > 4))
		vector(v, bits);
	else
		piece(v, rs1(v, bits) + ((int32_t)bits >> 20), 1u << (funct3 & 3));
}

static void store(struct visit *v, uint32_t bits, bool is_float)
{
	const unsigned int funct3 = field(bits, 12, 3);
	const uint32_t offset = ((int32_t)bits >> 25) * 32 + field(bits, 7, 5);

	v->access = IPU_DBG_WRITE;
	if (is_float && (funct3 == 0 || funct3 > 4))
		vector(v, bits);
	else
		piece(v, rs1(v, bits) + offset, 1u << (funct3 & 3));
}

static void atomic(struct visit *v, uint32_t bits)
{
	const unsigned int funct5 = field(bits, 27, 5);

	v->access = funct5 == FUNCT5_LR ? IPU_DBG_READ : funct5 == FUNCT5_SC ? IPU_DBG_WRITE :
		    IPU_DBG_READ | IPU_DBG_WRITE;
	piece(v, rs1(v, bits), 4);
}

/* c.lw, c.flw, c.sw, c.fsw, and those with sp; all are words */
static void compressed(struct visit *v, uint32_t bits)
{
	const unsigned int funct3 = field(bits, 13, 3);
	uint32_t offset;

	if ((bits & 3) == 1 || (funct3 & 2) == 0)
		return;
	if ((bits & 3) == 0) {
		offset = field(bits, 10, 3) << 3 | field(bits, 6, 1) << 2 | field(bits, 5, 1) << 6;
		v->access = funct3 & 4 ? IPU_DBG_WRITE : IPU_DBG_READ;
		piece(v, v->u->r[8 + field(bits, 7, 3)] + offset, 4);
		return;
	}
	if (funct3 & 4) {
		v->access = IPU_DBG_WRITE;
		offset = field(bits, 9, 4) << 2 | field(bits, 7, 2) << 6;
	} else {
		v->access = IPU_DBG_READ;
		offset = field(bits, 12, 1) << 5 | field(bits, 4, 3) << 2 | field(bits, 2, 2) << 6;
	}
	piece(v, v->u->r[REG_SP] + offset, 4);
}

void ipu_access_visit(const struct ipu_unit *u, uint32_t bits, ipu_access_visitor *visit,
		      void *arg)
{
	struct visit v = { .u = u, .fn = visit, .arg = arg };

	if ((bits & 3) != 3) {
		compressed(&v, bits);
		return;
	}
	switch (bits & 0x7f) {
	case OPCODE_LOAD:
	case OPCODE_LOAD_FP:
		load(&v, bits, (bits & 0x7f) == OPCODE_LOAD_FP);
		break;
	case OPCODE_STORE:
	case OPCODE_STORE_FP:
		store(&v, bits, (bits & 0x7f) == OPCODE_STORE_FP);
		break;
	case OPCODE_AMO:
		atomic(&v, bits);
		break;
	}
}
