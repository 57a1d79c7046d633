// What is wrong with certificate files is said precisely, before anything listens.
#include "gateway/tls_context.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include "gateway/config.h"
#include "gateway/session_cookie.h"
#include "gateway/tls_tickets.h"
#include "tests/catch.h"
#include "tests/unit/gateway/certificates.h"

namespace marquee::gateway {
namespace {

struct Folder {
  std::string path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tls-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& content) const {
    write_file(path + "/" + name, content);
    return path + "/" + name;
  }
};

std::string fault_of(const std::string& certificate, const std::string& key) {
  TlsTickets tickets("");
  try {
    TlsContext context(certificate, key, tickets);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("certificate files are checked before they are used") {
  Folder folder;
  auto made = make_certificate("first");
  auto other = make_certificate("second");
  const std::string good = folder.file("good.pem", made.certificate);
  const std::string key = folder.file("good.key", made.key);
  CHECK(fault_of(good, key) == "none");
  CHECK(fault_of(folder.file("chain.pem", made.certificate + other.certificate), key) == "none");

  CHECK(says(fault_of(folder.path + "/none.pem", key), "none.pem cannot be read: No such file"));
  CHECK(says(fault_of(folder.path, key), "cannot be read: Is a directory"));
  CHECK(says(fault_of(good, folder.path + "/none.key"), "none.key cannot be read: No such file"));
  CHECK(says(fault_of(folder.file("empty.pem", ""), key), "empty.pem holds no PEM certificate"));
  CHECK(says(fault_of(key, key), "good.key holds no PEM certificate"));
  CHECK(says(fault_of(good, good), "good.pem holds no PEM key"));
  CHECK(says(fault_of(good, folder.file("other.key", other.key)),
             "other.key does not belong to the certificate"));
  std::string cut = other.certificate.substr(0, other.certificate.size() / 2);
  CHECK(says(fault_of(folder.file("cut.pem", made.certificate + cut), key), "has a broken chain"));
}

TEST_CASE("a certificate out of its time is refused") {
  Folder folder;
  auto old = make_certificate("old", std::chrono::hours(-2), std::chrono::hours(-1));
  CHECK(says(fault_of(folder.file("old.pem", old.certificate), folder.file("old.key", old.key)),
             "old.pem has expired on 2"));
  auto young = make_certificate("young", std::chrono::hours(1), std::chrono::hours(2));
  CHECK(says(
      fault_of(folder.file("young.pem", young.certificate), folder.file("young.key", young.key)),
      "young.pem is not valid before 2"));
}

TEST_CASE("a key behind a passphrase is refused, not asked about") {
  Folder folder;
  auto made = make_certificate("first");
  CHECK(
      says(fault_of(folder.file("a.pem", made.certificate), folder.file("a.key", made.sealed_key)),
           "a.key is encrypted"));
}

TEST_CASE("a certificate knows whom it is for") {
  Folder folder;
  auto made = make_certificate("first");
  TlsTickets tickets("");
  TlsContext context(folder.file("a.pem", made.certificate), folder.file("a.key", made.key),
                     tickets);
  for (const char* host : {"localhost", "LOCALHOST", "www.films.example", "127.0.0.1"}) {
    CAPTURE(host);
    CHECK(context.is_for(host));
  }
  for (const char* host : {"evil.example", "films.example", "a.b.films.example", "127.0.0.2", "::1",
                           "", "localhost.", "first"}) {
    CAPTURE(host);
    CHECK_FALSE(context.is_for(host));
  }
  auto left = context.expires() - std::chrono::system_clock::now();
  CHECK(left > std::chrono::hours(23));
  CHECK(left < std::chrono::hours(25));
}

TEST_CASE("ticket keys are shared by a secret and change with the day") {
  const std::string secret(32, 's');
  TlsTickets here(secret);
  TlsTickets there(secret);
  TlsTickets alone("");
  CHECK(here.of_day(20'000).name == there.of_day(20'000).name);
  CHECK(here.of_day(20'000).cipher == there.of_day(20'000).cipher);
  CHECK(here.of_day(20'000).name != here.of_day(20'001).name);
  CHECK(here.of_day(20'000).cipher != here.of_day(20'001).cipher);
  CHECK(here.of_day(20'000).cipher != here.of_day(20'000).mac);
  CHECK(here.of_day(20'000).name != alone.of_day(20'000).name);
  CHECK(alone.of_day(20'000).name != TlsTickets("").of_day(20'000).name);
  CHECK_THROWS_AS(TlsTickets("too short"), std::invalid_argument);
}

TEST_CASE("settings of TLS go together") {
  auto fault = [](const std::function<void(Config&)>& change) -> std::string {
    Config config;
    change(config);
    try {
      config.check();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "none";
  };
  CHECK(fault([](Config&) {}) == "none");
  CHECK(fault([](Config& c) { c.tls_certificate = "a"; }) ==
        "tls-certificate and tls-key go together");
  CHECK(fault([](Config& c) { c.tls_key = "a"; }) == "tls-certificate and tls-key go together");
  CHECK(fault([](Config& c) { c.redirect_listen = ":80"; }) ==
        "redirect-listen needs tls-certificate");
  CHECK(fault([](Config& c) { c.hsts = std::chrono::hours(1); }) == "hsts needs tls-certificate");
  CHECK(fault([](Config& c) {
          c.tls_certificate = c.tls_key = "a";
          c.redirect_listen = ":80";
          c.hsts = std::chrono::hours(1);
        }) == "none");
}

TEST_CASE("the session cookie is for TLS alone where TLS is spoken") {
  auto cookie = [](const std::function<void(Config&)>& change) {
    Config config;
    change(config);
    return SessionCookie(config).set("abc");
  };
  CHECK_FALSE(says(cookie([](Config&) {}), "; Secure"));
  CHECK(says(cookie([](Config& c) { c.tls_certificate = c.tls_key = "files"; }), "; Secure"));
  CHECK(says(cookie([](Config& c) { c.cookie_secure = true; }), "; Secure"));
}

}  // namespace
}  // namespace marquee::gateway
