// The replies of a server-streaming RPC as newline-delimited JSON (application/x-ndjson): one
// object a line. Where the RPC fails after its first reply, the body ends without its end, so that
// nobody takes it for whole.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/answer_stream.h"
#include "gateway/metrics.h"
#include "gateway/problem.h"
#include "gateway/upstream.h"
#include "libs/transcode/route_table.h"

namespace marquee::gateway {

class JsonLines final : public AnswerStream {
 public:
  // `route` outlives it, and so does `metrics`, which counts how it ended.
  JsonLines(const transcode::Route& route, std::unique_ptr<UpstreamReplies> replies,
            std::string request_id, Metrics& metrics);
  ~JsonLines() override;

  net::awaitable<Next> next(std::string& piece) override;
  // Why it is broken.
  const Problem& problem() const { return *problem_; }

 private:
  bool append(const std::vector<std::string>& replies, std::string& piece);
  Next broken(const rpc::Answer& end, Problem problem);

  const transcode::Route& route_;
  const std::unique_ptr<UpstreamReplies> replies_;
  const std::string request_id_;
  Metrics& metrics_;
  const std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();
  std::optional<std::chrono::nanoseconds> answered_after_;
  Metrics::StreamEnd end_ = Metrics::StreamEnd::kLeft;
  Code code_ = Code::kCancelled;
  std::optional<Problem> problem_;
};

}  // namespace marquee::gateway
