#include "services/movie/config.h"
#include "services/movie/importer/import_command.h"
#include "services/movie/movie_service.h"

using namespace marquee;

int main(int argc, char** argv) {
  movie::Config config;
  rpc::ServiceApp app("movie-service", "MARQUEE_MOVIE_",
                      "Films, ratings, reviews, comments and watchlists.");
  config.add_to(app.options());
  movie::importer::add_import_command(app, config);
  return app.run(argc, argv, [&](rpc::Parts& parts) {
    return std::make_unique<movie::MovieService>(config, parts);
  });
}
