#include "services/notification/mailer.h"

#include "libs/core/log.h"
#include "libs/events/backoff.h"
#include "libs/ops/live_registry.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "services/notification/mail_text.h"

namespace marquee::notification {
namespace {

using namespace std::chrono_literals;

// Longer than everything that a turn waits for.
constexpr auto kLease = 5min;
constexpr auto kStepMax = 10s;
constexpr auto kAskMax = 3s;
constexpr auto kCountEvery = 5s;
constexpr std::int64_t kItemsMax = 1'000;
constexpr std::size_t kListed = 50;

Deadline within(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace

Mailer::Mailer(const MailStore& store, mail::Transport& transport, rpc::Channel& auth,
               users::UserDirectory& users, const Config& config)
    : store_(store),
      transport_(transport),
      auth_(auth),
      users_(users),
      config_(config),
      worker_("mailer", config.mail_interval, [this] { return round(); }) {}

Mailer::~Mailer() {
  transport_.stop();
}

bool Mailer::round() {
  count_waiting();
  const auto turn = store_.claim(within(kStepMax), kLease);
  if (!turn) return false;
  try {
    send(*turn);
  } catch (const Error& error) {
    failed(*turn, error);
  }
  return true;
}

// Now and then: there may be many.
void Mailer::count_waiting() {
  const auto now = std::chrono::steady_clock::now();
  if (now < count_at_) return;
  waiting_ = store_.waiting(within(kStepMax));
  count_at_ = now + kCountEvery;
}

void Mailer::send(const MailTurn& turn) {
  auto items = store_.items(within(kStepMax), turn.user_id, kItemsMax);
  const auto call = rpc::Call::for_current_request(within(kAskMax));
  const std::string address = items.empty() ? "" : address_of(call, turn.user_id);
  if (!mail::is_address(address)) {
    store_.done(within(kStepMax), turn, items);
    return;
  }
  MailContent content;
  content.notifications = items;
  if (items.size() > kListed) {
    content.notifications.resize(kListed);
    content.more = items.size() - kListed;
  }
  content.unsubscribe = config_.public_url + "/api/notifications/unsubscribe/" +
                        store_.unsubscribe_token(within(kStepMax), turn.user_id);
  std::vector<std::int64_t> ids = {turn.user_id};
  for (const auto& notification : content.notifications) ids.push_back(notification.actor_id);
  const Names names = users_.users(call, std::move(ids));
  if (auto reader = names.find(turn.user_id); reader != names.end()) {
    content.reader = reader->second.username;
  }
  auto mail = compose(content, names);
  mail.id = turn.mail_id;
  mail.date = std::chrono::system_clock::now();
  mail.from = {config_.mail_from_name, config_.mail_from};
  mail.to = {content.reader, address};
  transport_.send(mail);
  sent_.add();
  store_.done(within(kStepMax), turn, items);
}

std::string Mailer::address_of(const rpc::Call& call, std::int64_t user) {
  auth::v1::GetUsersRequest request;
  request.add_ids(user);
  const auto reply = auth_.call<auth::v1::GetMailAddressesReply>(
      "marquee.auth.v1.Directory/GetMailAddresses", request, call);
  return reply.entries_size() == 1 ? reply.entries(0).email() : std::string();
}

// Whom it was for is nobody's to read in a log.
void Mailer::failed(const MailTurn& turn, const Error& error) {
  failed_.add();
  const bool refused = error.reason() == mail::kRefused;
  const bool give_up = refused && turn.failures + 1 >= kRefusalsMax;
  log::warn(give_up ? "mail given up" : "mail put off",
            {{"mail", turn.mail_id}, {"failures", turn.failures + 1}, {"error", error.message()}});
  if (give_up) {
    given_up_.add();
    store_.done(within(kStepMax), turn, store_.items(within(kStepMax), turn.user_id, kItemsMax));
    return;
  }
  store_.put_off(
      within(kStepMax), turn,
      events::backoff(config_.mail_retry_first, config_.mail_retry_max, turn.failures + 1));
}

void Mailer::read(ops::Scrape& scrape) const {
  scrape.counter("marquee_mails_sent_total", "Mails that the transport took", {}, sent_.value());
  scrape.counter("marquee_mails_failed_total", "Tries to send a mail that failed", {},
                 failed_.value());
  scrape.counter("marquee_mails_given_up_total", "Mails that the server refused for good", {},
                 given_up_.value());
  scrape.gauge("marquee_mail_waiting", "Notifications that wait for their mail", {},
               waiting_.load());
}

}  // namespace marquee::notification
