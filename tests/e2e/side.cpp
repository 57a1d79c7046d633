#include "tests/e2e/side.h"

#include <csignal>
#include <stdexcept>

#include "libs/testing/paths.h"

namespace marquee::e2e {
namespace {

constexpr auto kReadyPatience = std::chrono::seconds(30);

Settings with(Settings settings, const Settings& others) {
  settings.insert(others.begin(), others.end());
  return settings;
}

std::string secret(const Suite& suite, const std::string& name) {
  return suite.data() + "/secrets/" + name;
}

}  // namespace

SideProcess::SideProcess(const Suite& suite, const std::string& program, const std::string& prefix,
                         Settings settings, const std::string& ready)
    : port_(testing::free_port()), ops_port_(testing::free_port()) {
  settings.emplace("LISTEN", address());
  settings.emplace("OPS_LISTEN", "127.0.0.1:" + std::to_string(ops_port_));
  settings.emplace("NATS_URL_FILE", secret(suite, "nats.url"));
  testing::Process::Options options;
  options.output = suite.data() + "/log/side-" + program + ".log";
  for (const auto& [key, value] : settings) options.environment[prefix + key] = value;
  process_ = std::make_unique<testing::Process>(
      std::vector<std::string>{testing::binary_dir() + "/bin/" + program}, options);
  auto client = ops();
  const bool said = testing::eventually(
      [&] { return !process_->running() || client.get(ready).status == 200; }, kReadyPatience);
  if (!said || !process_->running()) {
    throw std::runtime_error("a second " + program + " did not start; see " + options.output);
  }
}

testing::HttpClient SideProcess::ops() const {
  return testing::HttpClient("http://127.0.0.1:" + std::to_string(ops_port_));
}

int SideProcess::stop() {
  process_->signal(SIGTERM);
  return process_->wait(std::chrono::seconds(20));
}

std::string upstream(const Suite& suite, const std::string& name, const std::string& host) {
  std::string result;
  const std::string program = (name == "rooms" ? "room-sync" : name) + "-service";
  for (const auto& [process, port] : suite.ports()) {
    if (process.rfind(program, 0) != 0 || process.find(".ops") != std::string::npos) continue;
    result += (result.empty() ? name + "=" : "|") + host + ":" + std::to_string(port);
  }
  return result;
}

SideAuth::SideAuth(const Suite& suite, const Settings& settings)
    : SideProcess(suite, "auth-service", "MARQUEE_AUTH_",
                  with(settings, {{"DATABASE_URL_FILE", secret(suite, "auth.database_url")},
                                  {"KEY_SECRET_FILE", secret(suite, "auth.key")}})) {}

SideMovie::SideMovie(const Suite& suite, const Settings& settings)
    : SideProcess(
          suite, "movie-service", "MARQUEE_MOVIE_",
          with(settings, {{"DATABASE_URL_FILE", secret(suite, "movie.database_url")},
                          {"AUTH_TARGET", "dns:///127.0.0.1:" +
                                              std::to_string(suite.ports()["auth-service"])}})) {}

SideGateway::SideGateway(const Suite& suite, const Settings& settings, const SideAuth* auth,
                         const std::string& ready)
    : SideProcess(
          suite, "gateway", "MARQUEE_GATEWAY_",
          with(settings, {{"RATES", kAmpleRates},
                          {"UPSTREAMS",
                           (auth != nullptr ? "auth=" + auth->address() : upstream(suite, "auth")) +
                               "," + upstream(suite, "movie") + "," +
                               upstream(suite, "notification") + "," + upstream(suite, "rooms")}}),
          ready),
      url_("http://" + address()) {}

}  // namespace marquee::e2e
