// Configuration of the notification service beyond what every service has (rpc::ServiceApp). Filled
// once at start.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "libs/core/config.h"
#include "libs/mail/smtp_transport.h"
#include "libs/rpc/tls.h"
#include "services/notification/jobs_store.h"

namespace marquee::notification {

struct Config {
  // Where auth and movie services listen, as gRPC targets, and how connections to both are secured.
  std::string auth_target = "dns:///127.0.0.1:9101";
  std::string movie_target = "dns:///127.0.0.1:9102";
  rpc::TlsFiles upstream_tls;
  // How long usernames are believed without asking again.
  std::chrono::milliseconds user_ttl = std::chrono::seconds(60);
  // What happens within this time of an unread notification is added to it.
  std::chrono::milliseconds group_window = std::chrono::hours(24);
  // What happened longer ago is not told any more: a service that was away, or is new, does not
  // tell old stories.
  std::chrono::milliseconds news_age = std::chrono::hours(24 * 3);
  // Users told in one transaction, and asked for at a time of one film.
  int chunk = 500;
  // Age at which notifications go.
  std::chrono::milliseconds retention = std::chrono::hours(24 * 90);
  std::chrono::milliseconds housekeeping_interval = std::chrono::minutes(10);
  // From a notification to its mail: for who wants it at once (what is read meanwhile is not
  // mailed), and for who wants digests.
  std::chrono::milliseconds mail_delay = std::chrono::minutes(1);
  std::chrono::milliseconds mail_digest = std::chrono::hours(1);
  // How often due mails are looked for, and how long a mail that failed waits, doubled each time.
  std::chrono::milliseconds mail_interval = std::chrono::seconds(5);
  std::chrono::milliseconds mail_retry_first = std::chrono::seconds(10);
  std::chrono::milliseconds mail_retry_max = std::chrono::minutes(15);
  // Whom mails are from.
  std::string mail_from = "no-reply@marquee.localhost";
  std::string mail_from_name = "Marquee";
  // Where links in mails lead, without a final slash.
  std::string public_url = "http://localhost:8000";
  // A mail server; without one, mails are files of this folder.
  mail::SmtpConfig smtp;
  std::string mail_folder = "mail";

  void add_to(core::Options& options);
  // Throws std::runtime_error that says what is wrong.
  void check() const;

  TellRules rules() const { return {group_window, mail_delay, mail_digest}; }
};

}  // namespace marquee::notification
