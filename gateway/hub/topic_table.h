// Which sockets of one I/O thread have joined which topics. Owned by the hub's part for that
// thread, touched by it alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/hub/live_event.h"
#include "libs/core/string_map.h"

namespace marquee::gateway {

class SocketClient;

// A socket's place in a topic. While its joining is not decided, what comes is held back.
struct Membership {
  SocketClient* client = nullptr;
  std::size_t place = 0;  // in the topic's list
  bool joined = false;
  std::int64_t present_as = 0;  // the user that presence knows it by; 0: nobody
  std::vector<std::shared_ptr<const LiveEvent>> held;
};

class TopicTable {
 public:
  struct Topic {
    std::vector<Membership*> members;
    std::uint64_t heard = 0;  // the number of what they heard last
  };

  void add(const std::string& topic, Membership& member) {
    auto& members = topics_[topic].members;
    member.place = members.size();
    members.push_back(&member);
  }

  void remove(std::string_view topic, Membership& member) {
    auto found = topics_.find(topic);
    if (found == topics_.end()) return;
    auto& members = found->second.members;
    members[member.place] = members.back();
    members[member.place]->place = member.place;
    members.pop_back();
    if (members.empty()) topics_.erase(found);
  }

  // Null: nobody.
  Topic* find(std::string_view topic) {
    auto found = topics_.find(topic);
    return found == topics_.end() ? nullptr : &found->second;
  }

 private:
  StringMap<Topic> topics_;
};

}  // namespace marquee::gateway
