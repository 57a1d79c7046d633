#include "libs/core/ids.h"

#include <array>
#include <cctype>
#include <cstdint>
#include <random>

#include <sodium.h>

namespace marquee {
namespace {

void random_bytes(void* out, std::size_t size) {
  static const bool ready = sodium_init() >= 0;
  (void)ready;
  randombytes_buf(out, size);
}

}  // namespace

std::string random_uuid() {
  std::array<unsigned char, 16> raw{};
  random_bytes(raw.data(), raw.size());
  raw[6] = static_cast<unsigned char>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<unsigned char>((raw[8] & 0x3f) | 0x80);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[raw[i] >> 4];
    text += kHex[raw[i] & 15];
  }
  return text;
}

std::string random_token(std::size_t bytes) {
  std::string raw(bytes, '\0');
  random_bytes(raw.data(), raw.size());
  return base64url_encode(raw);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

bool is_request_id(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (unsigned char c : text) {
    if (!std::isalnum(c) && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

std::string random_request_id() {
  std::string text;
  random_request_id(text);
  return text;
}

void random_request_id(std::string& out) {
  thread_local std::mt19937_64 generator(std::random_device{}());
  static constexpr char kHex[] = "0123456789abcdef";
  std::uint64_t value = generator();
  out.resize(16);
  for (auto& c : out) {
    c = kHex[value & 15];
    value >>= 4;
  }
}

std::string base64url_encode(std::string_view bytes) {
  std::string text(
      sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();
  return text;
}

bool base64url_decode(std::string_view text, std::string& out) {
  out.resize(text.size());
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                        text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0) {
    out.clear();
    return false;
  }
  out.resize(size);
  return true;
}

}  // namespace marquee
