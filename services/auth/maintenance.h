// The service's own clockwork: a thread that now and then removes what has expired and gives
// signing keys their successor. Every replica runs one; they do not disturb each other. Owned by
// AuthService.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/db/pool.h"
#include "services/auth/key_ring.h"

namespace marquee::auth {

class Maintenance {
 public:
  // The first round comes after one interval.
  Maintenance(db::Pool& database, KeyRing& keys, milliseconds interval, const Clock& clock);
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  // One round, on the caller's thread. Throws Error.
  void run_once();

 private:
  void run();

  db::Pool& database_;
  KeyRing& keys_;
  const milliseconds interval_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace marquee::auth
