#include "libs/websocket/handshake.h"

#include <array>

#include <openssl/evp.h>

#include "libs/transcode/base64.h"

namespace marquee::websocket {
namespace {

constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

}  // namespace

bool is_valid_key(std::string_view key) {
  std::string bytes;
  return key.size() == 24 && transcode::decode_base64(key, bytes) && bytes.size() == 16;
}

std::string accept_value(std::string_view key) {
  std::string text(key);
  text += kMagic;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::string accept;
  transcode::append_base64({reinterpret_cast<const char*>(digest.data()), size}, accept);
  return accept;
}

std::string switching_protocols(std::string_view key) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept_value(key) + "\r\n\r\n";
}

}  // namespace marquee::websocket
