// Writes that pay together: those of one kind that come while a transaction of that kind runs are
// put into the next one, as one statement of many rows (group_commit.h says what each is promised).
// A write alone waits for nobody.
//
//   db::GroupWriter<Rating, SavedRating> ratings(pool, &key_of, [](db::Tx& tx, auto& group) {
//     for (const auto& row : tx.exec(kSave, columns_of(group), group.lock_wait())) {
//       group.answer(index_of(row), read(row));
//     }
//   });
//   SavedRating saved = ratings.write(call.deadline(), {user, movie, half_stars});
//
// Lives as long as its store; any thread.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/db/group_commit.h"
#include "libs/db/pool.h"

namespace marquee::db {

template <typename Item, typename Outcome>
class GroupWriter {
 public:
  class Group;
  // Two writes of one key are never in one group; different items may share a key.
  using KeyOf = std::uint64_t (*)(const Item&);
  // A single statement that obeys Group::lock_wait(). May be run again, after it has thrown or was
  // rolled back.
  using Write = std::function<void(Tx&, Group&)>;

  GroupWriter(Pool& pool, KeyOf key_of, Write write)
      : pool_(pool),
        key_of_(key_of),
        write_(std::move(write)),
        commits_(
            [this](const Deadline& deadline, const GroupCommit::Group& calls,
                   std::chrono::milliseconds lock_wait) { attempt(deadline, calls, lock_wait); }) {}
  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;

  // Throws the error of this write.
  Outcome write(const Deadline& deadline, const Item& item) {
    Call call(deadline, key_of_(item), item);
    commits_.carry_out(call);
    return std::move(*call.outcome);
  }

  WriteQueueStats stats() const { return commits_.stats(); }

 private:
  struct Call : GroupCommit::Write {
    Call(const Deadline& until, std::uint64_t key_of_item, const Item& what)
        : GroupCommit::Write(until, key_of_item), item(what) {}
    const Item& item;
    std::optional<Outcome> outcome;
  };

  void attempt(const Deadline& deadline, const GroupCommit::Group& calls,
               std::chrono::milliseconds lock_wait) {
    std::optional<Group> group;
    pool_.write_statement(deadline, [&](Tx& tx) {
      group.emplace(calls, lock_wait);
      write_(tx, *group);
    });
    group->refuse_others(Error(Code::kInternal, "internal", "Internal server error"));
    group->deliver(calls);
  }

  Pool& pool_;
  const KeyOf key_of_;
  const Write write_;
  GroupCommit commits_;
};

// What a statement writes, and where it leaves what came of each. An item left without an answer
// is an INTERNAL error.
template <typename Item, typename Outcome>
class GroupWriter<Item, Outcome>::Group {
 public:
  Group(const GroupCommit::Group& calls, std::chrono::milliseconds wait)
      : lock_wait_(wait), answers_(calls.size()) {
    for (const auto* call : calls) items.push_back(&static_cast<const Call*>(call)->item);
  }

  void answer(std::size_t item, Outcome outcome) { answers_.at(item).outcome = std::move(outcome); }
  void refuse(std::size_t item, const Error& error) {
    answers_.at(item).failure = std::make_exception_ptr(error);
  }
  // Those that have no answer yet.
  void refuse_others(const Error& error) {
    std::exception_ptr failure;
    for (Answer& answer : answers_) {
      if (answer.outcome || answer.failure) continue;
      if (!failure) failure = std::make_exception_ptr(error);
      answer.failure = failure;
    }
  }

  // For set_config('lock_timeout', ..., true) before the first lock.
  std::string lock_wait() const { return std::to_string(lock_wait_.count()); }

  std::vector<const Item*> items;

 private:
  friend class GroupWriter;
  struct Answer {
    std::optional<Outcome> outcome;
    std::exception_ptr failure;
  };

  void deliver(const GroupCommit::Group& calls) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (answers_[i].outcome) {
        static_cast<Call*>(calls[i])->outcome = std::move(answers_[i].outcome);
      } else if (answers_[i].failure) {
        calls[i]->fail(answers_[i].failure);
      } else {
        calls[i]->fail(
            std::make_exception_ptr(Error(Code::kInternal, "internal", "Internal server error")));
      }
    }
  }

  const std::chrono::milliseconds lock_wait_;
  std::vector<Answer> answers_;
};

}  // namespace marquee::db
