#include "services/notification/config.h"
#include "services/notification/notification_service.h"

using namespace marquee;

int main(int argc, char** argv) {
  notification::Config config;
  rpc::ServiceApp app("notification-service", "MARQUEE_NOTIFICATION_",
                      "The inbox, what users want to be told, and mails.");
  config.add_to(app.options());
  return app.run(argc, argv, [&](rpc::Parts& parts) {
    config.check();
    return std::make_unique<notification::NotificationService>(config, parts);
  });
}
