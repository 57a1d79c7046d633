#include "services/auth/imported_names.h"

#include "libs/core/string_map.h"

namespace marquee::auth {
namespace {

// Numbers tried per name and round trip.
constexpr int kCandidates = 8;

void add_used(db::Tx& tx, const std::vector<std::string>& logins, StringSet& used) {
  for (auto& login : find_used_logins(tx, logins)) used.insert(std::move(login));
}

}  // namespace

void give_free_names(db::Tx& tx, std::vector<ImportedAccount>& accounts) {
  std::vector<std::string> wishes;
  for (const auto& account : accounts) {
    wishes.push_back(account.username);
    wishes.push_back(account.email);
  }
  const auto lower = to_lower(tx, wishes);
  StringSet used;
  add_used(tx, lower, used);

  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const auto& email = lower[2 * i + 1];
    if (!email.empty() && !used.insert(email).second) accounts[i].email.clear();
    if (!used.insert(lower[2 * i]).second) open.push_back(i);
  }
  for (int number = 2; !open.empty(); number += kCandidates) {
    std::vector<std::string> candidates;
    for (auto i : open) {
      for (int k = 0; k < kCandidates; ++k) {
        candidates.push_back(lower[2 * i] + std::to_string(number + k));
      }
    }
    StringSet taken;
    add_used(tx, candidates, taken);
    std::vector<std::size_t> still_open;
    for (auto i : open) {
      int k = 0;
      std::string suffix;
      for (; k < kCandidates; ++k) {
        suffix = std::to_string(number + k);
        std::string candidate = lower[2 * i] + suffix;
        if (!taken.contains(candidate) && used.insert(candidate).second) break;
      }
      if (k == kCandidates) {
        still_open.push_back(i);
      } else {
        accounts[i].username += suffix;
      }
    }
    open = std::move(still_open);
  }
}

}  // namespace marquee::auth
