#include "libs/presence/book.h"

#include <algorithm>

namespace marquee::presence {
namespace {

// No suite has as many gateways; more are not believed.
constexpr std::size_t kInstancesMax = 1'000;

}  // namespace

PresenceBook::PresenceBook(BookSettings settings) : settings_(std::move(settings)) {}

bool PresenceBook::kept(const std::string& topic) const {
  return settings_.kinds.empty() ||
         std::any_of(settings_.kinds.begin(), settings_.kinds.end(),
                     [&](const std::string& kind) { return topic.rfind(kind, 0) == 0; });
}

void PresenceBook::apply(const api::PresenceReport& report, Time now) {
  pass(now);
  if (report.gone()) {
    // They will be back on another gateway.
    forget(report.instance(), now + settings_.leave_after);
    return;
  }
  if (report.instance().empty()) return;
  if (instances_.size() >= kInstancesMax && instances_.count(report.instance()) == 0) return;
  Instance& instance = instances_[report.instance()];
  instance.lease_ends = now + settings_.lease;
  if (!report.has_snapshot()) instance.drop_parts();
  if (report.has_snapshot()) {
    apply_part(instance, report, now);
  } else if (report.has_diff()) {
    if (!instance.known && report.version() == 1) instance.known = true;  // from its beginning
    if (instance.known && report.version() == instance.version + 1) {
      instance.version = report.version();
      apply_diff(instance, report.diff(), now);
    } else if (report.version() > instance.version) {
      instance.known = false;
    }
  } else if (!instance.known && report.version() == 0) {
    instance.known = true;  // it has no members
  } else if (report.version() > instance.version) {
    instance.known = false;
  }
  if (!instance.known) want(report.instance(), instance, now);
}

void PresenceBook::want(const std::string& name, Instance& instance, Time now) {
  if (instance.parts_come > 0 || now < instance.ask_again) return;
  instance.ask_again = now + settings_.ask_every;
  questions_.push_back(name);
}

void PresenceBook::apply_diff(Instance& instance, const api::PresenceDiff& diff, Time now) {
  for (const auto& in : diff.joined()) {
    if (!kept(in.topic())) continue;
    Members& members = instance.topics[in.topic()];
    for (auto user : in.users()) {
      if (members.users.insert(user).second) came(in.topic(), user);
    }
    for (auto guest : in.guests()) {
      if (members.guests.insert(guest).second) guests_changed(in.topic(), 1);
    }
  }
  for (const auto& in : diff.left()) {
    auto members = instance.topics.find(in.topic());
    if (members == instance.topics.end()) continue;
    for (auto user : in.users()) {
      if (members->second.users.erase(user) > 0) {
        went(in.topic(), user, now + settings_.leave_after);
      }
    }
    for (auto guest : in.guests()) {
      if (members->second.guests.erase(guest) > 0) guests_changed(in.topic(), -1);
    }
    if (members->second.empty()) instance.topics.erase(members);
  }
}

void PresenceBook::apply_part(Instance& instance, const api::PresenceReport& report, Time now) {
  if (instance.known && report.version() <= instance.version) return;
  const auto& snapshot = report.snapshot();
  if (snapshot.part() == 0) instance.drop_parts();
  if (snapshot.part() != instance.parts_come) {
    // One was lost, so the rest is of no use.
    instance.drop_parts();
    return;
  }
  ++instance.parts_come;
  for (const auto& in : snapshot.topics()) {
    if (!kept(in.topic())) continue;
    Members& members = instance.parts[in.topic()];
    members.users.insert(in.users().begin(), in.users().end());
    members.guests.insert(in.guests().begin(), in.guests().end());
  }
  if (instance.parts_come < snapshot.parts()) return;
  Topics whole = std::move(instance.parts);
  instance.drop_parts();
  instance.version = report.version();
  instance.known = true;
  replace(instance, std::move(whole), now);
}

void PresenceBook::replace(Instance& instance, Topics topics, Time now) {
  const Topics before = std::exchange(instance.topics, std::move(topics));
  const Members nobody;
  for (const auto& [topic, members] : instance.topics) {
    auto old = before.find(topic);
    const Members& had = old == before.end() ? nobody : old->second;
    for (auto user : members.users) {
      if (had.users.count(user) == 0) came(topic, user);
    }
    guests_changed(topic, static_cast<std::ptrdiff_t>(members.guests.size()) -
                              static_cast<std::ptrdiff_t>(had.guests.size()));
  }
  for (const auto& [topic, had] : before) {
    auto now_there = instance.topics.find(topic);
    const Members& members = now_there == instance.topics.end() ? nobody : now_there->second;
    for (auto user : had.users) {
      if (members.users.count(user) == 0) went(topic, user, now + settings_.leave_after);
    }
    if (now_there == instance.topics.end()) {
      guests_changed(topic, -static_cast<std::ptrdiff_t>(had.guests.size()));
    }
  }
}

void PresenceBook::forget(const std::string& name, Time gone_at) {
  auto found = instances_.find(name);
  if (found == instances_.end()) return;
  const Topics topics = std::move(found->second.topics);
  instances_.erase(found);
  for (const auto& [topic, members] : topics) {
    for (auto user : members.users) went(topic, user, gone_at);
    guests_changed(topic, -static_cast<std::ptrdiff_t>(members.guests.size()));
  }
}

void PresenceBook::pass(Time now) {
  std::vector<std::string> lapsed;
  for (const auto& [name, instance] : instances_) {
    if (instance.lease_ends <= now) lapsed.push_back(name);
  }
  // The lease was patience enough.
  for (const auto& name : lapsed) forget(name, now);
  while (!leavers_.empty() && leavers_.begin()->first <= now) {
    const auto [gone_at, leaver] = *leavers_.begin();
    leavers_.erase(leavers_.begin());
    auto topic = topics_.find(leaver.topic);
    if (topic == topics_.end()) continue;
    auto user = topic->second.users.find(leaver.user);
    if (user == topic->second.users.end() || user->second.instances > 0 ||
        user->second.gone_at != gone_at) {
      continue;
    }
    topic->second.users.erase(user);
    changes_.push_back({leaver.topic, leaver.user, false});
    drop_if_empty(leaver.topic);
  }
}

Time PresenceBook::next() const {
  Time next = leavers_.empty() ? Time::max() : leavers_.begin()->first;
  for (const auto& [name, instance] : instances_) next = std::min(next, instance.lease_ends);
  return next;
}

void PresenceBook::came(const std::string& topic, std::int64_t user) {
  auto [presence, is_new] = topics_[topic].users.try_emplace(user);
  ++presence->second.instances;
  if (is_new) changes_.push_back({topic, user, true});
}

void PresenceBook::went(const std::string& topic, std::int64_t user, Time gone_at) {
  Presence& presence = topics_.at(topic).users.at(user);
  if (--presence.instances > 0) return;
  presence.gone_at = gone_at;
  leavers_.insert({gone_at, {topic, user}});
}

void PresenceBook::guests_changed(const std::string& topic, std::ptrdiff_t by) {
  if (by == 0) return;
  Topic& changed = topics_[topic];
  changed.guests = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(changed.guests) + by);
  drop_if_empty(topic);
}

void PresenceBook::drop_if_empty(const std::string& topic) {
  auto found = topics_.find(topic);
  if (found != topics_.end() && found->second.users.empty() && found->second.guests == 0) {
    topics_.erase(found);
  }
}

std::size_t PresenceBook::online(std::string_view topic) const {
  auto found = topics_.find(topic);
  return found == topics_.end() ? 0 : found->second.users.size() + found->second.guests;
}

MemberPage PresenceBook::members(std::string_view topic, std::int64_t after,
                                 std::size_t limit) const {
  MemberPage page;
  auto found = topics_.find(topic);
  if (found == topics_.end()) return page;
  const auto& users = found->second.users;
  for (auto user = users.upper_bound(after); user != users.end(); ++user) {
    if (page.users.size() == limit) {
      page.more = true;
      break;
    }
    page.users.push_back(user->first);
  }
  return page;
}

bool PresenceBook::present(std::string_view topic, std::int64_t user) const {
  auto found = topics_.find(topic);
  return found != topics_.end() && found->second.users.count(user) > 0;
}

std::vector<Change> PresenceBook::take_changes() {
  return std::exchange(changes_, {});
}

std::vector<std::string> PresenceBook::take_questions() {
  return std::exchange(questions_, {});
}

}  // namespace marquee::presence
