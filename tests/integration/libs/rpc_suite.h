// A server on a port of its own for tests of libs/rpc.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <string>

#include "libs/core/turn.h"
#include "libs/rpc/server.h"
#include "libs/testing/process.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "marquee/auth/v1/sessions.pb.h"

namespace marquee::rpc::testing {

// A server with two of the real services and handlers that a test can replace.
struct Suite {
  std::function<auth::v1::Jwks(const Call&)> jwks = [](const Call&) {
    auth::v1::Jwks reply;
    reply.set_document("{}");
    return reply;
  };
  std::function<auth::v1::GetUsersReply(const Call&, const auth::v1::GetUsersRequest&)> users =
      [](const Call&, const auth::v1::GetUsersRequest& request) {
        auth::v1::GetUsersReply reply;
        for (auto id : request.ids()) reply.add_users()->set_id(id);
        return reply;
      };
  Server server;

  explicit Suite(ServerConfig config = {}) : server(std::move(config), nullptr) {
    auto& keys = server.service("marquee.auth.v1.Keys");
    keys.on("GetJwks",
            [this](const Call& call, const google::protobuf::Empty&) { return jwks(call); });
    keys.on("RotateKey",
            [](const Call&, const google::protobuf::Empty&) { return auth::v1::RotateKeyReply(); });
    auto& directory = server.service("marquee.auth.v1.Directory");
    directory.on("GetUsers", [this](const Call& call, const auth::v1::GetUsersRequest& request) {
      return users(call, request);
    });
    directory.on("GetMailAddresses", [](const Call&, const auth::v1::GetUsersRequest&) {
      return auth::v1::GetMailAddressesReply();
    });
    directory.on("EnsureAccounts", [](const Call&, const auth::v1::EnsureAccountsRequest&) {
      return auth::v1::EnsureAccountsReply();
    });
    server.start();
  }
  std::string target() const { return "127.0.0.1:" + std::to_string(server.port()); }
};

// Has GetUsers keep its calls until they are released.
class HeldUsers {
 public:
  explicit HeldUsers(Suite& suite) {
    suite.users = [this](const Call&, const auth::v1::GetUsersRequest&) {
      core::Turn::about_to_block();
      ++running_;
      released_.wait();
      return auth::v1::GetUsersReply();
    };
  }
  void release() { release_.set_value(); }
  int running() const { return running_; }

 private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  std::atomic<int> running_{0};
};

// Has GetUsers wait until its one call is cancelled, and tell of it.
class CancelledUsers {
 public:
  explicit CancelledUsers(Suite& suite) {
    suite.users = [this](const Call& call, const auth::v1::GetUsersRequest&) {
      core::Turn::about_to_block();
      entered_.set_value();
      stopped_.set_value(marquee::testing::eventually([&] { return call.cancelled(); }));
      return auth::v1::GetUsersReply();
    };
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  // False when no cancellation came.
  bool stopped() { return stopped_.get_future().get(); }

 private:
  std::promise<void> entered_;
  std::promise<bool> stopped_;
};

}  // namespace marquee::rpc::testing
