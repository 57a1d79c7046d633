// Who may read and change which account. Stateless; any worker thread.
#pragma once

#include "libs/db/pool.h"
#include "libs/rpc/call.h"
#include "services/auth/account.h"

namespace marquee::auth {

// Throws PERMISSION_DENIED for somebody else's account unless the caller is an admin.
void require_self_or_admin(const rpc::Call& call, std::int64_t id);
// 401 when the account was the caller's own and is gone, 404 for others.
[[noreturn]] void refuse_gone(const rpc::Call& call, std::int64_t id);
Account load_account(db::Pool& database, const rpc::Call& call, std::int64_t id);

}  // namespace marquee::auth
