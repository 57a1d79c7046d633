// One HTTP/1.1 connection: reads requests one after the other (pipelined ones wait in the buffer),
// lets the pipeline answer, writes, until either side has had enough.
//
// Security posture: everything that arrives is hostile. Sizes and times are bounded by Config;
// requests whose length could be read in two ways are refused and the connection closed; the parser
// is Beast's, seen by http_session.cpp alone.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "gateway/asio.h"
#include "gateway/config.h"

namespace marquee::gateway {

class ConnectionWatch;
class Pipeline;

// Ends when the connection does. The arguments outlive it; runs on the watch's thread.
net::awaitable<void> serve_connection(net::ip::tcp::socket socket, ConnectionWatch& watch,
                                      const Pipeline& pipeline, const Config& config);

}  // namespace marquee::gateway
