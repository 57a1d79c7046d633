// What a live event costs the server that delivers it to many sockets: CPU microseconds a delivery,
// memory a connection, how late it comes. For tests/load/sockets.mjs, which starts servers and asks
// this of each in turn; prints one line of JSON.
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>
#include <unistd.h>

#include "libs/core/config.h"
#include "libs/live/publisher.h"
#include "libs/testing/listeners.h"
#include "marquee/movie/v1/rooms.pb.h"
#include "tests/load/pollers.h"

namespace {

using namespace marquee;
using Clock = std::chrono::steady_clock;
using testing::Line;
using testing::Listeners;

constexpr char kRoom[] = "bench";
constexpr std::chrono::seconds kSettle{8};  // until an idle server has given memory back
constexpr std::size_t kPadding = 60;        // about 100 bytes of text

// Of all its threads, user and system.
double cpu_us(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) * 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double rss_kib(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

struct Options {
  std::string kind = "native";
  int port = 0;
  int pid = 0;
  int count = 1'000;
  int seconds = 4;
  int prompt_every = 1;
  std::string publish;  // file with the bus's URL; empty: the server speaks by itself
  int per_tick = 1;
  int tick_ms = 50;
};

// Anything with take(): what listens.
struct Crowd {
  std::unique_ptr<Listeners> listeners;
  std::unique_ptr<load::Pollers> pollers;

  explicit Crowd(const Options& options) {
    testing::ListenersOptions of;
    of.port = options.port;
    of.count = options.count;
    of.prompt_every = options.prompt_every;
    const std::string socket_io = "/socket.io/?EIO=4&transport=websocket";
    if (options.kind == "native") {
      of.opening = testing::native_opening(kRoom);
    } else if (options.kind == "socket.io") {
      of.target = socket_io;
      of.opening = testing::socket_io_opening(kRoom);
    } else if (options.kind == "npm-ws") {
      of.opening = {{"hello", ""}};
    } else if (options.kind == "npm-socket.io") {
      of.target = socket_io;
      of.opening = {{"0{", "40"}, {"40{", ""}};
    } else {
      const bool ours = options.kind == "polling";
      pollers = std::make_unique<load::Pollers>(
          options.port, options.count,
          ours ? R"(421["join_notification",{"user_id":"1","room_id":"bench"}])" : "");
      return;
    }
    listeners = std::make_unique<Listeners>(of);
  }
  Listeners::Reading take() { return listeners ? listeners->take() : pollers->take(); }
};

class Speaker {
 public:
  explicit Speaker(const Options& options) {
    if (options.publish.empty()) return;
    std::ifstream file(options.publish);
    std::string url;
    std::getline(file, url);
    bus_ = std::make_unique<bus::Bus>(url, "socket_bench");
    thread_ = std::thread([this, options] { run(options); });
  }
  ~Speaker() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run(const Options& options) {
    live::Publisher live(*bus_);
    const std::string padding(kPadding, 'x');
    for (auto next = Clock::now(); !ending_; next += std::chrono::milliseconds(options.tick_ms)) {
      std::this_thread::sleep_until(next);
      for (int i = 0; i < options.per_tick; ++i) {
        movie::v1::RoomNotice notice;
        notice.set_room_id(kRoom);
        notice.set_message(testing::sent_at_now() + padding);
        live.publish(std::string("movie:") + kRoom, notice);
      }
    }
  }
  std::unique_ptr<bus::Bus> bus_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

int measure(const Options& options) {
  const double empty = rss_kib(options.pid);
  Crowd crowd(options);
  std::this_thread::sleep_for(kSettle);
  const double idle = rss_kib(options.pid);
  Speaker speaker(options);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  crowd.take();
  const double before = cpu_us(options.pid);
  std::this_thread::sleep_for(std::chrono::seconds(options.seconds));
  const double after = cpu_us(options.pid);
  auto reading = crowd.take();
  const double count = std::max<double>(1, static_cast<double>(reading.messages));
  std::printf(
      R"({"deliveries":%llu,"per_second":%.0f,"cpu_us":%.3f,"idle_kib":%.2f,"p50_ms":%.2f,"p99_ms":%.2f})"
      "\n",
      static_cast<unsigned long long>(reading.messages), count / options.seconds,
      (after - before) / count, (idle - empty) / options.count, reading.percentile_ms(0.5),
      reading.percentile_ms(0.99));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  core::Options flags("socket_bench", "MARQUEE_SOCKET_BENCH_",
                      "One measurement of tests/load/sockets.mjs.");
  flags.add("kind", options.kind,
            "native, socket.io, polling, npm-ws, npm-socket.io or npm-polling");
  flags.add("port", options.port, "of the server", 1, 65'535);
  flags.add("pid", options.pid, "of the server", 1);
  flags.add("count", options.count, "sockets", 1, 60'000);
  flags.add("seconds", options.seconds, "to measure", 1, 60);
  flags.add("prompt-every", options.prompt_every, "of these one reads at once", 1, 1000);
  flags.add("publish", options.publish, "file with the bus's URL to publish to");
  flags.add("per-tick", options.per_tick, "messages at a time", 1, 1'000);
  flags.add("tick-ms", options.tick_ms, "between them", 1, 10'000);
  return flags.parse_and_run(argc, argv, [&] { return measure(options); });
}
