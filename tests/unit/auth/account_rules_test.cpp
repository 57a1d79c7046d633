#include "services/auth/account_rules.h"

#include "tests/catch.h"

using namespace marquee::auth;

TEST_CASE("Usernames are letters, digits and a few signs of any script") {
  for (const auto& name : {"a", "Ada", "ada.l@x+y-z_1", "анна", "美咲", "Zoë", "हिन्दी", "123"}) {
    CAPTURE(name);
    CHECK_FALSE(username_problem(name));
  }
  CHECK_FALSE(username_problem(std::string(150, 'a')));
  for (const std::string& name :
       {std::string(), std::string(151, 'a'), std::string("a b"), std::string("a\tb"),
        std::string("a\0b", 3), std::string("a/b"), std::string("<b>"), std::string("\xff"),
        std::string("a\xe2\x80\x8b"), std::string("\xf0\x9f\x98\x80"), std::string("\xcc\x81x")}) {
    CAPTURE(name);
    CHECK(username_problem(name));
  }
}

TEST_CASE("Spellings that look alike are one name") {
  CHECK(normal_form("Zoe\xcc\x88") == "Zo\xc3\xab");
  CHECK(normal_form("\xef\xbc\xa1\xef\xbd\x84\xef\xbd\x81") == "Ada");
  CHECK(normal_form("ada") == "ada");
  CHECK(normal_form("\xff") == "\xff");
}

TEST_CASE("E-mail addresses have one @ and a domain with a dot") {
  for (const auto& email : {"a@b.cd", "a.b+c@example.co.uk", "o'neil@ex-ample.com", "д@почта.рф"}) {
    CAPTURE(email);
    CHECK_FALSE(email_problem(email));
  }
  for (const std::string& email : {std::string(),
                                   std::string("a"),
                                   std::string("a@b"),
                                   std::string("@b.cd"),
                                   std::string("a@"),
                                   std::string("a@b@c.de"),
                                   std::string("a b@c.de"),
                                   std::string("a@b c.de"),
                                   std::string("a@b..cd"),
                                   std::string("a@.cd"),
                                   std::string("a@b.cd."),
                                   std::string(".a@b.cd"),
                                   std::string("a..b@c.de"),
                                   std::string("a@-b.cd"),
                                   std::string("a\n@b.cd"),
                                   std::string("a@b.cd\0", 7),
                                   std::string("<a>@b.cd"),
                                   std::string("a@b_c.de"),
                                   std::string(65, 'a') + "@b.cd",
                                   "a@" + std::string(64, 'b') + ".cd",
                                   std::string("\xff@b.cd")}) {
    CAPTURE(email);
    CHECK(email_problem(email) == "Enter a valid email address.");
  }
}

TEST_CASE("Passwords are measured in characters") {
  CHECK_FALSE(password_problem("6969", 4));
  CHECK(password_problem("696", 4) == "Password must be at least 4 characters long");
  CHECK_FALSE(password_problem("пять", 4));
  CHECK_FALSE(password_problem("x", 1));
  CHECK_FALSE(password_problem(std::string(128, 'x'), 1));
  CHECK(password_problem(std::string(129, 'x'), 1) ==
        "Password must be at most 128 characters long");
}

TEST_CASE("A date of birth is a day that exists") {
  CHECK_FALSE(birth_date_problem("2000-02-29"));
  CHECK_FALSE(birth_date_problem("1815-12-10"));
  for (const auto& date :
       {"", "2001-02-29", "2000-13-01", "2000-00-10", "2000-1-1", "01-02-2000", "2000/01/01",
        "20000101", "2000-01-01T", "0000-01-01", "+200-01-01", "2000-0x-01", "x000-01-01"}) {
    CAPTURE(date);
    CHECK(birth_date_problem(date) ==
          "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");
  }
}

TEST_CASE("A wish becomes a username") {
  CHECK(username_from("ml 17") == "ml_17");
  CHECK(username_from("<script>") == "script");
  CHECK(username_from("") == "user");
  CHECK(username_from("\xf0\x9f\x98\x80") == "user");
  CHECK_FALSE(username_problem(username_from(std::string(500, 'x')) + "12345"));
}

TEST_CASE("A text with control characters is nobody's login") {
  CHECK(could_be_login("ada@example.com"));
  CHECK_FALSE(could_be_login(""));
  CHECK_FALSE(could_be_login(std::string("ada\0", 4)));
  CHECK_FALSE(could_be_login("a\nb"));
  CHECK_FALSE(could_be_login(std::string(601, 'a')));
}
