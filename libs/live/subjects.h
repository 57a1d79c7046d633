// How topics of live events are subjects of NATS: `movie:17` is `live.out.movie:17` for those who
// hear it, `live.log.movie:17` for what the stream LIVE numbers and keeps on the way. Pure
// functions.
#pragma once

#include <string>
#include <string_view>

namespace marquee::live {

inline constexpr std::size_t kTopicBytesMax = 128;

// `topic`: any bytes; what a subject cannot hold is written as =XX.
std::string heard_subject(std::string_view topic);
std::string kept_subject(std::string_view topic);

// The subjects that LIVE takes, and where it sends them on.
inline constexpr char kKeptSubjects[] = "live.log.>";
inline constexpr char kHeardSubjects[] = "live.out.>";

}  // namespace marquee::live
