// The gRPC surface MovieStatus. Owned by MovieService; worker threads.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "libs/db/pool.h"
#include "libs/rpc/server.h"
#include "marquee/movie/v1/catalog.pb.h"

namespace marquee::movie {

class StatusHandlers {
 public:
  explicit StatusHandlers(db::Pool& pool) : pool_(pool) {}

  void bind(rpc::Server& server);
  v1::MovieStatusReply get_status(const rpc::Call& call, const google::protobuf::Empty& request);

 private:
  db::Pool& pool_;
};

}  // namespace marquee::movie
