// The gRPC surface Audience, for other services. Owned by MovieService; worker threads.
#pragma once

#include "libs/rpc/server.h"
#include "marquee/movie/v1/audience.pb.h"
#include "services/movie/audience_store.h"

namespace marquee::movie {

class AudienceHandlers {
 public:
  explicit AudienceHandlers(AudienceStore& store) : store_(store) {}

  void bind(rpc::Server& server);

  v1::ListAudiencesReply list_audiences(const rpc::Call& call,
                                        const v1::ListAudiencesRequest& request);

 private:
  AudienceStore& store_;
};

}  // namespace marquee::movie
