#include "services/auth/grant_admin.h"

#include <iostream>
#include <stdexcept>

#include "services/auth/account_rules.h"
#include "services/auth/accounts_store.h"

namespace marquee::auth {
namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

void grant_admin(db::Pool& database, const std::string& login) {
  bool found = could_be_login(login) &&
               database.write(std::chrono::steady_clock::now() + kPatience,
                              [&](db::Tx& tx) { return grant_admin(tx, normal_form(login)); });
  if (!found) throw std::runtime_error("there is no user \"" + login + "\"");
}

void add_grant_admin(rpc::ServiceApp& app) {
  app.options().add_command(
      "grant-admin", "Give a user the ADMIN role; it shows at the next sign-in",
      "username or e-mail address", 1, 1, [&app](const std::vector<std::string>& arguments) {
        app.with_database(
            [&](db::Pool& database, bus::Bus&) { grant_admin(database, arguments[0]); });
        std::cout << arguments[0] << " is an admin from the next sign-in on\n";
        return 0;
      });
}

}  // namespace marquee::auth
