// A real mail server of the tests' own on a free port of 127.0.0.1, and what it was handed. Needs
// the python3-aiosmtpd package.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/testing/process.h"

namespace marquee::testing {

class SmtpServer {
 public:
  // `options` as libs/testing/smtp_server.py has them. Returns when it accepts connections.
  explicit SmtpServer(std::vector<std::string> options = {});

  int port() const { return port_; }
  // Whole mails, in the order in which they came, each with a line in front: "X-Envelope: FROM TO
  // plain" (or tls).
  std::vector<std::string> mails() const;
  void stop();
  void start();  // on the same port

 private:
  TemporaryFolder folder_;
  const int port_;
  const std::vector<std::string> options_;
  std::unique_ptr<Process> server_;
};

}  // namespace marquee::testing
