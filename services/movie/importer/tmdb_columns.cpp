#include "services/movie/importer/tmdb_columns.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "services/movie/importer/csv_table.h"
#include "services/movie/importer/field_values.h"

namespace marquee::movie::importer {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kNameBytesMax = 300;
constexpr std::size_t kCharacterBytesMax = 1000;
constexpr std::size_t kPeopleMax = 2000;  // of a film

Json parse_array(std::string_view text, const char* column) {
  if (trimmed(text).empty()) return Json::array();
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_array()) throw BadRow{std::string(column) + " is not a JSON array"};
  for (const auto& entry : json) {
    if (!entry.is_object()) throw BadRow{std::string(column) + " holds something but objects"};
  }
  return json;
}

// Escapes may smuggle in what a text column cannot hold.
std::string string_of(const Json& entry, const char* key, const char* column,
                      std::size_t bytes_max) {
  auto it = entry.find(key);
  if (it == entry.end() || it->is_null()) return {};
  if (!it->is_string()) throw BadRow{std::string(column) + "." + key + " is not a string"};
  std::string text(trimmed(it->get_ref<const std::string&>()));
  if (text.size() > bytes_max || text.find('\0') != std::string::npos) {
    throw BadRow{std::string(column) + "." + key + " is too long or holds a NUL"};
  }
  return text;
}

std::optional<std::int64_t> id_of(const Json& entry) {
  auto it = entry.find("id");
  if (it == entry.end() || !it->is_number_integer()) return std::nullopt;
  if (it->is_number_unsigned() &&
      it->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  auto id = it->get<std::int64_t>();
  return id > 0 ? std::optional(id) : std::nullopt;
}

std::int64_t order_of(const Json& entry) {
  auto it = entry.find("order");
  return it != entry.end() && it->is_number_integer() ? it->get<std::int64_t>()
                                                      : std::numeric_limits<std::int64_t>::max();
}

std::string key_of(const PersonRow& person) {
  return person.tmdb_id ? std::to_string(*person.tmdb_id) : "name " + person.name;
}

// The first entry of each person stays; further parts are added to it.
std::vector<PersonRow> one_entry_each(std::vector<PersonRow> people) {
  std::vector<PersonRow> unique;
  std::unordered_map<std::string, std::size_t> place;
  for (auto& person : people) {
    auto [it, is_new] = place.emplace(key_of(person), unique.size());
    if (is_new) {
      unique.push_back(std::move(person));
      continue;
    }
    auto& character = unique[it->second].character;
    if (!person.character || character == person.character) continue;
    character = character ? *character + " / " + *person.character : *person.character;
    if (character->size() > kCharacterBytesMax) throw BadRow{"cast.character is too long"};
  }
  if (unique.size() > kPeopleMax) throw BadRow{"more than 2000 people"};
  return unique;
}

}  // namespace

std::vector<std::string> tmdb_names(std::string_view json, const char* column) {
  std::vector<std::string> names;
  for (const auto& entry : parse_array(json, column)) {
    auto name = string_of(entry, "name", column, kNameBytesMax);
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

std::vector<PersonRow> tmdb_cast(std::string_view json) {
  const Json cast = parse_array(json, "cast");
  std::vector<const Json*> billed;
  for (const auto& entry : cast) billed.push_back(&entry);
  std::stable_sort(billed.begin(), billed.end(), [](const Json* left, const Json* right) {
    return order_of(*left) < order_of(*right);
  });
  std::vector<PersonRow> people;
  for (const Json* entry : billed) {
    PersonRow person;
    person.name = string_of(*entry, "name", "cast", kNameBytesMax);
    if (person.name.empty()) continue;
    person.tmdb_id = id_of(*entry);
    person.character = text_or_nothing(string_of(*entry, "character", "cast", kCharacterBytesMax));
    people.push_back(std::move(person));
  }
  return one_entry_each(std::move(people));
}

std::vector<PersonRow> tmdb_directors(std::string_view json) {
  std::vector<PersonRow> people;
  for (const auto& entry : parse_array(json, "crew")) {
    if (string_of(entry, "job", "crew", kNameBytesMax) != "Director") continue;
    PersonRow person;
    person.name = string_of(entry, "name", "crew", kNameBytesMax);
    if (person.name.empty()) continue;
    person.tmdb_id = id_of(entry);
    people.push_back(std::move(person));
  }
  return one_entry_each(std::move(people));
}

}  // namespace marquee::movie::importer
