// What rooms there are, and what may be said in them. The checks throw INVALID_ARGUMENT with the
// field's name where nothing else is said. Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/core/clock.h"

namespace marquee::rooms {

inline constexpr std::array<std::string_view, 4> kChatRooms = {"NEWS", "MOVIES", "GAMES", "MUSIC"};

// `room` is in upper case, as requests are read. Throws NOT_FOUND "Unknown room".
void check_room(std::string_view room);
// "chat:NEWS": the topic of live events, and the tag of cached answers.
std::string chat_topic(std::string_view room);

// What sockets in `lobby` hear. Throws for a name that is missing, longer than 64 bytes or has
// control characters.
std::string lobby_topic(std::string_view lobby);
// What a lobby's visitors call themselves.
void check_alias(std::string_view alias);

// What is said, without blanks around it. `field` is its name in the request.
std::string check_said(const std::string& field, std::string_view said);

// "Nov-13 04:05PM", UTC.
std::string time_stamp(WallTime at);

// How many of a list; 0 means `default_limit`. Throws for a negative number.
std::int64_t check_limit(std::int64_t limit, std::int64_t default_limit, std::int64_t max_limit);
// The id that a list goes on from; 0 when `cursor` is empty. Throws "Invalid cursor".
std::int64_t id_of_cursor(std::string_view cursor);

}  // namespace marquee::rooms
