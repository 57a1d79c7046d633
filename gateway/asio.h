// The part of Asio that the gateway uses, under one short name.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace marquee::gateway {
namespace net = boost::asio;
}  // namespace marquee::gateway
