#include "tests/e2e/faults/load.h"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "libs/testing/process.h"

namespace marquee::e2e {
namespace {

struct Job {
  Ask ask;
  Outcome outcome;
  int tries = 0;
};

struct Connection {
  int fd = -1;
  std::size_t gateway = 0;
  bool busy = false;
  Job job;
  std::string out;
  std::size_t out_sent = 0;
  std::string in;
};

std::string wire(const Ask& ask) {
  std::string text = ask.method + " " + ask.path + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!ask.token.empty()) text += "Authorization: Bearer " + ask.token + "\r\n";
  if (ask.method != "GET") {
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(ask.body.size()) +
            "\r\n";
  }
  return text + "\r\n" + ask.body;
}

// The value of a header in "Name: value\r\n..." or "".
std::string header_in(const std::string& head, const std::string& name) {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at)) {
    at += 2;
    if (at + name.size() < head.size() && head[at + name.size()] == ':' &&
        strncasecmp(head.c_str() + at, name.c_str(), name.size()) == 0) {
      auto begin = head.find_first_not_of(' ', at + name.size() + 1);
      return head.substr(begin, head.find("\r\n", begin) - begin);
    }
  }
  return {};
}

int dial(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  // Blocks for no time that matters on 127.0.0.1.
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

constexpr int kTriesMax = 3;

}  // namespace

class Load::Engine {
 public:
  Engine(Options options, Next next)
      : options_(std::move(options)), next_(std::move(next)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    thread_ = std::thread([this] { run(); });
  }
  ~Engine() {
    end();
    close(epoll_);
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void end() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  Outcomes take() { return std::move(outcomes_); }
  std::uint64_t ended() const { return ended_; }

 private:
  void run() {
    start_ = Clock::now();
    while (!over_ || busy_ > 0 || !waiting_.empty()) {
      if (!over_) produce();
      while (!waiting_.empty() && assign()) {
      }
      poll_once();
      give_up_late();
    }
    for (auto& connection : connections_) hang_up(*connection);
  }

  void produce() {
    const auto now = Clock::now();
    if (options_.rate <= 0) {
      while (busy_ + static_cast<int>(waiting_.size()) < options_.connections_max) add(now);
      return;
    }
    for (;;) {
      auto due = start_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(
                              static_cast<double>(made_) / options_.rate));
      if (due > now) return;
      add(due);
    }
  }

  void add(Clock::time_point due) {
    Job job;
    job.ask = next_(made_++);
    job.outcome.method = job.ask.method;
    job.outcome.tag = job.ask.tag;
    job.outcome.due = due;
    waiting_.push_back(std::move(job));
  }

  // Gives the first waiting request a connection; false when all are busy.
  bool assign() {
    Connection* connection = free_connection();
    if (connection == nullptr) return false;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    if (connection->fd < 0 && !open(*connection)) {
      idle_.push_back(connection);
      job.outcome.sent = Clock::now();
      finish(std::move(job), 0, "no gateway takes connections");
      return true;
    }
    if (job.tries++ == 0) job.outcome.sent = Clock::now();
    connection->out = wire(job.ask);
    connection->out_sent = 0;
    connection->in.clear();
    connection->job = std::move(job);
    connection->busy = true;
    ++busy_;
    write(*connection);
    return true;
  }

  Connection* free_connection() {
    const bool may_have_more = static_cast<int>(connections_.size()) < options_.connections_max;
    if (may_have_more && (options_.spread || idle_.empty())) {
      connections_.push_back(std::make_unique<Connection>());
      return connections_.back().get();
    }
    if (idle_.empty()) return nullptr;
    Connection* connection = options_.spread ? idle_.front() : idle_.back();
    options_.spread ? idle_.pop_front() : idle_.pop_back();
    return connection;
  }

  bool open(Connection& connection) {
    for (std::size_t i = 0; i < options_.ports.size(); ++i) {
      connection.gateway = next_gateway_++ % options_.ports.size();
      connection.fd = dial(options_.ports[connection.gateway]);
      if (connection.fd < 0) continue;
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = &connection;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
      return true;
    }
    return false;
  }

  void hang_up(Connection& connection) {
    if (connection.fd >= 0) close(connection.fd);
    connection.fd = -1;
  }

  void write(Connection& connection) {
    while (connection.out_sent < connection.out.size()) {
      ssize_t count = send(connection.fd, connection.out.data() + connection.out_sent,
                           connection.out.size() - connection.out_sent, MSG_NOSIGNAL);
      // Requests are small: what the socket does not take at once has met its end.
      if (count <= 0) return broken(connection, "sending failed");
      connection.out_sent += static_cast<std::size_t>(count);
    }
  }

  void poll_once() {
    epoll_event events[256];
    int count = epoll_wait(epoll_, events, 256, 1);
    for (int i = 0; i < count; ++i) read(*static_cast<Connection*>(events[i].data.ptr));
  }

  void read(Connection& connection) {
    char buffer[65536];
    while (connection.fd >= 0) {
      ssize_t count = recv(connection.fd, buffer, sizeof buffer, 0);
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        if (connection.busy) return broken(connection, "the connection ended");
        return hang_up(connection);
      }
      connection.in.append(buffer, static_cast<std::size_t>(count));
      if (connection.busy) take_answer(connection);
    }
  }

  void take_answer(Connection& connection) {
    const std::string& in = connection.in;
    auto end = in.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string head = in.substr(0, end + 2);
    const auto length = std::strtoull(header_in(head, "Content-Length").c_str(), nullptr, 10);
    if (in.size() < end + 4 + length) return;
    Job job = std::move(connection.job);
    job.outcome.retry_after = !header_in(head, "Retry-After").empty();
    const int status = std::atoi(head.c_str() + strlen("HTTP/1.1 "));
    const bool keep = job.ask.keep_body || status >= 300;
    std::string body = keep ? in.substr(end + 4, length) : std::string();
    if (header_in(head, "Connection") == "close") hang_up(connection);
    release(connection);
    finish(std::move(job), status, std::move(body));
  }

  void broken(Connection& connection, const std::string& why) {
    hang_up(connection);
    Job job = std::move(connection.job);
    const bool again = connection.in.empty() && job.ask.idempotent() && job.tries < kTriesMax;
    const std::string what = why + (connection.in.empty() ? " without an answer" : " in an answer");
    release(connection);
    if (again) {
      job.outcome.retried = true;
      waiting_.push_front(std::move(job));
    } else {
      finish(std::move(job), 0, what);
    }
  }

  void release(Connection& connection) {
    connection.busy = false;
    connection.in.clear();
    --busy_;
    idle_.push_back(&connection);
  }

  void finish(Job job, int status, std::string body) {
    job.outcome.status = status;
    job.outcome.body = std::move(body);
    job.outcome.ended = Clock::now();
    outcomes_.push_back(std::move(job.outcome));
    ++ended_;
  }

  void give_up_late() {
    const auto now = Clock::now();
    if (now < look_again_) return;
    look_again_ = now + milliseconds(50);
    for (auto& connection : connections_) {
      if (!connection->busy || now - connection->job.outcome.sent < options_.patience) continue;
      hang_up(*connection);
      Job job = std::move(connection->job);
      release(*connection);
      finish(std::move(job), 0, "no answer in time");
    }
  }

  const Options options_;
  const Next next_;
  const int epoll_;
  std::atomic<bool> over_{false};
  std::atomic<std::uint64_t> ended_{0};
  Clock::time_point start_;
  Clock::time_point look_again_;
  std::uint64_t made_ = 0;
  std::size_t next_gateway_ = 0;
  int busy_ = 0;
  std::deque<Job> waiting_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> idle_;
  Outcomes outcomes_;
  std::thread thread_;
};

Load::Load(const Options& options, Next next)
    : engine_(std::make_unique<Engine>(options, std::move(next))) {}

Load::~Load() = default;

Outcomes Load::stop() {
  engine_->end();
  return engine_->take();
}

std::uint64_t Load::ended() const {
  return engine_->ended();
}

bool Load::await_more(std::uint64_t count, milliseconds patience) const {
  const std::uint64_t target = ended() + count;
  return testing::eventually([&] { return ended() >= target; }, patience);
}

void let_run(Clock::duration time) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until) testing::pause_between_polls();
}

}  // namespace marquee::e2e
