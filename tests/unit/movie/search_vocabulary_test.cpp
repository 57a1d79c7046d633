#include "services/movie/search_vocabulary.h"

#include "tests/catch.h"

namespace marquee::movie {
namespace {

using Texts = std::vector<std::string>;

Texts texts(const std::vector<SearchWord>& words) {
  Texts found;
  for (const auto& word : words) found.push_back(word.text);
  return found;
}

// In the order of their ids, each used more than the one before.
SearchVocabulary vocabulary(const Texts& words) {
  std::vector<SearchWord> all;
  for (const auto& text : words) {
    auto id = static_cast<std::int64_t>(all.size()) + 1;
    all.push_back({id, text, static_cast<int>(id)});
  }
  return SearchVocabulary(all);
}

TEST_CASE("a vocabulary finds words by their parts, the most used first") {
  auto words = vocabulary({"lover", "glove", "love", "beloved", "lo", "a", "ab", "loves"});
  CHECK(words.size() == 8);
  REQUIRE(words.find("glove") != nullptr);
  CHECK(words.find("glove")->id == 2);
  CHECK(words.find("lov") == nullptr);
  CHECK(words.find("zzz") == nullptr);
  CHECK(texts(words.beginning("lo", 9)) == Texts{"loves", "love", "lover"});
  CHECK(texts(words.beginning("lo", 2)) == Texts{"loves", "love"});
  CHECK(texts(words.beginning("a", 9)) == Texts{"ab"});
  CHECK(texts(words.beginning("love", 9)) == Texts{"loves", "lover"});
  CHECK(words.beginning("zz", 9).empty());
  CHECK(texts(words.ending("ove", 9)) == Texts{"love", "glove"});
  CHECK(texts(words.ending("love", 9)) == Texts{"glove"});
  CHECK(words.ending("ve", 9).empty());
  CHECK(texts(words.holding("love", 9)) == Texts{"loves", "beloved", "glove", "lover"});
  CHECK(texts(words.holding("love", 1)) == Texts{"loves"});
  CHECK(texts(words.holding("lo", 9)) == Texts{"loves", "love", "lover"});
  CHECK(words.holding("lovelove", 9).empty());
}

TEST_CASE("a vocabulary knows characters of several bytes") {
  auto words = vocabulary({"七人の侍", "侍", "人の"});
  CHECK(texts(words.holding("人の侍", 9)) == Texts{"七人の侍"});
  CHECK(texts(words.beginning("七", 9)) == Texts{"七人の侍"});
  CHECK(texts(words.meant("七人侍の", 9)) == Texts{"七人の侍"});
  CHECK(words.ending("の侍", 9).empty());  // two characters
}

TEST_CASE("a vocabulary knows what words may have been meant") {
  auto words = vocabulary({"matrix", "matrox", "redemption", "cat", "cart", "extraordinary"});
  CHECK(texts(words.meant("matrx", 9)) == Texts{"matrox", "matrix"});
  CHECK(texts(words.meant("matirx", 9)) == Texts{"matrix", "matrox"});
  CHECK(texts(words.meant("natrix", 9)).front() == "matrix");
  CHECK(texts(words.meant("matrixx", 1)) == Texts{"matrix"});
  CHECK(texts(words.meant("redemtion", 9)) == Texts{"redemption"});
  CHECK(texts(words.meant("catt", 9)) == Texts{"cart", "cat"});  // the word itself is short
  CHECK(words.meant("cta", 9).empty());                          // too short to be corrected
  CHECK(texts(words.meant("extrordinery", 9)) == Texts{"extraordinary"});  // two letters
  CHECK(words.meant("qwertyuiop", 9).empty());
  CHECK(vocabulary({}).meant("anything", 9).empty());
}

}  // namespace
}  // namespace marquee::movie
