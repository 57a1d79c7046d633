#include "libs/presence/roster.h"

#include <algorithm>

#include "libs/live/subjects.h"

namespace marquee::presence {
namespace {

// A member of a report takes no more.
constexpr std::size_t kMemberBytes = 10;
constexpr std::size_t kTopicOverheadBytes = 16;

// True for the first of several.
template <typename Members, typename Key>
bool added(Members& members, Key key) {
  return ++members[key] == 1;
}

// True for the last of several.
template <typename Members, typename Key>
bool removed(Members& members, Key key) {
  auto member = members.find(key);
  if (member == members.end() || --member->second > 0) return false;
  members.erase(member);
  return true;
}

// Back to what was told there is nothing to say.
template <typename Changes, typename Key>
void note(Changes& changes, Key key, bool is_member) {
  auto [change, is_new] = changes.try_emplace(key, is_member);
  if (!is_new) changes.erase(change);
}

// Puts members into reports, each of a size that the bus takes.
class Filler {
 public:
  using Topics = google::protobuf::RepeatedPtrField<api::PresenceMembers>;
  explicit Filler(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // True when a further report is needed for what takes `bytes`.
  bool full(std::size_t bytes) const { return bytes_ > 0 && bytes_ + bytes > bytes_max_; }
  void next() {
    bytes_ = 0;
    members_ = nullptr;
  }
  api::PresenceMembers& in(Topics& topics, const std::string& topic) {
    if (members_ == nullptr || topics_ != &topics || members_->topic() != topic) {
      topics_ = &topics;
      members_ = topics.Add();
      members_->set_topic(topic);
      bytes_ += topic.size() + kTopicOverheadBytes;
    }
    bytes_ += kMemberBytes;
    return *members_;
  }

 private:
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Topics* topics_ = nullptr;
  api::PresenceMembers* members_ = nullptr;
};

std::size_t bytes_with(const std::string& topic) {
  return topic.size() + kTopicOverheadBytes + kMemberBytes;
}

}  // namespace

Roster::Roster(std::string instance, RosterSettings settings)
    : instance_(std::move(instance)), settings_(settings) {}

void Roster::joined(std::string_view topic, std::int64_t user, std::uint64_t connection, Time now) {
  if (topic.empty() || topic.size() > live::kTopicBytesMax) return;
  const std::string name(topic);
  Topic& members = topics_[name];
  if (user != 0) {
    if (!added(members.users, user)) return;
    note(unsaid_[name].users, user, true);
  } else {
    if (!added(members.guests, connection)) return;
    note(unsaid_[name].guests, connection, true);
  }
  changed(now);
}

void Roster::left(std::string_view topic, std::int64_t user, std::uint64_t connection, Time now) {
  auto members = topics_.find(topic);
  if (members == topics_.end()) return;
  if (user != 0) {
    if (!removed(members->second.users, user)) return;
    note(unsaid_[members->first].users, user, false);
  } else {
    if (!removed(members->second.guests, connection)) return;
    note(unsaid_[members->first].guests, connection, false);
  }
  if (members->second.users.empty() && members->second.guests.empty()) topics_.erase(members);
  changed(now);
}

void Roster::changed(Time now) {
  if (has_changed_) return;
  has_changed_ = true;
  change_due_ = now + settings_.gather;
}

void Roster::asked(Time now) {
  if (is_asked_) return;
  is_asked_ = true;
  snapshot_due_ = std::max(snapshot_due_, now);
}

Time Roster::next() const {
  Time next = heartbeat_due_;
  if (has_changed_) next = std::min(next, change_due_);
  if (is_asked_) next = std::min(next, snapshot_due_);
  return next;
}

std::vector<api::PresenceReport> Roster::due(Time now) {
  std::vector<api::PresenceReport> reports;
  if (now < next()) return reports;
  const bool snapshot = is_asked_ && now >= snapshot_due_;
  // A snapshot is of a version that was told.
  if (has_changed_ && (snapshot || now >= change_due_)) add_diffs(reports);
  if (snapshot) {
    add_snapshot(reports);
    is_asked_ = false;
    snapshot_due_ = now + settings_.gather;
  }
  if (reports.empty() && now >= heartbeat_due_) reports.push_back(report());
  if (!reports.empty()) heartbeat_due_ = now + settings_.heartbeat;
  return reports;
}

api::PresenceReport Roster::report() const {
  api::PresenceReport report;
  report.set_instance(instance_);
  report.set_version(version_);
  return report;
}

api::PresenceReport Roster::farewell() const {
  auto last = report();
  last.set_gone(true);
  return last;
}

void Roster::add_diffs(std::vector<api::PresenceReport>& reports) {
  has_changed_ = false;
  Filler filler(settings_.report_bytes_max);
  api::PresenceDiff* diff = nullptr;
  auto side = [&](const std::string& topic, bool is_member) -> api::PresenceMembers& {
    if (diff == nullptr || filler.full(bytes_with(topic))) {
      ++version_;
      reports.push_back(report());
      diff = reports.back().mutable_diff();
      filler.next();
    }
    return filler.in(is_member ? *diff->mutable_joined() : *diff->mutable_left(), topic);
  };
  for (const auto& [topic, unsaid] : unsaid_) {
    for (bool is_member : {true, false}) {
      for (auto [user, is] : unsaid.users) {
        if (is == is_member) side(topic, is_member).add_users(user);
      }
      for (auto [guest, is] : unsaid.guests) {
        if (is == is_member) side(topic, is_member).add_guests(guest);
      }
    }
  }
  unsaid_.clear();
}

void Roster::add_snapshot(std::vector<api::PresenceReport>& reports) const {
  const std::size_t first = reports.size();
  Filler filler(settings_.report_bytes_max);
  api::PresenceSnapshot* part = nullptr;
  auto further = [&] {
    reports.push_back(report());
    part = reports.back().mutable_snapshot();
    part->set_part(static_cast<std::uint32_t>(reports.size() - 1 - first));
    filler.next();
  };
  auto members = [&](const std::string& topic) -> api::PresenceMembers& {
    if (filler.full(bytes_with(topic))) further();
    return filler.in(*part->mutable_topics(), topic);
  };
  further();
  for (const auto& [topic, present] : topics_) {
    for (const auto& [user, sockets] : present.users) members(topic).add_users(user);
    for (const auto& [guest, joins] : present.guests) members(topic).add_guests(guest);
  }
  for (std::size_t i = first; i < reports.size(); ++i) {
    reports[i].mutable_snapshot()->set_parts(static_cast<std::uint32_t>(reports.size() - first));
  }
}

}  // namespace marquee::presence
