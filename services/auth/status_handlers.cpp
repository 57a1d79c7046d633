#include "services/auth/status_handlers.h"

#include <algorithm>

namespace marquee::auth {
namespace {

constexpr std::chrono::milliseconds kPingPatience{1000};

}  // namespace

void StatusHandlers::bind(rpc::Service& service) {
  service.on("GetStatus", &StatusHandlers::get_status, *this);
}

v1::StatusReply StatusHandlers::get_status(const rpc::Call& call, const Empty&) {
  v1::StatusReply reply;
  try {
    database_.ping(call.deadline().within(kPingPatience));
    reply.set_status("OK");
    reply.set_database("Connected");
  } catch (const Error&) {
    reply.set_status("ERROR");
    reply.set_database("Not connected");
    reply.set_error("The database does not answer");
    reply.set_failed(true);
  }
  return reply;
}

}  // namespace marquee::auth
