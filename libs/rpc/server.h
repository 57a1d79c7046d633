// A gRPC server whose handlers are plain functions of (call, request) -> reply.
//
//   rpc::Server server(config);
//   auto& catalog = server.service("marquee.movie.v1.MovieCatalog");
//   catalog.on("GetMovie", [&](const rpc::Call& call, const GetMovieRequest& request) { return ...;
//   }); server.start();
//
// Calls come by gRPC or, unary ones many at a time, on a call stream (marquee.api.CallStream);
// handlers do not know. They run on a bounded pool of threads (or on the lane they name), may
// block, and may throw marquee::Error, which becomes the status. The server enforces the RPC's
// `marquee.api.policy` auth before the handler, gives every call a deadline (the caller's, at most
// `deadline_max`), answers RESOURCE_EXHAUSTED-like overload as UNAVAILABLE with a retry time,
// counts and logs every call. Health, reflection and max-connection-age are set up here. gRPC stays
// out of sight.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "libs/rpc/call.h"
#include "libs/rpc/tls.h"

namespace marquee::ops {
class LiveRegistry;
}

namespace marquee::rpc {

struct ServerConfig {
  std::string listen = "127.0.0.1:0";
  std::size_t workers = 8;
  std::size_t queue_max = 1024;
  // How long a call may wait for a worker while a queue stands (libs/core/standing_queue.h); more
  // get UNAVAILABLE, but for those whose policy says shed_last. Zero: until their deadlines.
  std::chrono::milliseconds queue_wait_max{0};
  std::chrono::milliseconds deadline_default{5'000};
  std::chrono::milliseconds deadline_max{60'000};
  // Older connections and call streams are asked to make room for new ones.
  std::chrono::milliseconds max_connection_age{30'000};
  // On one call stream; more calls are refused.
  std::uint32_t stream_calls_max = 1024;
  // A line in the log for each call.
  bool call_log = false;
  TlsFiles tls;
};

// Threads of their own for calls that are slow by nature (password hashing), so that they cannot
// starve the others.
class Lane;

// What a server-streaming RPC answers with, made as its reader takes it: each time it is called, on
// the RPC's lane, it appends some of the next replies, or none, and says whether there may be more.
// Between two times nothing of the RPC holds a thread; what it has to remember it keeps itself.
template <typename Reply>
using NextReplies = std::function<bool(const Call&, std::vector<Reply>& replies)>;

// Where a handler's replies go; a unary one's, once.
class ReplySink {
 public:
  virtual void write(const google::protobuf::Message& reply) = 0;

 protected:
  ~ReplySink() = default;
};

namespace detail {

template <typename Reply>
struct ReplyTypes {
  using Type = Reply;
  static const Type& message(const Reply& reply) { return reply; }
};
template <typename Reply>
struct ReplyTypes<std::shared_ptr<const Reply>> {
  using Type = Reply;
  static const Type& message(const std::shared_ptr<const Reply>& reply) { return *reply; }
};
template <typename Reply>
struct ReplyTypes<NextReplies<Reply>> {
  using Type = Reply;
};

template <typename F>
struct HandlerTypes : HandlerTypes<decltype(&F::operator())> {};
template <typename C, typename Reply, typename Request>
struct HandlerTypes<Reply (C::*)(const Call&, const Request&) const> {
  using RequestType = Request;
  using ReplyType = ReplyTypes<Reply>;
};
template <typename C, typename Reply, typename Request>
struct HandlerTypes<Reply (C::*)(const Call&, const Request&)> {
  using RequestType = Request;
  using ReplyType = ReplyTypes<Reply>;
};

// Throws Error INVALID_ARGUMENT.
void parse_request(google::protobuf::Message& request, std::string_view wire);

}  // namespace detail

class Service {
 public:
  using Message = google::protobuf::Message;
  using Handler = std::function<void(const Call&, std::string_view request, ReplySink& reply)>;
  using NextTurn = std::function<bool(const Call&, ReplySink& replies)>;
  using StreamHandler = std::function<NextTurn(const Call&, std::string_view request)>;

  // Binds one RPC. The handler returns its reply, or a std::shared_ptr<const Reply> to one that it
  // shares with a cache. Throws std::logic_error when the name is unknown, bound twice, or the
  // types are not those of the .proto.
  template <typename F>
  void on(const std::string& name, F handler, Lane* lane = nullptr) {
    using Types = detail::HandlerTypes<F>;
    using Request = typename Types::RequestType;
    using Reply = typename Types::ReplyType;
    bind(
        name,
        [handler = std::move(handler)](const Call& call, std::string_view wire, ReplySink& sink) {
          Request request;
          detail::parse_request(request, wire);
          sink.write(Reply::message(handler(call, request)));
        },
        Request::descriptor(), Reply::Type::descriptor(), lane);
  }

  // Binds one server-streaming RPC, which gRPC alone carries: the handler looks at the request and
  // returns a NextReplies<Reply>. Throws as on() does.
  template <typename F>
  void on_stream(const std::string& name, F handler, Lane* lane = nullptr) {
    using Types = detail::HandlerTypes<F>;
    using Request = typename Types::RequestType;
    using Reply = typename Types::ReplyType::Type;
    bind_stream(
        name,
        [handler = std::move(handler)](const Call& call, std::string_view wire) -> NextTurn {
          Request request;
          detail::parse_request(request, wire);
          return [next = NextReplies<Reply>(handler(call, request))](const Call& now,
                                                                     ReplySink& sink) {
            std::vector<Reply> replies;
            const bool more = next(now, replies);
            for (const auto& reply : replies) sink.write(reply);
            return more;
          };
        },
        Request::descriptor(), Reply::descriptor(), lane);
  }

  template <typename Reply, typename C, typename D, typename Request>
  void on_stream(const std::string& name,
                 NextReplies<Reply> (C::*handler)(const Call&, const Request&), D& object,
                 Lane* lane = nullptr) {
    C* target = &object;
    on_stream(
        name,
        [handler, target](const Call& call, const Request& request) {
          return (target->*handler)(call, request);
        },
        lane);
  }

  // The same for a member function: service.on("GetMovie", &MovieHandlers::get_movie, handlers).
  template <typename Reply, typename C, typename D, typename Request>
  void on(const std::string& name, Reply (C::*handler)(const Call&, const Request&), D& object,
          Lane* lane = nullptr) {
    C* target = &object;
    on(
        name,
        [handler, target](const Call& call, const Request& request) {
          return (target->*handler)(call, request);
        },
        lane);
  }

 private:
  friend class Server;
  struct Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  void bind(const std::string& name, Handler handler, const google::protobuf::Descriptor* request,
            const google::protobuf::Descriptor* reply, Lane* lane);
  void bind_stream(const std::string& name, StreamHandler handler,
                   const google::protobuf::Descriptor* request,
                   const google::protobuf::Descriptor* reply, Lane* lane);
  std::unique_ptr<Impl> impl_;

 public:
  ~Service();
};

class Server {
 public:
  // `registry` may be null: nobody asks for the counts. It is asked no more when the server goes.
  Server(ServerConfig config, ops::LiveRegistry* registry);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Throws std::logic_error for a name that is not in the linked descriptors.
  Service& service(const std::string& full_name);
  // Threads and queue of their own; owned by the server. `queue_max` waiting calls, more get
  // UNAVAILABLE.
  Lane& lane(const std::string& name, std::size_t threads, std::size_t queue_max);

  // Listens. Throws std::logic_error when an RPC of an added service has no handler,
  // std::runtime_error when the address is taken.
  void start();
  int port() const;
  // Health turns NOT_SERVING, calls in flight get `grace` to finish, the rest is cancelled.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(8));

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // also of a scrape, while it lasts
};

}  // namespace marquee::rpc
