// Gives imported accounts usernames and addresses that nobody has. On the thread that owns the Tx.
#pragma once

#include <vector>

#include "services/auth/directory_store.h"

namespace marquee::auth {

// A name that is taken, by an account or earlier in the list, gets the smallest number appended
// that makes it free; an address that is taken is dropped.
void give_free_names(db::Tx& tx, std::vector<ImportedAccount>& accounts);

}  // namespace marquee::auth
