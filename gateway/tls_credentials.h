// The certificate in use. Its files are looked at every minute, and on request (SIGHUP), and read
// again when they have changed; connections keep what they began with. New files that are broken
// are logged and the old certificate stays. Owned by the gateway; the files are read on the thread
// of the executor, current() is for any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "gateway/asio.h"
#include "gateway/config.h"
#include "gateway/tls_context.h"
#include "gateway/tls_tickets.h"

namespace prometheus {
class Gauge;
class Registry;
}  // namespace prometheus

namespace marquee::gateway {

class TlsCredentials {
 public:
  // Reads the files of config.tls_...; throws std::runtime_error or std::invalid_argument.
  TlsCredentials(const Config& config, const net::any_io_executor& executor,
                 prometheus::Registry& registry);

  void start();
  // Ends the timer. Any thread.
  void stop();
  // Reads the files now, changed or not. Any thread.
  void reload();

  std::shared_ptr<const TlsContext> current() const;

 private:
  void look_later();
  void read_again();
  void use(std::shared_ptr<const TlsContext> context);
  std::string stamp() const;

  const std::string certificate_;
  const std::string key_;
  const TlsTickets tickets_;
  net::steady_timer timer_;
  prometheus::Gauge& expiry_;
  std::string read_stamp_;  // of what was read last, good or not
  bool stopped_ = false;

  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> current_;
};

}  // namespace marquee::gateway
