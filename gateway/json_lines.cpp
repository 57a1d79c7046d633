#include "gateway/json_lines.h"

#include "libs/core/log.h"
#include "libs/transcode/reply_writer.h"

namespace marquee::gateway {

JsonLines::JsonLines(const transcode::Route& route, std::unique_ptr<UpstreamReplies> replies,
                     std::string request_id, Metrics& metrics)
    : route_(route),
      replies_(std::move(replies)),
      request_id_(std::move(request_id)),
      metrics_(metrics) {
  metrics_.calls_in_flight(route_.method->upstream, +1);
}

JsonLines::~JsonLines() {
  const auto took = std::chrono::steady_clock::now() - asked_;
  metrics_.calls_in_flight(route_.method->upstream, -1);
  metrics_.call_ended(route_.method->upstream, code_, answered_after_.value_or(took));
  if (answered_after_) metrics_.stream_ended(end_);
}

net::awaitable<AnswerStream::Next> JsonLines::next(std::string& piece) {
  const std::vector<std::string> replies = co_await replies_->next();
  if (replies.empty()) {
    const rpc::Answer& end = replies_->end();
    code_ = end.code;
    if (!end.ok()) co_return broken(end, problem_of(end));
    end_ = Metrics::StreamEnd::kWhole;
    co_return Next::kEnd;
  }
  if (!answered_after_) answered_after_ = std::chrono::steady_clock::now() - asked_;
  if (append(replies, piece)) co_return Next::kPiece;
  code_ = Code::kInternal;
  rpc::Answer unreadable;
  unreadable.message = "a reply could not be read";
  co_return broken(unreadable, Problem(500, "bad_reply", "Internal server error"));
}

bool JsonLines::append(const std::vector<std::string>& replies, std::string& piece) {
  transcode::ReplyOptions options;
  options.only = route_.response_field;
  transcode::ReplyMarks marks;
  for (const auto& reply : replies) {
    if (!transcode::write_reply(*route_.method->reply, reply, options, piece, marks)) return false;
    piece += '\n';
  }
  return true;
}

AnswerStream::Next JsonLines::broken(const rpc::Answer& end, Problem problem) {
  if (code_ != Code::kCancelled) end_ = Metrics::StreamEnd::kBroken;
  // As of other calls: what the service itself has to say is in its own log.
  if (!end.from_service && end.reason != "overloaded" && code_ != Code::kCancelled) {
    log::warn("a streamed call failed", {{"method", route_.method->full_name},
                                         {"code", code_name(code_)},
                                         {"error", end.message},
                                         {"request_id", request_id_}});
  }
  problem_.emplace(std::move(problem));
  return Next::kBroken;
}

}  // namespace marquee::gateway
