#include "libs/rpc/replica_names.h"

#include <algorithm>
#include <arpa/inet.h>
#include <condition_variable>
#include <fstream>
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

bool is_port(const std::string& text) {
  constexpr std::size_t kDigitsMax = 5;
  return !text.empty() && text.size() <= kDigitsMax &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

// What lies between blanks before a "#".
std::string address_in(std::string line) {
  line.erase(std::min(line.find('#'), line.size()));
  constexpr char kBlanks[] = " \t\r";
  const auto first = line.find_first_not_of(kBlanks);
  if (first == std::string::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) + 1 - first);
}

// A file of addresses with what it said last.
class NamesFile {
 public:
  explicit NamesFile(std::string path) : path_(std::move(path)) {}

  const std::vector<Name>& read() {
    std::vector<Name> found;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      const std::string address = address_in(std::move(line));
      if (address.empty()) continue;
      Name name = split(address);
      if (name.host.empty() || !is_port(name.port)) {
        complain("not host:port: " + address);
        return names_;
      }
      found.push_back(std::move(name));
    }
    if (found.empty()) {
      complain("no addresses");
      return names_;
    }
    complained_.clear();
    names_ = std::move(found);
    return names_;
  }

 private:
  // Not every second.
  void complain(const std::string& what) {
    if (std::exchange(complained_, what) == what) return;
    log::warn("a file of replicas keeps its last meaning", {{"file", path_}, {"error", what}});
  }

  std::string path_;
  std::vector<Name> names_;
  std::string complained_;
};

}  // namespace

struct ReplicaNames::Watch {
  std::vector<Name> names;
  std::vector<NamesFile> files;
  Changed changed;
  Lookup lookup;
  std::map<std::string, std::vector<std::string>> known;  // by host
  std::optional<std::vector<Endpoint>> told;

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  bool ended = false;
  std::thread thread;

  void look_up(const Name& name, std::vector<Endpoint>& endpoints) {
    if (numeric(name.host)) {
      endpoints.push_back(endpoint(name.host, name));
      return;
    }
    auto found = lookup(name.host);
    if (found && !found->empty()) known[name.host] = std::move(*found);
    for (const auto& number : known[name.host]) endpoints.push_back(endpoint(number, name));
  }

  void look_up_all() {
    std::vector<Endpoint> endpoints;
    for (const auto& name : names) look_up(name, endpoints);
    for (auto& file : files) {
      for (const auto& name : file.read()) look_up(name, endpoints);
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
  for (const auto& address : addresses) {
    if (std::string path = file_in(address); !path.empty()) {
      watch_->files.emplace_back(std::move(path));
    } else {
      watch_->names.push_back(split(address));
    }
  }
  watch_->changed = std::move(changed);
  watch_->lookup = std::move(lookup);
  const bool fixed =
      watch_->files.empty() && std::all_of(watch_->names.begin(), watch_->names.end(),
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

std::string ReplicaNames::file_in(const std::string& address) {
  constexpr std::string_view kFile = "file:";
  return address.starts_with(kFile) ? address.substr(kFile.size()) : std::string();
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
