// What the stages have in common that bring films. Owned by the import, one thread.
#pragma once

#include <string>
#include <vector>

#include "services/movie/importer/film_store.h"
#include "services/movie/importer/stage.h"

namespace marquee::movie::importer {

class FilmStage : public Stage {
 public:
  FilmStage(std::string name, std::filesystem::path file, CsvShape shape, Authority authority)
      : Stage(std::move(name), std::move(file), std::move(shape)), authority_(authority) {}

  StoreResult store(db::Tx& tx) override { return store_films(tx, films_, authority_); }
  void clear() override { films_.clear(); }

 protected:
  static constexpr std::size_t kTitleBytesMax = 500;
  static constexpr std::size_t kOverviewBytesMax = 20'000;

  void take(FilmRow film) { films_.push_back(std::move(film)); }

 private:
  const Authority authority_;
  std::vector<FilmRow> films_;
};

}  // namespace marquee::movie::importer
