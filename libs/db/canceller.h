// Cancels statements whose work nobody wants any more. Asking the server blocks for a moment, so it
// is done by a thread of its own, started when first needed. Owned by the Pool; any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "libs/core/deadline.h"

namespace marquee::db {

class Connection;

class Canceller {
 public:
  // Work on one connection. While it lives, a cancellation ends what the connection runs, again and
  // again until it is settled: a request that comes between two statements has no effect.
  class Watch {
   public:
    // `cancellation` may be null: then nothing happens.
    Watch(Canceller& canceller, Connection& connection, Cancellation* cancellation);
    ~Watch() { settle(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    // From here on nothing reaches the connection: waits for a request that is on its way.
    void settle();

   private:
    friend class Canceller;
    Canceller& canceller_;
    Connection& connection_;
    std::chrono::steady_clock::time_point due_{};
    std::optional<Cancellation::Hook> hook_;
  };

  Canceller() = default;
  // After the last Watch.
  ~Canceller();
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;

 private:
  void request(Watch& watch);
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch*> wanted_;
  Watch* sending_ = nullptr;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace marquee::db
