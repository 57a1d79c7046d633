#include "libs/core/job_stack.h"

#include <cxxabi.h>
#include <utility>

#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MARQUEE_ASAN 1
#elif __has_feature(thread_sanitizer)
#define MARQUEE_TSAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MARQUEE_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define MARQUEE_TSAN 1
#endif

#ifdef MARQUEE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef MARQUEE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace marquee::core {
namespace {

namespace context = boost::context;

#if defined(MARQUEE_ASAN) || defined(MARQUEE_TSAN)
constexpr std::size_t kStackBytes = 1024 * 1024;
#else
constexpr std::size_t kStackBytes = 256 * 1024;
#endif

// What the C++ runtime keeps of a thread's exceptions (the Itanium ABI's __cxa_eh_globals). A job
// that pauses inside a catch block takes its own along.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;

  void swap() noexcept {
    auto* current = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
    std::swap(*current, *this);
  }
};

// Announces changes between the thread's own stack and the job's.
class StackWatch {
 public:
  explicit StackWatch(const context::stack_context& stack)
      : bottom_(static_cast<char*>(stack.sp) - stack.size), size_(stack.size) {
#ifdef MARQUEE_ASAN
    // What lay there before may have ended in the middle of its frames.
    __asan_unpoison_memory_region(bottom_, size_);
#endif
#ifdef MARQUEE_TSAN
    job_ = __tsan_create_fiber(0);
#endif
  }
  ~StackWatch() {
#ifdef MARQUEE_TSAN
    __tsan_destroy_fiber(job_);
#endif
  }
  StackWatch(const StackWatch&) = delete;
  StackWatch& operator=(const StackWatch&) = delete;

  void before_entering() {
#ifdef MARQUEE_ASAN
    __sanitizer_start_switch_fiber(&thread_stack_, bottom_, size_);
#endif
#ifdef MARQUEE_TSAN
    thread_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(job_, 0);
#endif
  }
  void after_leaving() {
#ifdef MARQUEE_ASAN
    __sanitizer_finish_switch_fiber(thread_stack_, nullptr, nullptr);
#endif
  }
  void after_entering() {
#ifdef MARQUEE_ASAN
    __sanitizer_finish_switch_fiber(job_stack_, &thread_bottom_, &thread_size_);
#endif
  }
  void before_leaving([[maybe_unused]] bool for_good) {
#ifdef MARQUEE_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &job_stack_, thread_bottom_, thread_size_);
#endif
#ifdef MARQUEE_TSAN
    __tsan_switch_to_fiber(thread_, 0);
#endif
  }

 private:
  [[maybe_unused]] const void* bottom_;
  [[maybe_unused]] std::size_t size_;
#ifdef MARQUEE_ASAN
  void* thread_stack_ = nullptr;
  void* job_stack_ = nullptr;
  const void* thread_bottom_ = nullptr;
  std::size_t thread_size_ = 0;
#endif
#ifdef MARQUEE_TSAN
  void* thread_ = nullptr;
  void* job_ = nullptr;
#endif
};

}  // namespace

struct JobStack::Impl {
  context::protected_fixedsize_stack allocator{kStackBytes};
  context::stack_context stack = allocator.allocate();
  StackWatch watch{stack};
  ExceptionState exceptions;
  std::function<void()> job;  // empty: the stack is to end
  bool ended = true;
  context::fiber outside;
  context::fiber inside{std::allocator_arg, context::preallocated(stack.sp, stack.size, stack),
                        allocator, [this](context::fiber&& from) { return run(std::move(from)); }};

  context::fiber run(context::fiber&& from) {
    outside = std::move(from);
    watch.after_entering();
    while (job) {
      job();
      job = nullptr;
      ended = true;
      leave();
    }
    watch.before_leaving(true);
    return std::move(outside);
  }

  void leave() {
    watch.before_leaving(false);
    outside = std::move(outside).resume();
    watch.after_entering();
  }

  void enter() {
    exceptions.swap();
    watch.before_entering();
    inside = std::move(inside).resume();
    watch.after_leaving();
    exceptions.swap();
  }
};

JobStack::JobStack() : impl_(std::make_unique<Impl>()) {}

JobStack::~JobStack() {
  impl_->enter();
}

bool JobStack::start(std::function<void()> job) {
  impl_->job = std::move(job);
  impl_->ended = false;
  impl_->enter();
  return impl_->ended;
}

bool JobStack::go_on() {
  impl_->enter();
  return impl_->ended;
}

void JobStack::pause() {
  impl_->leave();
}

}  // namespace marquee::core
