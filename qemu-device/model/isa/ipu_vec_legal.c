// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Which vtypes are supported, and which register groups a vector instruction may name
 * under each: the rules of "Vector Operands" and "Vector Masking" of the RISC-V V
 * extension 1.0, and of segments.
 */
#include "ipu_vec_shape.h"

unsigned int ipu_vec_vtype_key(uint32_t vtype)
{
	unsigned int sew = vtype >> 3 & 7;
	unsigned int vlmul = vtype & 7;
	int lmul;

	/* bits 6 and 7 are vta and vma, those above are reserved */
	if (vtype & ~0xffu || sew > 2 || vlmul == 4)
		return IPU_VKEY_NONE;
	lmul = ipu_vec_log2_lmul(vlmul);
	/* 8 << sew at most 32 * LMUL; and LMUL 1/8 for SEW 8 */
	if ((int)sew > 2 + lmul && !(sew == 0 && lmul == -3))
		return IPU_VKEY_NONE;
	return ipu_vec_key(sew, vlmul);
}

#define EEW_MASK	-3	/* log2 of the element width in bytes: one bit */

/**
 * struct group - the registers of an operand
 * @reg: the first, -1 of no operand
 * @count: how many, over all fields of a segment
 * @emul: log2, of one field
 * @eew: log2 of the width in bytes, or EEW_MASK
 */
struct group {
	int reg;
	int count;
	int emul;
	int eew;
};

/* how the operand's width and group differ from SEW and LMUL, both log2 */
static int widening(enum ipu_vec_class class, int sew)
{
	switch (class) {
	case IPU_V_2:
	case IPU_V_ELEM2:
		return 1;
	case IPU_V_H2:
		return -1;
	case IPU_V_H4:
		return -2;
	case IPU_V_E8:
		return -sew;
	case IPU_V_E16:
		return 1 - sew;
	case IPU_V_E32:
		return 2 - sew;
	default:
		return 0;
	}
}

/* false if there is no such group: wrong element width, size or alignment */
static bool make_group(struct group *g, enum ipu_vec_class class, int reg, unsigned int key, int nf)
{
	int wider = widening(class, key >> 3);

	*g = (struct group) { .reg = -1 };
	if (class == IPU_V_NONE)
		return true;
	g->reg = reg;
	g->count = 1;
	g->eew = (int)(key >> 3) + wider;
	if (class == IPU_V_MASK) {
		g->eew = EEW_MASK;
		return true;
	}
	if (g->eew < 0 || g->eew > 2)
		return false;
	if (class == IPU_V_ELEM || class == IPU_V_ELEM2)
		return true;
	g->emul = ipu_vec_log2_lmul(key) + wider;
	if (g->emul < -3 || g->emul > 3)
		return false;
	if (g->emul > 0)
		g->count = 1 << g->emul;
	if (reg % g->count)
		return false;
	g->count *= nf;
	return g->count <= 8 && reg + g->count <= 32;
}

static bool overlap(const struct group *a, const struct group *b)
{
	return a->reg >= 0 && b->reg >= 0 && a->reg < b->reg + b->count &&
	       b->reg < a->reg + a->count;
}

/* may @d be written while @s is read? */
static bool may_overlap(const struct group *d, const struct group *s)
{
	if (!overlap(d, s) || d->eew == s->eew)
		return true;
	if (d->eew < s->eew)
		return d->reg == s->reg;
	return s->eew != EEW_MASK && s->emul >= 0 &&
	       s->reg + s->count == d->reg + d->count;
}

/* a register is not read with two element widths */
static bool same_width(const struct group *a, const struct group *b)
{
	return !overlap(a, b) || a->eew == b->eew;
}

static bool is_element(enum ipu_vec_class class)
{
	return class == IPU_V_ELEM || class == IPU_V_ELEM2;
}

static bool legal_under(uint32_t shape, uint32_t bits, unsigned int key)
{
	const struct group mask = { .reg = bits >> 25 & 1 ? -1 : 0, .count = 1, .eew = EEW_MASK };
	bool element = is_element(ipu_shape_d(shape));
	bool apart = shape & IPU_SHAPE_APART;
	int nf = shape & IPU_SHAPE_NF ? (bits >> 29) + 1 : 1;
	struct group d, s1, s2;

	if (!make_group(&d, ipu_shape_d(shape), bits >> 7 & 31, key, nf) ||
	    !make_group(&s1, ipu_shape_1(shape), bits >> 15 & 31, key, 1) ||
	    !make_group(&s2, ipu_shape_2(shape), bits >> 20 & 31, key, 1))
		return false;
	if (!same_width(&s1, &s2) || !same_width(&s1, &mask) || !same_width(&s2, &mask))
		return false;
	if ((shape & (IPU_SHAPE_STORE | IPU_SHAPE_READS_D)) && !element &&
	    (!same_width(&d, &s1) || !same_width(&d, &s2) || !same_width(&d, &mask)))
		return false;
	if (shape & IPU_SHAPE_STORE)
		return true;
	/* a masked instruction writes v0 only if it writes a mask or a scalar */
	if (overlap(&d, &mask) && d.eew != EEW_MASK && !element)
		return false;
	if (apart && (overlap(&d, &s1) || overlap(&d, &s2) || overlap(&d, &mask)))
		return false;
	return element || (may_overlap(&d, &s1) && may_overlap(&d, &s2));
}

uint32_t ipu_vec_legal(uint32_t shape, uint32_t bits)
{
	uint32_t legal = 0;
	unsigned int key;

	for (key = 0; key < IPU_VEC_KEYS; key++)
		if (ipu_shape_sews(shape) >> (key >> 3) & 1 &&
		    ipu_vec_vtype_key(key >> 3 << 3 | (key & 7)) == key &&
		    legal_under(shape, bits, key))
			legal |= 1u << key;
	return legal;
}
