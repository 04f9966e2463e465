// SPDX-License-Identifier: MIT
/* The device: cards, memory, guards, generators and hooks. */
#include <cstring>
#include <map>
#include <mutex>

#include <ATen/core/GeneratorForPrivateuseone.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/empty.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/util/ApproximateClock.h>

#include "glue.h"
#include "glue.hpp"

namespace torch_ipu
{

/* ---- Waiting ---------------------------------------------------------------- */

void wait()
{
	TORCH_CHECK(!it_wait_all(), "On the IPU: ", it_error());
}

static void wait(c10::DeviceIndex card)
{
	TORCH_CHECK(!it_wait(uint32_t(card)), "On the IPU: ", it_error());
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

at::Allocator *allocator_of(std::optional<at::Device> device)
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
