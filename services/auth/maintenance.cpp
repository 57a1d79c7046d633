#include "services/auth/maintenance.h"

#include "libs/core/log.h"
#include "services/auth/sessions_store.h"

namespace marquee::auth {
namespace {

constexpr std::chrono::seconds kStepPatience{5};
constexpr int kBatch = 1000;
// A round removes this much at most; the next one goes on.
constexpr int kBatchesMax = 100;

Deadline step_deadline() {
  return std::chrono::steady_clock::now() + kStepPatience;
}

}  // namespace

Maintenance::Maintenance(db::Pool& database, KeyRing& keys, milliseconds interval,
                         const Clock& clock)
    : database_(database), keys_(keys), interval_(interval), clock_(clock), thread_([this] {
        run();
      }) {}

Maintenance::~Maintenance() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Maintenance::run_once() {
  keys_.rotate_if_due(step_deadline());
  keys_.purge(step_deadline());
  std::int64_t removed = 0;
  for (int batch = 0; batch < kBatchesMax; ++batch) {
    auto rows = database_.write(
        step_deadline(), [&](db::Tx& tx) { return purge_expired(tx, clock_.now(), kBatch); });
    removed += rows;
    if (rows < kBatch) break;
  }
  if (removed > 0) log::info("expired sessions removed", {{"rows", removed}});
}

void Maintenance::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval_, [this] { return ending_; })) {
    lock.unlock();
    try {
      run_once();
    } catch (const std::exception& error) {
      log::warn("maintenance failed", {{"error", error.what()}});
    }
    lock.lock();
  }
}

}  // namespace marquee::auth
