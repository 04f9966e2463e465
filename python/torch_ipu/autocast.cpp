// SPDX-License-Identifier: MIT
/* torch.autocast: which operations take half precision, and which float32, as PyTorch lists them. */
#include <ATen/autocast_mode.h>
#include <torch/library.h>

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
