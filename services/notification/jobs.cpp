#include "services/notification/jobs.h"

#include "libs/core/log.h"
#include "libs/events/backoff.h"
#include "libs/ops/live_registry.h"
#include "marquee/movie/v1/audience.pb.h"
#include "services/notification/notification_text.h"

namespace marquee::notification {
namespace {

using namespace std::chrono_literals;

constexpr auto kEvery = 1s;
constexpr auto kLease = 60s;
constexpr auto kStepMax = 10s;
constexpr auto kAskMax = 3s;
constexpr auto kRetryFirst = 500ms;
constexpr auto kRetryMax = 60s;

Deadline within(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace

Jobs::Jobs(const JobsStore& store, rpc::Channel& movie, users::UserDirectory& users,
           live::Publisher& live, const Config& config, std::function<void()> mails_due,
           AtStep at_step)
    : store_(store),
      movie_(movie),
      users_(users),
      live_(live),
      config_(config),
      mails_due_(std::move(mails_due)),
      at_step_(std::move(at_step)),
      worker_("jobs", kEvery, [this] { return round(); }) {}

bool Jobs::round() {
  waiting_ = store_.waiting(within(kStepMax));
  const auto job = store_.claim(within(kStepMax), kLease);
  if (!job) return false;
  at(Step::kClaimed);
  try {
    return work(*job);
  } catch (const Error& error) {
    failed_.add();
    log::warn("job put off", {{"job", job->id}, {"kind", job->kind}, {"reason", error.reason()}});
    store_.put_off(within(kStepMax), *job,
                   events::backoff(kRetryFirst, kRetryMax, job->failures + 1));
    return true;
  }
}

bool Jobs::work(const Job& job) {
  if (job.forget) {
    store_.forget_some(within(kStepMax), job, config_.chunk);
  } else if (find_kind(job.kind) == nullptr) {
    store_.end(within(kStepMax), job);
  } else {
    tell(job);
  }
  return true;
}

void Jobs::tell(const Job& job) {
  movie::v1::ListAudienceRequest request;
  request.set_movie_id(job.movie_id);
  request.set_after_user_id(job.position);
  request.set_limit(config_.chunk);
  const auto call = rpc::Call::for_current_request(within(kAskMax));
  movie::v1::ListAudienceReply page;
  try {
    page = movie_.call<movie::v1::ListAudienceReply>("marquee.movie.v1.Audience/ListAudience",
                                                     request, call);
  } catch (const Error& error) {
    if (error.code() != Code::kNotFound) throw;
    store_.end(within(kStepMax), job);  // the film is gone, and its audience with it
    return;
  }
  const auto names = users_.users(call, {job.actor_id});
  at(Step::kAsked);
  std::vector<std::int64_t> users(page.user_ids().begin(), page.user_ids().end());
  const bool last = page.last() || users.empty();
  const std::int64_t next = users.empty() ? job.position : users.back();
  std::erase(users, job.actor_id);
  const auto all =
      store_.tell(within(kStepMax), job, users, last ? std::nullopt : std::optional(next),
                  page.movie_title(), config_.rules());
  if (!all) return;
  at(Step::kCommitted);
  const auto actor = names.find(job.actor_id);
  announce(job, actor == names.end() ? std::string() : actor->second.username, *all);
  if (last) log::info("told", {{"kind", job.kind}, {"movie", job.movie_id}});
}

void Jobs::announce(const Job& job, const std::string& actor, const std::vector<Told>& all) {
  Names names;
  if (!actor.empty()) names[job.actor_id].username = actor;
  v1::NewNotification event;
  for (const auto& told : all) {
    told_.add();
    if (!told.push) continue;
    fill(told.notification, names, *event.mutable_notification());
    event.set_unread_count(told.unread);
    live_.publish(topic_of(told.user_id), event);
  }
  if (!all.empty()) mails_due_();
}

void Jobs::read(ops::Scrape& scrape) const {
  scrape.counter("marquee_notifications_told_total", "Notifications made or added to", {},
                 told_.value());
  scrape.counter("marquee_notification_jobs_failed_total", "Steps of jobs that were put off", {},
                 failed_.value());
  scrape.gauge("marquee_notification_jobs_waiting", "Jobs that are not done", {}, waiting_.load());
}

}  // namespace marquee::notification
