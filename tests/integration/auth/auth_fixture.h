// An auth service of a test's own: a fresh database, the shared NATS, a clock that the test moves,
// cheap password hashes. Handlers are called as the server would call them; the test's main thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "libs/db/migrations.h"
#include "libs/identity/keys.h"
#include "libs/ops/live_registry.h"
#include "libs/testing/nats.h"
#include "libs/testing/postgres.h"
#include "services/auth/auth_service.h"

namespace marquee::auth::testing {

using google::protobuf::Empty;

class MovedClock final : public Clock {
 public:
  WallTime now() const override {
    return std::chrono::system_clock::now() + std::chrono::milliseconds(offset_ms_);
  }
  void advance(std::chrono::milliseconds time) { offset_ms_ += time.count(); }

 private:
  std::atomic<std::int64_t> offset_ms_{0};
};

Config quick_config();

// One replica; several may share a database.
class Replica {
 public:
  Replica(const std::string& database_url, const Config& config, const Clock& clock);

  db::Pool& database() { return pool_; }
  bus::Bus& bus() { return bus_; }
  rpc::Server& server() { return server_; }
  AuthService& service() { return *service_; }

 private:
  Config config_;
  ops::LiveRegistry registry_;
  db::Pool pool_;
  bus::Bus bus_;
  rpc::Server server_;
  std::unique_ptr<AuthService> service_;
};

class AuthFixture {
 public:
  explicit AuthFixture(const Config& config = quick_config());

  MovedClock clock;
  const std::string database_url;
  Replica replica;

  AuthService& service() { return replica.service(); }
  SessionsHandlers& sessions() { return service().sessions(); }
  AccountsHandlers& accounts() { return service().accounts(); }
  AccountChangeHandlers& changes() { return service().changes(); }
  DirectoryHandlers& directory() { return service().directory(); }

  // "NAME", "NAME@example.com", password "secret-NAME".
  void register_user(const std::string& name);
  v1::LoginReply login(const std::string& name);
  // The caller that a gateway makes of the access token; the token must verify.
  rpc::Call call_with(const std::string& access_token);
  rpc::Call call_as(const std::string& name) { return call_with(login(name).access_token()); }
  identity::Verifier::Result verify(const std::string& token, identity::Claims& claims);
  // One number from the database.
  std::int64_t count(const std::string& sql);
};

// Of whose deletion the service has told by events, in their order; waits for `count` of them.
std::vector<std::int64_t> users_told_of(AuthFixture& auth, std::size_t count);

rpc::Call anonymous();
rpc::Call internal();
v1::LoginRequest login_request(const std::string& email, const std::string& password);
v1::RefreshTokenRequest refresh_request(const std::string& token);

// What a bus subject said, as text; polls until `count` messages came or ten seconds passed.
class Listener {
 public:
  Listener(bus::Bus& bus, const std::string& subject);
  std::vector<std::string> wait_for(std::size_t count);

 private:
  std::mutex mutex_;
  std::vector<std::string> messages_;
  bus::Subscription subscription_;
};

// The error that `work` throws; fails the test when it throws none.
template <typename F>
Error error_of(F&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  throw std::logic_error("no error was thrown");
}

}  // namespace marquee::auth::testing
