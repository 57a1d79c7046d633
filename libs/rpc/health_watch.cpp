#include "libs/rpc/health_watch.h"

#include "libs/core/wire.h"
#include "libs/rpc/byte_buffer.h"
#include "libs/rpc/flat_bytes.h"

namespace marquee::rpc {
namespace {

constexpr std::uint32_t kServiceTag = wire::tag(1, wire::kBytes);
constexpr std::uint32_t kStatusTag = wire::tag(1, wire::kVarint);

}  // namespace

bool read_health_request(const grpc::ByteBuffer& request, std::string& name) {
  FlatBytes bytes(request);
  const char* p = bytes.view().data();
  const char* end = p + bytes.view().size();
  while (p != end) {
    std::uint32_t tag = 0;
    p = wire::read_tag(p, end, tag);
    if (p == nullptr) return false;
    if (tag == kServiceTag) {
      std::string_view value;
      p = wire::read_length(p, end, value);
      name = value;
    } else {
      p = wire::skip_value(p, end, tag & 7);
    }
    if (p == nullptr) return false;
  }
  return true;
}

grpc::ByteBuffer health_response(HealthService::Status status) {
  std::string bytes;
  wire::write_varint(kStatusTag, bytes);
  wire::write_varint(static_cast<std::uint64_t>(status), bytes);
  return to_buffer(std::move(bytes));
}

void HealthWatch::expect() {
  self_ = shared_from_this();
  place_.open.began();
  context_.AsyncNotifyWhenDone(ended_tag_.key());
  place_.request_server_stream(context_, request_, call_, arrived_);
}

void HealthWatch::arrived(bool ok) {
  if (!ok) {
    auto& open = place_.open;
    self_.reset();
    open.ended();
    return;
  }
  place_.expect_next();
  if (read_health_request(request_, name_)) {
    health_.opened(self_);
  } else {
    end({grpc::StatusCode::INVALID_ARGUMENT, "Malformed request"});
  }
  operation_done(true);
}

void HealthWatch::tell(HealthService::Status status) {
  std::unique_lock lock(mutex_);
  wanted_ = status;
  go_on(lock);
}

void HealthWatch::end(grpc::Status status) {
  std::unique_lock lock(mutex_);
  last_ = std::move(status);
  go_on(lock);
}

void HealthWatch::operation_done(bool /*ok*/) {
  std::unique_lock lock(mutex_);
  busy_ = false;
  go_on(lock);
}

void HealthWatch::ended(bool /*ok*/) {
  std::unique_lock lock(mutex_);
  ended_ = true;
  go_on(lock);
}

void HealthWatch::go_on(std::unique_lock<std::mutex>& lock) {
  if (busy_) return;
  if (ended_) {
    auto self = std::move(self_);
    lock.unlock();
    if (!self) return;
    health_.ended(self);
    auto& open = place_.open;
    self.reset();
    open.ended();
    return;
  }
  if (finished_) return;
  if (wanted_ != said_) {
    busy_ = true;
    said_ = wanted_;
    call_.Write(health_response(*wanted_), operation_done_.key());
  } else if (last_) {
    busy_ = finished_ = true;
    call_.Finish(*last_, operation_done_.key());
  }
}

}  // namespace marquee::rpc
