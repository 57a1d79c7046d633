// Counts that many threads add to and somebody reads now and then, for metrics: each thread adds to
// one of a few rows, so that counting takes no lock, and seldom a cache line that another core has.
// What is read while others count is a moment's mixture. Any thread.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace marquee::core {

inline constexpr std::size_t kTallyRows = 8;
// The row of this thread.
std::size_t tally_row();

template <std::size_t kCounts>
class Tallies {
 public:
  void add(std::size_t which, std::int64_t change = 1) {
    rows_[tally_row()].counts[which].fetch_add(change, std::memory_order_relaxed);
  }
  std::int64_t value(std::size_t which) const {
    std::int64_t sum = 0;
    for (const Row& row : rows_) sum += row.counts[which].load(std::memory_order_relaxed);
    return sum;
  }

 private:
  struct alignas(64) Row {
    std::array<std::atomic<std::int64_t>, kCounts> counts{};
  };
  std::array<Row, kTallyRows> rows_;
};

class Tally {
 public:
  void add(std::int64_t change = 1) { counts_.add(0, change); }
  std::int64_t value() const { return counts_.value(0); }

 private:
  Tallies<1> counts_;
};

// How long things take: a histogram.
class Durations {
 public:
  // Upper bounds in nanoseconds; above the last there is one more bucket.
  static constexpr std::array<std::int64_t, 16> kBounds = {
      100'000,       250'000,       500'000,       1'000'000,     2'500'000,   5'000'000,
      10'000'000,    25'000'000,    50'000'000,    100'000'000,   250'000'000, 500'000'000,
      1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};
  static constexpr std::size_t kBuckets = kBounds.size() + 1;

  struct Reading {
    std::array<std::uint64_t, kBuckets> counts{};  // each bucket's own
    double sum_seconds = 0;
  };

  void add(std::chrono::nanoseconds time) {
    const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), time.count());
    counts_.add(static_cast<std::size_t>(bucket - kBounds.begin()));
    counts_.add(kBuckets, time.count());
  }
  Reading read() const {
    Reading reading;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      reading.counts[i] = static_cast<std::uint64_t>(counts_.value(i));
    }
    constexpr double kSecond = 1e9;
    reading.sum_seconds = static_cast<double>(counts_.value(kBuckets)) / kSecond;
    return reading;
  }

 private:
  Tallies<kBuckets + 1> counts_;  // and the sum
};

}  // namespace marquee::core
