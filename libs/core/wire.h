// Reading and writing protobuf's wire form: varints, tags, length prefixes. Plain functions over
// memory that the caller owns; readers return null for malformed or truncated input and never read
// at or behind `end`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace marquee::wire {

inline constexpr std::uint32_t kVarint = 0;
inline constexpr std::uint32_t kFixed64 = 1;
inline constexpr std::uint32_t kBytes = 2;
inline constexpr std::uint32_t kFixed32 = 5;

// Tag of a field: its number and how its value is written.
constexpr std::uint32_t tag(std::uint32_t field, std::uint32_t wire_type) {
  return field << 3 | wire_type;
}

inline const char* read_varint(const char* p, const char* end, std::uint64_t& value) {
  if (p == end) return nullptr;
  auto byte = static_cast<unsigned char>(*p++);
  if (byte < 0x80) {
    value = byte;
    return p;
  }
  std::uint64_t result = byte & 0x7fu;
  for (int shift = 7; shift < 70; shift += 7) {
    if (p == end) return nullptr;
    byte = static_cast<unsigned char>(*p++);
    result |= static_cast<std::uint64_t>(byte & 0x7fu) << shift;
    if (byte < 0x80) {
      value = result;
      return p;
    }
  }
  return nullptr;
}

inline const char* read_tag(const char* p, const char* end, std::uint32_t& tag) {
  std::uint64_t value = 0;
  p = read_varint(p, end, value);
  if (p == nullptr || value > UINT32_MAX || (value >> 3) == 0) return nullptr;
  tag = static_cast<std::uint32_t>(value);
  return p;
}

inline const char* read_length(const char* p, const char* end, std::string_view& bytes) {
  std::uint64_t size = 0;
  p = read_varint(p, end, size);
  if (p == nullptr || size > static_cast<std::uint64_t>(end - p)) return nullptr;
  bytes = {p, static_cast<std::size_t>(size)};
  return p + size;
}

template <typename Integer>
const char* read_fixed(const char* p, const char* end, Integer& value) {
  if (static_cast<std::size_t>(end - p) < sizeof(Integer)) return nullptr;
  std::make_unsigned_t<Integer> bits = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    bits |= static_cast<decltype(bits)>(static_cast<unsigned char>(p[i])) << (8 * i);
  }
  value = static_cast<Integer>(bits);
  return p + sizeof(Integer);
}

// Groups are refused: no service of ours can send one.
inline const char* skip_value(const char* p, const char* end, std::uint32_t wire_type) {
  std::uint64_t number = 0;
  std::string_view bytes;
  switch (wire_type) {
    case kVarint:
      return read_varint(p, end, number);
    case kFixed64:
      return end - p < 8 ? nullptr : p + 8;
    case kBytes:
      return read_length(p, end, bytes);
    case kFixed32:
      return end - p < 4 ? nullptr : p + 4;
    default:
      return nullptr;
  }
}

inline void write_varint(std::uint64_t value, std::string& wire) {
  char buffer[10];
  std::size_t size = 0;
  while (value >= 0x80) {
    buffer[size++] = static_cast<char>(value | 0x80u);
    value >>= 7;
  }
  buffer[size++] = static_cast<char>(value);
  wire.append(buffer, size);
}

constexpr std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

template <typename Integer>
void write_fixed(Integer value, std::string& wire) {
  char buffer[sizeof(Integer)];
  auto bits = static_cast<std::make_unsigned_t<Integer>>(value);
  for (char& byte : buffer) {
    byte = static_cast<char>(bits & 0xffu);
    bits >>= 8;
  }
  wire.append(buffer, sizeof buffer);
}

inline void write_bytes(std::string_view bytes, std::string& wire) {
  write_varint(bytes.size(), wire);
  wire.append(bytes);
}

inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// A length prefix that is known only when its content is written: one byte is kept free, and the
// content is shifted when it needs more. Each byte moves at most once a nesting level.
class LengthPrefix {
 public:
  explicit LengthPrefix(std::string& wire) : wire_(wire), begin_(wire.size()) {
    wire.push_back('\0');
  }

  bool empty() const { return wire_.size() == begin_ + 1; }

  void close() {
    std::uint64_t size = wire_.size() - begin_ - 1;
    if (size < 0x80) {
      wire_[begin_] = static_cast<char>(size);
      return;
    }
    std::string prefix;
    write_varint(size, prefix);
    wire_.replace(begin_, 1, prefix);
  }

 private:
  std::string& wire_;
  std::size_t begin_;
};

}  // namespace marquee::wire
