// The gRPC surface ChatRooms. Owned by RoomSyncService; worker threads.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "libs/invalidation/change_feed.h"
#include "libs/live/publisher.h"
#include "libs/presence/keeper.h"
#include "libs/rpc/server.h"
#include "libs/users/user_directory.h"
#include "marquee/rooms/v1/chat.pb.h"
#include "services/room-sync/chat_store.h"

namespace marquee::rooms {

class ChatHandlers {
 public:
  ChatHandlers(ChatStore& store, users::UserDirectory& users, presence::Keeper& presence,
               live::Publisher& live, invalidation::ChangeFeed& changes, const Clock& clock)
      : store_(store),
        users_(users),
        presence_(presence),
        live_(live),
        changes_(changes),
        clock_(clock) {}

  void bind(rpc::Server& server);

  v1::ListRoomsReply list_rooms(const rpc::Call& call, const google::protobuf::Empty& request);
  v1::ListMembersReply list_members(const rpc::Call& call, const v1::ListMembersRequest& request);
  v1::ListMessagesReply list_messages(const rpc::Call& call,
                                      const v1::ListMessagesRequest& request);
  v1::ChatLine send_message(const rpc::Call& call, const v1::SendMessageRequest& request);
  google::protobuf::Empty delete_message(const rpc::Call& call,
                                         const v1::DeleteMessageRequest& request);
  v1::RoomNotice join_room(const rpc::Call& call, const v1::RoomRequest& request);
  v1::RoomNotice leave_room(const rpc::Call& call, const v1::RoomRequest& request);

 private:
  // Tells the room that who calls `did` something to it.
  v1::RoomNotice notice(const rpc::Call& call, const std::string& room, const char* did);

  ChatStore& store_;
  users::UserDirectory& users_;
  presence::Keeper& presence_;
  live::Publisher& live_;
  invalidation::ChangeFeed& changes_;
  const Clock& clock_;
};

}  // namespace marquee::rooms
