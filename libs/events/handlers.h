// What a consumer does with events, by type. A handler works within a transaction of its own
// service, which also remembers that the event was handled: what it writes happens once, however
// often the event comes. It may run again when it has thrown or its commit failed, so it has no
// effect outside of the transaction except by tx.after_commit(). Events of different subjects come
// in any order, those of one subject nearly always in theirs.
//
//   events::Handlers handlers;
//   handlers.on(events::kUserDeleted, [this](db::Tx& tx, const events::StoredEvent& event,
//                                            const events::v1::UserDeleted&) { ... });
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "libs/core/error.h"
#include "libs/db/tx.h"
#include "libs/events/types.h"
#include "libs/events/wire.h"

namespace marquee::events {

class Handlers {
 public:
  using Handler = std::function<void(db::Tx&, const StoredEvent&)>;

  template <typename Message, typename Handle>
  void on(const Type<Message>& type, Handle handle) {
    by_type_[type.name] = [handle = std::move(handle)](db::Tx& tx, const StoredEvent& event) {
      Message message;
      if (!message.ParseFromString(event.payload)) {
        throw Error::invalid("unreadable_event", "The event's payload is unreadable");
      }
      handle(tx, event, message);
    };
  }
  // Null for a type that nothing is done about.
  const Handler* find(const std::string& type) const {
    auto it = by_type_.find(type);
    return it == by_type_.end() ? nullptr : &it->second;
  }
  const std::map<std::string, Handler>& all() const { return by_type_; }

 private:
  std::map<std::string, Handler> by_type_;
};

}  // namespace marquee::events
