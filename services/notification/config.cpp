#include "services/notification/config.h"

#include <stdexcept>

namespace marquee::notification {

void Config::add_to(core::Options& options) {
  options.add("auth-target", auth_target, "gRPC target of the auth service");
  options.add("movie-target", movie_target, "gRPC target of the movie service");
  options.add("upstream-tls-ca", upstream_tls.ca,
              "PEM file of whom both services' certificates must come from; empty: no TLS");
  options.add("upstream-tls-certificate", upstream_tls.certificate,
              "PEM file with the certificate shown to them");
  options.add("upstream-tls-key", upstream_tls.key, "PEM file with that certificate's key");
  options.add("user-ttl", user_ttl, "how long usernames are believed without asking again");
  options.add("group-window", group_window,
              "what happens within this time of an unread notification is added to it");
  options.add("news-age", news_age, "what happened longer ago is not told any more");
  options.add("chunk", chunk, "users told in one transaction", 1, 1000);
  options.add("retention", retention, "age at which notifications are deleted");
  options.add("housekeeping-interval", housekeeping_interval, "how often old ones are looked for");
  options.add("mail-delay", mail_delay,
              "time from a notification to its mail, for who wants mails at once");
  options.add("mail-digest", mail_digest,
              "time from a notification to the mail that gathers what is new");
}

void Config::check() const {
  if (retention < std::chrono::hours(1)) throw std::runtime_error("retention must be at least 1h");
  if (housekeeping_interval < std::chrono::seconds(1)) {
    throw std::runtime_error("housekeeping-interval must be at least 1s");
  }
}

}  // namespace marquee::notification
