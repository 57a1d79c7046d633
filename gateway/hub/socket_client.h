// One socket as the hub knows it, whichever protocol it speaks: who it belongs to, the topics it
// has joined, its commands, one after the other. Its wire says things in its protocol. Kept by the
// hub's part for its thread until leave(); touched by that thread alone.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/hub/socket_command.h"
#include "gateway/hub/topic_table.h"
#include "gateway/problem.h"
#include "gateway/rate_limiter.h"
#include "libs/core/string_map.h"
#include "libs/rpc/caller.h"
#include "libs/websocket/frame.h"

namespace marquee::gateway {

struct Command;
class HubCore;

// How one kind of socket says things.
class SocketWire {
 public:
  virtual void hear(const LiveEvent& event) = 0;
  virtual void emit(std::string_view event, std::string_view json) = 0;
  // Answers to a command that wants one, by the id that it came with.
  virtual void acknowledge(std::string_view id, std::string_view json) = 0;
  virtual void refuse(std::string_view id, std::string_view json) = 0;
  // The client hears no more.
  virtual void close(websocket::CloseCode code, std::string_view reason) = 0;
  // All its commands have been carried out.
  virtual void idle() {}

 protected:
  ~SocketWire() = default;
};

class SocketClient final : public std::enable_shared_from_this<SocketClient> {
 public:
  // `wire` lives until leave() has returned.
  // `number`: no other socket of this gateway has it.
  SocketClient(HubCore& core, SocketWire& wire, std::string id, std::uint64_t number,
               net::ip::address address);
  ~SocketClient();

  const std::string& id() const { return id_; }
  HubCore& core() { return core_; }
  SocketWire* wire() { return wire_; }
  const net::ip::address& address() const { return address_; }

  // Who it belongs to. `token`: by which it is looked at again from time to time.
  void set_caller(std::shared_ptr<const rpc::Caller> caller, std::string token);
  const rpc::Caller& caller() const;
  const std::string& token() const { return token_; }

  // Takes a command in its turn; refuses it when too many wait.
  void take(SocketCommand command);
  // The socket has gone.
  void leave();
  bool gone() const { return wire_ == nullptr; }
  // Whether a command is being carried out.
  bool working() const { return working_; }

  // Of topics. begin_join() holds back what comes until it is decided; false: it has joined
  // already.
  bool begin_join(const std::string& topic);
  void end_join(const std::string& topic, bool joined);
  // Behind `events` what was held back and is not among them; then it has joined.
  void end_join_with(const std::string& topic,
                     const std::vector<std::shared_ptr<const LiveEvent>>& events);
  void part(std::string_view topic);
  bool has_joined(std::string_view topic) const;
  std::size_t joined_topics() const { return topics_.size(); }
  const StringMap<std::unique_ptr<Membership>>& topics() const { return topics_; }

 private:
  friend class HubCore;
  void tell_left(const std::string& topic, const Membership& member);
  void hear_all(const std::vector<std::shared_ptr<const LiveEvent>>& events, std::uint64_t& up_to);

  HubCore& core_;
  SocketWire* wire_;  // null: gone
  const std::string id_;
  const std::uint64_t number_;
  const net::ip::address address_;
  std::shared_ptr<const rpc::Caller> caller_;
  std::string token_;
  StringMap<std::unique_ptr<Membership>> topics_;
  std::list<SocketCommand> commands_;  // nothing while there are none, unlike a deque
  bool working_ = false;               // on the first of them
};

}  // namespace marquee::gateway
