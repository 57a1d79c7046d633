#include "services/movie/export_handlers.h"

namespace marquee::movie {
namespace {

// So that a turn is about a millisecond, and what waits for its reader some 50 KiB.
constexpr std::int64_t kRecordsPerTurn = 250;

}  // namespace

void ExportHandlers::bind(rpc::Server& server) {
  auto& service = server.service("marquee.movie.v1.Exports");
  service.on_stream("ExportOwn", &ExportHandlers::export_own, *this);
}

rpc::NextReplies<v1::ExportedRecord> ExportHandlers::export_own(
    const rpc::Call& call, const google::protobuf::Empty& /*request*/) {
  struct Place {
    int kind = v1::RECORD_KIND_RATING;
    std::int64_t after = 0;
  };
  return [this, user = call.user(), at = Place()](
             const rpc::Call& now, std::vector<v1::ExportedRecord>& records) mutable {
    auto page = store_.page(now.deadline(), user, static_cast<v1::RecordKind>(at.kind), at.after,
                            kRecordsPerTurn);
    const bool last = page.records.size() < static_cast<std::size_t>(kRecordsPerTurn);
    records = std::move(page.records);
    at.after = last ? 0 : page.last;
    if (last) ++at.kind;
    return at.kind <= v1::RECORD_KIND_WATCHLIST;
  };
}

}  // namespace marquee::movie
