#include "services/auth/announcements.h"

#include "marquee/api/bus.pb.h"
#include "services/auth/sql_time.h"

namespace marquee::auth {
namespace {

// Keeps a message far below what a bus server takes (1 MiB).
constexpr std::size_t kSessionsPerMessage = 1000;

}  // namespace

void Announcements::revoked(const std::vector<RevokedSession>& sessions) {
  api::SessionsRevoked message;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    auto* session = message.add_sessions();
    session->set_id(sessions[i].id);
    set_timestamp(sessions[i].access_until, *session->mutable_forget_at());
    bool full = (i + 1) % kSessionsPerMessage == 0 || i + 1 == sessions.size();
    if (!full) continue;
    bus_.publish("auth.session.revoked", message.SerializeAsString());
    message.Clear();
  }
}

void Announcements::user_changed(std::int64_t user_id) {
  api::CacheInvalidation message;
  message.add_tags("user:" + std::to_string(user_id));
  bus_.publish("cache.invalidate", message.SerializeAsString());
}

}  // namespace marquee::auth
