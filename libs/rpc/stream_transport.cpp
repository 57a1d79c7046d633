#include "libs/rpc/stream_transport.h"

#include <grpcpp/channel.h>

#include "libs/rpc/flat_bytes.h"

namespace marquee::rpc {
namespace {

constexpr char kOpen[] = "/marquee.api.CallStream/Open";

}  // namespace

StreamTransport::StreamTransport(std::shared_ptr<grpc::Channel> channel, Loop& loop,
                                 std::shared_ptr<LiveCalls> live, Events& events)
    : loop_(loop),
      live_(std::move(live)),
      queue_(live_->queue()),
      stub_(std::move(channel)),
      events_(&events) {}

std::shared_ptr<StreamTransport> StreamTransport::open(std::shared_ptr<grpc::Channel> channel,
                                                       Loop& loop, std::shared_ptr<LiveCalls> live,
                                                       Events& events) {
  auto transport =
      std::make_shared<StreamTransport>(std::move(channel), loop, std::move(live), events);
  transport->start();
  return transport;
}

void StreamTransport::start() {
  self_ = shared_from_this();
  live_->add(context_);
  claims_ = 3;  // the owner's, the reading's, and that of the start itself
  call_ = stub_.PrepareCall(&context_, kOpen, &queue_);
  call_->StartCall(was_written_.key());
  read_next();
}

bool StreamTransport::try_write(std::string&& message) {
  if (!held_) return false;
  Write expected = Write::kNothing;
  if (write_.compare_exchange_strong(expected, Write::kMore) || expected == Write::kMore) {
    return false;
  }
  write_ = Write::kNothing;
  claims_.fetch_add(1);
  const grpc::ByteBuffer buffer = to_buffer(std::move(message));
  auto completed = start_here(queue_, [&] { call_->Write(buffer, was_written_.key()); });
  if (completed.tag != nullptr) completed.tag->done(completed.ok);
  return true;
}

void StreamTransport::finish() {
  events_ = nullptr;
  if (!held_) return;
  finishing_ = true;
  hand_over_messages();
  if (write_.exchange(Write::kHalfClose) == Write::kIdle) half_close();
  let_go();
}

void StreamTransport::abandon() {
  events_ = nullptr;
  if (!held_) return;
  finishing_ = true;
  cut_off();
  hand_over_messages();
  let_go();
}

void StreamTransport::half_close() {
  claims_.fetch_add(1);
  call_->WritesDone(half_closed_.key());
}

void StreamTransport::let_go() {
  held_ = false;
  release_claim();
}

void StreamTransport::release_claim() {
  if (claims_.fetch_sub(1) == 1) call_->Finish(&status_, ended_.key());
}

void StreamTransport::read_next() {
  call_->Read(&ring_[read_ % kUnreadMax], was_read_.key());
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

void StreamTransport::was_read(bool ok) {
  if (!ok) {
    signal(kEnd);
    release_claim();
    return;
  }
  if (finishing_) {
    // Nobody looks at these any more, but the end comes behind them.
    read_next();
    return;
  }
  // The next message, read by whoever was faster, may be the last.
  claims_.fetch_add(1);
  read_.fetch_add(1);
  if (unread_.fetch_add(1) + 1 < kUnreadMax) read_next();
  signal(kRead);
  release_claim();
}

void StreamTransport::was_written(bool ok) {
  // A failed write, or start, is followed by a failed read.
  const Write next = write_.exchange(Write::kIdle);
  if (next == Write::kMore) signal(kWritable);
  if (next == Write::kHalfClose && ok) half_close();
  release_claim();
}

void StreamTransport::half_closed(bool /*ok*/) {
  release_claim();
}

// The last: whoever waits for live_ may destroy it, and this, as soon as it knows.
void StreamTransport::ended(bool /*ok*/) {
  live_->remove(context_, std::move(self_));
}

}  // namespace marquee::rpc
