/* SPDX-License-Identifier: MIT */
/* Copies of arrays, <ipu/op_copy.h>. */
#include <ipu/step.h>

/* Refuse a view that leaves its array; how many elements it has. */
static uint32_t check_view(struct ipu_ops *ops, const struct ipu_array *from,
			   const struct ipu_view *view)
{
	int64_t low = view->offset, high = view->offset;
	uint64_t count = 1;

	if (view->ndim > IPU_ARRAY_DIMS)
		ipu_ops_refuse(ops, "the view has %lu dimensions, and may have %d",
			       (unsigned long)view->ndim, IPU_ARRAY_DIMS);
	for (uint32_t i = 0; i < view->ndim; i++)
		if (!view->shape[i])
			return 0;
	for (uint32_t i = 0; i < view->ndim; i++) {
		const int64_t way = ((int64_t)view->shape[i] - 1) * view->stride[i];

		*(way < 0 ? &low : &high) += way;
		if (low < 0 || high >= from->count || count * view->shape[i] > INT32_MAX)
			ipu_ops_refuse(ops,
				       "dimension %lu of the view goes from element %lld to %lld "
				       "of an array that has %lu",
				       (unsigned long)i, (long long)low, (long long)high,
				       (unsigned long)from->count);
		count *= view->shape[i];
	}
	if (high >= from->count)
		ipu_ops_refuse(ops, "the view is element %lu of an array that has %lu",
			       (unsigned long)view->offset, (unsigned long)from->count);
	return (uint32_t)count;
}

void ipu_make_copy(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from,
		   const struct ipu_view *view)
{
	const struct ipu_range own = ipu_array_own(to);
	uint32_t count;
	struct ipu_fetch *fetch;

	ipu_ops_begin(ops, "copy");
	count = check_view(ops, from, view);
	if (count != to->count || to->dtype != from->dtype)
		ipu_ops_refuse(ops,
			       "the view has %lu elements of type %lu, and the result %lu of type "
			       "%lu",
			       (unsigned long)count, (unsigned long)from->dtype,
			       (unsigned long)to->count, (unsigned long)to->dtype);
	fetch = ipu_fetch_init(ops, from, view, own.begin, own.end, to->data);
	ipu_add_exchange(ops);
	ipu_fetch_pull(ops, fetch);
	ipu_fetch_finish(ops, fetch);
}
