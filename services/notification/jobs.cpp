#include "services/notification/jobs.h"

#include <algorithm>
#include <map>
#include <set>

#include "libs/core/log.h"
#include "libs/events/backoff.h"
#include "libs/ops/live_registry.h"
#include "marquee/movie/v1/audience.pb.h"
#include "services/notification/notification_text.h"

namespace marquee::notification {
namespace {

using namespace std::chrono_literals;

constexpr auto kEvery = 1s;
constexpr auto kGather = 50ms;
constexpr std::size_t kJobsMost = 256;  // at a time
// Users whose settings are read together, in transactions' worth of readers.
constexpr std::size_t kChunksChosen = 8;
constexpr auto kLease = 60s;
// What waits longer than that is left to others.
constexpr auto kHeldFor = kLease / 2;
constexpr auto kReleaseMax = 1s;
constexpr auto kStepMax = 10s;
constexpr auto kAskMax = 3s;
constexpr auto kRetryFirst = 500ms;
constexpr auto kRetryMax = 60s;

Deadline within(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

// The first ones, of up to so many users together, or one.
std::vector<Telling> take_some(std::vector<Telling>& tellings, std::size_t users_max) {
  std::size_t users = 0;
  auto end = tellings.begin();
  while (end != tellings.end() && (users += end->users.size()) <= users_max) ++end;
  if (end == tellings.begin()) ++end;
  std::vector<Telling> some(std::make_move_iterator(tellings.begin()),
                            std::make_move_iterator(end));
  tellings.erase(tellings.begin(), end);
  return some;
}

// The first ones, no two of one kind and film, of up to so many readers together, or one.
std::vector<Telling> take_chunk(std::vector<Telling>& tellings, std::size_t readers_max) {
  std::vector<Telling> chunk;
  std::vector<Telling> left;
  std::set<std::pair<std::string, std::int64_t>> films;
  std::size_t readers = 0;
  bool full = false;
  for (Telling& telling : tellings) {
    full = full || (!chunk.empty() && readers + telling.readers.size() > readers_max);
    if (full || !films.emplace(telling.job.kind, telling.job.movie_id).second) {
      left.push_back(std::move(telling));
      continue;
    }
    readers += telling.readers.size();
    chunk.push_back(std::move(telling));
  }
  tellings.swap(left);
  return chunk;
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
      worker_(
          "jobs", kEvery, [this] { return round(); }, kGather) {}

// So that nobody waits for the end of their lease.
Jobs::~Jobs() {
  const auto left = held_.take_all();
  if (left.empty()) return;
  try {
    store_.release(within(kReleaseMax), left);
  } catch (const std::exception& error) {
    log::warn("jobs not released", {{"error", error.what()}});
  }
}

std::chrono::milliseconds Jobs::lease() const {
  return held_.full() ? 0s : kLease;
}

void Jobs::take(const std::vector<Job>& jobs) {
  held_.add(jobs, std::chrono::steady_clock::now() + kHeldFor);
  worker_.wake();
}

void Jobs::wake() {
  unclaimed_ = true;
  worker_.wake();
}

bool Jobs::must_look() {
  const auto now = std::chrono::steady_clock::now();
  if (!unclaimed_.exchange(false) && now < looked_at_ + kEvery) return false;
  looked_at_ = now;
  return true;
}

std::vector<Job> Jobs::due() {
  const bool look = must_look();
  auto jobs = held_.take(look ? kJobsMost / 2 : kJobsMost);
  // Not at once, if they are few: more may come meanwhile.
  if (held_.size() > 0) worker_.wake();
  if (!look) return jobs;
  const auto room = kJobsMost - jobs.size();
  const auto claimed = store_.claim(within(kStepMax), kLease, static_cast<std::int64_t>(room));
  if (claimed.size() == room) unclaimed_ = true;
  jobs.insert(jobs.end(), claimed.begin(), claimed.end());
  std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) { return a.id < b.id; });
  return jobs;
}

bool Jobs::round() {
  count_waiting();
  const auto jobs = due();
  if (jobs.empty()) return false;
  at(Step::kClaimed);
  std::vector<Job> tells;
  bool here = true;
  for (const Job& job : jobs) {
    if (job.forget || find_kind(job.kind) == nullptr) {
      here = attempt({job}) && here;
    } else {
      tells.push_back(job);
    }
  }
  here = (tells.empty() || attempt(tells)) && here;
  return here && (unclaimed_ || held_.size() >= kJobsMost);
}

bool Jobs::attempt(const std::vector<Job>& jobs) {
  try {
    work(jobs);
    return true;
  } catch (const Error& error) {
    const bool away = error.code() == Code::kUnavailable || error.code() == Code::kDeadlineExceeded;
    if (away || jobs.size() == 1) {
      put_off(jobs, error);
      return !away;
    }
  }
  bool here = true;
  for (const Job& job : jobs) here = attempt({job}) && here;
  return here;
}

void Jobs::put_off(const std::vector<Job>& jobs, const Error& error) {
  std::vector<std::chrono::milliseconds> times;
  for (const Job& job : jobs) {
    failed_.add();
    times.push_back(events::backoff(kRetryFirst, kRetryMax, job.failures + 1));
  }
  log::warn("jobs put off", {{"jobs", static_cast<std::int64_t>(jobs.size())},
                             {"first", jobs.front().id},
                             {"reason", error.reason()}});
  store_.put_off(within(kStepMax), jobs, times);
}

void Jobs::work(const std::vector<Job>& jobs) {
  const Job& first = jobs.front();
  if (first.forget) {
    if (store_.forget_some(within(kStepMax), first, config_.chunk)) unclaimed_ = true;
  } else if (find_kind(first.kind) == nullptr) {
    store_.end(within(kStepMax), first);
  } else {
    tell(jobs);
  }
}

void Jobs::tell(const std::vector<Job>& jobs) {
  const auto call = rpc::Call::for_current_request(within(kAskMax));
  const auto chunk_most = static_cast<std::size_t>(config_.chunk);
  auto tellings = ask(call, jobs);
  while (!tellings.empty()) {
    auto some = take_some(tellings, kChunksChosen * chunk_most);
    store_.choose_readers(within(kStepMax), some);
    std::vector<std::int64_t> actors;
    for (const Telling& telling : some) {
      if (!telling.readers.empty()) actors.push_back(telling.job.actor_id);
    }
    const Names names = users_.users(call, std::move(actors));
    at(Step::kAsked);
    while (!some.empty()) {
      const auto chunk = take_chunk(some, chunk_most);
      const auto all = store_.tell(within(kStepMax), chunk, config_.rules());
      at(Step::kCommitted);
      announce(chunk, names, all);
    }
  }
}

std::vector<Telling> Jobs::ask(const rpc::Call& call, const std::vector<Job>& jobs) {
  movie::v1::ListAudiencesRequest request;
  request.set_limit(config_.chunk);
  std::map<std::pair<std::int64_t, std::int64_t>, int> asked;
  std::vector<int> page_of;
  for (const Job& job : jobs) {
    const auto [page, is_new] =
        asked.emplace(std::pair(job.movie_id, job.position), request.pages_size());
    page_of.push_back(page->second);
    if (!is_new) continue;
    request.add_pages()->set_movie_id(job.movie_id);
    request.mutable_pages()->rbegin()->set_after_user_id(job.position);
  }
  const auto reply = movie_.call<movie::v1::ListAudiencesReply>(
      "marquee.movie.v1.Audience/ListAudiences", request, call);
  if (reply.audiences_size() != request.pages_size()) {
    throw Error(Code::kInternal, "audiences", "The movie service answers something else");
  }
  std::vector<Telling> tellings;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& audience = reply.audiences(page_of[i]);
    if (audience.movie_gone()) {
      store_.end(within(kStepMax), jobs[i]);
      continue;
    }
    Telling& telling = tellings.emplace_back();
    telling.job = jobs[i];
    telling.title = audience.movie_title();
    telling.users.assign(audience.user_ids().begin(), audience.user_ids().end());
    if (!audience.last() && !telling.users.empty()) {
      telling.next = telling.users.back();
      unclaimed_ = true;
    }
    std::erase(telling.users, jobs[i].actor_id);
  }
  return tellings;
}

void Jobs::announce(const std::vector<Telling>& tellings, const Names& actors,
                    const std::vector<Told>& all) {
  v1::NewNotification event;
  for (const auto& told : all) {
    told_.add();
    if (!told.push) continue;
    fill(told.notification, actors, *event.mutable_notification());
    event.set_unread_count(told.unread);
    live_.publish(topic_of(told.user_id), event);
  }
  if (!all.empty()) mails_due_();
  log::info("told", {{"jobs", static_cast<std::int64_t>(tellings.size())},
                     {"users", static_cast<std::int64_t>(all.size())}});
}

void Jobs::count_waiting() {
  const auto now = std::chrono::steady_clock::now();
  if (now < counted_at_ + kEvery) return;
  counted_at_ = now;
  waiting_ = store_.waiting(within(kStepMax));
}

void Jobs::read(ops::Scrape& scrape) const {
  scrape.counter("marquee_notifications_told_total", "Notifications made or added to", {},
                 told_.value());
  scrape.counter("marquee_notification_jobs_failed_total", "Steps of jobs that were put off", {},
                 failed_.value());
  scrape.gauge("marquee_notification_jobs_waiting", "Jobs that are not done", {}, waiting_.load());
}

}  // namespace marquee::notification
