// The notification service put together: stores, consumers, workers, handlers. Lives as long as its
// server; made and destroyed on the main thread.
#pragma once

#include <memory>

#include "libs/rpc/service_app.h"
#include "services/notification/config.h"
#include "services/notification/jobs.h"

namespace marquee::notification {

class InboxHandlers;
class SettingsHandlers;

class NotificationService : public rpc::ServiceParts {
 public:
  // Binds every RPC to `parts.server`, which is started afterwards.
  NotificationService(const Config& config, rpc::Parts& parts, Jobs::AtStep at_step = {});
  ~NotificationService() override;

  // What the RPCs are bound to; tests call them without a network.
  InboxHandlers& inbox();
  SettingsHandlers& settings();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace marquee::notification
