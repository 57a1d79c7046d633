// What the stages of ratings, tags and reviews have in common: rows of a user about a film, for
// which the users' accounts must exist first. Owned by the import, one thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "services/movie/importer/account_book.h"
#include "services/movie/importer/opinion_store.h"
#include "services/movie/importer/stage.h"

namespace marquee::movie::importer {

class OpinionStage : public Stage {
 public:
  using Store = StoreResult (*)(db::Tx&, const std::string&, const std::vector<OpinionRow>&);

  // `makes_accounts`: users are raters who get one, not those of an accounts file.
  OpinionStage(std::string name, std::filesystem::path file, CsvShape shape, AccountBook& accounts,
               bool makes_accounts, Store writes)
      : Stage(std::move(name), std::move(file), std::move(shape)),
        accounts_(accounts),
        makes_accounts_(makes_accounts),
        store_(writes) {}

  void prepare() override {
    if (!makes_accounts_) return;
    std::set<std::string> users;
    for (const auto& row : rows_) users.insert(row.user);
    accounts_.open_raters(users);
  }
  StoreResult store(db::Tx& tx) override { return store_(tx, accounts_.kind(), rows_); }
  void clear() override { rows_.clear(); }

 protected:
  void take(OpinionRow row) { rows_.push_back(std::move(row)); }

 private:
  AccountBook& accounts_;
  const bool makes_accounts_;
  const Store store_;
  std::vector<OpinionRow> rows_;
};

}  // namespace marquee::movie::importer
