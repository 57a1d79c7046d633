// The gRPC surface MovieCatalog. Owned by MovieService; worker threads.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "libs/rpc/server.h"
#include "services/movie/announcements.h"
#include "services/movie/films.h"
#include "services/movie/ratings_store.h"
#include "services/movie/search_store.h"

namespace marquee::movie {

class CatalogHandlers {
 public:
  CatalogHandlers(CatalogStore& store, SearchStore& search, RatingsStore& ratings, Films& films,
                  ChangeFeed& changes, Announcements& announcements)
      : store_(store),
        search_(search),
        ratings_(ratings),
        films_(films),
        changes_(changes),
        announcements_(announcements) {}

  void bind(rpc::Server& server);

  v1::ListMoviesReply list_movies(const rpc::Call& call, const v1::ListMoviesRequest& request);
  std::shared_ptr<const v1::Movie> get_movie(const rpc::Call& call,
                                             const v1::GetMovieRequest& request);
  v1::MovieDetail get_detail(const rpc::Call& call, const v1::GetMovieRequest& request);
  v1::MoviesEnvelope list_popular(const rpc::Call& call, const v1::ListPopularRequest& request);
  v1::CardsReply list_popular_cards(const rpc::Call& call, const google::protobuf::Empty& request);
  v1::MoviesEnvelope search_movies(const rpc::Call& call, const v1::SearchMoviesRequest& request);
  v1::CardsReply search_cards(const rpc::Call& call, const v1::SearchCardsRequest& request);
  std::shared_ptr<const v1::ListGenresReply> list_genres(const rpc::Call& call,
                                                         const google::protobuf::Empty& request);
  v1::CreateMovieReply create_movie(const rpc::Call& call, const v1::CreateMovieRequest& request);
  v1::MovieMessage update_movie(const rpc::Call& call, const v1::UpdateMovieRequest& request);
  v1::MovieMessage delete_movie(const rpc::Call& call, const v1::DeleteMovieRequest& request);
  v1::MovieMessage clear_cache(const rpc::Call& call, const google::protobuf::Empty& request);

 private:
  Films::ListResult popular(const rpc::Call& call, std::int64_t limit);
  Films::ListResult search(const rpc::Call& call, const SearchFilter& filter, std::int64_t limit,
                           std::int64_t offset, const std::string& cursor);

  CatalogStore& store_;
  SearchStore& search_;
  RatingsStore& ratings_;
  Films& films_;
  ChangeFeed& changes_;
  Announcements& announcements_;
};

}  // namespace marquee::movie
