// One call stream: reads frames, hands calls to their lanes, writes their answers, as many as there
// are in one message. Made by CallStreams::open() and gone after both gRPC and its calls are done.
//
// Frames are read on gRPC threads, calls run and end on their lanes; what both touch is under one
// lock, held for moments. Bounded: calls by the configuration, answers that the client does not
// read by kOutgoingBytesMax, above which no more frames are read.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "libs/rpc/call_streams.h"
#include "libs/rpc/incoming_call.h"

namespace marquee::rpc {

struct StartFrame;

class ServerStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                           public std::enable_shared_from_this<ServerStream> {
 public:
  explicit ServerStream(CallStreams& streams);
  ~ServerStream() override;

  // Says hello and begins to read.
  void begin();
  // Asks the client to go elsewhere; once.
  void drain();

 private:
  struct Batch;
  struct StreamCall;

  static constexpr std::size_t kOutgoingBytesMax = 4 * 1024 * 1024;
  // Of one message, unless a single answer is larger.
  static constexpr std::size_t kMessageBytesMax = 1024 * 1024;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

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
  void break_off(std::unique_lock<std::mutex>& lock);
  void finish_if_over(std::unique_lock<std::mutex>& lock);
  void leave_if_over(std::unique_lock<std::mutex>& lock);

  CallStreams& streams_;
  const std::chrono::steady_clock::time_point drain_at_;

  // Of the thread that reads.
  grpc::ByteBuffer incoming_;
  std::uint64_t last_call_id_ = 0;

  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::unique_ptr<StreamCall>> calls_;
  std::deque<std::string> outgoing_;  // ServerFrames, the last one in the making
  std::size_t outgoing_bytes_ = 0;
  grpc::ByteBuffer writing_bytes_;
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
