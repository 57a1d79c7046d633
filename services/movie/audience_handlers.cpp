#include "services/movie/audience_handlers.h"

#include <algorithm>

namespace marquee::movie {
namespace {

constexpr std::int64_t kUsersMax = 1'000;
constexpr int kPagesMax = 256;

}  // namespace

void AudienceHandlers::bind(rpc::Server& server) {
  server.service("marquee.movie.v1.Audience")
      .on("ListAudiences", &AudienceHandlers::list_audiences, *this);
}

v1::ListAudiencesReply AudienceHandlers::list_audiences(const rpc::Call& call,
                                                        const v1::ListAudiencesRequest& request) {
  if (request.pages_size() > kPagesMax) {
    throw Error::invalid("too_many_pages", "At most 256 pages may be asked for");
  }
  const std::int64_t wished = request.limit() > 0 ? request.limit() : kUsersMax;
  const std::int64_t limit = std::min(wished, kUsersMax);
  std::vector<AudienceKey> keys;
  for (const auto& page : request.pages()) keys.push_back({page.movie_id(), page.after_user_id()});
  v1::ListAudiencesReply reply;
  for (auto& audience : store_.list(call.deadline(), keys, limit + 1)) {
    auto& page = *reply.add_audiences();
    page.set_movie_gone(!audience.has_value());
    page.set_last(!audience || static_cast<std::int64_t>(audience->users.size()) <= limit);
    if (!audience) continue;
    if (!page.last()) audience->users.pop_back();
    page.set_movie_title(std::move(audience->title));
    page.mutable_user_ids()->Add(audience->users.begin(), audience->users.end());
  }
  return reply;
}

}  // namespace marquee::movie
