// Files (PEM) that make gRPC connections confidential and both ends known to each other. All empty:
// plain text, for one host or a network of one's own.
#pragma once

#include <string>

namespace marquee::rpc {

struct TlsFiles {
  // Whom to trust: a client checks the server's certificate with it; a server that has it admits
  // only clients whose certificates it signed (mTLS).
  std::string ca;
  // One's own, with its key; needed on servers, and on clients where servers ask for it.
  std::string certificate;
  std::string key;

  bool enabled() const { return !ca.empty() || !certificate.empty(); }
};

}  // namespace marquee::rpc
