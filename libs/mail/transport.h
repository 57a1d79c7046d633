// Takes mails away: to a mail server (smtp_transport.h) or into a folder (folder_transport.h).
#pragma once

#include "libs/mail/message.h"

namespace marquee::mail {

// Of an Error FAILED_PRECONDITION: this mail was refused, and will be again. Any other Error is
// trouble of a moment.
inline constexpr char kRefused[] = "mail_refused";

class Transport {
 public:
  virtual ~Transport() = default;
  // Returns when somebody else answers for the mail. Blocks; one thread at a time. What it throws
  // says nothing of whose mail it was.
  virtual void send(const Message& message) = 0;
  // Ends a send() that is waiting, soon; those that follow fail. Any thread.
  virtual void stop() {}
};

}  // namespace marquee::mail
