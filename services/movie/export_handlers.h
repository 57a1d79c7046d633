// The gRPC surface Exports. Owned by MovieService; worker threads.
#pragma once

#include "google/protobuf/empty.pb.h"
#include "libs/rpc/server.h"
#include "services/movie/export_store.h"

namespace marquee::movie {

class ExportHandlers {
 public:
  explicit ExportHandlers(ExportStore& store) : store_(store) {}

  void bind(rpc::Server& server);

  rpc::NextReplies<v1::ExportedRecord> export_own(const rpc::Call& call,
                                                  const google::protobuf::Empty& request);

 private:
  ExportStore& store_;
};

}  // namespace marquee::movie
