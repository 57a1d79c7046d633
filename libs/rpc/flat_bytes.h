// The bytes of a gRPC buffer as one piece, copied only where they came in several; for the .cpp
// files of libs/rpc. Lives as long as the view is used.
#pragma once

#include <string>
#include <string_view>

#include <grpcpp/support/byte_buffer.h>

#include "libs/rpc/byte_buffer.h"

namespace marquee::rpc {

class FlatBytes {
 public:
  explicit FlatBytes(const grpc::ByteBuffer& buffer) {
    if (buffer.TrySingleSlice(&slice_).ok()) {
      bytes_ = {reinterpret_cast<const char*>(slice_.begin()), slice_.size()};
    } else {
      joined_ = flatten(buffer);
      bytes_ = joined_;
    }
  }
  FlatBytes(const FlatBytes&) = delete;
  FlatBytes& operator=(const FlatBytes&) = delete;

  std::string_view view() const { return bytes_; }

 private:
  grpc::Slice slice_;
  std::string joined_;
  std::string_view bytes_;
};

}  // namespace marquee::rpc
