#include "services/auth/account_access.h"

#include "services/auth/accounts_store.h"
#include "services/auth/request_fields.h"

namespace marquee::auth {

void require_self_or_admin(const rpc::Call& call, std::int64_t id) {
  if (call.user() == id || call.caller().admin()) return;
  throw Error::denied("not_yours", "You do not have permission to perform this action.");
}

void refuse_gone(const rpc::Call& call, std::int64_t id) {
  if (call.user() == id) throw caller_gone();
  throw Error::not_found("user_not_found", "User not found");
}

Account load_account(db::Pool& database, const rpc::Call& call, std::int64_t id) {
  auto account = database.read(call.deadline(), [&](db::Tx& tx) { return find_account(tx, id); });
  if (!account) refuse_gone(call, id);
  return std::move(*account);
}

}  // namespace marquee::auth
