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

}  // namespace

events::Handlers fact_handlers(const JobsStore& store, std::chrono::milliseconds news_age,
                               const std::function<void()>& jobs_added) {
  events::Handlers handlers;
  handlers.on_many(
      events::kReviewCreated,
      [&store, news_age, jobs_added](
          db::Tx& tx, const std::vector<events::Heard<events::v1::ReviewCreated>>& heard) {
        std::vector<Job> jobs;
        for (const auto& [event, told] : heard) {
          if (is_older(event, news_age)) continue;
          Job& job = jobs.emplace_back();
          job.kind = "review";
          job.movie_id = told.movie_id();
          job.actor_id = told.user_id();
          job.source_id = event.subject;
        }
        if (jobs.empty()) return;
        store.add_tells(tx, jobs);
        tx.after_commit(jobs_added);
      });
  handlers.on(events::kReviewDeleted,
              [&store](db::Tx& tx, const StoredEvent& event, const events::v1::ReviewDeleted&) {
                store.review_gone(tx, event.subject);
              });
  handlers.on(
      events::kMovieChanged, [&store, news_age, jobs_added](db::Tx& tx, const StoredEvent& event,
                                                            const events::v1::MovieChanged& told) {
        // A new film has no audience yet, a deleted one has none any more.
        if (told.change() != events::v1::MovieChanged::CHANGE_EDITED || is_older(event, news_age))
          return;
        Job job;
        job.kind = "movie";
        job.movie_id = event.subject;
        job.actor_id = told.user_id();
        store.add_tells(tx, {job});
        tx.after_commit(jobs_added);
      });
  handlers.on(events::kUserDeleted, [&store, jobs_added](db::Tx& tx, const StoredEvent& event,
                                                         const events::v1::UserDeleted&) {
    store.user_gone(tx, event.subject);
    tx.after_commit([jobs_added, user = event.subject] {
      jobs_added();
      log::info("deleted user followed", {{"user", user}});
    });
  });
  return handlers;
}

}  // namespace marquee::notification
