#include "libs/bus/bus_metrics.h"

namespace marquee::bus {

void add_metrics(ops::LiveRegistry& registry, const Bus& bus) {
  registry.add([&bus](ops::Scrape& scrape) {
    const BusStats stats = bus.stats();
    scrape.gauge("marquee_bus_connected", "1 while connected", {}, bus.connected() ? 1 : 0);
    scrape.counter("marquee_bus_reconnects_total", "Times that a lost connection was made again",
                   {}, stats.reconnects);
    scrape.counter("marquee_bus_messages_sent_total", "Messages handed to the connection", {},
                   stats.sent);
    scrape.counter("marquee_bus_messages_lost_total",
                   "Messages that could not be sent, as there was no connection", {}, stats.lost);
    for (const auto& subject : stats.received) {
      const ops::Scrape::Labels labels = {{"subject", subject.name}};
      scrape.counter("marquee_bus_messages_received_total", "Messages that came in, by subject",
                     labels, subject.messages);
      scrape.histogram("marquee_bus_message_age_seconds",
                       "Time from a message's sending to its handling here, by the two clocks",
                       labels, subject.age);
    }
  });
}

}  // namespace marquee::bus
