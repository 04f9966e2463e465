// SPDX-License-Identifier: MIT
/* Tensors: errors, how the tiles see one, views, copies, and the fallback to the CPU. */
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/TensorIterator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/_local_scalar_dense_cpu_dispatch.h>
#include <ATen/ops/_reshape_alias_cpu_dispatch.h>
#include <ATen/ops/as_strided_cpu_dispatch.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/resize_cpu_dispatch.h>
#include <ATen/ops/set_cpu_dispatch.h>
#include <ATen/ops/unfold_cpu_dispatch.h>
#include <ATen/ops/view_cpu_dispatch.h>
#include <torch/library.h>

#include "glue.hpp"

namespace torch_ipu
{

/* ---- Errors ----------------------------------------------------------------- */

static std::string shapes(at::ArrayRef<at::Tensor> tensors)
{
	std::ostringstream text;

	for (const at::Tensor &tensor : tensors) {
		if (!tensor.defined())
			continue;
		text << (text.tellp() > 0 ? ", " : "") << tensor.scalar_type() << tensor.sizes();
	}
	return text.str();
}

/* Why the last operation of this thread could not run on the tiles. */
static thread_local std::string reason;

bool ran(int err, const char *name, at::ArrayRef<at::Tensor> tensors)
{
	if (!err)
		return true;
	if (err == -EOPNOTSUPP || err == -ENOSPC) {
		reason = it_error();
		return false;
	}
	TORCH_CHECK(false, name, "(", shapes(tensors), "): ", it_error());
}

static const char *mixed(c10::Device one, c10::Device other)
{
	return it_mixed(one.str().c_str(), other.str().c_str());
}

bool is_on_card(const at::TensorBase &tensor)
{
	return tensor.device().type() == device_type;
}

/* ---- Tensors ------------------------------------------------------------------------ */

uint32_t dtype_of(c10::ScalarType type)
{
	switch (type) {
	case at::kFloat:
		return IPU_F32;
	case at::kHalf:
		return IPU_F16;
	case at::kBFloat16:
		return IPU_BF16;
	case at::kLong:
	case at::kInt:
		return IPU_I32;
	case at::kShort:
		return IPU_I16;
	case at::kChar:
		return IPU_I8;
	case at::kByte:
	case at::kBool:
		return IPU_U8;
	default:
		return 0;
	}
}

/* Numbers, which are copied with the operation, and indices may be the host's. */
static bool may_be_hosts(const at::TensorBase &tensor)
{
	return !tensor.dim() || !at::isFloatingType(tensor.scalar_type());
}

bool lower(const at::TensorBase &tensor, struct it_tensor *to)
{
	TORCH_CHECK(is_on_card(tensor) || may_be_hosts(tensor),
		    mixed({ device_type, c10::DeviceIndex(it_current()) }, tensor.device()));
	to->dtype = dtype_of(tensor.scalar_type());
	if (!to->dtype || tensor.dim() > IT_DIMS || tensor.numel() > INT32_MAX)
		return false;
	to->wide = tensor.scalar_type() == at::kLong;
	to->truth = tensor.scalar_type() == at::kBool;
	to->data = tensor.data_ptr();
	to->ndim = uint32_t(tensor.dim());
	for (uint32_t i = 0; i < to->ndim; i++) {
		if (tensor.stride(i) > INT32_MAX)
			return false;
		to->size[i] = uint32_t(tensor.size(i));
		to->stride[i] = int32_t(tensor.stride(i));
	}
	return true;
}

static at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> dtype,
			std::optional<at::Layout>, std::optional<at::Device> device,
			std::optional<bool>, std::optional<at::MemoryFormat> format)
{
	return at::detail::empty_generic(size, allocator_of(device),
					 c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
					 c10::dtype_or_default(dtype), format);
}

static at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride,
				std::optional<at::ScalarType> dtype, std::optional<at::Layout>,
				std::optional<at::Device> device, std::optional<bool>)
{
	return at::detail::empty_strided_generic(size, stride, allocator_of(device),
						 c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
						 c10::dtype_or_default(dtype));
}

static const at::Tensor &resize_(const at::Tensor &self, at::IntArrayRef size,
				 std::optional<at::MemoryFormat> format)
{
	wait(self);
	return at::cpu::resize_(self, size, format);
}

at::Tensor on_cpu(const at::Tensor &tensor)
{
	return at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(),
			     at::TensorOptions().dtype(tensor.scalar_type()).device(at::kCPU));
}

/* The same, which keeps the memory. */
static at::Tensor as_cpu(const at::Tensor &self)
{
	TORCH_CHECK(is_on_card(self), "as_cpu() of a tensor that is on ", self.device(),
		    " and not on an IPU");
	wait(self);
	return at::from_blob(
		self.data_ptr(), self.sizes(), self.strides(), [self](void *) {},
		at::TensorOptions().dtype(self.scalar_type()).device(at::kCPU));
}

TORCH_LIBRARY(ipu, m)
{
	m.def("as_cpu(Tensor(a) self) -> Tensor(a)", &as_cpu);
}

/* ---- Copies --------------------------------------------------------------------------- */

/* Elements of 8 bytes that are only moved are two words each, whatever they are. */
static bool lower_words(struct it_tensor *t)
{
	if (t->ndim == IT_DIMS)
		return false;
	for (uint32_t k = 0; k < t->ndim; k++) {
		if (t->stride[k] > INT32_MAX / 2)
			return false;
		t->stride[k] *= 2;
	}
	t->dtype = IPU_I32;
	t->wide = false;
	t->size[t->ndim] = 2;
	t->stride[t->ndim++] = 1;
	return true;
}

/* As few dimensions as there can be, in the order of @to's memory. */
static bool lower_two(const at::Tensor &to, const at::Tensor &from, struct it_tensor *lowered)
{
	auto iter = at::TensorIteratorConfig()
			    .add_output(to)
			    .add_const_input(from)
			    .resize_outputs(false)
			    .check_all_same_dtype(false)
			    .set_check_mem_overlap(false)
			    .build();
	const bool words = iter.dtype(0) == iter.dtype(1) && iter.element_size(0) == 8;

	for (int i = 0; i < 2; i++) {
		struct it_tensor *t = &lowered[i];
		const int64_t size = int64_t(iter.element_size(i));

		t->dtype = dtype_of(iter.dtype(i));
		t->wide = iter.dtype(i) == at::kLong;
		t->truth = iter.dtype(i) == at::kBool;
		t->data = iter.data_ptr(i);
		t->ndim = uint32_t(iter.ndim());
		if ((!t->dtype && !words) || iter.ndim() > IT_DIMS || iter.numel() > INT32_MAX / 2)
			return false;
		for (uint32_t k = 0; k < t->ndim; k++) {
			t->size[k] = uint32_t(iter.shape()[t->ndim - 1 - k]);
			t->stride[k] = int32_t(iter.strides(i)[t->ndim - 1 - k] / size);
		}
		if (words && !lower_words(t))
			return false;
	}
	return true;
}

static bool copy_on_tiles(const at::Tensor &from, const at::Tensor &to)
{
	struct it_tensor t[2];

	return lower_two(to, from, t) && ran(it_copy(&t[0], &t[1]), "copy_", { from, to });
}

static at::Tensor copy_from(const at::Tensor &from, const at::Tensor &to, bool)
{
	const at::Tensor source = from.sizes() == to.sizes() ? from : from.expand_as(to);
	const bool out = is_on_card(to), in = is_on_card(from);

	if (!to.numel())
		return to;
	if (in && out && from.device() == to.device()) {
		reason.clear();
		if (copy_on_tiles(source, to))
			return to;
		TORCH_CHECK(!it_strict(), "copy_(", shapes({ from, to }),
			    ") would run on the CPU: ", reason);
		it_count_fallback("aten::copy_");
	}
	wait(from);
	wait(to);
	(out ? on_cpu(to) : to).copy_(in ? on_cpu(source) : source);
	return to;
}

static at::Tensor copy_from_and_resize(const at::Tensor &from, const at::Tensor &to)
{
	at::native::resize_output(to, from.sizes());
	return copy_from(from, to, false);
}

static at::Scalar local_scalar_dense(const at::Tensor &self)
{
	wait(self);
	return at::cpu::_local_scalar_dense(on_cpu(self));
}

/* ---- The CPU --------------------------------------------------------------------------- */

static std::vector<at::Tensor> tensors_of(const torch::jit::Stack &stack, size_t count)
{
	std::vector<at::Tensor> all;

	for (size_t i = stack.size() - count; i < stack.size(); i++) {
		if (stack[i].isTensor())
			all.push_back(stack[i].toTensor());
		else if (stack[i].isTensorList())
			for (const at::Tensor &tensor : stack[i].toTensorVector())
				all.push_back(tensor);
	}
	return all;
}

/* All are on one card, or of the CPU. */
static void check_cards(const std::vector<at::Tensor> &tensors)
{
	std::optional<at::Device> first;

	for (const at::Tensor &tensor : tensors) {
		if (!tensor.defined() || !is_on_card(tensor))
			continue;
		TORCH_CHECK(!first || *first == tensor.device(), mixed(*first, tensor.device()));
		first = tensor.device();
	}
}

void fallback(const c10::OperatorHandle &op, torch::jit::Stack *stack)
{
	const auto &schema = op.schema();
	const std::string name = schema.overload_name().empty() ?
					 schema.name() :
					 schema.name() + "." + schema.overload_name();
	const size_t count = schema.arguments().size();
	const std::string why = reason.empty() ? "it is not written for tiles" : reason;

	reason.clear(); /* it is not the next operation's */
	TORCH_CHECK(!it_strict(), name, "(", shapes(tensors_of(*stack, count)),
		    ") would run on the CPU: ", why, " (strict mode: torch.ipu.set_strict(False))");
	check_cards(tensors_of(*stack, count));
	for (size_t i = 0; i < count; i++) {
		const c10::IValue &value = (*stack)[stack->size() - count + i];

		TORCH_CHECK(!schema.arguments()[i].is_out() || !value.isTensor() ||
				    !value.toTensor().is_cpu(),
			    name,
			    ": expected all tensors to be on the same device, but the one for "
			    "the result is the CPU's");
	}
	it_count_fallback(name.c_str());
	wait();
	for (size_t i = stack->size() - count; i < stack->size(); i++)
		if ((*stack)[i].isGenerator())
			(*stack)[i] = c10::IValue(at::detail::getDefaultCPUGenerator());
	at::native::cpu_fallback(op, stack);
}

/* ---- The alias "ipu" ---------------------------------------------------------------------- */

TORCH_LIBRARY_IMPL(aten, IPU, m)
{
	m.impl("empty.memory_format", &empty);
	m.impl("empty_strided", &empty_strided);
}

static at::Tensor &set_source(at::Tensor &self, at::Storage source, int64_t offset,
			      at::IntArrayRef size, at::IntArrayRef stride)
{
	return at::cpu::set_(self, source, offset, size, stride);
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	m.impl("empty.memory_format", &empty);
	m.impl("empty_strided", &empty_strided);
	m.impl("resize_", &resize_);
	m.impl("_copy_from", &copy_from);
	m.impl("_copy_from_and_resize", &copy_from_and_resize);
	m.impl("_local_scalar_dense", &local_scalar_dense);
	m.impl("as_strided",
	       static_cast<at::Tensor (*)(const at::Tensor &, at::IntArrayRef, at::IntArrayRef,
					  std::optional<int64_t>)>(&at::cpu::as_strided));
	m.impl("view",
	       static_cast<at::Tensor (*)(const at::Tensor &, at::IntArrayRef)>(&at::cpu::view));
	m.impl("_reshape_alias",
	       static_cast<at::Tensor (*)(const at::Tensor &, at::IntArrayRef, at::IntArrayRef)>(
		       &at::cpu::_reshape_alias));
	m.impl("unfold", &at::cpu::unfold);
	m.impl("set_.source_Storage_storage_offset", &set_source);
	m.impl("set_.source_Storage",
	       static_cast<at::Tensor &(*)(at::Tensor &, at::Storage)>(&at::cpu::set_));
	m.impl("set_.source_Tensor",
	       static_cast<at::Tensor &(*)(at::Tensor &, const at::Tensor &)>(&at::cpu::set_));
	m.impl("set_", static_cast<at::Tensor &(*)(at::Tensor &)>(&at::cpu::set_));
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, m)
{
	m.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
}

} // namespace torch_ipu
