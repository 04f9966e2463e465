// SPDX-License-Identifier: MIT
/*
 * torch.profiler: what runs on the cards, as activities of the device.
 *
 * An activity belongs to the operation of the host that submitted it, and takes the card's time: its
 * cycles at the card's clock, from its submission or from the end of the run before. A host that
 * emulates the card takes longer, which is seen where the program waits.
 */
#include <algorithm>
#include <atomic>
#include <ctime>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#define KINETO_NAMESPACE libkineto
#include <kineto/libkineto.h>
#include <kineto/output_base.h>

#include "glue.h"
#include "ops.h"

namespace torch_ipu
{

using libkineto::ActivityType;

constexpr size_t most_runs = 1 << 20; /* of one profile */
enum { TRACK_OPERATIONS, TRACK_GRAPHS };

/* Operations of the host that this thread is in, by their numbers; and what users have named. */
static thread_local std::vector<uint64_t> operations, ranges;

/* ---- What runs ---------------------------------------------------------------- */

struct Part {
	std::string name;
	uint64_t cycles;
};

struct Run {
	std::string name;
	int32_t within; /* of the host's operations; 0 for none */
	int64_t submitted; /* ns */
	uint32_t tiles;
	uint64_t cycles = 0; /* 0 if it has not ended */
	std::vector<Part> parts = {}; /* of it, if their times are known */
};

/* Those of the profile that is under way, by card and number. */
static std::mutex lock;
static std::map<std::pair<uint32_t, uint64_t>, Run> runs;
static uint64_t left_out;
static std::atomic<bool> profiled;

static int64_t now()
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return int64_t(time.tv_sec) * 1000000000 + time.tv_nsec;
}

static int32_t innermost()
{
	return int32_t(operations.empty() ? ranges.empty() ? 0 : ranges.back() : operations.back());
}

static void observe(const struct ipu_run_event *event, void *data)
{
	const auto key = std::make_pair(uint32_t(uintptr_t(data)), event->number);
	std::lock_guard<std::mutex> guard(lock);
	const auto found = runs.find(key);

	if (event->moment == IPU_RUN_SUBMITTED) {
		if (runs.size() < most_runs)
			runs[key] = { event->name, innermost(), now(), event->tiles };
		else
			left_out++;
	} else if (found == runs.end()) {
		return; /* submitted before the profile began, or left out */
	} else if (event->moment == IPU_RUN_OP) {
		const std::string label = event->label[0] ? std::string(" ") + event->label : "";

		found->second.parts.push_back({ event->name + label, event->cycles });
	} else {
		found->second.cycles = event->cycles;
	}
}

static void attach(uint32_t card, struct ipu_engine *engine)
{
	ipu_engine_observe(engine, observe, reinterpret_cast<void *>(uintptr_t(card)));
}

static void detach(uint32_t, struct ipu_engine *engine)
{
	ipu_engine_observe(engine, nullptr, nullptr);
}

/* ---- As activities ---------------------------------------------------------------- */

/* In JSON, which Kineto writes without quoting. */
static std::string quoted(std::string text)
{
	for (char &c : text)
		if (c == '"' || c == '\\' || uint8_t(c) < ' ')
			c = '\'';
	return text;
}

static uint64_t clock_khz(uint32_t card)
{
	struct ipu_info info = {};

	info.size = sizeof(info);
	return !ipu_get_info(it_device(card), &info) && info.clock_khz ? info.clock_khz : 1000000;
}

/* A card's activities, one after the other. */
class Track
{
      public:
	Track(uint32_t card, libkineto::CpuTraceBuffer &buffer, libkineto::ActivityLogger &logger,
	      int64_t start)
	    : card_(card), khz_(clock_khz(card)), end_(start), buffer_(buffer), logger_(logger)
	{
		logger.handleResourceInfo({ card, TRACK_GRAPHS, 0, "graphs" }, start);
		logger.handleResourceInfo({ card, TRACK_OPERATIONS, 1, "operations" }, start);
	}

	void add(const Run &run, const libkineto::ITraceActivity *linked)
	{
		const int64_t begin = std::max(run.submitted, end_);
		uint64_t at = 0;

		end_ = begin + ns(run.cycles);
		if (run.parts.empty())
			log(run, run.name, begin, 0, run.cycles, linked);
		else
			log(run, run.name, begin, 0, run.cycles, nullptr);
		for (const Part &part : run.parts) {
			log(run, part.name, begin, at, part.cycles, linked);
			at += part.cycles;
		}
	}

      private:
	int64_t ns(uint64_t cycles) const
	{
		return int64_t(double(cycles) * 1e6 / double(khz_));
	}

	/* What has parts is a range over them: it counts as no time of its own. */
	void log(const Run &run, const std::string &name, int64_t begin, uint64_t at,
		 uint64_t cycles, const libkineto::ITraceActivity *linked)
	{
		const bool whole = !run.parts.empty() && &name == &run.name;

		buffer_.emplace_activity(buffer_.span,
					 whole ? ActivityType::GPU_USER_ANNOTATION :
						 ActivityType::CONCURRENT_KERNEL,
					 quoted(name));
		libkineto::GenericTraceActivity &activity = *buffer_.activities.back();

		activity.startTime = begin + ns(at);
		activity.endTime = begin + ns(at + cycles);
		activity.device = int32_t(card_);
		activity.resource = whole ? TRACK_GRAPHS : TRACK_OPERATIONS;
		activity.id = run.within;
		activity.linked = linked;
		activity.addMetadata("cycles", cycles);
		activity.addMetadata("tiles", run.tiles);
		activity.addMetadataQuoted("graph", quoted(run.name));
		activity.log(logger_);
	}

	const uint32_t card_;
	const uint64_t khz_;
	int64_t end_;
	libkineto::CpuTraceBuffer &buffer_;
	libkineto::ActivityLogger &logger_;
};

/* ---- For Kineto ---------------------------------------------------------------------- */

class Session final : public libkineto::IActivityProfilerSession
{
      public:
	explicit Session(bool wanted) : wanted_(wanted)
	{
	}
	void start() override;
	void stop() override;
	std::vector<std::string> errors() override
	{
		return errors_;
	}
	void processTrace(libkineto::ActivityLogger &) override
	{
	}
	void processTrace(libkineto::ActivityLogger &logger,
			  libkineto::getLinkedActivityCallback linked, int64_t start,
			  int64_t end) override;
	std::unique_ptr<libkineto::DeviceInfo> getDeviceInfo() override;
	std::vector<libkineto::ResourceInfo> getResourceInfos() override
	{
		return {};
	}
	std::unique_ptr<libkineto::CpuTraceBuffer> getTraceBuffer() override
	{
		return std::move(buffer_);
	}
	void pushCorrelationId(uint64_t id) override
	{
		operations.push_back(id);
	}
	void popCorrelationId() override
	{
		if (!operations.empty())
			operations.pop_back();
	}
	void pushUserCorrelationId(uint64_t id) override
	{
		ranges.push_back(id);
	}
	void popUserCorrelationId() override
	{
		if (!ranges.empty())
			ranges.pop_back();
	}

      private:
	const bool wanted_;
	std::unique_ptr<libkineto::CpuTraceBuffer> buffer_;
	std::vector<std::string> errors_;
	std::vector<libkineto::DeviceInfo> cards_; /* that have run something */
	libkineto::ActivityLogger *logger_ = nullptr;
	int64_t start_ = 0;
};

void Session::start()
{
	status_ = libkineto::TraceStatus::RECORDING;
	if (!wanted_)
		return;
	{
		std::lock_guard<std::mutex> guard(lock);

		runs.clear();
		left_out = 0;
	}
	profiled = true;
	it_watch(attach);
}

void Session::stop()
{
	status_ = libkineto::TraceStatus::PROCESSING;
	if (!wanted_)
		return;
	profiled = false;
	/* What has failed was raised by torch.ipu.synchronize(), which comes before. */
	it_wait_all();
	it_watch(detach);
	it_watch(nullptr);
}

void Session::processTrace(libkineto::ActivityLogger &logger,
			   libkineto::getLinkedActivityCallback linked, int64_t start, int64_t)
{
	std::lock_guard<std::mutex> guard(lock);
	std::map<uint32_t, Track> tracks;

	buffer_ = std::make_unique<libkineto::CpuTraceBuffer>();
	buffer_->gpuOpCount = int(runs.size());
	for (const auto &[key, run] : runs) {
		auto track = tracks.find(key.first);

		if (!run.cycles)
			continue;
		if (track == tracks.end())
			track = tracks.emplace(std::piecewise_construct,
					       std::forward_as_tuple(key.first),
					       std::forward_as_tuple(key.first, *buffer_, logger,
								     start))
					.first;
		track->second.add(run, run.within ? linked(run.within) : nullptr);
	}
	for (const auto &[card, track] : tracks) {
		const std::string name = "IPU " + std::to_string(card);

		cards_.push_back({ card, libkineto::kExceedMaxPid + card, name, name });
	}
	logger_ = &logger;
	start_ = start;
	if (left_out)
		errors_.push_back(std::to_string(left_out) + " runs on the IPU were left out");
	runs.clear();
}

/*
 * Kineto names devices of its own before it asks for this, and takes one of each session. The
 * logger is that of the trace, which is not complete yet.
 */
std::unique_ptr<libkineto::DeviceInfo> Session::getDeviceInfo()
{
	for (const libkineto::DeviceInfo &card : cards_)
		logger_->handleDeviceInfo(card, uint64_t(start_));
	return nullptr;
}

class Profiler final : public libkineto::IActivityProfiler
{
      public:
	const std::string &name() const override
	{
		return name_;
	}
	const std::set<ActivityType> &availableActivities() const override
	{
		return types_;
	}
	std::unique_ptr<libkineto::IActivityProfilerSession>
	configure(const std::set<ActivityType> &types, const libkineto::Config &) override
	{
		return std::make_unique<Session>(types.count(ActivityType::CONCURRENT_KERNEL));
	}
	std::unique_ptr<libkineto::IActivityProfilerSession>
	configure(int64_t, int64_t, const std::set<ActivityType> &types,
		  const libkineto::Config &config) override
	{
		return configure(types, config);
	}

      private:
	const std::string name_ = "IPU";
	const std::set<ActivityType> types_ = { ActivityType::CONCURRENT_KERNEL,
						ActivityType::GPU_USER_ANNOTATION };
};

static const int registered =
	(libkineto::api().registerProfilerFactory([] { return std::make_unique<Profiler>(); }), 0);

} // namespace torch_ipu

extern "C" bool it_is_profiled(void)
{
	return torch_ipu::profiled;
}
