#include "libs/rpc/server_stream.h"

#include <random>

#include "libs/core/ids.h"
#include "libs/core/log.h"
#include "libs/core/turn.h"
#include "libs/rpc/byte_buffer.h"
#include "libs/rpc/flat_bytes.h"
#include "libs/rpc/server_frames.h"
#include "libs/rpc/stream_frames.h"
#include "marquee/api/call_stream.pb.h"

namespace marquee::rpc {
namespace {

// Streams end at ages that differ, so that clients do not come back all at once.
std::chrono::milliseconds random_age(std::chrono::milliseconds max) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<std::int64_t> age(max.count() * 7 / 10, max.count() * 9 / 10);
  return std::chrono::milliseconds(age(random));
}

Error no_such_method() {
  return {Code::kUnimplemented, "unknown_method", "No such method"};
}

}  // namespace

// One message of the client; lives as long as one of its calls, which are views into it.
struct ServerStream::Batch {
  explicit Batch(const grpc::ByteBuffer& message) : bytes(message) {}
  FlatBytes bytes;
};

struct ServerStream::StreamCall {
  std::uint64_t id = 0;
  std::shared_ptr<Batch> batch;
  std::shared_ptr<ServerStream> stream;
  std::shared_ptr<Cancellation> cancellation = std::make_shared<Cancellation>();
  std::string request_id;
  IncomingCall call;
  bool forgotten = false;  // nobody waits for its answer; under the stream's lock
};

namespace {

// Serialises the reply as a frame, or puts it aside when it is too large for one.
class StreamReply final : public ReplySink {
 public:
  StreamReply(std::uint64_t call_id, CollectedReplies& collected)
      : call_id_(call_id), collected_(collected) {}

  void write(const google::protobuf::Message& reply) override {
    std::size_t bytes = reply.ByteSizeLong();
    if (bytes <= kStreamPayloadBytesMax) {
      frame_ = reply_frame(call_id_, reply, bytes);
      return;
    }
    std::string name = collected_.keep(reply.SerializeAsString());
    if (name.empty()) {
      throw Error(Code::kResourceExhausted, "reply_too_large", "The answer is too large");
    }
    frame_ = collect_frame(call_id_, name);
  }
  std::string take() { return std::move(frame_); }

 private:
  const std::uint64_t call_id_;
  CollectedReplies& collected_;
  std::string frame_;
};

}  // namespace

ServerStream::ServerStream(CallStreams& streams, const RawService::Place& place)
    : streams_(streams), place_(place) {}

ServerStream::~ServerStream() = default;

void ServerStream::expect() {
  self_ = shared_from_this();
  place_.open.began();
  context_.AsyncNotifyWhenDone(ended_.key());
  place_.request_bidi_stream(context_, io_, arrived_);
}

void ServerStream::arrived(bool ok) {
  auto self = shared_from_this();
  if (!ok) {
    // The server stops. gRPC never says that a call has ended that has not begun.
    awaited_ = 1;
    left_ = true;
    let_go();
    return;
  }
  place_.expect_next();
  const bool leaving = streams_.opened(self);
  begin();
  if (leaving) drain();
}

void ServerStream::begin() {
  drain_at_ = std::chrono::steady_clock::now() + random_age(streams_.config().max_connection_age);
  api::ServerFrames frames;
  auto& hello = *frames.mutable_hello();
  hello.set_calls_max(streams_.config().stream_calls_max);
  hello.set_payload_bytes_max(kStreamPayloadBytesMax);
  hello.set_collect_within_ms(
      static_cast<std::uint32_t>(std::chrono::milliseconds(CollectedReplies::kWithin).count()));
  send(frames.SerializeAsString());
  flush();
  read_next();
}

void ServerStream::read_next() {
  io_.Read(&incoming_, was_read_.key());
}

void ServerStream::drain() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(drain_said_, true)) return;
  }
  api::ServerFrames frames;
  frames.set_draining(true);
  send(frames.SerializeAsString());
  flush();
}

void ServerStream::was_read(bool ok) {
  auto self = shared_from_this();
  bool understood = ok && handle(incoming_);
  std::unique_lock lock(mutex_);
  if (understood && !broken_) {
    reading_paused_ = outgoing_bytes_ > kOutgoingBytesMax;
    if (reading_paused_) return;
    lock.unlock();
    read_next();
    return;
  }
  reads_done_ = true;
  if (ok && !understood) break_off(lock);
  finish_if_over(lock);
}

// False when the message is none: then nothing of it after the broken place is done.
bool ServerStream::handle(const grpc::ByteBuffer& message) {
  using Item = ClientFramesReader::Item;
  auto batch = std::make_shared<Batch>(message);
  ClientFramesReader frames(batch->bytes.view());
  std::vector<StreamCall*> calls;
  Item item = frames.next();
  for (; item != Item::kFinished && item != Item::kMalformed; item = frames.next()) {
    if (item == Item::kStart) {
      if (auto* call = begin_call(batch, frames.start)) calls.push_back(call);
    } else if (item == Item::kCancel) {
      cancel(frames.cancel);
    } else if (frames.ping != 0) {
      answer_ping(frames.ping);
    }
  }
  post(calls);
  flush();
  if (item == Item::kFinished) return true;
  log::warn("unreadable frames on a call stream");
  return false;
}

void ServerStream::answer_ping(std::uint64_t ping) {
  api::ServerFrames pong;
  pong.set_pong(ping);
  send(pong.SerializeAsString());
  if (std::chrono::steady_clock::now() > drain_at_) drain();
}

ServerStream::StreamCall* ServerStream::begin_call(const std::shared_ptr<Batch>& batch,
                                                   const StartFrame& start) {
  if (start.call_id <= last_call_id_) {
    log::warn("a call id came twice on a call stream", {{"rpc", start.method}});
    return nullptr;
  }
  last_call_id_ = start.call_id;
  auto call = std::make_unique<StreamCall>();
  call->id = start.call_id;
  call->batch = batch;
  call->stream = shared_from_this();
  call->request_id =
      is_request_id(start.request_id) ? std::string(start.request_id) : random_request_id();
  call->call.method = streams_.method(start.method);
  if (call->call.method == nullptr) {
    send(failure_frame(start.call_id, no_such_method()));
    return nullptr;
  }
  std::optional<std::chrono::milliseconds> asked;
  if (start.timeout_ms != 0) asked.emplace(start.timeout_ms);
  call->call.caller = start.caller;
  call->call.payload = start.payload;
  call->call.request_id = call->request_id;
  call->call.deadline = deadline_within(streams_.config(), asked, call->cancellation);
  call->call.fresh = start.fresh;
  call->call.trace = Trace::continued(start.traceparent);

  std::lock_guard lock(mutex_);
  if (start.payload.size() > kStreamPayloadBytesMax ||
      calls_.size() >= streams_.config().stream_calls_max) {
    const Error refusal = overloaded();
    record_refused(call->call, refusal);
    add_locked(failure_frame(start.call_id, refusal));
    return nullptr;
  }
  return calls_.emplace(call->id, std::move(call)).first->second.get();
}

void ServerStream::post(const std::vector<StreamCall*>& calls) {
  for (std::size_t first = 0; first < calls.size();) {
    Lane* lane = calls[first]->call.method->lane;
    std::vector<core::TurnPool::Job> jobs;
    std::size_t last = first;
    for (; last < calls.size() && calls[last]->call.method->lane == lane; ++last) {
      jobs.emplace_back([call = calls[last]] { call->stream->run(*call); });
    }
    std::size_t taken = lane->pool().post(jobs);
    for (std::size_t i = first + taken; i < last; ++i) {
      auto refusal = overloaded();
      record_refused(calls[i]->call, refusal);
      end(*calls[i], failure_frame(calls[i]->id, refusal));
    }
    first = last;
  }
}

void ServerStream::cancel(std::uint64_t call_id) {
  std::shared_ptr<Cancellation> cancellation;
  {
    std::lock_guard lock(mutex_);
    auto it = calls_.find(call_id);
    if (it == calls_.end()) return;
    it->second->forgotten = true;
    cancellation = it->second->cancellation;
  }
  cancellation->cancel();
}

// On a thread of the call's lane.
void ServerStream::run(StreamCall& call) {
  auto stream = shared_from_this();
  StreamReply reply(call.id, streams_.collected());
  auto error = run_handler(call.call, reply);
  record(call.call, error);
  end(call, error ? failure_frame(call.id, *error) : reply.take());
}

// The call is gone afterwards.
void ServerStream::end(StreamCall& call, const std::string& frame) {
  auto stream = shared_from_this();
  std::unique_lock lock(mutex_);
  if (!call.forgotten) add_locked(frame);
  calls_.erase(call.id);
  const bool something_to_say = !outgoing_.empty();
  finish_if_over(lock);
  leave_if_over(lock);
  if (lock.owns_lock()) lock.unlock();
  if (something_to_say) flush_at_pause();
}

void ServerStream::send(std::string_view frame) {
  std::lock_guard lock(mutex_);
  add_locked(frame);
}

void ServerStream::add_locked(std::string_view frame) {
  if (broken_) return;
  if (outgoing_.empty() || outgoing_.back().size() + frame.size() > kMessageBytesMax) {
    outgoing_.emplace_back();
  }
  outgoing_.back() += frame;
  outgoing_bytes_ += frame.size();
}

void ServerStream::flush_at_pause() {
  if (auto* turn = core::Turn::current()) {
    turn->at_pause(this, [stream = shared_from_this()] { stream->flush(); });
  } else {
    flush();
  }
}

void ServerStream::flush() {
  while (write_next()) continue;
}

// True when a message has gone out already, and there may be another.
bool ServerStream::write_next() {
  grpc::ByteBuffer message;
  {
    std::lock_guard lock(mutex_);
    if (writing_ || broken_ || finished_ || outgoing_.empty()) return false;
    writing_ = true;
    outgoing_bytes_ -= outgoing_.front().size();
    message = to_buffer(std::move(outgoing_.front()));
    outgoing_.pop_front();
  }
  auto completed = start_here(place_.queue, [&] { io_.Write(message, was_written_.key()); });
  if (completed.tag == &was_written_) {
    written(completed.ok);
    return true;
  }
  if (completed.tag != nullptr) completed.tag->done(completed.ok);
  return false;
}

void ServerStream::was_written(bool ok) {
  auto self = shared_from_this();
  written(ok);
  flush();
}

void ServerStream::written(bool ok) {
  std::unique_lock lock(mutex_);
  writing_ = false;
  if (!ok) break_off(lock);
  const bool read_on = reading_paused_ && !broken_;
  if (read_on) reading_paused_ = false;
  finish_if_over(lock);
  lock.unlock();
  if (read_on) read_next();
}

// Nobody will read another answer: all calls are cancelled.
void ServerStream::break_off(std::unique_lock<std::mutex>& lock) {
  if (std::exchange(broken_, true)) return;
  outgoing_.clear();
  outgoing_bytes_ = 0;
  if (reading_paused_) reads_done_ = true;
  std::vector<std::shared_ptr<Cancellation>> cancellations;
  for (const auto& [id, call] : calls_) cancellations.push_back(call->cancellation);
  lock.unlock();
  for (const auto& cancellation : cancellations) cancellation->cancel();
  lock.lock();
}

// Once nothing is being read or written and nothing is left to be: tells gRPC so.
void ServerStream::finish_if_over(std::unique_lock<std::mutex>& lock) {
  const bool answered = calls_.empty() && outgoing_.empty();
  if (finished_ || writing_ || !reads_done_ || !(broken_ || answered)) return;
  finished_ = true;
  const bool broken = broken_;
  lock.unlock();
  io_.Finish(
      broken ? grpc::Status(grpc::StatusCode::CANCELLED, "The stream broke") : grpc::Status::OK,
      finished_tag_.key());
  lock.lock();
}

void ServerStream::finished(bool /*ok*/) {
  let_go();
}

void ServerStream::ended(bool /*ok*/) {
  auto self = shared_from_this();
  if (context_.IsCancelled()) {
    std::unique_lock lock(mutex_);
    break_off(lock);
    finish_if_over(lock);
  }
  let_go();
}

// Once gRPC has said its last word.
void ServerStream::let_go() {
  if (awaited_.fetch_sub(1) != 1) return;
  auto& open = place_.open;
  {
    auto self = std::move(self_);
    std::unique_lock lock(mutex_);
    done_ = true;
    leave_if_over(lock);
  }
  open.ended();
}

// Once neither gRPC nor a call knows the stream: gives it up.
void ServerStream::leave_if_over(std::unique_lock<std::mutex>& lock) {
  if (!done_ || !calls_.empty() || std::exchange(left_, true)) return;
  auto stream = shared_from_this();
  lock.unlock();
  streams_.ended(stream);
}

}  // namespace marquee::rpc
