#include "libs/mail/template.h"

#include <stdexcept>

namespace marquee::mail {

std::string fill_template(std::string_view text, const Values& values) {
  std::string out;
  for (auto open = text.find("{{"); open != std::string_view::npos; open = text.find("{{")) {
    const auto close = text.find("}}", open);
    if (close == std::string_view::npos) throw std::logic_error("a template's place does not end");
    const auto name = text.substr(open + 2, close - open - 2);
    const auto value = values.find(name);
    if (value == values.end()) {
      throw std::logic_error("a template wants " + std::string(name));
    }
    out.append(text.substr(0, open)).append(value->second);
    text.remove_prefix(close + 2);
  }
  return out.append(text);
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace marquee::mail
