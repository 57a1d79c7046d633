// A gateway in this process, in front of a FakeService that plays auth and movie and holds the keys
// to sign tokens with.
#pragma once

#include <memory>
#include <string>

#include "gateway/gateway.h"
#include "libs/identity/keys.h"
#include "libs/testing/http_client.h"
#include "tests/unit/gateway/fake_service.h"

namespace marquee::gateway {

class TestGateway {
 public:
  explicit TestGateway(const std::function<void(Config&)>& change = [](Config&) {});
  ~TestGateway();

  FakeService& service() { return service_; }
  Gateway& gateway() { return *gateway_; }
  int port() const { return gateway_->port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
  testing::HttpClient client() const { return testing::HttpClient(url()); }

  // A token that the gateway takes (unless `life` is negative). `key` null signs with the known
  // key.
  std::string token(std::int64_t user_id, const std::string& session = "session-1",
                    rpc::Caller::Role role = rpc::Caller::Role::kUser,
                    std::chrono::seconds life = std::chrono::hours(1),
                    const identity::SigningKey* key = nullptr) const;
  // What GetJwks answers from now on.
  void publish(const std::vector<identity::SigningKey>& keys);
  const identity::SigningKey& key() const { return key_; }
  static std::string_view descriptors();

 private:
  FakeService service_;
  identity::SigningKey key_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace marquee::gateway
