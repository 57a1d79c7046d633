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
  options.add("retention", retention, "time after which closed notifications are deleted");
  options.add("housekeeping-interval", housekeeping_interval, "how often old ones are looked for");
  options.add("mail-delay", mail_delay,
              "time from a notification to its mail, for who wants mails at once");
  options.add("mail-digest", mail_digest,
              "time from a notification to the mail that gathers what is new");
  options.add("mail-interval", mail_interval, "how often due mails are looked for");
  options.add("mail-retry-first", mail_retry_first,
              "how long a mail that failed waits; doubles with each failure");
  options.add("mail-retry-max", mail_retry_max, "the longest such wait");
  options.add("mail-from", mail_from, "address that mails are from");
  options.add("mail-from-name", mail_from_name, "name that mails are from");
  options.add("public-url", public_url, "where links in mails lead: https://films.example.org");
  options.add("smtp-url", smtp.url,
              "mail server: smtp://host:587 or smtps://host:465; empty: mails go to mail-folder");
  options.add("smtp-user", smtp.user, "name to sign in with there; empty: none");
  options.add_secret("smtp-password", smtp.password, "password to sign in with");
  options.add("smtp-starttls", smtp.starttls,
              "insist on TLS with smtp://; false only for a server on this machine");
  options.add("smtp-ca", smtp.ca,
              "PEM file of who signs the mail server's certificate; empty: the system's");
  options.add("smtp-connect-timeout", smtp.connect_timeout, "time to reach the mail server");
  options.add("smtp-timeout", smtp.timeout, "time to hand over one mail");
  options.add("mail-folder", mail_folder,
              "folder where each mail becomes a file, without smtp-url");
}

void Config::check() const {
  if (!mail::is_address(mail_from)) throw std::runtime_error("mail-from is no mail address");
  if (public_url.rfind("http", 0) != 0 || public_url.back() == '/') {
    throw std::runtime_error("public-url must be http(s)://host, without a slash at the end");
  }
  if (retention < std::chrono::hours(1)) throw std::runtime_error("retention must be at least 1h");
  if (housekeeping_interval < std::chrono::seconds(1)) {
    throw std::runtime_error("housekeeping-interval must be at least 1s");
  }
}

}  // namespace marquee::notification
