// NATS JetStream over a Bus's connection: streams that keep messages on disk, acknowledged
// publishing, and durable pull consumers. libs/events builds on it; nobody else should need it.
// Every call may take as long as it is given and fails with Error UNAVAILABLE when the server is
// away; nothing here retries. The Bus must outlive what is made of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/bus/bus.h"

namespace marquee::bus {

struct StreamConfig {
  std::string name;
  std::string subject;  // with wildcards
  int replicas = 1;
  std::chrono::seconds max_age{0};     // 0: for ever
  std::chrono::seconds duplicates{0};  // how long a message id is known
  bool in_memory = false;
  // For messages whose publishers wait for no answer: its identity says whether some may be lost.
  // Made anew after each restart of a server that has no others beside it; in a cluster it stays,
  // and begin_run() gives it another identity.
  bool of_one_run = false;
  std::int64_t per_subject_max = -1;  // messages; -1: any number
  std::int64_t bytes_max = -1;        // of all, the oldest go first
  // Sends each message on to core NATS, numbered (bus::Message): the subjects with which `subject`
  // matches, and theirs with this in place of what comes before the wildcard. Empty: it does not.
  std::string sent_on_to;
};

// What a stream is at a moment.
struct StreamState {
  // Says which stream: another when it was made anew, and after begin_run().
  std::string identity;
  std::uint64_t first = 0;  // sequence of the oldest message; last + 1: there is none
  std::uint64_t last = 0;
  std::uint64_t bytes = 0;
  std::chrono::system_clock::time_point oldest;  // of the first message
};

// A message of a stream, read again.
struct KeptMessage {
  std::uint64_t sequence = 0;
  std::string payload;
};

struct ConsumerConfig {
  std::string stream;
  std::string name;     // durable; letters, digits, '-' and '_'
  std::string subject;  // of the stream's, with wildcards
  std::chrono::milliseconds ack_wait{30'000};
  int unacked_max = 1'000;  // handed out to all members together
};

struct ConsumerBacklog {
  std::uint64_t pending = 0;  // not yet handed out
  std::uint64_t unacked = 0;  // handed out and not settled
};

// A message that the stream keeps, under an id by which it knows it again.
struct StoredMessage {
  std::string subject;
  std::string id;
  std::string payload;
};

// A message handed out to this process. Settled at most once; what is not, comes again after the
// consumer's ack_wait. One thread.
class Delivery {
 public:
  struct Impl;
  explicit Delivery(std::unique_ptr<Impl> impl);
  ~Delivery();
  Delivery(Delivery&&) noexcept;
  Delivery& operator=(Delivery&&) noexcept;

  std::string_view payload() const;
  std::uint64_t sequence() const;  // in its stream
  std::uint64_t times() const;     // handed out, this time included
  // Lossy, all of them.
  void ack();
  void again_in(std::chrono::milliseconds delay);
  void terminate();    // never again
  void still_at_it();  // begins ack_wait anew

 private:
  std::unique_ptr<Impl> impl_;
};

// One member of a durable consumer. One thread, but stop() any.
class PullConsumer {
 public:
  struct Impl;
  explicit PullConsumer(std::unique_ptr<Impl> impl);
  ~PullConsumer();
  PullConsumer(PullConsumer&&) noexcept;

  // Waits for the first one, then takes what else is there, at most `most`. Empty when none came;
  // throws Error UNAVAILABLE, also after stop().
  std::vector<Delivery> fetch(int most, std::chrono::milliseconds wait);
  // Ends a fetch that waits.
  void stop();

 private:
  std::unique_ptr<Impl> impl_;
};

class JetStream {
 public:
  explicit JetStream(const Bus& bus);
  ~JetStream();
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;

  // Makes it, or makes it as `config` says. One in memory that shall be in files is made anew: what
  // it holds goes.
  void ensure_stream(const StreamConfig& config);
  // Makes `run` the identity of a stream `of_one_run`; what it holds stays.
  void begin_run(const std::string& stream, const std::string& run);
  // Sends all in their order and waits for the server's word on each. False when one was not
  // acknowledged in time: any of them may be stored or not. One call at a time.
  bool publish(const std::vector<StoredMessage>& messages, std::chrono::milliseconds patience);
  PullConsumer consume(const ConsumerConfig& config);
  StreamState state(const std::string& stream) const;
  // False for servers before 2.10: for each message that a limit removes, they look through a file
  // of the stream for the next one of its subject. False too where there is no such stream.
  bool removes_cheaply(const std::string& stream) const;
  // Removes all messages, at no cost.
  void purge(const std::string& stream);
  // The first message of the subject with `sequence` or a greater one; nothing when there is none.
  std::optional<KeptMessage> message_at(const std::string& stream, const std::string& subject,
                                        std::uint64_t sequence) const;
  ConsumerBacklog backlog(const std::string& stream, const std::string& consumer) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Calls `elected` when the servers of a cluster have chosen another of them to take what is
// published to the stream, and what was published shortly before may be lost. `run` is the same for
// all who hear of it. On a thread of the bus: must be short.
[[nodiscard]] Subscription on_election(Bus& bus, const std::string& stream,
                                       std::function<void(const std::string& run)> elected);

}  // namespace marquee::bus
