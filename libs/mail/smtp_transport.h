// Hands mails to a mail server (SMTP by libcurl), on a connection that is kept while mails follow
// each other. TLS from the first byte (smtps://) or by STARTTLS, which is insisted on unless it is
// switched off; the server's certificate is checked.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "libs/mail/transport.h"

namespace marquee::mail {

struct SmtpConfig {
  std::string url;   // smtp://host:587, smtps://host:465
  std::string user;  // empty: no authentication
  std::string password;
  bool starttls = true;  // insist on it; false: plain text, for a server on this machine
  std::string ca;        // PEM file of who signs the server's certificate; empty: the system's
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{60'000};  // of one mail
};

class SmtpTransport : public Transport {
 public:
  // Throws std::runtime_error for an address that is none of a mail server.
  explicit SmtpTransport(SmtpConfig config);
  ~SmtpTransport() override;

  // Throws FAILED_PRECONDITION kRefused when the server will not have this mail, UNAVAILABLE for
  // everything else that may be over by the next time: no server, no time, no authentication.
  void send(const Message& message) override;
  void stop() override { stopping_ = true; }

 private:
  struct Curl;
  void prepare();

  const SmtpConfig config_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<Curl> curl_;
};

}  // namespace marquee::mail
