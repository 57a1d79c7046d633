#include "tests/integration/auth/auth_fixture.h"

#include "libs/bus/jetstream.h"
#include "libs/events/types.h"
#include "libs/events/wire.h"

namespace marquee::auth::testing {
namespace {

constexpr std::chrono::seconds kPatience{20};

Deadline deadline() {
  return std::chrono::steady_clock::now() + kPatience;
}

db::PoolConfig pool_config(const std::string& database_url) {
  db::PoolConfig config;
  config.database_url = database_url;
  return config;
}

// A stream for each database, so that tests hear nothing of each other.
events::Config events_config(const std::string& database_url) {
  auto begin = database_url.find("dbname=") + 7;
  events::Config config;
  config.stream = config.prefix = database_url.substr(begin, database_url.find(' ', begin) - begin);
  return config;
}

}  // namespace

Config quick_config() {
  Config config;
  config.keys.secret = "a secret of the tests alone";
  config.password.memory_kib = 1024;
  config.password.passes = 1;
  config.maintenance_interval = std::chrono::hours(1);
  return config;
}

Replica::Replica(const std::string& database_url, const Config& config, const Clock& clock)
    : config_(config),
      pool_(pool_config(database_url)),
      bus_(marquee::testing::Nats::shared().url(), "auth-test"),
      server_(rpc::ServerConfig(), &registry_) {
  db::migrate(pool_, migrations());
  rpc::Parts parts{pool_, bus_, server_, registry_};
  parts.events = events_config(database_url);
  service_ = std::make_unique<AuthService>(config_, parts, clock);
}

AuthFixture::AuthFixture(const Config& config)
    : database_url(marquee::testing::Postgres::shared().create_database("auth")),
      replica(database_url, config, clock) {}

void AuthFixture::register_user(const std::string& name) {
  v1::RegisterRequest request;
  request.set_username(name);
  request.set_email(name + "@example.com");
  request.set_password("secret-" + name);
  request.set_confirm_password("secret-" + name);
  service().sign_up().register_user(anonymous(), request);
}

v1::LoginReply AuthFixture::login(const std::string& name) {
  return sessions().login(anonymous(), login_request(name + "@example.com", "secret-" + name));
}

identity::Verifier::Result AuthFixture::verify(const std::string& token, identity::Claims& claims) {
  auto document = service().keys().get_jwks(anonymous(), Empty()).document();
  return identity::Verifier(document).verify(token, clock.now(), claims);
}

rpc::Call AuthFixture::call_with(const std::string& access_token) {
  identity::Claims claims;
  if (verify(access_token, claims) != identity::Verifier::Result::kValid) {
    throw std::logic_error("the access token does not verify");
  }
  return {identity::caller_of(claims), deadline(), "test"};
}

std::int64_t AuthFixture::count(const std::string& sql) {
  return replica.database().read(deadline(),
                                 [&](db::Tx& tx) { return tx.run(sql)[0][0].as<std::int64_t>(); });
}

std::vector<std::int64_t> users_told_of(AuthFixture& auth, std::size_t count) {
  const auto config = events_config(auth.database_url);
  bus::JetStream jetstream(auth.replica.bus());
  bus::ConsumerConfig consumer;
  consumer.stream = config.stream;
  consumer.name = "test";
  consumer.subject = config.prefix + "." + events::kUserDeleted.name;
  std::vector<std::int64_t> users;
  // The stream is there when some replica has made it.
  std::optional<bus::PullConsumer> member;
  marquee::testing::eventually([&] {
    try {
      member.emplace(jetstream.consume(consumer));
      return true;
    } catch (const Error&) {
      return false;
    }
  });
  marquee::testing::eventually([&] {
    for (auto& delivery : member.value().fetch(1, std::chrono::seconds(1))) {
      for (const auto& event : events::decode_all(delivery.payload())) {
        users.push_back(event.subject);
      }
      delivery.ack();
    }
    return users.size() >= count;
  });
  return users;
}

rpc::Call anonymous() {
  return {rpc::Caller(), deadline(), "test"};
}

rpc::Call internal() {
  return {rpc::Caller::service(), deadline(), "test"};
}

v1::LoginRequest login_request(const std::string& email, const std::string& password) {
  v1::LoginRequest request;
  request.set_email(email);
  request.set_password(password);
  return request;
}

v1::RefreshTokenRequest refresh_request(const std::string& token) {
  v1::RefreshTokenRequest request;
  request.set_refresh(token);
  return request;
}

Listener::Listener(bus::Bus& bus, const std::string& subject)
    : subscription_(bus.subscribe(subject, [this](std::string_view payload) {
        std::lock_guard lock(mutex_);
        messages_.emplace_back(payload);
      })) {
  marquee::testing::eventually([&] { return bus.flush(200); });
}

std::vector<std::string> Listener::wait_for(std::size_t count) {
  marquee::testing::eventually([&] {
    std::lock_guard lock(mutex_);
    return messages_.size() >= count;
  });
  std::lock_guard lock(mutex_);
  return messages_;
}

}  // namespace marquee::auth::testing
