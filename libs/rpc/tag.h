// What a gRPC completion queue gives back for an operation, as a member function of who started it.
// A tag belongs to its owner, who lives until it is done; at most one operation at a time has it.
#pragma once

#include <grpc/grpc.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/impl/codegen/completion_queue_tag.h>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace marquee::rpc {

class Tag {
 public:
  // On a thread of the queue's Poller, or on one that started an operation of the same queue with
  // start_here(): must not block. `ok` is gRPC's.
  virtual void done(bool ok) = 0;
  // For gRPC, which gives it back as it is.
  void* key() {
#ifdef __SANITIZE_THREAD__
    // What was done before an operation is started is done before it completes. gRPC sees to it,
    // and ThreadSanitizer does not see gRPC.
    __tsan_release(this);
#endif
    return this;
  }
  static Tag* of(void* key) {
#ifdef __SANITIZE_THREAD__
    __tsan_acquire(key);
#endif
    return static_cast<Tag*>(key);
  }

 protected:
  ~Tag() = default;
};

template <typename Owner>
class TagOf final : public Tag {
 public:
  using Done = void (Owner::*)(bool ok);
  TagOf(Owner& owner, Done member) : owner_(owner), done_(member) {}
  void done(bool ok) override { (owner_.*done_)(ok); }

 private:
  Owner& owner_;
  const Done done_;
};

struct Completed {
  Tag* tag = nullptr;  // null: nothing has completed
  bool ok = false;
};

// Runs `start`, which starts one operation of `queue`, most likely a write. When an operation of
// that queue completes meanwhile on this thread, as a write does that goes straight into its
// socket, it is returned, for the caller to have it done: the queue's thread need not wake up for
// it. It may be another than the one that was started.
template <typename Start>
Completed start_here(grpc::CompletionQueue& queue, Start&& start) {
  grpc_completion_queue_thread_local_cache_init(queue.cq());
  start();
  void* core_tag = nullptr;
  int core_ok = 0;
  if (grpc_completion_queue_thread_local_cache_flush(queue.cq(), &core_tag, &core_ok) == 0) {
    return {};
  }
  void* key = nullptr;
  bool ok = core_ok != 0;
  if (!static_cast<grpc::internal::CompletionQueueTag*>(core_tag)->FinalizeResult(&key, &ok)) {
    return {};
  }
  return {Tag::of(key), ok};
}

}  // namespace marquee::rpc
