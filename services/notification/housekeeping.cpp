#include "services/notification/housekeeping.h"

namespace marquee::notification {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::int64_t kRows = 1'000;

}  // namespace

Housekeeping::Housekeeping(const JobsStore& store, const Config& config)
    : worker_("housekeeping", config.housekeeping_interval, [&store, &config] {
        // More may be added to one until its group closes.
        const auto age = config.retention + config.group_window;
        return store.prune(std::chrono::steady_clock::now() + kPatience,
                           std::chrono::ceil<std::chrono::hours>(age), kRows) == kRows;
      }) {}

}  // namespace marquee::notification
