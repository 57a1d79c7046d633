#include "libs/rpc/stream_client.h"

#include <algorithm>

#include "libs/rpc/client_metadata.h"

namespace marquee::rpc {
namespace {

constexpr std::uint64_t kSlotBits = 16;
constexpr std::size_t kSlotsMax = std::size_t{1} << kSlotBits;
// Before the server has said how many it takes.
constexpr std::size_t kWaitingMax = 1'024;
// A server takes messages up to 4 MiB; large ones also keep small ones waiting.
constexpr std::size_t kMessageBytes = 1024 * 1024;
constexpr std::size_t kFrameOverhead = 64;

std::uint32_t milliseconds_left(std::chrono::steady_clock::time_point deadline) {
  auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  // 0 would be the server's default.
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(left.count(), 1, 0xffffffff));
}

Code to_code(std::uint32_t code) {
  return code <= static_cast<std::uint32_t>(Code::kUnauthenticated) ? static_cast<Code>(code)
                                                                    : Code::kUnknown;
}

}  // namespace

StreamClient::StreamClient(std::shared_ptr<grpc::Channel> channel, Loop& loop,
                           std::shared_ptr<LiveCalls> live, Listener& listener)
    : channel_(std::move(channel)),
      loop_(loop),
      live_(std::move(live)),
      listener_(listener),
      calls_max_(kWaitingMax) {}

StreamClient::~StreamClient() {
  if (transport_) transport_->abandon();
  if (auto leaving = leaving_.lock()) leaving->cut_off();
}

void StreamClient::open() {
  transport_ = StreamTransport::open(channel_, loop_, live_, *this);
}

bool StreamClient::has_room() const {
  return state_ != State::kClosed && !retired_ && in_flight_ < calls_max_ &&
         queued_bytes_ < kQueueBytesMax;
}

void StreamClient::start(ClientCall& call) {
  std::uint32_t index;
  if (!free_slots_.empty()) {
    index = free_slots_.back();
    free_slots_.pop_back();
  } else {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  }
  const std::uint64_t id = ++ids_made_ << kSlotBits | index;
  slots_[index] = {id, &call};
  ++in_flight_;
  call.place.stream = this;
  call.place.id = id;
  if (state_ == State::kOpen) {
    send(call);
  } else {
    waiting_.push_back(id);
    queued_bytes_ += call.payload.size() + kFrameOverhead;
  }
}

void StreamClient::send(ClientCall& call) {
  StartFrame frame;
  frame.call_id = call.place.id;
  frame.method = call.method;
  frame.timeout_ms = milliseconds_left(call.deadline);
  frame.caller = call.caller;
  frame.request_id = call.request_id;
  frame.traceparent = call.traceparent;
  frame.fresh = call.fresh;
  frame.payload = call.payload;
  std::string& out = outgoing(call.payload.size());
  const std::size_t before = out.size();
  append_start(out, frame);
  queued_bytes_ += out.size() - before;
  last_sent_ = call.place.id;
  call.place.on_its_way = true;
  flush_later();
}

void StreamClient::drop(ClientCall& call) {
  const std::uint64_t id = call.place.id;
  if (take(id) == nullptr) return;
  if (call.place.on_its_way) {
    std::string& out = outgoing(kFrameOverhead);
    const std::size_t before = out.size();
    append_cancel(out, id);
    queued_bytes_ += out.size() - before;
    flush_later();
  } else {
    queued_bytes_ -= call.payload.size() + kFrameOverhead;
  }
  half_close_if_done();
}

void StreamClient::ping(std::uint64_t value) {
  if (state_ != State::kOpen) return;
  std::string& out = outgoing(kFrameOverhead);
  const std::size_t before = out.size();
  append_ping(out, value);
  queued_bytes_ += out.size() - before;
  flush_later();
}

void StreamClient::retire() {
  retired_ = true;
  half_close_if_done();
}

void StreamClient::half_close_if_done() {
  if (!retired_ || in_flight_ > 0 || state_ == State::kClosed) return;
  // Nothing that is queued matters any more, except to a server that would work for nobody.
  flush();
  if (!chunks_.empty()) return;
  auto self = shared_from_this();
  half_close();
  listener_.stream_closed(*this);
}

void StreamClient::leave() {
  if (state_ == State::kClosed) return;
  flush();
  half_close();
}

void StreamClient::half_close() {
  state_ = State::kClosed;
  leaving_ = transport_;
  std::exchange(transport_, nullptr)->finish();
}

void StreamClient::break_off() {
  if (state_ == State::kClosed) return;
  auto self = shared_from_this();
  state_ = State::kClosed;
  std::exchange(transport_, nullptr)->abandon();
  chunks_.clear();
  waiting_.clear();
  listener_.stream_closed(*this);
  // Those who are told may drop others.
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].id == 0) continue;
    ClientCall& call = *take(slots_[i].id);
    if (call.place.on_its_way) {
      listener_.call_broken(call);
    } else {
      listener_.call_unsent(call);
    }
  }
}

ClientCall* StreamClient::take(std::uint64_t id) {
  const std::size_t index = id & (kSlotsMax - 1);
  if (index >= slots_.size() || slots_[index].id != id) return nullptr;
  ClientCall* call = slots_[index].call;
  slots_[index] = Slot();
  free_slots_.push_back(static_cast<std::uint32_t>(index));
  --in_flight_;
  call->place.stream = nullptr;
  return call;
}

std::string& StreamClient::outgoing(std::size_t more) {
  if (chunks_.empty() || chunks_.back().size() + more > kMessageBytes) chunks_.emplace_back();
  return chunks_.back();
}

void StreamClient::flush_later() {
  if (std::exchange(flush_posted_, true)) return;
  loop_.post([weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self) return;
    self->flush_posted_ = false;
    self->flush();
  });
}

void StreamClient::flush() {
  while (state_ == State::kOpen && !chunks_.empty()) {
    const std::size_t size = chunks_.front().size();
    if (!transport_->try_write(std::move(chunks_.front()))) return;
    chunks_.pop_front();
    queued_bytes_ -= size;
  }
}

void StreamClient::on_writable() {
  auto self = shared_from_this();
  flush();
  half_close_if_done();
}

void StreamClient::on_end() {
  break_off();
}

void StreamClient::on_message(std::string_view bytes) {
  auto self = shared_from_this();
  ServerFramesReader reader(bytes);
  while (state_ != State::kClosed) {
    const auto item = reader.next();
    if (item == ServerFramesReader::Item::kFinished) break;
    if (!read_item(reader, item)) {
      break_off();
      return;
    }
  }
  half_close_if_done();
}

bool StreamClient::read_item(ServerFramesReader& reader, ServerFramesReader::Item item) {
  using Item = ServerFramesReader::Item;
  if (item == Item::kHello) return greet(reader.hello);
  if (item == Item::kMalformed || state_ != State::kOpen) return false;
  if (item == Item::kEnd) return end_call(reader.end);
  if (item == Item::kPong) {
    listener_.stream_pong(*this, reader.pong);
  } else if (!retired_) {
    retired_ = true;
    listener_.stream_draining(*this);
  }
  return true;
}

bool StreamClient::greet(const HelloFrame& hello) {
  if (state_ != State::kConnecting || hello.calls_max == 0) return false;
  state_ = State::kOpen;
  greeted_ = true;
  calls_max_ = std::min<std::size_t>(hello.calls_max, kSlotsMax);
  payload_bytes_max_ = hello.payload_bytes_max;
  send_waiting();
  listener_.stream_opened(*this);
  return true;
}

void StreamClient::send_waiting() {
  auto waiting = std::exchange(waiting_, {});
  queued_bytes_ = 0;
  std::size_t sent = 0;
  for (std::uint64_t id : waiting) {
    const std::size_t index = id & (kSlotsMax - 1);
    if (slots_[index].id != id) continue;
    ClientCall& call = *slots_[index].call;
    if (sent < calls_max_ && fits(call.payload.size())) {
      send(call);
      ++sent;
    } else {
      take(id);
      listener_.call_unsent(call);
    }
  }
}

bool StreamClient::end_call(const EndFrame& end) {
  ClientCall* call = take(end.call_id);
  // Dropped before, or never made.
  if (call == nullptr) return end.call_id != 0 && end.call_id <= last_sent_;
  Answer answer;
  answer.code = to_code(end.code);
  if (answer.ok() && !end.collect.empty()) {
    listener_.call_collects(*this, *call, end.collect);
    return true;
  }
  if (answer.ok()) {
    answer.payload = end.payload;
  } else {
    answer.message = end.message;
    if (end.has_error) read_error_detail(end.error, answer);
  }
  listener_.call_ended(*call, std::move(answer));
  return true;
}

}  // namespace marquee::rpc
