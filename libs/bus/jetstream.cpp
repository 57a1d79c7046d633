#include "libs/bus/jetstream.h"

#include <atomic>
#include <deque>

#include <nats/nats.h>
#include <nlohmann/json.hpp>

#include "libs/core/error.h"
#include "libs/core/ids.h"

namespace marquee::bus {
namespace {

// Of one request to the server.
constexpr std::int64_t kRequestMs = 3'000;
// More than a publish() has: it must never stall.
constexpr std::int64_t kUnackedMax = 65'536;
// Of publish() calls that failed: until no answer to them is on its way any more.
constexpr std::size_t kCountsMax = 64;
constexpr std::size_t kRunBytes = 9;

void check(natsStatus status, jsErrCode code, const char* what) {
  if (status == NATS_OK) return;
  throw Error::unavailable("jetstream", std::string(what) + ": " + natsStatus_GetText(status) +
                                            (code == 0 ? "" : " " + std::to_string(code)));
}

std::int64_t nanoseconds(std::chrono::nanoseconds time) {
  return time.count();
}

struct InfoDeleter {
  void operator()(jsStreamInfo* info) const { jsStreamInfo_Destroy(info); }
  void operator()(jsConsumerInfo* info) const { jsConsumerInfo_Destroy(info); }
};

// A stream's description says of which run it is: "SERVER:RUN", the server where it was made and a
// name that no other has.
struct Run {
  explicit Run(const char* description) : text(description == nullptr ? "" : description) {}
  std::string_view server() const { return text.substr(0, text.find(':')); }
  std::string_view name() const { return text.substr(text.find(':') + 1); }
  std::string_view text;
};

}  // namespace

struct Delivery::Impl {
  explicit Impl(natsMsg* received) : message(received) {}
  ~Impl() { natsMsg_Destroy(message); }
  natsMsg* message;
  std::uint64_t sequence = 0;
  std::uint64_t times = 1;
};

Delivery::Delivery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Delivery::~Delivery() = default;
Delivery::Delivery(Delivery&&) noexcept = default;
Delivery& Delivery::operator=(Delivery&&) noexcept = default;

std::string_view Delivery::payload() const {
  return {natsMsg_GetData(impl_->message),
          static_cast<std::size_t>(natsMsg_GetDataLength(impl_->message))};
}
std::uint64_t Delivery::sequence() const {
  return impl_->sequence;
}
std::uint64_t Delivery::times() const {
  return impl_->times;
}
void Delivery::ack() {
  natsMsg_Ack(impl_->message, nullptr);
}
void Delivery::again_in(std::chrono::milliseconds delay) {
  natsMsg_NakWithDelay(impl_->message, delay.count(), nullptr);
}
void Delivery::terminate() {
  natsMsg_Term(impl_->message, nullptr);
}
void Delivery::still_at_it() {
  natsMsg_InProgress(impl_->message, nullptr);
}

struct PullConsumer::Impl {
  ~Impl() { natsSubscription_Destroy(subscription); }
  natsSubscription* subscription = nullptr;
};

PullConsumer::PullConsumer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PullConsumer::~PullConsumer() = default;
PullConsumer::PullConsumer(PullConsumer&&) noexcept = default;

std::vector<Delivery> PullConsumer::fetch(int most, std::chrono::milliseconds wait) {
  natsMsgList list{};
  jsErrCode code{};
  const natsStatus status =
      natsSubscription_Fetch(&list, impl_->subscription, most, wait.count(), &code);
  std::vector<Delivery> deliveries;
  if (status == NATS_TIMEOUT) return deliveries;
  check(status, code, "fetch");
  for (int i = 0; i < list.Count; ++i) {
    auto delivery = std::make_unique<Delivery::Impl>(list.Msgs[i]);
    list.Msgs[i] = nullptr;
    jsMsgMetaData* meta = nullptr;
    if (natsMsg_GetMetaData(&meta, delivery->message) == NATS_OK) {
      delivery->sequence = meta->Sequence.Stream;
      delivery->times = meta->NumDelivered;
      jsMsgMetaData_Destroy(meta);
    }
    deliveries.emplace_back(std::move(delivery));
  }
  natsMsgList_Destroy(&list);
  return deliveries;
}

void PullConsumer::stop() {
  natsSubscription_Unsubscribe(impl_->subscription);
}

struct JetStream::Impl {
  using Stored = std::atomic<std::size_t>;

  explicit Impl(natsConnection* to) : connection(to) { renew(); }
  ~Impl() { jsCtx_Destroy(context); }

  // A context with a count of its own: an answer that comes late counts where nobody reads.
  void renew() {
    if (counts.size() == kCountsMax) counts.pop_front();
    counts.push_back(std::make_unique<Stored>(0));
    jsCtx_Destroy(context);
    context = nullptr;
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = kRequestMs;
    options.PublishAsync.MaxPending = kUnackedMax;
    options.PublishAsync.AckHandler = &Impl::answered;
    options.PublishAsync.AckHandlerClosure = counts.back().get();
    check(natsConnection_JetStream(&context, connection, &options), {}, "JetStream");
  }

  static void answered(jsCtx*, natsMsg* message, jsPubAck* ack, jsPubAckErr*, void* stored) {
    if (ack != nullptr) static_cast<Stored*>(stored)->fetch_add(1, std::memory_order_relaxed);
    natsMsg_Destroy(message);
  }

  // Another at each of its starts.
  std::string server() const {
    char id[64] = "";
    check(natsConnection_GetConnectedServerId(connection, id, sizeof(id)), {}, "server");
    return id;
  }

  // True when one that is there was deleted, to be made as `wanted` says; else `wanted` is what it
  // is to be changed to.
  bool end_outdated(jsStreamConfig& wanted, const jsStreamInfo& found) const {
    const bool memory = found.Config->Storage == js_MemoryStorage;
    const bool in_files = memory && wanted.Storage == js_FileStorage;
    const bool alone =
        found.Cluster == nullptr || found.Cluster->Name == nullptr || *found.Cluster->Name == '\0';
    const bool other_run =
        wanted.Description != nullptr && alone &&
        Run(found.Config->Description).server() != Run(wanted.Description).server();
    if (in_files || other_run) {
      jsErrCode code{};
      const natsStatus status = js_DeleteStream(context, wanted.Name, nullptr, &code);
      check(code == JSStreamNotFoundErr ? NATS_OK : status, code, "stream");
      return true;
    }
    wanted.Description = found.Config->Description;
    return false;
  }

  natsConnection* const connection;
  jsCtx* context = nullptr;
  std::deque<std::unique_ptr<Stored>> counts;  // the last one is of `context`
};

JetStream::JetStream(const Bus& bus)
    : impl_(std::make_unique<Impl>(static_cast<natsConnection*>(bus.connection()))) {}

JetStream::~JetStream() = default;

void JetStream::ensure_stream(const StreamConfig& config) {
  jsStreamConfig stream;
  jsStreamConfig_Init(&stream);
  const char* subjects[] = {config.subject.c_str()};
  stream.Name = config.name.c_str();
  stream.Subjects = static_cast<const char**>(subjects);
  stream.SubjectsLen = 1;
  stream.Storage = config.in_memory ? js_MemoryStorage : js_FileStorage;
  const std::string run =
      config.of_one_run ? impl_->server() + ":" + random_token(kRunBytes) : std::string();
  if (config.of_one_run) stream.Description = run.c_str();
  stream.MaxMsgsPerSubject = config.per_subject_max;
  stream.MaxBytes = config.bytes_max;
  stream.AllowDirect = true;
  jsRePublish sent_on;
  jsRePublish_Init(&sent_on);
  if (!config.sent_on_to.empty()) {
    sent_on.Source = config.subject.c_str();
    sent_on.Destination = config.sent_on_to.c_str();
    stream.RePublish = &sent_on;
  }
  stream.Replicas = config.replicas;
  stream.MaxAge = nanoseconds(config.max_age);
  stream.Duplicates = nanoseconds(config.duplicates);
  jsErrCode code{};
  jsStreamInfo* made = nullptr;
  natsStatus status = js_AddStream(&made, impl_->context, &stream, nullptr, &code);
  if (status != NATS_OK && code == JSStreamNameExistErr) {
    code = {};
    jsStreamInfo* known = nullptr;
    status = js_GetStreamInfo(&known, impl_->context, stream.Name, nullptr, &code);
    const std::unique_ptr<jsStreamInfo, InfoDeleter> found(known);
    check(status, code, "stream");
    status = impl_->end_outdated(stream, *found)
                 ? js_AddStream(&made, impl_->context, &stream, nullptr, &code)
                 : js_UpdateStream(&made, impl_->context, &stream, nullptr, &code);
  }
  const std::unique_ptr<jsStreamInfo, InfoDeleter> info(made);
  check(status, code, "stream");
}

void JetStream::begin_run(const std::string& stream, const std::string& run) {
  jsErrCode code{};
  jsStreamInfo* known = nullptr;
  natsStatus status = js_GetStreamInfo(&known, impl_->context, stream.c_str(), nullptr, &code);
  const std::unique_ptr<jsStreamInfo, InfoDeleter> found(known);
  check(status, code, "stream");
  const Run before(found->Config->Description);
  if (before.name() == run) return;
  const std::string description = std::string(before.server()) + ":" + run;
  jsStreamConfig config = *found->Config;  // its strings stay found's
  config.Description = description.c_str();
  jsStreamInfo* made = nullptr;
  status = js_UpdateStream(&made, impl_->context, &config, nullptr, &code);
  const std::unique_ptr<jsStreamInfo, InfoDeleter> info(made);
  check(status, code, "stream");
}

bool JetStream::publish(const std::vector<StoredMessage>& messages,
                        std::chrono::milliseconds patience) {
  Impl::Stored& stored = *impl_->counts.back();
  stored.store(0, std::memory_order_relaxed);
  std::size_t sent = 0;
  for (const StoredMessage& message : messages) {
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MsgId = message.id.c_str();
    // What follows one that could not be sent must not be stored before it.
    if (js_PublishAsync(impl_->context, message.subject.c_str(), message.payload.data(),
                        static_cast<int>(message.payload.size()), &options) != NATS_OK) {
      break;
    }
    ++sent;
  }
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MaxWait = patience.count();
  js_PublishAsyncComplete(impl_->context, &options);
  if (sent == messages.size() && stored.load(std::memory_order_relaxed) == sent) return true;
  natsMsgList unanswered{};
  if (js_PublishAsyncGetPendingList(&unanswered, impl_->context) == NATS_OK) {
    natsMsgList_Destroy(&unanswered);
  }
  impl_->renew();
  return false;
}

PullConsumer JetStream::consume(const ConsumerConfig& config) {
  jsConsumerConfig consumer;
  jsConsumerConfig_Init(&consumer);
  consumer.Durable = config.name.c_str();
  consumer.DeliverPolicy = js_DeliverAll;
  consumer.AckPolicy = js_AckExplicit;
  consumer.AckWait = nanoseconds(config.ack_wait);
  consumer.FilterSubject = config.subject.c_str();
  consumer.MaxAckPending = config.unacked_max;
  jsErrCode code{};
  jsConsumerInfo* made = nullptr;
  natsStatus status =
      js_AddConsumer(&made, impl_->context, config.stream.c_str(), &consumer, nullptr, &code);
  const std::unique_ptr<jsConsumerInfo, InfoDeleter> info(made);
  check(status, code, "consumer");

  auto member = std::make_unique<PullConsumer::Impl>();
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = config.stream.c_str();
  // Bound to, not made: its end here must not delete it.
  options.Consumer = config.name.c_str();
  code = {};
  status = js_PullSubscribe(&member->subscription, impl_->context, config.subject.c_str(),
                            config.name.c_str(), nullptr, &options, &code);
  check(status, code, "pull");
  return PullConsumer(std::move(member));
}

StreamState JetStream::state(const std::string& stream) const {
  jsErrCode code{};
  jsStreamInfo* found = nullptr;
  const natsStatus status =
      js_GetStreamInfo(&found, impl_->context, stream.c_str(), nullptr, &code);
  const std::unique_ptr<jsStreamInfo, InfoDeleter> info(found);
  check(status, code, "stream");
  const Run run(info->Config->Description);
  StreamState state;
  state.identity = run.text.empty() ? std::to_string(info->Created) : std::string(run.name());
  state.first = info->State.FirstSeq;
  state.last = info->State.LastSeq;
  state.bytes = info->State.Bytes;
  state.oldest = std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::nanoseconds(info->State.FirstTime)));
  return state;
}

bool JetStream::removes_cheaply(const std::string& stream) const {
  // No other answer has the server's version; streams have had `compression` since 2.10.
  natsMsg* answer = nullptr;
  check(natsConnection_RequestString(&answer, impl_->connection,
                                     ("$JS.API.STREAM.INFO." + stream).c_str(), "", kRequestMs),
        {}, "stream");
  const Delivery::Impl message(answer);
  const auto info = nlohmann::json::parse(
      std::string_view(natsMsg_GetData(answer),
                       static_cast<std::size_t>(natsMsg_GetDataLength(answer))),
      nullptr, false);
  return info.is_object() && info.contains("config") && info["config"].contains("compression");
}

void JetStream::purge(const std::string& stream) {
  jsErrCode code{};
  check(js_PurgeStream(impl_->context, stream.c_str(), nullptr, &code), code, "stream");
}

std::optional<KeptMessage> JetStream::message_at(const std::string& stream,
                                                 const std::string& subject,
                                                 std::uint64_t sequence) const {
  jsDirectGetMsgOptions options;
  jsDirectGetMsgOptions_Init(&options);
  options.Sequence = sequence;
  options.NextBySubject = subject.c_str();
  natsMsg* found = nullptr;
  const natsStatus status =
      js_DirectGetMsg(&found, impl_->context, stream.c_str(), nullptr, &options);
  if (status == NATS_NOT_FOUND) return std::nullopt;
  const Delivery::Impl message(found);
  check(status, {}, "message");
  return KeptMessage{
      natsMsg_GetSequence(found),
      {natsMsg_GetData(found), static_cast<std::size_t>(natsMsg_GetDataLength(found))}};
}

ConsumerBacklog JetStream::backlog(const std::string& stream, const std::string& consumer) const {
  jsErrCode code{};
  jsConsumerInfo* found = nullptr;
  const natsStatus status =
      js_GetConsumerInfo(&found, impl_->context, stream.c_str(), consumer.c_str(), nullptr, &code);
  const std::unique_ptr<jsConsumerInfo, InfoDeleter> info(found);
  check(status, code, "consumer");
  return {info->NumPending, static_cast<std::uint64_t>(info->NumAckPending)};
}

Subscription on_election(Bus& bus, const std::string& stream,
                         std::function<void(const std::string& run)> elected) {
  return bus.subscribe("$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED." + stream,
                       [elected = std::move(elected)](std::string_view payload) {
                         const auto advisory = nlohmann::json::parse(payload, nullptr, false);
                         if (!advisory.is_object()) return;
                         const auto id = advisory.find("id");
                         if (id != advisory.end() && id->is_string()) elected(*id);
                       });
}

}  // namespace marquee::bus
