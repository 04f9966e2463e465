// SPDX-License-Identifier: MIT
/*
 * torch.autocast: which operations take half precision, and which float32, as PyTorch lists them;
 * and what its GradScaler needs.
 */
#include <ATen/autocast_mode.h>
#include <ATen/ops/_amp_update_scale.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/maximum.h>
#include <torch/library.h>

#include "glue.hpp"

/* Where PyTorch's lists have their names. */
namespace at::autocast
{

TORCH_LIBRARY_IMPL(_, AutocastPrivateUse1, m)
{
	m.fallback(torch::CppFunction::makeFallthrough());
}

TORCH_LIBRARY_IMPL(aten, AutocastPrivateUse1, m)
{
#define LOWER(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, lower_precision_fp)
	AT_FORALL_LOWER_PRECISION_FP(LOWER)
#define SINGLE(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, fp32)
	AT_FORALL_FP32(SINGLE)
#define SINGLE_TYPE(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, fp32_set_opt_dtype)
	AT_FORALL_FP32_SET_OPT_DTYPE(SINGLE_TYPE)
	AT_FORALL_DIFFERENT_REDISPATCH_SIGNATURE(
		KERNEL_DIFFERENT_REDISPATCH_SIGNATURE_PRIVATEUSEONE)
#define PROMOTE(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, promote)
	AT_FORALL_PROMOTE(PROMOTE)
}

} // namespace at::autocast

namespace torch_ipu
{

/* Gradients times @inverse; @found becomes 1 if one of their elements is not finite. */
static void unscale(at::TensorList grads, at::Tensor &found, const at::Tensor &inverse)
{
	for (at::Tensor grad : grads) {
		const at::Tensor bad = at::isfinite(grad).logical_not_().any();

		found.copy_(at::maximum(found, bad.to(found.scalar_type())));
		grad.mul_(inverse.reshape({}));
	}
}

/* Three numbers, of which GradScaler reads one just before: on the host. */
static at::Tensor &update_scale(at::Tensor &scale, at::Tensor &growths, const at::Tensor &found,
				double growth, double backoff, int64_t interval)
{
	at::Tensor number = on_cpu(scale), count = on_cpu(growths);

	wait(scale);
	at::_amp_update_scale_(number, count, on_cpu(found), growth, backoff, interval);
	return scale;
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	m.impl("_amp_foreach_non_finite_check_and_unscale_", &unscale);
	m.impl("_amp_update_scale_", &update_scale);
}

} // namespace torch_ipu
