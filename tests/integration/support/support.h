// What the tests of services that ask auth have in common: an auth service that knows whom a test
// tells it, callers, and the events of others.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "libs/events/config.h"
#include "libs/rpc/server.h"
#include "libs/testing/process.h"

namespace marquee::testing {

// The auth service's Directory.
class FakeAuth {
 public:
  FakeAuth();
  std::string target() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  void add(std::int64_t id, const std::string& username, bool is_private = false);
  void remove(std::int64_t id);
  int calls() const;
  void stop() { server_->stop(std::chrono::milliseconds(100)); }

 private:
  struct Known {
    std::string username;
    bool is_private = false;
  };
  mutable std::mutex mutex_;
  std::map<std::int64_t, Known> users_;
  int calls_ = 0;
  std::unique_ptr<rpc::Server> server_;
};

// A stream for each database, so that tests hear nothing of each other.
events::Config events_config(const std::string& database_url);
// As the auth service does it, to the services on that database.
void tell_deleted(const std::string& database_url, std::int64_t user);

rpc::Call as(std::int64_t user);
rpc::Call as_admin();  // user 9
rpc::Call anonymous();

// What `work` throws; fails the test when it throws nothing.
Error error_of(const std::function<void()>& work);

}  // namespace marquee::testing
