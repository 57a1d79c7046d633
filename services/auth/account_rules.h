// What usernames, e-mail addresses, passwords and dates of birth must look like, on every surface.
// Functions named *_problem return the text for the client, or nothing when all is well. Any bytes
// that are UTF-8; stateless, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace marquee::auth {

inline constexpr int kUsernameCharactersMax = 150;
inline constexpr int kEmailBytesMax = 254;
inline constexpr int kBioCharactersMax = 2000;

// The form in which names and addresses are stored and looked up: Unicode NFKC, so that
// equal-looking spellings are one. `name` itself when that cannot be done.
std::string normal_form(const std::string& name);
// Letters, digits and @ . + - _ of any script, 1 to 150, in normal form.
std::optional<std::string> username_problem(const std::string& name);
std::optional<std::string> email_problem(std::string_view email);
// `min` to 128 characters.
std::optional<std::string> password_problem(const std::string& password, int min);
std::optional<std::string> bio_problem(const std::string& bio);
// An existing day, YYYY-MM-DD.
std::optional<std::string> birth_date_problem(std::string_view date);
// False for what no account can be called, such as text with control characters.
bool could_be_login(std::string_view login);
// A username made from an e-mail address or a wish, within the rules; "user" when nothing is left.
std::string username_from(const std::string& wish);

}  // namespace marquee::auth
