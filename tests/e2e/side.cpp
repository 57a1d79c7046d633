#include "tests/e2e/side.h"

#include <stdexcept>

#include "libs/testing/paths.h"

namespace marquee::e2e {
namespace {

constexpr auto kReadyPatience = std::chrono::seconds(30);

std::unique_ptr<testing::Process> start(const Suite& suite, const std::string& program,
                                        const std::string& prefix, int port, Settings settings) {
  const int ops_port = testing::free_port();
  settings.emplace("LISTEN", "127.0.0.1:" + std::to_string(port));
  settings.emplace("OPS_LISTEN", "127.0.0.1:" + std::to_string(ops_port));
  settings.emplace("NATS_URL_FILE", suite.data() + "/secrets/nats.url");
  testing::Process::Options options;
  options.output = suite.data() + "/log/side-" + program + ".log";
  for (const auto& [key, value] : settings) options.environment[prefix + key] = value;
  auto process = std::make_unique<testing::Process>(
      std::vector<std::string>{testing::binary_dir() + "/bin/" + program}, options);
  testing::HttpClient ops("http://127.0.0.1:" + std::to_string(ops_port));
  bool ready = testing::eventually(
      [&] { return !process->running() || ops.get("/readyz").status == 200; }, kReadyPatience);
  if (!ready || !process->running()) {
    throw std::runtime_error("a second " + program + " did not start; see " + options.output);
  }
  return process;
}

// name=host:port|host:port of a service's replicas.
std::string upstream(const Suite& suite, const std::string& name) {
  std::string result;
  const std::string program = name + "-service";
  for (const auto& [process, port] : suite.ports()) {
    if (process.rfind(program, 0) != 0 || process.find(".ops") != std::string::npos) continue;
    result += (result.empty() ? name + "=" : "|") + "127.0.0.1:" + std::to_string(port);
  }
  return result;
}

}  // namespace

SideAuth::SideAuth(const Suite& suite, const Settings& settings) : port_(testing::free_port()) {
  Settings all = settings;
  all.emplace("DATABASE_URL_FILE", suite.data() + "/secrets/auth.database_url");
  all.emplace("KEY_SECRET_FILE", suite.data() + "/secrets/auth.key");
  process_ = start(suite, "auth-service", "MARQUEE_AUTH_", port_, all);
}

SideGateway::SideGateway(const Suite& suite, const Settings& settings, const SideAuth* auth)
    : port_(testing::free_port()), url_("http://127.0.0.1:" + std::to_string(port_)) {
  Settings all = settings;
  all.emplace("RATES", kAmpleRates);
  all.emplace("UPSTREAMS", (auth != nullptr ? "auth=" + auth->address() : upstream(suite, "auth")) +
                               "," + upstream(suite, "movie"));
  process_ = start(suite, "gateway", "MARQUEE_GATEWAY_", port_, all);
}

}  // namespace marquee::e2e
