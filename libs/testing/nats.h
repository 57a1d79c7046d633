// NATS servers of the tests' own on free ports of 127.0.0.1. They need the nats-server package.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

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

// Three servers that keep streams together. They accept connections at once, and streams a few
// seconds later.
class NatsCluster {
 public:
  NatsCluster();
  const std::string& url() const { return url_; }  // of all

 private:
  std::vector<TemporaryFolder> folders_;
  std::string url_;
  std::deque<Process> servers_;
};

}  // namespace marquee::testing
