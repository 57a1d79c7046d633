#include "libs/rpc/call_log.h"

#include <charconv>

#include "libs/core/log.h"
#include "libs/rpc/incoming_call.h"

namespace marquee::rpc {
namespace {

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

// Of rpc::encode_caller, whose other parts are nobody's to read here.
std::string_view user_of(std::string_view caller) {
  constexpr std::size_t kDigitsMax = 19;
  const auto end = std::min(caller.find_first_not_of("0123456789"), caller.size());
  return end == 0 || end > kDigitsMax ? std::string_view("0") : caller.substr(0, end);
}

std::int64_t microseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

// All text in it is ours, or of a form that needs no escapes.
void append_line(std::string& out, const IncomingCall& call, const std::optional<Error>& error,
                 std::chrono::steady_clock::time_point now) {
  const auto begun = call.begun == std::chrono::steady_clock::time_point() ? now : call.begun;
  out += R"({"time":")";
  log::append_time(out);
  out += R"(","level":"info","service":")";
  out += log::service();
  out += R"(","message":"call","rpc":")";
  out += std::string_view(call.method->path).substr(1);
  out += R"(","code":")";
  out += code_name(error ? error->code() : Code::kOk);
  if (error) {
    out += R"(","reason":")";
    out += error->reason();
  }
  out += R"(","duration_us":)";
  append_number(out, microseconds(now - call.started));
  out += R"(,"wait_us":)";
  append_number(out, microseconds(begun - call.started));
  out += R"(,"user":)";
  out += user_of(call.caller);
  out += R"(,"request_id":")";
  out += call.request_id;
  out += R"(","trace_id":")";
  out += call.trace.trace_id();
  out += R"(","span_id":")";
  out += call.trace.span_id();
  if (!call.trace.parent_id().empty()) {
    out += R"(","parent_id":")";
    out += call.trace.parent_id();
  }
  out += "\"}\n";
}

}  // namespace

CallLog::CallLog(Write write) : write_(std::move(write)), thread_([this] { run(); }) {}

CallLog::~CallLog() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void CallLog::add(const IncomingCall& call, const std::optional<Error>& error,
                  std::chrono::steady_clock::time_point now) {
  Row& row = rows_[core::tally_row()];
  bool worth_it = false;
  {
    std::lock_guard lock(row.mutex);
    const std::size_t before = row.lines.size();
    if (before > kRowBytesMax) {
      ++row.dropped;
      dropped_.add();
      return;
    }
    append_line(row.lines, call, error, now);
    worth_it = before < kRowBytesWorthIt && row.lines.size() >= kRowBytesWorthIt;
  }
  // Without the lock: a wake-up that comes to nothing is made good by the next look.
  if (worth_it) wake_.notify_one();
}

void CallLog::run() {
  bool stopping = false;
  while (!stopping) {
    {
      std::unique_lock lock(mutex_);
      if (!stopping_) wake_.wait_for(lock, kWriteEvery);
      stopping = stopping_;
    }
    write_what_is_there();
  }
}

void CallLog::write_what_is_there() {
  for (Row& row : rows_) {
    writing_.clear();
    std::size_t dropped = 0;
    {
      std::lock_guard lock(row.mutex);
      // Both keep their memory for the next time.
      writing_.swap(row.lines);
      dropped = std::exchange(row.dropped, 0);
    }
    if (!writing_.empty()) {
      writing_.pop_back();
      write_(writing_);
    }
    if (dropped != 0) log::warn("calls missing in this log", {{"count", dropped}});
  }
}

}  // namespace marquee::rpc
