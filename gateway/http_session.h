// One HTTP/1.1 connection: reads requests one after the other, lets the pipeline answer, writes,
// until either side has had enough. Requests that came together are answered together: what needs
// no waiting is answered without a coroutine, straight from the buffer, and all that is ready when
// the connection has to wait for anything leaves in one write.
//
// Security posture: everything that arrives is hostile. Sizes and times are bounded by Config;
// requests whose length could be read in two ways are refused and the connection closed
// (gateway/request_parser.h).
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "gateway/asio.h"
#include "gateway/config.h"

namespace marquee::gateway {

class ConnectionWatch;
class Entrance;
class Pipeline;

// Ends when the connection does. The arguments outlive it; runs on the watch's thread.
net::awaitable<void> serve_connection(net::ip::tcp::socket socket, ConnectionWatch& watch,
                                      const Pipeline& pipeline, const Entrance& entrance,
                                      const Config& config);

}  // namespace marquee::gateway
