#include "libs/testing/nats.h"

#include <csignal>
#include <filesystem>
#include <stdexcept>

#include <absl/strings/str_join.h>

#include "libs/testing/tcp.h"

namespace marquee::testing {

Nats& Nats::shared() {
  static Nats instance;
  return instance;
}

Nats::Nats() : port_(free_port()), url_("nats://127.0.0.1:" + std::to_string(port_)) {
  start();
}

namespace {

constexpr int kClusterServers = 3;
constexpr std::chrono::seconds kStartTime{20};

}  // namespace

void Nats::start() {
  server_ = std::make_unique<Process>(std::vector<std::string>{
      "nats-server", "-a", "127.0.0.1", "-p", std::to_string(port_), "-js", "-sd", folder_.path()});
  if (!eventually([this] { return Socket::can_connect(port_); }, kStartTime)) {
    throw std::runtime_error("the test NATS did not start");
  }
}

void Nats::stop() {
  if (!server_) return;
  server_->signal(SIGKILL);
  server_->wait(std::chrono::seconds(5));
  server_.reset();
}

void Nats::forget() {
  std::filesystem::remove_all(folder_.path() + "/jetstream");
}

NatsCluster::NatsCluster() : folders_(kClusterServers) {
  std::vector<int> ports;
  std::vector<std::string> routes;
  for (int i = 0; i < kClusterServers; ++i) {
    ports.push_back(free_port());
    routes.push_back("nats://127.0.0.1:" + std::to_string(free_port()));
  }
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string port = std::to_string(ports[i]);
    url_ += (i == 0 ? "nats://127.0.0.1:" : ",nats://127.0.0.1:") + port;
    servers_.emplace_back(std::vector<std::string>{
        "nats-server", "-a", "127.0.0.1", "-p", port, "-js", "-sd", folders_[i].path(),
        "--server_name", "server-" + std::to_string(i), "--cluster_name", "tests", "--cluster",
        routes[i], "--routes", absl::StrJoin(routes, ",")});
  }
  for (const int port : ports) {
    if (!eventually([port] { return Socket::can_connect(port); }, kStartTime)) {
      throw std::runtime_error("the test NATS cluster did not start");
    }
  }
}

}  // namespace marquee::testing
