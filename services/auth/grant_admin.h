// `auth-service grant-admin USERNAME`.
#pragma once

#include <string>

#include "libs/rpc/service_app.h"

namespace marquee::auth {

// Adds the command; it uses the app's own database.
void add_grant_admin(rpc::ServiceApp& app);
// Gives the role, which shows at the next sign-in. Throws std::runtime_error for an unknown user.
void grant_admin(db::Pool& database, const std::string& login);

}  // namespace marquee::auth
