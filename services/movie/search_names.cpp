#include "services/movie/search_names.h"

#include <algorithm>

#include "services/movie/search_words.h"

namespace marquee::movie {
namespace {

constexpr db::Statement kLastId{"search_names_last_id",
                                "SELECT last_value FROM search_names_id_seq"};
constexpr db::Statement kAll{"search_names_all",
                             "SELECT id, word, size FROM search_names LIMIT $1::bigint"};

// As SearchWords does.
constexpr std::chrono::seconds kUncommittedMax{30};
constexpr std::chrono::minutes kSizesAgeMax{10};
constexpr int kRestFactor = 20;

}  // namespace

std::vector<SearchWord> SearchNames::holding(const std::string& typed, std::size_t most) const {
  std::shared_ptr<const SearchVocabulary> words;
  {
    std::lock_guard lock(mutex_);
    words = vocabulary_;
  }
  if (!words) return {};
  auto found = words->holding(typed, most);
  if (const auto* exact = words->find(typed)) found.insert(found.begin(), *exact);
  return found;
}

bool SearchNames::refresh(db::Tx& tx) {
  std::lock_guard refreshing(refresh_mutex_);
  auto began = std::chrono::steady_clock::now();
  if (began < not_before_) return false;
  auto last_id = tx.exec(kLastId)[0][0].as<std::int64_t>();
  bool came = last_id != last_id_;
  if (!came && began < due_) return false;
  std::vector<SearchWord> words;
  for (const auto& row : tx.exec(kAll, static_cast<std::int64_t>(kVocabularyWordsMax + 1))) {
    words.push_back({row[0].as<std::int64_t>(), row[1].as<std::string>(), row[2].as<int>()});
  }
  const std::size_t had = std::exchange(read_, words.size());
  const bool more = read_ > had && last_id_ >= 0;
  std::shared_ptr<const SearchVocabulary> read;
  if (words.size() <= kVocabularyWordsMax) {
    read = std::make_shared<const SearchVocabulary>(std::move(words));
  }
  last_id_ = last_id;
  auto now = std::chrono::steady_clock::now();
  due_ = now + (came ? kUncommittedMax : kSizesAgeMax);
  not_before_ = now + (now - began) * kRestFactor;
  std::lock_guard lock(mutex_);
  vocabulary_ = read;
  return more;
}

}  // namespace marquee::movie
