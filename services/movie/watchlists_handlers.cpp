#include "services/movie/watchlists_handlers.h"

#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::int64_t kListMax = 1'000;

}  // namespace

void WatchlistsHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.movie.v1.Watchlists");
  service.on("ListWatchlist", &WatchlistsHandlers::list_watchlist, *this);
  service.on("AddToWatchlist", &WatchlistsHandlers::add, *this);
  service.on("RemoveFromWatchlist", &WatchlistsHandlers::remove, *this);
}

v1::CardsReply WatchlistsHandlers::list_watchlist(const rpc::Call& call,
                                                  const v1::ListRatedRequest& request) {
  Page page = check_page(request.limit(), 0, false, kListMax, kListMax);
  auto list = store_.list(call.deadline(), call.user(), page.limit, request.cursor());
  v1::CardsReply reply;
  films_.visit(call, list.ids,
               [&](const v1::Movie& movie) { fill_card(movie, *reply.add_movies()); });
  reply.set_next_cursor(list.next_cursor);
  return reply;
}

v1::WatchlistMessage WatchlistsHandlers::add(const rpc::Call& call,
                                             const v1::GetMovieRequest& request) {
  store_.add(call.deadline(), call.user(), request.id());
  v1::WatchlistMessage reply;
  reply.set_message("Movie added to watchlist.");
  return reply;
}

google::protobuf::Empty WatchlistsHandlers::remove(const rpc::Call& call,
                                                   const v1::GetMovieRequest& request) {
  store_.remove(call.deadline(), call.user(), request.id());
  return {};
}

}  // namespace marquee::movie
