// The gRPC surface Inbox. Each change is told to the user's open devices after its commit. Owned by
// NotificationService; worker threads.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "libs/live/publisher.h"
#include "libs/rpc/server.h"
#include "libs/users/user_directory.h"
#include "marquee/notification/v1/inbox.pb.h"
#include "services/notification/inbox_store.h"

namespace marquee::notification {

class InboxHandlers {
 public:
  InboxHandlers(InboxStore& store, users::UserDirectory& users, live::Publisher& live)
      : store_(store), users_(users), live_(live) {}

  void bind(rpc::Server& server);

  v1::ListNotificationsReply list(const rpc::Call& call,
                                  const v1::ListNotificationsRequest& request);
  v1::UnreadCount count_unread(const rpc::Call& call, const google::protobuf::Empty& request);
  v1::InboxChangedReply mark_read(const rpc::Call& call, const v1::MarkReadRequest& request);
  v1::InboxChangedReply mark_all_read(const rpc::Call& call,
                                      const google::protobuf::Empty& request);
  v1::InboxChangedReply remove(const rpc::Call& call, const v1::DeleteNotificationRequest& request);

 private:
  InboxStore& store_;
  users::UserDirectory& users_;
  live::Publisher& live_;
};

}  // namespace marquee::notification
