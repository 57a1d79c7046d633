// Who is in which topic on all gateways together, from what each reports (libs/presence/roster.h).
// What a gateway said holds for a lease that its next report renews; when the lease lapses, its
// members are gone at once. A report that does not follow the last one is answered with a question
// for a snapshot; until that comes, what was known stays.
//
// A user is present while any gateway has a socket of it, and for a short while after, so that
// somebody who loads a page again has not left. Sockets without an account are counted each, and
// gone when they go.
//
// No clock, no bus: time is passed in; libs/presence/keeper.h runs one. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/presence/roster.h"
#include "marquee/api/presence.pb.h"

namespace marquee::presence {

struct BookSettings {
  std::chrono::milliseconds lease{15'000};
  // How long after its last socket a user is still present.
  std::chrono::milliseconds leave_after{2'000};
  // How often one gateway is asked for a snapshot.
  std::chrono::milliseconds ask_every{1'000};
  // Only topics that begin with one of these are kept: "chat:". Empty: all.
  std::vector<std::string> kinds;
};

// A user came into a topic, or is no longer in it.
struct Change {
  std::string topic;
  std::int64_t user = 0;
  bool joined = false;

  bool operator==(const Change&) const = default;
};

// One page of a topic's users, by id.
struct MemberPage {
  std::vector<std::int64_t> users;
  bool more = false;
};

class PresenceBook {
 public:
  explicit PresenceBook(BookSettings settings = {});

  void apply(const api::PresenceReport& report, Time now);
  // What time alone does: leases lapse, users who have not come back are gone.
  void pass(Time now);
  // When pass() has something to do next; Time::max() when nothing is.
  Time next() const;

  // Users, each once, and sockets without an account.
  std::size_t online(std::string_view topic) const;
  // Users with ids above `after`, at most `limit`.
  MemberPage members(std::string_view topic, std::int64_t after, std::size_t limit) const;
  bool present(std::string_view topic, std::int64_t user) const;

  // What has happened since the last time, in order.
  std::vector<Change> take_changes();
  // Gateways whose snapshot is wanted.
  std::vector<std::string> take_questions();

 private:
  struct Members {
    std::set<std::int64_t> users;
    std::set<std::uint64_t> guests;
    bool empty() const { return users.empty() && guests.empty(); }
  };
  using Topics = std::map<std::string, Members, std::less<>>;
  struct Instance {
    std::uint64_t version = 0;
    bool known = false;  // `topics` is what it has at `version`
    Topics topics;
    // A snapshot that is not all there yet.
    Topics parts;
    std::uint32_t parts_come = 0;
    Time lease_ends;
    Time ask_again;

    void drop_parts() {
      parts.clear();
      parts_come = 0;
    }
  };
  struct Presence {
    std::uint32_t instances = 0;
    Time gone_at;  // while there is none
  };
  struct Topic {
    std::map<std::int64_t, Presence> users;
    std::size_t guests = 0;
  };

  bool kept(const std::string& topic) const;
  void apply_diff(Instance& instance, const api::PresenceDiff& diff, Time now);
  void apply_part(Instance& instance, const api::PresenceReport& report, Time now);
  void replace(Instance& instance, Topics topics, Time now);
  void want(const std::string& name, Instance& instance, Time now);
  // Its members leave, at `gone_at`.
  void forget(const std::string& name, Time gone_at);

  void came(const std::string& topic, std::int64_t user);
  void went(const std::string& topic, std::int64_t user, Time gone_at);
  void guests_changed(const std::string& topic, std::ptrdiff_t by);
  void drop_if_empty(const std::string& topic);

  const BookSettings settings_;
  std::map<std::string, Instance> instances_;
  std::map<std::string, Topic, std::less<>> topics_;
  struct Leaver {
    std::string topic;
    std::int64_t user = 0;
  };
  std::multimap<Time, Leaver> leavers_;  // some have come back since
  std::vector<Change> changes_;
  std::vector<std::string> questions_;
};

}  // namespace marquee::presence
