#include "libs/testing/nats.h"

#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "libs/testing/tcp.h"

namespace marquee::testing {

Nats& Nats::shared() {
  static Nats instance;
  return instance;
}

Nats::Nats() : port_(free_port()), url_("nats://127.0.0.1:" + std::to_string(port_)) {
  start();
}

void Nats::start() {
  server_ = std::make_unique<Process>(std::vector<std::string>{
      "nats-server", "-a", "127.0.0.1", "-p", std::to_string(port_), "-js", "-sd", folder_.path()});
  if (!eventually([this] { return Socket::can_connect(port_); }, std::chrono::seconds(20))) {
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

}  // namespace marquee::testing
