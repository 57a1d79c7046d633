// The bytes that a connection has read and not yet dealt with, in one piece. Owned by the
// connection, touched by its thread alone. It keeps its memory from request to request, and gives
// back what one large request made it take.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace marquee::gateway {

class ReadBuffer {
 public:
  static constexpr std::size_t kUsualBytes = 4 * 1024;

  ReadBuffer() = default;
  // Holds a copy of `bytes`.
  explicit ReadBuffer(std::string_view bytes) {
    if (bytes.empty()) return;
    reserve(bytes.size(), [](const char*, const char*) {});
    std::memcpy(free_bytes(), bytes.data(), bytes.size());
    commit(bytes.size());
  }

  std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  std::size_t room() const { return capacity_ - end_; }
  std::size_t capacity() const { return capacity_; }
  // room() bytes to write to; then commit().
  char* free_bytes() { return bytes_.get() + end_; }
  void commit(std::size_t size) { end_ += size; }

  void consume(std::size_t size) {
    begin_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  // Drops the `size` bytes that lie behind the first `at` unread ones.
  void cut(std::size_t at, std::size_t size) {
    char* hole = bytes_.get() + begin_ + at;
    std::memmove(hole, hole + size, end_ - begin_ - at - size);
    end_ -= size;
  }

  // Makes room for `size` bytes. `moved(from, to)` is told where unread() was and will be, while
  // both hold it; bytes may be overwritten afterwards.
  template <typename Moved>
  void reserve(std::size_t size, Moved moved) {
    if (room() >= size) return;
    const std::size_t used = end_ - begin_;
    std::size_t wanted = std::max(capacity_, kUsualBytes);
    while (wanted < used + size) wanted *= 2;
    auto bytes = std::make_unique_for_overwrite<char[]>(wanted);
    if (used != 0) {
      std::memcpy(bytes.get(), bytes_.get() + begin_, used);
      moved(bytes_.get() + begin_, bytes.get());
    }
    bytes_ = std::move(bytes);
    capacity_ = wanted;
    begin_ = 0;
    end_ = used;
  }

  // Of an empty buffer: down to the usual size.
  void settle() {
    if (capacity_ > kUsualBytes) release();
  }
  // Of an empty buffer: all memory.
  void release() {
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
  }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace marquee::gateway
