/* SPDX-License-Identifier: MIT */
/* What the files of C++ share: tensors for ops.h, and errors. */
#ifndef TORCH_IPU_GLUE_HPP
#define TORCH_IPU_GLUE_HPP

#include <ATen/core/Tensor.h>
#include <ATen/core/Generator.h>
#include <ATen/TensorIterator.h>
#include <ATen/native/CPUFallback.h>

#include "ops.h"

namespace torch_ipu
{

constexpr auto device_type = c10::DeviceType::PrivateUse1;

/* A tensor as ops.h has it; false if the tiles have no such type, or it has too many dimensions. */
bool lower(const at::TensorBase &tensor, struct it_tensor *to);

/*
 * A tensor that may not be there, which is kept while the operation is submitted; it is not sound
 * if the tiles have no such tensor.
 */
struct Lowered {
	at::Tensor kept;
	struct it_tensor tensor;
	bool there = false;
	bool sound = true;

	Lowered(const at::Tensor &from) : kept(from)
	{
		there = from.defined();
		sound = !there || lower(from, &tensor);
	}
	Lowered(const std::optional<at::Tensor> &from) : Lowered(from ? *from : at::Tensor())
	{
	}
	const struct it_tensor *get() const
	{
		return there ? &tensor : nullptr;
	}
};

/* Can the tiles have all of them? */
template <typename... More> bool all_sound(const More &...lowered)
{
	return (lowered.sound && ...);
}

/* The type on the tiles; 0 for none. */
uint32_t dtype_of(c10::ScalarType type);

/* Did it run? False if it is for the CPU to do; other failures are thrown. */
bool ran(int err, const char *name, at::ArrayRef<at::Tensor> tensors);

/* Is it on a card? */
bool is_on_card(const at::TensorBase &tensor);

/* Of the memory of a card, or of the current one */
at::Allocator *allocator_of(std::optional<at::Device> device);

/* Wait for all cards, or for that of a tensor; what has failed on them is thrown. */
void wait();
void wait(const at::TensorBase &tensor);

/* The same memory as a tensor of the CPU. */
at::Tensor on_cpu(const at::Tensor &tensor);

/* An operation on the CPU, counted; or an error, in strict mode. */
void fallback(const c10::OperatorHandle &op, torch::jit::Stack *stack);

/* Words of seed and offset for an operation on a tensor, and the next offset. */
void take_numbers(const std::optional<at::Generator> &generator, const at::TensorBase &tensor,
		  uint32_t *words);

/* The operation on the CPU, with the arguments that follow. */
#define ATEN_OP(op) at::_ops::op
#define ATEN_OP2(op, overload) at::_ops::op##_##overload
#define ON_CPU(op) at::native::call_fallback_fn<&fallback, ATEN_OP(op)>::call
#define ON_CPU2(op, overload) at::native::call_fallback_fn<&fallback, ATEN_OP2(op, overload)>::call
#define ON_CPU_SYM(op) at::native::call_fallback_fn_symint<&fallback, ATEN_OP(op)>::call
#define ON_CPU_SYM2(op, overload) \
	at::native::call_fallback_fn_symint<&fallback, ATEN_OP2(op, overload)>::call

/* ---- maps.cpp --------------------------------------------------------------------------- */

/* Numbers that a type has. */
struct Range {
	double least;
	double most;
};

/* Those of a type of the tiles: infinite for floats. */
Range range_of(uint32_t dtype);

/* Is it one of them? NaN is one of floats only. */
bool fits(double value, uint32_t dtype);

/* An operand of an iterator as ops.h has it; false if the tiles have no such type. */
bool lower_operand(const at::TensorIteratorBase &iter, int arg, struct it_tensor *t);

/* Types of operands that are promoted, and what comes out of it. */
at::TensorIterator iterate(const at::Tensor &out, std::initializer_list<at::Tensor> operands,
			   bool promote = true);

/* As struct it_map has them; @scalar is for an operand of the CPU. */
struct Numbers {
	double scalar = 0;
	double alpha = 0;
	double beta = 0;
};

/* The operation of enum ipu_map on an iterator, computed in @type; false if it is for the CPU. */
bool map(const at::TensorIteratorBase &iter, const char *name, uint32_t op, at::ScalarType type,
	 Numbers numbers = {});

/* ---- reductions.cpp --------------------------------------------------------------------- */

/* Dimensions as bits: none are all of them. */
uint32_t bits(at::OptionalIntArrayRef dims, int64_t ndim);

/* The shape of what is reduced over @dims. */
std::vector<int64_t> kept_sizes(const at::Tensor &a, uint32_t dims, bool keep);

/* ---- products.cpp ----------------------------------------------------------------------- */

/* A tensor of type and device of @like: channels last where that has a name. */
at::Tensor empty_last(const at::Tensor &like, at::IntArrayRef size);

/* ---- images.cpp --------------------------------------------------------------------------- */

/* Means over as many parts of rows and columns as @size says; and the gradient. */
at::Tensor adaptive_mean(const at::Tensor &x, at::IntArrayRef size);
at::Tensor adaptive_mean_gradient(const at::Tensor &grad, at::IntArrayRef in);

/* Windows of avg_pool2d, which may go beyond the padding. */
struct Windows {
	std::array<int64_t, 2> kernel;
	std::array<int64_t, 2> stride;
	std::array<int64_t, 2> padding;
	bool include_padding;
	std::optional<int64_t> divisor;
};

/* Their means; @out has its shape. */
void window_mean(const at::Tensor &x, const Windows &windows, at::Tensor &out);
void window_mean_gradient(const at::Tensor &grad, const Windows &windows, at::Tensor &out);

/* ---- composed.cpp ----------------------------------------------------------------------- */

/* Is it of floats that the tiles have? */
bool is_real(const at::Tensor &tensor);

/* What is computed in several steps is rounded once. */
at::Tensor whole(const at::Tensor &tensor);

/* What a caller gives for a result of @type: on the device of @a, and of a type that it is cast to. */
void expect_out(const at::Tensor &out, const at::Tensor &a, at::ScalarType type);

/* The same, and it becomes as large as the result. */
void take_out(const at::Tensor &out, const at::Tensor &a, at::ScalarType type,
	      at::IntArrayRef size);

/* @out becomes a copy of a result, of its shape. */
at::Tensor &give(const at::Tensor &result, at::Tensor &out);

/* Losses of classes with weights, or of images */

std::tuple<at::Tensor, at::Tensor> nll_forward(const at::Tensor &x, const at::Tensor &target,
					       const at::Tensor &weight, int64_t reduction,
					       int64_t ignore);
at::Tensor nll_backward(const at::Tensor &grad, const at::Tensor &x, const at::Tensor &target,
			const at::Tensor &weight, int64_t reduction, int64_t ignore,
			const at::Tensor &total);

} // namespace torch_ipu

#endif /* TORCH_IPU_GLUE_HPP */
