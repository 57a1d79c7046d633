#include "tests/unit/rpc/fake_stream_server.h"

#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "libs/rpc/caller.h"
#include "libs/rpc/flat_bytes.h"

namespace marquee::rpc {
namespace {

const std::string kOpen = "/marquee.api.CallStream/Open";
const std::string kCollect = "/marquee.api.CallStream/Collect";

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::shared_ptr<grpc::ServerCredentials> credentials(const TlsFiles& files) {
  if (!files.enabled()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      files.ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                       : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  if (!files.ca.empty()) options.pem_root_certs = read_file(files.ca);
  options.pem_key_cert_pairs.push_back({read_file(files.key), read_file(files.certificate)});
  return grpc::SslServerCredentials(options);
}

}  // namespace

void TakenCall::reply(const std::string& payload) {
  api::CallEnd done;
  done.set_payload(payload);
  end(done);
}

void TakenCall::fail(int code, const std::string& message, const api::ErrorDetail* detail) {
  api::CallEnd done;
  done.set_code(static_cast<std::uint32_t>(code));
  done.set_message(message);
  if (detail != nullptr) *done.mutable_error() = *detail;
  end(done);
}

void TakenCall::end(const api::CallEnd& end) {
  if (ended_.exchange(true)) return;
  api::CallEnd own = end;
  own.set_call_id(start_.call_id());
  send_(own);
}

struct FakeStreamServer::Impl : grpc::CallbackGenericService {
  class Stream;
  class Unary;

  Impl(OnCall handler, const Options& wanted) : on_call(std::move(handler)), options(wanted) {}

  const OnCall on_call;
  const Options options;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  std::atomic<bool> pongs{true};
  std::atomic<int> messages{0};
  std::atomic<int> pings{0};
  std::atomic<int> ended_well{0};

  mutable std::mutex mutex;
  std::set<std::shared_ptr<Stream>> streams;
  std::map<std::string, std::string> kept;
  std::vector<std::uint64_t> cancels;

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;
  std::vector<std::shared_ptr<Stream>> all_streams() const {
    std::lock_guard lock(mutex);
    return {streams.begin(), streams.end()};
  }
};

class FakeStreamServer::Impl::Stream : public grpc::ServerGenericBidiReactor,
                                       public std::enable_shared_from_this<Stream> {
 public:
  Stream(Impl& impl, grpc::GenericCallbackServerContext& context)
      : impl_(impl), context_(context) {}

  void begin() {
    if (impl_.options.hello) {
      api::ServerFrames frames;
      frames.mutable_hello()->set_calls_max(impl_.options.calls_max);
      frames.mutable_hello()->set_payload_bytes_max(impl_.options.payload_bytes_max);
      frames.mutable_hello()->set_collect_within_ms(10'000);
      send(frames);
    }
    if (impl_.options.reads) StartRead(&request_);
  }

  void OnCancel() override {
    if (impl_.options.reads) return;
    std::lock_guard lock(mutex_);
    ending_ = true;
    finish_if_idle();
  }

  void send(const api::ServerFrames& frames) { send_bytes(frames.SerializeAsString()); }

  void send_end(const api::CallEnd& end) {
    api::ServerFrames frames;
    *frames.add_ends() = end;
    std::lock_guard lock(mutex_);
    open_.erase(end.call_id());
    queue(frames.SerializeAsString());
  }

  void send_bytes(const std::string& bytes) {
    std::lock_guard lock(mutex_);
    queue(bytes);
  }

  void break_off() {
    std::lock_guard lock(mutex_);
    if (!finished_) context_.TryCancel();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      std::lock_guard lock(mutex_);
      if (!context_.IsCancelled() && open_.empty()) ++impl_.ended_well;
      ending_ = true;
      finish_if_idle();
      return;
    }
    FlatBytes flat(request_);
    api::ClientFrames frames;
    frames.ParseFromArray(flat.view().data(), static_cast<int>(flat.view().size()));
    ++impl_.messages;
    handle(frames);
    StartRead(&request_);
  }

  void OnWriteDone(bool ok) override {
    std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) outgoing_.clear();
    write();
    finish_if_idle();
  }

  void OnDone() override {
    std::shared_ptr<Stream> self = shared_from_this();
    std::lock_guard lock(impl_.mutex);
    impl_.streams.erase(self);
  }

 private:
  void handle(const api::ClientFrames& frames) {
    if (frames.ping() != 0) {
      ++impl_.pings;
      if (impl_.pongs) {
        api::ServerFrames pong;
        pong.set_pong(frames.ping());
        send(pong);
      }
    }
    for (const auto& start : frames.starts()) {
      {
        std::lock_guard lock(mutex_);
        open_.insert(start.call_id());
      }
      impl_.on_call(std::make_shared<TakenCall>(start, false,
                                                [weak = weak_from_this()](const api::CallEnd& end) {
                                                  if (auto self = weak.lock()) self->send_end(end);
                                                }));
    }
    std::lock_guard lock(impl_.mutex);
    for (std::uint64_t id : frames.cancels()) {
      impl_.cancels.push_back(id);
      std::lock_guard own(mutex_);
      open_.erase(id);
    }
  }

  void queue(std::string bytes) {
    if (ending_ || finished_) return;
    outgoing_.push_back(std::move(bytes));
    write();
  }

  void write() {
    if (writing_ || finished_ || outgoing_.empty()) return;
    writing_ = true;
    reply_ = to_buffer(std::move(outgoing_.front()));
    outgoing_.erase(outgoing_.begin());
    StartWrite(&reply_);
  }

  void finish_if_idle() {
    if (!ending_ || writing_ || finished_) return;
    finished_ = true;
    Finish(grpc::Status::OK);
  }

  Impl& impl_;
  grpc::GenericCallbackServerContext& context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer reply_;
  std::mutex mutex_;
  std::vector<std::string> outgoing_;
  std::set<std::uint64_t> open_;
  bool writing_ = false;
  bool ending_ = false;
  bool finished_ = false;
};

// Lives until both gRPC and whoever may still answer have let go.
class FakeStreamServer::Impl::Unary : public grpc::ServerGenericBidiReactor,
                                      public std::enable_shared_from_this<Unary> {
 public:
  Unary(Impl& impl, grpc::GenericCallbackServerContext& context)
      : impl_(impl), context_(context), method_(context.method()) {}

  void begin() {
    self_ = shared_from_this();
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      finish(grpc::Status(grpc::StatusCode::INTERNAL, "no request"));
      return;
    }
    FlatBytes flat(request_);
    if (method_ == kCollect) {
      collect(flat.view());
      return;
    }
    api::CallStart start;
    start.set_method(method_);
    start.set_payload(std::string(flat.view()));
    start.set_caller(metadata(kCallerMetadata));
    start.set_request_id(metadata(kRequestIdMetadata));
    start.set_traceparent(metadata("traceparent"));
    start.set_fresh(!metadata(kFreshMetadata).empty());
    impl_.on_call(std::make_shared<TakenCall>(
        start, true, [self = shared_from_this()](const api::CallEnd& end) { self->send(end); }));
  }

  void OnCancel() override {
    if (method_ != kCollect) {
      std::lock_guard lock(impl_.mutex);
      impl_.cancels.push_back(0);
    }
    finish(grpc::Status::CANCELLED);
  }

  void OnDone() override { self_.reset(); }

 private:
  std::string metadata(const char* name) const {
    auto found = context_.client_metadata().find(name);
    return found == context_.client_metadata().end()
               ? std::string()
               : std::string(found->second.data(), found->second.size());
  }

  void collect(std::string_view bytes) {
    api::CollectRequest request;
    request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    api::CollectReply reply;
    {
      std::lock_guard lock(impl_.mutex);
      auto found = impl_.kept.find(request.name());
      if (found == impl_.kept.end()) {
        finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "nothing kept"));
        return;
      }
      reply.set_payload(found->second);
      impl_.kept.erase(found);
    }
    api::CallEnd end;
    end.set_payload(reply.SerializeAsString());
    send(end);
  }

  void send(const api::CallEnd& end) {
    std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = true;
    if (end.code() == 0) {
      reply_ = to_buffer(end.payload());
      StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
      return;
    }
    if (end.has_error()) {
      context_.AddTrailingMetadata(kErrorMetadata, end.error().SerializeAsString());
    }
    Finish(grpc::Status(static_cast<grpc::StatusCode>(end.code()), end.message()));
  }

  void finish(const grpc::Status& status) {
    std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return;
    Finish(status);
  }

  Impl& impl_;
  grpc::GenericCallbackServerContext& context_;
  const std::string method_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer reply_;
  std::mutex mutex_;
  bool finished_ = false;
  std::shared_ptr<Unary> self_;
};

grpc::ServerGenericBidiReactor* FakeStreamServer::Impl::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  if (context->method() != kOpen) {
    auto unary = std::make_shared<Unary>(*this, *context);
    unary->begin();
    return unary.get();
  }
  auto stream = std::make_shared<Stream>(*this, *context);
  {
    std::lock_guard lock(mutex);
    streams.insert(stream);
  }
  stream->begin();
  return stream.get();
}

FakeStreamServer::FakeStreamServer(OnCall on_call, const Options& options)
    : impl_(std::make_unique<Impl>(std::move(on_call), options)) {
  impl_->pongs = options.pongs;
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort("127.0.0.1:" + std::to_string(options.port), credentials(options.tls),
                           &impl_->port);
  builder.RegisterCallbackGenericService(impl_.get());
  impl_->server = builder.BuildAndStart();
  if (!impl_->server || impl_->port == 0) throw std::runtime_error("fake server: cannot listen");
}

FakeStreamServer::~FakeStreamServer() {
  stop();
}

void FakeStreamServer::stop() {
  impl_->server->Shutdown(std::chrono::system_clock::now());
  impl_->server->Wait();
}

int FakeStreamServer::port() const {
  return impl_->port;
}

void FakeStreamServer::drain() {
  api::ServerFrames frames;
  frames.set_draining(true);
  for (const auto& stream : impl_->all_streams()) stream->send(frames);
}

void FakeStreamServer::break_streams() {
  for (const auto& stream : impl_->all_streams()) stream->break_off();
}

void FakeStreamServer::answer_pings(bool yes) {
  impl_->pongs = yes;
}

void FakeStreamServer::send_bytes(const std::string& bytes) {
  for (const auto& stream : impl_->all_streams()) stream->send_bytes(bytes);
}

void FakeStreamServer::keep(const std::string& name, const std::string& payload) {
  std::lock_guard lock(impl_->mutex);
  impl_->kept[name] = payload;
}

int FakeStreamServer::streams() const {
  std::lock_guard lock(impl_->mutex);
  return static_cast<int>(impl_->streams.size());
}

int FakeStreamServer::streams_ended_well() const {
  return impl_->ended_well;
}

int FakeStreamServer::messages() const {
  return impl_->messages;
}

int FakeStreamServer::pings() const {
  return impl_->pings;
}

std::vector<std::uint64_t> FakeStreamServer::cancels() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->cancels;
}

}  // namespace marquee::rpc
