// Calls one RPC with an integer `id` as its request over plain unary gRPC, with many calls in
// flight, and prints calls per second and the client's own CPU per call: what a gateway's HTTP
// figures are held against. Loopback and bounded by --seconds.
//
//   rpc_bench --target 127.0.0.1:9102 --method marquee.movie.v1.MovieCatalog/GetMovie --ids 200
#include <atomic>
#include <cstdio>
#include <memory>
#include <random>
#include <semaphore>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "libs/rpc/caller.h"

namespace {

struct Settings {
  std::string target;
  std::string method = "marquee.movie.v1.MovieCatalog/GetMovie";
  int ids = 200;
  int in_flight = 64;
  int seconds = 5;
};

// Field 1 as varint: the request `{id: value}` of every RPC benchmarked here.
grpc::ByteBuffer request_of(std::uint32_t value) {
  std::string wire(1, '\x08');
  for (; value > 127; value >>= 7) wire += static_cast<char>(value | 128);
  wire += static_cast<char>(value);
  grpc::Slice slice(wire);
  return {&slice, 1};
}

struct PendingCall {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer reply;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int run(const Settings& settings) {
  grpc::GenericStub stub(grpc::CreateChannel(settings.target, grpc::InsecureChannelCredentials()));
  const std::string path = "/" + settings.method;
  std::counting_semaphore<> slots(settings.in_flight);
  std::atomic<long> done{0};
  std::atomic<long> failed{0};
  std::mt19937 random(1);
  std::uniform_int_distribution<std::uint32_t> id(1, static_cast<std::uint32_t>(settings.ids));
  double cpu_before = cpu_seconds();
  auto started = std::chrono::steady_clock::now();
  auto end = started + std::chrono::seconds(settings.seconds);
  while (std::chrono::steady_clock::now() < end) {
    slots.acquire();
    auto call = std::make_shared<PendingCall>();
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    call->context.AddMetadata(marquee::rpc::kCallerMetadata, "-");
    call->request = request_of(id(random));
    stub.UnaryCall(&call->context, path, grpc::StubOptions(), &call->request, &call->reply,
                   [&, call](const grpc::Status& status) {
                     ++done;
                     if (!status.ok()) ++failed;
                     slots.release();
                   });
  }
  for (int i = 0; i < settings.in_flight; ++i) slots.acquire();
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
  double calls = static_cast<double>(done.load());
  std::printf("calls %.0f failed %ld per_second %.0f client_cpu_us %.1f\n", calls, failed.load(),
              calls / elapsed.count(), (cpu_seconds() - cpu_before) * 1e6 / calls);
  return failed > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Calls one RPC over unary gRPC and prints calls per second and CPU per call.");
  app.add_option("--target", settings.target, "host:port of the service")->required();
  app.add_option("--method", settings.method, "package.Service/Method taking an integer id");
  app.add_option("--ids", settings.ids, "ids are drawn from 1 to this")->check(CLI::PositiveNumber);
  app.add_option("--in-flight", settings.in_flight, "calls at once")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", settings.seconds, "how long")->check(CLI::Range(1, 60));
  CLI11_PARSE(app, argc, argv);
  return run(settings);
}
