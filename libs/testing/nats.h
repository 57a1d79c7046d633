// A NATS server of the tests' own on a free port of 127.0.0.1. Needs the nats-server package.
#pragma once

#include <memory>
#include <string>

#include "libs/testing/process.h"

namespace marquee::testing {

class Nats {
 public:
  // Starts on first use; ends with the process.
  static Nats& shared();
  Nats();
  const std::string& url() const { return url_; }
  void stop();
  // Between stop() and start(): removes what JetStream had stored.
  void forget();
  // On the same port; returns when it accepts connections.
  void start();

 private:
  TemporaryFolder folder_;
  int port_;
  std::string url_;
  std::unique_ptr<Process> server_;
};

}  // namespace marquee::testing
