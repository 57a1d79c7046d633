// The mail that tells of notifications, from the templates in templates/. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "libs/mail/message.h"
#include "services/notification/inbox_store.h"
#include "services/notification/notification_text.h"

namespace marquee::notification {

struct MailContent {
  std::string reader;  // the account's name
  std::vector<StoredNotification> notifications;
  std::size_t more = 0;     // so many others are not listed
  std::string unsubscribe;  // the address that ends it all
};

// Subject, texts and the headers of RFC 8058; whose it is, the caller says.
mail::Message compose(const MailContent& content, const Names& names);

}  // namespace marquee::notification
