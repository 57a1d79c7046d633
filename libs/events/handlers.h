// What a consumer does with events, by type. A handler works within a transaction of its own
// service, which also remembers that the event was handled: what it writes happens once, however
// often the event comes. It may run again when it has thrown or its commit failed, so it has no
// effect outside of the transaction except by tx.after_commit(). Events of different subjects come
// in any order, those of one subject nearly always in theirs.
//
//   events::Handlers handlers;
//   handlers.on(events::kUserDeleted, [this](db::Tx& tx, const events::StoredEvent& event,
//                                            const events::v1::UserDeleted&) { ... });
//
// What comes often and costs little is handled many at a time, in one transaction, in the order in
// which it came. When that fails, each is handled alone.
//
//   handlers.on_many(events::kReviewCreated,
//                    [this](db::Tx& tx, const
//                    std::vector<events::Heard<events::v1::ReviewCreated>>&
//                                           heard) { ... });
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libs/core/error.h"
#include "libs/db/tx.h"
#include "libs/events/types.h"
#include "libs/events/wire.h"

namespace marquee::events {

template <typename Message>
struct Heard {
  const StoredEvent& event;
  Message message;
};

// Of one type.
struct Handler {
  using Events = std::vector<const StoredEvent*>;

  std::function<void(db::Tx&, const Events&)> handle;
  bool many = false;  // else always one

  void operator()(db::Tx& tx, const StoredEvent& event) const { handle(tx, {&event}); }
};

class Handlers {
 public:
  template <typename Message, typename Handle>
  void on(const Type<Message>& type, Handle handle) {
    by_type_[type.name] = {[handle = std::move(handle)](db::Tx& tx, const Handler::Events& events) {
                             for (const StoredEvent* event : events)
                               handle(tx, *event, read<Message>(*event));
                           },
                           false};
  }
  template <typename Message, typename Handle>
  void on_many(const Type<Message>& type, Handle handle) {
    by_type_[type.name] = {[handle = std::move(handle)](db::Tx& tx, const Handler::Events& events) {
                             std::vector<Heard<Message>> heard;
                             for (const StoredEvent* event : events)
                               heard.push_back({*event, read<Message>(*event)});
                             handle(tx, heard);
                           },
                           true};
  }
  // Null for a type that nothing is done about.
  const Handler* find(const std::string& type) const {
    auto it = by_type_.find(type);
    return it == by_type_.end() ? nullptr : &it->second;
  }
  const std::map<std::string, Handler>& all() const { return by_type_; }

 private:
  template <typename Message>
  static Message read(const StoredEvent& event) {
    Message message;
    if (!message.ParseFromString(event.payload)) {
      throw Error::invalid("unreadable_event", "The event's payload is unreadable");
    }
    return message;
  }

  std::map<std::string, Handler> by_type_;
};

}  // namespace marquee::events
