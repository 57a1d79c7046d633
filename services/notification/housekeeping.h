// Removes what is too old, a little at a time. Every replica has one; they do not disturb each
// other. Owned by NotificationService; a thread of its own.
#pragma once

#include "services/notification/config.h"
#include "services/notification/jobs_store.h"
#include "services/notification/worker.h"

namespace marquee::notification {

class Housekeeping {
 public:
  Housekeeping(const JobsStore& store, const Config& config);

 private:
  Worker worker_;
};

}  // namespace marquee::notification
