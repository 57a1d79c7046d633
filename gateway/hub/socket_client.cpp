#include "gateway/hub/socket_client.h"

#include <algorithm>

#include "gateway/hub/hub.h"

namespace marquee::gateway {
namespace {

constexpr std::size_t kCommandsMax = 64;  // that wait for their turn

}  // namespace

SocketClient::SocketClient(HubCore& core, SocketWire& wire, std::string id, std::uint64_t number,
                           net::ip::address address)
    : core_(core),
      wire_(&wire),
      id_(std::move(id)),
      number_(number),
      address_(std::move(address)) {}

SocketClient::~SocketClient() = default;

void SocketClient::set_caller(std::shared_ptr<const rpc::Caller> caller, std::string token) {
  caller_ = std::move(caller);
  token_ = std::move(token);
}

const rpc::Caller& SocketClient::caller() const {
  static const rpc::Caller nobody;
  return caller_ ? *caller_ : nobody;
}

void SocketClient::take(SocketCommand command) {
  if (gone()) return;
  if (commands_.size() >= kCommandsMax) {
    core_.hub().count(Hub::kRefused);
    const std::string error = socket_error(too_many_requests(1));
    wire_->emit("error", error);
    if (!command.id.empty()) wire_->refuse(command.id, error);
    return;
  }
  commands_.push_back(std::move(command));
  if (!working_) core_.work(shared_from_this());
}

void SocketClient::leave() {
  if (gone()) return;
  auto kept = shared_from_this();
  wire_ = nullptr;
  commands_.clear();
  for (auto& [topic, member] : topics_) {
    core_.topics().remove(topic, *member);
    core_.hub().feeds().leave(topic);
    tell_left(topic, *member);
  }
  topics_.clear();
  core_.forget(*this);
}

bool SocketClient::begin_join(const std::string& topic) {
  auto [place, added] = topics_.try_emplace(topic);
  if (!added) return false;
  place->second = std::make_unique<Membership>();
  place->second->client = this;
  core_.topics().add(topic, *place->second);
  return true;
}

void SocketClient::end_join(const std::string& topic, bool joined) {
  if (joined) {
    end_join_with(topic, {});
  } else {
    part(topic);
  }
}

void SocketClient::end_join_with(const std::string& topic,
                                 const std::vector<std::shared_ptr<const LiveEvent>>& events) {
  auto found = topics_.find(topic);
  if (found == topics_.end() || gone()) return;
  Membership& member = *found->second;
  std::uint64_t up_to = 0;
  hear_all(events, up_to);
  hear_all(std::exchange(member.held, {}), up_to);
  if (member.joined) return;
  member.joined = true;
  auto* presence = core_.hub().presence();
  if (presence == nullptr || is_own_topic(topic)) return;
  member.present_as = caller().user_id;
  presence->joined(topic, member.present_as, number_);
}

void SocketClient::tell_left(const std::string& topic, const Membership& member) {
  auto* presence = core_.hub().presence();
  if (!member.joined || presence == nullptr || is_own_topic(topic)) return;
  presence->left(topic, member.present_as, number_);
}

void SocketClient::hear_all(const std::vector<std::shared_ptr<const LiveEvent>>& events,
                            std::uint64_t& up_to) {
  for (const auto& event : events) {
    if (event->sequence() != 0 && event->sequence() <= up_to) continue;
    up_to = std::max(up_to, event->sequence());
    wire_->hear(*event);
  }
}

void SocketClient::part(std::string_view topic) {
  auto found = topics_.find(topic);
  if (found == topics_.end()) return;
  core_.topics().remove(topic, *found->second);
  core_.hub().feeds().leave(found->first);
  tell_left(found->first, *found->second);
  topics_.erase(found);
}

bool SocketClient::has_joined(std::string_view topic) const {
  auto found = topics_.find(topic);
  return found != topics_.end() && found->second->joined;
}

}  // namespace marquee::gateway
