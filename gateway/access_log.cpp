#include "gateway/access_log.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "gateway/number_text.h"
#include "gateway/per_core.h"
#include "gateway/response_head.h"
#include "libs/core/log.h"
#include "libs/transcode/reply_writer.h"

namespace marquee::gateway {
namespace {

std::string_view cache_use_name(CacheUse use) {
  switch (use) {
    case CacheUse::kHit:
      return "hit";
    case CacheUse::kMiss:
      return "miss";
    case CacheUse::kJoined:
      return "joined";
    default:
      return "none";
  }
}

void append_text(std::string& out, std::string_view text) {
  if (!transcode::append_json_string(text, out)) out += "\"\"";
}

void append_trace(std::string& out, const Trace& trace) {
  if (trace.empty()) return;
  out.append(R"(,"trace_id":")").append(trace.trace_id());
  out.append(R"(","span_id":")").append(trace.span_id());
  if (auto parent = trace.parent_id(); !parent.empty()) {
    out.append(R"(","parent_id":")").append(parent);
  }
  out += '"';
}

// Neither query nor path: either may hold what belongs to nobody's log.
void append_line(std::string& out, const Exchange& x, std::chrono::nanoseconds time) {
  out += R"({"time":")";
  log::append_time(out);
  out += R"(","level":"info","service":"gateway","message":"request","method":)";
  append_text(out, x.head.method);
  out += ",\"route\":";
  append_text(out, x.route != nullptr ? std::string_view(x.match.route->path_template)
                                      : std::string_view("-"));
  out += ",\"status\":";
  append_number(out, x.answer.status);
  out += ",\"duration_us\":";
  append_number(out, time.count() / 1000);
  if (x.answer.stream) {
    out += ",\"streamed\":true";  // how long it takes and how much it is, is not known yet
  } else {
    out += ",\"bytes\":";
    append_number(out, sends_body(x) ? x.answer.body_bytes().size() : 0);
  }
  if (x.upstream_time.count() != 0) {
    out += ",\"upstream\":";
    append_text(out, x.match.route->method->upstream);
    out += ",\"upstream_us\":";
    append_number(out, x.upstream_time.count() / 1000);
  }
  out += R"(,"cache":")";
  out += cache_use_name(x.cache);
  out += R"(","user":)";
  append_number(out, x.caller.user_id);
  out += R"(,"ip":")";
  out += x.client.to_string();
  out += R"(","request_id":)";
  append_text(out, x.request_id);
  append_trace(out, x.trace);
  out += "}\n";
}

}  // namespace

// One writer, the I/O thread, and one reader, the log's; they share two counters.
struct AccessLog::Core {
  std::string line;  // scratch of the I/O thread
  std::unique_ptr<char[]> ring = std::make_unique_for_overwrite<char[]>(kRingBytes);
  alignas(64) std::atomic<std::uint64_t> put{0};
  std::atomic<std::uint64_t> dropped{0};
  alignas(64) std::atomic<std::uint64_t> taken{0};

  // Where the ring holds enough to be worth a wake-up, once on the way up.
  bool add_line() {
    const std::uint64_t at = put.load(std::memory_order_relaxed);
    const std::uint64_t held = at - taken.load(std::memory_order_acquire);
    if (held + line.size() > kRingBytes) {
      dropped.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    const std::size_t begin = at % kRingBytes;
    const std::size_t first = std::min(line.size(), kRingBytes - begin);
    std::memcpy(ring.get() + begin, line.data(), first);
    std::memcpy(ring.get(), line.data() + first, line.size() - first);
    put.store(at + line.size(), std::memory_order_release);
    constexpr std::size_t kWorthIt = kRingBytes / 4;
    return held < kWorthIt && held + line.size() >= kWorthIt;
  }

  void take(std::string& lines) {
    const std::uint64_t from = taken.load(std::memory_order_relaxed);
    const std::uint64_t to = put.load(std::memory_order_acquire);
    const std::size_t begin = from % kRingBytes;
    const std::size_t size = to - from;
    const std::size_t first = std::min(size, kRingBytes - begin);
    lines.append(ring.get() + begin, first);
    lines.append(ring.get(), size - first);
    taken.store(to, std::memory_order_release);
  }
};

AccessLog::AccessLog(std::size_t cores, Write write) : write_(std::move(write)) {
  for (std::size_t i = 0; i < cores; ++i) cores_.push_back(std::make_unique<Core>());
  thread_ = std::thread([this] { run(); });
}

AccessLog::~AccessLog() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AccessLog::add(const Exchange& x, std::chrono::nanoseconds time) {
  const std::size_t number = this_core();
  if (number >= cores_.size()) return;
  Core& core = *cores_[number];
  core.line.clear();
  append_line(core.line, x, time);
  // Without the lock: a wake-up that comes to nothing is made good by the next look.
  if (core.add_line()) wake_.notify_one();
}

void AccessLog::run() {
  std::string lines;
  bool stopping = false;
  while (!stopping) {
    {
      std::unique_lock lock(mutex_);
      if (!stopping_) wake_.wait_for(lock, kWriteEvery);
      stopping = stopping_;
    }
    write_what_is_there(lines);
  }
}

void AccessLog::write_what_is_there(std::string& lines) {
  for (auto& core : cores_) {
    lines.clear();
    core->take(lines);
    if (auto dropped = core->dropped.exchange(0, std::memory_order_relaxed); dropped != 0) {
      dropped_.fetch_add(dropped, std::memory_order_relaxed);
      lines += R"({"time":")";
      log::append_time(lines);
      lines +=
          R"(","level":"warn","service":"gateway","message":"requests missing in this log","count":)";
      append_number(lines, dropped);
      lines += "}\n";
    }
    if (lines.empty()) continue;
    lines.pop_back();
    write_(lines);
  }
}

}  // namespace marquee::gateway
