// The string that JSON is appended to, written through a raw pointer: one check for room a value
// instead of one a byte. The writer keeps the pointer, `w` throughout, in a register and gives it
// to room() before it writes; the string has its right size only after finish() or abandon().
// Owned by one call of write_reply.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

namespace marquee::transcode {

class JsonSink {
 public:
  JsonSink(std::string& out, std::size_t guess) : out_(out), begin_(out.size()) {
    out_.resize(begin_ + guess);
    end_ = out_.data() + out_.size();
  }
  JsonSink(const JsonSink&) = delete;
  JsonSink& operator=(const JsonSink&) = delete;

  char* begin() { return out_.data() + begin_; }
  // Room for `size` more bytes at `w`. Returns `w`, or where it has moved to.
  char* room(char* w, std::size_t size) {
    if (static_cast<std::size_t>(end_ - w) < size) [[unlikely]]
      return grow(w, size);
    return w;
  }
  // Of `w` from the start of the string; unlike `w` it holds when the string moves.
  std::size_t offset(const char* w) const { return static_cast<std::size_t>(w - out_.data()); }
  char* at(std::size_t offset) { return out_.data() + offset; }

  void finish(const char* w) { out_.resize(offset(w)); }
  void abandon() { out_.resize(begin_); }

 private:
  [[gnu::noinline, gnu::cold]] char* grow(const char* w, std::size_t size) {
    std::size_t used = offset(w);
    out_.resize(std::max(used + size, out_.size() * 2));
    end_ = out_.data() + out_.size();
    return out_.data() + used;
  }

  std::string& out_;
  std::size_t begin_;
  char* end_;
};

}  // namespace marquee::transcode
