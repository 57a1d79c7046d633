// What a call to a service costs by plain unary gRPC and by the gateway's call streams, in turns of
// one run, with many calls in flight: calls per second, and CPU per call of this process and (where
// its pid is given) of the service. Loopback and bounded by --seconds.
//
//   call_bench --target 127.0.0.1:9102 --server-pid 4711
#include <array>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <random>
#include <semaphore>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "gateway/io_threads.h"
#include "gateway/upstream.h"
#include "libs/rpc/caller.h"

namespace {

using namespace marquee;

struct Settings {
  std::string target;
  std::string method = "marquee.movie.v1.MovieCatalog/GetMovie";
  int ids = 200;
  int in_flight = 64;
  int threads = 1;
  int seconds = 8;
  int rounds = 4;
  int server_pid = 0;
  bool streams_only = false;
};

// Field 1 as varint: the request `{id: value}` of every RPC benchmarked here.
std::string request_of(std::uint32_t value) {
  std::string wire(1, '\x08');
  for (; value > 127; value >>= 7) wire += static_cast<char>(value | 128);
  wire += static_cast<char>(value);
  return wire;
}

std::string random_request(const Settings& settings) {
  thread_local std::minstd_rand random(1);
  return request_of(1 + static_cast<std::uint32_t>(random()) %
                            static_cast<std::uint32_t>(settings.ids));
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double cpu_seconds_of(int pid) {
  if (pid == 0) return 0;
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream rest(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string word;
  double ticks = 0;
  // utime and stime are the 14th and 15th field; the third comes first here.
  for (int field = 3; field <= 15 && rest >> word; ++field) {
    if (field >= 14) ticks += std::stod(word);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Tally {
  long calls = 0;
  long failed = 0;
  double seconds = 0;
  double client_cpu = 0;
  double server_cpu = 0;
};

struct UnaryRun {
  struct PendingCall {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer reply;
  };

  explicit UnaryRun(const Settings& given)
      : settings(given),
        stub(grpc::CreateChannel(given.target, grpc::InsecureChannelCredentials())),
        slots(given.in_flight) {}

  void run(std::chrono::steady_clock::time_point end, std::atomic<long>& done,
           std::atomic<long>& failed) {
    const std::string path = "/" + settings.method;
    while (std::chrono::steady_clock::now() < end) {
      slots.acquire();
      auto call = std::make_shared<PendingCall>();
      grpc::Slice slice(random_request(settings));
      call->request = grpc::ByteBuffer(&slice, 1);
      call->context.AddMetadata(rpc::kCallerMetadata, "-");
      call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
      stub.UnaryCall(&call->context, path, grpc::StubOptions(), &call->request, &call->reply,
                     [this, call, &done, &failed](const grpc::Status& status) {
                       ++(status.ok() ? done : failed);
                       slots.release();
                     });
    }
    for (int i = 0; i < settings.in_flight; ++i) slots.acquire();
    for (int i = 0; i < settings.in_flight; ++i) slots.release();
  }

  const Settings& settings;
  grpc::GenericStub stub;
  std::counting_semaphore<> slots;
};

struct StreamRun {
  explicit StreamRun(const Settings& given) : settings(given), threads(given.threads) {
    gateway::UpstreamAddress address;
    address.name = "bench";
    address.addresses = {given.target};
    upstream = std::make_unique<gateway::Upstream>(address, threads, gateway::Upstream::Options());
    threads.start();
  }
  ~StreamRun() {
    threads.release();
    do {
      upstream->cancel_all();
    } while (!threads.wait_ended(std::chrono::milliseconds(20)));
  }

  boost::asio::awaitable<void> caller(std::chrono::steady_clock::time_point end,
                                      std::atomic<long>& done, std::atomic<long>& failed) {
    while (std::chrono::steady_clock::now() < end) {
      gateway::UpstreamCall call("/" + settings.method, random_request(settings),
                                 std::chrono::steady_clock::now() + std::chrono::seconds(5));
      call.caller = "-";
      gateway::UpstreamReply reply = co_await upstream->call(std::move(call));
      ++(reply.ok() ? done : failed);
    }
    ended.release();
  }

  void run(std::chrono::steady_clock::time_point end, std::atomic<long>& done,
           std::atomic<long>& failed) {
    for (int i = 0; i < settings.in_flight; ++i) {
      auto& context = threads.context(static_cast<std::size_t>(i % settings.threads));
      boost::asio::co_spawn(context, caller(end, done, failed), boost::asio::detached);
    }
    for (int i = 0; i < settings.in_flight; ++i) ended.acquire();
  }

  const Settings& settings;
  gateway::IoThreads threads;
  std::unique_ptr<gateway::Upstream> upstream;
  std::counting_semaphore<> ended{0};
};

template <typename Run>
void measure(Run& way, const Settings& settings, double seconds, Tally& tally) {
  std::atomic<long> done{0};
  std::atomic<long> failed{0};
  const double client = own_cpu_seconds();
  const double server = cpu_seconds_of(settings.server_pid);
  const auto began = std::chrono::steady_clock::now();
  way.run(began + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                      std::chrono::duration<double>(seconds)),
          done, failed);
  tally.calls += done;
  tally.failed += failed;
  tally.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  tally.client_cpu += own_cpu_seconds() - client;
  tally.server_cpu += cpu_seconds_of(settings.server_pid) - server;
}

void print(const char* name, const Tally& tally) {
  const auto calls = static_cast<double>(std::max(tally.calls, 1L));
  std::printf(
      "%-7s calls %8ld failed %ld per_second %7.0f client_cpu_us %5.1f server_cpu_us %5.1f\n", name,
      tally.calls, tally.failed, calls / tally.seconds, tally.client_cpu * 1e6 / calls,
      tally.server_cpu * 1e6 / calls);
}

int run_streams(const Settings& settings) {
  StreamRun stream(settings);
  Tally tally;
  measure(stream, settings, settings.seconds, tally);
  print("stream", tally);
  return tally.failed > 0 ? 1 : 0;
}

int run_both(const Settings& settings) {
  UnaryRun unary(settings);
  StreamRun stream(settings);
  std::array<Tally, 2> tallies;
  const double each = static_cast<double>(settings.seconds) / settings.rounds / 2;
  Tally warming;
  measure(unary, settings, 0.2, warming);
  measure(stream, settings, 0.2, warming);
  for (int round = 0; round < settings.rounds; ++round) {
    measure(unary, settings, each, tallies[0]);
    measure(stream, settings, each, tallies[1]);
  }
  print("unary", tallies[0]);
  print("stream", tallies[1]);
  auto total = [](const Tally& tally) {
    return (tally.client_cpu + tally.server_cpu) / static_cast<double>(std::max(tally.calls, 1L));
  };
  std::printf("ratio of CPU, unary to stream: %.1f\n", total(tallies[0]) / total(tallies[1]));
  return tallies[0].failed + tallies[1].failed > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Calls one RPC by unary gRPC and by call streams, and prints what a call costs.");
  app.add_option("--target", settings.target, "host:port of the service")->required();
  app.add_option("--method", settings.method, "package.Service/Method taking an integer id");
  app.add_option("--ids", settings.ids, "ids are drawn from 1 to this")->check(CLI::PositiveNumber);
  app.add_option("--in-flight", settings.in_flight, "calls at once")->check(CLI::Range(1, 1000));
  app.add_option("--threads", settings.threads, "I/O threads of the streams")
      ->check(CLI::Range(1, 64));
  app.add_option("--seconds", settings.seconds, "how long in all")->check(CLI::Range(1, 60));
  app.add_option("--rounds", settings.rounds, "turns of each way")->check(CLI::Range(1, 100));
  app.add_option("--server-pid", settings.server_pid, "the service's process");
  app.add_flag("--streams-only", settings.streams_only, "no unary calls");
  CLI11_PARSE(app, argc, argv);
  return settings.streams_only ? run_streams(settings) : run_both(settings);
}
