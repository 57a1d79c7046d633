#include "libs/events/outbox.h"

#include "libs/core/call_context.h"

namespace marquee::events {
namespace {

constexpr db::Statement kInsert{
    "outbox_insert",
    "INSERT INTO outbox (type, subject, traceparent, payload) VALUES ($1, $2, $3, $4::bytea)"};

}  // namespace

std::string current_traceparent() {
  const CallContext* context = CallContext::current();
  if (context == nullptr || context->trace == nullptr) return {};
  return std::string(context->trace->traceparent());
}

void Outbox::insert(db::Tx& tx, const char* type, std::int64_t subject,
                    const std::string& payload) {
  tx.exec(kInsert, type, subject, current_traceparent(), db::bytea(payload));
  told_by_statement(tx);
}

void Outbox::told_by_statement(db::Tx& tx) {
  tx.after_commit([this] { wake(); });
}

bool Outbox::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const bool woken = changed_.wait_for(lock, patience, [this] { return woken_; });
  woken_ = false;
  return woken;
}

void Outbox::wake() {
  {
    std::lock_guard lock(mutex_);
    if (woken_) return;
    woken_ = true;
  }
  changed_.notify_one();
}

}  // namespace marquee::events
