#include "services/room-sync/lobby_handlers.h"

#include "services/room-sync/chat_rules.h"

namespace marquee::rooms {

void LobbyHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.rooms.v1.Lobbies");
  service.on("JoinLobby", &LobbyHandlers::join_lobby, *this);
  service.on("LeaveLobby", &LobbyHandlers::leave_lobby, *this);
  service.on("SendToLobby", &LobbyHandlers::send_to_lobby, *this);
}

v1::LobbyResponse LobbyHandlers::join_lobby(const rpc::Call& call,
                                            const v1::LobbyRequest& request) {
  return announce(call, request, "joined");
}

v1::LobbyResponse LobbyHandlers::leave_lobby(const rpc::Call& call,
                                             const v1::LobbyRequest& request) {
  return announce(call, request, "left");
}

v1::LobbyResponse LobbyHandlers::announce(const rpc::Call& call, const v1::LobbyRequest& request,
                                          const char* status) {
  check_alias(request.user_id());
  const std::string topic = lobby_topic(request.lobby_id());
  v1::LobbyResponse response;
  response.set_status(status);
  response.set_user_id(request.user_id());
  response.set_lobby_id(request.lobby_id());
  response.set_message("User " + request.user_id() + " has " + status + " the lobby " +
                       request.lobby_id());
  v1::LobbyAnnouncement announcement;
  announcement.set_user_id(response.user_id());
  announcement.set_lobby_id(response.lobby_id());
  announcement.set_message(response.message());
  if (auto name = name_of(call)) announcement.set_username(*name);
  live_.publish(topic, announcement);
  return response;
}

v1::LobbyLine LobbyHandlers::send_to_lobby(const rpc::Call& call,
                                           const v1::SendToLobbyRequest& request) {
  check_alias(request.user_id());
  const std::string topic = lobby_topic(request.lobby_id());
  v1::LobbyLine line;
  line.set_message(check_said("message", request.message()));
  line.set_user_id(request.user_id());
  line.set_lobby_id(request.lobby_id());
  if (auto name = name_of(call)) line.set_username(*name);
  live_.publish(topic, line);
  return line;
}

std::optional<std::string> LobbyHandlers::name_of(const rpc::Call& call) {
  if (!call.caller().signed_in()) return {};
  try {
    auto users = users_.users(call, {call.caller().user_id});
    if (!users.empty()) return users.begin()->second.username;
  } catch (const Error&) {
    // Talk goes on while names cannot be asked for.
  }
  return {};
}

}  // namespace marquee::rooms
