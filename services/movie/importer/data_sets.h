// The kinds of data that can be imported, each as its stages in the order in which they must run.
// All throw Error INVALID_ARGUMENT ("file:line: reason") when a file is missing or has another
// shape. The book must outlive the stages.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "services/movie/importer/account_book.h"
#include "services/movie/importer/stage.h"

namespace marquee::movie::importer {

using Stages = std::vector<std::unique_ptr<Stage>>;

// movies.csv of a MovieLens folder, and links.csv, ratings.csv, tags.csv where they exist.
Stages movielens_stages(const std::filesystem::path& folder, AccountBook& accounts);
// The TMDb 5000 files.
Stages tmdb_stages(const std::filesystem::path& movies,
                   const std::optional<std::filesystem::path>& credits);
// films.csv of a folder like deploy/sample, and users.csv, ratings.csv, reviews.csv where they
// exist.
Stages sample_stages(const std::filesystem::path& folder, AccountBook& accounts);

}  // namespace marquee::movie::importer
