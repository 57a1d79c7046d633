// A Marquee that the tests talk to, started by deploy/marquee as an operator would: a data folder
// of its own, a free port, the programs of this build. It is stopped and deleted with the object,
// and also when the test is killed. Used from the test's main thread; url() and port() from any.
//
// With MARQUEE_E2E_URL (http://127.0.0.1:PORT) the shared suite is one that runs already: tests
// that need control over it say so and do nothing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "libs/testing/http_client.h"
#include "libs/testing/process.h"

namespace marquee::e2e {

using Settings = std::map<std::string, std::string>;  // environment variables

// For MARQUEE_GATEWAY_RATES: more than any test calls.
inline constexpr char kAmpleRates[] =
    "read=1000000/1s,write=1000000/1s,auth=1000000/1s,refresh=1000000/1s,search=1000000/1s,"
    "chat=1000000/1s,join=1000000/1s";

class Suite {
 public:
  // Started on first use, two of each service but auth, the sample loaded, no rate limits to speak
  // of.
  static Suite& shared();

  // Throws std::runtime_error with the command's output when `up` fails.
  Suite(std::vector<std::string> up_options, Settings settings);
  ~Suite();
  Suite(const Suite&) = delete;
  Suite& operator=(const Suite&) = delete;

  const std::string& url() const { return url_; }
  int port() const { return port_; }
  testing::HttpClient client() const { return testing::HttpClient(url_); }
  // False for a suite that somebody else started.
  bool ours() const { return ours_; }

  // deploy/marquee COMMAND --data ... ARGUMENTS; the exit code. `output` gets what it said.
  int command(const std::string& name, const std::vector<std::string>& arguments = {},
              std::string* output = nullptr) const;
  // `up` again with the options of the first time.
  int up(std::string* output = nullptr) const;

  const std::string& data() const { return data_; }
  // Ports by process: "auth-service", "movie-service-1", "gateway", "gateway.ops", "nats".
  std::map<std::string, int> ports() const;
  // Running processes by name, "postgres" and "nats" among them.
  std::map<std::string, pid_t> pids() const;

 private:
  explicit Suite(const std::string& url);

  std::string url_;
  int port_ = 0;
  bool ours_ = true;
  std::unique_ptr<testing::TemporaryFolder> folder_;
  std::string data_;
  std::vector<std::string> up_options_;
  Settings settings_;
  std::unique_ptr<testing::Process> undertaker_;
};

// True, with a warning in the report, when the shared suite is not ours to control.
bool without_control();

}  // namespace marquee::e2e
