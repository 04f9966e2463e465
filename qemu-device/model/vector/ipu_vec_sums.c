// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Which multiply-adds can keep their sums in the host's registers: see struct ipu_vec_sums.
 * What is checked here does not change as long as the page exists, except LMUL, which the
 * handlers check.
 */
#include "exec/ipu_code_page.h"
#include "ipu_vec.h"

#define FIELD_VD	0x00000f80u
#define FIELD_RS1	0x000f8000u

static bool legal(const struct ipu_op *op, unsigned int key)
{
	return (uint32_t)op->imm >> key & 1;
}

/* whether @op[n] is the op of the instruction 4 * @n bytes after @op's */
static bool is_behind(const struct ipu_code_page *page, const struct ipu_op *op, unsigned int n)
{
	const uint16_t *at = &page->at[op - page->ops];

	return at[n] == at[0] + 2 * n;
}

/* whether the @count ops from @op on differ only in rd and rs1, and each has a different rd */
static bool is_round(const struct ipu_code_page *page, const struct ipu_op *op, unsigned int key,
		     unsigned int count)
{
	const unsigned int half = page->at[op - page->ops];
	unsigned int i, j;

	for (i = 0; i < count; i++) {
		if (!is_behind(page, op, i) || !legal(&op[i], key) || op[i].rd == op[i].rs2 ||
		    (ipu_code_page_bits(page, half + 2 * i) ^ ipu_code_page_bits(page, half)) &
			    ~(FIELD_VD | FIELD_RS1))
			return false;
		for (j = 0; j < i; j++)
			if (op[i].rd == op[j].rd)
				return false;
	}
	return true;
}

/* whether @sums executes the @count ops before @op, which add to the same groups as @op's */
static bool continues(const struct ipu_code_page *page, const struct ipu_op *op, unsigned int count,
		    const struct ipu_vec_sums *sums)
{
	const struct ipu_op *before = op - count;
	ipu_handler *fn;
	unsigned int i;

	if (op - page->ops <= count || !is_behind(page, before, count))
		return false;
	fn = IPU_FN(before);
	for (i = 0; i < count; i++)
		if (op[i].rd != before[i].rd || op[i].rs1 == op[i].rd || op[i].rs2 == op[i].rd)
			return false;
	return fn == sums->begin || fn == sums->go_on;
}

ipu_handler *ipu_vec_find_sums(const struct ipu_unit *u, const struct ipu_op *op, unsigned int key,
			       const struct ipu_vec_grouped *grouped)
{
	const uint32_t bytes = 4 * ipu_vec_vlmax(u, key);
	const struct ipu_code_page *page = u->page;
	const struct ipu_vec_sums *sums;
	unsigned int i, count = 1;

	for (i = 0; bytes != grouped->bytes << i; i++)
		if (i == IPU_VEC_GROUPS - 1)
			return NULL;
	sums = &grouped->one[i];
	if (grouped->four[i].begin && is_round(page, op, key, IPU_VEC_ROUND_MAX)) {
		sums = &grouped->four[i];
		count = IPU_VEC_ROUND_MAX;
	}
	return continues(page, op, count, sums) ? sums->go_on : sums->begin;
}
