#include "gateway/request_parser.h"

#include <cstring>
#include <new>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "gateway/header_values.h"

namespace marquee::gateway {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

void set_once(std::string_view& target, std::string_view value) {
  if (target.empty()) target = value;
}

template <typename Visit>
void for_each_view(RequestHead& head, Visit visit) {
  for (std::string_view* text :
       {&head.method, &head.target, &head.host, &head.authorization, &head.cookie, &head.origin,
        &head.referer, &head.sec_fetch_site, &head.if_none_match, &head.accept_encoding,
        &head.content_type, &head.forwarded_for, &head.request_id, &head.traceparent,
        &head.preflight_method, &head.expect, &head.upgrade, &head.websocket_key,
        &head.websocket_version}) {
    visit(*text);
  }
}

// Whether the first line of `bytes` ends with LF alone.
bool ends_bare(std::string_view bytes) {
  const auto end = bytes.find('\n');
  return end != std::string_view::npos && (end == 0 || bytes[end - 1] != '\r');
}

Refusal refusal_of(const error_code& error, std::string_view bytes) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return Refusal::kHeadTooLarge;
  }
  if (error == http::error::bad_version && !ends_bare(bytes)) return Refusal::kVersion;
  return Refusal::kMalformed;
}

}  // namespace

class RequestParser::Grammar : public http::basic_parser<true> {
 public:
  RequestHead head;
  bool http_1_0 = false;

  explicit Grammar(std::size_t head_bytes_max) {
    header_limit(static_cast<std::uint32_t>(head_bytes_max));
    body_limit(boost::none);
  }

  std::size_t put_some(std::string_view bytes, error_code& error) {
    bytes_ = bytes;
    return put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  }

  Refusal check_framing() const {
    if (hosts_ > 1 || (!http_1_0 && hosts_ == 0)) return Refusal::kHost;
    if (codings_ == 0) return Refusal::kNone;
    bool clear = codings_ == 1 && !http_1_0 && lengths_ == 0 &&
                 equals_ignoring_case(trim(coding_), "chunked");
    return clear ? Refusal::kNone : Refusal::kLength;
  }

 private:
  // Beast unfolds what is continued on a second line, partly in memory of its own, where no view
  // may point; others may not unfold it.
  bool on_one_line(std::string_view name, std::string_view value) const {
    const char* end = bytes_.data() + bytes_.size();
    const char* rest = name.data() + name.size();
    if (!value.empty() && (value.data() < rest || value.data() + value.size() > end)) return false;
    const char* line_end =
        static_cast<const char*>(std::memchr(rest, '\n', static_cast<std::size_t>(end - rest)));
    if (line_end == nullptr || line_end + 1 == end) return true;
    return (value.empty() || value.data() + value.size() <= line_end) && line_end[1] != ' ' &&
           line_end[1] != '\t';
  }

  void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code&) override {
    head.method = view(method);
    head.target = view(target);
    http_1_0 = version == 10;
  }

  void on_field_impl(http::field field, beast::string_view name, beast::string_view text,
                     error_code& error) override {
    std::string_view value = view(text);
    if (!on_one_line(view(name), value)) {
      error = http::error::bad_value;
      return;
    }
    switch (field) {
      case http::field::host:
        ++hosts_;
        return set_once(head.host, value);
      case http::field::content_length:
        ++lengths_;
        return;
      case http::field::transfer_encoding:
        ++codings_;
        return set_once(coding_, value);
      case http::field::authorization:
        return set_once(head.authorization, value);
      case http::field::cookie:
        return set_once(head.cookie, value);
      case http::field::origin:
        return set_once(head.origin, value);
      case http::field::referer:
        return set_once(head.referer, value);
      case http::field::if_none_match:
        return set_once(head.if_none_match, value);
      case http::field::accept_encoding:
        return set_once(head.accept_encoding, value);
      case http::field::content_type:
        return set_once(head.content_type, value);
      case http::field::access_control_request_method:
        return set_once(head.preflight_method, value);
      case http::field::expect:
        return set_once(head.expect, value);
      case http::field::upgrade:
        return set_once(head.upgrade, value);
      case http::field::sec_websocket_key:
        return set_once(head.websocket_key, value);
      case http::field::sec_websocket_version:
        return set_once(head.websocket_version, value);
      default:
        return on_other_field(view(name), value);
    }
  }

  // By name, as which of them Beast has a number for depends on its version.
  void on_other_field(std::string_view name, std::string_view value) {
    switch (name.size()) {
      case 11:
        if (equals_ignoring_case(name, "traceparent")) set_once(head.traceparent, value);
        return;
      case 12:
        if (equals_ignoring_case(name, "x-request-id")) set_once(head.request_id, value);
        return;
      case 14:
        if (equals_ignoring_case(name, "sec-fetch-site")) set_once(head.sec_fetch_site, value);
        return;
      case 15:
        // The last line is the nearest proxy's.
        if (equals_ignoring_case(name, "x-forwarded-for")) head.forwarded_for = value;
        return;
      default:
        return;
    }
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view part, error_code&) override { return part.size(); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view part, error_code&) override {
    return part.size();
  }
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, beast::string_view, int, error_code&) override {}

  std::string_view bytes_;
  std::string_view coding_;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
  unsigned codings_ = 0;

 public:
  void rebase(const char* from, const char* to) {
    auto move = [&](std::string_view& text) {
      if (!text.empty()) text = {to + (text.data() - from), text.size()};
    };
    for_each_view(head, move);
    move(coding_);
  }
};

RequestParser::RequestParser(std::size_t head_bytes_max) : head_bytes_max_(head_bytes_max) {
  static_assert(sizeof(Grammar) <= kGrammarBytes);
  grammar_ = new (storage_) Grammar(head_bytes_max_);
}

RequestParser::~RequestParser() {
  grammar_->~Grammar();
}

void RequestParser::reset() {
  grammar_->~Grammar();
  grammar_ = new (storage_) Grammar(head_bytes_max_);
  parsed_ = 0;
  chunks_ = {};
  refusal_ = Refusal::kNone;
}

RequestParser::Progress RequestParser::refuse(Refusal refusal) {
  refusal_ = refusal;
  return Progress::kRefused;
}

RequestParser::Progress RequestParser::parse_head(std::string_view bytes) {
  error_code error;
  parsed_ += grammar_->put_some(bytes.substr(parsed_), error);
  const bool more = error == http::error::need_more;
  if (error && !more) return refuse(refusal_of(error, bytes));
  // Beast bounds the rest that it has not taken; this bounds the whole.
  if ((more ? bytes.size() : parsed_) > head_bytes_max_) return refuse(Refusal::kHeadTooLarge);
  if (!grammar_->is_header_done()) return Progress::kNeedsMore;
  Refusal framing = grammar_->check_framing();
  return framing == Refusal::kNone ? Progress::kDone : refuse(framing);
}

void RequestParser::moved(const char* from, const char* to) {
  if (from != to) grammar_->rebase(from, to);
}

const RequestHead& RequestParser::head() const {
  return grammar_->head;
}

bool RequestParser::http_1_0() const {
  return grammar_->http_1_0;
}

bool RequestParser::keep_alive() const {
  return grammar_->keep_alive();
}

bool RequestParser::chunked() const {
  return grammar_->chunked();
}

bool RequestParser::upgrade() const {
  return grammar_->upgrade();
}

std::uint64_t RequestParser::content_length() const {
  return grammar_->content_length().value_or(0);
}

RequestParser::Progress RequestParser::parse_chunks(std::string_view bytes,
                                                    std::size_t body_bytes_max, std::size_t& taken,
                                                    std::string& body) {
  switch (chunks_.decode(bytes, body_bytes_max, taken, body)) {
    case ChunkedBody::Progress::kNeedsMore:
      return Progress::kNeedsMore;
    case ChunkedBody::Progress::kDone:
      return Progress::kDone;
    case ChunkedBody::Progress::kTooLarge:
      return refuse(Refusal::kBodyTooLarge);
    case ChunkedBody::Progress::kMalformed:
      break;
  }
  return refuse(Refusal::kMalformed);
}

}  // namespace marquee::gateway
