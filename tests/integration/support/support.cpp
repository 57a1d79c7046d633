#include "tests/integration/support/support.h"

#include "libs/bus/jetstream.h"
#include "libs/events/types.h"
#include "libs/events/wire.h"
#include "libs/testing/event_id.h"
#include "libs/testing/nats.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "tests/catch.h"

namespace marquee::testing {
namespace {

constexpr std::chrono::seconds kPatience{10};

Deadline soon() {
  return std::chrono::steady_clock::now() + kPatience;
}

}  // namespace

FakeAuth::FakeAuth() : server_(std::make_unique<rpc::Server>(rpc::ServerConfig{}, nullptr)) {
  auto& directory = server_->service("marquee.auth.v1.Directory");
  directory.on("GetUsers", [this](const rpc::Call&, const auth::v1::GetUsersRequest& request) {
    auth::v1::GetUsersReply reply;
    std::lock_guard lock(mutex_);
    ++calls_;
    for (auto id : request.ids()) {
      auto known = users_.find(id);
      if (known == users_.end()) continue;
      auto& user = *reply.add_users();
      user.set_id(id);
      user.set_username(known->second.username);
      user.set_is_private(known->second.is_private);
    }
    return reply;
  });
  directory.on("GetMailAddresses", [](const rpc::Call&, const auth::v1::GetUsersRequest&) {
    return auth::v1::GetMailAddressesReply();
  });
  directory.on("EnsureAccounts", [](const rpc::Call&, const auth::v1::EnsureAccountsRequest&) {
    return auth::v1::EnsureAccountsReply();
  });
  server_->start();
}

void FakeAuth::add(std::int64_t id, const std::string& username, bool is_private) {
  std::lock_guard lock(mutex_);
  users_[id] = {username, is_private};
}

void FakeAuth::remove(std::int64_t id) {
  std::lock_guard lock(mutex_);
  users_.erase(id);
}

int FakeAuth::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

events::Config events_config(const std::string& database_url) {
  auto begin = database_url.find("dbname=") + 7;
  events::Config config;
  config.stream = config.prefix = database_url.substr(begin, database_url.find(' ', begin) - begin);
  config.sweep = std::chrono::milliseconds(200);
  return config;
}

void tell_deleted(const std::string& database_url, std::int64_t user) {
  bus::Bus bus(Nats::shared().url(), "auth-test");
  const auto config = events_config(database_url);
  events::StoredEvent event;
  event.id = new_event_id();
  event.type = events::kUserDeleted.name;
  event.subject = user;
  const bus::StoredMessage message{config.prefix + "." + event.type, event.id, encode(event)};
  // The stream is there when some replica has made it.
  const bool told = eventually(
      [&] { return bus.connected() && bus::JetStream(bus).publish({message}, kPatience); });
  if (!told) throw std::runtime_error("JetStream does not take events");
}

rpc::Call as(std::int64_t user) {
  rpc::Caller caller;
  caller.user_id = user;
  return rpc::Call(caller, soon(), "test");
}

rpc::Call as_admin() {
  rpc::Caller caller;
  caller.user_id = 9;
  caller.role = rpc::Caller::Role::kAdmin;
  return rpc::Call(caller, soon(), "test");
}

rpc::Call anonymous() {
  return rpc::Call(rpc::Caller{}, soon(), "test");
}

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return Error(Code::kOk, "", "");
}

}  // namespace marquee::testing
