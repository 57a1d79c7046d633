// Any bytes as the body of an Engine.IO POST: read once as packets, once by a session. Views must
// lie in the body, what is written again must read back the same, and a session that refused a body
// is closed.
#include <cstdint>
#include <vector>

#include "libs/engine_io/payload.h"
#include "libs/engine_io/session.h"
#include "tests/fuzz/require.h"

using namespace marquee::engine_io;
using marquee::fuzz::require;
using marquee::websocket::FramePtr;

namespace {

struct Listener final : Session::Listener {
  void on_message(std::string_view data, bool binary) override {
    bytes += data.size();
    session->send(binary ? binary_message(data) : text_message(data));
  }
  void on_closed(CloseReason) override { ++closed; }
  Session* session = nullptr;
  std::size_t bytes = 0;
  int closed = 0;
};

struct Answer final : Poll {
  void answer(std::string_view text) override { body = text; }
  std::string body;
};

std::vector<FramePtr> messages_of(std::string_view body, bool& malformed) {
  std::vector<FramePtr> messages;
  PayloadReader in(body);
  for (Packet packet; in.next(packet);) {
    const bool inside = packet.data.data() >= body.data() &&
                        packet.data.data() + packet.data.size() <= body.data() + body.size();
    require(packet.binary || inside, "text is a view into the body");
    if (packet.type != PacketType::kMessage) continue;
    messages.push_back(packet.binary ? binary_message(packet.data) : text_message(packet.data));
  }
  malformed = in.malformed();
  return messages;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body(reinterpret_cast<const char*>(data), size);
  bool malformed = false;
  auto messages = messages_of(body, malformed);
  std::string again;
  for (const auto& message : messages) {
    const std::size_t before = again.size();
    append_record(*message, again);
    require(again.size() - before <= record_bytes(*message), "a record is as long as was said");
  }
  if (!again.empty()) {
    bool broken = false;
    auto copies = messages_of(again, broken);
    require(!broken && copies.size() == messages.size(), "what was written reads back");
    for (std::size_t i = 0; i < copies.size(); ++i) {
      require(copies[i]->wire() == messages[i]->wire(), "and is the same");
    }
  }

  const Session::Time now{};
  Settings settings;
  Listener listener;
  Session session("s", settings, listener, now);
  listener.session = &session;
  Answer first;
  require(session.poll(first), "a new session may be polled");
  const bool good = session.post(body, now);
  require(good || listener.closed == 1, "a bad body closes");
  require(!malformed || session.gone(), "a malformed body too");
  require(session.gone() == (listener.closed == 1), "the end is told once");
  require(!session.gone() || !first.body.empty(), "no GET is left waiting");
  return 0;
}
