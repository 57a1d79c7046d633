#include "services/movie/catalog_store.h"

#include <unordered_map>

#include "marquee/events/v1/movies.pb.h"
#include "services/movie/film_card.h"
#include "services/movie/stars.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kMovies{"movies", R"sql(
  SELECT c.movie_id, c.fields, s.rating, s.rating_count
    FROM movie_cards c JOIN movie_stats s ON s.movie_id = c.movie_id
   WHERE c.movie_id = ANY($1::bigint[]))sql"};

constexpr db::Statement kDetails{"movie_details", R"sql(
  SELECT m.id, m.title, m.poster_url, m.overview, m.runtime, m.adult, m.release_date,
         m.trailer_url, m.imdb_id, m.tmdb_id, m.release_year, s.rating_count, s.rating_sum,
         s.histogram[1], s.histogram[2], s.histogram[3], s.histogram[4], s.histogram[5],
         s.histogram[6], s.histogram[7], s.histogram[8], s.histogram[9], s.histogram[10]
    FROM movies m JOIN movie_stats s ON s.movie_id = m.id WHERE m.id = ANY($1::bigint[]))sql"};

constexpr db::Statement kGenresOfMovies{"genres_of_movies", R"sql(
  SELECT mg.movie_id, g.name FROM movie_genres mg JOIN genres g ON g.id = mg.genre_id
   WHERE mg.movie_id = ANY($1::bigint[]) ORDER BY mg.movie_id, mg.position, g.name)sql"};

constexpr db::Statement kPeopleOfMovies{"people_of_movies", R"sql(
  SELECT mp.movie_id, p.name, mp.character, mp.role = 'director' FROM movie_people mp
    JOIN people p ON p.id = mp.person_id
   WHERE mp.movie_id = ANY($1::bigint[])
   ORDER BY mp.movie_id, mp.role, mp.billing_order)sql"};

constexpr db::Statement kListMovies{"list_movies", R"sql(
  SELECT id FROM movies WHERE id > $1::bigint ORDER BY id OFFSET $2::bigint LIMIT $3::bigint)sql"};

constexpr db::Statement kPopular{"popular_movies", R"sql(
  SELECT movie_id FROM movie_stats ORDER BY weighted DESC, movie_id DESC LIMIT $1::bigint)sql"};

constexpr db::Statement kGenres{"genres_in_use", R"sql(
  SELECT g.name, c.films
    FROM (SELECT genre_id, count(*) AS films FROM movie_genres GROUP BY genre_id) c
    JOIN genres g ON g.id = c.genre_id ORDER BY g.name_fold)sql"};

constexpr db::Statement kInsertMovie{"insert_movie", R"sql(
  WITH film AS (
    INSERT INTO movies (title, overview, runtime, adult, poster_url, trailer_url, release_date,
                        release_year, created_by)
    VALUES ($1, nullif($2::text, ''), $3::integer, coalesce($4::boolean, false),
            nullif($5::text, ''), nullif($6::text, ''), nullif($7::text, '')::date,
            extract(year FROM nullif($7::text, '')::date)::smallint, $8::bigint)
    RETURNING id)
  INSERT INTO movie_stats (movie_id, external_rating) SELECT id, $9::double precision FROM film
  RETURNING movie_id)sql"};

constexpr db::Statement kOwnerOfMovie{
    "owner_of_movie", "SELECT created_by FROM movies WHERE id = $1::bigint FOR NO KEY UPDATE"};

constexpr db::Statement kUpdateMovie{"update_movie", R"sql(
  UPDATE movies SET
    title = coalesce($2::text, title),
    overview = CASE WHEN $3::text IS NULL THEN overview ELSE nullif($3, '') END,
    runtime = coalesce($4::integer, runtime),
    adult = coalesce($5::boolean, adult),
    poster_url = CASE WHEN $6::text IS NULL THEN poster_url ELSE nullif($6, '') END,
    trailer_url = CASE WHEN $7::text IS NULL THEN trailer_url ELSE nullif($7, '') END,
    release_date = CASE WHEN $8::text IS NULL THEN release_date ELSE nullif($8, '')::date END,
    release_year = CASE WHEN $8::text IS NULL THEN release_year
                        ELSE extract(year FROM nullif($8, '')::date)::smallint END,
    edited_by = $9::bigint, updated_at = now()
  WHERE id = $1::bigint RETURNING title)sql"};

constexpr db::Statement kSetExternalRating{"set_external_rating", R"sql(
  UPDATE movie_stats
     SET external_rating = $2::double precision,
         rating = mean_rating(rating_count, rating_sum, $2::double precision),
         weighted = weighted_rating(rating_count, rating_sum, $2::double precision)
   WHERE movie_id = $1::bigint)sql"};

constexpr db::Statement kReviewsOfMovie{"reviews_of_movie",
                                        "SELECT id FROM reviews WHERE movie_id = $1::bigint"};

constexpr db::Statement kDeleteMovie{"delete_movie",
                                     "DELETE FROM movies WHERE id = $1::bigint RETURNING title"};

// Sorted, so that two writers of the same names wait for each other in one direction only.
constexpr db::Statement kAddGenres{"add_genres", R"sql(
  INSERT INTO genres (name) SELECT name FROM unnest($1::text[]) AS name ORDER BY movie_fold(name)
  ON CONFLICT (name_fold) DO NOTHING)sql"};

constexpr db::Statement kClearGenres{"clear_genres",
                                     "DELETE FROM movie_genres WHERE movie_id = $1::bigint"};

constexpr db::Statement kLinkGenres{"link_genres", R"sql(
  INSERT INTO movie_genres (movie_id, genre_id, position)
  SELECT $1::bigint, g.id, min(n.position) - 1
    FROM unnest($2::text[]) WITH ORDINALITY AS n (name, position)
    JOIN genres g ON g.name_fold = movie_fold(n.name) GROUP BY g.id)sql"};

constexpr db::Statement kAddPeople{"add_people", R"sql(
  INSERT INTO people (name) SELECT DISTINCT name FROM unnest($1::text[]) AS name
   WHERE NOT EXISTS (SELECT FROM people p WHERE p.name = name.name) ORDER BY name
  ON CONFLICT (name) WHERE tmdb_id IS NULL DO NOTHING)sql"};

constexpr db::Statement kClearPeople{
    "clear_people", "DELETE FROM movie_people WHERE movie_id = $1::bigint AND role = $2::text"};

constexpr db::Statement kLinkPeople{"link_people", R"sql(
  INSERT INTO movie_people (movie_id, person_id, role, billing_order, character)
  SELECT $1::bigint, (SELECT min(p.id) FROM people p WHERE p.name = n.name), $2::text,
         n.position - 1, nullif(n.character, '')
    FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS n (name, character, position))sql"};

template <typename T, typename Set>
void if_set(const pqxx::row& row, int column, Set set) {
  if (!row[column].is_null()) set(row[column].as<T>());
}

v1::Movie read_movie(const pqxx::row& row) {
  v1::Movie movie;
  movie.set_id(row[0].as<std::int64_t>());
  read_card(db::text(row[1]), movie);
  if (!row[2].is_null()) {
    double rating = db::real(row[2]);
    movie.set_rating(rating);
    movie.set_average_rating(rating);
  }
  movie.set_rating_count(row[3].as<std::int64_t>());
  return movie;
}

v1::MovieDetail read_detail(const pqxx::row& row) {
  v1::MovieDetail detail;
  detail.set_id(row[0].as<std::int64_t>());
  detail.set_title(row[1].c_str());
  if_set<std::string>(row, 2, [&](std::string value) { detail.set_poster_url(std::move(value)); });
  if_set<std::string>(row, 3, [&](std::string value) { detail.set_overview(std::move(value)); });
  if_set<int>(row, 4, [&](int value) { detail.set_runtime(value); });
  detail.set_adult(row[5].as<bool>());
  if_set<std::string>(row, 6,
                      [&](std::string value) { detail.set_release_date(std::move(value)); });
  if_set<std::string>(row, 7, [&](std::string value) { detail.set_trailer_url(std::move(value)); });
  if_set<std::string>(row, 8, [&](std::string value) { detail.set_imdb_id(std::move(value)); });
  if_set<std::int64_t>(row, 9, [&](std::int64_t value) { detail.set_tmdb_id(value); });
  if_set<int>(row, 10, [&](int value) { detail.set_release_year(value); });
  auto count = row[11].as<std::int64_t>();
  detail.set_rating_count(count);
  if (count > 0) detail.set_average_rating(average_stars(row[12].as<std::int64_t>(), count));
  for (int bar = 0; bar < 10; ++bar) detail.add_histogram(row[13 + bar].as<std::int64_t>());
  return detail;
}

void load_movies(db::Tx& tx, const std::vector<std::int64_t>& ids,
                 db::Found<std::int64_t, v1::Movie>& found) {
  for (const auto& row : tx.exec(kMovies, db::array(ids))) {
    v1::Movie movie = read_movie(row);
    auto id = movie.id();
    found.add(id, std::move(movie));
  }
}

void load_details(db::Tx& tx, const std::vector<std::int64_t>& ids,
                  db::Found<std::int64_t, v1::MovieDetail>& found) {
  std::string list = db::array(ids);
  std::unordered_map<std::int64_t, v1::MovieDetail> details;
  for (const auto& row : tx.exec(kDetails, list)) {
    v1::MovieDetail detail = read_detail(row);
    auto id = detail.id();
    details.emplace(id, std::move(detail));
  }
  if (details.empty()) return;
  // A film that was added between the statements is left out.
  auto of_film = [&](const pqxx::row& row) {
    auto it = details.find(row[0].as<std::int64_t>());
    return it == details.end() ? nullptr : &it->second;
  };
  for (const auto& row : tx.exec(kGenresOfMovies, list)) {
    if (auto* detail = of_film(row)) detail->add_genres()->set_name(row[1].c_str());
  }
  for (const auto& row : tx.exec(kPeopleOfMovies, list)) {
    auto* detail = of_film(row);
    if (detail == nullptr) continue;
    if (row[3].as<bool>()) {
      detail->add_directors()->set_name(row[1].c_str());
      continue;
    }
    auto* actor = detail->add_actors();
    actor->set_name(row[1].c_str());
    if (!row[2].is_null()) actor->set_character(row[2].c_str());
  }
  for (auto& [id, detail] : details) found.add(id, std::move(detail));
}

void write_genres(db::Tx& tx, std::int64_t id, const std::vector<std::string>& genres) {
  tx.exec(kClearGenres, id);
  if (genres.empty()) return;
  std::string names = db::array(genres);
  tx.exec(kAddGenres, names);
  tx.exec(kLinkGenres, id, names);
}

void write_people(db::Tx& tx, std::int64_t id, const char* role,
                  const std::vector<std::string>& names,
                  const std::vector<std::string>& characters) {
  tx.exec(kClearPeople, id, role);
  if (names.empty()) return;
  std::string name_list = db::array(names);
  tx.exec(kAddPeople, name_list);
  tx.exec(kLinkPeople, id, role, name_list, db::array(characters));
}

void write_parts(db::Tx& tx, std::int64_t id, const FilmDraft& draft) {
  if (draft.genres) write_genres(tx, id, *draft.genres);
  if (draft.directors) {
    write_people(tx, id, "director", *draft.directors,
                 std::vector<std::string>(draft.directors->size()));
  }
  if (draft.actors) {
    std::vector<std::string> names;
    std::vector<std::string> characters;
    for (const auto& actor : *draft.actors) {
      names.push_back(actor.name);
      characters.push_back(actor.character);
    }
    write_people(tx, id, "actor", names, characters);
  }
}

void check_owner(db::Tx& tx, std::int64_t id, std::int64_t user, bool any, const char* what) {
  auto rows = tx.exec(kOwnerOfMovie, id);
  if (rows.empty()) throw movie_not_found();
  if (any || (!rows[0][0].is_null() && rows[0][0].as<std::int64_t>() == user)) return;
  throw Error::denied("not_your_movie", std::string("Unauthorized to ") + what + " this movie");
}

std::vector<std::int64_t> read_ids(const pqxx::result& rows) {
  std::vector<std::int64_t> ids;
  for (const auto& row : rows) ids.push_back(row[0].as<std::int64_t>());
  return ids;
}

std::string title_in(const pqxx::result& rows) {
  return rows.empty() ? std::string() : rows[0][0].as<std::string>();
}

events::v1::MovieChanged change_of(events::v1::MovieChanged::Change what, const std::string& title,
                                   std::int64_t user) {
  events::v1::MovieChanged change;
  change.set_change(what);
  change.set_title(title);
  change.set_user_id(user);
  return change;
}

}  // namespace

Error movie_not_found() {
  return Error::not_found("movie_not_found", "Movie not found");
}

CatalogStore::CatalogStore(db::Pool& pool, events::Outbox& outbox)
    : pool_(pool), outbox_(outbox), movies_(pool, &load_movies), details_(pool, &load_details) {}

std::vector<std::shared_ptr<const v1::Movie>> CatalogStore::movies(
    const Deadline& deadline, const std::vector<std::int64_t>& ids) {
  return movies_.load_many(deadline, ids);
}

std::shared_ptr<const v1::MovieDetail> CatalogStore::detail(const Deadline& deadline,
                                                            std::int64_t id) {
  return details_.load(deadline, id);
}

std::vector<std::int64_t> CatalogStore::list(const Deadline& deadline, std::int64_t after,
                                             std::int64_t offset, std::int64_t limit) {
  return pool_.read(
      deadline, [&](db::Tx& tx) { return read_ids(tx.exec(kListMovies, after, offset, limit)); });
}

std::vector<std::int64_t> CatalogStore::popular(const Deadline& deadline, std::int64_t limit) {
  return pool_.read(deadline, [&](db::Tx& tx) { return read_ids(tx.exec(kPopular, limit)); });
}

v1::ListGenresReply CatalogStore::genres(const Deadline& deadline) {
  return pool_.read(deadline, [&](db::Tx& tx) {
    v1::ListGenresReply reply;
    for (const auto& row : tx.exec(kGenres)) {
      auto* genre = reply.add_genres();
      genre->set_name(row[0].c_str());
      genre->set_movie_count(row[1].as<std::int64_t>());
    }
    return reply;
  });
}

std::int64_t CatalogStore::create(const Deadline& deadline, const FilmDraft& draft,
                                  std::int64_t user) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    auto rows = tx.exec(kInsertMovie, *draft.title, draft.overview, draft.runtime, draft.adult,
                        draft.poster_url, draft.trailer_url, draft.release_date, user,
                        draft.external_rating);
    auto id = rows[0][0].as<std::int64_t>();
    write_parts(tx, id, draft);
    outbox_.add(tx, events::kMovieChanged, id,
                change_of(events::v1::MovieChanged::CHANGE_ADDED, *draft.title, user));
    return id;
  });
}

std::string CatalogStore::update(const Deadline& deadline, std::int64_t id, const FilmDraft& draft,
                                 std::int64_t user, bool any) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    check_owner(tx, id, user, any, "update");
    const auto rows =
        tx.exec(kUpdateMovie, id, draft.title, draft.overview, draft.runtime, draft.adult,
                draft.poster_url, draft.trailer_url, draft.release_date, user);
    if (draft.external_rating) tx.exec(kSetExternalRating, id, *draft.external_rating);
    write_parts(tx, id, draft);
    outbox_.add(tx, events::kMovieChanged, id,
                change_of(events::v1::MovieChanged::CHANGE_EDITED, title_in(rows), user));
    return title_in(rows);
  });
}

std::vector<std::int64_t> CatalogStore::remove(const Deadline& deadline, std::int64_t id,
                                               std::int64_t user, bool any) {
  return pool_.write(deadline, [&](db::Tx& tx) {
    check_owner(tx, id, user, any, "delete");
    auto reviews = read_ids(tx.exec(kReviewsOfMovie, id));
    const auto rows = tx.exec(kDeleteMovie, id);
    outbox_.add(tx, events::kMovieChanged, id,
                change_of(events::v1::MovieChanged::CHANGE_DELETED, title_in(rows), user));
    return reviews;
  });
}

}  // namespace marquee::movie
