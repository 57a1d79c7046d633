// Random gateways, sockets and losses against a plain account of who is where.
#include <map>
#include <memory>
#include <random>
#include <set>

#include "libs/presence/book.h"
#include "tests/catch.h"

namespace marquee::presence {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<std::string> kTopics = {"chat:NEWS", "chat:MOVIES", "chat:GAMES"};

struct Socket {
  std::string topic;
  std::int64_t user = 0;
  std::uint64_t connection = 0;
};

struct Gateway {
  explicit Gateway(const std::string& name) : roster(name, settings()) {}
  static RosterSettings settings() {
    RosterSettings settings;
    settings.report_bytes_max = 120;  // many parts
    return settings;
  }
  Roster roster;
  std::vector<Socket> sockets;
};

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {}

  // Time goes on, something happens, messages come or are lost.
  void step(int lost_percent) {
    now_ += milliseconds(pick(80));
    happen();
    exchange(lost_percent);
    note_changes();
  }
  // Until everything has been told and mended.
  void settle() {
    for (int i = 0; i < 500; ++i) {
      now_ += milliseconds(100);
      exchange(0);
      note_changes();
    }
  }
  void check() {
    for (const auto& topic : kTopics) {
      CAPTURE(topic);
      std::set<std::int64_t> users;
      std::size_t guests = 0;
      for (const auto& gateway : gateways_) {
        for (const auto& socket : gateway->sockets) {
          if (socket.topic != topic) continue;
          if (socket.user == 0) ++guests;
          if (socket.user != 0) users.insert(socket.user);
        }
      }
      CHECK(book_.online(topic) == users.size() + guests);
      CHECK(book_.members(topic, 0, 1'000).users ==
            std::vector<std::int64_t>(users.begin(), users.end()));
      // Comings and goings, one after the other, add up to the same.
      CHECK(told_[topic] == users);
    }
    CHECK(told_twice_ == 0);
  }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }

  void happen() {
    const std::size_t what = pick(100);
    if (gateways_.empty() || (what < 3 && gateways_.size() < 4)) {
      gateways_.push_back(std::make_unique<Gateway>("g" + std::to_string(++made_)));
      return;
    }
    const std::size_t which = pick(gateways_.size());
    Gateway& gateway = *gateways_[which];
    if (what < 5) {
      // It dies, or it ends well and says so.
      if (pick(2) == 0) book_.apply(gateway.roster.farewell(), now_);
      gateways_.erase(gateways_.begin() + static_cast<std::ptrdiff_t>(which));
    } else if (what < 60 && gateway.sockets.size() < 40) {
      Socket socket{kTopics[pick(kTopics.size())], static_cast<std::int64_t>(pick(12)), ++made_};
      gateway.roster.joined(socket.topic, socket.user, socket.connection, now_);
      gateway.sockets.push_back(socket);
    } else if (!gateway.sockets.empty()) {
      const auto at =
          gateway.sockets.begin() + static_cast<std::ptrdiff_t>(pick(gateway.sockets.size()));
      gateway.roster.left(at->topic, at->user, at->connection, now_);
      gateway.sockets.erase(at);
    }
  }

  void exchange(int lost_percent) {
    auto lost = [&] { return static_cast<int>(pick(100)) < lost_percent; };
    for (const auto& gateway : gateways_) {
      for (const auto& report : gateway->roster.due(now_)) {
        if (!lost()) book_.apply(report, now_);
      }
    }
    book_.pass(now_);
    for (const auto& name : book_.take_questions()) {
      for (const auto& gateway : gateways_) {
        if (gateway->roster.farewell().instance() == name && !lost()) gateway->roster.asked(now_);
      }
    }
  }

  void note_changes() {
    for (const auto& change : book_.take_changes()) {
      auto& present = told_[change.topic];
      const bool is_news =
          change.joined ? present.insert(change.user).second : present.erase(change.user) == 1;
      if (!is_news) ++told_twice_;
    }
  }

  std::mt19937 random_;
  Time now_ = Time() + std::chrono::hours(1);
  std::uint64_t made_ = 0;
  std::vector<std::unique_ptr<Gateway>> gateways_;
  PresenceBook book_;
  std::map<std::string, std::set<std::int64_t>> told_;
  int told_twice_ = 0;
};

TEST_CASE("a book agrees with its gateways, whatever was lost on the way") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Model model(seed);
    const int lost_percent = seed % 3 == 0 ? 0 : 25;
    for (int round = 0; round < 5; ++round) {
      for (int i = 0; i < 300; ++i) model.step(lost_percent);
      model.settle();
      model.check();
    }
  }
}

}  // namespace
}  // namespace marquee::presence
