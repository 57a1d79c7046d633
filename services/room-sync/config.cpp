#include "services/room-sync/config.h"

namespace marquee::rooms {

void Config::add_to(core::Options& options) {
  options.add("auth-target", auth_target, "gRPC target of the auth service");
  options.add("auth-tls-ca", auth_tls.ca,
              "PEM file of whom the auth service's certificate must come from; empty: no TLS");
  options.add("auth-tls-certificate", auth_tls.certificate,
              "PEM file with the certificate shown to the auth service");
  options.add("auth-tls-key", auth_tls.key, "PEM file with that certificate's key");
  options.add("user-ttl", user_ttl, "how long usernames are believed without asking again");
}

}  // namespace marquee::rooms
