#include "services/auth/auth_service.h"
#include "services/auth/grant_admin.h"

int main(int argc, char** argv) {
  marquee::Clock clock;
  marquee::auth::Config config;
  marquee::rpc::ServiceApp app("auth-service", "MARQUEE_AUTH_", "Accounts, sessions and tokens.");
  config.add_to(app.options());
  marquee::auth::add_grant_admin(app);
  return app.run(argc, argv, [&](marquee::rpc::Parts& parts) {
    return std::make_unique<marquee::auth::AuthService>(config, parts, clock);
  });
}
