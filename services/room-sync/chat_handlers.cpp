#include "services/room-sync/chat_handlers.h"

#include "services/room-sync/chat_rules.h"

namespace marquee::rooms {
namespace {

constexpr std::int64_t kLinesPerPage = 50;
constexpr std::int64_t kMembersPerPage = 100;
constexpr std::int64_t kPageMax = 100;

WallTime wall_time(std::int64_t microseconds) {
  return WallTime(
      std::chrono::duration_cast<WallTime::duration>(std::chrono::microseconds(microseconds)));
}

template <typename Message>
void set_time(Message& message, WallTime at) {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch());
  message.set_time_stamp(time_stamp(at));
  message.mutable_sent_at()->set_seconds(since.count() / 1'000'000);
  message.mutable_sent_at()->set_nanos(static_cast<std::int32_t>(since.count() % 1'000'000) *
                                       1'000);
}

v1::ChatLine line_of(StoredLine stored, const std::string& username) {
  v1::ChatLine line;
  line.set_id(stored.id);
  line.set_room(std::move(stored.room));
  line.set_username(username);
  line.set_msg(std::move(stored.said));
  line.set_user_id(stored.user_id);
  set_time(line, wall_time(stored.sent_at_us));
  return line;
}

}  // namespace

void ChatHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.rooms.v1.ChatRooms");
  service.on("ListRooms", &ChatHandlers::list_rooms, *this);
  service.on("ListMembers", &ChatHandlers::list_members, *this);
  service.on("ListMessages", &ChatHandlers::list_messages, *this);
  service.on("SendMessage", &ChatHandlers::send_message, *this);
  service.on("DeleteMessage", &ChatHandlers::delete_message, *this);
  service.on("JoinRoom", &ChatHandlers::join_room, *this);
  service.on("LeaveRoom", &ChatHandlers::leave_room, *this);
}

v1::ListRoomsReply ChatHandlers::list_rooms(const rpc::Call&, const google::protobuf::Empty&) {
  v1::ListRoomsReply reply;
  for (auto name : kChatRooms) {
    auto& room = *reply.add_rooms();
    room.set_name(std::string(name));
    room.set_online(static_cast<std::int32_t>(presence_.online(chat_topic(name))));
  }
  return reply;
}

v1::ListMembersReply ChatHandlers::list_members(const rpc::Call& call,
                                                const v1::ListMembersRequest& request) {
  check_room(request.room());
  const auto limit = check_limit(request.limit(), kMembersPerPage, kPageMax);
  auto page = presence_.members(chat_topic(request.room()), id_of_cursor(request.cursor()),
                                static_cast<std::size_t>(limit));
  v1::ListMembersReply reply;
  if (page.more) reply.set_next_cursor(std::to_string(page.users.back()));
  auto users = users_.users(call, page.users);
  for (auto id : page.users) {
    auto user = users.find(id);
    if (user == users.end()) continue;
    auto& member = *reply.add_members();
    member.set_id(id);
    member.set_username(user->second.username);
  }
  return reply;
}

v1::ListMessagesReply ChatHandlers::list_messages(const rpc::Call& call,
                                                  const v1::ListMessagesRequest& request) {
  check_room(request.room());
  if (request.before() < 0) {
    throw Error::invalid("invalid_before", "before must not be negative")
        .field("before", "before must not be negative");
  }
  const auto limit = check_limit(request.limit(), kLinesPerPage, kPageMax);
  auto before = id_of_cursor(request.cursor());
  if (before == 0) before = request.before();
  auto page = store_.list(call.deadline(), request.room(), before, limit);
  std::vector<std::int64_t> ids;
  for (const auto& line : page.lines) ids.push_back(line.user_id);
  auto users = users_.users(call, std::move(ids));
  v1::ListMessagesReply reply;
  if (page.more) reply.set_next_cursor(std::to_string(page.lines.back().id));
  for (auto& line : page.lines) {
    auto user = users.find(line.user_id);
    *reply.add_messages() =
        line_of(std::move(line), user == users.end() ? "" : user->second.username);
  }
  return reply;
}

v1::ChatLine ChatHandlers::send_message(const rpc::Call& call,
                                        const v1::SendMessageRequest& request) {
  const auto user = call.user();
  check_room(request.room());
  const std::string said = check_said("msg", request.msg());
  auto users = users_.users(call, {user});
  if (users.empty()) throw Error::unauthenticated("account_gone", "The account does not exist");
  auto line = line_of(store_.add(call.deadline(), request.room(), user, said),
                      users.begin()->second.username);
  changes_.publish({chat_topic(request.room())});
  live_.publish(chat_topic(request.room()), line);
  // Who is told that it is said may count on it.
  live_.settle();
  return line;
}

google::protobuf::Empty ChatHandlers::delete_message(const rpc::Call& call,
                                                     const v1::DeleteMessageRequest& request) {
  const auto user = call.user();
  check_room(request.room());
  store_.remove(call.deadline(), request.room(), request.id(), user, call.caller().admin());
  changes_.publish({chat_topic(request.room())});
  v1::ChatLineDeleted deleted;
  deleted.set_id(request.id());
  deleted.set_room(request.room());
  live_.publish(chat_topic(request.room()), deleted);
  live_.settle();
  return {};
}

v1::RoomNotice ChatHandlers::join_room(const rpc::Call& call, const v1::RoomRequest& request) {
  return notice(call, request.room(), "joined");
}

v1::RoomNotice ChatHandlers::leave_room(const rpc::Call& call, const v1::RoomRequest& request) {
  return notice(call, request.room(), "left");
}

v1::RoomNotice ChatHandlers::notice(const rpc::Call& call, const std::string& room,
                                    const char* did) {
  check_room(room);
  std::string who = "A guest";
  if (call.caller().signed_in()) {
    try {
      auto users = users_.users(call, {call.caller().user_id});
      if (!users.empty()) who = users.begin()->second.username;
    } catch (const Error&) {
      // Who may read, may so while nobody can be asked for names.
      who = "Somebody";
    }
  }
  v1::RoomNotice notice;
  notice.set_room(room);
  notice.set_msg(who + " has " + did + " the " + room + " room.");
  set_time(notice, clock_.now());
  live_.publish(chat_topic(room), notice);
  return notice;
}

}  // namespace marquee::rooms
