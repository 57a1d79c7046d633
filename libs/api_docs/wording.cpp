#include "libs/api_docs/wording.h"

#include <cctype>

#include <nlohmann/json.hpp>

#include "libs/api_docs/comments.h"

namespace marquee::api_docs {
namespace {

constexpr std::size_t kSummaryMax = 120;

}  // namespace

std::string tag_name(const google::protobuf::ServiceDescriptor& service) {
  std::string name;
  for (char c : service.name()) {
    bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper && !name.empty()) name += ' ';
    name += name.empty() ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string summary_of(std::string_view comment) {
  std::string text = first_sentence(comment);
  if (text.size() <= kSummaryMax) return text;
  for (char sign : {':', ';', ','}) {
    if (auto at = text.find(sign); at < kSummaryMax) return text.substr(0, at);
  }
  return text.substr(0, text.rfind(' ', kSummaryMax)) + "...";
}

std::string rate_limits(const Settings& settings, const std::string& unit) {
  std::string name = unit;
  name.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(name.front())));
  std::string text = "\n## Rate limits\n\n" + name +
                     " per address, and per user who is signed in, of each class:\n\n| class | " +
                     unit + " | in |\n| --- | --- | --- |\n";
  for (const RateNote& rate : settings.rates) {
    text += "| `" + rate.name + "` | ";
    text += rate.limit == 0
                ? "any number | |\n"
                : std::to_string(rate.limit) + " | " + std::to_string(rate.period_s) + " s |\n";
  }
  return text;
}

nlohmann::ordered_json bearer_scheme() {
  return {{"type", "http"},
          {"scheme", "bearer"},
          {"bearerFormat", "JWT"},
          {"description",
           "The `access_token` of POST /api/auth/login: ES256, verified with "
           "/.well-known/jwks.json. Dead as soon as its session ends."}};
}

}  // namespace marquee::api_docs
