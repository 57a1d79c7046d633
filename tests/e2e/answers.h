// What tests say about answers. Each function returns "" when all is well, else what is wrong, so
// that the line of the test shows in the report:  CHECK(error_faults(reply, 404, "Not found") ==
// "");
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "libs/testing/http_client.h"

namespace marquee::e2e {

using nlohmann::json;
using testing::HttpClient;
using testing::HttpReply;

// The one error object (RFC 9457 and what each client reads) with this status, its headers, and the
// text where `message` is given.
std::string error_faults(const HttpReply& reply, int status, const std::string& message = {});

// A 400 that blames `field` in `errors`, with `text` (any where it is empty).
std::string field_faults(const HttpReply& reply, const std::string& field,
                         const std::string& text = {});
// The same, and also as a member of the error object itself, as MovieConnect's clients read it.
std::string top_field_faults(const HttpReply& reply, const std::string& field,
                             const std::string& text = {});

// A JSON answer of that status.
std::string success_faults(const HttpReply& reply, int status);
// The same, an object with this `message`.
std::string message_faults(const HttpReply& reply, int status, const std::string& message);
// 204: no body, no type.
std::string no_content_faults(const HttpReply& reply);

// An object that has at least the fields of `shape`: "id:int title:text overview:text? adult:flag".
// Kinds: int, number, text, flag, date (YYYY-MM-DD), time (RFC 3339, UTC, Z), list; "?" allows
// null.
std::string shape_faults(const json& value, const std::string& shape);
// An array of such objects.
std::string shapes_faults(const json& value, const std::string& shape);

inline constexpr char kMovieShape[] =
    "id:int title:text overview:text? description:text? rating:number? average_rating:number? "
    "rating_count:int genre:text poster_url:text? release_date:date? director:text? runtime:int? "
    "adult:flag created_by:int?";
inline constexpr char kMovieCardShape[] =
    "id:int title:text poster_url:text? overview:text? release_date:date? runtime:int? adult:flag";
inline constexpr char kRatedMovieShape[] =
    "id:int title:text poster_url:text? overview:text? release_date:date? runtime:int? adult:flag "
    "user_rating:number?";
inline constexpr char kMovieDetailShape[] =
    "id:int title:text poster_url:text? overview:text? runtime:int? adult:flag release_date:date? "
    "genres:list actors:list directors:list average_rating:number? rated:number on_watchlist:flag";
inline constexpr char kReviewShape[] =
    "id:int movie_id:int user_id:int username:text rating:number comment:text created_at:time "
    "updated_at:time?";
inline constexpr char kCommentShape[] = "id:int body:text timestamp:time username:text";
inline constexpr char kRatingShape[] = "id:int movie:int user:int rating:number timestamp:time";
inline constexpr char kOwnProfileShape[] =
    "id:int username:text email:text birth_date:date? is_private:flag bio:text?";

// `body` with fields that no request knows: they must be ignored.
json with_unknown_fields(json body);

}  // namespace marquee::e2e
