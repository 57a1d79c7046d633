// Room-sync services in this process on a private Postgres and NATS. Handlers are called directly,
// as a user; what sockets would hear is caught on the bus.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/ops/live_registry.h"
#include "libs/rpc/service_app.h"
#include "marquee/api/live.pb.h"
#include "marquee/rooms/v1/chat.pb.h"
#include "services/room-sync/chat_handlers.h"
#include "services/room-sync/lobby_handlers.h"
#include "services/room-sync/room_sync_service.h"
#include "tests/integration/support/support.h"

namespace marquee::rooms::testing {

using marquee::testing::anonymous;
using marquee::testing::as;
using marquee::testing::as_admin;
using marquee::testing::error_of;
using marquee::testing::eventually;
using marquee::testing::FakeAuth;
using marquee::testing::tell_deleted;

// One process' worth of room-sync.
class Replica {
 public:
  Replica(const std::string& database_url, const std::string& auth_target);

  RoomSyncService* operator->() { return service_.get(); }
  bus::Bus& bus() { return bus_; }

 private:
  db::Pool pool_;
  bus::Bus bus_;
  ops::LiveRegistry registry_;
  rpc::Server server_;
  rpc::Parts parts_;
  std::unique_ptr<RoomSyncService> service_;
};

// What is published to one topic, from now on.
class Heard {
 public:
  explicit Heard(std::string topic);

  // All messages of the type so far; waits for `count` of them.
  template <typename Message>
  std::vector<Message> wait(std::size_t count) {
    std::vector<Message> found;
    eventually([&] {
      found.clear();
      std::lock_guard lock(mutex_);
      for (const auto& live : messages_) {
        Message message;
        if (live.type() != message.GetTypeName()) continue;
        message.ParseFromString(live.payload());
        found.push_back(std::move(message));
      }
      return found.size() >= count;
    });
    return found;
  }

 private:
  const std::string topic_;
  std::mutex mutex_;
  std::vector<api::LiveMessage> messages_;
  bus::Bus bus_;
  bus::Subscription subscription_;
};

// A database of its own, users 1 ann, 2 bob and 9 root (admin), two replicas.
struct Suite {
  Suite();
  // Says it, as the user; the line.
  v1::ChatLine say(std::int64_t user, const std::string& room, const std::string& said);
  // The newest lines, by any replica.
  v1::ListMessagesReply lines(const std::string& room);

  FakeAuth auth;
  std::string database_url;
  Replica one;
  Replica two;
};

}  // namespace marquee::rooms::testing
