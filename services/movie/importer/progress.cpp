#include "services/movie/importer/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace marquee::movie::importer {
namespace {

constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::chrono::seconds kSparse{5};
constexpr int kBarWidth = 24;
constexpr double kShortestSeconds = 0.001;

std::string clock_time(double seconds) {
  char text[32];
  auto whole = std::lround(seconds);
  std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

}  // namespace

std::string with_separators(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > (number < 0 ? 1 : 0); i -= 3) {
    text.insert(static_cast<std::size_t>(i), ",");
  }
  return text;
}

std::string describe(const Counts& counts) {
  return with_separators(counts.added) + " added, " + with_separators(counts.changed) +
         " changed, " + with_separators(counts.unchanged) + " unchanged, " +
         with_separators(counts.rejected) + " rejected";
}

double Progress::seconds() const {
  std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began_;
  return std::max(passed.count(), kShortestSeconds);
}

void Progress::begin(const std::string& stage, std::uint64_t done, std::uint64_t total) {
  stage_ = stage;
  first_ = done_ = done;
  total_ = total;
  rows_ = 0;
  began_ = shown_ = std::chrono::steady_clock::now();
  if (live_) draw();
}

void Progress::update(std::uint64_t done, std::int64_t rows) {
  done_ = done;
  rows_ = rows;
  auto now = std::chrono::steady_clock::now();
  if (now - shown_ < (live_ ? std::chrono::milliseconds(kRedraw) : kSparse)) return;
  shown_ = now;
  draw();
}

void Progress::draw() {
  double part = total_ == 0 ? 1 : static_cast<double>(done_) / static_cast<double>(total_);
  double fresh = static_cast<double>(done_ - first_);
  std::string line = padded(stage_, 10);
  if (live_) {
    auto filled = static_cast<std::size_t>(part * kBarWidth);
    line += " [" + padded(std::string(filled, '#'), kBarWidth) + "]";
  }
  line += " " + std::to_string(static_cast<int>(part * 100)) + " %";
  line += "  " + with_separators(rows_) + " rows";
  line += "  " +
          with_separators(static_cast<std::int64_t>(static_cast<double>(rows_) / seconds())) +
          " rows/s";
  if (fresh > 0) {
    line += "  " + clock_time(seconds() * static_cast<double>(total_ - done_) / fresh) + " left";
  }
  clear();
  out_ << line;
  if (!live_) out_ << '\n';
  out_.flush();
}

void Progress::clear() {
  if (live_) out_ << "\r\x1b[K";
}

void Progress::say(const std::string& line) {
  clear();
  out_ << line << std::endl;
}

void Progress::end(const Counts& counts) {
  char figures[64];
  std::snprintf(figures, sizeof figures, "%8.2f s  ", seconds());
  auto rate = static_cast<std::int64_t>(static_cast<double>(counts.rows()) / seconds());
  say(padded(stage_, 10) + figures + with_separators(rate) + " rows/s  " + describe(counts));
}

}  // namespace marquee::movie::importer
