#include "libs/engine_io/sessions.h"

#include <utility>
#include <vector>

namespace marquee::engine_io {

std::shared_ptr<LiveSession> Sessions::add(std::string sid,
                                           std::unique_ptr<Session::Listener> listener) {
  auto session = std::make_shared<LiveSession>(*this, std::move(sid), std::move(listener));
  sessions_.emplace(session->sid(), session);
  return session;
}

std::shared_ptr<LiveSession> Sessions::find(std::string_view sid) const {
  auto found = sessions_.find(sid);
  if (found == sessions_.end() || found->second->session().gone()) return nullptr;
  return found->second;
}

void Sessions::close_all() {
  std::vector<std::shared_ptr<LiveSession>> all;
  for (const auto& [sid, live] : sessions_) all.push_back(live);
  for (const auto& live : all) live->close();
}

void Sessions::forget(const LiveSession& session) {
  sessions_.erase(session.sid());
}

}  // namespace marquee::engine_io
