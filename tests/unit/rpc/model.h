// What the model tests of call streams share: the clients with the calls they make at random, and
// the reference that judges how each ended. The model is simple: every call is answered exactly
// once, with the echo of its own text or with a failure that what happened to it allows; before
// that a streamed one gets its own replies in their order, all of them where it succeeds.
//
// A test brings the servers and what happens to them, and calls run_model().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/rpc/test_client.h"

namespace marquee::rpc::model {

using Random = std::minstd_rand;

// Above what goes on a stream.
inline constexpr std::size_t kLargeBytes = 280 * 1024;

// What a call asks its server to do is the first letter of its text. What a server does not know
// it answers at once.
enum Wish : char {
  kNow = 'n',
  kLater = 'l',
  kNever = 'x',
  kRefuse = 'r',
  kDown = 'd',
  kLarge = 'c',   // the answer, which must be collected
  kGather = 'g',  // with others of its turn
  kBlock = 'b',   // the thread, without saying so
  kRecite = 's',  // in many replies, of a server-streaming RPC
};

// What the clients of a test ask for.
enum class Calls { kUnary, kAlsoStreamed };

bool chance(Random& random, unsigned percent);
// MARQUEE_MODEL_SEED, else another one every time; shown, so that a failure can be looked at again.
unsigned seed();

// The right answer to a text, and what a refusal says of it, which fits into metadata.
std::string echo_of(const std::string& text);
std::string beginning(const std::string& text);
// How many replies are right for kRecite, each of them, and before which one it is refused, or -1.
int replies_to(const std::string& text);
std::string reply_to(const std::string& text, int number);
int refused_at(const std::string& text);
// As a message's wire form, and back.
std::string wire(const std::string& text);
std::string text_of(std::string_view wire);

// One I/O thread with its calls, and what it knows of them.
class Client {
 public:
  Client(int number, const std::vector<int>& ports, unsigned seed,
         std::shared_ptr<ServiceState> service, Calls calls);

  // Any thread.
  TestClient& client() { return client_; }
  void step();
  bool crowded();
  std::size_t succeeded() const { return succeeded_; }
  std::size_t recited() const { return recited_; }
  // Ends all calls. What is wrong with one of them; empty when nothing is.
  std::string verdict();
  // After verdict().
  std::size_t made() const { return calls_.size(); }

 private:
  struct Made {
    std::string text;
    std::shared_ptr<TestCall> call;
  };

  static TestClient::Options options(unsigned seed, std::shared_ptr<ServiceState> service);
  static std::string judge(const Made& made);
  static std::string judge_replies(const Made& made);
  void start_one();
  void after(TestCall& ended);
  void listen(TestCall& call, std::size_t bytes);
  void cancel_one();

  const int number_;
  const Calls kinds_;
  Random random_;
  std::vector<Made> calls_;
  std::set<TestCall*> open_;
  std::atomic<std::size_t> succeeded_{0};
  std::atomic<std::size_t> recited_{0};
  TestClient client_;
};

using Clients = std::vector<std::unique_ptr<Client>>;

// For MARQUEE_MODEL_SECONDS (3 unless given) lets clients call who listens at `ports`, while
// `disturb` is called again and again; then checks how all calls ended.
void run_model(const std::vector<int>& ports, Random& random, Calls calls,
               const std::function<void(Clients& clients)>& disturb);

}  // namespace marquee::rpc::model
