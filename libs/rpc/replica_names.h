// What a service's configured addresses stand for at this moment, looked up every second on a
// thread of its own, since getaddrinfo blocks. Numbers are taken as they are and need no thread. A
// file with addresses, one a line, is for who has no DNS: whoever starts and stops replicas writes
// it anew (and renames it into place, so that nobody reads half of it).
// Owned by whoever owns the service's Replicas.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/rpc/replica.h"

namespace marquee::rpc {

class ReplicaNames {
 public:
  // The numeric addresses of a name; nothing when the lookup failed.
  using Lookup = std::function<std::optional<std::vector<std::string>>(const std::string& host)>;
  using Changed = std::function<void(const std::vector<Endpoint>&)>;

  // `addresses`: "movie-service:9102", "10.0.0.7:9102", "[::1]:9102", "file:/run/movie-replicas".
  // `changed` is called for the first time before this returns when all are numeric, else from the
  // thread; then whenever there is a difference. What cannot be looked up, and a file that cannot
  // be read or has no address, keeps its last meaning.
  ReplicaNames(const std::vector<std::string>& addresses, Changed changed,
               Lookup lookup = look_up_host);
  // No `changed` is called any more. A lookup that hangs is left behind.
  ~ReplicaNames();
  ReplicaNames(const ReplicaNames&) = delete;
  ReplicaNames& operator=(const ReplicaNames&) = delete;

  static std::optional<std::vector<std::string>> look_up_host(const std::string& host);
  // The path in "file:/path", else "".
  static std::string file_in(const std::string& address);

 private:
  struct Watch;
  std::shared_ptr<Watch> watch_;
};

}  // namespace marquee::rpc
