#include "services/movie/audience_handlers.h"

#include <algorithm>

namespace marquee::movie {
namespace {

constexpr std::int64_t kUsersMax = 1'000;

}  // namespace

void AudienceHandlers::bind(rpc::Server& server) {
  server.service("marquee.movie.v1.Audience")
      .on("ListAudience", &AudienceHandlers::list_audience, *this);
}

v1::ListAudienceReply AudienceHandlers::list_audience(const rpc::Call& call,
                                                      const v1::ListAudienceRequest& request) {
  const std::int64_t wished = request.limit() > 0 ? request.limit() : kUsersMax;
  const std::int64_t limit = std::min(wished, kUsersMax);
  auto audience =
      store_.list(call.deadline(), request.movie_id(), request.after_user_id(), limit + 1);
  v1::ListAudienceReply reply;
  reply.set_last(static_cast<std::int64_t>(audience.users.size()) <= limit);
  if (!reply.last()) audience.users.pop_back();
  reply.set_movie_title(std::move(audience.title));
  reply.mutable_user_ids()->Add(audience.users.begin(), audience.users.end());
  return reply;
}

}  // namespace marquee::movie
