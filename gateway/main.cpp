#include <csignal>
#include <functional>
#include <iostream>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/api_document.h"
#include "gateway/descriptors.h"
#include "gateway/gateway.h"
#include "gateway/health_check.h"
#include "libs/core/config.h"
#include "libs/core/log.h"
#include "libs/rpc/lock_order.h"
#include "marquee_descriptor_set.h"

namespace {

constexpr std::chrono::seconds kRestInterval{3};
// Beside connections: streams to services, the bus, files.
constexpr int kOtherDescriptors = 1'024;

int serve(const marquee::gateway::Config& config) {
  marquee::gateway::reserve_descriptors(config.connections_max + kOtherDescriptors);
  marquee::log::start("gateway", config.log_level, config.log_file_bytes_max);
  // Before the first thread, so that a signal cannot come too early.
  boost::asio::io_context context;
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  boost::asio::signal_set reload(context, SIGHUP);
  marquee::gateway::Gateway gateway(config, marquee::embedded::marquee_descriptor_set());
  gateway.start();
  std::function<void()> wait_for_reload = [&] {
    reload.async_wait([&](boost::system::error_code error, int) {
      if (error) return;
      gateway.reload_certificate();
      wait_for_reload();
    });
  };
  wait_for_reload();
  boost::asio::steady_timer rest(context);
  std::function<void()> give_back_memory = [&] {
    rest.expires_after(kRestInterval);
    rest.async_wait([&](boost::system::error_code error) {
      if (error) return;
      gateway.give_back_memory();
      give_back_memory();
    });
  };
  give_back_memory();
  signals.async_wait([&](boost::system::error_code, int) {
    reload.cancel();
    rest.cancel();
  });
  context.run();
  gateway.stop();
  return 0;
}

int print(const std::string& text) {
  std::cout << text << std::flush;
  return std::cout ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  marquee::rpc::skip_lock_order_checks();
  marquee::gateway::Config config;
  marquee::core::Options options("gateway", "MARQUEE_GATEWAY_",
                                 "HTTP in, gRPC out: the public API of Marquee.");
  config.add_to(options);
  options.add_command("health", "Ask the running gateway whether it is ready", "", 0, 0,
                      [&](const auto&) { return marquee::gateway::check_health(config); });
  options.add_command(
      "openapi", "Print the OpenAPI document of the API", "", 0, 0, [&](const auto&) {
        return print(
            marquee::gateway::openapi_text(marquee::embedded::marquee_descriptor_set(), config));
      });
  options.add_command(
      "asyncapi", "Print the AsyncAPI document of the sockets", "", 0, 0, [&](const auto&) {
        return print(
            marquee::gateway::asyncapi_text(marquee::embedded::marquee_descriptor_set(), config));
      });
  options.add_command("postman", "Print a Postman collection of the API", "[BASE_URL]", 0, 1,
                      [&](const auto& arguments) {
                        std::string base_url =
                            arguments.empty() ? "http://localhost:8000" : arguments[0];
                        return print(marquee::gateway::postman_text(
                            marquee::embedded::marquee_descriptor_set(), config, base_url));
                      });
  return options.parse_and_run(argc, argv, [&] { return serve(config); });
}
