#include "tests/integration/rooms/suite.h"

#include "libs/db/migrations.h"
#include "libs/testing/nats.h"
#include "libs/testing/postgres.h"

namespace marquee::rooms::testing {
namespace {

using marquee::testing::Nats;

constexpr int kFlushMs = 5'000;

db::PoolConfig pool_config(const std::string& url) {
  db::PoolConfig config;
  config.database_url = url;
  return config;
}

std::string migrated_database() {
  auto url = marquee::testing::Postgres::shared().create_database("rooms");
  db::Pool pool(pool_config(url));
  db::migrate(pool, migrations());
  return url;
}

}  // namespace

Replica::Replica(const std::string& database_url, const std::string& auth_target)
    : pool_(pool_config(database_url)),
      bus_(Nats::shared().url(), "rooms-test"),
      server_(rpc::ServerConfig{}, nullptr),
      parts_{pool_, bus_, server_, registry_} {
  eventually([this] { return bus_.connected(); });
  Config config;
  config.auth_target = auth_target;
  parts_.events = marquee::testing::events_config(database_url);
  service_ = std::make_unique<RoomSyncService>(config, parts_);
  // The server must know the subscriptions before the test publishes.
  bus_.flush(kFlushMs);
}

Heard::Heard(std::string topic) : topic_(std::move(topic)), bus_(Nats::shared().url(), "socket") {
  eventually([this] { return bus_.connected(); });
  subscription_ = bus_.subscribe("live.>", [this](std::string_view payload) {
    api::LiveMessage live;
    live.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
    if (live.topic() != topic_) return;
    std::lock_guard lock(mutex_);
    messages_.push_back(std::move(live));
  });
  bus_.flush(kFlushMs);
}

Suite::Suite()
    : database_url(migrated_database()),
      one(database_url, auth.target()),
      two(database_url, auth.target()) {
  auth.add(1, "ann");
  auth.add(2, "bob");
  auth.add(9, "root");
}

v1::ChatLine Suite::say(std::int64_t user, const std::string& room, const std::string& said) {
  v1::SendMessageRequest request;
  request.set_room(room);
  request.set_msg(said);
  return one->chat().send_message(as(user), request);
}

v1::ListMessagesReply Suite::lines(const std::string& room) {
  v1::ListMessagesRequest request;
  request.set_room(room);
  return two->chat().list_messages(anonymous(), request);
}

}  // namespace marquee::rooms::testing
