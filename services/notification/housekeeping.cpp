#include "services/notification/housekeeping.h"

namespace marquee::notification {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::int64_t kRows = 1'000;

}  // namespace

Housekeeping::Housekeeping(const JobsStore& store, const Config& config)
    : worker_("housekeeping", config.housekeeping_interval, [&store, &config] {
        return store.prune(std::chrono::steady_clock::now() + kPatience,
                           std::chrono::duration_cast<std::chrono::hours>(config.retention),
                           kRows) == kRows;
      }) {}

}  // namespace marquee::notification
