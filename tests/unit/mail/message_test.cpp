#include "libs/mail/message.h"

#include "libs/core/error.h"
#include "tests/catch.h"

namespace marquee::mail {
namespace {

Message plain() {
  Message message;
  message.id = "a-1";
  message.from = {"Marquee", "no-reply@example.org"};
  message.to = {"ada", "ada@example.com"};
  message.subject = "Hello";
  message.text = "One\nTwo\n";
  message.html = "<p>One</p>\n";
  return message;
}

// Lines end in CRLF, none is long, all is ASCII.
std::string form_faults(const std::string& mail) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    const auto c = static_cast<unsigned char>(mail[i]);
    if (c == '\n' && (i == 0 || mail[i - 1] != '\r')) return "a bare LF";
    if (c == '\r' && (i + 1 == mail.size() || mail[i + 1] != '\n')) return "a bare CR";
    if (c > 126 || (c < ' ' && c != '\r' && c != '\n' && c != '\t')) return "no ASCII";
    column = c == '\n' ? 0 : column + 1;
    if (column > 100) return "a long line";
  }
  return {};
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST_CASE("a mail has its headers once and both texts") {
  auto message = plain();
  message.headers = {{"List-Unsubscribe", "<https://example.org/x>"}};
  const auto mail = encode(message);
  CHECK(form_faults(mail) == "");
  CHECK(mail.find("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n") == 0);
  CHECK(mail.find("\r\nFrom: Marquee <no-reply@example.org>\r\n") != std::string::npos);
  CHECK(mail.find("\r\nTo: ada <ada@example.com>\r\n") != std::string::npos);
  CHECK(mail.find("\r\nSubject: Hello\r\n") != std::string::npos);
  CHECK(mail.find("\r\nMessage-ID: <a-1@example.org>\r\n") != std::string::npos);
  CHECK(mail.find("\r\nList-Unsubscribe: <https://example.org/x>\r\n") != std::string::npos);
  CHECK(
      mail.find("text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nOne\r\nTwo") !=
      std::string::npos);
  CHECK(mail.find("<p>One</p>") != std::string::npos);
}

TEST_CASE("no text of a mail becomes a header or a part") {
  for (const std::string bad : {"x\r\nBcc: eve@example.org", "x\nBcc: eve@example.org",
                                "x\rBcc: eve@example.org", "x\r\n\r\nbody", "x\r\n--part-"}) {
    auto message = plain();
    message.subject = bad;
    message.from.name = message.to.name = bad;
    const auto mail = encode(message);
    CHECK(form_faults(mail) == "");
    CHECK(mail.find("\nBcc:") == std::string::npos);
    CHECK(occurrences(mail, "\r\n\r\n") == occurrences(encode(plain()), "\r\n\r\n"));
    auto in_body = plain();
    in_body.text = bad;
    CHECK(form_faults(encode(in_body)) == "");
  }
}

TEST_CASE("addresses, ids and headers that could break out are refused") {
  auto refused = [](auto change) {
    auto message = plain();
    change(message);
    try {
      encode(message);
    } catch (const Error& error) {
      return error.code() == Code::kInvalidArgument;
    }
    return false;
  };
  for (const std::string bad :
       {"", "a", "@b", "a@", "a@b@c", "a b@c.org", "a@c.org>\r\nRCPT TO:<eve@x.org", "a@c.org\n",
        "<a@c.org>", "\"a\"@c.org", "a@c.org,eve@x.org", "\xC3\xA4@c.org", "-a@c.org", "a@-c.org",
        "a@c.org."}) {
    CAPTURE(bad);
    CHECK_FALSE(is_address(bad));
    CHECK(refused([&](Message& message) { message.to.email = bad; }));
    CHECK(refused([&](Message& message) { message.from.email = bad; }));
  }
  CHECK_FALSE(is_address(std::string(250, 'a') + "@b.org"));
  CHECK(is_address("ada+films.o'neil@example.co.uk"));
  for (const std::string bad : {"", "a/b", "../x", "a\nb", "a b"}) {
    CHECK(refused([&](Message& message) { message.id = bad; }));
  }
  CHECK(refused([](Message& message) { message.headers = {{"X-A", "b\r\nBcc: c"}}; }));
  CHECK(refused([](Message& message) { message.headers = {{"X:A", "b"}}; }));
  CHECK(refused([](Message& message) { message.headers = {{"X-A\r\nBcc", "b"}}; }));
}

TEST_CASE("texts of any script are encoded, at the ends of characters") {
  CHECK(encode_text("Amélie", 9) == "=?UTF-8?B?QW3DqWxpZQ==?=");
  CHECK(encode_text("=?UTF-8?B?eA==?=", 9) == "=?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=");
  std::string film;
  for (int i = 0; i < 60; ++i) film += "千と";
  const auto encoded = encode_text(film, 9);
  CHECK(form_faults(encoded) == "");
  CHECK(occurrences(encoded, "\r\n ") >= 7);
  std::string words;
  for (int i = 0; i < 40; ++i) words += "seven77 ";
  const auto folded = encode_text(words, 9);
  CHECK(form_faults(folded) == "");
  CHECK(occurrences(folded, "seven77") == 40);
  CHECK(encode_text(std::string(500, 'x'), 9).find("=?UTF-8?B?") == 0);
}

TEST_CASE("bodies of any script are quoted-printable") {
  CHECK(quoted_printable("Amélie = 1 \nx") == "Am=C3=A9lie =3D 1=20\r\nx");
  const auto lines = quoted_printable(std::string(200, 'a') + std::string(50, '='));
  CHECK(form_faults(lines) == "");
  auto message = plain();
  message.text = "Amélie\n";
  CHECK(encode(message).find("quoted-printable\r\n\r\nAm=C3=A9lie\r\n") != std::string::npos);
  const std::string link = "https://example.org/" + std::string(200, 'x');
  message.text = link + "\n";
  CHECK(encode(message).find("7bit\r\n\r\n" + link + "\r\n") != std::string::npos);
  message.text = std::string(5'000, 'x');
  CHECK(form_faults(encode(message)) == "");
}

}  // namespace
}  // namespace marquee::mail
