// Further processes beside a suite, with settings of their own, on its database and bus: a second
// gateway, or an auth service whose tokens are short-lived. Each lives as long as its object.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "libs/testing/http_client.h"
#include "libs/testing/process.h"
#include "tests/e2e/suite.h"

namespace marquee::e2e {

class SideProcess {
 public:
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  int ops_port() const { return ops_port_; }
  // Metrics and health.
  testing::HttpClient ops() const;
  // SIGTERM; the exit code.
  int stop();
  void signal(int number) const { process_->signal(number); }
  // Waits for the end; the exit code, 128 + signal, or -1 on time-out.
  int wait(std::chrono::milliseconds patience) { return process_->wait(patience); }
  pid_t pid() const { return process_->pid(); }

 protected:
  // `settings` without the prefix: {"ACCESS_LIFETIME", "2s"}. Returns when `ready`, a path of the
  // ops port, says so.
  SideProcess(const Suite& suite, const std::string& program, const std::string& prefix,
              Settings settings, const std::string& ready = "/readyz");

 private:
  int port_;
  int ops_port_;
  std::unique_ptr<testing::Process> process_;
};

class SideAuth : public SideProcess {
 public:
  SideAuth(const Suite& suite, const Settings& settings);
};

class SideMovie : public SideProcess {
 public:
  explicit SideMovie(const Suite& suite, const Settings& settings = {});
};

class SideGateway : public SideProcess {
 public:
  // Before the suite's services, or with another auth service than its own.
  explicit SideGateway(const Suite& suite, const Settings& settings = {},
                       const SideAuth* auth = nullptr, const std::string& ready = "/readyz");
  testing::HttpClient client() const { return testing::HttpClient(url_); }
  const std::string& url() const { return url_; }

 private:
  std::string url_;
};

// name=host:port|host:port of a service's replicas, as a gateway takes it.
std::string upstream(const Suite& suite, const std::string& name,
                     const std::string& host = "127.0.0.1");

}  // namespace marquee::e2e
