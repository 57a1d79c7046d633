// Bytes in and out of gRPC's buffers; for the .cpp files of libs/rpc.
#pragma once

#include <string>
#include <vector>

#include <grpcpp/support/byte_buffer.h>

namespace marquee::rpc {

// Copies all of it.
inline std::string flatten(const grpc::ByteBuffer& buffer) {
  std::string bytes;
  grpc::Slice single;
  if (buffer.TrySingleSlice(&single).ok()) {
    bytes.assign(reinterpret_cast<const char*>(single.begin()), single.size());
    return bytes;
  }
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const auto& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// Takes the bytes over without a copy.
inline grpc::ByteBuffer to_buffer(std::string bytes) {
  auto* owned = new std::string(std::move(bytes));
  grpc::Slice slice(
      owned->data(), owned->size(), [](void* text) { delete static_cast<std::string*>(text); },
      owned);
  return {&slice, 1};
}

}  // namespace marquee::rpc
