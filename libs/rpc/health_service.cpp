#include "libs/rpc/health_service.h"

#include "libs/rpc/health_watch.h"
#include "libs/rpc/raw_unary.h"

namespace marquee::rpc {
namespace {

constexpr char kCheckPath[] = "/grpc.health.v1.Health/Check";
constexpr char kWatchPath[] = "/grpc.health.v1.Health/Watch";

class HealthCheck final : public RawUnary {
 public:
  HealthCheck(const RawService::Place& place, const HealthService& health)
      : RawUnary(place), health_(health) {}

 private:
  void begin() override {
    std::string name;
    if (!read_health_request(request(), name)) {
      finish({grpc::StatusCode::INVALID_ARGUMENT, "Malformed request"});
      return;
    }
    const auto status = health_.status(name);
    if (status == HealthService::Status::kNoSuch) {
      finish({grpc::StatusCode::NOT_FOUND, "No such service"});
    } else {
      finish(grpc::Status::OK, health_response(status));
    }
  }

  const HealthService& health_;
};

}  // namespace

void HealthService::add_methods(RawService& service) {
  service.add_unary(kCheckPath, [this](const RawService::Place& place) {
    (new HealthCheck(place, *this))->expect();
  });
  service.add(kWatchPath, grpc::internal::RpcMethod::SERVER_STREAMING,
              [this](const RawService::Place& place) {
                std::make_shared<HealthWatch>(*this, place)->expect();
              });
}

void HealthService::serve() {
  std::lock_guard lock(mutex_);
  all_ = Status::kServing;
}

void HealthService::stop() {
  std::lock_guard lock(mutex_);
  all_ = Status::kNotServing;
  stopping_ = true;
  for (const auto& watch : watches_) tell_locked(*watch);
}

HealthService::Status HealthService::status(const std::string& name) const {
  std::lock_guard lock(mutex_);
  return status_locked(name);
}

HealthService::Status HealthService::status_locked(const std::string& name) const {
  return name.empty() || names_.count(name) > 0 ? all_ : Status::kNoSuch;
}

void HealthService::opened(std::shared_ptr<HealthWatch> watch) {
  std::lock_guard lock(mutex_);
  tell_locked(*watch);
  watches_.insert(std::move(watch));
}

void HealthService::tell_locked(HealthWatch& watch) const {
  watch.tell(status_locked(watch.name()));
  if (stopping_) watch.end({grpc::StatusCode::UNAVAILABLE, "The server stops"});
}

void HealthService::ended(const std::shared_ptr<HealthWatch>& watch) {
  std::lock_guard lock(mutex_);
  watches_.erase(watch);
}

}  // namespace marquee::rpc
