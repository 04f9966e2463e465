// SPDX-License-Identifier: MIT
/* The planner for the host: see ipu_plan.h. It is tile/ops/plan.c, with messages. */
#include <errno.h>

#include <ipu_plan.h>

#include "ipu_internal.h"

static int fail_fit(const struct ipu_product *product, const char *what,
		    enum ipu_plan_verdict verdict, const struct ipu_plan_misfit *misfit)
{
	const bool tables = verdict == IPU_PLAN_NO_KEEP;

	return ipu_fail(
		-ENOSPC,
		"%s for %u products of %u x %u and %u x %u on %u tiles: a tile's part of %s takes %u bytes, and %u are missing from the "
		"%u of its %s; give it more, or use more tiles",
		what, product->batches, product->m, product->k, product->k, product->n,
		product->tiles,
		misfit->what == 'T' ? "tables" :
		misfit->what == 'A' ? "A" :
		misfit->what == 'B' ? "B" :
				      "the result",
		misfit->bytes, misfit->missing, tables ? product->keep : product->scratch,
		tables ? "memory for tables and weights" : "scratch memory");
}

/* @what: how the message begins if it does not fit */
static int fail(const struct ipu_product *product, const char *what, enum ipu_plan_verdict verdict,
		const struct ipu_plan_misfit *misfit)
{
	switch (verdict) {
	case IPU_PLAN_OK:
		return 0;
	case IPU_PLAN_BAD_TYPE:
		return ipu_fail(-EINVAL,
				"a product is of f32, f16 or bf16, not of %s with a result of %s",
				ipu_dtype_name(product->dtype), ipu_dtype_name(product->to_dtype));
	case IPU_PLAN_BAD_GRID:
		return ipu_fail(-EINVAL, "the grid has a 0, or more parts than there are tiles, %u",
				product->tiles);
	case IPU_PLAN_TOO_LARGE:
		if (!product->tiles)
			return ipu_fail(-EINVAL, "a plan needs at least one tile");
		return ipu_fail(-EINVAL,
				"%s of %u products of %u x %u and %u x %u has more than 2^31 - 1 "
				"elements; divide the product",
				misfit->what == 'C' ? "the result" :
				misfit->what == 'B' ? "B" :
						      "A",
				product->batches, product->m, product->k, product->k, product->n);
	default:
		return fail_fit(product, what, verdict, misfit);
	}
}

int ipu_plan_matmul(const struct ipu_product *product, enum ipu_objective objective,
		    struct ipu_plan *plan)
{
	struct ipu_plan_misfit misfit;
	struct ipu_plan found;
	const enum ipu_plan_verdict verdict = ipu_plan_search(product, objective, &found, &misfit);

	if (!verdict)
		*plan = found;
	return fail(product, "no grid fits", verdict, &misfit);
}

int ipu_plan_estimate(const struct ipu_product *product, struct ipu_plan *plan)
{
	struct ipu_plan_misfit misfit;
	struct ipu_plan complete = *plan;
	const enum ipu_plan_verdict verdict = ipu_plan_complete(product, &complete, &misfit);

	if (!verdict)
		*plan = complete;
	return fail(product, "the grid does not fit", verdict, &misfit);
}
