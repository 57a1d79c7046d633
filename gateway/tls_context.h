// What the gateway shows and demands when it speaks TLS: certificate, versions, ciphers, ALPN,
// tickets. Immutable once made, shared by all connections that began with it, any thread.
//
// Security posture: TLS 1.2 and 1.3, forward secrecy and AEAD alone, no renegotiation, no
// compression, no early data.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace marquee::gateway {

class TlsTickets;

class TlsContext {
 public:
  // PEM files: the certificate with its chain, and its key. `tickets` outlives this. Throws
  // std::runtime_error that names the file and what is wrong with it.
  TlsContext(const std::string& certificate_file, const std::string& key_file,
             const TlsTickets& tickets);

  ssl_ctx_st* native() const { return context_.get(); }
  // Whether the certificate is for this host or address (without brackets).
  bool is_for(const std::string& host) const;
  std::chrono::system_clock::time_point expires() const;

 private:
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace marquee::gateway
