// SPDX-License-Identifier: MIT
/*
 * The device: memory, guards, hooks, generators, views, copies, and the fallback to the CPU.
 */
#include <cstring>
#include <map>
#include <mutex>

#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/GeneratorForPrivateuseone.h>
#include <ATen/ops/_local_scalar_dense_cpu_dispatch.h>
#include <ATen/ops/_reshape_alias_cpu_dispatch.h>
#include <ATen/ops/as_strided_cpu_dispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/resize_cpu_dispatch.h>
#include <ATen/ops/set_cpu_dispatch.h>
#include <ATen/ops/unfold_cpu_dispatch.h>
#include <ATen/ops/view_cpu_dispatch.h>
#include <ATen/native/Resize.h>
#include <ATen/TensorIterator.h>
#include <c10/util/ApproximateClock.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include "glue.h"
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

void wait()
{
	TORCH_CHECK(!it_wait_all(), "On the IPU: ", it_error());
}

static void wait(c10::DeviceIndex card)
{
	TORCH_CHECK(!it_wait(uint32_t(card)), "On the IPU: ", it_error());
}

/* Which are on a card, others are not. */
static bool is_on_card(const at::TensorBase &tensor)
{
	return tensor.device().type() == device_type;
}

void wait(const at::TensorBase &tensor)
{
	if (is_on_card(tensor))
		wait(tensor.device().index());
}

/* ---- Cards ------------------------------------------------------------------ */

/* The number of a card that is asked for, or of the current one. */
static c10::DeviceIndex card_of(c10::DeviceIndex index)
{
	if (index < 0)
		return c10::DeviceIndex(it_current());
	TORCH_CHECK(!index || uint32_t(index) < it_cards(), "There is no " TORCH_IPU_NAME ":",
		    int(index), ": IPUs are numbered from 0 on, and there are ", it_cards());
	return index;
}

static c10::DeviceIndex card_of(std::optional<at::Device> device)
{
	return card_of(device ? device->index() : c10::DeviceIndex(-1));
}

static c10::DeviceIndex exchange_card(c10::DeviceIndex index)
{
	const auto before = c10::DeviceIndex(it_current());

	it_set_current(uint32_t(card_of(index)));
	return before;
}

/* ---- Memory ----------------------------------------------------------------- */

static void release(void *data)
{
	const uint32_t card = it_card_of(data);

	if (card < IT_CARDS && it_is_started(card))
		ipu_pool_free(it_pool(card), data);
}

static void *acquire(c10::DeviceIndex card, size_t bytes)
{
	ipu_pool *pool = it_pool(uint32_t(card));
	void *data;

	TORCH_CHECK(pool, "No IPU: ", it_error());
	if (!bytes)
		return nullptr;
	data = ipu_pool_alloc(pool, bytes);
	TORCH_CHECK_WITH(OutOfMemoryError, data, "No memory for a tensor of ", bytes,
			 " bytes on the IPU: ", it_error());
	return data;
}

/* Of a card, or of the current one. */
struct Allocator final : c10::Allocator {
	c10::DeviceIndex card = -1;

	c10::DataPtr allocate(size_t bytes) override
	{
		const c10::DeviceIndex on = card_of(card);
		void *data = acquire(on, bytes);

		return { data, data, &release, c10::Device(device_type, on) };
	}

	c10::DeleterFnPtr raw_deleter() const override
	{
		return &release;
	}

	void copy_data(void *to, const void *from, size_t bytes) const override
	{
		wait();
		memcpy(to, from, bytes);
	}
};

static Allocator allocator;
REGISTER_ALLOCATOR(device_type, &allocator)

static Allocator *allocator_of(std::optional<at::Device> device)
{
	static Allocator *const all = [] {
		auto *each = new Allocator[IT_CARDS];

		for (int i = 0; i < IT_CARDS; i++)
			each[i].card = c10::DeviceIndex(i);
		return each;
	}();

	return &all[card_of(device)];
}

/* Memory of the host that the card reads where it is: also of the pool. */
static std::mutex pinned_lock;
static std::map<uintptr_t, size_t> pinned;

static void release_pinned(void *data)
{
	{
		std::lock_guard<std::mutex> guard(pinned_lock);

		pinned.erase(reinterpret_cast<uintptr_t>(data));
	}
	release(data);
}

struct PinnedAllocator final : c10::Allocator {
	c10::DataPtr allocate(size_t bytes) override
	{
		const c10::DeviceIndex card = card_of(c10::DeviceIndex(-1));
		void *data = acquire(card, bytes ? bytes : 1);
		std::lock_guard<std::mutex> guard(pinned_lock);

		/* What had it before may still be read. */
		wait(card);
		pinned[reinterpret_cast<uintptr_t>(data)] = bytes;
		return { data, data, &release_pinned, c10::Device(c10::DeviceType::CPU) };
	}

	c10::DeleterFnPtr raw_deleter() const override
	{
		return &release_pinned;
	}

	void copy_data(void *to, const void *from, size_t bytes) const override
	{
		memcpy(to, from, bytes);
	}
};

static PinnedAllocator pinned_allocator;

static bool is_pinned(const void *data)
{
	const uintptr_t at = reinterpret_cast<uintptr_t>(data);
	std::lock_guard<std::mutex> guard(pinned_lock);
	auto next = pinned.upper_bound(at);

	if (next == pinned.begin())
		return false;
	--next;
	return at - next->first < (next->second ? next->second : 1);
}

/* ---- Guards ------------------------------------------------------------------ */

template <c10::DeviceType type_> struct Guard final : c10::impl::DeviceGuardImplInterface {
	c10::DeviceType type() const override
	{
		return type_;
	}
	c10::Device exchangeDevice(c10::Device device) const override
	{
		return { type_, exchange_card(device.index()) };
	}
	c10::Device getDevice() const override
	{
		return { type_, c10::DeviceIndex(it_current()) };
	}
	void setDevice(c10::Device device) const override
	{
		exchange_card(device.index());
	}
	void uncheckedSetDevice(c10::Device device) const noexcept override
	{
		if (device.index() >= 0)
			it_set_current(uint32_t(device.index()));
	}
	c10::Stream getStream(c10::Device device) const noexcept override
	{
		return c10::Stream(c10::Stream::DEFAULT,
				   { type_, device.index() < 0 ? c10::DeviceIndex(it_current()) :
								 device.index() });
	}
	c10::Stream getDefaultStream(c10::Device device) const override
	{
		return getStream(device);
	}
	c10::Stream getStreamFromGlobalPool(c10::Device device, bool) const override
	{
		return getStream(device);
	}
	c10::Stream getNewStream(c10::Device device, int) const override
	{
		return getStream(device);
	}
	c10::Stream exchangeStream(c10::Stream stream) const noexcept override
	{
		return stream;
	}
	c10::DeviceIndex deviceCount() const noexcept override
	{
		return c10::DeviceIndex(it_cards());
	}
	bool queryStream(const c10::Stream &) const override
	{
		return true;
	}
	void synchronizeStream(const c10::Stream &stream) const override
	{
		wait(stream.device_index());
	}
	void synchronizeDevice(const c10::DeviceIndex card) const override
	{
		wait(card_of(card));
	}
	/* An event is the host's time when all before it was done. */
	void record(void **event, const c10::Stream &stream, const c10::DeviceIndex,
		    const c10::EventFlag) const override
	{
		if (!*event)
			*event = new int64_t;
		wait(stream.device_index());
		*static_cast<int64_t *>(*event) = c10::getTime(true);
	}
	void block(void *, const c10::Stream &) const override
	{
	}
	void destroyEvent(void *event, const c10::DeviceIndex) const noexcept override
	{
		delete static_cast<int64_t *>(event);
	}
	bool queryEvent(void *) const override
	{
		return true;
	}
	void synchronizeEvent(void *) const override
	{
	}
	double elapsedTime(void *from, void *to, const c10::DeviceIndex) const override
	{
		TORCH_CHECK(from && to, "Both events must have been recorded");
		return double(*static_cast<int64_t *>(to) - *static_cast<int64_t *>(from)) / 1e6;
	}
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard<c10::DeviceType::PrivateUse1>)
C10_REGISTER_GUARD_IMPL(IPU, Guard<c10::DeviceType::IPU>)

/* ---- Generators ---------------------------------------------------------------- */

struct Generator final : c10::GeneratorImpl {
	uint64_t seed_ = c10::default_rng_seed_val;
	uint64_t offset_ = 0;

	explicit Generator(c10::DeviceIndex card)
	    : c10::GeneratorImpl(c10::Device(device_type, card),
				 c10::DispatchKeySet(c10::DispatchKey::PrivateUse1))
	{
	}
	void set_current_seed(uint64_t seed) override
	{
		seed_ = seed;
		offset_ = 0;
	}
	void set_offset(uint64_t offset) override
	{
		offset_ = offset;
	}
	uint64_t get_offset() const override
	{
		return offset_;
	}
	uint64_t current_seed() const override
	{
		return seed_;
	}
	uint64_t seed() override
	{
		set_current_seed(c10::detail::getNonDeterministicRandom());
		return seed_;
	}
	void set_state(const c10::TensorImpl &state) override
	{
		TORCH_CHECK(state.numel() == 16 &&
				    state.dtype() == caffe2::TypeMeta::Make<uint8_t>(),
			    "The state of an IPU's generator is 16 bytes: seed and offset.");
		memcpy(&seed_, state.data(), 8);
		memcpy(&offset_, static_cast<const char *>(state.data()) + 8, 8);
	}
	c10::intrusive_ptr<c10::TensorImpl> get_state() const override
	{
		at::Tensor state = at::empty({ 16 }, at::TensorOptions().dtype(at::kByte));

		memcpy(state.data_ptr(), &seed_, 8);
		memcpy(static_cast<char *>(state.data_ptr()) + 8, &offset_, 8);
		return state.getIntrusivePtr();
	}
	Generator *clone_impl() const override
	{
		auto *clone = new Generator(device().index());

		clone->seed_ = seed_;
		clone->offset_ = offset_;
		return clone;
	}
};

static at::Generator new_generator(c10::DeviceIndex card)
{
	return at::make_generator<Generator>(card_of(card));
}

REGISTER_GENERATOR_PRIVATEUSE1(new_generator)

static const at::Generator &default_generator(c10::DeviceIndex card)
{
	static const std::vector<at::Generator> all = [] {
		std::vector<at::Generator> each;

		for (int i = 0; i < IT_CARDS; i++)
			each.push_back(at::make_generator<Generator>(c10::DeviceIndex(i)));
		return each;
	}();

	return all[card_of(card)];
}

void take_numbers(const std::optional<at::Generator> &given, const at::TensorBase &tensor,
		  uint32_t *words)
{
	at::Generator generator =
		given && given->defined() ? *given : default_generator(tensor.device().index());
	std::lock_guard<std::mutex> guard(generator.mutex());
	uint64_t seed, offset;

	TORCH_CHECK(
		generator.device().type() == device_type, "A generator of ", generator.device(),
		" for an operation on the IPU: make it with torch.Generator(device=\"" TORCH_IPU_NAME
		"\").");
	seed = generator.current_seed();
	offset = generator.get_offset();
	generator.set_offset(offset + 1);
	memcpy(words, &seed, 8);
	memcpy(words + 2, &offset, 8);
}

/* ---- Hooks ------------------------------------------------------------------------ */

struct Hooks final : at::PrivateUse1HooksInterface {
	const at::Generator &getDefaultGenerator(c10::DeviceIndex card) const override
	{
		return default_generator(card);
	}
	at::Generator getNewGenerator(c10::DeviceIndex card) const override
	{
		return new_generator(card);
	}
	at::Device getDeviceFromPtr(void *data) const override
	{
		const uint32_t card = it_card_of(data);

		return { device_type, c10::DeviceIndex(card < IT_CARDS ? card : 0) };
	}
	bool isPinnedPtr(const void *data) const override
	{
		return is_pinned(data);
	}
	c10::Allocator *getPinnedMemoryAllocator() const override
	{
		return &pinned_allocator;
	}
	bool hasPrimaryContext(c10::DeviceIndex card) const override
	{
		return it_is_started(uint32_t(card));
	}
	c10::DeviceIndex deviceCount() const override
	{
		return c10::DeviceIndex(it_cards());
	}
	void setCurrentDevice(c10::DeviceIndex card) const override
	{
		exchange_card(card);
	}
	c10::DeviceIndex getCurrentDevice() const override
	{
		return c10::DeviceIndex(it_current());
	}
	c10::DeviceIndex exchangeDevice(c10::DeviceIndex card) const override
	{
		return exchange_card(card);
	}
	c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex card) const override
	{
		return exchange_card(card);
	}
	void resizePrivateUse1Bytes(const c10::Storage &storage, size_t bytes) const override
	{
		wait();
		at::native::resize_bytes_cpu(storage.unsafeGetStorageImpl(), bytes);
	}
};

static Hooks hooks;
static const int registered = (at::RegisterPrivateUse1HooksInterface(&hooks), 0);

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

extern "C" void it_get_generator(uint32_t card, uint64_t *seed, uint64_t *offset)
{
	const at::Generator generator = torch_ipu::default_generator(c10::DeviceIndex(card));

	*seed = generator.current_seed();
	*offset = generator.get_offset();
}

extern "C" void it_set_generator(uint32_t card, uint64_t seed, uint64_t offset)
{
	at::Generator generator = torch_ipu::default_generator(c10::DeviceIndex(card));

	generator.set_current_seed(seed);
	generator.set_offset(offset);
}
