// A server on a port of its own for tests of libs/rpc.
#pragma once

#include <functional>
#include <string>

#include "libs/rpc/server.h"
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
    directory.on("EnsureAccounts", [](const Call&, const auth::v1::EnsureAccountsRequest&) {
      return auth::v1::EnsureAccountsReply();
    });
    directory.on("ListDeletedUsers", [](const Call&, const auth::v1::ListDeletedUsersRequest&) {
      return auth::v1::ListDeletedUsersReply();
    });
    server.start();
  }
  std::string target() const { return "127.0.0.1:" + std::to_string(server.port()); }
};

}  // namespace marquee::rpc::testing
