// Further processes beside a suite, with settings of their own, on its database and bus: a second
// gateway, or an auth service whose tokens are short-lived. Each lives as long as its object.
#pragma once

#include <memory>
#include <string>

#include "libs/testing/http_client.h"
#include "libs/testing/process.h"
#include "tests/e2e/suite.h"

namespace marquee::e2e {

class SideAuth {
 public:
  // `settings` without the prefix: {"ACCESS_LIFETIME", "2s"}. Returns when it is ready.
  SideAuth(const Suite& suite, const Settings& settings);
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int port_;
  std::unique_ptr<testing::Process> process_;
};

class SideGateway {
 public:
  // Before the suite's services, or with another auth service than its own.
  explicit SideGateway(const Suite& suite, const Settings& settings = {},
                       const SideAuth* auth = nullptr);
  testing::HttpClient client() const { return testing::HttpClient(url_); }
  const std::string& url() const { return url_; }
  int port() const { return port_; }

 private:
  int port_;
  std::string url_;
  std::unique_ptr<testing::Process> process_;
};

}  // namespace marquee::e2e
