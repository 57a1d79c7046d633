#include "libs/engine_io/settings.h"

namespace marquee::engine_io {

std::string handshake(std::string_view sid, bool upgrades, const Settings& settings) {
  std::string json = R"({"sid":")";
  json += sid;
  json += upgrades ? R"(","upgrades":["websocket"],"pingInterval":)"
                   : R"(","upgrades":[],"pingInterval":)";
  json += std::to_string(settings.ping_interval.count());
  json += R"(,"pingTimeout":)" + std::to_string(settings.ping_timeout.count());
  json += R"(,"maxPayload":)" + std::to_string(settings.payload_bytes_max) + '}';
  return json;
}

}  // namespace marquee::engine_io
