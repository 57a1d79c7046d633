// A blocking TLS client on a connection of its own, with every knob that a rude one would turn.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace marquee::gateway {

class TlsClient {
 public:
  struct Options {
    std::string first;                // sent before the handshake, in plain
    std::string alpn;                 // wire form, "\x08http/1.1"
    int version_max = 0;              // TLS1_1_VERSION...; 0: the newest
    bool weak = false;                // speaks what nobody should speak any more
    TlsClient* session_of = nullptr;  // resumes that client's session
    std::chrono::milliseconds patience = std::chrono::seconds(10);
  };

  // Connects to 127.0.0.1 and shakes hands; connected() says how that went.
  TlsClient(int port, const Options& options);
  explicit TlsClient(int port) : TlsClient(port, Options()) {}
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connected() const;
  bool resumed() const;
  std::string version() const;  // "TLSv1.3"
  std::string alpn() const;
  std::string server_name() const;  // the certificate's common name
  bool send(std::string_view bytes);
  // Reads until `marker` came, the end, or patience; all that came.
  std::string receive_until(const std::string& marker);
  std::string receive_until_closed();
  // Whether the server said good-bye, as far as it was read.
  bool closed_cleanly() const;
  // True when the server agreed.
  bool renegotiate();
  bool update_keys();
  // Says good-bye without closing the connection.
  void say_goodbye();

 private:
  bool receive(std::string& into);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::gateway
