// The SQL of work that goes on after an event: who is told, a chunk at a time, and what goes with a
// deleted user. Stateless; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/db/pool.h"
#include "services/notification/inbox_store.h"
#include "services/notification/kinds.h"

namespace marquee::notification {

struct Job {
  std::int64_t id = 0;
  bool forget = false;  // else: tell
  std::string kind;
  std::int64_t movie_id = 0;
  std::int64_t actor_id = 0;
  std::optional<std::int64_t> source_id;
  std::int64_t position = 0;
  int failures = 0;
};

// Who wants to be told, and by which ways besides the inbox.
struct Reader {
  std::int64_t user = 0;
  bool push = false;
  bool email = false;
  bool digest = false;  // of mails
};

// What is told next of a job.
struct Telling {
  Job job;
  std::vector<std::int64_t> users;   // who may be told
  std::vector<Reader> readers;       // those of them who want it
  std::optional<std::int64_t> next;  // where it goes on; unset: it ends
  std::string title;
};

// Made or added to, of one user.
struct Told {
  std::int64_t user_id = 0;
  StoredNotification notification;
  bool push = false;
  std::int64_t unread = 0;
};

struct TellRules {
  std::chrono::milliseconds group_window;  // more is added for that long
  std::chrono::milliseconds mail_delay;    // from a notification to its mail, at once
  std::chrono::milliseconds mail_digest;   // the same, gathered
};

class JobsStore {
 public:
  explicit JobsStore(db::Pool& pool) : pool_(pool) {}

  // Within the transaction that handles the events. Those that were added, claimed for `lease` by
  // who adds them (0: by nobody).
  std::vector<Job> add_tells(db::Tx& tx, const std::vector<Job>& jobs,
                             std::chrono::milliseconds lease) const;
  // Removes what the user has here, and adds the job that takes the user out of what others have.
  void user_gone(db::Tx& tx, std::int64_t user) const;
  // What was still to be told of a review that is gone.
  void review_gone(db::Tx& tx, std::int64_t review) const;

  // Up to `limit` that nobody is at, for `lease`, the oldest first.
  std::vector<Job> claim(const Deadline& deadline, std::chrono::milliseconds lease,
                         std::int64_t limit) const;
  // Finds the readers among the users of each.
  void choose_readers(const Deadline& deadline, std::vector<Telling>& tellings) const;
  // Tells the readers of each and moves its job on, or ends it; all in one transaction. No two are
  // of one kind and film. Those whose job is not at that place any more are left out: somebody else
  // did them.
  std::vector<Told> tell(const Deadline& deadline, const std::vector<Telling>& tellings,
                         const TellRules& rules) const;
  // Takes the user out of up to `limit` notifications of others, and ends the job when there are no
  // more. Returns whether there may be.
  bool forget_some(const Deadline& deadline, const Job& job, std::int64_t limit) const;
  // Nothing of it is left to do.
  void end(const Deadline& deadline, const Job& job) const;
  // Each for its time.
  void put_off(const Deadline& deadline, const std::vector<Job>& jobs,
               const std::vector<std::chrono::milliseconds>& times) const;
  // Ends their claims.
  void release(const Deadline& deadline, const std::vector<Job>& jobs) const;

  std::int64_t waiting(const Deadline& deadline) const;
  // Removes notifications that were made so long ago, and forgets users who went then, up to
  // `limit` of each. Returns how many notifications.
  std::int64_t prune(const Deadline& deadline, std::chrono::hours age, std::int64_t limit) const;

 private:
  db::Pool& pool_;
};

}  // namespace marquee::notification
