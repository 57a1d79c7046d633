// Clients that begin the headers of a request and never end them, and a server for them that does
// nothing but read: what they cost the machine whoever they aim at. Each object has one thread, of
// low priority, which spreads its work evenly over time: an attack comes from other machines, and
// is not to take more of this one's cores than it must.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

namespace marquee::e2e {

class Dribble {
 public:
  // Connects `count` of them to 127.0.0.1:`port` within a second; each sends a byte twice a second
  // then, until it cannot any more. Takes no notice of what comes back.
  Dribble(int port, int count);
  ~Dribble();
  Dribble(const Dribble&) = delete;
  Dribble& operator=(const Dribble&) = delete;

  // Whether all have connected and begun.
  bool complete() const { return begun_ == count_; }
  // Stops sending. How many had been sent 408 and the end of their connection.
  int cut_off();

 private:
  void run();
  void begin_one();
  void stop();

  const int port_;
  const int count_;
  std::vector<int> sockets_;
  std::atomic<int> begun_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

class Sink {
 public:
  Sink();
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  int port() const { return port_; }

 private:
  void run();

  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace marquee::e2e
