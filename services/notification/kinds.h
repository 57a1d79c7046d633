// The kinds of notifications: how they are named in the database and JSON, what is on unless a user
// says otherwise, and how they read. Pure functions.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "marquee/notification/v1/inbox.pb.h"

namespace marquee::notification {

// By which ways a kind reaches a user. Without the inbox there is nothing for the others.
struct Channels {
  bool inbox = true;
  bool push = true;
  bool email = true;
};

struct KindRow {
  v1::Kind kind;
  const char* name;
  Channels defaults;
};

inline constexpr std::array<KindRow, 6> kKinds = {{
    {v1::KIND_MESSAGE, "message", {}},
    {v1::KIND_APPLICATION, "application", {}},
    {v1::KIND_PROJECT, "project", {}},
    {v1::KIND_TEAM, "team", {}},
    {v1::KIND_REVIEW, "review", {}},
    {v1::KIND_MOVIE, "movie", {true, true, false}},
}};

// Null for a name of a later version.
const KindRow* find_kind(std::string_view name);
const KindRow& row_of(v1::Kind kind);

// "ada and 2 others reviewed Heat". `actor`: the last one's name, empty when the account is gone.
std::string sentence(std::string_view kind, std::string_view actor, int actors,
                     std::string_view title);

}  // namespace marquee::notification
