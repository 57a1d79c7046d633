// One CallStream.Open as bytes: gRPC operations whose ends do nothing but hand over to the owning
// thread, once however much has come. Reads ahead only kUnreadMax messages, so that a thread that
// lags makes the server wait. Keeps itself until gRPC is done with it.
//
// Everything public is for the owning thread; finish() or abandon() comes last.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include "libs/rpc/live_calls.h"
#include "libs/rpc/loop.h"
#include "libs/rpc/tag.h"

namespace marquee::rpc {

class StreamTransport : public std::enable_shared_from_this<StreamTransport> {
 public:
  class Events {
   public:
    virtual void on_message(std::string_view bytes) = 0;
    // After try_write() had said no.
    virtual void on_writable() = 0;
    // Nothing more will come.
    virtual void on_end() = 0;

   protected:
    ~Events() = default;
  };

  static std::shared_ptr<StreamTransport> open(std::shared_ptr<grpc::Channel> channel, Loop& loop,
                                               std::shared_ptr<LiveCalls> live, Events& events);
  StreamTransport(std::shared_ptr<grpc::Channel> channel, Loop& loop,
                  std::shared_ptr<LiveCalls> live, Events& events);

  // False while a message is on its way out: on_writable() says when to try again.
  bool try_write(std::string&& message);
  // Half-closes and leaves the rest to the server; no events any more.
  void finish();
  // Cancels; no events any more.
  void abandon();
  // Any thread.
  void cut_off() { context_.TryCancel(); }

 private:
  enum Bits : std::uint32_t { kRead = 1, kWritable = 2, kEnd = 4 };
  // What comes after the message, or the start of the call, that is on its way. To gRPC they and
  // the half-close are one kind of operation, of which there may be one at a time.
  enum class Write : std::uint8_t { kIdle, kNothing, kMore, kHalfClose };
  static constexpr std::uint32_t kUnreadMax = 16;

  void start();
  void was_read(bool ok);
  void was_written(bool ok);
  void half_closed(bool ok);
  void ended(bool ok);

  void signal(std::uint32_t bits);
  void run();
  void hand_over_messages();
  void read_next();
  void half_close();
  void let_go();
  void release_claim();

  Loop& loop_;
  const std::shared_ptr<LiveCalls> live_;
  grpc::CompletionQueue& queue_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;  // a part of context_
  grpc::Status status_;
  std::shared_ptr<StreamTransport> self_;  // until ended()

  TagOf<StreamTransport> was_read_{*this, &StreamTransport::was_read};
  TagOf<StreamTransport> was_written_{*this, &StreamTransport::was_written};
  TagOf<StreamTransport> half_closed_{*this, &StreamTransport::half_closed};
  TagOf<StreamTransport> ended_{*this, &StreamTransport::ended};

  // Owning thread:
  Events* events_;
  bool held_ = true;  // the owner has a claim
  std::uint32_t taken_ = 0;

  // Both:
  // Who may still start an operation: the owner, the reading, and each operation until it is done.
  // gRPC is asked for the end of the call when the last has let go.
  std::atomic<std::uint32_t> claims_{0};
  std::atomic<std::uint32_t> signalled_{0};
  std::atomic<std::uint32_t> unread_{0};
  std::atomic<Write> write_{Write::kNothing};
  std::atomic<bool> finishing_{false};
  std::atomic<std::uint32_t> read_{0};
  std::array<grpc::ByteBuffer, kUnreadMax> ring_;
};

}  // namespace marquee::rpc
