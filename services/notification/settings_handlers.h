// The gRPC surfaces NotificationSettings and MailSubscription. Owned by NotificationService; worker
// threads.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "libs/rpc/server.h"
#include "marquee/notification/v1/settings.pb.h"
#include "services/notification/settings_store.h"

namespace marquee::notification {

class SettingsHandlers {
 public:
  explicit SettingsHandlers(SettingsStore& store) : store_(store) {}

  void bind(rpc::Server& server);

  v1::SettingsReply get(const rpc::Call& call, const google::protobuf::Empty& request);
  v1::SettingsReply update(const rpc::Call& call, const v1::UpdateSettingsRequest& request);
  // Whoever has the token; nobody need be signed in.
  v1::UnsubscribeReply show_unsubscribe(const rpc::Call& call,
                                        const v1::UnsubscribeRequest& request);
  v1::UnsubscribeReply unsubscribe(const rpc::Call& call, const v1::UnsubscribeRequest& request);

 private:
  std::int64_t user_of(const rpc::Call& call, const v1::UnsubscribeRequest& request);

  SettingsStore& store_;
};

}  // namespace marquee::notification
