#include "libs/websocket/connection.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace marquee::websocket {
namespace {

constexpr int kWriteParts = 64;
// Read of one connection before others have their turn.
constexpr std::size_t kReadTurnBytes = 256 * 1024;

}  // namespace

Connection::Connection(Loop& loop, std::unique_ptr<Stream> stream, const Limits& limits,
                       Listener& listener)
    : loop_(loop),
      stream_(std::move(stream)),
      limits_(limits),
      listener_(&listener),
      reader_(limits.messages) {
  loop_.add(*this);
}

Connection::~Connection() {
  loop_.remove(*this);
  if (dirty_) loop_.never_flush(*this);
}

void Connection::start(std::string_view early) {
  auto self = shared_from_this();
  std::span<char> buffer = loop_.read_buffer();
  while (!early.empty() && state_ != State::kDone) {
    std::string_view piece = early.substr(0, buffer.size());
    early.remove_prefix(piece.size());
    std::memcpy(buffer.data(), piece.data(), piece.size());
    digest(buffer.data(), piece.size());
  }
  read_on();
}

void Connection::on_readable() {
  auto self = shared_from_this();
  waits_to_read_ = false;
  std::span<char> buffer = loop_.read_buffer();
  for (std::size_t total = 0; total < kReadTurnBytes && state_ != State::kDone;) {
    std::ptrdiff_t count = stream_->read_some(buffer.data(), buffer.size());
    if (count < 0) return lost();
    if (count == 0) break;
    digest(buffer.data(), static_cast<std::size_t>(count));
    total += static_cast<std::size_t>(count);
    if (static_cast<std::size_t>(count) < buffer.size()) break;
    if (queue_.bytes() > limits_.queue.soft_bytes) break;
  }
  read_on();
}

void Connection::read_on() {
  if (state_ == State::kDone || waits_to_read_) return;
  if (state_ == State::kOpen && queue_.bytes() > limits_.queue.soft_bytes) {
    // Answers to what it would say next have no place: it is read again once it has read.
    if (!waits_to_write_) write();
    if (state_ != State::kOpen || waits_to_write_) return;
  }
  waits_to_read_ = true;
  stream_->when_readable(shared_from_this());
}

void Connection::digest(char* bytes, std::size_t size) {
  char* const end = bytes + size;
  while (state_ == State::kOpen || state_ == State::kClosing) {
    switch (reader_.next(bytes, end)) {
      case MessageReader::Event::kNeedsMore:
        return;
      case MessageReader::Event::kMessage:
        if (listener_ != nullptr) listener_->on_message(reader_.data(), reader_.is_binary());
        break;
      case MessageReader::Event::kPing:
        if (state_ == State::kOpen) send(Frame::make(Opcode::kPong, {reader_.data()}));
        break;
      case MessageReader::Event::kPong:
        if (listener_ != nullptr) listener_->on_pong(reader_.data());
        break;
      case MessageReader::Event::kClose:
        peer_closed(reader_.code());
        return;
      case MessageReader::Event::kFault:
        fail(reader_.code(), reader_.what());
        return;
    }
  }
}

void Connection::send(std::span<const FramePtr> frames, Delivery delivery) {
  if (state_ != State::kOpen || full_) return;
  // One that is only busy within this turn is not slow.
  if (queue_.bytes() > limits_.queue.soft_bytes && !waits_to_write_) write();
  if (state_ != State::kOpen) return;
  if (queue_.push(frames, delivery, limits_.queue) == SendQueue::Pushed::kFull) full_ = true;
  flush_soon();
}

void Connection::flush_soon() {
  if (dirty_ || (waits_to_write_ && !full_)) return;
  dirty_ = true;
  loop_.flush_later(*this);
}

void Connection::flush() {
  auto self = shared_from_this();
  dirty_ = false;
  if (full_ && state_ == State::kOpen) {
    fail(CloseCode::kSlow, limits_.slow_reason);
  } else if (!waits_to_write_) {
    write();
  }
  read_on();
}

void Connection::on_writable() {
  auto self = shared_from_this();
  waits_to_write_ = false;
  write();
  read_on();
}

void Connection::write() {
  while (state_ != State::kDone && !queue_.empty()) {
    std::array<iovec, kWriteParts> parts;  // NOLINT(*-member-init)
    const int count = queue_.gather(parts.data(), kWriteParts);
    std::size_t size = 0;
    for (int i = 0; i < count; ++i) size += parts[static_cast<std::size_t>(i)].iov_len;
    std::ptrdiff_t written = stream_->write_some(parts.data(), count);
    if (written < 0) {
      // Said to the listener when reading ends, never from within send().
      queue_ = {};
      return;
    }
    queue_.consume(static_cast<std::size_t>(written));
    if (static_cast<std::size_t>(written) == size) continue;
    if (written != 0 || progress_ == Time{}) progress_ = loop_.now();
    if (state_ == State::kOpen) loop_.wake_at(*this, progress_ + limits_.stall_max);
    waits_to_write_ = true;
    stream_->when_writable(shared_from_this());
    return;
  }
  progress_ = {};
  end_when_written();
}

void Connection::on_alarm(Loop::Time now) {
  auto self = shared_from_this();
  if (state_ != State::kOpen) return finish();
  if (!waits_to_write_) return;
  if (now - progress_ >= limits_.stall_max) {
    fail(CloseCode::kSlow, limits_.slow_reason);
  } else {
    loop_.wake_at(*this, progress_ + limits_.stall_max);
  }
}

void Connection::close(CloseCode code, std::string_view reason) {
  listener_ = nullptr;
  if (state_ != State::kOpen) return;
  state_ = State::kClosing;
  queue_.push_last(Frame::close(code, reason));
  loop_.wake_at(*this, loop_.now() + limits_.close_time_max);
  flush_soon();
}

void Connection::peer_closed(CloseCode code) {
  const bool answered = state_ == State::kClosing;
  state_ = State::kEnding;
  if (!answered) {
    queue_.push_last(Frame::close(code, {}));
    loop_.wake_at(*this, loop_.now() + limits_.close_time_max);
  }
  tell_closed(code);
  if (!waits_to_write_) write();
}

void Connection::fail(CloseCode code, std::string_view reason) {
  const bool said = state_ != State::kOpen;
  state_ = State::kEnding;
  if (!said) {
    if (code == CloseCode::kSlow) queue_.drop_unbegun();
    queue_.push_last(Frame::close(code, reason));
    loop_.wake_at(*this, loop_.now() + limits_.close_time_max);
  }
  tell_closed(code);
  if (!waits_to_write_) write();
}

// Only after the last byte: closing at once would reset the connection and take our close with it.
void Connection::end_when_written() {
  if (state_ != State::kEnding || ended_writing_ || !queue_.empty()) return;
  ended_writing_ = true;
  stream_->end_writing();
}

void Connection::lost() {
  const bool said = state_ != State::kOpen;
  finish();
  if (!said) tell_closed(CloseCode::kConnectionLost);
}

void Connection::cut_off() {
  auto self = weak_from_this().lock();
  if (self) lost();
}

void Connection::tell_closed(CloseCode code) {
  if (Listener* listener = std::exchange(listener_, nullptr)) listener->on_closed(code);
}

void Connection::finish() {
  if (state_ == State::kDone) return;
  state_ = State::kDone;
  queue_ = {};
  loop_.remove(*this);
  loop_.wake_at(*this, Time::max());
  stream_->close();
}

}  // namespace marquee::websocket
