#include "gateway/proxy_header.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>

namespace marquee::gateway {
namespace {

using Progress = ProxyHeader::Progress;

constexpr std::string_view kTextStart = "PROXY ";
constexpr std::string_view kBinaryStart("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kBinaryHeadBytes = 16;
constexpr std::size_t kTlvHeadBytes = 3;
constexpr std::size_t kAddressTextBytesMax = 39;

bool begins_like(std::string_view bytes, std::string_view start) {
  const std::size_t size = std::min(bytes.size(), start.size());
  return bytes.substr(0, size) == start.substr(0, size);
}

// Takes the part up to the next space, or all, off `rest`.
std::string_view take_word(std::string_view& rest) {
  const auto space = rest.find(' ');
  std::string_view word = rest.substr(0, space);
  rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  return word;
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, port);
  return !text.empty() && error == std::errc() && at == end && (text[0] != '0' || text.size() == 1);
}

std::optional<net::ip::address> address_of(std::string_view text, int family) {
  const bool has_nul = text.find('\0') != std::string_view::npos;  // where inet_pton would end
  if (text.empty() || text.size() > kAddressTextBytesMax || has_nul) return std::nullopt;
  std::array<char, kAddressTextBytesMax + 1> spelled{};
  std::memcpy(spelled.data(), text.data(), text.size());
  if (family == AF_INET) {
    net::ip::address_v4::bytes_type bytes;
    if (inet_pton(family, spelled.data(), bytes.data()) != 1) return std::nullopt;
    return net::ip::make_address_v4(bytes);
  }
  net::ip::address_v6::bytes_type bytes;
  if (inet_pton(family, spelled.data(), bytes.data()) != 1) return std::nullopt;
  return net::ip::make_address_v6(bytes);
}

// "TCP4 192.0.2.1 198.51.100.1 56324 443", or "UNKNOWN" and anything.
bool parse_line(std::string_view line, ProxyHeader& header) {
  std::string_view kind = take_word(line);
  if (kind == "UNKNOWN") return true;
  if (kind != "TCP4" && kind != "TCP6") return false;
  const int family = kind == "TCP4" ? AF_INET : AF_INET6;
  auto source = address_of(take_word(line), family);
  auto destination = address_of(take_word(line), family);
  std::string_view source_port = take_word(line);
  if (!source || !destination || !is_port(source_port) || !is_port(line)) return false;
  header.source = source;
  return true;
}

Progress parse_text(std::string_view bytes, ProxyHeader& header) {
  const std::string_view first = bytes.substr(0, ProxyHeader::kTextBytesMax);
  const auto end = first.find_first_of(std::string_view("\r\n\0", 3));
  if (end == std::string_view::npos || (first[end] == '\r' && end + 1 == first.size())) {
    return first.size() < ProxyHeader::kTextBytesMax ? Progress::kNeedsMore : Progress::kMalformed;
  }
  if (first.substr(end, 2) != "\r\n") return Progress::kMalformed;
  header.bytes = end + 2;
  return parse_line(first.substr(kTextStart.size(), end - kTextStart.size()), header)
             ? Progress::kDone
             : Progress::kMalformed;
}

std::size_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])) << 8U |
         static_cast<unsigned char>(bytes[at + 1]);
}

bool fills_exactly(std::string_view tlvs) {
  while (tlvs.size() >= kTlvHeadBytes) {
    const std::size_t size = kTlvHeadBytes + number_at(tlvs, 1);
    if (size > tlvs.size()) return false;
    tlvs.remove_prefix(size);
  }
  return tlvs.empty();
}

template <typename Address>
Address address_at(std::string_view bytes) {
  typename Address::bytes_type raw;
  std::memcpy(raw.data(), bytes.data(), raw.size());
  return Address(raw);
}

// `rest`: what follows the family, source, destination and ports first.
bool parse_addresses(unsigned char family, std::string_view rest, ProxyHeader& header) {
  constexpr unsigned char kUnspecified = 0x00, kTcp4 = 0x11, kTcp6 = 0x21, kUnixStream = 0x31;
  constexpr std::size_t kTcp4Bytes = 12, kTcp6Bytes = 36, kUnixBytes = 216;
  if (family == kUnspecified) return true;
  const std::size_t size = family == kTcp4         ? kTcp4Bytes
                           : family == kTcp6       ? kTcp6Bytes
                           : family == kUnixStream ? kUnixBytes
                                                   : ProxyHeader::kBytesMax;
  if (rest.size() < size || !fills_exactly(rest.substr(size))) return false;
  if (family == kTcp4) header.source = address_at<net::ip::address_v4>(rest);
  if (family == kTcp6) header.source = address_at<net::ip::address_v6>(rest);
  return true;
}

Progress parse_binary(std::string_view bytes, ProxyHeader& header) {
  constexpr unsigned char kLocal = 0x20, kProxy = 0x21;
  if (bytes.size() < kBinaryHeadBytes) return Progress::kNeedsMore;
  const auto command = static_cast<unsigned char>(bytes[kBinaryStart.size()]);
  const auto family = static_cast<unsigned char>(bytes[kBinaryStart.size() + 1]);
  if (command != kLocal && command != kProxy) return Progress::kMalformed;
  const std::size_t size = kBinaryHeadBytes + number_at(bytes, kBinaryStart.size() + 2);
  if (size > ProxyHeader::kBytesMax) return Progress::kMalformed;
  if (bytes.size() < size) return Progress::kNeedsMore;
  header.bytes = size;
  // The balancer's own connection; whatever addresses it names are to be ignored.
  if (command == kLocal) return Progress::kDone;
  std::string_view rest = bytes.substr(kBinaryHeadBytes, size - kBinaryHeadBytes);
  return parse_addresses(family, rest, header) ? Progress::kDone : Progress::kMalformed;
}

}  // namespace

Progress ProxyHeader::parse(std::string_view bytes, ProxyHeader& header) {
  header = ProxyHeader();
  if (bytes.empty()) return Progress::kNeedsMore;
  std::string_view start = bytes[0] == kTextStart[0] ? kTextStart : kBinaryStart;
  if (!begins_like(bytes, start)) return Progress::kMalformed;
  if (bytes.size() < start.size()) return Progress::kNeedsMore;
  return start == kTextStart ? parse_text(bytes, header) : parse_binary(bytes, header);
}

}  // namespace marquee::gateway
