// One Health.Watch: says how its service is, and again when that changes. Made by HealthService
// before its client comes; gone after gRPC is done with it and the HealthService has let go.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include "libs/rpc/health_service.h"

namespace marquee::rpc {

class HealthWatch final : public std::enable_shared_from_this<HealthWatch> {
 public:
  HealthWatch(HealthService& health, const RawService::Place& place)
      : health_(health), place_(place) {}
  void expect();

  // Any thread.
  const std::string& name() const { return name_; }
  void tell(HealthService::Status status);
  // Ends it after what was told.
  void end(grpc::Status status);

 private:
  void arrived(bool ok);
  void operation_done(bool ok);
  void ended(bool ok);
  void go_on(std::unique_lock<std::mutex>& lock);

  HealthService& health_;
  const RawService::Place place_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncWriter<grpc::ByteBuffer> call_{&context_};
  std::shared_ptr<HealthWatch> self_;  // until gRPC is done with it
  std::string name_;

  std::mutex mutex_;
  std::optional<HealthService::Status> wanted_;
  std::optional<HealthService::Status> said_;
  std::optional<grpc::Status> last_;
  bool busy_ = true;  // not begun, or a write or the finish is on its way
  bool finished_ = false;
  bool ended_ = false;

  TagOf<HealthWatch> arrived_{*this, &HealthWatch::arrived};
  TagOf<HealthWatch> operation_done_{*this, &HealthWatch::operation_done};
  TagOf<HealthWatch> ended_tag_{*this, &HealthWatch::ended};
};

// The two messages of grpc.health.v1. False when the bytes are none.
bool read_health_request(const grpc::ByteBuffer& request, std::string& name);
grpc::ByteBuffer health_response(HealthService::Status status);

}  // namespace marquee::rpc
