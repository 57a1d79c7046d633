#include "libs/core/turn_pool.h"

#include <future>
#include <set>

#include "libs/core/turn.h"
#include "tests/catch.h"

namespace marquee::core {
namespace {

// Adds up what jobs give it, and gives all of them the sum.
class Sum : public Gathering {
 public:
  void run() noexcept override {
    sum_ = pending_;
    ++runs_;
  }
  void add(int value) { pending_ += value; }
  int sum() const { return sum_; }
  int runs() const { return runs_; }

 private:
  int pending_ = 0;
  int sum_ = 0;
  int runs_ = 0;
};

int sum_of_turn(const void* owner, int value, int* runs = nullptr) {
  Turn& turn = *Turn::current();
  auto sum = std::static_pointer_cast<Sum>(turn.open(owner));
  if (!sum) {
    sum = std::make_shared<Sum>();
    turn.add(owner, sum);
  }
  sum->add(value);
  turn.wait_for(*sum);
  if (runs != nullptr) *runs = sum->runs();
  return sum->sum();
}

// Holds a pool's threads until it is released, so that what is posted meanwhile is one turn.
class Held {
 public:
  explicit Held(TurnPool& pool) {
    auto started = std::make_shared<std::promise<void>>();
    pool.post([started, released = released_] {
      started->set_value();
      released->get_future().wait();
    });
    started->get_future().wait();
  }
  void release() { released_->set_value(); }

 private:
  // Shared: the job may still be waking up when the test has gone on.
  std::shared_ptr<std::promise<void>> released_ = std::make_shared<std::promise<void>>();
};

TEST_CASE("a full pool refuses, and runs what it took") {
  std::atomic<int> ran{0};
  {
    TurnPool pool("test", 1, 2);
    Held held(pool);
    REQUIRE(pool.post([&] { ++ran; }));
    std::vector<TurnPool::Job> more(3, [&] { ++ran; });
    REQUIRE(pool.post(more) == 1);
    REQUIRE_FALSE(pool.post([&] { ++ran; }));
    CHECK(pool.queued() == 2);
    held.release();
  }
  REQUIRE(ran == 2);
}

TEST_CASE("jobs of a turn gather once, and each gets its answer") {
  int key = 0;
  std::vector<int> sums(10);
  std::vector<int> runs(10);
  {
    TurnPool pool("test", 1, 100);
    Held held(pool);
    for (int i = 0; i < 10; ++i) {
      pool.post([&, i] { sums[i] = sum_of_turn(&key, i + 1, &runs[i]); });
    }
    held.release();
  }
  for (int i = 0; i < 10; ++i) {
    CHECK(sums[i] == 55);
    CHECK(runs[i] == 1);
  }
}

TEST_CASE("gatherings of different owners and rounds stay apart") {
  int first = 0;
  int second = 0;
  std::vector<std::pair<int, int>> sums(8);
  {
    TurnPool pool("test", 1, 100);
    Held held(pool);
    for (int i = 0; i < 8; ++i) {
      pool.post([&, i] {
        int one = sum_of_turn(i % 2 == 0 ? &first : &second, 1);
        // The next round: those who come here now gather anew.
        int two = sum_of_turn(&first, 10);
        sums[i] = {one, two};
      });
    }
    held.release();
  }
  for (auto [one, two] : sums) {
    CHECK(one == 4);
    CHECK((two == 40 || two == 80));
  }
}

TEST_CASE("a turn takes at most its number of jobs, and none is forgotten") {
  int key = 0;
  constexpr int kJobs = 1'000;
  std::atomic<int> done{0};
  std::atomic<int> largest{0};
  {
    TurnPool pool("test", 3, kJobs);
    for (int i = 0; i < kJobs; ++i) {
      REQUIRE(pool.post([&] {
        int sum = sum_of_turn(&key, 1);
        int seen = largest;
        while (sum > seen && !largest.compare_exchange_weak(seen, sum)) {
        }
        ++done;
      }));
    }
  }
  CHECK(done == kJobs);
  CHECK(largest <= static_cast<int>(kTurnJobsMax));
  CHECK(largest >= 1);
}

TEST_CASE("exceptions of jobs that take turns do not meet") {
  int key = 0;
  std::vector<std::string> caught(6);
  {
    TurnPool pool("test", 1, 100);
    Held held(pool);
    for (int i = 0; i < 6; ++i) {
      pool.post([&, i] {
        try {
          throw std::runtime_error("error " + std::to_string(i));
        } catch (const std::runtime_error&) {
          sum_of_turn(&key, 1);
          try {
            throw;
          } catch (const std::runtime_error& again) {
            caught[i] = again.what();
          }
        }
      });
    }
    held.release();
  }
  for (int i = 0; i < 6; ++i) CHECK(caught[i] == "error " + std::to_string(i));
}

TEST_CASE("work for a pause is done once, before a job blocks and at the end of a turn") {
  int key = 0;
  std::vector<std::string> order;
  bool taken = false;
  bool taken_again = true;
  {
    TurnPool pool("test", 1, 100);
    Held held(pool);
    pool.post([&] {
      taken = Turn::current()->at_pause(&key, [&] { order.push_back("pause"); });
      taken_again = Turn::current()->at_pause(&key, [&] { order.push_back("never"); });
      order.push_back("first");
      Turn::about_to_block();
      order.push_back("blocked");
      Turn::current()->at_pause(&key, [&] { order.push_back("end"); });
      order.push_back("last");
    });
    held.release();
  }
  CHECK(taken);
  CHECK_FALSE(taken_again);
  CHECK(order == std::vector<std::string>{"first", "pause", "blocked", "last", "end"});
}

TEST_CASE("who is about to block leaves the queue to another thread") {
  std::promise<void> blocked;
  std::promise<void> rescued;
  bool in_time = false;
  TurnPool pool("test", 2, 100);
  std::vector<TurnPool::Job> jobs;
  jobs.push_back([&] {
    Turn::about_to_block();
    in_time = rescued.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
    blocked.set_value();
  });
  jobs.push_back([&] { rescued.set_value(); });
  REQUIRE(pool.post(jobs) == 2);
  REQUIRE(blocked.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(in_time);
}

// What a pool tells of jobs that hold up others.
class Told {
 public:
  TurnPool::HeldUp hook() {
    return [this](const char* job, std::size_t waiting) {
      std::lock_guard lock(mutex_);
      if (jobs_.empty()) event.set_value();
      jobs_.emplace_back(waiting > 0 ? job : "nobody waits");
    };
  }
  std::vector<std::string> jobs() const {
    std::lock_guard lock(mutex_);
    return jobs_;
  }
  std::promise<void> event;  // the first

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> jobs_;
};

// False when it takes more than 10 s.
bool comes(std::promise<void>& event) {
  return event.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
}

// False when it takes more than 10 s.
bool sleep_all(const TurnPool& pool, std::size_t threads) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (pool.idle() < threads) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_CASE("what is queued behind a job that blocks without saying so goes on") {
  std::promise<void> rescued;
  std::promise<bool> in_time;
  TurnPool pool("test", 2, 100);
  REQUIRE(sleep_all(pool, 2));
  std::vector<TurnPool::Job> jobs;
  jobs.push_back([&] { in_time.set_value(comes(rescued)); });
  jobs.push_back([&] { rescued.set_value(); });
  REQUIRE(pool.post(jobs) == 2);
  CHECK(in_time.get_future().get());
}

TEST_CASE("who blocks before others and does not say so is told of, nobody else") {
  Told told;
  std::promise<void> announced;
  std::promise<void> end;
  bool in_time = false;
  {
    TurnPool pool("test", 2, 100, told.hook());
    pool.post([&] {
      Turn::doing("has said so");
      Turn::about_to_block();
      announced.set_value();
      end.get_future().wait();
    });
    REQUIRE(comes(announced));
    std::vector<TurnPool::Job> jobs;
    jobs.push_back([&] {
      Turn::doing("waits");
      sum_of_turn(&told, 1);
    });
    jobs.push_back([&] {
      Turn::doing("blocks");
      in_time = comes(told.event);
      end.set_value();
    });
    REQUIRE(pool.post(jobs) == 2);
  }
  CHECK(in_time);
  CHECK(told.jobs() == std::vector<std::string>{"blocks"});
}

TEST_CASE("the work of a pause is done though a job lets the turn not pause") {
  Told told;
  std::promise<void> answered;
  bool in_time = false;
  {
    TurnPool pool("test", 1, 100, told.hook());
    Held held(pool);
    pool.post([&] {
      Turn::doing("has ended");
      Turn::current()->at_pause(&told, [&] { answered.set_value(); });
    });
    pool.post([&] { in_time = comes(answered); });
    held.release();
  }  // closing does not help it
  CHECK(in_time);
  CHECK(told.jobs() == std::vector<std::string>{""});
}

TEST_CASE("outside of a job there is no turn, and blocking is nobody's business") {
  CHECK(Turn::current() == nullptr);
  Turn::about_to_block();
  Turn::doing("nothing");
}

}  // namespace
}  // namespace marquee::core
