// Mails handed to a real mail server, and to ones that are not well.
#include "libs/mail/smtp_transport.h"

#include <thread>

#include "libs/core/error.h"
#include "libs/testing/certificates.h"
#include "libs/testing/smtp_server.h"
#include "libs/testing/tcp.h"
#include "tests/catch.h"

namespace marquee::mail {
namespace {

using namespace std::chrono_literals;
using marquee::testing::Certificates;
using marquee::testing::SmtpServer;
using marquee::testing::TcpGate;

Message mail_to(const std::string& email) {
  Message message;
  message.id = "id-1";
  message.from = {"Marquee", "no-reply@example.org"};
  message.to = {"", email};
  message.subject = "Amélie";
  message.text = "Hello.\n.\n..\nStill there.\n";
  message.html = "<p>Hello.</p>\n";
  return message;
}

SmtpConfig plain(int port) {
  SmtpConfig config;
  config.url = "smtp://127.0.0.1:" + std::to_string(port);
  config.starttls = false;
  config.connect_timeout = 2s;
  config.timeout = 5s;
  return config;
}

// The code of what send() throws, kOk when it throws nothing.
Code outcome(SmtpTransport& transport, const std::string& email = "ada@example.com") {
  try {
    transport.send(mail_to(email));
  } catch (const Error& error) {
    CHECK(error.message().find(email) == std::string::npos);
    return error.code();
  }
  return Code::kOk;
}

bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST_CASE("mails arrive whole, one after the other, and again after the server was away") {
  SmtpServer server;
  SmtpTransport transport(plain(server.port()));
  CHECK(outcome(transport) == Code::kOk);
  CHECK(outcome(transport, "bob@example.com") == Code::kOk);
  REQUIRE(server.mails().size() == 2);
  const auto mail = server.mails()[0];
  CHECK(contains(mail, "X-Envelope: no-reply@example.org ada@example.com plain\r\n"));
  CHECK(contains(mail, "\r\nSubject: =?UTF-8?B?QW3DqWxpZQ==?=\r\n"));
  CHECK(contains(mail, "\r\nHello.\r\n.\r\n..\r\nStill there.\r\n"));
  CHECK(contains(server.mails()[1], "X-Envelope: no-reply@example.org bob@example.com plain\r\n"));

  server.stop();
  CHECK(outcome(transport) == Code::kUnavailable);
  server.start();
  CHECK(outcome(transport) == Code::kOk);
}

TEST_CASE("a mail that is refused is told from a server that cannot take any now") {
  SmtpServer server;
  SmtpTransport transport(plain(server.port()));
  CHECK(outcome(transport, "refused@example.com") == Code::kFailedPrecondition);
  CHECK(outcome(transport, "later@example.com") == Code::kUnavailable);
  CHECK(outcome(transport) == Code::kOk);
  CHECK(server.mails().size() == 1);
}

TEST_CASE("STARTTLS and TLS, with a certificate that is checked and a password") {
  Certificates authority;
  authority.sign("mail", "DNS:localhost,IP:127.0.0.1");
  const std::vector<std::string> secured = {"--certificate", authority.certificate("mail"),
                                            "--key",         authority.key("mail"),
                                            "--user",        "marquee",
                                            "--password",    "secret"};
  auto implicit = secured;
  implicit.push_back("--smtps");
  for (const bool smtps : {false, true}) {
    CAPTURE(smtps);
    SmtpServer server(smtps ? implicit : secured);
    SmtpConfig config = plain(server.port());
    if (smtps) config.url = "smtps://127.0.0.1:" + std::to_string(server.port());
    config.starttls = true;
    config.ca = authority.authority();
    config.user = "marquee";
    config.password = "secret";
    SmtpTransport transport(config);
    CHECK(outcome(transport) == Code::kOk);
    REQUIRE(server.mails().size() == 1);
    CHECK(contains(server.mails()[0], "ada@example.com tls\r\n"));

    SmtpConfig wrong = config;
    wrong.password = "wrong";
    SmtpTransport stranger(wrong);
    CHECK(outcome(stranger) == Code::kUnavailable);
    Certificates other;
    wrong = config;
    wrong.ca = other.authority();
    SmtpTransport suspicious(wrong);
    CHECK(outcome(suspicious) == Code::kUnavailable);
    CHECK(server.mails().size() == 1);
  }
}

TEST_CASE("no mail goes in plain text to a server without TLS, unless that is wanted") {
  SmtpServer server;
  SmtpConfig config = plain(server.port());
  config.starttls = true;
  SmtpTransport transport(config);
  CHECK(outcome(transport) == Code::kUnavailable);
  CHECK(server.mails().empty());
}

TEST_CASE("a server that says nothing is given up, at once when the process ends") {
  SmtpServer server;
  TcpGate gate(server.port());
  gate.set(TcpGate::Mode::kStall);
  SmtpConfig config = plain(gate.port());
  config.timeout = 500ms;
  SmtpTransport impatient(config);
  CHECK(outcome(impatient) == Code::kUnavailable);

  config.timeout = 60s;
  SmtpTransport patient(config);
  const auto began = std::chrono::steady_clock::now();
  std::thread ender([&] { patient.stop(); });
  CHECK(outcome(patient) == Code::kUnavailable);
  ender.join();
  CHECK(std::chrono::steady_clock::now() - began < 30s);
}

TEST_CASE("what is no mail server's address stops the start") {
  for (const char* url : {"", "http://x", "smtp://", "file:///etc/passwd", "smtpx://y"}) {
    SmtpConfig config;
    config.url = url;
    CHECK_THROWS_AS(SmtpTransport(config), std::runtime_error);
  }
}

}  // namespace
}  // namespace marquee::mail
