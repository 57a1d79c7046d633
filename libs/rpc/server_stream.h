// One call stream: reads frames, hands calls to their lanes, writes their answers, as many as there
// are in one message. Made by CallStreams before its client comes, keeps itself until gRPC is done
// with it, and is gone after its calls are, too.
//
// Frames are read on threads of the server's queue, calls run and end on their lanes; what both
// touch is under one lock, held for moments. Bounded: calls by the configuration, answers that the
// client does not read by kOutgoingBytesMax, above which no more frames are read.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include "libs/rpc/call_streams.h"
#include "libs/rpc/incoming_call.h"

namespace marquee::rpc {

struct StartFrame;

class ServerStream final : public std::enable_shared_from_this<ServerStream> {
 public:
  ServerStream(CallStreams& streams, const RawService::Place& place);
  ~ServerStream();

  // Waits for a client.
  void expect();
  // Asks the client to go elsewhere; once.
  void drain();

 private:
  struct Batch;
  struct StreamCall;

  static constexpr std::size_t kOutgoingBytesMax = 4 * 1024 * 1024;
  // Of one message, unless a single answer is larger.
  static constexpr std::size_t kMessageBytesMax = 1024 * 1024;

  void arrived(bool ok);
  void was_read(bool ok);
  void was_written(bool ok);
  void finished(bool ok);
  void ended(bool ok);

  // Says hello and begins to read.
  void begin();
  void read_next();
  bool handle(const grpc::ByteBuffer& message);
  void answer_ping(std::uint64_t ping);
  StreamCall* begin_call(const std::shared_ptr<Batch>& batch, const StartFrame& start);
  void post(const std::vector<StreamCall*>& calls);
  void cancel(std::uint64_t call_id);
  void run(StreamCall& call);
  void end(StreamCall& call, const std::string& frame);
  void send(std::string_view frame);
  void add_locked(std::string_view frame);
  void flush_at_pause();
  void flush();
  bool write_next();
  void written(bool ok);
  void break_off(std::unique_lock<std::mutex>& lock);
  void finish_if_over(std::unique_lock<std::mutex>& lock);
  void leave_if_over(std::unique_lock<std::mutex>& lock);
  void let_go();

  CallStreams& streams_;
  const RawService::Place place_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> io_{&context_};
  std::shared_ptr<ServerStream> self_;  // until gRPC is done with it
  std::atomic<int> awaited_{2};         // ended() and finished()

  TagOf<ServerStream> arrived_{*this, &ServerStream::arrived};
  TagOf<ServerStream> was_read_{*this, &ServerStream::was_read};
  TagOf<ServerStream> was_written_{*this, &ServerStream::was_written};
  TagOf<ServerStream> finished_tag_{*this, &ServerStream::finished};
  TagOf<ServerStream> ended_{*this, &ServerStream::ended};

  // Of whoever reads.
  std::chrono::steady_clock::time_point drain_at_;
  grpc::ByteBuffer incoming_;
  std::uint64_t last_call_id_ = 0;

  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::unique_ptr<StreamCall>> calls_;
  std::deque<std::string> outgoing_;  // ServerFrames, the last one in the making
  std::size_t outgoing_bytes_ = 0;
  bool writing_ = false;
  bool reading_paused_ = false;
  bool reads_done_ = false;
  bool broken_ = false;
  bool finished_ = false;
  bool done_ = false;
  bool left_ = false;
  bool drain_said_ = false;
};

}  // namespace marquee::rpc
