#include "tests/e2e/people.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <unistd.h>

namespace marquee::e2e {
namespace {

std::string base36(std::uint64_t number) {
  std::string text;
  do {
    text += "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
    number /= 36;
  } while (number != 0);
  return text;
}

void must_be(int status, const HttpReply& reply, const std::string& what) {
  if (reply.status != status) {
    throw std::runtime_error(what + ": " + std::to_string(reply.status) + " " + reply.body);
  }
}

}  // namespace

std::string unique_name(const std::string& prefix) {
  static const std::string run = base36(static_cast<std::uint64_t>(getpid())) +
                                 base36(static_cast<std::uint64_t>(
                                     std::chrono::system_clock::now().time_since_epoch().count()));
  static std::atomic<std::uint64_t> count{0};
  return prefix + "_" + run + "_" + base36(++count);
}

Person stranger() {
  Person person;
  person.username = unique_name("person");
  person.email = person.username + "@example.org";
  person.password = "correct horse " + person.username;
  return person;
}

json registration_of(const Person& person) {
  return {{"username", person.username},
          {"email", person.email},
          {"password", person.password},
          {"confirm_password", person.password}};
}

json sign_up_of(const Person& person) {
  return {{"username", person.username},
          {"email", person.email},
          {"password", person.password},
          {"birth_date", "1990-05-17"}};
}

Person new_person(const Suite& suite) {
  Person person = stranger();
  must_be(201, suite.client().post("/api/auth/register", registration_of(person)), "register");
  sign_in(person, suite.client());
  return person;
}

Person new_admin(const Suite& suite) {
  Person person = new_person(suite);
  std::string output;
  if (suite.command("user", {"grant-admin", person.username}, &output) != 0) {
    throw std::runtime_error("grant-admin failed: " + output);
  }
  sign_in(person, suite.client());
  return person;
}

void sign_in(Person& person, HttpClient client) {
  auto reply =
      client.post("/api/auth/login", {{"email", person.email}, {"password", person.password}});
  must_be(200, reply, "login");
  json body = reply.json();
  person.id = body.value("user_id", std::int64_t{0});
  person.token = body.value("access_token", "");
  person.refresh = body.value("refresh_token", "");
}

void sign_in(Person& person) {
  sign_in(person, anybody());
}

HttpClient anybody() {
  return Suite::shared().client();
}

HttpClient client_of(const Person& person) {
  HttpClient client = anybody();
  client.bearer(person.token);
  return client;
}

HttpClient browser_of(const Person& person) {
  HttpClient client = anybody();
  client.keep_cookies();
  must_be(
      200,
      client.post("/api/token/", {{"username", person.username}, {"password", person.password}}),
      "token");
  return client;
}

std::string session_cookie(const HttpReply& reply) {
  const std::string name = "access_token=";
  for (const auto& value : reply.header_values("set-cookie")) {
    if (value.rfind(name, 0) == 0) return value.substr(name.size(), value.find(';') - name.size());
  }
  return {};
}

}  // namespace marquee::e2e
