// Where a service writes down what it tells others for certain, in the transaction that makes it
// true: rolled back, nothing was said; committed, it is told (libs/events/relay.h) whatever
// crashes. The table comes with libs/events/migrations.
//
//   pool.write(deadline, [&](db::Tx& tx) {
//     delete_account(tx, id);
//     outbox.add(tx, events::kUserDeleted, id, events::v1::UserDeleted());
//   });
//
// Owned by the service; any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "libs/db/tx.h"
#include "libs/events/types.h"

namespace marquee::events {

class Outbox {
 public:
  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // `subject`: the id of what it happened to.
  template <typename Message>
  void add(db::Tx& tx, const Type<Message>& type, std::int64_t subject, const Message& message) {
    insert(tx, type.name, subject, message.SerializeAsString());
  }
  // For a statement that writes rows of the table itself (type, subject, traceparent, payload).
  void told_by_statement(db::Tx& tx);

  // For the relay: true when something was committed since the last time, false after `patience`.
  bool wait(std::chrono::milliseconds patience);
  // Makes a wait() return true.
  void wake();

 private:
  void insert(db::Tx& tx, const char* type, std::int64_t subject, const std::string& payload);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

// Of the request that this thread works for; empty outside of any.
std::string current_traceparent();

}  // namespace marquee::events
