#include "libs/websocket/send_queue.h"

#include <iterator>
#include <utility>

namespace marquee::websocket {
namespace {

// How far back an older state is looked for.
constexpr std::size_t kReplaceEntriesMax = 256;
constexpr std::size_t kEntriesKept = 8;

}  // namespace

SendQueue::Pushed SendQueue::push(std::span<const FramePtr> frames, Delivery delivery,
                                  const Limits& limits) {
  std::size_t size = 0;
  for (const FramePtr& frame : frames) size += frame->wire().size();
  const bool behind = bytes_ > limits.soft_bytes;
  if (behind && delivery.kind == Delivery::Kind::kVolatile) return Pushed::kDropped;
  if (behind && delivery.kind == Delivery::Kind::kState) replace(delivery.key);
  if (bytes_ != 0 && bytes_ + size > limits.hard_bytes) return Pushed::kFull;
  // States of several frames are not told apart from their neighbours: they are not replaced.
  if (frames.size() != 1) delivery = {};
  for (const FramePtr& frame : frames) entries_.push_back({frame, delivery});
  bytes_ += size;
  return Pushed::kQueued;
}

void SendQueue::push_last(FramePtr frame) {
  bytes_ += frame->wire().size();
  entries_.push_back({std::move(frame), {}});
}

void SendQueue::replace(std::uint64_t key) {
  const std::size_t first = begin_ + (sent_ != 0 ? 1 : 0);
  std::size_t looked = 0;
  for (std::size_t i = entries_.size(); i > first && looked < kReplaceEntriesMax; --i, ++looked) {
    Entry& entry = entries_[i - 1];
    if (!entry.frame || entry.delivery.kind != Delivery::Kind::kState) continue;
    if (entry.delivery.key != key) continue;
    bytes_ -= entry.frame->wire().size();
    entry.frame = nullptr;
    return;
  }
}

int SendQueue::gather(iovec* parts, int room) const {
  int count = 0;
  std::size_t skip = sent_;
  for (std::size_t i = begin_; i < entries_.size() && count < room; ++i) {
    if (!entries_[i].frame) continue;
    std::string_view wire = entries_[i].frame->wire().substr(skip);
    skip = 0;
    parts[count++] = {const_cast<char*>(wire.data()), wire.size()};
  }
  return count;
}

void SendQueue::consume(std::size_t bytes) {
  bytes_ -= bytes;
  bytes += sent_;
  sent_ = 0;
  while (begin_ < entries_.size()) {
    FramePtr& frame = entries_[begin_].frame;
    if (frame && frame->wire().size() > bytes) break;
    if (frame) bytes -= frame->wire().size();
    frame = nullptr;
    ++begin_;
  }
  sent_ = bytes;
  settle();
}

const Frame* SendQueue::front() {
  while (begin_ < entries_.size() && !entries_[begin_].frame) ++begin_;
  if (begin_ == entries_.size()) return nullptr;
  if (!entries_[begin_].frame->parts().empty()) unfold();
  return entries_[begin_].frame.get();
}

// Of the first entry, its parts instead of it.
void SendQueue::unfold() {
  const FramePtr joined = std::move(entries_[begin_].frame);
  std::vector<Entry> parts;
  for (const FramePtr& part : joined->parts()) parts.push_back({part, {}});
  auto place = entries_.begin() + static_cast<std::ptrdiff_t>(begin_);
  *place = std::move(parts.back());
  parts.pop_back();
  entries_.insert(place, std::make_move_iterator(parts.begin()),
                  std::make_move_iterator(parts.end()));
}

FramePtr SendQueue::pop() {
  if (front() == nullptr) return nullptr;
  FramePtr frame = std::move(entries_[begin_++].frame);
  bytes_ -= frame->wire().size();
  settle();
  return frame;
}

void SendQueue::drop_unbegun() {
  FramePtr begun = sent_ != 0 ? entries_[begin_].frame : nullptr;
  entries_.clear();
  begin_ = 0;
  bytes_ = 0;
  if (!begun) return;
  bytes_ = begun->wire().size() - sent_;
  entries_.push_back({std::move(begun), {}});
}

void SendQueue::settle() {
  if (begin_ == entries_.size()) {
    begin_ = 0;
    if (entries_.capacity() > kEntriesKept) {
      std::vector<Entry>().swap(entries_);
    } else {
      entries_.clear();
    }
  } else if (begin_ > entries_.size() / 2 && begin_ >= 32) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
}

}  // namespace marquee::websocket
