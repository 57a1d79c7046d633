#include "tests/unit/gateway/test_gateway.h"

#include <stdexcept>

#include "libs/testing/process.h"
#include "marquee/auth/v1/sessions.pb.h"
#include "marquee_descriptor_set.h"

namespace marquee::gateway {

TestGateway::TestGateway(const std::function<void(Config&)>& change)
    : key_(identity::generate_signing_key()) {
  publish({key_});
  service_.reply("marquee.auth.v1.Sessions/ListRevoked", auth::v1::ListRevokedReply());
  Config config;
  const std::string address = "127.0.0.1:" + std::to_string(service_.port());
  config.listen = "127.0.0.1:0";
  config.ops_listen.clear();
  config.upstreams = {"auth=" + address, "movie=" + address};
  config.nats_url.clear();
  config.access_log = false;
  config.threads = 2;
  change(config);
  gateway_ = std::make_unique<Gateway>(config, descriptors());
  gateway_->start();
  if (!testing::eventually([&] { return gateway_->not_ready().empty(); })) {
    throw std::runtime_error("gateway not ready: " + gateway_->not_ready());
  }
}

std::string_view TestGateway::descriptors() {
  return embedded::marquee_descriptor_set();
}

TestGateway::~TestGateway() {
  service_.release();
}

void TestGateway::publish(const std::vector<identity::SigningKey>& keys) {
  std::vector<std::string> jwks;
  for (const auto& key : keys) jwks.push_back(identity::public_jwk(key));
  auth::v1::Jwks document;
  document.set_document(identity::make_jwks(jwks));
  service_.reply("marquee.auth.v1.Keys/GetJwks", document);
}

std::string TestGateway::token(std::int64_t user_id, const std::string& session,
                               rpc::Caller::Role role, std::chrono::seconds life,
                               const identity::SigningKey* key) const {
  identity::Claims claims;
  claims.user_id = user_id;
  claims.uid = "9b2d7c1e-0000-4000-8000-000000000001";
  claims.session_id = session;
  claims.role = role;
  claims.subject = std::to_string(user_id);
  claims.issued_at = std::chrono::system_clock::now() - std::chrono::minutes(1);
  claims.expires_at = std::chrono::system_clock::now() + life;
  return identity::sign(claims, key != nullptr ? *key : key_);
}

}  // namespace marquee::gateway
