#include "libs/testing/web_socket.h"

#include <stdexcept>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

namespace marquee::testing {
namespace {

namespace beast = boost::beast;
using boost::asio::ip::tcp;
using error_code = boost::system::error_code;

}  // namespace

struct WebSocket::Impl {
  boost::asio::io_context context;
  beast::websocket::stream<tcp::socket> stream{context};
  beast::flat_buffer buffer;
  bool reading = false;
  bool read = false;
  error_code error;
  int status = 0;

  void begin_read() {
    if (reading || read || error) return;
    reading = true;
    stream.async_read(buffer, [this](const error_code& failed, std::size_t) {
      reading = false;
      error = failed;
      read = !failed;
    });
  }

  bool wait(std::chrono::milliseconds patience) {
    begin_read();
    const auto until = std::chrono::steady_clock::now() + patience;
    while (reading && std::chrono::steady_clock::now() < until) {
      context.restart();
      context.run_one_until(until);
    }
    return !reading;
  }
};

WebSocket::WebSocket(int port, const std::string& target, const Headers& headers)
    : impl_(std::make_unique<Impl>()) {
  const tcp::endpoint server(boost::asio::ip::address_v4::loopback(),
                             static_cast<std::uint16_t>(port));
  impl_->stream.next_layer().connect(server);
  impl_->stream.set_option(
      beast::websocket::stream_base::decorator([&](beast::websocket::request_type& request) {
        for (const auto& [name, value] : headers) request.set(name, value);
      }));
  beast::websocket::response_type response;
  error_code error;
  impl_->stream.handshake(response, "127.0.0.1:" + std::to_string(port), target, error);
  impl_->status = static_cast<int>(response.result_int());
  if (error) impl_->error = error;
}

WebSocket::~WebSocket() = default;
WebSocket::WebSocket(WebSocket&&) noexcept = default;

int WebSocket::status() const {
  return impl_->status;
}

void WebSocket::send(std::string_view text) {
  error_code ignored;
  impl_->stream.write(boost::asio::buffer(text), ignored);
}

std::optional<std::string> WebSocket::receive(std::chrono::milliseconds patience) {
  if (!impl_->wait(patience) || !impl_->read) return std::nullopt;
  std::string text = beast::buffers_to_string(impl_->buffer.data());
  impl_->buffer.clear();
  impl_->read = false;
  return text;
}

int WebSocket::closed(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!impl_->error && std::chrono::steady_clock::now() < until) {
    receive(std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now()));
  }
  return impl_->error == beast::websocket::error::closed ? impl_->stream.reason().code : 0;
}

bool WebSocket::broken() const {
  return static_cast<bool>(impl_->error);
}

void WebSocket::drop() {
  error_code ignored;
  impl_->stream.next_layer().close(ignored);
}

MarqueeSocket::MarqueeSocket(int port, const std::string& token)
    : socket_(port, "/ws" + (token.empty() ? "" : "?token=" + token)) {
  if (socket_.status() != 101) {
    throw std::runtime_error("the socket was refused: " + std::to_string(socket_.status()));
  }
  json first = next("connection_response");
  if (first.is_null()) throw std::runtime_error("the socket was not greeted");
  greeting_ = first["data"];
}

void MarqueeSocket::send(const std::string& event, const json& data) {
  socket_.send(json{{"event", event}, {"data", data}});
}

nlohmann::json MarqueeSocket::command(const std::string& event, const json& data,
                                      const json& resume) {
  const int id = ++asked_;
  json frame{{"event", event}, {"data", data}, {"id", id}};
  if (!resume.is_null()) frame["resume"] = resume;
  socket_.send(frame);
  while (auto text = socket_.receive()) {
    json answer = json::parse(*text);
    if (answer.contains("ack") && answer["ack"] == id) return answer;
    kept_.push_back(std::move(answer));
  }
  return nullptr;
}

nlohmann::json MarqueeSocket::next(const std::string& event, std::chrono::milliseconds patience) {
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    if (it->value("event", "") != event) continue;
    json found = std::move(*it);
    kept_.erase(it);
    return found;
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    auto text = socket_.receive(std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now()));
    if (!text) break;
    json frame = json::parse(*text);
    if (frame.value("event", "") == event) return frame;
    kept_.push_back(std::move(frame));
  }
  return nullptr;
}

nlohmann::json MarqueeSocket::any(std::chrono::milliseconds patience) {
  if (!kept_.empty()) {
    json first = std::move(kept_.front());
    kept_.erase(kept_.begin());
    return first;
  }
  auto text = socket_.receive(patience);
  if (!text) return nullptr;
  json frame = json::parse(*text);
  return frame.contains("event") ? frame : any(patience);
}

bool MarqueeSocket::quiet(const std::string& event) {
  socket_.send(json{{"event", "ping"}, {"data", ++asked_}});
  const json pong = next("pong");
  if (pong.is_null()) return false;
  for (const auto& frame : kept_) {
    if (frame.value("event", "") == event) return false;
  }
  return true;
}

}  // namespace marquee::testing
