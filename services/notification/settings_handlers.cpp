#include "services/notification/settings_handlers.h"

namespace marquee::notification {
namespace {

constexpr std::size_t kTokenBytesMax = 100;

template <typename Message>
auto& row_in(Message& matrix, v1::Kind kind) {
  switch (kind) {
    case v1::KIND_MESSAGE:
      return *matrix.mutable_message();
    case v1::KIND_APPLICATION:
      return *matrix.mutable_application();
    case v1::KIND_PROJECT:
      return *matrix.mutable_project();
    case v1::KIND_TEAM:
      return *matrix.mutable_team();
    case v1::KIND_REVIEW:
      return *matrix.mutable_review();
    default:
      return *matrix.mutable_movie();
  }
}

v1::SettingsReply reply_of(const Preferences& preferences) {
  v1::SettingsReply reply;
  auto& settings = *reply.mutable_settings();
  settings.set_email_notifications(preferences.email);
  settings.set_push_notifications(preferences.push);
  settings.set_email_digest(preferences.digest);
  auto& matrix = *settings.mutable_matrix();
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    auto& row = row_in(matrix, kKinds[i].kind);
    row.set_inbox(preferences.kinds[i].inbox);
    row.set_push(preferences.kinds[i].push);
    row.set_email(preferences.kinds[i].email);
  }
  settings.set_new_messages(matrix.message().inbox());
  settings.set_project_updates(matrix.project().inbox());
  settings.set_application_status(matrix.application().inbox());
  settings.set_team_invites(matrix.team().inbox());
  return reply;
}

std::optional<bool>& inbox_of(PreferencesChange& change, v1::Kind kind) {
  return change.kinds[static_cast<std::size_t>(&row_of(kind) - kKinds.data())].inbox;
}

// What both the settings and the request itself may say; what is said later goes first.
template <typename Message>
void read_switches(const Message& from, PreferencesChange& change) {
  if (from.has_email_notifications()) change.email = from.email_notifications();
  if (from.has_push_notifications()) change.push = from.push_notifications();
  if (from.has_email_digest()) change.digest = from.email_digest();
  if (from.has_new_messages()) inbox_of(change, v1::KIND_MESSAGE) = from.new_messages();
  if (from.has_project_updates()) inbox_of(change, v1::KIND_PROJECT) = from.project_updates();
  if (from.has_application_status()) {
    inbox_of(change, v1::KIND_APPLICATION) = from.application_status();
  }
  if (from.has_team_invites()) inbox_of(change, v1::KIND_TEAM) = from.team_invites();
  v1::Matrix matrix = from.matrix();
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    const v1::Channels& row = row_in(matrix, kKinds[i].kind);
    auto& choice = change.kinds[i];
    if (row.has_inbox()) choice.inbox = row.inbox();
    if (row.has_push()) choice.push = row.push();
    if (row.has_email()) choice.email = row.email();
  }
}

}  // namespace

void SettingsHandlers::bind(rpc::Server& server) {
  auto& settings = server.service("marquee.notification.v1.NotificationSettings");
  settings.on("GetSettings", &SettingsHandlers::get, *this);
  settings.on("UpdateSettings", &SettingsHandlers::update, *this);
  auto& mails = server.service("marquee.notification.v1.MailSubscription");
  mails.on("ShowUnsubscribe", &SettingsHandlers::show_unsubscribe, *this);
  mails.on("Unsubscribe", &SettingsHandlers::unsubscribe, *this);
}

v1::SettingsReply SettingsHandlers::get(const rpc::Call& call, const google::protobuf::Empty&) {
  return reply_of(store_.get(call.deadline(), call.user()));
}

v1::SettingsReply SettingsHandlers::update(const rpc::Call& call,
                                           const v1::UpdateSettingsRequest& request) {
  PreferencesChange change;
  read_switches(request, change);
  read_switches(request.settings(), change);
  return reply_of(store_.change(call.deadline(), call.user(), change));
}

std::int64_t SettingsHandlers::user_of(const rpc::Call& call,
                                       const v1::UnsubscribeRequest& request) {
  if (request.token().size() <= kTokenBytesMax) {
    if (auto user = store_.user_of_token(call.deadline(), request.token())) return *user;
  }
  throw Error::not_found("unknown_link", "This link is not valid");
}

v1::UnsubscribeReply SettingsHandlers::show_unsubscribe(const rpc::Call& call,
                                                        const v1::UnsubscribeRequest& request) {
  const auto preferences = store_.get(call.deadline(), user_of(call, request));
  v1::UnsubscribeReply reply;
  reply.set_message(preferences.email ? "POST to this address to get no more mails"
                                      : "You get no mails");
  reply.set_email_notifications(preferences.email);
  return reply;
}

v1::UnsubscribeReply SettingsHandlers::unsubscribe(const rpc::Call& call,
                                                   const v1::UnsubscribeRequest& request) {
  PreferencesChange change;
  change.email = false;
  store_.change(call.deadline(), user_of(call, request), change);
  v1::UnsubscribeReply reply;
  reply.set_message("You will get no more mails");
  return reply;
}

}  // namespace marquee::notification
