#include "tests/integration/libs/raw_stream.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "libs/rpc/byte_buffer.h"

namespace marquee::rpc::testing {
namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

struct RawStream::Impl final : grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
  explicit Impl(const std::string& target)
      : stub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials())) {
    stub.PrepareBidiStreamingCall(&context, "/marquee.api.CallStream/Open", grpc::StubOptions(),
                                  this);
    AddHold();  // for writes that come from outside of reactions
    StartRead(&incoming);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      // The server has ended it; nothing more is written.
      std::unique_lock lock(mutex);
      if (std::exchange(closed, true)) return;
      lock.unlock();
      RemoveHold();
      return;
    }
    {
      std::lock_guard lock(mutex);
      api::ServerFrames frames;
      frames.ParseFromString(flatten(incoming));
      merged.MergeFrom(frames);
      ++messages;
    }
    changed.notify_all();
    StartRead(&incoming);
  }
  void OnWriteDone(bool) override {
    std::unique_lock lock(mutex);
    writing = false;
    next(lock);
  }
  void OnDone(const grpc::Status& its_status) override {
    std::lock_guard lock(mutex);
    done = true;
    status = its_status;
    changed.notify_all();
  }

  void next(std::unique_lock<std::mutex>& lock) {
    if (writing || closed) return;
    if (!queue.empty()) {
      writing = true;
      outgoing = to_buffer(std::move(queue.front()));
      queue.pop_front();
      lock.unlock();
      StartWrite(&outgoing);
    } else if (closing) {
      closed = true;
      lock.unlock();
      StartWritesDone();
      RemoveHold();
    }
  }

  void close() {
    std::unique_lock lock(mutex);
    closing = true;
    next(lock);
  }

  grpc::GenericStub stub;
  grpc::ClientContext context;
  grpc::ByteBuffer incoming;
  grpc::ByteBuffer outgoing;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> queue;
  bool writing = false;
  bool closing = false;
  bool closed = false;
  bool done = false;
  grpc::Status status;
  api::ServerFrames merged;
  int messages = 0;
};

RawStream::RawStream(const std::string& target) : impl_(std::make_unique<Impl>(target)) {}

RawStream::~RawStream() {
  impl_->context.TryCancel();
  impl_->close();
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [this] { return impl_->done; });
}

void RawStream::write(const api::ClientFrames& frames) {
  write_bytes(frames.SerializeAsString());
}

void RawStream::write_bytes(std::string bytes) {
  std::unique_lock lock(impl_->mutex);
  impl_->queue.push_back(std::move(bytes));
  impl_->next(lock);
}

void RawStream::half_close() {
  impl_->close();
}

void RawStream::cancel() {
  impl_->context.TryCancel();
}

api::ServerFrames RawStream::received() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->merged;
}

int RawStream::messages() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->messages;
}

bool RawStream::wait_for(const std::function<bool(const api::ServerFrames&)>& condition) {
  std::unique_lock lock(impl_->mutex);
  return impl_->changed.wait_for(lock, kPatience, [&] { return condition(impl_->merged); });
}

api::CallEnd RawStream::end_of(std::uint64_t call_id) {
  api::CallEnd found;
  found.set_code(2);
  wait_for([&](const api::ServerFrames& frames) {
    for (const auto& end : frames.ends()) {
      if (end.call_id() != call_id) continue;
      found = end;
      return true;
    }
    return false;
  });
  return found;
}

int RawStream::status() {
  std::unique_lock lock(impl_->mutex);
  if (!impl_->changed.wait_for(lock, kPatience, [this] { return impl_->done; })) return -1;
  return impl_->status.error_code();
}

}  // namespace marquee::rpc::testing
