#include "gateway/tls_credentials.h"

#include <sys/stat.h>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "libs/core/log.h"

namespace marquee::gateway {
namespace {

constexpr std::chrono::minutes kLookEvery{1};

prometheus::Gauge& expiry_gauge(prometheus::Registry& registry) {
  return prometheus::BuildGauge()
      .Name("marquee_tls_certificate_expiry_seconds")
      .Help("When the certificate in use expires, in seconds since 1970")
      .Register(registry)
      .Add({});
}

}  // namespace

TlsCredentials::TlsCredentials(const Config& config, const net::any_io_executor& executor,
                               prometheus::Registry& registry)
    : certificate_(config.tls_certificate),
      key_(config.tls_key),
      tickets_(config.tls_ticket_secret),
      timer_(executor),
      expiry_(expiry_gauge(registry)),
      read_stamp_(stamp()) {
  use(std::make_shared<const TlsContext>(certificate_, key_, tickets_));
}

void TlsCredentials::start() {
  net::post(timer_.get_executor(), [this] { look_later(); });
}

void TlsCredentials::stop() {
  net::post(timer_.get_executor(), [this] {
    stopped_ = true;
    timer_.cancel();
  });
}

void TlsCredentials::reload() {
  net::post(timer_.get_executor(), [this] {
    if (!stopped_) read_again();
  });
}

std::shared_ptr<const TlsContext> TlsCredentials::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

void TlsCredentials::look_later() {
  if (stopped_) return;
  timer_.expires_after(kLookEvery);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (stamp() != read_stamp_) read_again();
    look_later();
  });
}

void TlsCredentials::read_again() {
  // Before they are read: what changes meanwhile is read once more.
  read_stamp_ = stamp();
  try {
    use(std::make_shared<const TlsContext>(certificate_, key_, tickets_));
    log::info("TLS certificate read again", {{"file", certificate_}});
  } catch (const std::exception& error) {
    log::error("the TLS certificate in use stays", {{"error", error.what()}});
  }
}

void TlsCredentials::use(std::shared_ptr<const TlsContext> context) {
  auto expires =
      std::chrono::duration_cast<std::chrono::seconds>(context->expires().time_since_epoch());
  expiry_.Set(static_cast<double>(expires.count()));
  std::lock_guard lock(mutex_);
  current_ = std::move(context);
}

// Inode and times, so that a file that was moved into place is noticed like one written to.
std::string TlsCredentials::stamp() const {
  std::string text;
  for (const std::string& file : {certificate_, key_}) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) status = {};
    for (auto number :
         {static_cast<long long>(status.st_ino), static_cast<long long>(status.st_size),
          static_cast<long long>(status.st_mtim.tv_sec),
          static_cast<long long>(status.st_mtim.tv_nsec)}) {
      text.append(std::to_string(number)).append(" ");
    }
  }
  return text;
}

}  // namespace marquee::gateway
