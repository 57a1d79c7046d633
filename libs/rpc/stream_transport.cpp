#include "libs/rpc/stream_transport.h"

#include <grpcpp/channel.h>

#include "libs/rpc/flat_bytes.h"

namespace marquee::rpc {
namespace {

constexpr char kOpen[] = "/marquee.api.CallStream/Open";

}  // namespace

StreamTransport::StreamTransport(std::shared_ptr<grpc::Channel> channel, Loop& loop,
                                 std::shared_ptr<LiveCalls> live, Events& events)
    : loop_(loop), live_(std::move(live)), stub_(std::move(channel)), events_(&events) {}

std::shared_ptr<StreamTransport> StreamTransport::open(std::shared_ptr<grpc::Channel> channel,
                                                       Loop& loop, std::shared_ptr<LiveCalls> live,
                                                       Events& events) {
  auto transport =
      std::make_shared<StreamTransport>(std::move(channel), loop, std::move(live), events);
  transport->self_ = transport;
  transport->live_->add(transport->context_);
  transport->stub_.PrepareBidiStreamingCall(&transport->context_, kOpen, grpc::StubOptions(),
                                            transport.get());
  transport->AddHold();
  transport->read_next();
  transport->StartCall();
  return transport;
}

bool StreamTransport::try_write(std::string&& message) {
  if (!held_) return false;
  Write expected = Write::kOnItsWay;
  if (write_.compare_exchange_strong(expected, Write::kOnItsWayAndMoreWaits) ||
      expected == Write::kOnItsWayAndMoreWaits) {
    return false;
  }
  write_ = Write::kOnItsWay;
  outgoing_ = to_buffer(std::move(message));
  StartWrite(&outgoing_);
  return true;
}

void StreamTransport::finish() {
  events_ = nullptr;
  if (!held_) return;
  finishing_ = true;
  hand_over_messages();
  StartWritesDone();
  let_go();
}

void StreamTransport::abandon() {
  events_ = nullptr;
  if (!held_) return;
  finishing_ = true;
  cut_off();
  let_go();
}

void StreamTransport::let_go() {
  held_ = false;
  RemoveHold();
}

void StreamTransport::read_next() {
  StartRead(&ring_[read_ % kUnreadMax]);
}

void StreamTransport::signal(std::uint32_t bits) {
  if (signalled_.fetch_or(bits) != 0) return;
  loop_.post([self = shared_from_this()] { self->run(); });
}

void StreamTransport::run() {
  const std::uint32_t bits = signalled_.exchange(0);
  if ((bits & kRead) != 0) hand_over_messages();
  if ((bits & kWritable) != 0 && events_ != nullptr && held_) events_->on_writable();
  if ((bits & kEnd) == 0) return;
  if (held_) let_go();
  if (events_ != nullptr) events_->on_end();
}

// A message may make its reader finish or abandon this.
void StreamTransport::hand_over_messages() {
  while (held_ && unread_.load() > 0) {
    grpc::ByteBuffer message;
    message.Swap(&ring_[taken_ % kUnreadMax]);
    ++taken_;
    // The reading side stopped when it found the ring full.
    if (unread_.fetch_sub(1) == kUnreadMax) read_next();
    if (events_ == nullptr) continue;
    FlatBytes flat(message);
    events_->on_message(flat.view());
  }
}

void StreamTransport::OnReadDone(bool ok) {
  if (!ok) {
    signal(kEnd);
    return;
  }
  if (finishing_) {
    // Nobody looks at these any more, but the end comes behind them.
    read_next();
    return;
  }
  read_.fetch_add(1);
  if (unread_.fetch_add(1) + 1 < kUnreadMax) read_next();
  signal(kRead);
}

void StreamTransport::OnWriteDone(bool /*ok*/) {
  // A failed write is followed by a failed read.
  if (write_.exchange(Write::kIdle) == Write::kOnItsWayAndMoreWaits) signal(kWritable);
}

void StreamTransport::OnDone(const grpc::Status& /*status*/) {
  auto live = live_;
  live->remove(context_, std::move(self_));
}

}  // namespace marquee::rpc
