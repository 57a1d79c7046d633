#include "services/notification/mail_text.h"

#include <array>
#include <ctime>

#include "item_html.h"
#include "item_text.h"
#include "libs/mail/template.h"
#include "mail_html.h"
#include "mail_text_template.h"

namespace marquee::notification {
namespace {

std::string when(std::int64_t microseconds) {
  const auto seconds = static_cast<std::time_t>(microseconds / 1'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &utc);
  return text.data();
}

// A name or a title in a line of plain text stays in it.
std::string in_one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
  }
  return text;
}

std::string subject_of(const MailContent& content, const Names& names) {
  const std::size_t all = content.notifications.size() + content.more;
  if (all == 1) return text_of(content.notifications.front(), names);
  return std::to_string(all) + " new notifications";
}

}  // namespace

mail::Message compose(const MailContent& content, const Names& names) {
  mail::Message mail;
  mail.subject = subject_of(content, names);
  std::string text_items;
  std::string html_items;
  for (const auto& notification : content.notifications) {
    const std::string message = text_of(notification, names);
    const std::string time = when(notification.updated_at_us);
    text_items += mail::fill_template(embedded::item_text(),
                                      {{"message", in_one_line(message)}, {"when", time}});
    html_items += mail::fill_template(embedded::item_html(),
                                      {{"message", mail::escape_html(message)}, {"when", time}});
  }
  const std::string more =
      content.more == 0 ? "" : "And " + std::to_string(content.more) + " more in your inbox.";
  mail.text = mail::fill_template(embedded::mail_text_template(),
                                  {{"name", in_one_line(content.reader)},
                                   {"items", text_items},
                                   {"more", more.empty() ? "" : more + "\n"},
                                   {"unsubscribe", content.unsubscribe}});
  mail.html = mail::fill_template(embedded::mail_html(),
                                  {{"subject", mail::escape_html(mail.subject)},
                                   {"name", mail::escape_html(content.reader)},
                                   {"items", html_items},
                                   {"more", more},
                                   {"unsubscribe", mail::escape_html(content.unsubscribe)}});
  mail.headers = {{"List-Unsubscribe", "<" + content.unsubscribe + ">"},
                  {"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"},
                  {"Auto-Submitted", "auto-generated"}};
  return mail;
}

}  // namespace marquee::notification
