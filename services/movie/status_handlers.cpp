#include "services/movie/status_handlers.h"

#include <algorithm>

namespace marquee::movie {
namespace {

constexpr std::chrono::seconds kPingMax{2};

}  // namespace

void StatusHandlers::bind(rpc::Server& server) {
  server.service("marquee.movie.v1.MovieStatus")
      .on("GetStatus", &StatusHandlers::get_status, *this);
}

v1::MovieStatusReply StatusHandlers::get_status(const rpc::Call& call,
                                                const google::protobuf::Empty&) {
  v1::MovieStatusReply reply;
  try {
    pool_.ping(call.deadline().within(kPingMax));
    reply.set_status("OK");
    reply.set_database("Connected");
  } catch (const Error&) {
    // The contract shows an unreachable database in the body, not as a failed call.
    reply.set_status("ERROR");
    reply.set_database("Not connected");
    reply.set_error("The database cannot be reached");
    reply.set_failed(true);
  }
  return reply;
}

}  // namespace marquee::movie
