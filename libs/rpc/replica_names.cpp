#include "libs/rpc/replica_names.h"

#include <algorithm>
#include <arpa/inet.h>
#include <condition_variable>
#include <map>
#include <mutex>
#include <netdb.h>
#include <thread>

#include "libs/core/log.h"

namespace marquee::rpc {
namespace {

constexpr std::chrono::seconds kLookUpEvery{1};
constexpr std::chrono::seconds kStopPatience{1};

struct Name {
  std::string host;
  std::string port;
};

Name split(const std::string& address) {
  auto colon = address.rfind(':');
  Name name{address.substr(0, colon), address.substr(std::min(colon + 1, address.size()))};
  if (name.host.size() >= 2 && name.host.front() == '[') {
    name.host = name.host.substr(1, name.host.size() - 2);
  }
  return name;
}

bool numeric(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

Endpoint endpoint(const std::string& number, const Name& name) {
  const bool v6 = number.find(':') != std::string::npos;
  return {(v6 ? "[" + number + "]" : number) + ":" + name.port, name.host};
}

}  // namespace

struct ReplicaNames::Watch {
  std::vector<Name> names;
  Changed changed;
  Lookup lookup;
  std::map<std::string, std::vector<std::string>> known;  // by host
  std::optional<std::vector<Endpoint>> told;

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  bool ended = false;
  std::thread thread;

  void look_up_all() {
    std::vector<Endpoint> endpoints;
    for (const auto& name : names) {
      if (numeric(name.host)) {
        endpoints.push_back(endpoint(name.host, name));
        continue;
      }
      auto found = lookup(name.host);
      if (found && !found->empty()) known[name.host] = std::move(*found);
      for (const auto& number : known[name.host]) endpoints.push_back(endpoint(number, name));
    }
    std::sort(endpoints.begin(), endpoints.end());
    endpoints.erase(std::unique(endpoints.begin(), endpoints.end()), endpoints.end());
    std::lock_guard lock(mutex);
    if (stopping || told == endpoints) return;
    told = std::move(endpoints);
    changed(*told);
  }

  void run() {
    for (;;) {
      look_up_all();
      std::unique_lock lock(mutex);
      if (wake.wait_for(lock, kLookUpEvery, [this] { return stopping; })) break;
    }
    std::lock_guard lock(mutex);
    ended = true;
    wake.notify_all();
  }
};

ReplicaNames::ReplicaNames(const std::vector<std::string>& addresses, Changed changed,
                           Lookup lookup)
    : watch_(std::make_shared<Watch>()) {
  for (const auto& address : addresses) watch_->names.push_back(split(address));
  watch_->changed = std::move(changed);
  watch_->lookup = std::move(lookup);
  const bool fixed = std::all_of(watch_->names.begin(), watch_->names.end(),
                                 [](const Name& name) { return numeric(name.host); });
  if (fixed) {
    watch_->look_up_all();
    return;
  }
  watch_->thread = std::thread([watch = watch_] { watch->run(); });
}

ReplicaNames::~ReplicaNames() {
  std::unique_lock lock(watch_->mutex);
  watch_->stopping = true;
  watch_->wake.notify_all();
  if (!watch_->thread.joinable()) return;
  const bool ended = watch_->wake.wait_for(lock, kStopPatience, [this] { return watch_->ended; });
  lock.unlock();
  if (ended) {
    watch_->thread.join();
  } else {
    watch_->thread.detach();
  }
}

std::optional<std::vector<std::string>> ReplicaNames::look_up_host(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (int error = getaddrinfo(host.c_str(), nullptr, &hints, &list); error != 0) {
    log::debug("a name could not be resolved", {{"host", host}, {"error", gai_strerror(error)}});
    return std::nullopt;
  }
  std::vector<std::string> numbers;
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(info->ai_addr, info->ai_addrlen, text, sizeof(text), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      numbers.emplace_back(text);
    }
  }
  freeaddrinfo(list);
  return numbers;
}

}  // namespace marquee::rpc
