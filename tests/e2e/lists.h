// Lists as the product answers them: which ids, and the way on to the next part. Test thread only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/e2e/answers.h"

namespace marquee::e2e {

using Ids = std::vector<std::int64_t>;

// `id` of each object of an array, in order; empty for anything else.
Ids ids_of(const json& list);
// The entry with that id, or null.
json entry_of(const json& list, std::int64_t id);
bool lists(const json& list, std::int64_t id);

// The lines of newline-delimited JSON; a last one that does not end is one, too.
std::vector<std::string> lines_of(const std::string& body);

// The target of `Link: <...>; rel="next"`, or "".
std::string next_link(const HttpReply& reply);

// Follows Link from `path` to the end, at most 50 parts, and puts the ids of all parts in one list;
// `member` names the list in an object ("" for bare arrays). `sizes` gets the size of each part.
Ids walk(HttpClient& client, const std::string& path, const std::string& member,
         std::vector<std::size_t>* sizes = nullptr);

}  // namespace marquee::e2e
