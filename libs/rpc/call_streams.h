// The server's end of call streams (proto/marquee/api/call_stream.proto): what all of them share.
// Owned by the Server, which registers the two RPCs and drains the streams when it stops. Any
// thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "libs/rpc/collected_replies.h"
#include "libs/rpc/raw_service.h"
#include "libs/rpc/server_method.h"

namespace marquee::rpc {

class ServerStream;

// Requests and replies above it do not go on a stream, whose other calls would wait for them.
inline constexpr std::size_t kStreamPayloadBytesMax = 256 * 1024;

class CallStreams {
 public:
  explicit CallStreams(const ServerConfig& config) : config_(config) {}

  // Before the first stream.
  void add(const ServerMethod& method) { methods_.emplace(method.path, &method); }
  // Null when there is no such method.
  const ServerMethod* method(std::string_view path) const;
  const ServerConfig& config() const { return config_; }
  CollectedReplies& collected() { return collected_; }

  // Both RPCs of marquee.api.CallStream.
  void add_methods(RawService& service);

  // Asks the clients of all streams, also of those that open from now on, to go elsewhere.
  void drain();
  // Waits until no stream is left and all their calls have ended; after the server's shutdown,
  // which has ended or cancelled them.
  void wait_for_end();
  std::size_t size() const;

  // For the streams themselves.
  // True when the stream is to drain at once.
  bool opened(std::shared_ptr<ServerStream> stream);
  void ended(const std::shared_ptr<ServerStream>& stream);

 private:
  const ServerConfig& config_;
  std::unordered_map<std::string_view, const ServerMethod*> methods_;
  CollectedReplies collected_;
  mutable std::mutex mutex_;
  std::condition_variable quiet_;
  std::unordered_set<std::shared_ptr<ServerStream>> streams_;
  bool draining_ = false;
};

}  // namespace marquee::rpc
