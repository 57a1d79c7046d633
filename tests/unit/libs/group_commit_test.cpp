#include "libs/db/group_commit.h"

#include <future>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "libs/core/error.h"
#include "libs/core/turn_pool.h"
#include "libs/db/tx.h"
#include "tests/catch.h"

namespace marquee::db {
namespace {

using namespace std::chrono_literals;
using Keys = std::vector<std::uint64_t>;

Deadline soon() {
  return std::chrono::steady_clock::now() + 30s;
}

template <typename Condition>
bool eventually(Condition condition) {
  auto until = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

struct Cancellable {
  std::shared_ptr<Cancellation> cancellation = std::make_shared<Cancellation>();
  Deadline deadline{std::chrono::steady_clock::now() + 30s, cancellation};
};

struct Attempted {
  Keys keys;
  std::chrono::milliseconds lock_wait;
  bool operator==(const Attempted&) const = default;
};

// A database that remembers what it was asked for, can be held, and fails as it is told.
class Database {
 public:
  std::function<void(const Attempted&)> fail = [](const Attempted&) {};

  GroupCommit::Attempt attempt() {
    return [this](const Deadline&, const GroupCommit::Group& group,
                  std::chrono::milliseconds lock_wait) {
      Attempted asked{{}, lock_wait};
      for (const auto* write : group) asked.keys.push_back(write->key);
      std::unique_lock lock(mutex_);
      attempts_.push_back(asked);
      changed_.notify_all();
      changed_.wait(lock, [this] { return !held_; });
      fail(asked);
      for (auto key : asked.keys) ++written_[key];
    };
  }

  void hold() { set(true); }
  void release() { set(false); }
  std::vector<Attempted> attempts() {
    std::lock_guard lock(mutex_);
    return attempts_;
  }
  bool wait_for_attempts(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return attempts_.size() >= count; });
  }
  int written(std::uint64_t key) {
    std::lock_guard lock(mutex_);
    return written_[key];
  }

 private:
  void set(bool held) {
    std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  std::vector<Attempted> attempts_;
  std::map<std::uint64_t, int> written_;
};

// Calls on threads of their own; those that are held in groups of one come first.
struct Calls {
  Database& database;
  GroupCommit& commits;
  std::vector<std::future<void>> all;

  std::future<void> begin(std::uint64_t key, Deadline deadline = soon()) {
    return std::async(std::launch::async, [this, key, deadline] {
      GroupCommit::Write write(deadline, key);
      commits.carry_out(write);
    });
  }
  // Returns when it waits for its group.
  std::future<void> queue(std::uint64_t key, Deadline deadline = soon()) {
    auto before = commits.waiting();
    auto call = begin(key, std::move(deadline));
    if (!eventually([&] { return commits.waiting() > before; })) throw std::runtime_error("queue");
    return call;
  }
  // As many groups as may run at the same time, of keys from 1000 on.
  void hold_all() {
    database.hold();
    for (std::size_t i = 0; i < kGroupsAtOnce; ++i) {
      all.push_back(begin(1000 + i));
      if (!database.wait_for_attempts(i + 1)) throw std::runtime_error("hold");
    }
  }
  std::vector<Attempted> after_held() {
    auto attempts = database.attempts();
    return {attempts.begin() + kGroupsAtOnce, attempts.end()};
  }
};

struct Fixture {
  Database database;
  GroupCommit commits{database.attempt()};
  Calls calls{database, commits, {}};
};

Code code_of(std::future<void>& call) {
  try {
    call.get();
    return Code::kOk;
  } catch (const Error& error) {
    return error.code();
  }
}

TEST_CASE("a write that meets nobody is carried out at once, alone") {
  Fixture f;
  for (std::uint64_t key : {1, 2, 1}) {
    GroupCommit::Write write(soon(), key);
    f.commits.carry_out(write);
  }
  CHECK(f.database.attempts() == std::vector<Attempted>{{{1}, kGroupLockWait},
                                                        {{2}, kGroupLockWait},
                                                        {{1}, kGroupLockWait}});
}

TEST_CASE("writes of a turn go together") {
  Fixture f;
  {
    std::promise<void> go;
    core::TurnPool pool("turn", 1, 100);
    pool.post([&] { go.get_future().wait(); });
    for (std::uint64_t key = 1; key <= 5; ++key) {
      pool.post([&f, key] {
        GroupCommit::Write write(soon(), key);
        f.commits.carry_out(write);
      });
    }
    go.set_value();
  }
  CHECK(f.database.attempts() == std::vector<Attempted>{{{1, 2, 3, 4, 5}, kGroupLockWait}});
}

TEST_CASE("what comes while groups run goes into the next one, in its order, no more than it may") {
  Fixture f;
  f.calls.hold_all();
  Keys expected;
  std::vector<std::future<void>> calls;
  for (std::uint64_t key = 0; key < kGroupMax + 3; ++key) {
    calls.push_back(f.calls.queue(key));
    expected.push_back(key);
  }
  f.database.release();
  for (auto& call : calls) CHECK(code_of(call) == Code::kOk);
  auto attempts = f.calls.after_held();
  REQUIRE(attempts.size() == 2);
  if (attempts[0].keys.size() == 3) std::swap(attempts[0], attempts[1]);
  CHECK(attempts[0].keys == Keys(expected.begin(), expected.begin() + kGroupMax));
  CHECK(attempts[1].keys == Keys(expected.begin() + kGroupMax, expected.end()));
}

TEST_CASE("how many wait, share a group and give up is counted") {
  Fixture f;
  f.calls.hold_all();
  f.calls.all.push_back(f.calls.queue(1));
  f.calls.all.push_back(f.calls.queue(2));
  auto unwanted = f.calls.begin(3, std::chrono::steady_clock::now() + 1ms);
  CHECK_THROWS_AS(unwanted.get(), Error);
  auto stats = f.commits.stats();
  CHECK(stats.waiting == 2);
  CHECK(stats.running == kGroupsAtOnce);
  CHECK(stats.batches == kGroupsAtOnce);
  CHECK(stats.gave_up == 1);
  f.database.release();
  for (auto& call : f.calls.all) call.get();
  stats = f.commits.stats();
  CHECK(stats.waiting == 0);
  CHECK(stats.running == 0);
  CHECK(stats.batches == kGroupsAtOnce + 1);
  CHECK(stats.writes == kGroupsAtOnce + 2);
  std::uint64_t waits = 0;
  for (auto count : stats.waits.counts) waits += count;
  CHECK(waits == stats.writes);
}

TEST_CASE("two writes of a key go one after the other") {
  Fixture f;
  f.calls.hold_all();
  std::vector<std::future<void>> calls;
  for (std::uint64_t key : {7, 7, 8, 7, 1000}) calls.push_back(f.calls.queue(key));
  f.database.release();
  for (auto& call : calls) CHECK(code_of(call) == Code::kOk);
  CHECK(f.database.written(7) == 3);
  CHECK(f.database.written(1000) == 2);
  for (const auto& attempt : f.database.attempts()) {
    CHECK(std::set<std::uint64_t>(attempt.keys.begin(), attempt.keys.end()).size() ==
          attempt.keys.size());
  }
}

TEST_CASE("a group that fails blames nobody: each gets what comes of it alone") {
  Fixture f;
  f.database.fail = [](const Attempted& asked) {
    for (auto key : asked.keys) {
      if (key == 2) throw ConstraintViolation(Code::kAlreadyExists, "one_of_a_kind");
      if (key == 4) throw Error::invalid("out_of_range", "A value is out of range");
    }
  };
  f.calls.hold_all();
  std::vector<std::future<void>> calls;
  for (std::uint64_t key = 1; key <= 5; ++key) calls.push_back(f.calls.queue(key));
  f.database.release();
  std::vector<Code> codes;
  for (auto& call : calls) codes.push_back(code_of(call));
  CHECK(codes == std::vector<Code>{Code::kOk, Code::kAlreadyExists, Code::kOk,
                                   Code::kInvalidArgument, Code::kOk});
  for (std::uint64_t key : {1, 3, 5}) CHECK(f.database.written(key) == 1);
  CHECK(f.calls.after_held().size() == 6);
}

TEST_CASE("a lost connection is told to all of a group, and nothing is tried again") {
  Fixture f;
  f.database.fail = [](const Attempted& asked) {
    if (asked.keys.size() > 1) throw Error::unavailable("database_unavailable", "lost");
  };
  f.calls.hold_all();
  std::vector<std::future<void>> calls;
  for (std::uint64_t key = 1; key <= 3; ++key) calls.push_back(f.calls.queue(key));
  f.database.release();
  for (auto& call : calls) CHECK(code_of(call) == Code::kUnavailable);
  CHECK(f.calls.after_held().size() == 1);
}

TEST_CASE("who waits for a lock waits alone, for as long as it takes") {
  Fixture f;
  f.database.fail = [](const Attempted& asked) {
    if (asked.lock_wait == kAnyLockWait) return;
    for (auto key : asked.keys) {
      if (key == 2) throw LockTimeout();
    }
  };
  f.calls.hold_all();
  std::vector<std::future<void>> calls;
  for (std::uint64_t key = 1; key <= 3; ++key) calls.push_back(f.calls.queue(key));
  f.database.release();
  for (auto& call : calls) CHECK(code_of(call) == Code::kOk);
  auto attempts = f.calls.after_held();
  CHECK(attempts.front() == Attempted{{1, 2, 3}, kGroupLockWait});
  CHECK(std::count(attempts.begin(), attempts.end(), Attempted{{2}, kAnyLockWait}) == 1);
  CHECK(std::count_if(attempts.begin(), attempts.end(), [](const Attempted& attempt) {
          return attempt.lock_wait == kAnyLockWait;
        }) == 1);
  for (std::uint64_t key : {1, 2, 3}) CHECK(f.database.written(key) == 1);
}

TEST_CASE("who gives up before his group begins is left out") {
  Fixture f;
  f.calls.hold_all();
  Cancellable gone;
  auto cancelled = f.calls.queue(1, gone.deadline);
  auto wanted = f.calls.queue(2);
  gone.cancellation->cancel();
  // He learns of it while the others still run.
  auto late = f.calls.begin(3, std::chrono::steady_clock::now() + 1ms);
  CHECK(code_of(late) == Code::kDeadlineExceeded);
  f.database.release();
  CHECK(code_of(cancelled) == Code::kCancelled);
  CHECK(code_of(wanted) == Code::kOk);
  CHECK(f.database.written(1) == 0);
  CHECK(f.database.written(3) == 0);
  CHECK(f.calls.after_held() == std::vector<Attempted>{{{2}, kGroupLockWait}});
}

TEST_CASE("what has begun is carried out, and the call learns how it ended") {
  Fixture f;
  Cancellable gone;
  f.database.hold();
  auto call = f.calls.begin(1, gone.deadline);
  REQUIRE(f.database.wait_for_attempts(1));
  gone.cancellation->cancel();
  f.database.release();
  CHECK(code_of(call) == Code::kOk);
  CHECK(f.database.written(1) == 1);
}

// Groups fail, lose their connection or wait for locks as chance has it; calls give up. `applied`
// is changed only by attempts that return.
TEST_CASE("each of many writes has one answer, and is written once if that is yes") {
  constexpr int kThreads = 8;
  constexpr int kCallsEach = 400;
  std::mutex mutex;
  std::minstd_rand random(20);
  std::map<std::uint64_t, int> applied;
  bool twice_in_a_group = false;
  GroupCommit commits(
      [&](const Deadline&, const GroupCommit::Group& group, std::chrono::milliseconds lock_wait) {
        std::this_thread::yield();
        std::lock_guard lock(mutex);
        std::set<std::uint64_t> keys;
        for (const auto* write : group) twice_in_a_group |= !keys.insert(write->key).second;
        auto chance = random() % 10;
        if (chance == 0) throw Error::unavailable("database_unavailable", "lost");
        if (chance == 1) throw ConstraintViolation(Code::kAlreadyExists, "some");
        if (chance == 2 && lock_wait != kAnyLockWait) throw LockTimeout();
        for (const auto* write : group) ++applied[write->key];
      });
  std::map<std::uint64_t, int> confirmed;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::minstd_rand own(static_cast<unsigned>(thread) + 1);
      for (int i = 0; i < kCallsEach; ++i) {
        Cancellable call;
        if (own() % 8 == 0) call.cancellation->cancel();
        GroupCommit::Write write(call.deadline, own() % 12);
        try {
          commits.carry_out(write);
          std::lock_guard lock(mutex);
          ++confirmed[write.key];
        } catch (const Error&) {
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(confirmed == applied);
  CHECK_FALSE(twice_in_a_group);
  CHECK(commits.waiting() == 0);
}

}  // namespace
}  // namespace marquee::db
