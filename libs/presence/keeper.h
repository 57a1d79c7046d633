// Keeps a PresenceBook by what the gateways say over the bus, and asks them when it begins, when it
// has missed something, and when the bus was away. Every replica of a service keeps one of its own;
// all hear the same, so whoever tells of changes onward decides which replica does.
//
//   presence::Keeper presence(parts.bus, {.kinds = {"chat:"}});
//   presence.online("chat:NEWS");
//
// Owned by a service, beside its bus. Any thread; has one of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "libs/bus/bus.h"
#include "libs/presence/book.h"

namespace marquee::presence {

class Keeper {
 public:
  using OnChanges = std::function<void(const std::vector<Change>&)>;

  // `on_changes` hears who came and went, on the keeper's thread; it must not throw.
  Keeper(bus::Bus& bus, BookSettings settings, OnChanges on_changes = {});
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // As in PresenceBook.
  std::size_t online(std::string_view topic) const;
  MemberPage members(std::string_view topic, std::int64_t after, std::size_t limit) const;
  bool present(std::string_view topic, std::int64_t user) const;

 private:
  struct State;
  void run();

  bus::Bus& bus_;
  const OnChanges on_changes_;
  const std::shared_ptr<State> state_;
  bus::Subscription reports_;
  std::thread thread_;
};

}  // namespace marquee::presence
