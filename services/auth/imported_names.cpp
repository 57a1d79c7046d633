#include "services/auth/imported_names.h"

#include <algorithm>
#include <map>

#include "libs/core/string_map.h"

namespace marquee::auth {
namespace {

constexpr int kFirstNumber = 2;
// Numbers tried for one name in one round trip.
constexpr int kBlockMax = 20'000;

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

  // Accounts that need a number, by the name they wished for.
  std::map<std::string, std::vector<std::size_t>> open;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const auto& email = lower[2 * i + 1];
    if (!email.empty() && !used.insert(email).second) accounts[i].email.clear();
    const auto& name = lower[2 * i];
    if (!used.insert(name).second) open[name].push_back(i);
  }

  int next = kFirstNumber;
  for (int factor = 1; !open.empty(); factor = std::min(factor * 4, kBlockMax)) {
    std::size_t widest = 0;
    for (const auto& [name, waiting] : open) widest = std::max(widest, waiting.size());
    int end = next + std::min(static_cast<int>(widest) * factor, kBlockMax);
    std::vector<std::string> candidates;
    for (const auto& [name, waiting] : open) {
      for (int number = next; number < end; ++number) {
        candidates.push_back(name + std::to_string(number));
      }
    }
    add_used(tx, candidates, used);
    for (auto& [name, waiting] : open) {
      std::reverse(waiting.begin(), waiting.end());
      for (int number = next; number < end && !waiting.empty(); ++number) {
        std::string suffix = std::to_string(number);
        if (!used.insert(name + suffix).second) continue;
        accounts[waiting.back()].username += suffix;
        waiting.pop_back();
      }
      std::reverse(waiting.begin(), waiting.end());
    }
    std::erase_if(open, [](const auto& entry) { return entry.second.empty(); });
    next = end;
  }
}

}  // namespace marquee::auth
