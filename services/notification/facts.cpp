#include "services/notification/facts.h"

#include "libs/core/log.h"
#include "marquee/events/v1/movies.pb.h"
#include "marquee/events/v1/users.pb.h"

namespace marquee::notification {

using events::StoredEvent;

namespace {

bool is_older(const StoredEvent& event, std::chrono::milliseconds age) {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::microseconds(event.occurred_at_us) < since_1970 - age;
}

void add_tells(db::Tx& tx, const JobsStore& store, Jobs& jobs, const std::vector<Job>& tells) {
  const auto lease = jobs.lease();
  tx.after_commit([&jobs, lease, added = store.add_tells(tx, tells, lease)] {
    if (lease.count() > 0) {
      jobs.take(added);
    } else {
      jobs.wake();
    }
  });
}

}  // namespace

events::Handlers fact_handlers(const JobsStore& store, std::chrono::milliseconds news_age,
                               Jobs& jobs) {
  events::Handlers handlers;
  handlers.on_many(
      events::kReviewCreated,
      [&store, news_age, &jobs](
          db::Tx& tx, const std::vector<events::Heard<events::v1::ReviewCreated>>& heard) {
        std::vector<Job> tells;
        for (const auto& [event, told] : heard) {
          if (is_older(event, news_age)) continue;
          Job& job = tells.emplace_back();
          job.kind = "review";
          job.movie_id = told.movie_id();
          job.actor_id = told.user_id();
          job.source_id = event.subject;
        }
        if (!tells.empty()) add_tells(tx, store, jobs, tells);
      });
  handlers.on(events::kReviewDeleted,
              [&store](db::Tx& tx, const StoredEvent& event, const events::v1::ReviewDeleted&) {
                store.review_gone(tx, event.subject);
              });
  handlers.on(
      events::kMovieChanged, [&store, news_age, &jobs](db::Tx& tx, const StoredEvent& event,
                                                       const events::v1::MovieChanged& told) {
        // A new film has no audience yet, a deleted one has none any more.
        if (told.change() != events::v1::MovieChanged::CHANGE_EDITED || is_older(event, news_age))
          return;
        Job job;
        job.kind = "movie";
        job.movie_id = event.subject;
        job.actor_id = told.user_id();
        add_tells(tx, store, jobs, {job});
      });
  handlers.on(events::kUserDeleted, [&store, &jobs](db::Tx& tx, const StoredEvent& event,
                                                    const events::v1::UserDeleted&) {
    store.user_gone(tx, event.subject);
    tx.after_commit([&jobs, user = event.subject] {
      jobs.wake();
      log::info("deleted user followed", {{"user", user}});
    });
  });
  return handlers;
}

}  // namespace marquee::notification
