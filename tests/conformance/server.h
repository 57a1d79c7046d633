// What both conformance servers are made of: a port, one thread, HTTP connections that a site
// answers, until SIGINT or SIGTERM.
#pragma once

#include <boost/asio/io_context.hpp>

#include "tests/conformance/http_connection.h"

namespace marquee::conformance {

// Listens on all addresses and prints "listening on port N"; 0 takes a free one. Throws
// boost::system::system_error when it is taken.
void run_server(boost::asio::io_context& context, int port, Site& site);

}  // namespace marquee::conformance
