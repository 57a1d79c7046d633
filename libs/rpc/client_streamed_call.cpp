#include "libs/rpc/client_streamed_call.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include "libs/rpc/byte_buffer.h"
#include "libs/rpc/client_metadata.h"

namespace marquee::rpc {

struct ClientStreamedCall::Parts {
  Parts(const std::shared_ptr<grpc::Channel>& channel, Loop& owner, std::shared_ptr<LiveCalls> all)
      : loop(owner), live(std::move(all)), stub(channel) {}

  Loop& loop;
  const std::shared_ptr<LiveCalls> live;
  grpc::GenericStub stub;
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;  // a part of context
  grpc::ByteBuffer request;
  grpc::ByteBuffer reply;  // that is being read
  grpc::Status status;
};

ClientStreamedCall::ClientStreamedCall(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ClientStreamedCall::~ClientStreamedCall() = default;

std::shared_ptr<ClientStreamedCall> ClientStreamedCall::start(
    const std::shared_ptr<grpc::Channel>& channel, Loop& loop, std::shared_ptr<LiveCalls> live,
    const ClientCall& call, std::unique_ptr<Events> events) {
  auto streamed =
      std::make_shared<ClientStreamedCall>(std::make_unique<Parts>(channel, loop, std::move(live)));
  streamed->self_ = streamed;
  streamed->events_ = std::move(events);
  Parts& parts = *streamed->parts_;
  fill_context(parts.context, call);
  parts.request = to_buffer(std::string(call.payload));
  parts.live->add(parts.context);
  parts.call =
      parts.stub.PrepareCall(&parts.context, std::string(call.method), &parts.live->queue());
  parts.call->StartCall(streamed->started_.key());
  return streamed;
}

// These are on the Poller's thread, one after the other, but for reads that taken() and abandon()
// start.
void ClientStreamedCall::started(bool ok) {
  if (!ok) {
    finish();
    return;
  }
  parts_->call->WriteLast(parts_->request, grpc::WriteOptions(), asked_.key());
}

void ClientStreamedCall::asked(bool ok) {
  if (ok) {
    read_next();
  } else {
    finish();
  }
}

void ClientStreamedCall::read_next() {
  parts_->call->Read(&parts_->reply, was_read_.key());
}

void ClientStreamedCall::was_read(bool ok) {
  if (!ok) {
    finish();
    return;
  }
  std::string reply = flatten(parts_->reply);
  std::unique_lock lock(mutex_);
  if (!abandoned_) {
    untaken_bytes_ += reply.size();
    unread_.push_back(std::move(reply));
    if (!std::exchange(handing_, true)) {
      parts_->loop.post([self = self_] { self->hand_over(); });
    }
    paused_ = untaken_bytes_ >= kUnreadBytesMax;
    if (paused_) return;
  }
  lock.unlock();
  read_next();
}

void ClientStreamedCall::hand_over() {
  std::vector<std::string> replies;
  {
    std::lock_guard lock(mutex_);
    handing_ = false;
    replies.swap(unread_);
  }
  if (events_ && !replies.empty()) events_->on_replies(std::move(replies));
}

void ClientStreamedCall::taken(std::size_t bytes) {
  std::lock_guard lock(mutex_);
  untaken_bytes_ -= bytes;
  if (paused_ && untaken_bytes_ < kUnreadBytesMax) {
    paused_ = false;
    read_next();
  }
}

void ClientStreamedCall::abandon() {
  // May be called by one of the events.
  const auto gone = std::move(events_);
  parts_->context.TryCancel();
  std::lock_guard lock(mutex_);
  abandoned_ = true;
  unread_.clear();
  if (std::exchange(paused_, false)) read_next();
}

void ClientStreamedCall::finish() {
  parts_->call->Finish(&parts_->status, ended_.key());
}

// The last: whoever waits for the live calls may destroy them, and this, as soon as it knows.
void ClientStreamedCall::ended(bool /*ok*/) {
  auto answer = std::make_shared<Answer>();
  read_status(parts_->context, parts_->status, *answer);
  parts_->loop.post([self = self_, answer] {
    self->hand_over();
    const auto events = std::move(self->events_);
    if (events) events->on_end(std::move(*answer));
  });
  parts_->live->remove(parts_->context, std::move(self_));
}

}  // namespace marquee::rpc
