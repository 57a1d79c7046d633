// A server of call streams and plain gRPC that answers any method with bytes that a test chooses:
// stands in for the services behind a gateway. Handlers run on gRPC's threads and must not block;
// calls are counted. Answers can be held back and released, so that tests decide what happens
// meanwhile.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <google/protobuf/message.h>

#include "libs/core/error.h"

namespace marquee::rpc {
class FakeStreamServer;
}

namespace marquee::gateway {

struct FakeCall {
  std::string path;  // "/marquee.auth.v1.Keys/GetJwks"
  std::string payload;
  std::map<std::string, std::string> metadata;

  template <typename Message>
  Message as() const {
    Message message;
    message.ParseFromString(payload);
    return message;
  }
};

class FakeService {
 public:
  using Handler = std::function<std::unique_ptr<google::protobuf::Message>(const FakeCall&)>;

  FakeService();
  ~FakeService();

  // `method`: "marquee.auth.v1.Keys/GetJwks". The handler may throw Error, which goes out with its
  // detail. A method without one is UNIMPLEMENTED.
  void on(const std::string& method, Handler handler);
  template <typename Reply>
  void reply(const std::string& method, Reply message) {
    on(method, [message](const FakeCall&) { return std::make_unique<Reply>(message); });
  }
  // Answers with a status of gRPC's own, without detail.
  void fail_plainly(const std::string& method, Code code, const std::string& message);

  int calls(const std::string& method) const;
  // Answers of this method wait until release().
  void hold(const std::string& method);
  void release();
  int port() const;
  // To misbehave with.
  rpc::FakeStreamServer& server();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::gateway
