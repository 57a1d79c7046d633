// Calls that a fake server has taken and not answered: a test answers them when it likes.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "libs/testing/process.h"
#include "tests/unit/rpc/fake_stream_server.h"

namespace marquee::rpc {

class HeldCalls {
 public:
  FakeStreamServer::OnCall taker() {
    return [this](const std::shared_ptr<TakenCall>& call) {
      std::lock_guard lock(mutex_);
      calls_.push_back(call);
    };
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return calls_.size();
  }
  bool wait_for(std::size_t count) const {
    return testing::eventually([&] { return size() >= count; });
  }
  std::shared_ptr<TakenCall> at(std::size_t index) const {
    std::lock_guard lock(mutex_);
    return calls_.at(index);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<TakenCall>> calls_;
};

}  // namespace marquee::rpc
