#include "services/movie/config.h"
#include "services/movie/importer/import_command.h"
#include "services/movie/movie_service.h"

using namespace marquee;

namespace {

// Ratings and reviews wait for the disk most of their time.
constexpr int kConcurrency = 32;

}  // namespace

int main(int argc, char** argv) {
  movie::Config config;
  rpc::ServiceApp app("movie-service", "MARQUEE_MOVIE_",
                      "Films, ratings, reviews, comments and watchlists.", kConcurrency);
  config.add_to(app.options());
  movie::importer::add_import_command(app, config);
  return app.run(argc, argv, [&](rpc::Parts& parts) {
    return std::make_unique<movie::MovieService>(config, parts);
  });
}
