#include "libs/websocket/send_queue.h"

#include <array>

#include "tests/catch.h"

namespace marquee::websocket {
namespace {

using Pushed = SendQueue::Pushed;
using Kind = Delivery::Kind;

constexpr SendQueue::Limits kLimits{20, 60};

Pushed push(SendQueue& queue, std::string_view text, Delivery delivery = {}) {
  FramePtr frame = Frame::text({text});
  return queue.push({&frame, 1}, delivery, kLimits);
}

std::string all(const SendQueue& queue) {
  std::array<iovec, 64> parts{};
  const int count = queue.gather(parts.data(), 64);
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    const iovec& part = parts[static_cast<std::size_t>(i)];
    bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
  }
  CHECK(bytes.size() == queue.bytes());
  return bytes;
}

TEST_CASE("send queue: bytes leave in order and in any pieces") {
  SendQueue queue;
  CHECK(queue.empty());
  std::string expected;
  for (int i = 0; i < 8; ++i) {
    push(queue, std::string(1, static_cast<char>('a' + i)));
    expected += std::string("\x81\x01") + static_cast<char>('a' + i);
  }
  for (std::size_t size : {1u, 2u, 4u, 7u}) {
    CHECK(all(queue) == expected);
    queue.consume(size);
    expected.erase(0, size);
  }
  CHECK(all(queue) == expected);
  std::array<iovec, 2> two{};
  CHECK(queue.gather(two.data(), 2) == 2);
  queue.consume(expected.size());
  CHECK(queue.empty());
  CHECK(queue.pop() == nullptr);
}

TEST_CASE("send queue: above the soft limit what may be lost is") {
  SendQueue queue;
  CHECK(push(queue, "0123456789", {Kind::kVolatile, 0}) == Pushed::kQueued);
  CHECK(push(queue, "state-1", {Kind::kState, 1}) == Pushed::kQueued);
  CHECK(push(queue, "other", {Kind::kState, 2}) == Pushed::kQueued);
  CHECK(queue.bytes() == 28);
  CHECK(push(queue, "gone", {Kind::kVolatile, 0}) == Pushed::kDropped);
  CHECK(push(queue, "log") == Pushed::kQueued);
  CHECK(push(queue, "state-2", {Kind::kState, 1}) == Pushed::kQueued);
  CHECK(push(queue, "state-3", {Kind::kState, 1}) == Pushed::kQueued);
  CHECK(all(queue) ==
        "\x81\x0a"
        "0123456789\x81\x05other\x81\x03log\x81\x07state-3");
  // One whose first bytes were sent stays.
  queue.consume(12 + 3);
  CHECK(queue.pop() != nullptr);
}

TEST_CASE("send queue: a state that was begun is not replaced") {
  SendQueue queue;
  push(queue, "0123456789-0123456789", {Kind::kState, 1});
  queue.consume(1);
  push(queue, "new", {Kind::kState, 1});
  CHECK(queue.bytes() == 22 + 5);
  queue.drop_unbegun();
  CHECK(all(queue) ==
        "\x15"
        "0123456789-0123456789");
}

TEST_CASE("send queue: the hard limit") {
  SendQueue queue;
  CHECK(push(queue, std::string(100, 'x')) == Pushed::kQueued);
  CHECK(push(queue, "y") == Pushed::kFull);
  queue.consume(102);
  for (int i = 0; i < 20; ++i) CHECK(push(queue, "z") == Pushed::kQueued);
  CHECK(push(queue, "z") == Pushed::kFull);
  // A group goes in whole or not at all.
  queue.consume(30);
  std::array<FramePtr, 2> group{Frame::text({"12345678901234"}), Frame::binary("12345678901234")};
  CHECK(queue.push(group, {}, kLimits) == Pushed::kFull);
  CHECK(queue.bytes() == 30);
}

TEST_CASE("send queue: frames one by one") {
  SendQueue queue;
  push(queue, "0123456789-0123456789", {Kind::kState, 1});
  push(queue, "a", {Kind::kState, 7});
  push(queue, "b", {Kind::kState, 7});
  CHECK(queue.pop()->payload().size() == 21);
  CHECK(queue.front()->payload() == "b");
  CHECK(queue.pop()->payload() == "b");
  CHECK(queue.empty());
}

TEST_CASE("send queue: joined frames leave as one, or one by one where frames are taken") {
  std::vector<FramePtr> frames;
  std::string wire;
  for (const char* text : {"a", "bb", "ccc"}) {
    frames.push_back(Frame::text({text}));
    wire += frames.back()->wire();
  }
  const FramePtr joined = Frame::join(frames);
  CHECK(joined->wire() == wire);
  CHECK(Frame::join({&frames[1], 1}) == frames[1]);

  SendQueue queue;
  push(queue, "0");
  CHECK(queue.push({&joined, 1}, {}, kLimits) == Pushed::kQueued);
  push(queue, "d");
  CHECK(all(queue).substr(3, wire.size()) == wire);
  for (const char* text : {"0", "a", "bb", "ccc", "d"}) {
    REQUIRE(queue.front() != nullptr);
    CHECK(queue.front()->payload() == text);
    CHECK(all(queue).substr(2, queue.front()->payload().size()) == text);
    CHECK(queue.pop()->payload() == text);
  }
  CHECK(queue.empty());
  CHECK(queue.pop() == nullptr);
}

}  // namespace
}  // namespace marquee::websocket
