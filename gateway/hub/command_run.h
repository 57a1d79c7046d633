// One command of a socket from its data to its answer: is there such a command, may this socket
// call it now and as often, what does the service say, which topics does it join or leave. For the
// hub (gateway/hub/hub.h).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/asio.h"
#include "gateway/hub/socket_client.h"

namespace marquee::gateway {

// On the client's thread. Answers by the client's wire, if it is still there then.
net::awaitable<void> run_command(std::shared_ptr<SocketClient> client, SocketCommand command);

// Joins the topic without asking anybody: returns when all that is published from now on will be
// heard.
net::awaitable<void> join_freely(std::shared_ptr<SocketClient> client, std::string topic);

// Joins what the client had joined elsewhere, and tells it what came since.
net::awaitable<void> go_on_with_topics(std::shared_ptr<SocketClient> client,
                                       std::vector<std::pair<std::string, ResumePoint>> topics);

// Tells what the client missed of the topics that it has joined, or that it has to load anew.
net::awaitable<void> resume_topics(std::shared_ptr<SocketClient> client, ResumePoint point);

}  // namespace marquee::gateway
