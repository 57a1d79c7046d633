#include "libs/events/event_metrics.h"

namespace marquee::events {

void add_metrics(ops::LiveRegistry& registry, const Relay& relay) {
  registry.add([&relay](ops::Scrape& scrape) {
    const RelayStats stats = relay.stats();
    scrape.gauge("marquee_outbox_pending", "Events committed and not yet with JetStream, lately",
                 {}, stats.pending);
    scrape.counter("marquee_outbox_relayed_total", "Events that this process gave to JetStream", {},
                   stats.relayed);
  });
}

void add_metrics(ops::LiveRegistry& registry, const Consumer& consumer) {
  registry.add([&consumer](ops::Scrape& scrape) {
    const ConsumerStats stats = consumer.stats();
    for (const auto& handled : stats.handled) {
      scrape.counter(
          "marquee_events_handled_total", "Events that came in, by what became of them",
          {{"consumer", consumer.name()}, {"type", handled.type}, {"outcome", handled.outcome}},
          handled.count);
    }
    scrape.gauge("marquee_events_waiting",
                 "Messages of the stream that are not settled yet, lately",
                 {{"consumer", consumer.name()}}, stats.waiting);
    scrape.gauge("marquee_events_dead_letters",
                 "Events put aside because they could not be handled",
                 {{"consumer", consumer.name()}}, stats.dead);
  });
}

}  // namespace marquee::events
