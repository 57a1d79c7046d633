// One replica, three, one again, with real processes and a gateway that is asked all the time: the
// file that names the replicas is all that anybody touches.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include "tests/catch.h"
#include "tests/e2e/side.h"

using namespace marquee::e2e;
using marquee::testing::eventually;

namespace {

constexpr int kAskers = 4;

// Asks a gateway for films, a few hundred times a second, and keeps what was not answered well.
class Load {
 public:
  explicit Load(const std::string& url) {
    for (int i = 0; i < kAskers; ++i) threads_.emplace_back([this, url] { ask(url); });
  }
  ~Load() { stop(); }
  void stop() {
    over_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  int answered() const { return answered_; }
  std::vector<std::string> failures() const {
    std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  void ask(const std::string& url) {
    marquee::testing::HttpClient client(url);
    for (int film = 1; !over_; film = film % 200 + 1) {
      auto reply = client.get("/api/movies/" + std::to_string(film));
      if (reply.status == 200) {
        ++answered_;
      } else {
        std::lock_guard lock(mutex_);
        failures_.push_back(std::to_string(reply.status) + " " + reply.body);
      }
      marquee::testing::pause_between_polls();
    }
  }

  std::atomic<bool> over_{false};
  std::atomic<int> answered_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<std::thread> threads_;
};

// How many reads of films a replica has answered.
double films_read(const SideMovie& movie) {
  std::istringstream metrics(movie.ops().get("/metrics").body);
  double count = 0;
  for (std::string line; std::getline(metrics, line);) {
    if (line.rfind("marquee_rpc_requests_total{", 0) != 0 ||
        line.find("MovieCatalog/GetMovie") == std::string::npos) {
      continue;
    }
    count += std::stod(line.substr(line.rfind(' ')));
  }
  return count;
}

using Movies = std::vector<std::unique_ptr<SideMovie>>;

std::vector<double> reads_of(const Movies& movies) {
  std::vector<double> reads;
  for (const auto& movie : movies) reads.push_back(films_read(*movie));
  return reads;
}

// Waits until each replica gets its share, or half of it, of what is read at the moment; the time
// that took, or nothing when it does not come to that.
std::optional<std::chrono::duration<double>> time_to_share(const Movies& movies) {
  constexpr double kEnoughToTell = 40;
  const auto began = std::chrono::steady_clock::now();
  auto before = reads_of(movies);
  const bool shared = eventually([&] {
    const auto now = reads_of(movies);
    double sum = 0;
    double least = now[0] - before[0];
    for (std::size_t i = 0; i < now.size(); ++i) {
      sum += now[i] - before[i];
      least = std::min(least, now[i] - before[i]);
    }
    if (sum < kEnoughToTell) return false;
    before = now;
    return least >= sum / static_cast<double>(now.size()) / 2;
  });
  if (!shared) return std::nullopt;
  return std::chrono::steady_clock::now() - began;
}

}  // namespace

TEST_CASE("Replicas come and go under load, and no request fails") {
  if (without_control()) return;
  const Suite& suite = Suite::shared();
  const std::string file = suite.data() + "/movie-replicas";
  Movies movies;
  auto name_them = [&] {
    {
      std::ofstream text(file + ".new");
      for (const auto& movie : movies) text << movie->address() << '\n';
    }
    std::filesystem::rename(file + ".new", file);
  };
  movies.push_back(std::make_unique<SideMovie>(suite));
  name_them();
  SideGateway gateway(suite, {{"UPSTREAMS", upstream(suite, "auth") + ",movie=file:" + file},
                              {"CACHE_BYTES", "0"}});
  REQUIRE(eventually([&] { return gateway.client().get("/api/movies/1").status == 200; }));
  Load load(gateway.url());

  while (movies.size() < 3) {
    CAPTURE(movies.size());
    movies.push_back(std::make_unique<SideMovie>(suite));
    name_them();
    auto time = time_to_share(movies);
    REQUIRE(time);
    std::cout << "scale: " << movies.size() << " replicas share after " << time->count() << " s\n";
  }
  while (movies.size() > 1) {
    CAPTURE(movies.size());
    auto gone = std::move(movies.back());
    movies.pop_back();
    // First out of the file, then ended; or ended before anybody has said so.
    if (movies.size() == 2) name_them();
    CHECK(gone->stop() == 0);
    name_them();
    CHECK(time_to_share(movies));
  }
  load.stop();
  CHECK(load.failures() == std::vector<std::string>());
  CHECK(load.answered() > 500);
}
