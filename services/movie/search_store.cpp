#include "services/movie/search_store.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "services/movie/cursor.h"
#include "services/movie/search_phrase.h"
#include "services/movie/search_sql.h"
#include "services/movie/validation.h"

namespace marquee::movie {
namespace {

constexpr std::size_t kPartsMax = 8;
constexpr std::size_t kPartsOfPairMax = 5;
constexpr std::size_t kMeantMax = 3;
constexpr int kShortListSize = 7;  // SearchWord::size
// At and above it most of the best films fit; below it, hardly any of them.
constexpr double kUsualRating = 6;

constexpr db::Statement kFold{"search_fold", "SELECT movie_fold($1)"};
constexpr db::Statement kPeopleIds{"search_people",
                                   "SELECT id FROM people WHERE name_fold LIKE $1 LIMIT 1000"};
constexpr db::Statement kPeopleIdsByWord{
    "search_people_by_word",
    "SELECT id FROM people WHERE name_fold LIKE $1 OR name_fold LIKE $2 LIMIT 1000"};

constexpr db::Statement kMoveFilms{"search_move_films",
                                   "SELECT search_move_films($1::bigint, 2000, 100)"};

constexpr char kCursorKind[] = "search";
constexpr char kLastCharacter[] = "\xF4\x8F\xBF\xBF";
constexpr double kAboveAllRanks = 1e9;

// Written into cursors.
enum Stage : std::int64_t {
  kWhole = 0,
  kBegins = 1,
  kInside = 2,
  kPartBegins = 3,
  kPartInside = 4,
  kAnyOrder = 5,
  kMeantWhole = 6,
  kMeantBegins = 7,
  kMeantInside = 8,
  kMeantAnyOrder = 9,
  kBrowse = 10,
  kCandidates = 11,
  kCandidatesMeant = 12,
};

std::string fold(db::Tx& tx, const std::string& text) {
  bool ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
  if (!ascii) return tx.exec(kFold, text)[0][0].as<std::string>();
  std::string lower = text;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string like_escaped(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '\\' || c == '%' || c == '_') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// The stream that libpqxx reads and writes numbers with costs more than the rest of a row.
double double_of(const pqxx::field& field) {
  double value = 0;
  std::from_chars(field.c_str(), field.c_str() + field.size(), value);
  return value;
}

std::string text_of(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

bool is_short(const std::string& word) {
  return characters(word) < 3;
}

void add_lists(std::vector<std::int64_t>& lists, const std::vector<Place>& places,
               std::int64_t word, std::int64_t next) {
  for (auto place : places) lists.push_back(words_list(place, word, next));
}

// One search: the parameters that all its statements take, and how its page is put together.
class Search {
 public:
  Search(db::Tx& tx, SearchWords& words, const SearchFilter& filter, std::int64_t limit,
         std::int64_t offset)
      : tx_(tx),
        words_(words),
        limit_(limit),
        offset_(offset),
        wanted_(offset + limit + 1),
        min_rating_(filter.min_rating.value_or(0)),
        max_rating_(filter.max_rating.value_or(10)),
        min_year_(filter.min_year.value_or(std::numeric_limits<int>::min())),
        max_year_(filter.max_year.value_or(std::numeric_limits<int>::max())) {
    if (!filter.title.empty()) set_title(filter.title);
    if (!filter.genre.empty()) {
      conditions_ |= kByGenre;
      genre_ = "%" + like_escaped(fold(tx_, filter.genre)) + "%";
    }
    if (!filter.director.empty()) set_director(filter.director);
    if (filter.min_rating) conditions_ |= kByMinRating;
    if (filter.max_rating) conditions_ |= kByMaxRating;
    if (filter.min_year) conditions_ |= kByMinYear;
    if (filter.max_year) conditions_ |= kByMaxYear;
  }

  FilmList start() {
    started_ = true;
    if (by_candidates()) {
      candidates(kCandidates);
      if (found_.empty() && !typed_.empty()) candidates(kCandidatesMeant);
    } else if (typed_.empty()) {
      browse();
    } else {
      run(kWhole);
      if (found_.empty()) run(kAnyOrder);
      if (found_.empty()) run(kMeantWhole);
    }
    return page();
  }

  FilmList go_on(const std::vector<std::int64_t>& key) {
    auto stage = key[0];
    tier_ = static_cast<int>(std::clamp<std::int64_t>(key[1], 0, 2));
    rank_ = cursor_double(key[2]);
    id_ = std::max<std::int64_t>(key[3], 0);
    if (by_candidates()) {
      candidates(stage == kCandidatesMeant ? kCandidatesMeant : kCandidates);
    } else if (typed_.empty()) {
      browse();
    } else if (stage >= kWhole && stage <= kMeantAnyOrder) {
      run(stage);
    }
    return page();
  }

 private:
  struct Found {
    std::int64_t id = 0;
    std::int64_t stage = 0, tier = 0;
    double rank = 0;
  };

  bool by_candidates() const { return (conditions_ & (kByDirector | kBySigns)) != 0; }
  bool full() const { return static_cast<std::int64_t>(found_.size()) >= wanted_; }

  void set_title(const std::string& title) {
    signs_ = fold(tx_, title);
    typed_ = split_words(signs_);
    if (typed_.empty()) {
      conditions_ |= kBySigns;
      return;
    }
    exact_ = words_.find(tx_, typed_);
    all_known_ = std::all_of(exact_.begin(), exact_.end(), [](auto& word) { return !!word; });
  }

  void set_director(const std::string& director) {
    conditions_ |= kByDirector;
    std::string folded = fold(tx_, director);
    std::string escaped = like_escaped(folded);
    auto rows = is_short(folded) ? tx_.exec(kPeopleIdsByWord, escaped + "%", "% " + escaped + "%")
                                 : tx_.exec(kPeopleIds, "%" + escaped + "%");
    std::vector<std::int64_t> ids;
    for (const auto& row : rows) ids.push_back(row[0].as<std::int64_t>());
    people_ = db::array(ids);
  }

  pqxx::result exec(const db::Statement& statement, const std::vector<std::int64_t>& lists,
                    const std::vector<std::string>& patterns,
                    const std::vector<std::string>& unlike, const std::string& people_or_stages) {
    return tx_.exec(statement, db::array(lists), text_of(rank_), id_,
                    wanted_ - static_cast<std::int64_t>(found_.size()), genre_,
                    text_of(min_rating_), text_of(max_rating_), min_year_, max_year_,
                    db::array(patterns), db::array(unlike), people_or_stages, tier_);
  }
  pqxx::result exec(const db::Statement& statement, const std::vector<std::int64_t>& lists,
                    const std::vector<std::string>& patterns,
                    const std::vector<std::string>& unlike = {}) {
    return exec(statement, lists, patterns, unlike, people_);
  }

  void begin_list() {
    rank_ = kAboveAllRanks;
    id_ = std::numeric_limits<std::int64_t>::max();
  }

  // With more than one stage a row says which one it is of.
  void add(const pqxx::result& rows, const std::vector<std::int64_t>& stages) {
    for (const auto& row : rows) {
      auto place = stages.size() > 1 ? row[2].as<std::size_t>() - 1 : 0;
      found_.push_back({row[0].as<std::int64_t>(), stages[place], 0, double_of(row[1])});
    }
    if (!full()) begin_list();
  }

  void merge(std::int64_t stage, const std::vector<std::int64_t>& lists,
             const std::vector<std::string>& patterns = {},
             const std::vector<std::string>& unlike = {}) {
    if (lists.empty()) return begin_list();
    merge(stage,
          merged_search(conditions_ | (patterns.empty() ? 0u : kByTitle) |
                        (unlike.empty() ? 0u : kUnlikeTitle)),
          lists, patterns, unlike);
  }

  void add_fitting(const pqxx::result& rows, std::int64_t stage) {
    for (const auto& row : rows) {
      id_ = row[0].as<std::int64_t>();
      rank_ = double_of(row[1]);
      if (row[2].c_str()[0] == 't') found_.push_back({id_, stage, 0, rank_});
    }
  }

  using Lists = std::vector<std::int64_t>;

  // The stages from `first` on, one for each of `lists`, in one statement. What came before is all
  // in found_, so that a film that came already is known by its id. Returns the stage to go on in,
  // when too many were.
  std::optional<std::int64_t> at_once(std::int64_t first, const std::vector<Lists>& lists) {
    Lists all, stages;
    for (const auto& of_stage : lists) {
      all.insert(all.end(), of_stage.begin(), of_stage.end());
      stages.resize(all.size(), first++);
    }
    if (all.empty()) return std::nullopt;
    auto missing = wanted_ - static_cast<std::int64_t>(found_.size());
    auto rows = exec(staged_search(conditions_), all, {}, {}, db::array(stages));
    std::unordered_set<std::int64_t> known;
    for (const auto& film : found_) known.insert(film.id);
    std::int64_t stage = first;
    for (const auto& row : rows) {
      id_ = row[0].as<std::int64_t>();
      rank_ = double_of(row[1]);
      stage = row[2].as<std::int64_t>();
      if (known.insert(id_).second) found_.push_back({id_, stage, 0, rank_});
    }
    if (full() || static_cast<std::int64_t>(rows.size()) < missing) return std::nullopt;
    return stage;
  }

  // Titles that must not be there are few, so they are left out of what was found, and more is
  // found in their place.
  void merge(std::int64_t stage, const db::Statement& statement,
             const std::vector<std::int64_t>& lists, const std::vector<std::string>& patterns,
             const std::vector<std::string>& unlike) {
    while (!full()) {
      auto missing = wanted_ - static_cast<std::int64_t>(found_.size());
      auto rows = exec(statement, lists, patterns, unlike);
      add_fitting(rows, stage);
      if (static_cast<std::int64_t>(rows.size()) < missing) break;
    }
    if (!full()) begin_list();
  }

  // The stages of a title from `stage` on, until the page is full.
  void run(std::int64_t stage) {
    if (stage <= kInside) {
      if (all_known_) in_order(stage);
      stage = kPartBegins;
    }
    if (stage <= kPartInside) return parts(stage);
    if (stage > kAnyOrder) return meant(stage);
    if (all_known_ && typed_.size() > 1) any_order(kAnyOrder, exact_phrase());
  }

  Phrase exact_phrase() const {
    Phrase phrase;
    for (const auto& word : exact_) phrase.push_back({*word});
    return phrase;
  }

  // The films that have what was typed word by word, in one statement.
  void in_order(std::int64_t stage) {
    Phrase phrase = exact_phrase();
    std::vector<std::int64_t> lists, stages;
    std::vector<std::string> patterns;
    bool by_title = false;
    for (; stage <= kInside; ++stage) {
      auto place = static_cast<Place>(kInside - stage);
      auto found = lists_of_phrase(phrase, place);
      lists.push_back(found.lists.front());
      patterns.push_back(found.pattern);
      stages.push_back(stage);
      by_title |= !found.pattern.empty();
    }
    auto rows = exec(ordered_search(conditions_ | (by_title ? kByTitle : 0u)), lists, patterns);
    add(rows, stages);
  }

  // Films with words that what was typed is a part of.
  void parts(std::int64_t stage) {
    if (full()) return;
    std::vector<std::int64_t> begins, inside;
    bool by_title = parts_lists(begins, inside);
    if (started_ && !by_title) {
      auto reached = at_once(kPartBegins, {begins, inside});
      if (!reached) return;
      stage = *reached;
    }
    std::string text = " " + joined(typed_);
    std::vector<std::string> whole_words;
    if (all_known_) whole_words.push_back("%" + text + " %");
    std::vector<std::string> patterns;
    if (stage == kPartBegins) {
      if (by_title) patterns = {text + "%"};
      merge(kPartBegins, begins, patterns, whole_words);
      if (full()) return;
    }
    if (by_title) patterns = {"%" + text.substr(1) + "%"};
    auto unlike = whole_words;
    unlike.push_back(text + "%");
    merge(kPartInside, inside, patterns, unlike);
  }

  // True when the titles in the lists must still be compared.
  bool parts_lists(std::vector<std::int64_t>& begins, std::vector<std::int64_t>& inside) {
    switch (typed_.size()) {
      case 1:
        one_word_lists(begins, inside);
        return false;
      case 2:
        two_words_lists(begins, inside);
        return false;
      default:
        more_words_lists(begins);
        inside = begins;
        return true;
    }
  }

  void one_word_lists(std::vector<std::int64_t>& begins, std::vector<std::int64_t>& inside) {
    for (const auto& word : words_.holding(tx_, typed_[0], kPartsMax)) {
      bool begun = word.text.compare(0, typed_[0].size(), typed_[0]) == 0;
      add_lists(begun ? begins : inside, {Place::kBegins, Place::kWhole}, word.id, 0);
      add_lists(inside, {Place::kInside}, word.id, 0);
    }
  }

  // A word that titles have is taken to be all of one.
  void two_words_lists(std::vector<std::int64_t>& begins, std::vector<std::int64_t>& inside) {
    std::vector<SearchWord> firsts;
    if (!exact_[0]) firsts = words_.ending(tx_, typed_[0], kPartsOfPairMax);
    if (!exact_[0] && firsts.empty()) return;
    auto starts = words_.beginning(tx_, typed_[1], kPartsOfPairMax);
    if (exact_[0]) {
      for (const auto& next : starts) {
        add_lists(begins, {Place::kBegins, Place::kWhole}, exact_[0]->id, next.id);
        add_lists(inside, {Place::kInside}, exact_[0]->id, next.id);
      }
    }
    if (exact_[1]) starts.push_back(*exact_[1]);
    for (const auto& word : firsts) {
      for (const auto& next : starts) {
        add_lists(inside, {Place::kInside, Place::kBegins, Place::kWhole}, word.id, next.id);
      }
    }
  }

  // All words but the ends must be known. The lists of two of them are read unless they are long
  // and those of the last two words are likely shorter.
  void more_words_lists(std::vector<std::int64_t>& lists) {
    std::vector<SearchWord> known;
    for (std::size_t i = exact_[0] ? 0 : 1; i + 1 < typed_.size(); ++i) {
      if (!exact_[i]) return;
      known.push_back(*exact_[i]);
    }
    if (known.size() > 1) {
      auto pair = rarest_pair(known);
      if (std::min(known[pair].size, known[pair + 1].size) <= kShortListSize) {
        return add_lists(lists, {Place::kBegins, Place::kInside}, known[pair].id,
                         known[pair + 1].id);
      }
    }
    auto lasts = words_.beginning(tx_, typed_.back(), kPartsOfPairMax);
    if (exact_.back()) lasts.push_back(*exact_.back());
    for (const auto& last : lasts) add_lists(lists, {Place::kInside}, known.back().id, last.id);
  }

  // Words for those that no title has; if all are known, for all.
  Phrase meant_phrase() {
    Phrase phrase;
    for (std::size_t i = 0; i < typed_.size(); ++i) {
      bool keep = exact_[i] && (!all_known_ || is_short(typed_[i]));
      phrase.push_back(keep ? std::vector<SearchWord>{*exact_[i]}
                            : words_.meant(tx_, typed_[i], kMeantMax));
      if (phrase.back().empty() && exact_[i]) phrase.back().push_back(*exact_[i]);
      if (phrase.back().empty()) return {};
    }
    return phrase;
  }

  void meant(std::int64_t stage) {
    Phrase phrase = meant_phrase();
    if (phrase.empty()) return;
    // Pages before this one had titles with the words in order.
    bool others_came = stage != kMeantWhole && stage != kMeantAnyOrder;
    if (started_ && phrase.size() <= 2) {
      std::vector<Lists> lists;
      for (auto place : {Place::kWhole, Place::kBegins, Place::kInside}) {
        lists.push_back(lists_of_phrase(phrase, place).lists);
      }
      auto reached = at_once(kMeantWhole, lists);
      stage = reached.value_or(kMeantAnyOrder);
    }
    std::vector<std::string> unlike;
    for (; stage <= kMeantInside && !full(); ++stage) {
      auto found = lists_of_phrase(phrase, static_cast<Place>(kMeantInside - stage));
      std::vector<std::string> patterns;
      if (!found.pattern.empty()) patterns.push_back(found.pattern);
      unlike.clear();
      if (stage == kMeantInside && found.lists.size() > 1) unlike = beginnings(phrase);
      merge(stage, found.lists, patterns, unlike);
    }
    if (phrase.size() > 1 && found_.empty() && !others_came) {
      any_order(kMeantAnyOrder, phrase);
    }
  }

  // What titles may begin with that came in the stage before.
  static std::vector<std::string> beginnings(const Phrase& phrase) {
    std::vector<std::string> patterns;
    for (const auto& word : phrase[0]) {
      if (phrase.size() == 1) patterns.push_back(" " + word.text + " %");
      for (std::size_t i = 0; phrase.size() == 2 && i < phrase[1].size(); ++i) {
        patterns.push_back(" " + word.text + " " + phrase[1][i].text + " %");
      }
    }
    return patterns;
  }

  // Titles with all the likest words, wherever they are.
  void any_order(std::int64_t stage, const Phrase& phrase) {
    std::vector<std::int64_t> lists;
    std::vector<std::string> patterns, unlike;
    const SearchWord* rarest = &phrase[0].front();
    for (const auto& words : phrase) {
      if (words.front().size < rarest->size) rarest = &words.front();
      patterns.push_back("% " + words.front().text + " %");
    }
    add_lists(lists, {Place::kWhole, Place::kBegins, Place::kInside}, rarest->id, 0);
    if (phrase.size() != 2) {
      unlike.push_back("% " + text_of(phrase) + " %");
    } else {
      for (const auto& word : phrase[0]) {
        for (const auto& next : phrase[1]) {
          unlike.push_back("% " + word.text + " " + next.text + " %");
        }
      }
    }
    merge(stage, lists, patterns, unlike);
  }

  void browse() {
    if (conditions_ == 0) return add(exec(everything_search(), {}, {}), {kBrowse});
    bool mostly_bad = (conditions_ & kByMaxRating) && max_rating_ < kUsualRating;
    bool by_year = (conditions_ & (kByMinYear | kByMaxYear)) != 0;
    if (min_rating_ > max_rating_ || min_year_ > max_year_) return;
    if ((conditions_ & kByGenre) && !mostly_bad) {
      return merge(kBrowse, genre_search(conditions_), {}, {}, {});
    }
    if (by_year && !mostly_bad) return years();
    std::vector<std::int64_t> lists;
    for (double rating = std::ceil(min_rating_); rating < max_rating_ + 1; ++rating) {
      lists.push_back(rating_list(static_cast<int>(rating)));
    }
    merge(kBrowse, lists);
  }

  // The best films mostly fit a least rating, so it is compared last; until they no longer do.
  void years() {
    auto lists = year_lists(min_year_, max_year_);
    if (lists.empty()) return;
    if ((conditions_ & kByMinRating) && !(conditions_ & kByMaxRating)) {
      auto rows =
          exec(merged_search((conditions_ & ~kByMinRating) | kMostlyOfMinRating), lists, {});
      add_fitting(rows, kBrowse);
      if (static_cast<std::int64_t>(rows.size()) < wanted_) return;
    }
    if (!full()) merge(kBrowse, lists);
  }

  // The films of some directors or with some signs are few, so they are put in order.
  void candidates(std::int64_t stage) {
    std::vector<std::string> words = typed_;
    if (stage == kCandidatesMeant) {
      words.clear();
      for (const auto& meant : meant_phrase()) words.push_back(meant.front().text);
      if (words.empty()) return;
    }
    std::vector<std::string> patterns{signs_, "", "", signs_ + kLastCharacter}, like;
    if (!words.empty()) {
      std::string text = joined(words);
      patterns[1] = " " + text + " ";
      patterns[2] = " " + text + "%";
      like.push_back((is_short(text) ? "% " : "%") + text + "%");
    }
    auto rows =
        exec(candidate_search(conditions_ | (words.empty() ? 0u : kByTitle)), {}, patterns, like);
    for (const auto& row : rows) {
      found_.push_back({row[0].as<std::int64_t>(), stage, row[2].as<int>(), double_of(row[1])});
    }
  }

  FilmList page() {
    FilmList page;
    for (auto i = offset_; i < static_cast<std::int64_t>(found_.size()); ++i) {
      if (i == offset_ + limit_) {
        const auto& last = found_[static_cast<std::size_t>(i - 1)];
        page.next_cursor =
            encode_cursor(kCursorKind, {last.stage, last.tier, cursor_bits(last.rank), last.id});
        break;
      }
      page.ids.push_back(found_[static_cast<std::size_t>(i)].id);
    }
    return page;
  }

  db::Tx& tx_;
  SearchWords& words_;
  const std::int64_t limit_, offset_, wanted_;
  unsigned conditions_ = 0;
  std::string signs_;
  std::vector<std::string> typed_;
  std::vector<std::optional<SearchWord>> exact_;
  bool all_known_ = false;
  bool started_ = false;  // at the first stage
  std::string genre_, people_ = "{}";
  const double min_rating_, max_rating_;
  const int min_year_, max_year_;
  int tier_ = -1;
  double rank_ = kAboveAllRanks;
  std::int64_t id_ = std::numeric_limits<std::int64_t>::max();
  std::vector<Found> found_;
};

}  // namespace

FilmList SearchStore::search(Deadline deadline, const SearchFilter& filter, std::int64_t limit,
                             std::int64_t offset, const std::string& cursor) {
  std::vector<std::int64_t> key;
  if (!cursor.empty()) key = decode_cursor(kCursorKind, cursor, 4);
  return pool_.read(deadline, [&](db::Tx& tx) {
    Search search(tx, words_, filter, limit, key.empty() ? offset : 0);
    return key.empty() ? search.start() : search.go_on(key);
  });
}

std::int64_t SearchStore::move_films(Deadline deadline, std::int64_t first) {
  return pool_.write(
      deadline, [&](db::Tx& tx) { return tx.exec(kMoveFilms, first)[0][0].as<std::int64_t>(); });
}

}  // namespace marquee::movie
