#include "libs/testing/smtp_server.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "libs/testing/paths.h"
#include "libs/testing/tcp.h"

namespace marquee::testing {

SmtpServer::SmtpServer(std::vector<std::string> options)
    : port_(free_port()), options_(std::move(options)) {
  start();
}

void SmtpServer::start() {
  // The distribution's Python, whose packages these are, and not another in the PATH.
  std::vector<std::string> command = {"/usr/bin/python3",
                                      source_dir() + "/libs/testing/smtp_server.py",
                                      std::to_string(port_), folder_.path()};
  command.insert(command.end(), options_.begin(), options_.end());
  server_ = std::make_unique<Process>(command);
  if (!eventually([this] { return !server_->running() || Socket::can_connect(port_); },
                  std::chrono::seconds(20)) ||
      !server_->running()) {
    throw std::runtime_error("the test's mail server did not start");
  }
}

void SmtpServer::stop() {
  if (!server_) return;
  server_->signal(SIGKILL);
  server_->wait(std::chrono::seconds(5));
  server_.reset();
}

std::vector<std::string> SmtpServer::mails() const {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path().extension().empty()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> mails;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    mails.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return mails;
}

}  // namespace marquee::testing
