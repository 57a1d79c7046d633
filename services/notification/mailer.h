// Sends the mails that are due, a user at a time: gathers what is still unread, asks auth for the
// address, and takes it off the queue when the transport has it. While the mail server (or auth) is
// away, mails wait, tried again with growing pauses for as long as it takes; a mail that the server
// refuses kRefusalsMax times is given up. A process that dies between the two sends a mail a second
// time, under the same Message-ID.
//
// Owned by NotificationService; a thread of its own.
#pragma once

#include "libs/core/tally.h"
#include "libs/mail/transport.h"
#include "libs/rpc/channel.h"
#include "libs/users/user_directory.h"
#include "services/notification/config.h"
#include "services/notification/mail_store.h"
#include "services/notification/worker.h"

namespace marquee::ops {
class Scrape;
}

namespace marquee::notification {

inline constexpr int kRefusalsMax = 5;

class Mailer {
 public:
  Mailer(const MailStore& store, mail::Transport& transport, rpc::Channel& auth,
         users::UserDirectory& users, const Config& config);
  ~Mailer();

  // Something may be due.
  void wake() { worker_.wake(); }
  void read(ops::Scrape& scrape) const;

 private:
  bool round();
  void count_waiting();
  void send(const MailTurn& turn);
  // Empty when there is none.
  std::string address_of(const rpc::Call& call, std::int64_t user);
  void failed(const MailTurn& turn, const Error& error);

  const MailStore& store_;
  mail::Transport& transport_;
  rpc::Channel& auth_;
  users::UserDirectory& users_;
  const Config& config_;
  core::Tally sent_;
  core::Tally failed_;
  core::Tally given_up_;
  std::atomic<std::int64_t> waiting_{0};
  std::chrono::steady_clock::time_point count_at_;  // the thread's
  Worker worker_;
};

}  // namespace marquee::notification
